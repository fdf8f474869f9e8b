"""The types of a product: the product itself, its variants and its details."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from datasources.products import records
from resolvers.context import Info
from resolvers.inputs import value_of
from resolvers.products.visibility import may_see
from resolvers.relations import one, paged
from resolvers.relay import Connection, Node, id_field, source_is
from resolvers.reviews.inputs import ReviewWhere, review_filter
from resolvers.scalars import Money, Url, money_field

if TYPE_CHECKING:
    from resolvers.inventory.types import Stock
    from resolvers.products.brands import Brand
    from resolvers.products.categories import Category
    from resolvers.products.sellers import Seller
    from resolvers.reviews.types import Review


@strawberry.enum(description="The status of a product. Shoppers see products that are active and published.")
class ProductStatus(Enum):
    DRAFT = strawberry.enum_value("draft", description="Still being prepared; not sold yet.")
    ACTIVE = strawberry.enum_value("active", description="Sold, if it is published.")
    INACTIVE = strawberry.enum_value("inactive", description="Temporarily not sold.")
    ARCHIVED = strawberry.enum_value("archived", description="No longer sold.")


@strawberry.enum(
    description="Whether a product can be bought now. It may lag briefly behind `Product.stock`."
)
class Availability(Enum):
    IN_STOCK = strawberry.enum_value("in_stock", description="There is some in stock.")
    BACKORDER = strawberry.enum_value(
        "backorder", description="There is none in stock, and it can be ordered nevertheless."
    )
    OUT_OF_STOCK = strawberry.enum_value("out_of_stock", description="There is none in stock.")


@strawberry.enum(description="Whether a product is bought as it is, in variants, or as a bundle.")
class ProductKind(Enum):
    SIMPLE = strawberry.enum_value("simple", description="A product without options to choose from.")
    CONFIGURABLE = strawberry.enum_value(
        "configurable", description="A product with options, of which the customer chooses a variant."
    )
    BUNDLE = strawberry.enum_value("bundle", description="Several products sold together as one.")


@strawberry.enum(description="Why one product is shown with another.")
class RelationKind(Enum):
    CROSS_SELL = strawberry.enum_value(
        "cross_sell", description="A product that goes with it, such as an accessory."
    )
    UP_SELL = strawberry.enum_value(
        "up_sell", description="A higher-priced alternative to it, such as a better model."
    )
    RELATED = strawberry.enum_value("related", description="A similar product.")


@strawberry.type(description="A property of a product or a variant, such as its colour.")
class Attribute:
    name: str = strawberry.field(description="The attribute's name, such as Color.")
    value: str = strawberry.field(description="The attribute's value, such as Black.")


@strawberry.type(description="An option that the customer chooses, such as the size.")
class ProductOption:
    name: str = strawberry.field(description="The option's name, such as Size.")
    values: list[str] = strawberry.field(description="The values to choose from, in display order.")


@strawberry.type(description="An image of a product.")
class ProductImage:
    url: Url = strawberry.field(description="The URL of the image.")
    alt_text: str | None = strawberry.field(
        description="A description of the image for those who cannot see it."
    )
    is_primary: bool = strawberry.field(description="Whether it is the product's main image.")


@strawberry.type(description="How many reviews give so many stars.")
class StarCount:
    stars: int = strawberry.field(description="The number of stars, 1 to 5.")
    count: int = strawberry.field(description="How many published reviews give them.")


@strawberry.type(description="A summary of the product's reviews.")
class Rating:
    average: float | None = strawberry.field(
        description="The average rating, 1 to 5 stars; null if there are no reviews."
    )
    count: int = strawberry.field(description="How many published reviews there are.")
    distribution: list[StarCount] | None = strawberry.field(
        description="How many published reviews give each number of stars, from 1 to 5; null for products "
        "whose reviews an earlier release counted, until the next one."
    )


@strawberry.type(description="The size of a product.")
class Dimensions:
    length: float | None = strawberry.field(description="The length.")
    width: float | None = strawberry.field(description="The width.")
    height: float | None = strawberry.field(description="The height.")
    unit: str | None = strawberry.field(description="The unit of all three, such as cm.")


@strawberry.type(description="Technical data, as stated by the manufacturer.")
class Specifications:
    brand: str | None = strawberry.field(description="The manufacturer.")
    model: str | None = strawberry.field(description="The manufacturer's model name or number.")
    weight: str | None = strawberry.field(description="The weight with its unit, such as 254 g.")
    dimensions: Dimensions | None = strawberry.field(description="The size.")
    warranty: str | None = strawberry.field(
        description="The length of the manufacturer's warranty, such as 2 years."
    )


@strawberry.type(description="The metadata of a page for search engines.")
class Seo:
    title: str | None = strawberry.field(description="The title of the page.")
    description: str | None = strawberry.field(description="The description shown under the title.")
    keywords: list[str] = strawberry.field(description="The keywords of the page.")


@strawberry.type(description="A variant of a product: one combination of its options. It is what is bought.")
class ProductVariant(Node):
    is_type_of = source_is(records.ProductVariant)

    id: strawberry.ID = id_field("ProductVariant")
    sku: str = strawberry.field(description="Its SKU (stock keeping unit), unique in the shop.")
    name: str | None = strawberry.field(
        description="What distinguishes it from the other variants, such as Black."
    )
    price: Money = money_field("price", description="Its current price.")
    compare_at_price: Money | None = money_field(
        "compare_at_price",
        description="The price before the reduction, to show crossed out; null if the price is not reduced.",
    )
    attributes: list[Attribute] = strawberry.field(
        description="The value that it has for each option, such as the size."
    )
    images: list[ProductImage] = strawberry.field(description="The product's images that show this variant.")
    weight: Decimal | None = strawberry.field(description="Its weight in kilograms.")
    barcode: str | None = strawberry.field(description="Its barcode, such as an EAN.")
    is_default: bool = strawberry.field(description="Whether it is the variant to preselect.")
    is_active: bool = strawberry.field(description="Whether it is sold, provided that its product is.")
    product: "Product" = one(
        lambda loaders: loaders.products.by_id,
        "product_id",
        description="The product of which it is a variant.",
    )
    stock: Annotated["Stock", strawberry.lazy("resolvers.inventory.types")] | None = one(
        lambda loaders: loaders.inventory.stock_by_variant,
        "id",
        description="Its stock; null if its stock is not tracked.",
    )


@strawberry.type(description="A product.")
class Product(Node):
    is_type_of = source_is(records.Product)

    id: strawberry.ID = id_field("Product")
    sku: str = strawberry.field(description="Its SKU (stock keeping unit), unique in the shop.")
    name: str = strawberry.field(description="Its name.")
    slug: str = strawberry.field(description="Its name in URLs, unique in the shop.")
    description: str | None = strawberry.field(description="A description.")
    short_description: str | None = strawberry.field(description="A description in one sentence, for lists.")
    long_description: str | None = strawberry.field(description="A detailed description, for its own page.")
    kind: ProductKind = strawberry.field(
        description="Whether it is bought as it is, in variants, or as a bundle."
    )
    price: Money = money_field("price", description="The current price of its cheapest variant.")
    compare_at_price: Money | None = money_field(
        "compare_at_price",
        description="The price before the reduction, to show crossed out; null if the price is not reduced.",
    )
    discount_percentage: Decimal | None = strawberry.field(
        description="How much the price is reduced, in percent; null if it is not."
    )
    availability: Availability = strawberry.field(description="Whether it can be bought now.")
    images: list[ProductImage] = strawberry.field(description="Its images, in display order.")
    tags: list[str] = strawberry.field(description="Its tags, by which it can be found.")
    attributes: list[Attribute] = strawberry.field(description="The attributes that all its variants share.")
    options: list[ProductOption] = strawberry.field(description="The options in which its variants differ.")
    specifications: Specifications | None = strawberry.field(description="Technical data.")
    seo: Seo | None = strawberry.field(description="The metadata of its page for search engines.")
    rating: Rating = strawberry.field(description="A summary of the product's reviews.")
    status: ProductStatus = strawberry.field(description="Its status.")
    is_featured: bool = strawberry.field(description="Whether the shop features it.")
    is_published: bool = strawberry.field(
        description="Whether it has been published. Shoppers see it only if its status is ACTIVE as well."
    )
    published_at: datetime | None = strawberry.field(
        description="Since when it has been published, or from when on it will be seen."
    )
    version: int = strawberry.field(
        description="Counts its changes by staff. Send it with a change, so that nobody's is overwritten."
    )
    created_at: datetime = strawberry.field(description="When it was created.")
    updated_at: datetime = strawberry.field(description="When it last changed.")
    variants: list[ProductVariant] = strawberry.field(
        description="The variants in which it can be bought. A product without options has one."
    )
    category: Annotated["Category", strawberry.lazy("resolvers.products.categories")] | None = one(
        lambda loaders: loaders.products.category_by_id,
        "category_id",
        description="The category to which it belongs.",
        visible=may_see,
    )
    brand: Annotated["Brand", strawberry.lazy("resolvers.products.brands")] | None = one(
        lambda loaders: loaders.products.brand_by_id,
        "brand_id",
        description="Its brand.",
        visible=may_see,
    )
    seller: Annotated["Seller", strawberry.lazy("resolvers.products.sellers")] | None = one(
        lambda loaders: loaders.users.by_id,
        "seller_id",
        description="Who offers it in the marketplace; null if it is the shop itself.",
    )
    stock: Annotated["Stock", strawberry.lazy("resolvers.inventory.types")] | None = one(
        lambda loaders: loaders.inventory.stock_by_product,
        "id",
        description="The stock of all its variants together, those that are not sold included; null if its stock is"
        " not tracked.",
    )
    reviews: Connection[Annotated["Review", strawberry.lazy("resolvers.reviews.types")]] | None = paged(
        lambda loaders: loaders.products.reviews_by_product,
        "id",
        count=lambda loaders: loaders.products.count_reviews_by_product,
        filtered=review_filter,
        where=ReviewWhere,
        description="Its reviews, the newest first: the published ones, and your own.",
    )

    @strawberry.field(
        description="How often its page has been looked at, by the same viewer at most every half an hour."
    )
    async def view_count(self: records.Product, info: Info) -> int:
        return await info.context.loaders.products.views_by_product.load(self.id)

    @strawberry.field(
        graphql_type=list[Annotated["Product", strawberry.lazy("resolvers.products.types")]],
        description="Products to show with it, in display order.",
    )
    async def related(
        self: records.Product,
        info: Info,
        kind: Annotated[
            RelationKind | None,
            strawberry.argument(description="Only products that are related in this way."),
        ] = None,
    ) -> Sequence[records.Product]:
        key = (self.id, None if kind is None else value_of(kind))
        return await info.context.loaders.products.related.load(key)
