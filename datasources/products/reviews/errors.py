"""What commands on reviews refuse, each as an error that carries its data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasources.core.errors import DatasourceError

if TYPE_CHECKING:
    from datasources.products.records import Review


class UnknownReview(DatasourceError):
    """There is no such review for whoever asks: none at all, somebody else's, or one that is not published."""

    def __init__(self, review_id: str) -> None:
        super().__init__("There is no such review.")
        self.review_id = review_id


class AlreadyReviewed(DatasourceError):
    """The user has reviewed the product before: a product has one review of each user (seed 000)."""

    def __init__(self, review: Review) -> None:
        super().__init__("You have reviewed this product already. Change your review instead.")
        self.review = review


class OwnReview(DatasourceError):
    """Nobody moderates, reports or votes for what they wrote themselves."""

    def __init__(self, review_id: str) -> None:
        super().__init__("This is your own review.")
        self.review_id = review_id


class AlreadyReported(DatasourceError):
    """The user has reported the review before."""

    def __init__(self, review_id: str) -> None:
        super().__init__("You have reported this review already.")
        self.review_id = review_id
