"""Carts that customers leave behind: found, noted once, and closed when they come back and order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Select, exists, insert, select
from sqlalchemy.dialects.postgresql import insert as insert_unless_there

from datasources.carts.records import AbandonedCart
from datasources.carts.tables import abandoned_carts, cart_items, domain_events, shopping_carts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from datasources.core.databases import Database

CART: Final = "Cart"
MOST_CARTS: Final = 100


async def customers_who_left(
    copies: Database, *, before: datetime, most: int = MOST_CARTS
) -> tuple[UUID, ...]:
    """Whose carts have lines, were last changed before this time, and are not noted: the longest untouched first.

    Raises:
        ServiceUnavailable: CartDb is down.
    """
    async with copies.transaction() as transaction:
        found = await transaction.scalars(
            _left(before).with_only_columns(shopping_carts.c.user_id).limit(most)
        )
        return tuple(found)


async def note_abandoned_carts(
    copies: Database, *, emails: Mapping[UUID, str | None], before: datetime, now: datetime
) -> tuple[AbandonedCart, ...]:
    """Note these customers' carts as left behind; `emails` says where each is written to, None if nowhere.

    A cart that was changed meanwhile, is noted already, or is at work elsewhere is passed over, so any number of
    workers may do this at once. Each note is told as the event CartAbandoned.

    Raises:
        ServiceUnavailable: CartDb is down.
    """
    if not emails:
        return ()
    async with copies.transaction() as transaction:
        found = await transaction.execute(
            _left(before)
            .where(shopping_carts.c.user_id.in_(list(emails)))
            .with_for_update(skip_locked=True, of=shopping_carts)
        )
        carts = found.all()
        if not carts:
            return ()
        items = await _items(transaction, [cart.id for cart in carts])
        rows = [
            {
                "cart_id": cart.id,
                "user_id": cart.user_id,
                "email": emails[cart.user_id],
                "cart_data": {"items": items[cart.id], "currency": cart.currency},
                "abandoned_at": now,
            }
            for cart in carts
        ]
        noted = await transaction.execute(
            insert_unless_there(abandoned_carts)
            .on_conflict_do_nothing()
            .returning(abandoned_carts.c.id, abandoned_carts.c.cart_id, abandoned_carts.c.user_id),
            rows,
        )
        versions = {cart.id: cart.version for cart in carts}
        abandoned = tuple(AbandonedCart(**row) for row in noted.mappings())
        if abandoned:
            await transaction.execute(
                insert(domain_events), [_event(each, versions[each.cart_id], now) for each in abandoned]
            )
    return abandoned


def _left(before: datetime) -> Select[Any]:
    """Carts with lines that were last changed before a time, and for which there is no open note."""
    return (
        select(
            shopping_carts.c.id, shopping_carts.c.user_id, shopping_carts.c.currency, shopping_carts.c.version
        )
        .where(
            shopping_carts.c.updated_at < before,
            exists(select(cart_items.c.id).where(cart_items.c.cart_id == shopping_carts.c.id)),
            ~exists(
                select(abandoned_carts.c.id).where(
                    abandoned_carts.c.cart_id == shopping_carts.c.id, abandoned_carts.c.recovered_at.is_(None)
                )
            ),
        )
        .order_by(shopping_carts.c.updated_at, shopping_carts.c.id)
    )


async def _items(transaction: AsyncConnection, carts: Sequence[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """The lines of these carts, as JSON has them, for a message."""
    found = await transaction.execute(
        select(cart_items).where(cart_items.c.cart_id.in_(carts)).order_by(cart_items.c.position)
    )
    items: dict[UUID, list[dict[str, Any]]] = {cart: [] for cart in carts}
    for row in found:
        items[row.cart_id].append(
            {
                "product_id": row.product_id,
                "variant_id": str(row.product_variant_id),
                "sku": row.sku,
                "name": row.name,
                "image": row.image_url,
                "price": str(row.unit_price),
                "currency": row.currency,
                "quantity": row.quantity,
                "subtotal": str(row.unit_price * row.quantity),
                "added_at": row.added_at.isoformat(),
            }
        )
    return items


def _event(abandoned: AbandonedCart, version: int, now: datetime) -> dict[str, Any]:
    """The event; who listens reads the address from the note, so that it stands in one place."""
    return {
        "aggregate_id": str(abandoned.cart_id),
        "aggregate_type": CART,
        "event_type": "CartAbandoned",
        "event_data": {"user_id": str(abandoned.user_id), "abandoned_cart_id": str(abandoned.id)},
        "version": version,
        "occurred_at": now,
    }
