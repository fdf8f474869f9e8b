"""The questions that fields ask of the order service, each answered for a whole wave at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasources.core.batching import BatchLoader, many_by_key, one_by_key
from datasources.core.listings import counts_by_user, pages_by_user
from datasources.core.narrowing import everything
from datasources.core.once import once
from datasources.core.records import from_rows
from datasources.orders import statements
from datasources.orders.records import (
    Coupon,
    Order,
    OrderDiscount,
    OrderFilter,
    OrderItem,
    OrderStatusChange,
    Shipment,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    import asyncpg

    from datasources.core.databases import Database
    from datasources.core.narrowing import Reads
    from datasources.core.paging import Page, Slice

    OrdersOfUser = Slice[UUID, OrderFilter]


class OrderLoaders:
    """One request's loaders of the order service."""

    def __init__(self, database: Database, reads: Reads = everything) -> None:
        """Load from the order database what will be read of orders and their lines."""
        self._database = database
        self._reads = reads

    @once
    def by_id(self) -> BatchLoader[UUID, Order | None]:
        """The order with this id."""
        return BatchLoader(self._find_by_id, missing=None)

    @once
    def by_number(self) -> BatchLoader[str, Order | None]:
        """The order with this number."""
        return BatchLoader(self._find_by_number, missing=None)

    @once
    def by_guest_token(self) -> BatchLoader[tuple[str, str], Order | None]:
        """The order with this number, if this is the hash of the token that opens it."""
        return BatchLoader(self._find_by_guest_token, missing=None)

    @once
    def by_user(self) -> BatchLoader[OrdersOfUser, Page[Order]]:
        """A window of a user's orders, newest first."""
        return BatchLoader(self._find_by_user, missing=statements.NEWEST.empty_page())

    @once
    def count_by_user(self) -> BatchLoader[tuple[UUID, OrderFilter], int]:
        """How many orders a user has that pass the filter."""
        return BatchLoader(self._count_by_user, missing=0)

    @once
    def items_by_order(self) -> BatchLoader[UUID, tuple[OrderItem, ...]]:
        """An order's lines, in the order in which they were added."""
        return BatchLoader(self._find_items, missing=())

    @once
    def history_by_order(self) -> BatchLoader[UUID, tuple[OrderStatusChange, ...]]:
        """An order's status changes, oldest first."""
        return BatchLoader(self._find_history, missing=())

    @once
    def shipment_by_order(self) -> BatchLoader[UUID, Shipment | None]:
        """How an order travels, once it has been handed to a carrier."""
        return BatchLoader(self._find_shipments, missing=None)

    @once
    def discounts_by_order(self) -> BatchLoader[UUID, tuple[OrderDiscount, ...]]:
        """What made up an order's discount, oldest first."""
        return BatchLoader(self._find_discounts, missing=())

    @once
    def coupon_by_id(self) -> BatchLoader[UUID, Coupon | None]:
        """The coupon with this id."""
        return BatchLoader(self._find_coupons_by_id, missing=None)

    @once
    def coupon_by_code(self) -> BatchLoader[str, Coupon | None]:
        """The coupon with this code, which is in capitals."""
        return BatchLoader(self._find_coupons, missing=None)

    async def _find_by_id(self, ids: Sequence[UUID]) -> Mapping[UUID, Order]:
        rows = await self._database.fetch(statements.by_id(self._reads("Order")), keys=ids)
        return one_by_key(from_rows(Order, rows), lambda order: order.id)

    async def _find_by_number(self, numbers: Sequence[str]) -> Mapping[str, Order]:
        rows = await self._database.fetch(statements.by_number(self._reads("Order")), keys=numbers)
        return one_by_key(from_rows(Order, rows), lambda order: order.number)

    async def _find_by_guest_token(self, keys: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], Order]:
        hashes = list({token_hash for _, token_hash in keys})
        rows = await self._database.fetch(statements.by_guest_token(self._reads("Order")), keys=hashes)
        return {(row["number"], row["guest_token_hash"]): _without_hash(row) for row in rows}

    async def _find_by_user(self, slices: Sequence[OrdersOfUser]) -> Mapping[OrdersOfUser, Page[Order]]:
        listed = statements.listed(self._reads("Order"))
        return await pages_by_user(self._database, listed, statements.NEWEST, slices)

    async def _count_by_user(
        self, keys: Sequence[tuple[UUID, OrderFilter]]
    ) -> Mapping[tuple[UUID, OrderFilter], int]:
        return await counts_by_user(self._database, statements.LISTED, keys)

    async def _find_items(self, orders: Sequence[UUID]) -> Mapping[UUID, tuple[OrderItem, ...]]:
        statement = statements.items_by_order(self._reads("OrderItem"))
        rows = await self._database.fetch(statement, keys=orders)
        return many_by_key(from_rows(OrderItem, rows), lambda item: item.order_id)

    async def _find_history(self, orders: Sequence[UUID]) -> Mapping[UUID, tuple[OrderStatusChange, ...]]:
        rows = await self._database.fetch(statements.HISTORY_BY_ORDER, keys=orders)
        return many_by_key(from_rows(OrderStatusChange, rows), lambda change: change.order_id)

    async def _find_shipments(self, orders: Sequence[UUID]) -> Mapping[UUID, Shipment]:
        rows = await self._database.fetch(statements.SHIPMENT_BY_ORDER, keys=orders)
        return one_by_key(from_rows(Shipment, rows), lambda shipment: shipment.order_id)

    async def _find_discounts(self, orders: Sequence[UUID]) -> Mapping[UUID, tuple[OrderDiscount, ...]]:
        rows = await self._database.fetch(statements.DISCOUNTS_BY_ORDER, keys=orders)
        return many_by_key(from_rows(OrderDiscount, rows), lambda discount: discount.order_id)

    async def _find_coupons_by_id(self, ids: Sequence[UUID]) -> Mapping[UUID, Coupon]:
        rows = await self._database.fetch(statements.COUPON_BY_ID, keys=ids)
        return one_by_key(from_rows(Coupon, rows), lambda coupon: coupon.id)

    async def _find_coupons(self, codes: Sequence[str]) -> Mapping[str, Coupon]:
        rows = await self._database.fetch(statements.COUPON_BY_CODE, keys=codes)
        return one_by_key(from_rows(Coupon, rows), lambda coupon: coupon.code)


def _without_hash(row: asyncpg.Record) -> Order:
    values = dict(row)
    del values["guest_token_hash"]
    return Order(**values)
