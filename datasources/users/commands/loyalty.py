"""Loyalty points that come and go, each time with a line in the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_unless_there
from sqlalchemy.exc import IntegrityError

from datasources.core.databases import violated_constraint
from datasources.core.errors import IdempotencyConflict
from datasources.users.accounts import change_account, hold_account
from datasources.users.errors import NotEnoughPoints, OwnAccount, TooManyPoints
from datasources.users.history_statements import LEDGER_COLUMNS
from datasources.users.journal import tell, write_audit
from datasources.users.records import Loyalty, LoyaltyEntry, PointsMoved
from datasources.users.statements import LOYALTY_COLUMNS
from datasources.users.tables import customer_loyalty, customer_loyalty_ledger
from datasources.users.tiers import higher_tier, tier_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from datasources.core.databases import Database
    from datasources.users.accounts import HeldAccount
    from datasources.users.origins import Origin
    from datasources.users.records import LoyaltyReason

# What the columns hold.
MOST_POINTS: Final = 2**31 - 1


async def adjust_loyalty(
    database: Database,
    *,
    user_id: UUID,
    points: int,
    notes: str | None,
    idempotency_key: str,
    origin: Origin,
    now: datetime,
) -> PointsMoved:
    """Give a user points, or take them with a number below zero, as staff decide; see `move_points`.

    Raises:
        OwnAccount: it is the actor's own.

    Beside it as `move_points`.
    """
    if origin.actor_id == user_id:
        raise OwnAccount
    return await move_points(
        database,
        user_id=user_id,
        points=points,
        reason="adjusted",
        notes=notes,
        idempotency_key=idempotency_key,
        origin=origin,
        now=now,
    )


async def move_points(
    database: Database,
    *,
    user_id: UUID,
    points: int,
    reason: LoyaltyReason,
    reference: tuple[str, str] | None = None,
    notes: str | None = None,
    idempotency_key: str,
    origin: Origin,
    now: datetime,
) -> PointsMoved:
    """Add points to a user's, or take them with a number below zero, and raise the tier that they lead to.

    Points that come count for the tier and the lifetime; points that go leave both. `reference` is what they are for:
    ("order", its id). With the same key a second time nothing moves, and the first answer comes again.

    Raises:
        ValueError: `points` is zero.
        UnknownUser: there is no such account.
        NotEnoughPoints: the user has fewer than are to go.
        TooManyPoints: no account holds so many.
        IdempotencyConflict: the key was used for another change.
        InvalidText: a text holds a character that cannot be stored.
        ServiceUnavailable: the user database is down.
    """
    if not points:
        message = "No points are no change."
        raise ValueError(message)
    about, about_id = reference or (None, None)
    wanted = {"user_id": user_id, "points": points, "reason": reason, "notes": notes}
    wanted |= {"reference_type": about, "reference_id": about_id}
    try:
        async with database.transaction() as transaction:
            account = await hold_account(transaction, user_id)
            loyalty = await _hold_loyalty(transaction, user_id, now=now)
            earlier = await _find_entry(transaction, idempotency_key, wanted)
            if earlier is not None:
                return PointsMoved(loyalty=loyalty, entry=earlier)
            moved = await _add_points(transaction, loyalty, points, now=now)
            entry = await transaction.execute(
                insert(customer_loyalty_ledger)
                .values(
                    balance_after=moved.points_balance,
                    idempotency_key=idempotency_key,
                    created_by=origin.actor_id,
                    created_at=now,
                    **wanted,
                )
                .returning(*LEDGER_COLUMNS)
            )
            written = LoyaltyEntry(**entry.mappings().one())
            await _note(transaction, account, loyalty, moved, written, origin=origin, now=now)
            return PointsMoved(loyalty=moved, entry=written)
    except IntegrityError as error:
        # The same key at the same moment for another user.
        if violated_constraint(error) == "uq_customer_loyalty_ledger_idempotency_key":
            raise IdempotencyConflict(idempotency_key) from error
        raise


async def _hold_loyalty(transaction: AsyncConnection, user_id: UUID, *, now: datetime) -> Loyalty:
    """The points of a held account; the first time they are none."""
    await transaction.execute(
        insert_unless_there(customer_loyalty)
        .values(user_id=user_id, created_at=now, updated_at=now)
        .on_conflict_do_nothing(index_elements=["user_id"])
    )
    found = await transaction.execute(
        select(*LOYALTY_COLUMNS).where(customer_loyalty.c.user_id == user_id).with_for_update()
    )
    return Loyalty(**found.mappings().one())


async def _find_entry(
    transaction: AsyncConnection, idempotency_key: str, wanted: Mapping[str, Any]
) -> LoyaltyEntry | None:
    """The entry that this key made before; the same change must have been wanted then."""
    found = await transaction.execute(
        select(*LEDGER_COLUMNS).where(customer_loyalty_ledger.c.idempotency_key == idempotency_key)
    )
    row = found.mappings().one_or_none()
    if row is not None and any(row[name] != value for name, value in wanted.items()):
        raise IdempotencyConflict(idempotency_key)
    return None if row is None else LoyaltyEntry(**row)


async def _add_points(
    transaction: AsyncConnection, loyalty: Loyalty, points: int, *, now: datetime
) -> Loyalty:
    earned = max(points, 0)
    if loyalty.points_balance + points < 0:
        raise NotEnoughPoints(loyalty.points_balance)
    if max(loyalty.points_balance, loyalty.lifetime_points, loyalty.tier_points) + earned > MOST_POINTS:
        raise TooManyPoints(MOST_POINTS)
    changed = await transaction.execute(
        update(customer_loyalty)
        .where(customer_loyalty.c.user_id == loyalty.user_id)
        .values(
            points_balance=loyalty.points_balance + points,
            lifetime_points=loyalty.lifetime_points + earned,
            tier_points=loyalty.tier_points + earned,
            last_activity_at=now,
            updated_at=now,
        )
        .returning(*LOYALTY_COLUMNS)
    )
    return Loyalty(**changed.mappings().one())


async def _note(
    transaction: AsyncConnection,
    account: HeldAccount,
    before: Loyalty,
    after: Loyalty,
    entry: LoyaltyEntry,
    *,
    origin: Origin,
    now: datetime,
) -> None:
    """Raise the tier, and write down what happened. A year's end may lower the tier; points that go do not."""
    tier = higher_tier(account.tier, tier_of(after.tier_points))
    version = await change_account(transaction, account, now=now, tier=tier)
    await write_audit(
        transaction,
        f"points_{entry.reason}",
        origin=origin,
        now=now,
        entity_id=account.id,
        old={"points_balance": before.points_balance, "tier": account.tier},
        new={
            "points_balance": after.points_balance,
            "tier": tier,
            "points": entry.points,
            "notes": entry.notes,
        },
    )
    await tell(
        transaction,
        "UserPointsMoved",
        user_id=account.id,
        version=version,
        now=now,
        entry_id=str(entry.id),
        points=entry.points,
        balance=after.points_balance,
        reason=entry.reason,
        tier=tier,
    )
