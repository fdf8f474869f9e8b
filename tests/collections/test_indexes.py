"""Every index of the base design exists, unique ones refuse duplicates, and each list is read in order off an index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from bson.objectid import ObjectId
from bson.regex import Regex
from pymongo.errors import DuplicateKeyError

from datasources.notifications.documents import COLLECTIONS as NOTIFICATION_COLLECTIONS
from datasources.products.documents import COLLECTIONS as PRODUCT_COLLECTIONS
from tests.collections import examples
from tests.collections.examples import NOTIFICATION_DB, PRODUCT_DB

if TYPE_CHECKING:
    from collections.abc import Sequence

    from motor.motor_asyncio import AsyncIOMotorDatabase

    Database = AsyncIOMotorDatabase[dict[str, Any]]

# Written out from the base design (seed 000), with the names the server gives; True is unique. Its inventory_logs are
# inventory_transactions in InventoryDb.
BASE_INDEXES = [
    ("products", "sku_1", True),
    ("products", "slug_1", True),
    ("products", "name_text_description_text_tags_text", False),
    ("products", "category_id_1", False),
    ("products", "status_1_is_published_1", False),
    ("products", "price_1", False),
    ("products", "created_at_-1", False),
    ("products", "rating.average_-1", False),
    ("categories", "slug_1", True),
    ("categories", "parent_id_1", False),
    ("categories", "path_1", False),
    ("categories", "order_1", False),
    ("product_reviews", "product_id_1_user_id_1", True),
    ("product_reviews", "product_id_1_status_1", False),
    ("product_reviews", "rating_1", False),
    ("product_reviews", "created_at_-1", False),
    ("notifications", "user_id_1_created_at_-1", False),
    ("notifications", "status_1", False),
    ("notifications", "type_1_status_1", False),
    ("notifications", "created_at_-1", False),
    ("notifications", "sent_at_-1", False),
    ("notification_templates", "code_1", True),
    ("notification_templates", "type_1_is_active_1", False),
    ("email_logs", "notification_id_1", False),
    ("email_logs", "user_id_1_created_at_-1", False),
    ("email_logs", "to_1", False),
    ("email_logs", "status_1", False),
    ("email_logs", "created_at_-1", False),
    ("sms_logs", "notification_id_1", False),
    ("sms_logs", "user_id_1_created_at_-1", False),
    ("sms_logs", "to_1", False),
    ("sms_logs", "status_1", False),
    ("sms_logs", "created_at_-1", False),
]

# (collection, fields that may not occur twice together)
UNIQUE = [
    ("products", ["sku"]),
    ("products", ["slug"]),
    ("categories", ["slug"]),
    ("brands", ["name"]),
    ("brands", ["slug"]),
    ("product_attributes", ["name"]),
    ("product_relations", ["product_id", "related_product_id", "relation_type"]),
    ("product_analytics", ["product_id"]),
    ("product_reviews", ["product_id", "user_id"]),
    ("review_votes", ["review_id", "user_id", "kind"]),
    ("consumed_events", ["consumer", "event_id"]),
    ("domain_events", ["_id"]),
    ("notifications", ["idempotency_key"]),
    ("notification_templates", ["code"]),
    ("notification_preferences", ["user_id"]),
    ("email_events", ["provider", "external_event_id"]),
]

VISIBLE = {"status": "active", "is_published": True}
CATEGORY, PRODUCT, USER = ObjectId(), ObjectId(), str(uuid4())

# (collection, filter, sort, the index that must serve both); the sort is asked for in both directions.
LISTS = [
    ("products", VISIBLE, ["created_at", "_id"], "listing_by_age"),
    ("products", VISIBLE, ["price", "_id"], "listing_by_price"),
    ("products", VISIBLE, ["rating.average", "_id"], "listing_by_rating"),
    ("products", VISIBLE, ["name", "_id"], "listing_by_name"),
    ("products", {**VISIBLE, "category_path": CATEGORY}, ["created_at", "_id"], "category_by_age"),
    ("products", {**VISIBLE, "category_path": CATEGORY}, ["price", "_id"], "category_by_price"),
    ("products", {**VISIBLE, "category_path": CATEGORY}, ["rating.average", "_id"], "category_by_rating"),
    ("products", {**VISIBLE, "category_path": CATEGORY}, ["name", "_id"], "category_by_name"),
    ("products", {**VISIBLE, "brand_id": CATEGORY}, ["created_at", "_id"], "brand_by_age"),
    ("products", {**VISIBLE, "brand_id": CATEGORY}, ["price", "_id"], "brand_by_price"),
    ("products", {**VISIBLE, "tags": "audio"}, ["created_at", "_id"], "tag_by_age"),
    ("products", {**VISIBLE, "seller_id": USER}, ["created_at", "_id"], "seller_by_age"),
    ("products", {**VISIBLE, "is_featured": True}, ["created_at", "_id"], "featured_by_age"),
    ("products", {}, ["created_at", "_id"], "all_by_age"),
    ("categories", {"parent_id": CATEGORY}, ["order", "_id"], "children_in_order"),
    ("brands", {"is_active": True}, ["name", "_id"], "active_by_name"),
    ("brands", {}, ["name"], "name_1"),
    ("product_attributes", {"is_filterable": True}, ["display_order", "_id"], "filters_in_order"),
    (
        "product_relations",
        {"product_id": PRODUCT, "relation_type": "related"},
        ["display_order", "_id"],
        "related_in_order",
    ),
    ("product_analytics", {}, ["views", "_id"], "most_viewed"),
    (
        "product_reviews",
        {"product_id": PRODUCT, "status": "approved"},
        ["created_at", "_id"],
        "product_by_age",
    ),
    (
        "product_reviews",
        {"product_id": PRODUCT, "status": "approved"},
        ["helpful_count", "_id"],
        "product_by_helpfulness",
    ),
    (
        "product_reviews",
        {"product_id": PRODUCT, "status": "approved"},
        ["rating", "_id"],
        "product_by_rating",
    ),
    ("product_reviews", {"user_id": USER}, ["created_at", "_id"], "user_by_age"),
    ("product_reviews", {"status": "pending"}, ["created_at", "_id"], "status_by_age"),
    ("product_reviews", {"reported_count": {"$gt": 0}}, ["reported_count", "_id"], "reported"),
    ("domain_events", {"processed": False}, ["sequence"], "unprocessed"),
    ("domain_events", {"aggregate_type": "product", "aggregate_id": "1"}, ["sequence"], "by_aggregate"),
    ("notifications", {"user_id": USER}, ["created_at", "_id"], "user_by_age"),
    ("notifications", {"status": "failed"}, ["created_at", "_id"], "status_by_age"),
    ("notifications", {"channel": "order"}, ["created_at", "_id"], "channel_by_age"),
    (
        "notifications",
        {"notification_type": "order_confirmation"},
        ["created_at", "_id"],
        "notification_type_by_age",
    ),
    (
        "notifications",
        {"status": "queued", "next_retry_at": {"$lte": examples.NOW}},
        ["next_retry_at", "_id"],
        "due",
    ),
    ("email_events", {"notification_id": PRODUCT}, ["created_at", "_id"], "notification_by_age"),
]

# (collection, filter, the index that must serve it)
LOOKUPS = [
    ("products", {"sku": {"$in": ["a", "b"]}}, "sku_1"),
    ("products", {"slug": {"$in": ["a", "b"]}}, "slug_1"),
    ("products", {"variants.sku": "a"}, "variants.sku_1"),
    ("products", {"variants.sku": {"$in": ["a", "b"]}}, "variants.sku_1"),
    ("products", {"variants.id": uuid4()}, "variants.id_1"),
    ("products", {"variants.id": {"$in": [uuid4(), uuid4()]}}, "variants.id_1"),
    ("products", {"attributes": {"$elemMatch": {"name": "Wireless", "value": "Yes"}}}, "by_attribute"),
    (
        "products",
        {"variants.attributes": {"$elemMatch": {"name": "Colour", "value": "Black"}}},
        "by_variant_attribute",
    ),
    (
        "review_votes",
        {"review_id": {"$in": [PRODUCT, CATEGORY]}, "user_id": USER},
        "review_id_1_user_id_1_kind_1",
    ),
    ("products", {"search.terms": {"$in": ["wool", Regex("^woo")]}, **VISIBLE}, "by_search_term"),
    ("products", {"search.terms": None}, "by_search_term"),
    ("search_words", {"grams": {"$in": ["__w", "_wo"]}}, "by_gram"),
    ("product_analytics", {"product_id": {"$in": [PRODUCT, CATEGORY]}}, "product_id_1"),
    ("notifications", {"idempotency_key": "order_confirmed:1"}, "idempotency_key_1"),
    ("email_logs", {"provider": "smtp", "provider_message_id": "1"}, "by_provider_message"),
    ("sms_logs", {"provider": "twilio", "provider_message_id": "1"}, "by_provider_message"),
    ("email_events", {"provider": "sendgrid", "external_event_id": "1"}, "once_per_report"),
]


@pytest.fixture(scope="module")
def databases(product_db: Database, notification_db: Database) -> dict[str, Database]:
    """The database that holds each collection."""
    return dict.fromkeys(NOTIFICATION_DB, notification_db) | dict.fromkeys(PRODUCT_DB, product_db)


@pytest.mark.parametrize(("collection", "name", "unique"), BASE_INDEXES)
async def test_every_index_of_the_base_design_exists(
    collection: str, name: str, unique: bool, databases: dict[str, Database]
) -> None:
    indexes = await databases[collection][collection].index_information()
    assert name in indexes
    assert indexes[name].get("unique", False) is unique


@pytest.mark.parametrize("product_side", [True, False], ids=["ProductDb", "NotificationDb"])
async def test_the_indexes_are_exactly_the_declared_ones(
    product_side: bool, product_db: Database, notification_db: Database
) -> None:
    database, specs = (
        (product_db, PRODUCT_COLLECTIONS) if product_side else (notification_db, NOTIFICATION_COLLECTIONS)
    )
    for spec in specs:
        declared = {model.document["name"] for model in spec.indexes} | {"_id_"}
        assert set(await database[spec.name].index_information()) == declared


@pytest.mark.parametrize(("collection", "fields"), UNIQUE, ids=str)
async def test_a_duplicate_is_refused(
    collection: str, fields: list[str], databases: dict[str, Database]
) -> None:
    example = (PRODUCT_DB | NOTIFICATION_DB)[collection]
    target = databases[collection][collection]
    first = example()
    await target.insert_one(first)
    with pytest.raises(DuplicateKeyError):
        await target.insert_one(example(**{field: first[field] for field in fields}))
    for field in fields if len(fields) > 1 else ():  # all but one alike is no duplicate
        others = {name: first[name] for name in fields if name != field}
        fresh = {"relation_type": "up_sell", "kind": "helpful", "consumer": "another", "provider": "ses"}
        await target.insert_one(example(**others, **({field: fresh[field]} if field in fresh else {})))


@pytest.mark.parametrize("field", ["id", "sku"])
async def test_two_products_cannot_share_a_variant_key(field: str, product_db: Database) -> None:
    first = examples.product()
    await product_db.products.insert_one(first)
    variant = examples.variant(**{field: first["variants"][1][field]})
    with pytest.raises(DuplicateKeyError):
        await product_db.products.insert_one(examples.product(variants=[variant]))


async def test_many_products_may_have_no_variants(product_db: Database) -> None:
    drafts = [examples.product(status="draft", variants=[]) for _ in range(3)]
    await product_db.products.insert_many(drafts)


async def test_many_notifications_may_have_no_idempotency_key(notification_db: Database) -> None:
    for _ in range(3):
        notification = examples.notification()
        del notification["idempotency_key"]
        await notification_db.notifications.insert_one(notification)


@pytest.mark.parametrize("direction", [1, -1])
@pytest.mark.parametrize(
    ("collection", "where", "sort", "index"), LISTS, ids=[f"{entry[0]}-{entry[3]}" for entry in LISTS]
)
async def test_a_list_is_read_in_order_off_its_index(
    collection: str,
    where: dict[str, Any],
    sort: Sequence[str],
    index: str,
    direction: int,
    databases: dict[str, Database],
) -> None:
    cursor = databases[collection][collection].find(where).sort([(field, direction) for field in sort])
    # The hint makes the plan the same whatever the statistics: the index must be able to serve the whole list.
    stages = _stages((await cursor.hint(index).explain())["queryPlanner"]["winningPlan"])
    assert [stage["indexName"] for stage in stages if "indexName" in stage] == [index]
    assert "SORT" not in {stage["stage"] for stage in stages}
    # The server looks once more at what a partial index implies; anything else should be in the index.
    information = await databases[collection][collection].index_information()
    implied = set(information[index].get("partialFilterExpression", {}))
    filters = [stage["filter"] for stage in stages if "filter" in stage]
    assert {field for found in filters for field in found} <= implied


@pytest.mark.parametrize(("collection", "where", "index"), LOOKUPS)
async def test_a_lookup_by_key_uses_its_index(
    collection: str, where: dict[str, Any], index: str, databases: dict[str, Database]
) -> None:
    plan = await databases[collection][collection].find(where).explain()
    stages = _stages(plan["queryPlanner"]["winningPlan"])
    assert {stage["indexName"] for stage in stages if "indexName" in stage} == {index}


async def test_the_text_index_finds_by_name_description_and_tag(product_db: Database) -> None:
    word = f"zephyr{uuid4().hex[:8]}"
    by_name = examples.product(name=f"{word} headphones")
    by_description = examples.product(description=f"Sounds like a {word}.")
    by_tag = examples.product(tags=[word])
    await product_db.products.insert_many([by_description, by_tag, by_name])
    found = (
        await product_db.products.find({"$text": {"$search": word}}, {"score": {"$meta": "textScore"}})
        .sort([("score", {"$meta": "textScore"})])
        .to_list(None)
    )
    assert [document["_id"] for document in found] == [by_name["_id"], by_tag["_id"], by_description["_id"]]


def _stages(plan: dict[str, Any]) -> list[dict[str, Any]]:
    inner = [plan["inputStage"]] if "inputStage" in plan else plan.get("inputStages", [])
    return [plan, *(stage for part in inner for stage in _stages(part))]
