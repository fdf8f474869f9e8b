"""Staff keep the catalogue over HTTP; shoppers see what was published, and are refused the rest."""

from __future__ import annotations

import asyncio
import json
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from gateway.settings import URL_VARIABLES
from resolvers.relay import global_id
from tests.cli.commands import invoke
from tests.people import codes, do

if TYPE_CHECKING:
    from pathlib import Path

    from datasources.core.connections import DatabaseUrls
    from tests.client import GraphQLClient

UNIQUE = uuid4().hex[:8]
NOBODY = "f" * 24
_numbers = count(1)

PRODUCT = """
product {
  id version sku slug status isPublished price { amount currencyCode } tags
  options { name values } variants { id sku name price { amount } } category { name } brand { name }
}
"""
BY_SLUG = "query ($slug: String!) { product(slug: $slug) { name related { sku } } }"


async def staff(client: GraphQLClient, mutation: str, given: Any, select: str = "") -> Any:
    """The payload of a mutation by a manager, which must have done its work."""
    payload = await do(client, mutation, given, select, as_="manager")
    assert payload["userErrors"] == []
    return payload


async def category(client: GraphQLClient, parent: str | None = None) -> dict[str, Any]:
    """A new category."""
    given = {"name": f"Shelf {UNIQUE} {next(_numbers)}", "parentId": parent}
    payload = await staff(client, "createCategory", given, "category { id version slug level }")
    found: dict[str, Any] = payload["category"]
    return found


async def product(client: GraphQLClient, **values: Any) -> dict[str, Any]:
    """A new product with two variants."""
    number = next(_numbers)
    given = {
        "sku": f"P-{UNIQUE}-{number}",
        "name": f"Shirt {UNIQUE} {number}",
        "variants": [
            {
                "sku": f"P-{UNIQUE}-{number}-{size}",
                "price": price,
                "attributes": [{"name": "Size", "value": size}],
            }
            for size, price in (("S", "19.90"), ("M", "21.00"))
        ],
        **values,
    }
    if "categoryId" not in given:
        given["categoryId"] = (await category(client))["id"]
    found: dict[str, Any] = (await staff(client, "createProduct", given, PRODUCT))["product"]
    return found


async def test_a_product_from_draft_to_archive(client: GraphQLClient) -> None:
    made = await product(client)
    assert (made["status"], made["isPublished"], made["version"]) == ("DRAFT", False, 1)
    assert made["price"] == {"amount": "19.90", "currencyCode": "USD"}
    assert made["options"] == [{"name": "Size", "values": ["S", "M"]}]

    async def seen() -> bool:
        return (await client.data(BY_SLUG, {"slug": made["slug"]}))["product"] is not None

    assert not await seen()
    given = {"productId": made["id"]}
    for mutation, visible in (
        ("publishProduct", True),
        ("unpublishProduct", False),
        ("publishProduct", True),
        ("archiveProduct", False),
    ):
        await staff(client, mutation, given, PRODUCT)
        assert await seen() is visible
    later = {**given, "publishAt": "2999-01-01T00:00:00Z"}
    scheduled = await staff(client, "scheduleProduct", later, "product { status publishedAt }")
    assert scheduled["product"] == {"status": "ACTIVE", "publishedAt": "2999-01-01T00:00:00Z"}
    assert not await seen()
    assert (await client.ask(BY_SLUG, {"slug": made["slug"]}, as_="manager")).data["product"] is not None
    earlier = {**given, "publishAt": "2001-01-01T00:00:00Z"}
    refused = await do(client, "scheduleProduct", earlier, as_="manager")
    assert [(it["code"], it["field"]) for it in refused["userErrors"]] == [("INVALID", ["publishAt"])]


