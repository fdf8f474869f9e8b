"""The demo shop's stock: what came into the warehouses, what orders did to it, and what is left."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from datasources.seeds.determinism import chance, dice

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime
    from random import Random
    from uuid import UUID

    from datasources.seeds.orders import Line, Order
    from datasources.seeds.products import Product, Variant

WAREHOUSES: Final = 3
LOW_STOCK: Final = 10
REORDER_QUANTITY: Final = 100

# Of products whose every variant is sold out, then of single variants.
_SHARE_SOLD_OUT = 4
_SHARE_EMPTY = 3
_SHARE_LOW = 8
_SHARE_BACKORDER = 5
# So much comes in two deliveries.
_TWO_DELIVERIES = 40


class Move(NamedTuple):
    """A change of the quantities of one item in one warehouse."""

    at: datetime
    kind: str
    available: int = 0
    reserved: int = 0
    committed: int = 0
    order: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """What an order holds or held of an item."""

    order: UUID
    warehouse: int
    quantity: int
    shipped: int
    returned: int
    status: str
    since: datetime
    changed: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One variant's stock. Its quantities are the sums of its moves."""

    variant: Variant
    shelves: tuple[tuple[Move, ...], ...]
    """The moves in each warehouse, oldest first."""
    holds: tuple[Hold, ...]
    allows_backorder: bool

    @property
    def moves(self) -> tuple[Move, ...]:
        """In all warehouses."""
        return tuple(move for shelf in self.shelves for move in shelf)

    @property
    def available(self) -> int:
        """What may be sold now."""
        return sum(move.available for move in self.moves)

    @property
    def version(self) -> int:
        """One more with every change."""
        return 1 + len(self.moves)


def make_items(products: Sequence[Product], orders: Iterable[Order], now: datetime) -> dict[UUID, Item]:
    """The stock of every variant of a block, after all its orders."""
    rng = dice("stock", products[0].block)
    wanted: defaultdict[UUID, list[tuple[Order, Line]]] = defaultdict(list)
    for order in orders:
        for line in order.lines:
            wanted[line.variant.id].append((order, line))
    items = {}
    for product in products:
        sold_out = chance(rng, _SHARE_SOLD_OUT)
        for variant in product.variants:
            left = _choose_left(rng, sold_out=sold_out)
            items[variant.id] = _make_item(rng, variant, wanted.get(variant.id, ()), left, now)
    return items


def restocked_at(item: Item) -> datetime:
    """When something was last delivered; when the product was listed, if never."""
    deliveries = [move.at for move in item.moves if move.kind == "restock"]
    return max(deliveries, default=item.variant.product_created_at)


def _choose_left(rng: Random, *, sold_out: bool) -> list[int]:
    """How much shall be available in each warehouse today."""
    if sold_out or chance(rng, _SHARE_EMPTY):
        return [0] * WAREHOUSES
    lowest, highest = (0, 4) if chance(rng, _SHARE_LOW) else (5, 120)
    return [rng.randrange(lowest, highest) for _ in range(WAREHOUSES)]


def _make_item(
    rng: Random, variant: Variant, sales: Sequence[tuple[Order, Line]], left: Sequence[int], now: datetime
) -> Item:
    shelves: list[list[Move]] = [[] for _ in range(WAREHOUSES)]
    for order, line in sales:
        shelves[line.warehouse] += _order_moves(order, line)
    listed = variant.product_created_at
    return Item(
        variant=variant,
        shelves=tuple(
            tuple(_stock_up(sorted(moves, key=attrgetter("at")), rest, listed, now))
            for moves, rest in zip(shelves, left, strict=True)
        ),
        holds=tuple(_hold(order, line) for order, line in sales),
        allows_backorder=chance(rng, _SHARE_BACKORDER),
    )


def _order_moves(order: Order, line: Line) -> Iterator[Move]:
    """Reserved when placed, committed when confirmed, gone when shipped; back when cancelled or returned."""
    units, fate = line.quantity, order.fate
    yield Move(order.placed, "reservation", available=-units, reserved=units, order=order.id)
    confirmed, shipped, cancelled = (fate.at(status) for status in ("confirmed", "shipped", "cancelled"))
    if confirmed is not None:
        yield Move(confirmed, "commit", reserved=-units, committed=units, order=order.id)
    if shipped is not None:
        yield Move(shipped, "sale", committed=-units, order=order.id)
    if cancelled is not None:
        held = {"committed": -units} if confirmed is not None else {"reserved": -units}
        yield Move(cancelled, "release", available=units, order=order.id, **held)
    if line.returned and fate.refund_at is not None:
        yield Move(fate.refund_at, "return", available=line.returned, order=order.id)


def _stock_up(moves: list[Move], left: int, listed: datetime, now: datetime) -> list[Move]:
    """The same moves after deliveries large enough for them, so that about `left` are available in the end."""
    level = lowest = 0
    for move in moves:
        level += move.available
        lowest = min(lowest, level)
    needed = max(left - level, -lowest)
    if needed == 0:
        return moves
    first = needed if needed < _TWO_DELIVERIES else max(needed * 2 // 3, -lowest)
    stocked = [Move(listed, "restock", available=first), *moves]
    if needed > first:
        last = stocked[-1].at
        stocked.append(
            Move((last + (now - last) / 2).replace(microsecond=0), "restock", available=needed - first)
        )
    return stocked


def _hold(order: Order, line: Line) -> Hold:
    confirmed, cancelled = order.fate.at("confirmed"), order.fate.at("cancelled")
    held = "committed" if confirmed is not None else "active"
    return Hold(
        order=order.id,
        warehouse=line.warehouse,
        quantity=line.quantity,
        shipped=0 if order.fate.at("shipped") is None else line.quantity,
        returned=line.returned if order.fate.refund_at is not None else 0,
        status="released" if cancelled is not None else held,
        since=order.placed,
        changed=cancelled or confirmed or order.placed,
    )
