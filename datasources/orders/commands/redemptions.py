"""Redeems coupons for an order, within every limit, and gives them back: part of the order's own transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Numeric, String, Uuid, and_, column, func, insert, literal, or_, select, update, values

from datasources.orders.placement_errors import CouponRefused
from datasources.orders.tables import coupon_redemptions, coupons, order_discounts

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import CTE, ColumnElement, Insert, Select
    from sqlalchemy.ext.asyncio import AsyncConnection
    from sqlalchemy.sql.dml import ReturningInsert

    from datasources.orders.drafts import OrderDraft


async def redeem_coupons(transaction: AsyncConnection, draft: OrderDraft, *, now: datetime) -> None:
    """Count an order's coupons as used, and write down what each took off.

    Two statements, because the second has to see what others have committed while the first waited for a coupon.

    Raises:
        CouponRefused: one is not given out any more, is used up, or has been used by this customer as often as allowed.
    """
    if not draft.coupons:
        return
    wanted = [use.coupon_id for use in draft.coupons]
    # Locked by id, so that two orders with the same two coupons do not wait for each other.
    locked = (
        select(coupons.c.id)
        .where(coupons.c.id.in_(wanted))
        .order_by(coupons.c.id)
        .with_for_update()
        .cte("locked")
    )
    counted = await transaction.scalars(
        update(coupons)
        .where(
            coupons.c.id == locked.c.id,
            coupons.c.is_active,
            coupons.c.valid_from <= now,
            coupons.c.valid_until > now,
            or_(coupons.c.usage_limit.is_(None), coupons.c.usage_count < coupons.c.usage_limit),
        )
        .values(usage_count=coupons.c.usage_count + 1, updated_at=now)
        .returning(coupons.c.id)
    )
    taken = set(counted)
    for use in draft.coupons:
        if use.coupon_id not in taken:
            raise CouponRefused(use.code, "used_up")
    redeemed = set(await transaction.scalars(_redemptions(draft, now)))
    for use in draft.coupons:
        if use.coupon_id not in redeemed:
            raise CouponRefused(use.code, "used_by_you")


async def release_coupons(transaction: AsyncConnection, order_id: UUID, *, now: datetime) -> None:
    """Let the coupons of an order be used again."""
    released = (
        update(coupon_redemptions)
        .where(coupon_redemptions.c.order_id == order_id, coupon_redemptions.c.released_at.is_(None))
        .values(released_at=now)
        .returning(coupon_redemptions.c.coupon_id)
        .cte("released")
    )
    await transaction.execute(
        update(coupons)
        .where(coupons.c.id == released.c.coupon_id)
        .values(usage_count=coupons.c.usage_count - 1, updated_at=now)
    )


def _redemptions(draft: OrderDraft, now: datetime) -> Select[tuple[UUID]]:
    """Inserts a redemption and a discount for each coupon that this customer may still use; gives their ids."""
    used = (
        values(
            column("coupon_id", Uuid), column("code", String), column("name", String), column("amount", Numeric(10, 2)),
            name="used",
        )
        .data([(use.coupon_id, use.code, use.name, use.amount) for use in draft.coupons])
    )  # fmt: skip
    earlier = (
        select(func.count())
        .select_from(coupon_redemptions)
        .where(
            coupon_redemptions.c.coupon_id == used.c.coupon_id,
            coupon_redemptions.c.released_at.is_(None),
            _of_customer(draft),
        )
        .scalar_subquery()
    )
    allowed = select(used, coupons.c.currency).join_from(
        used,
        coupons,
        and_(
            coupons.c.id == used.c.coupon_id,
            or_(coupons.c.per_user_limit.is_(None), coupons.c.per_user_limit > earlier),
        ),
    ).cte("allowed")  # fmt: skip
    written = _redeemed(draft, allowed, now).cte("written")
    return select(written.c.coupon_id).add_cte(_discounts(draft, allowed, now).cte("discounts"))


def _redeemed(draft: OrderDraft, allowed: CTE, now: datetime) -> ReturningInsert[tuple[UUID]]:
    redemptions = coupon_redemptions.c
    return (
        insert(coupon_redemptions)
        .from_select(
            ["coupon_id", "order_id", "user_id", "email", "amount", "currency", "created_at"],
            select(
                allowed.c.coupon_id,
                literal(draft.id, Uuid),
                literal(draft.user_id, redemptions.user_id.type),
                literal(draft.email, redemptions.email.type),
                allowed.c.amount,
                allowed.c.currency,
                literal(now, redemptions.created_at.type),
            ),
        )
        .returning(coupon_redemptions.c.coupon_id)
    )


def _discounts(draft: OrderDraft, allowed: CTE, now: datetime) -> Insert:
    return insert(order_discounts).from_select(
        [
            "order_id",
            "discount_type",
            "discount_code",
            "discount_name",
            "discount_amount",
            "currency",
            "created_at",
        ],
        select(
            literal(draft.id, Uuid),
            literal("coupon"),
            allowed.c.code,
            allowed.c.name,
            allowed.c.amount,
            allowed.c.currency,
            literal(now, order_discounts.c.created_at.type),
        ),
    )


def _of_customer(draft: OrderDraft) -> ColumnElement[bool]:
    """Redemptions by the same account or the same e-mail address: who is a guest today may have an account tomorrow."""
    same_address = func.lower(coupon_redemptions.c.email) == draft.email.lower()
    if draft.user_id is None:
        return same_address
    return or_(coupon_redemptions.c.user_id == draft.user_id, same_address)
