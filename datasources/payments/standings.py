"""Reads off a provider's answer what has become of a payment, and sees to it that our books follow."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from datasources.payments.charges import find_payment
from datasources.payments.errors import AnswerMismatch
from datasources.payments.providers.protocol import ProviderRefused
from datasources.payments.recording import SOURCES, Entry, Outcome, record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from datasources.core.databases import Database
    from datasources.core.money import Money
    from datasources.payments.charges import Charge
    from datasources.payments.providers.protocol import PaymentProvider, ProviderPayment, Standing
    from datasources.payments.records import PaymentState, TransactionStatus, TransactionType

logger = logging.getLogger("datasources.payments")

_STATUSES: Final[Mapping[Standing, PaymentState]] = {
    "requires_action": "requires_action",
    "processing": "processing",
    "authorized": "authorized",
    "captured": "succeeded",
    "failed": "failed",
    "cancelled": "cancelled",
}

_ENTRY_STATUSES: Final[Mapping[Standing, TransactionStatus]] = {
    "requires_action": "pending",
    "processing": "processing",
    "authorized": "succeeded",
    "captured": "succeeded",
    "failed": "failed",
    "cancelled": "succeeded",
}

# What a provider holds for us of a payment that we have given up.
_HELD: Final = frozenset({"requires_action", "processing", "authorized"})


async def follow(
    database: Database,
    provider: PaymentProvider,
    charge: Charge,
    answer: ProviderPayment,
    *,
    key: str | None,
    now: datetime,
) -> Charge:
    """Write down how a payment stands with its provider, and give the payment as it is then.

    `key` is what the provider was asked with, if it was asked to do something. A payment that we have given up
    meanwhile is given up at the provider, too.

    Raises:
        AnswerMismatch: the provider speaks of another sum.
        ProviderUnavailable: it could not be told to give the payment up; ask again.
        ServiceUnavailable: the payment database is down.
    """
    _require_same_sum(charge, answer)
    if charge.status in SOURCES[_STATUSES[answer.status]]:
        recorded = await record(database, charge, outcome_of(charge, answer, key=key, now=now), now=now)
        if recorded is not None:
            return recorded
        charge = await find_payment(database, payment_id=charge.id)  # somebody else was faster
        if charge.status in SOURCES[_STATUSES[answer.status]]:
            return await follow(database, provider, charge, answer, key=key, now=now)
    if charge.status in {"failed", "cancelled"} and answer.status in _HELD and answer.reference is not None:
        await give_up(provider, charge, answer.reference, now=now)
    return charge


async def give_up(provider: PaymentProvider, charge: Charge, reference: str, *, now: datetime) -> None:
    """Let the provider hold nothing of a payment any more.

    Raises:
        ProviderUnavailable: nobody knows whether it does; ask again.
    """
    try:
        await provider.void(reference=reference, idempotency_key=void_key(charge), now=now)
    except ProviderRefused as refusal:
        # It holds nothing, or will tell with an event of its own.
        logger.info("Payment %s was not voided at %s: %s", charge.id, provider.name, refusal.code)


def outcome_of(charge: Charge, answer: ProviderPayment, *, key: str | None, now: datetime) -> Outcome:
    """What a provider's answer makes of a payment."""
    return Outcome(
        status=_STATUSES[answer.status],
        event=_event_of(charge, answer, key=key, now=now),
        entry=Entry(type=_entry_type(charge, answer), status=_ENTRY_STATUSES[answer.status], key=key),
        reference=answer.reference,
        captured=answer.amount.amount if answer.status == "captured" else None,
        next_action=answer.next_action,
        failure_code=answer.failure_code,
        failure_reason=answer.failure_reason,
        fee=answer.fee,
        card_brand=answer.card_brand,
        card_last_four=answer.card_last_four,
        authorization_expires_at=answer.authorization_expires_at,
    )


def void_key(charge: Charge) -> str:
    """The idempotency key of giving a payment up."""
    return f"{charge.id}:void"


def _event_of(charge: Charge, answer: ProviderPayment, *, key: str | None, now: datetime) -> str:
    if answer.status == "captured":
        return "captured"
    expiry = charge.authorization_expires_at
    if answer.status == "cancelled" and key is None and expiry is not None and expiry <= now:
        return "authorization_expired"
    return answer.status


def _entry_type(charge: Charge, answer: ProviderPayment) -> TransactionType:
    if answer.status == "captured":
        return "charge" if charge.authorized_at is None else "capture"
    if answer.status == "cancelled":
        return "void"
    return "capture" if charge.status == "authorized" else "authorization"


def _require_same_sum(charge: Charge, answer: ProviderPayment) -> None:
    told: Money = answer.amount
    less = answer.status == "captured" and told.amount < charge.amount
    if told.currency_code != charge.currency or (told.amount != charge.amount and not less):
        raise AnswerMismatch(charge.id, expected=charge.total, told=told)
