"""The category tree stays a tree whatever is moved at once, and products always know where they stand."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from pymongo.errors import OperationFailure

from datasources.core.errors import VersionConflict
from datasources.core.event_documents import DOMAIN_EVENTS_SPEC
from datasources.products.catalogue_errors import (
    BrandInUse,
    CategoryCycle,
    CategoryInUse,
    InvalidValues,
    NameTaken,
    SlugTaken,
    UnknownBrand,
    UnknownCategory,
)
from datasources.products.commands.attributes import create_attribute, delete_attribute, update_attribute
from datasources.products.commands.brands import create_brand, delete_brand, update_brand
from datasources.products.commands.categories import (
    create_category,
    delete_category,
    move_category,
    update_category,
)
from datasources.products.commands.products import update_product
from datasources.products.documents import CATEGORIES, PRODUCTS
from tests.catalogue.acting import ACTING

if TYPE_CHECKING:
    from datasources.products.records import Category
    from tests.catalogue.acting import Catalogue

NOBODY = "f" * 24
REFUSALS = (CategoryCycle, CategoryInUse, UnknownCategory)


async def below(catalogue: Catalogue, name: str, parent: Category | None) -> Category:
    """A new category."""
    given = {"name": f"{name} {catalogue.unique}", "parent_id": parent.id if parent else None}
    return await create_category(catalogue.database, given=given, **ACTING)


async def check_tree(catalogue: Catalogue) -> None:
    """Every path is its parent's with the parent, and every product's is its category's."""
    tree = {found["_id"]: found for found in await catalogue.database.find(CATEGORIES, {})}
    for found in tree.values():
        parent = tree.get(found["parent_id"])
        assert found["parent_id"] is None or parent is not None
        assert found["path"] == ([*parent["path"], parent["_id"]] if parent else [])
        assert found["level"] == len(found["path"])
        assert found["_id"] not in found["path"]
    for product in await catalogue.database.find(PRODUCTS, {}):
        place = tree[product["category_id"]]
        assert product["category_path"] == [*place["path"], place["_id"]]


async def test_a_subtree_moves_with_its_products(catalogue: Catalogue) -> None:
    deep = await below(catalogue, "Wireless", catalogue.leaf)
    other = await below(catalogue, "Gadgets", None)
    product = await catalogue.product(category_id=deep.id)
    version = product.version
    moved = await move_category(
        catalogue.database, category_id=catalogue.leaf.id, parent_id=other.id, version=1, **ACTING
    )
    assert (moved.path, moved.level, moved.version) == ((other.id,), 1, 2)
    document = await catalogue.document(product)
    assert [str(key) for key in document["category_path"]] == [other.id, catalogue.leaf.id, deep.id]
    assert document["version"] == version
    await check_tree(catalogue)
    root = await move_category(catalogue.database, category_id=catalogue.leaf.id, parent_id=None, **ACTING)
    assert (root.path, root.level) == ((), 0)
    await check_tree(catalogue)
    kinds = [event["event_type"] for event in await catalogue.events(catalogue.leaf.id)]
    assert kinds == ["CategoryCreated", "CategoryMoved", "CategoryMoved"]


async def test_a_category_never_stands_below_itself(catalogue: Catalogue) -> None:
    acting = {"database": catalogue.database, "category_id": catalogue.root.id, **ACTING}
    for parent in (catalogue.root.id, catalogue.leaf.id):
        with pytest.raises(CategoryCycle):
            await move_category(**acting, parent_id=parent)
    with pytest.raises(UnknownCategory):
        await move_category(**acting, parent_id=NOBODY)
    with pytest.raises(VersionConflict):
        await move_category(**acting, parent_id=None, version=9)


async def test_moves_that_make_a_circle_only_together_do_not(catalogue: Catalogue) -> None:
    for turn in range(4):
        one, two = [await below(catalogue, f"{name}{turn}", None) for name in ("One", "Two")]
        below_one, below_two = (
            await below(catalogue, f"Sub1{turn}", one),
            await below(catalogue, f"Sub2{turn}", two),
        )
        results = await asyncio.gather(
            move_category(catalogue.database, category_id=one.id, parent_id=below_two.id, **ACTING),
            move_category(catalogue.database, category_id=two.id, parent_id=below_one.id, **ACTING),
            return_exceptions=True,
        )
        refused = [result for result in results if isinstance(result, BaseException)]
        assert [type(error) for error in refused] == [CategoryCycle]
        await check_tree(catalogue)


async def test_products_put_into_a_category_that_moves_or_goes(catalogue: Catalogue) -> None:
    """Creating, moving and deleting at once: each product stands where its category does, and in one that there is."""
    for turn in range(3):
        other, empty = await below(catalogue, f"O{turn}", None), await below(catalogue, f"E{turn}", None)
        results = await asyncio.gather(
            *(catalogue.product() for _ in range(4)),
            *(catalogue.product(category_id=empty.id) for _ in range(2)),
            move_category(catalogue.database, category_id=catalogue.leaf.id, parent_id=other.id, **ACTING),
            delete_category(catalogue.database, category_id=empty.id, **ACTING),
            return_exceptions=True,
        )
        unexpected = [it for it in results if isinstance(it, BaseException) and not isinstance(it, REFUSALS)]
        assert unexpected == []
        await check_tree(catalogue)


