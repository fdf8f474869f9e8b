"""A counter: a whole shop of scratch databases to buy at, shorter ways to do so, and what holds whatever happens."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from bson.decimal128 import Decimal128
from bson.objectid import ObjectId
from sqlalchemy import insert

from datasources.carts.commands.coupons import add_coupon
from datasources.carts.commands.lines import add_lines
from datasources.carts.owners import CartOwner
from datasources.carts.records import NewLine
from datasources.core.collections import ensure_collections
from datasources.core.connections import DatabaseUrls, open_connections
from datasources.core.tokens import hash_of
from datasources.inventory.changes import ItemUnits, NewItem, NewWarehouse
from datasources.inventory.commands.deliveries import restock
from datasources.inventory.commands.items import create_item
from datasources.inventory.commands.warehouses import create_warehouse
from datasources.loaders import Loaders
from datasources.orders.rules import SHOP_RULES
from datasources.orders.tables import coupons
from datasources.payments.providers.registry import Providers
from datasources.payments.providers.sandbox import SandboxProvider
from datasources.products.documents import COLLECTIONS
from datasources.workflows.checkout_plans import CheckoutRequest, PaymentChoice, Said
from datasources.workflows.checkouts import complete_checkout
from datasources.workflows.order_sagas import PLANS
from datasources.workflows.quotes import AddressChoice, quote_cart
from datasources.workflows.sagas import Means, ignore, recover_sagas, utc_now
from tests.collections import examples
from tests.inventory.shelves import PROMISES
from tests.payments.tills import PROMISES as BOOKS
from tests.services.scratch import scratch_database
from tests.services.shops import NOWHERE_MONGO, NOWHERE_SQL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from datasources.core.connections import Connections
    from datasources.core.databases import Database
    from datasources.orders.sagas import Saga
    from datasources.workflows.checkouts import CheckoutOutcome
    from gateway.embedded import ServerUrls

SECRET = "a secret of the sandbox and these tests"
CLERK = UUID(int=1)

NEW_YORK = {
    "recipient_name": "Ada Pine",
    "phone": None,
    "street_address": "1 Elm Street",
    "apartment": None,
    "city": "New York",
    "state_province": "NY",
    "postal_code": "10001",
    "country": "US",
}

# Money that the sandbox took and kept is what orders say that was paid for them and not paid back.
_TAKEN = "SELECT payment_id, captured_amount - refunded_amount AS kept FROM sandbox_payments"
_PAID = """
SELECT id, payment_id, order_number, status, payment_status, total, refunded_amount FROM orders
"""
# Coupons are used as often as orders say that do.
_COUPONS_DIFFER = """
SELECT coupon.code FROM coupons AS coupon LEFT JOIN (
    SELECT coupon_id, COUNT(*) AS used FROM coupon_redemptions AS redemption
    JOIN orders ON orders.id = redemption.order_id
    WHERE released_at IS NULL AND orders.status <> 'cancelled' GROUP BY coupon_id
) AS redeemed ON redeemed.coupon_id = coupon.id
WHERE coupon.usage_count <> COALESCE(redeemed.used, 0)
"""
_HISTORY_DIFFERS = """
SELECT orders.id FROM orders JOIN LATERAL (
    SELECT new_status FROM order_status_history WHERE order_id = orders.id ORDER BY id DESC LIMIT 1
) AS last ON true WHERE last.new_status <> orders.status
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """A variant on sale, with its inventory item."""

    product_id: str
    variant_id: UUID
    item_id: UUID
    sku: str
    price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """The shop's databases, and what one does there."""

    connections: Connections
    warehouse: UUID
    urls: DatabaseUrls | None = None
    """Where the databases are, for processes of one's own."""

    def means(
        self,
        *,
        clock: Callable[[], datetime] = utc_now,
        watch: Callable[[str], Awaitable[None]] = ignore,
    ) -> Means:
        """What works need, with the sandbox as their provider."""
        return Means(
            connections=self.connections,
            providers=sandbox(self.connections.payments),
            clock=clock,
            watch=watch,
        )

    async def put_on_sale(self, *, price: str = "10.00", units: int = 10) -> Goods:
        """A new product of one variant, with so many units in stock."""
        sku = f"SKU-{uuid4().hex[:10]}"
        variant = examples.variant(price=Decimal128(price), sku=sku, is_active=True)
        product = examples.product(_id=ObjectId(), sku=sku, skus=[sku], variants=[variant])
        await self.connections.products.database["products"].insert_one(product)
        new = NewItem(
            variant_id=variant["id"], product_id=str(product["_id"]), sku=sku, low_stock_threshold=0
        )
        item = (await create_item(self.connections.inventory, item=new, actor_id=CLERK, now=utc_now())).items[
            0
        ]
        if units:
            await restock(
                self.connections.inventory,
                warehouse_id=self.warehouse,
                units=[ItemUnits(item_id=item.id, quantity=units)],
                idempotency_key=uuid4().hex,
                actor_id=CLERK,
                now=utc_now(),
            )
        return Goods(
            product_id=str(product["_id"]),
            variant_id=variant["id"],
            item_id=item.id,
            sku=sku,
            price=Decimal(price),
        )

    async def coupon(self, **changes: Any) -> str:
        """A new coupon for ten per cent; its code."""
        now = utc_now()
        values = {
            "code": uuid4().hex[:12].upper(),
            "discount_type": "percentage",
            "discount_value": Decimal(10),
            "valid_from": now - timedelta(days=1),
            "valid_until": now + timedelta(days=1),
            "per_user_limit": None,
            **changes,
        }
        async with self.connections.orders.transaction() as transaction:
            await transaction.execute(insert(coupons), [values])
        code: str = values["code"]
        return code

    async def fill_cart(self, *wanted: tuple[Goods, int], codes: Sequence[str] = ()) -> str:
        """A new guest's cart with these goods and coupons; its token."""
        token = uuid4().hex
        await self.add_to_cart(token, *wanted)
        place = (self.connections.carts, self.connections.cart_copies, CartOwner(token_hash=hash_of(token)))
        for code in codes:
            await add_coupon(*place, code=code, now=utc_now())
        return token

    async def add_to_cart(self, token: str, *wanted: tuple[Goods, int]) -> None:
        """More goods into a guest's cart."""
        lines = [
            NewLine(
                product_id=goods.product_id,
                variant_id=goods.variant_id,
                sku=goods.sku,
                name="Mug",
                image_url=None,
                unit_price=goods.price,
                quantity=quantity,
            )
            for goods, quantity in wanted
        ]
        place = (self.connections.carts, self.connections.cart_copies, CartOwner(token_hash=hash_of(token)))
        await add_lines(*place, lines=lines, currency="USD", now=utc_now())

    async def request(
        self,
        cart_token: str,
        *,
        card: str = "tok_approved",
        key: str | None = None,
        total: Decimal | None = None,
    ) -> CheckoutRequest:
        """What its owner sends to buy what is in a cart, at today's total."""
        request = CheckoutRequest(
            owner=CartOwner(token_hash=hash_of(cart_token)),
            cart_token=cart_token,
            said=Said(email="ada@example.org", shipping=AddressChoice(snapshot=NEW_YORK)),
            payment=PaymentChoice(token=card),
            expected_total=Decimal(0),
            idempotency_key=key or uuid4().hex,
            source="web",
            ip_address=None,
            user_agent=None,
        )
        return replace(request, expected_total=total or await self.total(cart_token))

    async def total(self, cart_token: str) -> Decimal:
        """What is in a cart costs, sent to New York."""
        loaders = Loaders(self.connections)
        cart = await loaders.carts.by_token_hash.load(hash_of(cart_token))
        assert cart is not None
        cart = replace(cart, checkout=replace(cart.checkout, email="x", shipping_address=NEW_YORK))
        return (await quote_cart(loaders, cart, rules=SHOP_RULES, now=utc_now())).totals.total

    async def buy(
        self, request: CheckoutRequest, *, means: Means | None = None, **given: Any
    ) -> CheckoutOutcome:
        """Check out, as a request does."""
        return await complete_checkout(
            means or self.means(**given), Loaders(self.connections), request, rules=SHOP_RULES
        )

    async def recover(self, *, after: timedelta = timedelta(0)) -> list[Saga]:
        """What a worker does about sagas, so much later."""
        means = self.means(clock=lambda: utc_now() + after)
        return list(await recover_sagas(means, PLANS, most=1_000))

    async def rows(self, database: str, query: str, *values: Any) -> list[dict[str, Any]]:
        """The rows of a query in one of the databases."""
        opened: Database = getattr(self.connections, database)
        async with opened.connection() as connection:
            return [dict(row) for row in await connection.fetch(query, *values)]

    async def order_of(self, key: str) -> dict[str, Any] | None:
        """The one order that was placed under a key, if any."""
        found = await self.rows("orders", "SELECT * FROM orders WHERE idempotency_key LIKE '%:' || $1", key)
        assert len(found) <= 1
        return found[0] if found else None

    async def units_in(self, cart_token: str) -> int:
        """How many units are in a cart."""
        cart = await Loaders(self.connections).carts.by_token_hash.load(hash_of(cart_token))
        return 0 if cart is None else sum(line.quantity for line in cart.lines)

    async def stock(self, goods: Goods) -> tuple[int, int, int]:
        """What is available, reserved and committed of goods."""
        (row,) = await self.rows(
            "inventory",
            "SELECT quantity_available, quantity_reserved, quantity_committed FROM inventory_items WHERE id = $1",
            goods.item_id,
        )
        available, reserved, committed = row.values()
        return available, reserved, committed

    async def check(self) -> None:
        """Money, stock, coupons and histories add up, and nothing is left half done."""
        assert await self.rows("orders", _UNFINISHED) == []
        for database, promises in (
            ("inventory", PROMISES),
            ("payments", BOOKS),
            ("orders", (_COUPONS_DIFFER, _HISTORY_DIFFERS)),
        ):
            for promise in promises:
                assert await self.rows(database, promise) == [], promise
        await self._check_money()
        await self._check_stock()

    async def _check_money(self) -> None:
        """What was taken and kept is what paid orders come to."""
        kept = {row["payment_id"]: row["kept"] for row in await self.rows("payments", _TAKEN)}
        for order in await self.rows("orders", _PAID):
            is_paid = order["payment_status"] in {"paid", "partially_refunded", "refunded"}
            wanted = order["total"] - order["refunded_amount"] if is_paid else 0
            assert kept.pop(order["payment_id"], 0) == wanted, order
        assert not any(kept.values()), "charged without an order"

    async def _check_stock(self) -> None:
        """What orders hold is what they ordered and has not come back, or nothing where they were cancelled."""
        held = {
            (row["order_id"], row["product_variant_id"]): row["units"]
            for row in await self.rows("inventory", _HELD)
        }
        for line in await self.rows("orders", _ORDERED):
            key = (line["order_id"], line["product_variant_id"])
            wanted = 0 if line["status"] == "cancelled" else line["units"]
            assert held.pop(key, 0) == wanted, line
        assert not any(held.values()), "held for no order"


