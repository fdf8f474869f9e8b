"""Ways to pay, payments, refunds, transactions and payment events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal
    from uuid import UUID

revision = "0001_initial"
down_revision = None

# The end of every keyset index.
NEWEST = (sa.text("created_at DESC"), sa.text("id DESC"))

# Rows of these tables are facts: they are added, never changed or removed.
APPEND_ONLY = (
    "transactions",
    "payment_events",
)
REFUSE_CHANGE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END
$$
"""

TABLES_LAST_FIRST = (
    "payment_events",
    "transactions",
    "refunds",
    "payments",
    "payment_methods",
    "payment_method_types",
)

METHOD_TYPES = {
    "credit_card": "Credit card",
    "debit_card": "Debit card",
    "paypal": "PayPal",
    "bank_transfer": "Bank transfer",
    "upi": "UPI",
    "net_banking": "Net banking",
    "wallet": "Wallet",
}

PAYMENT_STATUSES = (
    "pending processing requires_action authorized succeeded failed cancelled refunded partially_refunded"
)

REFUND_STATUSES = "pending approved rejected processing completed failed cancelled"

EVENT_TYPES = (
    "created processing requires_action authorized authorization_expired captured failed cancelled "
    "refund_requested refunded refund_failed"
)


def upgrade() -> None:
    """Create every table, and what they start with."""
    op.execute(sa.schema.CreateSequence(sa.Sequence("transaction_numbers", start=1000)))
    _create_payment_method_types()
    _create_payment_methods()
    _create_payments()
    _index_payments()
    _create_refunds()
    _index_refunds()
    _create_transactions()
    _create_payment_events()
    _refuse_changes()
    _insert_payment_method_types()


def downgrade() -> None:
    """Drop everything."""
    for table in TABLES_LAST_FIRST:
        op.drop_table(table)
    op.execute("DROP FUNCTION refuse_change()")
    op.execute(sa.schema.DropSequence(sa.Sequence("transaction_numbers")))


def _create_payment_method_types() -> None:
    op.create_table(
        "payment_method_types",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(50), nullable=False),
        sa.Column("name", sa.String(50), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("display_order", sa.Integer(), server_default="0", nullable=False),
        _now("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_payment_method_types"),
        sa.UniqueConstraint("code", name="uq_payment_method_types_code"),
        sa.UniqueConstraint("name", name="uq_payment_method_types_name"),
    )


def _create_payment_methods() -> None:
    op.create_table(
        "payment_methods",
        _identifier(),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(50), nullable=False),
        sa.Column("provider", sa.String(50), nullable=False),
        sa.Column("provider_customer_id", sa.String(255)),
        sa.Column("external_id", sa.String(255)),
        sa.Column("display_name", sa.String(100)),
        sa.Column("card_token", sa.String(500)),
        sa.Column("card_last_four", sa.String(4)),
        sa.Column("card_brand", sa.String(50)),
        sa.Column("card_exp_month", sa.Integer()),
        sa.Column("card_exp_year", sa.Integer()),
        sa.Column("cardholder_name", sa.String(255)),
        sa.Column("paypal_email", sa.String(255)),
        sa.Column("paypal_account_id", sa.String(255)),
        sa.Column("bank_name", sa.String(255)),
        sa.Column("account_number_last_four", sa.String(4)),
        sa.Column("is_default", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_verified", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        _now("created_at"),
        _now("updated_at"),
        sa.CheckConstraint("NOT is_default OR is_active", name="default_is_active"),
        sa.CheckConstraint("card_exp_month BETWEEN 1 AND 12", name="card_exp_month_check"),
        sa.CheckConstraint("card_exp_year BETWEEN 2000 AND 2100", name="card_exp_year_check"),
        _foreign_key("type", "payment_method_types.code", "fk_payment_methods_type", ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name="pk_payment_methods"),
    )
    _partial_index(
        "idx_payment_methods_is_default", "payment_methods", ["user_id"], unique=True, where="is_default"
    )
    op.create_index("idx_payment_methods_type", "payment_methods", ["type"])
    op.create_index("idx_payment_methods_user_id", "payment_methods", ["user_id"])


