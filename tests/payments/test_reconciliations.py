"""What a process that died has left, and what lapses, is settled by whoever comes after: charged and refunded once."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from datasources.payments.commands.payments import authorize_payment, void_payment
from datasources.payments.commands.reconciliations import (
    ABANDONED_AFTER,
    reconcile_payments,
)
from datasources.payments.providers.protocol import ProviderUnavailable
from datasources.payments.providers.registry import Providers
from tests.payments.test_webhooks import Silent
from tests.payments.tills import LATER, NOW, PRICE, Till, sandbox_over

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from datasources.payments.charges import Charge
    from datasources.payments.records import Refund

NOTHING = Decimal("0.00")


async def reconcile(till: Till, *, now: datetime = LATER, most: int = 100) -> tuple[UUID, ...]:
    """Look after what was left."""
    return await reconcile_payments(till.database, till.providers, now=now, most=most)


async def killed_at(till: Till, step: str, payment: Charge, refund: Refund | None = None) -> None:
    """A process that is killed after the sandbox has done something and before it is written down."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.payments.killed",
        till.database.url,
        step,
        str(payment.id),
        *([] if refund is None else [str(refund.id)]),
    )
    async with asyncio.timeout(60):
        assert await child.wait() == -9


async def test_an_authorization_that_nobody_lived_to_hear_of_is_found(till: Till) -> None:
    pending = await till.begin()
    await killed_at(till, "authorize", pending)
    assert (await till.find(pending)).status == "pending"
    assert await till.books(pending) == [("authorized", NOTHING, NOTHING)]
    assert await reconcile(till) == (pending.order_id,)
    authorized = await till.find(pending)
    assert authorized.status == "authorized"
    assert (await till.capture(authorized)).status == "succeeded"
    assert await till.books(pending) == [("captured", PRICE, NOTHING)]
    assert await till.journal(pending) == [("authorization", "succeeded"), ("capture", "succeeded")]


async def test_an_authorization_that_nobody_lived_to_hear_of_is_finished_or_given_up(till: Till) -> None:
    for finish in (True, False):
        pending = await till.begin()
        await killed_at(till, "authorize", pending)
        if finish:
            assert (await till.authorize(pending)).status == "authorized"
        else:
            ended = await void_payment(till.database, till.providers, payment_id=pending.id, now=LATER)
            assert ended.status == "cancelled"
        [(status, _, _)] = await till.books(pending)
        assert status == ("authorized" if finish else "cancelled")


async def test_a_capture_that_nobody_lived_to_hear_of_is_made_once(till: Till) -> None:
    authorized = await till.authorized()
    await killed_at(till, "capture", authorized)
    assert (await till.find(authorized)).status == "authorized"
    assert (await till.capture(authorized)).status == "succeeded"
    assert await till.books(authorized) == [("captured", PRICE, NOTHING)]


async def test_a_capture_that_nobody_lived_to_hear_of_is_found_before_it_would_lapse(till: Till) -> None:
    authorized = await till.authorized()
    await killed_at(till, "capture", authorized)
    assert await reconcile(till) == ()
    assert await reconcile(till, now=NOW + timedelta(days=6, hours=1)) == (authorized.order_id,)
    assert (await till.find(authorized)).status == "succeeded"


async def test_a_refund_that_nobody_lived_to_hear_of_is_made_once(till: Till) -> None:
    paid = await till.paid()
    for finish in (True, False):
        refund = await till.request(paid, "5.00")
        await killed_at(till, "refund", paid, refund)
        assert await till.rows("SELECT status FROM refunds WHERE id = $1", refund.id) == [("processing",)]
        if finish:
            assert (await till.execute(refund)).status == "completed"
        else:
            assert await reconcile(till) == (paid.order_id,)
    assert await till.books(paid) == [("captured", PRICE, Decimal("10.00"))]
    assert (await till.find(paid)).refunded_amount == Decimal("10.00")


async def test_what_is_as_it_was_is_looked_at_in_turns(till: Till) -> None:
    waiting = [await till.authorized("tok_action_required") for _ in range(5)]
    await till.sandbox.complete_action(reference=waiting[-1].reference or "", approve=True, now=NOW)
    changed = [await reconcile(till, most=2, now=LATER + timedelta(seconds=turn)) for turn in range(3)]
    assert sorted(changed) == [(), (), (waiting[-1].order_id,)]
    assert (await till.find(waiting[0])).version == waiting[0].version


