"""The outbox and the inbox of domain events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

revision = "0002_events"
down_revision = "0001_initial"

TABLES_LAST_FIRST = ("consumed_events", "domain_events")


def upgrade() -> None:
    """Create the tables."""
    _create_domain_events()
    _create_consumed_events()


def downgrade() -> None:
    """Drop the tables."""
    for table in TABLES_LAST_FIRST:
        op.drop_table(table)


def _create_domain_events() -> None:
    op.create_table(
        "domain_events",
        _identifier(),
        sa.Column("sequence", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("aggregate_id", sa.String(100), nullable=False),
        sa.Column("aggregate_type", sa.String(50), nullable=False),
        sa.Column("event_type", sa.String(100), nullable=False),
        sa.Column("event_data", postgresql.JSONB(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        _now("occurred_at"),
        sa.Column("processed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("processed_at", sa.DateTime(timezone=True)),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_error", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_domain_events"),
        *_not_negative("attempts"),
    )
    op.create_index(
        "idx_domain_events_aggregate", "domain_events", ["aggregate_type", "aggregate_id", "sequence"]
    )
    _partial_index("idx_domain_events_processed_at", "domain_events", ["processed_at"], where="processed")
    _partial_index("idx_domain_events_unprocessed", "domain_events", ["sequence"], where="NOT processed")


def _create_consumed_events() -> None:
    op.create_table(
        "consumed_events",
        sa.Column("consumer", sa.String(100), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        _now("consumed_at"),
        sa.PrimaryKeyConstraint("consumer", "event_id", name="pk_consumed_events"),
    )
    op.create_index("idx_consumed_events_consumed_at", "consumed_events", ["consumed_at"])


def _identifier() -> sa.Column[UUID]:
    return sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False)


def _now(name: str) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)


def _not_negative(*columns: str) -> tuple[sa.CheckConstraint, ...]:
    return tuple(sa.CheckConstraint(f"{column} >= 0", name=f"{column}_not_negative") for column in columns)


def _partial_index(
    name: str, table: str, columns: list[str | sa.TextClause], *, where: str, unique: bool = False
) -> None:
    op.create_index(name, table, columns, unique=unique, postgresql_where=sa.text(where))
