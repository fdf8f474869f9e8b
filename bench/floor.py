"""The practical floor: the wide query's answer by hand, from the same rows by the same batched reads, without GraphQL.

It is written for speed: the driver gives money as the text that the answer needs, rows become dicts in one step,
documents hold only what is shown, and whatever can be asked at the same time is. It is asked as `GET /wide?first=50`
with the gateway's own access tokens.
"""

from __future__ import annotations

import asyncio
import gc
import os
from collections import defaultdict
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import asyncpg
import orjson
from bson.objectid import ObjectId
from motor.motor_asyncio import AsyncIOMotorClient
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from datasources.core.calls import note_call, record_calls
from datasources.core.documents import BATCH_SIZE
from datasources.core.paging import Window, shape
from datasources.inventory import statements as inventory
from datasources.orders import statements as orders
from datasources.payments import statements as payments
from datasources.products.documents import BRANDS, CATEGORIES, PRODUCTS
from datasources.products.filters import NOT_DELETED
from datasources.users import statements as users
from gateway.auth import Unauthenticated, authenticate
from gateway.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
    from uuid import UUID

    from motor.motor_asyncio import AsyncIOMotorDatabase
    from starlette.requests import Request

    from gateway.settings import Settings

    Json = dict[str, Any]

# Nothing else is asked of MongoDB: whole products take longer to decode than everything else here together, and the
# driver longer to turn a Decimal128 into text than the server.
_PRODUCT_FIELDS: Json = {
    **dict.fromkeys(("name", "slug", "currency", "brand_id", "category_id"), 1),
    **dict.fromkeys(("images.url", "images.alt_text", "images.order"), 1),
    "price": {"$toString": "$price"},
}
_NAME_FIELDS: Json = {"name": 1, "is_active": 1}

