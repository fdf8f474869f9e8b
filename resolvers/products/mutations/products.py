"""Creating, changing and showing products."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

import strawberry

from datasources.products import records
from datasources.products.commands import products, publications
from resolvers.conflicts import VersionConflictError
from resolvers.context import Info
from resolvers.mutations import InvalidInputError, entity, mutation, user_errors
from resolvers.permissions import Permission
from resolvers.products.given import given_in, staffed, told_as_input
from resolvers.products.missing import ProductNotFoundError
from resolvers.products.problems import (
    BrandNotFoundError,
    CategoryNotFoundError,
    LastVariantError,
    SkuTakenError,
    SlugTakenError,
)
from resolvers.products.product_inputs import (
    EXPECTED_VERSION,
    OF_ONLY_VARIANT,
    OPTIONAL_VERSION,
    NewVariantInput,
    ProductValues,
)
from resolvers.products.types import Product
from resolvers.relay import key_of

PRODUCT_ID = "The product's global id."


@strawberry.input(description="A product to be prepared: nobody sees it until it is published.")
class CreateProductInput(ProductValues):
    sku: str = strawberry.field(description="Its SKU, unique in the shop.")
    name: str = strawberry.field(description="Its name.")
    slug: str | None = strawberry.field(
        default=strawberry.UNSET, description="Its name in URLs; made of its name unless given."
    )
    category_id: strawberry.ID = strawberry.field(description="The global id of its category.")
    price: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description=f"The price {OF_ONLY_VARIANT}"
    )
    compare_at_price: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description=f"The price before the reduction {OF_ONLY_VARIANT}"
    )
    cost_price: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description=f"What it costs the shop {OF_ONLY_VARIANT}"
    )
    weight: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description=f"The weight in kilograms {OF_ONLY_VARIANT}"
    )
    barcode: str | None = strawberry.field(
        default=strawberry.UNSET, description=f"The barcode {OF_ONLY_VARIANT}"
    )
    variants: list[NewVariantInput] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Its variants in display order. Without them it has one, with its own SKU and the price.",
    )


CreateProductError = Annotated[
    InvalidInputError | SkuTakenError | SlugTakenError | CategoryNotFoundError | BrandNotFoundError,
    strawberry.union("CreateProductError", description="Why `createProduct` did nothing."),
]


@strawberry.type(description="What `createProduct` answers.")
class CreateProductPayload:
    product: records.Product | None = entity(Product, "The product, a draft.")
    user_errors: list[CreateProductError] = user_errors()


@strawberry.input(
    description="What of a product is to change. What is left out stays, null removes. Lists are replaced as a whole."
)
class UpdateProductInput(ProductValues):
    product_id: strawberry.ID = strawberry.field(description=PRODUCT_ID)
    version: int = strawberry.field(description=EXPECTED_VERSION)
    sku: str | None = strawberry.field(
        default=strawberry.UNSET, description="Its SKU, unique in the shop; that of a variant is another."
    )
    name: str | None = strawberry.field(default=strawberry.UNSET, description="Its name.")
    slug: str | None = strawberry.field(
        default=strawberry.UNSET, description="Its name in URLs; null to have one made of its name."
    )
    category_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The global id of its category."
    )


UpdateProductError = Annotated[
    InvalidInputError
    | ProductNotFoundError
    | VersionConflictError
    | SkuTakenError
    | SlugTakenError
    | CategoryNotFoundError
    | BrandNotFoundError,
    strawberry.union("UpdateProductError", description="Why `updateProduct` did nothing."),
]


@strawberry.type(description="What `updateProduct` answers.")
class UpdateProductPayload:
    product: records.Product | None = entity(Product, "The product as it is now.")
    user_errors: list[UpdateProductError] = user_errors()


@strawberry.input(description="A product to be shown to shoppers.")
class PublishProductInput:
    product_id: strawberry.ID = strawberry.field(description=PRODUCT_ID)
    version: int | None = strawberry.field(default=None, description=OPTIONAL_VERSION)


PublishProductError = Annotated[
    ProductNotFoundError | VersionConflictError | LastVariantError,
    strawberry.union("PublishProductError", description="Why `publishProduct` did nothing."),
]


@strawberry.type(description="What `publishProduct` answers.")
class PublishProductPayload:
    product: records.Product | None = entity(Product, "The product, active and published.")
    user_errors: list[PublishProductError] = user_errors()


@strawberry.input(description="A product to be shown to shoppers from a time to come on.")
class ScheduleProductInput:
    product_id: strawberry.ID = strawberry.field(description=PRODUCT_ID)
    publish_at: datetime = strawberry.field(description="From when on it is shown.")
    version: int | None = strawberry.field(default=None, description=OPTIONAL_VERSION)


ScheduleProductError = Annotated[
    InvalidInputError | ProductNotFoundError | VersionConflictError | LastVariantError,
    strawberry.union("ScheduleProductError", description="Why `scheduleProduct` did nothing."),
]


@strawberry.type(description="What `scheduleProduct` answers.")
class ScheduleProductPayload:
    product: records.Product | None = entity(
        Product, "The product; shoppers see it once `publishedAt` has come."
    )
    user_errors: list[ScheduleProductError] = user_errors()


@strawberry.input(description="A product to be hidden from shoppers.")
class UnpublishProductInput:
    product_id: strawberry.ID = strawberry.field(description=PRODUCT_ID)
    version: int | None = strawberry.field(default=None, description=OPTIONAL_VERSION)


UnpublishProductError = Annotated[
    ProductNotFoundError | VersionConflictError,
    strawberry.union("UnpublishProductError", description="Why `unpublishProduct` did nothing."),
]


@strawberry.type(description="What `unpublishProduct` answers.")
class UnpublishProductPayload:
    product: records.Product | None = entity(Product, "The product, not published any more.")
    user_errors: list[UnpublishProductError] = user_errors()


@strawberry.input(description="A product that is no longer sold.")
class ArchiveProductInput:
    product_id: strawberry.ID = strawberry.field(description=PRODUCT_ID)
    version: int | None = strawberry.field(default=None, description=OPTIONAL_VERSION)


ArchiveProductError = Annotated[
    ProductNotFoundError | VersionConflictError,
    strawberry.union("ArchiveProductError", description="Why `archiveProduct` did nothing."),
]


@strawberry.type(description="What `archiveProduct` answers.")
class ArchiveProductPayload:
    product: records.Product | None = entity(Product, "The product, archived.")
    user_errors: list[ArchiveProductError] = user_errors()


@strawberry.type
class ProductWritingMutations:
    @mutation(
        requires=Permission.WRITE_PRODUCTS,
        at={
            SkuTakenError: "sku",
            SlugTakenError: "slug",
            CategoryNotFoundError: "categoryId",
            BrandNotFoundError: "brandId",
        },
        description="Prepare a product, as a draft. `publishProduct` shows it.",
    )
    async def create_product(self, info: Info, input: CreateProductInput) -> CreateProductPayload:
        with told_as_input():
            product = await products.create_product(
                info.context.connections.products, given=given_in(input), **staffed(info)
            )
        return CreateProductPayload(product=product)

    @mutation(
        requires=Permission.WRITE_PRODUCTS,
        at={
            ProductNotFoundError: "productId",
            VersionConflictError: "version",
            SkuTakenError: "sku",
            SlugTakenError: "slug",
            CategoryNotFoundError: "categoryId",
            BrandNotFoundError: "brandId",
        },
        description="Change a product. Its prices are its variants': see `updateProductVariant`.",
    )
    async def update_product(self, info: Info, input: UpdateProductInput) -> UpdateProductPayload:
        with told_as_input():
            product = await products.update_product(
                info.context.connections.products,
                product_id=key_of(input.product_id, "Product"),
                version=input.version,
                changes=given_in(input, but=("product_id", "version")),
                **staffed(info),
            )
        return UpdateProductPayload(product=product)

    @mutation(
        requires=Permission.WRITE_PRODUCTS,
        at={ProductNotFoundError: "productId", VersionConflictError: "version"},
        description="Show a product to shoppers from now on, whatever its status was.",
    )
    async def publish_product(self, info: Info, input: PublishProductInput) -> PublishProductPayload:
        product = await publications.publish_product(
            info.context.connections.products,
            product_id=key_of(input.product_id, "Product"),
            version=input.version,
            **staffed(info),
        )
        return PublishProductPayload(product=product)

    @mutation(
        requires=Permission.WRITE_PRODUCTS,
        at={ProductNotFoundError: "productId", VersionConflictError: "version"},
        description="Show a product to shoppers from a time to come on, and hide it until then.",
    )
    async def schedule_product(self, info: Info, input: ScheduleProductInput) -> ScheduleProductPayload:
        with told_as_input():
            product = await publications.schedule_product(
                info.context.connections.products,
                product_id=key_of(input.product_id, "Product"),
                publish_at=input.publish_at,
                version=input.version,
                **staffed(info),
            )
        return ScheduleProductPayload(product=product)

    @mutation(
        requires=Permission.WRITE_PRODUCTS,
        at={ProductNotFoundError: "productId", VersionConflictError: "version"},
        description="Hide a product from shoppers, or take it off the schedule. Its status stays.",
    )
    async def unpublish_product(self, info: Info, input: UnpublishProductInput) -> UnpublishProductPayload:
        product = await publications.unpublish_product(
            info.context.connections.products,
            product_id=key_of(input.product_id, "Product"),
            version=input.version,
            **staffed(info),
        )
        return UnpublishProductPayload(product=product)

    @mutation(
        requires=Permission.WRITE_PRODUCTS,
        at={ProductNotFoundError: "productId", VersionConflictError: "version"},
        description="Sell a product no longer: it is hidden, and kept for the orders that hold it.",
    )
    async def archive_product(self, info: Info, input: ArchiveProductInput) -> ArchiveProductPayload:
        product = await publications.archive_product(
            info.context.connections.products,
            product_id=key_of(input.product_id, "Product"),
            version=input.version,
            **staffed(info),
        )
        return ArchiveProductPayload(product=product)
