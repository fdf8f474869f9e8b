"""Your own lists of products: what you wish for, and what you looked at."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import strawberry

from datasources.carts.commands import lists
from datasources.carts.keys import RECENTLY_VIEWED_MOST
from datasources.carts.limits import MOST_WISHED
from datasources.core.keyvalues import KeyValueStore
from datasources.products.catalogue_errors import UnknownProduct
from datasources.users import records
from resolvers.carts.problems import TooManyWishedError
from resolvers.context import Info
from resolvers.entries import Entries
from resolvers.mutations import InvalidInputError, entity, mutation, user_errors
from resolvers.permissions import Permission
from resolvers.products.missing import ProductNotFoundError
from resolvers.products.nodes import find_product
from resolvers.relay import key_of
from resolvers.users.types import User

# An ObjectId in hexadecimal.
MOST_OF_KEY = 24

PRODUCT_ID = "The product's global id."
YOU = "You, with your lists as they are now."


@strawberry.input(description="A product to remember.")
class AddToWishlistInput:
    product_id: strawberry.ID = strawberry.field(description=PRODUCT_ID)


AddToWishlistError = Annotated[
    ProductNotFoundError | TooManyWishedError,
    strawberry.union("AddToWishlistError", description="Why `addToWishlist` did nothing."),
]


@strawberry.type(description="What `addToWishlist` answers.")
class AddToWishlistPayload:
    user: records.User | None = entity(User, YOU)
    user_errors: list[AddToWishlistError] = user_errors()


@strawberry.input(description="A product to remember no longer.")
class RemoveFromWishlistInput:
    product_id: strawberry.ID = strawberry.field(description=PRODUCT_ID)


RemoveFromWishlistError = Annotated[
    InvalidInputError,
    strawberry.union("RemoveFromWishlistError", description="Why `removeFromWishlist` did nothing."),
]


@strawberry.type(description="What `removeFromWishlist` answers.")
class RemoveFromWishlistPayload:
    user: records.User | None = entity(User, YOU)
    user_errors: list[RemoveFromWishlistError] = user_errors()


@strawberry.input(description="Which products you looked at are to be forgotten.")
class ClearRecentlyViewedInput:
    product_ids: list[strawberry.ID] | None = strawberry.field(
        default=None,
        description=f"The products' global ids, at most {RECENTLY_VIEWED_MOST}. Left out, all are forgotten.",
    )


ClearRecentlyViewedError = Annotated[
    InvalidInputError,
    strawberry.union("ClearRecentlyViewedError", description="Why `clearRecentlyViewed` did nothing."),
]


@strawberry.type(description="What `clearRecentlyViewed` answers.")
class ClearRecentlyViewedPayload:
    user: records.User | None = entity(User, YOU)
    user_errors: list[ClearRecentlyViewedError] = user_errors()


@strawberry.type
class ProductListMutations:
    @mutation(
        requires=Permission.AUTHENTICATED,
        at={ProductNotFoundError: "productId", TooManyWishedError: "productId"},
        description=f"Put a product on your wishlist, which can have {MOST_WISHED}. One that is there stays in its "
        "place.",
    )
    async def add_to_wishlist(self, info: Info, input: AddToWishlistInput) -> AddToWishlistPayload:
        key = key_of(input.product_id, "Product")
        if await find_product(info, key) is None:
            raise UnknownProduct(key)
        await lists.add_to_wishlist(_store(info), user_id=_you(info), product_id=key, now=datetime.now(UTC))
        return AddToWishlistPayload(user=await _user(info))

    @mutation(
        requires=Permission.AUTHENTICATED,
        description="Take a product off your wishlist, whether or not it is there or still sold.",
    )
    async def remove_from_wishlist(
        self, info: Info, input: RemoveFromWishlistInput
    ) -> RemoveFromWishlistPayload:
        key = _read_keys([input.product_id], "productId")[0]
        await lists.remove_from_wishlist(_store(info), user_id=_you(info), product_id=key)
        return RemoveFromWishlistPayload(user=await _user(info))

    @mutation(
        requires=Permission.AUTHENTICATED,
        description="Forget which products you looked at. Their counts of views stay.",
    )
    async def clear_recently_viewed(
        self, info: Info, input: ClearRecentlyViewedInput
    ) -> ClearRecentlyViewedPayload:
        keys = None if input.product_ids is None else _read_keys(input.product_ids, "productIds")
        await lists.clear_recently_viewed(_store(info), user_id=_you(info), product_ids=keys)
        return ClearRecentlyViewedPayload(user=await _user(info))


def _store(info: Info) -> KeyValueStore:
    return info.context.connections.carts


def _you(info: Info) -> UUID:
    return info.context.viewer.account_id


async def _user(info: Info) -> records.User | None:
    return await info.context.loaders.users.by_id.load(_you(info))


def _read_keys(given: Sequence[str], at: str) -> list[str]:
    entries = Entries()
    keys = [key_of(each, "Product") for each in given]
    if not keys:
        entries.refuse(at, "REQUIRED", "This may not be empty.")
    if len(keys) > RECENTLY_VIEWED_MOST:
        entries.refuse(at, "TOO_LONG", f"Give at most {RECENTLY_VIEWED_MOST}, not {len(keys)}.")
    if any(len(key) > MOST_OF_KEY for key in keys):
        entries.refuse(at, "INVALID", "This is no product's id.")
    entries.check()
    return keys
