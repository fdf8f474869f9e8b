"""What a product is sold as, and what it points at."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

import strawberry

from datasources.products import records
from datasources.products.commands import relations, variants
from datasources.workflows.variant_changes import change_variant
from resolvers.conflicts import VersionConflictError
from resolvers.context import Info
from resolvers.inputs import value_of
from resolvers.mutations import InvalidInputError, entity, mutation, user_errors
from resolvers.permissions import Permission
from resolvers.products.given import given_in, staffed, told_as_input
from resolvers.products.missing import ProductNotFoundError
from resolvers.products.problems import (
    LastVariantError,
    RelatedProductNotFoundError,
    SkuTakenError,
    VariantNotFoundError,
)
from resolvers.products.product_inputs import (
    EXPECTED_VERSION,
    OPTIONAL_VERSION,
    NewVariantInput,
    VariantValues,
)
from resolvers.products.types import Product, ProductVariant, RelationKind
from resolvers.relay import global_id, key_of, uuid_of

PRODUCT_ID = "The product's global id."
VARIANT_ID = "The variant's global id."


@strawberry.input(description="A variant to be added to a product.")
class AddProductVariantInput:
    product_id: strawberry.ID = strawberry.field(description=PRODUCT_ID)
    version: int | None = strawberry.field(default=None, description=f"Of the product: {OPTIONAL_VERSION}")
    variant: NewVariantInput = strawberry.field(description="The variant.")


AddProductVariantError = Annotated[
    InvalidInputError | ProductNotFoundError | VersionConflictError | SkuTakenError,
    strawberry.union("AddProductVariantError", description="Why `addProductVariant` did nothing."),
]


@strawberry.type(description="What `addProductVariant` answers.")
class AddProductVariantPayload:
    variant: records.ProductVariant | None = entity(ProductVariant, "The variant as it was added.")
    product: records.Product | None = entity(Product, "Its product as it is now.")
    user_errors: list[AddProductVariantError] = user_errors()


@strawberry.input(description="What of a variant is to change. What is left out stays, null removes.")
class UpdateProductVariantInput(VariantValues):
    variant_id: strawberry.ID = strawberry.field(description=VARIANT_ID)
    version: int = strawberry.field(description=f"Of the product: {EXPECTED_VERSION}")
    sku: str | None = strawberry.field(default=strawberry.UNSET, description="Its SKU, unique in the shop.")
    price: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="Its price in the product's currency."
    )


UpdateProductVariantError = Annotated[
    InvalidInputError | VariantNotFoundError | VersionConflictError | SkuTakenError | LastVariantError,
    strawberry.union("UpdateProductVariantError", description="Why `updateProductVariant` did nothing."),
]


@strawberry.type(description="What `updateProductVariant` answers.")
class UpdateProductVariantPayload:
    variant: records.ProductVariant | None = entity(ProductVariant, "The variant as it is now.")
    product: records.Product | None = entity(Product, "Its product as it is now.")
    user_errors: list[UpdateProductVariantError] = user_errors()


@strawberry.input(description="A variant that is to go.")
class RemoveProductVariantInput:
    variant_id: strawberry.ID = strawberry.field(description=VARIANT_ID)
    version: int | None = strawberry.field(default=None, description=f"Of the product: {OPTIONAL_VERSION}")


RemoveProductVariantError = Annotated[
    VariantNotFoundError | VersionConflictError | LastVariantError,
    strawberry.union("RemoveProductVariantError", description="Why `removeProductVariant` did nothing."),
]


@strawberry.type(description="What `removeProductVariant` answers.")
class RemoveProductVariantPayload:
    removed_variant_id: strawberry.ID | None = entity(strawberry.ID, "The id that the variant had.")
    product: records.Product | None = entity(Product, "The product as it is now.")
    user_errors: list[RemoveProductVariantError] = user_errors()


@strawberry.input(description="All products of a kind that are to be shown with a product.")
class SetProductRelationsInput:
    product_id: strawberry.ID = strawberry.field(description=PRODUCT_ID)
    kind: RelationKind = strawberry.field(description="Why they are shown with it.")
    related_product_ids: list[strawberry.ID] = strawberry.field(
        description="Their global ids in display order, instead of those that there are; none to unset them all."
    )
    version: int | None = strawberry.field(default=None, description=OPTIONAL_VERSION)


SetProductRelationsError = Annotated[
    InvalidInputError | ProductNotFoundError | RelatedProductNotFoundError | VersionConflictError,
    strawberry.union("SetProductRelationsError", description="Why `setProductRelations` did nothing."),
]


@strawberry.type(description="What `setProductRelations` answers.")
class SetProductRelationsPayload:
    product: records.Product | None = entity(Product, "The product as it is now.")
    user_errors: list[SetProductRelationsError] = user_errors()


@strawberry.type
class VariantMutations:
    @mutation(
        requires=Permission.WRITE_PRODUCTS,
        at={
            ProductNotFoundError: "productId",
            VersionConflictError: "version",
            SkuTakenError: "variant.sku",
        },
        description="Add a variant to a product. It has no stock until some is booked.",
    )
    async def add_product_variant(
        self, info: Info, input: AddProductVariantInput
    ) -> AddProductVariantPayload:
        with told_as_input("variant"):
            product = await variants.add_variant(
                info.context.connections.products,
                product_id=key_of(input.product_id, "Product"),
                version=input.version,
                given=given_in(input.variant),
                **staffed(info),
            )
        return AddProductVariantPayload(variant=product.all_variants[-1], product=product)

    @mutation(
        requires=Permission.WRITE_PRODUCTS,
        at={VariantNotFoundError: "variantId", VersionConflictError: "version", SkuTakenError: "sku"},
        description="Change a variant. The product's price follows its cheapest one.",
    )
    async def update_product_variant(
        self, info: Info, input: UpdateProductVariantInput
    ) -> UpdateProductVariantPayload:
        variant_id = uuid_of(input.variant_id, "ProductVariant")
        with told_as_input():
            product = await change_variant(
                info.context.connections,
                variant_id=variant_id,
                version=input.version,
                changes=given_in(input, but=("variant_id", "version")),
                **staffed(info),
            )
        return UpdateProductVariantPayload(variant=_variant_of(product, variant_id), product=product)

    @mutation(
        requires=Permission.WRITE_PRODUCTS,
        at={VariantNotFoundError: "variantId", VersionConflictError: "version"},
        description="Remove a variant. Orders keep what they sold; in carts it is no longer sold.",
    )
    async def remove_product_variant(
        self, info: Info, input: RemoveProductVariantInput
    ) -> RemoveProductVariantPayload:
        variant_id = uuid_of(input.variant_id, "ProductVariant")
        product = await variants.remove_variant(
            info.context.connections.products,
            variant_id=variant_id,
            version=input.version,
            **staffed(info),
        )
        removed = strawberry.ID(global_id("ProductVariant", variant_id))
        return RemoveProductVariantPayload(removed_variant_id=removed, product=product)

    @mutation(
        requires=Permission.WRITE_PRODUCTS,
        at={
            ProductNotFoundError: "productId",
            RelatedProductNotFoundError: "relatedProductIds",
            VersionConflictError: "version",
        },
        description="Say which products are shown with a product, for one kind of relation.",
    )
    async def set_product_relations(
        self, info: Info, input: SetProductRelationsInput
    ) -> SetProductRelationsPayload:
        with told_as_input():
            product = await relations.set_relations(
                info.context.connections.products,
                product_id=key_of(input.product_id, "Product"),
                kind=value_of(input.kind),  # type: ignore[arg-type]  # the enum has just the databases' words
                related=[key_of(related, "Product") for related in input.related_product_ids],
                version=input.version,
                **staffed(info),
            )
        return SetProductRelationsPayload(product=product)


def _variant_of(product: records.Product, variant_id: UUID) -> records.ProductVariant | None:
    return next((variant for variant in product.all_variants if variant.id == variant_id), None)
