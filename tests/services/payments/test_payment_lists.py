"""The list of all payments: every filter, and windows that neither skip nor repeat."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from datasources.core.paging import Window
from datasources.payments.queries import count_payments, page_of_payments
from datasources.payments.records import PaymentFilter
from datasources.payments.statements import NEWEST
from tests.services.payments.purchases import BOOK, LAMP, OF_GUEST, REFUSED, START, TEA
from tests.services.walking import walk

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence
    from uuid import UUID

    from datasources.core.databases import Database
    from datasources.core.paging import Page
    from datasources.payments.records import Payment

NEWEST_FIRST = [OF_GUEST, BOOK, LAMP, TEA, REFUSED]

FILTERED = [
    (PaymentFilter(), NEWEST_FIRST),
    (PaymentFilter(statuses=("failed",)), [REFUSED]),
    (PaymentFilter(statuses=()), []),
    (PaymentFilter(methods=("paypal", "upi")), [LAMP]),
    (PaymentFilter(created_from=START + timedelta(days=2)), [OF_GUEST, BOOK, LAMP]),
    (PaymentFilter(created_before=START + timedelta(days=2)), [TEA, REFUSED]),
    (PaymentFilter(amount_from=Decimal("99.90")), [LAMP]),
    (PaymentFilter(amount_to=Decimal("7.50")), [BOOK]),
    (PaymentFilter(statuses=("succeeded",), amount_from=Decimal(20), methods=("credit_card",)), [OF_GUEST]),
]


@pytest.mark.parametrize(("wanted", "expected"), FILTERED, ids=str)
async def test_a_filter_leaves_and_counts_what_passes_it(
    database: Database, wanted: PaymentFilter, expected: Sequence[UUID]
) -> None:
    found = await page_of_payments(database, wanted=wanted, order=NEWEST, window=Window())
    assert [payment.id for payment in found.items] == expected
    assert await count_payments(database, wanted=wanted) == len(expected)


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("backwards", [False, True])
async def test_windows_follow_each_other(database: Database, size: int, backwards: bool) -> None:
    def fetch(window: Window) -> Awaitable[Page[Payment]]:
        return page_of_payments(database, wanted=PaymentFilter(), order=NEWEST, window=window)

    walked = await walk(fetch, size=size, backwards=backwards)
    assert [payment.id for payment in walked] == NEWEST_FIRST
