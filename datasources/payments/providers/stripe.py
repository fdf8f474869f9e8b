"""Stripe: payment intents that are captured later, by cards and wallets that hold cards.

Written against the API version that the library is made for (https://docs.stripe.com/api).
"""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import httpx
import orjson
import stripe

from datasources.payments.errors import InvalidAmount
from datasources.payments.providers.minor_units import to_minor_units
from datasources.payments.providers.protocol import (
    InvalidSignature,
    ProviderPayment,
    ProviderRefused,
    ProviderUnavailable,
)
from datasources.payments.providers.stripe_http import TIME_LIMITS, StripeTransport
from datasources.payments.providers.stripe_objects import (
    event_of,
    failure_code,
    method_of,
    payment_of,
    problem_of,
    refund_of,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Mapping
    from datetime import datetime
    from uuid import UUID

    from datasources.core.money import Money
    from datasources.payments.providers.protocol import (
        AuthorizationRequest,
        ProviderEvent,
        ProviderMethod,
        ProviderRefund,
    )
    from datasources.payments.records import MethodKind

logger = logging.getLogger("datasources.payments.stripe")

NAME: Final = "stripe"
SIGNATURE_HEADER: Final = "stripe-signature"
TOLERANCE: Final = timedelta(minutes=5)

# What is a card, whoever holds it. Other kinds send the customer elsewhere and back again, which is not done here yet.
_KINDS: Final = frozenset({"credit_card", "debit_card", "wallet"})

_WITH_CARD: Final = ("latest_charge",)
_WITH_FEE: Final = ("latest_charge.balance_transaction",)

# What is said of errors whose own words are for programmers, and may hold ids and tokens.
_UNUSABLE: Final = "This payment method cannot be used for this payment."
_REFUSED: Final = "The payment provider has refused this."

# These say that Stripe has understood the request and has not done it. After any other nobody knows.
_Definite = (stripe.CardError, stripe.InvalidRequestError, stripe.IdempotencyError)


@asynccontextmanager
async def open_stripe(
    *, secret_key: str, webhook_secret: str, api_base: str | None = None, retries: int = 1
) -> AsyncIterator[StripeProvider]:
    """Stripe with this key, until the block ends. A request is sent again so often, under its key, before it fails."""
    async with httpx.AsyncClient(timeout=TIME_LIMITS) as http:
        client = stripe.StripeClient(
            secret_key,
            http_client=StripeTransport(http),
            base_addresses={} if api_base is None else {"api": api_base.rstrip("/")},
            max_network_retries=retries,
        )
        yield StripeProvider(client, webhook_secret=webhook_secret)


class StripeProvider:
    """Stripe over a client of its library."""

    name = NAME
    # Stripe keeps keys for at least a day; an hour less, for whoever is on the way.
    keys_last: timedelta | None = timedelta(hours=23)

    def __init__(self, client: stripe.StripeClient, *, webhook_secret: str) -> None:
        """Ask through this client; `webhook_secret` is that of the endpoint."""
        self._api = client.v1
        self._secret = webhook_secret

    async def authorize(self, request: AuthorizationRequest, *, now: datetime) -> ProviderPayment:
        """Make a payment intent and confirm it; see `PaymentProvider`."""
        if request.kind not in _KINDS:
            return _declined(request, "unsupported_payment_method", _UNUSABLE)
        try:
            intent = await self._ask(
                self._api.payment_intents.create_async(
                    _intent(request), {"idempotency_key": request.idempotency_key}
                )
            )
        except InvalidAmount:
            return _declined(request, "invalid_amount", _UNUSABLE)
        except stripe.IdempotencyError as error:
            # The key was used with other parameters, by an older version of this program say: what came of that counts.
            found = await self.find_by_key(idempotency_key=request.idempotency_key, now=now)
            if found is None:
                raise ProviderUnavailable(NAME) from error
            return found
        except _Definite as error:
            return _not_authorized(request, error)
        return payment_of(intent)

    async def capture(
        self, *, reference: str, amount: Money, idempotency_key: str, now: datetime
    ) -> ProviderPayment:
        """Capture a payment intent; see `PaymentProvider`."""
        del now
        given: Any = {"amount_to_capture": to_minor_units(amount), "expand": list(_WITH_FEE)}
        return payment_of(
            await self._do(
                self._api.payment_intents.capture_async(
                    reference, given, {"idempotency_key": idempotency_key}
                )
            )
        )

    async def void(self, *, reference: str, idempotency_key: str, now: datetime) -> ProviderPayment:
        """Cancel a payment intent; see `PaymentProvider`."""
        del now
        return payment_of(
            await self._do(
                self._api.payment_intents.cancel_async(reference, {}, {"idempotency_key": idempotency_key})
            )
        )

    async def refund(
        self, *, reference: str, amount: Money, idempotency_key: str, now: datetime
    ) -> ProviderRefund:
        """Refund some of a payment intent; see `PaymentProvider`."""
        del now
        try:
            units = to_minor_units(amount)
        except InvalidAmount as error:
            raise ProviderRefused("invalid_amount", str(error)) from error
        given: Any = {
            "payment_intent": reference,
            "amount": units,
            "metadata": {"idempotency_key": idempotency_key},
        }
        return refund_of(
            await self._do(self._api.refunds.create_async(given, {"idempotency_key": idempotency_key}))
        )

    async def find(self, *, reference: str, now: datetime) -> ProviderPayment:
        """How a payment intent stands; see `PaymentProvider`."""
        del now
        given: Any = {"expand": list(_WITH_FEE)}
        return payment_of(await self._do(self._api.payment_intents.retrieve_async(reference, given)))

    async def find_by_key(self, *, idempotency_key: str, now: datetime) -> ProviderPayment | None:
        """The payment intent made under a key, by what it carries. Stripe finds it within a minute of its making."""
        del now
        given: Any = {
            "query": f"metadata['idempotency_key']:'{idempotency_key}'",
            "limit": 1,
            "expand": ["data.latest_charge"],
        }
        found = await self._do(self._api.payment_intents.search_async(given))
        return payment_of(found["data"][0]) if found["data"] else None

    async def find_refund(self, *, reference: str) -> ProviderRefund:
        """How a refund stands; see `PaymentProvider`."""
        return refund_of(await self._do(self._api.refunds.retrieve_async(reference)))

    async def find_refund_by_key(self, *, reference: str, idempotency_key: str) -> ProviderRefund | None:
        """The refund of a payment intent that was made under a key, by what it carries."""
        after: dict[str, str] = {}
        while True:
            given: Any = {"payment_intent": reference, "limit": 100, **after}
            page = await self._do(self._api.refunds.list_async(given))
            for refund in page["data"]:
                if (refund.get("metadata") or {}).get("idempotency_key") == idempotency_key:
                    return refund_of(refund)
            if not page["has_more"]:
                return None
            after = {"starting_after": page["data"][-1]["id"]}

    async def save_method(
        self, *, token: str, kind: MethodKind, user_id: UUID, customer_reference: str | None
    ) -> ProviderMethod:
        """Attach a payment method to the user's customer; see `PaymentProvider`."""
        method = await self._do(self._api.payment_methods.retrieve_async(token))
        customer = customer_reference or await self._new_customer(user_id)
        shown = method_of(method, kind, customer_reference=customer)
        if shown is None or kind not in _KINDS:
            raise ProviderRefused("unsupported_payment_method", _UNUSABLE)
        owner = method.get("customer")
        if owner not in {None, customer}:
            raise ProviderRefused("invalid_payment_method", _UNUSABLE)
        if owner is None:
            given: Any = {"customer": customer}
            await self._do(self._api.payment_methods.attach_async(shown.token, given))
        return shown

    async def forget_method(self, *, token: str) -> None:
        """Detach a payment method; see `PaymentProvider`."""
        await self._do(self._api.payment_methods.detach_async(token))

    def read_webhook(self, *, body: bytes, headers: Mapping[str, str], now: datetime) -> ProviderEvent:
        """The event in a delivery that is signed with the endpoint's secret; see `PaymentProvider`."""
        header = headers.get(SIGNATURE_HEADER, "")
        try:
            stripe.WebhookSignature.verify_header(body, header, self._secret, tolerance=None)
            moment = next(int(part[2:]) for part in header.split(",") if part.startswith("t="))
            # The library looks at the clock by itself, and only at deliveries of the past.
            if abs(now.timestamp() - moment) > TOLERANCE.total_seconds():
                raise InvalidSignature(NAME, "it is too old")
            return event_of(orjson.loads(body))
        except stripe.SignatureVerificationError as error:
            raise InvalidSignature(NAME, "the signature is another one") from error
        except (ValueError, KeyError, TypeError, StopIteration) as error:
            raise InvalidSignature(NAME, "it is no event") from error

    async def _new_customer(self, user_id: UUID) -> str:
        given: Any = {"metadata": {"user_id": str(user_id)}}
        made = await self._do(
            self._api.customers.create_async(given, {"idempotency_key": f"customer:{user_id}"})
        )
        return str(made["id"])

    async def _do(self, call: Awaitable[stripe.StripeObject]) -> dict[str, Any]:
        """What Stripe answers.

        Raises:
            ProviderRefused: it has not done it.
            ProviderUnavailable: nobody knows.
        """
        try:
            return await self._ask(call)
        except _Definite as error:
            problem = problem_of(error)
            is_unknown = problem.get("code") == "resource_missing"
            code = "unknown_reference" if is_unknown else failure_code(problem)
            told = error.user_message if isinstance(error, stripe.CardError) else None
            logger.info("Stripe has refused: %s", error)
            raise ProviderRefused(code, told or _REFUSED) from error

    async def _ask(self, call: Awaitable[stripe.StripeObject]) -> dict[str, Any]:
        """The same, but a definite error is raised as it is."""
        try:
            return (await call).to_dict()
        except _Definite:
            raise
        except stripe.StripeError as error:
            logger.warning("Stripe is unavailable: %s: %s", type(error).__name__, error)
            raise ProviderUnavailable(NAME) from error


def _intent(request: AuthorizationRequest) -> Any:
    customer = {} if request.customer_reference is None else {"customer": request.customer_reference}
    return {
        "amount": to_minor_units(request.amount),
        "currency": request.amount.currency_code.lower(),
        "payment_method": request.token,
        "payment_method_types": ["card"],
        "capture_method": "manual",
        "confirm": True,
        "metadata": {
            "payment_id": str(request.payment_id),
            "order_id": str(request.order_id),
            "idempotency_key": request.idempotency_key,
        },
        "expand": list(_WITH_CARD),
        **customer,
    }


def _not_authorized(request: AuthorizationRequest, error: stripe.StripeError) -> ProviderPayment:
    """A payment that was refused: with the payment intent that was made all the same, where there is one."""
    problem = problem_of(error)
    intent = problem.get("payment_intent")
    if isinstance(intent, dict) and intent.get("status") == "requires_payment_method":
        return payment_of({**intent, "last_payment_error": intent.get("last_payment_error") or problem})
    if isinstance(error, stripe.CardError):
        return _declined(request, failure_code(problem), error.user_message or _UNUSABLE)
    logger.warning("Stripe has refused a payment: %s", error)
    is_unknown = problem.get("code") == "resource_missing"
    return _declined(request, "invalid_payment_method" if is_unknown else failure_code(problem), _UNUSABLE)


def _declined(request: AuthorizationRequest, code: str, reason: str) -> ProviderPayment:
    return ProviderPayment(
        reference=None,
        status="failed",
        amount=request.amount,
        failure_code=code,
        failure_reason=reason,
    )
