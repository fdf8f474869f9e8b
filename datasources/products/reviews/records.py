"""What staff read about a review beside the review: why readers reported it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from datasources.products.reviews.changes import ReportReason


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewReport:
    """A reader's report of a review; `reason` is None for reports of earlier releases, which have `details` alone.

    `settled_at` is when staff decided on it.
    """

    reporter_id: UUID
    reason: ReportReason | None
    details: str | None
    reported_at: datetime
    settled_at: datetime | None
