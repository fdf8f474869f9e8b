"""The number of calls to each database depends on a query's shape, never on how many objects it returns."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from graphql import GraphQLList, GraphQLObjectType, get_named_type, get_nullable_type, is_composite_type

from datasources.carts.commands.coupons import add_coupon
from datasources.carts.owners import CartOwner
from gateway.schema import build_schema, core_schema
from resolvers.relay import uuid_of
from tests.schema.wide import WIDE

if TYPE_CHECKING:
    from graphql import GraphQLField

    from datasources.core.connections import Connections
    from tests.client import GraphQLClient

# The first of these users has a cart with a coupon, so that a query for one parent has all of it to look into.
CARTS = "users(first: $n, orderBy: EMAIL_DESC) { nodes { cart { %s } } }"

# How to reach many objects of a type: a query in which %s stands for the type's fields and $n for how many parents.
# The road itself makes the same number of calls for any $n; what is tested is that a relation at its end does, too.
# Where it matters a road begins with what is oldest: the demo shop has something at the end of each relation, and what
# other tests have left behind may not.
ROADS = {
    "User": "users(first: $n, orderBy: EMAIL_DESC) { nodes { %s } }",
    "Loyalty": "users(first: $n, orderBy: OLDEST) { nodes { loyalty { %s } } }",
    "AuditEntry": "auditLog(first: $n) { nodes { %s } }",
    "Address": "users(first: $n, orderBy: OLDEST) { nodes { addresses { %s } } }",
    "Order": "orders(first: $n, orderBy: OLDEST, where: {statusIn: [DELIVERED]}) { nodes { %s } }",
    "OrderItem": "orders(first: $n, orderBy: OLDEST) { nodes { items { %s } } }",
    "OrderStatusChange": "orders(first: $n, orderBy: OLDEST) { nodes { history { %s } } }",
    "Shipment": "orders(first: $n, orderBy: OLDEST, where: {statusIn: [DELIVERED]}) { nodes { shipment { %s } } }",
    "OrderDiscount": "orders(first: $n, orderBy: OLDEST) { nodes { discounts { %s } } }",
    "Coupon": "coupons(first: $n) { nodes { %s } }",
    "Payment": "payments(last: $n) { nodes { %s } }",
    "PaymentMethod": "users(first: $n, orderBy: OLDEST) { nodes { paymentMethods { %s } } }",
    "Transaction": "payments(last: $n) { nodes { transactions { %s } } }",
    "Refund": "refunds(last: $n) { nodes { %s } }",
    "RefundLine": "refunds(last: $n) { nodes { lines { %s } } }",
    "Product": "products(last: $n) { nodes { %s } }",
    "ProductVariant": "products(last: $n) { nodes { variants { %s } } }",
    "Category": "products(last: $n) { nodes { category { %s } } }",
    "Brand": "products(last: $n) { nodes { brand { %s } } }",
    "Stock": "products(last: $n) { nodes { stock { %s } } }",
    "WarehouseStock": "products(last: $n) { nodes { stock { byWarehouse { %s } } } }",
    "Warehouse": "products(last: $n) { nodes { stock { byWarehouse { warehouse { %s } } } } }",
    "InventoryItem": "inventoryItems(first: $n) { nodes { %s } }",
    "StockLevel": "inventoryItems(first: $n) { nodes { levels { %s } } }",
    "StockMovement": "stockMovements(first: $n) { nodes { %s } }",
    "StockAlert": "stockAlerts(first: $n, where: {isAcknowledged: true}) { nodes { %s } }",
    "StockAdjustment": "stockAdjustments(first: $n) { nodes { %s } }",
    "StockAdjustmentLine": "stockAdjustments(first: $n) { nodes { lines { %s } } }",
    "Review": "products(first: $n, orderBy: RATING_DESC) { nodes { reviews(first: 2) { nodes { %s } } } }",
    "Rating": "products(first: $n, orderBy: RATING_DESC) { nodes { rating { %s } } }",
    "ReviewReport": "reviews(first: $n, where: {isReported: true}) { nodes { reports { %s } } }",
    "Cart": CARTS,
    "CartLine": CARTS % "lines { %s }",
    "OutOfStock": CARTS % "problems { ... on OutOfStock { %s } }",
    "PriceChanged": CARTS % "problems { ... on PriceChanged { %s } }",
    "NoLongerSold": CARTS % "problems { ... on NoLongerSold { %s } }",
    "ProductFacets": "products(first: $n) { facets { %s } }",
    "PriceFacet": "products(first: $n) { facets { price { %s } } }",
    "AttributeFacet": "products(first: $n) { facets { attributes { %s } } }",
    "CategoryCount": "products(first: $n) { facets { categories { %s } } }",
    "BrandCount": "products(first: $n) { facets { brands { %s } } }",
    "ProductSuggestions": 'products(first: $n) { totalCount } productSuggestions(prefix: "c") { %s }',
    "Seller": "products(last: $n) { nodes { seller { %s } } }",
    "Specifications": "products(last: $n) { nodes { specifications { %s } } }",
    "Checkout": CARTS % "checkout { %s }",
    "ShippingOption": CARTS % "checkout { shippingMethod { %s } }",
    "Notification": "users(first: $n, orderBy: OLDEST) { nodes { notifications(first: 2) { nodes { %s } } } }",
}

# Types whose fields of object type are parts of the object itself, read with it: no relation leads out of them.
PARTS = {
    "AttributeDefinition", "AlreadyReviewedError", "Money", "Mutation", "PageInfo", "Query",
}  # fmt: skip

# How a mutation ends: there are never many of them, as of payloads.
OUTCOMES = {"OrderPlaced", "PaymentActionRequired"}

# Roads of single relations, whose first parent must have something at the end of it.
ROADS_OF_RELATIONS = {
    # What is booked by the system has no actor.
    "StockMovement.actor": "stockMovements(first: $n, where: {kindIn: [RESTOCK]}) { nodes { %s } }",
    "User.wishlist": "users(first: $n, orderBy: OLDEST) { nodes { %s } }",
    "User.recentlyViewed": "users(first: $n, orderBy: OLDEST) { nodes { %s } }",
}

# Arguments that a relation needs.
ARGUMENTS = {"User.defaultAddress": "(type: SHIPPING)"}


SIGN_IN = (
    "mutation ($input: SignInInput!) { signIn(input: $input) { userErrors { ... on UserError { code } } } }"
)


@pytest.fixture(scope="module", autouse=True)
async def signed_in(client: GraphQLClient) -> None:
    """Entries of the audit log that have actors."""
    for name in ("customer", "manager"):
        given = {"email": f"{name}@example.com", "password": "demo-password"}
        assert await client.data(SIGN_IN, {"input": given}) == {"signIn": {"userErrors": []}}


@pytest.fixture(scope="module", autouse=True)
async def with_a_coupon(client: GraphQLClient, connections: Connections) -> None:
    """A coupon in the first cart."""
    first = await client.data("{ users(first: 1, orderBy: EMAIL_DESC) { nodes { id } } }", as_="admin")
    owner = CartOwner(user_id=uuid_of(first["users"]["nodes"][0]["id"], "User"))
    stores = (connections.carts, connections.cart_copies)
    await add_coupon(*stores, owner, code="WELCOME10", now=datetime.now(UTC))


def relations() -> list[tuple[str, str, str]]:
    """Every field of object type: its parent's type, its name, and what to select of it."""
    schema = core_schema(build_schema())
    found = []
    for parent in schema.type_map.values():
        if not isinstance(parent, GraphQLObjectType) or parent.name.startswith("__") or parent.name in PARTS:
            continue
        # A mutation answers with one payload and its errors, so that there are never many parents.
        if parent.name.endswith(("Connection", "Edge", "Payload", "Error")) or parent.name in OUTCOMES:
            continue
        found += [
            (parent.name, name, selection(field))
            for name, field in parent.fields.items()
            if is_composite_type(get_named_type(field.type))
        ]
    return found


