"""The types of an order: itself, its lines, its history and its shipment."""

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Optional

import strawberry

from datasources.orders import records
from resolvers.context import Info
from resolvers.permissions import Permission
from resolvers.relations import many, one
from resolvers.relay import Node, id_field, source_is
from resolvers.requirements import restricted_field
from resolvers.scalars import EmailAddress, Money, Url, money_field
from resolvers.users.visibility import may_see_user

if TYPE_CHECKING:
    from resolvers.payments.types import Payment
    from resolvers.products.types import Attribute, Product, ProductVariant
    from resolvers.users.types import User


@strawberry.enum(description="The stage that an order has reached.")
class OrderStatus(Enum):
    PENDING = strawberry.enum_value("pending", description="Placed, but not accepted or paid yet.")
    CONFIRMED = strawberry.enum_value(
        "confirmed",
        description="Accepted: stock is allocated. The payment may still be pending; see `paymentStatus`.",
    )
    PAID = strawberry.enum_value("paid", description="Paid in full.")
    PROCESSING = strawberry.enum_value("processing", description="Being picked and packed.")
    SHIPPED = strawberry.enum_value("shipped", description="Handed to the carrier.")
    DELIVERED = strawberry.enum_value("delivered", description="Received by the customer.")
    CANCELLED = strawberry.enum_value("cancelled", description="Cancelled before it was shipped.")
    REFUNDED = strawberry.enum_value("refunded", description="Refunded in full.")


@strawberry.enum(description="Whether an order has been paid for.")
class PaymentStatus(Enum):
    PENDING = strawberry.enum_value("pending", description="Not paid yet.")
    AUTHORIZED = strawberry.enum_value(
        "authorized",
        description="The amount is reserved on the customer's card or account, but not captured yet.",
    )
    PAID = strawberry.enum_value("paid", description="Paid in full.")
    PARTIALLY_REFUNDED = strawberry.enum_value(
        "partially_refunded", description="Part of the amount has been refunded."
    )
    REFUNDED = strawberry.enum_value("refunded", description="Refunded in full.")
    FAILED = strawberry.enum_value("failed", description="The payment was declined.")
    CANCELLED = strawberry.enum_value("cancelled", description="The payment was cancelled.")


@strawberry.enum(description="Where an order was placed.")
class OrderSource(Enum):
    WEB = strawberry.enum_value("web", description="In the online shop.")
    MOBILE = strawberry.enum_value("mobile", description="In a mobile app.")
    ADMIN = strawberry.enum_value("admin", description="By staff, on the customer's behalf.")


@strawberry.type(description="An address as it was when the order was placed.")
class PostalAddress:
    recipient_name: str | None = strawberry.field(description="The person to whom deliveries are addressed.")
    phone: str | None = strawberry.field(description="The recipient's phone number.")
    street_address: str = strawberry.field(description="House number and street.")
    apartment: str | None = strawberry.field(description="Apartment, suite or floor.")
    city: str = strawberry.field(description="City or town.")
    state_province: str | None = strawberry.field(description="State, province or region.")
    postal_code: str = strawberry.field(description="Postal code.")
    country: str = strawberry.field(description="Country (ISO 3166-1 alpha-2), such as US.")


@strawberry.type(
    description="A line of an order, with the name, price and attributes at the time of the order."
)
class OrderItem:
    id: strawberry.ID = id_field("OrderItem")
    name: str = strawberry.field(description="The product's name.")
    sku: str = strawberry.field(description="The stock keeping unit.")
    variant_name: str | None = strawberry.field(description="The variant's name, such as Large.")
    image_url: Url | None = strawberry.field(description="The product's main image.")
    attributes: list[Annotated["Attribute", strawberry.lazy("resolvers.products.types")]] = strawberry.field(
        description="The attributes of the chosen variant, such as size and colour."
    )
    quantity: int = strawberry.field(description="How many units.")
    unit_price: Money = money_field("unit_price", description="The price of one unit.")
    subtotal: Money = money_field("subtotal", description="The price of all units, before the discount.")
    discount: Money = money_field("discount", description="The discount on this line.")
    total: Money = money_field("total", description="The price of all units, after the discount.")
    returned_quantity: int = strawberry.field(description="How many units have come back.")
    refunded_quantity: int = strawberry.field(
        description="How many units have been paid back; they need not have come back."
    )
    refunded_amount: Money = money_field(
        "refunded_amount", description="What of its total has been paid back."
    )
    product: Annotated["Product", strawberry.lazy("resolvers.products.types")] | None = one(
        lambda loaders: loaders.products.by_id,
        "product_id",
        description="The product as it is now, if it still exists.",
    )
    variant: Annotated["ProductVariant", strawberry.lazy("resolvers.products.types")] | None = one(
        lambda loaders: loaders.products.variant_by_id,
        "variant_id",
        description="The variant as it is now, if it still exists.",
    )


@strawberry.enum(description="What gave a discount.")
class OrderDiscountKind(Enum):
    COUPON = strawberry.enum_value("coupon", description="A coupon, whose code it has.")
    PROMOTION = strawberry.enum_value("promotion", description="An offer of the shop.")
    LOYALTY = strawberry.enum_value("loyalty", description="Points of the customer programme.")