def _create_payments() -> None:
    op.create_table(
        "payments",
        _identifier(),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid()),
        sa.Column("email", sa.String(255)),
        sa.Column("amount", sa.Numeric(10, 2), nullable=False),
        sa.Column("currency", sa.String(3), server_default="USD", nullable=False),
        sa.Column("status", sa.String(50), server_default="pending", nullable=False),
        sa.Column("payment_method", sa.String(50), nullable=False),
        sa.Column("gateway", sa.String(50), nullable=False),
        sa.Column("gateway_transaction_id", sa.String(255)),
        sa.Column("gateway_response", postgresql.JSONB()),
        sa.Column("next_action", postgresql.JSONB()),
        sa.Column("payment_method_id", sa.Uuid()),
        sa.Column("card_last_four", sa.String(4)),
        sa.Column("card_brand", sa.String(50)),
        _sum("authorized_amount"),
        sa.Column("authorized_at", sa.DateTime(timezone=True)),
        sa.Column("authorization_expires_at", sa.DateTime(timezone=True)),
        _sum("captured_amount"),
        sa.Column("captured_at", sa.DateTime(timezone=True)),
        _sum("refunded_amount"),
        sa.Column("refunded_at", sa.DateTime(timezone=True)),
        sa.Column("provider_fee", sa.Numeric(10, 2)),
        sa.Column("failure_code", sa.String(50)),
        sa.Column("failure_reason", sa.Text()),
        sa.Column("ip_address", postgresql.INET()),
        sa.Column("user_agent", sa.Text()),
        sa.Column("metadata", postgresql.JSONB()),
        sa.Column("idempotency_key", sa.String(255), nullable=False),
        sa.Column("request_hash", sa.String(128)),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        _now("created_at"),
        _now("updated_at"),
        sa.Column("paid_at", sa.DateTime(timezone=True)),
        sa.Column("failed_at", sa.DateTime(timezone=True)),
        sa.Column("cancelled_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_format"),
        _one_of("status", PAYMENT_STATUSES, name="payment_status_check"),
        sa.CheckConstraint("amount > 0", name="amount_positive"),
        sa.CheckConstraint("authorized_amount <= amount", name="authorized_within_amount"),
        sa.CheckConstraint("captured_amount <= amount", name="captured_within_amount"),
        sa.CheckConstraint("refunded_amount <= captured_amount", name="refunded_within_captured"),
        sa.CheckConstraint("user_id IS NOT NULL OR email IS NOT NULL", name="user_or_email"),
        _foreign_key(
            "payment_method", "payment_method_types.code", "fk_payments_payment_method", ondelete="RESTRICT"
        ),
        _foreign_key(
            "payment_method_id", "payment_methods.id", "fk_payments_payment_method_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_payments"),
        sa.UniqueConstraint("idempotency_key", name="uq_payments_idempotency_key"),
        *_not_negative("authorized_amount", "captured_amount", "refunded_amount", "provider_fee"),
    )


def _index_payments() -> None:
    _partial_index(
        "idx_payments_authorization_expires_at",
        "payments",
        ["authorization_expires_at"],
        where="status = 'authorized'",
    )
    op.create_index("idx_payments_created_at", "payments", [sa.text("created_at DESC")])
    _partial_index(
        "idx_payments_gateway_transaction_id",
        "payments",
        ["gateway_transaction_id", "gateway"],
        unique=True,
        where="gateway_transaction_id IS NOT NULL",
    )
    op.create_index("idx_payments_newest", "payments", NEWEST)
    op.create_index("idx_payments_order_id", "payments", ["order_id"])
    op.create_index("idx_payments_payment_method", "payments", ["payment_method"])
    _partial_index(
        "idx_payments_payment_method_id",
        "payments",
        ["payment_method_id"],
        where="payment_method_id IS NOT NULL",
    )
    op.create_index("idx_payments_status", "payments", ["status"])
    op.create_index("idx_payments_status_newest", "payments", ["status", *NEWEST])
    op.create_index("idx_payments_user_id", "payments", ["user_id"])
    op.create_index("idx_payments_user_id_newest", "payments", ["user_id", *NEWEST])


def _create_refunds() -> None:
    op.create_table(
        "refunds",
        _identifier(),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.Numeric(10, 2), nullable=False),
        sa.Column("currency", sa.String(3), server_default="USD", nullable=False),
        sa.Column("reason", sa.String(255)),
        sa.Column("status", sa.String(50), server_default="pending", nullable=False),
        sa.Column("lines", postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.Column("gateway_refund_id", sa.String(255)),
        sa.Column("gateway_response", postgresql.JSONB()),
        sa.Column("failure_code", sa.String(50)),
        sa.Column("failure_reason", sa.Text()),
        sa.Column("requested_by", sa.Uuid()),
        sa.Column("approved_by", sa.Uuid()),
        sa.Column("approved_at", sa.DateTime(timezone=True)),
        sa.Column("rejected_by", sa.Uuid()),
        sa.Column("rejected_at", sa.DateTime(timezone=True)),
        sa.Column("rejection_reason", sa.String(255)),
        sa.Column("notes", sa.Text()),
        sa.Column("idempotency_key", sa.String(255), nullable=False),
        sa.Column("request_hash", sa.String(128)),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        _now("created_at"),
        _now("updated_at"),
        sa.Column("processed_at", sa.DateTime(timezone=True)),
        sa.Column("completed_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_format"),
        _one_of("status", REFUND_STATUSES, name="refund_status_check"),
        sa.CheckConstraint("amount > 0", name="amount_positive"),
        _foreign_key("payment_id", "payments.id", "fk_refunds_payment_id", ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name="pk_refunds"),
        sa.UniqueConstraint("idempotency_key", name="uq_refunds_idempotency_key"),
    )


