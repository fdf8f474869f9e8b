"""Every mutation of the payment service."""

import strawberry

from resolvers.payments.mutations.methods import PaymentMethodMutations


@strawberry.type
class PaymentMutations(PaymentMethodMutations):
    pass
