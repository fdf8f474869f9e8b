"""Reviews that users write, change and delete."""

import re
from typing import Annotated, Any, Final

import strawberry

from datasources.products import records
from datasources.products.commands import reviews
from datasources.products.reviews.changes import NewReview, ReviewChanges
from datasources.workflows.reviewing import rewrite_review, write_review
from resolvers.conflicts import VersionConflictError
from resolvers.context import Info
from resolvers.entries import Entries, changes_of
from resolvers.mutations import InvalidInputError, acting, entity, mutation, user_errors
from resolvers.permissions import Permission
from resolvers.products.missing import ProductNotFoundError
from resolvers.products.types import Product
from resolvers.products.visibility import may_see
from resolvers.relations import one
from resolvers.relay import global_id, key_of
from resolvers.reviews.inputs import FEWEST_STARS, MOST_STARS
from resolvers.reviews.problems import AlreadyReviewedError, ReviewNotFoundError
from resolvers.reviews.types import Review
from resolvers.scalars import Url

# As the documents of ProductDb have them; the comment's and the number of images are the shop's own.
MOST_OF_TITLE: Final = 200
MOST_OF_COMMENT: Final = 5_000
MOST_OF_IMAGE: Final = 500
MOST_IMAGES: Final = 10

# Nothing that a reader's browser would run, and nothing that it would fetch in the clear.
_IMAGE: Final = re.compile(r"https://[^\s/?#]+[^\s\"'<>\\]*", re.ASCII)

RATING = f"Your rating, {FEWEST_STARS} to {MOST_STARS} stars."
TITLE = f"A title of at most {MOST_OF_TITLE} characters."
COMMENT = f"Your text, of at most {MOST_OF_COMMENT} characters; it may have several lines."
IMAGES = f"The https URLs of your photos, at most {MOST_IMAGES}."


@strawberry.input(description="A review to be written.")
class CreateReviewInput:
    product_id: strawberry.ID = strawberry.field(description="The product's global id.")
    rating: int = strawberry.field(description=RATING)
    title: str | None = strawberry.field(default=None, description=TITLE)
    comment: str | None = strawberry.field(default=None, description=COMMENT)
    images: list[Url] | None = strawberry.field(default=None, description=IMAGES)


CreateReviewError = Annotated[
    InvalidInputError | ProductNotFoundError | AlreadyReviewedError,
    strawberry.union("CreateReviewError", description="Why `createReview` did nothing."),
]


@strawberry.type(description="What `createReview` answers.")
class CreateReviewPayload:
    review: records.Review | None = entity(Review, "The review, which waits to be checked.")
    user_errors: list[CreateReviewError] = user_errors()


@strawberry.input(description="What of your review is to change. What is left out stays, null removes.")
class UpdateReviewInput:
    review_id: strawberry.ID = strawberry.field(description="The review's global id.")
    version: int | None = strawberry.field(
        default=None, description="The version that you read; give it to change no other one."
    )
    rating: int | None = strawberry.field(default=strawberry.UNSET, description=RATING)
    title: str | None = strawberry.field(default=strawberry.UNSET, description=TITLE)
    comment: str | None = strawberry.field(default=strawberry.UNSET, description=COMMENT)
    images: list[Url] | None = strawberry.field(default=strawberry.UNSET, description=IMAGES)


UpdateReviewError = Annotated[
    InvalidInputError | ReviewNotFoundError | VersionConflictError,
    strawberry.union("UpdateReviewError", description="Why `updateReview` did nothing."),
]


@strawberry.type(description="What `updateReview` answers.")
class UpdateReviewPayload:
    review: records.Review | None = entity(
        Review, "The review; if it has changed, it waits to be checked again."
    )
    user_errors: list[UpdateReviewError] = user_errors()


@strawberry.input(description="A review of yours to be deleted.")
class DeleteReviewInput:
    review_id: strawberry.ID = strawberry.field(description="The review's global id.")


DeleteReviewError = Annotated[
    ReviewNotFoundError,
    strawberry.union("DeleteReviewError", description="Why `deleteReview` did nothing."),
]