async def test_a_change_names_the_version_that_it_is_of(client: GraphQLClient) -> None:
    made = await product(client)
    given = {"productId": made["id"], "version": 1, "tags": ["cotton"], "description": "Soft."}
    changed = (await staff(client, "updateProduct", given, PRODUCT))["product"]
    assert (changed["version"], changed["tags"]) == (2, ["cotton"])
    query = """
    mutation ($input: UpdateProductInput!) {
      updateProduct(input: $input) {
        product { id } userErrors { ... on VersionConflictError { code field currentVersion } }
      }
    }
    """
    answer = await client.data(query, {"input": {**given, "description": None}}, as_="manager")
    assert answer["updateProduct"] == {
        "product": None,
        "userErrors": [{"code": "VERSION_CONFLICT", "field": ["version"], "currentVersion": 2}],
    }


async def test_variants_come_change_and_go(client: GraphQLClient) -> None:
    made = await product(client)
    sku = f"L-{UNIQUE}-{next(_numbers)}"
    large = {"sku": sku, "price": "5.00", "attributes": [{"name": "Size", "value": "L"}]}
    added = await staff(
        client,
        "addProductVariant",
        {"productId": made["id"], "variant": large},
        f"variant {{ id sku }} {PRODUCT}",
    )
    assert added["variant"]["sku"] == sku
    assert added["product"]["price"]["amount"] == "5.00"
    variant = added["variant"]["id"]
    change = {"variantId": variant, "version": 2, "price": "50.00", "name": "Large"}
    changed = await staff(client, "updateProductVariant", change, f"variant {{ name }} {PRODUCT}")
    assert changed["variant"] == {"name": "Large"}
    assert changed["product"]["price"]["amount"] == "19.90"
    removed = await staff(
        client, "removeProductVariant", {"variantId": variant}, f"removedVariantId {PRODUCT}"
    )
    assert removed["removedVariantId"] == variant
    assert len(removed["product"]["variants"]) == 2


WRONG: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"name": " "}, [("REQUIRED", "name")]),
    ({"name": "a\0b"}, [("INVALID_CHARACTERS", "name")]),
    ({"name": "\u202eadA"}, [("INVALID_CHARACTERS", "name")]),
    ({"sku": "x" * 101}, [("TOO_LONG", "sku")]),
    ({"slug": "a b"}, [("INVALID", "slug")]),
    ({"isFeatured": None}, [("INVALID", "isFeatured")]),
    ({"seo": {"title": "x" * 256}}, [("TOO_LONG", "seo.title")]),
    ({"images": [{"url": "/a"}, {"url": ""}]}, [("REQUIRED", "images.1.url")]),
    (
        {"variants": [{"sku": "", "price": "-1"}]},
        [("OUT_OF_RANGE", "variants.0.price"), ("REQUIRED", "variants.0.sku")],
    ),
    ({"variants": []}, [("REQUIRED", "price")]),
    (
        {"variants": [{"sku": "v", "price": "2", "compareAtPrice": "1"}]},
        [("INVALID", "variants.0.compareAtPrice")],
    ),
]


