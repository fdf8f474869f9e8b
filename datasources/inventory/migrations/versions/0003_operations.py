"""Idempotent operations, what was shipped and came back, who waits for more, and the order of movements."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003_operations"
down_revision = "0002_events"

# The journal says what happened to a committed reservation, by the id of its order. What came back, to whichever
# warehouse, is shared among the order's lines of the item, up to what each has shipped.
FILL_IN = """
UPDATE inventory_reservations AS reservation
SET quantity_shipped = line.shipped,
    quantity_returned = GREATEST(0, LEAST(line.shipped, line.returned - line.shipped_before))
FROM (
    SELECT sent.id, sent.shipped, COALESCE(back.returned, 0) AS returned,
        SUM(sent.shipped) OVER (PARTITION BY sent.order_id, sent.inventory_item_id ORDER BY sent.warehouse_id)
            - sent.shipped AS shipped_before
    FROM (
        SELECT held.id, held.order_id, held.inventory_item_id, held.warehouse_id,
            LEAST(-SUM(moved.committed_change), held.quantity_reserved - held.quantity_backordered) AS shipped
        FROM inventory_reservations AS held
        JOIN inventory_transactions AS moved ON moved.inventory_item_id = held.inventory_item_id
            AND moved.warehouse_id = held.warehouse_id AND moved.reference_id = held.order_id::text
            AND moved.reference_type = 'order' AND moved.transaction_type = 'sale'
        WHERE held.status = 'committed'
        GROUP BY held.id
    ) AS sent
    LEFT JOIN (
        SELECT inventory_item_id, reference_id, SUM(quantity_change) AS returned
        FROM inventory_transactions
        WHERE reference_type = 'order' AND transaction_type = 'return'
        GROUP BY inventory_item_id, reference_id
    ) AS back ON back.inventory_item_id = sent.inventory_item_id AND back.reference_id = sent.order_id::text
) AS line
WHERE line.id = reservation.id
"""

# Indexes of movements newest first, and what each leads with.
MOVEMENTS_NEWEST = {
    "idx_transactions_item": ["inventory_item_id"],
    "idx_transactions_newest": [],
    "idx_transactions_warehouse": ["warehouse_id"],
}


def upgrade() -> None:
    """Create the table, the columns and the index, and fill the columns from the journal."""
    op.create_table(
        "inventory_operations",
        sa.Column("idempotency_key", sa.String(255), nullable=False),
        sa.Column("operation", sa.String(30), nullable=False),
        sa.Column("request", postgresql.JSONB(), nullable=False),
        sa.Column("answer", postgresql.JSONB()),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("idempotency_key", name="pk_inventory_operations"),
    )
    op.create_index("idx_inventory_operations_created_at", "inventory_operations", ["created_at"])
    op.drop_constraint("uq_inventory_transactions_idempotency_key", "inventory_transactions", type_="unique")
    op.drop_column("inventory_transactions", "idempotency_key")
    for column in ("quantity_shipped", "quantity_returned"):
        op.add_column(
            "inventory_reservations", sa.Column(column, sa.Integer(), server_default="0", nullable=False)
        )
    op.execute(FILL_IN)
    op.create_check_constraint(
        "quantity_shipped_within_reserved",
        "inventory_reservations",
        "quantity_shipped BETWEEN 0 AND quantity_reserved - quantity_backordered",
    )
    op.create_check_constraint(
        "quantity_returned_within_shipped",
        "inventory_reservations",
        "quantity_returned BETWEEN 0 AND quantity_shipped",
    )
    op.create_index(
        "idx_reservations_backordered",
        "inventory_reservations",
        ["inventory_item_id", "warehouse_id", "created_at", "id"],
        postgresql_where=sa.text("quantity_backordered > 0"),
    )
    _order_movements()


def downgrade() -> None:
    """Drop them; the keys of what was done are forgotten."""
    op.drop_index("idx_low_stock_alerts_open_newest", "low_stock_alerts")
    _index_movements([sa.text("created_at DESC"), sa.text("id DESC")])
    op.drop_index("idx_transactions_warehouse", "inventory_transactions")
    op.create_index("idx_transactions_warehouse", "inventory_transactions", ["warehouse_id"])
    op.drop_column("inventory_transactions", "sequence")
    op.drop_index("idx_reservations_backordered", "inventory_reservations")
    for check in ("quantity_returned_within_shipped", "quantity_shipped_within_reserved"):
        op.drop_constraint(check, "inventory_reservations", type_="check")
    for column in ("quantity_returned", "quantity_shipped"):
        op.drop_column("inventory_reservations", column)
    op.add_column("inventory_transactions", sa.Column("idempotency_key", sa.String(255)))
    op.create_unique_constraint(
        "uq_inventory_transactions_idempotency_key", "inventory_transactions", ["idempotency_key"]
    )
    op.drop_table("inventory_operations")


def _order_movements() -> None:
    op.add_column(
        "inventory_transactions",
        sa.Column("sequence", sa.BigInteger(), sa.Identity(always=True), nullable=False),
    )
    _index_movements([sa.text("created_at DESC"), sa.text("sequence DESC")])
    op.create_index(
        "idx_low_stock_alerts_open_newest",
        "low_stock_alerts",
        [sa.text("created_at DESC"), sa.text("id DESC")],
        postgresql_where=sa.text("resolved_at IS NULL"),
    )


def _index_movements(newest: list[sa.TextClause]) -> None:
    for name, leading in MOVEMENTS_NEWEST.items():
        op.drop_index(name, "inventory_transactions")
        op.create_index(name, "inventory_transactions", [*leading, *newest])
