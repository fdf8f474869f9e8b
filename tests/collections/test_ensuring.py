"""ensure_collections creates, repairs and repeats itself without effect, alone and beside other replicas."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from bson.decimal128 import Decimal128
from pymongo import ASCENDING, TEXT, IndexModel
from pymongo.errors import DuplicateKeyError, OperationFailure, WriteError

from datasources.core.collections import (
    CollectionSpec,
    IndexConflict,
    collections_state,
    ensure_collections,
)
from datasources.core.document_schemas import document, money, text
from datasources.notifications.documents import COLLECTIONS as NOTIFICATION_COLLECTIONS
from datasources.products.documents import COLLECTIONS as PRODUCT_COLLECTIONS
from tests.collections import examples

if TYPE_CHECKING:
    from motor.motor_asyncio import AsyncIOMotorDatabase

    Database = AsyncIOMotorDatabase[dict[str, Any]]

REPLICAS = 8

THINGS = CollectionSpec(
    name="things",
    validator={"$jsonSchema": document(required=["name"], name=text())},
    indexes=(IndexModel([("name", ASCENDING)], unique=True), IndexModel([("note", TEXT)])),
)


@pytest.mark.parametrize(
    "specs", [PRODUCT_COLLECTIONS, NOTIFICATION_COLLECTIONS], ids=["ProductDb", "NotificationDb"]
)
async def test_the_first_run_creates_all_and_the_second_changes_nothing(
    specs: tuple[CollectionSpec, ...], empty_database: Database
) -> None:
    first: list[str] = []
    second: list[str] = []
    await ensure_collections(empty_database, specs, report=first.append)
    assert (await collections_state(empty_database, specs)).complete
    before = await _everything(empty_database)

    await ensure_collections(empty_database, specs, report=second.append)

    assert {line.split(":")[0] for line in first} == {f"{empty_database.name}.{spec.name}" for spec in specs}
    assert second == []
    assert await _everything(empty_database) == before
    assert set(before) == {spec.name for spec in specs}


async def test_replicas_that_start_at_once_all_succeed(empty_database: Database) -> None:
    lines: list[str] = []
    await asyncio.gather(
        *(
            ensure_collections(empty_database, PRODUCT_COLLECTIONS, report=lines.append)
            for _ in range(REPLICAS)
        )
    )
    assert (await collections_state(empty_database, PRODUCT_COLLECTIONS)).complete
    created = [line for line in lines if line.endswith(": created")]
    assert len(created) == len(set(created)) == len(PRODUCT_COLLECTIONS)


async def test_replicas_repair_validators_at_once(empty_database: Database) -> None:
    await ensure_collections(empty_database, PRODUCT_COLLECTIONS)
    for spec in PRODUCT_COLLECTIONS:
        await empty_database.command({"collMod": spec.name, "validator": {}})
    assert (await collections_state(empty_database, PRODUCT_COLLECTIONS)).different_validators == tuple(
        spec.name for spec in PRODUCT_COLLECTIONS
    )
    await asyncio.gather(*(ensure_collections(empty_database, PRODUCT_COLLECTIONS) for _ in range(REPLICAS)))
    assert (await collections_state(empty_database, PRODUCT_COLLECTIONS)).complete


async def test_a_collection_that_was_there_before_is_brought_up(empty_database: Database) -> None:
    kept = examples.product()
    await empty_database.products.insert_one(kept)  # creates a collection without validator or index
    state = await collections_state(empty_database, PRODUCT_COLLECTIONS)
    assert state.different_validators == ("products",)
    assert ("products", "sku_1") in state.missing_indexes
    assert "categories" in state.missing_collections
    assert "products" not in state.missing_collections

    await ensure_collections(empty_database, PRODUCT_COLLECTIONS)

    assert await empty_database.products.count_documents({"sku": kept["sku"]}) == 1
    with pytest.raises(WriteError):
        await empty_database.products.insert_one(examples.product(price=1.5))


async def test_a_changed_validator_replaces_the_old_one(empty_database: Database) -> None:
    await ensure_collections(empty_database, [THINGS])
    stricter = replace(
        THINGS, validator={"$jsonSchema": document(required=["name", "price"], name=text(), price=money())}
    )
    lines: list[str] = []
    await ensure_collections(empty_database, [stricter], report=lines.append)
    assert lines == [f"{empty_database.name}.things: replaced the validator"]
    with pytest.raises(WriteError):
        await empty_database.things.insert_one({"name": "a"})
    await empty_database.things.insert_one({"name": "a", "price": Decimal128("1.50")})


async def test_validation_that_was_relaxed_by_hand_is_strict_again(empty_database: Database) -> None:
    await ensure_collections(empty_database, [THINGS])
    await empty_database.command({"collMod": "things", "validationAction": "warn"})
    assert (await collections_state(empty_database, [THINGS])).different_validators == ("things",)
    await ensure_collections(empty_database, [THINGS])
    with pytest.raises(WriteError):
        await empty_database.things.insert_one({})


async def test_a_dropped_index_comes_back_and_others_stay(empty_database: Database) -> None:
    await ensure_collections(empty_database, [THINGS])
    await empty_database.things.drop_index("name_1")
    await empty_database.things.create_index("of_an_operator")
    assert (await collections_state(empty_database, [THINGS])).missing_indexes == (("things", "name_1"),)
    lines: list[str] = []
    await ensure_collections(empty_database, [THINGS], report=lines.append)
    assert lines == [f"{empty_database.name}.things: built 1 index"]
    assert set(await empty_database.things.index_information()) == {
        "_id_",
        "name_1",
        "note_text",
        "of_an_operator_1",
    }


@pytest.mark.parametrize(
    "index",
    [
        pytest.param(IndexModel([("name", ASCENDING)]), id="no longer unique"),
        pytest.param(IndexModel([("name", ASCENDING)], unique=True, sparse=True), id="sparse"),
        pytest.param(IndexModel([("other", ASCENDING)], name="name_1", unique=True), id="other keys"),
        pytest.param(IndexModel([("note", TEXT)], weights={"note": 3}), id="other weights"),
    ],
)
async def test_an_index_defined_otherwise_is_named_and_kept(
    index: IndexModel, empty_database: Database
) -> None:
    await ensure_collections(empty_database, [THINGS])
    before = await _everything(empty_database)
    changed = replace(THINGS, indexes=(index,))

    with pytest.raises(IndexConflict) as conflict:
        await ensure_collections(empty_database, [changed])

    assert conflict.value.collection == "things"
    assert (await collections_state(empty_database, [changed])).different_indexes == (
        ("things", index.document["name"]),
    )
    assert await _everything(empty_database) == before


async def test_documents_that_break_a_new_unique_index_stop_it(empty_database: Database) -> None:
    await empty_database.things.insert_many([{"name": "same"}, {"name": "same"}])
    with pytest.raises(DuplicateKeyError):
        await ensure_collections(empty_database, [THINGS])
    assert await empty_database.things.count_documents({}) == 2


async def test_a_command_the_server_refuses_is_not_tried_again(empty_database: Database) -> None:
    broken = replace(THINGS, validator={"$jsonSchema": {"bsonType": "money"}})
    with pytest.raises(OperationFailure, match="Unknown type name alias"):
        await asyncio.wait_for(ensure_collections(empty_database, [broken]), timeout=5)


async def _everything(database: Database) -> dict[str, Any]:
    """Every collection with its identity, options and indexes."""
    found = {}
    async for collection in await database.list_collections():
        indexes = await database[collection["name"]].list_indexes().to_list(None)
        found[collection["name"]] = (collection["info"], collection["options"], indexes)
    return found
