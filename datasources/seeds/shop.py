"""Writes the demo shop into the services' databases, and completes one that was left unfinished."""

from __future__ import annotations

from collections import Counter
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from asyncpg import UniqueViolationError
from pymongo.errors import BulkWriteError

from datasources.carts.bulk import load_carts, load_lists
from datasources.core.errors import DatasourceError
from datasources.inventory.bulk import copy_items, copy_warehouses
from datasources.notifications.bulk import (
    has_notification,
    insert_email_logs,
    insert_notifications,
    insert_preferences,
    insert_templates,
)
from datasources.orders.bulk import copy_coupons, copy_orders, reserve_order_numbers
from datasources.payments.bulk import copy_methods, copy_payments, reserve_transaction_numbers
from datasources.products.bulk import (
    insert_analytics,
    insert_catalogue,
    insert_products,
    insert_relations,
    insert_reviews,
    insert_votes,
)
from datasources.seeds import orders, payments
from datasources.seeds.accounts import hash_demo_password
from datasources.seeds.blocks import make_block
from datasources.seeds.catalogue import make_attributes, make_brands, make_categories
from datasources.seeds.messages import last_message_id, make_templates
from datasources.seeds.people import SHOP_AGE
from datasources.seeds.stock_rows import make_warehouse_rows
from datasources.users.bulk import copy_accounts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence

    from datasources.core.connections import Connections
    from datasources.seeds.blocks import Block

T = TypeVar("T")

DEFAULT_NOW: Final = datetime(2026, 1, 31, 12, tzinfo=UTC)
"""The moment that the demo shop is a picture of, unless another is asked for."""

MOST_SCALE: Final = 100
"""Numbers of orders and transactions up to this scale are kept free for the demo shop."""

SECTIONS: Final = (
    "catalogue",
    "accounts",
    "products",
    "inventory",
    "orders",
    "payments",
    "reviews",
    "carts",
    "notifications",
)

_CHUNK: Final = 500
_DUPLICATE_KEY: Final = 11000  # the code of MongoDB's error
_LOCK: Final = 4_711_002  # of UserDb; datasources.core.migrations has the number before


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a section of the work is. Units are the section's own: products, orders, and so on.

    `total` is what the whole shop has of them, where the blocks differ as estimated from the one at hand.
    """

    section: str
    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedResult:
    """What is there, and how much of it was missing, by section."""

    scale: int
    added: Mapping[str, int]

    @property
    def changed(self) -> bool:
        """Whether anything was written."""
        return any(self.added.values())


class BadScale(DatasourceError):
    """A scale that the demo shop does not come in."""

    def __init__(self, scale: int) -> None:
        super().__init__(f"The scale of the demo shop is a whole number from 1 to {MOST_SCALE}, not {scale}.")
        self.scale = scale


class SeedConflict(DatasourceError):
    """Something that is not of the demo shop has a name, an address or a number that the demo shop needs."""

    def __init__(self, section: str, detail: str) -> None:
        super().__init__(f"The demo shop's {section} cannot be added beside what is there: {detail}")
        self.section = section
        self.detail = detail


async def seed_shop(
    connections: Connections,
    *,
    scale: int = 1,
    report: Callable[[Progress], None] = lambda _progress: None,
    now: datetime = DEFAULT_NOW,
) -> SeedResult:
    """Add what is missing of the demo shop; what is there is left as it is, however it has changed since.

    The databases must have been migrated. A second call at once waits for the first. A larger scale than before adds
    to the shop, a smaller one finds nothing to do.

    Raises:
        BadScale: `scale` is not from 1 to MOST_SCALE.
        SeedConflict: a name that the demo shop needs is taken.
        ServiceUnavailable: one of the databases cannot be reached.
    """
    if not 1 <= scale <= MOST_SCALE:
        raise BadScale(scale)
    now = now.replace(microsecond=0)
    work = _Work(connections=connections, scale=scale, report=report, now=now)
    async with _only_one(connections):
        await _add_foundations(work)
        password_hash = hash_demo_password()
        for number in range(scale):
            if not await has_notification(connections.notifications, last_message_id(number)):
                await _add_block(work, number, make_block(number, now, password_hash=password_hash))
    return SeedResult(scale=scale, added=dict(work.added))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """One run: where to write, whom to tell, and what has been added."""

    connections: Connections
    scale: int
    report: Callable[[Progress], None]
    now: datetime
    added: Counter[str] = field(default_factory=Counter)

    async def load(
        self, section: str, number: int, things: Sequence[T], write: Callable[[Sequence[T]], Awaitable[int]]
    ) -> None:
        """Write one block's things in chunks, telling after each how far the section is."""
        before, total = number * len(things), self.scale * len(things)
        for start in range(0, len(things), _CHUNK):
            chunk = things[start : start + _CHUNK]
            with _named_conflicts(section):
                self.added[section] += await write(chunk)
            self.report(Progress(section=section, done=before + start + len(chunk), total=total))

    async def load_beside(
        self, section: str, things: Sequence[T], write: Callable[[Sequence[T]], Awaitable[int]]
    ) -> None:
        """Write what comes with a section in chunks, without counting it."""
        for start in range(0, len(things), _CHUNK):
            with _named_conflicts(section):
                await write(things[start : start + _CHUNK])