_NEWEST_ORDERS = orders.pages_by_user(orders.NEWEST, frozenset(), shape(Window()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Databases:
    """The five databases that the wide query reads."""

    users: asyncpg.Pool[asyncpg.Record]
    inventory: asyncpg.Pool[asyncpg.Record]
    orders: asyncpg.Pool[asyncpg.Record]
    payments: asyncpg.Pool[asyncpg.Record]
    products: AsyncIOMotorDatabase[Json]


def create_app() -> Starlette:
    """The application, with the settings of the environment."""
    settings = read_settings(os.environ)
    opened: list[Databases] = []

    async def wide(request: Request) -> Response:
        try:
            viewer = authenticate(request.headers.get("authorization"), secret=settings.jwt_secret)
        except Unauthenticated as refusal:
            return Response(str(refusal), 401)
        with record_calls() as log:
            me = viewer.user_id and await _me(opened[0], viewer.user_id, int(request.query_params["first"]))
        # orjson writes an aware UTC time as the gateway's DateTime does, once it is told to use Z.
        body = orjson.dumps({"data": {"me": me}}, option=orjson.OPT_UTC_Z)
        calls = ", ".join(f"{service}={count}" for service, count in sorted(log.by_service().items()))
        return Response(body, headers={"X-Database-Calls": calls}, media_type="application/json")

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with _open_databases(settings) as databases:
            opened.append(databases)
            # Answers hold no reference cycles, so the collector would only search what lives for ever.
            gc.freeze()
            gc.set_threshold(50_000)
            yield

    return Starlette(routes=[Route("/wide", wide)], lifespan=lifespan)


async def _me(databases: Databases, user_id: UUID, first: int) -> Json | None:
    window = {"keys": [user_id], "at_most": first + 1}
    found, user_orders = await asyncio.gather(
        _fetch("users", databases.users, users.BY_ID.text, [user_id]),
        _fetch(
            "orders",
            databases.orders,
            _NEWEST_ORDERS.text,
            *(window[name] for name in _NEWEST_ORDERS.parameters),
        ),
    )
    if not found or not found[0]["is_active"]:
        return None
    page = user_orders[:first]
    keys = [order["id"] for order in page]
    items, payments_made = await asyncio.gather(_items(databases, keys), _payments(databases, keys))
    nodes = [
        {
            "number": order["number"],
            "status": order["status"].upper(),
            "placedAt": order["placed_at"],
            "total": _money(order, "total"),
            "items": items[order["id"]],
            "payments": payments_made[order["id"]],
        }
        for order in page
    ]
    return {"orders": {"nodes": nodes}}


async def _items(databases: Databases, order_ids: Sequence[UUID]) -> Mapping[UUID, list[Json]]:
    rows = await _fetch("orders", databases.orders, orders.ITEMS_BY_ORDER.text, order_ids)
    products = await _products(databases, list({row["product_id"] for row in rows}))
    items: dict[UUID, list[Json]] = defaultdict(list)
    for row in rows:
        items[row["order_id"]].append(
            {
                "name": row["name"],
                "quantity": row["quantity"],
                "unitPrice": _money(row, "unit_price"),
                "product": products.get(row["product_id"]),
            }
        )
    return items


async def _payments(databases: Databases, order_ids: Sequence[UUID]) -> Mapping[UUID, list[Json]]:
    rows = await _fetch("payments", databases.payments, payments.BY_ORDER.text, order_ids)
    refund_rows = await _fetch(
        "payments", databases.payments, payments.REFUNDS_BY_PAYMENT.text, [row["id"] for row in rows]
    )
    refunds: dict[UUID, list[Json]] = defaultdict(list)
    for row in refund_rows:
        refunds[row["payment_id"]].append({"amount": _money(row, "amount"), "status": row["status"].upper()})
    made: dict[UUID, list[Json]] = defaultdict(list)
    for row in rows:
        made[row["order_id"]].append(
            {
                "status": row["status"].upper(),
                "amount": _money(row, "amount"),
                "refunds": refunds[row["id"]],
            }
        )
    return made


async def _products(databases: Databases, keys: Sequence[str]) -> dict[str, Json]:
    documents, stock_rows = await asyncio.gather(
        _find(databases, PRODUCTS, [ObjectId(key) for key in keys], _PRODUCT_FIELDS, NOT_DELETED),
        _fetch("inventory", databases.inventory, inventory.STOCK_BY_PRODUCT.text, keys),
    )
    brands, categories = await asyncio.gather(
        _find(databases, BRANDS, _distinct(documents, "brand_id"), _NAME_FIELDS),
        _find(databases, CATEGORIES, _distinct(documents, "category_id"), _NAME_FIELDS),
    )
    brand_of = {document["_id"]: {"name": document["name"]} for document in brands if document["is_active"]}
    category_of = {
        document["_id"]: {"name": document["name"]} for document in categories if document["is_active"]
    }
    stock = {
        row["key"]: {
            "available": row["available"],
            "isInStock": row["available"] > 0 or row["allows_backorder"],
        }
        for row in stock_rows
    }
    return {
        (key := str(document["_id"])): {
            "name": document["name"],
            "slug": document["slug"],
            "price": {"amount": document["price"], "currencyCode": document["currency"]},
            "brand": brand_of.get(document.get("brand_id")),
            "category": category_of.get(document["category_id"]),
            "stock": stock.get(key),
            "images": [
                {"url": image["url"], "altText": image.get("alt_text")}
                for image in sorted(document["images"], key=itemgetter("order"))
            ],
        }
        for document in documents
    }


def _money(row: asyncpg.Record, amount: str) -> Json:
    return {"amount": row[amount], "currencyCode": row["currency"]}


def _distinct(documents: Iterable[Json], field: str) -> list[ObjectId]:
    return list({key for document in documents if (key := document.get(field)) is not None})


async def _fetch(
    service: str, pool: asyncpg.Pool[asyncpg.Record], statement: str, *arguments: Any
) -> list[asyncpg.Record]:
    note_call(service, statement)
    return await pool.fetch(statement, *arguments)


async def _find(
    databases: Databases,
    collection: str,
    keys: Sequence[ObjectId],
    fields: Json,
    where: Mapping[str, Any] | None = None,
) -> list[Json]:
    note_call("products", f"find {collection}")
    cursor = databases.products[collection].find(
        {"_id": {"$in": keys}, **(where or {})}, fields, batch_size=BATCH_SIZE
    )
    return await cursor.to_list(None)


@asynccontextmanager
async def _open_databases(settings: Settings) -> AsyncIterator[Databases]:
    urls = settings.urls
    async with AsyncExitStack() as stack:

        async def pool(url: str) -> asyncpg.Pool[asyncpg.Record]:
            return await stack.enter_async_context(
                asyncpg.create_pool(
                    url, min_size=0, max_size=settings.pool_size, init=_read_numbers_as_text, reset=_keep
                )
            )

        client: AsyncIOMotorClient[Json] = AsyncIOMotorClient(urls.products)
        stack.callback(client.close)
        yield Databases(
            users=await pool(urls.users),
            inventory=await pool(urls.inventory),
            orders=await pool(urls.orders),
            payments=await pool(urls.payments),
            products=client.get_default_database(),
        )


async def _read_numbers_as_text(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    await connection.set_type_codec("numeric", schema="pg_catalog", encoder=str, decoder=str, format="text")


async def _keep(_connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Reads leave nothing behind; asyncpg's own reset would be a second round trip per read."""
