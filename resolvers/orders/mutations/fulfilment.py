"""What staff do to an order from its payment to the customer's door."""

import re
from datetime import datetime, timedelta
from typing import Annotated, Final

import strawberry

from datasources.orders import records
from datasources.orders.changes import NewShipment
from datasources.orders.commands import fulfilment
from datasources.workflows.shipments import send_order
from resolvers.context import Info
from resolvers.entries import Entries
from resolvers.inventory.entries import acting_staff
from resolvers.mutations import InvalidInputError, entity, mutation, user_errors
from resolvers.orders.problems import (
    OrderNotFoundError,
    OrderNotPaidError,
    OrderNotShippableError,
    OrderStatusError,
    OrderUnitsReleasedError,
    TooManyTrackingUpdatesError,
)
from resolvers.orders.types import Order
from resolvers.permissions import Permission
from resolvers.relay import uuid_of
from resolvers.scalars import Url

# As the columns of OrderDb have them; those of a tracking update and of notes are the shop's own.
MOST_OF_CARRIER: Final = 100
MOST_OF_TRACKING_NUMBER: Final = 100
MOST_OF_SHIPPING_METHOD: Final = 100
MOST_OF_URL: Final = 500
MOST_OF_TRACKING_STATUS: Final = 50
MOST_OF_LOCATION: Final = 200
MOST_OF_MESSAGE: Final = 500
MOST_OF_NOTES: Final = 2_000

# How far a carrier's clock may be ahead of ours.
_AHEAD: Final = timedelta(minutes=5)
_URL: Final = re.compile(r"https://[^\s/?#]+[^\s\"'<>\\]*", re.ASCII)

ORDER_ID = "The order's global id."
NOW = "The order as it is now."


@strawberry.input(description="An order to be picked and packed.")
class StartOrderProcessingInput:
    order_id: strawberry.ID = strawberry.field(description=ORDER_ID)


StartOrderProcessingError = Annotated[
    OrderNotFoundError | OrderStatusError,
    strawberry.union("StartOrderProcessingError", description="Why `startOrderProcessing` did nothing."),
]


@strawberry.type(description="What `startOrderProcessing` answers.")
class StartOrderProcessingPayload:
    order: records.Order | None = entity(Order, NOW)
    user_errors: list[StartOrderProcessingError] = user_errors()


@strawberry.input(description="An order that is handed to its carrier.")
class ShipOrderInput:
    order_id: strawberry.ID = strawberry.field(description=ORDER_ID)
    carrier: str = strawberry.field(description="The carrier, such as UPS.")
    tracking_number: str = strawberry.field(description="The carrier's tracking number.")
    tracking_url: Url | None = strawberry.field(
        default=None, description="The carrier's tracking page: an https URL."
    )
    shipping_method: str | None = strawberry.field(
        default=None, description="How it travels, if not by the shipping method of the order."
    )
    estimated_delivery: datetime | None = strawberry.field(
        default=None, description="When it is expected to arrive, if not when it was promised."
    )


ShipOrderError = Annotated[
    InvalidInputError
    | OrderNotFoundError
    | OrderStatusError
    | OrderNotPaidError
    | OrderNotShippableError
    | OrderUnitsReleasedError,
    strawberry.union("ShipOrderError", description="Why `shipOrder` shipped nothing."),
]


@strawberry.type(description="What `shipOrder` answers.")
class ShipOrderPayload:
    order: records.Order | None = entity(Order, NOW)
    user_errors: list[ShipOrderError] = user_errors()


@strawberry.input(description="A message of the carrier about an order on its way.")
class AddTrackingUpdateInput:
    order_id: strawberry.ID = strawberry.field(description=ORDER_ID)
    status: str = strawberry.field(description="What happened, in the carrier's words, such as in_transit.")
    location: str | None = strawberry.field(default=None, description="Where it happened, such as a city.")
    message: str | None = strawberry.field(default=None, description="More details.")
    occurred_at: datetime = strawberry.field(description="When it happened.")


AddTrackingUpdateError = Annotated[
    InvalidInputError | OrderNotFoundError | OrderStatusError | TooManyTrackingUpdatesError,
    strawberry.union("AddTrackingUpdateError", description="Why `addTrackingUpdate` did nothing."),
]


@strawberry.type(description="What `addTrackingUpdate` answers.")
class AddTrackingUpdatePayload:
    order: records.Order | None = entity(Order, NOW)
    user_errors: list[AddTrackingUpdateError] = user_errors()


@strawberry.input(description="An order that has arrived.")
class MarkOrderDeliveredInput:
    order_id: strawberry.ID = strawberry.field(description=ORDER_ID)


MarkOrderDeliveredError = Annotated[
    OrderNotFoundError | OrderStatusError,
    strawberry.union("MarkOrderDeliveredError", description="Why `markOrderDelivered` did nothing."),
]


@strawberry.type(description="What `markOrderDelivered` answers.")
class MarkOrderDeliveredPayload:
    order: records.Order | None = entity(Order, NOW)
    user_errors: list[MarkOrderDeliveredError] = user_errors()


@strawberry.input(description="Staff's notes on an order.")
class NoteOrderInput:
    order_id: strawberry.ID = strawberry.field(description=ORDER_ID)
    notes: str | None = strawberry.field(
        description=f"The notes, in place of those that there are: at most {MOST_OF_NOTES} characters; null "
        "removes them."
    )


