"""The demo shop's goods: products with their variants, images and descriptions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from itertools import product as combinations
from typing import TYPE_CHECKING, Final

from datasources.seeds.catalogue import slug_of
from datasources.seeds.determinism import between, chance, dice, object_id_for, uuid_for
from datasources.seeds.people import ORDERS_SINCE, SHOP_AGE
from datasources.seeds.vocabulary.goods import KINDS, SERIES, Department, Kind

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random
    from uuid import UUID

    from bson import ObjectId

PRODUCTS_PER_BLOCK: Final = 500

_MOST_VARIANTS = 6
# No kind has a number of names that shares a factor with it, so that stepping by it meets every name once.
_STRIDE = 389
# How far apart the kinds start, so that they do not share their words.
_APART = 29
_BEFORE_OPENING = 0.6
# Prices from here on are whole dollars less a cent.
_WHOLE_DOLLARS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture of a product."""

    id: UUID
    url: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """What is bought: one choice of each option. Prices are in cents."""

    id: UUID
    sku: str
    name: str | None
    product_id: ObjectId
    product_name: str
    product_created_at: datetime
    price: int
    choices: dict[str, str]
    image: Image

    def price_at(self, moment: datetime, now: datetime) -> int:
        """What it cost then: half of the goods have become dearer since the shop opened."""
        long_ago = (now - moment).days > 200  # noqa: PLR2004  # a little more than half a year
        return self.price * 92 // 100 if long_ago and self.id.int % 2 else self.price


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """Goods of one name."""

    block: int
    index: int
    id: ObjectId
    sku: str
    name: str
    slug: str
    department: Department
    kind: Kind
    adjective: str
    noun: str
    brand: str
    attributes: dict[str, str]
    options: dict[str, list[str]]
    images: tuple[Image, ...]
    variants: tuple[Variant, ...]
    cost: int
    discount: Decimal | None
    grams: int
    status: str
    is_featured: bool
    quality: float
    """What its reviews tend to, from 1 to 5."""
    created_at: datetime

    @property
    def price(self) -> int:
        """The lowest of its variants."""
        return min(variant.price for variant in self.variants)

    @property
    def is_sold(self) -> bool:
        """Whether it is or has been in the shop."""
        return self.status != "draft"

    @property
    def is_visible(self) -> bool:
        """Whether the shop shows it now."""
        return self.status == "active"


def make_products(block: int, now: datetime) -> list[Product]:
    """The products of a block by their age, oldest first; the kinds take turns."""
    rng = dice("products", block)
    opened = now - SHOP_AGE
    first_orders = now - ORDERS_SINCE
    listed = sorted(
        between(rng, opened, first_orders - timedelta(days=1))
        if place < PRODUCTS_PER_BLOCK * _BEFORE_OPENING
        else between(rng, first_orders, now - timedelta(days=1))
        for place in range(PRODUCTS_PER_BLOCK)
    )
    return [_make_product(rng, block, index, created) for index, created in enumerate(listed)]


def _make_product(rng: Random, block: int, index: int, created_at: datetime) -> Product:
    number = block * PRODUCTS_PER_BLOCK + index
    department, kind = KINDS[number % len(KINDS)]
    adjective, noun, name = _name(kind, number // len(KINDS), start=number % len(KINDS) * _APART)
    product_id = object_id_for("product", block, index)
    sku = f"{kind.code}-{number + 1:05d}"
    images = _make_images(rng, product_id, name)
    price = _pretty(rng, *kind.cents)
    options = _choose_options(rng, kind)
    return Product(
        block=block,
        index=index,
        id=product_id,
        sku=sku,
        name=name,
        slug=slug_of(name),
        department=department,
        kind=kind,
        adjective=adjective,
        noun=noun,
        brand=rng.choice(department.brands),
        attributes={attribute: rng.choice(values) for attribute, values in kind.attributes},
        options=options,
        images=images,
        variants=_make_variants(rng, product_id, name, sku, price, options, images, created_at),
        cost=price * rng.randrange(35, 60) // 100,
        discount=Decimal(rng.choice((10, 15, 20, 25, 30))) if chance(rng, 20) else None,
        grams=rng.randrange(*kind.grams),
        # Old goods go, new ones are still being written about.
        status="active"
        if index == 0
        else rng.choices(("active", "draft", "inactive", "archived"), weights=(94, 2, 2, 2))[0],
        is_featured=chance(rng, 6),
        quality=min(4.9, max(2.4, rng.gauss(4.1, 0.5))),
        created_at=created_at,
    )


def _name(kind: Kind, turn: int, *, start: int) -> tuple[str, str, str]:
    """The adjective, the noun and the whole name of a kind's product; no two are the same."""
    names = len(kind.adjectives) * len(kind.nouns) * len(SERIES)
    place = (start + turn * _STRIDE) % names
    adjective = kind.adjectives[place % len(kind.adjectives)]
    noun = kind.nouns[place // len(kind.adjectives) % len(kind.nouns)]
    series = SERIES[place // (len(kind.adjectives) * len(kind.nouns))]
    edition = f" Mk {turn // names + 1}" if turn >= names else ""
    return adjective, noun, f"{adjective} {noun} {series}{edition}"


def _pretty(rng: Random, lowest: int, highest: int) -> int:
    """A price as shops write it, cheap ones more often."""
    cents = lowest + int((highest - lowest) * rng.random() ** 2)
    step = 100 if cents >= _WHOLE_DOLLARS else 50
    return max(lowest, cents // step * step + step - 1)


def _choose_options(rng: Random, kind: Kind) -> dict[str, list[str]]:
    """Some values of each option, so that there are at most six variants; none for one product in ten."""
    if chance(rng, 10):
        return {}
    chosen: dict[str, list[str]] = {}
    room = _MOST_VARIANTS
    for name, values in kind.options:
        most = min(len(values), room if len(kind.options) == 1 else 3)
        count = rng.randrange(1, min(most, room) + 1)
        picked = set(rng.sample(values, count))
        chosen[name] = [value for value in values if value in picked]
        room //= count
    return chosen


def _make_variants(
    rng: Random,
    product_id: ObjectId,
    product_name: str,
    sku: str,
    price: int,
    options: dict[str, list[str]],
    images: tuple[Image, ...],
    created_at: datetime,
) -> tuple[Variant, ...]:
    variants = []
    for place, values in enumerate(combinations(*options.values())):
        choices = dict(zip(options, values, strict=True))
        code = "".join(f"-{slug_of(value).replace('-', '')[:5].upper()}" for value in values)
        dearer = rng.choice((0, 0, 0, 500, 1000)) if place and price >= _WHOLE_DOLLARS else 0
        variants.append(
            Variant(
                id=uuid_for("variant", product_id, place),
                sku=f"{sku}{code}",
                name=" / ".join(values) or None,
                product_id=product_id,
                product_name=product_name,
                product_created_at=created_at,
                price=price + dearer,
                choices=choices,
                image=images[place % len(images)],
            )
        )
    return tuple(variants)


def _make_images(rng: Random, product_id: ObjectId, name: str) -> tuple[Image, ...]:
    views = ("front", "side", "detail", "in use")
    return tuple(
        Image(
            id=uuid_for("image", product_id, place),
            url=f"https://images.example.com/products/{slug_of(name)}-{place + 1}.jpg",
            text=f"{name}, {views[place]}",
        )
        for place in range(rng.randrange(2, 5))
    )
