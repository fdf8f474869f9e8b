"""Takes refunds that banks have sent back out of their orders' books again, once each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import case, func, select
from sqlalchemy.dialects.postgresql import insert as insert_unless_there

from datasources.core.money import NOTHING
from datasources.orders.commands.refunds import change_lines
from datasources.orders.tables import consumed_events, orders
from datasources.orders.transitions import change_order

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime
    from decimal import Decimal
    from uuid import UUID

    from datasources.core.databases import Database
    from datasources.orders.commands.refunds import ClaimedLine
    from datasources.orders.records import Order

CONSUMER: Final = "orders.refund_bounced"


async def unheard_refunds(database: Database, refund_ids: Collection[UUID]) -> set[UUID]:
    """Those of these refunds of which the orders have not heard that they were sent back.

    Raises:
        ServiceUnavailable: the order database is down.
    """
    noted = select(consumed_events.c.event_id).where(
        consumed_events.c.consumer == CONSUMER, consumed_events.c.event_id.in_(refund_ids)
    )
    async with database.transaction() as transaction:
        return set(refund_ids) - set(await transaction.scalars(noted))


async def reopen_order(
    database: Database,
    *,
    order_id: UUID,
    refund_id: UUID,
    is_owed: bool,
    amount: Decimal,
    lines: Sequence[ClaimedLine],
    now: datetime,
) -> Order | None:
    """Note that a refund was sent back. None where there was nothing to change, or that was noted before.

    Where it `is_owed` to the customer again, `amount` and units of `lines` count as paid and not paid back, so that
    staff can pay them back otherwise.

    Goods that came back stay where they are.

    Raises:
        ServiceUnavailable: the order database is down.
    """
    async with database.transaction() as transaction:
        noted = await transaction.execute(
            insert_unless_there(consumed_events)
            .values(consumer=CONSUMER, event_id=refund_id, consumed_at=now)
            .on_conflict_do_nothing()
            .returning(consumed_events.c.event_id)
        )
        if noted.one_or_none() is None or not is_owed:
            return None
        left = func.greatest(orders.c.refunded_amount - amount, NOTHING)
        order = await change_order(
            transaction,
            order_id,
            values={
                "refunded_amount": left,
                "payment_status": case((left > 0, "partially_refunded"), else_="paid"),
                "status": case(
                    (orders.c.status != "refunded", orders.c.status),
                    (orders.c.delivered_at.is_not(None), "delivered"),
                    else_="shipped",
                ),
            },
            event="OrderRefundBounced",
            data={"refund_id": str(refund_id), "amount": str(amount)},
            notes="A refund was sent back by the bank.",
            now=now,
        )
        await change_lines(transaction, lines, sign=-1)
        return order
