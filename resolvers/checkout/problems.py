"""What the checkout tells its users as data: one type for each thing that can stand in the way."""

from decimal import Decimal

import strawberry

from datasources.inventory import errors as inventory
from datasources.workflows import checkout_errors as errors
from resolvers.carts.types import CartProblem
from resolvers.checkout.types import CheckoutField
from resolvers.inventory.problems import StockShortage
from resolvers.mutations import UserError
from resolvers.scalars import Money


@strawberry.type(description="There is nothing in the cart, or no such cart.")
class CartEmptyError(UserError):
    raised_as = errors.CartIsEmpty


@strawberry.type(description="Something in the cart cannot be bought as it is; the rest can.")
class CartProblemsError(UserError):
    raised_as = errors.CartHasProblems

    problems: list[CartProblem] = strawberry.field(description="What it is, line by line.")


@strawberry.type(
    description="The order costs something else than `expectedTotal` says. Show the new total and ask."
)
class TotalChangedError(UserError):
    raised_as = errors.TotalChanged

    expected: Decimal = strawberry.field(description="What the client expected.")
    actual: Money = strawberry.field(description="What the order costs.")


@strawberry.type(description="The cart is worth more than one order can be for. Order in parts.")
class OrderTooLargeError(UserError):
    raised_as = errors.OrderTooLarge

    most: Money = strawberry.field(description="What one order can be for at most.")


@strawberry.type(description="Something has not been said that the order needs.")
class CheckoutDetailsMissingError(UserError):
    raised_as = errors.DetailsMissing

    missing: CheckoutField = strawberry.field(description="What it is.")


@strawberry.type(description="The account has no such address.")
class CheckoutAddressNotFoundError(UserError):
    raised_as = errors.UnknownAddress


@strawberry.type(description="The goods cannot be sent to this address, or not by this method.")
class NotDeliverableError(UserError):
    raised_as = errors.NotDeliverable

    method: str | None = strawberry.field(
        description="The method that was chosen; null where the shop does not deliver there at all."
    )


@strawberry.type(description="Less is in stock than the cart asks for. Nothing was charged.")
class OutOfStockError(UserError):
    raised_as = inventory.NotEnoughStock

    shortages: list[StockShortage] = strawberry.field(description="Everything that there is too little of.")


@strawberry.type(
    description="The goods were held for this order for as long as they could be. Nothing was charged."
)
class StockNoLongerHeldError(UserError):
    raised_as = errors.StockNoLongerHeld


@strawberry.type(
    description="The payment was refused, and nothing was charged. Try another way to pay, with a new key."
)
class PaymentDeclinedError(UserError):
    raised_as = errors.PaymentDeclined

    decline_code: str = strawberry.field(
        description="Why, as a code of the provider's, such as card_declined or insufficient_funds."
    )


@strawberry.type(
    description="What the customer had to do for the payment was not done in time, or before the order was cancelled."
    " Nothing was charged."
)
class PaymentExpiredError(UserError):
    raised_as = errors.PaymentExpired
