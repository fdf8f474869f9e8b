"""The questions that fields ask of the cart service, each answered for a whole wave at once."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from datasources.carts import keys
from datasources.carts.durable_copies import read_copies
from datasources.carts.owners import CartOwner
from datasources.carts.working_copies import fill_carts, hold_carts
from datasources.core.batching import BatchLoader
from datasources.core.errors import ServiceUnavailable
from datasources.core.once import once

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from uuid import UUID

    from redis.asyncio.client import Pipeline

    from datasources.carts.records import Cart
    from datasources.core.databases import Database
    from datasources.core.keyvalues import KeyValueStore


class CartLoaders:
    """One request's loaders of the cart service."""

    def __init__(self, store: KeyValueStore, copies: Database) -> None:
        """Load from the carts' Redis, and from CartDb what Redis has let go."""
        self._store = store
        self._copies = copies

    @once
    def by_user(self) -> BatchLoader[UUID, Cart | None]:
        """A signed-in customer's cart: what Redis holds, or else its durable copy, which then fills Redis again.

        At most one call to each, and one more to Redis where there was something to fill it with.
        """
        return BatchLoader(self._find_by_user, missing=None)

    @once
    def by_token_hash(self) -> BatchLoader[str, Cart | None]:
        """The guest's cart that a token with this hash opens (`core.tokens.hash_of`)."""
        return BatchLoader(self._find_by_token_hash, missing=None)

    @once
    def wishlist_by_user(self) -> BatchLoader[UUID, tuple[str, ...]]:
        """The ids of the products a customer wants to remember, the newest first."""
        return BatchLoader(self._find_wishlists, missing=())

    @once
    def recently_viewed_by_user(self) -> BatchLoader[UUID, tuple[str, ...]]:
        """The ids of the products a customer looked at, the newest first."""
        return BatchLoader(self._find_recently_viewed, missing=())

    async def _find_by_user(self, users: Sequence[UUID]) -> Mapping[UUID, Cart]:
        owners = {user: CartOwner(user_id=user) for user in users}
        held = await hold_carts(self._store, list(owners.values()))
        found = {user: each.cart for user, each in zip(users, held, strict=True) if each.cart is not None}
        if len(found) < len(owners):
            copies = await read_copies(self._copies, [user for user in users if user not in found])
            found |= await self._fill({owners[user]: cart for user, cart in copies.items()})
        return found

    async def _fill(self, restored: Mapping[CartOwner, Cart]) -> dict[UUID, Cart]:
        """The durable copies, put into Redis where it has let them go; if it goes away just now, the next read will."""
        filled = dict(restored)
        if restored:
            with suppress(ServiceUnavailable):
                filled = await fill_carts(self._store, restored)
        return {owner.user_id: cart for owner, cart in filled.items() if owner.user_id is not None}

    async def _find_by_token_hash(self, hashes: Sequence[str]) -> Mapping[str, Cart]:
        held = await hold_carts(self._store, [CartOwner(token_hash=token) for token in hashes])
        return {token: each.cart for token, each in zip(hashes, held, strict=True) if each.cart is not None}

    async def _find_wishlists(self, users: Sequence[UUID]) -> Mapping[UUID, tuple[str, ...]]:
        return await self._fetch_newest_first(users, keys.wishlist)

    async def _find_recently_viewed(self, users: Sequence[UUID]) -> Mapping[UUID, tuple[str, ...]]:
        return await self._fetch_newest_first(users, keys.recently_viewed)

    async def _fetch_newest_first(
        self, users: Sequence[UUID], key: Callable[[UUID], str]
    ) -> Mapping[UUID, tuple[str, ...]]:
        def fill(pipeline: Pipeline) -> None:
            for name in map(key, users):
                pipeline.zrevrange(name, 0, -1)

        replies = await self._store.run(fill)
        return {user: tuple(members) for user, members in zip(users, replies, strict=True)}
