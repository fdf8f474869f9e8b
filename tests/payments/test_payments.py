"""Payments from their beginning to their end: each transition once, guarded, written down, and never charged twice."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from datasources.core.calls import record_calls
from datasources.core.errors import IdempotencyConflict
from datasources.core.money import Money
from datasources.payments.commands.payments import (
    begin_payment,
    find_payment,
    payments_of_order,
    refresh_payment,
    void_payment,
)
from datasources.payments.errors import (
    InvalidAmount,
    PaymentNotAuthorized,
    UnknownPayment,
    UnknownPaymentMethod,
)
from datasources.payments.providers.protocol import ProviderUnavailable, UnknownProvider
from tests.payments.tills import LATER, NOW, PRICE, new_payment, usd

if TYPE_CHECKING:
    from datasources.payments.charges import Charge
    from tests.payments.tills import Till

NOTHING = Decimal("0.00")


async def void(till: Till, payment: Charge, **options: Any) -> Charge:
    """Give the payment up."""
    return await void_payment(till.database, till.providers, payment_id=payment.id, **{"now": NOW, **options})


async def refresh(till: Till, payment: Charge, **options: Any) -> Charge:
    """Ask how the payment stands."""
    return await refresh_payment(
        till.database, till.providers, payment_id=payment.id, **{"now": NOW, **options}
    )


async def test_a_payment_begins_once_for_each_key(till: Till) -> None:
    asked = new_payment()
    first, again = [await begin_payment(till.database, payment=asked, now=NOW) for _ in range(2)]
    assert first == again
    assert (first.status, first.version, first.token, first.reference) == ("pending", 1, "tok_approved", None)
    assert await till.events(first) == ["created"]
    assert await till.told(first) == ["PaymentCreated"]
    assert await payments_of_order(till.database, first.order_id) == (first,)
    assert await till.rows("SELECT host(ip_address), user_agent FROM payments") == [("192.0.2.1", "a test")]


async def test_many_who_begin_at_once_begin_one(till: Till) -> None:
    asked = [new_payment(idempotency_key="one", order_id=uuid4()) for _ in range(30)]
    begun = await asyncio.gather(*(begin_payment(till.database, payment=each, now=NOW) for each in asked))
    assert len({payment.id for payment in begun}) == 1
    assert await till.events(begun[0]) == ["created"]


async def test_a_key_begins_nothing_else(till: Till) -> None:
    asked = new_payment()
    await begin_payment(till.database, payment=asked, now=NOW)
    for other in (
        new_payment(idempotency_key=asked.idempotency_key, request_hash="another"),
        new_payment(id=asked.id),
    ):
        with pytest.raises(IdempotencyConflict):
            await begin_payment(till.database, payment=other, now=NOW)
    assert await till.rows("SELECT count(*) FROM payments") == [(1,)]


@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "100000000", "NaN"])
async def test_what_nobody_can_pay_is_not_begun(till: Till, amount: str) -> None:
    with pytest.raises(InvalidAmount):
        await begin_payment(till.database, payment=new_payment(amount=usd(amount)), now=NOW)


async def test_a_payment_is_not_begun_with_a_method_that_is_not_there(till: Till) -> None:
    with pytest.raises(UnknownPaymentMethod):
        await begin_payment(till.database, payment=new_payment(payment_method_id=uuid4()), now=NOW)
    with pytest.raises(UnknownPayment):
        await find_payment(till.database, payment_id=uuid4())


async def test_an_approved_payment_is_authorized_and_captured(till: Till) -> None:
    authorized = await till.authorized()
    assert (authorized.status, authorized.authorized_amount, authorized.captured_amount) == (
        "authorized",
        PRICE,
        NOTHING,
    )
    assert authorized.authorization_expires_at == NOW + timedelta(days=7)
    assert (authorized.card_brand, authorized.card_last_four) == ("Visa", "4242")
    paid = await till.capture(authorized, now=LATER)
    assert (paid.status, paid.captured_amount, paid.paid_at) == ("succeeded", PRICE, LATER)
    assert await till.journal(paid) == [("authorization", "succeeded"), ("capture", "succeeded")]
    assert await till.events(paid) == ["created", "authorized", "captured"]
    assert await till.told(paid) == ["PaymentCreated", "PaymentAuthorized", "PaymentCaptured"]
    assert await till.books(paid) == [("captured", PRICE, NOTHING)]
    keys = await till.rows("SELECT idempotency_key, transaction_number FROM transactions ORDER BY id")
    assert keys == [
        (f"{paid.id}:authorize", "TXN-2026-00001000"),
        (f"{paid.id}:capture", "TXN-2026-00001001"),
    ]


async def test_paying_takes_five_statements_in_all(till: Till) -> None:
    await till.paid()  # connections open with statements of their own
    with record_calls() as log:
        assert (await till.paid()).status == "succeeded"
    assert log.by_service() == {"payments": 5}


async def test_whoever_asks_again_gets_the_same_answer(till: Till) -> None:
    pending = await till.begin()
    authorized = await till.authorize(pending)
    assert await till.authorize(pending) == authorized
    assert await till.authorize(authorized) == authorized
    paid = await till.capture(authorized)
    assert await till.capture(authorized) == paid
    assert await till.capture(paid) == paid
    assert await till.authorize(pending) == paid
    assert await refresh(till, paid) == paid
    assert await void(till, paid) == paid
    assert await till.events(paid) == ["created", "authorized", "captured"]


@pytest.mark.parametrize("token", ["tok_approved", "tok_error_after_charge", "tok_timeout"])
async def test_50_at_once_are_one_charge(till: Till, token: str) -> None:
    async def unless_unavailable(payment: Charge) -> Charge | None:
        try:
            return await till.authorize(payment)
        except ProviderUnavailable:
            return None

    pending = await till.begin(token)
    answers = await asyncio.gather(*(unless_unavailable(pending) for _ in range(50)))
    assert answers.count(None) == (0 if token == "tok_approved" else 1)
    authorized = await till.find(pending)
    assert authorized.status == "authorized"
    assert {answer for answer in answers if answer} == {authorized}
    captured = await asyncio.gather(*(till.capture(authorized) for _ in range(50)))
    assert {payment.status for payment in captured} == {"succeeded"}
    assert await till.books(pending) == [("captured", PRICE, NOTHING)]
    assert await till.journal(pending) == [("authorization", "succeeded"), ("capture", "succeeded")]


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("tok_declined", "card_declined"),
        ("tok_insufficient_funds", "insufficient_funds"),
        ("tok_expired_card", "expired_card"),
        ("tok_nobody_knows", "invalid_payment_method"),
    ],
)
async def test_a_declined_payment_fails_and_says_why(till: Till, token: str, code: str) -> None:
    failed = await till.authorized(token)
    assert (failed.status, failed.failure_code, failed.failed_at) == ("failed", code, NOW)
    assert failed.failure_reason
    assert await till.authorize(failed) == failed
    assert await till.capture(failed) == failed
    assert await void(till, failed) == failed
    assert await till.journal(failed) == [("authorization", "failed")]
    assert await till.told(failed) == ["PaymentCreated", "PaymentFailed"]


async def test_a_payment_that_was_taken_at_once_is_paid(till: Till) -> None:
    paid = await till.authorized("tok_captured", kind="paypal")
    assert (paid.status, paid.captured_amount, paid.authorized_amount) == ("succeeded", PRICE, PRICE)
    assert await till.journal(paid) == [("charge", "succeeded")]
    assert await till.capture(paid) == paid


async def test_a_lost_answer_is_found_by_asking_again(till: Till) -> None:
    for token, made in (("tok_timeout", []), ("tok_error_after_charge", [("authorized", NOTHING, NOTHING)])):
        pending = await till.begin(token)
        with pytest.raises(ProviderUnavailable):
            await till.authorize(pending)
        assert await till.books(pending) == made
        assert await till.find(pending) == pending
        authorized = await till.authorize(pending)
        assert authorized.status == "authorized"
        assert await till.books(pending) == [("authorized", NOTHING, NOTHING)]


async def test_a_lost_capture_is_found_by_asking_again(till: Till) -> None:
    authorized = await till.authorized("tok_error_after_capture")
    with pytest.raises(ProviderUnavailable):
        await till.capture(authorized)
    assert await till.books(authorized) == [("captured", PRICE, NOTHING)]
    assert (await till.find(authorized)).status == "authorized"
    assert (await till.capture(authorized)).status == "succeeded"


async def test_a_lost_capture_is_found_by_asking_how_it_stands(till: Till) -> None:
    authorized = await till.authorized("tok_error_after_capture")
    with pytest.raises(ProviderUnavailable):
        await till.capture(authorized)
    assert (await refresh(till, authorized)).status == "succeeded"


async def test_a_refused_capture_fails_and_leaves_nothing_reserved(till: Till) -> None:
    authorized = await till.authorized("tok_capture_refused")
    failed = await till.capture(authorized)
    assert (failed.status, failed.failure_code) == ("failed", "capture_refused")
    assert await till.books(failed) == [("cancelled", NOTHING, NOTHING)]
    assert await till.journal(failed) == [("authorization", "succeeded"), ("capture", "failed")]
    assert await till.capture(authorized) == failed


async def test_what_has_lapsed_cannot_be_captured(till: Till) -> None:
    authorized, other = await till.authorized(), await till.authorized()
    after = NOW + timedelta(days=7)
    failed = await till.capture(authorized, now=after)
    assert (failed.status, failed.failure_code) == ("failed", "authorization_expired")
    lapsed = await refresh(till, other, now=after)
    assert lapsed.status == "cancelled"
    assert await till.events(lapsed) == ["created", "authorized", "authorization_expired"]


async def test_a_customer_who_has_to_act_does(till: Till) -> None:
    waiting = await till.authorized("tok_action_required")
    assert waiting.status == "requires_action"
    assert waiting.next_action == {
        "type": "redirect",
        "url": f"http://gateway.test/sandbox/payments/{waiting.reference}",
    }
    with pytest.raises(PaymentNotAuthorized):
        await till.capture(waiting)
    assert await till.authorize(waiting) == waiting
    await till.sandbox.complete_action(reference=waiting.reference or "", approve=True, now=NOW)
    authorized = await till.authorize(waiting)
    assert (authorized.status, authorized.next_action) == ("authorized", None)
    assert (await till.capture(authorized)).status == "succeeded"
    assert await till.journal(waiting) == [
        ("authorization", "pending"),
        ("authorization", "succeeded"),
        ("capture", "succeeded"),
    ]
    assert "PaymentActionRequired" in await till.told(waiting)


async def test_a_customer_who_does_not_approve_has_not_paid(till: Till) -> None:
    waiting = await till.authorized("tok_action_required")
    await till.sandbox.complete_action(reference=waiting.reference or "", approve=False, now=NOW)
    failed = await till.authorize(waiting)
    assert (failed.status, failed.failure_code) == ("failed", "authentication_failed")


async def test_what_a_bank_works_on_ends_as_the_bank_says(till: Till) -> None:
    for approve, status in ((True, "succeeded"), (False, "failed")):
        waiting = await till.authorized("tok_processing")
        assert waiting.status == "processing"
        assert await void(till, waiting) == waiting  # it cannot be stopped now
        await till.sandbox.complete_action(reference=waiting.reference or "", approve=approve, now=NOW)
        assert (await refresh(till, waiting)).status == status


@pytest.mark.parametrize("token", ["tok_approved", "tok_action_required"])
async def test_what_was_not_captured_is_given_up(till: Till, token: str) -> None:
    reserved = await till.authorized(token)
    cancelled = await void(till, reserved)
    assert (cancelled.status, cancelled.cancelled_at, cancelled.next_action) == ("cancelled", NOW, None)
    assert await void(till, reserved) == cancelled
    assert await till.capture(await till.find(reserved)) == cancelled
    assert await till.authorize(cancelled) == cancelled
    assert await till.books(reserved) == [("cancelled", NOTHING, NOTHING)]
    assert (await till.journal(reserved))[-1] == ("void", "succeeded")


@pytest.mark.parametrize("token", ["tok_approved", "tok_error_after_charge", "tok_declined", "tok_timeout"])
async def test_what_may_have_been_reserved_is_found_out_and_given_up(till: Till, token: str) -> None:
    pending = await till.begin(token)
    if "_charge" in token or "timeout" in token:
        with pytest.raises(ProviderUnavailable):
            await till.authorize(pending)
    ended = await void(till, pending)
    assert ended.status == ("failed" if token == "tok_declined" else "cancelled")
    assert [row[0] for row in await till.books(pending)] == [ended.status]
    # A call that was on its way all the time comes too late to reserve anything.
    assert await till.authorize(pending) == ended
    assert [row[0] for row in await till.books(pending)] == [ended.status]


async def test_a_capture_and_a_void_at_once_end_as_one_of_them(till: Till) -> None:
    for _ in range(10):
        authorized = await till.authorized()
        await asyncio.gather(
            *(till.capture(authorized) for _ in range(3)), *(void(till, authorized) for _ in range(3))
        )
        ended = await till.find(authorized)
        [(held, taken, _)] = await till.books(authorized)
        if held == "captured":
            assert (ended.status, taken) == ("succeeded", PRICE)
        else:
            assert (held, taken) == ("cancelled", NOTHING)
            assert ended.status in {"cancelled", "failed"}


async def test_money_that_was_taken_is_in_the_books_whatever_was_thought_of_it(till: Till) -> None:
    authorized = await till.authorized()
    await till.sandbox.capture(
        reference=authorized.reference or "", amount=authorized.total, idempotency_key="by hand", now=NOW
    )
    await till.rows("UPDATE payments SET status = 'cancelled' WHERE id = $1", authorized.id)
    found = await refresh(till, authorized)
    assert (found.status, found.captured_amount) == ("succeeded", PRICE)


async def test_what_is_reserved_for_a_payment_that_was_given_up_is_given_up(till: Till) -> None:
    authorized = await till.authorized()
    await till.rows("UPDATE payments SET status = 'cancelled' WHERE id = $1", authorized.id)
    assert (await refresh(till, authorized)).status == "cancelled"
    assert await till.books(authorized) == [("cancelled", NOTHING, NOTHING)]


async def test_a_provider_that_is_not_set_up_is_named(till: Till) -> None:
    pending = await till.begin(gateway="elsewhere")
    with pytest.raises(UnknownProvider, match="elsewhere"):
        await till.authorize(pending)


async def test_other_currencies_are_other_sums(till: Till) -> None:
    paid = await till.paid(amount=Money(amount=Decimal(500), currency_code="JPY"))
    assert (paid.currency, paid.captured_amount) == ("JPY", Decimal("500.00"))
