"""An import takes what it can, tells of the rest by its line, and done again it changes nothing."""

from __future__ import annotations

import asyncio
import errno
import io
import itertools
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from motor.motor_asyncio import AsyncIOMotorClient

from datasources.core.documents import DocumentDatabase
from datasources.products.documents import DOMAIN_EVENTS, PRODUCTS
from gateway.product_imports import BATCH, ImportStopped, import_products
from tests.services.shops import NOWHERE_MONGO

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.catalogue.acting import Catalogue

LINES = 10_000
BAD = 4_321


def write(path: Path, lines: Iterable[Any]) -> Path:
    """A file of these lines; what is no text is written as JSON."""
    path.write_text("".join(f"{it if isinstance(it, str) else json.dumps(it)}\n" for it in lines))
    return path


def line(catalogue: Catalogue, number: int, **values: Any) -> dict[str, Any]:
    """A line for a simple product."""
    return {
        "sku": f"I-{catalogue.unique}-{number}",
        "name": f"Import {catalogue.unique} {number}",
        "category": catalogue.leaf.slug,
        "price": "10.00",
        **values,
    }


async def run(catalogue: Catalogue, path: Path, **options: Any) -> tuple[dict[str, int], list[str]]:
    """What an import counts and tells."""
    told: list[str] = []
    summary = await import_products(catalogue.database, path, tell=told.append, **options)
    return {word: count for word, count in summary.counts.items() if count}, told


async def count(catalogue: Catalogue) -> int:
    """How many products were imported."""
    found = await catalogue.database.find(
        PRODUCTS, {"sku": {"$regex": f"^I-{catalogue.unique}-"}}, fields=("_id",)
    )
    return len(found)


