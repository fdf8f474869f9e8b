"""Changes variants, and the SKU under which their stock is counted with them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from datasources.core.errors import ServiceUnavailable
from datasources.inventory.commands.items import rename_item
from datasources.products.commands.variants import update_variant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from datasources.core.connections import Connections
    from datasources.products.records import Product

logger = logging.getLogger("datasources.variant_changes")


async def change_variant(
    connections: Connections,
    *,
    variant_id: UUID,
    version: int | None,
    changes: Mapping[str, Any],
    actor_id: UUID | None,
    now: datetime,
) -> Product:
    """Change a variant as `update_variant` does; its inventory item follows its SKU.

    The change is done when the catalogue has it. An item that cannot be reached keeps its old SKU until the next one.

    Raises:
        InvalidValues, UnknownVariant, VersionConflict, SkuTaken, LastVariant: as of `update_variant`.
        ServiceUnavailable: the product database is down.
    """
    product = await update_variant(
        connections.products,
        variant_id=variant_id,
        version=version,
        changes=changes,
        actor_id=actor_id,
        now=now,
    )
    if "sku" in changes:
        sku = next(variant.sku for variant in product.all_variants if variant.id == variant_id)
        try:
            await rename_item(
                connections.inventory, variant_id=variant_id, sku=sku, actor_id=actor_id, now=now
            )
        except ServiceUnavailable as error:
            logger.warning("The inventory item of variant %s keeps its old SKU: %s", variant_id, error)
    return product
