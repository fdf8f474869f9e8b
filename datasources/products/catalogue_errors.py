"""What commands on the catalogue refuse, each as an error that carries its data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from datasources.core.errors import DatasourceError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A value that cannot be taken: where it stands (`variants.0.price`), a code such as REQUIRED, and why in words."""

    at: str
    code: str
    message: str


class InvalidValues(DatasourceError):
    """Values that cannot be taken, all of them at once; nothing was changed."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{problem.at}: {problem.message}" for problem in problems))
        self.problems = tuple(problems)


class UnknownProduct(DatasourceError):
    """There is no product with this id."""

    def __init__(self, product_id: str) -> None:
        super().__init__("There is no such product.")
        self.product_id = product_id


class UnknownRelatedProduct(DatasourceError):
    """One of the products to be related to another does not exist."""

    def __init__(self, product_id: str) -> None:
        super().__init__("There is no such product to relate to.")
        self.product_id = product_id


class UnknownVariant(DatasourceError):
    """There is no variant with this id."""

    def __init__(self, variant_id: UUID) -> None:
        super().__init__("There is no such variant.")
        self.variant_id = variant_id


class UnknownCategory(DatasourceError):
    """There is no category with this id, or with this slug."""

    def __init__(self, key: str) -> None:
        super().__init__("There is no such category.")
        self.key = key


class UnknownBrand(DatasourceError):
    """There is no brand with this id, or with this slug."""

    def __init__(self, key: str) -> None:
        super().__init__("There is no such brand.")
        self.key = key


class UnknownAttribute(DatasourceError):
    """There is no attribute with this id."""

    def __init__(self, attribute_id: str) -> None:
        super().__init__("There is no such attribute.")
        self.attribute_id = attribute_id


class SkuTaken(DatasourceError):
    """A SKU belongs to another product, or to a variant of one."""

    def __init__(self, sku: str) -> None:
        super().__init__(f"The SKU {sku} belongs to another product or variant.")
        self.sku = sku


class SlugTaken(DatasourceError):
    """A slug belongs to another product, category or brand; each of the three has slugs of its own."""

    def __init__(self, slug: str) -> None:
        super().__init__(f"The slug {slug} belongs to another one.")
        self.slug = slug


class NameTaken(DatasourceError):
    """A name that must be unique belongs to another brand or attribute."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The name {name} belongs to another one.")
        self.name = name


class LastVariant(DatasourceError):
    """The product would have no active variant left; it can be unpublished or archived instead."""

    def __init__(self, product_id: str) -> None:
        super().__init__(
            "A product keeps at least one active variant. Unpublish or archive the product instead."
        )
        self.product_id = product_id


class CategoryCycle(DatasourceError):
    """A category would come to stand below itself."""

    def __init__(self, category_id: str) -> None:
        super().__init__("A category cannot be moved into itself, or below itself.")
        self.category_id = category_id


class CategoryInUse(DatasourceError):
    """A category that still has categories directly below it, or products in it."""

    def __init__(self, *, children: int, products: int) -> None:
        super().__init__(
            f"The category still has {children} categories below it and {products} products. Move them first."
        )
        self.children = children
        self.products = products


class BrandInUse(DatasourceError):
    """A brand that still has products."""

    def __init__(self, products: int) -> None:
        super().__init__(f"The brand still has {products} products.")
        self.products = products
