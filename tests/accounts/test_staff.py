"""What staff do to accounts: roles, locks, points."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete, insert, select, update

from datasources.core.errors import IdempotencyConflict
from datasources.core.paging import Slice, Window
from datasources.users.accounts import hold_account
from datasources.users.commands.deletions import delete_account
from datasources.users.commands.email_addresses import discard_unproved
from datasources.users.commands.locks import deactivate_user, lock_user, reactivate_user, unlock_user
from datasources.users.commands.loyalty import MOST_POINTS, adjust_loyalty, move_points
from datasources.users.commands.roles import assign_role, revoke_role
from datasources.users.errors import (
    EmailNotVerified,
    LastAdmin,
    NotEnoughPoints,
    OwnAccount,
    RoleNotHeld,
    SessionEnded,
    StaffAccount,
    TooManyPoints,
    UnknownUser,
)
from datasources.users.loaders import UserLoaders
from datasources.users.origins import Origin
from datasources.users.records import LedgerFilter, User
from datasources.users.tables import customer_loyalty_ledger, roles, user_roles, users, verification_tokens
from tests.accounts.acting import NOW, PASSWORD, new_email

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from uuid import UUID

    from datasources.users.records import PointsMoved
    from tests.accounts.acting import Acting, Person

STAFF = Origin()


async def dismiss_admins(acting: Acting) -> None:
    """Take the role from everybody, so that a test knows who is the last."""
    admin = select(roles.c.id).where(roles.c.name == "Admin").scalar_subquery()
    async with acting.database.transaction() as transaction:
        await transaction.execute(delete(user_roles).where(user_roles.c.role_id == admin))


async def held(acting: Acting, person: Person) -> tuple[str, ...]:
    """Somebody's roles."""
    return await UserLoaders(acting.database).roles_by_user.load(person.id)


async def test_a_role_comes_and_goes_and_is_written_down(acting: Acting) -> None:
    person, admin = await acting.person(), await acting.person("Admin")
    for _ in range(2):
        await assign_role(acting.database, user_id=person.id, role="Manager", origin=admin.origin, now=NOW)
    assert await held(acting, person) == ("Manager", "Customer")
    await revoke_role(acting.database, user_id=person.id, role="Manager", origin=admin.origin, now=NOW)
    assert await held(acting, person) == ("Customer",)
    with pytest.raises(RoleNotHeld):
        await revoke_role(acting.database, user_id=person.id, role="Manager", origin=admin.origin, now=NOW)
    lines = [(line.action, line.user_id) for line in await acting.audit(person.id)]
    assert lines[-2:] == [("role_assigned", admin.id), ("role_revoked", admin.id)]
    assert [event.event_type for event in await acting.events(person.id)][-2:] == [
        "UserRoleAssigned",
        "UserRoleRevoked",
    ]


def ways_to_go(acting: Acting) -> dict[str, Callable[[Person], Awaitable[Any]]]:
    """How an administrator can come to be none."""

    async def delete_own(person: Person) -> None:
        await delete_account(
            acting.database,
            user_id=person.id,
            password=PASSWORD,
            origin=person.origin,
            now=NOW,
            **acting.confirming,
        )

    def by_staff(
        command: Callable[..., Awaitable[User]], **options: Any
    ) -> Callable[[Person], Awaitable[Any]]:
        return lambda person: command(acting.database, user_id=person.id, origin=STAFF, now=NOW, **options)

    return {
        "revoked": by_staff(revoke_role, role="Admin"),
        "locked": by_staff(lock_user, manages_staff=True),
        "deactivated": by_staff(deactivate_user, manages_staff=True),
        "deleted": delete_own,
    }


@pytest.mark.parametrize("way", ["revoked", "locked", "deactivated", "deleted"])
async def test_the_last_administrator_stays(acting: Acting, way: str) -> None:
    await dismiss_admins(acting)
    admin, other = await acting.person("Admin"), await acting.person("Admin")
    go = ways_to_go(acting)[way]
    await go(other)
    with pytest.raises(LastAdmin):
        await go(admin)
    assert await held(acting, admin) == ("Admin", "Customer")


@pytest.mark.parametrize(("one", "another"), [("revoked", "revoked"), ("locked", "deleted")])
async def test_two_administrators_who_go_at_once_leave_one(acting: Acting, one: str, another: str) -> None:
    for _ in range(5):
        await dismiss_admins(acting)
        admins = [await acting.person("Admin") for _ in range(2)]
        ways = ways_to_go(acting)
        answers = await asyncio.gather(
            *(ways[way](admin) for way, admin in zip((one, another), admins, strict=True)),
            return_exceptions=True,
        )
        assert [type(answer) for answer in answers].count(LastAdmin) == 1


