"""Opens the payment providers that the settings name, and closes them with the application."""

from __future__ import annotations

import hmac
from contextlib import AsyncExitStack, asynccontextmanager
from hashlib import sha256
from typing import TYPE_CHECKING

from datasources.payments.providers.registry import Providers
from datasources.payments.providers.sandbox import NAME as SANDBOX
from datasources.payments.providers.sandbox import SandboxProvider
from gateway.http.sandbox import PAGES
from gateway.payment_settings import PROVIDER_VARIABLE
from gateway.ports import page_url

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from datasources.core.connections import Connections
    from datasources.payments.providers.protocol import PaymentProvider
    from gateway.payment_settings import PaymentSettings
    from gateway.settings import Settings


@asynccontextmanager
async def open_providers(settings: Settings, connections: Connections) -> AsyncIterator[Providers]:
    """The providers of one process, until the block ends.

    The sandbox is there only where it is the one for new payments: nobody is to pay a real shop with a test token.
    """
    payments = settings.payments
    opened: dict[str, PaymentProvider] = {}
    async with AsyncExitStack() as stack:
        if payments.provider == SANDBOX:
            opened[SANDBOX] = _sandbox(settings, connections)
        if payments.stripe_secret_key and payments.stripe_webhook_secret:
            # It takes a tenth of a second to import, which those who do not use it are spared.
            from datasources.payments.providers.stripe import NAME, open_stripe  # noqa: PLC0415

            opened[NAME] = await stack.enter_async_context(
                open_stripe(
                    secret_key=payments.stripe_secret_key,
                    webhook_secret=payments.stripe_webhook_secret,
                    api_base=payments.stripe_api_base,
                )
            )
        yield Providers(by_name=opened, for_new=payments.provider)


def payment_warnings(payments: PaymentSettings) -> tuple[str, ...]:
    """What somebody should know who starts a gateway with these settings, a line each."""
    if payments.provider is None:
        return (
            f"{PROVIDER_VARIABLE} is not set: the shop takes no payments. Set it to stripe, or to sandbox for tests.",
        )
    if payments.provider == SANDBOX:
        return (f"{PROVIDER_VARIABLE} is sandbox: anybody can pay with a test token, and no money moves.",)
    return ()


def _sandbox(settings: Settings, connections: Connections) -> SandboxProvider:
    base = settings.payments.public_url or page_url(settings.host, settings.port)
    return SandboxProvider(
        connections.payments,
        webhook_secret=settings.payments.sandbox_webhook_secret or _derived(settings.jwt_secret),
        pages=f"{base}{PAGES}",
    )


def _derived(secret: str) -> str:
    """A secret of its own for the sandbox's webhooks, the same in every process."""
    return hmac.new(secret.encode(), b"sandbox webhooks", sha256).hexdigest()
