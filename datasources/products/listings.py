"""Windows of many lists at once: the products of categories and brands, and the reviews of products and users."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from datasources.core.batching import one_by_key
from datasources.core.paging import pages_by_slice
from datasources.products import pipelines
from datasources.products.conversions import PRODUCT_FIELDS, REVIEW_FIELDS, product_of, review_of
from datasources.products.documents import PRODUCT_REVIEWS, PRODUCTS
from datasources.products.filters import object_ids, product_conditions, review_conditions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from datasources.core.documents import Document, DocumentDatabase
    from datasources.core.paging import Page, Slice, Window
    from datasources.products.records import Product, ProductFilter, Review, ReviewFilter

T = TypeVar("T")


class ProductsWithin:
    """The products of many categories or brands."""

    def __init__(self, database: DocumentDatabase, field: str) -> None:
        """`field` is where a product names the categories or the brand that it belongs to."""
        self._database = database
        self._field = field

    async def find(
        self, slices: Sequence[Slice[str, ProductFilter]]
    ) -> Mapping[Slice[str, ProductFilter], Page[Product]]:
        """The windows, newest first."""
        return await pages_by_slice(slices, pipelines.NEWEST, self._fetch)

    async def count(
        self, keys: Sequence[tuple[str, ProductFilter]]
    ) -> Mapping[tuple[str, ProductFilter], int]:
        """The lengths of the whole lists."""
        lengths: dict[tuple[str, ProductFilter], int] = {}
        for wanted, parents in _by_filter(keys).items():
            pipeline = pipelines.counts(
                PRODUCTS,
                field=self._field,
                parents=object_ids(parents),
                conditions=await product_conditions(self._database, wanted),
            )
            groups = await self._database.aggregate(None, pipeline)
            lengths.update({(str(group["_id"]), wanted): _length(group) for group in groups})
        return lengths

    async def _fetch(
        self, parents: Sequence[str], wanted: ProductFilter, window: Window
    ) -> Mapping[str, tuple[Product, ...]]:
        pipeline = pipelines.windows(
            PRODUCTS,
            field=self._field,
            parents=object_ids(parents),
            conditions=await product_conditions(self._database, wanted),
            order=pipelines.NEWEST,
            window=window,
            fields=PRODUCT_FIELDS,
        )
        groups = await self._database.aggregate(None, pipeline)
        return {str(group["_id"]): _records(group, product_of) for group in groups}


class Reviews:
    """The reviews of many products or users."""

    def __init__(self, database: DocumentDatabase) -> None:
        """Find them in the product database."""
        self._database = database

    async def find_by_id(self, ids: Sequence[str]) -> Mapping[str, Review]:
        """The reviews with these ids."""
        found = await self._database.find(
            PRODUCT_REVIEWS, {"_id": {"$in": object_ids(ids)}}, fields=REVIEW_FIELDS
        )
        return one_by_key(map(review_of, found), lambda review: review.id)

    async def find_by_product(
        self, slices: Sequence[Slice[str, ReviewFilter]]
    ) -> Mapping[Slice[str, ReviewFilter], Page[Review]]:
        """Windows of products' reviews, newest first."""
        return await pages_by_slice(slices, pipelines.NEWEST, self._fetch_by_product)

    async def find_by_user(
        self, slices: Sequence[Slice[UUID, ReviewFilter]]
    ) -> Mapping[Slice[UUID, ReviewFilter], Page[Review]]:
        """Windows of users' reviews, newest first."""
        return await pages_by_slice(slices, pipelines.NEWEST, self._fetch_by_user)

    async def count_by_product(
        self, keys: Sequence[tuple[str, ReviewFilter]]
    ) -> Mapping[tuple[str, ReviewFilter], int]:
        """How many reviews products have."""
        lengths: dict[tuple[str, ReviewFilter], int] = {}
        for wanted, products in _by_filter(keys).items():
            for group in await self._count("product_id", object_ids(products), wanted):
                lengths[str(group["_id"]), wanted] = _length(group)
        return lengths

    async def count_by_user(
        self, keys: Sequence[tuple[UUID, ReviewFilter]]
    ) -> Mapping[tuple[UUID, ReviewFilter], int]:
        """How many reviews users have written."""
        lengths: dict[tuple[UUID, ReviewFilter], int] = {}
        for wanted, users in _by_filter(keys).items():
            for group in await self._count("user_id", [str(user) for user in users], wanted):
                lengths[UUID(group["_id"]), wanted] = _length(group)
        return lengths

    async def _fetch_by_product(
        self, products: Sequence[str], wanted: ReviewFilter, window: Window
    ) -> Mapping[str, tuple[Review, ...]]:
        groups = await self._fetch("product_id", object_ids(products), wanted, window)
        return {str(group["_id"]): _records(group, review_of) for group in groups}

    async def _fetch_by_user(
        self, users: Sequence[UUID], wanted: ReviewFilter, window: Window
    ) -> Mapping[UUID, tuple[Review, ...]]:
        groups = await self._fetch("user_id", [str(user) for user in users], wanted, window)
        return {UUID(group["_id"]): _records(group, review_of) for group in groups}

    async def _fetch(
        self, field: str, parents: Sequence[Any], wanted: ReviewFilter, window: Window
    ) -> list[Document]:
        pipeline = pipelines.windows(
            PRODUCT_REVIEWS,
            field=field,
            parents=parents,
            conditions=review_conditions(wanted),
            order=pipelines.NEWEST,
            window=window,
            fields=REVIEW_FIELDS,
        )
        return await self._database.aggregate(None, pipeline)

    async def _count(self, field: str, parents: Sequence[Any], wanted: ReviewFilter) -> list[Document]:
        pipeline = pipelines.counts(
            PRODUCT_REVIEWS, field=field, parents=parents, conditions=review_conditions(wanted)
        )
        return await self._database.aggregate(None, pipeline)


K = TypeVar("K")
F = TypeVar("F")


def _by_filter(keys: Sequence[tuple[K, F]]) -> dict[F, list[K]]:
    """The parents that share a filter, which one field's always do."""
    groups: dict[F, list[K]] = {}
    for parent, wanted in keys:
        groups.setdefault(wanted, []).append(parent)
    return groups


def _records(group: Document, convert: Callable[[Document], T]) -> tuple[T, ...]:
    return tuple(convert(document) for document in group["found"])


def _length(group: Document) -> int:
    return int(group["found"][0]["count"]) if group["found"] else 0
