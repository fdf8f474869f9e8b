"""What the payment service gives out: payments with their journal and refunds, and the methods that customers saved.

Providers' tokens and ids, and what they answered, are not among it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from datasources.core.records import row_record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

PaymentState = Literal[
    "pending",
    "processing",
    "requires_action",
    "authorized",
    "succeeded",
    "failed",
    "cancelled",
    "refunded",
    "partially_refunded",
]
MethodKind = Literal["credit_card", "debit_card", "paypal", "bank_transfer", "upi", "net_banking", "wallet"]
RefundStatus = Literal["pending", "approved", "rejected", "processing", "completed", "failed", "cancelled"]
TransactionType = Literal["charge", "refund", "authorization", "capture", "void"]
TransactionStatus = Literal["pending", "processing", "succeeded", "failed", "cancelled"]


@row_record
class Payment:
    """A payment for an order (000: payments). Amounts are in `currency`."""

    id: UUID
    order_id: UUID
    user_id: UUID | None
    status: PaymentState
    method: MethodKind
    currency: str
    amount: Decimal
    authorized_amount: Decimal
    captured_amount: Decimal
    refunded_amount: Decimal
    card_brand: str | None
    card_last_four: str | None
    failure_code: str | None
    failure_reason: str | None
    created_at: datetime
    updated_at: datetime
    authorized_at: datetime | None
    authorization_expires_at: datetime | None
    paid_at: datetime | None
    failed_at: datetime | None
    cancelled_at: datetime | None


@row_record
class NextAction:
    """What the customer must do before a payment goes on: for the payer's eyes alone.

    `client_secret` is the provider's, and lets the payer's own client finish this one payment.
    """

    payment_id: UUID
    user_id: UUID | None
    type: str
    url: str | None
    client_secret: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundLine:
    """What of a refund is for one line of the order, and whether its units go back into stock.

    `currency` is that of the refund, once the line belongs to one.
    """

    order_item_id: UUID
    quantity: int
    amount: Decimal
    restock: bool
    currency: str | None = None


@row_record
class Refund:
    """Money on its way back to the customer, or not (000: refunds)."""

    id: UUID
    payment_id: UUID
    order_id: UUID
    status: RefundStatus
    currency: str
    amount: Decimal
    reason: str | None
    created_at: datetime
    completed_at: datetime | None
    failure_code: str | None = None
    failure_reason: str | None = None
    requested_by: UUID | None = None
    approved_by: UUID | None = None
    approved_at: datetime | None = None
    rejected_by: UUID | None = None
    rejected_at: datetime | None = None
    rejection_reason: str | None = None
    notes: str | None = None
    version: int = 1
    kept_lines: Sequence[dict[str, Any]] = field(default=(), hash=False)

    @property
    def lines(self) -> tuple[RefundLine, ...]:
        """The lines of the order that it is for; none where the sum is not for single lines."""
        return tuple(
            RefundLine(
                order_item_id=UUID(line["order_item_id"]),
                quantity=line["quantity"],
                amount=Decimal(line["amount"]),
                restock=line["restock"],
                currency=self.currency,
            )
            for line in self.kept_lines or ()
        )


@row_record
class Transaction:
    """One answer of a payment provider (000: transactions)."""

    number: str
    payment_id: UUID
    type: TransactionType
    status: TransactionStatus
    currency: str
    amount: Decimal
    created_at: datetime


@row_record
class PaymentMethod:
    """A way to pay that a customer saved, as much of it as may be shown (000: payment_methods)."""

    id: UUID
    user_id: UUID
    kind: MethodKind
    label: str | None
    card_brand: str | None
    card_last_four: str | None
    card_exp_month: int | None
    card_exp_year: int | None
    paypal_email: str | None
    bank_name: str | None
    account_last_four: str | None
    is_default: bool
    is_verified: bool
    is_active: bool
    created_at: datetime

    @property
    def display_name(self) -> str:
        """What to call it in a list of methods: the stored label, or else its kind with what may be shown."""
        if self.label:
            return self.label
        name = self.card_brand or self.bank_name or self.kind.replace("_", " ").capitalize()
        last_four = self.card_last_four or self.account_last_four
        if last_four:
            return f"{name} **** {last_four}"
        return f"{name} {_mask_email(self.paypal_email)}" if self.paypal_email else name


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFilter:
    """Which payments a list holds; what is None does not matter."""

    statuses: tuple[str, ...] | None = None
    methods: tuple[str, ...] | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None
    amount_from: Decimal | None = None
    amount_to: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundFilter:
    """Which refunds a list holds; what is None does not matter."""

    statuses: tuple[str, ...] | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None


def _mask_email(email: str) -> str:
    name, _, domain = email.rpartition("@")
    return f"{name[:1]}***@{domain}"
