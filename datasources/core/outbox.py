"""The transactional outbox and its inbox: the events a service has to tell, and those it has heard."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Identity, Index, MetaData, String, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from datasources.core.columns import count, flag, identifier, moment, not_negative, now


def domain_events_table(metadata: MetaData) -> Table:
    """The outbox (seed 001): a command inserts here in its own transaction, a relay publishes afterwards.

    `sequence` is the order of relay. It follows the order of insertion, not of commit: a relay asks for
    rows not yet `processed`, never for rows past the last sequence it saw.
    """
    return Table(
        "domain_events",
        metadata,
        identifier(),
        Column("sequence", BigInteger, Identity(always=True), nullable=False),
        # Text, where 001 has a UUID: the ids of roles, coupons or products are not all UUIDs.
        Column("aggregate_id", String(100), nullable=False),
        Column("aggregate_type", String(50), nullable=False),
        Column("event_type", String(100), nullable=False),
        Column("event_data", JSONB, nullable=False),
        # The aggregate's version after the change.
        Column("version", BigInteger, nullable=False),
        now("occurred_at"),
        flag("processed", default=False),
        moment("processed_at"),
        # Failed deliveries so far, and why the last one failed.
        count("attempts"),
        Column("last_error", Text),
        *not_negative("attempts"),
        Index("idx_domain_events_unprocessed", "sequence", postgresql_where=text("NOT processed")),
        Index("idx_domain_events_aggregate", "aggregate_type", "aggregate_id", "sequence"),
        # For removing what was relayed long ago.
        Index("idx_domain_events_processed_at", "processed_at", postgresql_where=text("processed")),
    )


def consumed_events_table(metadata: MetaData) -> Table:
    """The inbox: a reaction inserts here in its own transaction, so that an event heard twice acts once."""
    return Table(
        "consumed_events",
        metadata,
        Column("consumer", String(100), primary_key=True),
        Column("event_id", Uuid, primary_key=True),
        now("consumed_at"),
        Index("idx_consumed_events_consumed_at", "consumed_at"),
    )
