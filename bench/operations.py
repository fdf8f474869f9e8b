"""What every contender is asked for: six operations on the demo shop, two on the shop in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Viewer = Literal["customer", "manager"]

# A product of the demo shop with six variants, ten reviews and related products.
_SLUG = "striped-henley-cedar"

WIDE_QUERY = """\
query Wide($first: Int!) {
  me { orders(first: $first) { nodes {
    number status placedAt total { amount currencyCode }
    items { name quantity unitPrice { amount currencyCode }
      product { name slug price { amount currencyCode } brand { name } category { name }
        stock { available isInStock } images { url altText } } }
    payments { status amount { amount currencyCode } refunds { amount { amount currencyCode } status } }
  } } }
}
"""

_TINY_QUERY = """\
query Tiny($slug: String!) {
  product(slug: $slug) { name slug price { amount currencyCode } }
}
"""

_PAGE_QUERY = """\
query ProductPage($slug: String!) {
  product(slug: $slug) {
    id name sku description tags price { amount currencyCode } compareAtPrice { amount currencyCode }
    rating { average count } brand { name slug } category { name slug } images { url altText isPrimary }
    variants { sku name price { amount currencyCode } attributes { name value } stock { available isInStock } }
    related(kind: RELATED) { name slug price { amount currencyCode } images { url altText } }
    reviews(first: 10) { nodes { rating title comment authorName isVerifiedPurchase createdAt } }
  }
  me { firstName wishlist { slug } }
}
"""

_LISTING_QUERY = """\
query Listing($first: Int!) {
  products(first: $first) {
    nodes {
      id name slug price { amount currencyCode } images { url altText } rating { average count }
      brand { name } category { name } stock { available isInStock }
      reviews(first: 3) { nodes { rating title createdAt } }
    }
    pageInfo { hasNextPage endCursor }
  }
}
"""

_SEARCH_QUERY = """\
query Search($search: String!, $first: Int!) {
  products(first: $first, search: $search) {
    totalCount
    nodes {
      id name slug price { amount currencyCode } images { url altText } rating { average count }
      brand { name } category { name } stock { available isInStock }
    }
    pageInfo { hasNextPage }
  }
}
"""

_STAFF_QUERY = """\
query StaffOrders($first: Int!) {
  orders(first: $first) {
    nodes {
      id number status paymentStatus placedAt total { amount currencyCode }
      customer { email firstName lastName }
      items { name sku quantity }
      payments { status method amount { amount currencyCode } }
    }
    pageInfo { hasNextPage endCursor }
  }
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What every contender is asked for, and as whom. A server without GraphQL knows it by its name."""

    name: str
    description: str
    query: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    viewer: Viewer = "customer"


def wide(first: int) -> Operation:
    """A customer's orders with all that a page of them shows: five databases, four levels deep."""
    return Operation(
        name="wide",
        description=f"a customer's last {first} orders with items, products, stock, payments and refunds",
        query=WIDE_QUERY,
        variables={"first": first},
    )


def tiny(slug: str = _SLUG) -> Operation:
    """One product by its slug: all that is measured is what every request costs."""
    return Operation(
        name="tiny", description="one product by its slug", query=_TINY_QUERY, variables={"slug": slug}
    )


OPERATIONS: tuple[Operation, ...] = (
    tiny(),
    Operation(
        name="page",
        description="a product's page: variants, stock, related products, reviews, and the viewer's wishlist",
        query=_PAGE_QUERY,
        variables={"slug": _SLUG},
    ),
    Operation(
        name="listing",
        description="the newest 100 products with brand, category, stock and their newest reviews",
        query=_LISTING_QUERY,
        variables={"first": 100},
    ),
    Operation(
        name="search",
        description="a text search: 24 products with brand, category and stock, and how many there are",
        query=_SEARCH_QUERY,
        variables={"search": "cotton", "first": 24},
    ),
    wide(50),
    Operation(
        name="staff",
        description="the shop's latest 50 orders with customers, items and payments, for staff",
        query=_STAFF_QUERY,
        variables={"first": 50},
        viewer="manager",
    ),
)