@strawberry.type(description="What `deleteReview` answers.")
class DeleteReviewPayload:
    deleted_review_id: strawberry.ID | None = entity(strawberry.ID, "The id that the review had.")
    product: Product | None = one(
        lambda loaders: loaders.products.by_id,
        "product_id",
        description="The product that was reviewed.",
        visible=may_see,
    )
    product_id: strawberry.Private[str | None] = None
    user_errors: list[DeleteReviewError] = user_errors()


@strawberry.type
class ReviewWritingMutations:
    @mutation(
        requires=Permission.AUTHENTICATED,
        at={ProductNotFoundError: "productId", AlreadyReviewedError: "productId"},
        description="Review a product, once. Others read the review, and it counts for the product's rating, when "
        "staff have checked it.",
    )
    async def create_review(self, info: Info, input: CreateReviewInput) -> CreateReviewPayload:
        review = await write_review(
            info.context.connections,
            user_id=info.context.viewer.account_id,
            product_id=key_of(input.product_id, "Product"),
            review=_new_review(input),
            now=acting(info)["now"],
        )
        return CreateReviewPayload(review=review)

    @mutation(
        requires=Permission.AUTHENTICATED,
        at={ReviewNotFoundError: "reviewId", VersionConflictError: "version"},
        description="Change a review of yours. Until staff have checked it again, others do not read it, and it "
        "does not count for the product's rating.",
    )
    async def update_review(self, info: Info, input: UpdateReviewInput) -> UpdateReviewPayload:
        review = await rewrite_review(
            info.context.connections,
            user_id=info.context.viewer.account_id,
            review_id=key_of(input.review_id, "Review"),
            changes=_review_changes(input),
            version=input.version,
            now=acting(info)["now"],
        )
        return UpdateReviewPayload(review=review)

    @mutation(
        requires=Permission.AUTHENTICATED,
        at={ReviewNotFoundError: "reviewId"},
        description="Delete a review of yours, with the votes for it.",
    )
    async def delete_review(self, info: Info, input: DeleteReviewInput) -> DeleteReviewPayload:
        review = await reviews.delete_review(
            info.context.connections.products,
            user_id=info.context.viewer.account_id,
            review_id=key_of(input.review_id, "Review"),
            now=acting(info)["now"],
        )
        deleted = strawberry.ID(global_id("Review", review.id))
        return DeleteReviewPayload(deleted_review_id=deleted, product_id=review.product_id)


def _new_review(input: CreateReviewInput) -> NewReview:
    entries = Entries()
    read = _readers(entries)
    values = {name: read[name](getattr(input, name)) for name in read}
    entries.check()
    return NewReview(**values)


def _review_changes(input: UpdateReviewInput) -> ReviewChanges:
    entries = Entries()
    given = {name: value for name, value in vars(input).items() if name not in {"review_id", "version"}}
    changes: Any = changes_of(given, _readers(entries))
    entries.check()
    return changes  # type: ignore[no-any-return]  # the input's fields are named as the changes are


def _readers(entries: Entries) -> dict[str, Any]:
    """How each value of a review is read."""
    return {
        "rating": lambda it: _rating(entries, it),
        "title": lambda it: entries.optional(it, "title", most=MOST_OF_TITLE),
        "comment": lambda it: entries.lines(it, "comment", most=MOST_OF_COMMENT),
        "images": lambda it: _images(entries, it),
    }


def _rating(entries: Entries, given: int | None) -> int:
    if given is None or not FEWEST_STARS <= given <= MOST_STARS:
        entries.refuse("rating", "INVALID", f"Give {FEWEST_STARS} to {MOST_STARS} stars.")
        return FEWEST_STARS
    return given


def _images(entries: Entries, given: list[Url] | None) -> tuple[str, ...]:
    urls = tuple(given or ())
    if len(urls) > MOST_IMAGES:
        entries.refuse("images", "TOO_LONG", f"Give at most {MOST_IMAGES} images.")
        return ()
    for place, url in enumerate(urls):
        if len(url) > MOST_OF_IMAGE or not _IMAGE.fullmatch(url):
            message = f"This is not an https URL of at most {MOST_OF_IMAGE} characters."
            entries.refuse(f"images.{place}", "INVALID", message)
    return urls
