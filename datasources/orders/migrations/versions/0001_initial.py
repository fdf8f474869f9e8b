"""Orders, lines, history, shipping, coupons, discounts and sagas."""

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

TABLES_LAST_FIRST = (
    "order_processing_sagas",
    "order_discounts",
    "coupon_redemptions",
    "coupons",
    "shipping_info",
    "order_status_history",
    "order_items",
    "orders",
)

ORDER_STATUSES = "pending confirmed paid processing shipped delivered cancelled refunded"
PAYMENT_STATUSES = "pending authorized paid partially_refunded refunded failed cancelled"


def upgrade() -> None:
    """Create every table, and what they start with."""
    op.execute(sa.schema.CreateSequence(sa.Sequence("order_numbers", start=1000)))
    _create_orders()
    _index_orders()
    _create_order_items()
    _create_order_status_history()
    _create_shipping_info()
    _create_coupons()
    _create_coupon_redemptions()
    _create_order_discounts()
    _create_order_processing_sagas()


def downgrade() -> None:
    """Drop everything."""
    for table in TABLES_LAST_FIRST:
        op.drop_table(table)
    op.execute(sa.schema.DropSequence(sa.Sequence("order_numbers")))


def _create_orders() -> None:
    op.create_table(
        "orders",
        _identifier(),
        sa.Column("order_number", sa.String(50), nullable=False),
        sa.Column("user_id", sa.Uuid()),
        sa.Column("email", sa.String(255)),
        sa.Column("guest_token_hash", sa.String(128)),
        sa.Column("status", sa.String(50), server_default="pending", nullable=False),
        sa.Column("subtotal", sa.Numeric(10, 2), nullable=False),
        _sum("discount"),
        _sum("tax"),
        _sum("shipping_cost"),
        sa.Column("total", sa.Numeric(10, 2), nullable=False),
        _sum("refunded_amount"),
        sa.Column("currency", sa.String(3), server_default="USD", nullable=False),
        sa.Column("coupon_code", sa.String(50)),
        _sum("coupon_discount"),
        sa.Column("shipping_address", postgresql.JSONB(), nullable=False),
        sa.Column("billing_address", postgresql.JSONB(), nullable=False),
        sa.Column("shipping_method", sa.String(100)),
        sa.Column("tracking_number", sa.String(100)),
        sa.Column("carrier", sa.String(100)),
        sa.Column("estimated_delivery_date", sa.Date()),
        sa.Column("actual_delivery_date", sa.Date()),
        sa.Column("payment_method", sa.String(50)),
        sa.Column("payment_status", sa.String(50), server_default="pending", nullable=False),
        sa.Column("payment_id", sa.Uuid()),
        sa.Column("customer_notes", sa.Text()),
        sa.Column("admin_notes", sa.Text()),
        sa.Column("source", sa.String(20), server_default="web", nullable=False),
        sa.Column("cancellation_reason", sa.Text()),
        sa.Column("idempotency_key", sa.String(255)),
        sa.Column("request_hash", sa.String(128)),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        _now("created_at"),
        _now("updated_at"),
        sa.Column("shipped_at", sa.DateTime(timezone=True)),
        sa.Column("delivered_at", sa.DateTime(timezone=True)),
        sa.Column("cancelled_at", sa.DateTime(timezone=True)),
        sa.Column("completed_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_format"),
        _one_of("payment_status", PAYMENT_STATUSES, name="payment_status_check"),
        _one_of("source", "web mobile admin", name="order_source_check"),
        _one_of("status", ORDER_STATUSES, name="order_status_check"),
        sa.CheckConstraint("coupon_discount <= discount", name="coupon_discount_within_discount"),
        sa.CheckConstraint("refunded_amount <= total", name="refunded_within_total"),
        sa.CheckConstraint("total = subtotal - discount + tax + shipping_cost", name="total_adds_up"),
        sa.CheckConstraint("user_id IS NOT NULL OR email IS NOT NULL", name="user_or_email"),
        sa.PrimaryKeyConstraint("id", name="pk_orders"),
        sa.UniqueConstraint("idempotency_key", name="uq_orders_idempotency_key"),
        *_not_negative(
            "subtotal", "discount", "tax", "shipping_cost", "total", "refunded_amount", "coupon_discount"
        ),
    )


def _index_orders() -> None:
    op.create_index("idx_orders_created_at", "orders", [sa.text("created_at DESC")])
    _partial_index("idx_orders_email", "orders", [sa.text("lower(email)")], where="email IS NOT NULL")
    _partial_index(
        "idx_orders_guest_token_hash",
        "orders",
        ["guest_token_hash"],
        unique=True,
        where="guest_token_hash IS NOT NULL",
    )
    op.create_index("idx_orders_newest", "orders", NEWEST)
    op.create_index("idx_orders_order_number", "orders", ["order_number"], unique=True)
    _partial_index("idx_orders_payment_id", "orders", ["payment_id"], where="payment_id IS NOT NULL")
    op.create_index("idx_orders_payment_status", "orders", ["payment_status"])
    op.create_index("idx_orders_payment_status_newest", "orders", ["payment_status", *NEWEST])
    op.create_index("idx_orders_status", "orders", ["status"])
    op.create_index("idx_orders_status_newest", "orders", ["status", *NEWEST])
    op.create_index("idx_orders_total", "orders", [sa.text("total DESC"), sa.text("id DESC")])
    op.create_index("idx_orders_user_id", "orders", ["user_id"])
    op.create_index("idx_orders_user_id_newest", "orders", ["user_id", *NEWEST])


