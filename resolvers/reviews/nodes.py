"""Reviews by their global id."""

from datasources.products import records
from resolvers.context import Info
from resolvers.permissions import Permission
from resolvers.relay import NodeFinder


async def find_review(info: Info, key: str) -> records.Review | None:
    """The review, if the viewer may read it."""
    review = await info.context.loaders.products.review_by_id.load(key)
    return review if review is not None and may_see_review(info, review) else None


def may_see_review(info: Info, review: records.Review) -> bool:
    """Whether a review is approved, or the viewer's own, or the viewer is staff who may read any."""
    viewer = info.context.viewer
    return review.is_approved or viewer.sees(review.user_id, Permission.READ_UNMODERATED_REVIEWS)


NODES: dict[str, NodeFinder] = {"Review": find_review}
