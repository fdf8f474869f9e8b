"""Warehouses, stock, reservations, the journal, adjustments and alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

revision = "0001_initial"
down_revision = None

# The end of every keyset index.
NEWEST = (sa.text("created_at DESC"), sa.text("id DESC"))

# Rows of these tables are facts: they are added, never changed or removed.
APPEND_ONLY = ("inventory_transactions",)
REFUSE_CHANGE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END
$$
"""

TABLES_LAST_FIRST = (
    "low_stock_alerts",
    "stock_adjustment_items",
    "stock_adjustments",
    "inventory_transactions",
    "inventory_reservations",
    "inventory_stock",
    "inventory_items",
    "warehouses",
)

TRANSACTION_TYPES = "restock sale adjustment reservation release commit return transfer"


def upgrade() -> None:
    """Create every table, and what they start with."""
    op.execute(sa.schema.CreateSequence(sa.Sequence("adjustment_numbers", start=1000)))
    _create_warehouses()
    _create_inventory_items()
    _create_inventory_stock()
    _create_inventory_reservations()
    _create_inventory_transactions()
    _create_stock_adjustments()
    _create_stock_adjustment_items()
    _create_low_stock_alerts()
    _refuse_changes()


def downgrade() -> None:
    """Drop everything."""
    for table in TABLES_LAST_FIRST:
        op.drop_table(table)
    op.execute("DROP FUNCTION refuse_change()")
    op.execute(sa.schema.DropSequence(sa.Sequence("adjustment_numbers")))


