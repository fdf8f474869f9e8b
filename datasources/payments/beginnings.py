"""The statement that begins a payment: its row, its first event and the outbox, once for each idempotency key."""

from __future__ import annotations

from typing import Final

from sqlalchemy import String, Text, select, union_all
from sqlalchemy.dialects.postgresql import INET, UUID
from sqlalchemy.dialects.postgresql import insert as insert_unless_there

from datasources.core.databases import compile_statement
from datasources.payments.charges import CHARGE_COLUMNS
from datasources.payments.journal import AT, given, happened, told
from datasources.payments.recording import PAYMENT
from datasources.payments.tables import payments

_KEY: Final = given("the_key", String)

_ADDED: Final = (
    insert_unless_there(payments)
    .values(
        id=given("new_id", UUID),
        order_id=given("new_order", UUID),
        user_id=given("new_user", UUID),
        email=given("new_email", String),
        amount=given("new_amount", payments.c.amount.type),
        currency=given("new_currency", String),
        payment_method=given("new_kind", String),
        gateway=given("new_gateway", String),
        method_token=given("new_token", String),
        payment_method_id=given("new_method", UUID),
        customer_reference=given("new_customer", String),
        ip_address=given("new_address", INET),
        user_agent=given("new_agent", Text),
        idempotency_key=_KEY,
        request_hash=given("new_hash", String),
        created_at=AT,
        updated_at=AT,
        checked_at=AT,
    )
    .on_conflict_do_nothing()
    .returning(*CHARGE_COLUMNS)
    .cte("added")
)

# What was begun before is not seen by those who begin it at the same time: they get nothing, and look again.
BEGIN: Final = compile_statement(
    union_all(
        select(*_ADDED.c),
        select(*CHARGE_COLUMNS).where(payments.c.idempotency_key == _KEY),
    ).add_cte(happened(_ADDED.c.id), told(_ADDED, aggregate_type=PAYMENT))
)

BEGUN: Final = compile_statement(select(*CHARGE_COLUMNS).where(payments.c.idempotency_key == _KEY))
