"""Goods that come back and money that goes back: customers ask, staff decide, and staff may pay back by themselves."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import strawberry

from datasources.core.money import NOTHING, is_storable
from datasources.orders.commands.refunds import Wish
from datasources.workflows import returns
from datasources.workflows.refunds import RefundRequest, refund_order
from resolvers.conflicts import IdempotencyConflictError
from resolvers.context import Info
from resolvers.entries import IDEMPOTENCY_KEY, MOST_OF_KEY, Entries
from resolvers.means import means_of
from resolvers.mutations import InvalidInputError, mutation, user_errors
from resolvers.orders.access import ORDER_TOKEN, order_to_change
from resolvers.orders.problems import OrderNotFoundError
from resolvers.orders.refund_problems import (
    OrderItemNotFoundError,
    OrderNotRefundableError,
    RefundExceedsOrderError,
    ReturnWindowClosedError,
    TooManyRefundedError,
)
from resolvers.orders.types import Order
from resolvers.payments.problems import (
    PaymentProviderNotSetUpError,
    RefundNotFoundError,
    RefundNotPendingError,
)
from resolvers.payments.types import Refund
from resolvers.permissions import Permission
from resolvers.relations import one
from resolvers.relay import uuid_of

MOST_OF_REASON = 255
MOST_LINES = 200


@strawberry.type
class RefundAnswer:
    """What every payload about a refund has."""

    refund: Refund | None = one(
        lambda loaders: loaders.payments.refund_by_id,
        "refund_id",
        description="The refund as it is now. It may still be under way: ask again later.",
    )
    order: Order | None = one(
        lambda loaders: loaders.orders.by_id, "order_id", description="The order as it is now."
    )
    refund_id: strawberry.Private[UUID | None] = None
    order_id: strawberry.Private[UUID | None] = None


@strawberry.input(description="Units of a line of an order.")
class OrderItemUnitsInput:
    item_id: strawberry.ID = strawberry.field(description="The global id of the order's line.")
    quantity: int = strawberry.field(description="How many units: at least 1.")


@strawberry.input(description="Delivered goods that a customer wants to send back.")
class RequestReturnInput:
    order_id: strawberry.ID = strawberry.field(description="The order's global id.")
    order_token: str | None = strawberry.field(default=None, description=ORDER_TOKEN)
    lines: list[OrderItemUnitsInput] = strawberry.field(description="What comes back.")
    reason: str = strawberry.field(description="Why.")
    idempotency_key: str = strawberry.field(description=IDEMPOTENCY_KEY)


RequestReturnError = Annotated[
    InvalidInputError
    | OrderNotFoundError
    | OrderNotRefundableError
    | ReturnWindowClosedError
    | OrderItemNotFoundError
    | TooManyRefundedError
    | RefundExceedsOrderError
    | IdempotencyConflictError,
    strawberry.union("RequestReturnError", description="Why `requestReturn` did nothing."),
]


@strawberry.type(description="What `requestReturn` answers.")
class RequestReturnPayload(RefundAnswer):
    user_errors: list[RequestReturnError] = user_errors()


@strawberry.input(description="A return that staff agree to.")
class ApproveReturnInput:
    refund_id: strawberry.ID = strawberry.field(description="The refund's global id.")
    restock: bool = strawberry.field(default=True, description="Whether the goods can be sold again.")


ApproveReturnError = Annotated[
    RefundNotFoundError | RefundNotPendingError | PaymentProviderNotSetUpError,
    strawberry.union("ApproveReturnError", description="Why `approveReturn` did nothing."),
]


@strawberry.type(description="What `approveReturn` answers.")
class ApproveReturnPayload(RefundAnswer):
    user_errors: list[ApproveReturnError] = user_errors()


@strawberry.input(description="A return that staff refuse.")
class RejectReturnInput:
    refund_id: strawberry.ID = strawberry.field(description="The refund's global id.")
    reason: str | None = strawberry.field(default=None, description="Why.")


RejectReturnError = Annotated[
    InvalidInputError | RefundNotFoundError | RefundNotPendingError,
    strawberry.union("RejectReturnError", description="Why `rejectReturn` did nothing."),
]


@strawberry.type(description="What `rejectReturn` answers.")
class RejectReturnPayload(RefundAnswer):
    user_errors: list[RejectReturnError] = user_errors()


@strawberry.input(description="Money that staff pay back: for lines, for shipping, or as they see fit.")
class RefundOrderInput:
    order_id: strawberry.ID = strawberry.field(description="The order's global id.")
    everything: bool = strawberry.field(
        default=False, description="Pay back all that is left, shipping included; then name nothing else."
    )
    lines: list[OrderItemUnitsInput] = strawberry.field(
        default_factory=list, description="Units that are paid back, each with its share of discount and tax."
    )
    shipping: bool = strawberry.field(
        default=False, description="Pay back what is left of the shipping, too."
    )
    amount: Decimal | None = strawberry.field(
        default=None,
        description="An amount in the order's currency beside that, such as an allowance for a scratch.",
    )
    restock: bool = strawberry.field(
        default=False,
        description="Whether the units come back and can be sold again; those that were not sent yet are not sent.",
    )
    reason: str | None = strawberry.field(default=None, description="Why.")
    idempotency_key: str = strawberry.field(description=IDEMPOTENCY_KEY)


RefundOrderError = Annotated[
    InvalidInputError
    | OrderNotFoundError
    | OrderNotRefundableError
    | OrderItemNotFoundError
    | TooManyRefundedError
    | RefundExceedsOrderError
    | PaymentProviderNotSetUpError
    | IdempotencyConflictError,
    strawberry.union("RefundOrderError", description="Why `refundOrder` paid nothing back."),
]


@strawberry.type(description="What `refundOrder` answers.")
class RefundOrderPayload(RefundAnswer):
    user_errors: list[RefundOrderError] = user_errors()


@strawberry.type
class RefundMutations:
    @mutation(
        requires=Permission.PUBLIC,
        at={
            OrderNotFoundError: "orderId",
            OrderNotRefundableError: "orderId",
            ReturnWindowClosedError: "orderId",
            OrderItemNotFoundError: "lines",
            TooManyRefundedError: "lines",
            RefundExceedsOrderError: "lines",
            IdempotencyConflictError: "idempotencyKey",
        },
        description="Ask to send delivered goods back, within 30 days. What was paid for them is paid back once staff"
        " have agreed.",
    )
    async def request_return(self, info: Info, input: RequestReturnInput) -> RequestReturnPayload:
        entries = Entries()
        units = _read_units(entries, input.lines)
        reason = entries.text(input.reason, "reason", most=MOST_OF_REASON)
        key = entries.text(input.idempotency_key, "idempotencyKey", most=MOST_OF_KEY)
        entries.check()
        order = await order_to_change(info, input.order_id, input.order_token, staff=Permission.REFUND_ORDERS)
        request = RefundRequest(
            order_id=order.id,
            wish=Wish(units=units, by_customer=True),
            reason=reason,
            restock=True,
            requested_by=info.context.viewer.user_id,
            approved_by=None,
            key=key,
        )
        saga = await refund_order(means_of(info), request)
        return RequestReturnPayload(refund_id=UUID(saga.data["refund_id"]), order_id=order.id)

    @mutation(
        requires=Permission.REFUND_ORDERS,
        at={
            RefundNotFoundError: "refundId",
            RefundNotPendingError: "refundId",
            PaymentProviderNotSetUpError: "refundId",
        },
        description="Agree to a return: what was paid for the goods is paid back.",
    )
    async def approve_return(self, info: Info, input: ApproveReturnInput) -> ApproveReturnPayload:
        refund = await returns.approve_return(
            means_of(info),
            refund_id=uuid_of(input.refund_id, "Refund"),
            restock=input.restock,
            actor_id=info.context.viewer.account_id,
        )
        return ApproveReturnPayload(refund_id=refund.id, order_id=refund.order_id)

    @mutation(
        requires=Permission.REFUND_ORDERS,
        at={RefundNotFoundError: "refundId", RefundNotPendingError: "refundId"},
        description="Refuse a return: nothing is paid back, and the goods may be asked about again.",
    )
    async def reject_return(self, info: Info, input: RejectReturnInput) -> RejectReturnPayload:
        entries = Entries()
        reason = entries.optional(input.reason, "reason", most=MOST_OF_REASON)
        entries.check()
        refund = await returns.reject_return(
            means_of(info),
            refund_id=uuid_of(input.refund_id, "Refund"),
            reason=reason,
            actor_id=info.context.viewer.account_id,
        )
        return RejectReturnPayload(refund_id=refund.id, order_id=refund.order_id)

    @mutation(
        requires=Permission.REFUND_ORDERS,
        at={
            OrderNotFoundError: "orderId",
            OrderNotRefundableError: "orderId",
            OrderItemNotFoundError: "lines",
            TooManyRefundedError: "lines",
            RefundExceedsOrderError: "amount",
            PaymentProviderNotSetUpError: "orderId",
            IdempotencyConflictError: "idempotencyKey",
        },
        description="Pay an order back, whole or in part. The same input under the same key is paid back once.",
    )
    async def refund_order(self, info: Info, input: RefundOrderInput) -> RefundOrderPayload:
        request = _read_refund(info, input)
        saga = await refund_order(means_of(info), request)
        return RefundOrderPayload(refund_id=UUID(saga.data["refund_id"]), order_id=request.order_id)


def _read_refund(info: Info, input: RefundOrderInput) -> RefundRequest:
    entries = Entries()
    units = _read_units(entries, input.lines, may_be_empty=True)
    amount = NOTHING if input.amount is None else input.amount
    if not is_storable(amount) or amount < 0:
        entries.refuse("amount", "INVALID", "Give an amount of at least zero, in hundredths.")
    if input.everything and (input.lines or input.shipping or amount):
        entries.refuse("everything", "INVALID", "Everything leaves nothing else to be named.")
    reason = entries.optional(input.reason, "reason", most=MOST_OF_REASON)
    key = entries.text(input.idempotency_key, "idempotencyKey", most=MOST_OF_KEY)
    entries.check()
    order_id, staff = uuid_of(input.order_id, "Order"), info.context.viewer.account_id
    return RefundRequest(
        order_id=order_id,
        wish=Wish(units=units, shipping=input.shipping, amount=amount, everything=input.everything),
        reason=reason,
        restock=input.restock,
        requested_by=staff,
        approved_by=staff,
        key=key,
    )


def _read_units(
    entries: Entries, given: Sequence[OrderItemUnitsInput], *, may_be_empty: bool = False
) -> dict[UUID, int]:
    """Units by line; a line that is named twice counts twice."""
    if not given and not may_be_empty:
        entries.refuse("lines", "REQUIRED", "Name at least one line.")
    if len(given) > MOST_LINES:
        entries.refuse("lines", "TOO_LONG", f"Name at most {MOST_LINES} lines.")
        return {}
    units: dict[UUID, int] = {}
    for place, each in enumerate(given):
        if each.quantity < 1:
            entries.refuse(f"lines.{place}.quantity", "INVALID", "Name at least one unit.")
        item = uuid_of(each.item_id, "OrderItem")
        units[item] = units.get(item, 0) + each.quantity
    return units
