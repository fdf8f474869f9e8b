"""The catalogue at the root of the schema: one product, category or brand, and lists of them."""

from collections.abc import Sequence
from typing import Annotated, Optional

import strawberry

from datasources.core.paging import window
from datasources.products import queries, records
from datasources.products.conversions import product_fields
from datasources.products.search import FacetScope, count_products, find_products
from resolvers.context import Info
from resolvers.permissions import Permission
from resolvers.problems import require_exactly_one
from resolvers.products.brands import Brand
from resolvers.products.categories import Category
from resolvers.products.inputs import ProductOrder, ProductWhere, product_filter, product_order
from resolvers.products.listings import ProductConnection, ProductListing
from resolvers.products.types import Product
from resolvers.products.visibility import may_see
from resolvers.relations import After, Before, First, Last
from resolvers.relay import Connection, Listing, key_of

ById = Annotated[strawberry.ID | None, strawberry.argument(description="Its global id.")]
BySlug = Annotated[str | None, strawberry.argument(description="Its slug.")]


@strawberry.type
class ProductQueries:
    @strawberry.field(
        graphql_type=Optional[Product],  # noqa: UP045  # a GraphQL type, not an annotation
        description="The product with this id, slug or SKU; null if there is none, or none that you may "
        "see. Shoppers see products that are active and published; staff with the permission "
        "products:read_unpublished see all.",
    )
    async def product(
        self,
        info: Info,
        id: ById = None,
        slug: BySlug = None,
        sku: Annotated[
            str | None,
            strawberry.argument(description="Its SKU (stock keeping unit), or that of one of its variants."),
        ] = None,
    ) -> records.Product | None:
        require_exactly_one(id=id, slug=slug, sku=sku)
        loaders = info.context.loaders.products
        if id is not None:
            product = await loaders.by_id.load(key_of(id, "Product"))
        elif slug is not None:
            product = await loaders.by_slug.load(slug)
        else:
            product = await loaders.by_sku.load(sku or "")
        return product if product is not None and may_see(info, product) else None

    @strawberry.field(graphql_type=ProductConnection, description="The products that the shop sells.")
    async def products(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        search: Annotated[
            str | None,
            strawberry.argument(
                description="Words to look for in names, tags, descriptions and SKUs, at most 200 characters. "
                "Products match that have all of the words, in singular or plural; of the last word the "
                "beginning is enough. Words that no product has are put right if there is a similar one: "
                "see `ProductConnection.correctedSearch`. Put a phrase in "
                'quotation marks, such as "noise cancelling", to require it exactly; put a hyphen '
                "before a word, such as -wireless, to exclude products that contain it."
            ),
        ] = None,
        where: Annotated[
            ProductWhere | None, strawberry.argument(description="Only products that meet every condition.")
        ] = None,
        order_by: Annotated[
            ProductOrder | None,
            strawberry.argument(
                description="How to sort them; by default, the best matches first if there is a "
                "`search`, and the"
                " newest first otherwise."
            ),
        ] = None,
    ) -> ProductListing:
        asked = product_filter(info, where, search=search)
        order = product_order(order_by, asked)
        wanted_window = window(first=first, after=after, last=last, before=before)
        database = info.context.connections.products
        page, wanted = await find_products(
            database,
            wanted=asked,
            order=order,
            window=wanted_window,
            fields=product_fields(info.context.loaders.reads_of("Product")),
        )
        facets = info.context.loaders.products.facets
        return ProductListing(
            page_info=page,
            count=lambda: count_products(database, wanted=wanted),
            facets=lambda: facets.load(FacetScope(wanted=wanted)),
            corrected_search=None if wanted == asked else wanted.search,
        )

    @strawberry.field(
        graphql_type=Optional[Category],  # noqa: UP045  # a GraphQL type, not an annotation
        description="The category with this id or slug; null if there is none.",
    )
    async def category(self, info: Info, id: ById = None, slug: BySlug = None) -> records.Category | None:
        require_exactly_one(id=id, slug=slug)
        loaders = info.context.loaders.products
        category = await (
            loaders.category_by_slug.load(slug or "")
            if id is None
            else loaders.category_by_id.load(key_of(id, "Category"))
        )
        return category if category is not None and may_see(info, category) else None

    @strawberry.field(
        graphql_type=list[Category],
        description="The categories at the top of the tree, in display order.",
    )
    async def categories(self, info: Info) -> Sequence[records.Category]:
        roots = await info.context.loaders.products.categories_by_parent.load(None)
        return [root for root in roots if may_see(info, root)]

    @strawberry.field(
        graphql_type=Optional[Brand],  # noqa: UP045  # a GraphQL type, not an annotation
        description="The brand with this id or slug; null if there is none.",
    )
    async def brand(self, info: Info, id: ById = None, slug: BySlug = None) -> records.Brand | None:
        require_exactly_one(id=id, slug=slug)
        loaders = info.context.loaders.products
        brand = await (
            loaders.brand_by_slug.load(slug or "")
            if id is None
            else loaders.brand_by_id.load(key_of(id, "Brand"))
        )
        return brand if brand is not None and may_see(info, brand) else None

    @strawberry.field(graphql_type=Connection[Brand], description="The brands that the shop sells, by name.")
    async def brands(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Listing[records.Brand]:
        sees_all = info.context.viewer.may(Permission.READ_UNPUBLISHED_PRODUCTS)
        wanted = records.BrandFilter(visible_only=not sees_all)
        database = info.context.connections.products
        page = await queries.page_of_brands(
            database,
            wanted=wanted,
            window=window(first=first, after=after, last=last, before=before),
        )
        return Listing(page_info=page, count=lambda: queries.count_brands(database, wanted=wanted))
