"""The types of a payment: itself, its journal, its refunds, and the methods that customers saved."""

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from datasources.payments import records
from resolvers.orders.queries import may_see_order
from resolvers.relations import many, one
from resolvers.relay import Node, id_field, source_is
from resolvers.scalars import Money, money_field
from resolvers.users.visibility import may_see_user

if TYPE_CHECKING:
    from resolvers.orders.types import Order
    from resolvers.users.types import User


@strawberry.enum(description="How far a payment has come.")
class PaymentState(Enum):
    PENDING = strawberry.enum_value("pending", description="Recorded; the provider has not been asked yet.")
    PROCESSING = strawberry.enum_value("processing", description="The provider is working on it.")
    REQUIRES_ACTION = strawberry.enum_value(
        "requires_action", description="The customer must confirm it with the bank or provider."
    )
    AUTHORIZED = strawberry.enum_value(
        "authorized", description="The amount is set aside on the customer's side, but not taken."
    )
    SUCCEEDED = strawberry.enum_value("succeeded", description="The money has been taken.")
    FAILED = strawberry.enum_value("failed", description="The provider refused it.")
    CANCELLED = strawberry.enum_value("cancelled", description="Called off before money was taken.")
    REFUNDED = strawberry.enum_value("refunded", description="All of the money has been given back.")
    PARTIALLY_REFUNDED = strawberry.enum_value(
        "partially_refunded", description="A part of the money has been given back."
    )


@strawberry.enum(description="A way to pay.")
class PaymentMethodKind(Enum):
    CREDIT_CARD = strawberry.enum_value("credit_card", description="A credit card.")
    DEBIT_CARD = strawberry.enum_value("debit_card", description="A debit card.")
    PAYPAL = strawberry.enum_value("paypal", description="A PayPal account.")
    BANK_TRANSFER = strawberry.enum_value("bank_transfer", description="A transfer from a bank account.")
    UPI = strawberry.enum_value("upi", description="India's Unified Payments Interface.")
    NET_BANKING = strawberry.enum_value("net_banking", description="The bank's own website.")
    WALLET = strawberry.enum_value("wallet", description="A digital wallet.")


@strawberry.enum(description="How far a refund has come.")
class RefundStatus(Enum):
    PENDING = strawberry.enum_value("pending", description="Asked for; nobody has decided yet.")
    APPROVED = strawberry.enum_value("approved", description="Granted; the provider has not been asked yet.")
    REJECTED = strawberry.enum_value("rejected", description="Not granted.")
    PROCESSING = strawberry.enum_value("processing", description="The provider is working on it.")
    COMPLETED = strawberry.enum_value("completed", description="The money has been given back.")
    FAILED = strawberry.enum_value("failed", description="The provider refused it.")
    CANCELLED = strawberry.enum_value("cancelled", description="Called off.")


@strawberry.enum(description="What a provider was asked to do.")
class TransactionType(Enum):
    CHARGE = strawberry.enum_value("charge", description="Take the money at once.")
    AUTHORIZATION = strawberry.enum_value("authorization", description="Set the amount aside.")
    CAPTURE = strawberry.enum_value("capture", description="Take what was set aside.")
    VOID = strawberry.enum_value("void", description="Let go of what was set aside.")
    REFUND = strawberry.enum_value("refund", description="Give money back.")


@strawberry.enum(description="What became of a transaction.")
class TransactionStatus(Enum):
    PENDING = strawberry.enum_value("pending", description="The provider has not answered yet.")
    PROCESSING = strawberry.enum_value("processing", description="The provider is working on it.")
    SUCCEEDED = strawberry.enum_value("succeeded", description="Done.")
    FAILED = strawberry.enum_value("failed", description="Refused.")
    CANCELLED = strawberry.enum_value("cancelled", description="Called off.")


@strawberry.type(description="One entry in a payment's journal: what a provider was asked, and how it ended.")
class Transaction:
    number: str = strawberry.field(description="The number that people use, unique in the shop.")
    type: TransactionType = strawberry.field(description="What the provider was asked to do.")
    status: TransactionStatus = strawberry.field(description="What became of it.")
    amount: Money = money_field("amount", description="The amount it was about.")
    created_at: datetime = strawberry.field(description="When it was recorded.")


