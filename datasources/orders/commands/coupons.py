"""Coupons, given out, changed and withdrawn by staff."""

from __future__ import annotations

import re
from dataclasses import asdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from datasources.core.databases import violated_constraint
from datasources.core.errors import VersionConflict
from datasources.core.money import MOST_AMOUNT, is_storable
from datasources.orders.errors import CouponCodeTaken, CouponProblem, InvalidCoupon, UnknownCoupon
from datasources.orders.records import Coupon
from datasources.orders.statements import COUPON
from datasources.orders.tables import coupons, domain_events

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from datasources.core.databases import Database
    from datasources.orders.changes import CouponChanges, NewCoupon

# As the columns of OrderDb have them.
MOST_OF_CODE: Final = 50
MOST_OF_DESCRIPTION: Final = 255
MOST_USES: Final = 2**31 - 1

_CODE: Final = re.compile(r"[A-Z0-9]([A-Z0-9_-]*[A-Z0-9])?", re.ASCII)
_HUNDRED: Final = Decimal(100)

_AMOUNTS: Final[tuple[str, ...]] = ("min_order_amount", "max_discount_amount")
_LIMITS: Final[tuple[str, ...]] = ("usage_limit", "per_user_limit")

# Columns that are called otherwise than the record's attributes.
_COLUMNS: Final = {"kind": "discount_type", "value": "discount_value"}


async def create_coupon(
    database: Database, *, coupon: NewCoupon, actor_id: UUID | None, now: datetime
) -> Coupon:
    """Give out a coupon; its code is kept in capitals.

    Raises:
        InvalidCoupon: with everything that is wrong with it.
        CouponCodeTaken: another one has the code.
        InvalidText: a text holds a character that cannot be stored.
        ServiceUnavailable: the order database is down.
    """
    values = {**asdict(coupon), "code": coupon.code.upper()}
    _check(values, used=0)
    try:
        async with database.transaction() as transaction:
            added = await transaction.execute(
                insert(coupons).values(**_row(values), created_at=now, updated_at=now).returning(*COUPON)
            )
            created = Coupon(**added.mappings().one())
            await _tell(transaction, "CouponCreated", created, actor_id=actor_id, now=now)
            return created
    except IntegrityError as error:
        if violated_constraint(error) == "idx_coupons_code":
            raise CouponCodeTaken(values["code"]) from error
        raise


async def update_coupon(
    database: Database,
    *,
    coupon_id: UUID,
    version: int,
    changes: CouponChanges,
    actor_id: UUID | None,
    now: datetime,
) -> Coupon:
    """Change what is given of a coupon that is at this version. Orders keep what it took off them.

    Raises:
        UnknownCoupon: there is none.
        VersionConflict: it is at another version.
        InvalidCoupon: with everything that would be wrong with it.
        InvalidText: a text holds a character that cannot be stored.
        ServiceUnavailable: the order database is down.
    """
    async with database.transaction() as transaction:
        held = await _hold(transaction, coupon_id)
        if held.version != version:
            raise VersionConflict(held.version)
        _check({**_values(held), **changes}, used=held.usage_count)
        return await _change(transaction, held, "CouponUpdated", changes, actor_id=actor_id, now=now)


async def deactivate_coupon(
    database: Database, *, coupon_id: UUID, actor_id: UUID | None, now: datetime
) -> Coupon:
    """Let nobody use a coupon any more; one that is not active stays so, and orders keep what it took off them.

    Raises:
        UnknownCoupon: there is none.
        ServiceUnavailable: the order database is down.
    """
    async with database.transaction() as transaction:
        held = await _hold(transaction, coupon_id)
        if not held.is_active:
            return held
        changes: CouponChanges = {"is_active": False}
        return await _change(transaction, held, "CouponDeactivated", changes, actor_id=actor_id, now=now)


async def _hold(transaction: AsyncConnection, coupon_id: UUID) -> Coupon:
    found = await transaction.execute(
        select(*COUPON).where(coupons.c.id == coupon_id).with_for_update(key_share=True)
    )
    row = found.mappings().one_or_none()
    if row is None:
        raise UnknownCoupon(coupon_id)
    return Coupon(**row)


async def _change(
    transaction: AsyncConnection,
    held: Coupon,
    event: str,
    changes: CouponChanges,
    *,
    actor_id: UUID | None,
    now: datetime,
) -> Coupon:
    changed = await transaction.execute(
        update(coupons)
        .where(coupons.c.id == held.id)
        .values(version=coupons.c.version + 1, updated_at=now, **_row(changes))
        .returning(*COUPON)
    )
    coupon = Coupon(**changed.mappings().one())
    await _tell(transaction, event, coupon, actor_id=actor_id, now=now)
    return coupon


async def _tell(
    transaction: AsyncConnection, event: str, coupon: Coupon, *, actor_id: UUID | None, now: datetime
) -> None:
    """Tell of a coupon as it is after the change, within its transaction."""
    await transaction.execute(
        insert(domain_events).values(
            aggregate_id=str(coupon.id),
            aggregate_type="Coupon",
            event_type=event,
            event_data={
                "coupon_id": str(coupon.id),
                "code": coupon.code,
                "is_active": coupon.is_active,
                "actor_id": None if actor_id is None else str(actor_id),
            },
            version=coupon.version,
            occurred_at=now,
        )
    )


def _values(held: Coupon) -> dict[str, Any]:
    return {column.key: getattr(held, column.key) for column in COUPON}


def _row(values: Mapping[str, Any]) -> dict[str, Any]:
    return {_COLUMNS.get(name, name): value for name, value in values.items()}


def _check(values: Mapping[str, Any], *, used: int) -> None:
    problems = [CouponProblem(at=at, message=message) for at, message in _problems(values, used)]
    if problems:
        raise InvalidCoupon(problems)


def _problems(values: Mapping[str, Any], used: int) -> Iterator[tuple[str, str]]:
    """What is wrong with a coupon of which `used` have been used."""
    code, description, value = values["code"], values["description"], values["value"]
    if len(code) > MOST_OF_CODE or not _CODE.fullmatch(code):
        yield "code", f"Use at most {MOST_OF_CODE} letters from A to Z, digits, hyphens and underscores."
    if description is not None and len(description) > MOST_OF_DESCRIPTION:
        yield "description", f"This may have at most {MOST_OF_DESCRIPTION} characters."
    most = _HUNDRED if values["kind"] == "percentage" else MOST_AMOUNT
    if not _is_amount(value, most) or not value:
        yield "value", f"Give more than 0 and at most {most}, with two decimal places."
    for name in _AMOUNTS:
        if values[name] is not None and not _is_amount(values[name], MOST_AMOUNT):
            yield name, f"Give an amount from 0 to {MOST_AMOUNT}, with two decimal places."
    for name in _LIMITS:
        if values[name] is not None and not 1 <= values[name] <= MOST_USES:
            yield name, f"Give a number from 1 to {MOST_USES}."
    if values["usage_limit"] is not None and values["usage_limit"] < used:
        yield "usage_limit", f"It has been used {used} times already."
    if values["valid_from"] >= values["valid_until"]:
        yield "valid_until", "This must be later than it is valid from."


def _is_amount(value: Decimal, most: Decimal) -> bool:
    return is_storable(value) and 0 <= value <= most
