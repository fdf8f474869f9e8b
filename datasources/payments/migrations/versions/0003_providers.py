"""What calls of providers need: tokens, who was asked when, events that wait, and the books of the sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

revision = "0003_providers"
down_revision = "0002_events"

EVENT_TYPES = (
    "created processing requires_action authorized authorization_expired captured failed cancelled "
    "refund_requested refunded refund_failed"
)
MORE_EVENT_TYPES = f"{EVENT_TYPES} refund_approved refund_rejected refund_processing"

SANDBOX_TABLES_LAST_FIRST = ("sandbox_calls", "sandbox_refunds", "sandbox_payments")


def upgrade() -> None:
    """Add the columns, the indexes, the types of events, and the sandbox's tables."""
    op.add_column(
        "payment_methods",
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
    )
    op.add_column("payments", sa.Column("method_token", sa.String(500)))
    op.add_column("payments", sa.Column("customer_reference", sa.String(255)))
    op.add_column("payments", _now("checked_at"))
    op.create_index(
        "idx_payments_unsettled",
        "payments",
        ["checked_at"],
        postgresql_where=sa.text("status IN ('pending', 'processing', 'requires_action')"),
    )
    op.create_index(
        "idx_refunds_processing",
        "refunds",
        ["updated_at"],
        postgresql_where=sa.text("status = 'processing'"),
    )
    _allow_event_types(MORE_EVENT_TYPES)
    _let_webhooks_wait()
    _create_sandbox_payments()
    _create_sandbox_refunds()
    _create_sandbox_calls()


def downgrade() -> None:
    """Drop them. Events of the newer types stay as they are: they are facts."""
    for table in SANDBOX_TABLES_LAST_FIRST:
        op.drop_table(table)
    op.drop_index("idx_webhooks_due", "payment_webhooks")
    for column in ("next_attempt_at", "payment_id", "reference"):
        op.drop_column("payment_webhooks", column)
    _allow_event_types(EVENT_TYPES, not_valid=True)
    op.drop_index("idx_refunds_processing", "refunds")
    op.drop_index("idx_payments_unsettled", "payments")
    for column in ("checked_at", "customer_reference", "method_token"):
        op.drop_column("payments", column)
    op.drop_column("payment_methods", "version")


def _allow_event_types(words: str, *, not_valid: bool = False) -> None:
    op.drop_constraint("payment_event_type_check", "payment_events", type_="check")
    op.create_check_constraint(
        "payment_event_type_check",
        "payment_events",
        _one_of("event_type", words),
        postgresql_not_valid=not_valid,
    )


def _let_webhooks_wait() -> None:
    op.add_column("payment_webhooks", sa.Column("reference", sa.String(255)))
    op.add_column("payment_webhooks", sa.Column("payment_id", sa.Uuid()))
    op.add_column("payment_webhooks", sa.Column("next_attempt_at", sa.DateTime(timezone=True)))
    op.execute("UPDATE payment_webhooks SET next_attempt_at = created_at WHERE NOT processed")
    op.create_index(
        "idx_webhooks_due",
        "payment_webhooks",
        ["next_attempt_at"],
        postgresql_where=sa.text("NOT processed"),
    )


def _create_sandbox_payments() -> None:
    op.create_table(
        "sandbox_payments",
        sa.Column("reference", sa.String(64), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("token", sa.String(500), nullable=False),
        sa.Column("amount", sa.Numeric(10, 2), nullable=False),
        _currency(),
        sa.Column("status", sa.String(20), nullable=False),
        _sum("captured_amount"),
        _sum("refunded_amount"),
        sa.Column("failure_code", sa.String(50)),
        sa.Column("failure_reason", sa.Text()),
        sa.Column("authorization_expires_at", sa.DateTime(timezone=True)),
        _now("created_at"),
        _now("updated_at"),
        sa.CheckConstraint(
            _one_of("status", "requires_action processing authorized captured failed cancelled"),
            name="sandbox_payment_status_check",
        ),
        sa.CheckConstraint("captured_amount <= amount", name="captured_within_amount"),
        sa.CheckConstraint("refunded_amount <= captured_amount", name="refunded_within_captured"),
        sa.CheckConstraint("captured_amount >= 0", name="captured_amount_not_negative"),
        sa.CheckConstraint("refunded_amount >= 0", name="refunded_amount_not_negative"),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_format"),
        sa.PrimaryKeyConstraint("reference", name="pk_sandbox_payments"),
    )
    op.create_index("idx_sandbox_payments_payment_id", "sandbox_payments", ["payment_id"])


def _create_sandbox_refunds() -> None:
    op.create_table(
        "sandbox_refunds",
        sa.Column("reference", sa.String(64), nullable=False),
        sa.Column("payment_reference", sa.String(64), nullable=False),
        sa.Column("amount", sa.Numeric(10, 2), nullable=False),
        _currency(),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("failure_code", sa.String(50)),
        sa.Column("failure_reason", sa.Text()),
        sa.Column("idempotency_key", sa.String(255), nullable=False),
        _now("created_at"),
        sa.CheckConstraint(
            _one_of("status", "processing completed failed"), name="sandbox_refund_status_check"
        ),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_format"),
        sa.ForeignKeyConstraint(
            ["payment_reference"],
            ["sandbox_payments.reference"],
            name="fk_sandbox_refunds_payment_reference",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("reference", name="pk_sandbox_refunds"),
        sa.UniqueConstraint("idempotency_key", name="uq_sandbox_refunds_idempotency_key"),
    )
    op.create_index("idx_sandbox_refunds_payment_reference", "sandbox_refunds", ["payment_reference"])


def _create_sandbox_calls() -> None:
    op.create_table(
        "sandbox_calls",
        sa.Column("idempotency_key", sa.String(255), nullable=False),
        sa.Column("request", postgresql.JSONB(), nullable=False),
        sa.Column("answer", postgresql.JSONB(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="1", nullable=False),
        _now("created_at"),
        sa.CheckConstraint("attempts >= 0", name="attempts_not_negative"),
        sa.PrimaryKeyConstraint("idempotency_key", name="pk_sandbox_calls"),
    )


def _one_of(column: str, words: str) -> str:
    listed = ", ".join(f"'{word}'" for word in words.split())
    return f"{column} IN ({listed})"


def _currency() -> sa.Column[str]:
    return sa.Column("currency", sa.String(3), server_default="USD", nullable=False)


def _now(name: str) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)


def _sum(name: str) -> sa.Column[Decimal]:
    return sa.Column(name, sa.Numeric(10, 2), server_default="0", nullable=False)
