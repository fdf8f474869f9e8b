"""Every mutation of the order service."""

import strawberry

from resolvers.orders.mutations.coupons import CouponMutations
from resolvers.orders.mutations.fulfilment import FulfilmentMutations


@strawberry.type
class OrderMutations(FulfilmentMutations, CouponMutations):
    pass
