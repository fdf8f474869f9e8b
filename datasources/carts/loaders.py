"""The questions that fields ask of the cart service, each answered for a whole wave at once."""

from __future__ import annotations

from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, TypeVar

from datasources.carts import keys, statements
from datasources.carts.hashes import cart_of_hash
from datasources.carts.records import Cart, CartLine
from datasources.carts.tokens import guest_cart_id
from datasources.core.batching import BatchLoader
from datasources.core.once import once

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence
    from uuid import UUID

    import asyncpg
    from redis.asyncio.client import Pipeline

    from datasources.core.databases import Database
    from datasources.core.keyvalues import KeyValueStore

    K = TypeVar("K", bound=Hashable)


class CartLoaders:
    """One request's loaders of the cart service."""

    def __init__(self, store: KeyValueStore, copies: Database) -> None:
        """Load from the carts' Redis, and from CartDb what Redis has let go."""
        self._store = store
        self._copies = copies

    @once
    def by_user(self) -> BatchLoader[UUID, Cart | None]:
        """A signed-in customer's cart: what Redis holds, or else its durable copy. At most one call to each."""
        return BatchLoader(self._find_by_user, missing=None)

    @once
    def by_token_hash(self) -> BatchLoader[str, Cart | None]:
        """The guest's cart that a token with this hash opens (`tokens.hash_of`)."""
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
        found = {
            user: cart_of_hash(fields, cart_id=str(user), user_id=user, expires_at_ms=expires)
            for user, (fields, expires) in (await self._fetch_hashes(users, keys.cart)).items()
        }
        absent = [user for user in users if user not in found]
        if absent:
            rows = await self._copies.fetch(statements.COPIES_BY_USER, keys=absent)
            found |= {user: _cart_of_copy(user, list(lines)) for user, lines in groupby(rows, _user_id)}
        return found

    async def _find_by_token_hash(self, hashes: Sequence[str]) -> Mapping[str, Cart]:
        return {
            token: cart_of_hash(fields, cart_id=guest_cart_id(token), user_id=None, expires_at_ms=expires)
            for token, (fields, expires) in (await self._fetch_hashes(hashes, keys.guest_cart)).items()
        }

    async def _fetch_hashes(
        self, wanted: Sequence[K], key: Callable[[K], str]
    ) -> dict[K, tuple[dict[str, str], int]]:
        """The carts' fields and times of expiry, of those that are there, in one round trip."""

        def fill(pipeline: Pipeline) -> None:
            for name in map(key, wanted):
                pipeline.hgetall(name)
                pipeline.pexpiretime(name)

        replies = await self._store.run(fill)
        pairs = zip(wanted, replies[::2], replies[1::2], strict=True)
        return {one: (fields, expires) for one, fields, expires in pairs if fields}

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


def _user_id(row: asyncpg.Record) -> UUID:
    owner: UUID = row["user_id"]
    return owner


def _cart_of_copy(user_id: UUID, rows: Sequence[asyncpg.Record]) -> Cart:
    cart = rows[0]
    return Cart(
        id=str(user_id),
        user_id=user_id,
        version=cart["version"],
        lines=tuple(_line_of_copy(row) for row in rows if row["variant_id"] is not None),
        coupon_codes=tuple(cart["coupon_codes"]),
        discount=Decimal("0.00"),
        currency=cart["currency"],
        created_at=cart["created_at"],
        updated_at=cart["updated_at"],
        expires_at=cart["expires_at"],
    )


def _line_of_copy(row: asyncpg.Record) -> CartLine:
    return CartLine(
        product_id=row["product_id"],
        variant_id=row["variant_id"],
        sku=row["sku"],
        name=None,
        image_url=None,
        currency=row["line_currency"],
        unit_price=row["unit_price"],
        quantity=row["quantity"],
        added_at=row["added_at"],
    )
