"""Carts to fill and to look into, in Redis and in CartDb, and shorter ways to do so."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from datasources.carts import keys
from datasources.carts.commands.checkouts import take_ordered
from datasources.carts.commands.lines import add_lines
from datasources.carts.commands.merges import merge_carts
from datasources.carts.durable_copies import read_copies
from datasources.carts.owners import CartOwner
from datasources.carts.queries import find_cart
from datasources.carts.records import NewLine
from datasources.carts.working_copies import hold_carts
from datasources.core.tokens import hash_of, make_token

if TYPE_CHECKING:
    from datasources.carts.records import Cart
    from datasources.core.databases import Database
    from datasources.core.keyvalues import KeyValueStore

# CartDb tells by its own clock which copies have expired.
NOW = datetime.now(UTC)

MUG, LAMP, DESK = UUID(int=1), UUID(int=2), UUID(int=3)
PRICES = {MUG: Decimal("9.99"), LAMP: Decimal("49.50"), DESK: Decimal("300.00")}


def new_line(variant_id: UUID = MUG, quantity: int = 1, **changes: Any) -> NewLine:
    """So many of something."""
    given = {
        "product_id": f"{variant_id.int:024x}",
        "variant_id": variant_id,
        "sku": f"SKU-{variant_id.int}",
        "name": f"Thing {variant_id.int}",
        "image_url": None,
        "unit_price": PRICES.get(variant_id, Decimal("1.00")),
        "quantity": quantity,
        **changes,
    }
    return NewLine(**given)


def a_customer() -> CartOwner:
    """Somebody with an account, whose cart nobody has touched."""
    return CartOwner(user_id=uuid4())


def a_guest() -> CartOwner:
    """Somebody with a token."""
    return CartOwner(token_hash=hash_of(make_token()))


def plain(cart: Cart | None) -> Cart | None:
    """The cart without its expiry, which reading a guest's cart moves."""
    return cart and replace(cart, expires_at=None)


def quantities(cart: Cart | None) -> dict[UUID, int]:
    """How much there is of each variant, in the order of the lines."""
    return {} if cart is None else {line.variant_id: line.quantity for line in cart.lines}


@dataclass(frozen=True, slots=True, kw_only=True)
class Baskets:
    """Where carts are."""

    store: KeyValueStore
    copies: Database

    @property
    def kept(self) -> tuple[KeyValueStore, Database]:
        """What every command takes first."""
        return self.store, self.copies

    async def add(self, owner: CartOwner, variant_id: UUID = MUG, quantity: int = 1, **options: Any) -> Cart:
        """Put so many of something into a cart."""
        lines = [new_line(variant_id, quantity)]
        return await add_lines(
            *self.kept, owner, **{"lines": lines, "currency": "USD", "now": NOW, **options}
        )

    async def take(self, owner: CartOwner, order_id: UUID, **options: Any) -> None:
        """The order of a mug is placed."""
        await take_ordered(
            *self.kept, owner, **{"order_id": order_id, "units": {MUG: 1}, "now": NOW, **options}
        )

    async def merge(self, guest: CartOwner, customer: CartOwner) -> Cart | None:
        """The guest signs in."""
        assert guest.token_hash is not None
        assert customer.user_id is not None
        return await merge_carts(*self.kept, token_hash=guest.token_hash, user_id=customer.user_id, now=NOW)

    async def find(self, owner: CartOwner) -> Cart | None:
        """The cart as a command finds it."""
        return await find_cart(*self.kept, owner)

    async def in_redis(self, owner: CartOwner) -> Cart | None:
        """The cart as Redis has it."""
        return (await hold_carts(self.store, [owner]))[0].cart

    async def in_cart_db(self, owner: CartOwner) -> Cart | None:
        """The cart as CartDb has it."""
        assert owner.user_id is not None
        return (await read_copies(self.copies, [owner.user_id])).get(owner.user_id)

    async def fields(self, owner: CartOwner) -> dict[str, str]:
        """The fields of a cart's hash."""
        found: dict[Any, Any] = await self.store.client.hgetall(owner.key)
        return found

    async def lose(self, owner: CartOwner, *orders: UUID) -> None:
        """Redis lets a cart go, and what it knows of these orders."""
        await self.store.client.delete(owner.key, *map(keys.ordered, orders))

    async def is_marked(self, owner: CartOwner) -> bool:
        """Whether a customer's copy is marked as behind."""
        return await self.store.client.zscore(keys.UNCOPIED, str(owner.user_id)) is not None

    async def rows(self, query: str, *arguments: Any) -> list[Any]:
        """The rows of a query on CartDb."""
        async with self.copies.connection() as connection:
            return list(await connection.fetch(query, *arguments))
