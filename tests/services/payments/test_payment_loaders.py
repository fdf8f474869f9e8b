"""What the payment service answers by key: each question in one call, and never a provider's secret."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import pytest

from datasources.core.calls import record_calls
from datasources.core.paging import Slice, Window
from datasources.payments.records import Payment, PaymentFilter, PaymentMethod, Refund, Transaction
from tests.services.payments.purchases import (
    ADA,
    BOOK,
    FIRST_REFUND,
    GRACE,
    GUEST_ORDER,
    LAMP,
    LAMP_ORDER,
    NEW_CARD,
    NOBODY,
    OF_GUEST,
    OLD_CARD,
    REFUSED,
    REMOVED,
    SECOND_REFUND,
    TEA,
    TEA_ORDER,
    WALLET,
)
from tests.services.walking import walk

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from datasources.core.paging import Page
    from datasources.payments.loaders import PaymentLoaders


async def test_payments_are_found_by_id_in_one_call(loaders: PaymentLoaders) -> None:
    with record_calls() as log:
        found = await loaders.by_id.load_many([LAMP, NOBODY, TEA, LAMP])
    assert [payment and payment.id for payment in found] == [LAMP, None, TEA, LAMP]
    assert log.by_service() == {"payments": 1}


async def test_an_orders_payments_come_oldest_first(loaders: PaymentLoaders) -> None:
    with record_calls() as log:
        found = await loaders.by_order.load_many([LAMP_ORDER, NOBODY, TEA_ORDER, GUEST_ORDER])
    assert [[payment.id for payment in payments] for payments in found] == [
        [LAMP],
        [],
        [REFUSED, TEA],
        [OF_GUEST],
    ]
    assert log.by_service() == {"payments": 1}


async def test_pages_of_many_users_take_one_call(loaders: PaymentLoaders) -> None:
    window = Window(size=2)
    with record_calls() as log:
        of_ada, of_grace, of_nobody = await loaders.by_user.load_many(
            [Slice(parent=user, filter=PaymentFilter(), window=window) for user in (ADA, GRACE, NOBODY)]
        )
    assert [payment.id for payment in of_ada.items] == [LAMP, TEA]
    assert of_ada.has_next_page
    assert [payment.id for payment in of_grace.items] == [BOOK]
    assert not of_grace.has_next_page
    assert of_nobody.items == ()
    assert log.by_service() == {"payments": 1}


@pytest.mark.parametrize("backwards", [False, True])
async def test_a_users_windows_follow_each_other(loaders: PaymentLoaders, backwards: bool) -> None:
    def fetch(window: Window) -> Awaitable[Page[Payment]]:
        return loaders.by_user.load(Slice(parent=ADA, filter=PaymentFilter(), window=window))

    walked = await walk(fetch, size=1, backwards=backwards)
    assert [payment.id for payment in walked] == [LAMP, TEA, REFUSED]


async def test_a_users_payments_are_filtered_and_counted_alike(loaders: PaymentLoaders) -> None:
    wanted = PaymentFilter(statuses=("failed", "succeeded"))
    found = await loaders.by_user.load(Slice(parent=ADA, filter=wanted, window=Window()))
    assert [payment.id for payment in found.items] == [LAMP, REFUSED]
    with record_calls() as log:
        counts = await loaders.count_by_user.load_many([(ADA, wanted), (GRACE, wanted), (NOBODY, wanted)])
    assert counts == [2, 1, 0]
    assert log.by_service() == {"payments": 1}


async def test_refunds_come_oldest_first(loaders: PaymentLoaders) -> None:
    of_tea, of_lamp = await loaders.refunds_by_payment.load_many([TEA, LAMP])
    assert [refund.id for refund in of_tea] == [FIRST_REFUND, SECOND_REFUND]
    assert of_lamp == ()


async def test_a_refund_is_found_by_id(loaders: PaymentLoaders) -> None:
    found, missing = await loaders.refund_by_id.load_many([SECOND_REFUND, NOBODY])
    assert found is not None
    assert (found.payment_id, found.reason, missing) == (TEA, "Cold", None)


async def test_the_journal_comes_oldest_first(loaders: PaymentLoaders) -> None:
    of_tea, of_lamp = await loaders.transactions_by_payment.load_many([TEA, LAMP])
    assert [(entry.number, entry.type) for entry in of_tea] == [("T-1", "charge"), ("T-2", "refund")]
    assert of_lamp == ()


async def test_saved_methods_come_default_first_without_removed_ones(loaders: PaymentLoaders) -> None:
    of_ada, of_grace = await loaders.methods_by_user.load_many([ADA, GRACE])
    assert [method.id for method in of_ada] == [WALLET, NEW_CARD, OLD_CARD]
    assert of_grace == ()


async def test_a_removed_method_is_still_found_by_id(loaders: PaymentLoaders) -> None:
    removed, missing = await loaders.method_by_id.load_many([REMOVED, NOBODY])
    assert removed is not None
    assert (removed.is_active, missing) == (False, None)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "Visa **** 4242"),
        ({"label": "My card"}, "My card"),
        ({"card_brand": None}, "Credit card **** 4242"),
        ({"card_brand": None, "card_last_four": None}, "Credit card"),
        (
            {"card_brand": None, "card_last_four": None, "kind": "paypal", "paypal_email": "ada@example.com"},
            "Paypal a***@example.com",
        ),
        (
            {"card_brand": None, "card_last_four": None, "bank_name": "First", "account_last_four": "0001"},
            "First **** 0001",
        ),
    ],
)
async def test_a_method_is_shown_by_what_is_known_of_it(
    loaders: PaymentLoaders, changes: dict[str, Any], expected: str
) -> None:
    card = await loaders.method_by_id.load(OLD_CARD)
    assert card is not None
    assert replace(card, **changes).display_name == expected


@pytest.mark.parametrize("record", [Payment, Refund, Transaction, PaymentMethod])
def test_records_carry_nothing_of_the_provider(record: type) -> None:
    names = {field.name for field in fields(record)}
    secrets = ("token", "gateway", "external", "provider", "response", "request_")
    assert not {name for name in names for secret in secrets if secret in name}
