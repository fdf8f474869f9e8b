"""Products are created, changed and shown; two who change the same never lose what the other did."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from datasources.core.errors import VersionConflict
from datasources.core.paging import window
from datasources.products.catalogue_errors import (
    InvalidValues,
    SkuTaken,
    SlugTaken,
    UnknownBrand,
    UnknownCategory,
    UnknownProduct,
    UnknownRelatedProduct,
)
from datasources.products.commands.products import create_product, update_product
from datasources.products.commands.publications import (
    archive_product,
    publish_product,
    schedule_product,
    unpublish_product,
)
from datasources.products.commands.relations import set_relations
from datasources.products.documents import PRODUCTS
from datasources.products.filters import visible_at
from datasources.products.loaders import ProductLoaders
from datasources.products.pipelines import NEWEST, count
from datasources.products.records import ProductFilter
from datasources.products.search import count_products, page_of_products
from tests.catalogue.acting import ACTING, NOW, STAFF

if TYPE_CHECKING:
    from datasources.products.records import Product
    from tests.catalogue.acting import Catalogue

NOBODY = "f" * 24


async def shown(catalogue: Catalogue, product: Product) -> bool:
    """Whether shoppers see it: in lists, counts and by itself alike."""
    wanted = ProductFilter(category_id=product.category_id)
    page = await page_of_products(
        catalogue.database,
        wanted=wanted,
        order=NEWEST,
        window=window(first=100, after=None, last=None, before=None),
    )
    listed = product.id in {item.id for item in page.items}
    assert await count_products(catalogue.database, wanted=wanted) == len(page.items)
    loaded = await ProductLoaders(catalogue.database).by_id.load(product.id)
    assert loaded is not None
    assert loaded.is_visible is listed
    assert all(variant.is_visible is listed for variant in loaded.variants)
    return listed


async def test_a_product_without_options_has_one_variant(catalogue: Catalogue) -> None:
    product = await catalogue.product(price="19.90", compare_at_price="25", brand_id=catalogue.brand.id)
    (variant,) = product.variants
    assert (variant.sku, variant.price, variant.is_default) == (product.sku, Decimal("19.90"), True)
    assert (product.price, product.compare_at_price) == (Decimal("19.90"), Decimal(25))
    assert (product.status, product.is_published, product.version, product.kind) == (
        "draft", False, 1, "simple",
    )  # fmt: skip
    document = await catalogue.document(product)
    assert [str(key) for key in document["category_path"]] == [catalogue.root.id, catalogue.leaf.id]
    assert document["skus"] == [product.sku]
    assert "thing" in document["search"]["terms"]
    (event,) = await catalogue.events(product.id)
    assert (event["event_type"], event["event_data"]["actor_id"]) == ("ProductCreated", str(STAFF))


async def test_what_cannot_be_taken_is_told_all_at_once(catalogue: Catalogue) -> None:
    wrong = {
        "sku": " ",
        "name": "x" * 256,
        "price": 19.99,
        "category_id": "here",
        "tags": ["a", ""],
        "images": [{"url": "javascript:alert(1)"}],
        "is_featured": "yes",
        "colour": "red",
        "discount_percentage": "100.01",
    }
    with pytest.raises(InvalidValues) as refused:
        await create_product(catalogue.database, given=wrong, **ACTING)
    told = {(problem.at, problem.code) for problem in refused.value.problems}
    assert told == {
        ("sku", "REQUIRED"), ("name", "TOO_LONG"), ("price", "INVALID"), ("category_id", "INVALID"),
        ("tags.1", "REQUIRED"), ("images.0.url", "INVALID"), ("is_featured", "INVALID"), ("colour", "UNKNOWN"),
        ("discount_percentage", "OUT_OF_RANGE"),
    }  # fmt: skip


@pytest.mark.parametrize(
    "price", ["-1", "1.999", "100000000", "NaN", "Infinity", "1e999999999", "1e400", "", True]
)
async def test_a_price_is_exact_and_fits(catalogue: Catalogue, price: Any) -> None:
    with pytest.raises(InvalidValues) as refused:
        await catalogue.product(price=price)
    assert {problem.at for problem in refused.value.problems} == {"price"}


async def test_unknown_categories_and_brands_are_refused(catalogue: Catalogue) -> None:
    with pytest.raises(UnknownCategory):
        await catalogue.product(category_id=NOBODY)
    with pytest.raises(UnknownBrand):
        await catalogue.product(brand_id=NOBODY)


async def test_a_slug_is_made_of_the_name_and_kept_apart(catalogue: Catalogue) -> None:
    name = f"Café Crème {catalogue.unique}"
    first = await catalogue.product(name=name)
    second = await catalogue.product(name=name)
    assert first.slug == f"cafe-creme-{catalogue.unique}"
    assert second.slug == f"{first.slug}-{second.sku.lower()}"
    with pytest.raises(SlugTaken) as taken:
        await catalogue.product(slug=first.slug)
    assert taken.value.slug == first.slug


async def test_a_sku_is_one_products_or_one_variants(catalogue: Catalogue) -> None:
    first = await catalogue.product(variants=[{"sku": f"V-{catalogue.unique}", "price": "5"}])
    for sku in (first.sku, f"V-{catalogue.unique}"):
        with pytest.raises(SkuTaken) as taken:
            await catalogue.product(sku=sku)
        assert taken.value.sku == sku
        with pytest.raises(SkuTaken):
            await catalogue.product(variants=[{"sku": sku, "price": "5"}])


async def test_of_many_who_take_a_sku_at_once_one_gets_it(catalogue: Catalogue) -> None:
    sku = f"RACE-{catalogue.unique}"
    # Products and variants apart: what each of the two kinds has, an index of its own keeps apart already.
    others = [{"sku": f"{sku}-{place}", "price": "5"} for place in range(5)]
    as_product = [catalogue.product(sku=sku, variants=[other]) for other in others]
    as_variant = [catalogue.product(variants=[{"sku": sku, "price": "5"}]) for _ in range(5)]
    results = await asyncio.gather(*as_product, *as_variant, return_exceptions=True)
    refused = [result for result in results if isinstance(result, BaseException)]
    assert len(refused) == 9
    assert all(isinstance(error, SkuTaken) for error in refused), refused


async def test_of_two_who_change_the_same_version_one_is_told(catalogue: Catalogue) -> None:
    product = await catalogue.product()
    changes = ({"name": "First"}, {"description": "Second"})
    results = await asyncio.gather(
        *(
            update_product(catalogue.database, product_id=product.id, version=1, changes=change, **ACTING)
            for change in changes
        ),
        return_exceptions=True,
    )
    (refused,) = [result for result in results if isinstance(result, BaseException)]
    assert isinstance(refused, VersionConflict)
    assert refused.current_version == 2
    document = await catalogue.document(product)
    assert (document["name"] == "First") is not (document.get("description") == "Second")
    assert document["version"] == 2


async def test_changes_without_a_version_are_all_kept(catalogue: Catalogue) -> None:
    product = await catalogue.product()
    tags = [f"tag-{number}" for number in range(10)]
    fields = ("description", "short_description", "long_description")
    await asyncio.gather(
        *(
            update_product(
                catalogue.database, product_id=product.id, version=None, changes={field: tag}, **ACTING
            )
            for field, tag in zip(fields, tags, strict=False)
        )
    )
    document = await catalogue.document(product)
    assert [document[field] for field in fields] == tags[:3]
    assert document["version"] == 4
    assert [event["version"] for event in await catalogue.events(product.id)] == [1, 2, 3, 4]


async def test_a_change_that_changes_nothing_is_no_version(catalogue: Catalogue) -> None:
    product = await catalogue.product(description="Good.")
    same = await update_product(
        catalogue.database, product_id=product.id, version=1, changes={"description": " Good. "}, **ACTING
    )
    assert same.version == 1
    assert len(await catalogue.events(product.id)) == 1


async def test_projections_survive_a_change(catalogue: Catalogue) -> None:
    product = await catalogue.product()
    await catalogue.database.database[PRODUCTS].update_one(
        {"sku": product.sku},
        {
            "$set": {
                "variants.0.stock": 7,
                "variants.0.stock_version": 3,
                "rating": {"average": 4.5, "count": 2},
            }
        },
    )
    await update_product(
        catalogue.database, product_id=product.id, version=None, changes={"name": "Other"}, **ACTING
    )
    document = await catalogue.document(product)
    assert (document["stock"], document["in_stock"], document["variants"][0]["stock_version"]) == (7, True, 3)
    assert document["rating"] == {"average": 4.5, "count": 2}


async def test_a_product_is_published_hidden_and_archived(catalogue: Catalogue) -> None:
    product = await catalogue.product()
    assert not await shown(catalogue, product)
    acting = {"database": catalogue.database, "product_id": product.id, **ACTING}
    published = await publish_product(**acting)
    assert (published.status, published.published_at) == ("active", NOW)
    assert await shown(catalogue, product)
    again = await publish_product(**{**acting, "now": NOW + timedelta(days=1)})
    assert (again.version, again.published_at) == (published.version, NOW)
    await unpublish_product(**acting)
    assert not await shown(catalogue, product)
    await publish_product(**acting)
    archived = await archive_product(**acting)
    assert (archived.status, archived.is_published) == ("archived", False)
    assert not await shown(catalogue, product)
    kinds = [event["event_type"] for event in await catalogue.events(product.id)]
    assert kinds == [
        "ProductCreated", "ProductPublished", "ProductUnpublished", "ProductPublished", "ProductArchived",
    ]  # fmt: skip


async def test_a_scheduled_product_shows_itself(catalogue: Catalogue) -> None:
    product = await catalogue.product()
    now = datetime.now(UTC)
    scheduled = await schedule_product(
        catalogue.database,
        product_id=product.id,
        publish_at=now + timedelta(seconds=1.5),
        actor_id=STAFF,
        now=now,
    )
    assert scheduled.is_published
    assert not scheduled.is_visible
    assert not await shown(catalogue, product)
    await asyncio.sleep((now + timedelta(seconds=1.6) - datetime.now(UTC)).total_seconds())
    assert await shown(catalogue, product)
    with pytest.raises(InvalidValues):
        await schedule_product(
            catalogue.database, product_id=product.id, publish_at=NOW - timedelta(days=1), **ACTING
        )


async def test_what_is_visible_is_counted_in_an_index(catalogue: Catalogue) -> None:
    """Schedules cost counts nothing: no product is looked at."""
    for _ in range(20):
        product = await catalogue.product()
        await publish_product(catalogue.database, product_id=product.id, **ACTING)
    visible = visible_at(datetime.now(UTC))
    plan = await catalogue.database.database.command(
        {
            "explain": {"aggregate": PRODUCTS, "pipeline": count(visible), "cursor": {}},
            "verbosity": "executionStats",
        }
    )
    stages = str(plan)
    assert "visible_by_publication" in stages
    found = plan.get("executionStats") or plan["stages"][0]["$cursor"]["executionStats"]
    assert found["nReturned"] >= 20
    assert found["totalDocsExamined"] == 0


async def test_relations_are_set_in_order_and_unset(catalogue: Catalogue) -> None:
    product, *others = [await catalogue.product() for _ in range(4)]
    for other in others:
        await publish_product(catalogue.database, product_id=other.id, **ACTING)

    async def related() -> list[str]:
        found = await ProductLoaders(catalogue.database).related.load((product.id, "up_sell"))
        return [item.id for item in found]

    ids = [other.id for other in others]
    acting = {"database": catalogue.database, "product_id": product.id, "kind": "up_sell", **ACTING}
    for wanted in (ids, ids[::-1], ids[1:], []):
        await set_relations(**acting, related=wanted)
        assert await related() == wanted
    version = (await catalogue.document(product))["version"]
    assert (await set_relations(**acting, related=[])).version == version
    with pytest.raises(UnknownRelatedProduct):
        await set_relations(**acting, related=[ids[0], NOBODY])
    with pytest.raises(InvalidValues):
        await set_relations(**acting, related=[product.id])
    with pytest.raises(UnknownProduct):
        await set_relations(**{**acting, "product_id": NOBODY}, related=ids)


async def test_an_id_in_capitals_is_the_same_product(catalogue: Catalogue) -> None:
    product, other = await catalogue.product(), await catalogue.product()
    acting = {"database": catalogue.database, "product_id": product.id, "kind": "up_sell", **ACTING}
    set_once = await set_relations(**acting, related=[other.id.upper(), other.id])
    assert (await set_relations(**acting, related=[other.id])).version == set_once.version
    with pytest.raises(InvalidValues):
        await set_relations(**acting, related=[product.id.upper()])
    (event,) = [it for it in await catalogue.events(product.id) if it["event_type"] == "ProductRelationsSet"]
    assert event["event_data"]["related"] == [other.id]


async def test_events_and_answers_say_when_a_product_is_published(catalogue: Catalogue) -> None:
    product = await catalogue.product()
    now = NOW.replace(microsecond=123_456)
    published = await publish_product(catalogue.database, product_id=product.id, actor_id=STAFF, now=now)
    assert published.published_at == (await catalogue.document(product))["published_at"]
    *_, event = await catalogue.events(product.id)
    assert event["event_data"]["published_at"] == "2026-03-01T12:00:00.123000+00:00"


async def test_an_older_product_is_shown_and_related_without_its_skus(catalogue: Catalogue) -> None:
    """Products of an earlier release have no list of SKUs, and may share one that it would refuse."""
    product, other = await catalogue.product(), await catalogue.product()
    products = catalogue.database.database[PRODUCTS]
    await products.update_one({"sku": product.sku}, {"$unset": {"skus": ""}})
    await products.update_one({"sku": other.sku}, {"$push": {"skus": product.sku}})
    await publish_product(catalogue.database, product_id=product.id, **ACTING)
    related = await set_relations(
        catalogue.database, product_id=product.id, kind="up_sell", related=[other.id], **ACTING
    )
    assert related.is_published
