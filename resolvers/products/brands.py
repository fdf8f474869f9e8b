"""The type of a brand."""

import strawberry

from datasources.products import records
from resolvers.products.inputs import ProductWhere, product_filter
from resolvers.products.types import Product, Seo
from resolvers.relations import paged
from resolvers.relay import Connection, Node, id_field, source_is
from resolvers.scalars import Url


@strawberry.type(description="A brand of products.")
class Brand(Node):
    is_type_of = source_is(records.Brand)

    id: strawberry.ID = id_field("Brand")
    name: str = strawberry.field(description="Its name, unique in the shop.")
    slug: str = strawberry.field(description="Its name in URLs, unique in the shop.")
    description: str | None = strawberry.field(description="A description of the brand.")
    logo_url: Url | None = strawberry.field(description="The URL of its logo.")
    website_url: Url | None = strawberry.field(description="The URL of its own website.")
    seo: Seo | None = strawberry.field(description="The metadata of its page for search engines.")
    products: Connection[Product] = paged(
        lambda loaders: loaders.products.products_by_brand,
        "id",
        count=lambda loaders: loaders.products.count_products_by_brand,
        filtered=product_filter,
        where=ProductWhere,
        description="Its products, the newest first.",
    )
