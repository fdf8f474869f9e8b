"""Refunds: never more than was captured, each paid back once, and written down with what they do to their payment."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from datasources.core.errors import IdempotencyConflict
from datasources.core.money import Money
from datasources.payments.commands.payments import refresh_payment
from datasources.payments.commands.refund_executions import execute_refund, refresh_refund
from datasources.payments.commands.refunds import approve_refund, reject_refund, request_refund
from datasources.payments.errors import (
    InvalidAmount,
    PaymentNotRefundable,
    RefundNotApproved,
    RefundNotPending,
    RefundTooLarge,
    UnknownPayment,
    UnknownRefund,
    WrongCurrency,
)
from datasources.payments.providers.protocol import ProviderUnavailable, UnknownProvider
from datasources.payments.providers.registry import NO_PROVIDERS
from datasources.payments.records import RefundLine
from tests.payments.tills import CLERK, CUSTOMER, LATER, NOW, PRICE, new_refund, usd

if TYPE_CHECKING:
    from uuid import UUID

    from datasources.payments.records import Refund
    from tests.payments.tills import Till


async def test_a_payment_is_paid_back_in_parts(till: Till) -> None:
    paid = await till.paid()
    first = await till.execute(await till.request(paid, "5.00"), now=LATER)
    assert (first.status, first.amount, first.completed_at) == ("completed", Decimal("5.00"), LATER)
    part = await till.find(paid)
    assert (part.status, part.refunded_amount) == ("partially_refunded", Decimal("5.00"))
    await till.execute(await till.request(paid, "14.99"))
    whole = await till.find(paid)
    assert (whole.status, whole.refunded_amount) == ("refunded", PRICE)
    assert await till.events(paid) == [
        "created",
        "authorized",
        "captured",
        *["refund_requested", "refund_processing", "refunded"] * 2,
    ]
    assert (await till.told(paid))[3:] == ["RefundRequested", "RefundProcessing", "RefundCompleted"] * 2
    assert (await till.journal(paid))[2:] == [("refund", "succeeded")] * 2
    with pytest.raises(PaymentNotRefundable):
        await till.request(paid, "0.01")
    # Nothing that a provider tells of the payment itself takes it back from there.
    assert await refresh_payment(till.database, till.providers, payment_id=paid.id, now=NOW) == whole


async def test_a_refund_keeps_its_lines(till: Till) -> None:
    paid = await till.paid()
    line = RefundLine(order_item_id=uuid4(), quantity=2, amount=Decimal("5.00"), restock=True)
    requested = await till.request(paid, "5.00", lines=(line,), notes="Two lines\nof notes")
    assert [(it.order_item_id, it.quantity, it.amount, it.restock) for it in requested.lines] == [
        (line.order_item_id, 2, Decimal("5.00"), True)
    ]
    assert (requested.requested_by, requested.approved_by, requested.reason) == (CUSTOMER, CLERK, "Damaged")


async def test_a_key_requests_one_refund(till: Till) -> None:
    paid, other = await till.paid(), await till.paid()
    asked = new_refund(paid, "5.00")
    first, again = [await request_refund(till.database, refund=asked, now=NOW) for _ in range(2)]
    assert first == again
    for different in (
        new_refund(paid, "5.00", idempotency_key=asked.idempotency_key, request_hash="another"),
        new_refund(other, "5.00", idempotency_key=asked.idempotency_key, request_hash="another"),
        new_refund(paid, "5.00", id=asked.id),
    ):
        with pytest.raises(IdempotencyConflict):
            await request_refund(till.database, refund=different, now=NOW)


async def test_what_cannot_be_refunded_is_refused(till: Till) -> None:
    paid, authorized = await till.paid(), await till.authorized()
    with pytest.raises(RefundTooLarge) as large:
        await till.request(paid, "20.00")
    assert large.value.refundable == usd(PRICE)
    with pytest.raises(PaymentNotRefundable) as early:
        await till.request(authorized)
    assert early.value.status == "authorized"
    with pytest.raises(WrongCurrency):
        await request_refund(
            till.database,
            refund=replace(new_refund(paid), amount=Money(amount=Decimal(1), currency_code="EUR")),
            now=NOW,
        )
    with pytest.raises(InvalidAmount):
        await till.request(paid, "0")
    with pytest.raises(UnknownPayment):
        await till.request(paid, payment_id=uuid4())
    assert await till.rows("SELECT count(*) FROM refunds") == [(0,)]


async def test_refunds_that_were_given_up_leave_room_for_others(till: Till) -> None:
    paid = await till.paid()
    waiting = await till.request(paid, "15.00", status="pending", approved_by=None)
    with pytest.raises(RefundTooLarge) as large:
        await till.request(paid, "5.00")
    assert large.value.refundable == usd("4.99")
    await reject_refund(till.database, refund_id=waiting.id, actor_id=CLERK, reason="Late", now=NOW)
    await till.request(paid, PRICE)


async def test_many_at_once_never_pass_what_was_captured(till: Till) -> None:
    paid = await till.paid()

    async def give_back() -> str:
        try:
            return (await till.execute(await till.request(paid, "3.00"))).status
        except RefundTooLarge:
            return "too large"

    ended = await asyncio.gather(*(give_back() for _ in range(50)))
    assert ended.count("completed") == 6
    assert ended.count("too large") == 44
    assert (await till.find(paid)).refunded_amount == Decimal("18.00")


@pytest.mark.parametrize("token", ["tok_approved", "tok_refund_timeout", "tok_error_after_refund"])
async def test_50_at_once_pay_one_refund_back(till: Till, token: str) -> None:
    paid = await till.paid(token)
    refund = await till.request(paid, "5.00")

    async def unless_unavailable() -> Refund | None:
        try:
            return await till.execute(refund)
        except ProviderUnavailable:
            return None

    ended = await asyncio.gather(*(unless_unavailable() for _ in range(50)))
    assert {it.status for it in ended if it} == {"completed"}
    assert await till.books(paid) == [("captured", PRICE, Decimal("5.00"))]
    assert await till.rows("SELECT count(*) FROM sandbox_refunds") == [(1,)]
    assert (await till.journal(paid)).count(("refund", "succeeded")) == 1


@pytest.mark.parametrize(
    ("token", "given_back"), [("tok_refund_timeout", "0.00"), ("tok_error_after_refund", "5.00")]
)
async def test_a_lost_refund_is_found_by_asking_again(till: Till, token: str, given_back: str) -> None:
    paid = await till.paid(token)
    refund = await till.request(paid, "5.00")
    with pytest.raises(ProviderUnavailable):
        await till.execute(refund)
    assert await till.books(paid) == [("captured", PRICE, Decimal(given_back))]
    assert (await till.find(paid)).refunded_amount == 0
    assert (await till.execute(refund)).status == "completed"
    assert await till.books(paid) == [("captured", PRICE, Decimal("5.00"))]


async def test_a_refused_refund_fails_and_says_why(till: Till) -> None:
    paid = await till.paid("tok_refund_refused")
    failed = await till.execute(await till.request(paid))
    assert (failed.status, failed.failure_code) == ("failed", "refund_refused")
    assert await till.execute(failed) == failed
    assert (await till.find(paid)).status == "succeeded"
    assert (await till.told(paid))[-1] == "RefundFailed"
    assert (await till.journal(paid))[-1] == ("refund", "failed")


@pytest.mark.parametrize("approve", [True, False])
async def test_what_a_bank_works_on_ends_as_the_bank_says(till: Till, approve: bool) -> None:
    paid = await till.paid("tok_refund_processing")
    refund = await till.execute(await till.request(paid, "5.00"))
    assert refund.status == "processing"
    assert await till.execute(refund) == refund
    await till.sandbox.complete_action(reference=await reference_of(till, refund), approve=approve, now=NOW)
    ended = await till.execute(refund)
    assert ended.status == ("completed" if approve else "failed")
    assert (await till.find(paid)).refunded_amount == (Decimal("5.00") if approve else 0)


async def test_a_refund_that_bounces_is_money_that_we_have_again(till: Till) -> None:
    paid = await till.paid()
    refund = await till.execute(await till.request(paid))
    assert (await till.find(paid)).status == "refunded"
    reference = await reference_of(till, refund)
    await till.rows("UPDATE sandbox_refunds SET status = 'processing' WHERE reference = $1", reference)
    await till.sandbox.complete_action(reference=reference, approve=False, now=NOW)
    for _ in range(2):
        bounced = await refresh_refund(till.database, till.providers, refund_id=refund.id, now=NOW)
        assert (bounced.status, bounced.failure_code) == ("failed", "refund_declined")
    again = await till.find(paid)
    assert (again.status, again.refunded_amount) == ("succeeded", Decimal(0))
    assert (await till.execute(await till.request(paid))).status == "completed"


async def test_a_refund_waits_for_approval(till: Till) -> None:
    paid = await till.paid()
    item, other = uuid4(), uuid4()
    lines = tuple(
        RefundLine(order_item_id=each, quantity=1, amount=Decimal(1), restock=True) for each in (item, other)
    )
    waiting = await till.request(paid, "5.00", status="pending", approved_by=None, lines=lines)
    with pytest.raises(RefundNotApproved):
        await till.execute(waiting)
    approved = await approve_refund(
        till.database, refund_id=waiting.id, actor_id=CLERK, restock={other}, now=LATER
    )
    assert (approved.status, approved.approved_by, approved.approved_at) == ("approved", CLERK, LATER)
    assert [line.restock for line in approved.lines] == [False, True]
    with pytest.raises(RefundNotPending) as decided:
        await reject_refund(till.database, refund_id=waiting.id, actor_id=CLERK, reason=None, now=NOW)
    assert decided.value.status == "approved"
    assert (await till.execute(waiting)).status == "completed"
    with pytest.raises(RefundNotPending):
        await approve_refund(till.database, refund_id=waiting.id, actor_id=CLERK, now=NOW)


async def test_a_rejected_refund_pays_nothing_back(till: Till) -> None:
    paid = await till.paid()
    waiting = await till.request(paid, status="pending", approved_by=None)
    rejected = await reject_refund(
        till.database, refund_id=waiting.id, actor_id=CLERK, reason="Too late", now=LATER
    )
    assert (rejected.status, rejected.rejected_by, rejected.rejection_reason) == (
        "rejected",
        CLERK,
        "Too late",
    )
    assert await till.execute(rejected) == rejected
    assert await till.events(paid) == [
        "created",
        "authorized",
        "captured",
        "refund_requested",
        "refund_rejected",
    ]


async def test_of_two_who_decide_at_once_one_does(till: Till) -> None:
    paid = await till.paid()
    waiting = await till.request(paid, status="pending", approved_by=None)

    async def decide(number: int) -> str:
        try:
            if number % 2:
                await approve_refund(till.database, refund_id=waiting.id, actor_id=CLERK, now=NOW)
            else:
                await reject_refund(till.database, refund_id=waiting.id, actor_id=CLERK, reason=None, now=NOW)
        except RefundNotPending:
            return "late"
        return "decided"

    assert (await asyncio.gather(*map(decide, range(10)))).count("decided") == 1


async def test_a_refund_that_is_not_there_is_unknown(till: Till) -> None:
    nobody: UUID = uuid4()
    with pytest.raises(UnknownRefund):
        await approve_refund(till.database, refund_id=nobody, actor_id=CLERK, now=NOW)
    with pytest.raises(UnknownRefund):
        await execute_refund(till.database, till.providers, refund_id=nobody, now=NOW)


async def test_a_refund_waits_for_a_provider_that_is_not_set_up(till: Till) -> None:
    refund = await till.request(await till.paid())
    with pytest.raises(UnknownProvider):
        await execute_refund(till.database, NO_PROVIDERS, refund_id=refund.id, now=NOW)
    assert await till.rows("SELECT status FROM refunds") == [("approved",)]


async def reference_of(till: Till, refund: Refund) -> str:
    """What the sandbox calls a refund."""
    [(reference,)] = await till.rows("SELECT gateway_refund_id FROM refunds WHERE id = $1", refund.id)
    assert isinstance(reference, str)
    return reference
