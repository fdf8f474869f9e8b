"""Every mutation of the cart service."""

import strawberry

from resolvers.carts.mutations.coupons import CouponMutations
from resolvers.carts.mutations.lines import CartLineMutations
from resolvers.carts.mutations.lists import ProductListMutations
from resolvers.carts.mutations.merging import CartMergingMutations


@strawberry.type
class CartMutations(CartLineMutations, CouponMutations, CartMergingMutations, ProductListMutations):
    pass
