"""The types of an order: itself, its lines, its history and its shipment."""

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from datasources.orders import records
from resolvers.relations import many, one
from resolvers.relay import Node, id_field, source_is
from resolvers.scalars import EmailAddress, Money, Url, money_field
from resolvers.users.visibility import may_see_user

if TYPE_CHECKING:
    from resolvers.payments.types import Payment
    from resolvers.products.types import Attribute, Product, ProductVariant
    from resolvers.users.types import User


@strawberry.enum(description="Where an order is in its life.")
class OrderStatus(Enum):
    PENDING = strawberry.enum_value("pending", description="Placed; nothing has been paid yet.")
    CONFIRMED = strawberry.enum_value(
        "confirmed", description="Accepted: stock is set aside and payment authorised."
    )
    PAID = strawberry.enum_value("paid", description="The money has been taken.")
    PROCESSING = strawberry.enum_value("processing", description="Being picked and packed.")
    SHIPPED = strawberry.enum_value("shipped", description="Handed to the carrier.")
    DELIVERED = strawberry.enum_value("delivered", description="Received by the customer.")
    CANCELLED = strawberry.enum_value("cancelled", description="Called off before it was shipped.")
    REFUNDED = strawberry.enum_value("refunded", description="The money has been given back.")


@strawberry.enum(description="How far an order has been paid.")
class PaymentStatus(Enum):
    PENDING = strawberry.enum_value("pending", description="Nothing has been paid yet.")
    AUTHORIZED = strawberry.enum_value(
        "authorized", description="The amount is set aside on the customer's side."
    )
    PAID = strawberry.enum_value("paid", description="The amount has been taken.")
    PARTIALLY_REFUNDED = strawberry.enum_value(
        "partially_refunded", description="A part has been given back."
    )
    REFUNDED = strawberry.enum_value("refunded", description="All of it has been given back.")
    FAILED = strawberry.enum_value("failed", description="The payment was refused.")
    CANCELLED = strawberry.enum_value("cancelled", description="The payment was called off.")


@strawberry.enum(description="Where an order was placed.")
class OrderSource(Enum):
    WEB = strawberry.enum_value("web", description="In the web shop.")
    MOBILE = strawberry.enum_value("mobile", description="In a mobile app.")
    ADMIN = strawberry.enum_value("admin", description="By staff, for the customer.")


@strawberry.type(description="An address as it was when the order was placed.")
class PostalAddress:
    recipient_name: str | None = strawberry.field(description="Who receives what is sent here.")
    phone: str | None = strawberry.field(description="The recipient's telephone number.")
    street_address: str = strawberry.field(description="Street and house number.")
    apartment: str | None = strawberry.field(description="Apartment, suite or floor.")
    city: str = strawberry.field(description="City or town.")
    state_province: str | None = strawberry.field(description="State, province or region.")
    postal_code: str = strawberry.field(description="Postal code.")
    country: str = strawberry.field(description="Country (ISO 3166-1 alpha-2), such as US.")


@strawberry.type(
    description="One line of an order, with name, price and attributes as they were when it was placed."
)
class OrderItem:
    name: str = strawberry.field(description="The product's name.")
    sku: str = strawberry.field(description="The stock keeping unit.")
    variant_name: str | None = strawberry.field(description="The variant's name, such as Large.")
    image_url: Url | None = strawberry.field(description="The product's main image.")
    attributes: list[Annotated["Attribute", strawberry.lazy("resolvers.products.types")]] = strawberry.field(
        description="The chosen qualities, such as size and colour."
    )
    quantity: int = strawberry.field(description="How many pieces.")
    unit_price: Money = money_field("unit_price", description="The price of one piece.")
    subtotal: Money = money_field("subtotal", description="The price of all pieces, before discount.")
    discount: Money = money_field("discount", description="What was taken off this line.")
    total: Money = money_field("total", description="The price of all pieces, after discount.")
    product: Annotated["Product", strawberry.lazy("resolvers.products.types")] | None = one(
        lambda loaders: loaders.products.by_id,
        "product_id",
        description="The product as it is now, if it still is.",
    )
    variant: Annotated["ProductVariant", strawberry.lazy("resolvers.products.types")] | None = one(
        lambda loaders: loaders.products.variant_by_id,
        "variant_id",
        description="The variant as it is now, if it still is.",
    )


