"""A shopper's way through the shop over HTTP: from the tree of categories to a review of what was found."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from resolvers.relay import global_id
from tests.people import codes, new_person

if TYPE_CHECKING:
    from datasources.core.connections import Connections
    from tests.client import GraphQLClient

TREE = "{ categories { id name slug children { id name slug products(first: 1) { totalCount } } } }"

LISTING = """
query ($where: ProductWhere, $search: String, $order: ProductOrder) {
  products(first: 24, where: $where, search: $search, orderBy: $order) {
    totalCount correctedSearch
    nodes { id slug name price { amount } availability tags brand { id } rating { average } attributes { name value }
      variants { attributes { name value } } }
    facets {
      brands { brand { id name } count }
      categories { category { slug } count }
      price { lowest highest bands { from below count } }
      ratings { atLeast count }
      availability { isInStock count }
      tags { value count }
      attributes { name displayName values { value label count } }
    }
  }
}
"""

PAGE = """
query ($id: ID!) {
  node(id: $id) { ... on Product {
    name viewCount price { amount currencyCode } compareAtPrice { amount } discountPercentage availability
    seller { name }
    category { name ancestors { name } }
    variants { sku stock { available isInStock byWarehouse { available } } }
    related { id slug } crossSell: related(kind: CROSS_SELL) { slug } upSell: related(kind: UP_SELL) { slug }
    reviews(first: 3) { totalCount nodes { rating title authorName author { id } isVerifiedPurchase } }
  } }
}
"""

SUGGESTIONS = """
query ($prefix: String!, $first: Int) {
  productSuggestions(prefix: $prefix, first: $first) {
    products { slug name } brands { name } categories { name }
  }
}
"""

REVIEW = """review { rating title status isVerifiedPurchase author { email } }"""


async def test_a_shopper_browses_searches_looks_and_reviews(
    client: GraphQLClient, connections: Connections
) -> None:
    category = await browse_the_tree(client)
    product = await narrow_by_facets(client, category)
    await search_while_typing(client, product)
    person = await new_person(client, connections)
    await look_at(person, product)
    await review(person, product)


async def browse_the_tree(client: GraphQLClient) -> dict[str, Any]:
    """From the top of the tree to a category with products."""
    roots = (await client.data(TREE))["categories"]
    assert {"electronics", "clothing"} <= {root["slug"] for root in roots}
    leaves = [child for root in roots for child in root["children"]]
    category: dict[str, Any] = max(leaves, key=lambda leaf: leaf["products"]["totalCount"])
    assert category["products"]["totalCount"] > 5
    return category


async def narrow_by_facets(client: GraphQLClient, category: dict[str, Any]) -> dict[str, Any]:
    """By a brand, by a price and by what is in stock; what is counted is what comes."""
    where: dict[str, Any] = {"categoryId": category["id"]}
    whole = (await client.data(LISTING, {"where": where}))["products"]
    assert whole["facets"]["attributes"]
    brand = whole["facets"]["brands"][0]
    where["brandIn"] = [brand["brand"]["id"]]
    of_brand = (await client.data(LISTING, {"where": where}))["products"]
    assert of_brand["totalCount"] == brand["count"]
    # The other brands are still there, to be ticked beside the first.
    assert of_brand["facets"]["brands"] == whole["facets"]["brands"]
    highest = of_brand["facets"]["price"]["highest"]
    where["price"] = {"to": highest}
    in_stock = next(it for it in of_brand["facets"]["availability"] if it["isInStock"])
    where["inStock"] = True
    narrowed = (await client.data(LISTING, {"where": where, "order": "PRICE_ASC"}))["products"]
    assert narrowed["totalCount"] == in_stock["count"] > 0
    prices = [Decimal(node["price"]["amount"]) for node in narrowed["nodes"]]
    assert prices == sorted(prices)
    assert all(node["brand"]["id"] == brand["brand"]["id"] for node in narrowed["nodes"])
    assert all(node["availability"] != "OUT_OF_STOCK" for node in narrowed["nodes"])
    found: dict[str, Any] = narrowed["nodes"][0]
    return found


async def search_while_typing(client: GraphQLClient, product: dict[str, Any]) -> None:
    """The product is found by the beginning of its last word, and with a letter wrong."""
    name: str = product["name"]
    for end in range(len(name) - 2, len(name) + 1):
        suggested = await client.data(SUGGESTIONS, {"prefix": name[:end], "first": 20})
        assert product["slug"] in {it["slug"] for it in suggested["productSuggestions"]["products"]}
    unfinished = name[:-1]
    found = (await client.data(LISTING, {"search": unfinished, "order": "RELEVANCE"}))["products"]
    assert product["slug"] in {node["slug"] for node in found["nodes"]}
    assert found["correctedSearch"] is None
    first, *others = name.split()
    mistyped = " ".join([first[:-2] + first[-1] + first[-2], *others])
    corrected = (await client.data(LISTING, {"search": mistyped}))["products"]
    assert product["slug"] in {node["slug"] for node in corrected["nodes"]}
    assert corrected["correctedSearch"].split()[0] == first.lower()
    brand = (await client.data("{ brands(first: 1) { nodes { name } } }"))["brands"]["nodes"][0]
    suggested = (await client.data(SUGGESTIONS, {"prefix": brand["name"][:3].lower()}))["productSuggestions"]
    assert brand in suggested["brands"]
    assert all(len(them) <= 5 for them in suggested.values())


async def look_at(person: Any, product: dict[str, Any]) -> None:
    """Its page: stock by variant, what else may please, what others say; and it is remembered."""
    page = (await person.ask(PAGE, {"id": product["id"]})).data["node"]
    assert page["category"]["ancestors"]
    assert page["variants"]
    for variant in page["variants"]:
        there = sum(place["available"] for place in variant["stock"]["byWarehouse"])
        assert variant["stock"]["available"] == there
        assert variant["stock"]["isInStock"] or not there
    assert any(variant["stock"]["available"] for variant in page["variants"])
    assert page["related"]
    assert {it["slug"] for it in (*page["crossSell"], *page["upSell"])} <= {
        it["slug"] for it in page["related"]
    }
    for said in page["reviews"]["nodes"]:
        assert said["authorName"]
        assert said["author"] is None  # the whole author is for the author and for staff
    given = {"productId": product["id"]}
    for _ in range(2):
        viewed = await person.do("recordProductView", given, "product { viewCount }")
        assert viewed["product"]["viewCount"] == page["viewCount"] + 1
    await person.do("recordProductView", {"productId": page["related"][0]["id"]})
    seen = (await person.ask("{ me { recentlyViewed { slug } } }")).data["me"]["recentlyViewed"]
    assert [it["slug"] for it in seen] == [page["related"][0]["slug"], product["slug"]]
    unknown = await person.do("recordProductView", {"productId": global_id("Product", "f" * 24)})
    assert codes(unknown) == ["PRODUCT_NOT_FOUND"]


async def review(person: Any, product: dict[str, Any]) -> None:
    """One's own review is there at once for oneself, and for others when staff have checked it."""
    given = {
        "productId": product["id"],
        "rating": 5,
        "title": "Just right",
        "comment": "I would buy it again.",
    }
    written = await person.do("createReview", given, REVIEW)
    assert codes(written) == []
    assert written["review"] == {
        "rating": 5,
        "title": "Just right",
        "status": "PENDING",
        "isVerifiedPurchase": False,
        "author": {"email": person.email},
    }
    assert codes(await person.do("createReview", given)) == ["ALREADY_REVIEWED"]
    query = "query ($id: ID!) { node(id: $id) { ... on Product { reviews { nodes { title } } } } }"
    own = (await person.ask(query, {"id": product["id"]})).data["node"]["reviews"]["nodes"]
    others = (await person.client.data(query, {"id": product["id"]}))["node"]["reviews"]["nodes"]
    assert {"title": "Just right"} in own
    assert {"title": "Just right"} not in others


