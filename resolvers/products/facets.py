"""The types of facets: what a list of products can be narrowed by, and how many products each choice leaves."""

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry

from resolvers.products.visibility import may_see
from resolvers.relations import one

if TYPE_CHECKING:
    from resolvers.products.brands import Brand
    from resolvers.products.categories import Category

COUNT = "How many products of the list there would be."


@strawberry.type(description="A category to narrow a list by.")
class CategoryCount:
    category: Annotated["Category", strawberry.lazy("resolvers.products.categories")] | None = one(
        lambda loaders: loaders.products.category_by_id,
        "value",
        description="The category; null if it is hidden.",
        visible=may_see,
    )
    count: int = strawberry.field(
        description="How many products of the list there would be, those of the categories below included."
    )


@strawberry.type(description="A brand to narrow a list by.")
class BrandCount:
    brand: Annotated["Brand", strawberry.lazy("resolvers.products.brands")] | None = one(
        lambda loaders: loaders.products.brand_by_id,
        "value",
        description="The brand; null if it is hidden.",
        visible=may_see,
    )
    count: int = strawberry.field(description=COUNT)


@strawberry.type(description="A tag or an attribute's value to narrow a list by.")
class ValueCount:
    value: str = strawberry.field(name="value", description="The value, as a `where` takes it.")
    label: str = strawberry.field(description="The value as it is shown.")
    count: int = strawberry.field(description=COUNT)


@strawberry.type(
    description="A band of prices to narrow a list by. Prices in several currencies are counted by their "
    "amounts alone."
)
class PriceBandCount:
    from_amount: Decimal = strawberry.field(name="from", description="At least this amount.")
    below: Decimal | None = strawberry.field(
        description="Less than this amount, whereas `where.price.to` includes its amount; null where there is no "
        "upper end."
    )
    count: int = strawberry.field(description=COUNT)


@strawberry.type(description="The prices of a list, in its currency.")
class PriceFacet:
    lowest: Decimal | None = strawberry.field(description="The lowest price; null if the list is empty.")
    highest: Decimal | None = strawberry.field(description="The highest price; null if the list is empty.")
    bands: list[PriceBandCount] = strawberry.field(
        description="The bands of prices with products in them, the cheapest first."
    )


@strawberry.type(description="A lowest rating to narrow a list by.")
class RatingCount:
    at_least: int = strawberry.field(description="The average rating is at least this many stars.")
    count: int = strawberry.field(description=COUNT)


@strawberry.type(description="Whether products can be bought now, to narrow a list by.")
class AvailabilityCount:
    is_in_stock: bool = strawberry.field(description="Whether they can be bought now.")
    count: int = strawberry.field(description=COUNT)


@strawberry.type(description="An attribute to narrow a list by.")
class AttributeFacet:
    name: str = strawberry.field(description="The attribute's name, as a `where` takes it.")
    display_name: str = strawberry.field(description="The attribute's name as it is shown.")
    values: list[ValueCount] = strawberry.field(
        description="The values that products of the list have, in display order: the 100 that most of them have."
    )


@strawberry.type(
    description="What a list of products can be narrowed by, and how many products each choice leaves. Each "
    "facet leaves the list's own condition on it out, so that a second brand can be chosen beside the first."
)
class ProductFacets:
    categories: list[CategoryCount] = strawberry.field(
        description="The categories of its products and all above them, at most 100; those with most "
        "products first."
    )
    brands: list[BrandCount] = strawberry.field(
        description="Its brands, at most 100; those with most products first."
    )
    tags: list[ValueCount] = strawberry.field(
        description="Its tags, at most 100; those with most products first."
    )
    price: PriceFacet = strawberry.field(description="Its prices.")
    ratings: list[RatingCount] = strawberry.field(description="Its average ratings, from 4 stars down.")
    availability: list[AvailabilityCount] = strawberry.field(
        description="Its products that can be bought now, and those that cannot."
    )
    attributes: list[AttributeFacet] = strawberry.field(
        description="The attributes that the catalogue offers as filters, of its products and their active "
        "variants, in display order."
    )