async def test_nobody_locks_or_deactivates_themselves(acting: Acting) -> None:
    admin = await acting.person("Admin")
    for command in (lock_user, deactivate_user):
        with pytest.raises(OwnAccount):
            await command(acting.database, user_id=admin.id, origin=admin.origin, now=NOW)


@pytest.mark.parametrize("command", [lock_user, deactivate_user, reactivate_user, "unlock"])
async def test_the_accounts_of_staff_are_for_who_manages_them(acting: Acting, command: Any) -> None:
    manager, customer = await acting.person("Manager"), await acting.person()
    command = partial(unlock_user, attempts=acting.attempts) if command == "unlock" else command
    with pytest.raises(StaffAccount):
        await command(acting.database, user_id=manager.id, origin=STAFF, now=NOW)
    assert "user_" not in repr([line.action for line in await acting.audit(manager.id)])
    await command(acting.database, user_id=manager.id, manages_staff=True, origin=STAFF, now=NOW)
    await command(acting.database, user_id=customer.id, origin=STAFF, now=NOW)


async def test_who_becomes_staff_while_being_locked_stays_free(acting: Acting) -> None:
    person = await acting.person()
    async with acting.database.transaction() as transaction:
        await hold_account(transaction, person.id)
        locking = asyncio.create_task(lock_user(acting.database, user_id=person.id, origin=STAFF, now=NOW))
        await asyncio.sleep(0.2)  # it waits for the account by now
        manager = select(roles.c.id).where(roles.c.name == "Manager").scalar_subquery()
        await transaction.execute(insert(user_roles).values(user_id=person.id, role_id=manager))
    with pytest.raises(StaffAccount):
        await locking


async def test_nobody_becomes_staff_before_the_address_is_proved(acting: Acting) -> None:
    message = await acting.register(new_email())
    assert message.user_id is not None
    for role in ("Admin", "Manager"):
        with pytest.raises(EmailNotVerified):
            await assign_role(acting.database, user_id=message.user_id, role=role, origin=STAFF, now=NOW)
    await acting.verify(message.token)
    await assign_role(acting.database, user_id=message.user_id, role="Admin", origin=STAFF, now=NOW)


async def test_an_administrator_who_cannot_sign_in_is_no_other(acting: Acting) -> None:
    await dismiss_admins(acting)
    admin, unproved = await acting.person("Admin"), await acting.person("Admin")
    async with acting.database.transaction() as transaction:
        await transaction.execute(update(users).where(users.c.id == unproved.id).values(email_verified=False))
    with pytest.raises(LastAdmin):
        await revoke_role(acting.database, user_id=admin.id, role="Admin", origin=STAFF, now=NOW)


async def test_an_unproved_account_that_is_discarded_leaves_no_role_behind(acting: Acting) -> None:
    message = await acting.register(new_email())
    assert message.user_id is not None
    async with acting.database.transaction() as transaction:
        void = await discard_unproved(transaction, message.email, now=NOW)
    assert [links.user_id for links in void] == [message.user_id]
    assert await UserLoaders(acting.database).roles_by_user.load(message.user_id) == ()
    for table in (user_roles, verification_tokens):
        assert await acting.row(table, message.user_id) is None


async def test_nobody_gives_themselves_points(acting: Acting) -> None:
    manager = await acting.person("Manager")
    with pytest.raises(OwnAccount):
        await adjust_loyalty(
            acting.database,
            user_id=manager.id,
            points=5,
            notes=None,
            idempotency_key=f"{manager.id}:own",
            origin=manager.origin,
            now=NOW,
        )


async def test_a_locked_user_is_out_until_unlocked(acting: Acting) -> None:
    person, admin = await acting.person(), await acting.person("Admin")
    session = await acting.sign_in(person.email)
    for _ in range(2):
        await lock_user(
            acting.database, user_id=person.id, reason="Chargebacks", origin=admin.origin, now=NOW
        )
    with pytest.raises(SessionEnded):
        await acting.refresh(session.refresh_token)
    locked = [line for line in await acting.audit(person.id) if line.action == "user_locked"]
    assert [(line.user_id, line.new_values["reason"]) for line in locked] == [(admin.id, "Chargebacks")]
    await unlock_user(
        acting.database, user_id=person.id, attempts=acting.attempts, origin=admin.origin, now=NOW
    )
    assert (await acting.sign_in(person.email)).account.id == person.id


async def test_a_deactivated_user_comes_back(acting: Acting) -> None:
    person = await acting.person()
    session = await acting.sign_in(person.email)
    user = await deactivate_user(acting.database, user_id=person.id, origin=STAFF, now=NOW)
    assert not user.is_active
    with pytest.raises(SessionEnded):
        await acting.refresh(session.refresh_token)
    user = await reactivate_user(acting.database, user_id=person.id, origin=STAFF, now=NOW)
    assert user.is_active
    with pytest.raises(SessionEnded):
        await acting.refresh(session.refresh_token)


