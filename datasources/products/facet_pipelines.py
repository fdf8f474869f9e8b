"""Facets as MongoDB pipelines: one for whatever no condition of its own narrows, one for each facet that has one."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from datasources.core.document_values import exact
from datasources.products.documents import PRODUCT_ATTRIBUTES, PRODUCTS
from datasources.products.filters import conditions_with, object_ids

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from datasources.core.documents import Document
    from datasources.products.filters import SlugIds
    from datasources.products.records import ProductFilter

    Pipeline = list[Document]

# Where bands of price begin, in the list's currency.
PRICE_BOUNDARIES: Final = tuple(map(Decimal, (0, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000)))

LEAST_STARS: Final = (4, 3, 2, 1)

MOST_VALUES: Final = 100
MOST_ATTRIBUTE_VALUES: Final = 100

# Above any price: a column of money has ten digits before its point.
_BEYOND: Final = Decimal(10) ** 12

# Which conditions of a filter each facet leaves out, and the slugs among them.
_OWN_CONDITIONS: Final[dict[str, tuple[str, ...]]] = {
    "categories": ("category_id", "category_ids", "category_slug"),
    "brands": ("brand_ids", "brand_slugs"),
    "price": ("price_from", "price_to"),
    "ratings": ("rating_from",),
    "tags": ("tags",),
    "availability": ("in_stock",),
}
_OF_SLUGS: Final = ("categories", "brands")

FACETS: Final = frozenset({*_OWN_CONDITIONS, "attributes"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetScope:
    """Whose facets are wanted: of the products that pass the filter, within a category and from a brand if given.

    The category and the brand are what the list is of; no facet leaves them out.
    """

    wanted: ProductFilter
    category_id: str | None = None
    brand_id: str | None = None


def facet_branches(
    scope: FacetScope, slugs: SlugIds, place: int, facets: AbstractSet[str] = FACETS
) -> list[Pipeline]:
    """The pipelines of one list's facets. Each gives one document: `place`, and what was counted by facet.

    Facets of chosen attributes are called `attributes:` with a number behind it. `facets` are those of FACETS that
    are wanted.
    """
    wanted = scope.wanted
    narrowed = [name for name, conditions in _OWN_CONDITIONS.items() if _has_any(wanted, conditions)]
    own = [name for name in narrowed if name in facets]
    names = list(dict.fromkeys(choice.name for choice in wanted.attributes or ()))
    chosen = names if "attributes" in facets else []
    shared = {name: stages for name, stages in _COUNTS.items() if name in facets and name not in own}
    if "attributes" in facets:
        shared["attributes"] = _count_attributes({"$nin": chosen})
    branches = [_branch(scope, wanted, slugs, shared, place)] if shared else []
    for name in own:
        without: dict[str, Any] = dict.fromkeys(_OWN_CONDITIONS[name])
        rest = replace(wanted, **without)
        rest_slugs = replace(slugs, **{name: None}) if name in _OF_SLUGS else slugs
        branches.append(_branch(scope, rest, rest_slugs, {name: _COUNTS[name]}, place))
    for number, name in enumerate(chosen):
        choices = tuple(choice for choice in wanted.attributes or () if choice.name != name)
        rest = replace(wanted, attributes=choices or None)
        counts = {f"attributes:{number}": _count_attributes({"$eq": name})}
        branches.append(_branch(scope, rest, slugs, counts, place))
    return branches


def joined(branches: Sequence[Pipeline]) -> Pipeline:
    """All branches as one pipeline, and at its end one document `attributes`: those to filter by, in their order."""
    first, *others = branches
    return [
        *first,
        *({"$unionWith": {"coll": PRODUCTS, "pipeline": branch}} for branch in others),
        {"$unionWith": {"coll": PRODUCT_ATTRIBUTES, "pipeline": _FILTERABLE}},
    ]


def _has_any(wanted: ProductFilter, conditions: Sequence[str]) -> bool:
    return any(
        getattr(wanted, field.name) is not None for field in fields(wanted) if field.name in conditions
    )


def _branch(
    scope: FacetScope, wanted: ProductFilter, slugs: SlugIds, counts: Mapping[str, Pipeline], place: int
) -> Pipeline:
    conditions = [conditions_with(wanted, slugs)]
    if scope.category_id is not None:
        conditions.append({"category_path": {"$in": object_ids([scope.category_id])}})
    if scope.brand_id is not None:
        conditions.append({"brand_id": {"$in": object_ids([scope.brand_id])}})
    needed = [_NEEDED[name.partition(":")[0]] for name in counts]
    return [
        {"$match": {"$and": conditions}},
        {"$project": {"_id": 0, **{field: how for fields_ in needed for field, how in fields_.items()}}},
        {"$facet": dict(counts)},
        {"$addFields": {"place": {"$literal": place}}},
    ]


def _most_frequent(expression: Any) -> Pipeline:
    return [
        {"$group": {"_id": expression, "count": {"$sum": 1}}},
        {"$match": {"_id": {"$ne": None}}},
        {"$sort": {"count": -1, "_id": 1}},
        {"$limit": MOST_VALUES},
    ]


def _count_attributes(names: Document) -> Pipeline:
    return [
        {"$unwind": "$qualities"},
        {"$match": {"qualities.name": names}},
        {"$group": {"_id": "$qualities", "count": {"$sum": 1}}},
        {"$sort": {"count": -1, "_id": 1}},
        # No more than are shown: a list of SKUs as an attribute would not fit into one document.
        {
            "$group": {
                "_id": "$_id.name",
                "counts": {
                    "$firstN": {"n": MOST_ATTRIBUTE_VALUES, "input": {"_id": "$_id", "count": "$count"}}
                },
            }
        },
        {"$unwind": "$counts"},
        {"$replaceWith": "$counts"},
        {"$sort": {"count": -1, "_id": 1}},
    ]


_COUNTS: Final[dict[str, Pipeline]] = {
    "categories": [{"$unwind": "$category_path"}, *_most_frequent("$category_path")],
    "brands": _most_frequent("$brand_id"),
    "tags": [{"$unwind": "$tags"}, *_most_frequent("$tags")],
    "price": [
        {
            "$bucket": {
                "groupBy": "$price",
                "boundaries": [exact(boundary) for boundary in (*PRICE_BOUNDARIES, _BEYOND)],
                "output": {
                    "count": {"$sum": 1},
                    "lowest": {"$min": "$price"},
                    "highest": {"$max": "$price"},
                },
            }
        }
    ],
    "ratings": [{"$group": {"_id": {"$floor": "$rating.average"}, "count": {"$sum": 1}}}],
    "availability": [{"$group": {"_id": {"$or": ["$in_stock", "$backorder"]}, "count": {"$sum": 1}}}],
}

# Each quality once per product, whether the product has it or several variants that are sold.
_QUALITIES: Final[Document] = {
    "$setUnion": [
        "$attributes",
        {
            "$reduce": {
                "input": {"$filter": {"input": "$variants", "cond": "$$this.is_active"}},
                "initialValue": [],
                "in": {"$concatArrays": ["$$value", "$$this.attributes"]},
            }
        },
    ]
}

_FILTERABLE: Final[Pipeline] = [
    {"$match": {"is_filterable": True}},
    {"$sort": {"display_order": 1, "_id": 1}},
    {"$project": {"_id": 0, "name": 1, "display_name": 1, "values": 1}},
    {"$group": {"_id": None, "attributes": {"$push": "$$ROOT"}}},
    {"$project": {"_id": 0, "attributes": 1}},
]

_NEEDED: Final[dict[str, Document]] = {
    "categories": {"category_path": 1},
    "brands": {"brand_id": 1},
    "tags": {"tags": 1},
    "price": {"price": 1},
    "ratings": {"rating.average": 1},
    "availability": {"in_stock": 1, "backorder": 1},
    "attributes": {"qualities": _QUALITIES},
}
