"""The questions that fields ask of the user service, each answered for a whole wave at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasources.core.batching import BatchLoader, many_by_key, one_by_key
from datasources.core.listings import counts_by_user, pages_by_user
from datasources.core.once import once
from datasources.core.records import from_rows
from datasources.users import access_statements, history_statements, statements
from datasources.users.records import (
    Address,
    CustomerPreferences,
    LedgerFilter,
    Lockout,
    Loyalty,
    LoyaltyEntry,
    Session,
    User,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from datasources.core.databases import Database
    from datasources.core.paging import Page, Slice
    from datasources.users.records import RoleName

    LedgerOfUser = Slice[UUID, LedgerFilter]


class UserLoaders:
    """One request's loaders of the user service."""

    def __init__(self, database: Database) -> None:
        """Load from the user database."""
        self._database = database

    @once
    def by_id(self) -> BatchLoader[UUID, User | None]:
        """The user with this id."""
        return BatchLoader(self._find_by_id, missing=None)

    @once
    def roles_by_user(self) -> BatchLoader[UUID, tuple[RoleName, ...]]:
        """A user's roles, the most powerful first."""
        return BatchLoader(self._find_roles, missing=())

    @once
    def address_by_id(self) -> BatchLoader[UUID, Address | None]:
        """The address with this id."""
        return BatchLoader(self._find_address_by_id, missing=None)

    @once
    def addresses_by_user(self) -> BatchLoader[UUID, tuple[Address, ...]]:
        """A user's addresses: the default ones first, then as they were added."""
        return BatchLoader(self._find_addresses, missing=())

    @once
    def preferences_by_user(self) -> BatchLoader[UUID, CustomerPreferences | None]:
        """What a user chose about messages and display."""
        return BatchLoader(self._find_preferences, missing=None)

    @once
    def loyalty_by_user(self) -> BatchLoader[UUID, Loyalty | None]:
        """A user's points."""
        return BatchLoader(self._find_loyalty, missing=None)

    @once
    def lockout_by_user(self) -> BatchLoader[UUID, Lockout | None]:
        """Whether a user is locked, and how sign-ins failed. For staff."""
        return BatchLoader(self._find_lockouts, missing=None)

    @once
    def sessions_by_user(self) -> BatchLoader[UUID, tuple[Session, ...]]:
        """A user's live sessions, the last used first."""
        return BatchLoader(self._find_sessions, missing=())

    @once
    def ledger_by_user(self) -> BatchLoader[LedgerOfUser, Page[LoyaltyEntry]]:
        """A window of how a user's points came and went, newest first."""
        return BatchLoader(self._find_ledger, missing=history_statements.LEDGER_NEWEST.empty_page())

    @once
    def count_ledger_by_user(self) -> BatchLoader[tuple[UUID, LedgerFilter], int]:
        """How many entries of a user's ledger pass the filter."""
        return BatchLoader(self._count_ledger, missing=0)

    async def _find_by_id(self, ids: Sequence[UUID]) -> Mapping[UUID, User]:
        rows = await self._database.fetch(statements.BY_ID, keys=ids)
        return one_by_key(from_rows(User, rows), lambda user: user.id)

    async def _find_roles(self, users: Sequence[UUID]) -> Mapping[UUID, tuple[RoleName, ...]]:
        rows = await self._database.fetch(statements.ROLES_BY_USER, keys=users)
        held = many_by_key(rows, lambda row: row["user_id"])
        return {user: tuple(row["name"] for row in rows) for user, rows in held.items()}

    async def _find_address_by_id(self, ids: Sequence[UUID]) -> Mapping[UUID, Address]:
        rows = await self._database.fetch(statements.ADDRESS_BY_ID, keys=ids)
        return one_by_key(from_rows(Address, rows), lambda address: address.id)

    async def _find_addresses(self, users: Sequence[UUID]) -> Mapping[UUID, tuple[Address, ...]]:
        rows = await self._database.fetch(statements.ADDRESSES_BY_USER, keys=users)
        return many_by_key(from_rows(Address, rows), lambda address: address.user_id)

    async def _find_preferences(self, users: Sequence[UUID]) -> Mapping[UUID, CustomerPreferences]:
        rows = await self._database.fetch(statements.PREFERENCES_BY_USER, keys=users)
        return one_by_key(from_rows(CustomerPreferences, rows), lambda preferences: preferences.user_id)

    async def _find_loyalty(self, users: Sequence[UUID]) -> Mapping[UUID, Loyalty]:
        rows = await self._database.fetch(statements.LOYALTY_BY_USER, keys=users)
        return one_by_key(from_rows(Loyalty, rows), lambda loyalty: loyalty.user_id)

    async def _find_lockouts(self, users: Sequence[UUID]) -> Mapping[UUID, Lockout]:
        rows = await self._database.fetch(access_statements.LOCKOUTS_BY_USER, keys=users)
        return one_by_key(from_rows(Lockout, rows), lambda lockout: lockout.user_id)

    async def _find_sessions(self, users: Sequence[UUID]) -> Mapping[UUID, tuple[Session, ...]]:
        rows = await self._database.fetch(access_statements.SESSIONS_BY_USER, keys=users)
        return many_by_key(from_rows(Session, rows), lambda session: session.user_id)

    async def _find_ledger(self, slices: Sequence[LedgerOfUser]) -> Mapping[LedgerOfUser, Page[LoyaltyEntry]]:
        return await pages_by_user(
            self._database, history_statements.LEDGER, history_statements.LEDGER_NEWEST, slices
        )

    async def _count_ledger(
        self, keys: Sequence[tuple[UUID, LedgerFilter]]
    ) -> Mapping[tuple[UUID, LedgerFilter], int]:
        return await counts_by_user(self._database, history_statements.LEDGER, keys)