NoteOrderError = Annotated[
    InvalidInputError | OrderNotFoundError,
    strawberry.union("NoteOrderError", description="Why `noteOrder` did nothing."),
]


@strawberry.type(description="What `noteOrder` answers.")
class NoteOrderPayload:
    order: records.Order | None = entity(Order, NOW)
    user_errors: list[NoteOrderError] = user_errors()


@strawberry.type
class FulfilmentMutations:
    @mutation(
        requires=Permission.WRITE_ORDERS,
        at={OrderNotFoundError: "orderId", OrderStatusError: "orderId"},
        description="Begin to pick and pack an order that is confirmed or paid.",
    )
    async def start_order_processing(
        self, info: Info, input: StartOrderProcessingInput
    ) -> StartOrderProcessingPayload:
        order = await fulfilment.start_processing(
            info.context.connections.orders,
            order_id=uuid_of(input.order_id, "Order"),
            **acting_staff(info),
        )
        return StartOrderProcessingPayload(order=order)

    @mutation(
        requires=Permission.WRITE_ORDERS,
        at={
            OrderNotFoundError: "orderId",
            OrderStatusError: "orderId",
            OrderNotPaidError: "orderId",
            OrderNotShippableError: "orderId",
            OrderUnitsReleasedError: "orderId",
        },
        description="Hand a paid order to its carrier: its units leave the warehouses. Sent again of the same parcel "
        "it ships nothing twice, and finishes what a failure has left half done.",
    )
    async def ship_order(self, info: Info, input: ShipOrderInput) -> ShipOrderPayload:
        staff = acting_staff(info)
        order = await send_order(
            info.context.connections,
            order_id=uuid_of(input.order_id, "Order"),
            shipment=_shipment(input, staff["now"]),
            **staff,
        )
        return ShipOrderPayload(order=order)

    @mutation(
        requires=Permission.WRITE_ORDERS,
        at={
            OrderNotFoundError: "orderId",
            OrderStatusError: "orderId",
            TooManyTrackingUpdatesError: "orderId",
        },
        description="Add a message of the carrier to an order on its way. The same message is added once.",
    )
    async def add_tracking_update(
        self, info: Info, input: AddTrackingUpdateInput
    ) -> AddTrackingUpdatePayload:
        staff = acting_staff(info)
        order = await fulfilment.add_tracking_update(
            info.context.connections.orders,
            order_id=uuid_of(input.order_id, "Order"),
            tracking=_tracking(input, staff["now"]),
            **staff,
        )
        return AddTrackingUpdatePayload(order=order)

    @mutation(
        requires=Permission.WRITE_ORDERS,
        at={OrderNotFoundError: "orderId", OrderStatusError: "orderId"},
        description="Say that a shipped order has arrived, which completes it.",
    )
    async def mark_order_delivered(
        self, info: Info, input: MarkOrderDeliveredInput
    ) -> MarkOrderDeliveredPayload:
        order = await fulfilment.deliver_order(
            info.context.connections.orders,
            order_id=uuid_of(input.order_id, "Order"),
            **acting_staff(info),
        )
        return MarkOrderDeliveredPayload(order=order)

    @mutation(
        requires=Permission.WRITE_ORDERS,
        at={OrderNotFoundError: "orderId"},
        description="Keep notes on an order that staff alone read.",
    )
    async def note_order(self, info: Info, input: NoteOrderInput) -> NoteOrderPayload:
        entries = Entries()
        notes = entries.lines(input.notes, "notes", most=MOST_OF_NOTES)
        entries.check()
        order = await fulfilment.note_order(
            info.context.connections.orders,
            order_id=uuid_of(input.order_id, "Order"),
            notes=notes,
            **acting_staff(info),
        )
        return NoteOrderPayload(order=order)


def _shipment(input: ShipOrderInput, now: datetime) -> NewShipment:
    entries = Entries()
    if input.estimated_delivery is not None and input.estimated_delivery < now:
        entries.refuse("estimatedDelivery", "INVALID", "This is in the past.")
    shipment = NewShipment(
        carrier=entries.text(input.carrier, "carrier", most=MOST_OF_CARRIER),
        tracking_number=entries.text(input.tracking_number, "trackingNumber", most=MOST_OF_TRACKING_NUMBER),
        tracking_url=_url(entries, input.tracking_url),
        shipping_method=entries.optional(
            input.shipping_method, "shippingMethod", most=MOST_OF_SHIPPING_METHOD
        ),
        estimated_delivery=input.estimated_delivery,
    )
    entries.check()
    return shipment


def _url(entries: Entries, given: Url | None) -> str | None:
    if given is not None and (len(given) > MOST_OF_URL or not _URL.fullmatch(given)):
        entries.refuse(
            "trackingUrl", "INVALID", f"This is not an https URL of at most {MOST_OF_URL} characters."
        )
    return given


def _tracking(input: AddTrackingUpdateInput, now: datetime) -> records.TrackingUpdate:
    entries = Entries()
    if input.occurred_at > now + _AHEAD:
        entries.refuse("occurredAt", "INVALID", "This has not happened yet.")
    tracking = records.TrackingUpdate(
        status=entries.text(input.status, "status", most=MOST_OF_TRACKING_STATUS),
        location=entries.optional(input.location, "location", most=MOST_OF_LOCATION),
        message=entries.optional(input.message, "message", most=MOST_OF_MESSAGE),
        occurred_at=input.occurred_at,
    )
    entries.check()
    return tracking
