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
    from resolvers.reviews.types import Review


@strawberry.enum(
    description="Where a product is in its life. Shoppers see active ones, once they are published."
)
class ProductStatus(Enum):
    DRAFT = strawberry.enum_value("draft", description="Being written; not yet sold.")
    ACTIVE = strawberry.enum_value("active", description="Sold, if it is published.")
    INACTIVE = strawberry.enum_value("inactive", description="Not sold for now.")
    ARCHIVED = strawberry.enum_value("archived", description="No longer sold.")


@strawberry.enum(description="How a product is made up.")
class ProductKind(Enum):
    SIMPLE = strawberry.enum_value("simple", description="There is nothing to choose.")
    CONFIGURABLE = strawberry.enum_value("configurable", description="Customers choose one of its variants.")
    BUNDLE = strawberry.enum_value("bundle", description="Several products sold as one.")


@strawberry.enum(description="Why one product is shown beside another.")
class RelationKind(Enum):
    CROSS_SELL = strawberry.enum_value("cross_sell", description="It goes with the product.")
    UP_SELL = strawberry.enum_value("up_sell", description="It is a better one.")
    RELATED = strawberry.enum_value("related", description="It is of the same sort.")


@strawberry.type(description="A quality, such as a colour.")
class Attribute:
    name: str = strawberry.field(description="What is described, such as Color.")
    value: str = strawberry.field(description="What it is like, such as Black.")


@strawberry.type(description="What a customer chooses between, such as sizes.")
class ProductOption:
    name: str = strawberry.field(description="What is chosen, such as Size.")
    values: list[str] = strawberry.field(description="What there is to choose from, in the order to show.")


@strawberry.type(description="A picture of a product.")
class ProductImage:
    url: Url = strawberry.field(description="Where the picture is.")
    alt_text: str | None = strawberry.field(description="What it shows, for those who cannot see it.")
    is_primary: bool = strawberry.field(description="Whether it stands for the product in lists.")


@strawberry.type(description="What reviewers say all together.")
class Rating:
    average: float | None = strawberry.field(
        description="The average of 1 to 5 stars; null while there are no reviews."
    )
    count: int = strawberry.field(description="How many published reviews there are.")


@strawberry.type(description="How large a product is.")
class Dimensions:
    length: float | None = strawberry.field(description="The length.")
    width: float | None = strawberry.field(description="The width.")
    height: float | None = strawberry.field(description="The height.")
    unit: str | None = strawberry.field(description="The unit of all three, such as cm.")


@strawberry.type(description="Technical facts, as the maker states them.")
class Specifications:
    brand: str | None = strawberry.field(description="The maker.")
    model: str | None = strawberry.field(description="The maker's name or number of the model.")
    weight: str | None = strawberry.field(description="The weight with its unit, such as 254 g.")
    dimensions: Dimensions | None = strawberry.field(description="The size.")
    warranty: str | None = strawberry.field(description="What the maker guarantees, such as 2 years.")


@strawberry.type(description="What a page tells search engines.")
class Seo:
    title: str | None = strawberry.field(description="The title of the page.")
    description: str | None = strawberry.field(description="The description under the title.")
    keywords: list[str] = strawberry.field(description="Words that the page should be found by.")


@strawberry.type(description="What is sold: one choice of a product's options.")
class ProductVariant(Node):
    is_type_of = source_is(records.ProductVariant)

    id: strawberry.ID = id_field("ProductVariant")
    sku: str = strawberry.field(description="Its stock keeping unit, unique in the shop.")
    name: str | None = strawberry.field(description="What tells it from the others, such as Black.")
    price: Money = money_field("price", description="What it costs now.")
    compare_at_price: Money | None = money_field(
        "compare_at_price", description="The price that it is reduced from."
    )
    attributes: list[Attribute] = strawberry.field(description="The choices that make it, such as size.")
    images: list[ProductImage] = strawberry.field(description="Those of the product's pictures that show it.")
    weight: Decimal | None = strawberry.field(description="What it weighs, in kilograms.")
    barcode: str | None = strawberry.field(description="Its barcode, such as an EAN.")
    is_default: bool = strawberry.field(description="Whether it is the one to offer first.")
    is_active: bool = strawberry.field(description="Whether it is sold, if its product is.")
    product: "Product" = one(
        lambda loaders: loaders.products.by_id, "product_id", description="The product that it is one of."
    )
    stock: Annotated["Stock", strawberry.lazy("resolvers.inventory.types")] | None = one(
        lambda loaders: loaders.inventory.stock_by_variant,
        "id",
        description="How many there are; null where nobody keeps count.",
    )


