"""Alerts that staff have seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from datasources.inventory.errors import UnknownAlert
from datasources.inventory.listed import ALERT_COLUMNS
from datasources.inventory.records import StockAlert
from datasources.inventory.tables import low_stock_alerts

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from datasources.core.databases import Database


async def acknowledge_alert(
    database: Database, *, alert_id: UUID, actor_id: UUID, now: datetime
) -> StockAlert:
    """Say that somebody has seen an alert; whoever saw it first stays.

    It stays open until there is more in stock.

    Raises:
        UnknownAlert: there is none.
        ServiceUnavailable: the inventory database is down.
    """
    async with database.transaction() as transaction:
        await transaction.execute(
            update(low_stock_alerts)
            .where(low_stock_alerts.c.id == alert_id, ~low_stock_alerts.c.is_acknowledged)
            .values(is_acknowledged=True, acknowledged_by=actor_id, acknowledged_at=now)
        )
        found = await transaction.execute(select(*ALERT_COLUMNS).where(low_stock_alerts.c.id == alert_id))
        row = found.mappings().one_or_none()
        if row is None:
            raise UnknownAlert(alert_id)
        return StockAlert(**row)
