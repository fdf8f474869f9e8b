"""Facets: how many products of a list there are by category, brand, price, rating, stock, tag and attribute."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from datasources.core.document_values import amount
from datasources.products.documents import PRODUCTS
from datasources.products.facet_pipelines import (
    FACETS,
    LEAST_STARS,
    MOST_ATTRIBUTE_VALUES,
    PRICE_BOUNDARIES,
    FacetScope,
    facet_branches,
    joined,
)
from datasources.products.filters import ids_of_slugs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from decimal import Decimal

    from datasources.core.documents import Document, DocumentDatabase
    from datasources.products.filters import SlugIds
    from datasources.products.records import ProductFilter


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetValue:
    """One value to narrow a list by, and how many products would be left.

    `value` is the id of a category or brand, or the value itself; `label` is how it is shown.
    """

    value: str
    label: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceBand:
    """The products from one amount up to, but without, another; no bound where `below` is None."""

    from_amount: Decimal
    below: Decimal | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceFacet:
    """The cheapest and the dearest product, None where there is none, and the products by bands of price."""

    lowest: Decimal | None
    highest: Decimal | None
    bands: tuple[PriceBand, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingCount:
    """How many products have at least so many stars on average."""

    at_least: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AvailabilityCount:
    """How many products can be bought now, or cannot."""

    is_in_stock: bool
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeFacet:
    """The values of an attribute that products have, as the catalogue puts them in order."""

    name: str
    display_name: str
    values: tuple[FacetValue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """The facets of one list. Each leaves its own condition out, so that another value can be chosen beside the first.

    Values are those with most products first, except where the catalogue has an order of its own.
    """

    categories: tuple[FacetValue, ...]
    brands: tuple[FacetValue, ...]
    tags: tuple[FacetValue, ...]
    price: PriceFacet
    ratings: tuple[RatingCount, ...]
    availability: tuple[AvailabilityCount, ...]
    attributes: tuple[AttributeFacet, ...]


NO_FACETS = Facets(
    categories=(),
    brands=(),
    tags=(),
    price=PriceFacet(lowest=None, highest=None, bands=()),
    ratings=tuple(RatingCount(at_least=stars, count=0) for stars in LEAST_STARS),
    availability=tuple(AvailabilityCount(is_in_stock=it, count=0) for it in (True, False)),
    attributes=(),
)


async def count_facets(
    database: DocumentDatabase, scopes: Sequence[FacetScope], facets: AbstractSet[str] = FACETS
) -> Mapping[FacetScope, Facets]:
    """The facets of these lists, all of them by one aggregation; those that are not among `facets` are left empty.

    The slugs of each distinct filter are looked up before.

    Raises:
        ServiceUnavailable: the product database is down.
    """
    slugs = await _slugs(database, scopes)
    branches = [
        branch
        for place, scope in enumerate(scopes)
        for branch in facet_branches(scope, slugs[scope.wanted], place, facets)
    ]
    if not branches:
        return dict.fromkeys(scopes, NO_FACETS)
    counted: list[dict[str, list[Document]]] = [{} for _ in scopes]
    attributes: list[Document] = []
    for found in await database.aggregate(PRODUCTS, joined(branches)):
        place = found.pop("place", None)
        if place is None:
            attributes = found["attributes"]
            continue
        for name, counts in found.items():
            counted[place].setdefault(name.partition(":")[0], []).extend(counts)
    return {scope: _facets_of(counts, attributes) for scope, counts in zip(scopes, counted, strict=True)}


async def _slugs(database: DocumentDatabase, scopes: Sequence[FacetScope]) -> dict[ProductFilter, SlugIds]:
    filters = list(dict.fromkeys(scope.wanted for scope in scopes))
    found = await asyncio.gather(*(ids_of_slugs(database, wanted) for wanted in filters))
    return dict(zip(filters, found, strict=True))


def _facets_of(counted: Mapping[str, Sequence[Document]], attributes: Sequence[Document]) -> Facets:
    return Facets(
        categories=_values(counted.get("categories", ())),
        brands=_values(counted.get("brands", ())),
        tags=_values(counted.get("tags", ())),
        price=_price_facet(counted.get("price", ())),
        ratings=_rating_counts(counted.get("ratings", ())),
        availability=_availability(counted.get("availability", ())),
        attributes=_attribute_facets(counted.get("attributes", ()), attributes),
    )


def _values(counts: Sequence[Document]) -> tuple[FacetValue, ...]:
    return tuple(
        FacetValue(value=str(one["_id"]), label=str(one["_id"]), count=one["count"]) for one in counts
    )


def _price_facet(bands: Sequence[Document]) -> PriceFacet:
    upper = dict(pairwise(PRICE_BOUNDARIES))
    found = [(amount(band["_id"]), band) for band in bands]
    return PriceFacet(
        lowest=min((amount(band["lowest"]) for band in bands), default=None),
        highest=max((amount(band["highest"]) for band in bands), default=None),
        bands=tuple(
            PriceBand(from_amount=start, below=upper.get(start), count=band["count"])
            for start, band in sorted(found, key=lambda it: it[0])
        ),
    )


def _rating_counts(by_stars: Sequence[Document]) -> tuple[RatingCount, ...]:
    return tuple(
        RatingCount(at_least=stars, count=sum(one["count"] for one in by_stars if one["_id"] >= stars))
        for stars in LEAST_STARS
    )


def _availability(counts: Sequence[Document]) -> tuple[AvailabilityCount, ...]:
    found = {one["_id"]: one["count"] for one in counts}
    return tuple(AvailabilityCount(is_in_stock=it, count=found.get(it, 0)) for it in (True, False))


def _attribute_facets(
    counts: Sequence[Document], attributes: Sequence[Document]
) -> tuple[AttributeFacet, ...]:
    by_name: dict[str, dict[str, int]] = {}
    for one in counts:
        by_name.setdefault(one["_id"]["name"], {})[one["_id"]["value"]] = one["count"]
    return tuple(
        AttributeFacet(
            name=attribute["name"],
            display_name=attribute["display_name"],
            values=_in_their_order(by_name[attribute["name"]], attribute["values"]),
        )
        for attribute in attributes
        if attribute["name"] in by_name
    )


def _in_their_order(counts: Mapping[str, int], values: Sequence[Mapping[str, Any]]) -> tuple[FacetValue, ...]:
    """The catalogue's values in its order, then those that products have beside them."""
    ordered = sorted(values, key=lambda value: value["display_order"])
    labels = {value["value"]: value["display_value"] for value in ordered if value["value"] in counts}
    labels |= {value: value for value in counts if value not in labels}
    return tuple(
        FacetValue(value=value, label=label, count=counts[value])
        for value, label in list(labels.items())[:MOST_ATTRIBUTE_VALUES]
    )
