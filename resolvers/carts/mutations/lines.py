"""What is in a cart: added, more or less of it, and taken out."""

from datetime import UTC, datetime
from typing import Annotated, Any

import strawberry

from datasources.carts import records
from datasources.carts.commands import lines
from datasources.workflows import cart_changes
from resolvers.carts.entries import (
    AddedCartLineInput,
    ChangedCartLineInput,
    read_added,
    read_changed,
    read_removed,
)
from resolvers.carts.owners import EXPECTED_VERSION, WHOSE, aim, kept_in, owner_of
from resolvers.carts.problems import (
    CartLineNotFoundError,
    CartNotFoundError,
    CartVariantNotFoundError,
    OtherCurrencyError,
    TooManyLinesError,
    TooManyOfOneError,
    VariantNotSoldError,
)
from resolvers.carts.types import Cart
from resolvers.conflicts import VersionConflictError
from resolvers.context import Info
from resolvers.mutations import InvalidInputError, entity, mutation, user_errors
from resolvers.permissions import Permission

AS_IT_IS = "The cart as it is now."


@strawberry.input(description="What is to be added to a cart.")
class AddToCartInput:
    lines: list[AddedCartLineInput] = strawberry.field(description="What, and how much of it.")
    cart_token: str | None = strawberry.field(default=None, description=WHOSE)
    expected_version: int | None = strawberry.field(default=None, description=EXPECTED_VERSION)


AddToCartError = Annotated[
    InvalidInputError
    | CartVariantNotFoundError
    | VariantNotSoldError
    | OtherCurrencyError
    | TooManyLinesError
    | TooManyOfOneError
    | VersionConflictError,
    strawberry.union("AddToCartError", description="Why `addToCart` did nothing."),
]


@strawberry.type(description="What `addToCart` answers.")
class AddToCartPayload:
    cart: records.Cart | None = entity(Cart, AS_IT_IS)
    cart_token: str | None = entity(
        str,
        "The secret that opens the guest's cart which has just begun; keep it, since it is shown only here. Null if "
        "the cart was there before, or belongs to an account.",
    )
    user_errors: list[AddToCartError] = user_errors()


@strawberry.input(description="How much there is to be of what is in a cart.")
class UpdateCartLinesInput:
    lines: list[ChangedCartLineInput] = strawberry.field(
        description="The lines to change; the others stay as they are."
    )
    cart_token: str | None = strawberry.field(default=None, description=WHOSE)
    expected_version: int | None = strawberry.field(default=None, description=EXPECTED_VERSION)


UpdateCartLinesError = Annotated[
    InvalidInputError | CartNotFoundError | CartLineNotFoundError | TooManyOfOneError | VersionConflictError,
    strawberry.union("UpdateCartLinesError", description="Why `updateCartLines` did nothing."),
]


@strawberry.type(description="What `updateCartLines` answers.")
class UpdateCartLinesPayload:
    cart: records.Cart | None = entity(Cart, AS_IT_IS)
    user_errors: list[UpdateCartLinesError] = user_errors()


@strawberry.input(description="What is to be taken out of a cart.")
class RemoveFromCartInput:
    variant_ids: list[strawberry.ID] = strawberry.field(
        description="The variants' global ids: `CartLine.variantId`. What is not in the cart does not matter."
    )
    cart_token: str | None = strawberry.field(default=None, description=WHOSE)
    expected_version: int | None = strawberry.field(default=None, description=EXPECTED_VERSION)


RemoveFromCartError = Annotated[
    InvalidInputError | CartNotFoundError | VersionConflictError,
    strawberry.union("RemoveFromCartError", description="Why `removeFromCart` did nothing."),
]


@strawberry.type(description="What `removeFromCart` answers.")
class RemoveFromCartPayload:
    cart: records.Cart | None = entity(Cart, AS_IT_IS)
    user_errors: list[RemoveFromCartError] = user_errors()


@strawberry.input(description="Which cart is to be emptied.")
class ClearCartInput:
    cart_token: str | None = strawberry.field(default=None, description=WHOSE)
    expected_version: int | None = strawberry.field(default=None, description=EXPECTED_VERSION)


ClearCartError = Annotated[
    CartNotFoundError | VersionConflictError,
    strawberry.union("ClearCartError", description="Why `clearCart` did nothing."),
]


@strawberry.type(description="What `clearCart` answers.")
class ClearCartPayload:
    cart: records.Cart | None = entity(Cart, AS_IT_IS)
    user_errors: list[ClearCartError] = user_errors()


# Where in each input these errors belong.
_AT: dict[Any, str] = {CartNotFoundError: "cartToken", VersionConflictError: "expectedVersion"}


@strawberry.type
class CartLineMutations:
    @mutation(
        requires=Permission.PUBLIC,
        at={
            CartVariantNotFoundError: "lines",
            VariantNotSoldError: "lines",
            OtherCurrencyError: "lines",
            TooManyLinesError: "lines",
            TooManyOfOneError: "lines",
            VersionConflictError: "expectedVersion",
        },
        description="Add to a cart, at today's prices; of what is in it already there is more then. A guest who has no "
        "cart gets one, and its token. More than is in stock may be added: it shows in `Cart.problems`.",
    )
    async def add_to_cart(self, info: Info, input: AddToCartInput) -> AddToCartPayload:
        filled = await cart_changes.add_to_cart(
            info.context.connections,
            owner_of(info, input.cart_token),
            wanted=read_added(input.lines),
            expected_version=input.expected_version,
            now=datetime.now(UTC),
        )
        return AddToCartPayload(cart=filled.cart, cart_token=filled.token)

    @mutation(
        requires=Permission.PUBLIC,
        at={**_AT, CartLineNotFoundError: "lines", TooManyOfOneError: "lines"},
        description="Set how many units lines of a cart have.",
    )
    async def update_cart_lines(self, info: Info, input: UpdateCartLinesInput) -> UpdateCartLinesPayload:
        quantities = read_changed(input.lines)
        cart = await lines.change_quantities(*kept_in(info), **aim(info, input), quantities=quantities)
        return UpdateCartLinesPayload(cart=cart)

    @mutation(requires=Permission.PUBLIC, at=_AT, description="Take lines out of a cart.")
    async def remove_from_cart(self, info: Info, input: RemoveFromCartInput) -> RemoveFromCartPayload:
        variant_ids = read_removed(input.variant_ids)
        cart = await lines.remove_lines(*kept_in(info), **aim(info, input), variant_ids=variant_ids)
        return RemoveFromCartPayload(cart=cart)

    @mutation(
        requires=Permission.PUBLIC,
        at=_AT,
        description="Empty a cart: lines, coupons, and what was said of the order go.",
    )
    async def clear_cart(self, info: Info, input: ClearCartInput) -> ClearCartPayload:
        return ClearCartPayload(cart=await lines.clear_cart(*kept_in(info), **aim(info, input)))
