"""Deleting an account: what goes, what stays, and what is free again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from datasources.notifications.documents import NOTIFICATIONS
from datasources.users.changes import NewAddress
from datasources.users.commands.addresses import add_address, remove_address
from datasources.users.commands.deletions import delete_account
from datasources.users.commands.identities import provision_identity
from datasources.users.commands.loyalty import adjust_loyalty
from datasources.users.commands.preferences import update_preferences
from datasources.users.commands.profiles import update_profile
from datasources.users.commands.roles import assign_role
from datasources.users.errors import InvalidCredentials, SessionEnded, UnknownUser, WrongPassword
from datasources.users.loaders import UserLoaders
from datasources.users.origins import Origin
from datasources.users.queries import find_by_email, identity_viewer, session_viewer
from datasources.users.records import Message
from datasources.users.tables import audit_logs, customer_loyalty_ledger, user_sessions, users
from datasources.workflows.account_messages import forget_messages, queue_messages
from tests.accounts.acting import NOW, OTHER_PASSWORD, PASSWORD

if TYPE_CHECKING:
    from datasources.core.connections import Connections
    from tests.accounts.acting import Acting, Person

SECRETS = ("Lovelace", "Babbage", "Analytical", "+441234", "1815", "A browser", "10.9.8.7", "Ada's phone")
CLIENT = Origin(ip_address="10.9.8.7", user_agent="A browser", device="Ada's phone")


async def live(acting: Acting, person: Person) -> tuple[str, str]:
    """Leave traces everywhere; give a refresh token and the issuer's subject."""
    origin = Origin(actor_id=person.id, ip_address="10.9.8.7", user_agent="A browser")
    doing: dict[str, Any] = {"user_id": person.id, "origin": origin, "now": NOW}
    await update_profile(
        acting.database, changes={"last_name": "Babbage", "phone_number": "+441234"}, **doing
    )
    await update_preferences(acting.database, changes={"theme": "dark"}, **doing)
    house = NewAddress(
        type="shipping", street_address="1 Analytical Way", city="London", postal_code="", country="GB"
    )
    removed = await add_address(acting.database, address=house, **doing)
    await add_address(acting.database, address=house, **doing)
    await remove_address(acting.database, address_id=removed.id, **doing)
    by_staff: dict[str, Any] = {"user_id": person.id, "origin": Origin(), "now": NOW}
    await adjust_loyalty(
        acting.database, points=5, notes="For Lovelace", idempotency_key=f"{person.id}:life", **by_staff
    )
    subject = f"subject of {person.id}"
    await provision_identity(
        acting.database,
        issuer="https://issuer.example",
        subject=subject,
        email=person.email,
        email_verified=True,
        first_name="Ada",
        last_name="Lovelace",
        roles=(),
        issued_at=NOW,
        origin=CLIENT,
        now=NOW,
    )
    await assign_role(acting.database, role="Manager", **by_staff)
    signed_in = await acting.sign_in(person.email, origin=CLIENT)
    assert (await session_viewer(acting.database, signed_in.session.id, now=NOW)) is not None
    return signed_in.refresh_token, subject


async def remove(acting: Acting, person: Person, password: str = PASSWORD) -> Any:
    """Delete somebody's account."""
    return await delete_account(
        acting.database,
        user_id=person.id,
        password=password,
        origin=Origin(actor_id=person.id, ip_address="10.9.8.7", user_agent="A browser"),
        now=NOW,
        **acting.confirming,
    )


async def test_nothing_of_the_person_is_left(acting: Acting) -> None:
    person = await acting.person()
    token, subject = await live(acting, person)
    outcome = await remove(acting, person)
    assert [(message.kind, message.email) for message in outcome.messages] == [
        ("account_deleted", person.email)
    ]
    with pytest.raises(SessionEnded):
        await acting.refresh(token)
    with pytest.raises(InvalidCredentials):
        await acting.sign_in(person.email)
    loaders = UserLoaders(acting.database)
    assert await loaders.by_id.load(person.id) is None
    assert await loaders.addresses_by_user.load(person.id) == ()
    assert await identity_viewer(acting.database, "https://issuer.example", subject) is None
    written = repr(await everything_about(acting, person))
    assert not [secret for secret in (*SECRETS, person.email) if secret in written]