async def test_there_must_be_somebody(acting: Acting) -> None:
    nobody = (await acting.person()).id
    await acting.sign_in((await acting.person()).email)
    async with acting.database.transaction() as transaction:
        await transaction.execute(delete(users).where(users.c.id == nobody))
    for command in (
        partial(assign_role, role="Guest"),
        partial(revoke_role, role="Guest"),
        lock_user,
        deactivate_user,
        reactivate_user,
        partial(unlock_user, attempts=acting.attempts),
        partial(adjust_loyalty, points=1, notes=None, idempotency_key=f"nobody:{nobody}"),
    ):
        with pytest.raises(UnknownUser):
            await command(acting.database, user_id=nobody, origin=STAFF, now=NOW)


async def adjust(
    acting: Acting, person: UUID, points: int, key: str, notes: str | None = None
) -> PointsMoved:
    """Give or take points."""
    return await adjust_loyalty(
        acting.database,
        user_id=person,
        points=points,
        notes=notes,
        idempotency_key=f"{person}:{key}",
        origin=STAFF,
        now=NOW,
    )


async def test_points_come_and_go_with_their_ledger(acting: Acting) -> None:
    person = (await acting.person()).id
    moved = await adjust(acting, person, 100, "first", "Sorry for the delay")
    assert (moved.loyalty.points_balance, moved.loyalty.lifetime_points, moved.loyalty.tier_points) == (
        100,
    ) * 3
    moved = await adjust(acting, person, -30, "second")
    assert (moved.loyalty.points_balance, moved.loyalty.lifetime_points) == (70, 100)
    with pytest.raises(NotEnoughPoints) as refused:
        await adjust(acting, person, -71, "third")
    assert refused.value.balance == 70
    with pytest.raises(TooManyPoints):
        await adjust(acting, person, MOST_POINTS, "fourth")
    with pytest.raises(ValueError, match="no change"):
        await adjust(acting, person, 0, "fifth")
    loaders = UserLoaders(acting.database)
    page = await loaders.ledger_by_user.load(
        Slice(parent=person, filter=LedgerFilter(), window=Window(size=10))
    )
    assert sorted((entry.points, entry.balance_after, entry.notes) for entry in page.items) == [
        (-30, 70, None),
        (100, 100, "Sorry for the delay"),
    ]
    assert await loaders.count_ledger_by_user.load((person, LedgerFilter(reasons=("earned",)))) == 0
    assert await loaders.count_ledger_by_user.load((person, LedgerFilter(reasons=("adjusted",)))) == 2


async def test_the_same_key_moves_points_once_even_at_once(acting: Acting) -> None:
    person, other = (await acting.person()).id, (await acting.person()).id
    moves = await asyncio.gather(*(adjust(acting, person, 10, "same") for _ in range(5)))
    assert len({move.entry.id for move in moves}) == 1
    assert {move.loyalty.points_balance for move in moves} == {10}
    with pytest.raises(IdempotencyConflict):
        await adjust(acting, person, 11, "same")
    key = f"{person}:same"
    with pytest.raises(IdempotencyConflict):
        await move_points(
            acting.database,
            user_id=other,
            points=10,
            reason="adjusted",
            idempotency_key=key,
            origin=STAFF,
            now=NOW,
        )


async def test_points_at_once_are_all_counted(acting: Acting) -> None:
    person = (await acting.person()).id
    await asyncio.gather(*(adjust(acting, person, 5, str(turn)) for turn in range(8)))
    assert (await adjust(acting, person, 1, "last")).loyalty.points_balance == 41


async def test_points_raise_the_tier_and_never_lower_it(acting: Acting) -> None:
    person = (await acting.person()).id
    tiers = []
    for points, key in ((2_999, "a"), (1, "b"), (5_000, "c"), (-8_000, "d")):
        await adjust(acting, person, points, key)
        tiers.append((await acting.row(users, person)).tier)
    assert tiers == ["regular", "premium", "vip", "vip"]


async def test_the_ledger_names_who_adjusted(acting: Acting) -> None:
    person, admin = await acting.person(), await acting.person("Admin")
    await adjust_loyalty(
        acting.database,
        user_id=person.id,
        points=7,
        notes=None,
        idempotency_key=f"{person.id}:named",
        origin=admin.origin,
        now=NOW,
    )
    row = await acting.row(customer_loyalty_ledger, person.id)
    assert (row.created_by, row.reason) == (admin.id, "adjusted")
    event = (await acting.events(person.id))[-1]
    assert (event.event_type, event.event_data["points"]) == ("UserPointsMoved", 7)
