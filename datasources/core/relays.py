"""Relays the outbox of a PostgreSQL service: has told what nobody was told of yet, and purges what was long ago."""

from __future__ import annotations

import logging
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import any_, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from datasources.core.errors import ServiceUnavailable

if TYPE_CHECKING:
    import uuid
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
    from datetime import datetime, timedelta

    from sqlalchemy import ColumnElement, Table
    from sqlalchemy.ext.asyncio import AsyncConnection

    from datasources.core.databases import Database

    Failures = Mapping[uuid.UUID, Exception]
    """Why events could not be told of, by their ids."""

    Tell = Callable[[Sequence["OutboxEvent"]], Awaitable[Failures]]
    """Tells listeners of events, in their order; gives those that it could not."""

MOST_EVENTS: Final = 500

# An event that fails so often for reasons of its own is set aside, since others wait behind it. It stays in the outbox,
# unprocessed and with its `last_error`, until somebody sets its `attempts` back.
MOST_ATTEMPTS: Final = 20

MOST_ERROR: Final = 500
MOST_PURGED: Final = 5_000

logger = logging.getLogger("datasources.relays")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxEvent:
    """What happened to an aggregate, which was at `version` after it; it was told in vain `attempts` times."""

    id: uuid.UUID
    sequence: int
    aggregate_type: str
    aggregate_id: str
    event_type: str
    event_data: Mapping[str, Any]
    version: int
    occurred_at: datetime
    attempts: int


async def relay_events(
    database: Database, outbox: Table, tell: Tell, *, now: datetime, most: int = MOST_EVENTS
) -> int:
    """Tell of up to `most` events that nobody was told of yet, in the order of `sequence`; say of how many it was.

    Any number of relays may run at once: events are locked while they are told, and other relays pass them over. They
    are marked in the same transaction, so that those of a relay that is killed are told again: listeners hear of
    everything, and of some of it twice. What fails stays for the next time, with the reason; while a service is down,
    that goes on as long as it lasts.

    Raises:
        ServiceUnavailable: the outbox's database is down, or a listener's; the latter is noted with the events.
    """
    outage: ServiceUnavailable | None = None
    async with database.transaction() as transaction:
        events = await _claim(transaction, outbox, most=most)
        if not events:
            return 0
        try:
            failures = await tell(events)
        except ServiceUnavailable as error:
            outage, failures = error, {event.id: error for event in events}
        # No event is set aside for an outage.
        limit = MOST_ATTEMPTS if outage is None else MOST_ATTEMPTS - 1
        await _note_failures(transaction, outbox, failures, limit=limit)
        told = [event.id for event in events if event.id not in failures]
        await _mark_told(transaction, outbox, told, now=now)
    if outage is not None:
        raise outage
    _log_failures(events, failures)
    return len(told)


async def purge_events(database: Database, outbox: Table, *, now: datetime, older_than: timedelta) -> int:
    """Remove events that were told longer ago than this; say how many. What was never told stays, however old.

    Raises:
        ServiceUnavailable: the database is down; what is removed by then stays so.
    """
    old = (
        select(outbox.c.id)
        .where(outbox.c.processed, outbox.c.processed_at < now - older_than)
        .order_by(outbox.c.processed_at)
        .limit(MOST_PURGED)
        .with_for_update(skip_locked=True)
        .cte("old")
    )
    removed = 0
    while True:
        # Many small transactions, so that nobody waits for one of a year's events.
        async with database.transaction() as transaction:
            batch = (await transaction.execute(delete(outbox).where(outbox.c.id == old.c.id))).rowcount
        removed += batch
        if batch < MOST_PURGED:
            return removed


async def _claim(transaction: AsyncConnection, outbox: Table, *, most: int) -> list[OutboxEvent]:
    found = await transaction.execute(
        select(*(outbox.c[name] for name in _EVENT))
        .where(~outbox.c.processed, outbox.c.attempts < MOST_ATTEMPTS)
        .order_by(outbox.c.sequence)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    return [OutboxEvent(**row) for row in found.mappings()]


async def _mark_told(
    transaction: AsyncConnection, outbox: Table, ids: Sequence[uuid.UUID], *, now: datetime
) -> None:
    if ids:
        await transaction.execute(
            update(outbox).where(_among(outbox, ids)).values(processed=True, processed_at=now)
        )


async def _note_failures(
    transaction: AsyncConnection, outbox: Table, failures: Failures, *, limit: int
) -> None:
    """Count an attempt of each, up to `limit`, and keep why it failed."""
    ids_by_reason: dict[str, list[uuid.UUID]] = {}
    for event, error in failures.items():
        ids_by_reason.setdefault(_reason(error), []).append(event)
    for reason, ids in ids_by_reason.items():
        await transaction.execute(
            update(outbox)
            .where(_among(outbox, ids))
            .values(attempts=func.least(outbox.c.attempts + 1, limit), last_error=reason)
        )


def _log_failures(events: Iterable[OutboxEvent], failures: Failures) -> None:
    for event in events:
        if event.id in failures:
            fate = "is set aside" if event.attempts + 1 >= MOST_ATTEMPTS else "will be tried again"
            reason = _reason(failures[event.id])
            logger.error("%s %s could not be told of, and %s: %s", event.event_type, event.id, fate, reason)


def _reason(error: Exception) -> str:
    # PostgreSQL's text knows no NUL.
    return f"{type(error).__name__}: {error}".replace("\0", "")[:MOST_ERROR]


def _among(outbox: Table, ids: Sequence[uuid.UUID]) -> ColumnElement[bool]:
    return outbox.c.id == any_(literal(ids, ARRAY(UUID)))


_EVENT: Final = tuple(field.name for field in fields(OutboxEvent))
