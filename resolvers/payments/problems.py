"""What mutations on payments tell their users as data: one type for each error of the payment service."""

import strawberry

from datasources.payments import errors
from datasources.payments.providers import protocol
from resolvers.mutations import UserError
from resolvers.payments.types import RefundStatus


@strawberry.type(description="You have no such payment method.")
class PaymentMethodNotFoundError(UserError):
    raised_as = errors.UnknownPaymentMethod


@strawberry.type(description="You have saved as many payment methods as one may. Remove one first.")
class TooManyPaymentMethodsError(UserError):
    raised_as = errors.TooManyPaymentMethods

    most: int = strawberry.field(description="How many one may save.")


@strawberry.type(description="The payment provider does not know the token, or does not take what it is for.")
class PaymentMethodRefusedError(UserError):
    raised_as = errors.PaymentMethodRefused

    refusal: str = strawberry.field(description="The provider's reason, as a code for programs.")


@strawberry.type(description="There is no such refund.")
class RefundNotFoundError(UserError):
    raised_as = errors.UnknownRefund


@strawberry.type(description="The refund has been decided on already.")
class RefundNotPendingError(UserError):
    raised_as = errors.RefundNotPending

    status: RefundStatus = strawberry.field(description="The stage that it has reached.")


@strawberry.type(
    description="The payment provider does not answer, so it is not known what came of it. Send the same again in a "
    "moment: nothing is done twice."
)
class PaymentProviderUnavailableError(UserError):
    raised_as = protocol.ProviderUnavailable


@strawberry.type(
    description="The order was paid by a provider that is not set up here, so that its money cannot be given back from "
    "here. Nothing was changed."
)
class PaymentProviderNotSetUpError(UserError):
    raised_as = protocol.UnknownProvider


@strawberry.type(description="This shop takes no payments yet: no payment provider is set up.")
class PaymentsNotConfiguredError(UserError):
    raised_as = protocol.PaymentsNotConfigured
