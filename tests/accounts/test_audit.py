"""The audit log as a list: filters, pages, and what it never holds."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from datasources.core.errors import InvalidCursor
from datasources.core.paging import Window
from datasources.users.commands.locks import lock_user
from datasources.users.history_statements import AUDIT_NEWEST
from datasources.users.journal import MOST_AGENT, write_audit
from datasources.users.origins import Origin
from datasources.users.queries import count_audit, page_of_audit
from datasources.users.records import AuditFilter
from tests.accounts.acting import NOW
from tests.services.walking import walk

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from datasources.core.paging import Page
    from datasources.users.records import AuditEntry
    from tests.accounts.acting import Acting


async def test_lines_are_found_by_who_what_whom_and_when(acting: Acting) -> None:
    person, admin = await acting.person(), await acting.person("Admin")
    origin = Origin(actor_id=admin.id, ip_address="2001:db8::1", user_agent="A browser")
    later = NOW + timedelta(hours=1)
    await lock_user(acting.database, user_id=person.id, reason="Fraud", origin=origin, now=later)

    async def found(wanted: AuditFilter) -> list[str]:
        page = await page_of_audit(acting.database, wanted=wanted, window=Window(size=100))
        assert await count_audit(acting.database, wanted=wanted) == len(page.items)
        return [entry.action for entry in page.items]

    about = str(person.id)
    assert await found(AuditFilter(actor_id=admin.id)) == ["user_locked"]
    assert await found(AuditFilter(entity_type="user", entity_id=about)) == [
        "user_locked",
        "email_verified",
        "registered",
    ]
    assert await found(AuditFilter(entity_id=about, actions=("registered", "other"))) == ["registered"]
    assert await found(AuditFilter(entity_id=about, at_from=later)) == ["user_locked"]
    assert await found(AuditFilter(entity_id=about, at_before=NOW)) == []
    page = await page_of_audit(acting.database, wanted=AuditFilter(actor_id=admin.id), window=Window())
    entry = page.items[0]
    assert (entry.actor_id, entry.entity_id, entry.ip_address, entry.user_agent, entry.at) == (
        admin.id,
        about,
        "2001:db8::1",
        "A browser",
        later,
    )
    assert entry.new_values == {"is_active": True, "is_locked": True, "reason": "Fraud"}


@pytest.mark.parametrize("size", [1, 3])
async def test_pages_follow_each_other_though_times_are_equal(acting: Acting, size: int) -> None:
    person = await acting.person()
    async with acting.database.transaction() as transaction:
        for number in range(7):
            await write_audit(
                transaction, f"number {number}", origin=person.origin, now=NOW, entity_id=person.id
            )
    wanted = AuditFilter(actor_id=person.id)

    def fetch(window: Window) -> Awaitable[Page[AuditEntry]]:
        return page_of_audit(acting.database, wanted=wanted, window=window)

    for backwards in (False, True):
        entries = await walk(fetch, size=size, backwards=backwards)
        assert [entry.action for entry in entries] == [f"number {number}" for number in range(6, -1, -1)]


@pytest.mark.parametrize("number", [2**63, -1, "1", True, None])
async def test_a_forged_cursor_is_refused(acting: Acting, number: object) -> None:
    class Forged:
        at = NOW
        id = number

    with pytest.raises(InvalidCursor):
        await page_of_audit(
            acting.database, wanted=AuditFilter(), window=Window(cursor=AUDIT_NEWEST.cursor(Forged()))
        )


async def test_what_a_client_says_of_itself_is_kept_as_far_as_it_can_be(acting: Acting) -> None:
    person = await acting.person()
    strange = Origin(actor_id=person.id, ip_address="fe80::1%eth0", user_agent="a\0b\ud800" + "c" * 9_999)
    nonsense = Origin(actor_id=person.id, ip_address="unix:", user_agent="\0")
    async with acting.database.transaction() as transaction:
        for origin in (strange, nonsense):
            await write_audit(transaction, "odd", origin=origin, now=NOW)
    page = await page_of_audit(acting.database, wanted=AuditFilter(actor_id=person.id), window=Window())
    newest, older = page.items
    assert (newest.ip_address, newest.user_agent) == (None, None)
    assert older.ip_address == "fe80::1"
    assert older.user_agent == "ab" + "c" * (MOST_AGENT - 4)
