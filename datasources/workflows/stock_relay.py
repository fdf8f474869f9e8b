"""Relays the inventory's events: what products say of their availability follows every movement of their stock."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING

from pymongo.errors import PyMongoError

from datasources.core.relays import MOST_EVENTS, relay_events
from datasources.inventory.journal import STOCK_CHANGED
from datasources.inventory.tables import domain_events
from datasources.workflows.availability import project_availability

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from datasources.core.connections import Connections
    from datasources.core.relays import OutboxEvent


async def relay_stock_events(connections: Connections, *, now: datetime, most: int = MOST_EVENTS) -> int:
    """Project the availability of the products that up to `most` events are of; say of how many it was.

    As `relay_events` does it: by many at once, in their order, and again where it failed. The stock is read as it is
    now, so that an event told twice, or late, does no harm. Nobody listens yet to what else happens in the inventory.

    Raises:
        ServiceUnavailable: the inventory or the product database is down; the events stay for the next time.
    """
    return await relay_events(
        connections.inventory, domain_events, partial(_project, connections), now=now, most=most
    )


async def _project(connections: Connections, events: Sequence[OutboxEvent]) -> dict[UUID, Exception]:
    by_product: defaultdict[str, list[UUID]] = defaultdict(list)
    for event in events:
        if event.event_type == STOCK_CHANGED:
            by_product[event.event_data["product_id"]].append(event.id)
    try:
        await project_availability(connections, list(by_product))
    except PyMongoError:
        return await _project_each(connections, by_product)
    return {}


async def _project_each(
    connections: Connections, by_product: Mapping[str, Sequence[UUID]]
) -> dict[UUID, Exception]:
    """Product by product, so that one that cannot be written keeps no other; give the events of those."""
    failures: dict[UUID, Exception] = {}
    for product, events in by_product.items():
        try:
            await project_availability(connections, [product])
        except PyMongoError as error:
            failures.update(dict.fromkeys(events, error))
    return failures