async def everything_about(acting: Acting, person: Person) -> list[Any]:
    """Every row that still names the account."""
    async with acting.database.transaction() as transaction:
        rows: list[Any] = []
        for table, condition in (
            (users, users.c.id == person.id),
            (user_sessions, user_sessions.c.user_id == person.id),
            (audit_logs, audit_logs.c.entity_id == str(person.id)),
            (audit_logs, audit_logs.c.user_id == person.id),
            (customer_loyalty_ledger, customer_loyalty_ledger.c.user_id == person.id),
        ):
            rows.extend(await transaction.execute(select(table).where(condition)))
    return rows + await acting.events(person.id)


async def test_what_accounting_and_the_log_need_stays(acting: Acting) -> None:
    person = await acting.person()
    await live(acting, person)
    await remove(acting, person)
    assert (await acting.row(customer_loyalty_ledger, person.id)).points == 5
    lines = await acting.audit(person.id)
    actions = [line.action for line in lines]
    assert {"registered", "profile_updated", "signed_in"} <= set(actions)
    assert actions[-1] == "account_deleted"
    values = {line.action: (line.old_values, line.new_values) for line in lines}
    assert values["points_adjusted"] == (
        {"points_balance": 0, "tier": "regular"},
        {"points_balance": 5, "tier": "regular", "points": 5},
    )
    assert values["role_assigned"] == (None, {"role": "Manager"})
    assert values["profile_updated"] == (None, None)
    last = (await acting.events(person.id))[-1]
    assert (last.event_type, last.event_data) == ("UserDeleted", {"user_id": str(person.id)})


async def test_points_in_the_ledger_stay_as_they_were(acting: Acting) -> None:
    person = await acting.person()
    await live(acting, person)
    of_person = customer_loyalty_ledger.c.user_id == person.id
    for change in (
        update(customer_loyalty_ledger).where(of_person).values(points=6),
        update(customer_loyalty_ledger).where(of_person).values(notes="Other words"),
        update(customer_loyalty_ledger).where(of_person).values(points=6, notes=None),
        delete(customer_loyalty_ledger).where(of_person),
    ):
        with pytest.raises(IntegrityError, match="append-only"):
            async with acting.database.transaction() as transaction:
                await transaction.execute(change)


async def test_what_was_told_to_the_person_is_forgotten(connections: Connections, acting: Acting) -> None:
    person, other = await acting.person(), await acting.person()
    for somebody in (person, other):
        notice = Message(kind="password_changed", user_id=somebody.id, email=somebody.email, name="Lovelace")
        await queue_messages(connections.notifications, [notice], now=NOW)
    await remove(acting, person)
    await forget_messages(connections.notifications, person.id)
    left = await connections.notifications.find(
        NOTIFICATIONS, {"user_id": {"$in": [str(person.id), str(other.id)]}}
    )
    assert [document["recipient"]["email"] for document in left] == [other.email]


async def test_the_address_is_free_again(acting: Acting) -> None:
    person = await acting.person()
    await remove(acting, person)
    message = await acting.register(person.email)
    assert message.kind == "verify_email"
    account = await find_by_email(acting.database, person.email)
    assert account is not None
    assert account.id != person.id


async def test_it_needs_the_password_and_happens_once(acting: Acting) -> None:
    person = await acting.person()
    with pytest.raises(WrongPassword):
        await remove(acting, person, OTHER_PASSWORD)
    await remove(acting, person)
    with pytest.raises(UnknownUser):
        await remove(acting, person)
