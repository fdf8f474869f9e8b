"""The types of a user: the user, and the addresses, preferences and points that are the user's own.

A User is only ever given to that user or to staff who may read users, so its fields check nothing more.
"""

from datetime import date, datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Optional

import strawberry

from datasources.notifications.records import NotificationFilter
from datasources.products.records import Product as ProductRecord
from datasources.users import records
from resolvers.context import Info
from resolvers.inputs import value_of
from resolvers.orders.inputs import OrderWhere, order_filter
from resolvers.payments.inputs import PaymentWhere, payment_filter
from resolvers.permissions import Permission
from resolvers.products.visibility import may_see
from resolvers.relations import many, one, paged
from resolvers.relay import Connection, Node, id_field, source_is
from resolvers.requirements import restricted_field
from resolvers.reviews.inputs import ReviewWhere, review_filter
from resolvers.scalars import CurrencyCode, EmailAddress
from resolvers.users.loyalty import Loyalty
from resolvers.users.sessions import Session, find_sessions

if TYPE_CHECKING:
    from resolvers.carts.types import Cart
    from resolvers.notifications.types import Notification
    from resolvers.orders.types import Order
    from resolvers.payments.types import Payment, PaymentMethod
    from resolvers.products.types import Product
    from resolvers.reviews.types import Review


@strawberry.enum(description="A role, which decides what a user may do.")
class Role(Enum):
    ADMIN = strawberry.enum_value("Admin", description="Staff who may do everything.")
    MANAGER = strawberry.enum_value("Manager", description="Staff who run the catalogue and the orders.")
    CUSTOMER = strawberry.enum_value("Customer", description="A customer of the shop.")
    GUEST = strawberry.enum_value("Guest", description="A visitor who has not registered.")


@strawberry.enum(description="A tier of the customer programme.")
class CustomerTier(Enum):
    REGULAR = strawberry.enum_value("regular", description="The tier in which every customer starts.")
    PREMIUM = strawberry.enum_value("premium", description="The tier of frequent customers.")
    VIP = strawberry.enum_value("vip", description="The highest tier.")


@strawberry.enum(description="What an address is for.")
class AddressType(Enum):
    SHIPPING = strawberry.enum_value("shipping", description="Goods are sent there.")
    BILLING = strawberry.enum_value("billing", description="Invoices are sent there.")


@strawberry.enum(description="The colours in which the shop is displayed.")
class Theme(Enum):
    LIGHT = strawberry.enum_value("light", description="Dark on light.")
    DARK = strawberry.enum_value("dark", description="Light on dark.")
    SYSTEM = strawberry.enum_value("system", description="As set on the device.")


@strawberry.type(description="An address that a user saved.")
class Address(Node):
    is_type_of = source_is(records.Address)

    id: strawberry.ID = id_field("Address")
    type: AddressType = strawberry.field(description="What the address is for.")
    label: str | None = strawberry.field(description="The user's name for it, such as Home.")
    recipient_name: str | None = strawberry.field(description="The person to whom deliveries are addressed.")
    phone: str | None = strawberry.field(description="The recipient's phone number.")
    street_address: str = strawberry.field(description="House number and street.")
    apartment: str | None = strawberry.field(description="Apartment, suite or floor.")
    city: str = strawberry.field(description="City or town.")
    state_province: str | None = strawberry.field(description="State, province or region.")
    postal_code: str = strawberry.field(description="Postal code; empty where the country has none.")
    country: str = strawberry.field(description="Country (ISO 3166-1 alpha-2), such as US.")
    is_default: bool = strawberry.field(description="Whether it is the user's default address of its type.")


@strawberry.type(description="A user's preferences for messages and display.")
class CustomerPreferences:
    email_notifications: bool = strawberry.field(description="Whether the user wants messages by e-mail.")
    sms_notifications: bool = strawberry.field(description="Whether the user wants messages by SMS.")
    push_notifications: bool = strawberry.field(description="Whether the user wants push messages.")
    marketing_emails: bool = strawberry.field(description="Whether the user wants offers by e-mail.")
    language: str = strawberry.field(description="The language as a BCP 47 tag, such as en-US.")
    currency: CurrencyCode = strawberry.field(description="The currency to show prices in.")
    theme: Theme = strawberry.field(description="The colours in which the shop is displayed.")
    updated_at: datetime = strawberry.field(description="When they last changed.")


@strawberry.type(
    description="Whether sign-ins to an account and confirmations by its password are held off, and why."
)
class Lockout:
    is_locked: bool = strawberry.field(description="Whether staff have locked the account.")
    failed_login_attempts: int = strawberry.field(
        description="How many passwords were wrong, from where the last wrong one came, since one was right."
    )
    lockout_end: datetime | None = strawberry.field(
        description="Until when no password is taken from there because too many were wrong; null if none were."
    )


async def _find_default_address(
    root: Any,
    info: Info,
    type: Annotated[AddressType, strawberry.argument(description="The type of the address.")],
) -> records.Address | None:
    addresses = await info.context.loaders.users.addresses_by_user.load(root.id)
    wanted = value_of(type)
    return next((address for address in addresses if address.is_default and address.type == wanted), None)


async def _find_lockout(root: Any, info: Info) -> Any:
    return await info.context.loaders.users.lockout_by_user.load(root.id)


async def _find_wishlist(root: Any, info: Info) -> tuple[ProductRecord, ...]:
    return await _visible_products(info, await info.context.loaders.carts.wishlist_by_user.load(root.id))


