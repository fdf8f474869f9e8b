"""The type of a category, a node of the tree that products stand in."""

from collections.abc import Sequence
from typing import Annotated

import strawberry

from datasources.products import records
from resolvers.context import Info
from resolvers.products.inputs import ProductWhere, product_filter
from resolvers.products.listings import ProductConnection, listing_in_category
from resolvers.products.types import Seo
from resolvers.products.visibility import may_see
from resolvers.relations import many, one, paged
from resolvers.relay import Node, id_field, source_is
from resolvers.scalars import Url


@strawberry.type(description="A category of products, which may have categories below it.")
class Category(Node):
    is_type_of = source_is(records.Category)

    id: strawberry.ID = id_field("Category")
    name: str = strawberry.field(description="Its name.")
    slug: str = strawberry.field(description="Its name in URLs, unique in the shop.")
    description: str | None = strawberry.field(description="A description of the products in it.")
    level: int = strawberry.field(description="Its depth in the tree: how many categories are above it.")
    image: Url | None = strawberry.field(description="The URL of an image for it.")
    seo: Seo | None = strawberry.field(description="The metadata of its page for search engines.")
    version: int = strawberry.field(
        description="Counts its changes by staff. Send it with a change, so that nobody's is overwritten."
    )
    parent: Annotated["Category", strawberry.lazy("resolvers.products.categories")] | None = one(
        lambda loaders: loaders.products.category_by_id,
        "parent_id",
        description="The category above it; null at the top of the tree.",
        visible=may_see,
    )
    children: list[Annotated["Category", strawberry.lazy("resolvers.products.categories")]] = many(
        lambda loaders: loaders.products.categories_by_parent,
        "id",
        description="The categories directly below it, in display order.",
        visible=may_see,
    )
    products: ProductConnection = paged(
        lambda loaders: loaders.products.products_by_category,
        "id",
        count=lambda loaders: loaders.products.count_products_by_category,
        filtered=product_filter,
        where=ProductWhere,
        listed=listing_in_category,
        description="The products in it and in all categories below it, the newest first.",
    )

    @strawberry.field(
        graphql_type=list[Annotated["Category", strawberry.lazy("resolvers.products.categories")]],
        description="The categories above it, from the top of the tree down.",
    )
    async def ancestors(
        self: records.Category,
        info: Info,
    ) -> Sequence[records.Category]:
        found = await info.context.loaders.products.category_by_id.load_many(self.path)
        return [ancestor for ancestor in found if ancestor is not None and may_see(info, ancestor)]
