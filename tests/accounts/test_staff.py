"""What staff do to accounts: roles, locks, points."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete, select

from datasources.core.paging import Slice, Window
from datasources.users.commands.deletions import delete_account
from datasources.users.commands.locks import deactivate_user, lock_user, reactivate_user, unlock_user
from datasources.users.commands.loyalty import MOST_POINTS, adjust_loyalty, move_points
from datasources.users.commands.roles import assign_role, revoke_role
from datasources.users.errors import (
    IdempotencyConflict,
    LastAdmin,
    NotEnoughPoints,
    OwnAccount,
    RoleNotHeld,
    SessionEnded,
    TooManyPoints,
    UnknownUser,
)
from datasources.users.loaders import UserLoaders
from datasources.users.origins import Origin
from datasources.users.records import LedgerFilter, User
from datasources.users.tables import customer_loyalty_ledger, roles, user_roles, users
from tests.accounts.acting import NOW, PASSWORD

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
        "locked": by_staff(lock_user),
        "deactivated": by_staff(deactivate_user),
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
