"""Who acts in these tests, and when; and the products that they make."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from datasources.products.commands.products import create_product
from datasources.products.documents import DOMAIN_EVENTS, PRODUCTS

if TYPE_CHECKING:
    from datasources.core.documents import DocumentDatabase
    from datasources.products.records import Brand, Category, Product

NOW: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
STAFF: Final = UUID(int=7)
ACTING: Final[dict[str, Any]] = {"actor_id": STAFF, "now": NOW}

_numbers = count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """What a test has to put products into; `unique` keeps its names apart from other tests'."""

    database: DocumentDatabase
    root: Category
    leaf: Category
    brand: Brand
    unique: str

    def given(self, **values: Any) -> dict[str, Any]:
        """What a product must be given, with a SKU that nobody has."""
        number = next(_numbers)
        sku = f"SKU-{self.unique}-{number}"
        given = {"sku": sku, "name": f"Thing {self.unique} {number}", "category_id": self.leaf.id, **values}
        return given if "variants" in given else {"price": "10.00", **given}

    async def product(self, **values: Any) -> Product:
        """A draft."""
        return await create_product(self.database, given=self.given(**values), **ACTING)

    async def document(self, product: Product) -> dict[str, Any]:
        """What the collection holds of a product."""
        (found,) = await self.database.find(PRODUCTS, {"sku": product.sku})
        return found

    async def events(self, key: str) -> list[dict[str, Any]]:
        """The outbox's events about something, in the order of relay."""
        return await self.database.find(DOMAIN_EVENTS, {"aggregate_id": key}, sort=[("sequence", 1)])