async def test_a_product_follows_its_new_category(catalogue: Catalogue) -> None:
    product = await catalogue.product()
    changes = {"category_id": catalogue.root.id, "brand_id": catalogue.brand.id}
    moved = await update_product(
        catalogue.database, product_id=product.id, version=1, changes=changes, **ACTING
    )
    assert (moved.category_id, moved.brand_id) == (catalogue.root.id, catalogue.brand.id)
    await check_tree(catalogue)


async def test_only_what_is_empty_goes(catalogue: Catalogue) -> None:
    product = await catalogue.product(brand_id=catalogue.brand.id)
    for category, children, products in ((catalogue.root, 1, 0), (catalogue.leaf, 0, 1)):
        with pytest.raises(CategoryInUse) as used:
            await delete_category(catalogue.database, category_id=category.id, **ACTING)
        assert (used.value.children, used.value.products) == (children, products)
    with pytest.raises(BrandInUse):
        await delete_brand(catalogue.database, brand_id=catalogue.brand.id, **ACTING)
    changes = {"category_id": catalogue.root.id, "brand_id": None}
    await update_product(catalogue.database, product_id=product.id, version=1, changes=changes, **ACTING)
    await delete_category(catalogue.database, category_id=catalogue.leaf.id, version=1, **ACTING)
    await delete_brand(catalogue.database, brand_id=catalogue.brand.id, version=1, **ACTING)
    with pytest.raises(UnknownCategory):
        await delete_category(catalogue.database, category_id=catalogue.leaf.id, **ACTING)
    with pytest.raises(UnknownBrand):
        await delete_brand(catalogue.database, brand_id=catalogue.brand.id, **ACTING)


async def test_categories_of_the_same_name_have_slugs_of_their_own(catalogue: Catalogue) -> None:
    first, second = (
        await below(catalogue, "Cables", catalogue.root),
        await below(catalogue, "Cables", catalogue.leaf),
    )
    assert first.slug == f"cables-{catalogue.unique}"
    assert second.slug == f"{catalogue.leaf.slug}-{first.slug}"
    with pytest.raises(SlugTaken):
        await below(catalogue, "Cables", None)


async def test_categories_and_brands_are_changed_at_their_version(catalogue: Catalogue) -> None:
    changes = {"order": 3, "seo": {"meta_title": "T"}}
    changed = await update_category(
        catalogue.database, category_id=catalogue.leaf.id, version=1, changes=changes, **ACTING
    )
    assert (changed.position, changed.version, changed.seo and changed.seo.title) == (3, 2, "T")
    with pytest.raises(VersionConflict):
        await update_category(
            catalogue.database, category_id=catalogue.leaf.id, version=1, changes={"order": 4}, **ACTING
        )
    with pytest.raises(SlugTaken):
        await update_category(
            catalogue.database,
            category_id=catalogue.leaf.id,
            version=2,
            changes={"slug": catalogue.root.slug},
            **ACTING,
        )
    other = await create_brand(catalogue.database, given={"name": f"Bolt {catalogue.unique}"}, **ACTING)
    with pytest.raises(NameTaken):
        await update_brand(
            catalogue.database, brand_id=other.id, version=1, changes={"name": catalogue.brand.name}, **ACTING
        )
    with pytest.raises(InvalidValues):
        await update_brand(
            catalogue.database, brand_id=other.id, version=1, changes={"website_url": "ftp://x"}, **ACTING
        )


async def test_attributes_are_defined_with_their_values(catalogue: Catalogue) -> None:
    name = f"colour-{catalogue.unique}"
    values = [{"value": "red", "display_value": "Red"}, {"value": "blue"}]
    given = {"name": name, "attribute_type": "select", "is_filterable": True, "values": values}
    defined = await create_attribute(catalogue.database, given=given, **ACTING)
    assert [(it.value, it.display_value) for it in defined.values] == [("red", "Red"), ("blue", "blue")]
    acting = {"database": catalogue.database, "attribute_id": defined.id, **ACTING}
    turned = await update_attribute(**acting, version=1, changes={"values": values[::-1]})
    assert ([it.value for it in turned.values], turned.version) == (["blue", "red"], 2)
    with pytest.raises(VersionConflict):
        await update_attribute(**acting, version=1, changes={"display_name": "Colour"})
    with pytest.raises(InvalidValues):
        await update_attribute(**acting, version=2, changes={"values": [values[0], values[0]]})
    with pytest.raises(NameTaken):
        await create_attribute(catalogue.database, given={"name": name}, **ACTING)
    await delete_attribute(**acting, version=2)


async def test_a_failed_command_leaves_no_trace(catalogue: Catalogue) -> None:
    """The event and the change are one: what the server refuses at the end undoes what came before."""
    before = len(await catalogue.database.find("domain_events", {}))
    product = catalogue.given()
    await catalogue.database.database.command({"collMod": "domain_events", "validator": {"never": True}})
    try:
        with pytest.raises(OperationFailure):
            await catalogue.product(**product)
    finally:
        await catalogue.database.database.command(
            {"collMod": "domain_events", "validator": DOMAIN_EVENTS_SPEC.validator}
        )
    assert await catalogue.database.find(PRODUCTS, {"sku": product["sku"]}) == []
    assert len(await catalogue.database.find("domain_events", {})) == before
