"""What the demo shop's customers say about its goods, and who found that helpful."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from datasources.seeds.determinism import between, chance, dice, object_id_for
from datasources.seeds.people import MANAGER_ID
from datasources.seeds.vocabulary.reviews import DETAILS, OPENINGS, REJECTIONS, REPORTS, RESPONSES, TITLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime
    from random import Random

    from bson import ObjectId

    from datasources.core.documents import Document
    from datasources.seeds.orders import Order
    from datasources.seeds.people import Person
    from datasources.seeds.products import Product

    Purchases = dict[tuple[int, int], tuple[Order, datetime]]

REVIEWS_PER_BLOCK: Final = 3000

_SHARE_VERIFIED = 70
_SHARE_PICTURES = 10
_SHARE_VOTED = 30
_UNHAPPY = 2


def make_reviews(
    people: Sequence[Person], products: Sequence[Product], orders: Iterable[Order], now: datetime
) -> tuple[list[Document], list[Document]]:
    """A block's reviews, at most one for each product and customer, and their votes."""
    rng = dice("reviews", products[0].block)
    purchases = _find_purchases(products, orders, now)
    verified = rng.sample(sorted(purchases), min(len(purchases), REVIEWS_PER_BLOCK * _SHARE_VERIFIED // 100))
    pairs = dict.fromkeys(verified)
    shown = [product for product in products if product.is_visible]
    while len(pairs) < REVIEWS_PER_BLOCK:
        product, person = rng.choice(shown), rng.choice(people)
        if max(product.created_at, person.created_at) + timedelta(days=1) < now:
            pairs[product.index, person.index] = None
    reviews: list[Document] = []
    votes: list[Document] = []
    for product_index, person_index in pairs:
        product, person = products[product_index], people[person_index]
        review = _make_review(rng, product, person, purchases.get((product_index, person_index)), now)
        cast = list(_make_votes(rng, review, people, now))
        review["helpful_count"] = sum(vote["kind"] == "helpful" for vote in cast)
        review["reported_count"] = sum(vote["kind"] == "report" for vote in cast)
        reviews.append(review)
        votes += cast
    return reviews, votes


def stars_by_product(reviews: Iterable[Document]) -> dict[ObjectId, list[int]]:
    """The stars of approved reviews: what a product's rating is the average of."""
    stars: defaultdict[ObjectId, list[int]] = defaultdict(list)
    for review in reviews:
        if review["status"] == "approved":
            stars[review["product_id"]].append(review["rating"])
    return stars


def _find_purchases(products: Sequence[Product], orders: Iterable[Order], now: datetime) -> Purchases:
    """Who bought what and had it delivered at least a day ago, as places in the lists of products and people."""
    places = {product.id: product.index for product in products}
    purchases: Purchases = {}
    for order in orders:
        delivered = order.fate.at("delivered")
        if order.person is not None and delivered is not None and delivered + timedelta(days=1) < now:
            for line in order.lines:
                purchases[places[line.variant.product_id], order.person.index] = (order, delivered)
    return purchases


def _make_review(
    rng: Random, product: Product, person: Person, purchase: tuple[Order, datetime] | None, now: datetime
) -> Document:
    since = purchase[1] if purchase else max(product.created_at, person.created_at)
    written = between(rng, since + timedelta(hours=12), min(now, since + timedelta(days=60)))
    status = rng.choices(("approved", "pending", "rejected"), weights=(88, 7, 5))[0]
    if now - written < timedelta(hours=6):
        status = "pending"
    rating = min(5, max(1, round(rng.gauss(product.quality, 1.1))))
    decided = min(now, written + timedelta(hours=rng.randrange(1, 40)))
    return {
        "_id": object_id_for("review", product.id, person.id),
        "product_id": product.id,
        "user_id": str(person.id),
        "order_id": str(purchase[0].id) if purchase else None,
        "rating": rating,
        "title": rng.choice(TITLES[rating]) if chance(rng, 90) else None,
        "comment": f"{rng.choice(OPENINGS[rating])} {rng.choice(DETAILS[rating])}",
        "images": _pictures(rng, product),
        "verified_purchase": purchase is not None,
        "helpful_count": 0,
        "reported_count": 0,
        "status": status,
        "moderation": _moderation(rng, status, decided),
        "response": _response(rng, rating, decided, now) if status == "approved" else None,
        "version": 1 if status == "pending" else 2,
        "created_at": written,
        "updated_at": written if status == "pending" else decided,
    }


def _pictures(rng: Random, product: Product) -> list[str]:
    if not chance(rng, _SHARE_PICTURES):
        return []
    return [f"https://images.example.com/reviews/{product.slug}-{rng.randrange(1000)}.jpg"]


def _moderation(rng: Random, status: str, decided: datetime) -> Document | None:
    if status == "pending":
        return None
    reason = rng.choice(REJECTIONS) if status == "rejected" else None
    return {"moderated_by": str(MANAGER_ID), "moderated_at": decided, "reason": reason}


def _response(rng: Random, rating: int, decided: datetime, now: datetime) -> Document | None:
    if not chance(rng, 60 if rating <= _UNHAPPY else 4):
        return None
    return {
        "text": RESPONSES[1] if rating <= _UNHAPPY else RESPONSES[0],
        "responded_by": str(MANAGER_ID),
        "responded_at": min(now, decided + timedelta(hours=20)),
    }


def _make_votes(rng: Random, review: Document, people: Sequence[Person], now: datetime) -> Iterator[Document]:
    if review["status"] == "pending" or not chance(rng, _SHARE_VOTED):
        return
    written: datetime = review["created_at"]
    readers = [
        reader
        for reader in rng.sample(people, rng.randrange(1, 6))
        if str(reader.id) != review["user_id"] and reader.created_at < now
    ]
    for reader in readers:
        kind = "report" if chance(rng, 40 if review["status"] == "rejected" else 2) else "helpful"
        yield {
            "_id": object_id_for("vote", review["_id"], reader.id),
            "review_id": review["_id"],
            "user_id": str(reader.id),
            "kind": kind,
            "reason": rng.choice(REPORTS) if kind == "report" else None,
            "created_at": between(rng, max(written, reader.created_at), now),
        }
