"""Variants are added, changed and removed; the product's prices, options and stock follow them."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from datasources.core.errors import VersionConflict
from datasources.products.availability import VariantStock, keep_availability
from datasources.products.catalogue_errors import InvalidValues, LastVariant, SkuTaken, UnknownVariant
from datasources.products.commands.variants import add_variant, remove_variant, update_variant
from datasources.products.documents import PRODUCTS
from tests.catalogue.acting import ACTING

if TYPE_CHECKING:
    from datasources.products.records import Product
    from tests.catalogue.acting import Catalogue


def size(value: str, price: str, **values: Any) -> dict[str, Any]:
    """A variant of a size, with a SKU of its own."""
    return {
        "sku": f"{value}-{uuid4().hex[:8]}",
        "price": price,
        "attributes": [{"name": "Size", "value": value}],
        **values,
    }


async def shirt(catalogue: Catalogue) -> Product:
    """A product in two sizes."""
    return await catalogue.product(variants=[size("M", "20"), size("S", "15", compare_at_price="18")])


async def test_prices_and_options_follow_the_variants(catalogue: Catalogue) -> None:
    product = await shirt(catalogue)
    assert (product.price, product.compare_at_price, product.kind) == (
        Decimal(15),
        Decimal(18),
        "configurable",
    )
    assert [option.values for option in product.options] == [("M", "S")]
    more = await add_variant(
        catalogue.database, product_id=product.id, version=1, given=size("L", "9.99"), **ACTING
    )
    assert (more.price, more.compare_at_price) == (Decimal("9.99"), None)
    assert [option.values for option in more.options] == [("M", "S", "L")]
    dearer = await update_variant(
        catalogue.database, variant_id=more.variants[2].id, version=2, changes={"price": "30"}, **ACTING
    )
    assert dearer.price == Decimal(15)
    less = await remove_variant(catalogue.database, variant_id=product.variants[1].id, **ACTING)
    assert less.price == Decimal(20)
    assert [option.values for option in less.options] == [("M", "L")]
    assert [event["event_type"] for event in await catalogue.events(product.id)] == [
        "ProductCreated", "ProductVariantAdded", "ProductVariantUpdated", "ProductVariantRemoved",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "at", "code"),
    [
        ({"attributes": [{"name": "Size", "value": "M"}]}, "attributes", "DUPLICATE"),
        ({"attributes": []}, "attributes", "INVALID"),
        ({"attributes": [{"name": "Colour", "value": "Red"}]}, "attributes", "INVALID"),
        ({"compare_at_price": "9"}, "compare_at_price", "INVALID"),
        ({"image_urls": ["/nowhere.jpg"]}, "image_urls", "INVALID"),
        ({"price": None}, "price", "INVALID"),
    ],
)
async def test_a_variant_that_does_not_fit_is_refused(
    catalogue: Catalogue, wrong: dict[str, Any], at: str, code: str
) -> None:
    product = await shirt(catalogue)
    with pytest.raises(InvalidValues) as refused:
        await add_variant(
            catalogue.database, product_id=product.id, given={**size("L", "9"), **wrong}, **ACTING
        )
    assert [(problem.at, problem.code) for problem in refused.value.problems] == [(at, code)]
    assert (await catalogue.document(product))["version"] == 1


async def test_exactly_one_active_variant_is_the_default(catalogue: Catalogue) -> None:
    product = await shirt(catalogue)

    async def defaults() -> list[bool]:
        return [variant["is_default"] for variant in (await catalogue.document(product))["variants"]]

    assert await defaults() == [True, False]
    acting = {"database": catalogue.database, "version": None, **ACTING}
    await update_variant(**acting, variant_id=product.variants[1].id, changes={"is_default": True})
    assert await defaults() == [False, True]
    await update_variant(**acting, variant_id=product.variants[1].id, changes={"is_active": False})
    assert await defaults() == [True, False]


async def test_the_last_active_variant_stays(catalogue: Catalogue) -> None:
    product = await shirt(catalogue)
    first, second = product.variants
    await remove_variant(catalogue.database, variant_id=first.id, **ACTING)
    with pytest.raises(LastVariant):
        await remove_variant(catalogue.database, variant_id=second.id, **ACTING)
    with pytest.raises(LastVariant):
        await update_variant(
            catalogue.database, variant_id=second.id, version=None, changes={"is_active": False}, **ACTING
        )


async def test_of_two_who_remove_the_last_two_variants_one_is_refused(catalogue: Catalogue) -> None:
    product = await shirt(catalogue)
    results = await asyncio.gather(
        *(remove_variant(catalogue.database, variant_id=it.id, **ACTING) for it in product.variants),
        return_exceptions=True,
    )
    assert sorted(type(result).__name__ for result in results) == ["LastVariant", "Product"]


async def test_stock_follows_the_variants_that_there_are(catalogue: Catalogue) -> None:
    product = await shirt(catalogue)
    stocked = {"$set": {"variants.0.stock": 3, "variants.1.stock": 4, "variants.1.backorder": True}}
    await catalogue.database.database[PRODUCTS].update_one({"sku": product.sku}, stocked)
    await remove_variant(catalogue.database, variant_id=product.variants[1].id, **ACTING)
    document = await catalogue.document(product)
    assert (document["stock"], document["in_stock"], document["backorder"]) == (3, True, False)


async def test_unknown_variants_versions_and_taken_skus_are_told(catalogue: Catalogue) -> None:
    product, other = await shirt(catalogue), await shirt(catalogue)
    variant = product.variants[0]
    with pytest.raises(UnknownVariant):
        await remove_variant(catalogue.database, variant_id=uuid4(), **ACTING)
    with pytest.raises(VersionConflict):
        await update_variant(
            catalogue.database, variant_id=variant.id, version=9, changes={"price": "1"}, **ACTING
        )
    for sku in (other.sku, other.variants[0].sku):
        with pytest.raises(SkuTaken):
            await update_variant(
                catalogue.database, variant_id=variant.id, version=1, changes={"sku": sku}, **ACTING
            )


async def test_stock_of_a_variant_that_is_not_sold_counts_for_nothing(catalogue: Catalogue) -> None:
    product = await shirt(catalogue)

    async def availability() -> tuple[int, bool, bool]:
        found = await catalogue.document(product)
        return found["stock"], found["backorder"], found["in_stock"]

    async def deliver(number: int, available: int, version: int, *, backorder: bool = False) -> None:
        stock = VariantStock(
            variant_id=product.variants[number].id,
            product_id=product.id,
            available=available,
            allows_backorder=backorder,
            version=version,
        )
        await keep_availability(catalogue.database, [stock])

    await deliver(0, 3, 1)
    await deliver(1, 5, 1, backorder=True)
    assert await availability() == (8, True, True)
    second = {"database": catalogue.database, "variant_id": product.variants[1].id, **ACTING}
    await update_variant(**second, version=1, changes={"is_active": False})
    assert await availability() == (3, False, True)
    await deliver(0, 0, 2)
    await deliver(1, 6, 2, backorder=True)
    assert await availability() == (0, False, False)
    await update_variant(**second, version=2, changes={"is_active": True})
    assert await availability() == (6, True, True)
