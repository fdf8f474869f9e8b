"""Payments begun, authorised, captured and given up, and brought to what their provider says of them.

A provider is asked outside of any transaction, each time with the same key for the same thing, so whoever finishes what
another process began cannot charge twice.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final

from asyncpg import ForeignKeyViolationError

from datasources.core.errors import IdempotencyConflict
from datasources.payments.amounts import require_payable
from datasources.payments.beginnings import BEGIN, BEGUN
from datasources.payments.charges import charge_of, find_payment, payments_of_order
from datasources.payments.errors import PaymentNotAuthorized, UnknownPaymentMethod
from datasources.payments.providers.protocol import AuthorizationRequest, ProviderRefused
from datasources.payments.recording import Entry, Outcome, record
from datasources.payments.standings import follow, give_up, void_key

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from datasources.core.databases import Database
    from datasources.payments.charges import Charge, NewPayment
    from datasources.payments.providers.protocol import PaymentProvider, ProviderPayment
    from datasources.payments.providers.registry import Providers

__all__ = [
    "authorize_payment",
    "begin_payment",
    "capture_payment",
    "find_payment",
    "payments_of_order",
    "refresh_payment",
    "void_payment",
]

# Of a payment whose provider may have been asked, and has not been heard.
_WAITING: Final = frozenset({"requires_action", "processing"})


async def begin_payment(database: Database, *, payment: NewPayment, now: datetime) -> Charge:
    """Write down that a payment is to be made; nothing is asked of its provider yet. The same key begins one payment.

    Raises:
        InvalidAmount: nobody can pay this sum.
        IdempotencyConflict: the key, or the id, was used for another payment.
        UnknownPaymentMethod: there is no saved method with this id.
        ServiceUnavailable: the payment database is down.
    """
    require_payable(payment.amount)
    try:
        rows = await database.change(BEGIN, **_parameters(payment, now))
    except ForeignKeyViolationError as error:
        if error.constraint_name == "fk_payments_payment_method_id" and payment.payment_method_id is not None:
            raise UnknownPaymentMethod(payment.payment_method_id) from error
        raise
    rows = rows or await database.fetch(BEGUN, the_key=payment.idempotency_key)
    if not rows or (begun := charge_of(rows)).request_hash != payment.request_hash:
        raise IdempotencyConflict(payment.idempotency_key)
    return begun


async def authorize_payment(
    database: Database, providers: Providers, *, payment: Charge, now: datetime
) -> Charge:
    """Have the provider reserve the amount, and give the payment as it is then: authorized, requires_action,
    processing, failed, or succeeded where the provider took the money at once.

    One that waits for the customer or the provider is brought to how it stands; any other is given back unchanged.

    Raises:
        UnknownProvider: its provider is not set up.
        ProviderUnavailable: nobody knows yet; ask again, and nothing is reserved twice.
        AnswerMismatch: the provider speaks of another sum.
        ServiceUnavailable: the payment database is down; ask again likewise.
    """
    if payment.status in _WAITING:
        return await _follow_standing(database, providers, payment, now=now)
    if payment.status != "pending":
        return payment
    provider = providers.get(payment.gateway)
    answer = await _find_forgotten(provider, payment, now=now)
    key = None
    if answer is None:
        key = _authorization_key(payment)
        answer = await provider.authorize(_request(payment, key), now=now)
    return await follow(database, provider, payment, answer, key=key, now=now)


async def capture_payment(
    database: Database, providers: Providers, *, payment: Charge, now: datetime
) -> Charge:
    """Take the whole amount that was reserved, and give the payment as it is then: succeeded, or failed where the
    provider refused for good, in which case nothing stays reserved.

    One that was captured, failed or was cancelled is given back unchanged.

    Raises:
        PaymentNotAuthorized: it has not been reserved yet.
        UnknownProvider: its provider is not set up.
        ProviderUnavailable: nobody knows yet; ask again, and nothing is taken twice.
        AnswerMismatch: the provider speaks of another sum.
        ServiceUnavailable: the payment database is down; ask again likewise.
    """
    if payment.status == "pending" or payment.status in _WAITING:
        raise PaymentNotAuthorized(payment.status)
    if payment.status != "authorized" or payment.reference is None:
        return payment
    provider, key = providers.get(payment.gateway), f"{payment.id}:capture"
    try:
        answer = await provider.capture(
            reference=payment.reference, amount=payment.total, idempotency_key=key, now=now
        )
    except ProviderRefused as refusal:
        return await _settle_refusal(
            database, provider, payment, payment.reference, refusal, key=key, now=now
        )
    return await follow(database, provider, payment, answer, key=key, now=now)


async def void_payment(
    database: Database, providers: Providers, *, payment_id: UUID, now: datetime
) -> Charge:
    """Give up whatever is not captured, and give the payment as it is then.

    What was captured stays: refund it. So does what the provider is just settling (`processing`): ask again later.
    Where nobody knows whether the provider was ever asked, it is asked once more under the same key, so that a call
    which is still on its way finds the key taken and what it was for given up.

    Raises:
        UnknownPayment: there is none.
        UnknownProvider: its provider is not set up.
        ProviderUnavailable: nobody knows yet; ask again.
        AnswerMismatch: the provider speaks of another sum.
        ServiceUnavailable: the payment database is down.
    """
    payment = await find_payment(database, payment_id=payment_id)
    if payment.status == "pending":
        payment = await _find_out(database, providers, payment, now=now)
    if payment.status not in {"requires_action", "processing", "authorized"} or payment.reference is None:
        return payment
    provider, key = providers.get(payment.gateway), void_key(payment)
    try:
        answer = await provider.void(reference=payment.reference, idempotency_key=key, now=now)
    except ProviderRefused:
        return await _follow_standing(database, providers, payment, now=now)
    return await follow(database, provider, payment, answer, key=key, now=now)


async def refresh_payment(
    database: Database, providers: Providers, *, payment_id: UUID, now: datetime
) -> Charge:
    """Ask the provider how a payment stands, write it down, and give the payment as it is then.

    One of which the provider has never heard is left as it is.

    Raises:
        UnknownPayment: there is none.
        UnknownProvider: its provider is not set up.
        ProviderUnavailable: it does not answer.
        ProviderRefused: it has no such payment.
        AnswerMismatch: the provider speaks of another sum.
        ServiceUnavailable: the payment database is down.
    """
    payment = await find_payment(database, payment_id=payment_id)
    return await _follow_standing(database, providers, payment, now=now)


async def refresh_as(
    database: Database, providers: Providers, *, payment: Charge, reference: str | None, now: datetime
) -> Charge:
    """The same for a payment that was read already; `reference` is the provider's id of it, should we not know it yet.

    Raises:
        As `refresh_payment`.
    """
    return await _follow_standing(database, providers, payment, reference=reference, now=now)


async def _follow_standing(
    database: Database,
    providers: Providers,
    payment: Charge,
    *,
    reference: str | None = None,
    now: datetime,
) -> Charge:
    provider = providers.get(payment.gateway)
    known = payment.reference or reference
    if known is not None:
        answer = await provider.find(reference=known, now=now)
    else:
        found = await provider.find_by_key(idempotency_key=_authorization_key(payment), now=now)
        if found is None:
            return payment
        answer = found
    return await follow(database, provider, payment, answer, key=None, now=now)


async def _find_out(database: Database, providers: Providers, payment: Charge, *, now: datetime) -> Charge:
    """What became of a payment that nobody has heard of; cancelled if its key is too old to ask for it again."""
    provider = providers.get(payment.gateway)
    if not _is_forgotten(provider, payment, now=now):
        return await authorize_payment(database, providers, payment=payment, now=now)
    answer = await _find_forgotten(provider, payment, now=now)
    if answer is not None:
        return await follow(database, provider, payment, answer, key=None, now=now)
    outcome = Outcome(status="cancelled", event="cancelled", entry=None)
    cancelled = await record(database, payment, outcome, now=now)
    return cancelled or await find_payment(database, payment_id=payment.id)


async def _find_forgotten(
    provider: PaymentProvider, payment: Charge, *, now: datetime
) -> ProviderPayment | None:
    """What was made under a key that the provider may have forgotten: asking with it again could make another one."""
    if not _is_forgotten(provider, payment, now=now):
        return None
    return await provider.find_by_key(idempotency_key=_authorization_key(payment), now=now)


def _is_forgotten(provider: PaymentProvider, payment: Charge, *, now: datetime) -> bool:
    return provider.keys_last is not None and now - payment.created_at >= provider.keys_last


async def _settle_refusal(
    database: Database,
    provider: PaymentProvider,
    payment: Charge,
    reference: str,
    refusal: ProviderRefused,
    *,
    key: str,
    now: datetime,
) -> Charge:
    """Write down that a capture was refused, unless the money was taken all the same; keep nothing reserved."""
    answer = await provider.find(reference=reference, now=now)
    if answer.status == "captured":
        return await follow(database, provider, payment, answer, key=None, now=now)
    if answer.status == "authorized":
        await give_up(provider, payment, reference, now=now)
    outcome = Outcome(
        status="failed",
        event="failed",
        entry=Entry(type="capture", status="failed", key=key),
        failure_code=refusal.code,
        failure_reason=refusal.reason,
    )
    failed = await record(database, payment, outcome, now=now)
    return failed or await find_payment(database, payment_id=payment.id)


def _authorization_key(payment: Charge) -> str:
    return f"{payment.id}:authorize"


def _request(payment: Charge, key: str) -> AuthorizationRequest:
    return AuthorizationRequest(
        payment_id=payment.id,
        order_id=payment.order_id,
        amount=payment.total,
        kind=payment.method,
        token=payment.token or "",
        customer_reference=payment.customer_reference,
        idempotency_key=key,
    )


def _parameters(payment: NewPayment, now: datetime) -> dict[str, Any]:
    facts = {
        "payment_id": str(payment.id),
        "order_id": str(payment.order_id),
        "user_id": None if payment.user_id is None else str(payment.user_id),
        "amount": str(payment.amount.amount),
        "currency": payment.amount.currency_code,
        "status": "pending",
    }
    return {
        "new_id": payment.id,
        "new_order": payment.order_id,
        "new_user": payment.user_id,
        "new_email": payment.email,
        "new_amount": payment.amount.amount,
        "new_currency": payment.amount.currency_code,
        "new_kind": payment.kind,
        "new_gateway": payment.gateway,
        "new_token": payment.token,
        "new_method": payment.payment_method_id,
        "new_customer": payment.customer_reference,
        "new_address": _address(payment.ip_address),
        "new_agent": payment.user_agent,
        "the_key": payment.idempotency_key,
        "new_hash": payment.request_hash,
        "at": now,
        "the_event": "created",
        "the_event_data": {"amount": facts["amount"], "currency": facts["currency"]},
        "the_domain_event": "PaymentCreated",
        "the_domain_data": facts,
    }


def _address(text: str | None) -> str | None:
    """An address that the column takes; what is none of a network host is not kept."""
    try:
        return None if text is None else str(ip_address(text))
    except ValueError:
        return None
