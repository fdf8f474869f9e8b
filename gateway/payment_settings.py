"""Which payment providers there are, and how to reach them, out of the environment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

PROVIDER_VARIABLE: Final = "GATEWAY_PAYMENT_PROVIDER"
PROVIDERS: Final = ("sandbox", "stripe")


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentSettings:
    """What the gateway needs to know to take payments.

    `provider` is that of new payments: None takes none. Stripe is set up wherever its key is, so that what it began is
    finished. `public_url` is where customers find the gateway, for links to the sandbox's pages.
    """

    provider: str | None = None
    stripe_secret_key: str | None = field(default=None, repr=False)
    stripe_webhook_secret: str | None = field(default=None, repr=False)
    stripe_api_base: str | None = None
    sandbox_webhook_secret: str | None = field(default=None, repr=False)
    public_url: str | None = None


NO_PAYMENTS: Final = PaymentSettings()


def parse_payments(environ: Mapping[str, str]) -> PaymentSettings:
    """The settings of payments in these environment variables.

    Raises:
        ValueError: one is missing or makes no sense; the message is one line that names it.
    """

    def given(variable: str) -> str | None:
        return environ.get(variable, "").strip() or None

    provider = given(PROVIDER_VARIABLE)
    if provider is not None and provider not in PROVIDERS:
        message = f"{PROVIDER_VARIABLE} should be {' or '.join(PROVIDERS)}, not {provider!r}."
        raise ValueError(message)
    key, webhook_secret = given("GATEWAY_STRIPE_SECRET_KEY"), given("GATEWAY_STRIPE_WEBHOOK_SECRET")
    if provider == "stripe" and key is None:
        message = (
            "GATEWAY_STRIPE_SECRET_KEY is not set. Stripe's dashboard shows it, under Developers, API keys."
        )
        raise ValueError(message)
    if key is not None and webhook_secret is None:
        message = (
            "GATEWAY_STRIPE_WEBHOOK_SECRET is not set. Stripe's dashboard shows it with the endpoint "
            "that delivers to /webhooks/stripe."
        )
        raise ValueError(message)
    return PaymentSettings(
        provider=provider,
        stripe_secret_key=key,
        stripe_webhook_secret=webhook_secret,
        stripe_api_base=_url(environ, "GATEWAY_STRIPE_API_BASE"),
        sandbox_webhook_secret=given("GATEWAY_SANDBOX_WEBHOOK_SECRET"),
        public_url=_url(environ, "GATEWAY_PUBLIC_URL"),
    )


def _url(environ: Mapping[str, str], variable: str) -> str | None:
    url = environ.get(variable, "").strip().rstrip("/")
    if not url:
        return None
    try:
        parts = urlsplit(url)
        is_url = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        is_url = False
    if not is_url:
        message = f"{variable} should be a URL such as https://shop.example."
        raise ValueError(message)
    return url
