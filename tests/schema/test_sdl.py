"""The exported schema is fresh, keeps the names that clients share, and describes everything in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    is_specified_scalar_type,
)

from datasources.notifications import documents as notification_documents
from datasources.orders.tables import ORDER_STATUSES, PAYMENT_STATUSES
from datasources.products import documents as product_documents
from gateway.schema import build_schema, core_schema, print_sdl

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    """The schema."""
    return core_schema(build_schema())


def test_the_exported_schema_is_fresh() -> None:
    exported = (ROOT / "schema.graphql").read_text(encoding="utf-8")
    assert exported == print_sdl(build_schema()), "Write it anew with: make schema"


def test_everything_is_described(schema: GraphQLSchema) -> None:
    silent = []
    for type_ in schema.type_map.values():
        if type_.name.startswith("__") or is_specified_scalar_type(type_):
            continue
        if not type_.description:
            silent.append(type_.name)
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            for name, field in type_.fields.items():
                silent += [f"{type_.name}.{name}"] if not field.description else []
                silent += [
                    f"{type_.name}.{name}({argument}:)"
                    for argument, it in field.args.items()
                    if not it.description
                ]
        elif isinstance(type_, GraphQLInputObjectType):
            silent += [
                f"{type_.name}.{name}" for name, field in type_.fields.items() if not field.description
            ]
        elif isinstance(type_, GraphQLEnumType):
            silent += [
                f"{type_.name}.{name}" for name, value in type_.values.items() if not value.description
            ]
    assert silent == []


# The names of design 03 that clients, benchmarks and examples share, with their types.
NAMES = """
Query.node: Node
Query.nodes: [Node]!
Query.me: User
Query.user: User
Query.users: UserConnection!
Query.product: Product
Query.products: ProductConnection!
Query.category: Category
Query.categories: [Category!]!
Query.brand: Brand
Query.brands: BrandConnection!
Query.cart: Cart
Query.order: Order
Query.orders: OrderConnection!
Query.payment: Payment
Query.payments: PaymentConnection!
Money.amount: Decimal!
Money.currencyCode: CurrencyCode!
User.id: ID!
User.email: EmailAddress!
User.firstName: String
User.lastName: String
User.roles: [Role!]!
User.createdAt: DateTime!
User.addresses: [Address!]!
User.defaultAddress: Address
User.orders: OrderConnection
User.paymentMethods: [PaymentMethod!]
User.cart: Cart
User.wishlist: [Product!]
User.reviews: ReviewConnection
User.notifications: NotificationConnection
Product.id: ID!
Product.sku: String!
Product.name: String!
Product.slug: String!
Product.description: String
Product.price: Money!
Product.compareAtPrice: Money
Product.images: [ProductImage!]!
Product.tags: [String!]!
Product.category: Category
Product.brand: Brand
Product.variants: [ProductVariant!]!
Product.rating: Rating!
Product.stock: Stock
Product.reviews: ReviewConnection
Product.related: [Product!]!
ProductVariant.id: ID!
ProductVariant.sku: String!
ProductVariant.name: String
ProductVariant.price: Money!
ProductVariant.attributes: [Attribute!]!
ProductVariant.product: Product!
ProductVariant.stock: Stock
Stock.available: Int!
Stock.reserved: Int!
Stock.isInStock: Boolean!
Stock.byWarehouse: [WarehouseStock!]!
Cart.id: ID!
Cart.version: Int!
Cart.lines: [CartLine!]!
Cart.subtotal: Money!
Cart.discount: Money!
Cart.total: Money!
Cart.couponCodes: [String!]!
Cart.problems: [CartProblem!]!
Cart.expiresAt: DateTime
Cart.owner: User
CartLine.variant: ProductVariant
CartLine.product: Product
CartLine.quantity: Int!
CartLine.unitPrice: Money!
CartLine.subtotal: Money!
Order.id: ID!
Order.number: String!
Order.status: OrderStatus!
Order.paymentStatus: PaymentStatus!
Order.placedAt: DateTime!
Order.customer: User
Order.items: [OrderItem!]!
Order.subtotal: Money!
Order.discount: Money!
Order.tax: Money!
Order.shippingCost: Money!
Order.total: Money!
Order.shippingAddress: PostalAddress!
Order.billingAddress: PostalAddress!
Order.history: [OrderStatusChange!]!
Order.shipment: Shipment
Order.payments: [Payment!]
OrderItem.name: String!
OrderItem.sku: String!
OrderItem.quantity: Int!
OrderItem.unitPrice: Money!
OrderItem.total: Money!
OrderItem.product: Product
OrderItem.variant: ProductVariant
Payment.id: ID!
Payment.status: PaymentState!
Payment.amount: Money!
Payment.method: PaymentMethodKind!
Payment.order: Order
Payment.customer: User
Payment.transactions: [Transaction!]!
Payment.refunds: [Refund!]!
Refund.id: ID!
Refund.amount: Money!
Refund.status: RefundStatus!
Refund.reason: String
Refund.payment: Payment!
Review.id: ID!
Review.rating: Int!
Review.title: String
Review.comment: String
Review.author: User
Review.product: Product
Review.isVerifiedPurchase: Boolean!
"""


@pytest.mark.parametrize("line", NAMES.split("\n")[1:-1])
def test_the_shared_names_have_their_types(schema: GraphQLSchema, line: str) -> None:
    coordinate, expected = line.split(": ")
    type_name, field_name = coordinate.split(".")
    type_ = schema.type_map[type_name]
    assert isinstance(type_, GraphQLObjectType)
    assert str(type_.fields[field_name].type) == expected


# What lives in one database is asked for in one call; what another one owns may be missing while that one is down.
ACROSS = [
    "User.orders", "User.paymentMethods", "User.payments", "User.cart", "User.wishlist", "User.reviews",
    "User.notifications",
    "Product.stock", "ProductVariant.stock", "Cart.owner", "CartLine.product", "CartLine.variant",
    "Order.customer", "Order.payments", "OrderItem.product", "OrderItem.variant", "Payment.order", "Payment.customer",
    "Review.author",
]  # fmt: skip


@pytest.mark.parametrize("coordinate", ACROSS)
def test_a_relation_to_another_database_is_nullable(schema: GraphQLSchema, coordinate: str) -> None:
    type_name, field_name = coordinate.split(".")
    type_ = schema.type_map[type_name]
    assert isinstance(type_, GraphQLObjectType)
    assert not isinstance(type_.fields[field_name].type, GraphQLNonNull)


def words(schema: GraphQLSchema, enum: str) -> set[str]:
    """The databases' words that an enum stands for."""
    type_ = schema.type_map[enum]
    assert isinstance(type_, GraphQLEnumType)
    return {value.value for value in type_.values.values()}


@pytest.mark.parametrize(
    ("enum", "expected"),
    [
        ("OrderStatus", ORDER_STATUSES),
        ("PaymentStatus", PAYMENT_STATUSES),
        ("ProductStatus", product_documents.PRODUCT_STATUSES),
        ("ReviewStatus", product_documents.REVIEW_STATUSES),
        ("RelationKind", product_documents.RELATION_TYPES),
        ("NotificationStatus", notification_documents.DELIVERY_STATUSES),
    ],
)
def test_an_enum_has_exactly_the_databases_words(
    schema: GraphQLSchema, enum: str, expected: tuple[str, ...]
) -> None:
    assert words(schema, enum) == set(expected)
