"""Notifications and preferences, read from MongoDB."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
from bson.objectid import ObjectId

from datasources.core.calls import record_calls
from datasources.core.document_listings import windows
from datasources.core.errors import InvalidCursor
from datasources.core.paging import Slice, Window
from datasources.loaders import Loaders
from datasources.notifications.conversions import NOTIFICATIONS_OF_USER
from datasources.notifications.records import NotificationFilter
from tests.services.notifications.messages import NOON, message

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from datasources.core.connections import Connections
    from datasources.core.paging import Page
    from datasources.notifications.loaders import NotificationLoaders
    from datasources.notifications.records import Notification

EVERY = NotificationFilter()


@pytest.fixture
def notifications(shop: Connections) -> NotificationLoaders:
    """A new request's loaders."""
    return Loaders(shop).notifications


@pytest.fixture
async def user(shop: Connections) -> AsyncIterator[UUID]:
    """A user with nine notifications, three each minute; the later the higher the number that is its message."""
    user = uuid4()
    await shop.notifications.database["notifications"].insert_many(
        [
            message(
                user,
                message=str(number),
                created_at=NOON + timedelta(minutes=number // 3),
                channel="order" if number % 2 else "marketing",
                status="failed" if number == 5 else "delivered",
            )
            for number in range(9)
        ]
    )
    yield user
    await shop.notifications.database["notifications"].delete_many({"user_id": str(user)})


def texts(page: Page[Notification]) -> str:
    return "".join(found.message for found in page.items)


async def test_a_notification(shop: Connections, notifications: NotificationLoaders) -> None:
    times = {
        f"{name}_at": NOON + timedelta(seconds=second)
        for second, name in enumerate(["sent", "delivered", "opened"], start=1)
    }
    user = uuid4()
    key = ObjectId()
    await shop.notifications.database["notifications"].insert_one(message(user, _id=key, **times))
    found = await notifications.by_id.load(str(key))
    assert found is not None
    assert (found.id, found.user_id) == (str(key), user)
    assert (found.type, found.channel, found.kind) == ("email", "order", "order_confirmation")
    assert (found.subject, found.message) == ("Your order", "Thank you.")
    assert (found.status, found.priority, found.created_at) == ("delivered", "normal", NOON)
    assert (found.sent_at, found.delivered_at, found.opened_at) == tuple(times.values())
    assert found.failed_at is None
    assert "provider" not in repr(found)


async def test_a_guests_notification_is_nobodys(
    shop: Connections, notifications: NotificationLoaders
) -> None:
    key = ObjectId()
    await shop.notifications.database["notifications"].insert_one(message(None, _id=key))
    found = await notifications.by_id.load(str(key))
    assert found is not None
    assert found.user_id is None


@pytest.mark.parametrize("key", ["", "not an id", "6b002b85cfd92a1268077ac", "6b002b85cfd92a1268077ac5"])
async def test_unknown_keys_find_nothing(notifications: NotificationLoaders, key: str) -> None:
    assert await notifications.by_id.load(key) is None


async def test_a_users_notifications_newest_first(notifications: NotificationLoaders, user: UUID) -> None:
    page = await notifications.by_user.load(Slice(parent=user, filter=EVERY, window=Window(size=100)))
    assert texts(page) == "876543210"
    assert not page.has_next_page
    assert not page.has_previous_page


@pytest.mark.parametrize(
    ("backwards", "windows"), [(False, ["8765", "4321", "0"]), (True, ["3210", "7654", "8"])]
)
async def test_windows_lose_nothing_where_times_are_equal(
    shop: Connections, user: UUID, backwards: bool, windows: list[str]
) -> None:
    found, cursor = [], None
    for _ in windows:
        loaders = Loaders(shop).notifications
        window = Window(size=4, cursor=cursor, backwards=backwards)
        page = await loaders.by_user.load(Slice(parent=user, filter=EVERY, window=window))
        found.append(texts(page))
        cursor = page.start_cursor if backwards else page.end_cursor
    assert found == windows
    assert not (page.has_previous_page if backwards else page.has_next_page)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (NotificationFilter(channels=("order",)), "7531"),
        (NotificationFilter(statuses=("failed",)), "5"),
        (NotificationFilter(statuses=("failed", "delivered")), "876543210"),
        (NotificationFilter(channels=("marketing",), statuses=("failed",)), ""),
        (NotificationFilter(channels=()), ""),
    ],
)
async def test_filters_narrow_the_list_and_its_count(
    notifications: NotificationLoaders, user: UUID, wanted: NotificationFilter, expected: str
) -> None:
    page = await notifications.by_user.load(Slice(parent=user, filter=wanted, window=Window()))
    assert texts(page) == expected
    assert await notifications.count_by_user.load((user, wanted)) == len(expected)


async def test_many_users_take_one_call(shop: Connections, user: UUID) -> None:
    users = [uuid4(), user, *(uuid4() for _ in range(50))]
    loaders = Loaders(shop).notifications
    with record_calls() as log:
        pages = await loaders.by_user.load_many(
            [Slice(parent=each, filter=EVERY, window=Window(size=2)) for each in users]
        )
        counts = await loaders.count_by_user.load_many([(each, EVERY) for each in users])
    assert [texts(page) for page in pages[:3]] == ["", "87", ""]
    assert counts[:3] == [0, 9, 0]
    assert log.by_service() == {"notifications": 2}


async def test_a_deep_window_reads_only_itself(shop: Connections) -> None:
    """The index leads to the cursor: what comes before is not read."""
    user, depth = uuid4(), 200
    collection = shop.notifications.database["notifications"]
    await collection.insert_many(
        [message(user, created_at=NOON + timedelta(seconds=number)) for number in range(depth + 20)]
    )
    loaders = Loaders(shop).notifications
    cursor: str | None = None
    for _ in range(2):
        window = Window(size=depth // 2, cursor=cursor)
        cursor = (await loaders.by_user.load(Slice(parent=user, filter=EVERY, window=window))).end_cursor
    plan = await shop.notifications.database.command(
        "explain",
        {
            "aggregate": 1,
            "pipeline": windows(NOTIFICATIONS_OF_USER, [user], {}, Window(size=5, cursor=cursor)),
            "cursor": {},
        },
        verbosity="executionStats",
    )
    await collection.delete_many({"user_id": str(user)})
    [lookup] = [stage for stage in plan["stages"] if "$lookup" in stage]
    assert lookup["collectionScans"] == 0
    assert lookup["totalDocsExamined"] < 20


async def test_a_cursor_of_another_list_is_refused(notifications: NotificationLoaders, user: UUID) -> None:
    with pytest.raises(InvalidCursor):
        await notifications.by_user.load(Slice(parent=user, filter=EVERY, window=Window(cursor="bm9uZQ")))


async def test_preferences(shop: Connections, notifications: NotificationLoaders) -> None:
    user = uuid4()
    flags = {
        "email_enabled": True,
        "sms_enabled": False,
        "push_enabled": True,
        "marketing_emails": False,
        "order_updates": True,
        "promotional_offers": False,
        "security_alerts": True,
    }
    await shop.notifications.database["notification_preferences"].insert_one(
        {"user_id": str(user), **flags, "created_at": NOON, "updated_at": NOON}
    )
    nobody, found = await notifications.preferences_by_user.load_many([uuid4(), user])
    assert nobody is None
    assert found is not None
    assert {name: getattr(found, name) for name in flags} == flags
    assert (found.user_id, found.updated_at) == (user, NOON)