async def test_a_refused_number_of_suggestions_names_the_argument(client: GraphQLClient) -> None:
    for given in ({"prefix": "a", "first": 21}, {"prefix": "a", "first": -1}, {"prefix": "a" * 201}):
        answer = await client.ask(SUGGESTIONS, given)
        assert answer.codes() == {"BAD_INPUT"}
        assert answer.calls == {}


async def test_facets_are_counted_only_when_asked(client: GraphQLClient) -> None:
    without = await client.ask("{ products(first: 1) { nodes { name } } }")
    with_facets = await client.ask("{ products(first: 1) { nodes { name } facets { tags { value } } } }")
    assert without.calls == {"products": 1}
    assert with_facets.calls == {"products": 2}


async def test_a_page_is_as_many_calls_whatever_its_size(client: GraphQLClient) -> None:
    query = """
    query ($first: Int!) {
      products(first: $first, where: {inStock: true, price: {to: "500"}}, orderBy: PRICE_ASC) {
        totalCount
        nodes { name brand { name } category { name } stock { available } viewCount }
        facets { tags { value count } attributes { name values { value count } } price { lowest } }
      }
    }
    """
    await client.ask(query, {"first": 2})
    answers = [await client.ask(query, {"first": size}) for size in (1, 24, 100)]
    assert all(answer.errors == [] for answer in answers)
    # The page, its count, its facets; brands, categories and views: one call each, whatever is on the page.
    assert [answer.calls for answer in answers] == [{"products": 6, "inventory": 1}] * 3


async def test_facets_of_every_category_of_the_tree_are_one_call(client: GraphQLClient) -> None:
    query = """
    { categories { children { slug products(first: 1) { totalCount
        facets { categories { category { slug } count } availability { count } } } } } }
    """
    answer = await client.ask(query)
    assert answer.errors == []
    # Roots, children, windows, counts, facets, and the categories that facets name.
    assert answer.calls["products"] <= 6
    for root in answer.data["categories"]:
        for child in root["children"]:
            products = child["products"]
            assert sum(it["count"] for it in products["facets"]["availability"]) == products["totalCount"]
            counted = {it["category"]["slug"]: it["count"] for it in products["facets"]["categories"]}
            assert counted[child["slug"]] == products["totalCount"]
