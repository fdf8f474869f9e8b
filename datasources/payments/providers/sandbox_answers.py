"""What the sandbox says: of payments and refunds, of what it refuses, and in the webhooks that it signs."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import orjson

from datasources.core.money import HUNDREDTH, Money
from datasources.payments.providers.protocol import (
    InvalidSignature,
    ProviderEvent,
    ProviderPayment,
    ProviderRefund,
    ProviderRefused,
)
from datasources.payments.providers.sandbox_tokens import TOKENS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Row

SIGNATURE_HEADER: Final = "sandbox-signature"

# As Stripe does it: a delivery that was recorded and sent again much later is nobody's.
TOLERANCE: Final = timedelta(minutes=5)

# What the sandbox keeps of a sum.
_FEE_RATE: Final = Decimal("0.029")
_FEE_FIXED: Final = Decimal("0.30")


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxDelivery:
    """A webhook of the sandbox: what is sent to whoever receives them."""

    body: bytes
    headers: Mapping[str, str]


def payment_of(facts: Mapping[str, Any], *, pages: str, now: datetime | None = None) -> ProviderPayment:
    """A payment as the sandbox tells of it; an authorisation whose time is over at `now` is cancelled."""
    token, amount = TOKENS.get(facts["token"]), Decimal(facts["amount"])
    told = facts["authorization_expires_at"]
    expiry = None if told is None else datetime.fromisoformat(told)
    status, code, reason = facts["status"], facts["failure_code"], facts["failure_reason"]
    if status == "authorized" and now is not None and expiry is not None and expiry <= now:
        status, code, reason = "cancelled", "authorization_expired", "The authorization has expired."
    page = {"type": "redirect", "url": f"{pages}/{facts['reference']}"}
    return ProviderPayment(
        reference=facts["reference"],
        status=status,
        amount=Money(amount=amount, currency_code=facts["currency"]),
        next_action=page if status == "requires_action" else None,
        failure_code=code,
        failure_reason=reason,
        fee=_fee(amount) if status == "captured" else None,
        card_brand=None if token is None else token.brand,
        card_last_four=None if token is None else token.last_four,
        authorization_expires_at=expiry,
    )


def refund_of(row: Row[Any]) -> ProviderRefund:
    """A refund as the sandbox tells of it."""
    return ProviderRefund(
        reference=row.reference,
        status=row.status,
        failure_code=row.failure_code,
        failure_reason=row.failure_reason,
    )


def refusal_of(operation: str, facts: Mapping[str, Any], *, now: datetime) -> ProviderRefused:
    """Why something was not done to a payment that stands like this."""
    if "status" not in facts:
        return ProviderRefused("unknown_reference", "The sandbox has nothing of this reference.")
    token = TOKENS.get(facts["token"])
    expiry = facts["authorization_expires_at"]
    if operation == "capture":
        if token is not None and token.refuses_capture:
            return ProviderRefused("capture_refused", "The bank has refused the capture.")
        if facts["status"] == "authorized" and expiry and datetime.fromisoformat(expiry) <= now:
            return ProviderRefused("authorization_expired", "The authorization has expired.")
    if operation == "refund":
        if token is not None and token.refuses_refund:
            return ProviderRefused("refund_refused", "The bank has refused the refund.")
        return ProviderRefused("refund_too_large", "No more can be refunded than was captured.")
    return ProviderRefused("unexpected_state", f"The payment is {facts['status']}.")


def sign_event(
    *,
    kind: str,
    status: str,
    about: str,
    reference: str,
    payment_id: UUID,
    secret: str,
    now: datetime,
) -> SandboxDelivery:
    """The delivery of what has become of something; the same event each time that it is told."""
    event = {
        "id": f"event_{sha256(f'{about}:{status}'.encode()).hexdigest()[:32]}",
        "type": f"{kind}.{status}",
        "reference": reference,
        "payment_id": str(payment_id),
    }
    body = orjson.dumps(event)
    moment = int(now.timestamp())
    signed = f"t={moment},v1={_signature(body, moment, secret)}"
    return SandboxDelivery(body=body, headers={SIGNATURE_HEADER: signed})


def read_delivery(body: bytes, headers: Mapping[str, str], *, secret: str, now: datetime) -> ProviderEvent:
    """The event in a delivery that is the sandbox's.

    Raises:
        InvalidSignature: it is not, or it is too old.
    """
    parts = dict(part.split("=", 1) for part in headers.get(SIGNATURE_HEADER, "").split(",") if "=" in part)
    moment = parts.get("t", "")
    if not moment.isascii() or not moment.isdecimal() or len(moment) > 12:  # noqa: PLR2004  # a time of this age
        raise InvalidSignature("sandbox", "it is not signed")
    expected = _signature(body, int(moment), secret)
    if not hmac.compare_digest(expected.encode(), parts.get("v1", "").encode()):
        raise InvalidSignature("sandbox", "the signature is another one")
    if abs(now.timestamp() - int(moment)) > TOLERANCE.total_seconds():
        raise InvalidSignature("sandbox", "it is too old")
    event = orjson.loads(body)
    return ProviderEvent(
        id=event["id"],
        type=event["type"],
        reference=event["reference"],
        payment_id=UUID(event["payment_id"]),
        payload=event,
    )


def _signature(body: bytes, moment: int, secret: str) -> str:
    return hmac.new(secret.encode(), b"%d.%b" % (moment, body), sha256).hexdigest()


def _fee(amount: Decimal) -> Decimal:
    return min(amount, (amount * _FEE_RATE + _FEE_FIXED).quantize(HUNDREDTH))
