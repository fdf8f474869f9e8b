"""The demo shop's open carts, those left behind, wishlists, and what was looked at."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from datasources.carts.bulk import AbandonedRow, BulkCart, BulkLists
from datasources.seeds.determinism import between, dice, money, uuid_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from random import Random
    from uuid import UUID

    from datasources.carts.keys import CartItem
    from datasources.seeds.people import Person
    from datasources.seeds.products import Product, Variant
    from datasources.seeds.stock import Item

    Line = tuple[
        Variant, int, int, datetime
    ]  # the variant, how many, the price that was seen, when it was added

CARTS_PER_BLOCK: Final = 40
LISTS_PER_BLOCK: Final = 80

_ABANDONED_FROM = 34
_DEMO_LINES = 3
_WITH_COUPON = 2  # the place of its owner
_PLENTY = 20


def make_carts(
    people: Sequence[Person], products: Sequence[Product], stock: Mapping[UUID, Item], now: datetime
) -> Iterator[BulkCart]:
    """Carts of a block's customers: the last six are abandoned and out of Redis, the first block's first is the demo's.

    Most carts have a line or two with nothing wrong; in some a price has changed since, or a variant is sold out.
    """
    block = people[0].block
    rng = dice("carts", block)
    shown = [variant for product in products if product.is_visible for variant in product.variants]
    plenty = [variant for variant in shown if stock[variant.id].available >= _PLENTY]
    sold_out = [variant for variant in shown if not stock[variant.id].available]
    owners = [people[0], *rng.sample(people[3:], CARTS_PER_BLOCK - 1)]
    for place, owner in enumerate(owners):
        left = place >= _ABANDONED_FROM
        ago = timedelta(days=rng.randrange(3, 20)) if left else timedelta(hours=rng.randrange(1, 20))
        changed = max(now - ago, owner.created_at)
        if block == 0 and place == 0:
            lines = _choose(rng, plenty, _DEMO_LINES, owner, changed)
            # The demo customer saw a lower price for the second of three.
            variant, quantity, price, added = lines[1]
            lines[1] = (variant, quantity, price * 90 // 100, added)
        else:
            lines = _choose(rng, plenty, rng.randrange(1, 5), owner, changed)
            if place % 5 == 1:
                lines += _choose(rng, sold_out, 1, owner, changed)
            if place % 7 == 1:
                variant, quantity, price, added = lines[0]
                lines[0] = (variant, quantity, price * 110 // 100, added)
        coupon = "WELCOME10" if block == 0 and place == _WITH_COUPON else None
        yield _make_cart(owner, lines, changed, left=left, coupon=coupon)


def make_lists(people: Sequence[Person], products: Sequence[Product], now: datetime) -> Iterator[BulkLists]:
    """Wishlists and recently viewed products of some customers, the demo customer among them."""
    rng = dice("lists", people[0].block)
    shown = [str(product.id) for product in products if product.is_visible]
    for person in people[:LISTS_PER_BLOCK]:
        yield BulkLists(
            user_id=person.id,
            wishlist=_times(rng, rng.sample(shown, rng.randrange(2, 9)), now - timedelta(days=90), now),
            recently_viewed=_times(
                rng, rng.sample(shown, rng.randrange(5, 25)), now - timedelta(days=10), now
            ),
        )


def _choose(
    rng: Random, shelf: Sequence[Variant], count: int, owner: Person, changed: datetime
) -> list[Line]:
    """Lines with the price of today, oldest first."""
    earliest = max(changed - timedelta(days=2), owner.created_at)
    added = sorted(between(rng, earliest, changed) for _ in range(count))
    variants = rng.sample(shelf, min(count, len(shelf)))
    return [
        (variant, rng.choice((1, 1, 1, 2)), variant.price, at)
        for variant, at in zip(variants, added, strict=False)
    ]


def _make_cart(
    owner: Person, lines: Sequence[Line], changed: datetime, *, left: bool, coupon: str | None
) -> BulkCart:
    cart_id = uuid_for("cart", owner.id)
    seen = [_seen(variant, quantity, price, at) for variant, quantity, price, at in lines]
    subtotal = sum(quantity * price for _, quantity, price, _ in lines)
    codes = [coupon] if coupon else []
    return BulkCart(
        cart={
            "id": cart_id,
            "user_id": owner.id,
            "currency": "USD",
            "coupon_codes": codes,
            "version": len(lines) + len(codes),
            "created_at": min(at for _, _, _, at in lines),
            "updated_at": changed,
        },
        items=[
            {
                "id": uuid_for("cart item", cart_id, variant.id),
                "cart_id": cart_id,
                "product_variant_id": variant.id,
                "product_id": str(variant.product_id),
                "sku": variant.sku,
                "name": variant.product_name,
                "image_url": variant.image.url,
                "quantity": quantity,
                "unit_price": money(price),
                "currency": "USD",
                "position": position,
                "added_at": at,
                "updated_at": at,
            }
            for position, (variant, quantity, price, at) in enumerate(lines)
        ],
        lines=[] if left else seen,
        subtotal=money(subtotal),
        discount=money(subtotal // 10 if coupon else 0),
        abandoned=_make_abandoned(owner, cart_id, seen, changed) if left else None,
    )


def _seen(variant: Variant, quantity: int, price: int, at: datetime) -> CartItem:
    return {
        "product_id": str(variant.product_id),
        "variant_id": str(variant.id),
        "sku": variant.sku,
        "name": variant.product_name,
        "image": variant.image.url,
        "price": str(money(price)),
        "currency": "USD",
        "quantity": quantity,
        "subtotal": str(money(price * quantity)),
        "added_at": at.isoformat(),
    }


def _make_abandoned(
    owner: Person, cart_id: UUID, seen: Sequence[CartItem], changed: datetime
) -> AbandonedRow:
    noticed = changed + timedelta(days=1)
    written = owner.wants_marketing
    return {
        "id": uuid_for("abandoned cart", cart_id),
        "cart_id": cart_id,
        "user_id": owner.id,
        "email": owner.email,
        "cart_data": {"items": list(seen), "currency": "USD"},
        "abandoned_at": noticed,
        "recovery_email_sent": written,
        "recovery_email_sent_at": noticed + timedelta(hours=1) if written else None,
    }


def _times(rng: Random, products: Sequence[str], first: datetime, last: datetime) -> dict[str, int]:
    return {product: int(between(rng, first, last).timestamp() * 1000) for product in products}
