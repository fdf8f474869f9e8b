"""Decides on returns that customers have asked for, and goes on with their refunds at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasources.payments.commands.refunds import approve_refund, reject_refund
from datasources.payments.refunding import find_held_refund
from datasources.workflows.order_sagas import resume_orders

if TYPE_CHECKING:
    from uuid import UUID

    from datasources.payments.records import Refund
    from datasources.workflows.sagas import Means


async def approve_return(means: Means, *, refund_id: UUID, restock: bool, actor_id: UUID) -> Refund:
    """Agree to a return: it is paid back, and with `restock` its goods go back to stock.

    Raises:
        UnknownRefund: there is none.
        RefundNotPending: somebody has decided already.
        UnknownProvider: this gateway does not have the provider that would have to pay back.
        ServiceUnavailable: the payment or the order database is down. Once it is approved the worker goes on with it.
    """
    payments = means.connections.payments
    asked = await find_held_refund(payments, refund_id)
    if asked.status == "pending":
        means.providers.get(asked.gateway)  # or else it would be agreed to, and never be paid back
    back = {line.order_item_id for line in asked.lines} if restock else set()
    refund = await approve_refund(
        payments, refund_id=refund_id, actor_id=actor_id, restock=back, now=means.clock()
    )
    await resume_orders(means, [refund.order_id])
    return refund


async def reject_return(means: Means, *, refund_id: UUID, reason: str | None, actor_id: UUID) -> Refund:
    """Refuse a return: nothing is paid back, and its lines may be asked about again.

    Raises:
        UnknownRefund, RefundNotPending, ServiceUnavailable: as `approve_return`.
    """
    refund = await reject_refund(
        means.connections.payments, refund_id=refund_id, actor_id=actor_id, reason=reason, now=means.clock()
    )
    await resume_orders(means, [refund.order_id])
    return refund
