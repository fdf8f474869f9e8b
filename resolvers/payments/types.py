"""The types of a payment: itself, its journal, its refunds, and the methods that customers saved."""

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from datasources.payments import records
from resolvers.context import Info
from resolvers.orders.queries import may_see_order
from resolvers.relations import many, one
from resolvers.relay import Node, id_field, source_is
from resolvers.scalars import Money, money_field
from resolvers.users.visibility import may_see_user

if TYPE_CHECKING:
    from resolvers.orders.types import Order
    from resolvers.users.types import User


@strawberry.enum(description="The stage that a payment has reached.")
class PaymentState(Enum):
    PENDING = strawberry.enum_value("pending", description="Created, but not sent to the provider yet.")
    PROCESSING = strawberry.enum_value("processing", description="The provider is working on it.")
    REQUIRES_ACTION = strawberry.enum_value(
        "requires_action", description="Waiting for the customer to confirm it with the bank or the provider."
    )
    AUTHORIZED = strawberry.enum_value(
        "authorized",
        description="The amount is reserved on the customer's card or account, but not captured yet.",
    )
    SUCCEEDED = strawberry.enum_value("succeeded", description="Paid: the amount has been captured.")
    FAILED = strawberry.enum_value("failed", description="Declined by the provider.")
    CANCELLED = strawberry.enum_value("cancelled", description="Cancelled before anything was captured.")
    REFUNDED = strawberry.enum_value("refunded", description="Refunded in full.")
    PARTIALLY_REFUNDED = strawberry.enum_value("partially_refunded", description="Refunded in part.")


@strawberry.enum(description="A kind of payment method.")
class PaymentMethodKind(Enum):
    CREDIT_CARD = strawberry.enum_value("credit_card", description="A credit card.")
    DEBIT_CARD = strawberry.enum_value("debit_card", description="A debit card.")
    PAYPAL = strawberry.enum_value("paypal", description="A PayPal account.")
    BANK_TRANSFER = strawberry.enum_value("bank_transfer", description="A transfer from a bank account.")
    UPI = strawberry.enum_value("upi", description="India's Unified Payments Interface.")
    NET_BANKING = strawberry.enum_value("net_banking", description="Online banking on the bank's website.")
    WALLET = strawberry.enum_value("wallet", description="A digital wallet.")


@strawberry.enum(description="The stage that a refund has reached.")
class RefundStatus(Enum):
    PENDING = strawberry.enum_value("pending", description="Requested, but not decided yet.")
    APPROVED = strawberry.enum_value("approved", description="Approved, but not sent to the provider yet.")
    REJECTED = strawberry.enum_value("rejected", description="Rejected by the shop.")
    PROCESSING = strawberry.enum_value("processing", description="The provider is working on it.")
    COMPLETED = strawberry.enum_value("completed", description="The money has been returned.")
    FAILED = strawberry.enum_value("failed", description="Declined by the provider.")
    CANCELLED = strawberry.enum_value("cancelled", description="Cancelled.")


@strawberry.enum(description="What the provider was asked to do.")
class TransactionType(Enum):
    CHARGE = strawberry.enum_value(
        "charge", description="Take the money at once, without a separate authorization."
    )
    AUTHORIZATION = strawberry.enum_value(
        "authorization", description="Reserve the amount on the customer's card or account."
    )
    CAPTURE = strawberry.enum_value("capture", description="Take the reserved amount.")
    VOID = strawberry.enum_value("void", description="Release the reserved amount.")
    REFUND = strawberry.enum_value("refund", description="Return money to the customer.")


@strawberry.enum(description="The outcome of a transaction.")
class TransactionStatus(Enum):
    PENDING = strawberry.enum_value("pending", description="The provider has not answered yet.")
    PROCESSING = strawberry.enum_value("processing", description="The provider is working on it.")
    SUCCEEDED = strawberry.enum_value("succeeded", description="It succeeded.")
    FAILED = strawberry.enum_value("failed", description="It was declined, or it failed.")
    CANCELLED = strawberry.enum_value("cancelled", description="Cancelled.")


@strawberry.type(description="An entry in a payment's journal: one request to the provider, and its outcome.")
class Transaction:
    number: str = strawberry.field(description="The transaction number, unique in the shop.")
    type: TransactionType = strawberry.field(description="What the provider was asked to do.")
    status: TransactionStatus = strawberry.field(description="Its outcome.")
    amount: Money = money_field("amount", description="The amount of the transaction.")
    created_at: datetime = strawberry.field(description="When it was recorded.")


@strawberry.type(description="What of a refund is for one line of the order.")
class RefundLine:
    order_item_id: strawberry.ID = id_field("OrderItem", "order_item_id")
    quantity: int = strawberry.field(description="How many of the line's units it is for.")
    amount: Money = money_field("amount", description="The amount that is returned for them.")
    restock: bool = strawberry.field(description="Whether the units go back into stock.")


