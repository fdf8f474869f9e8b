"""The wide query by hand: a customer's orders with their items, products, payments and refunds."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from bench.floor.catalogue import products_by_id
from bench.floor.databases import fetch
from datasources.core.listings import windows_by_user
from datasources.core.paging import Window, shape
from datasources.orders import statements as orders
from datasources.payments import statements as payments
from datasources.users import statements as users

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    import asyncpg

    from bench.floor.databases import Databases
    from resolvers.permissions import Viewer

    Json = dict[str, Any]

# The same rows as the gateway's, and no more columns than are shown.
_SHOWN = orders.listed(frozenset({"number", "status", "placed_at", "total", "currency"}))
_NEWEST_ORDERS = windows_by_user(_SHOWN, orders.NEWEST, frozenset(), shape(Window()))
_ITEMS = orders.items_by_order(frozenset({"name", "quantity", "unit_price", "currency"}))
_PAYMENTS = payments.by_order(frozenset({"status", "amount", "currency"}))
_REFUNDS = payments.refunds_by_payment(frozenset({"status", "amount", "currency"}))


async def find_me(databases: Databases, viewer: Viewer, parameters: Mapping[str, str]) -> Json:
    """The viewer's last orders, as many as `first` says."""
    if viewer.user_id is None:
        return {"me": None}
    first = int(parameters["first"])
    window = {"keys": [viewer.user_id], "at_most": first + 1}
    arguments = (window[name] for name in _NEWEST_ORDERS.parameters)
    found, rows = await asyncio.gather(
        fetch("users", databases.users, users.BY_ID.text, [viewer.user_id]),
        fetch("orders", databases.orders, _NEWEST_ORDERS.text, *arguments),
    )
    if not found or not found[0]["is_active"]:
        return {"me": None}
    return {"me": {"orders": {"nodes": await _orders(databases, rows[:first])}}}


async def _orders(databases: Databases, rows: Sequence[asyncpg.Record]) -> list[Json]:
    keys = [row["id"] for row in rows]
    items, payments_made = await asyncio.gather(_items(databases, keys), _payments(databases, keys))
    return [
        {
            "number": row["number"],
            "status": row["status"].upper(),
            "placedAt": row["placed_at"],
            "total": _money(row, "total"),
            "items": items[row["id"]],
            "payments": payments_made[row["id"]],
        }
        for row in rows
    ]


async def _items(databases: Databases, order_ids: Sequence[UUID]) -> Mapping[UUID, list[Json]]:
    rows = await fetch("orders", databases.orders, _ITEMS.text, order_ids)
    products = await products_by_id(databases, list({row["product_id"] for row in rows}))
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
    rows = await fetch("payments", databases.payments, _PAYMENTS.text, order_ids)
    refund_rows = await fetch("payments", databases.payments, _REFUNDS.text, [row["id"] for row in rows])
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


def _money(row: asyncpg.Record, amount: str) -> Json:
    return {"amount": row[amount], "currencyCode": row["currency"]}