async def _add_foundations(work: _Work) -> None:
    """What is the same at every scale, and numbers for whatever comes after the demo shop."""
    connections, now = work.connections, work.now
    categories, brands, attributes = make_categories(now), make_brands(now), make_attributes(now)
    with _named_conflicts("catalogue"):
        work.added["catalogue"] += await insert_catalogue(
            connections.products, categories=categories, brands=brands, attributes=attributes
        )
        await insert_templates(connections.notifications, make_templates(now - SHOP_AGE))
        async with connections.inventory.connection() as connection:
            await copy_warehouses(connection, make_warehouse_rows(now))
    count = len(categories) + len(brands) + len(attributes)
    work.report(Progress(section="catalogue", done=count, total=count))
    async with connections.orders.connection() as connection:
        await reserve_order_numbers(connection, below=orders.first_free_number(MOST_SCALE))
    async with connections.payments.connection() as connection:
        await reserve_transaction_numbers(connection, below=payments.first_free_number(MOST_SCALE))


async def _add_block(work: _Work, number: int, block: Block) -> None:
    """What is missing of one block; its last message comes last, alone, to say that the block is complete."""
    connections = work.connections
    async with connections.users.connection() as users:
        await work.load("accounts", number, block.accounts, partial(copy_accounts, users))
    products = connections.products
    await work.load_beside("products", block.relations, partial(insert_relations, products))
    await work.load_beside("products", block.analytics, partial(insert_analytics, products))
    await work.load("products", number, block.products, partial(insert_products, products))
    async with connections.inventory.connection() as inventory:
        await work.load("inventory", number, block.items, partial(copy_items, inventory))
    async with connections.orders.connection() as sales:
        await work.load_beside("orders", block.coupons, partial(copy_coupons, sales))
        await work.load("orders", number, block.orders, partial(copy_orders, sales))
    async with connections.payments.connection() as money:
        await work.load_beside("payments", block.methods, partial(copy_methods, money))
        await work.load("payments", number, block.payments, partial(copy_payments, money))
    await work.load_beside("reviews", block.votes, partial(insert_votes, products))
    await work.load("reviews", number, block.reviews, partial(insert_reviews, products))
    async with connections.cart_copies.connection() as copies:
        await work.load("carts", number, block.carts, partial(load_carts, copies, connections.carts))
    await work.load_beside("carts", block.lists, partial(load_lists, connections.carts))
    messages = connections.notifications
    await work.load_beside("notifications", block.preferences, partial(insert_preferences, messages))
    await work.load_beside("notifications", block.emails, partial(insert_email_logs, messages))
    insert = partial(insert_notifications, messages)
    await work.load("notifications", number, block.notifications[:-1], insert)
    await work.load("notifications", number, block.notifications[-1:], insert)


@asynccontextmanager
async def _only_one(connections: Connections) -> AsyncIterator[None]:
    """Wait until nobody else seeds the shop; the lock goes with its connection, however that ends."""
    async with connections.users.connection() as connection:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        yield


@contextmanager
def _named_conflicts(section: str) -> Iterator[None]:
    try:
        yield
    except UniqueViolationError as error:
        raise SeedConflict(section, error.detail or str(error)) from error
    except BulkWriteError as error:
        failures = (error.details or {}).get("writeErrors", [])
        if not failures or failures[0].get("code") != _DUPLICATE_KEY:
            raise
        raise SeedConflict(section, str(failures[0].get("errmsg", error))) from error