@strawberry.type(description="A part of an order's discount.")
class OrderDiscount:
    kind: OrderDiscountKind = strawberry.field(description="What gave it.")
    code: str | None = strawberry.field(description="The coupon's code.")
    name: str = strawberry.field(description="What it was called when the order was placed.")
    amount: Money = money_field("amount", description="How much it took off.")


@strawberry.type(description="A change of an order's status.")
class OrderStatusChange:
    old_status: OrderStatus | None = strawberry.field(
        description="The status before the change; null for the first one."
    )
    new_status: OrderStatus = strawberry.field(description="The status after the change.")
    notes: str | None = strawberry.field(description="A note about the change.")
    changed_at: datetime = strawberry.field(description="When the status changed.")


@strawberry.type(description="A tracking message from the carrier.")
class TrackingUpdate:
    status: str = strawberry.field(description="What happened, in the carrier's words.")
    location: str | None = strawberry.field(description="Where it happened, such as a city.")
    message: str | None = strawberry.field(description="More details.")
    occurred_at: datetime = strawberry.field(description="When it happened.")


@strawberry.type(description="The shipment of an order.")
class Shipment:
    carrier: str | None = strawberry.field(description="The carrier.")
    tracking_number: str | None = strawberry.field(description="The carrier's tracking number.")
    tracking_url: Url | None = strawberry.field(description="The carrier's tracking page.")
    shipping_method: str | None = strawberry.field(description="The shipping method, such as Express.")
    shipped_at: datetime | None = strawberry.field(description="When it was handed to the carrier.")
    estimated_delivery: datetime | None = strawberry.field(description="When it is expected to arrive.")
    actual_delivery: datetime | None = strawberry.field(description="When it was delivered.")
    tracking_updates: list[TrackingUpdate] = strawberry.field(
        description="The carrier's tracking messages, oldest first."
    )


async def _read_admin_notes(root: Any, info: Info) -> str | None:  # noqa: ARG001  # a restricted resolver's form
    return root.admin_notes  # type: ignore[no-any-return]  # root is the datasource's record


@strawberry.type(description="An order, with prices, names and addresses as they were when it was placed.")
class Order(Node):
    is_type_of = source_is(records.Order)

    id: strawberry.ID = id_field("Order")
    number: str = strawberry.field(
        description="The order number that customers and staff use, unique in the shop."
    )
    status: OrderStatus = strawberry.field(description="The stage that the order has reached.")
    payment_status: PaymentStatus = strawberry.field(description="Whether it has been paid for.")
    source: OrderSource = strawberry.field(description="Where it was placed.")
    placed_at: datetime = strawberry.field(description="When it was placed.")
    updated_at: datetime = strawberry.field(description="When it last changed.")
    shipped_at: datetime | None = strawberry.field(description="When it was handed to the carrier.")
    delivered_at: datetime | None = strawberry.field(description="When it was delivered.")
    cancelled_at: datetime | None = strawberry.field(description="When it was cancelled.")
    cancellation_reason: str | None = strawberry.field(description="Why it was cancelled.")
    completed_at: datetime | None = strawberry.field(description="When it was delivered, which completed it.")
    email: EmailAddress | None = strawberry.field(
        description="The e-mail address to which messages about the order are sent."
    )
    customer_notes: str | None = strawberry.field(description="The customer's remarks.")
    admin_notes: str | None = restricted_field(
        Permission.READ_ORDERS,
        graphql_type=Optional[str],  # noqa: UP045  # a GraphQL type, not an annotation
        reads=("admin_notes",),
        description="Staff's notes on the order.",
    )(_read_admin_notes)
    coupon_code: str | None = strawberry.field(description="The code of the coupon that was redeemed.")
    shipping_method: str | None = strawberry.field(description="The shipping method, such as Express.")
    subtotal: Money = money_field("subtotal", description="The sum of the lines.")
    discount: Money = money_field("discount", description="The discount.")
    tax: Money = money_field("tax", description="The tax that was added.")
    shipping_cost: Money = money_field("shipping_cost", description="The cost of shipping.")
    total: Money = money_field(
        "total", description="The amount to pay: subtotal - discount + tax + shipping cost."
    )
    refunded_amount: Money = money_field(
        "refunded_amount", description="What of it has been paid back so far."
    )
    discounts: list[OrderDiscount] = many(
        lambda loaders: loaders.orders.discounts_by_order,
        "id",
        description="What the discount was made of, in the order in which it was taken off.",
    )
    shipping_address: PostalAddress = strawberry.field(description="Where the goods are sent.")
    billing_address: PostalAddress = strawberry.field(description="Where the invoice is sent.")
    customer: Annotated["User", strawberry.lazy("resolvers.users.types")] | None = one(
        lambda loaders: loaders.users.by_id,
        "user_id",
        visible=may_see_user,
        description="The customer who placed it; null for a guest's order.",
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
        description="Its shipment, once it has been handed to a carrier.",
    )
    payments: list[Annotated["Payment", strawberry.lazy("resolvers.payments.types")]] | None = many(
        lambda loaders: loaders.payments.by_order, "id", description="The payments made for it, oldest first."
    )
