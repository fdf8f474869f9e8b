"""The type of a brand."""

import strawberry

from datasources.products import records
from resolvers.products.inputs import ProductWhere, product_filter
from resolvers.products.listings import ProductConnection, listing_of_brand
from resolvers.products.types import Seo
from resolvers.relations import paged
from resolvers.relay import Node, id_field, source_is
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
    version: int = strawberry.field(
        description="Counts its changes by staff. Send it with a change, so that nobody's is overwritten."
    )
    products: ProductConnection = paged(
        lambda loaders: loaders.products.products_by_brand,
        "id",
        count=lambda loaders: loaders.products.count_products_by_brand,
        filtered=product_filter,
        where=ProductWhere,
        listed=listing_of_brand,
        description="Its products, the newest first.",
    )
