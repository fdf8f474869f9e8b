"""Puts goods on sale: products in the catalogue, with so many pieces in stock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from bson.decimal128 import Decimal128
from bson.objectid import ObjectId

from datasources.carts.records import Cart, CartLine
from tests.collections import examples

if TYPE_CHECKING:
    from datasources.core.connections import Connections

THEN = datetime(2026, 1, 30, 9, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """A variant on sale."""

    product_id: str
    variant_id: UUID


async def put_on_sale(
    shop: Connections,
    *,
    price: str = "10.00",
    pieces: int | None = 9,
    backorder: bool = False,
    is_active: bool = True,
    **of_product: Any,
) -> Goods:
    """A new product with one variant; `pieces` of None: nobody keeps count of it."""
    variant = examples.variant(price=Decimal128(price), is_active=is_active)
    product = examples.product(_id=ObjectId(), variants=[variant], **of_product)
    await shop.products.database["products"].insert_one(product)
    goods = Goods(product_id=str(product["_id"]), variant_id=variant["id"])
    if pieces is not None:
        async with shop.inventory.connection() as sql:
            await sql.execute(
                "INSERT INTO inventory_items"
                " (product_variant_id, product_id, sku, quantity_available, allow_backorder)"
                " VALUES ($1, $2, $3, $4, $5)",
                goods.variant_id,
                goods.product_id,
                variant["sku"],
                pieces,
                backorder,
            )
    return goods


def nothing() -> Goods:
    """A variant that never was."""
    return Goods(product_id=str(ObjectId()), variant_id=uuid4())


def line(goods: Goods, *, price: str = "10.00", quantity: int = 1, name: str | None = "Mug") -> CartLine:
    """A line as its owner last saw it."""
    return CartLine(
        product_id=goods.product_id,
        variant_id=goods.variant_id,
        sku="MUG-1",
        name=name,
        image_url=None,
        currency="USD",
        unit_price=Decimal(price),
        quantity=quantity,
        added_at=THEN,
    )


def cart(*lines: CartLine, discount: str | None = None) -> Cart:
    """A cart of somebody; with a coupon if something was last known to be taken off."""
    owner = uuid4()
    return Cart(
        id=str(owner),
        user_id=owner,
        version=1,
        lines=lines,
        coupon_codes=() if discount is None else ("SAVE20",),
        discount=Decimal(discount or "0.00"),
        currency="USD",
        created_at=THEN,
        updated_at=THEN,
        expires_at=None,
    )