@strawberry.type(description="Money that goes back to the customer.")
class Refund(Node):
    is_type_of = source_is(records.Refund)

    id: strawberry.ID = id_field("Refund")
    status: RefundStatus = strawberry.field(description="How far it has come.")
    amount: Money = money_field("amount", description="How much goes back.")
    reason: str | None = strawberry.field(description="Why, in words.")
    created_at: datetime = strawberry.field(description="When it was asked for.")
    completed_at: datetime | None = strawberry.field(description="When the money was given back.")
    payment: Annotated["Payment", strawberry.lazy("resolvers.payments.types")] = one(
        lambda loaders: loaders.payments.by_id,
        "payment_id",
        description="The payment that it gives back, or a part of.",
    )
    order: Annotated["Order", strawberry.lazy("resolvers.orders.types")] | None = one(
        lambda loaders: loaders.orders.by_id,
        "order_id",
        visible=may_see_order,
        description="The order that had been paid for.",
    )


@strawberry.type(description="A payment for an order.")
class Payment(Node):
    is_type_of = source_is(records.Payment)

    id: strawberry.ID = id_field("Payment")
    status: PaymentState = strawberry.field(description="How far it has come.")
    method: PaymentMethodKind = strawberry.field(description="How it is paid.")
    card_brand: str | None = strawberry.field(description="The card's brand, such as Visa.")
    card_last_four: str | None = strawberry.field(description="The last four digits of the card's number.")
    amount: Money = money_field("amount", description="What is to be paid.")
    authorized_amount: Money = money_field(
        "authorized_amount", description="What was set aside on the customer's side."
    )
    captured_amount: Money = money_field("captured_amount", description="What has been taken.")
    refunded_amount: Money = money_field("refunded_amount", description="What has been given back.")
    failure_code: str | None = strawberry.field(
        description="Why the provider refused it, as a word for programs."
    )
    failure_reason: str | None = strawberry.field(description="Why the provider refused it, in words.")
    created_at: datetime = strawberry.field(description="When it was begun.")
    updated_at: datetime = strawberry.field(description="When it last changed.")
    authorized_at: datetime | None = strawberry.field(description="When the amount was set aside.")
    authorization_expires_at: datetime | None = strawberry.field(
        description="When what was set aside is let go unless it has been taken."
    )
    paid_at: datetime | None = strawberry.field(description="When the money was taken.")
    failed_at: datetime | None = strawberry.field(description="When the provider refused it.")
    cancelled_at: datetime | None = strawberry.field(description="When it was called off.")
    order: Annotated["Order", strawberry.lazy("resolvers.orders.types")] | None = one(
        lambda loaders: loaders.orders.by_id,
        "order_id",
        visible=may_see_order,
        description="The order that it pays for.",
    )
    customer: Annotated["User", strawberry.lazy("resolvers.users.types")] | None = one(
        lambda loaders: loaders.users.by_id,
        "user_id",
        visible=may_see_user,
        description="Who pays; null for a guest.",
    )
    transactions: list[Transaction] = many(
        lambda loaders: loaders.payments.transactions_by_payment,
        "id",
        description="What providers were asked, oldest first.",
    )
    refunds: list[Refund] = many(
        lambda loaders: loaders.payments.refunds_by_payment, "id", description="Its refunds, oldest first."
    )


@strawberry.type(description="A way to pay that a customer saved. It shows as much as is safe to show.")
class PaymentMethod(Node):
    is_type_of = source_is(records.PaymentMethod)

    id: strawberry.ID = id_field("PaymentMethod")
    kind: PaymentMethodKind = strawberry.field(description="What it is.")
    display_name: str = strawberry.field(description="What to show for it, such as Visa **** 4242.")
    card_brand: str | None = strawberry.field(description="The card's brand, such as Visa.")
    card_last_four: str | None = strawberry.field(description="The last four digits of the card's number.")
    card_exp_month: int | None = strawberry.field(description="The last month the card is good for, 1 to 12.")
    card_exp_year: int | None = strawberry.field(description="The year of that month, in four digits.")
    bank_name: str | None = strawberry.field(description="The bank that keeps the account.")
    account_last_four: str | None = strawberry.field(
        description="The last four digits of the account's number."
    )
    is_default: bool = strawberry.field(description="Whether it is taken when the customer names none.")
    is_verified: bool = strawberry.field(description="Whether the provider has checked it.")
    created_at: datetime = strawberry.field(description="When it was saved.")
