"""Writes down what became of a payment: its row, the provider's answer, the event and the outbox, in one statement.

A change is guarded by the statuses that it may start from, so whoever comes second changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Numeric, String, Text, any_, case, func, literal_column, select, update
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from datasources.core.databases import compile_statement
from datasources.payments.charges import CHARGE_COLUMNS, charge_of
from datasources.payments.journal import AT, NOTHING, ONE, answers, entry_values, given, happened, told
from datasources.payments.tables import payments

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from decimal import Decimal

    from sqlalchemy import ColumnElement

    from datasources.core.databases import Database, Statement
    from datasources.payments.charges import Charge
    from datasources.payments.records import PaymentState, TransactionStatus, TransactionType

PAYMENT: Final = "Payment"

# As the columns have it.
LONGEST_CODE: Final = 50

# From where a payment may come to each status. Money that was taken is taken, whatever was thought of it before.
SOURCES: Final[Mapping[PaymentState, tuple[PaymentState, ...]]] = {
    "requires_action": ("pending", "processing"),
    "processing": ("pending", "requires_action"),
    "authorized": ("pending", "requires_action", "processing"),
    "succeeded": ("pending", "requires_action", "processing", "authorized", "failed", "cancelled"),
    "failed": ("pending", "requires_action", "processing", "authorized"),
    "cancelled": ("pending", "requires_action", "processing", "authorized"),
}

_DOMAIN_EVENTS: Final[Mapping[PaymentState, str]] = {
    "requires_action": "PaymentActionRequired",
    "processing": "PaymentProcessing",
    "authorized": "PaymentAuthorized",
    "succeeded": "PaymentCaptured",
    "failed": "PaymentFailed",
    "cancelled": "PaymentCancelled",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A provider's answer, for the journal. `key` is what it was asked with: None if only how the payment stands."""

    type: TransactionType
    status: TransactionStatus
    key: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What has become of a payment: its status, the event, the answer, and what the provider told with it."""

    status: PaymentState
    event: str
    entry: Entry | None
    reference: str | None = None
    captured: Decimal | None = None
    next_action: Mapping[str, Any] | None = None
    failure_code: str | None = None
    failure_reason: str | None = None
    fee: Decimal | None = None
    card_brand: str | None = None
    card_last_four: str | None = None
    authorization_expires_at: datetime | None = None


async def record(database: Database, charge: Charge, outcome: Outcome, *, now: datetime) -> Charge | None:
    """Write an outcome down; None if the payment is in no status any more upon which it can follow.

    Raises:
        ServiceUnavailable: the payment database is down.
    """
    entry, code = outcome.entry, (outcome.failure_code or "")[:LONGEST_CODE] or None
    rows = await database.change(
        _RECORD,
        of_payment=charge.id,
        expected=SOURCES[outcome.status],
        to_status=outcome.status,
        at=now,
        the_reference=outcome.reference,
        the_captured=outcome.captured,
        the_action=outcome.next_action,
        the_failure_code=code,
        the_failure_reason=outcome.failure_reason,
        the_fee=outcome.fee,
        the_brand=outcome.card_brand,
        the_last_four=outcome.card_last_four,
        the_expiry=outcome.authorization_expires_at,
        the_response={"status": outcome.status, "failure_code": code},
        the_event=outcome.event,
        the_event_data={"amount": str(charge.amount), "currency": charge.currency},
        the_domain_event=_DOMAIN_EVENTS[outcome.status],
        the_domain_data=facts_of(charge) | {"status": outcome.status, "failure_code": code},
        **(
            entry_values(None, None, None, now=now)
            if entry is None
            else entry_values(entry.type, entry.status, entry.key, now=now)
        ),
    )
    return charge_of(rows) if rows else None


def facts_of(charge: Charge) -> dict[str, Any]:
    """What every event of a payment tells."""
    return {
        "payment_id": str(charge.id),
        "order_id": str(charge.order_id),
        "user_id": None if charge.user_id is None else str(charge.user_id),
        "amount": str(charge.amount),
        "currency": charge.currency,
    }


_STATUS: Final = given("to_status", String)
_CAPTURED: Final = given("the_captured", Numeric())


def _when(
    column: ColumnElement[Any], value: ColumnElement[Any], *statuses: PaymentState
) -> ColumnElement[Any]:
    """The value, where the change leads to one of these statuses; what the column has, otherwise."""
    listed: ColumnElement[Any] = literal_column("(" + ", ".join(f"'{status}'" for status in statuses) + ")")
    return case((_STATUS.op("IN")(listed), value), else_=column)


def _first(column: ColumnElement[Any], *statuses: PaymentState) -> ColumnElement[Any]:
    """Now, where the change leads to one of these statuses for the first time."""
    return _when(column, func.coalesce(column, AT), *statuses)


def _kept(column: ColumnElement[Any], parameter: str) -> ColumnElement[Any]:
    """What is told of it, or else what it has."""
    return func.coalesce(given(parameter, column.type), column)


def _statement() -> Statement:
    now_paid: tuple[PaymentState, ...] = ("authorized", "succeeded")
    row = payments.c
    changed = (
        update(payments)
        .where(row.id == given("of_payment", UUID), row.status == any_(given("expected", ARRAY(String))))
        .values(
            status=_STATUS,
            gateway_transaction_id=_kept(row.gateway_transaction_id, "the_reference"),
            gateway_response=given("the_response", JSONB),
            next_action=given("the_action", JSONB),
            card_brand=_kept(row.card_brand, "the_brand"),
            card_last_four=_kept(row.card_last_four, "the_last_four"),
            authorized_amount=_when(row.authorized_amount, row.amount, *now_paid),
            authorized_at=_first(row.authorized_at, *now_paid),
            authorization_expires_at=_kept(row.authorization_expires_at, "the_expiry"),
            captured_amount=_when(row.captured_amount, _CAPTURED, "succeeded"),
            captured_at=_first(row.captured_at, "succeeded"),
            paid_at=_first(row.paid_at, "succeeded"),
            failed_at=_first(row.failed_at, "failed"),
            cancelled_at=_first(row.cancelled_at, "cancelled"),
            provider_fee=_kept(row.provider_fee, "the_fee"),
            failure_code=given("the_failure_code", String),
            failure_reason=given("the_failure_reason", Text),
            version=row.version + ONE,
            updated_at=AT,
            checked_at=AT,
        )
        .returning(*CHARGE_COLUMNS)
        .cte("changed")
    )
    entry = answers(
        changed,
        payment_id=changed.c.id,
        refund_id=NOTHING,
        amount=func.coalesce(_CAPTURED, changed.c.amount),
        gateway=changed.c.gateway,
        reference=changed.c.reference,
    )
    events = happened(changed.c.id), told(changed, aggregate_type=PAYMENT)
    return compile_statement(select(*changed.c).add_cte(entry, *events))


_RECORD: Final = _statement()
