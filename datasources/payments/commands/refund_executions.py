"""Refunds carried out by their provider: each once, whatever dies and whenever."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from datasources.payments.errors import RefundNotApproved
from datasources.payments.providers.protocol import ProviderRefused
from datasources.payments.refunding import (
    BOUNCED,
    COMPLETED,
    FAILED,
    PROCESSING,
    SENT,
    find_held_refund,
    take,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from datasources.core.databases import Database
    from datasources.payments.providers.protocol import PaymentProvider, ProviderRefund, RefundStanding
    from datasources.payments.providers.registry import Providers
    from datasources.payments.records import Refund, TransactionStatus
    from datasources.payments.refunding import HeldRefund, Step


# What each answer makes of a refund, and how it reads in the journal.
_STEPS: Final[Mapping[RefundStanding, tuple[Step, TransactionStatus]]] = {
    "completed": (COMPLETED, "succeeded"),
    "processing": (PROCESSING, "processing"),
    "failed": (FAILED, "failed"),
}


async def execute_refund(
    database: Database, providers: Providers, *, refund_id: UUID, now: datetime
) -> Refund:
    """Have an approved refund paid back, and give it as it is then: completed, failed, or processing as long as the
    provider works on it. One that has ended is given back unchanged.

    Raises:
        UnknownRefund: there is none.
        RefundNotApproved: nobody has approved it.
        UnknownProvider: the payment's provider is not set up.
        ProviderUnavailable: nobody knows yet; ask again, and nothing is paid back twice.
        ServiceUnavailable: the payment database is down; ask again likewise.
    """
    refund = await find_held_refund(database, refund_id)
    if refund.status == "pending":
        raise RefundNotApproved(refund.status)
    if refund.status == "approved":
        providers.get(refund.gateway)  # or else it would wait for a provider that is not there
        await take(database, refund, SENT, now=now)
        refund = await find_held_refund(database, refund_id)
    if refund.status != "processing":
        return refund.shown
    return await _pay_back(database, providers.get(refund.gateway), refund, now=now)


async def refresh_refund(
    database: Database, providers: Providers, *, refund_id: UUID, now: datetime
) -> Refund:
    """Bring a refund that its provider was asked for to how it stands there, one that has bounced among them.

    Raises:
        As `execute_refund`.
    """
    refund = await find_held_refund(database, refund_id)
    if refund.status == "processing":
        return await _pay_back(database, providers.get(refund.gateway), refund, now=now)
    if refund.status != "completed" or refund.reference is None:
        return refund.shown
    answer = await providers.get(refund.gateway).find_refund(reference=refund.reference)
    if answer.status != "failed":
        return refund.shown
    bounced = await take(
        database,
        refund,
        BOUNCED,
        entry="cancelled",
        reference=answer.reference,
        failure_code=answer.failure_code,
        failure_reason=answer.failure_reason,
        now=now,
    )
    return bounced or (await find_held_refund(database, refund_id)).shown


async def _pay_back(
    database: Database, provider: PaymentProvider, refund: HeldRefund, *, now: datetime
) -> Refund:
    key: str | None = f"{refund.id}:refund"
    answer = await _known_answer(provider, refund, now=now)
    if answer is not None:
        key = None
    else:
        try:
            answer = await provider.refund(
                reference=refund.payment_reference or "",
                amount=refund.total,
                idempotency_key=f"{refund.id}:refund",
                now=now,
            )
        except ProviderRefused as refusal:
            answer = await _found(provider, refund)
            if answer is None:
                return await _fail(database, refund, refusal, now=now)
            key = None
    return await _write_down(database, refund, answer, key=key, now=now)


async def _known_answer(
    provider: PaymentProvider, refund: HeldRefund, *, now: datetime
) -> ProviderRefund | None:
    """How a refund stands that the provider has, also under a key that it may have forgotten."""
    if refund.reference is not None:
        return await provider.find_refund(reference=refund.reference)
    lasts, since = provider.keys_last, refund.processed_at
    if lasts is not None and since is not None and now - since >= lasts:
        return await _found(provider, refund)
    return None


async def _found(provider: PaymentProvider, refund: HeldRefund) -> ProviderRefund | None:
    return await provider.find_refund_by_key(
        reference=refund.payment_reference or "", idempotency_key=f"{refund.id}:refund"
    )


async def _write_down(
    database: Database, refund: HeldRefund, answer: ProviderRefund, *, key: str | None, now: datetime
) -> Refund:
    step, entry = _STEPS[answer.status]
    taken = await take(
        database,
        refund,
        step,
        entry=entry,
        key=key,
        reference=answer.reference,
        failure_code=answer.failure_code,
        failure_reason=answer.failure_reason,
        now=now,
    )
    return taken or (await find_held_refund(database, refund.id)).shown


async def _fail(database: Database, refund: HeldRefund, refusal: ProviderRefused, *, now: datetime) -> Refund:
    failed = await take(
        database,
        refund,
        FAILED,
        entry="failed",
        key=f"{refund.id}:refund",
        failure_code=refusal.code,
        failure_reason=refusal.reason,
        now=now,
    )
    return failed or (await find_held_refund(database, refund.id)).shown