def _create_warehouses() -> None:
    op.create_table(
        "warehouses",
        _identifier(),
        sa.Column("code", sa.String(50), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("address", postgresql.JSONB()),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("priority", sa.Integer(), server_default="0", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        _now("created_at"),
        _now("updated_at"),
        sa.PrimaryKeyConstraint("id", name="pk_warehouses"),
        sa.UniqueConstraint("code", name="uq_warehouses_code"),
    )
    _partial_index("idx_warehouses_priority", "warehouses", ["priority", "id"], where="is_active")


def _create_inventory_items() -> None:
    op.create_table(
        "inventory_items",
        _identifier(),
        sa.Column("product_variant_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.String(100), nullable=False),
        sa.Column("sku", sa.String(100), nullable=False),
        sa.Column("quantity_available", sa.Integer(), server_default="0", nullable=False),
        sa.Column("quantity_reserved", sa.Integer(), server_default="0", nullable=False),
        sa.Column("quantity_committed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("quantity_backordered", sa.Integer(), server_default="0", nullable=False),
        sa.Column("low_stock_threshold", sa.Integer(), server_default="10", nullable=False),
        sa.Column("reorder_point", sa.Integer(), server_default="20", nullable=False),
        sa.Column("reorder_quantity", sa.Integer(), server_default="100", nullable=False),
        sa.Column("allow_backorder", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("last_restocked_at", sa.DateTime(timezone=True)),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        _now("created_at"),
        _now("updated_at"),
        sa.PrimaryKeyConstraint("id", name="pk_inventory_items"),
        *_not_negative(
            "quantity_available",
            "quantity_reserved",
            "quantity_committed",
            "quantity_backordered",
            "low_stock_threshold",
            "reorder_point",
            "reorder_quantity",
        ),
    )
    _partial_index(
        "idx_inventory_low_stock",
        "inventory_items",
        ["quantity_available"],
        where="quantity_available <= low_stock_threshold",
    )
    op.create_index("idx_inventory_newest", "inventory_items", NEWEST)
    op.create_index("idx_inventory_product", "inventory_items", ["product_id"])
    op.create_index("idx_inventory_sku", "inventory_items", ["sku"])
    op.create_index("idx_inventory_variant", "inventory_items", ["product_variant_id"], unique=True)


def _create_inventory_stock() -> None:
    op.create_table(
        "inventory_stock",
        sa.Column("inventory_item_id", sa.Uuid(), nullable=False),
        sa.Column("warehouse_id", sa.Uuid(), nullable=False),
        sa.Column("quantity_available", sa.Integer(), server_default="0", nullable=False),
        sa.Column("quantity_reserved", sa.Integer(), server_default="0", nullable=False),
        sa.Column("quantity_committed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("quantity_backordered", sa.Integer(), server_default="0", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        _now("created_at"),
        _now("updated_at"),
        _foreign_key(
            "inventory_item_id",
            "inventory_items.id",
            "fk_inventory_stock_inventory_item_id",
            ondelete="CASCADE",
        ),
        _foreign_key("warehouse_id", "warehouses.id", "fk_inventory_stock_warehouse_id", ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("inventory_item_id", "warehouse_id", name="pk_inventory_stock"),
        *_not_negative(
            "quantity_available", "quantity_reserved", "quantity_committed", "quantity_backordered"
        ),
    )
    op.create_index("idx_inventory_stock_warehouse", "inventory_stock", ["warehouse_id"])


def _create_inventory_reservations() -> None:
    op.create_table(
        "inventory_reservations",
        _identifier(),
        sa.Column("inventory_item_id", sa.Uuid(), nullable=False),
        sa.Column("warehouse_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("quantity_reserved", sa.Integer(), nullable=False),
        sa.Column("quantity_backordered", sa.Integer(), server_default="0", nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(20), server_default="active", nullable=False),
        _now("created_at"),
        _now("updated_at"),
        _one_of("status", "active committed released expired", name="reservation_status_check"),
        sa.CheckConstraint(
            "quantity_backordered BETWEEN 0 AND quantity_reserved",
            name="quantity_backordered_within_reserved",
        ),
        sa.CheckConstraint("quantity_reserved > 0", name="quantity_reserved_positive"),
        _foreign_key(
            "inventory_item_id",
            "inventory_items.id",
            "fk_inventory_reservations_inventory_item_id",
            ondelete="RESTRICT",
        ),
        _foreign_key(
            "warehouse_id", "warehouses.id", "fk_inventory_reservations_warehouse_id", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_inventory_reservations"),
    )
    _partial_index(
        "idx_reservations_expires", "inventory_reservations", ["expires_at"], where="status = 'active'"
    )
    op.create_index("idx_reservations_item", "inventory_reservations", ["inventory_item_id"])
    op.create_index(
        "idx_reservations_order",
        "inventory_reservations",
        ["order_id", "inventory_item_id", "warehouse_id"],
        unique=True,
    )
    op.create_index("idx_reservations_status", "inventory_reservations", ["status"])
    op.create_index("idx_reservations_warehouse", "inventory_reservations", ["warehouse_id"])


def _create_inventory_transactions() -> None:
    op.create_table(
        "inventory_transactions",
        _identifier(),
        sa.Column("inventory_item_id", sa.Uuid(), nullable=False),
        sa.Column("warehouse_id", sa.Uuid(), nullable=False),
        sa.Column("transaction_type", sa.String(20), nullable=False),
        sa.Column("quantity_change", sa.Integer(), nullable=False),
        sa.Column("reserved_change", sa.Integer(), server_default="0", nullable=False),
        sa.Column("committed_change", sa.Integer(), server_default="0", nullable=False),
        sa.Column("backordered_change", sa.Integer(), server_default="0", nullable=False),
        sa.Column("previous_stock", sa.Integer(), nullable=False),
        sa.Column("new_stock", sa.Integer(), nullable=False),
        sa.Column("reference_id", sa.String(100)),
        sa.Column("reference_type", sa.String(20)),
        sa.Column("reason", sa.String(200)),
        sa.Column("notes", sa.Text()),
        sa.Column("created_by", sa.Uuid()),
        sa.Column("idempotency_key", sa.String(255)),
        _now("created_at"),
        _one_of("transaction_type", TRANSACTION_TYPES, name="inventory_transaction_type_check"),
        sa.CheckConstraint("new_stock = previous_stock + quantity_change", name="stock_adds_up"),
        _foreign_key(
            "inventory_item_id",
            "inventory_items.id",
            "fk_inventory_transactions_inventory_item_id",
            ondelete="RESTRICT",
        ),
        _foreign_key(
            "warehouse_id", "warehouses.id", "fk_inventory_transactions_warehouse_id", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_inventory_transactions"),
        sa.UniqueConstraint("idempotency_key", name="uq_inventory_transactions_idempotency_key"),
        *_not_negative("previous_stock", "new_stock"),
    )
    op.create_index("idx_transactions_item", "inventory_transactions", ["inventory_item_id", *NEWEST])
    op.create_index("idx_transactions_newest", "inventory_transactions", NEWEST)
    op.create_index(
        "idx_transactions_reference", "inventory_transactions", ["reference_type", "reference_id"]
    )
    op.create_index("idx_transactions_type", "inventory_transactions", ["transaction_type"])
    op.create_index("idx_transactions_warehouse", "inventory_transactions", ["warehouse_id"])


def _create_stock_adjustments() -> None:
    op.create_table(
        "stock_adjustments",
        _identifier(),
        sa.Column("adjustment_number", sa.String(50), nullable=False),
        sa.Column("warehouse_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("notes", sa.Text()),
        sa.Column("status", sa.String(20), server_default="pending", nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("approved_by", sa.Uuid()),
        sa.Column("approved_at", sa.DateTime(timezone=True)),
        sa.Column("rejected_by", sa.Uuid()),
        sa.Column("rejected_at", sa.DateTime(timezone=True)),
        sa.Column("applied_at", sa.DateTime(timezone=True)),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        _now("created_at"),
        _now("updated_at"),
        sa.CheckConstraint("(status = 'applied') = (applied_at IS NOT NULL)", name="applied_at_when_applied"),
        _one_of("status", "draft pending approved rejected applied", name="adjustment_status_check"),
        sa.CheckConstraint(
            "status NOT IN ('approved', 'applied') OR approved_by IS NOT NULL", name="approved_by_someone"
        ),
        _foreign_key(
            "warehouse_id", "warehouses.id", "fk_stock_adjustments_warehouse_id", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_stock_adjustments"),
        sa.UniqueConstraint("adjustment_number", name="uq_stock_adjustments_adjustment_number"),
    )
    op.create_index("idx_stock_adjustments_newest", "stock_adjustments", NEWEST)
    op.create_index("idx_stock_adjustments_status", "stock_adjustments", ["status", *NEWEST])
    op.create_index("idx_stock_adjustments_warehouse", "stock_adjustments", ["warehouse_id"])


def _create_stock_adjustment_items() -> None:
    op.create_table(
        "stock_adjustment_items",
        _identifier(),
        sa.Column("adjustment_id", sa.Uuid(), nullable=False),
        sa.Column("inventory_item_id", sa.Uuid(), nullable=False),
        sa.Column("current_quantity", sa.Integer(), nullable=False),
        sa.Column("adjusted_quantity", sa.Integer(), nullable=False),
        sa.Column("quantity_difference", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "quantity_difference = adjusted_quantity - current_quantity", name="difference_adds_up"
        ),
        _foreign_key(
            "adjustment_id",
            "stock_adjustments.id",
            "fk_stock_adjustment_items_adjustment_id",
            ondelete="CASCADE",
        ),
        _foreign_key(
            "inventory_item_id",
            "inventory_items.id",
            "fk_stock_adjustment_items_inventory_item_id",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_stock_adjustment_items"),
        *_not_negative("current_quantity", "adjusted_quantity"),
    )
    op.create_index(
        "idx_stock_adjustment_items_adjustment",
        "stock_adjustment_items",
        ["adjustment_id", "inventory_item_id"],
        unique=True,
    )
    op.create_index("idx_stock_adjustment_items_item", "stock_adjustment_items", ["inventory_item_id"])


def _create_low_stock_alerts() -> None:
    op.create_table(
        "low_stock_alerts",
        _identifier(),
        sa.Column("inventory_item_id", sa.Uuid(), nullable=False),
        sa.Column("alert_type", sa.String(20), nullable=False),
        sa.Column("current_quantity", sa.Integer(), nullable=False),
        sa.Column("threshold_quantity", sa.Integer(), nullable=False),
        sa.Column("is_acknowledged", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("acknowledged_by", sa.Uuid()),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True)),
        sa.Column("resolved_at", sa.DateTime(timezone=True)),
        _now("created_at"),
        _one_of("alert_type", "low_stock out_of_stock", name="alert_type_check"),
        _foreign_key(
            "inventory_item_id",
            "inventory_items.id",
            "fk_low_stock_alerts_inventory_item_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_low_stock_alerts"),
        *_not_negative("current_quantity", "threshold_quantity"),
    )
    op.create_index("idx_low_stock_alerts_item", "low_stock_alerts", ["inventory_item_id"])
    op.create_index("idx_low_stock_alerts_newest", "low_stock_alerts", NEWEST)
    _partial_index(
        "idx_low_stock_alerts_open",
        "low_stock_alerts",
        ["inventory_item_id", "alert_type"],
        unique=True,
        where="resolved_at IS NULL",
    )


def _refuse_changes() -> None:
    op.execute(REFUSE_CHANGE)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def _identifier() -> sa.Column[UUID]:
    return sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False)


def _now(name: str) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)


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
