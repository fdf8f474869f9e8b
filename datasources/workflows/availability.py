"""Brings what products say of their availability up to date, after whatever moves stock."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Protocol, TypeVar

from pymongo.errors import PyMongoError

from datasources.core.errors import ServiceUnavailable
from datasources.inventory.queries import items_of_products
from datasources.products.availability import VariantStock, keep_availability

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from datasources.core.connections import Connections

logger = logging.getLogger("datasources.availability")


class _Moved(Protocol):
    """What commands of the inventory answer with: they say which products' stock it was."""

    @property
    def product_ids(self) -> tuple[str, ...]:
        """The products."""


M = TypeVar("M", bound=_Moved)


async def with_availability(connections: Connections, command: Awaitable[M]) -> M:
    """Do a command of the inventory, and bring its products up to date; the answer is the command's.

    The command is done when its own transaction is. If the products cannot be reached then they are left behind until
    something moves them again, or the command's event is relayed: the availability in a product decides on nothing.
    """
    moved = await command
    try:
        await project_availability(connections, moved.product_ids)
    except (ServiceUnavailable, PyMongoError) as error:
        logger.warning("The availability of %d products is out of date: %s", len(moved.product_ids), error)
    return moved


async def project_availability(connections: Connections, product_ids: Sequence[str]) -> None:
    """Write the stock of all variants of these products, as it is now, into their documents.

    Raises:
        ServiceUnavailable: the inventory or the product database is down.
    """
    if not product_ids:
        return
    items = await items_of_products(connections.inventory, product_ids)
    await keep_availability(
        connections.products,
        [
            VariantStock(
                variant_id=item.variant_id,
                product_id=item.product_id,
                available=item.available,
                allows_backorder=item.allows_backorder,
                version=item.version,
            )
            for item in items
        ],
    )
