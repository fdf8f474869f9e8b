"""Lists of reviews across all products, for those who moderate them, and what a workflow asks about one."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Final

from datasources.core.document_paging import keyset_filter, keyset_sort, parse_object_id
from datasources.core.document_values import object_id_or_none
from datasources.core.paging import Order as ListOrder
from datasources.core.paging import SortKey, page, parse_number, parse_time
from datasources.products import pipelines
from datasources.products.conversions import ALL_OF_REVIEWS
from datasources.products.documents import PRODUCT_REVIEWS, REVIEW_STATUSES
from datasources.products.filters import review_conditions

if TYPE_CHECKING:
    from uuid import UUID

    from datasources.core.documents import Document, DocumentDatabase
    from datasources.core.paging import Page, Window
    from datasources.core.records import Projection
    from datasources.products.records import Review, ReviewFilter


_ID = SortKey(column="_id", parse=parse_object_id, value=attrgetter("id"))
_CREATED = SortKey(column="created_at", parse=parse_time, value=attrgetter("created_at"))
_REPORTS = SortKey(column="reported_count", parse=parse_number, value=attrgetter("reported_count"))

NEWEST: Final = ListOrder(name="reviews_newest", keys=(_CREATED, _ID), descending=True)
OLDEST: Final = ListOrder(name="reviews_oldest", keys=(_CREATED, _ID), descending=False)
MOST_REPORTED: Final = ListOrder(name="reviews_most_reported", keys=(_REPORTS, _ID), descending=True)
ORDERS: Final = {"newest": NEWEST, "oldest": OLDEST, "most_reported": MOST_REPORTED}


async def page_of_reviews(
    database: DocumentDatabase,
    *,
    wanted: ReviewFilter,
    order: ListOrder,
    window: Window,
    fields: Projection[Review] = ALL_OF_REVIEWS,
) -> Page[Review]:
    """A window of the reviews that pass the filter; they have at least these fields. The order by reports is for a
    filter that leaves reported ones: there is an index of those alone.

    Raises:
        InvalidCursor: the cursor is not of this list in this order.
        ServiceUnavailable: the product database is down.
    """
    found = await database.find(
        PRODUCT_REVIEWS,
        keyset_filter(conditions(wanted, order), order, window),
        fields=fields.fields,
        sort=keyset_sort(order, window),
        limit=window.size + 1,
    )
    return page([*map(fields.record_of, found)], window, order)


async def count_reviews(database: DocumentDatabase, *, wanted: ReviewFilter) -> int:
    """How many reviews pass the filter.

    Raises:
        ServiceUnavailable: the product database is down.
    """
    found = await database.aggregate(PRODUCT_REVIEWS, pipelines.count(conditions(wanted)))
    return int(found[0]["count"]) if found else 0


async def unverified_product(database: DocumentDatabase, *, user_id: UUID, review_id: str) -> str | None:
    """The product that a user's review is about, if the review is not yet one of a verified purchase.

    Raises:
        ServiceUnavailable: the product database is down.
    """
    mine = {"_id": object_id_or_none(review_id), "user_id": str(user_id), "verified_purchase": False}
    found = await database.find(PRODUCT_REVIEWS, mine, fields=("product_id",), limit=1)
    return str(found[0]["product_id"]) if found else None


def conditions(wanted: ReviewFilter, order: ListOrder = NEWEST) -> Document:
    """The condition that a filter of all reviews stands for, in words that fit the index with this order."""
    if order is MOST_REPORTED:
        return review_conditions(wanted)
    # All statuses are named, so that the index which has the status before the age gives the order.
    return {"status": {"$in": REVIEW_STATUSES}, **review_conditions(wanted)}
