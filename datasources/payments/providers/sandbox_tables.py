"""The sandbox's own books. Nobody but the sandbox reads or writes them: they stand for a provider's database."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from datasources.core.columns import amount, currency, currency_format, moment, not_negative, now, one_of
from datasources.payments.tables import metadata

sandbox_payments = Table(
    "sandbox_payments",
    metadata,
    # Long and random: whoever has it may approve or decline the payment.
    Column("reference", String(64), primary_key=True),
    # The merchant's id of it, which comes back with every event.
    Column("payment_id", Uuid, nullable=False),
    Column("token", String(500), nullable=False),
    amount("amount"),
    currency(),
    Column("status", String(20), nullable=False),
    amount("captured_amount", default=0),
    amount("refunded_amount", default=0),
    Column("failure_code", String(50)),
    Column("failure_reason", Text),
    moment("authorization_expires_at"),
    now("created_at"),
    now("updated_at"),
    one_of(
        "status",
        "requires_action",
        "processing",
        "authorized",
        "captured",
        "failed",
        "cancelled",
        name="sandbox_payment_status_check",
    ),
    CheckConstraint("captured_amount <= amount", name="captured_within_amount"),
    CheckConstraint("refunded_amount <= captured_amount", name="refunded_within_captured"),
    *not_negative("captured_amount", "refunded_amount"),
    currency_format(),
    Index("idx_sandbox_payments_payment_id", "payment_id"),
)

sandbox_refunds = Table(
    "sandbox_refunds",
    metadata,
    Column("reference", String(64), primary_key=True),
    Column(
        "payment_reference",
        String(64),
        ForeignKey("sandbox_payments.reference", ondelete="RESTRICT"),
        nullable=False,
    ),
    amount("amount"),
    currency(),
    Column("status", String(20), nullable=False),
    Column("failure_code", String(50)),
    Column("failure_reason", Text),
    Column("idempotency_key", String(255), nullable=False, unique=True),
    now("created_at"),
    one_of("status", "processing", "completed", "failed", name="sandbox_refund_status_check"),
    currency_format(),
    Index("idx_sandbox_refunds_payment_reference", "payment_reference"),
)

# What was asked under each idempotency key, how often, and what is answered to it each time.
sandbox_calls = Table(
    "sandbox_calls",
    metadata,
    Column("idempotency_key", String(255), primary_key=True),
    Column("request", JSONB, nullable=False),
    Column("answer", JSONB, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("1")),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    *not_negative("attempts"),
)
