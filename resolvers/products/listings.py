"""Lists of products: connections that can tell what they can be narrowed by."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import strawberry

from datasources.core.paging import Page
from datasources.loaders import Loaders
from datasources.products import records, search
from resolvers.context import Info
from resolvers.products.facets import ProductFacets
from resolvers.products.types import Product
from resolvers.relay import Connection, Listing


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductListing(Listing[records.Product]):
    """What a ProductConnection is read from: a Listing, and how to count its facets should somebody ask."""

    facets: Callable[[], Awaitable[search.Facets]]
    corrected_search: str | None = None


async def _facets(root: Any, info: Info) -> ProductFacets:  # noqa: ARG001  # the resolver's signature
    return await root.facets()  # type: ignore[no-any-return]  # root is a ProductListing


@strawberry.type(
    description="One page of a list of products, with the cursors that lead to the next and the previous page."
)
class ProductConnection(Connection[Product]):
    facets: ProductFacets = strawberry.field(
        resolver=_facets,
        description="What the whole list can be narrowed by. It is counted only if this field is selected.",
    )
    corrected_search: str | None = strawberry.field(
        description="What was searched for instead of a `search` with words that no product has; null if it "
        "was searched for as it is."
    )


def listing_in_category(loaders: Loaders, key: str, wanted: records.ProductFilter, page: Page[Any]) -> Any:
    """A window of a category's products."""
    scope = search.FacetScope(wanted=wanted, category_id=key)
    return ProductListing(
        page_info=page,
        count=lambda: loaders.products.count_products_by_category.load((key, wanted)),
        facets=lambda: loaders.products.facets.load(scope),
    )


def listing_of_brand(loaders: Loaders, key: str, wanted: records.ProductFilter, page: Page[Any]) -> Any:
    """A window of a brand's products."""
    scope = search.FacetScope(wanted=wanted, brand_id=key)
    return ProductListing(
        page_info=page,
        count=lambda: loaders.products.count_products_by_brand.load((key, wanted)),
        facets=lambda: loaders.products.facets.load(scope),
    )
