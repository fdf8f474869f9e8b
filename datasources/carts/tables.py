"""The tables of CartDb: the durable copy of a signed-in customer's cart, and carts left behind."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, MetaData, String, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from datasources.core.columns import (
    NAMING_CONVENTION,
    amount,
    count,
    currency,
    currency_format,
    flag,
    identifier,
    moment,
    not_negative,
    now,
    reference,
    version,
)
from datasources.core.outbox import consumed_events_table, domain_events_table

metadata = MetaData(naming_convention=NAMING_CONVENTION)

# Guests' carts live in Redis alone; a row here belongs to an account.
shopping_carts = Table(
    "shopping_carts",
    metadata,
    identifier(),
    Column("user_id", Uuid, nullable=False),
    # The hash of the token of the guest's cart that was merged into this one last, so that it is merged once.
    Column("session_id", String(100)),
    currency(),
    Column(
        "coupon_codes", ARRAY(String(50)), nullable=False, server_default=text("'{}'::character varying[]")
    ),
    # What the customer has said of the order to be: address snapshots, e-mail address, shipping method, notes.
    Column("checkout", JSONB),
    version(),
    moment("expires_at"),
    now("created_at"),
    now("updated_at"),
    currency_format(),
    # 001's UNIQUE and its idx_carts_customer in one, with 000's word for the owner.
    Index("idx_carts_user", "user_id", unique=True),
    Index("idx_carts_session", "session_id", postgresql_where=text("session_id IS NOT NULL")),
    Index("idx_carts_expires", "expires_at", postgresql_where=text("expires_at IS NOT NULL")),
    # The sweep for abandoned carts reads the longest untouched first.
    Index("idx_carts_updated", "updated_at", "id"),
)

cart_items = Table(
    "cart_items",
    metadata,
    identifier(),
    reference("cart_id", "shopping_carts.id", on_delete="CASCADE"),
    # Ids of the catalogue: the variant's UUID, and the product's ObjectId as hex.
    Column("product_variant_id", Uuid, nullable=False),
    Column("product_id", String(100), nullable=False),
    Column("sku", String(100), nullable=False),
    # What the customer last saw; the price that counts is read from the catalogue.
    Column("name", String(255)),
    Column("image_url", Text),
    count("quantity", default=None),
    amount("unit_price"),
    currency(),
    # Its place in the cart: lines that were added together share their time.
    count("position"),
    now("added_at"),
    now("updated_at"),
    CheckConstraint("quantity > 0", name="quantity_positive"),
    *not_negative("unit_price"),
    currency_format(),
    # 001's UNIQUE (cart_id, product_variant_id); it leads with cart_id, so it is 001's index, too.
    Index("idx_cart_items_cart", "cart_id", "product_variant_id", unique=True),
    Index("idx_cart_items_variant", "product_variant_id"),
)

abandoned_carts = Table(
    "abandoned_carts",
    metadata,
    identifier(),
    # Null for a guest's, and once the cart is gone.
    reference("cart_id", "shopping_carts.id", on_delete="SET NULL", nullable=True),
    Column("user_id", Uuid),
    Column("email", String(255)),
    # The lines as they were: names, prices and their currency, for the message.
    Column("cart_data", JSONB, nullable=False),
    now("abandoned_at"),
    flag("recovery_email_sent", default=False),
    moment("recovery_email_sent_at"),
    # When its owner came back and placed the order.
    moment("recovered_at"),
    Column("recovered_order_id", Uuid),
    CheckConstraint("user_id IS NOT NULL OR email IS NOT NULL", name="someone_to_write_to"),
    # The sweep may run twice: one open row per cart.
    Index(
        "idx_abandoned_carts_open",
        "cart_id",
        unique=True,
        postgresql_where=text("recovered_at IS NULL"),
    ),
    Index("idx_abandoned_carts_user", "user_id"),
    Index(
        "idx_abandoned_carts_unsent",
        "abandoned_at",
        postgresql_where=text("NOT recovery_email_sent AND recovered_at IS NULL"),
    ),
)

domain_events = domain_events_table(metadata)
consumed_events = consumed_events_table(metadata)
