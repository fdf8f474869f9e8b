"""Walking a list: every item once, forwards and backwards, in every order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.client import GraphQLClient

# Root lists with an order, as %s stands for its arguments.
ORDERED = [
    ("orders", order, "number")
    for order in ("NEWEST", "OLDEST", "TOTAL_DESC", "TOTAL_ASC")
] + [
    ("products", order, "sku")
    for order in ("NEWEST", "PRICE_ASC", "PRICE_DESC", "RATING_DESC", "NAME_ASC")
] + [("users", "NEWEST", "email")]  # fmt: skip


async def walk(client: GraphQLClient, field: str, arguments: str, key: str, *, backwards: bool) -> list[str]:
    """Every item's key, page by page."""
    found: list[str] = []
    cursor = None
    size, position = ("last", "before") if backwards else ("first", "after")
    query = f"""
    query ($cursor: String) {{
      {field}({size}: 73, {position}: $cursor{arguments}) {{
        nodes {{ {key} }} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }}
      }}
    }}
    """
    while True:
        data = (await client.data(query, {"cursor": cursor}, as_="admin"))[field]
        keys = [node[key] for node in data["nodes"]]
        found = keys + found if backwards else found + keys
        info = data["pageInfo"]
        if not (info["hasPreviousPage"] if backwards else info["hasNextPage"]):
            return found
        cursor = info["startCursor"] if backwards else info["endCursor"]


@pytest.mark.parametrize(("field", "order", "key"), ORDERED)
async def test_a_walk_meets_every_item_once_in_both_directions(
    client: GraphQLClient, field: str, order: str, key: str
) -> None:
    narrowed = ", where: {statusIn: [DELIVERED]}" if field == "orders" else ""
    arguments = f", orderBy: {order}{narrowed}"
    forwards = await walk(client, field, arguments, key, backwards=False)
    backwards = await walk(client, field, arguments, key, backwards=True)
    count = await client.data(f"{{ {field}(first: 0{arguments}) {{ totalCount }} }}", as_="admin")
    assert len(forwards) == len(set(forwards)) == count[field]["totalCount"]
    assert backwards == forwards


async def test_edges_carry_the_cursors_of_their_nodes(client: GraphQLClient) -> None:
    query = """
    {
      me {
        orders(first: 3) {
          nodes { number } edges { cursor node { number } } pageInfo { startCursor endCursor }
        }
      }
    }
    """
    orders = (await client.data(query, as_="customer"))["me"]["orders"]
    assert [edge["node"] for edge in orders["edges"]] == orders["nodes"]
    assert orders["edges"][0]["cursor"] == orders["pageInfo"]["startCursor"]
    assert orders["edges"][-1]["cursor"] == orders["pageInfo"]["endCursor"]
    after = await client.data(
        "query ($after: String) { me { orders(first: 2, after: $after) { nodes { number } } } }",
        {"after": orders["edges"][0]["cursor"]},
        as_="customer",
    )
    assert after["me"]["orders"]["nodes"] == orders["nodes"][1:]


async def test_a_list_has_20_items_unless_told(client: GraphQLClient) -> None:
    data = await client.data("{ products { nodes { id } pageInfo { hasNextPage hasPreviousPage } } }")
    assert len(data["products"]["nodes"]) == 20
    assert data["products"]["pageInfo"] == {"hasNextPage": True, "hasPreviousPage": False}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("first: 101", "INVALID_PAGE"),
        ("first: -1", "INVALID_PAGE"),
        ("last: 101", "INVALID_PAGE"),
        ("first: 1, last: 1", "INVALID_PAGE"),
        ('first: 1, before: "x"', "INVALID_PAGE"),
        ('after: "garbage"', "INVALID_CURSOR"),
        ('after: ""', "INVALID_CURSOR"),
        ('last: 1, before: "!!!"', "INVALID_CURSOR"),
    ],
)
@pytest.mark.parametrize("field", ["products", "brands", "orders", "users", "payments"])
async def test_paging_arguments_that_make_no_sense_are_refused(
    client: GraphQLClient, field: str, arguments: str, code: str
) -> None:
    answer = await client.ask(f"{{ {field}({arguments}) {{ nodes {{ id }} }} }}", as_="admin")
    assert answer.data is None
    assert answer.codes() == {code}
    assert answer.calls == {}


async def test_a_cursor_of_another_order_is_refused(client: GraphQLClient) -> None:
    data = await client.data("{ products(first: 1, orderBy: PRICE_ASC) { pageInfo { endCursor } } }")
    cursor: Any = data["products"]["pageInfo"]["endCursor"]
    answer = await client.ask(
        "query ($after: String) { products(after: $after, orderBy: NAME_ASC) { nodes { id } } }",
        {"after": cursor},
    )
    assert answer.codes() == {"INVALID_CURSOR"}


async def test_the_total_is_counted_only_when_asked(client: GraphQLClient) -> None:
    without = await client.ask("{ orders(first: 1) { nodes { id } } }", as_="admin")
    with_total = await client.ask("{ orders(first: 1) { totalCount nodes { id } } }", as_="admin")
    assert without.calls == {"orders": 1}
    assert with_total.calls == {"orders": 2}