@pytest.mark.parametrize(("wrong", "expected"), WRONG)
async def test_what_cannot_be_taken_names_its_field(
    client: GraphQLClient, wrong: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    right = {"sku": "s", "name": "n", "categoryId": global_id("Category", NOBODY)}
    given = {**right, "variants": [{"sku": "v", "price": "1"}], **wrong}
    for _ in range(2):  # by graphql-core, and compiled
        payload = await do(client, "createProduct", given, "product { id }", as_="manager")
        assert payload["product"] is None
        told = sorted((it["code"], ".".join(it["field"])) for it in payload["userErrors"])
        assert told == expected


async def test_taken_and_unknown_things_are_told_as_data(client: GraphQLClient) -> None:
    made = await product(client)
    other = await product(client)
    nothing = global_id("Product", NOBODY)

    async def refused(mutation: str, **given: Any) -> list[tuple[str, list[str] | None]]:
        payload = await do(client, mutation, given, as_="manager")
        return [(it["code"], it["field"]) for it in payload["userErrors"]]

    new = {"name": "n", "price": "1", "categoryId": (await category(client))["id"]}
    update = {"productId": made["id"], "version": 1}
    assert await refused("createProduct", **new, sku=made["sku"]) == [("SKU_TAKEN", ["sku"])]
    assert await refused("createProduct", **new, sku=made["variants"][0]["sku"]) == [("SKU_TAKEN", ["sku"])]
    assert await refused("updateProduct", **update, slug=other["slug"]) == [("SLUG_TAKEN", ["slug"])]
    assert await refused("updateProduct", **update, categoryId=global_id("Category", NOBODY)) == [
        ("CATEGORY_NOT_FOUND", ["categoryId"])
    ]
    assert await refused("updateProduct", **update, brandId=global_id("Brand", NOBODY)) == [
        ("BRAND_NOT_FOUND", ["brandId"])
    ]
    for mutation in ("publishProduct", "unpublishProduct", "archiveProduct"):
        assert await refused(mutation, productId=nothing) == [("PRODUCT_NOT_FOUND", ["productId"])]
    relation = {"productId": made["id"], "kind": "RELATED"}
    assert await refused("setProductRelations", **relation, relatedProductIds=[nothing]) == [
        ("RELATED_PRODUCT_NOT_FOUND", ["relatedProductIds"])
    ]
    assert await refused("setProductRelations", **relation, relatedProductIds=[made["id"]]) == [
        ("INVALID", ["relatedProductIds"])
    ]
    for variant in made["variants"][:1]:
        await staff(client, "removeProductVariant", {"variantId": variant["id"]}, "removedVariantId")
    assert await refused("removeProductVariant", variantId=made["variants"][1]["id"]) == [
        ("LAST_VARIANT", None)
    ]
    assert await refused("removeProductVariant", variantId=made["variants"][0]["id"]) == [
        ("VARIANT_NOT_FOUND", ["variantId"])
    ]


async def test_relations_are_what_shoppers_see(client: GraphQLClient) -> None:
    made, other = await product(client), await product(client)
    for it in (made, other):
        await staff(client, "publishProduct", {"productId": it["id"]}, "product { id }")
    given = {"productId": made["id"], "kind": "CROSS_SELL", "relatedProductIds": [other["id"]]}
    await staff(client, "setProductRelations", given, "product { id }")
    seen = (await client.data(BY_SLUG, {"slug": made["slug"]}))["product"]
    assert seen["related"] == [{"sku": other["sku"]}]
    await staff(client, "setProductRelations", {**given, "relatedProductIds": []}, "product { id }")
    assert (await client.data(BY_SLUG, {"slug": made["slug"]}))["product"]["related"] == []


async def test_a_subtree_is_moved_and_products_are_found_where_it_is(client: GraphQLClient) -> None:
    top, other = await category(client), await category(client)
    leaf = await category(client, top["id"])
    made = await product(client, categoryId=leaf["id"])
    await staff(client, "publishProduct", {"productId": made["id"]}, "product { id }")
    query = "query ($id: ID!) { category(id: $id) { children { id } products(first: 5) { nodes { id } totalCount } } }"

    async def contents(shelf: str) -> Any:
        return (await client.data(query, {"id": shelf}))["category"]

    full = {"children": [{"id": leaf["id"]}], "products": {"nodes": [{"id": made["id"]}], "totalCount": 1}}
    empty: dict[str, Any] = {"children": [], "products": {"nodes": [], "totalCount": 0}}
    assert (await contents(top["id"]), await contents(other["id"])) == (full, empty)
    given = {"categoryId": leaf["id"], "parentId": other["id"]}
    moved = await staff(client, "moveCategory", given, "category { level parent { id } ancestors { id } }")
    assert moved["category"] == {
        "level": 1,
        "parent": {"id": other["id"]},
        "ancestors": [{"id": other["id"]}],
    }
    assert (await contents(top["id"]), await contents(other["id"])) == (empty, full)
    cycle = await do(
        client, "moveCategory", {"categoryId": other["id"], "parentId": leaf["id"]}, as_="manager"
    )
    assert codes(cycle) == ["CATEGORY_CYCLE"]
    used = await do(client, "deleteCategory", {"categoryId": other["id"]}, as_="manager")
    assert codes(used) == ["CATEGORY_IN_USE"]
    gone = await staff(client, "deleteCategory", {"categoryId": top["id"]}, "deletedCategoryId")
    assert gone["deletedCategoryId"] == top["id"]
    assert (await client.data("query ($id: ID!) { category(id: $id) { id } }", {"id": top["id"]}))[
        "category"
    ] is None


async def test_brands_and_attributes_are_kept(client: GraphQLClient) -> None:
    name = f"Maker {UNIQUE}"
    brand = (await staff(client, "createBrand", {"name": name}, "brand { id version slug }"))["brand"]
    assert codes(await do(client, "createBrand", {"name": name}, as_="manager")) == ["NAME_TAKEN"]
    change = {"brandId": brand["id"], "version": 1, "description": "Makes things."}
    changed = await staff(client, "updateBrand", change, "brand { description version }")
    assert changed["brand"] == {"description": "Makes things.", "version": 2}
    assert codes(await do(client, "updateBrand", change, as_="manager")) == ["VERSION_CONFLICT"]
    made = await product(client, brandId=brand["id"])
    assert made["brand"] == {"name": name}
    assert codes(await do(client, "deleteBrand", {"brandId": brand["id"]}, as_="manager")) == ["BRAND_IN_USE"]

    fields = "attribute { id name displayName type isFilterable values { value displayValue } version }"
    given = {"name": f"fit-{UNIQUE}", "type": "SELECT", "isFilterable": True, "values": [{"value": "slim"}]}
    defined = (await staff(client, "createAttributeDefinition", given, fields))["attribute"]
    assert defined["values"] == [{"value": "slim", "displayValue": "slim"}]
    looked_for = await client.ask("query ($id: ID!) { node(id: $id) { id } }", {"id": defined["id"]})
    assert looked_for.codes() == {"INVALID_ID"}
    change = {"attributeId": defined["id"], "version": 1, "displayName": "Fit"}
    assert (await staff(client, "updateAttributeDefinition", change, fields))["attribute"]["version"] == 2
    query = "{ attributeDefinitions { id displayName } }"
    assert {"id": defined["id"], "displayName": "Fit"} in (await client.data(query))["attributeDefinitions"]
    gone = {"attributeId": defined["id"]}
    await staff(client, "deleteAttributeDefinition", gone, "deletedAttributeId")
    assert codes(await do(client, "deleteAttributeDefinition", gone, as_="manager")) == [
        "ATTRIBUTE_NOT_FOUND"
    ]


async def test_the_command_imports_and_its_exit_code_tells(
    client: GraphQLClient, urls: DatabaseUrls, tmp_path: Path
) -> None:
    shelf = await category(client)
    good = {
        "sku": f"C-{UNIQUE}",
        "name": "Imported",
        "category": shelf["slug"],
        "price": "3.50",
        "status": "active",
    }
    path = tmp_path / "products.jsonl"
    path.write_text(json.dumps(good) + "\n")
    environ = {variable: getattr(urls, name) for name, (variable, _) in URL_VARIABLES.items()}
    environ["GATEWAY_JWT_SECRET"] = "x" * 32

    def run() -> tuple[int, str]:
        result = invoke("import", str(path), environ=environ)
        return result.exit_code, result.stderr.splitlines()[-1]

    assert await asyncio.to_thread(run) == (0, f"{path}: 1 created, 0 updated, 0 unchanged, 0 failed.")
    by_sku = "query ($sku: String!) { product(sku: $sku) { name price { amount } } }"
    found = await client.data(by_sku, {"sku": good["sku"]})
    assert found["product"] == {"name": "Imported", "price": {"amount": "3.50"}}
    path.write_text(json.dumps(good) + "\nnot json\n")
    assert await asyncio.to_thread(run) == (1, f"{path}: 0 created, 0 updated, 1 unchanged, 1 failed.")
