"""Every mutation on reviews."""

import strawberry

from resolvers.reviews.mutations.moderation import ReviewModerationMutations
from resolvers.reviews.mutations.votes import ReviewVoteMutations
from resolvers.reviews.mutations.writing import ReviewWritingMutations


@strawberry.type
class ReviewMutations(ReviewWritingMutations, ReviewVoteMutations, ReviewModerationMutations):
    pass
