"""The demo shop's payments: what each order was paid with, how that went, and what was paid back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from datasources.payments.bulk import BulkPayment
from datasources.seeds.determinism import money, token_for, uuid_for
from datasources.seeds.fates import CARDS
from datasources.seeds.orders import FIRST_NUMBER, ORDERS_PER_BLOCK
from datasources.seeds.payment_methods import gateway_of
from datasources.seeds.people import MANAGER_ID

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from datasources.payments.bulk import EventRow, MethodRow, PaymentRow, RefundRow, TransactionRow
    from datasources.seeds.orders import Order

NUMBERS_PER_ORDER: Final = 8

# An authorisation lapses after a week, and whatever watches over that would take the demo orders apart.
_AUTHORISED_FOR: Final = timedelta(days=3650)

_STATES: Final = {
    "paid": "succeeded",
    "authorized": "authorized",
    "failed": "failed",
    "cancelled": "cancelled",
    "refunded": "refunded",
    "partially_refunded": "partially_refunded",
}
_REASONS: Final = ("Damaged on arrival", "Does not fit", "Not as described", "No longer needed")


def payment_id(order: Order) -> UUID:
    """The payment that settles the order, or is to."""
    return uuid_for("payment", order.id)


def make_payments(order: Order, saved: dict[tuple[UUID, str], MethodRow]) -> list[BulkPayment]:
    """The payment that settles an order, before it one that failed, if so. `saved` are methods by user and type."""
    method = saved.get((order.person.id, order.method)) if order.person else None
    attempts = [_failed_attempt(order, method)] if order.tried_before else []
    return [*attempts, _settling(order, method)]


def first_free_number(most_blocks: int) -> int:
    """The first transaction number that no block uses, of so many."""
    return (FIRST_NUMBER + most_blocks * ORDERS_PER_BLOCK) * NUMBERS_PER_ORDER


def _settling(order: Order, method: MethodRow | None) -> BulkPayment:
    payment = _payment_row(order, method)
    refund = _refund_row(order)
    story = _Story(order, payment)
    confirmed, paid, cancelled = (order.fate.at(status) for status in ("confirmed", "paid", "cancelled"))
    story.happens("created", order.placed)
    by_card = order.method in CARDS
    if payment["status"] == "requires_action":
        story.happens("requires_action", order.placed, transaction=("authorization", "pending"))
    elif payment["status"] == "failed":
        story.happens("failed", order.placed + timedelta(seconds=20), transaction=("authorization", "failed"))
    elif confirmed is not None:
        if by_card:
            story.happens("authorized", confirmed, transaction=("authorization", "succeeded"))
        else:
            story.happens("processing", confirmed)
    if paid is not None:
        story.happens("captured", paid, transaction=("capture" if by_card else "charge", "succeeded"))
    if payment["status"] == "cancelled" and cancelled is not None:
        authorised = by_card and confirmed is not None
        story.happens("cancelled", cancelled, transaction=("void", "succeeded") if authorised else None)
    if refund is not None:
        story.happens("refund_requested", refund["created_at"], refund=refund)
        if refund["completed_at"] is not None:
            story.happens(
                "refunded", refund["completed_at"], transaction=("refund", "succeeded"), refund=refund
            )
    return BulkPayment(
        payment=payment,
        refunds=[refund] if refund else [],
        transactions=story.transactions,
        events=story.events,
    )


def _failed_attempt(order: Order, method: MethodRow | None) -> BulkPayment:
    at = order.placed + timedelta(seconds=5)
    payment: PaymentRow = {
        **_payment_row(order, method),
        "id": uuid_for("failed payment", order.id),
        "status": "failed",
        "gateway_transaction_id": f"pi_demo_{token_for('failed payment', order.id)}",
        "gateway_response": {"status": "failed"},
        "next_action": None,
        "authorized_amount": money(0),
        "authorized_at": None,
        "authorization_expires_at": None,
        "captured_amount": money(0),
        "captured_at": None,
        "refunded_amount": money(0),
        "refunded_at": None,
        "provider_fee": None,
        "failure_code": "insufficient_funds",
        "failure_reason": "The account has insufficient funds.",
        "idempotency_key": f"demo:{order.id}:first",
        "version": 2,
        "updated_at": at,
        "checked_at": at,
        "paid_at": None,
        "failed_at": at,
        "cancelled_at": None,
    }
    story = _Story(order, payment, numbers_from=NUMBERS_PER_ORDER // 2)
    story.happens("created", order.placed)
    story.happens(
        "failed", at, transaction=("authorization" if order.method in CARDS else "charge", "failed")
    )
    return BulkPayment(payment=payment, refunds=[], transactions=story.transactions, events=story.events)


class _Story:
    """What happens to one payment, written down as events and transactions."""

    def __init__(self, order: Order, payment: PaymentRow, *, numbers_from: int = 0) -> None:
        self._order = order
        self._payment = payment
        self._next = FIRST_NUMBER + order.block * ORDERS_PER_BLOCK + order.index
        self._next = self._next * NUMBERS_PER_ORDER + numbers_from
        self.events: list[EventRow] = []
        self.transactions: list[TransactionRow] = []

    def happens(
        self,
        event: str,
        at: datetime,
        *,
        transaction: tuple[str, str] | None = None,
        refund: RefundRow | None = None,
    ) -> None:
        """Add an event, and the gateway's answer that it came from, given as type and status."""
        payment = self._payment
        amount = refund["amount"] if refund else payment["amount"]
        data: dict[str, Any] = {"amount": str(amount), "currency": "USD"}
        if refund is not None:
            data["refund_id"] = str(refund["id"])
        self.events.append(
            {
                "id": uuid_for("payment event", payment["id"], len(self.events)),
                "payment_id": payment["id"],
                "event_type": event,
                "event_data": data,
                "created_at": at,
            }
        )
        if transaction is None:
            return
        kind, status = transaction
        failed = status == "failed"
        self.transactions.append(
            {
                "transaction_number": f"TXN-{at.year}-{self._next:08d}",
                "payment_id": payment["id"],
                "refund_id": refund["id"] if refund else None,
                "type": kind,
                "amount": amount,
                "currency": "USD",
                "status": status,
                "gateway": payment["gateway"],
                "gateway_transaction_id": f"tx_demo_{token_for(payment['id'], kind)}",
                "error_code": payment["failure_code"] if failed else None,
                "error_message": payment["failure_reason"] if failed else None,
                "idempotency_key": f"{payment['idempotency_key']}:{kind}",
                "created_at": at,
            }
        )
        self._next += 1