def _create_order_items() -> None:
    op.create_table(
        "order_items",
        _identifier(),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("product_id", sa.String(100), nullable=False),
        sa.Column("product_variant_id", sa.Uuid(), nullable=False),
        sa.Column("sku", sa.String(100), nullable=False),
        sa.Column("product_name", sa.String(255), nullable=False),
        sa.Column("variant_name", sa.String(200)),
        sa.Column("product_image", sa.String(500)),
        sa.Column("price", sa.Numeric(10, 2), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("subtotal", sa.Numeric(10, 2), nullable=False),
        _sum("discount"),
        sa.Column("total", sa.Numeric(10, 2), nullable=False),
        sa.Column("currency", sa.String(3), server_default="USD", nullable=False),
        sa.Column("attributes", postgresql.JSONB()),
        sa.Column("returned_quantity", sa.Integer(), server_default="0", nullable=False),
        sa.Column("refunded_quantity", sa.Integer(), server_default="0", nullable=False),
        _sum("refunded_amount"),
        _now("created_at"),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_format"),
        sa.CheckConstraint("quantity > 0", name="quantity_positive"),
        sa.CheckConstraint("refunded_quantity BETWEEN 0 AND quantity", name="refunded_within_quantity"),
        sa.CheckConstraint("returned_quantity BETWEEN 0 AND quantity", name="returned_within_quantity"),
        sa.CheckConstraint("subtotal = price * quantity", name="subtotal_adds_up"),
        sa.CheckConstraint("total = subtotal - discount", name="total_adds_up"),
        _foreign_key("order_id", "orders.id", "fk_order_items_order_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_order_items"),
        *_not_negative("price", "subtotal", "discount", "total", "refunded_amount"),
    )
    op.create_index("idx_order_items_order_id", "order_items", ["order_id"])
    op.create_index("idx_order_items_product_id", "order_items", ["product_id"])
    op.create_index("idx_order_items_sku", "order_items", ["sku"])
    op.create_index("idx_order_items_variant", "order_items", ["product_variant_id"])


def _create_order_status_history() -> None:
    op.create_table(
        "order_status_history",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("old_status", sa.String(50)),
        sa.Column("new_status", sa.String(50), nullable=False),
        sa.Column("notes", sa.Text()),
        sa.Column("changed_by", sa.Uuid()),
        _now("changed_at"),
        _one_of("new_status", ORDER_STATUSES, name="new_status_check"),
        _one_of("old_status", ORDER_STATUSES, name="old_status_check"),
        _foreign_key("order_id", "orders.id", "fk_order_status_history_order_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_order_status_history"),
    )
    op.create_index("idx_order_status_history_changed_at", "order_status_history", ["changed_at"])
    op.create_index("idx_order_status_history_order_id", "order_status_history", ["order_id"])


def _create_shipping_info() -> None:
    op.create_table(
        "shipping_info",
        _identifier(),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("carrier", sa.String(100)),
        sa.Column("tracking_number", sa.String(100)),
        sa.Column("shipping_method", sa.String(100)),
        sa.Column("shipped_at", sa.DateTime(timezone=True)),
        sa.Column("estimated_delivery", sa.DateTime(timezone=True)),
        sa.Column("actual_delivery", sa.DateTime(timezone=True)),
        sa.Column("tracking_url", sa.String(500)),
        sa.Column(
            "tracking_updates", postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
        _now("created_at"),
        _now("updated_at"),
        _foreign_key("order_id", "orders.id", "fk_shipping_info_order_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_shipping_info"),
    )
    op.create_index("idx_shipping_info_order_id", "shipping_info", ["order_id"], unique=True)
    op.create_index("idx_shipping_info_tracking_number", "shipping_info", ["tracking_number"])


def _create_coupons() -> None:
    op.create_table(
        "coupons",
        _identifier(),
        sa.Column("code", sa.String(50), nullable=False),
        sa.Column("description", sa.String(255)),
        sa.Column("discount_type", sa.String(20), nullable=False),
        sa.Column("discount_value", sa.Numeric(10, 2), nullable=False),
        sa.Column("min_order_amount", sa.Numeric(10, 2)),
        sa.Column("max_discount_amount", sa.Numeric(10, 2)),
        sa.Column("currency", sa.String(3), server_default="USD", nullable=False),
        sa.Column("usage_limit", sa.Integer()),
        sa.Column("usage_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("per_user_limit", sa.Integer(), server_default="1"),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        _now("created_at"),
        _now("updated_at"),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_format"),
        sa.CheckConstraint(
            "discount_type <> 'percentage' OR discount_value <= 100", name="percentage_within_hundred"
        ),
        _one_of("discount_type", "percentage fixed", name="discount_type_check"),
        sa.CheckConstraint("code = upper(code)", name="code_in_capitals"),
        sa.CheckConstraint("discount_value > 0", name="discount_value_positive"),
        sa.CheckConstraint("per_user_limit > 0", name="per_user_limit_positive"),
        sa.CheckConstraint("usage_count <= usage_limit", name="usage_within_limit"),
        sa.CheckConstraint("valid_from < valid_until", name="valid_dates_in_order"),
        sa.PrimaryKeyConstraint("id", name="pk_coupons"),
        *_not_negative("min_order_amount", "max_discount_amount", "usage_limit", "usage_count"),
    )
    op.create_index("idx_coupons_code", "coupons", ["code"], unique=True)
    op.create_index("idx_coupons_is_active", "coupons", ["is_active"])
    op.create_index("idx_coupons_newest", "coupons", NEWEST)
    op.create_index("idx_coupons_valid_dates", "coupons", ["valid_from", "valid_until"])


def _create_coupon_redemptions() -> None:
    op.create_table(
        "coupon_redemptions",
        _identifier(),
        sa.Column("coupon_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid()),
        sa.Column("email", sa.String(255)),
        sa.Column("amount", sa.Numeric(10, 2), nullable=False),
        sa.Column("currency", sa.String(3), server_default="USD", nullable=False),
        _now("created_at"),
        sa.Column("released_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_format"),
        sa.CheckConstraint("user_id IS NOT NULL OR email IS NOT NULL", name="user_or_email"),
        _foreign_key("coupon_id", "coupons.id", "fk_coupon_redemptions_coupon_id", ondelete="RESTRICT"),
        _foreign_key("order_id", "orders.id", "fk_coupon_redemptions_order_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_coupon_redemptions"),
        *_not_negative("amount"),
    )
    op.create_index(
        "idx_coupon_redemptions_coupon_order", "coupon_redemptions", ["coupon_id", "order_id"], unique=True
    )
    _partial_index(
        "idx_coupon_redemptions_email",
        "coupon_redemptions",
        ["coupon_id", sa.text("lower(email)")],
        where="released_at IS NULL",
    )
    op.create_index("idx_coupon_redemptions_order", "coupon_redemptions", ["order_id"])
    _partial_index(
        "idx_coupon_redemptions_user",
        "coupon_redemptions",
        ["coupon_id", "user_id"],
        where="released_at IS NULL",
    )


def _create_order_discounts() -> None:
    op.create_table(
        "order_discounts",
        _identifier(),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("discount_type", sa.String(20), nullable=False),
        sa.Column("discount_code", sa.String(50)),
        sa.Column("discount_name", sa.String(200), nullable=False),
        sa.Column("discount_amount", sa.Numeric(10, 2), nullable=False),
        sa.Column("currency", sa.String(3), server_default="USD", nullable=False),
        _now("created_at"),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_format"),
        _one_of("discount_type", "coupon promotion loyalty", name="order_discount_type_check"),
        _foreign_key("order_id", "orders.id", "fk_order_discounts_order_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_order_discounts"),
        *_not_negative("discount_amount"),
    )
    op.create_index("idx_order_discounts_order_id", "order_discounts", ["order_id"])


def _create_order_processing_sagas() -> None:
    op.create_table(
        "order_processing_sagas",
        _identifier(),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("saga_type", sa.String(20), nullable=False),
        sa.Column("idempotency_key", sa.String(255), nullable=False),
        sa.Column("input_hash", sa.String(128), nullable=False),
        sa.Column("current_step", sa.String(50), nullable=False),
        sa.Column("saga_data", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("status", sa.String(20), server_default="started", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_error", sa.Text()),
        sa.Column("lease_owner", sa.String(100)),
        sa.Column("lease_expires_at", sa.DateTime(timezone=True)),
        _now("next_attempt_at"),
        _now("created_at"),
        _now("updated_at"),
        sa.Column("completed_at", sa.DateTime(timezone=True)),
        _one_of("saga_type", "checkout cancellation refund", name="saga_type_check"),
        _one_of("status", "started completed failed compensating compensated", name="saga_status_check"),
        sa.PrimaryKeyConstraint("id", name="pk_order_processing_sagas"),
        sa.UniqueConstraint("idempotency_key", name="uq_order_processing_sagas_idempotency_key"),
        *_not_negative("attempts"),
    )
    op.create_index("idx_sagas_order_id", "order_processing_sagas", ["order_id"])
    op.create_index("idx_sagas_status", "order_processing_sagas", ["status", *NEWEST])
    _partial_index(
        "idx_sagas_unfinished",
        "order_processing_sagas",
        ["next_attempt_at"],
        where="status IN ('started', 'compensating')",
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
