"""Users of outside issuers: which account they get, and that nobody gets another's."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from datasources.notifications.documents import NOTIFICATIONS
from datasources.users.commands.deletions import delete_account
from datasources.users.commands.identities import provision_identity
from datasources.users.commands.locks import lock_user
from datasources.users.commands.passwords import request_password_reset
from datasources.users.commands.roles import assign_role
from datasources.users.errors import IdentityRefused, InvalidCredentials, InvalidToken
from datasources.users.loaders import UserLoaders
from datasources.users.origins import Origin
from datasources.users.queries import identity_viewer
from datasources.users.tables import user_identities
from datasources.workflows.outside_identities import admit_identity
from tests.accounts.acting import NOW, OTHER_PASSWORD, PASSWORD, new_client, new_email

if TYPE_CHECKING:
    from datasources.core.connections import Connections
    from datasources.users.records import IdentityCheck, RoleName
    from tests.accounts.acting import Acting

ISSUER = "https://issuer.example"
SECOND = timedelta(seconds=1)


async def provision(acting: Acting, subject: str, email: str | None, **options: Any) -> IdentityCheck:
    """See a user of the issuer."""
    arguments: dict[str, Any] = {
        "email_verified": True,
        "roles": (),
        "first_name": "Ada",
        "last_name": None,
        "issued_at": NOW,
    } | options
    outcome = await provision_identity(
        acting.database,
        issuer=ISSUER,
        subject=subject,
        email=email,
        origin=new_client(),
        now=NOW,
        **arguments,
    )
    return outcome.value


def new_subject() -> str:
    """A user of the issuer whom nobody has seen."""
    return uuid4().hex


async def test_at_first_sight_there_is_an_account_and_then_the_same(acting: Acting) -> None:
    subject, email = new_subject(), new_email()
    assert await identity_viewer(acting.database, ISSUER, subject) is None
    first = await provision(acting, subject, email.upper())
    assert (first.account.email, first.account.email_verified, first.account.first_name) == (
        email,
        True,
        "Ada",
    )
    assert first.account.roles == ("Customer",)
    assert first.admits
    again = await provision(acting, subject, new_email())
    assert again.account.id == first.account.id
    assert again.account.email == email
    assert await identity_viewer(acting.database, ISSUER, subject) == again


async def test_first_requests_at_once_make_one_account(acting: Acting) -> None:
    for _ in range(8):  # the first rounds still open connections, one after the other
        subject, email = new_subject(), new_email()
        found = await asyncio.gather(*(provision(acting, subject, email) for _ in range(6)))
        assert len({check.account.id for check in found}) == 1


async def test_two_issuers_users_with_one_address_share_its_account(acting: Acting) -> None:
    email = new_email()
    found = await asyncio.gather(*(provision(acting, new_subject(), email) for _ in range(4)))
    assert len({check.account.id for check in found}) == 1


async def test_a_proved_account_is_linked_where_the_issuer_verified_the_address(acting: Acting) -> None:
    person = await acting.person()
    check = await provision(acting, new_subject(), person.email)
    assert check.account.id == person.id
    assert (await acting.sign_in(person.email)).account.id == person.id
    assert (await acting.audit(person.id))[-2].action == "identity_linked"


@pytest.mark.parametrize(
    ("email", "verified", "reason"), [(True, False, "email_unverified"), (False, True, "email_missing")]
)
async def test_nobody_takes_over_an_account_by_claiming_its_address(
    acting: Acting, email: bool, verified: bool, reason: str
) -> None:
    person, subject = await acting.person(), new_subject()
    with pytest.raises(IdentityRefused) as refused:
        await provision(acting, subject, person.email if email else None, email_verified=verified)
    assert refused.value.reason == reason
    assert await identity_viewer(acting.database, ISSUER, subject) is None


async def test_nobody_waits_in_an_unproved_account_for_its_addresss_owner(acting: Acting) -> None:
    email = new_email()
    waiting = await acting.register(email, password=OTHER_PASSWORD)
    check = await provision(acting, new_subject(), email)
    assert check.account.id != waiting.user_id
    with pytest.raises(InvalidCredentials):
        await acting.sign_in(email, OTHER_PASSWORD)
    assert waiting.token is not None
    with pytest.raises(InvalidToken):
        await acting.verify(waiting.token)


async def test_an_issuers_roles_count_with_its_tokens_alone(acting: Acting) -> None:
    subject = new_subject()
    check = await provision(acting, subject, new_email(), roles=("Manager", "Customer"))
    assert check.account.roles == ("Customer", "Manager")
    assert await UserLoaders(acting.database).roles_by_user.load(check.account.id) == ("Customer",)
    seen = await identity_viewer(acting.database, ISSUER, subject)
    assert seen == check
    later = await provision(acting, subject, None, roles=(), issued_at=NOW + SECOND)
    assert later.account.roles == ("Customer",)
    seen = await identity_viewer(acting.database, ISSUER, subject)
    assert seen is not None
    assert seen.issuer_roles == ()
    changes = [
        (line.old_values, line.new_values)
        for line in await acting.audit(check.account.id)
        if line.action == "role_changed_by_issuer"
    ]
    given: list[str] = ["Manager", "Customer"]
    assert changes == [
        ({"roles": []}, {"roles": given, "issuer": ISSUER}),
        ({"roles": given}, {"roles": [], "issuer": ISSUER}),
    ]


async def test_an_older_token_gives_back_no_role(acting: Acting) -> None:
    subject = new_subject()
    older, newest = NOW + SECOND, NOW + 2 * SECOND
    await provision(acting, subject, new_email())
    # The newest token says what was known already, and still outweighs one that nobody has seen yet.
    await provision(acting, subject, None, issued_at=newest)
    late = await provision(acting, subject, None, roles=("Admin",), issued_at=older)
    assert (late.account.roles, late.roles_issued_at) == (("Customer",), newest)
    assert await identity_viewer(acting.database, ISSUER, subject) == late


async def test_an_outside_token_carries_no_staff_role_of_the_accounts_own(acting: Acting) -> None:
    subject = new_subject()
    check = await provision(acting, subject, new_email())
    await assign_role(acting.database, user_id=check.account.id, role="Manager", origin=Origin(), now=NOW)
    assert (await provision(acting, subject, None)).account.roles == ("Customer",)
    seen = await identity_viewer(acting.database, ISSUER, subject)
    assert seen is not None
    assert seen.account.roles == ("Customer",)


@pytest.mark.parametrize("role", ["Admin", "Manager"])
async def test_no_issuer_opens_the_account_of_staff(acting: Acting, role: RoleName) -> None:
    person, subject = await acting.person(role), new_subject()
    with pytest.raises(IdentityRefused) as refused:
        await provision(acting, subject, person.email)
    assert refused.value.reason == "staff_account"
    assert await identity_viewer(acting.database, ISSUER, subject) is None


async def test_the_owner_of_a_linked_account_is_told(acting: Acting, connections: Connections) -> None:
    person = await acting.person()
    subject = new_subject()
    for _ in range(2):
        await admit_identity(
            connections,
            issuer=ISSUER,
            subject=subject,
            email=person.email,
            email_verified=True,
            first_name=None,
            last_name=None,
            roles=(),
            issued_at=NOW,
            origin=new_client(),
            now=NOW,
        )
    queued = await connections.notifications.find(
        NOTIFICATIONS, {"recipient.email": person.email, "notification_type": "identity_linked"}
    )
    assert [email["status"] for email in queued] == ["queued"]


async def test_a_token_from_before_the_deletion_opens_no_new_account(acting: Acting) -> None:
    person, subject = await acting.person(), new_subject()
    await provision(acting, subject, person.email)
    await delete_account(
        acting.database,
        user_id=person.id,
        password=PASSWORD,
        origin=person.origin,
        now=NOW + SECOND,
        **acting.confirming,
    )
    for issued_at in (NOW, NOW + SECOND):
        with pytest.raises(IdentityRefused) as refused:
            await provision(acting, subject, person.email, issued_at=issued_at)
        assert refused.value.reason == "account_deleted"
    back = await provision(acting, subject, person.email, issued_at=NOW + 2 * SECOND)
    assert back.account.id != person.id


async def test_a_locked_account_admits_no_outside_user_either(acting: Acting) -> None:
    subject = new_subject()
    check = await provision(acting, subject, new_email())
    await lock_user(acting.database, user_id=check.account.id, origin=Origin(), now=NOW)
    assert not (await provision(acting, subject, None)).admits


async def test_who_has_no_password_signs_in_with_none_and_may_set_one(acting: Acting) -> None:
    email = new_email()
    check = await provision(acting, new_subject(), email)
    with pytest.raises(InvalidCredentials):
        await acting.sign_in(email, PASSWORD)
    sent = await request_password_reset(
        acting.database, email=email, attempts=acting.attempts, origin=new_client(), now=NOW
    )
    assert [message.user_id for message in sent.messages] == [check.account.id]


async def test_only_issuer_and_subject_together_are_a_user(acting: Acting) -> None:
    subject = new_subject()
    check = await provision(acting, subject, new_email())
    assert await identity_viewer(acting.database, "https://other.example", subject) is None
    row = await acting.row(user_identities, check.account.id)
    assert (row.issuer, row.subject) == (ISSUER, subject)