def _payment_row(order: Order, method: MethodRow | None) -> PaymentRow:
    fate = order.fate
    by_card = order.method in CARDS
    confirmed, paid = fate.at("confirmed"), fate.at("paid")
    authorised = confirmed if by_card else paid
    failed = order.placed + timedelta(seconds=20) if fate.payment_status == "failed" else None
    cancelled = fate.at("cancelled") if fate.payment_status == "cancelled" else None
    status = _STATES.get(fate.payment_status) or _waiting(order)
    refunded_at = fate.refund_at + timedelta(hours=1) if fate.refund_at and order.refunded else None
    fee = order.total * 29 // 1000 + 30
    changed = refunded_at or cancelled or failed or paid or authorised or order.placed
    return {
        "id": payment_id(order),
        "order_id": order.id,
        "user_id": order.person.id if order.person else None,
        "email": order.email,
        "amount": money(order.total),
        "currency": "USD",
        "status": status,
        "payment_method": order.method,
        "gateway": gateway_of(order.method),
        "gateway_transaction_id": f"pi_demo_{token_for('payment', order.id)}",
        "gateway_response": {"status": status},
        "next_action": _next_action(order) if status == "requires_action" else None,
        "payment_method_id": method["id"] if method else None,
        "card_last_four": _last_four(order, method) if by_card else None,
        "card_brand": ((method and method["card_brand"]) or "Visa") if by_card else None,
        "authorized_amount": money(order.total if authorised else 0),
        "authorized_at": authorised,
        "authorization_expires_at": authorised + _AUTHORISED_FOR if authorised and by_card else None,
        "captured_amount": money(order.total if paid else 0),
        "captured_at": paid,
        "refunded_amount": money(order.refunded),
        "refunded_at": refunded_at,
        "provider_fee": money(fee) if paid else None,
        "failure_code": "card_declined" if failed else None,
        "failure_reason": "The card was declined." if failed else None,
        "idempotency_key": f"demo:{order.id}",
        "version": len(fate.steps),
        "created_at": order.placed,
        "updated_at": changed,
        "checked_at": changed,
        "paid_at": paid,
        "failed_at": failed,
        "cancelled_at": cancelled,
    }


def _refund_row(order: Order) -> RefundRow | None:
    fate, at = order.fate, order.fate.refund_at
    if at is None:
        return None
    done = at + timedelta(hours=1) if order.refunded else None
    asked_for = order.refunded or order.lines[0].total or order.total
    rejected = fate.refunding == "rejected"
    decided = at + timedelta(minutes=40)
    staff_decides = done is not None
    return {
        "id": uuid_for("refund", order.id),
        "payment_id": payment_id(order),
        "order_id": order.id,
        "amount": money(asked_for),
        "currency": "USD",
        "reason": fate.cancellation_reason or _REASONS[order.index % len(_REASONS)],
        "status": {"requested": "pending", "rejected": "rejected"}.get(fate.refunding, "completed"),
        "lines": [
            {
                "order_item_id": str(line.id),
                "quantity": line.refunded_quantity,
                "amount": str(money(line.refunded)),
                "restock": line.returned > 0,
            }
            for line in order.lines
            if line.refunded_quantity
        ],
        "gateway_refund_id": f"re_demo_{token_for('refund', order.id)}" if done else None,
        "requested_by": order.person.id if order.person else None,
        "approved_by": MANAGER_ID if staff_decides else None,
        "approved_at": decided if staff_decides else None,
        "rejected_by": MANAGER_ID if rejected else None,
        "rejected_at": decided if rejected else None,
        "rejection_reason": "Returned after the time for returns had passed." if rejected else None,
        "idempotency_key": f"demo:{order.id}:refund",
        "version": 3 if done else 1 + rejected,
        "created_at": at,
        "updated_at": done or (decided if rejected else at),
        "processed_at": done,
        "completed_at": done,
    }


def _waiting(order: Order) -> str:
    """The state of a payment that has not come through yet."""
    if order.fate.status == "confirmed":
        return "processing"
    return "pending" if order.method == "bank_transfer" else "requires_action"


def _next_action(order: Order) -> dict[str, Any]:
    return {"type": "redirect", "url": f"https://pay.example.com/confirm/{token_for('payment', order.id)}"}


def _last_four(order: Order, method: MethodRow | None) -> str | None:
    return method["card_last_four"] if method else f"{order.id.int % 10_000:04d}"
