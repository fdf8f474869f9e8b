"""The validators take a full example of every document and refuse what must never be stored."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from bson.decimal128 import Decimal128
from bson.objectid import ObjectId
from bson.timestamp import Timestamp
from pymongo.errors import WriteError

from datasources.notifications.documents import COLLECTIONS as NOTIFICATION_COLLECTIONS
from datasources.products.documents import COLLECTIONS as PRODUCT_COLLECTIONS
from tests.collections import examples
from tests.collections.examples import NOTIFICATION_DB, PRODUCT_DB, product, variant

if TYPE_CHECKING:
    from motor.motor_asyncio import AsyncIOMotorDatabase

    from datasources.core.collections import CollectionSpec

    Database = AsyncIOMotorDatabase[dict[str, Any]]

DOCUMENT_VALIDATION_FAILURE = 121
MISSING = object()

ALL_SPECS = [
    *(pytest.param(spec, PRODUCT_DB[spec.name], id=f"ProductDb.{spec.name}") for spec in PRODUCT_COLLECTIONS),
    *(
        pytest.param(spec, NOTIFICATION_DB[spec.name], id=f"NotificationDb.{spec.name}")
        for spec in NOTIFICATION_COLLECTIONS
    ),
]

# (collection, the path of the field, the value that must be refused); MISSING takes the field away.
BAD_FIELDS: list[tuple[str, str, Any]] = [
    # Money: never a double or an integer, never negative, infinite or not a number, at most two decimal places.
    ("products", "search", {"terms": ["wool"]}),
    ("products", "search", {"name": [], "tags": [], "terms": [1]}),
    ("search_words", "grams", MISSING),
    ("search_words", "_id", ""),
    ("products", "price", 299.99),
    ("products", "price", 300),
    ("products", "price", "299.99"),
    ("products", "price", Decimal128("-0.01")),
    ("products", "price", Decimal128("NaN")),
    ("products", "price", Decimal128("Infinity")),
    ("products", "price", Decimal128("1.999")),
    ("products", "price", Decimal128("100000000.00")),
    ("products", "price", None),
    ("products", "price", MISSING),
    ("products", "compare_at_price", 349.99),
    ("products", "cost_price", 120.0),
    ("products", "discount_percentage", 14.29),
    ("products", "discount_percentage", Decimal128("100.01")),
    ("products", "currency", "usd"),
    ("products", "currency", "USD\n"),
    ("products", "currency", "US"),
    ("products", "currency", MISSING),
    ("products", "variants.0.price", 299.99),
    ("products", "variants.0.price", MISSING),
    ("products", "variants.0.compare_at_price", 1.5),
    ("products", "variants.0.cost_price", 1.5),
    ("products", "variants.0.weight", 0.254),
    # Identity.
    ("products", "sku", ""),
    ("products", "sku", MISSING),
    ("products", "name", MISSING),
    ("products", "name", "x" * 256),
    ("products", "slug", "wireless headphones"),
    ("products", "slug", "a/b"),
    ("products", "slug", "wireless\n"),
    ("products", "slug", MISSING),
    ("products", "variants.0.id", MISSING),
    ("products", "variants.0.id", "6f1d7f3e-5b0a-4e57-9a35-7a0b1f4f3c11"),
    ("products", "variants.0.sku", MISSING),
    ("products", "category_id", MISSING),
    ("products", "category_id", "electronics"),
    ("products", "category_path", []),
    ("products", "category_path", ["electronics"]),
    ("products", "brand_id", "acme"),
    ("products", "seller_id", "42"),
    ("products", "seller_id", "6F1D7F3E-5B0A-4E57-9A35-7A0B1F4F3C11"),
    ("products", "images.0.url", MISSING),
    ("products", "images.0.url", "h" * 501),
    # State.
    ("products", "status", "deleted"),
    ("products", "status", None),
    ("products", "status", MISSING),
    ("products", "product_type", "subscription"),
    ("products", "is_published", "yes"),
    ("products", "stock", -1),
    ("products", "stock", 1.5),
    ("products", "stock", MISSING),
    ("products", "in_stock", MISSING),
    ("products", "rating.average", 6),
    ("products", "rating.average", -1),
    ("products", "rating.count", -1),
    ("products", "rating", MISSING),
    ("products", "version", 0),
    ("products", "version", MISSING),
    ("products", "tags", "audio"),
    ("products", "attributes.0.value", MISSING),
    ("products", "specifications.dimensions.length", "18.5 cm"),
    ("products", "created_at", "2025-11-02T10:30:00Z"),
    ("products", "created_at", MISSING),
    ("products", "variants", MISSING),
    ("products", "variants", "none"),
    ("products", "variants", []),  # an active product without a variant
    ("categories", "slug", MISSING),
    ("categories", "parent_id", MISSING),
    ("categories", "parent_id", None),  # but a path
    ("categories", "parent_id", ObjectId("654321000000000000000000")),  # not the end of the path
    ("categories", "level", 1),  # but two ancestors
    ("categories", "path", [ObjectId("654321000000000000000000")]),
    ("categories", "path", MISSING),
    ("categories", "is_active", MISSING),
    ("brands", "name", ""),
    ("brands", "slug", MISSING),
    ("brands", "logo_url", 1),
    ("product_attributes", "attribute_type", "colour"),
    ("product_attributes", "values.0.display_value", MISSING),
    ("product_attributes", "values.1.value", "black"),  # twice
    ("product_relations", "relation_type", "bundle"),
    ("product_relations", "related_product_id", MISSING),
    ("product_analytics", "views", -1),
    ("product_analytics", "product_id", MISSING),
    ("product_reviews", "rating", 6),
    ("product_reviews", "rating", 0),
    ("product_reviews", "rating", 4.5),
    ("product_reviews", "rating", MISSING),
    ("product_reviews", "status", "hidden"),
    ("product_reviews", "user_id", MISSING),
    ("product_reviews", "user_id", "user-1"),
    ("product_reviews", "helpful_count", -1),
    ("product_reviews", "response.text", MISSING),
    ("product_reviews", "moderation.moderated_by", "me"),
    ("review_votes", "kind", "unhelpful"),
    ("review_votes", "review_id", MISSING),
    ("domain_events", "_id", "6f1d7f3e-5b0a-4e57-9a35-7a0b1f4f3c11"),
    ("domain_events", "sequence", 1),
    ("domain_events", "sequence", MISSING),
    ("domain_events", "event_data", "{}"),
    ("domain_events", "processed", MISSING),
    ("domain_events", "version", 0),
    ("consumed_events", "consumer", ""),
    ("consumed_events", "event_id", MISSING),
    ("notifications", "type", "fax"),
    ("notifications", "channel", "email"),
    ("notifications", "status", "pending"),
    ("notifications", "status", MISSING),
    ("notifications", "priority", "low-ish"),
    ("notifications", "user_id", MISSING),
    ("notifications", "user_id", "user-1"),
    ("notifications", "attempts", -1),
    ("notifications", "max_attempts", 0),
    ("notifications", "next_retry_at", None),  # while it is queued
    ("notifications", "idempotency_key", None),
    ("notifications", "recipient", "ada@example.com"),
    ("notifications", "created_at", "now"),
    ("notification_templates", "code", MISSING),
    ("notification_templates", "type", "letter"),
    ("notification_templates", "body", ""),
    ("notification_templates", "variables", "number"),
    ("notification_preferences", "user_id", None),
    ("notification_preferences", "email_enabled", 1),
    ("notification_preferences", "security_alerts", MISSING),
    ("email_logs", "to", MISSING),
    ("email_logs", "from", MISSING),
    ("email_logs", "status", "pending"),
    ("email_logs", "attachments.0.size", "20 kB"),
    ("sms_logs", "cost", 0.0079),
    ("sms_logs", "currency", "dollars"),
    ("sms_logs", "segments", 0),
    ("email_events", "event_type", "forwarded"),
    ("email_events", "notification_id", MISSING),
]


@pytest.mark.parametrize(("spec", "example"), ALL_SPECS)
async def test_a_full_example_is_accepted(
    spec: CollectionSpec, example: Any, product_db: Database, notification_db: Database
) -> None:
    database = product_db if spec in PRODUCT_COLLECTIONS else notification_db
    document = example()
    inserted = await database[spec.name].insert_one(document)
    stored = await database[spec.name].find_one({"_id": inserted.inserted_id})
    assert stored is not None
    assert {**stored, "sequence": None} == {**document, "sequence": None}  # the server fills the sequence in


@pytest.mark.parametrize(("spec", "example"), ALL_SPECS)
def test_the_example_has_every_declared_field(spec: CollectionSpec, example: Any) -> None:
    assert set(example()) - {"_id"} == set(_schema(spec)["properties"]) - {"_id"}


@pytest.mark.parametrize(("spec", "example"), ALL_SPECS)
async def test_every_required_field_is_required(
    spec: CollectionSpec, example: Any, product_db: Database, notification_db: Database
) -> None:
    database = product_db if spec in PRODUCT_COLLECTIONS else notification_db
    for field in _schema(spec)["required"]:
        if field == "_id":  # the driver would add one
            continue
        document = example()
        del document[field]
        await _expect_refusal(database, spec.name, document)


@pytest.mark.parametrize(
    ("collection", "path", "value"),
    BAD_FIELDS,
    ids=[
        f"{collection}.{path}={'missing' if value is MISSING else str(value)[:24]!r}"
        for collection, path, value in BAD_FIELDS
    ],
)
async def test_a_bad_field_is_refused(
    collection: str, path: str, value: Any, product_db: Database, notification_db: Database
) -> None:
    database, example = (
        (product_db, PRODUCT_DB[collection])
        if collection in PRODUCT_DB
        else (notification_db, NOTIFICATION_DB[collection])
    )
    await _expect_refusal(database, collection, _changed(example(), path, value))


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"status": "draft", "variants": []}, id="draft without variants"),
        pytest.param({"status": "inactive"}, id="inactive"),
        pytest.param({"status": "archived"}, id="archived"),
        pytest.param({"price": Decimal128("0")}, id="free"),
        pytest.param({"price": Decimal128("99999999.99")}, id="most expensive"),
        pytest.param({"price": Decimal128("1E+3")}, id="exponent"),
        pytest.param({"compare_at_price": None, "brand_id": None, "seo": None}, id="nulls"),
        pytest.param({"rating": {"average": 0, "count": 0}}, id="not rated"),
        pytest.param({"rating": {"average": Decimal128("4.33"), "count": 3}}, id="exact rating"),
        pytest.param({"stock": 2**40}, id="64-bit stock"),
        pytest.param({"slug": "kopfhörer-無線"}, id="slug beyond ASCII"),
        pytest.param({"added_later": 1}, id="unknown field"),
    ],
)
async def test_an_unusual_product_is_accepted(changes: dict[str, Any], product_db: Database) -> None:
    await product_db.products.insert_one(product(**changes))


async def test_absent_optional_fields_are_accepted(product_db: Database, notification_db: Database) -> None:
    for database, specs, makers in (
        (product_db, PRODUCT_COLLECTIONS, PRODUCT_DB),
        (notification_db, NOTIFICATION_COLLECTIONS, NOTIFICATION_DB),
    ):
        for spec in specs:
            required = set(_schema(spec)["required"]) | {"_id"}
            whole = makers[spec.name]()
            await database[spec.name].insert_one(
                {name: value for name, value in whole.items() if name in required}
            )


async def test_a_root_category_has_neither_parent_nor_path(product_db: Database) -> None:
    await product_db.categories.insert_one(examples.category(parent_id=None, level=0, path=[]))


async def test_a_delivered_notification_needs_no_due_time(notification_db: Database) -> None:
    await notification_db.notifications.insert_one(
        examples.notification(status="delivered", next_retry_at=None, user_id=None)
    )


@pytest.mark.parametrize("field", ["id", "sku"])
async def test_two_variants_of_one_product_cannot_share_a_key(field: str, product_db: Database) -> None:
    first = variant()
    second = variant(is_default=False, **{field: first[field]})
    await _expect_refusal(product_db, "products", product(variants=[first, second]))


async def test_a_product_has_at_most_one_default_variant(product_db: Database) -> None:
    await _expect_refusal(product_db, "products", product(variants=[variant(), variant()]))


async def test_a_deleted_product_is_not_published(product_db: Database) -> None:
    await _expect_refusal(product_db, "products", product(deleted_at=examples.NOW))
    await product_db.products.insert_one(product(deleted_at=examples.NOW, is_published=False))


async def test_a_product_is_not_related_to_itself(product_db: Database) -> None:
    same = ObjectId()
    relation = examples.product_relation(product_id=same, related_product_id=same)
    await _expect_refusal(product_db, "product_relations", relation)


async def test_updates_are_validated_too(product_db: Database) -> None:
    inserted = await product_db.products.insert_one(product())
    with pytest.raises(WriteError) as refusal:
        await product_db.products.update_one({"_id": inserted.inserted_id}, {"$set": {"price": 19.99}})
    assert refusal.value.code == DOCUMENT_VALIDATION_FAILURE


async def test_the_outbox_keeps_the_order_of_insertion(product_db: Database) -> None:
    aggregate = str(uuid4())
    events = [examples.domain_event(aggregate_id=aggregate, version=number) for number in range(1, 21)]
    for event in events:
        await product_db.domain_events.insert_one(event)
    stored = (
        await product_db.domain_events.find({"aggregate_id": aggregate, "processed": False})
        .sort("sequence", 1)
        .to_list(None)
    )
    assert [event["version"] for event in stored] == list(range(1, 21))
    sequences = [event["sequence"] for event in stored]
    assert len(set(sequences)) == len(sequences)
    assert Timestamp(0, 0) not in sequences


async def test_an_event_is_written_in_the_transaction_of_its_change(product_db: Database) -> None:
    kept, dropped = product(), product()
    async with await product_db.client.start_session() as session:
        async with session.start_transaction():
            await product_db.products.insert_one(kept, session=session)
            await product_db.domain_events.insert_many(
                [examples.domain_event(aggregate_id=kept["sku"], version=number) for number in (1, 2)],
                session=session,
            )
        async with session.start_transaction():
            await product_db.products.insert_one(dropped, session=session)
            await product_db.domain_events.insert_one(
                examples.domain_event(aggregate_id=dropped["sku"]), session=session
            )
            await session.abort_transaction()
    stored = (
        await product_db.domain_events.find({"aggregate_id": {"$in": [kept["sku"], dropped["sku"]]}})
        .sort("sequence", 1)
        .to_list(None)
    )
    assert [(event["aggregate_id"], event["version"]) for event in stored] == [
        (kept["sku"], 1),
        (kept["sku"], 2),
    ]
    assert stored[0]["sequence"] < stored[1]["sequence"]
    assert await product_db.products.count_documents({"sku": dropped["sku"]}) == 0


@pytest.mark.parametrize(("spec", "example"), ALL_SPECS)
def test_no_amount_of_money_may_be_a_double(spec: CollectionSpec, example: Any) -> None:
    named_for_money = {"price", "cost", "amount", "discount_percentage"}
    for path, schema in _leaves(_schema(spec)):
        name = path.rpartition(".")[2]
        if name in named_for_money or name.endswith(("_price", "_amount")):
            kinds = schema["bsonType"]
            assert "decimal" in kinds, path
            assert not {"double", "number", "int", "long"} & (
                {kinds} if isinstance(kinds, str) else set(kinds)
            ), path


def _schema(spec: CollectionSpec) -> dict[str, Any]:
    clauses: list[dict[str, Any]] = spec.validator.get("$and", [spec.validator])
    schema: dict[str, Any] = next(clause["$jsonSchema"] for clause in clauses if "$jsonSchema" in clause)
    return schema


def _leaves(schema: dict[str, Any], path: str = "") -> list[tuple[str, dict[str, Any]]]:
    inner = [(f"{path}.{name}", part) for name, part in schema.get("properties", {}).items()]
    if "items" in schema:
        inner.append((path, schema["items"]))
    if not inner:
        return [(path, schema)]
    return [leaf for name, part in inner for leaf in _leaves(part, name)]


def _changed(document: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    changed = deepcopy(document)
    *parents, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    holder: Any = changed
    for step in parents:
        holder = holder[step]
    if value is MISSING:
        del holder[last]
    else:
        holder[last] = value
    return changed


async def _expect_refusal(database: Database, collection: str, document: dict[str, Any]) -> None:
    with pytest.raises(WriteError) as refusal:
        await database[collection].insert_one(document)
    assert refusal.value.code == DOCUMENT_VALIDATION_FAILURE
