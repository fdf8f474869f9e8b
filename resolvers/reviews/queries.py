"""Reviews at the root of the schema: all of them, for those who moderate them."""

from typing import Annotated

import strawberry

from datasources.core.paging import window
from datasources.products import records
from datasources.products.conversions import review_fields
from datasources.products.reviews import queries
from resolvers.context import Info
from resolvers.permissions import Permission
from resolvers.relations import After, Before, First, Last
from resolvers.relay import Connection, Listing
from resolvers.requirements import restricted_field
from resolvers.reviews.inputs import AnyReviewWhere, ReviewOrder, any_review_filter, review_order
from resolvers.reviews.types import Review


@strawberry.type
class ReviewQueries:
    @restricted_field(
        Permission.READ_UNMODERATED_REVIEWS,
        graphql_type=Connection[Review],
        description="All reviews, whatever their status: those that are PENDING wait to be checked, those that "
        "are reported to be checked again.",
    )
    async def reviews(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        where: Annotated[
            AnyReviewWhere | None, strawberry.argument(description="Only reviews that meet every condition.")
        ] = None,
        order_by: Annotated[
            ReviewOrder | None,
            strawberry.argument(description="How to sort them; the newest first by default."),
        ] = None,
    ) -> Listing[records.Review]:
        database, wanted = info.context.connections.products, any_review_filter(info, where)
        page = await queries.page_of_reviews(
            database,
            wanted=wanted,
            order=review_order(order_by, wanted),
            window=window(first=first, after=after, last=last, before=before),
            fields=review_fields(info.context.loaders.reads_of("Review")),
        )
        return Listing(page_info=page, count=lambda: queries.count_reviews(database, wanted=wanted))
