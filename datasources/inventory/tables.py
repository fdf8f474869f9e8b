"""The tables of InventoryDb: warehouses, stock, reservations, its journal, adjustments and alerts."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Identity,
    Index,
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
    count,
    flag,
    identifier,
    moment,
    newest_first,
    not_negative,
    now,
    one_of,
    reference,
    version,
)
from datasources.core.outbox import consumed_events_table, domain_events_table

metadata = MetaData(naming_convention=NAMING_CONVENTION)

# Numbers of stock adjustments that people read.
adjustment_numbers = Sequence("adjustment_numbers", start=1000, metadata=metadata)

warehouses = Table(
    "warehouses",
    metadata,
    identifier(),
    Column("code", String(50), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("address", JSONB),
    flag("is_active", default=True),
    # Stock is taken from the lowest number first.
    count("priority"),
    version(),
    now("created_at"),
    now("updated_at"),
    Index("idx_warehouses_priority", "priority", "id", postgresql_where=text("is_active")),
)

# One per product variant (001). The four quantities are the sums over inventory_stock: whoever changes a row
# there changes the sum here in the same transaction, items in the order of their ids.
#   available    may be sold now
#   reserved     held for orders being placed
#   committed    belongs to orders placed, not yet shipped
#   backordered  promised beyond what there is, where allow_backorder; available then is 0, never less
inventory_items = Table(
    "inventory_items",
    metadata,
    identifier(),
    # Ids of the catalogue: the variant's UUID, and the product's ObjectId as hex.
    Column("product_variant_id", Uuid, nullable=False),
    Column("product_id", String(100), nullable=False),
    Column("sku", String(100), nullable=False),
    count("quantity_available"),
    count("quantity_reserved"),
    count("quantity_committed"),
    count("quantity_backordered"),
    count("low_stock_threshold", default=10),
    count("reorder_point", default=20),
    count("reorder_quantity", default=100),
    flag("allow_backorder", default=False),
    moment("last_restocked_at"),
    version(),
    now("created_at"),
    now("updated_at"),
    *not_negative("quantity_available", "quantity_reserved", "quantity_committed", "quantity_backordered"),
    *not_negative("low_stock_threshold", "reorder_point", "reorder_quantity"),
    # 001's UNIQUE and its index of the same column in one.
    Index("idx_inventory_variant", "product_variant_id", unique=True),
    Index("idx_inventory_sku", "sku"),
    Index("idx_inventory_product", "product_id"),
    Index(
        "idx_inventory_low_stock",
        "quantity_available",
        postgresql_where=text("quantity_available <= low_stock_threshold"),
    ),
    newest_first("idx_inventory_newest"),
)

# The truth about quantities (004's stock table, with 001's words for them).
inventory_stock = Table(
    "inventory_stock",
    metadata,
    reference("inventory_item_id", "inventory_items.id", on_delete="CASCADE", primary_key=True),
    reference("warehouse_id", "warehouses.id", primary_key=True),
    count("quantity_available"),
    count("quantity_reserved"),
    count("quantity_committed"),
    count("quantity_backordered"),
    version(),
    now("created_at"),
    now("updated_at"),
    *not_negative("quantity_available", "quantity_reserved", "quantity_committed", "quantity_backordered"),
    Index("idx_inventory_stock_warehouse", "warehouse_id"),
)

inventory_reservations = Table(
    "inventory_reservations",
    metadata,
    identifier(),
    reference("inventory_item_id", "inventory_items.id"),
    reference("warehouse_id", "warehouses.id"),
    Column("order_id", Uuid, nullable=False),
    count("quantity_reserved", default=None),
    # How much of quantity_reserved is not in stock, but backordered.
    count("quantity_backordered"),
    # How much of it has left the warehouse, and how much of that has come back.
    count("quantity_shipped"),
    count("quantity_returned"),
    moment("expires_at", nullable=False),
    Column("status", String(20), nullable=False, server_default="active"),
    now("created_at"),
    now("updated_at"),
    one_of("status", "active", "committed", "released", "expired", name="reservation_status_check"),
    CheckConstraint("quantity_reserved > 0", name="quantity_reserved_positive"),
    CheckConstraint(
        "quantity_backordered BETWEEN 0 AND quantity_reserved", name="quantity_backordered_within_reserved"
    ),
    CheckConstraint(
        "quantity_shipped BETWEEN 0 AND quantity_reserved - quantity_backordered",
        name="quantity_shipped_within_reserved",
    ),
    CheckConstraint(
        "quantity_returned BETWEEN 0 AND quantity_shipped", name="quantity_returned_within_shipped"
    ),
    # An order holds an item in a warehouse once; what it gave up it may take up again. It leads with order_id, so it is
    # 001's index, too.
    Index("idx_reservations_order", "order_id", "inventory_item_id", "warehouse_id", unique=True),
    Index("idx_reservations_status", "status"),
    # Only active ones expire; the sweep reads nothing else.
    Index("idx_reservations_expires", "expires_at", postgresql_where=text("status = 'active'")),
    Index("idx_reservations_item", "inventory_item_id"),
    # Who gets what comes in, in the order of its asking.
    Index(
        "idx_reservations_backordered",
        "inventory_item_id",
        "warehouse_id",
        "created_at",
        "id",
        postgresql_where=text("quantity_backordered > 0"),
    ),
    Index("idx_reservations_warehouse", "warehouse_id"),
)

# Append-only: a trigger refuses UPDATE and DELETE. 000's inventory_logs and 001's transactions in one: a row
# says what it did to each quantity of one item in one warehouse, and what was available before and after.
# 000's `purchase` is `restock` here; a transfer is two rows that share a reference.
inventory_transactions = Table(
    "inventory_transactions",
    metadata,
    identifier(),
    reference("inventory_item_id", "inventory_items.id"),
    reference("warehouse_id", "warehouses.id"),
    Column("transaction_type", String(20), nullable=False),
    # Change of the available quantity, then of the others; positive or negative.
    count("quantity_change", default=None),
    count("reserved_change"),
    count("committed_change"),
    count("backordered_change"),
    # Available before and after (000).
    count("previous_stock", default=None),
    count("new_stock", default=None),
    # Text, where 001 has a UUID: purchase orders come from elsewhere (000).
    Column("reference_id", String(100)),
    Column("reference_type", String(20)),
    Column("reason", String(200)),
    Column("notes", Text),
    # Null for the system.
    Column("created_by", Uuid),
    now("created_at"),
    # The order of movements of one moment. Of one item it is that in which they happened: whoever writes them holds it.
    Column("sequence", BigInteger, Identity(always=True), nullable=False),
    one_of(
        "transaction_type",
        "restock",
        "sale",
        "adjustment",
        "reservation",
        "release",
        "commit",
        "return",
        "transfer",
        name="inventory_transaction_type_check",
    ),
    CheckConstraint("new_stock = previous_stock + quantity_change", name="stock_adds_up"),
    *not_negative("previous_stock", "new_stock"),
    newest_first("idx_transactions_item", "inventory_item_id", last="sequence"),
    Index("idx_transactions_type", "transaction_type"),
    Index("idx_transactions_reference", "reference_type", "reference_id"),
    newest_first("idx_transactions_warehouse", "warehouse_id", last="sequence"),
    newest_first("idx_transactions_newest", last="sequence"),
)

# What was asked for under an idempotency key, and what was answered: sent twice it is done once.
inventory_operations = Table(
    "inventory_operations",
    metadata,
    Column("idempotency_key", String(255), primary_key=True),
    Column("operation", String(30), nullable=False),
    Column("request", JSONB, nullable=False),
    # Null only within the transaction that is at work on it.
    Column("answer", JSONB),
    now("created_at"),
    # For removing what nobody will send again.
    Index("idx_inventory_operations_created_at", "created_at"),
)

stock_adjustments = Table(
    "stock_adjustments",
    metadata,
    identifier(),
    Column("adjustment_number", String(50), nullable=False, unique=True),
    reference("warehouse_id", "warehouses.id"),
    Column("reason", String(200), nullable=False),
    Column("notes", Text),
    Column("status", String(20), nullable=False, server_default="pending"),
    Column("created_by", Uuid, nullable=False),
    # Who decided, either way; approved_at or rejected_at says when.
    Column("approved_by", Uuid),
    moment("approved_at"),
    Column("rejected_by", Uuid),
    moment("rejected_at"),
    # When the stock was changed by it.
    moment("applied_at"),
    version(),
    now("created_at"),
    now("updated_at"),
    one_of("status", "draft", "pending", "approved", "rejected", "applied", name="adjustment_status_check"),
    CheckConstraint(
        "status NOT IN ('approved', 'applied') OR approved_by IS NOT NULL", name="approved_by_someone"
    ),
    CheckConstraint("(status = 'applied') = (applied_at IS NOT NULL)", name="applied_at_when_applied"),
    newest_first("idx_stock_adjustments_newest"),
    newest_first("idx_stock_adjustments_status", "status"),
    Index("idx_stock_adjustments_warehouse", "warehouse_id"),
)

stock_adjustment_items = Table(
    "stock_adjustment_items",
    metadata,
    identifier(),
    reference("adjustment_id", "stock_adjustments.id", on_delete="CASCADE"),
    reference("inventory_item_id", "inventory_items.id"),
    # Available when counted, and what it shall be.
    count("current_quantity", default=None),
    count("adjusted_quantity", default=None),
    count("quantity_difference", default=None),
    CheckConstraint("quantity_difference = adjusted_quantity - current_quantity", name="difference_adds_up"),
    *not_negative("current_quantity", "adjusted_quantity"),
    Index("idx_stock_adjustment_items_adjustment", "adjustment_id", "inventory_item_id", unique=True),
    Index("idx_stock_adjustment_items_item", "inventory_item_id"),
)

low_stock_alerts = Table(
    "low_stock_alerts",
    metadata,
    identifier(),
    reference("inventory_item_id", "inventory_items.id", on_delete="CASCADE"),
    Column("alert_type", String(20), nullable=False),
    count("current_quantity", default=None),
    count("threshold_quantity", default=None),
    flag("is_acknowledged", default=False),
    Column("acknowledged_by", Uuid),
    moment("acknowledged_at"),
    # When stock rose above the threshold again. An alert is open until then, acknowledged or not.
    moment("resolved_at"),
    now("created_at"),
    one_of("alert_type", "low_stock", "out_of_stock", name="alert_type_check"),
    *not_negative("current_quantity", "threshold_quantity"),
    # One open alert per item and type.
    Index(
        "idx_low_stock_alerts_open",
        "inventory_item_id",
        "alert_type",
        unique=True,
        postgresql_where=text("resolved_at IS NULL"),
    ),
    Index("idx_low_stock_alerts_item", "inventory_item_id"),
    newest_first("idx_low_stock_alerts_newest"),
    newest_first("idx_low_stock_alerts_open_newest", where="resolved_at IS NULL"),
)

domain_events = domain_events_table(metadata)
consumed_events = consumed_events_table(metadata)
