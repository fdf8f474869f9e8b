"""Every way into the shop: root fields by each of their keys, and the stitching in both directions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.client import GraphQLClient


async def test_a_product_is_found_by_id_slug_sku_and_variants_sku(client: GraphQLClient) -> None:
    data = await client.data("{ products(first: 1) { nodes { id slug sku variants { id sku } } } }")
    product = data["products"]["nodes"][0]
    arguments = [
        ("ID", "id", product["id"]),
        ("String", "slug", product["slug"]),
        ("String", "sku", product["sku"]),
        ("String", "sku", product["variants"][0]["sku"]),
    ]
    for kind, name, value in arguments:
        found = await client.data(f"query ($it: {kind}!) {{ product({name}: $it) {{ id }} }}", {"it": value})
        assert found["product"] == {"id": product["id"]}


@pytest.mark.parametrize("field", ["product", "category", "brand", "order"])
async def test_a_lookup_takes_exactly_one_key(client: GraphQLClient, field: str) -> None:
    second = "number" if field == "order" else "slug"
    for arguments in ("", f'(id: "x", {second}: "y")'):
        answer = await client.ask(f"{{ {field}{arguments} {{ id }} }}", as_="admin")
        assert answer.codes() == {"BAD_INPUT"}
        assert answer.errors[0]["extensions"]["field"] in {"id", second}
        assert "exactly one of" in answer.errors[0]["message"]


@pytest.mark.parametrize("field", ["category", "brand"])
async def test_categories_and_brands_are_found_by_id_and_slug(client: GraphQLClient, field: str) -> None:
    data = await client.data(f"{{ products(last: 1) {{ nodes {{ {field} {{ id slug name }} }} }} }}")
    expected = data["products"]["nodes"][0][field]
    by_id = await client.data(
        f"query ($id: ID!) {{ {field}(id: $id) {{ id slug name }} }}", {"id": expected["id"]}
    )
    by_slug = await client.data(
        f"query ($slug: String!) {{ {field}(slug: $slug) {{ id slug name }} }}", {"slug": expected["slug"]}
    )
    assert by_id[field] == by_slug[field] == expected


async def test_an_order_leads_to_its_products_and_payments_and_back(client: GraphQLClient) -> None:
    query = """
    {
      me {
        id
        orders(first: 10) {
          nodes {
            id
            customer { id }
            items { sku product { slug category { slug parent { slug } } } variant { sku product { slug } } }
            payments { id order { id } customer { id } refunds { payment { id } } }
          }
        }
      }
    }
    """
    me = (await client.data(query, as_="customer"))["me"]
    assert len(me["orders"]["nodes"]) == 10
    for order in me["orders"]["nodes"]:
        assert order["customer"] == {"id": me["id"]}
        assert order["items"]
        for item in order["items"]:
            assert item["variant"]["sku"] == item["sku"]
            assert item["variant"]["product"]["slug"] == item["product"]["slug"]
            assert item["product"]["category"]["slug"]
        for payment in order["payments"]:
            assert payment["order"] == {"id": order["id"]}
            assert payment["customer"] == {"id": me["id"]}
            assert all(refund["payment"] == {"id": payment["id"]} for refund in payment["refunds"])
    assert any(order["payments"] for order in me["orders"]["nodes"])


async def test_a_product_leads_to_its_reviews_and_their_authors_and_back(client: GraphQLClient) -> None:
    query = """
    {
      products(first: 10, orderBy: RATING_DESC) {
        nodes {
          id
          reviews(first: 3) {
            nodes {
              rating product { id }
              author { reviews(first: 100) { pageInfo { hasNextPage } nodes { id product { id } } } }
            }
          }
        }
      }
    }
    """
    products = (await client.data(query, as_="manager"))["products"]["nodes"]
    reviewed = [product for product in products if product["reviews"]["nodes"]]
    assert reviewed
    for product in reviewed:
        for review in product["reviews"]["nodes"]:
            assert review["product"] == {"id": product["id"]}
            reviews = review["author"]["reviews"]
            written = {it["product"]["id"] for it in reviews["nodes"] if it["product"]}
            assert product["id"] in written or reviews["pageInfo"]["hasNextPage"]


async def test_a_cart_leads_to_its_products_and_their_stock(client: GraphQLClient) -> None:
    query = """
    {
      me { email cart { id } }
      cart {
        id
        owner { email }
        lines {
          sku quantity unitPrice { amount } subtotal { amount }
          product { name stock { available } } variant { sku stock { available } }
        }
        subtotal { amount } total { amount currencyCode } problems { __typename sku message }
      }
    }
    """
    data = await client.data(query, as_="customer")
    assert data["cart"]["id"] == data["me"]["cart"]["id"]
    assert data["cart"]["owner"] == {"email": "customer@example.com"}
    assert len(data["cart"]["lines"]) == 3
    assert data["cart"]["problems"]
    guests = await client.data("{ cart { id } }")
    assert guests["cart"] is None


async def test_category_tree_leads_down_and_up(client: GraphQLClient) -> None:
    roots = (
        await client.data(
            "{ categories { id name parent { id } children { id parent { id } ancestors { id } } } }"
        )
    )["categories"]
    assert roots
    for root in roots:
        assert root["parent"] is None
        for child in root["children"]:
            assert child["parent"] == {"id": root["id"]}
            assert child["ancestors"] == [{"id": root["id"]}]
    assert len(roots) + sum(len(root["children"]) for root in roots) <= 24


async def test_nodes_answer_in_order_and_each_for_itself(client: GraphQLClient) -> None:
    data = await client.data("{ products(first: 2) { nodes { id } } me { id } }", as_="customer")
    first, second = (product["id"] for product in data["products"]["nodes"])
    ids = [second, data["me"]["id"], "garbage", first, second]
    answer = await client.ask(
        "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", {"ids": ids}, as_="customer"
    )
    assert answer.data["nodes"] == [
        {"__typename": "Product", "id": second},
        {"__typename": "User", "id": data["me"]["id"]},
        None,
        {"__typename": "Product", "id": first},
        {"__typename": "Product", "id": second},
    ]
    assert [(error["path"], error["extensions"]["code"]) for error in answer.errors] == [
        (["nodes", 2], "INVALID_ID")
    ]
    assert answer.calls == {"products": 1, "users": 1}


async def test_more_nodes_than_the_limit_are_refused(client: GraphQLClient) -> None:
    answer = await client.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["x"] * 101})
    assert answer.codes() == {"BAD_INPUT"}
    assert answer.calls == {}


async def test_money_is_an_exact_string_and_times_are_utc(client: GraphQLClient) -> None:
    query = "{ me { orders(first: 1) { nodes { placedAt total { amount currencyCode } } } } }"
    order = (await client.data(query, as_="customer"))["me"]["orders"]["nodes"][0]
    assert isinstance(order["total"]["amount"], str)
    assert len(order["total"]["amount"].partition(".")[2]) == 2
    assert order["total"]["currencyCode"] == "USD"
    assert order["placedAt"].endswith("Z")


async def test_search_finds_by_name_and_filters_narrow_it(client: GraphQLClient) -> None:
    query = """
    query ($where: ProductWhere) {
      products(search: "headphones", first: 50, where: $where) { totalCount nodes { name price { amount } } }
    }
    """
    everything = (await client.data(query))["products"]
    assert everything["totalCount"] > 0
    assert "headphones" in everything["nodes"][0]["name"].lower()
    prices = sorted(float(node["price"]["amount"]) for node in everything["nodes"])
    middle = prices[len(prices) // 2]
    narrowed = (await client.data(query, {"where": {"price": {"to": f"{middle:.2f}"}}}))["products"]
    assert 0 < narrowed["totalCount"] < everything["totalCount"]
    assert all(float(node["price"]["amount"]) <= middle for node in narrowed["nodes"])


async def test_drafts_are_for_staff_alone(client: GraphQLClient) -> None:
    query = "{ products(first: 1, where: {statusIn: [DRAFT]}) { nodes { id slug } } }"
    drafts = (await client.data(query, as_="manager"))["products"]["nodes"]
    assert drafts
    for viewer in (None, "customer"):
        by_slug = await client.data(
            "query ($slug: String!) { product(slug: $slug) { id } }", {"slug": drafts[0]["slug"]}, as_=viewer
        )
        by_node = await client.data(
            "query ($id: ID!) { node(id: $id) { id } }", {"id": drafts[0]["id"]}, as_=viewer
        )
        assert (by_slug, by_node) == ({"product": None}, {"node": None})
