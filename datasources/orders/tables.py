"""The tables of OrderDb: orders and their lines, history, shipping, coupons, discounts and sagas."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    MetaData,
    Sequence,
    String,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from datasources.core.columns import (
    NAMING_CONVENTION,
    amount,
    count,
    currency,
    currency_format,
    flag,
    identifier,
    moment,
    newest_first,
    not_negative,
    now,
    one_of,
    reference,
    token_hash,
    version,
)
from datasources.core.outbox import consumed_events_table, domain_events_table

ORDER_STATUSES = (
    "pending",
    "confirmed",
    "paid",
    "processing",
    "shipped",
    "delivered",
    "cancelled",
    "refunded",
)
PAYMENT_STATUSES = ("pending", "authorized", "paid", "partially_refunded", "refunded", "failed", "cancelled")

metadata = MetaData(naming_convention=NAMING_CONVENTION)

# Numbers of orders that people read; gaps are harmless.
order_numbers = Sequence("order_numbers", start=1000, metadata=metadata)

# `discount` is all that was taken off, `coupon_discount` the part of it that coupons gave.
orders = Table(
    "orders",
    metadata,
    identifier(),
    Column("order_number", String(50), nullable=False),
    # Null for a guest, who has an e-mail address instead (001).
    Column("user_id", Uuid),
    Column("email", String(255)),
    # Lets a guest see the order; the token is in the guest's hands alone.
    token_hash("guest_token_hash", nullable=True),
    Column("status", String(50), nullable=False, server_default="pending"),
    amount("subtotal"),
    amount("discount", default=0),
    amount("tax", default=0),
    amount("shipping_cost", default=0),
    amount("total"),
    # What has been paid back so far.
    amount("refunded_amount", default=0),
    currency(),
    Column("coupon_code", String(50)),
    amount("coupon_discount", default=0),
    Column("shipping_address", JSONB, nullable=False),
    Column("billing_address", JSONB, nullable=False),
    Column("shipping_method", String(100)),
    Column("tracking_number", String(100)),
    Column("carrier", String(100)),
    Column("estimated_delivery_date", Date),
    Column("actual_delivery_date", Date),
    Column("payment_method", String(50)),
    Column("payment_status", String(50), nullable=False, server_default="pending"),
    Column("payment_id", Uuid),
    Column("customer_notes", Text),
    Column("admin_notes", Text),
    # 001's order_source.
    Column("source", String(20), nullable=False, server_default="web"),
    Column("cancellation_reason", Text),
    # The checkout that made it. The command puts the caller before the client's key, so that two callers
    # cannot meet; the hash tells a retry from another request under the same key.
    Column("idempotency_key", String(255), unique=True),
    Column("request_hash", String(128)),
    version(),
    now("created_at"),
    now("updated_at"),
    moment("shipped_at"),
    moment("delivered_at"),
    moment("cancelled_at"),
    moment("completed_at"),
    one_of("status", *ORDER_STATUSES, name="order_status_check"),
    one_of("payment_status", *PAYMENT_STATUSES, name="payment_status_check"),
    one_of("source", "web", "mobile", "admin", name="order_source_check"),
    CheckConstraint("user_id IS NOT NULL OR email IS NOT NULL", name="user_or_email"),
    CheckConstraint("total = subtotal - discount + tax + shipping_cost", name="total_adds_up"),
    CheckConstraint("refunded_amount <= total", name="refunded_within_total"),
    CheckConstraint("coupon_discount <= discount", name="coupon_discount_within_discount"),
    *not_negative(
        "subtotal", "discount", "tax", "shipping_cost", "total", "refunded_amount", "coupon_discount"
    ),
    currency_format(),
    # 000's UNIQUE and its index of the same column in one, under the index's name.
    Index("idx_orders_order_number", "order_number", unique=True),
    Index("idx_orders_user_id", "user_id"),
    Index("idx_orders_status", "status"),
    Index("idx_orders_created_at", text("created_at DESC")),
    Index("idx_orders_payment_status", "payment_status"),
    # A customer's orders; everyone's; by status; by payment status; by total.
    newest_first("idx_orders_user_id_newest", "user_id"),
    newest_first("idx_orders_newest"),
    newest_first("idx_orders_status_newest", "status"),
    newest_first("idx_orders_payment_status_newest", "payment_status"),
    Index("idx_orders_total", text("total DESC"), text("id DESC")),
    # A guest who opens an account finds the orders placed before.
    Index("idx_orders_email", text("lower(email)"), postgresql_where=text("email IS NOT NULL")),
    Index(
        "idx_orders_guest_token_hash",
        "guest_token_hash",
        unique=True,
        postgresql_where=text("guest_token_hash IS NOT NULL"),
    ),
    Index("idx_orders_payment_id", "payment_id", postgresql_where=text("payment_id IS NOT NULL")),
)

order_items = Table(
    "order_items",
    metadata,
    identifier(),
    reference("order_id", "orders.id", on_delete="CASCADE"),
    # The line's place in the order: rows of one transaction share created_at.
    count("position"),
    # Ids of the catalogue: the product's ObjectId as hex, and the variant's UUID (001).
    Column("product_id", String(100), nullable=False),
    Column("product_variant_id", Uuid, nullable=False),
    Column("sku", String(100), nullable=False),
    Column("product_name", String(255), nullable=False),
    Column("variant_name", String(200)),
    Column("product_image", String(500)),
    amount("price"),
    count("quantity", default=None),
    amount("subtotal"),
    amount("discount", default=0),
    amount("total"),
    currency(),
    Column("attributes", JSONB),
    # How much came back to the warehouse, and how much was paid back: the two need not happen together.
    count("returned_quantity"),
    count("refunded_quantity"),
    amount("refunded_amount", default=0),
    now("created_at"),
    CheckConstraint("quantity > 0", name="quantity_positive"),
    CheckConstraint("subtotal = price * quantity", name="subtotal_adds_up"),
    CheckConstraint("total = subtotal - discount", name="total_adds_up"),
    CheckConstraint("returned_quantity BETWEEN 0 AND quantity", name="returned_within_quantity"),
    CheckConstraint("refunded_quantity BETWEEN 0 AND quantity", name="refunded_within_quantity"),
    *not_negative("price", "subtotal", "discount", "total", "refunded_amount"),
    currency_format(),
    Index("idx_order_items_order_id", "order_id"),
    Index("idx_order_items_product_id", "product_id"),
    Index("idx_order_items_sku", "sku"),
    Index("idx_order_items_variant", "product_variant_id"),
)

# Written in the transaction that changes orders.status.
order_status_history = Table(
    "order_status_history",
    metadata,
    Column("id", BigInteger, primary_key=True),
    reference("order_id", "orders.id", on_delete="CASCADE"),
    # Null for the order's first.
    Column("old_status", String(50)),
    Column("new_status", String(50), nullable=False),
    Column("notes", Text),
    # Null for the system.
    Column("changed_by", Uuid),
    now("changed_at"),
    one_of("old_status", *ORDER_STATUSES, name="old_status_check"),
    one_of("new_status", *ORDER_STATUSES, name="new_status_check"),
    Index("idx_order_status_history_order_id", "order_id"),
    Index("idx_order_status_history_changed_at", "changed_at"),
)

shipping_info = Table(
    "shipping_info",
    metadata,
    identifier(),
    reference("order_id", "orders.id", on_delete="CASCADE"),
    Column("carrier", String(100)),
    Column("tracking_number", String(100)),
    Column("shipping_method", String(100)),
    moment("shipped_at"),
    moment("estimated_delivery"),
    moment("actual_delivery"),
    Column("tracking_url", String(500)),
    # A list of {status, location, message, occurred_at}, oldest first.
    Column("tracking_updates", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    now("created_at"),
    now("updated_at"),
    # 000's UNIQUE and its index of the same column in one: an order has one shipment.
    Index("idx_shipping_info_order_id", "order_id", unique=True),
    Index("idx_shipping_info_tracking_number", "tracking_number"),
)

coupons = Table(
    "coupons",
    metadata,
    identifier(),
    # In capitals, so that a lookup in capitals finds it however it was typed.
    Column("code", String(50), nullable=False),
    Column("description", String(255)),
    Column("discount_type", String(20), nullable=False),
    # Per cent for `percentage`, a sum in `currency` for `fixed`.
    amount("discount_value"),
    amount("min_order_amount", nullable=True),
    amount("max_discount_amount", nullable=True),
    currency(),
    # Null means without limit, for both limits.
    Column("usage_limit", Integer),
    # Redemptions not released; raised by a guarded UPDATE in the transaction that writes the redemption.
    count("usage_count"),
    Column("per_user_limit", Integer, server_default=text("1")),
    flag("is_active", default=True),
    moment("valid_from", nullable=False),
    moment("valid_until", nullable=False),
    version(),
    now("created_at"),
    now("updated_at"),
    one_of("discount_type", "percentage", "fixed", name="discount_type_check"),
    CheckConstraint("code = upper(code)", name="code_in_capitals"),
    CheckConstraint("discount_value > 0", name="discount_value_positive"),
    CheckConstraint(
        "discount_type <> 'percentage' OR discount_value <= 100", name="percentage_within_hundred"
    ),
    CheckConstraint("usage_count <= usage_limit", name="usage_within_limit"),
    CheckConstraint("per_user_limit > 0", name="per_user_limit_positive"),
    CheckConstraint("valid_from < valid_until", name="valid_dates_in_order"),
    *not_negative("min_order_amount", "max_discount_amount", "usage_limit", "usage_count"),
    currency_format(),
    # 000's UNIQUE and its index of the same column in one.
    Index("idx_coupons_code", "code", unique=True),
    Index("idx_coupons_is_active", "is_active"),
    Index("idx_coupons_valid_dates", "valid_from", "valid_until"),
    newest_first("idx_coupons_newest"),
)

# Who used which coupon on which order; limits are counted here, not in what a client says.
coupon_redemptions = Table(
    "coupon_redemptions",
    metadata,
    identifier(),
    reference("coupon_id", "coupons.id"),
    reference("order_id", "orders.id", on_delete="CASCADE"),
    Column("user_id", Uuid),
    Column("email", String(255)),
    amount("amount"),
    currency(),
    now("created_at"),
    # When the order was cancelled: the coupon may be used again.
    moment("released_at"),
    CheckConstraint("user_id IS NOT NULL OR email IS NOT NULL", name="user_or_email"),
    *not_negative("amount"),
    currency_format(),
    Index("idx_coupon_redemptions_coupon_order", "coupon_id", "order_id", unique=True),
    Index("idx_coupon_redemptions_order", "order_id"),
    # Per-customer limits, for accounts and for guests.
    Index(
        "idx_coupon_redemptions_user", "coupon_id", "user_id", postgresql_where=text("released_at IS NULL")
    ),
    Index(
        "idx_coupon_redemptions_email",
        "coupon_id",
        text("lower(email)"),
        postgresql_where=text("released_at IS NULL"),
    ),
)

order_discounts = Table(
    "order_discounts",
    metadata,
    identifier(),
    reference("order_id", "orders.id", on_delete="CASCADE"),
    Column("discount_type", String(20), nullable=False),
    Column("discount_code", String(50)),
    Column("discount_name", String(200), nullable=False),
    amount("discount_amount"),
    currency(),
    now("created_at"),
    one_of("discount_type", "coupon", "promotion", "loyalty", name="order_discount_type_check"),
    *not_negative("discount_amount"),
    currency_format(),
    Index("idx_order_discounts_order_id", "order_id"),
)

# How far each work over several databases has come, so that another process can finish or undo it (001).
order_processing_sagas = Table(
    "order_processing_sagas",
    metadata,
    identifier(),
    # No foreign key: a checkout names its order before the row exists.
    Column("order_id", Uuid, nullable=False),
    Column("saga_type", String(20), nullable=False),
    # The same key with the same input answers the same; with another input_hash it is an error.
    Column("idempotency_key", String(255), nullable=False, unique=True),
    Column("input_hash", String(128), nullable=False),
    Column("current_step", String(50), nullable=False),
    Column("saga_data", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("status", String(20), nullable=False, server_default="started"),
    count("attempts"),
    Column("last_error", Text),
    # Who works on it, and until when others keep away.
    Column("lease_owner", String(100)),
    moment("lease_expires_at"),
    # Not before this does recovery try again.
    now("next_attempt_at"),
    now("created_at"),
    now("updated_at"),
    moment("completed_at"),
    one_of("saga_type", "checkout", "cancellation", "refund", name="saga_type_check"),
    one_of(
        "status", "started", "completed", "failed", "compensating", "compensated", name="saga_status_check"
    ),
    *not_negative("attempts"),
    Index("idx_sagas_order_id", "order_id"),
    newest_first("idx_sagas_status", "status"),
    # What recovery reads: the unfinished, by when they are due.
    Index(
        "idx_sagas_unfinished",
        "next_attempt_at",
        postgresql_where=text("status IN ('started', 'compensating')"),
    ),
)

domain_events = domain_events_table(metadata)
consumed_events = consumed_events_table(metadata)
