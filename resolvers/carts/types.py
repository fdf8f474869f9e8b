"""The types of a cart: itself, its lines, and what stands in the way of buying it."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from datasources.carts import records
from datasources.core.errors import ServiceUnavailable
from datasources.workflows import cart_views
from datasources.workflows.quotes import quote_cart
from resolvers.carts.coupons import CouponProblem
from resolvers.context import Info
from resolvers.declarations import DECLARATION, Computed
from resolvers.relations import one
from resolvers.relay import Node, global_id, id_field, source_is
from resolvers.scalars import Money, Url, money_field
from resolvers.users.visibility import may_see_user

if TYPE_CHECKING:
    from resolvers.checkout.types import Checkout
    from resolvers.products.types import Product, ProductVariant
    from resolvers.users.types import User


async def _name(root: records.CartLine, info: Info) -> str:
    try:
        product = await info.context.loaders.products.by_id.load(root.product_id)
    except ServiceUnavailable:
        product = None
    return product.name if product is not None else root.name or root.sku


def _variant_id(root: records.CartLine) -> strawberry.ID:
    return strawberry.ID(global_id("ProductVariant", root.variant_id))


@strawberry.type(description="A line of a cart: one variant and its quantity, at today's price.")
class CartLine:
    variant_id: strawberry.ID = strawberry.field(
        resolver=_variant_id,
        description="The variant's global id, by which the line is changed, whether or not the variant still exists.",
        metadata={DECLARATION: Computed(value=_variant_id)},
    )
    sku: str = strawberry.field(description="The variant's stock keeping unit.")
    name: str = strawberry.field(
        resolver=_name,
        description="The product's current name, or, if the product no longer exists, its name when the "
        "line was added.",
    )
    image_url: Url | None = strawberry.field(description="The product's image when the line was added.")
    quantity: int = strawberry.field(description="How many units.")
    unit_price: Money = money_field(
        "unit_price", description="Today's price of one unit, or the last one known."
    )
    subtotal: Money = money_field("subtotal", description="The price of all units.")
    added_at: datetime = strawberry.field(description="When the line was added.")
    product: Annotated["Product", strawberry.lazy("resolvers.products.types")] | None = one(
        lambda loaders: loaders.products.by_id, "product_id", description="The product, if it still exists."
    )
    variant: Annotated["ProductVariant", strawberry.lazy("resolvers.products.types")] | None = one(
        lambda loaders: loaders.products.variant_by_id,
        "variant_id",
        description="The variant, if it still exists.",
    )


@strawberry.interface(
    description="Something that prevents one line from being bought as it is. The other lines are not"
    " affected."
)
class CartProblem:
    message: str = strawberry.field(description="The problem in words, for the customer.")
    sku: str = strawberry.field(description="The stock keeping unit of the line.")
    line: CartLine = strawberry.field(description="The line.")


@strawberry.type(description="Fewer units are available than the line asks for.")
class OutOfStock(CartProblem):
    is_type_of = source_is(cart_views.OutOfStock)

    requested: int = strawberry.field(description="How many units the line asks for.")
    available: int = strawberry.field(description="How many units are available.")


@strawberry.type(description="The price differs from the one that the customer last saw.")
class PriceChanged(CartProblem):
    is_type_of = source_is(cart_views.PriceChanged)

    old_price: Money = strawberry.field(description="The price of one unit that the customer last saw.")
    new_price: Money = strawberry.field(description="The price of one unit today.")


@strawberry.type(description="The product or the variant is no longer sold.")
class NoLongerSold(CartProblem):
    is_type_of = source_is(cart_views.NoLongerSold)


async def _lines(root: records.Cart, info: Info) -> Any:
    return await cart_views.fresh_lines(info.context.loaders, root)


async def _problems(root: records.Cart, info: Info) -> Any:
    return await cart_views.find_problems(info.context.loaders, root)


async def _coupon_problems(root: records.Cart, info: Info) -> Any:
    return await cart_views.find_coupon_problems(info.context.loaders, root, now=datetime.now(UTC))


async def _checkout(root: records.Cart, info: Info) -> Any:
    if not root.lines:
        return None
    context = info.context
    return await quote_cart(context.loaders, root, rules=context.rules, now=datetime.now(UTC))


async def _subtotal(root: records.Cart, info: Info) -> Any:
    return await cart_views.fresh_subtotal(info.context.loaders, root)


async def _discount(root: records.Cart, info: Info) -> Any:
    return (await cart_views.fresh_totals(info.context.loaders, root, now=datetime.now(UTC))).discount


async def _total(root: records.Cart, info: Info) -> Any:
    return (await cart_views.fresh_totals(info.context.loaders, root, now=datetime.now(UTC))).total


@strawberry.type(description="What a customer or a guest is about to buy, at today's prices.")
class Cart(Node):
    is_type_of = source_is(records.Cart)

    id: strawberry.ID = id_field("Cart")
    version: int = strawberry.field(description="A number that grows by one with every change to the cart.")
    lines: list[CartLine] = strawberry.field(
        resolver=_lines, description="Its lines, in the order in which they were added."
    )
    subtotal: Money = strawberry.field(resolver=_subtotal, description="The sum of the lines.")
    discount: Money = strawberry.field(
        resolver=_discount,
        description="The amount that the coupons take off today; those that do not count take nothing off.",
    )
    total: Money = strawberry.field(
        resolver=_total,
        description="The amount to pay: subtotal - discount. Tax and shipping are added by the order.",
    )
    coupon_codes: list[str] = strawberry.field(
        description="The coupon codes, in the order in which they were entered."
    )
    checkout: Annotated["Checkout", strawberry.lazy("resolvers.checkout.types")] | None = strawberry.field(
        resolver=_checkout,
        description="What it would cost as an order, with tax and shipping, and what is missing before it can be one;"
        " null for an empty cart. `prepareCheckout` says more of it.",
    )
    problems: list[CartProblem] = strawberry.field(
        resolver=_problems,
        description="What prevents the cart from being bought as it is. Everything is checked again at "
        "checkout.",
    )
    coupon_problems: list[CouponProblem] = strawberry.field(
        resolver=_coupon_problems,
        description="The coupons that do not count today, and why. Checking out may find more, such as that you have "
        "used one as often as you may.",
    )
    created_at: datetime = strawberry.field(description="When the cart was created.")
    updated_at: datetime = strawberry.field(description="When the cart last changed.")
    expires_at: datetime | None = strawberry.field(
        description="When the cart's working copy expires; every change to the cart extends it, and so does looking"
        " at a guest's. A guest's cart is then gone, while a customer's is restored from its durable copy. Null if no"
        " time is set."
    )
    owner: Annotated["User", strawberry.lazy("resolvers.users.types")] | None = one(
        lambda loaders: loaders.users.by_id,
        "user_id",
        visible=may_see_user,
        description="The customer whose cart it is; null for a guest's.",
    )


# The schema is told of them: fields name the problems' interface alone.
CART_TYPES = (Cart, OutOfStock, PriceChanged, NoLongerSold)
