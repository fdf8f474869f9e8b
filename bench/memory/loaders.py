"""The resolvers' loaders on the shop in memory: the gateway's batch loaders, whose batches are looked up."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from bench.memory.records import read_shop
from datasources.core.batching import BatchLoader
from datasources.core.once import once
from datasources.core.paging import page
from datasources.inventory.loaders import InventoryLoaders
from datasources.loaders import Loaders
from datasources.orders import statements
from datasources.orders.loaders import OrderLoaders
from datasources.payments.loaders import PaymentLoaders
from datasources.products.loaders import ProductLoaders
from datasources.users.loaders import UserLoaders
from gateway import context

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from uuid import UUID

    from bench.memory.records import Shop
    from datasources.core.connections import Connections
    from datasources.core.paging import Page, Slice
    from datasources.inventory.records import Stock
    from datasources.orders.records import Order, OrderFilter, OrderItem
    from datasources.payments.records import Payment, Refund
    from datasources.products.records import Brand, Category, Product
    from datasources.users.records import User

K = TypeVar("K")
V = TypeVar("V")

VARIABLE = "BENCH_SHOP"


def use_shop_in_memory(environ: Mapping[str, str]) -> None:
    """Let every request's loaders answer from the file that BENCH_SHOP names; without one nothing changes."""
    if path := environ.get(VARIABLE):
        loaders = partial(ShopLoaders, read_shop(Path(path)))
        context.Loaders = loaders  # type: ignore[assignment,attr-defined]  # where requests get theirs


class ShopLoaders(Loaders):
    """The loaders of one request."""

    def __init__(self, shop: Shop, connections: Connections) -> None:
        """Load from the shop in memory; what it does not hold would come from the databases."""
        super().__init__(connections)
        self._shop = shop

    @once
    def users(self) -> UserLoaders:
        """Questions about users."""
        return _Users(self._shop)

    @once
    def orders(self) -> OrderLoaders:
        """Questions about orders."""
        return _Orders(self._shop)

    @once
    def payments(self) -> PaymentLoaders:
        """Questions about payments."""
        return _Payments(self._shop)

    @once
    def products(self) -> ProductLoaders:
        """Questions about products."""
        return _Products(self._shop)

    @once
    def inventory(self) -> InventoryLoaders:
        """Questions about stock."""
        return _Inventory(self._shop)


class _Users(UserLoaders):
    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    @once
    def by_id(self) -> BatchLoader[UUID, User | None]:
        return BatchLoader(_answers(self._shop.users), missing=None)


class _Orders(OrderLoaders):
    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    @once
    def by_user(self) -> BatchLoader[Slice[UUID, OrderFilter], Page[Order]]:
        return BatchLoader(self._windows, missing=statements.NEWEST.empty_page())

    @once
    def items_by_order(self) -> BatchLoader[UUID, tuple[OrderItem, ...]]:
        return BatchLoader(_answers(self._shop.items_by_order), missing=())

    async def _windows(
        self, slices: Sequence[Slice[UUID, OrderFilter]]
    ) -> dict[Slice[UUID, OrderFilter], Page[Order]]:
        orders = self._shop.orders_by_user
        return {
            key: page(orders[key.parent][: key.window.size + 1], key.window, statements.NEWEST)
            for key in slices
        }


class _Payments(PaymentLoaders):
    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    @once
    def by_order(self) -> BatchLoader[UUID, tuple[Payment, ...]]:
        return BatchLoader(_answers(self._shop.payments_by_order), missing=())

    @once
    def refunds_by_payment(self) -> BatchLoader[UUID, tuple[Refund, ...]]:
        return BatchLoader(_answers(self._shop.refunds_by_payment), missing=())


class _Products(ProductLoaders):
    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    @once
    def by_id(self) -> BatchLoader[str, Product | None]:
        return BatchLoader(_answers(self._shop.products_by_id), missing=None)

    @once
    def by_slug(self) -> BatchLoader[str, Product | None]:
        return BatchLoader(_answers(self._shop.products_by_slug), missing=None)

    @once
    def brand_by_id(self) -> BatchLoader[str, Brand | None]:
        return BatchLoader(_answers(self._shop.brands), missing=None)

    @once
    def category_by_id(self) -> BatchLoader[str, Category | None]:
        return BatchLoader(_answers(self._shop.categories), missing=None)


class _Inventory(InventoryLoaders):
    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    @once
    def stock_by_product(self) -> BatchLoader[str, Stock | None]:
        return BatchLoader(_answers(self._shop.stock_by_product), missing=None)


def _answers(known: Mapping[K, V]) -> Callable[[Sequence[K]], Awaitable[Mapping[K, V]]]:
    async def find(_keys: Sequence[K]) -> Mapping[K, V]:
        return known

    return find
