"""The sandbox is as strict as a provider that takes money, and its books are shared by all who ask it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from datasources.core.calls import record_calls
from datasources.core.databases import Database
from datasources.core.money import Money
from datasources.payments.providers.protocol import (
    AuthorizationRequest,
    ProviderRefused,
    ProviderUnavailable,
)
from datasources.payments.providers.sandbox_tokens import TOKENS
from tests.payments.tills import NOW, sandbox_over, usd

if TYPE_CHECKING:
    from datasources.payments.providers.sandbox import SandboxProvider
    from tests.payments.tills import Till

ROOT = Path(__file__).parents[2]


def asked(token: str = "tok_approved") -> AuthorizationRequest:  # noqa: S107  # a test token
    """What is to be reserved."""
    return AuthorizationRequest(
        payment_id=uuid4(),
        order_id=uuid4(),
        amount=usd(),
        kind="credit_card",
        token=token,
        customer_reference=None,
        idempotency_key=uuid4().hex,
    )


async def captured(sandbox: SandboxProvider, token: str = "tok_approved") -> str:  # noqa: S107  # a test token
    """The reference of a payment that was taken."""
    reference = (await sandbox.authorize(asked(token), now=NOW)).reference or ""
    await sandbox.capture(reference=reference, amount=usd(), idempotency_key=uuid4().hex, now=NOW)
    return reference


async def test_a_key_has_one_answer(till: Till) -> None:
    sandbox, request = till.sandbox, asked("tok_action_required")
    first = await sandbox.authorize(request, now=NOW)
    await sandbox.complete_action(reference=first.reference or "", approve=True, now=NOW)
    assert await sandbox.authorize(request, now=NOW) == first
    assert (await sandbox.find(reference=first.reference or "", now=NOW)).status == "authorized"


async def test_a_key_is_for_one_request(till: Till) -> None:
    sandbox, request = till.sandbox, asked()
    await sandbox.authorize(request, now=NOW)
    reference = await captured(sandbox)
    refund = {"reference": reference, "idempotency_key": "r", "now": NOW}
    await sandbox.refund(amount=usd("1.00"), **refund)  # type: ignore[arg-type]  # of all types
    for call in (
        sandbox.authorize(replace(request, amount=usd("1.00")), now=NOW),
        sandbox.authorize(replace(request, token="tok_mastercard"), now=NOW),
        sandbox.refund(amount=usd("2.00"), **refund),  # type: ignore[arg-type]  # of all types
        sandbox.capture(reference=reference, amount=usd(), idempotency_key=request.idempotency_key, now=NOW),
    ):
        with pytest.raises(ProviderRefused) as refused:
            await call
        assert refused.value.code == "idempotency_key_reused"
    assert await till.rows("SELECT sum(refunded_amount) FROM sandbox_payments") == [(Decimal("1.00"),)]


async def test_another_request_does_not_use_up_the_attempts_of_a_key(till: Till) -> None:
    reference = await captured(till.sandbox, "tok_refund_timeout")

    async def refund(amount: str) -> str:
        refunded = await till.sandbox.refund(
            reference=reference, amount=usd(amount), idempotency_key="r", now=NOW
        )
        return refunded.status

    with pytest.raises(ProviderUnavailable):
        await refund("1.00")
    with pytest.raises(ProviderRefused):
        await refund("2.00")
    assert await till.rows("SELECT count(*) FROM sandbox_refunds") == [(0,)]
    assert await refund("1.00") == "completed"


async def test_no_more_is_refunded_than_was_taken_whoever_asks(till: Till) -> None:
    others = [Database("payments", till.database.url) for _ in range(3)]
    reference = await captured(till.sandbox)

    async def refund(number: int) -> str:
        sandbox = sandbox_over(others[number % 3])  # as several processes
        try:
            await sandbox.refund(
                reference=reference, amount=usd("3.00"), idempotency_key=f"r{number}", now=NOW
            )
        except ProviderRefused as refused:
            return refused.code
        return "done"

    ended = await asyncio.gather(*(refund(number) for number in range(30)))
    assert (ended.count("done"), ended.count("refund_too_large")) == (6, 24)
    for database in others:
        await database.close()


async def test_what_does_not_fit_is_refused(till: Till) -> None:
    sandbox = till.sandbox
    reserved = (await sandbox.authorize(asked(), now=NOW)).reference or ""
    taken = await captured(sandbox)
    euros = Money(amount=usd().amount, currency_code="EUR")
    for call in (
        sandbox.capture(reference=reserved, amount=usd("20.00"), idempotency_key="1", now=NOW),
        sandbox.capture(reference=reserved, amount=euros, idempotency_key="2", now=NOW),
        sandbox.capture(reference=taken, amount=usd(), idempotency_key="3", now=NOW),
        sandbox.refund(reference=reserved, amount=usd(), idempotency_key="4", now=NOW),
        sandbox.void(reference=taken, idempotency_key="5", now=NOW),
        sandbox.void(reference="sandbox_nothing", idempotency_key="6", now=NOW),
        sandbox.find(reference="sandbox_nothing", now=NOW),
        sandbox.find_refund(reference="refund_nothing"),
        sandbox.complete_action(reference="sandbox_nothing", approve=True, now=NOW),
        sandbox.complete_action(reference="refund_nothing", approve=True, now=NOW),
    ):
        with pytest.raises(ProviderRefused):
            await call


async def test_each_call_is_a_statement_or_two(till: Till) -> None:
    reference = await captured(till.sandbox)
    with record_calls() as log:
        await till.sandbox.authorize(asked(), now=NOW)
    assert len(log.calls) == 1
    with record_calls() as log:
        await till.sandbox.refund(reference=reference, amount=usd("1.00"), idempotency_key="r", now=NOW)
    assert len(log.calls) == 2


def test_every_token_is_documented() -> None:
    page = (ROOT / "docs" / "payments.md").read_text(encoding="utf-8")
    assert [token for token in TOKENS if f"`{token}`" not in page] == []