@strawberry.type(description="A product.")
class Product(Node):
    is_type_of = source_is(records.Product)

    id: strawberry.ID = id_field("Product")
    sku: str = strawberry.field(description="Its stock keeping unit, unique in the shop.")
    name: str = strawberry.field(description="Its name.")
    slug: str = strawberry.field(description="Its name in web addresses, unique in the shop.")
    description: str | None = strawberry.field(description="What it is.")
    short_description: str | None = strawberry.field(description="What it is, in a sentence for lists.")
    long_description: str | None = strawberry.field(description="What it is, at length for its own page.")
    kind: ProductKind = strawberry.field(description="How it is made up.")
    price: Money = money_field("price", description="What the cheapest of its variants costs now.")
    compare_at_price: Money | None = money_field(
        "compare_at_price", description="The price that it is reduced from."
    )
    discount_percentage: Decimal | None = strawberry.field(
        description="How much the price is reduced, in percent."
    )
    images: list[ProductImage] = strawberry.field(description="Its pictures, in the order to show.")
    tags: list[str] = strawberry.field(description="Words that it can be found by.")
    attributes: list[Attribute] = strawberry.field(description="The qualities that all its variants share.")
    options: list[ProductOption] = strawberry.field(description="What its variants differ in.")
    specifications: Specifications | None = strawberry.field(description="Technical facts.")
    seo: Seo | None = strawberry.field(description="What its page tells search engines.")
    rating: Rating = strawberry.field(description="What reviewers say all together.")
    status: ProductStatus = strawberry.field(description="Where it is in its life.")
    is_featured: bool = strawberry.field(description="Whether the shop puts it forward.")
    is_published: bool = strawberry.field(description="Whether it is in the shop, if it is active.")
    published_at: datetime | None = strawberry.field(description="When it was published.")
    created_at: datetime = strawberry.field(description="When it was entered.")
    updated_at: datetime = strawberry.field(description="When it last changed.")
    variants: list[ProductVariant] = strawberry.field(description="What can be bought of it.")
    category: Annotated["Category", strawberry.lazy("resolvers.products.categories")] | None = one(
        lambda loaders: loaders.products.category_by_id,
        "category_id",
        description="The category that it stands in.",
        visible=may_see,
    )
    brand: Annotated["Brand", strawberry.lazy("resolvers.products.brands")] | None = one(
        lambda loaders: loaders.products.brand_by_id,
        "brand_id",
        description="Who makes it.",
        visible=may_see,
    )
    stock: Annotated["Stock", strawberry.lazy("resolvers.inventory.types")] | None = one(
        lambda loaders: loaders.inventory.stock_by_product,
        "id",
        description="How many there are of all variants together; null where nobody keeps count.",
    )
    reviews: Connection[Annotated["Review", strawberry.lazy("resolvers.reviews.types")]] | None = paged(
        lambda loaders: loaders.products.reviews_by_product,
        "id",
        count=lambda loaders: loaders.products.count_reviews_by_product,
        filtered=review_filter,
        where=ReviewWhere,
        description="What customers say about it, the newest first: published reviews, and your own.",
    )

    @strawberry.field(
        graphql_type=list[Annotated["Product", strawberry.lazy("resolvers.products.types")]],
        description="Products to show beside it, in the order to show.",
    )
    async def related(
        self: records.Product,
        info: Info,
        kind: Annotated[
            RelationKind | None, strawberry.argument(description="Only those shown for this reason.")
        ] = None,
    ) -> Sequence[records.Product]:
        key = (self.id, None if kind is None else value_of(kind))
        return await info.context.loaders.products.related.load(key)
