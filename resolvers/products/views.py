"""Looking at products: counted for the shop, and remembered for those who are signed in."""

from typing import Annotated

import strawberry

from datasources.products import records
from datasources.products.catalogue_errors import UnknownProduct
from datasources.workflows.product_views import record_view
from resolvers.context import Info
from resolvers.mutations import acting, entity, mutation, user_errors
from resolvers.permissions import Permission
from resolvers.products.missing import ProductNotFoundError
from resolvers.products.nodes import find_product
from resolvers.products.types import Product
from resolvers.relay import key_of


@strawberry.input(description="A product that somebody looks at.")
class RecordProductViewInput:
    product_id: strawberry.ID = strawberry.field(description="The product's global id.")


RecordProductViewError = Annotated[
    ProductNotFoundError,
    strawberry.union("RecordProductViewError", description="Why `recordProductView` did nothing."),
]


@strawberry.type(description="What `recordProductView` answers.")
class RecordProductViewPayload:
    product: records.Product | None = entity(Product, "The product that was looked at.")
    user_errors: list[RecordProductViewError] = user_errors()


@strawberry.type
class ProductViewMutations:
    @mutation(
        requires=Permission.PUBLIC,
        at={ProductNotFoundError: "productId"},
        description="Count that somebody looks at a product's page, and remember it for `User.recentlyViewed`. "
        "Within half an hour a viewer counts once: a user, and a guest by the address.",
    )
    async def record_product_view(
        self, info: Info, input: RecordProductViewInput
    ) -> RecordProductViewPayload:
        key = key_of(input.product_id, "Product")
        product = await find_product(info, key)
        if product is None:
            raise UnknownProduct(key)
        await record_view(
            info.context.connections, product_id=key, guest_token=info.context.cart_token, **acting(info)
        )
        return RecordProductViewPayload(product=product)
