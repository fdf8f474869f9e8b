"""A product's rating: what its approved reviews say, no more and no less."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from datasources.products.documents import PRODUCT_REVIEWS, PRODUCTS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bson.objectid import ObjectId

    from datasources.core.document_transactions import DocumentTransaction
    from datasources.core.documents import Document

STARS: Final = (1, 2, 3, 4, 5)


async def settle_rating(transaction: DocumentTransaction, product_id: ObjectId, *, now: datetime) -> None:
    """Bring a product's rating up to what its approved reviews say, those changed in this transaction included.

    The reviews are counted anew, off an index. Of two transactions that settle one product's rating at once the server
    lets one pass and sends the other back to the start, so that none counts without the other's review. The product's
    own `version` stays: its editors have changed nothing.
    """
    groups = await transaction.aggregate(PRODUCT_REVIEWS, stars_of(product_id))
    rating = rating_document({group["_id"]: group["count"] for group in groups})
    product = await transaction.update(
        PRODUCTS,
        {"_id": product_id},
        {
            "$set": {f"rating.{name}": value for name, value in rating.items()},
            # So that this is a change even where the numbers come out the same: the server lets writes pass beside
            # each other that change nothing.
            "$inc": {"rating.version": 1},
        },
        fields=("rating.version",),
    )
    if product is not None:
        await transaction.tell(
            "ProductRatingChanged",
            aggregate=("ProductRating", product_id),
            version=product["rating"]["version"],
            now=now,
            product_id=str(product_id),
            **rating,
        )


def stars_of(product_id: ObjectId) -> list[Document]:
    """The pipeline of how many approved reviews give each number of stars: documents `{_id: stars, count}`."""
    return [
        {"$match": {"product_id": product_id, "status": "approved"}},
        {"$group": {"_id": "$rating", "count": {"$sum": 1}}},
    ]


def rating_document(reviews_by_stars: Mapping[int, int]) -> Document:
    """The rating of so many reviews with each number of stars; the average of none is 0."""
    distribution = [reviews_by_stars.get(stars, 0) for stars in STARS]
    count = sum(distribution)
    total = sum(stars * reviews for stars, reviews in zip(STARS, distribution, strict=True))
    return {"average": total / count if count else 0.0, "count": count, "distribution": distribution}
