"""Pays orders back, whole or in part: lines are claimed first, so that no unit is paid back twice, then written off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Numeric, bindparam, case, cast, func, select, update

from datasources.core.money import NOTHING, Money
from datasources.orders.holding import hold_columns
from datasources.orders.refund_errors import (
    OrderNotRefundable,
    RefundExceedsOrder,
    ReturnWindowClosed,
    TooManyRefunded,
    UnknownOrderItem,
)
from datasources.orders.rules.refunds import RefundableLine, refund_amounts
from datasources.orders.sagas import UNFINISHED, LeaseLost, NewSaga, begin_saga, record_progress
from datasources.orders.tables import order_items, orders
from datasources.orders.tables import order_processing_sagas as sagas
from datasources.orders.transitions import change_order

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection

    from datasources.core.databases import Database
    from datasources.orders.records import Order
    from datasources.orders.sagas import Recording, Saga

# Neither seed says how long customers may send goods back.
RETURN_WINDOW: Final = timedelta(days=30)

# Where the data of a refund's saga says how much it claims.
AMOUNT: Final = "amount"

# A cancelled order among them, where its cancellation could not pay back what was paid.
_REFUNDABLE: Final = ("paid", "processing", "shipped", "delivered", "cancelled")
_SENT: Final = ("shipped", "delivered")
_PAID: Final = ("paid", "partially_refunded")

# What a claim is worked out from.
_HELD: Final = (
    orders.c.status,
    orders.c.payment_status,
    orders.c.payment_id,
    orders.c.currency,
    orders.c.tax,
    orders.c.shipping_cost,
    orders.c.total,
    orders.c.refunded_amount,
    orders.c.delivered_at,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be paid back: so many units of lines, what is left of the shipping, and an amount beside them.

    `everything` is all that is left. `by_customer` asks for what a customer may ask for: delivered goods, in time.
    """

    units: Mapping[UUID, int]
    shipping: bool = False
    amount: Decimal = NOTHING
    everything: bool = False
    by_customer: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedLine:
    """Units of a line that are to be paid back, and how much that is."""

    item_id: UUID
    variant_id: UUID
    quantity: int
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What will be paid back of an order, to the payment that paid for it."""

    payment_id: UUID
    amount: Decimal
    currency: str
    lines: tuple[ClaimedLine, ...]


async def claim_refund(
    database: Database,
    *,
    saga: NewSaga,
    wish: Wish,
    owner: str,
    plan: Callable[[Claim], Mapping[str, Any]],
    before_commit: Callable[[], Awaitable[None]],
    now: datetime,
) -> Saga | None:
    """Claim what is to be paid back, and begin the saga that does it, with `plan`'s data; None if it began before.

    Raises:
        UnknownOrder: there is none.
        OrderNotRefundable: nothing was paid for it, or it is at the wrong stage.
        ReturnWindowClosed: a customer is too late.
        UnknownOrderItem, TooManyRefunded: what is wished for is not there, or was paid back before.
        RefundExceedsOrder: more is wished for than is left, or nothing at all.
        ServiceUnavailable: the order database is down.
    """
    async with database.transaction() as transaction:
        order = await hold_columns(transaction, saga.order_id, *_HELD)
        begun = await begin_saga(transaction, saga, owner=owner, now=now)
        if begun is None:
            return None
        _check_stage(order, wish, now=now)
        spoken_for = order["refunded_amount"] + await _on_its_way(transaction, begun)
        claim = _claim(order, await _lines(transaction, saga.order_id), wish, spoken_for)
        await change_lines(transaction, claim.lines, sign=1)
        planned = await record_progress(transaction, begun, {"data": plan(claim)}, now=now)
        await before_commit()
        return planned


async def settle_refund(
    database: Database,
    *,
    saga: Saga,
    amount: Decimal,
    returned: Mapping[UUID, int],
    recording: Recording,
    now: datetime,
) -> tuple[Order | None, Saga]:
    """Write down that `amount` has been paid back and what came back of which line; recorded in the saga.

    An order that was sent, and of which everything has been paid back, is refunded.

    Raises:
        LeaseLost: somebody else works on the refund by now.
        ServiceUnavailable: the order database is down.
    """
    async with database.transaction() as transaction:
        refunded = orders.c.refunded_amount + amount
        whole = refunded >= orders.c.total
        order = await change_order(
            transaction,
            saga.order_id,
            values={
                "refunded_amount": refunded,
                "payment_status": case((whole, "refunded"), else_="partially_refunded"),
                # One that has not been sent is not, and its goods are still to be given back: it is cancelled.
                "status": case((whole & orders.c.status.in_(_SENT), "refunded"), else_=orders.c.status),
            },
            event="OrderRefunded",
            data={"amount": str(amount)},
            notes="Refunded in full.",
            recording=recording,
            now=now,
        )
        if returned:
            await transaction.execute(
                update(order_items)
                .where(order_items.c.id == bindparam("item"))
                .values(returned_quantity=order_items.c.returned_quantity + bindparam("units")),
                [{"item": item, "units": units} for item, units in sorted(returned.items())],
            )
        await recording.before_commit()
        return order, recording.recorded(now=now)


async def drop_claim(
    database: Database,
    *,
    lines: Sequence[ClaimedLine],
    recording: Recording,
    now: datetime,
) -> Saga:
    """Give up a claim, because nothing will be paid back; recorded in its saga.

    Raises:
        LeaseLost: somebody else works on the refund by now.
        ServiceUnavailable: the order database is down.
    """
    async with database.transaction() as transaction:
        if (await transaction.execute(recording.statement(now=now))).one_or_none() is None:
            raise LeaseLost(recording.recorded(now=now).id)
        await change_lines(transaction, lines, sign=-1)
        await recording.before_commit()
        return recording.recorded(now=now)


async def change_lines(transaction: AsyncConnection, lines: Sequence[ClaimedLine], *, sign: int) -> None:
    """Count units of lines, and their amounts, as paid back; with a `sign` of -1 as not paid back any more."""
    if lines:
        await transaction.execute(
            update(order_items)
            .where(order_items.c.id == bindparam("item"))
            .values(
                refunded_quantity=order_items.c.refunded_quantity + bindparam("units"),
                refunded_amount=order_items.c.refunded_amount + bindparam("amount"),
            ),
            [
                {"item": line.item_id, "units": sign * line.quantity, "amount": sign * line.amount}
                for line in lines
            ],
        )


def _check_stage(order: RowMapping, wish: Wish, *, now: datetime) -> None:
    if (
        order["status"] not in _REFUNDABLE
        or order["payment_status"] not in _PAID
        or order["payment_id"] is None
    ):
        raise OrderNotRefundable(order["status"])
    if wish.by_customer:
        delivered = order["delivered_at"]
        if delivered is None:
            raise OrderNotRefundable(order["status"])
        if now > delivered + RETURN_WINDOW:
            raise ReturnWindowClosed(RETURN_WINDOW.days)


def _claim(order: RowMapping, lines: Sequence[RefundableLine], wish: Wish, spoken_for: Decimal) -> Claim:
    """What is wished for in amounts; `spoken_for` has been paid back or will be."""
    by_id = {line.item_id: line for line in lines}
    units = {line.item_id: line.refundable for line in lines} if wish.everything else dict(wish.units)
    for item_id, wanted in units.items():
        if item_id not in by_id:
            raise UnknownOrderItem(item_id)
        if not 0 <= wanted <= by_id[item_id].refundable:
            raise TooManyRefunded(item_id, by_id[item_id].refundable)
    amounts = refund_amounts(lines, tax=order["tax"], units=units)
    left = order["total"] - spoken_for
    amount = sum(amounts.values(), NOTHING) + wish.amount
    if wish.everything:
        amount = left
    elif wish.shipping:
        beside_lines = spoken_for - sum(line.refunded_amount for line in lines)
        amount += max(order["shipping_cost"] - beside_lines, NOTHING)
    if not NOTHING < amount <= left:
        raise RefundExceedsOrder(Money(amount=left, currency_code=order["currency"]))
    return Claim(
        payment_id=order["payment_id"],
        amount=amount,
        currency=order["currency"],
        lines=tuple(
            ClaimedLine(
                item_id=item_id,
                variant_id=by_id[item_id].variant_id,
                quantity=units[item_id],
                amount=amounts[item_id],
            )
            for item_id in sorted(amounts)
        ),
    )


async def _on_its_way(transaction: AsyncConnection, saga: Saga) -> Decimal:
    """What other refunds of the same order have claimed that are not finished."""
    amount = cast(sagas.c.saga_data[AMOUNT].as_string(), Numeric(10, 2))
    found = await transaction.scalar(
        select(func.coalesce(func.sum(amount), 0)).where(
            sagas.c.order_id == saga.order_id,
            sagas.c.saga_type == "refund",
            sagas.c.status.in_(UNFINISHED),
            sagas.c.id != saga.id,
        )
    )
    return Decimal(found or 0)


async def _lines(transaction: AsyncConnection, order_id: UUID) -> list[RefundableLine]:
    found = await transaction.execute(
        select(
            order_items.c.id.label("item_id"),
            order_items.c.product_variant_id.label("variant_id"),
            order_items.c.quantity,
            order_items.c.total,
            order_items.c.refunded_quantity,
            order_items.c.refunded_amount,
        )
        .where(order_items.c.order_id == order_id)
        .order_by(order_items.c.position, order_items.c.id)
    )
    return [RefundableLine(**row) for row in found.mappings()]
