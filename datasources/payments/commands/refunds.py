"""Refunds requested, and approved or rejected. Whatever is on its way back is never more than was captured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from datasources.core.databases import violated_constraint
from datasources.core.errors import IdempotencyConflict
from datasources.core.money import Money
from datasources.payments.amounts import require_payable
from datasources.payments.errors import (
    PaymentNotRefundable,
    RefundNotPending,
    RefundTooLarge,
    UnknownPayment,
    UnknownRefund,
    WrongCurrency,
)
from datasources.payments.records import Refund, RefundLine
from datasources.payments.refunding import REFUND, facts_of
from datasources.payments.statements import REFUND_COLUMNS
from datasources.payments.tables import domain_events, payment_events, payments, refunds

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime
    from decimal import Decimal
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from datasources.core.databases import Database

# Refunds that pay nothing back.
_GIVEN_UP: Final = ("rejected", "failed", "cancelled")
_REFUNDABLE: Final = frozenset({"succeeded", "partially_refunded"})


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRefund:
    """A refund to be made: `pending` until somebody approves it, or `approved` from the beginning.

    `lines` say what it is for, where it is for lines of the order. `idempotency_key` is the caller's for this one
    refund, and `request_hash` tells a repetition from something else under the same key.
    """

    id: UUID
    payment_id: UUID
    order_id: UUID
    amount: Money
    reason: str | None
    lines: tuple[RefundLine, ...]
    requested_by: UUID | None
    approved_by: UUID | None
    status: Literal["pending", "approved"]
    notes: str | None
    idempotency_key: str
    request_hash: str


async def request_refund(database: Database, *, refund: NewRefund, now: datetime) -> Refund:
    """Write down that some of a payment is to be paid back. The same key requests one refund.

    Raises:
        InvalidAmount: nobody can be paid this sum.
        UnknownPayment: there is no such payment.
        WrongCurrency: it was made in another currency.
        PaymentNotRefundable: nothing of it was captured, or all of it was paid back.
        RefundTooLarge: together with what is on its way back it would be more than was captured.
        IdempotencyConflict: the key, or the id, was used for another refund.
        InvalidText: a text holds a character that cannot be stored.
        ServiceUnavailable: the payment database is down.
    """
    require_payable(refund.amount)
    try:
        async with database.transaction() as transaction:
            payment = await _hold_payment(transaction, refund.payment_id)
            earlier = await _earlier(transaction, refund)
            if earlier is not None:
                return earlier
            await _require_refundable(transaction, payment, refund)
            added = await transaction.execute(
                insert(refunds).values(**_values(refund, now)).returning(*REFUND_COLUMNS)
            )
            requested = Refund(**added.mappings().one())
            await _tell(transaction, "refund_requested", "RefundRequested", requested, now=now)
            return requested
    except IntegrityError as error:
        if violated_constraint(error) in {"uq_refunds_idempotency_key", "pk_refunds"}:
            raise IdempotencyConflict(refund.idempotency_key) from error
        raise


async def approve_refund(
    database: Database,
    *,
    refund_id: UUID,
    actor_id: UUID,
    restock: Collection[UUID] | None = None,
    now: datetime,
) -> Refund:
    """Let a refund be carried out. `restock` names the order's items that go back into stock, if not those requested.

    Raises:
        UnknownRefund: there is none.
        RefundNotPending: it was decided on already.
        ServiceUnavailable: the payment database is down.
    """
    changes: dict[str, Any] = {"status": "approved", "approved_by": actor_id, "approved_at": now}
    async with database.transaction() as transaction:
        held = await _hold_pending(transaction, refund_id)
        if restock is not None:
            chosen = {str(item) for item in restock}
            changes["lines"] = [
                {**line, "restock": line["order_item_id"] in chosen} for line in held.kept_lines
            ]
        approved = await _change(transaction, refund_id, changes, now=now)
        await _tell(transaction, "refund_approved", "RefundApproved", approved, actor_id=actor_id, now=now)
        return approved


async def reject_refund(
    database: Database, *, refund_id: UUID, actor_id: UUID, reason: str | None, now: datetime
) -> Refund:
    """Let a refund not be carried out.

    Raises:
        UnknownRefund: there is none.
        RefundNotPending: it was decided on already.
        InvalidText: the reason holds a character that cannot be stored.
        ServiceUnavailable: the payment database is down.
    """
    changes = {
        "status": "rejected",
        "rejected_by": actor_id,
        "rejected_at": now,
        "rejection_reason": reason,
    }
    async with database.transaction() as transaction:
        await _hold_pending(transaction, refund_id)
        rejected = await _change(transaction, refund_id, changes, now=now)
        await _tell(transaction, "refund_rejected", "RefundRejected", rejected, actor_id=actor_id, now=now)
        return rejected


async def _hold_payment(transaction: AsyncConnection, payment_id: UUID) -> Any:
    """The payment, which nobody else refunds any of meanwhile."""
    found = await transaction.execute(
        select(payments.c.status, payments.c.currency, payments.c.captured_amount)
        .where(payments.c.id == payment_id)
        .with_for_update(key_share=True)
    )
    row = found.one_or_none()
    if row is None:
        raise UnknownPayment(payment_id)
    return row


async def _earlier(transaction: AsyncConnection, refund: NewRefund) -> Refund | None:
    found = await transaction.execute(
        select(*REFUND_COLUMNS, refunds.c.request_hash).where(
            refunds.c.idempotency_key == refund.idempotency_key
        )
    )
    row = found.mappings().one_or_none()
    if row is None:
        return None
    facts = dict(row)
    if facts.pop("request_hash") != refund.request_hash:
        raise IdempotencyConflict(refund.idempotency_key)
    return Refund(**facts)


async def _require_refundable(transaction: AsyncConnection, payment: Any, refund: NewRefund) -> None:
    if payment.currency != refund.amount.currency_code:
        raise WrongCurrency(payment.currency)
    if payment.status not in _REFUNDABLE:
        raise PaymentNotRefundable(payment.status)
    on_its_way: Decimal | None = await transaction.scalar(
        select(func.coalesce(func.sum(refunds.c.amount), 0)).where(
            refunds.c.payment_id == refund.payment_id, refunds.c.status.not_in(_GIVEN_UP)
        )
    )
    refundable = payment.captured_amount - (on_its_way or 0)
    if refund.amount.amount > refundable:
        raise RefundTooLarge(Money(amount=refundable, currency_code=payment.currency))


def _values(refund: NewRefund, now: datetime) -> dict[str, Any]:
    return {
        "id": refund.id,
        "payment_id": refund.payment_id,
        "order_id": refund.order_id,
        "amount": refund.amount.amount,
        "currency": refund.amount.currency_code,
        "reason": refund.reason,
        "status": refund.status,
        "lines": _kept(refund.lines),
        "requested_by": refund.requested_by,
        "approved_by": refund.approved_by,
        "approved_at": now if refund.status == "approved" else None,
        "notes": refund.notes,
        "idempotency_key": refund.idempotency_key,
        "request_hash": refund.request_hash,
        "created_at": now,
        "updated_at": now,
    }


def _kept(lines: Sequence[RefundLine]) -> list[dict[str, Any]]:
    return [
        {
            "order_item_id": str(line.order_item_id),
            "quantity": line.quantity,
            "amount": str(line.amount),
            "restock": line.restock,
        }
        for line in lines
    ]


async def _hold_pending(transaction: AsyncConnection, refund_id: UUID) -> Refund:
    found = await transaction.execute(
        select(*REFUND_COLUMNS).where(refunds.c.id == refund_id).with_for_update(key_share=True)
    )
    row = found.mappings().one_or_none()
    if row is None:
        raise UnknownRefund(refund_id)
    if row["status"] != "pending":
        raise RefundNotPending(row["status"])
    return Refund(**row)


async def _change(
    transaction: AsyncConnection, refund_id: UUID, changes: dict[str, Any], *, now: datetime
) -> Refund:
    changed = await transaction.execute(
        update(refunds)
        .where(refunds.c.id == refund_id, refunds.c.status == "pending")
        .values(version=refunds.c.version + 1, updated_at=now, **changes)
        .returning(*REFUND_COLUMNS)
    )
    return Refund(**changed.mappings().one())


async def _tell(
    transaction: AsyncConnection,
    event: str,
    domain_event: str,
    refund: Refund,
    *,
    actor_id: UUID | None = None,
    now: datetime,
) -> None:
    data = {"refund_id": str(refund.id), "amount": str(refund.amount), "currency": refund.currency}
    await transaction.execute(
        insert(payment_events).values(
            payment_id=refund.payment_id, event_type=event, event_data=data, created_at=now
        )
    )
    actor = actor_id or refund.requested_by
    facts = {"status": refund.status, "actor_id": None if actor is None else str(actor)}
    await transaction.execute(
        insert(domain_events).values(
            aggregate_id=str(refund.id),
            aggregate_type=REFUND,
            event_type=domain_event,
            event_data={**facts_of(refund), **facts},
            version=refund.version,
            occurred_at=now,
        )
    )
