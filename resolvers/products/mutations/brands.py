"""Brands."""

from typing import Annotated

import strawberry

from datasources.products import records
from datasources.products.commands import brands
from resolvers.conflicts import VersionConflictError
from resolvers.context import Info
from resolvers.mutations import InvalidInputError, entity, mutation, user_errors
from resolvers.permissions import Permission
from resolvers.products.brands import Brand
from resolvers.products.given import given_in, staffed, told_as_input
from resolvers.products.problems import BrandInUseError, BrandNotFoundError, NameTakenError, SlugTakenError
from resolvers.products.product_inputs import EXPECTED_VERSION, OPTIONAL_VERSION, SeoInput
from resolvers.relay import global_id, key_of

BRAND_ID = "The brand's global id."


@strawberry.input(description="What a brand may have.")
class BrandValues:
    slug: str | None = strawberry.field(
        default=strawberry.UNSET, description="Its name in URLs; made of its name unless given."
    )
    description: str | None = strawberry.field(
        default=strawberry.UNSET, description="A description of the brand."
    )
    logo_url: str | None = strawberry.field(default=strawberry.UNSET, description="The URL of its logo.")
    website_url: str | None = strawberry.field(
        default=strawberry.UNSET, description="The URL of its own website."
    )
    is_active: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether shoppers see it."
    )
    seo: SeoInput | None = strawberry.field(
        default=strawberry.UNSET, description="The metadata of its page for search engines."
    )


@strawberry.input(description="A brand to be added.")
class CreateBrandInput(BrandValues):
    name: str = strawberry.field(description="Its name, unique in the shop.")


CreateBrandError = Annotated[
    InvalidInputError | NameTakenError | SlugTakenError,
    strawberry.union("CreateBrandError", description="Why `createBrand` did nothing."),
]


@strawberry.type(description="What `createBrand` answers.")
class CreateBrandPayload:
    brand: records.Brand | None = entity(Brand, "The brand as it was added.")
    user_errors: list[CreateBrandError] = user_errors()


@strawberry.input(description="What of a brand is to change. What is left out stays, null removes.")
class UpdateBrandInput(BrandValues):
    brand_id: strawberry.ID = strawberry.field(description=BRAND_ID)
    version: int = strawberry.field(description=EXPECTED_VERSION)
    name: str | None = strawberry.field(default=strawberry.UNSET, description="Its name, unique in the shop.")


UpdateBrandError = Annotated[
    InvalidInputError | BrandNotFoundError | VersionConflictError | NameTakenError | SlugTakenError,
    strawberry.union("UpdateBrandError", description="Why `updateBrand` did nothing."),
]


@strawberry.type(description="What `updateBrand` answers.")
class UpdateBrandPayload:
    brand: records.Brand | None = entity(Brand, "The brand as it is now.")
    user_errors: list[UpdateBrandError] = user_errors()


@strawberry.input(description="A brand without products that is to go.")
class DeleteBrandInput:
    brand_id: strawberry.ID = strawberry.field(description=BRAND_ID)
    version: int | None = strawberry.field(default=None, description=OPTIONAL_VERSION)


DeleteBrandError = Annotated[
    BrandNotFoundError | BrandInUseError | VersionConflictError,
    strawberry.union("DeleteBrandError", description="Why `deleteBrand` did nothing."),
]


@strawberry.type(description="What `deleteBrand` answers.")
class DeleteBrandPayload:
    deleted_brand_id: strawberry.ID | None = entity(strawberry.ID, "The id that the brand had.")
    user_errors: list[DeleteBrandError] = user_errors()


@strawberry.type
class BrandMutations:
    @mutation(
        requires=Permission.WRITE_BRANDS,
        at={NameTakenError: "name", SlugTakenError: "slug"},
        description="Add a brand.",
    )
    async def create_brand(self, info: Info, input: CreateBrandInput) -> CreateBrandPayload:
        with told_as_input():
            brand = await brands.create_brand(
                info.context.connections.products, given=given_in(input), **staffed(info)
            )
        return CreateBrandPayload(brand=brand)

    @mutation(
        requires=Permission.WRITE_BRANDS,
        at={
            BrandNotFoundError: "brandId",
            VersionConflictError: "version",
            NameTakenError: "name",
            SlugTakenError: "slug",
        },
        description="Change a brand.",
    )
    async def update_brand(self, info: Info, input: UpdateBrandInput) -> UpdateBrandPayload:
        with told_as_input():
            brand = await brands.update_brand(
                info.context.connections.products,
                brand_id=key_of(input.brand_id, "Brand"),
                version=input.version,
                changes=given_in(input, but=("brand_id", "version")),
                **staffed(info),
            )
        return UpdateBrandPayload(brand=brand)

    @mutation(
        requires=Permission.WRITE_BRANDS,
        at={BrandNotFoundError: "brandId", BrandInUseError: "brandId", VersionConflictError: "version"},
        description="Remove a brand that has no products.",
    )
    async def delete_brand(self, info: Info, input: DeleteBrandInput) -> DeleteBrandPayload:
        brand = await brands.delete_brand(
            info.context.connections.products,
            brand_id=key_of(input.brand_id, "Brand"),
            version=input.version,
            **staffed(info),
        )
        return DeleteBrandPayload(deleted_brand_id=strawberry.ID(global_id("Brand", brand.id)))
