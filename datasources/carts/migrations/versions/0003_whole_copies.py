"""What the durable copy of a cart lacked: checkout details, and of each line its name, image and place."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003_whole_copies"
down_revision = "0002_events"


def upgrade() -> None:
    """Add the columns; lines that are there keep the order in which they were added."""
    op.add_column("shopping_carts", sa.Column("checkout", postgresql.JSONB()))
    op.add_column("cart_items", sa.Column("name", sa.String(255)))
    op.add_column("cart_items", sa.Column("image_url", sa.Text()))
    op.add_column("cart_items", sa.Column("position", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    """Drop the columns, and what customers had said of their next orders with them."""
    for column in ("position", "image_url", "name"):
        op.drop_column("cart_items", column)
    op.drop_column("shopping_carts", "checkout")
