"""Events of providers: settled once each, whatever comes again, late, or before anybody knows what it is about."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from datasources.core.calls import record_calls
from datasources.payments.commands.webhooks import MOST_ATTEMPTS, settle_webhooks, store_webhook
from datasources.payments.providers.protocol import InvalidSignature, ProviderEvent, ProviderUnavailable
from datasources.payments.providers.registry import Providers
from datasources.payments.providers.sandbox_answers import SIGNATURE_HEADER
from tests.payments.tills import LATER, NOW, SECRET, Till

if TYPE_CHECKING:
    from datasources.core.databases import Database
    from datasources.payments.charges import Charge
    from datasources.payments.providers.sandbox_answers import SandboxDelivery

ENDED = NOW + timedelta(days=3)


async def deliver(till: Till, delivery: SandboxDelivery) -> bool:
    """Store what the sandbox delivers, and tell whether it is news."""
    event = till.sandbox.read_webhook(body=delivery.body, headers=delivery.headers, now=NOW)
    return await store_webhook(till.database, provider="sandbox", event=event, now=NOW)


async def settle(till: Till, **options: Any) -> tuple[UUID, ...]:
    """Settle what is due."""
    return await settle_webhooks(till.database, till.providers, **{"now": NOW, **options})


async def decided(till: Till, payment: Charge, *, approve: bool = True) -> SandboxDelivery:
    """The customer decides, and the sandbox delivers it."""
    return await till.sandbox.complete_action(reference=payment.reference or "", approve=approve, now=NOW)


async def states(till: Till) -> list[tuple[bool, int]]:
    """Of each event, whether it is settled, and how often that was tried."""
    return await till.rows(
        "SELECT processed, attempts FROM payment_webhooks ORDER BY created_at, external_id"
    )


async def test_an_event_changes_a_payment_once_however_often_it_comes(till: Till) -> None:
    waiting = await till.authorized("tok_action_required")
    delivery = await decided(till, waiting)
    assert [await deliver(till, delivery) for _ in range(3)] == [True, False, False]
    assert await settle(till) == (waiting.order_id,)
    assert await deliver(till, await decided(till, waiting)) is False
    assert await settle(till) == ()
    assert (await till.find(waiting)).status == "authorized"
    assert await till.events(waiting) == ["created", "requires_action", "authorized"]
    assert await states(till) == [(True, 1)]


async def test_an_event_says_where_to_look_and_nothing_else(till: Till) -> None:
    """A late event of an approval does not undo what has happened since."""
    waiting = await till.authorized("tok_action_required")
    delivery = await decided(till, waiting)
    paid = await till.capture(await till.authorize(waiting))
    assert await deliver(till, delivery)
    assert await settle(till) == ()
    assert await till.find(waiting) == paid


async def test_an_event_that_lies_changes_nothing(till: Till) -> None:
    authorized = await till.authorized()
    event = ProviderEvent(
        id="e1", type="payment.captured", reference=authorized.reference, payment_id=None, payload={}
    )
    await store_webhook(till.database, provider="sandbox", event=event, now=NOW)
    assert await settle(till) == ()
    assert await till.find(authorized) == authorized


async def test_an_event_finds_a_payment_whose_reference_was_never_recorded(till: Till) -> None:
    pending = await till.begin("tok_error_after_charge")
    with pytest.raises(ProviderUnavailable):
        await till.authorize(pending)
    [(reference,)] = await till.rows("SELECT reference FROM sandbox_payments")
    event = ProviderEvent(
        id="e1", type="payment.authorized", reference=reference, payment_id=pending.id, payload={}
    )
    await store_webhook(till.database, provider="sandbox", event=event, now=NOW)
    assert await settle(till) == (pending.order_id,)
    found = await till.find(pending)
    assert (found.status, found.reference) == ("authorized", reference)


async def test_an_event_about_nothing_known_is_tried_again_and_then_kept(till: Till) -> None:
    event = ProviderEvent(
        id="e1", type="payment.authorized", reference="elsewhere", payment_id=uuid4(), payload={}
    )
    await store_webhook(till.database, provider="sandbox", event=event, now=NOW)
    assert await settle(till) == ()
    assert await settle(till) == ()  # not at once again
    assert await states(till) == [(False, 1)]
    now, waits = NOW, []
    for _ in range(MOST_ATTEMPTS):
        [(due,)] = await till.rows("SELECT next_attempt_at FROM payment_webhooks")
        if due is None:
            break
        waits.append(due - now)
        now = due
        await settle(till, now=now)
    assert waits == sorted(waits)
    assert now - NOW > timedelta(hours=8)
    assert await settle(till, now=ENDED) == ()
    assert await till.rows("SELECT processed, attempts, error FROM payment_webhooks") == [
        (False, MOST_ATTEMPTS, "No payment is known that this is about.")
    ]


async def test_an_event_that_cannot_be_written_down_keeps_no_other(till: Till) -> None:
    """Two of our payments under one reference of the provider's: somebody has to look at it, and the others go on."""
    other, pending = await till.authorized(), await till.begin("tok_error_after_charge")
    with pytest.raises(ProviderUnavailable):
        await till.authorize(pending)
    await till.rows(
        "UPDATE payments SET gateway_transaction_id = (SELECT reference FROM sandbox_payments WHERE payment_id = $1) "
        "WHERE id = $2",
        pending.id,
        other.id,
    )
    event = ProviderEvent(id="e1", type="any", reference=None, payment_id=pending.id, payload={})
    await store_webhook(till.database, provider="sandbox", event=event, now=NOW)
    waiting = await till.authorized("tok_action_required")
    await deliver(till, await decided(till, waiting))
    assert await settle(till) == (waiting.order_id,)
    assert sorted(await states(till)) == [(False, 1), (True, 1)]