def selection(field: GraphQLField) -> str:
    """What to select of a relation: as little as makes it load."""
    if get_named_type(field.type).name.endswith("Connection"):
        return "(first: 3) { totalCount nodes { __typename } }"
    return "{ __typename }"


@pytest.mark.parametrize(("parent", "name", "selected"), relations())
async def test_a_relation_makes_as_many_calls_for_50_parents_as_for_1(
    client: GraphQLClient, parent: str, name: str, selected: str
) -> None:
    road = ROADS_OF_RELATIONS.get(f"{parent}.{name}") or road_to(parent)
    field = f"{name}{ARGUMENTS.get(f'{parent}.{name}', '')} {selected}"
    query = f"query ($n: Int!) {{ {road % field} }}"
    one = await client.ask(query, {"n": 1}, as_="admin")
    fifty = await client.ask(query, {"n": 50}, as_="admin")
    assert one.errors == fifty.errors == []
    assert sum(fifty.calls.values()) > 0
    if "cart" in query:
        # Redis answers for every cart in one call; CartDb is asked, once, for those that Redis does not have, and what
        # it has is put into Redis with one call.
        assert 1 <= one.calls.pop("carts") <= fifty.calls.pop("carts") <= 3
        # The first cart may have no coupons, and its owner no address: then the others' cost one call.
        one = replace(one, calls={**dict.fromkeys(fifty.calls, 1), **one.calls})
    assert one.calls == fifty.calls


def road_to(parent: str) -> str:
    """The road to a type; a part of an object is reached through the object."""
    assert parent in ROADS, f"Add the road to {parent} to ROADS, so that its relations have a budget."
    return ROADS[parent]


async def test_the_wide_query_makes_the_same_calls_for_50_orders_as_for_1(client: GraphQLClient) -> None:
    one = await client.ask(WIDE, {"first": 1}, as_="customer")
    fifty = await client.ask(WIDE, {"first": 50}, as_="customer")
    assert one.errors == fifty.errors == []
    assert len(fifty.data["me"]["orders"]["nodes"]) == 50
    # At most one call per loader: orders and their items; products, brands and categories; payments and refunds.
    assert fifty.calls == {"users": 1, "orders": 2, "products": 3, "inventory": 1, "payments": 2}
    assert one.calls == fifty.calls


async def test_a_relation_under_aliases_with_equal_arguments_is_one_call(client: GraphQLClient) -> None:
    query = """
    {
      me {
        a: orders(first: 5) { nodes { number } }
        b: orders(first: 5) { nodes { status items { name } } }
      }
    }
    """
    answer = await client.ask(query, as_="customer")
    assert answer.errors == []
    assert answer.calls == {"users": 1, "orders": 2}


async def test_the_same_object_reached_on_two_ways_is_loaded_once(client: GraphQLClient) -> None:
    query = "{ me { email orders(first: 20) { nodes { customer { email } } } } }"
    answer = await client.ask(query, as_="customer")
    assert answer.errors == []
    assert answer.calls == {"users": 1, "orders": 1}


def test_lists_of_objects_are_never_nested_without_paging() -> None:
    """A list field takes no argument that could make it unbounded: long lists are connections."""
    schema = core_schema(build_schema())
    for parent in schema.type_map.values():
        if isinstance(parent, GraphQLObjectType) and not parent.name.startswith("__"):
            for field in parent.fields.values():
                if isinstance(get_nullable_type(field.type), GraphQLList):
                    assert not {"first", "last", "limit"} & set(field.args)
