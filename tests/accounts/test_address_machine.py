"""Whatever is done to addresses in whatever order: of each type that there are addresses of, one is the default."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from datasources.core.databases import Database
from datasources.users.changes import NewAddress
from datasources.users.commands.addresses import (
    add_address,
    remove_address,
    set_default_address,
    update_address,
)
from datasources.users.errors import UnknownAddress
from datasources.users.loaders import UserLoaders
from datasources.users.origins import Origin
from tests.accounts.acting import NOW, new_email
from tests.accounts.rows import insert_user

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from uuid import UUID

    from datasources.users.records import Address, AddressType

R = TypeVar("R")
ORIGIN = Origin()

types = st.sampled_from(("shipping", "billing"))
words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)


class Addresses(RuleBasedStateMachine):
    """Two users' addresses; `kept` is what each should have."""

    url: str
    addresses = Bundle("addresses")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.database = Database("users", self.url)
        self.user, self.stranger = [self.run(insert_user(self.database, new_email())) for _ in range(2)]
        self.kept: dict[UUID, AddressType] = {}
        self.default: dict[AddressType, UUID] = {}

    def run(self, coroutine: Coroutine[Any, Any, R]) -> R:
        return self.runner.run(coroutine)

    @rule(target=addresses, kind=types, make_default=st.booleans(), label=words)
    def add(self, kind: AddressType, make_default: bool, label: str) -> UUID:
        address = self.run(
            add_address(
                self.database,
                user_id=self.user,
                address=NewAddress(
                    type=kind,
                    label=label,
                    street_address="1 Way",
                    city="London",
                    postal_code="",
                    country="GB",
                ),
                make_default=make_default,
                origin=ORIGIN,
                now=NOW,
            )
        )
        assert address.is_default == (make_default or kind not in self.default)
        assert address.label == label
        self.kept[address.id] = kind
        if address.is_default:
            self.default[kind] = address.id
        return address.id

    @rule(address=addresses)
    def make_default(self, address: UUID) -> None:
        self.run(
            set_default_address(self.database, user_id=self.user, address_id=address, origin=ORIGIN, now=NOW)
        )
        self.default[self.kept[address]] = address

    @rule(address=addresses, city=words)
    def change(self, address: UUID, city: str) -> None:
        changed = self.run(
            update_address(
                self.database,
                user_id=self.user,
                address_id=address,
                changes={"city": city},
                origin=ORIGIN,
                now=NOW,
            )
        )
        assert changed.city == city

    @rule(address=consumes(addresses))
    def remove(self, address: UUID) -> None:
        self.run(remove_address(self.database, user_id=self.user, address_id=address, origin=ORIGIN, now=NOW))
        kind = self.kept.pop(address)
        if self.default[kind] == address:
            del self.default[kind]  # whichever comes after it, one does: `one_default` sees to that

    @rule(address=addresses)
    def strangers_may_not(self, address: UUID) -> None:
        for command in (set_default_address, remove_address):
            with pytest.raises(UnknownAddress):
                self.run(
                    command(self.database, user_id=self.stranger, address_id=address, origin=ORIGIN, now=NOW)
                )
        with pytest.raises(UnknownAddress):
            self.run(
                remove_address(self.database, user_id=self.user, address_id=uuid4(), origin=ORIGIN, now=NOW)
            )

    @invariant()
    def one_default(self) -> None:
        found = self.run(self.saved())
        assert {address.id: address.type for address in found} == self.kept
        defaults = Counter(address.type for address in found if address.is_default)
        assert defaults == dict.fromkeys(self.kept.values(), 1)
        for address in found:
            if address.is_default:
                assert self.default.setdefault(address.type, address.id) == address.id

    async def saved(self) -> tuple[Address, ...]:
        return await UserLoaders(self.database).addresses_by_user.load(self.user)

    def teardown(self) -> None:
        self.run(self.database.close())
        self.runner.close()


def test_addresses_keep_their_promises(database: Database) -> None:
    Addresses.url = database.url
    machine = Addresses.TestCase
    machine.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
    machine().runTest()