async def _find_recently_viewed(root: Any, info: Info) -> tuple[ProductRecord, ...]:
    viewed = await info.context.loaders.carts.recently_viewed_by_user.load(root.id)
    return await _visible_products(info, viewed)


async def _visible_products(info: Info, ids: tuple[str, ...]) -> tuple[ProductRecord, ...]:
    found = await info.context.loaders.products.by_id.load_many(ids)
    return tuple(product for product in found if product is not None and may_see(info, product))


@strawberry.type(
    description="A user, with everything that belongs to them. Visible to the user and to staff with "
    "the permission users:read."
)
class User(Node):
    is_type_of = source_is(records.User)

    id: strawberry.ID = id_field("User")
    email: EmailAddress = strawberry.field(description="The e-mail address with which the user signs in.")
    email_verified: bool = strawberry.field(description="Whether the user has confirmed the e-mail address.")
    username: str | None = strawberry.field(description="The user's public name.")
    first_name: str | None = strawberry.field(description="First name.")
    last_name: str | None = strawberry.field(description="Last name.")
    phone_number: str | None = strawberry.field(description="Phone number.")
    date_of_birth: date | None = strawberry.field(description="Date of birth.")
    tier: CustomerTier = strawberry.field(description="The user's tier in the customer programme.")
    is_active: bool = strawberry.field(description="Whether the account is active.")
    created_at: datetime = strawberry.field(description="When the account was created.")
    updated_at: datetime = strawberry.field(description="When it last changed.")
    last_login_at: datetime | None = strawberry.field(description="When the user last signed in.")
    roles: list[Role] = many(
        lambda loaders: loaders.users.roles_by_user, "id", description="The user's roles."
    )
    addresses: list[Address] = many(
        lambda loaders: loaders.users.addresses_by_user,
        "id",
        description="The user's addresses, the default ones first.",
    )
    default_address: Address | None = strawberry.field(
        resolver=_find_default_address,
        description="The user's default address of a type; null if there is none.",
    )
    preferences: CustomerPreferences | None = one(
        lambda loaders: loaders.users.preferences_by_user,
        "id",
        description="The user's preferences for messages and display; null if none are set.",
    )
    loyalty: Loyalty | None = one(
        lambda loaders: loaders.users.loyalty_by_user,
        "id",
        description="The user's loyalty points; null until the first ones are earned.",
    )
    sessions: list[Session] | None = strawberry.field(
        resolver=find_sessions,
        description="The user's sessions, the last used first. Somebody else's need the permission "
        "sessions:read.",
    )
    lockout: Lockout | None = restricted_field(
        Permission.READ_USERS,
        graphql_type=Optional[Lockout],  # noqa: UP045  # a GraphQL type, not an annotation
        description="Whether sign-ins are held off, for staff.",
    )(_find_lockout)
    orders: Connection[Annotated["Order", strawberry.lazy("resolvers.orders.types")]] | None = paged(
        lambda loaders: loaders.orders.by_user,
        "id",
        count=lambda loaders: loaders.orders.count_by_user,
        filtered=lambda _info, where: order_filter(where),
        where=OrderWhere,
        description="The user's orders, the newest first.",
    )
    payments: Connection[Annotated["Payment", strawberry.lazy("resolvers.payments.types")]] | None = paged(
        lambda loaders: loaders.payments.by_user,
        "id",
        count=lambda loaders: loaders.payments.count_by_user,
        filtered=lambda _info, where: payment_filter(where),
        where=PaymentWhere,
        description="The user's payments, the newest first.",
    )
    payment_methods: list[Annotated["PaymentMethod", strawberry.lazy("resolvers.payments.types")]] | None = (
        many(
            lambda loaders: loaders.payments.methods_by_user,
            "id",
            description="The payment methods that the user saved, the default one first.",
        )
    )
    cart: Annotated["Cart", strawberry.lazy("resolvers.carts.types")] | None = one(
        lambda loaders: loaders.carts.by_user, "id", description="The user's cart; null if there is none."
    )
    wishlist: list[Annotated["Product", strawberry.lazy("resolvers.products.types")]] | None = (
        strawberry.field(
            resolver=_find_wishlist,
            description="The products on the user's wishlist, the latest additions first. Products that are "
            "no longer sold are left out.",
        )
    )
    recently_viewed: list[Annotated["Product", strawberry.lazy("resolvers.products.types")]] | None = (
        strawberry.field(
            resolver=_find_recently_viewed,
            description="The products that the user looked at last, at most 50, the latest first. Products "
            "that are no longer sold are left out.",
        )
    )
    reviews: Connection[Annotated["Review", strawberry.lazy("resolvers.reviews.types")]] | None = paged(
        lambda loaders: loaders.products.reviews_by_user,
        "id",
        count=lambda loaders: loaders.products.count_reviews_by_user,
        filtered=review_filter,
        where=ReviewWhere,
        description="The user's reviews, the newest first, whether or not they are published.",
    )
    notifications: (
        Connection[Annotated["Notification", strawberry.lazy("resolvers.notifications.types")]] | None
    ) = paged(
        lambda loaders: loaders.notifications.by_user,
        "id",
        count=lambda loaders: loaders.notifications.count_by_user,
        filtered=lambda _info, _where: NotificationFilter(),
        description="The notifications sent to the user, the newest first.",
    )