async def test_10_000_lines_with_a_bad_one_run_twice_without_duplicates(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    lines: list[Any] = [line(catalogue, number, brand=catalogue.brand.slug) for number in range(1, LINES + 1)]
    lines[BAD - 1]["price"] = "-3"
    path = write(tmp_path / "products.jsonl", lines)
    reason = [f"line {BAD}: price: This should be from 0 to 99999999.99."]
    assert await run(catalogue, path) == ({"created": LINES - 1, "failed": 1}, reason)
    assert await count(catalogue) == LINES - 1
    events = await catalogue.database.aggregate(DOMAIN_EVENTS, [{"$count": "count"}])
    assert await run(catalogue, path) == ({"unchanged": LINES - 1, "failed": 1}, reason)
    assert await count(catalogue) == LINES - 1
    assert await catalogue.database.aggregate(DOMAIN_EVENTS, [{"$count": "count"}]) == events
    lines[BAD - 1]["price"] = "3"
    lines[0]["name"] = "Renamed"
    write(path, lines)
    assert await run(catalogue, path) == ({"created": 1, "updated": 1, "unchanged": LINES - 2}, [])


async def test_each_bad_line_is_told_with_its_reason(catalogue: Catalogue, tmp_path: Path) -> None:
    taken = await catalogue.product(slug=f"taken-{catalogue.unique}")
    several = line(catalogue, 20, variants=[
        {"sku": f"{catalogue.unique}-{size}", "price": 5, "attributes": [{"name": "Size", "value": size}]}
        for size in "SM"
    ])  # fmt: skip
    del several["price"]
    bad = {
        "{not json": "line: This is not JSON",
        '["a list"]': "This should be an object.",
        '{"sku": "x", "price": NaN}': "line: NaN is not JSON.",
        '"' + "x" * 1_100_000 + '"': "line: This is longer than 1,000,000 bytes.",
        "[" * 100_000: "line: This is ",
        '{"sku": "x", "price": 1e99999999999999999999}': "line: A number is too long to be read.",
        '{"sku": "x", "price": ' + "9" * 5_000 + "}": "line: A number is too long to be read.",
        json.dumps(line(catalogue, 1, category="nowhere")): "There is no such category.",
        json.dumps(line(catalogue, 2, brand="nobody")): "There is no such brand.",
        json.dumps(line(catalogue, 3, slug=taken.slug)): f"The slug {taken.slug} belongs to another one.",
        json.dumps(line(catalogue, 4, sku=taken.sku, variants=[])): "",
        json.dumps({"sku": f"I-{catalogue.unique}-5"}): "name: A new product needs this.; category:",
        json.dumps(line(catalogue, 6, colour="red")): "colour: There is no such field.",
        json.dumps(line(catalogue, 7, status="sold")): "status: This should be one of draft",
        json.dumps(line(catalogue, 8, published_at="2026-01-01T00:00:00Z")): "Only a product with the status",
        json.dumps(
            line(catalogue, 9, variants=[{"sku": several["variants"][0]["sku"], "price": 1}])
        ): "Give this for",
        json.dumps(several): "",
        json.dumps({"sku": several["sku"], "price": "1"}): "price: The product has several variants",
    }
    texts = list(bad)
    path = write(tmp_path / "products.jsonl", [*texts, "", line(catalogue, 10)])
    counts, told = await run(catalogue, path)
    expected = {number: reason for number, reason in enumerate(bad.values(), 1) if reason}
    found = dict(it.removeprefix("line ").split(": ", 1) for it in told)
    for number, reason in expected.items():
        assert reason in found.pop(str(number)), number
    # Line 11 is a product that there is, with no variants left; line 17 is a good one.
    assert found == {"11": "variants: A product has at least one active variant."}
    assert counts == {"created": 2, "failed": len(expected) + 1}


async def test_a_bad_line_costs_no_other_of_its_batch(catalogue: Catalogue, tmp_path: Path) -> None:
    """Also where only the server finds out: a SKU of a variant that the line before it has."""
    shared = {"sku": f"S-{catalogue.unique}", "price": "5"}
    lines = [line(catalogue, number) for number in range(1, 41)]
    for number in (10, 30):
        lines[number] = {**lines[number], "variants": [shared]}
        del lines[number]["price"]
    counts, told = await run(catalogue, write(tmp_path / "products.jsonl", lines))
    assert counts == {"created": 39, "failed": 1}
    assert told == [f"line 31: The SKU {shared['sku']} belongs to another product or variant."]


async def test_a_line_that_the_validator_refuses_costs_no_other(catalogue: Catalogue, tmp_path: Path) -> None:
    """Here the server is stricter than readers are, as it is with an older release's commands."""
    lines = [line(catalogue, number) for number in range(1, 11)]
    lines[3]["tags"] = ["forbidden"]
    database = catalogue.database.database
    (options,) = [it["options"] async for it in await database.list_collections(filter={"name": PRODUCTS})]
    stricter = {"$and": [options["validator"], {"tags": {"$ne": "forbidden"}}]}
    await database.command("collMod", PRODUCTS, validator=stricter)
    try:
        path = write(tmp_path / "products.jsonl", lines)
        assert await run(catalogue, path) == (
            {"created": 9, "failed": 1},
            ["line 4: line: The product database does not take this."],
        )
        lines = [{"sku": it["sku"], "tags": [tag]} for it, tag in zip(lines[:3], "ab", strict=False)]
        lines[1]["tags"] = ["forbidden"]
        assert (await run(catalogue, write(path, lines)))[0] == {"updated": 1, "failed": 1}
    finally:
        await database.command("collMod", PRODUCTS, validator=options["validator"])


async def test_a_side_that_is_not_known_may_be_null(catalogue: Catalogue, tmp_path: Path) -> None:
    sides = {"unit": "cm", "length": None, "width": 2}
    path = write(tmp_path / "products.jsonl", [line(catalogue, 1, specifications={"dimensions": sides})])
    assert await run(catalogue, path) == ({"created": 1}, [])


async def test_a_line_that_is_left_out_keeps_no_slug(catalogue: Catalogue, tmp_path: Path) -> None:
    lines = [line(catalogue, number, slug=f"slug-{catalogue.unique}") for number in (1, 2)]
    lines[0]["published_at"] = "2026-01-01T00:00:00Z"
    counts, told = await run(catalogue, write(tmp_path / "products.jsonl", lines))
    assert counts == {"created": 1, "failed": 1}
    assert told[0].startswith("line 1: published_at: ")


async def test_a_file_that_fails_is_gone_on_with_where_nothing_is_done_yet(
    catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "products.jsonl", [line(catalogue, it) for it in range(1, BATCH + 21)])

    reads, content = itertools.count(1), path.read_bytes()

    class Failing(io.BytesIO):
        """A file on a disk that breaks, ten lines after the first batch."""

        def readline(self, size: int | None = -1) -> bytes:
            if next(reads) > BATCH + 10:
                raise OSError(errno.EIO, "Input/output error")
            return super().readline(size)

    with monkeypatch.context() as patch:
        patch.setattr(type(path), "open", lambda *_: Failing(content))
        with pytest.raises(ImportStopped) as stopped:
            await run(catalogue, path)
    assert stopped.value.line == BATCH
    await run(catalogue, path, from_line=stopped.value.line + 1)
    assert await count(catalogue) == BATCH + 20


async def test_a_line_changes_what_it_gives_and_nothing_else(catalogue: Catalogue, tmp_path: Path) -> None:
    path = tmp_path / "products.jsonl"
    image = {"url": "/a.jpg", "alt_text": "Front"}
    more = {"status": "active", "tags": ["a", "b"], "images": [image], "seo": {"meta_title": "T"}}
    first = line(catalogue, 1, description="Good.", **more)
    await run(catalogue, write(path, [first]))
    (before,) = await catalogue.database.find(PRODUCTS, {"sku": first["sku"]})
    assert before["is_published"] is True
    change = {"sku": first["sku"], "price": 12.5, "tags": ["c"]}
    assert await run(catalogue, write(path, [change])) == ({"updated": 1}, [])
    (after,) = await catalogue.database.find(PRODUCTS, {"sku": first["sku"]})
    assert str(after["price"]) == "12.50"
    assert after["tags"] == ["c"]
    assert after["version"] == 2
    same = ("_id", "slug", "description", "images", "seo", "published_at", "category_path", "created_at")
    assert all(before[name] == after[name] for name in same)
    assert before["variants"][0]["id"] == after["variants"][0]["id"]
    assert await run(catalogue, path) == ({"unchanged": 1}, [])
    assert await run(catalogue, write(path, [{"sku": first["sku"], "status": "archived"}])) == (
        {"updated": 1}, [],
    )  # fmt: skip
    (archived,) = await catalogue.database.find(PRODUCTS, {"sku": first["sku"]})
    assert (archived["is_published"], archived["published_at"]) == (False, None)


async def test_of_a_sku_on_two_lines_the_later_one_counts(catalogue: Catalogue, tmp_path: Path) -> None:
    lines = [line(catalogue, 1, price="1"), line(catalogue, 2), line(catalogue, 1, price="2")]
    counts, told = await run(catalogue, write(tmp_path / "products.jsonl", lines))
    assert (counts, told) == ({"created": 2, "updated": 1}, [])
    (found,) = await catalogue.database.find(PRODUCTS, {"sku": lines[0]["sku"]})
    assert str(found["price"]) == "2.00"


async def test_an_interruption_says_where_to_go_on(catalogue: Catalogue, tmp_path: Path) -> None:
    lines = 2 * BATCH + 10
    path = write(tmp_path / "products.jsonl", [line(catalogue, number) for number in range(1, lines + 1)])
    told: list[str] = []
    importing = asyncio.create_task(import_products(catalogue.database, path, tell=told.append))
    while await count(catalogue) < BATCH:  # noqa: ASYNC110  # what happens, happens in the database
        await asyncio.sleep(0.005)
    importing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await importing
    (said,) = told
    found = re.search(r"^Stopped after line (\d+): .* gateway import .* --from-line (\d+)$", said)
    assert found is not None
    done, begin = map(int, found.groups())
    assert done in {
        0,
        BATCH,
        2 * BATCH,
    }  # whole batches; the one under way was undone, or done without word of it
    assert begin == done + 1
    assert await count(catalogue) >= done
    _, reasons = await run(catalogue, path, from_line=begin)
    assert reasons == []
    assert await count(catalogue) == lines


async def test_without_a_database_nothing_is_done_and_that_is_said(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    path = write(tmp_path / "products.jsonl", [line(catalogue, 1)])
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(
        NOWHERE_MONGO, serverSelectionTimeoutMS=200
    )
    nowhere = DocumentDatabase("products", client.get_default_database())
    with pytest.raises(ImportStopped) as stopped:
        await import_products(nowhere, path, tell=lambda _: None)
    client.close()
    assert str(stopped.value).endswith(f"gateway import {path} --from-line 1")
