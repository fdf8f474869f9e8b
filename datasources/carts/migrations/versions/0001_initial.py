"""Carts, their lines, and carts left behind."""

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

TABLES_LAST_FIRST = ("abandoned_carts", "cart_items", "shopping_carts")


def upgrade() -> None:
    """Create every table, and what they start with."""
    _create_shopping_carts()
    _create_cart_items()
    _create_abandoned_carts()


def downgrade() -> None:
    """Drop everything."""
    for table in TABLES_LAST_FIRST:
        op.drop_table(table)


def _create_shopping_carts() -> None:
    op.create_table(
        "shopping_carts",
        _identifier(),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.String(100)),
        sa.Column("currency", sa.String(3), server_default="USD", nullable=False),
        sa.Column(
            "coupon_codes",
            postgresql.ARRAY(sa.String(50)),
            server_default=sa.text("'{}'::character varying[]"),
            nullable=False,
        ),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        _now("created_at"),
        _now("updated_at"),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_format"),
        sa.PrimaryKeyConstraint("id", name="pk_shopping_carts"),
    )
    _partial_index("idx_carts_expires", "shopping_carts", ["expires_at"], where="expires_at IS NOT NULL")
    _partial_index("idx_carts_session", "shopping_carts", ["session_id"], where="session_id IS NOT NULL")
    op.create_index("idx_carts_updated", "shopping_carts", ["updated_at", "id"])
    op.create_index("idx_carts_user", "shopping_carts", ["user_id"], unique=True)


def _create_cart_items() -> None:
    op.create_table(
        "cart_items",
        _identifier(),
        sa.Column("cart_id", sa.Uuid(), nullable=False),
        sa.Column("product_variant_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.String(100), nullable=False),
        sa.Column("sku", sa.String(100), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_price", sa.Numeric(10, 2), nullable=False),
        sa.Column("currency", sa.String(3), server_default="USD", nullable=False),
        _now("added_at"),
        _now("updated_at"),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_format"),
        sa.CheckConstraint("quantity > 0", name="quantity_positive"),
        _foreign_key("cart_id", "shopping_carts.id", "fk_cart_items_cart_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_cart_items"),
        *_not_negative("unit_price"),
    )
    op.create_index("idx_cart_items_cart", "cart_items", ["cart_id", "product_variant_id"], unique=True)
    op.create_index("idx_cart_items_variant", "cart_items", ["product_variant_id"])


def _create_abandoned_carts() -> None:
    op.create_table(
        "abandoned_carts",
        _identifier(),
        sa.Column("cart_id", sa.Uuid()),
        sa.Column("user_id", sa.Uuid()),
        sa.Column("email", sa.String(255)),
        sa.Column("cart_data", postgresql.JSONB(), nullable=False),
        _now("abandoned_at"),
        sa.Column("recovery_email_sent", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("recovery_email_sent_at", sa.DateTime(timezone=True)),
        sa.Column("recovered_at", sa.DateTime(timezone=True)),
        sa.Column("recovered_order_id", sa.Uuid()),
        sa.CheckConstraint("user_id IS NOT NULL OR email IS NOT NULL", name="someone_to_write_to"),
        _foreign_key("cart_id", "shopping_carts.id", "fk_abandoned_carts_cart_id", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_abandoned_carts"),
    )
    _partial_index(
        "idx_abandoned_carts_open", "abandoned_carts", ["cart_id"], unique=True, where="recovered_at IS NULL"
    )
    _partial_index(
        "idx_abandoned_carts_unsent",
        "abandoned_carts",
        ["abandoned_at"],
        where="NOT recovery_email_sent AND recovered_at IS NULL",
    )
    op.create_index("idx_abandoned_carts_user", "abandoned_carts", ["user_id"])


def _identifier() -> sa.Column[UUID]:
    return sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False)


def _now(name: str) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)


def _foreign_key(column: str, target: str, name: str, *, ondelete: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=name, ondelete=ondelete)


def _not_negative(*columns: str) -> tuple[sa.CheckConstraint, ...]:
    return tuple(sa.CheckConstraint(f"{column} >= 0", name=f"{column}_not_negative") for column in columns)


def _partial_index(
    name: str, table: str, columns: list[str | sa.TextClause], *, where: str, unique: bool = False
) -> None:
    op.create_index(name, table, columns, unique=unique, postgresql_where=sa.text(where))
