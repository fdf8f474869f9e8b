"""What a user says in a review, what is to change in one, and why one is reported."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypedDict

ReportReason = Literal["spam", "offensive", "off_topic", "fake", "personal_data", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReview:
    """A review to be written. `rating` is 1 to 5; `images` are addresses of photos."""

    rating: int
    title: str | None = None
    comment: str | None = None
    images: tuple[str, ...] = ()


class ReviewChanges(TypedDict, total=False):
    """What of a review is to change; None removes. What is left out stays."""

    rating: int
    title: str | None
    comment: str | None
    images: tuple[str, ...]
