"""The durable copies of customers' carts in CartDb: read, and written by whoever has the newest."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    DateTime,
    Integer,
    Numeric,
    String,
    Text,
    Uuid,
    any_,
    bindparam,
    column,
    delete,
    exists,
    func,
    not_,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as insert_unless_there

from datasources.carts.hashes import details_of, given_details
from datasources.carts.limits import COPY_LIFETIME
from datasources.carts.records import NO_DETAILS, Cart, CartLine
from datasources.carts.statements import COPIES_BY_USER
from datasources.carts.tables import abandoned_carts, cart_items, consumed_events, shopping_carts
from datasources.core.money import NOTHING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    import asyncpg
    from sqlalchemy.ext.asyncio import AsyncConnection

    from datasources.core.databases import Database

# Under which name taking ordered goods out of a cart is noted in the inbox.
ORDERED_CONSUMER: Final = "cart.ordered"


async def read_copies(copies: Database, users: Sequence[UUID]) -> dict[UUID, Cart]:
    """The durable copies of these customers' carts, of those that have one which has not expired.

    Raises:
        ServiceUnavailable: CartDb is down.
    """
    rows = await copies.fetch(COPIES_BY_USER, keys=users)
    return {user: _cart_of_rows(user, list(lines)) for user, lines in groupby(rows, _user_id)}


async def hold_copy(transaction: AsyncConnection, user_id: UUID, *, now: datetime) -> None:
    """Hold a customer's copy until the transaction ends; this comes before `write_copy`.

    What is written is compared with what is there, and the second statement of a transaction sees what the one that
    held the copy before has left. A customer without a copy gets an empty one that has expired, which nobody sees.
    """
    await transaction.execute(_HOLD, _held(user_id, now))


async def hold_copy_for_order(
    transaction: AsyncConnection, user_id: UUID, order_id: UUID, *, now: datetime
) -> bool:
    """Hold a customer's copy and note that an order's goods leave the cart; tell whether that is news.

    If it is then the customer has come back to a cart that was left behind, if there is one.
    """
    given = {**_held(user_id, now), "order_id": order_id, "consumer_name": ORDERED_CONSUMER, "moment": now}
    news = await transaction.scalar(_HOLD_FOR_ORDER, given)
    return bool(news)


async def write_copy(transaction: AsyncConnection, cart: Cart) -> None:
    """Make the held copy of its owner as the cart is, unless it is newer.

    Newer is what was changed later. Versions do not tell: when Redis has lost a cart that CartDb was behind with, the
    same versions come a second time, but a cart's times only grow.
    """
    await transaction.execute(_WRITE, {**_cart_row(cart), **_line_columns(cart.lines)})


def _user_id(row: asyncpg.Record) -> UUID:
    owner: UUID = row["user_id"]
    return owner


def _cart_of_rows(user_id: UUID, rows: Sequence[asyncpg.Record]) -> Cart:
    cart = rows[0]
    return Cart(
        id=str(user_id),
        user_id=user_id,
        version=cart["version"],
        lines=tuple(_line_of_row(row) for row in rows if row["variant_id"] is not None),
        coupon_codes=tuple(cart["coupon_codes"]),
        discount=NOTHING,
        currency=cart["currency"],
        created_at=cart["created_at"],
        updated_at=cart["updated_at"],
        expires_at=cart["expires_at"],
        checkout=details_of(cart["checkout"]) if cart["checkout"] else NO_DETAILS,
        merged_from=cart["session_id"],
    )


def _line_of_row(row: asyncpg.Record) -> CartLine:
    return CartLine(
        product_id=row["product_id"],
        variant_id=row["variant_id"],
        sku=row["sku"],
        name=row["name"],
        image_url=row["image_url"],
        currency=row["line_currency"],
        unit_price=row["unit_price"],
        quantity=row["quantity"],
        added_at=row["added_at"],
    )


def _held(user_id: UUID, now: datetime) -> dict[str, Any]:
    return {"owner": user_id, "held_at": now}


def _cart_row(cart: Cart) -> dict[str, Any]:
    return {
        "owner": cart.user_id,
        "new_currency": cart.currency,
        "new_coupon_codes": list(cart.coupon_codes),
        "new_checkout": given_details(cart.checkout),
        "new_session_id": cart.merged_from,
        "new_version": cart.version,
        "new_created_at": cart.created_at,
        "new_updated_at": cart.updated_at,
        "new_expires_at": cart.updated_at + COPY_LIFETIME,
    }


def _line_columns(lines: Sequence[CartLine]) -> dict[str, list[Any]]:
    """The lines as one list for each column."""
    return {
        "product_variant_id": [line.variant_id for line in lines],
        "product_id": [line.product_id for line in lines],
        "sku": [line.sku for line in lines],
        "name": [line.name for line in lines],
        "image_url": [line.image_url for line in lines],
        "quantity": [line.quantity for line in lines],
        "unit_price": [line.unit_price for line in lines],
        "currency": [line.currency for line in lines],
        "position": list(range(len(lines))),
        "added_at": [line.added_at for line in lines],
    }


_LINE_COLUMNS: Final[Mapping[str, Any]] = {
    "product_variant_id": Uuid,
    "product_id": String,
    "sku": String,
    "name": String,
    "image_url": Text,
    "quantity": Integer,
    "unit_price": Numeric,
    "currency": String,
    "position": Integer,
    "added_at": DateTime(timezone=True),
}


def _hold() -> Any:
    """Holds the row of a customer, and makes one where there is none: a first copy must not be made twice at once."""
    held = insert_unless_there(shopping_carts).values(
        user_id=bindparam("owner"),
        version=0,
        expires_at=bindparam("held_at"),
        created_at=bindparam("held_at"),
        # Older than any cart.
        updated_at=func.to_timestamp(0),
    )
    return held.on_conflict_do_update(index_elements=["user_id"], set_={"user_id": held.excluded.user_id})


def _hold_for_order() -> Any:
    consumed = (
        insert_unless_there(consumed_events)
        .values(
            consumer=bindparam("consumer_name"),
            event_id=bindparam("order_id"),
            consumed_at=bindparam("moment"),
        )
        .on_conflict_do_nothing()
        .returning(consumed_events.c.event_id)
        .cte("consumed")
    )
    recovered = recover_abandoned().where(exists(select(consumed.c.event_id))).cte("recovered")
    news = select(func.count()).select_from(consumed).scalar_subquery()
    return _hold().returning(news).add_cte(consumed, recovered)


def recover_abandoned() -> Any:
    """Closes what a customer (`owner`) has left behind, for an order (`order_id`) at a `moment`."""
    return (
        update(abandoned_carts)
        .where(abandoned_carts.c.user_id == bindparam("owner"), abandoned_carts.c.recovered_at.is_(None))
        .values(recovered_at=bindparam("moment"), recovered_order_id=bindparam("order_id"))
    )


def _write() -> Any:
    cart = (
        update(shopping_carts)
        .where(
            shopping_carts.c.user_id == bindparam("owner"),
            shopping_carts.c.updated_at < bindparam("new_updated_at"),
        )
        .values(
            {
                name: bindparam(f"new_{name}")
                for name in (
                    "currency",
                    "coupon_codes",
                    "checkout",
                    "session_id",
                    "version",
                    "created_at",
                    "updated_at",
                    "expires_at",
                )
            }
        )
        .returning(shopping_carts.c.id, shopping_carts.c.updated_at)
        .cte("cart")
    )
    arrays = {name: bindparam(name, type_=ARRAY(type_)) for name, type_ in _LINE_COLUMNS.items()}
    lines = (
        func.unnest(*arrays.values())
        .table_valued(*(column(name, type_) for name, type_ in _LINE_COLUMNS.items()), joins_implicitly=True)
        .render_derived(name="lines")
    )
    gone = (
        delete(cart_items)
        .where(
            cart_items.c.cart_id == cart.c.id,
            not_(cart_items.c.product_variant_id == any_(arrays["product_variant_id"])),
        )
        .cte("gone")
    )
    written = insert_unless_there(cart_items).from_select(
        ["cart_id", *_LINE_COLUMNS, "updated_at"],
        select(cart.c.id, *(lines.c[name] for name in _LINE_COLUMNS), cart.c.updated_at),
    )
    changes = {name: written.excluded[name] for name in _LINE_COLUMNS if name != "product_variant_id"}
    return written.on_conflict_do_update(
        index_elements=["cart_id", "product_variant_id"],
        set_={**changes, "updated_at": written.excluded.updated_at},
        where=or_(*(cart_items.c[name].is_distinct_from(new) for name, new in changes.items())),
    ).add_cte(gone)


_HOLD: Final = _hold()
_HOLD_FOR_ORDER: Final = _hold_for_order()
_WRITE: Final = _write()
