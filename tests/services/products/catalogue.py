"""The catalogue that the tests of the product service know, and the documents that make it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from bson.decimal128 import Decimal128
from bson.objectid import ObjectId

from datasources.core.collections import ensure_collections
from datasources.products.documents import COLLECTIONS
from datasources.products.vocabulary import remember_words
from tests.collections import examples
from tests.collections.examples import NOW
from tests.services.users.people import ADA, GRACE, ODD

if TYPE_CHECKING:
    from datasources.core.connections import Connections

    Document = dict[str, Any]

NOTHING = "f" * 24


def key(number: int) -> ObjectId:
    """The ObjectId of a number."""
    return ObjectId(f"{number:024x}")


AUDIO, HEADPHONES, EARBUDS, GARDEN, SECRET = (key(number) for number in range(1, 6))
ACME, BOLT, CLOSED = (key(number) for number in range(11, 14))
BLACK, WHITE, RETIRED = (UUID(int=number) for number in range(101, 104))

# The catalogue of `product(...)` below, by slug: (price, stars, days old, category path, brand, anything else).
_ON_SALE: tuple[tuple[str, str, float, int, tuple[ObjectId, ...], ObjectId | None, Document], ...] = (
    ("over-ear", "299.99", 4.5, 3, (AUDIO, HEADPHONES), ACME, {"is_featured": True, "seller_id": str(ADA)}),
    ("on-ear", "99.00", 4.5, 3, (AUDIO, HEADPHONES), ACME, {}),
    ("earbud", "99", 4, 2, (AUDIO, HEADPHONES, EARBUDS), BOLT, {"tags": ["sport", "audio"]}),
    ("radio", "9.50", 0, 1, (AUDIO,), BOLT, {"in_stock": False, "backorder": True, "stock": 0}),
    ("spade", "25.00", 0, 3, (GARDEN,), None, {"tags": [], "in_stock": False, "stock": 0}),
)
_NOT_ON_SALE: tuple[tuple[str, Document], ...] = (
    ("draft", {"status": "draft", "is_published": False}),
    ("unpublished", {"is_published": False}),
    ("archived", {"status": "archived"}),
    ("deleted", {"status": "archived", "is_published": False, "deleted_at": NOW}),
)

ON_SALE = tuple(slug for slug, *_ in _ON_SALE)
PRODUCT = {slug: key(200 + number) for number, (slug, *_) in enumerate((*_ON_SALE, *_NOT_ON_SALE))}

_APPROVED = ((ADA, 5, 3), (GRACE, 4, 2))
OWN_PENDING = key(303)
REJECTED = key(304)


async def insert_catalogue(connections: Connections) -> None:
    """Write the collections and their documents."""
    database = connections.products.database
    await ensure_collections(database, COLLECTIONS)
    await database["categories"].insert_many(_categories())
    await database["brands"].insert_many(_brands())
    products = _products()
    await remember_words(connections.products, products)
    await database["products"].insert_many(products)
    await database["product_relations"].insert_many(_relations())
    await database["product_reviews"].insert_many(_reviews())


def variants(slug: str) -> list[Document]:
    """A product's variants; those of the over-ear headphones have ids that tests know."""
    if slug != "over-ear":
        return [examples.variant(sku=f"{slug}-1", attributes=[{"name": "Colour", "value": "Red"}])]
    images = [image["id"] for image in _IMAGES[:1]]
    return [
        examples.variant(
            id=BLACK, sku="over-ear-black", price=Decimal128("299.99"), image_ids=[*images, UUID(int=9)]
        ),
        examples.variant(id=WHITE, sku="over-ear-white", price=Decimal128("310.50"), is_default=False),
        examples.variant(
            id=RETIRED,
            sku="over-ear-green",
            is_default=False,
            is_active=False,
            attributes=[{"name": "Colour", "value": "Green"}],
        ),
    ]


_IMAGES = [
    {"id": UUID(int=52), "url": "/second.jpg", "alt_text": None, "is_primary": False, "order": 2},
    {"id": UUID(int=51), "url": "/first.jpg", "alt_text": "From the front", "is_primary": True, "order": 1},
]


def _product(slug: str, **changes: Any) -> Document:
    name = {"over-ear": "Quiet headphones", "on-ear": "Light headphones"}.get(slug, slug.title())
    return examples.product(
        _id=PRODUCT[slug],
        sku=slug.upper(),
        slug=slug,
        name=name,
        description=f"The {slug}.",
        images=_IMAGES,
        variants=variants(slug),
        **{
            "category_id": GARDEN,
            "category_path": [GARDEN],
            "brand_id": None,
            "is_featured": False,
            **changes,
        },
    )


def _products() -> list[Document]:
    on_sale = [
        _product(
            slug,
            price=Decimal128(price),
            rating={"average": stars, "count": 2 if stars else 0},
            created_at=NOW - timedelta(days=days),
            category_id=path[-1],
            category_path=list(path),
            brand_id=brand,
            **changes,
        )
        for slug, price, stars, days, path, brand, changes in _ON_SALE
    ]
    return [*on_sale, *(_product(slug, **changes) for slug, changes in _NOT_ON_SALE)]


def _categories() -> list[Document]:
    places: tuple[tuple[str, ObjectId, list[ObjectId], int], ...] = (
        ("Audio", AUDIO, [], 2),
        ("Headphones", HEADPHONES, [AUDIO], 0),
        ("Earbuds", EARBUDS, [AUDIO, HEADPHONES], 0),
        ("Garden", GARDEN, [], 1),
        ("Secret", SECRET, [], 0),
    )
    return [
        examples.category(
            _id=identifier,
            name=name,
            slug=name.lower(),
            parent_id=path[-1] if path else None,
            path=path,
            level=len(path),
            order=order,
            is_active=identifier != SECRET,
        )
        for name, identifier, path, order in places
    ]


def _brands() -> list[Document]:
    names = {ACME: "Acme", BOLT: "Bolt", CLOSED: "Closed"}
    return [
        examples.brand(_id=identifier, name=name, slug=name.lower(), is_active=identifier != CLOSED)
        for identifier, name in names.items()
    ]


def _relations() -> list[Document]:
    shown = (
        ("earbud", "cross_sell", 3),
        ("radio", "related", 1),
        ("on-ear", "related", 2),
        ("on-ear", "up_sell", 4),
        ("draft", "related", 0),
        ("deleted", "up_sell", 0),
    )
    return [
        examples.product_relation(
            product_id=PRODUCT["over-ear"],
            related_product_id=PRODUCT[slug],
            relation_type=kind,
            display_order=order,
        )
        for slug, kind, order in shown
    ]


def _reviews() -> list[Document]:
    approved = [
        examples.product_review(
            _id=key(301 + number),
            product_id=PRODUCT["over-ear"],
            user_id=str(author),
            rating=stars,
            created_at=NOW - timedelta(days=days),
        )
        for number, (author, stars, days) in enumerate(_APPROVED)
    ]
    return [
        *approved,
        examples.product_review(
            _id=OWN_PENDING,
            product_id=PRODUCT["over-ear"],
            user_id=str(ODD),
            status="pending",
            verified_purchase=False,
            response=None,
            created_at=NOW - timedelta(days=1),
        ),
        examples.product_review(
            _id=REJECTED, product_id=PRODUCT["on-ear"], user_id=str(ADA), status="rejected", created_at=NOW
        ),
    ]
