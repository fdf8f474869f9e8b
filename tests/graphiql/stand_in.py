"""A tiny shop behind a real GraphQL endpoint, with the names that GraphiQL's examples use and no database."""

from decimal import Decimal
from itertools import count

import strawberry
from starlette.applications import Starlette
from starlette.routing import Route
from strawberry.asgi import GraphQL

from gateway.http.graphiql import GraphiQLConfig, graphiql_routes


@strawberry.type(description="An amount in one currency.")
class Money:
    amount: Decimal
    currency_code: str = "USD"


@strawberry.type
class Named:
    name: str
    id: strawberry.ID = strawberry.ID("1")
    slug: str = "audio"


@strawberry.type
class Stock:
    available: int = 7
    is_in_stock: bool = True


@strawberry.type
class Image:
    url: str = "/images/headphones.jpg"
    alt_text: str | None = "Headphones on a desk"


@strawberry.type(description="Something that the shop sells.")
class Product:
    name: str = "Headphones"
    slug: str = "headphones"

    @strawberry.field
    def price(self) -> Money:
        return Money(amount=Decimal("19.99"))

    @strawberry.field
    def brand(self) -> Named:
        return Named(name="Acme")

    @strawberry.field
    def category(self) -> Named:
        return Named(name="Audio")

    @strawberry.field
    def stock(self) -> Stock:
        return Stock()

    @strawberry.field
    def images(self) -> list[Image]:
        return [Image()]


@strawberry.type
class Refund:
    amount: Money
    status: str = "COMPLETED"


@strawberry.type
class Payment:
    amount: Money
    refunds: list[Refund]
    status: str = "CAPTURED"
    method: str = "CARD"


@strawberry.type
class OrderItem:
    product: Product
    unit_price: Money
    name: str = "Headphones"
    sku: str = "HP-1"
    quantity: int = 2


@strawberry.type
class Customer:
    email: str = "demo@example.com"
    first_name: str = "Demo"
    last_name: str = "Customer"


@strawberry.type(description="What a customer has bought.")
class Order:
    number: str
    customer: Customer
    items: list[OrderItem]
    payments: list[Payment]
    total: Money
    status: str = "DELIVERED"
    payment_status: str = "PAID"
    placed_at: str = "2025-11-20T12:00:00Z"


@strawberry.type
class PageInfo:
    has_next_page: bool = False
    end_cursor: str | None = None


@strawberry.type
class OrderConnection:
    nodes: list[Order]
    page_info: PageInfo


@strawberry.type
class ProductConnection:
    nodes: list[Product]
    page_info: PageInfo
    total_count: int


def authorization(info: strawberry.Info) -> str:
    return str(info.context["request"].headers.get("Authorization", ""))


def some_orders(number: int) -> OrderConnection:
    money = Money(amount=Decimal("39.98"))
    item = OrderItem(product=Product(), unit_price=Money(amount=Decimal("19.99")))
    payment = Payment(amount=money, refunds=[Refund(amount=money)])
    orders = [
        Order(number=f"ORD-{n + 1}", customer=Customer(), items=[item], payments=[payment], total=money)
        for n in range(number)
    ]
    return OrderConnection(nodes=orders, page_info=PageInfo())


@strawberry.type(description="The signed-in customer.")
class Me:
    @strawberry.field
    def orders(self, first: int | None = 20) -> OrderConnection:
        return some_orders(first or 0)


@strawberry.type
class Query:
    @strawberry.field
    def me(self, info: strawberry.Info) -> Me | None:
        return Me() if authorization(info).startswith("Bearer customer-") else None

    @strawberry.field
    def orders(self, info: strawberry.Info, first: int | None = 20) -> OrderConnection:
        if not authorization(info).startswith("Bearer staff-"):
            raise PermissionError("orders:read")
        return some_orders(first or 0)

    @strawberry.field
    def products(self, first: int | None = 20, search: str | None = None) -> ProductConnection:
        found = [Product()] if (search or "").lower() in "headphones" else []
        return ProductConnection(nodes=found[:first], page_info=PageInfo(), total_count=len(found))

    @strawberry.field
    def categories(self) -> list[Named]:
        return [Named(name="Audio")]


schema = strawberry.Schema(Query)


def create_stand_in() -> Starlette:
    """The stand-in's application: GraphiQL as the gateway serves it, before the tiny shop. Every token is a new one."""
    numbers = count(1)
    config = GraphiQLConfig(
        demo_token=lambda: f"customer-{next(numbers)}", staff_token=lambda: f"staff-{next(numbers)}"
    )
    endpoint: GraphQL[None, None] = GraphQL(schema, graphql_ide=None)
    return Starlette(routes=[*graphiql_routes(config), Route("/graphql", endpoint)])