@strawberry.type(description="Money that is returned to the customer.")
class Refund(Node):
    is_type_of = source_is(records.Refund)

    id: strawberry.ID = id_field("Refund")
    status: RefundStatus = strawberry.field(description="The stage that it has reached.")
    amount: Money = money_field("amount", description="The amount that is returned.")
    reason: str | None = strawberry.field(description="The reason given for it.")
    lines: list[RefundLine] = strawberry.field(
        description="The lines of the order that it is for; none where the amount is not for single lines."
    )
    rejection_reason: str | None = strawberry.field(description="Why it was rejected, if somebody said so.")
    failure_code: str | None = strawberry.field(
        description="Why the provider declined it, as a code for programs."
    )
    failure_reason: str | None = strawberry.field(description="Why the provider declined it, in words.")
    created_at: datetime = strawberry.field(description="When it was requested.")
    completed_at: datetime | None = strawberry.field(description="When the money was returned.")
    payment: Annotated["Payment", strawberry.lazy("resolvers.payments.types")] = one(
        lambda loaders: loaders.payments.by_id,
        "payment_id",
        description="The payment that is refunded, in full or in part.",
    )
    order: Annotated["Order", strawberry.lazy("resolvers.orders.types")] | None = one(
        lambda loaders: loaders.orders.by_id,
        "order_id",
        visible=may_see_order,
        description="The order that is refunded.",
    )


@strawberry.type(
    description="What the customer must do before the payment goes on, such as to confirm it with the bank."
)
class PaymentNextAction:
    type: str = strawberry.field(
        description="The kind of action: `redirect` and `redirect_to_url` send the customer to the URL, others are for "
        "the provider's own client library."
    )
    url: str | None = strawberry.field(description="Where to send the customer.")
    client_secret: str | None = strawberry.field(
        description="What the provider's client library finishes the payment with. It is good for this payment alone."
    )


def _is_payer(info: Info, action: records.NextAction) -> bool:
    """Whether it is the viewer who has to act: a guest, for a payment that a guest was given by their own token."""
    return action.user_id == info.context.viewer.user_id


@strawberry.type(description="A payment for an order.")
class Payment(Node):
    is_type_of = source_is(records.Payment)

    id: strawberry.ID = id_field("Payment")
    status: PaymentState = strawberry.field(description="The stage that it has reached.")
    method: PaymentMethodKind = strawberry.field(description="The kind of payment method.")
    card_brand: str | None = strawberry.field(description="The card's brand, such as Visa.")
    card_last_four: str | None = strawberry.field(description="The last four digits of the card's number.")
    amount: Money = money_field("amount", description="The amount to pay.")
    authorized_amount: Money = money_field(
        "authorized_amount",
        description="The amount that has been authorized. A card's amount stays reserved until it is "
        "captured or released, or the authorization expires.",
    )
    captured_amount: Money = money_field(
        "captured_amount", description="The amount that has been captured, that is, taken from the customer."
    )
    refunded_amount: Money = money_field("refunded_amount", description="The amount that has been refunded.")
    next_action: PaymentNextAction | None = one(
        lambda loaders: loaders.payments.next_action_by_payment,
        "id",
        visible=_is_payer,
        description="What the customer must do while the status is REQUIRES_ACTION. Nobody but the payer sees it.",
    )
    failure_code: str | None = strawberry.field(
        description="Why it failed, as a code for programs, such as card_declined."
    )
    failure_reason: str | None = strawberry.field(description="Why it failed, in words.")
    created_at: datetime = strawberry.field(description="When it was created.")
    updated_at: datetime = strawberry.field(description="When it last changed.")
    authorized_at: datetime | None = strawberry.field(description="When the amount was authorized.")
    authorization_expires_at: datetime | None = strawberry.field(
        description="When the authorization expires unless it has been captured."
    )
    paid_at: datetime | None = strawberry.field(description="When the amount was captured.")
    failed_at: datetime | None = strawberry.field(description="When it failed.")
    cancelled_at: datetime | None = strawberry.field(description="When it was cancelled.")
    order: Annotated["Order", strawberry.lazy("resolvers.orders.types")] | None = one(
        lambda loaders: loaders.orders.by_id,
        "order_id",
        visible=may_see_order,
        description="The order that is paid for.",
    )
    customer: Annotated["User", strawberry.lazy("resolvers.users.types")] | None = one(
        lambda loaders: loaders.users.by_id,
        "user_id",
        visible=may_see_user,
        description="The customer who pays; null for a guest.",
    )
    transactions: list[Transaction] = many(
        lambda loaders: loaders.payments.transactions_by_payment,
        "id",
        description="The requests to the provider, oldest first.",
    )
    refunds: list[Refund] = many(
        lambda loaders: loaders.payments.refunds_by_payment, "id", description="Its refunds, oldest first."
    )


@strawberry.type(
    description="A payment method that a customer saved. Full card and account numbers are never shown."
)
class PaymentMethod(Node):
    is_type_of = source_is(records.PaymentMethod)

    id: strawberry.ID = id_field("PaymentMethod")
    kind: PaymentMethodKind = strawberry.field(description="The kind of payment method.")
    display_name: str = strawberry.field(
        description="A label to show, such as **** 4242 for a card or the e-mail address of a PayPal account."
    )
    card_brand: str | None = strawberry.field(description="The card's brand, such as Visa.")
    card_last_four: str | None = strawberry.field(description="The last four digits of the card's number.")
    card_exp_month: int | None = strawberry.field(description="The month in which the card expires, 1 to 12.")
    card_exp_year: int | None = strawberry.field(
        description="The year in which the card expires, in four digits."
    )
    bank_name: str | None = strawberry.field(description="The bank that holds the account.")
    account_last_four: str | None = strawberry.field(
        description="The last four digits of the account's number."
    )
    is_default: bool = strawberry.field(description="Whether it is used unless the customer chooses another.")
    is_verified: bool = strawberry.field(description="Whether the provider has verified it.")
    created_at: datetime = strawberry.field(description="When it was saved.")
