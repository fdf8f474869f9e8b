"""The five services that keep rows in PostgreSQL, with their tables as declared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasources.carts.tables import metadata as carts
from datasources.inventory.tables import metadata as inventory
from datasources.orders.tables import metadata as orders
from datasources.payments.providers.sandbox_tables import sandbox_payments
from datasources.users.tables import metadata as users

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import MetaData

METADATA: Mapping[str, MetaData] = {
    "users": users,
    "inventory": inventory,
    "carts": carts,
    "orders": orders,
    "payments": sandbox_payments.metadata,  # the service's own, with the sandbox's tables
}
SERVICES = tuple(METADATA)
