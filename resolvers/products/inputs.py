"""What a list of products can be narrowed and sorted by."""

from collections.abc import Sequence
from enum import Enum

import strawberry

from datasources.core.paging import Order as ListOrder
from datasources.products.pipelines import NEWEST, PRODUCT_ORDERS, RELEVANCE
from datasources.products.records import AttributeChoice, ProductFilter
from resolvers.context import Info
from resolvers.inputs import DateTimeRange, DecimalRange, value_of, values_of
from resolvers.permissions import Permission
from resolvers.problems import BadInput
from resolvers.products.types import ProductStatus
from resolvers.relay import key_of

MOST_VALUES = 100
MOST_ATTRIBUTES = 20
MOST_SEARCH_CHARACTERS = 200


@strawberry.input(
    description="A condition on one attribute of a product, or of one of its active variants. Names "
    "and values are case-sensitive."
)
class AttributeWhere:
    name: str = strawberry.field(description="The attribute's name, such as Color.")
    value_in: list[str] = strawberry.field(
        description=f"The attribute has one of these values; at most {MOST_VALUES}."
    )


@strawberry.input(description="Conditions on products. Every condition must be met.")
class ProductWhere:
    category_id: strawberry.ID | None = strawberry.field(
        default=None, description="In the category with this id, or in any category below it."
    )
    category_in: list[strawberry.ID] | None = strawberry.field(
        default=None,
        description=f"In one of the categories with these ids, or in any category below; at most {MOST_VALUES}.",
    )
    category_slug: str | None = strawberry.field(
        default=None, description="In the category with this slug, or in any category below it."
    )
    brand_in: list[strawberry.ID] | None = strawberry.field(
        default=None, description=f"From one of the brands with these ids; at most {MOST_VALUES}."
    )
    brand_slug_in: list[str] | None = strawberry.field(
        default=None, description=f"From one of the brands with these slugs; at most {MOST_VALUES}."
    )
    price: DecimalRange | None = strawberry.field(default=None, description="The price is within this range.")
    rating_at_least: float | None = strawberry.field(
        default=None, description="The average rating is at least this many stars."
    )
    tag_in: list[str] | None = strawberry.field(
        default=None, description=f"With one of these tags; at most {MOST_VALUES}."
    )
    in_stock: bool | None = strawberry.field(
        default=None,
        description="Whether the product can be bought now. It may lag briefly behind `Product.stock`.",
    )
    is_featured: bool | None = strawberry.field(default=None, description="Whether the product is featured.")
    attributes: list[AttributeWhere] | None = strawberry.field(
        default=None, description=f"All of these conditions on attributes are met; at most {MOST_ATTRIBUTES}."
    )
    status_in: list[ProductStatus] | None = strawberry.field(
        default=None,
        description="The status is one of these, whether or not the product is published. Needs the "
        "permission products:read_unpublished. Without this condition a list holds only what "
        "shoppers see.",
    )
    created_at: DateTimeRange | None = strawberry.field(
        default=None, description="Created within this range of time."
    )


@strawberry.enum(description="How a list of products is sorted.")
class ProductOrder(Enum):
    NEWEST = strawberry.enum_value("newest", description="The newest first.")
    PRICE_ASC = strawberry.enum_value("price_asc", description="The cheapest first.")
    PRICE_DESC = strawberry.enum_value("price_desc", description="The most expensive first.")
    RATING_DESC = strawberry.enum_value("rating_desc", description="The best rated first.")
    NAME_ASC = strawberry.enum_value("name_asc", description="By name, from A to Z.")
    RELEVANCE = strawberry.enum_value("relevance", description="The best matches first. Needs a search.")


def product_filter(info: Info, where: ProductWhere | None, *, search: str | None = None) -> ProductFilter:
    """The datasource's filter that a search and an input stand for, for this viewer.

    Raises:
        BadInput: a list or the search is too long.
        InvalidId: an id is none of a category or of a brand.
        PermissionDenied: states are asked for that shoppers do not see.
    """
    text = searched(search, field="search")
    if where is None:
        return ProductFilter(search=text)
    if where.status_in is not None:
        info.context.viewer.require(Permission.READ_UNPUBLISHED_PRODUCTS)
    categories = _bounded(where.category_in, "where.categoryIn")
    brands = _bounded(where.brand_in, "where.brandIn")
    return ProductFilter(
        visible_only=where.status_in is None,
        search=text,
        category_id=key_of(where.category_id, "Category") if where.category_id is not None else None,
        category_ids=None if categories is None else tuple(key_of(it, "Category") for it in categories),
        category_slug=where.category_slug,
        brand_ids=None if brands is None else tuple(key_of(brand, "Brand") for brand in brands),
        brand_slugs=_bounded(where.brand_slug_in, "where.brandSlugIn"),
        price_from=where.price.from_ if where.price else None,
        price_to=where.price.to if where.price else None,
        rating_from=where.rating_at_least,
        tags=_bounded(where.tag_in, "where.tagIn"),
        in_stock=where.in_stock,
        is_featured=where.is_featured,
        attributes=_choices(where.attributes),
        statuses=values_of(where.status_in),
        created_from=where.created_at.from_ if where.created_at else None,
        created_before=where.created_at.before if where.created_at else None,
    )


def product_order(order_by: ProductOrder | None, wanted: ProductFilter) -> ListOrder:
    """The datasource's order: unless told, the best answers to a search and the newest of anything else first.

    Raises:
        BadInput: the order is by relevance to a search that there is not.
    """
    order = None if order_by is None else PRODUCT_ORDERS[value_of(order_by)]
    if order is RELEVANCE and wanted.search is None:
        message = "The order RELEVANCE needs a search."
        raise BadInput(message, field="orderBy")
    return order or (NEWEST if wanted.search is None else RELEVANCE)


def searched(given: str | None, *, field: str) -> str | None:
    """What is searched for; None for nothing but space.

    Raises:
        BadInput: it is too long.
    """
    text = (given or "").strip()
    if len(text) > MOST_SEARCH_CHARACTERS:
        message = f"Search for at most {MOST_SEARCH_CHARACTERS} characters, not {len(text)}."
        raise BadInput(message, field=field)
    return text or None


def _bounded(values: Sequence[str] | None, field: str, most: int = MOST_VALUES) -> tuple[str, ...] | None:
    """The values, each once and sorted, so that equal conditions are equal filters."""
    if values is None:
        return None
    _check_length(values, field, most)
    return tuple(sorted(set(values)))


def _choices(attributes: Sequence[AttributeWhere] | None) -> tuple[AttributeChoice, ...] | None:
    if not attributes:
        return None
    _check_length(attributes, "where.attributes", MOST_ATTRIBUTES)
    return tuple(
        AttributeChoice(
            name=attribute.name, values=_bounded(attribute.value_in, "where.attributes.valueIn") or ()
        )
        for attribute in attributes
    )


def _check_length(values: Sequence[object], field: str, most: int) -> None:
    if len(values) > most:
        message = f"Give at most {most} values, not {len(values)}."
        raise BadInput(message, field=field)