@strawberry.type(description="One step of an order's life.")
class OrderStatusChange:
    old_status: OrderStatus | None = strawberry.field(
        description="The status before, or null where the order began."
    )
    new_status: OrderStatus = strawberry.field(description="The status since.")
    notes: str | None = strawberry.field(description="Why, in words.")
    changed_at: datetime = strawberry.field(description="When.")


@strawberry.type(description="One message of the carrier.")
class TrackingUpdate:
    status: str = strawberry.field(description="What happened, in the carrier's words.")
    location: str | None = strawberry.field(description="Where it happened.")
    message: str | None = strawberry.field(description="More about it.")
    occurred_at: datetime = strawberry.field(description="When it happened.")


@strawberry.type(description="How an order travels.")
class Shipment:
    carrier: str | None = strawberry.field(description="Who carries it.")
    tracking_number: str | None = strawberry.field(description="The carrier's number for it.")
    tracking_url: Url | None = strawberry.field(description="Where the carrier shows its way.")
    shipping_method: str | None = strawberry.field(description="How it was to be sent, such as Express.")
    shipped_at: datetime | None = strawberry.field(description="When the carrier took it.")
    estimated_delivery: datetime | None = strawberry.field(description="When it should arrive.")
    actual_delivery: datetime | None = strawberry.field(description="When it arrived.")
    tracking_updates: list[TrackingUpdate] = strawberry.field(
        description="The carrier's messages, oldest first."
    )


@strawberry.type(description="An order, with the prices, names and addresses that it was placed with.")
class Order(Node):
    is_type_of = source_is(records.Order)

    id: strawberry.ID = id_field("Order")
    number: str = strawberry.field(description="The number that people use, unique in the shop.")
    status: OrderStatus = strawberry.field(description="Where the order is in its life.")
    payment_status: PaymentStatus = strawberry.field(description="How far it has been paid.")
    source: OrderSource = strawberry.field(description="Where it was placed.")
    placed_at: datetime = strawberry.field(description="When it was placed.")
    updated_at: datetime = strawberry.field(description="When it last changed.")
    cancelled_at: datetime | None = strawberry.field(description="When it was called off.")
    cancellation_reason: str | None = strawberry.field(description="Why it was called off.")
    completed_at: datetime | None = strawberry.field(description="When it was delivered and done with.")
    email: EmailAddress | None = strawberry.field(description="Where messages about the order go.")
    customer_notes: str | None = strawberry.field(description="What the customer wrote with the order.")
    coupon_code: str | None = strawberry.field(description="The coupon that was redeemed.")
    shipping_method: str | None = strawberry.field(description="How it is to be sent, such as Express.")
    subtotal: Money = money_field("subtotal", description="The sum of the lines.")
    discount: Money = money_field("discount", description="What was taken off.")
    tax: Money = money_field("tax", description="The tax that was added.")
    shipping_cost: Money = money_field("shipping_cost", description="What sending it costs.")
    total: Money = money_field(
        "total", description="What is to be paid: subtotal - discount + tax + shipping."
    )
    shipping_address: PostalAddress = strawberry.field(description="Where the goods go.")
    billing_address: PostalAddress = strawberry.field(description="Where the invoice goes.")
    customer: Annotated["User", strawberry.lazy("resolvers.users.types")] | None = one(
        lambda loaders: loaders.users.by_id,
        "user_id",
        visible=may_see_user,
        description="Who placed it; null for a guest's order.",
    )
    items: list[OrderItem] = many(
        lambda loaders: loaders.orders.items_by_order, "id", description="Its lines."
    )
    history: list[OrderStatusChange] = many(
        lambda loaders: loaders.orders.history_by_order, "id", description="Its status changes, oldest first."
    )
    shipment: Shipment | None = one(
        lambda loaders: loaders.orders.shipment_by_order,
        "id",
        description="How it travels, once it has been handed to a carrier.",
    )
    payments: list[Annotated["Payment", strawberry.lazy("resolvers.payments.types")]] | None = many(
        lambda loaders: loaders.payments.by_order, "id", description="The payments made for it, oldest first."
    )
