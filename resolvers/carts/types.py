"""The types of a cart: itself, its lines, and what stands in the way of buying it."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from datasources.carts import records
from datasources.core.errors import ServiceUnavailable
from datasources.workflows import cart_views
from resolvers.context import Info
from resolvers.relations import one
from resolvers.relay import Node, id_field, source_is
from resolvers.scalars import Money, Url, money_field
from resolvers.users.visibility import may_see_user

if TYPE_CHECKING:
    from resolvers.products.types import Product, ProductVariant
    from resolvers.users.types import User


async def _name(root: records.CartLine, info: Info) -> str:
    try:
        product = await info.context.loaders.products.by_id.load(root.product_id)
    except ServiceUnavailable:
        product = None
    return product.name if product is not None else root.name or root.sku


@strawberry.type(description="So many pieces of one variant in a cart, at today's price.")
class CartLine:
    sku: str = strawberry.field(description="The variant's stock keeping unit.")
    name: str = strawberry.field(
        resolver=_name,
        description="The product's name; as it was when it was added where the product is gone.",
    )
    image_url: Url | None = strawberry.field(description="The image as it was when the line was added.")
    quantity: int = strawberry.field(description="How many pieces.")
    unit_price: Money = money_field(
        "unit_price", description="The price of one piece today, or the last one known."
    )
    subtotal: Money = money_field("subtotal", description="The price of all pieces.")
    added_at: datetime = strawberry.field(description="When it was added.")
    product: Annotated["Product", strawberry.lazy("resolvers.products.types")] | None = one(
        lambda loaders: loaders.products.by_id, "product_id", description="The product, if it still is."
    )
    variant: Annotated["ProductVariant", strawberry.lazy("resolvers.products.types")] | None = one(
        lambda loaders: loaders.products.variant_by_id,
        "variant_id",
        description="The variant, if it still is.",
    )


@strawberry.interface(
    description="Something that stands in the way of buying one line. The rest of the cart is not affected."
)
class CartProblem:
    message: str = strawberry.field(description="The problem in words, for the customer.")
    sku: str = strawberry.field(description="The stock keeping unit of the line.")
    line: CartLine = strawberry.field(description="The line.")


@strawberry.type(description="Fewer pieces are available than the line asks for.")
class OutOfStock(CartProblem):
    is_type_of = source_is(cart_views.OutOfStock)

    requested: int = strawberry.field(description="How many pieces the line asks for.")
    available: int = strawberry.field(description="How many can be had.")


@strawberry.type(description="The price is another than the customer last saw.")
class PriceChanged(CartProblem):
    is_type_of = source_is(cart_views.PriceChanged)

    old_price: Money = strawberry.field(description="The price of one piece that the customer last saw.")
    new_price: Money = strawberry.field(description="The price of one piece today.")


@strawberry.type(description="The product or the variant is not on sale any more.")
class NoLongerSold(CartProblem):
    is_type_of = source_is(cart_views.NoLongerSold)


async def _lines(root: records.Cart, info: Info) -> Any:
    return await cart_views.fresh_lines(info.context.loaders, root)


async def _problems(root: records.Cart, info: Info) -> Any:
    return await cart_views.find_problems(info.context.loaders, root)


async def _subtotal(root: records.Cart, info: Info) -> Any:
    return (await cart_views.fresh_totals(info.context.loaders, root)).subtotal


async def _discount(root: records.Cart, info: Info) -> Any:
    return (await cart_views.fresh_totals(info.context.loaders, root)).discount


async def _total(root: records.Cart, info: Info) -> Any:
    return (await cart_views.fresh_totals(info.context.loaders, root)).total


@strawberry.type(description="What a customer or a guest is about to buy, at today's prices.")
class Cart(Node):
    is_type_of = source_is(records.Cart)

    id: strawberry.ID = id_field("Cart")
    version: int = strawberry.field(description="One more with every change of the cart.")
    lines: list[CartLine] = strawberry.field(
        resolver=_lines, description="Its lines, in the order in which they were added."
    )
    subtotal: Money = strawberry.field(resolver=_subtotal, description="The sum of the lines.")
    discount: Money = strawberry.field(resolver=_discount, description="What the coupons take off.")
    total: Money = strawberry.field(
        resolver=_total,
        description="What it costs: subtotal - discount. Tax and shipping come with the order.",
    )
    coupon_codes: list[str] = strawberry.field(description="The coupons, in the order they were given.")
    problems: list[CartProblem] = strawberry.field(
        resolver=_problems,
        description="What stands in the way of buying it as it is. Checking out checks again.",
    )
    created_at: datetime = strawberry.field(description="When it was begun.")
    updated_at: datetime = strawberry.field(description="When it last changed.")
    expires_at: datetime | None = strawberry.field(
        description="When it will be given up, unless it changes before."
    )
    owner: Annotated["User", strawberry.lazy("resolvers.users.types")] | None = one(
        lambda loaders: loaders.users.by_id,
        "user_id",
        visible=may_see_user,
        description="Whose it is; null for a guest's cart.",
    )


# The schema is told of them: fields name the problems' interface alone.
CART_TYPES = (Cart, OutOfStock, PriceChanged, NoLongerSold)
