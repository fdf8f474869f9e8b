"""Loads many payments and payment methods into PaymentDb at once; those already there are left as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict

from datasources.core.bulk import copy_missing, copy_rows, those_missing
from datasources.payments import tables

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from decimal import Decimal
    from uuid import UUID

    import asyncpg

    Connection = asyncpg.Connection[asyncpg.Record]


class MethodRow(TypedDict):
    """A row of payment_methods."""

    id: UUID
    user_id: UUID
    type: str
    provider: str
    provider_customer_id: str | None
    external_id: str | None
    display_name: str
    card_token: str | None
    card_last_four: str | None
    card_brand: str | None
    card_exp_month: int | None
    card_exp_year: int | None
    cardholder_name: str | None
    paypal_email: str | None
    paypal_account_id: str | None
    is_default: bool
    is_verified: bool
    is_active: bool
    created_at: datetime
    updated_at: datetime


class PaymentRow(TypedDict):
    """A row of payments."""

    id: UUID
    order_id: UUID
    user_id: UUID | None
    email: str
    amount: Decimal
    currency: str
    status: str
    payment_method: str
    gateway: str
    gateway_transaction_id: str
    gateway_response: dict[str, Any]
    next_action: dict[str, Any] | None
    payment_method_id: UUID | None
    card_last_four: str | None
    card_brand: str | None
    authorized_amount: Decimal
    authorized_at: datetime | None
    authorization_expires_at: datetime | None
    captured_amount: Decimal
    captured_at: datetime | None
    refunded_amount: Decimal
    refunded_at: datetime | None
    provider_fee: Decimal | None
    failure_code: str | None
    failure_reason: str | None
    idempotency_key: str
    version: int
    created_at: datetime
    updated_at: datetime
    checked_at: datetime
    paid_at: datetime | None
    failed_at: datetime | None
    cancelled_at: datetime | None


class RefundRow(TypedDict):
    """A row of refunds."""

    id: UUID
    payment_id: UUID
    order_id: UUID
    amount: Decimal
    currency: str
    reason: str
    status: str
    lines: list[dict[str, Any]]
    gateway_refund_id: str | None
    requested_by: UUID | None
    approved_by: UUID | None
    approved_at: datetime | None
    rejected_by: UUID | None
    rejected_at: datetime | None
    rejection_reason: str | None
    idempotency_key: str
    version: int
    created_at: datetime
    updated_at: datetime
    processed_at: datetime | None
    completed_at: datetime | None


class TransactionRow(TypedDict):
    """A row of transactions."""

    transaction_number: str
    payment_id: UUID
    refund_id: UUID | None
    type: str
    amount: Decimal
    currency: str
    status: str
    gateway: str
    gateway_transaction_id: str
    error_code: str | None
    error_message: str | None
    idempotency_key: str
    created_at: datetime


class EventRow(TypedDict):
    """A row of payment_events."""

    id: UUID
    payment_id: UUID
    event_type: str
    event_data: dict[str, Any]
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkPayment:
    """A payment with all that belongs to it; events in the order in which they happened."""

    payment: PaymentRow
    refunds: Sequence[RefundRow]
    transactions: Sequence[TransactionRow]
    events: Sequence[EventRow]


async def copy_methods(connection: Connection, methods: Sequence[MethodRow]) -> int:
    """Add the saved payment methods that are missing, in one transaction; tell how many they were.

    Raises:
        asyncpg.UniqueViolationError: the customer of one has another default.
    """
    return await copy_missing(connection, tables.payment_methods, methods)


async def copy_payments(connection: Connection, payments: Sequence[BulkPayment]) -> int:
    """Add the payments that are missing, in one transaction; tell how many they were.

    The saved methods that they were made with must be there.

    Raises:
        asyncpg.UniqueViolationError: a number or a key belongs to another payment.
    """
    async with connection.transaction():
        missing = await those_missing(connection, tables.payments, payments, lambda each: each.payment["id"])
        await copy_rows(connection, tables.payments, [each.payment for each in missing])
        await copy_rows(connection, tables.refunds, [row for each in missing for row in each.refunds])
        await copy_rows(
            connection, tables.transactions, [row for each in missing for row in each.transactions]
        )
        await copy_rows(connection, tables.payment_events, [row for each in missing for row in each.events])
    return len(missing)


async def reserve_transaction_numbers(connection: Connection, *, below: int) -> None:
    """Let numbers of new transactions start at `below` or later; they never go back."""
    await connection.execute(
        "SELECT setval('transaction_numbers', $1, false) FROM transaction_numbers WHERE last_value < $1",
        below,
    )
