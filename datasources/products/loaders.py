"""The questions that fields ask of the product service, each answered for a whole wave at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasources.core.batching import BatchLoader, many_by_key, one_by_key
from datasources.core.document_listings import counts_by_parent, pages_by_parent
from datasources.core.once import once
from datasources.products import pipelines
from datasources.products.conversions import (
    ALL_OF_PRODUCTS,
    ALL_OF_REVIEWS,
    BRAND_FIELDS,
    CATEGORY_FIELDS,
    VARIANT_FIELDS,
    brand_of,
    category_of,
    product_fields,
)
from datasources.products.documents import (
    BRANDS,
    CATEGORIES,
    PRODUCT_ANALYTICS,
    PRODUCT_RELATIONS,
    PRODUCT_REVIEWS,
    PRODUCTS,
)
from datasources.products.facet_pipelines import FACETS
from datasources.products.facets import NO_FACETS, count_facets
from datasources.products.filters import NOT_DELETED, object_ids
from datasources.products.listings import (
    PRODUCTS_IN_CATEGORY,
    PRODUCTS_OF_BRAND,
    REVIEWS_OF_PRODUCT,
    REVIEWS_OF_USER,
)
from datasources.products.records import (
    Brand,
    Category,
    Product,
    ProductFilter,
    ProductVariant,
    Review,
    ReviewFilter,
    variants_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from uuid import UUID

    from datasources.core.documents import Document, DocumentDatabase
    from datasources.core.paging import Page, Slice
    from datasources.core.records import Projection
    from datasources.products.facet_pipelines import FacetScope
    from datasources.products.facets import Facets

    RelatedKey = tuple[str, str | None]
    ProductsWithin = Slice[str, ProductFilter]
    ReviewsOfProduct = Slice[str, ReviewFilter]
    ReviewsOfUser = Slice[UUID, ReviewFilter]

_BY_SKU = product_fields(frozenset({"sku", "variants"}))


class ProductLoaders:
    """One request's loaders of the product service. Products, categories, brands and reviews have ObjectIds in
    hexadecimal as keys, variants UUIDs. Deleted products are never found.
    """

    def __init__(
        self,
        database: DocumentDatabase,
        *,
        fields: Projection[Product] = ALL_OF_PRODUCTS,
        reviews: Projection[Review] = ALL_OF_REVIEWS,
        facets: AbstractSet[str] | None = None,
    ) -> None:
        """Load from the product database; products have at least these fields, and so have reviews.

        Of facets only these are counted, or all of them.
        """
        self._database = database
        self._facets = FACETS if facets is None else facets
        self._fields = fields
        self._reviews = reviews

    @once
    def by_id(self) -> BatchLoader[str, Product | None]:
        """The product with this id."""
        return BatchLoader(self._find_by_id, missing=None)

    @once
    def by_slug(self) -> BatchLoader[str, Product | None]:
        """The product with this slug."""
        return BatchLoader(self._find_by_slug, missing=None)

    @once
    def by_sku(self) -> BatchLoader[str, Product | None]:
        """The product with this stock keeping unit, its own or a variant's."""
        return BatchLoader(self._find_by_sku, missing=None)

    @once
    def variant_by_id(self) -> BatchLoader[UUID, ProductVariant | None]:
        """The variant with this id, on sale or not."""
        return BatchLoader(self._find_variants, missing=None)

    @once
    def related(self) -> BatchLoader[RelatedKey, tuple[Product, ...]]:
        """The visible products that a product is related to in this way, or in any, in the order they are shown."""
        return BatchLoader(self._find_related, missing=())

    @once
    def category_by_id(self) -> BatchLoader[str, Category | None]:
        """The category with this id."""
        return BatchLoader(self._find_category_by_id, missing=None)

    @once
    def category_by_slug(self) -> BatchLoader[str, Category | None]:
        """The category with this slug."""
        return BatchLoader(self._find_category_by_slug, missing=None)

    @once
    def categories_by_parent(self) -> BatchLoader[str | None, tuple[Category, ...]]:
        """A category's children in the order they are shown; those of None are the roots."""
        return BatchLoader(self._find_children, missing=())

    @once
    def brand_by_id(self) -> BatchLoader[str, Brand | None]:
        """The brand with this id."""
        return BatchLoader(self._find_brand_by_id, missing=None)

    @once
    def brand_by_slug(self) -> BatchLoader[str, Brand | None]:
        """The brand with this slug."""
        return BatchLoader(self._find_brand_by_slug, missing=None)

    @once
    def products_by_category(self) -> BatchLoader[ProductsWithin, Page[Product]]:
        """A window of the products in a category and in all below it, newest first."""
        return BatchLoader(self._find_by_category, missing=pipelines.NEWEST.empty_page())

    @once
    def count_products_by_category(self) -> BatchLoader[tuple[str, ProductFilter], int]:
        """How many products in a category and in all below it pass the filter."""
        return BatchLoader(self._count_by_category, missing=0)

    @once
    def products_by_brand(self) -> BatchLoader[ProductsWithin, Page[Product]]:
        """A window of a brand's products, newest first."""
        return BatchLoader(self._find_by_brand, missing=pipelines.NEWEST.empty_page())

    @once
    def count_products_by_brand(self) -> BatchLoader[tuple[str, ProductFilter], int]:
        """How many of a brand's products pass the filter."""
        return BatchLoader(self._count_by_brand, missing=0)

    @once
    def facets(self) -> BatchLoader[FacetScope, Facets]:
        """The facets of a list of products."""
        return BatchLoader(self._count_facets, missing=NO_FACETS)

    @once
    def views_by_product(self) -> BatchLoader[str, int]:
        """How often a product has been looked at."""
        return BatchLoader(self._find_views, missing=0)

    @once
    def review_by_id(self) -> BatchLoader[str, Review | None]:
        """The review with this id."""
        return BatchLoader(self._find_review_by_id, missing=None)

    @once
    def reviews_by_product(self) -> BatchLoader[ReviewsOfProduct, Page[Review]]:
        """A window of a product's reviews, newest first."""
        return BatchLoader(self._find_reviews_by_product, missing=pipelines.NEWEST.empty_page())

    @once
    def count_reviews_by_product(self) -> BatchLoader[tuple[str, ReviewFilter], int]:
        """How many of a product's reviews pass the filter."""
        return BatchLoader(self._count_reviews_by_product, missing=0)

    @once
    def reviews_by_user(self) -> BatchLoader[ReviewsOfUser, Page[Review]]:
        """A window of what a user has written, newest first."""
        return BatchLoader(self._find_reviews_by_user, missing=pipelines.NEWEST.empty_page())

    @once
    def count_reviews_by_user(self) -> BatchLoader[tuple[UUID, ReviewFilter], int]:
        """How many of a user's reviews pass the filter."""
        return BatchLoader(self._count_reviews_by_user, missing=0)

    async def _find_by_id(self, ids: Sequence[str]) -> Mapping[str, Product]:
        products = await self._find_products({"_id": {"$in": object_ids(ids)}})
        return one_by_key(products, lambda product: product.id)

    async def _find_by_slug(self, slugs: Sequence[str]) -> Mapping[str, Product]:
        products = await self._find_products({"slug": {"$in": slugs}})
        return one_by_key(products, lambda product: product.slug)

    async def _find_by_sku(self, skus: Sequence[str]) -> Mapping[str, Product]:
        # A product found by a variant's sku is told by its variants.
        products = await self._find_products(
            {"$or": [{"sku": {"$in": skus}}, {"variants.sku": {"$in": skus}}]},
            fields=self._fields.joined(_BY_SKU),
        )
        of_variants = {variant.sku: product for product in products for variant in product.all_variants}
        return of_variants | one_by_key(products, lambda product: product.sku)

    async def _find_products(
        self, where: Document, fields: Projection[Product] | None = None
    ) -> list[Product]:
        wanted = fields or self._fields
        documents = await self._database.find(PRODUCTS, {**where, **NOT_DELETED}, fields=wanted.fields)
        return [*map(wanted.record_of, documents)]

    async def _find_variants(self, ids: Sequence[UUID]) -> Mapping[UUID, ProductVariant]:
        documents = await self._database.find(
            PRODUCTS, {"variants.id": {"$in": ids}, **NOT_DELETED}, fields=VARIANT_FIELDS
        )
        return {variant.id: variant for document in documents for variant in variants_of(document)}

    async def _find_related(self, keys: Sequence[RelatedKey]) -> Mapping[RelatedKey, tuple[Product, ...]]:
        products = object_ids([key for key, _ in keys])
        kinds = {kind for _, kind in keys}
        chosen = None if None in kinds else sorted(kind for kind in kinds if kind)
        relations = await self._database.aggregate(
            PRODUCT_RELATIONS, pipelines.related_products(products, chosen, self._fields.fields)
        )
        by_product = many_by_key(relations, lambda relation: str(relation["product_id"]))
        return {(key, kind): self._related(by_product.get(key, ()), kind) for key, kind in keys}

    async def _find_category_by_id(self, ids: Sequence[str]) -> Mapping[str, Category]:
        categories = await self._find_categories({"_id": {"$in": object_ids(ids)}})
        return one_by_key(categories, lambda category: category.id)

    async def _find_category_by_slug(self, slugs: Sequence[str]) -> Mapping[str, Category]:
        categories = await self._find_categories({"slug": {"$in": slugs}})
        return one_by_key(categories, lambda category: category.slug)

    async def _find_children(
        self, parents: Sequence[str | None]
    ) -> Mapping[str | None, tuple[Category, ...]]:
        keys: list[object] = [*object_ids([parent for parent in parents if parent is not None])]
        if None in parents:
            keys.append(None)
        categories = await self._find_categories({"parent_id": {"$in": keys}})
        categories.sort(key=lambda category: (category.position, category.name))
        return many_by_key(categories, lambda category: category.parent_id)

    async def _find_categories(self, where: Document) -> list[Category]:
        documents = await self._database.find(CATEGORIES, where, fields=CATEGORY_FIELDS)
        return [category_of(document) for document in documents]

    async def _find_brand_by_id(self, ids: Sequence[str]) -> Mapping[str, Brand]:
        brands = await self._find_brands({"_id": {"$in": object_ids(ids)}})
        return one_by_key(brands, lambda brand: brand.id)

    async def _find_brand_by_slug(self, slugs: Sequence[str]) -> Mapping[str, Brand]:
        brands = await self._find_brands({"slug": {"$in": slugs}})
        return one_by_key(brands, lambda brand: brand.slug)

    async def _find_brands(self, where: Document) -> list[Brand]:
        documents = await self._database.find(BRANDS, where, fields=BRAND_FIELDS)
        return [brand_of(document) for document in documents]

    async def _find_by_category(
        self, slices: Sequence[ProductsWithin]
    ) -> Mapping[ProductsWithin, Page[Product]]:
        return await pages_by_parent(self._database, PRODUCTS_IN_CATEGORY.projected(self._fields), slices)

    async def _count_by_category(
        self, keys: Sequence[tuple[str, ProductFilter]]
    ) -> Mapping[tuple[str, ProductFilter], int]:
        return await counts_by_parent(self._database, PRODUCTS_IN_CATEGORY, keys)

    async def _find_by_brand(
        self, slices: Sequence[ProductsWithin]
    ) -> Mapping[ProductsWithin, Page[Product]]:
        return await pages_by_parent(self._database, PRODUCTS_OF_BRAND.projected(self._fields), slices)

    async def _count_by_brand(
        self, keys: Sequence[tuple[str, ProductFilter]]
    ) -> Mapping[tuple[str, ProductFilter], int]:
        return await counts_by_parent(self._database, PRODUCTS_OF_BRAND, keys)

    async def _count_facets(self, scopes: Sequence[FacetScope]) -> Mapping[FacetScope, Facets]:
        return await count_facets(self._database, scopes, self._facets)

    async def _find_views(self, ids: Sequence[str]) -> Mapping[str, int]:
        where = {"product_id": {"$in": object_ids(ids)}}
        found = await self._database.find(PRODUCT_ANALYTICS, where, fields=("product_id", "views"))
        return {str(document["product_id"]): document["views"] for document in found}

    async def _find_review_by_id(self, ids: Sequence[str]) -> Mapping[str, Review]:
        where = {"_id": {"$in": object_ids(ids)}}
        documents = await self._database.find(PRODUCT_REVIEWS, where, fields=self._reviews.fields)
        return one_by_key(map(self._reviews.record_of, documents), lambda review: review.id)

    async def _find_reviews_by_product(
        self, slices: Sequence[ReviewsOfProduct]
    ) -> Mapping[ReviewsOfProduct, Page[Review]]:
        return await pages_by_parent(self._database, REVIEWS_OF_PRODUCT.projected(self._reviews), slices)

    async def _count_reviews_by_product(
        self, keys: Sequence[tuple[str, ReviewFilter]]
    ) -> Mapping[tuple[str, ReviewFilter], int]:
        return await counts_by_parent(self._database, REVIEWS_OF_PRODUCT, keys)

    async def _find_reviews_by_user(
        self, slices: Sequence[ReviewsOfUser]
    ) -> Mapping[ReviewsOfUser, Page[Review]]:
        return await pages_by_parent(self._database, REVIEWS_OF_USER.projected(self._reviews), slices)

    async def _count_reviews_by_user(
        self, keys: Sequence[tuple[UUID, ReviewFilter]]
    ) -> Mapping[tuple[UUID, ReviewFilter], int]:
        return await counts_by_parent(self._database, REVIEWS_OF_USER, keys)

    def _related(self, relations: Sequence[Document], kind: str | None) -> tuple[Product, ...]:
        """The related products of a kind; one that is related in several ways comes once."""
        found = {
            document["_id"]: self._fields.record_of(document)
            for relation in relations
            if kind is None or relation["relation_type"] == kind
            for document in relation["related"]
        }
        return tuple(found.values())
