"""Cancelling an order: by its customer until it is packed, by staff until it is handed to a carrier."""

from typing import Annotated
from uuid import UUID

import strawberry

from datasources.orders.commands.cancellations import BY_CUSTOMER, BY_STAFF
from datasources.workflows.cancellations import cancel_order
from resolvers.context import Info
from resolvers.entries import Entries
from resolvers.means import means_of
from resolvers.mutations import InvalidInputError, mutation, user_errors
from resolvers.orders.access import ORDER_TOKEN, order_to_change
from resolvers.orders.problems import OrderNotFoundError
from resolvers.orders.refund_problems import OrderNotCancellableError
from resolvers.orders.types import Order
from resolvers.payments.problems import PaymentProviderNotSetUpError
from resolvers.permissions import Permission
from resolvers.relations import one

MOST_OF_REASON = 500
NO_REASON = "Cancelled at the customer's request."


@strawberry.input(description="An order to be cancelled.")
class CancelOrderInput:
    order_id: strawberry.ID = strawberry.field(description="The order's global id.")
    order_token: str | None = strawberry.field(default=None, description=ORDER_TOKEN)
    reason: str | None = strawberry.field(default=None, description="Why.")


CancelOrderError = Annotated[
    InvalidInputError | OrderNotFoundError | OrderNotCancellableError | PaymentProviderNotSetUpError,
    strawberry.union("CancelOrderError", description="Why `cancelOrder` cancelled nothing."),
]


@strawberry.type(description="What `cancelOrder` answers.")
class CancelOrderPayload:
    order: Order | None = one(
        lambda loaders: loaders.orders.by_id,
        "order_id",
        description="The order as it is now. Its `paymentStatus` says whether the money is on its way back already.",
    )
    order_id: strawberry.Private[UUID | None] = None
    user_errors: list[CancelOrderError] = user_errors()


@strawberry.type
class CancellationMutations:
    @mutation(
        requires=Permission.PUBLIC,
        at={
            OrderNotFoundError: "orderId",
            OrderNotCancellableError: "orderId",
            PaymentProviderNotSetUpError: "orderId",
        },
        description="Cancel an order: its goods go back to stock, its coupons may be used again, and what was paid is"
        " paid back. Its customer may do so until it is packed, and while its payment waits for what they have to do;"
        " staff with the permission orders:write until it is handed to a carrier. Sent twice it is done once.",
    )
    async def cancel_order(self, info: Info, input: CancelOrderInput) -> CancelOrderPayload:
        entries = Entries()
        reason = entries.optional(input.reason, "reason", most=MOST_OF_REASON) or NO_REASON
        entries.check()
        order = await order_to_change(info, input.order_id, input.order_token, staff=Permission.WRITE_ORDERS)
        viewer = info.context.viewer
        await cancel_order(
            means_of(info),
            order_id=order.id,
            allowed=BY_STAFF if viewer.may(Permission.WRITE_ORDERS) else BY_CUSTOMER,
            reason=reason,
            actor_id=viewer.user_id,
        )
        return CancelOrderPayload(order_id=order.id)