def _index_refunds() -> None:
    op.create_index("idx_refunds_created_at", "refunds", [sa.text("created_at DESC")])
    _partial_index(
        "idx_refunds_gateway_refund_id",
        "refunds",
        ["payment_id", "gateway_refund_id"],
        unique=True,
        where="gateway_refund_id IS NOT NULL",
    )
    op.create_index("idx_refunds_newest", "refunds", NEWEST)
    op.create_index("idx_refunds_order_id", "refunds", ["order_id"])
    op.create_index("idx_refunds_payment_id", "refunds", ["payment_id"])
    op.create_index("idx_refunds_status", "refunds", ["status"])
    op.create_index("idx_refunds_status_newest", "refunds", ["status", *NEWEST])


def _create_transactions() -> None:
    op.create_table(
        "transactions",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("transaction_number", sa.String(50), nullable=False),
        sa.Column("payment_id", sa.Uuid()),
        sa.Column("refund_id", sa.Uuid()),
        sa.Column("type", sa.String(50), nullable=False),
        sa.Column("amount", sa.Numeric(10, 2), nullable=False),
        sa.Column("currency", sa.String(3), server_default="USD", nullable=False),
        sa.Column("status", sa.String(50), nullable=False),
        sa.Column("gateway", sa.String(50), nullable=False),
        sa.Column("gateway_transaction_id", sa.String(255)),
        sa.Column("request_data", postgresql.JSONB()),
        sa.Column("response_data", postgresql.JSONB()),
        sa.Column("error_code", sa.String(50)),
        sa.Column("error_message", sa.Text()),
        sa.Column("idempotency_key", sa.String(255)),
        _now("created_at"),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_format"),
        _one_of("status", "pending processing succeeded failed cancelled", name="transaction_status_check"),
        _one_of("type", "charge refund authorization capture void", name="transaction_type_check"),
        _foreign_key("payment_id", "payments.id", "fk_transactions_payment_id", ondelete="RESTRICT"),
        _foreign_key("refund_id", "refunds.id", "fk_transactions_refund_id", ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name="pk_transactions"),
        sa.UniqueConstraint("idempotency_key", name="uq_transactions_idempotency_key"),
        sa.UniqueConstraint("transaction_number", name="uq_transactions_transaction_number"),
        *_not_negative("amount"),
    )
    op.create_index("idx_transactions_created_at", "transactions", [sa.text("created_at DESC")])
    op.create_index("idx_transactions_newest", "transactions", NEWEST)
    op.create_index("idx_transactions_payment_id", "transactions", ["payment_id"])
    _partial_index("idx_transactions_refund_id", "transactions", ["refund_id"], where="refund_id IS NOT NULL")
    op.create_index("idx_transactions_status", "transactions", ["status"])
    op.create_index("idx_transactions_type", "transactions", ["type"])


def _create_payment_events() -> None:
    op.create_table(
        "payment_events",
        _identifier(),
        sa.Column("sequence", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("event_type", sa.String(30), nullable=False),
        sa.Column("event_data", postgresql.JSONB(), nullable=False),
        _now("created_at"),
        _one_of("event_type", EVENT_TYPES, name="payment_event_type_check"),
        _foreign_key("payment_id", "payments.id", "fk_payment_events_payment_id", ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name="pk_payment_events"),
    )
    op.create_index("idx_payment_events_payment_id", "payment_events", ["payment_id", "sequence"])


def _refuse_changes() -> None:
    op.execute(REFUSE_CHANGE)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def _insert_payment_method_types() -> None:
    op.bulk_insert(
        sa.table("payment_method_types", sa.column("code"), sa.column("name"), sa.column("display_order")),
        [
            {"code": code, "name": name, "display_order": place}
            for place, (code, name) in enumerate(METHOD_TYPES.items(), start=1)
        ],
    )


def _identifier() -> sa.Column[UUID]:
    return sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False)


def _now(name: str) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)


def _sum(name: str) -> sa.Column[Decimal]:
    return sa.Column(name, sa.Numeric(10, 2), server_default="0", nullable=False)


def _foreign_key(column: str, target: str, name: str, *, ondelete: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=name, ondelete=ondelete)


def _not_negative(*columns: str) -> tuple[sa.CheckConstraint, ...]:
    return tuple(sa.CheckConstraint(f"{column} >= 0", name=f"{column}_not_negative") for column in columns)


def _one_of(column: str, words: str, *, name: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words.split())
    return sa.CheckConstraint(f"{column} IN ({listed})", name=name)


def _partial_index(
    name: str, table: str, columns: list[str | sa.TextClause], *, where: str, unique: bool = False
) -> None:
    op.create_index(name, table, columns, unique=unique, postgresql_where=sa.text(where))
