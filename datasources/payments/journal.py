"""The rows that go with every change of a payment or refund, as parts of the statement that makes the change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    DateTime,
    String,
    Text,
    bindparam,
    case,
    cast,
    exists,
    func,
    insert,
    literal_column,
    null,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB

from datasources.payments.tables import domain_events, payment_events, transaction_numbers, transactions

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import CTE, BindParameter, ColumnElement
    from sqlalchemy.types import TypeEngine

    from datasources.payments.records import TransactionStatus, TransactionType

MOMENT: Final = DateTime(timezone=True)

# Literals would be parameters of their own, each with a value of its own.
ONE: Final[ColumnElement[int]] = literal_column("1")
NOTHING: Final[ColumnElement[Any]] = literal_column("NULL")

# At least eight digits, as people have seen them so far.
_DIGITS: Final[ColumnElement[str]] = literal_column("'FM9999999900000000'")


def given(name: str, type_: TypeEngine[Any] | type[TypeEngine[Any]]) -> BindParameter[Any]:
    """A parameter of a statement. Its name is no column's: those SQLAlchemy keeps for itself."""
    return bindparam(name, type_=type_)


AT: Final = given("at", MOMENT)

# A key that a provider has answered before, as with what it was only processing then, is in the journal once.
_KEY: Final = given("entry_key", String)
_KEY_IS_KEPT: Final = exists().where(transactions.c.idempotency_key == _KEY)


def answers(
    changed: CTE,
    *,
    payment_id: ColumnElement[Any],
    refund_id: ColumnElement[Any],
    amount: ColumnElement[Any],
    gateway: ColumnElement[Any],
    reference: ColumnElement[Any],
) -> CTE:
    """The row of `transactions` for what is in `changed`, if its provider gave an answer."""
    number = (
        literal_column("'TXN-'", Text)
        + given("entry_year", Text)
        + literal_column("'-'", Text)
        + func.to_char(transaction_numbers.next_value(), _DIGITS)
    )
    values: dict[str, ColumnElement[Any]] = {
        "transaction_number": number,
        "payment_id": payment_id,
        "refund_id": refund_id,
        "type": given("entry_type", String),
        "amount": amount,
        "currency": changed.c.currency,
        "status": given("entry_status", String),
        "gateway": gateway,
        "gateway_transaction_id": reference,
        "response_data": given("the_response", JSONB),
        "error_code": given("the_failure_code", String),
        "error_message": given("the_failure_reason", Text),
        "idempotency_key": case((_KEY_IS_KEPT, null()), else_=_KEY),
        "created_at": AT,
    }
    answered = select(*values.values()).where(given("entry_type", String).is_not(None))
    return insert(transactions).from_select(list(values), answered).cte("entry")


def happened(payment_id: ColumnElement[Any]) -> CTE:
    """The row of `payment_events` for the payment whose id a change gives."""
    values: dict[str, ColumnElement[Any]] = {
        "payment_id": payment_id,
        "event_type": given("the_event", String),
        "event_data": given("the_event_data", JSONB),
        "created_at": AT,
    }
    return insert(payment_events).from_select(list(values), select(*values.values())).cte("happened")


def told(changed: CTE, *, aggregate_type: str) -> CTE:
    """The row of the outbox for what is in `changed`."""
    values: dict[str, ColumnElement[Any]] = {
        "aggregate_id": cast(changed.c.id, Text),
        "aggregate_type": literal_column(f"'{aggregate_type}'"),
        "event_type": given("the_domain_event", String),
        "event_data": given("the_domain_data", JSONB),
        "version": changed.c.version,
        "occurred_at": AT,
    }
    return insert(domain_events).from_select(list(values), select(*values.values())).cte("told")


def entry_values(
    type_: TransactionType | None, status: TransactionStatus | None, key: str | None, *, now: datetime
) -> Mapping[str, Any]:
    """The parameters of `answers` beside what the change itself has."""
    return {"entry_type": type_, "entry_status": status, "entry_key": key, "entry_year": str(now.year)}
