"""The catalogue as the schema shows it: to guests, to customers and to staff."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from datasources.core.calls import record_calls
from resolvers.permissions import Permission, PermissionDenied, Role
from resolvers.problems import BadInput
from resolvers.relay import InvalidId, global_id
from tests.services.products.catalogue import (
    ACME,
    AUDIO,
    BLACK,
    CLOSED,
    NOTHING,
    OWN_PENDING,
    PRODUCT,
    REJECTED,
    RETIRED,
    SECRET,
    key,
)
from tests.services.users.people import ADA, GRACE, ODD

if TYPE_CHECKING:
    from uuid import UUID

    from tests.services.asking import Asker

EVERYTHING = """
{ product(slug: "over-ear") {
  id sku name slug description shortDescription longDescription kind status isFeatured isPublished
  price { amount currencyCode } compareAtPrice { amount } discountPercentage
  images { url altText isPrimary } tags attributes { name value } options { name values }
  specifications { brand model weight warranty dimensions { length width height unit } }
  seo { title description keywords } rating { average count } publishedAt createdAt updatedAt
  variants {
    id sku name price { amount } compareAtPrice { amount } attributes { name value } images { url }
    weight barcode isDefault isActive product { sku } stock { available }
  }
  category { name level slug description image parent { name } ancestors { name } seo { title } }
  brand { name slug description logoUrl websiteUrl seo { title } products { totalCount nodes { slug } } }
  stock { available reserved isInStock allowsBackorder
    byWarehouse { available reserved warehouse { code name isActive } } }
  related { slug } crossSell: related(kind: CROSS_SELL) { slug }
  reviews(first: 1) { totalCount pageInfo { hasNextPage } nodes {
    rating title comment images isVerifiedPurchase helpfulCount status createdAt updatedAt
    response { text respondedAt } product { slug } author { id } authorName
  } }
} }
"""


async def test_everything_of_a_product(asker: Asker) -> None:
    with record_calls() as log:
        answer = await asker.ask(EVERYTHING)
    assert answer.errors == []
    product = answer.data["product"]
    assert product["id"] == global_id("Product", PRODUCT["over-ear"])
    assert product["price"] == {"amount": "299.99", "currencyCode": "USD"}
    assert product["discountPercentage"] == "14.29"
    assert product["rating"] == {"average": 4.5, "count": 2}
    assert (product["kind"], product["status"]) == ("CONFIGURABLE", "ACTIVE")
    assert product["images"][0] == {"url": "/first.jpg", "altText": "From the front", "isPrimary": True}
    assert [variant["id"] for variant in product["variants"]][:1] == [global_id("ProductVariant", BLACK)]
    assert [variant["stock"]["available"] for variant in product["variants"]] == [5, 8]
    assert {variant["product"]["sku"] for variant in product["variants"]} == {"OVER-EAR"}
    assert product["category"]["parent"] == {"name": "Audio"}
    assert product["category"]["ancestors"] == [{"name": "Audio"}]
    assert product["brand"]["products"] == {
        "totalCount": 2,
        "nodes": [{"slug": "on-ear"}, {"slug": "over-ear"}],
    }
    assert product["stock"] == {
        "available": 13,
        "reserved": 3,
        "isInStock": True,
        "allowsBackorder": False,
        "byWarehouse": [
            {
                "available": 0,
                "reserved": 2,
                "warehouse": {"code": "WEST", "name": "Western", "isActive": True},
            },
            {
                "available": 12,
                "reserved": 1,
                "warehouse": {"code": "EAST", "name": "Eastern", "isActive": True},
            },
            {"available": 1, "reserved": 0, "warehouse": {"code": "OLD", "name": "Old", "isActive": False}},
        ],
    }
    assert product["related"] == [{"slug": "radio"}, {"slug": "on-ear"}, {"slug": "earbud"}]
    assert product["crossSell"] == [{"slug": "earbud"}]
    review = product["reviews"]["nodes"][0]
    assert (product["reviews"]["totalCount"], product["reviews"]["pageInfo"]["hasNextPage"]) == (2, True)
    assert (review["author"], review["authorName"], review["rating"]) == (None, "Grace H.", 4)
    assert log.by_service()["inventory"] == 4  # by product, by variant, by warehouse, the warehouses


@pytest.mark.parametrize(
    ("slug", "role", "found"),
    [
        ("over-ear", Role.GUEST, True),
        ("draft", Role.GUEST, False),
        ("unpublished", Role.CUSTOMER, False),
        ("archived", Role.CUSTOMER, False),
        ("draft", Role.MANAGER, True),
        ("unpublished", Role.ADMIN, True),
        ("deleted", Role.ADMIN, False),
    ],
)
async def test_who_finds_which_product(asker: Asker, slug: str, role: Role, found: bool) -> None:
    identifier = global_id("Product", PRODUCT[slug])
    query = """
    query ($id: ID!, $slug: String!, $sku: String!) {
      id: product(id: $id) { slug } slug: product(slug: $slug) { slug } sku: product(sku: $sku) { slug }
      node(id: $id) { ... on Product { slug } }
    }
    """
    viewer = None if role is Role.GUEST else GRACE
    answer = await asker.ask(query, as_=viewer, role=role, id=identifier, slug=slug, sku=slug.upper())
    assert answer.errors == []
    assert answer.data == dict.fromkeys(("id", "slug", "sku", "node"), {"slug": slug} if found else None)


@pytest.mark.parametrize(
    ("type_name", "identifier", "public"),
    [
        ("ProductVariant", BLACK, True),
        ("ProductVariant", RETIRED, False),
        ("Category", AUDIO, True),
        ("Category", SECRET, False),
        ("Brand", ACME, True),
        ("Brand", CLOSED, False),
    ],
)
async def test_who_finds_which_node(asker: Asker, type_name: str, identifier: Any, public: bool) -> None:
    query = "query ($id: ID!) { node(id: $id) { id __typename } }"
    identifier = global_id(type_name, identifier)
    found = {"node": {"id": identifier, "__typename": type_name}}
    assert (await asker.ask(query, id=identifier)).data == (found if public else {"node": None})
    assert (await asker.ask(query, as_=GRACE, role=Role.MANAGER, id=identifier)).data == found


@pytest.mark.parametrize("type_name", ["Product", "Category", "Brand", "Review"])
@pytest.mark.parametrize("identifier", [NOTHING, "no id"])
async def test_nodes_that_never_were(asker: Asker, type_name: str, identifier: str) -> None:
    answer = await asker.ask("query ($id: ID!) { node(id: $id) { id } }", id=global_id(type_name, identifier))
    assert (answer.data, answer.errors) == ({"node": None}, [])


async def test_a_variant_id_that_cannot_be_is_refused(asker: Asker) -> None:
    identifier = global_id("ProductVariant", "no uuid")
    answer = await asker.ask("query ($id: ID!) { node(id: $id) { id } }", id=identifier)
    assert [type(error) for error in answer.errors] == [InvalidId]


async def test_the_category_tree(asker: Asker) -> None:
    tree = "{ categories { slug children { slug parent { slug } children { slug ancestors { slug } } } } }"
    audio = {
        "slug": "audio",
        "children": [
            {
                "slug": "headphones",
                "parent": {"slug": "audio"},
                "children": [{"slug": "earbuds", "ancestors": [{"slug": "audio"}, {"slug": "headphones"}]}],
            }
        ],
    }
    with record_calls() as log:
        answer = await asker.ask(tree)
    assert answer.data == {"categories": [{"slug": "garden", "children": []}, audio]}
    assert log.by_service()["products"] <= 5  # three levels of children, the parents, the ancestors
    staff = await asker.ask("{ categories { slug } }", as_=GRACE, role=Role.MANAGER)
    assert [category["slug"] for category in staff.data["categories"]] == ["secret", "garden", "audio"]


async def test_categories_and_brands_by_id_and_slug(asker: Asker) -> None:
    query = """
    query ($category: ID!, $brand: ID!) {
      a: category(id: $category) { slug } b: category(slug: "audio") { slug } c: category(slug: "secret") { slug }
      d: brand(id: $brand) { slug } e: brand(slug: "acme") { slug } f: brand(slug: "closed") { slug }
      brands(first: 10) { totalCount nodes { name } }
    }
    """
    category, brand = global_id("Category", AUDIO), global_id("Brand", ACME)
    guest = await asker.ask(query, category=category, brand=brand)
    assert guest.errors == []
    assert [guest.data[name] and guest.data[name]["slug"] for name in "abcdef"] == [
        *("audio", "audio", None),
        *("acme", "acme", None),
    ]
    assert guest.data["brands"] == {"totalCount": 2, "nodes": [{"name": "Acme"}, {"name": "Bolt"}]}
    staff = await asker.ask(query, as_=GRACE, role=Role.MANAGER, category=category, brand=brand)
    assert staff.data["f"] == {"slug": "closed"}
    assert staff.data["brands"]["totalCount"] == 3


async def test_who_sells_it_and_whether_it_can_be_bought(asker: Asker) -> None:
    query = """
    { product(slug: "over-ear") { availability viewCount seller { name } }
      radio: product(slug: "radio") { availability } spade: product(slug: "spade") { availability } }
    """
    answer = await asker.ask(query)
    assert answer.errors == []
    # Everybody sees a seller's public name, and no more of a user.
    assert answer.data["product"] == {
        "availability": "IN_STOCK",
        "viewCount": 0,
        "seller": {"name": "Ada L."},
    }
    assert answer.data["radio"] == {"availability": "BACKORDER"}
    assert answer.data["spade"] == {"availability": "OUT_OF_STOCK"}


async def test_facets_of_the_list_and_of_its_parts(asker: Asker) -> None:
    facets = "facets { brands { brand { slug } count } categories { category { slug } count } tags { value count } }"
    query = f"""
    query ($where: ProductWhere) {{
      products(where: $where) {{ {facets} }}
      category(slug: "audio") {{ products(where: $where) {{ {facets} }} }}
      brand(slug: "acme") {{ products(where: $where) {{ {facets} }} }}
    }}
    """
    answer = await asker.ask(query, where={"brandSlugIn": ["acme"]})
    assert answer.errors == []
    both = [{"brand": {"slug": "acme"}, "count": 2}, {"brand": {"slug": "bolt"}, "count": 2}]
    assert answer.data["products"]["facets"]["brands"] == both
    assert answer.data["category"]["products"]["facets"]["brands"] == both
    # A brand's own list is of that brand whatever is chosen.
    assert answer.data["brand"]["products"]["facets"]["brands"] == both[:1]
    for found in (answer.data["products"], answer.data["brand"]["products"]):
        assert {it["category"]["slug"]: it["count"] for it in found["facets"]["categories"]} == {
            "audio": 2,
            "headphones": 2,
        }


async def test_the_list_of_products(asker: Asker) -> None:
    query = """
    query ($where: ProductWhere, $order: ProductOrder, $search: String, $after: String) {
      products(first: 2, where: $where, orderBy: $order, search: $search, after: $after) {
        totalCount nodes { slug } pageInfo { endCursor hasNextPage }
      }
    }
    """
    where = {
        "categoryId": global_id("Category", AUDIO),
        "brandIn": [global_id("Brand", ACME)],
        "price": {"from": "50", "to": "300"},
        "attributes": [{"name": "Wireless", "valueIn": ["Yes"]}],
        "inStock": True,
        "ratingAtLeast": 4,
    }
    answer = await asker.ask(query, where=where, order="PRICE_DESC")
    assert answer.errors == []
    assert answer.data["products"]["nodes"] == [{"slug": "over-ear"}, {"slug": "on-ear"}]
    assert answer.data["products"]["totalCount"] == 2
    found = await asker.ask(query, search="  headphones ")
    assert {product["slug"] for product in found.data["products"]["nodes"]} == {"over-ear", "on-ear"}
    blank = await asker.ask(query, search=" ")
    assert blank.data["products"]["totalCount"] == 5
    assert blank.data["products"]["nodes"] == [{"slug": "radio"}, {"slug": "earbud"}]
    cursor = blank.data["products"]["pageInfo"]["endCursor"]
    after = await asker.ask(query, after=cursor)
    assert after.data["products"]["nodes"] == [{"slug": "spade"}, {"slug": "on-ear"}]


async def test_states_are_for_staff(asker: Asker) -> None:
    query = "{ products(where: {statusIn: [DRAFT, ACTIVE]}) { nodes { slug } totalCount } }"
    within = '{ category(slug: "garden") { products(where: {statusIn: [DRAFT]}) { nodes { slug } } } }'
    for refused in (query, within):
        answer = await asker.ask(refused, as_=ADA)
        (error,) = answer.errors
        assert isinstance(error, PermissionDenied)
        assert error.permission is Permission.READ_UNPUBLISHED_PRODUCTS
    staff = await asker.ask(query, as_=GRACE, role=Role.MANAGER)
    assert staff.data["products"]["totalCount"] == 7  # five on sale, the draft and the unpublished
    drafts = await asker.ask(within, as_=GRACE, role=Role.MANAGER)
    assert drafts.data["category"]["products"]["nodes"] == [{"slug": "draft"}]
    # Without the condition staff see the shop as shoppers do.
    shop = await asker.ask("{ products { totalCount } }", as_=GRACE, role=Role.MANAGER)
    assert shop.data["products"]["totalCount"] == 5


MANY = [str(number) for number in range(101)]


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"where": {"tagIn": MANY}}, "where.tagIn"),
        ({"where": {"brandIn": MANY}}, "where.brandIn"),
        ({"where": {"brandSlugIn": MANY}}, "where.brandSlugIn"),
        ({"where": {"attributes": [{"name": "a", "valueIn": MANY}]}}, "where.attributes.valueIn"),
        ({"where": {"attributes": [{"name": "a", "valueIn": ["b"]}] * 21}}, "where.attributes"),
        ({"search": "x" * 201}, "search"),
        ({"order": "RELEVANCE"}, "orderBy"),
        ({"order": "RELEVANCE", "search": " "}, "orderBy"),
    ],
)
async def test_limits_name_the_argument(asker: Asker, arguments: dict[str, Any], field: str) -> None:
    query = """
    query ($where: ProductWhere, $order: ProductOrder, $search: String) {
      products(where: $where, orderBy: $order, search: $search) { totalCount }
    }
    """
    (error,) = (await asker.ask(query, **arguments)).errors
    assert isinstance(error, BadInput)
    assert error.field == field


@pytest.mark.parametrize("where", [{"categoryId": "x"}, {"brandIn": [global_id("Category", AUDIO)]}])
async def test_ids_of_other_types_are_refused(asker: Asker, where: dict[str, Any]) -> None:
    query = "query ($where: ProductWhere) { products(where: $where) { totalCount } }"
    (error,) = (await asker.ask(query, where=where)).errors
    assert isinstance(error, InvalidId)


async def test_a_product_is_asked_for_by_one_key(asker: Asker) -> None:
    for arguments in ('slug: "a", sku: "b"', 'id: "", slug: ""'):
        (error,) = (await asker.ask(f"{{ product({arguments}) {{ id }} }}")).errors
        assert isinstance(error, BadInput)


REVIEWS = '{ product(slug: "over-ear") { reviews { totalCount nodes { status author { email } } } } }'


@pytest.mark.parametrize(
    ("viewer", "role", "reviews"),
    [
        (None, Role.GUEST, [("APPROVED", None), ("APPROVED", None)]),
        (ADA, Role.CUSTOMER, [("APPROVED", None), ("APPROVED", "Ada@example.com")]),
        (ODD, Role.CUSTOMER, [("PENDING", "b_b%x@example.com"), ("APPROVED", None), ("APPROVED", None)]),
        (
            GRACE,
            Role.MANAGER,
            [
                ("PENDING", "b_b%x@example.com"),
                ("APPROVED", "grace@example.com"),
                ("APPROVED", "Ada@example.com"),
            ],
        ),
    ],
)
async def test_who_reads_which_reviews(
    asker: Asker, viewer: UUID | None, role: Role, reviews: list[tuple[str, str | None]]
) -> None:
    answer = await asker.ask(REVIEWS, as_=viewer, role=role)
    assert answer.errors == []
    found = answer.data["product"]["reviews"]
    assert [
        (node["status"], node["author"] and node["author"]["email"]) for node in found["nodes"]
    ] == reviews
    assert found["totalCount"] == len(reviews)


@pytest.mark.parametrize(
    ("review", "viewer", "role", "found"),
    [
        (key(301), None, Role.GUEST, True),
        (OWN_PENDING, None, Role.GUEST, False),
        (OWN_PENDING, ADA, Role.CUSTOMER, False),
        (OWN_PENDING, ODD, Role.CUSTOMER, True),
        (REJECTED, ADA, Role.CUSTOMER, True),
        (REJECTED, GRACE, Role.MANAGER, True),
    ],
)
async def test_who_finds_which_review(
    asker: Asker, review: Any, viewer: UUID | None, role: Role, found: bool
) -> None:
    query = "query ($id: ID!) { node(id: $id) { id } }"
    answer = await asker.ask(query, as_=viewer, role=role, id=global_id("Review", review))
    assert (answer.data["node"] is not None, answer.errors) == (found, [])


async def test_reviews_are_narrowed(asker: Asker) -> None:
    query = """
    query ($where: ReviewWhere) {
      product(slug: "over-ear") { reviews(where: $where) { totalCount nodes { rating } } }
    }
    """
    answer = await asker.ask(query, where={"ratingIn": [5, 1], "isVerifiedPurchase": True})
    assert answer.data["product"]["reviews"] == {"totalCount": 1, "nodes": [{"rating": 5}]}
    (error,) = (await asker.ask(query, where={"ratingIn": [0]})).errors
    assert isinstance(error, BadInput)


async def test_calls_do_not_grow_with_the_number_of_products(asker: Asker) -> None:
    query = """
    query ($first: Int!) { products(first: $first, orderBy: PRICE_DESC) { totalCount nodes {
      slug category { name ancestors { name } } brand { name } stock { available byWarehouse { available } }
      variants { stock { available } product { slug } } related { slug }
      reviews(first: 2) { totalCount nodes { rating authorName } }
    } } }
    """
    calls = []
    for first in (1, 5):
        with record_calls() as log:
            answer = await asker.ask(query, first=first)
        assert answer.errors == []
        calls.append(log.by_service())
    # The dearest has everything: reviews, stock, categories above its own.
    one, five = calls
    assert five.keys() == one.keys()
    assert all(five[service] <= one[service] for service in one)
