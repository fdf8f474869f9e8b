"""What mutations on the catalogue tell their users as data: one type for each error of its commands."""

import strawberry

from datasources.products import catalogue_errors as errors
from resolvers.mutations import UserError


@strawberry.type(description="There is no such product to relate to.")
class RelatedProductNotFoundError(UserError):
    raised_as = errors.UnknownRelatedProduct


@strawberry.type(description="There is no such variant.")
class VariantNotFoundError(UserError):
    raised_as = errors.UnknownVariant


@strawberry.type(description="There is no such category.")
class CategoryNotFoundError(UserError):
    raised_as = errors.UnknownCategory


@strawberry.type(description="There is no such brand.")
class BrandNotFoundError(UserError):
    raised_as = errors.UnknownBrand


@strawberry.type(description="There is no such attribute.")
class AttributeNotFoundError(UserError):
    raised_as = errors.UnknownAttribute


@strawberry.type(description="The SKU belongs to another product, or to a variant of another product.")
class SkuTakenError(UserError):
    raised_as = errors.SkuTaken

    sku: str = strawberry.field(description="The SKU.")


@strawberry.type(
    description="Another one has the slug: products, categories and brands have slugs of their own."
)
class SlugTakenError(UserError):
    raised_as = errors.SlugTaken

    slug: str = strawberry.field(description="The slug.")


@strawberry.type(description="Another one has the name.")
class NameTakenError(UserError):
    raised_as = errors.NameTaken

    name: str = strawberry.field(description="The name.")


@strawberry.type(
    description="The product would have no active variant left: unpublish or archive it instead."
)
class LastVariantError(UserError):
    raised_as = errors.LastVariant


@strawberry.type(description="The category would come to stand below itself.")
class CategoryCycleError(UserError):
    raised_as = errors.CategoryCycle


@strawberry.type(description="The category is not empty: move what is in it first.")
class CategoryInUseError(UserError):
    raised_as = errors.CategoryInUse

    children: int = strawberry.field(description="How many categories are directly below it.")
    products: int = strawberry.field(description="How many products are in it, published or not.")


@strawberry.type(description="The brand still has products.")
class BrandInUseError(UserError):
    raised_as = errors.BrandInUse

    products: int = strawberry.field(description="How many products are of it, published or not.")
