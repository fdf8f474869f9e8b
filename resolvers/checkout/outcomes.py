"""How a checkout ends, or where it stands: the order is placed, the customer has to act, or it is being processed."""

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from datasources.workflows import checkouts
from resolvers.orders.types import Order
from resolvers.relations import one
from resolvers.relay import source_is

if TYPE_CHECKING:
    from resolvers.payments.types import Payment

HOW_TO_SEE_IT_AGAIN = (
    "What a guest shows to see the order again, with its number: `order(number:, token:)`. Keep it: it is a secret, and"
    " it is kept as a hash only. Null for an account's order."
)


@strawberry.type(description="The order is placed and paid.")
class OrderPlaced:
    is_type_of = source_is(checkouts.OrderPlaced)

    order: Order | None = one(lambda loaders: loaders.orders.by_id, "order_id", description="The order.")
    order_token: str | None = strawberry.field(description=HOW_TO_SEE_IT_AGAIN)
    order_id: strawberry.Private[UUID]


@strawberry.type(
    description="The customer has to do something for the payment, such as 3-D Secure: see `payment.nextAction`. Then"
    " send the same again, with the same key. Until then the goods are held for half an hour."
)
class PaymentActionRequired:
    is_type_of = source_is(checkouts.ActionRequired)

    order: Order | None = one(
        lambda loaders: loaders.orders.by_id,
        "order_id",
        description="The order, which waits for its payment.",
    )
    payment: Annotated["Payment", strawberry.lazy("resolvers.payments.types")] | None = one(
        lambda loaders: loaders.payments.by_id, "payment_id", description="The payment."
    )
    order_token: str | None = strawberry.field(description=HOW_TO_SEE_IT_AGAIN)
    order_id: strawberry.Private[UUID]
    payment_id: strawberry.Private[UUID]


@strawberry.type(
    description="The outcome is not known yet, because something that has to be asked is slow or down. It goes on by"
    " itself; send the same again, with the same key, to learn of it. Nothing is charged twice."
)
class CheckoutProcessing:
    is_type_of = source_is(checkouts.StillProcessing)

    retry_after: int = strawberry.field(description="In how many seconds to send the same again.")


CheckoutOutcome = Annotated[
    OrderPlaced | PaymentActionRequired | CheckoutProcessing,
    strawberry.union("CheckoutOutcome", description="How a checkout has ended, or where it stands."),
]
