"""The payment service's reads as SQL, each compiled once."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import DateTime, Numeric, String, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from datasources.core.databases import compile_statement
from datasources.core.listings import RowList
from datasources.core.narrowing import MOST_READS, narrowed
from datasources.core.paging import Order as ListOrder
from datasources.core.paging import SortKey, parse_time, parse_uuid
from datasources.payments.records import Payment, Refund
from datasources.payments.tables import payment_methods, payments, refunds, transactions

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from datasources.core.databases import Statement

_KEYS = bindparam("keys", type_=ARRAY(UUID))

_PAYMENT_ALWAYS = frozenset({"id", "order_id", "user_id", "status", "currency", "created_at"})
PAYMENT_COLUMNS = (
    payments.c.id,
    payments.c.order_id,
    payments.c.user_id,
    payments.c.status,
    payments.c.payment_method.label("method"),
    payments.c.currency,
    payments.c.amount,
    payments.c.authorized_amount,
    payments.c.captured_amount,
    payments.c.refunded_amount,
    payments.c.card_brand,
    payments.c.card_last_four,
    payments.c.failure_code,
    payments.c.failure_reason,
    payments.c.created_at,
    payments.c.updated_at,
    payments.c.authorized_at,
    payments.c.authorization_expires_at,
    payments.c.paid_at,
    payments.c.failed_at,
    payments.c.cancelled_at,
)

_REFUND_ALWAYS = frozenset({"id", "payment_id", "order_id", "currency", "created_at"})
REFUND_COLUMNS = (
    refunds.c.id,
    refunds.c.payment_id,
    refunds.c.order_id,
    refunds.c.status,
    refunds.c.currency,
    refunds.c.amount,
    refunds.c.reason,
    refunds.c.created_at,
    refunds.c.completed_at,
    refunds.c.failure_code,
    refunds.c.failure_reason,
    refunds.c.requested_by,
    refunds.c.approved_by,
    refunds.c.approved_at,
    refunds.c.rejected_by,
    refunds.c.rejected_at,
    refunds.c.rejection_reason,
    refunds.c.notes,
    refunds.c.version,
    refunds.c.lines.label("kept_lines"),
)

METHOD_COLUMNS = (
    payment_methods.c.id,
    payment_methods.c.user_id,
    payment_methods.c.type.label("kind"),
    payment_methods.c.display_name.label("label"),
    payment_methods.c.card_brand,
    payment_methods.c.card_last_four,
    payment_methods.c.card_exp_month,
    payment_methods.c.card_exp_year,
    payment_methods.c.paypal_email,
    payment_methods.c.bank_name,
    payment_methods.c.account_number_last_four.label("account_last_four"),
    payment_methods.c.is_default,
    payment_methods.c.is_verified,
    payment_methods.c.is_active,
    payment_methods.c.created_at,
)


@lru_cache(MOST_READS)
def by_id(read: frozenset[str] | None) -> Statement:
    """Payments by their ids."""
    return compile_statement(select(*_payment(read)).where(payments.c.id == any_(_KEYS)))


@lru_cache(MOST_READS)
def by_order(read: frozenset[str] | None) -> Statement:
    """Orders' payments, oldest first."""
    found = select(*_payment(read)).where(payments.c.order_id == any_(_KEYS))
    return compile_statement(found.order_by(payments.c.order_id, payments.c.created_at, payments.c.id))


@lru_cache(MOST_READS)
def refund_by_id(read: frozenset[str] | None) -> Statement:
    """Refunds by their ids."""
    return compile_statement(select(*_refund(read)).where(refunds.c.id == any_(_KEYS)))


@lru_cache(MOST_READS)
def refunds_by_payment(read: frozenset[str] | None) -> Statement:
    """Payments' refunds, oldest first."""
    found = select(*_refund(read)).where(refunds.c.payment_id == any_(_KEYS))
    return compile_statement(found.order_by(refunds.c.payment_id, refunds.c.created_at, refunds.c.id))


def _payment(read: frozenset[str] | None) -> tuple[ColumnElement[Any], ...]:
    return narrowed(PAYMENT_COLUMNS, read, always=_PAYMENT_ALWAYS)


def _refund(read: frozenset[str] | None) -> tuple[ColumnElement[Any], ...]:
    return narrowed(REFUND_COLUMNS, read, always=_REFUND_ALWAYS, behind={"lines": "kept_lines"})


TRANSACTIONS_BY_PAYMENT = compile_statement(
    select(
        transactions.c.transaction_number.label("number"),
        transactions.c.payment_id,
        transactions.c.type,
        transactions.c.status,
        transactions.c.currency,
        transactions.c.amount,
        transactions.c.created_at,
    )
    .where(transactions.c.payment_id == any_(_KEYS))
    .order_by(transactions.c.payment_id, transactions.c.created_at, transactions.c.id)
)

# Only what is waited for now: whoever leaves the status leaves no action behind.
NEXT_ACTION_BY_PAYMENT = compile_statement(
    select(payments.c.id.label("payment_id"), payments.c.user_id, payments.c.next_action).where(
        payments.c.id == any_(_KEYS), payments.c.next_action.is_not(None)
    )
)

METHOD_BY_ID = compile_statement(select(*METHOD_COLUMNS).where(payment_methods.c.id == any_(_KEYS)))

METHODS_BY_USER = compile_statement(
    select(*METHOD_COLUMNS)
    .where(payment_methods.c.user_id == any_(_KEYS), payment_methods.c.is_active)
    .order_by(
        payment_methods.c.user_id,
        payment_methods.c.is_default.desc(),
        payment_methods.c.created_at.desc(),
        payment_methods.c.id,
    )
)

_CREATED = SortKey(column="created_at", parse=parse_time, value=attrgetter("created_at"))
_ID = SortKey(column="id", parse=parse_uuid, value=attrgetter("id"))

NEWEST = ListOrder(name="newest", keys=(_CREATED, _ID), descending=True)

LISTED = RowList(
    record=Payment,
    table=payments,
    columns=PAYMENT_COLUMNS,
    conditions={
        "statuses": payments.c.status == any_(bindparam("statuses", type_=ARRAY(String))),
        "methods": payments.c.payment_method == any_(bindparam("methods", type_=ARRAY(String))),
        "created_from": payments.c.created_at >= bindparam("created_from", type_=DateTime(timezone=True)),
        "created_before": payments.c.created_at < bindparam("created_before", type_=DateTime(timezone=True)),
        "amount_from": payments.c.amount >= bindparam("amount_from", type_=Numeric()),
        "amount_to": payments.c.amount <= bindparam("amount_to", type_=Numeric()),
    },
)


REFUNDS_LISTED = RowList(
    record=Refund,
    table=refunds,
    columns=REFUND_COLUMNS,
    conditions={
        "statuses": refunds.c.status == any_(bindparam("statuses", type_=ARRAY(String))),
        "created_from": refunds.c.created_at >= bindparam("created_from", type_=DateTime(timezone=True)),
        "created_before": refunds.c.created_at < bindparam("created_before", type_=DateTime(timezone=True)),
    },
)


@lru_cache(MOST_READS)
def refunds_listed(read: frozenset[str] | None) -> RowList[Refund]:
    """Lists of refunds of which just these attributes will be read."""
    return replace(REFUNDS_LISTED, columns=_refund(read))


@lru_cache(MOST_READS)
def listed(read: frozenset[str] | None) -> RowList[Payment]:
    """Lists of payments of which just these attributes will be read."""
    return replace(LISTED, columns=_payment(read))
