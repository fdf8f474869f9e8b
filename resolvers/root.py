"""The root of the schema: every domain's queries and mutations, and any object by its global id."""

from collections.abc import Awaitable
from typing import Annotated, Any, Optional

import strawberry

from resolvers.carts import nodes as cart_nodes
from resolvers.carts.mutations import CartMutations
from resolvers.carts.queries import CartQueries
from resolvers.carts.types import CART_TYPES
from resolvers.checkout.mutations import CheckoutMutations
from resolvers.context import Info
from resolvers.inventory import nodes as inventory_nodes
from resolvers.inventory.adjustments import StockAdjustment
from resolvers.inventory.alerts import StockAlert
from resolvers.inventory.items import InventoryItem
from resolvers.inventory.mutations import InventoryMutations
from resolvers.inventory.queries import InventoryQueries
from resolvers.inventory.types import Warehouse
from resolvers.notifications import nodes as notification_nodes
from resolvers.notifications.types import Notification
from resolvers.orders import nodes as order_nodes
from resolvers.orders.coupons import Coupon, CouponQueries
from resolvers.orders.mutations import OrderMutations
from resolvers.orders.queries import OrderQueries
from resolvers.orders.types import Order
from resolvers.payments import nodes as payment_nodes
from resolvers.payments.mutations import PaymentMutations
from resolvers.payments.queries import PaymentQueries
from resolvers.payments.types import Payment, PaymentMethod, Refund
from resolvers.problems import BadInput
from resolvers.products import nodes as product_nodes
from resolvers.products.attributes import AttributeQueries
from resolvers.products.brands import Brand
from resolvers.products.categories import Category
from resolvers.products.mutations import CatalogueMutations
from resolvers.products.queries import ProductQueries
from resolvers.products.suggestions import SuggestionQueries
from resolvers.products.types import Product, ProductVariant
from resolvers.products.views import ProductViewMutations
from resolvers.relay import InvalidId, Node, NodeFinder, split_global_id
from resolvers.reviews import nodes as review_nodes
from resolvers.reviews.mutations import ReviewMutations
from resolvers.reviews.queries import ReviewQueries
from resolvers.reviews.types import Review
from resolvers.users import nodes as user_nodes
from resolvers.users.mutations import UserMutations
from resolvers.users.queries import UserQueries
from resolvers.users.types import Address, User

MOST_IDS = 100

# Fields may name an interface alone, so the schema is told of the types behind it.
NODE_TYPES = (
    *CART_TYPES,
    Address,
    Brand,
    Category,
    Coupon,
    InventoryItem,
    Notification,
    Order,
    Payment,
    PaymentMethod,
    Product,
    ProductVariant,
    Refund,
    Review,
    StockAdjustment,
    StockAlert,
    User,
    Warehouse,
)

FINDERS: dict[str, NodeFinder] = {
    **user_nodes.NODES,
    **product_nodes.NODES,
    **review_nodes.NODES,
    **inventory_nodes.NODES,
    **cart_nodes.NODES,
    **order_nodes.NODES,
    **payment_nodes.NODES,
    **notification_nodes.NODES,
}


@strawberry.type
class NodeQueries:
    @strawberry.field(
        graphql_type=Optional[Node],  # noqa: UP045  # a GraphQL type, not an annotation
        description="The object with this global id; null if there is none, or none that you may see.",
    )
    async def node(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its global id.")]
    ) -> Any:
        return await find_node(info, id)

    @strawberry.field(
        graphql_type=list[Optional[Node]],  # noqa: UP045  # a GraphQL type, not an annotation
        description="The objects with these global ids, in the same order, with null for each that is not"
        " found or that you may not see.",
    )
    def nodes(
        self,
        info: Info,
        ids: Annotated[
            list[strawberry.ID], strawberry.argument(description=f"Their global ids; at most {MOST_IDS}.")
        ],
    ) -> list[Awaitable[Any]]:
        if len(ids) > MOST_IDS:
            message = f"Ask for at most {MOST_IDS} objects at a time."
            raise BadInput(message, field="ids")
        # Each item is awaited by itself, so that a service that is down costs only its own objects.
        return [find_node(info, given) for given in ids]


@strawberry.type(description="Everything that can be read.")
class Query(
    NodeQueries,
    UserQueries,
    InventoryQueries,
    ProductQueries,
    AttributeQueries,
    SuggestionQueries,
    CartQueries,
    OrderQueries,
    CouponQueries,
    PaymentQueries,
    ReviewQueries,
):
    pass


@strawberry.type(
    description="Everything that can be changed. Each mutation takes one `input` and answers with what it "
    "changed, or with `userErrors` that say why it changed nothing."
)
class Mutation(
    UserMutations,
    ProductViewMutations,
    ReviewMutations,
    CatalogueMutations,
    InventoryMutations,
    OrderMutations,
    PaymentMutations,
    CartMutations,
    CheckoutMutations,
):
    pass


async def find_node(info: Info, id: str) -> Any:
    """The object with this global id, or None where there is none that the viewer may see.

    Raises:
        InvalidId: this schema never gave such an id out.
    """
    type_name, key = split_global_id(id)
    finder = FINDERS.get(type_name)
    if finder is None:
        raise InvalidId(id)
    return await finder(info, key)
