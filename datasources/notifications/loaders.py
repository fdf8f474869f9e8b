"""The questions that fields ask of the notification service, each answered for a whole wave at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasources.core.batching import BatchLoader, one_by_key
from datasources.core.document_listings import counts_by_parent, pages_by_parent
from datasources.core.document_values import object_id_or_none
from datasources.core.once import once
from datasources.notifications import conversions
from datasources.notifications.documents import NOTIFICATION_PREFERENCES, NOTIFICATIONS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from datasources.core.documents import DocumentDatabase
    from datasources.core.paging import Page, Slice
    from datasources.notifications.records import Notification, NotificationFilter, NotificationPreferences

    NotificationsOfUser = Slice[UUID, NotificationFilter]


class NotificationLoaders:
    """One request's loaders of the notification service."""

    def __init__(self, database: DocumentDatabase) -> None:
        """Load from the notification database."""
        self._database = database

    @once
    def by_id(self) -> BatchLoader[str, Notification | None]:
        """The notification with this id, an ObjectId in hexadecimal."""
        return BatchLoader(self._find_by_id, missing=None)

    @once
    def by_user(self) -> BatchLoader[NotificationsOfUser, Page[Notification]]:
        """A window of a user's notifications, newest first."""
        return BatchLoader(self._find_by_user, missing=conversions.NEWEST.empty_page())

    @once
    def count_by_user(self) -> BatchLoader[tuple[UUID, NotificationFilter], int]:
        """How many notifications a user has that pass the filter."""
        return BatchLoader(self._count_by_user, missing=0)

    @once
    def preferences_by_user(self) -> BatchLoader[UUID, NotificationPreferences | None]:
        """Which messages a user wants; None where they never said."""
        return BatchLoader(self._find_preferences, missing=None)

    async def _find_by_id(self, ids: Sequence[str]) -> Mapping[str, Notification]:
        wanted = [key for key in map(object_id_or_none, ids) if key is not None]
        documents = await self._database.find(
            NOTIFICATIONS, {"_id": {"$in": wanted}}, fields=conversions.NOTIFICATION_FIELDS
        )
        return one_by_key(map(conversions.notification_of, documents), lambda found: found.id)

    async def _find_by_user(
        self, slices: Sequence[NotificationsOfUser]
    ) -> Mapping[NotificationsOfUser, Page[Notification]]:
        return await pages_by_parent(self._database, conversions.NOTIFICATIONS_OF_USER, slices)

    async def _count_by_user(
        self, keys: Sequence[tuple[UUID, NotificationFilter]]
    ) -> Mapping[tuple[UUID, NotificationFilter], int]:
        return await counts_by_parent(self._database, conversions.NOTIFICATIONS_OF_USER, keys)

    async def _find_preferences(self, users: Sequence[UUID]) -> Mapping[UUID, NotificationPreferences]:
        documents = await self._database.find(
            NOTIFICATION_PREFERENCES,
            {"user_id": {"$in": [str(user) for user in users]}},
            fields=conversions.PREFERENCES_FIELDS,
        )
        return one_by_key(map(conversions.preferences_of, documents), lambda found: found.user_id)
