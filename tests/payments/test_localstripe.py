"""The same against localstripe, which others wrote after Stripe's documentation: requests and answers have its shapes.

It knows no idempotency keys, and lets more be refunded than was paid, so what depends on those is in test_stripe.py.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

import httpx
import pytest

from datasources.payments.providers.protocol import AuthorizationRequest, ProviderRefused
from datasources.payments.providers.stripe import open_stripe
from tests.payments.tills import NOW, usd

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from datasources.payments.providers.stripe import StripeProvider


@asynccontextmanager
async def localstripe(folder: Path) -> AsyncIterator[str]:
    """The URL of a localstripe of one's own, which ends with the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # The library that it is made of warns of its own: that is its business.
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "localstripe",
        "--port",
        str(port),
        "--from-scratch",
        cwd=folder,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    base = f"http://127.0.0.1:{port}"
    try:
        async with asyncio.timeout(20), httpx.AsyncClient() as http:
            while process.returncode is None:
                try:
                    await http.get(f"{base}/v1/customers", auth=("sk_test_x", ""))
                    break
                except httpx.TransportError:
                    await asyncio.sleep(0.1)
        yield base
    finally:
        process.terminate()
        await process.wait()


@pytest.fixture
async def provider(tmp_path: Path) -> AsyncIterator[StripeProvider]:
    """Stripe, as localstripe plays it."""
    async with (
        localstripe(tmp_path) as base,
        open_stripe(secret_key="sk_test_x", webhook_secret="whsec_x", api_base=base) as opened,
    ):
        yield opened


def asked(token: str) -> AuthorizationRequest:
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


async def test_a_payment_from_its_authorization_to_its_refund(provider: StripeProvider) -> None:
    authorized = await provider.authorize(asked("pm_card_visa"), now=NOW)
    assert (authorized.status, authorized.amount) == ("authorized", usd())
    assert authorized.authorization_expires_at is not None
    reference = authorized.reference or ""
    assert (await provider.find(reference=reference, now=NOW)).status == "authorized"
    taken = await provider.capture(reference=reference, amount=usd(), idempotency_key="c", now=NOW)
    assert (taken.status, taken.amount) == ("captured", usd())
    refund = await provider.refund(reference=reference, amount=usd("5.00"), idempotency_key="r", now=NOW)
    assert refund.status == "completed"
    assert await provider.find_refund(reference=refund.reference) == refund
    assert await provider.find_refund_by_key(reference=reference, idempotency_key="r") == refund
    assert await provider.find_refund_by_key(reference=reference, idempotency_key="another") is None
    with pytest.raises(ProviderRefused):
        await provider.void(reference=reference, idempotency_key="v", now=NOW)


async def test_a_payment_that_is_declined_or_given_up(provider: StripeProvider) -> None:
    declined = await provider.authorize(asked("pm_card_chargeCustomerFail"), now=NOW)
    assert (declined.status, declined.failure_code) == ("failed", "card_declined")
    unknown = await provider.authorize(asked("pm_nothing"), now=NOW)
    assert unknown.status == "failed"
    reserved = await provider.authorize(asked("pm_card_visa"), now=NOW)
    given_up = await provider.void(reference=reserved.reference or "", idempotency_key="v", now=NOW)
    assert given_up.status == "cancelled"


async def test_a_card_is_saved_and_forgotten(provider: StripeProvider) -> None:
    saved = await provider.save_method(
        token="pm_card_visa", kind="credit_card", user_id=uuid4(), customer_reference=None
    )
    assert (saved.card_brand, saved.card_last_four, saved.card_exp_year) == ("Visa", "4242", 2030)
    assert saved.customer_reference
    await provider.forget_method(token=saved.token)
