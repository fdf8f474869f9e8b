"""A large catalogue: ten thousand products that differ in everything that lists are narrowed and sorted by."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from bson.decimal128 import Decimal128
from bson.objectid import ObjectId

from datasources.core.collections import ensure_collections
from datasources.core.connections import open_connections
from datasources.products.bulk import insert_products
from datasources.products.documents import COLLECTIONS
from datasources.products.search_words import search_fields
from gateway.development import embedded_urls
from tests.collections import examples
from tests.collections.examples import NOW

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from datasources.core.connections import Connections
    from gateway.embedded import EmbeddedServers

    Document = dict[str, Any]

_CHUNK = 1000

COLOURS = ("Black", "White", "Red", "Green", "Blue")
SIZES = ("S", "M", "L")
TAGS = ("new", "sale", "sport", "home", "gift", "travel", "kids", "classic")
NOUNS = ("Lamp", "Chair", "Table", "Kettle", "Jacket", "Speaker", "Camera", "Bottle")
KINDS = ("Wooden", "Cotton", "Wireless", "Folding", "Silent", "Bright", "Heavy", "Little")


def dice(seed: int) -> Random:
    """The same throws every time."""
    return Random(seed)  # noqa: S311  # nothing secret


def key(number: int) -> ObjectId:
    """The ObjectId of a number."""
    return ObjectId(f"{number:024x}")


ROOTS = tuple(key(1000 + root) for root in range(6))
LEAVES = {root: tuple(key(2000 + 10 * place + leaf) for leaf in range(5)) for place, root in enumerate(ROOTS)}
BRANDS = tuple(key(3000 + brand) for brand in range(40))


@asynccontextmanager
async def large_catalogue(servers: EmbeddedServers, products: int) -> AsyncIterator[Connections]:
    """So many products in a database of their own, dropped when the block ends. The other services' are empty."""
    urls = replace(embedded_urls(servers.urls), products=servers.urls.mongo_url(f"scratch_{uuid4().hex}"))
    async with open_connections(urls) as opened:
        database = opened.products.database
        try:
            await ensure_collections(database, COLLECTIONS)
            await database["product_attributes"].insert_many(_attributes())
            made = [*make_products(dice(5), products)]
            for start in range(0, products, _CHUNK):
                await insert_products(opened.products, made[start : start + _CHUNK])
            yield opened
        finally:
            await database.client.drop_database(database.name)


def make_products(rng: Random, count: int, *, start: int = 0) -> Iterator[Document]:
    """Products by number; many share a price, a rating, a name or a time."""
    for number in range(start, start + count):
        yield make_product(rng, number)


def make_product(rng: Random, number: int) -> Document:
    """One product; three in a hundred are drafts."""
    root = rng.choice(ROOTS)
    leaf = rng.choice(LEAVES[root])
    stock = rng.choice((0, 0, 1, 5, 40))
    visible = rng.random() < 0.97
    name = f"{rng.choice(KINDS)} {rng.choice(NOUNS)}"
    price = Decimal128(Decimal(rng.randrange(5, 400)) + Decimal("0.99"))
    document = examples.product(
        _id=key(100_000 + number),
        sku=f"MANY-{number}",
        skus=[f"MANY-{number}", f"MANY-{number}-1"],
        slug=f"many-{number}",
        name=name,
        description=f"A {name.lower()} of good quality.",
        short_description=None,
        price=price,
        category_id=leaf,
        category_path=[root, leaf],
        brand_id=rng.choice((*BRANDS, None)),
        attributes=[{"name": "Material", "value": rng.choice(("Wood", "Wool", "Steel"))}],
        variants=[_variant(rng, number, place, price) for place in range(rng.randrange(1, 3))],
        tags=rng.sample(TAGS, rng.randrange(3)),
        rating={"average": rng.choice((0.0, 2.5, 3.0, 4.0, 4.5, 5.0)), "count": rng.randrange(3)},
        stock=stock,
        in_stock=stock > 0,
        backorder=rng.random() < 0.1,
        is_featured=rng.random() < 0.05,
        status="active" if visible else "draft",
        is_published=visible,
        created_at=NOW - timedelta(hours=rng.randrange(2000)),
    )
    return document | search_fields(document)


def _variant(rng: Random, number: int, place: int, price: Decimal128) -> Document:
    return examples.variant(
        id=UUID(int=number * 10 + place + 1),
        sku=f"MANY-{number}-{place}",
        price=price,
        is_default=place == 0,
        is_active=place == 0 or rng.random() < 0.8,
        attributes=[
            {"name": "Colour", "value": rng.choice(COLOURS)},
            {"name": "Size", "value": rng.choice(SIZES)},
        ],
    )


def _attributes() -> list[Document]:
    values = {"Colour": COLOURS[:4], "Size": SIZES, "Material": ("Wood", "Wool", "Steel"), "Hidden": ("x",)}
    return [
        examples.product_attribute(
            name=name,
            display_name=f"{name}:",
            is_filterable=name != "Hidden",
            display_order=place,
            values=[
                {"value": word, "display_value": word.upper(), "display_order": order}
                for order, word in enumerate(words)
            ],
        )
        for place, (name, words) in enumerate(values.items())
    ]