async def test_an_event_that_comes_before_its_payment_is_settled_later(till: Till) -> None:
    identity = uuid4()
    event = ProviderEvent(id="e1", type="any", reference=None, payment_id=identity, payload={})
    await store_webhook(till.database, provider="sandbox", event=event, now=NOW)
    assert await settle(till) == ()
    pending = await till.begin("tok_error_after_charge", id=identity)
    with pytest.raises(ProviderUnavailable):
        await till.authorize(pending)
    assert await settle(till, now=LATER) == (pending.order_id,)
    assert (await till.find(pending)).status == "authorized"


async def test_an_event_about_no_payment_is_settled_at_once(till: Till) -> None:
    event = ProviderEvent(id="e1", type="customer.updated", reference=None, payment_id=None, payload={})
    await store_webhook(till.database, provider="sandbox", event=event, now=NOW)
    assert await settle(till) == ()
    assert await states(till) == [(True, 1)]


async def test_an_event_waits_for_a_provider_that_is_down_and_is_never_given_up(till: Till) -> None:
    waiting = await till.authorized("tok_action_required")
    await deliver(till, await decided(till, waiting))
    silent = Providers(by_name={"sandbox": Silent(till.database)}, for_new="sandbox")
    now = NOW
    for _ in range(MOST_ATTEMPTS + 3):
        assert await settle_webhooks(till.database, silent, now=now) == ()
        [(now,)] = await till.rows("SELECT next_attempt_at FROM payment_webhooks")
    assert await settle(till, now=now) == (waiting.order_id,)


async def test_an_event_of_a_provider_that_is_not_set_up_waits(till: Till) -> None:
    event = ProviderEvent(id="e1", type="any", reference="x", payment_id=None, payload={})
    await store_webhook(till.database, provider="stripe", event=event, now=NOW)
    assert await settle(till, now=ENDED) == ()
    assert await states(till) == [(False, 0)]


async def test_many_workers_settle_each_event_once(till: Till) -> None:
    waiting = [await till.authorized("tok_action_required") for _ in range(12)]
    for payment in waiting:
        await deliver(till, await decided(till, payment))
    settled = await asyncio.gather(*(settle(till, most=4) for _ in range(8)))
    orders = [order for found in settled for order in found]
    assert sorted(orders) == sorted(payment.order_id for payment in waiting)
    assert set(await states(till)) == {(True, 1)}


async def test_an_event_that_a_dead_worker_had_taken_is_settled_by_another(till: Till) -> None:
    waiting = await till.authorized("tok_action_required")
    await deliver(till, await decided(till, waiting))
    await till.rows(
        "UPDATE payment_webhooks SET attempts = 1, next_attempt_at = $1", NOW + timedelta(minutes=2)
    )
    assert await settle(till) == ()
    assert await settle(till, now=LATER) == (waiting.order_id,)


async def test_an_event_of_a_refund_brings_the_refund_up_to_date(till: Till) -> None:
    paid = await till.paid("tok_refund_processing")
    refund = await till.execute(await till.request(paid, "5.00"))
    [(reference,)] = await till.rows("SELECT gateway_refund_id FROM refunds")
    delivery = await till.sandbox.complete_action(reference=reference, approve=True, now=NOW)
    assert await deliver(till, delivery)
    assert await settle(till) == (paid.order_id,)
    assert await till.rows("SELECT status FROM refunds WHERE id = $1", refund.id) == [("completed",)]
    # It comes back from the bank.
    await till.rows("UPDATE sandbox_refunds SET status = 'processing'")
    bounced = await till.sandbox.complete_action(reference=reference, approve=False, now=NOW)
    assert await deliver(till, bounced)
    assert await settle(till) == (paid.order_id,)
    assert (await till.find(paid)).refunded_amount == Decimal(0)


async def test_settling_an_event_takes_few_statements(till: Till) -> None:
    waiting = await till.authorized("tok_action_required")
    await deliver(till, await decided(till, waiting))
    with record_calls() as log:
        assert await settle(till) == (waiting.order_id,)
    # Claim, payment, the sandbox's answer, record, refunds, done.
    assert log.by_service() == {"payments": 6}


@pytest.mark.parametrize(
    ("body", "header"),
    [
        (b"{}", None),
        (b"{}", ""),
        (b"{}", "t=1,v1=0"),
        (b"{}", "t=x,v1=0"),
        (b"{}", "t=99999999999999999999,v1=0"),
        (b"", "nonsense"),
    ],
)
async def test_what_is_not_signed_is_refused(till: Till, body: bytes, header: str | None) -> None:
    headers = {} if header is None else {SIGNATURE_HEADER: header}
    with pytest.raises(InvalidSignature):
        till.sandbox.read_webhook(body=body, headers=headers, now=NOW)


async def test_a_delivery_that_was_changed_or_is_old_is_refused(till: Till) -> None:
    delivery = await decided(till, await till.authorized("tok_action_required"))
    read = till.sandbox.read_webhook
    assert read(body=delivery.body, headers=delivery.headers, now=NOW + timedelta(minutes=4)).reference
    for body, now in (
        (delivery.body.replace(b"authorized", b"captured  "), NOW),
        (delivery.body, NOW + timedelta(minutes=6)),
        (delivery.body, NOW - timedelta(minutes=6)),
    ):
        with pytest.raises(InvalidSignature):
            read(body=body, headers=delivery.headers, now=now)


class Silent:
    """A provider that does not answer."""

    name = "sandbox"
    keys_last = None

    def __init__(self, database: Database) -> None:
        assert SECRET
        self.database = database

    def __getattr__(self, method: str) -> Any:
        async def unavailable(**_: object) -> None:
            raise ProviderUnavailable(self.name)

        return unavailable
