"""The outbox and inbox of a service whose database is MongoDB: the same fields as their SQL tables have."""

from __future__ import annotations

from typing import Final

from pymongo import ASCENDING, IndexModel

from datasources.core.collections import CollectionSpec
from datasources.core.document_schemas import (
    any_document,
    date,
    document,
    flag,
    optional,
    text,
    uuid,
    whole,
)

DOMAIN_EVENTS: Final = "domain_events"
CONSUMED_EVENTS: Final = "consumed_events"

# The transactional outbox (seed 001), written in the transaction that makes the change. `_id` is the event's UUID.
# `sequence` is written as an empty BSON timestamp, `Timestamp(0, 0)`, which the server replaces on insertion with a
# value of the replica set's clock that only ever grows: the order of relay, without a counter that writers queue for.
DOMAIN_EVENTS_SPEC: Final = CollectionSpec(
    name=DOMAIN_EVENTS,
    validator={
        "$jsonSchema": document(
            required=[
                "_id",
                "sequence",
                "aggregate_id",
                "aggregate_type",
                "event_type",
                "event_data",
                "version",
                "occurred_at",
                "processed",
                "attempts",
            ],
            _id=uuid(),
            sequence={"bsonType": "timestamp"},
            aggregate_id=text(at_least=1, at_most=100),
            aggregate_type=text(at_least=1, at_most=50),
            event_type=text(at_least=1, at_most=100),
            event_data=any_document(),
            version=whole(at_least=1),
            occurred_at=date(),
            processed=flag(),
            processed_at=optional(date()),
            attempts=whole(),
            last_error=optional(text()),
        )
    },
    indexes=(
        # Only what waits is in the relay's index, so it stays small however long the history gets.
        IndexModel(
            [("sequence", ASCENDING)], name="unprocessed", partialFilterExpression={"processed": False}
        ),
        IndexModel(
            [("aggregate_type", ASCENDING), ("aggregate_id", ASCENDING), ("sequence", ASCENDING)],
            name="by_aggregate",
        ),
    ),
)

# What each reaction has already seen, written in the reaction's own transaction: a second delivery does nothing.
CONSUMED_EVENTS_SPEC: Final = CollectionSpec(
    name=CONSUMED_EVENTS,
    validator={
        "$jsonSchema": document(
            required=["consumer", "event_id", "consumed_at"],
            consumer=text(at_least=1, at_most=100),
            event_id=uuid(),
            consumed_at=date(),
        )
    },
    indexes=(
        IndexModel([("consumer", ASCENDING), ("event_id", ASCENDING)], unique=True),
        IndexModel([("consumed_at", ASCENDING)]),  # for pruning
    ),
)