async def test_what_was_just_begun_is_left_alone(till: Till) -> None:
    pending = await till.begin("tok_error_after_charge")
    with pytest.raises(ProviderUnavailable):
        await till.authorize(pending)
    assert await reconcile(till, now=NOW + timedelta(minutes=4)) == ()
    assert await reconcile(till, now=NOW + timedelta(minutes=6)) == (pending.order_id,)


async def test_what_has_lapsed_is_cancelled(till: Till) -> None:
    authorized = await till.authorized()
    assert await reconcile(till, now=NOW + timedelta(days=6, hours=1)) == ()
    assert await reconcile(till, now=NOW + timedelta(days=7, hours=1)) == (authorized.order_id,)
    lapsed = await till.find(authorized)
    assert (lapsed.status, lapsed.failure_code) == ("cancelled", "authorization_expired")


async def test_what_its_provider_never_heard_of_is_given_up_in_the_end(till: Till) -> None:
    pending = await till.begin()
    assert await reconcile(till) == ()
    assert (await till.find(pending)).status == "pending"
    assert await reconcile(till, now=NOW + ABANDONED_AFTER) == (pending.order_id,)
    assert (await till.find(pending)).status == "cancelled"


async def test_providers_that_are_down_or_not_set_up_are_left_for_another_time(till: Till) -> None:
    waiting = [await till.authorized("tok_action_required") for _ in range(3)]
    refund = await till.execute(await till.request(await till.paid("tok_refund_processing")))
    elsewhere = await till.begin(gateway="elsewhere")
    silent = Providers(by_name={"sandbox": Silent(till.database)}, for_new="sandbox")
    assert await reconcile_payments(till.database, silent, now=LATER) == ()
    assert await reconcile_payments(till.database, Providers(), now=LATER) == ()
    assert [(await till.find(it)).status for it in (*waiting, elsewhere)] == ["requires_action"] * 3 + [
        "pending"
    ]
    [(status, reference)] = await till.rows("SELECT status, gateway_refund_id FROM refunds")
    assert status == "processing"
    await till.sandbox.complete_action(reference=reference, approve=True, now=NOW)
    assert await reconcile(till, now=LATER + timedelta(hours=1)) == (refund.order_id,)


async def test_many_workers_reconcile_each_payment_once(till: Till) -> None:
    pending = [await till.begin("tok_error_after_charge") for _ in range(12)]
    await asyncio.gather(*(till.authorize(it) for it in pending), return_exceptions=True)
    found = await asyncio.gather(*(reconcile(till, most=5) for _ in range(6)))
    assert sorted(order for orders in found for order in orders) == sorted(it.order_id for it in pending)
    for payment in pending:
        assert await till.events(payment) == ["created", "authorized"]


class Forgetful:
    """The sandbox, as if it forgot keys after an hour; what it is asked anew is noted."""

    keys_last = timedelta(hours=1)
    name = "sandbox"

    def __init__(self, till: Till) -> None:
        self._sandbox = sandbox_over(till.database)
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> object:
        if name in {"authorize", "refund"}:
            self.asked.append(name)
        return getattr(self._sandbox, name)


async def test_a_key_that_may_be_forgotten_is_not_asked_with_again(till: Till) -> None:
    forgetful = Forgetful(till)
    providers = Providers(by_name={"sandbox": forgetful}, for_new="sandbox")  # type: ignore[dict-item]  # it has whatever the sandbox has
    charged, given_up, never = [await till.begin("tok_error_after_charge") for _ in range(3)]
    for payment in (charged, given_up):
        with pytest.raises(ProviderUnavailable):
            await till.authorize(payment)
    found = await authorize_payment(till.database, providers, payment=charged, now=LATER)
    assert found.status == "authorized"
    for payment in (given_up, never):
        ended = await void_payment(till.database, providers, payment_id=payment.id, now=LATER)
        assert ended.status == "cancelled"
    assert await till.books(never) == []
    paid = await till.paid("tok_error_after_refund")
    refund = await till.request(paid, "5.00")
    with pytest.raises(ProviderUnavailable):
        await till.execute(refund)
    late = Till(database=till.database, sandbox=till.sandbox, providers=providers)
    assert (await late.execute(refund, now=LATER)).status == "completed"
    assert forgetful.asked == []
