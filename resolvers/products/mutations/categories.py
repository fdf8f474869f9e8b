"""The category tree."""

from typing import Annotated

import strawberry

from datasources.products import records
from datasources.products.commands import categories
from resolvers.conflicts import VersionConflictError
from resolvers.context import Info
from resolvers.mutations import InvalidInputError, entity, mutation, user_errors
from resolvers.permissions import Permission
from resolvers.products.categories import Category
from resolvers.products.given import given_in, staffed, told_as_input
from resolvers.products.problems import (
    CategoryCycleError,
    CategoryInUseError,
    CategoryNotFoundError,
    SlugTakenError,
)
from resolvers.products.product_inputs import EXPECTED_VERSION, OPTIONAL_VERSION, SeoInput
from resolvers.relay import global_id, key_of

CATEGORY_ID = "The category's global id."


@strawberry.input(description="What a category may have.")
class CategoryValues:
    slug: str | None = strawberry.field(
        default=strawberry.UNSET, description="Its name in URLs; made of its name unless given."
    )
    description: str | None = strawberry.field(
        default=strawberry.UNSET, description="A description of the products in it."
    )
    image: str | None = strawberry.field(default=strawberry.UNSET, description="The URL of an image for it.")
    icon: str | None = strawberry.field(default=strawberry.UNSET, description="An icon for it.")
    order: int | None = strawberry.field(
        name="position", default=strawberry.UNSET, description="Its place among its siblings, from 0."
    )
    is_active: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether shoppers see it."
    )
    seo: SeoInput | None = strawberry.field(
        default=strawberry.UNSET, description="The metadata of its page for search engines."
    )


@strawberry.input(description="A category to be added to the tree.")
class CreateCategoryInput(CategoryValues):
    name: str = strawberry.field(description="Its name.")
    parent_id: strawberry.ID | None = strawberry.field(
        default=None, description="The global id of the category above it; null for the top of the tree."
    )


CreateCategoryError = Annotated[
    InvalidInputError | SlugTakenError | CategoryNotFoundError,
    strawberry.union("CreateCategoryError", description="Why `createCategory` did nothing."),
]


@strawberry.type(description="What `createCategory` answers.")
class CreateCategoryPayload:
    category: records.Category | None = entity(Category, "The category as it was added.")
    user_errors: list[CreateCategoryError] = user_errors()


@strawberry.input(
    description="What of a category is to change. What is left out stays, null removes; where it stands is "
    "`moveCategory`'s."
)
class UpdateCategoryInput(CategoryValues):
    category_id: strawberry.ID = strawberry.field(description=CATEGORY_ID)
    version: int = strawberry.field(description=EXPECTED_VERSION)
    name: str | None = strawberry.field(default=strawberry.UNSET, description="Its name.")


UpdateCategoryError = Annotated[
    InvalidInputError | CategoryNotFoundError | VersionConflictError | SlugTakenError,
    strawberry.union("UpdateCategoryError", description="Why `updateCategory` did nothing."),
]


@strawberry.type(description="What `updateCategory` answers.")
class UpdateCategoryPayload:
    category: records.Category | None = entity(Category, "The category as it is now.")
    user_errors: list[UpdateCategoryError] = user_errors()


@strawberry.input(description="A category to be put elsewhere, with all that is below it.")
class MoveCategoryInput:
    category_id: strawberry.ID = strawberry.field(description=CATEGORY_ID)
    parent_id: strawberry.ID | None = strawberry.field(
        default=None, description="The category to put it below; null for the top of the tree."
    )
    version: int | None = strawberry.field(default=None, description=OPTIONAL_VERSION)


MoveCategoryError = Annotated[
    CategoryNotFoundError | CategoryCycleError | VersionConflictError,
    strawberry.union("MoveCategoryError", description="Why `moveCategory` did nothing."),
]


@strawberry.type(description="What `moveCategory` answers.")
class MoveCategoryPayload:
    category: records.Category | None = entity(Category, "The category where it is now.")
    user_errors: list[MoveCategoryError] = user_errors()


@strawberry.input(description="An empty category that is to go.")
class DeleteCategoryInput:
    category_id: strawberry.ID = strawberry.field(description=CATEGORY_ID)
    version: int | None = strawberry.field(default=None, description=OPTIONAL_VERSION)


DeleteCategoryError = Annotated[
    CategoryNotFoundError | CategoryInUseError | VersionConflictError,
    strawberry.union("DeleteCategoryError", description="Why `deleteCategory` did nothing."),
]


@strawberry.type(description="What `deleteCategory` answers.")
class DeleteCategoryPayload:
    deleted_category_id: strawberry.ID | None = entity(strawberry.ID, "The id that the category had.")
    user_errors: list[DeleteCategoryError] = user_errors()


@strawberry.type
class CategoryMutations:
    @mutation(
        requires=Permission.WRITE_CATEGORIES,
        at={SlugTakenError: "slug", CategoryNotFoundError: "parentId"},
        description="Add a category to the tree.",
    )
    async def create_category(self, info: Info, input: CreateCategoryInput) -> CreateCategoryPayload:
        with told_as_input():
            category = await categories.create_category(
                info.context.connections.products, given=given_in(input), **staffed(info)
            )
        return CreateCategoryPayload(category=category)

    @mutation(
        requires=Permission.WRITE_CATEGORIES,
        at={CategoryNotFoundError: "categoryId", VersionConflictError: "version", SlugTakenError: "slug"},
        description="Change a category.",
    )
    async def update_category(self, info: Info, input: UpdateCategoryInput) -> UpdateCategoryPayload:
        with told_as_input():
            category = await categories.update_category(
                info.context.connections.products,
                category_id=key_of(input.category_id, "Category"),
                version=input.version,
                changes=given_in(input, but=("category_id", "version")),
                **staffed(info),
            )
        return UpdateCategoryPayload(category=category)

    @mutation(
        requires=Permission.WRITE_CATEGORIES,
        at={CategoryCycleError: "parentId", VersionConflictError: "version"},
        description="Put a category, with the categories and products below it, below another one.",
    )
    async def move_category(self, info: Info, input: MoveCategoryInput) -> MoveCategoryPayload:
        parent = None if input.parent_id is None else key_of(input.parent_id, "Category")
        category = await categories.move_category(
            info.context.connections.products,
            category_id=key_of(input.category_id, "Category"),
            parent_id=parent,
            version=input.version,
            **staffed(info),
        )
        return MoveCategoryPayload(category=category)

    @mutation(
        requires=Permission.WRITE_CATEGORIES,
        at={
            CategoryNotFoundError: "categoryId",
            CategoryInUseError: "categoryId",
            VersionConflictError: "version",
        },
        description="Remove a category that has no categories and no products in it.",
    )
    async def delete_category(self, info: Info, input: DeleteCategoryInput) -> DeleteCategoryPayload:
        category = await categories.delete_category(
            info.context.connections.products,
            category_id=key_of(input.category_id, "Category"),
            version=input.version,
            **staffed(info),
        )
        deleted = strawberry.ID(global_id("Category", category.id))
        return DeleteCategoryPayload(deleted_category_id=deleted)
