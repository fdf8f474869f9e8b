"""Alerts that staff have seen."""

from typing import Annotated

import strawberry

from datasources.inventory import records
from datasources.inventory.commands import alerts
from resolvers.context import Info
from resolvers.inventory.alerts import StockAlert
from resolvers.inventory.entries import acting_staff
from resolvers.inventory.problems import StockAlertNotFoundError
from resolvers.mutations import entity, mutation, user_errors
from resolvers.permissions import Permission
from resolvers.relay import uuid_of


@strawberry.input(description="An alert that you have seen.")
class AcknowledgeStockAlertInput:
    alert_id: strawberry.ID = strawberry.field(description="The alert's global id.")


AcknowledgeStockAlertError = Annotated[
    StockAlertNotFoundError,
    strawberry.union("AcknowledgeStockAlertError", description="Why `acknowledgeStockAlert` did nothing."),
]


@strawberry.type(description="What `acknowledgeStockAlert` answers.")
class AcknowledgeStockAlertPayload:
    alert: records.StockAlert | None = entity(StockAlert, "The alert, with who has seen it first.")
    user_errors: list[AcknowledgeStockAlertError] = user_errors()


@strawberry.type
class StockAlertMutations:
    @mutation(
        requires=Permission.WRITE_INVENTORY,
        at={StockAlertNotFoundError: "alertId"},
        description="Say that you have seen an alert. It stays open until there is more in stock.",
    )
    async def acknowledge_stock_alert(
        self, info: Info, input: AcknowledgeStockAlertInput
    ) -> AcknowledgeStockAlertPayload:
        alert = await alerts.acknowledge_alert(
            info.context.connections.inventory,
            alert_id=uuid_of(input.alert_id, "StockAlert"),
            **acting_staff(info),
        )
        return AcknowledgeStockAlertPayload(alert=alert)
