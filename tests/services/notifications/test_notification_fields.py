"""Notifications in the schema: all that is told of one, and to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from bson.objectid import ObjectId

from datasources.loaders import Loaders
from gateway.schema import build_schema
from resolvers.context import Context
from resolvers.permissions import GUEST, Role, Viewer, viewer
from resolvers.relay import global_id
from tests.services.notifications.messages import NOON, message

if TYPE_CHECKING:
    from strawberry import Schema

    from datasources.core.connections import Connections

NODE = """query ($id: ID!) { node(id: $id) { __typename ... on Notification {
  type channel kind subject message status priority createdAt sentAt deliveredAt openedAt failedAt
} } }"""


@pytest.fixture(scope="session")
def schema() -> Schema:
    """The schema of the whole shop."""
    return build_schema()


async def node(schema: Schema, shop: Connections, key: str, *, as_: Viewer) -> Any:
    context = Context(viewer=as_, loaders=Loaders(shop), connections=shop, cart_token=None)
    result = await schema.execute(
        NODE, variable_values={"id": global_id("Notification", key)}, context_value=context
    )
    assert result.errors is None, result.errors
    assert result.data is not None
    return result.data["node"]


async def keep(shop: Connections, user: UUID | None, **changes: Any) -> str:
    key = ObjectId()
    await shop.notifications.database["notifications"].insert_one(message(user, _id=key, **changes))
    return str(key)


async def test_what_is_told_of_a_notification(schema: Schema, shop: Connections) -> None:
    user = uuid4()
    key = await keep(shop, user, status="bounced", sent_at=NOON)
    assert await node(schema, shop, key, as_=viewer(user, [Role.CUSTOMER])) == {
        "__typename": "Notification",
        "type": "EMAIL",
        "channel": "ORDER",
        "kind": "order_confirmation",
        "subject": "Your order",
        "message": "Thank you.",
        "status": "BOUNCED",
        "priority": "NORMAL",
        "createdAt": "2026-01-31T12:00:00Z",
        "sentAt": "2026-01-31T12:00:00Z",
        "deliveredAt": None,
        "openedAt": None,
        "failedAt": None,
    }


async def test_staff_see_every_notification(schema: Schema, shop: Connections) -> None:
    manager = viewer(uuid4(), [Role.MANAGER])
    for owner in (uuid4(), None):
        assert await node(schema, shop, await keep(shop, owner), as_=manager) is not None


async def test_strangers_see_none(schema: Schema, shop: Connections) -> None:
    for owner in (uuid4(), None):
        key = await keep(shop, owner)
        for stranger in (GUEST, viewer(uuid4(), [Role.CUSTOMER])):
            assert await node(schema, shop, key, as_=stranger) is None


async def test_no_notification_has_a_malformed_key(schema: Schema, shop: Connections) -> None:
    assert await node(schema, shop, "not-an-object-id", as_=viewer(uuid4(), [Role.ADMIN])) is None