_UNFINISHED = """
SELECT saga_type, current_step, last_error FROM order_processing_sagas WHERE status IN ('started', 'compensating')
"""
_HELD = """
SELECT order_id, product_variant_id, SUM(held.quantity_reserved - quantity_returned)::int AS units
FROM inventory_reservations AS held
JOIN inventory_items ON inventory_items.id = inventory_item_id
WHERE status IN ('active', 'committed') GROUP BY order_id, product_variant_id
"""
_ORDERED = """
SELECT order_id, product_variant_id, orders.status, SUM(quantity - returned_quantity)::int AS units FROM order_items
JOIN orders ON orders.id = order_id GROUP BY order_id, product_variant_id, orders.status
"""


def sandbox(payments: Database) -> Providers:
    """The sandbox as the only provider."""
    provider = SandboxProvider(payments, webhook_secret=SECRET, pages="http://gateway.test/sandbox/payments/")
    return Providers(by_name={"sandbox": provider}, for_new="sandbox")


@asynccontextmanager
async def open_counter(servers: ServerUrls) -> AsyncIterator[Counter]:
    """A shop of its own: every database but those of users and notifications, dropped when the block ends."""
    async with AsyncExitStack() as stack:
        sql = {
            service: (await stack.enter_async_context(scratch_database(servers, service))).url
            for service in ("carts", "inventory", "orders", "payments")
        }
        urls = DatabaseUrls(
            users=NOWHERE_SQL,
            products=servers.mongo_url(f"scratch_{uuid4().hex}"),
            carts_redis=servers.redis,
            notifications=NOWHERE_MONGO,
            **sql,
        )
        connections = await stack.enter_async_context(open_connections(urls))
        products = connections.products.database
        stack.push_async_callback(products.client.drop_database, products.name)
        await ensure_collections(products, COLLECTIONS)
        opened = await create_warehouse(
            connections.inventory,
            warehouse=NewWarehouse(code="EAST", name="East", priority=1),
            actor_id=CLERK,
            now=datetime.now(UTC),
        )
        yield Counter(connections=connections, warehouse=opened.id, urls=urls)
