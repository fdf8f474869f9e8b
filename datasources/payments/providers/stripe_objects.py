"""Reads Stripe's objects: payment intents, refunds, payment methods, events, and what it says of errors."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from datasources.payments.providers.minor_units import from_minor_units
from datasources.payments.providers.protocol import (
    ProviderEvent,
    ProviderMethod,
    ProviderPayment,
    ProviderRefund,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import stripe

    from datasources.payments.providers.protocol import RefundStanding, Standing
    from datasources.payments.records import MethodKind

    Object = Mapping[str, Any]

_STATUSES: Final[Mapping[str, Standing]] = {
    "requires_payment_method": "failed",
    "requires_confirmation": "processing",
    "requires_action": "requires_action",
    "processing": "processing",
    "requires_capture": "authorized",
    "succeeded": "captured",
    "canceled": "cancelled",
}
_REFUND_STATUSES: Final[Mapping[str, RefundStanding]] = {
    "succeeded": "completed",
    "pending": "processing",
    "requires_action": "processing",
    "failed": "failed",
    "canceled": "failed",
}
_BRANDS: Final[Mapping[str, str]] = {
    "amex": "American Express",
    "diners": "Diners Club",
    "discover": "Discover",
    "jcb": "JCB",
    "mastercard": "Mastercard",
    "unionpay": "UnionPay",
    "visa": "Visa",
}

# What Stripe says not to tell whoever holds the card (https://docs.stripe.com/declines/codes).
_KEPT_TO_OURSELVES: Final = frozenset(
    {"fraudulent", "lost_card", "merchant_blacklist", "pickup_card", "restricted_card", "stolen_card"}
)

# Where Stripe does not say how long cards stay authorised: what it does for most of them.
_AUTHORIZED_FOR: Final = timedelta(days=7)


def payment_of(intent: Object) -> ProviderPayment:
    """How a payment stands by its payment intent."""
    status = _STATUSES[intent["status"]]
    charge = intent.get("latest_charge")
    charge = charge if isinstance(charge, dict) else {}
    card = (charge.get("payment_method_details") or {}).get("card") or {}
    units = (
        intent["amount_received"]
        if status == "captured" and "amount_received" in intent
        else intent["amount"]
    )
    problem = intent.get("last_payment_error") or {}
    failed = status == "failed"
    return ProviderPayment(
        reference=intent["id"],
        status=status,
        amount=from_minor_units(units, intent["currency"]),
        next_action=_next_action(intent) if status == "requires_action" else None,
        failure_code=failure_code(problem) if failed else None,
        failure_reason=problem.get("message") if failed else None,
        fee=_fee(charge, intent["currency"]) if status == "captured" else None,
        card_brand=brand_of(card),
        card_last_four=card.get("last4"),
        authorization_expires_at=_expiry(intent, card) if status == "authorized" else None,
    )


def refund_of(refund: Object) -> ProviderRefund:
    """How a refund stands."""
    status = _REFUND_STATUSES[refund["status"]]
    failed = status == "failed"
    code = refund.get("failure_reason") or f"refund_{refund['status']}"
    return ProviderRefund(
        reference=refund["id"],
        status=status,
        failure_code=code if failed else None,
        failure_reason="The refund could not be paid out." if failed else None,
    )


def method_of(method: Object, kind: MethodKind, *, customer_reference: str) -> ProviderMethod | None:
    """A card as Stripe keeps it; None for what is no card. A card in a wallet stays what its owner calls it."""
    card = method.get("card")
    if method["type"] != "card" or card is None:
        return None
    of_card: MethodKind = "debit_card" if card.get("funding") == "debit" else "credit_card"
    return ProviderMethod(
        token=method["id"],
        kind="wallet" if kind == "wallet" else of_card,
        customer_reference=customer_reference,
        card_brand=brand_of(card),
        card_last_four=card.get("last4"),
        card_exp_month=card.get("exp_month"),
        card_exp_year=card.get("exp_year"),
    )


def event_of(event: Object) -> ProviderEvent:
    """What an event is about. What it says of states is not kept: those are asked for.

    Raises:
        KeyError, TypeError: it is no event.
    """
    about = event["data"]["object"]
    reference = about["id"] if about.get("object") == "payment_intent" else about.get("payment_intent")
    return ProviderEvent(
        id=event["id"],
        type=event["type"],
        reference=reference if isinstance(reference, str) else None,
        payment_id=_our_id(about.get("metadata") or {}),
        payload={
            "id": event["id"],
            "type": event["type"],
            "created": event.get("created"),
            "object": about.get("object"),
            "object_id": about.get("id"),
        },
    )


def failure_code(problem: Object) -> str:
    """Why a card was declined, as far as whoever holds it may know."""
    code, declined = problem.get("code") or "payment_failed", problem.get("decline_code")
    if code != "card_declined" or declined is None:
        return str(code)
    return "card_declined" if declined in _KEPT_TO_OURSELVES or "decline" in declined else str(declined)


def problem_of(error: stripe.StripeError) -> Object:
    """The error object in an answer; empty where there is none."""
    body = error.json_body
    found = body.get("error") if isinstance(body, dict) else None
    return found if isinstance(found, dict) else {}


def brand_of(card: Object) -> str | None:
    """A card's brand as people write it."""
    brand = card.get("brand")
    return None if brand is None else _BRANDS.get(brand, str(brand).capitalize())


def _next_action(intent: Object) -> dict[str, Any]:
    action = intent.get("next_action") or {}
    redirect = action.get("redirect_to_url") or {}
    return {
        "type": action.get("type", "unknown"),
        "url": redirect.get("url"),
        "client_secret": intent.get("client_secret"),
    }


def _expiry(intent: Object, card: Object) -> datetime:
    before = card.get("capture_before")
    if before is not None:
        return datetime.fromtimestamp(before, UTC)
    return datetime.fromtimestamp(intent["created"], UTC) + _AUTHORIZED_FOR


def _fee(charge: Object, currency: str) -> Any:
    booked = charge.get("balance_transaction")
    if not isinstance(booked, dict) or booked.get("currency") != currency or booked.get("fee") is None:
        return None
    return from_minor_units(booked["fee"], currency).amount


def _our_id(metadata: Object) -> UUID | None:
    try:
        return UUID(metadata["payment_id"])
    except (KeyError, ValueError):
        return None
