"""Rows of every list that is paged, made by throws of dice, and how they come and go behind a walker's back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from bson.objectid import ObjectId
from sqlalchemy import Table, delete, insert, text

from datasources.inventory import tables as inventory
from datasources.orders.tables import coupons, orders
from datasources.payments.tables import payments, refunds
from datasources.users.tables import audit_logs, customer_loyalty_ledger, users
from tests.collections import examples
from tests.services.notifications.messages import message
from tests.services.users.people import START

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

    from datasources.core.connections import Connections

    Row = dict[str, Any]

OWNER, STRANGER = UUID(int=1), UUID(int=2)

# Few, so that many rows share each; some no further apart than a database can tell.
_AGES = (timedelta(0), timedelta(microseconds=1), timedelta(milliseconds=1), timedelta(hours=1))

# A trigger keeps these tables' rows from being deleted, and foreign keys ask for parents. Neither matters to a walk.
_WITHOUT_TRIGGERS = text("SET LOCAL session_replication_role = replica")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a list's rows are kept, a table or a collection of the service, and what one is made of."""

    service: str
    place: Table | str
    make: Callable[[Random], Row]

    async def insert(self, shop: Connections, rows: Sequence[Row]) -> None:
        """Write rows into the database itself."""
        database = getattr(shop, self.service)
        if isinstance(self.place, str):
            await database.database[self.place].insert_many(rows)
            return
        async with database.transaction() as transaction:
            await transaction.execute(_WITHOUT_TRIGGERS)
            await transaction.execute(insert(self.place), rows)

    async def delete(self, shop: Connections, keys: Sequence[Any]) -> None:
        """Remove the rows with these keys from the database itself."""
        database = getattr(shop, self.service)
        if isinstance(self.place, str):
            await database.database[self.place].delete_many({"_id": {"$in": keys}})
            return
        async with database.transaction() as transaction:
            await transaction.execute(_WITHOUT_TRIGGERS)
            await transaction.execute(delete(self.place).where(self.place.c.id.in_(keys)))

    def key(self, row: Row) -> Any:
        """What the row is deleted by; as text, it is in the row's global id."""
        return row["_id" if isinstance(self.place, str) else "id"]


def _uuid(rng: Random) -> UUID:
    return UUID(int=rng.getrandbits(128), version=4)


def _aged(rng: Random) -> Row:
    """What nearly every table has: a key that says nothing of the row's age, and the age."""
    return {"id": _uuid(rng), "created_at": START + rng.choice(_AGES)}


def _document(rng: Random) -> Row:
    return {"_id": ObjectId(f"{rng.getrandbits(96):024x}"), "created_at": START + rng.choice(_AGES)}


def _owner(rng: Random) -> UUID:
    return rng.choice((OWNER, OWNER, STRANGER))


def _user(rng: Random) -> Row:
    name = rng.choice(("Ann", "ann", "a.nn", "a_nn", "ANN-", "zoe"))
    return {**_aged(rng), "email": f"{name}{rng.getrandbits(48)}@example.com"}


def _audit_entry(rng: Random) -> Row:
    return {"id": rng.getrandbits(62), "action": "role_assigned", "timestamp": START + rng.choice(_AGES)}


def _ledger_entry(rng: Random) -> Row:
    entry = {"user_id": _owner(rng), "points": 1, "balance_after": 1, "reason": "earned"}
    return {**_aged(rng), **entry, "idempotency_key": str(_uuid(rng))}


def _order(rng: Random) -> Row:
    number, total = f"WALK-{rng.getrandbits(64)}", Decimal(rng.choice(("0", "9.99", "10", "10.10")))
    sums = {"subtotal": total, "total": total}
    addresses: Row = {"shipping_address": {}, "billing_address": {}}
    return {**_aged(rng), "order_number": number, "user_id": _owner(rng), **sums, **addresses}


def _coupon(rng: Random) -> Row:
    value = {"discount_type": rng.choice(("fixed", "percentage")), "discount_value": Decimal(5)}
    valid = {"valid_from": START, "valid_until": START + timedelta(days=1)}
    return {**_aged(rng), "code": f"WALK-{rng.getrandbits(64)}", **value, **valid}


def _payment(rng: Random) -> Row:
    paid = {"order_id": _uuid(rng), "user_id": _owner(rng), "amount": Decimal(10), "gateway": "demo"}
    return {**_aged(rng), **paid, "payment_method": "paypal", "idempotency_key": str(_uuid(rng))}


def _refund(rng: Random) -> Row:
    asked = {"payment_id": _uuid(rng), "order_id": _uuid(rng), "amount": Decimal(10)}
    return {**_aged(rng), **asked, "idempotency_key": str(_uuid(rng))}


def _warehouse(rng: Random) -> Row:
    code = f"{rng.choice(('A', 'a', 'A-', 'é', 'Z'))}{rng.getrandbits(48)}"
    return {**_aged(rng), "code": code, "name": "Somewhere", "priority": rng.choice((-1, 0, 0, 7))}


def _item(rng: Random) -> Row:
    return {**_aged(rng), "product_variant_id": _uuid(rng), "product_id": "a" * 24, "sku": "SKU"}


def _movement(rng: Random) -> Row:
    moved = {"transaction_type": "restock", "quantity_change": 1, "previous_stock": 0, "new_stock": 1}
    return {**_aged(rng), "inventory_item_id": _uuid(rng), "warehouse_id": _uuid(rng), **moved}


def _alert(rng: Random) -> Row:
    alert = {"alert_type": "low_stock", "current_quantity": 1, "threshold_quantity": 2}
    return {**_aged(rng), "inventory_item_id": _uuid(rng), **alert}


def _adjustment(rng: Random) -> Row:
    number = f"WALK-{rng.getrandbits(64)}"
    by_whom = {"warehouse_id": _uuid(rng), "created_by": _uuid(rng)}
    return {**_aged(rng), "adjustment_number": number, "reason": "Counted", **by_whom}


def _review(rng: Random) -> Row:
    status = rng.choice(("pending", "approved", "rejected"))
    counts = {"reported_count": rng.choice((0, 1, 1, 2))}
    return examples.product_review(**_document(rng), user_id=str(_owner(rng)), status=status, **counts)


def _notification(rng: Random) -> Row:
    return message(_owner(rng), **_document(rng))


USERS = Source(service="users", place=users, make=_user)
AUDIT = Source(service="users", place=audit_logs, make=_audit_entry)
LEDGER = Source(service="users", place=customer_loyalty_ledger, make=_ledger_entry)
ORDERS = Source(service="orders", place=orders, make=_order)
COUPONS = Source(service="orders", place=coupons, make=_coupon)
PAYMENTS = Source(service="payments", place=payments, make=_payment)
REFUNDS = Source(service="payments", place=refunds, make=_refund)
WAREHOUSES = Source(service="inventory", place=inventory.warehouses, make=_warehouse)
ITEMS = Source(service="inventory", place=inventory.inventory_items, make=_item)
MOVEMENTS = Source(service="inventory", place=inventory.inventory_transactions, make=_movement)
ALERTS = Source(service="inventory", place=inventory.low_stock_alerts, make=_alert)
ADJUSTMENTS = Source(service="inventory", place=inventory.stock_adjustments, make=_adjustment)
REVIEWS = Source(service="products", place="product_reviews", make=_review)
NOTIFICATIONS = Source(service="notifications", place="notifications", make=_notification)
