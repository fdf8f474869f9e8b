"""Takes back what was reserved too long, and brings the products that it was of up to date."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from pymongo.errors import PyMongoError
from sqlalchemy.exc import IntegrityError

from datasources.core.errors import DatasourceError, ServiceUnavailable
from datasources.inventory.commands.expiries import (
    MOST_ORDERS,
    expire_order,
    expire_reservations,
    overdue_orders,
)
from datasources.workflows.availability import project_availability

if TYPE_CHECKING:
    from datetime import datetime

    from datasources.core.connections import Connections
    from datasources.core.databases import Database
    from datasources.inventory.records import Reservation

logger = logging.getLogger("datasources.expired_reservations")


async def sweep_reservations(
    connections: Connections, *, now: datetime, most: int = MOST_ORDERS
) -> tuple[Reservation, ...]:
    """Take back what up to `most` orders hold past its time, as `expire_reservations` does; project what is free again.

    If that fails then each order is tried alone, so that one that cannot be taken back keeps no other. Where the
    products cannot be reached they are left behind until something moves them again.

    Raises:
        ServiceUnavailable: the inventory database is down.
    """
    try:
        expired = await expire_reservations(connections.inventory, now=now, most=most)
    except ServiceUnavailable:
        raise
    except (DatasourceError, IntegrityError):
        expired = await _one_by_one(connections.inventory, now=now, most=most)
    products = list(dict.fromkeys(product for each in expired for product in each.product_ids))
    try:
        await project_availability(connections, products)
    except (ServiceUnavailable, PyMongoError) as error:
        logger.warning("The availability of %d products is out of date: %s", len(products), error)
    return expired


async def _one_by_one(inventory: Database, *, now: datetime, most: int) -> tuple[Reservation, ...]:
    expired: list[Reservation] = []
    for order in await overdue_orders(inventory, now=now, most=most):
        try:
            expired += await expire_order(inventory, order_id=order, now=now)
        except ServiceUnavailable:
            raise
        except (DatasourceError, IntegrityError):
            logger.exception("What order %s holds past its time could not be taken back.", order)
    return tuple(expired)
