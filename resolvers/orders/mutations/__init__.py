"""Every mutation of the order service."""

import strawberry

from resolvers.orders.mutations.cancellations import CancellationMutations
from resolvers.orders.mutations.coupons import CouponMutations
from resolvers.orders.mutations.fulfilment import FulfilmentMutations
from resolvers.orders.mutations.refunds import RefundMutations


@strawberry.type
class OrderMutations(FulfilmentMutations, CancellationMutations, RefundMutations, CouponMutations):
    pass
