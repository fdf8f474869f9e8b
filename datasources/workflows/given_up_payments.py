"""Gives up what was paid, or was to be paid, for an order that will not be: voided if not taken yet, else paid back."""

from __future__ import annotations

import contextlib
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid5

from datasources.core.errors import ServiceUnavailable
from datasources.core.money import NOTHING, Money
from datasources.payments.charges import payments_of_order
from datasources.payments.commands.payments import void_payment
from datasources.payments.commands.refund_executions import execute_refund
from datasources.payments.commands.refunds import NewRefund, request_refund
from datasources.payments.errors import PaymentNotRefundable, RefundTooLarge, UnknownRefund
from datasources.payments.providers.protocol import UnknownProvider
from datasources.payments.refunding import find_held_refund

if TYPE_CHECKING:
    from decimal import Decimal

    from datasources.payments.charges import Charge
    from datasources.payments.records import Refund
    from datasources.workflows.sagas import Means, Run

_OPEN: Final = frozenset({"pending", "processing", "requires_action", "authorized"})

logger = logging.getLogger("datasources.given_up_payments")


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenUp:
    """What has been paid back, and whether that is all of it: a provider may refuse."""

    refunded: Decimal
    is_settled: bool


async def missing_provider(means: Means, order_id: UUID) -> UnknownProvider | None:
    """The error of a provider that is not set up here, and without which an order's money cannot be given back.

    None, too, where the payment database is down: then the money is given back later.
    """
    try:
        payments = await payments_of_order(means.connections.payments, order_id)
    except ServiceUnavailable:
        return None
    for payment in payments:
        is_owed = payment.status in _OPEN or payment.captured_amount > payment.refunded_amount
        if is_owed and payment.gateway not in means.providers.names:
            return UnknownProvider(payment.gateway)
    return None


async def give_up_payments(run: Run, *, reason: str) -> GivenUp | None:
    """Give up every payment of the saga's order; None where a provider has not decided yet, and is to be asked again.

    As long as others pay back some of a payment, nobody knows how much of it will be left to be paid back here: a bank
    may still refuse theirs.

    Raises:
        ProviderUnavailable: a provider cannot be reached; nothing is paid back twice by asking again.
        ServiceUnavailable: the payment database is down.
    """
    database, providers = run.connections.payments, run.means.providers
    refunded, is_settled = NOTHING, True
    for payment in await payments_of_order(database, run.saga.order_id):
        current = payment
        if not payment.captured_amount:
            # Failed ones, too: one whose capture was refused may still hold the customer's money.
            current = await void_payment(database, providers, payment_id=payment.id, now=run.now)
        if current.status in _OPEN:
            return None
        try:
            refund = await _pay_back(run, current, reason) if current.captured_amount else None
        except RefundTooLarge:
            return None
        if refund is None:
            continue
        if refund.status == "completed":
            refunded += refund.amount
        elif refund.status == "failed":
            is_settled = False
            logger.error("Payment %s could not be paid back: %s", payment.id, refund.failure_reason)
        else:
            return None
    return GivenUp(refunded=refunded, is_settled=is_settled)


async def _pay_back(run: Run, payment: Charge, reason: str) -> Refund | None:
    """Pay back what is left of a payment, once however often it is tried; None where nothing was left.

    Raises:
        RefundTooLarge: another refund of it is under way.
    """
    database = run.connections.payments
    refund = await _request(run, payment, reason)
    if refund is None:
        return None
    return await execute_refund(database, run.means.providers, refund_id=refund.id, now=run.now)


async def _request(run: Run, payment: Charge, reason: str) -> Refund | None:
    database, refund_id = run.connections.payments, uuid5(run.saga.id, str(payment.id))
    with contextlib.suppress(UnknownRefund):
        return await find_held_refund(database, refund_id)
    amount = payment.captured_amount - payment.refunded_amount
    if not amount:
        return None
    try:
        refund = _whole(run, payment, refund_id, amount, reason)
        return await request_refund(database, refund=refund, now=run.now)
    except PaymentNotRefundable:
        return None


def _whole(run: Run, payment: Charge, refund_id: UUID, amount: Decimal, reason: str) -> NewRefund:
    return NewRefund(
        id=refund_id,
        payment_id=payment.id,
        order_id=run.saga.order_id,
        amount=Money(amount=amount, currency_code=payment.currency),
        reason=reason,
        lines=(),
        requested_by=None,
        approved_by=None,
        status="approved",
        notes=None,
        idempotency_key=f"{run.saga.id}:{payment.id}",
        request_hash=run.saga.input_hash,
    )
