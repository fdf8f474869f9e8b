"""Checking out, in at most two mutations: one says what the order needs, the other places it."""

from decimal import Decimal
from typing import Annotated, Optional

import strawberry

from datasources.carts import records as cart_records
from datasources.workflows import checkouts
from datasources.workflows.checkout_errors import CartIsEmpty
from datasources.workflows.checkout_plans import CheckoutRequest, prepare_checkout
from resolvers.carts.owners import EXPECTED_VERSION, WHOSE, aim, owner_of, presented_token
from resolvers.carts.problems import CartNotFoundError, CouponNotApplicableError
from resolvers.carts.types import Cart
from resolvers.checkout.inputs import CheckoutDetailsInput, PaymentInput, read_details, read_payment
from resolvers.checkout.outcomes import CheckoutOutcome
from resolvers.checkout.problems import (
    CartEmptyError,
    CartProblemsError,
    CheckoutAddressNotFoundError,
    CheckoutDetailsMissingError,
    NotDeliverableError,
    OrderTooLargeError,
    OutOfStockError,
    PaymentDeclinedError,
    PaymentExpiredError,
    StockNoLongerHeldError,
    TotalChangedError,
)
from resolvers.conflicts import IdempotencyConflictError, VersionConflictError
from resolvers.context import Info
from resolvers.entries import IDEMPOTENCY_KEY, MOST_OF_KEY, Entries
from resolvers.inputs import value_of
from resolvers.means import means_of
from resolvers.mutations import InvalidInputError, entity, mutation, user_errors
from resolvers.orders.queries import open_order
from resolvers.orders.types import OrderSource
from resolvers.payments.problems import PaymentMethodNotFoundError, PaymentsNotConfiguredError
from resolvers.permissions import Permission


@strawberry.input(description="What an order needs beside what is in the cart.")
class PrepareCheckoutInput:
    cart_token: str | None = strawberry.field(default=None, description=WHOSE)
    expected_version: int | None = strawberry.field(default=None, description=EXPECTED_VERSION)
    details: CheckoutDetailsInput = strawberry.field(description="What is said of the order.")


PrepareCheckoutError = Annotated[
    InvalidInputError | CartNotFoundError | CheckoutAddressNotFoundError | VersionConflictError,
    strawberry.union("PrepareCheckoutError", description="Why `prepareCheckout` did nothing."),
]


@strawberry.type(description="What `prepareCheckout` answers.")
class PrepareCheckoutPayload:
    cart: cart_records.Cart | None = entity(
        Cart, "The cart; its `checkout` shows the totals and what is missing."
    )
    user_errors: list[PrepareCheckoutError] = user_errors()


@strawberry.input(description="An order to be placed and paid.")
class CompleteCheckoutInput:
    cart_token: str | None = strawberry.field(default=None, description=WHOSE)
    details: CheckoutDetailsInput | None = strawberry.field(
        default=None, description="What has not been said with `prepareCheckout` yet, or is different now."
    )
    payment: PaymentInput | None = strawberry.field(
        default=None, description="How it is paid; the account's default method unless it is said."
    )
    expected_total: Decimal = strawberry.field(
        description="What the customer has agreed to pay: the total of the cart's `checkout`. Where the order costs"
        " anything else it is not placed."
    )
    source: OrderSource = strawberry.field(default=OrderSource.WEB, description="Where it is placed.")
    idempotency_key: str = strawberry.field(
        description=f"{IDEMPOTENCY_KEY} Send the same key again whenever you do not know what became of the order."
    )


CompleteCheckoutError = Annotated[
    InvalidInputError
    | CartEmptyError
    | CartProblemsError
    | CouponNotApplicableError
    | OrderTooLargeError
    | TotalChangedError
    | CheckoutDetailsMissingError
    | CheckoutAddressNotFoundError
    | NotDeliverableError
    | PaymentMethodNotFoundError
    | PaymentsNotConfiguredError
    | OutOfStockError
    | StockNoLongerHeldError
    | PaymentDeclinedError
    | PaymentExpiredError
    | IdempotencyConflictError,
    strawberry.union("CompleteCheckoutError", description="Why `completeCheckout` placed no order."),
]


@strawberry.type(description="What `completeCheckout` answers.")
class CompleteCheckoutPayload:
    outcome: checkouts.CheckoutOutcome | None = strawberry.field(
        graphql_type=Optional[CheckoutOutcome],  # noqa: UP045  # a GraphQL type, not an annotation
        default=None,
        description="How it has ended, or where it stands; null where errors stood in the way.",
    )
    user_errors: list[CompleteCheckoutError] = user_errors()


@strawberry.type
class CheckoutMutations:
    @mutation(
        requires=Permission.PUBLIC,
        at={CheckoutAddressNotFoundError: "details", VersionConflictError: "expectedVersion"},
        description="Say what the order needs beside what is in the cart: e-mail address, addresses, shipping method"
        " and remarks. All of it may also come with `completeCheckout`.",
    )
    async def prepare_checkout(self, info: Info, input: PrepareCheckoutInput) -> PrepareCheckoutPayload:
        entries = Entries()
        said = read_details(entries, input.details, "details")
        entries.check()
        cart = await prepare_checkout(
            info.context.connections,
            info.context.loaders,
            said=said,
            **aim(info, input),
        )
        return PrepareCheckoutPayload(cart=cart)

    @mutation(
        requires=Permission.PUBLIC,
        at={
            TotalChangedError: "expectedTotal",
            CheckoutAddressNotFoundError: "details",
            CheckoutDetailsMissingError: "details",
            NotDeliverableError: "details",
            PaymentMethodNotFoundError: "payment.methodId",
            PaymentDeclinedError: "payment",
            IdempotencyConflictError: "idempotencyKey",
        },
        description="Place the order for what is in the cart, and pay for it. The same input under the same key has the"
        " same outcome, however often it is sent: one order, one charge. Where nothing was begun, because the input or"
        " the cart was not fit for an order, the key may be used again.",
    )
    async def complete_checkout(self, info: Info, input: CompleteCheckoutInput) -> CompleteCheckoutPayload:
        request = _read(info, input)
        outcome = await checkouts.complete_checkout(
            means_of(info), info.context.loaders, request, rules=info.context.rules
        )
        if not isinstance(outcome, checkouts.StillProcessing):
            open_order(info, outcome.order_id)  # whoever has placed it may see it, and what belongs to it
        return CompleteCheckoutPayload(outcome=outcome)


def _read(info: Info, input: CompleteCheckoutInput) -> CheckoutRequest:
    owner = owner_of(info, input.cart_token)
    if owner is None:
        raise CartIsEmpty
    entries = Entries()
    if input.source is OrderSource.ADMIN and not info.context.viewer.may(Permission.WRITE_ORDERS):
        entries.refuse("source", "INVALID", "Only staff place orders on a customer's behalf.")
    client = info.context.client.origin(info.context.viewer.user_id)
    request = CheckoutRequest(
        owner=owner,
        cart_token=presented_token(info, input.cart_token),
        said=read_details(entries, input.details, "details"),
        payment=read_payment(entries, input.payment, "payment"),
        expected_total=input.expected_total,
        idempotency_key=entries.text(input.idempotency_key, "idempotencyKey", most=MOST_OF_KEY),
        source=value_of(input.source),  # type: ignore[arg-type]  # the enum has just the databases' words
        ip_address=client.ip_address,
        user_agent=client.user_agent,
    )
    entries.check()
    return request
