"""What providers deliver: stored first, and settled once each, however often, late and out of order it comes.

An event only says where to look. How the payment and its refunds stand is asked of the provider.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from asyncpg import IntegrityConstraintViolationError
from sqlalchemy import (
    Boolean,
    Integer,
    String,
    Text,
    any_,
    bindparam,
    literal_column,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID
from sqlalchemy.dialects.postgresql import insert as insert_unless_there

from datasources.core.databases import compile_statement
from datasources.core.records import from_rows, row_record
from datasources.payments.charges import find_charge_of
from datasources.payments.commands.payments import refresh_as
from datasources.payments.commands.refund_executions import refresh_refund
from datasources.payments.errors import AnswerMismatch
from datasources.payments.journal import AT, MOMENT, ONE, given
from datasources.payments.providers.protocol import ProviderRefused, ProviderUnavailable
from datasources.payments.tables import payment_webhooks, refunds

if TYPE_CHECKING:
    import uuid
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from datasources.core.databases import Database
    from datasources.payments.providers.protocol import ProviderEvent
    from datasources.payments.providers.registry import Providers

logger = logging.getLogger("datasources.payments.webhooks")

MOST_EVENTS: Final = 50

# Whoever has an event has so long to settle it before another one may.
_LEASE: Final = timedelta(minutes=2)

# An event about a payment that nobody knows is tried again later each time, for nine hours in all, and then kept.
MOST_ATTEMPTS: Final = 14
_FIRST_DELAY: Final = timedelta(seconds=5)
_LONGEST_DELAY: Final = timedelta(hours=2)


@row_record
class _Webhook:
    id: uuid.UUID
    provider: str
    event_type: str
    reference: str | None
    payment_id: uuid.UUID | None
    attempts: int


class _NotKnownYet(Exception):
    """We have no payment that the event is about, or not yet."""


async def store_webhook(database: Database, *, provider: str, event: ProviderEvent, now: datetime) -> bool:
    """Keep an event whose signature was right, and tell whether it is news.

    Raises:
        ServiceUnavailable: the payment database is down.
    """
    added = await database.change(
        _STORE,
        the_provider=provider,
        the_type=event.type,
        the_external_id=event.id,
        the_payload=dict(event.payload),
        the_reference=event.reference,
        the_payment=event.payment_id,
        at=now,
    )
    return bool(added)


async def settle_webhooks(
    database: Database, providers: Providers, *, now: datetime, most: int = MOST_EVENTS
) -> tuple[uuid.UUID, ...]:
    """Settle up to `most` events that are due, and give the ids of the orders with payments or refunds that changed.

    Any number of workers may do so at once. An event that cannot be settled is tried again later.

    Raises:
        ServiceUnavailable: the payment database is down.
    """
    rows = await database.change(
        _CLAIM, of_providers=providers.names, at=now, until=now + _LEASE, at_most=most
    )
    changed: dict[uuid.UUID, None] = {}
    for webhook in from_rows(_Webhook, rows):
        order = await _settle(database, providers, webhook, now=now)
        if order is not None:
            changed[order] = None
    return tuple(changed)


async def _settle(
    database: Database, providers: Providers, webhook: _Webhook, *, now: datetime
) -> uuid.UUID | None:
    """Settle one event: the order whose payment or refund it has changed, if it did."""
    try:
        order = await _look(database, providers, webhook, now=now)
    except ProviderUnavailable as error:
        await _put_off(database, webhook, error, is_final=False, now=now)
    except (_NotKnownYet, ProviderRefused, AnswerMismatch, IntegrityConstraintViolationError) as error:
        # The last is a bug of ours or of the provider's, which is to keep no other event.
        await _put_off(database, webhook, error, is_final=webhook.attempts >= MOST_ATTEMPTS, now=now)
    else:
        await database.change(_DONE, of_webhook=webhook.id, at=now)
        return order
    return None


async def _look(
    database: Database, providers: Providers, webhook: _Webhook, *, now: datetime
) -> uuid.UUID | None:
    if webhook.reference is None and webhook.payment_id is None:
        return None
    before = await find_charge_of(
        database, gateway=webhook.provider, reference=webhook.reference, payment_id=webhook.payment_id
    )
    if before is None:
        message = "No payment is known that this is about."
        raise _NotKnownYet(message)
    after = await refresh_as(database, providers, payment=before, reference=webhook.reference, now=now)
    is_changed = after.version != before.version
    rows = await database.fetch(
        _REFUNDS, of_payment=before.id, is_about_refunds="refund" in webhook.event_type
    )
    for refund_id, status in rows:
        refund = await refresh_refund(database, providers, refund_id=refund_id, now=now)
        is_changed = is_changed or refund.status != status
    return before.order_id if is_changed else None


async def _put_off(
    database: Database, webhook: _Webhook, error: Exception, *, is_final: bool, now: datetime
) -> None:
    delay = min(_FIRST_DELAY * 2 ** min(webhook.attempts, MOST_ATTEMPTS), _LONGEST_DELAY)
    await database.change(
        _PUT_OFF,
        of_webhook=webhook.id,
        the_error=str(error),
        the_next=None if is_final else now + delay,
    )
    level = logging.ERROR if is_final else logging.INFO
    logger.log(
        level,
        "The event %s of %s was not settled at attempt %d: %s",
        webhook.id,
        webhook.provider,
        webhook.attempts,
        error,
    )


_TRUE: Final[ColumnElement[bool]] = literal_column("true")

_STORE: Final = compile_statement(
    insert_unless_there(payment_webhooks)
    .values(
        provider=given("the_provider", String),
        event_type=given("the_type", String),
        external_id=given("the_external_id", String),
        payload=given("the_payload", JSONB),
        reference=given("the_reference", String),
        payment_id=given("the_payment", UUID),
        signature_valid=_TRUE,
        next_attempt_at=AT,
        created_at=AT,
    )
    .on_conflict_do_nothing(
        index_elements=["provider", "external_id"], index_where=payment_webhooks.c.signature_valid
    )
    .returning(payment_webhooks.c.id)
)

_DUE: Final = (
    select(payment_webhooks.c.id)
    .where(
        ~payment_webhooks.c.processed,
        payment_webhooks.c.next_attempt_at <= AT,
        payment_webhooks.c.provider == any_(given("of_providers", ARRAY(String))),
    )
    .order_by(payment_webhooks.c.next_attempt_at)
    .limit(bindparam("at_most", type_=Integer))
    .with_for_update(skip_locked=True)
)

_CLAIM: Final = compile_statement(
    update(payment_webhooks)
    .where(payment_webhooks.c.id.in_(_DUE))
    .values(attempts=payment_webhooks.c.attempts + ONE, next_attempt_at=given("until", MOMENT))
    .returning(
        payment_webhooks.c.id,
        payment_webhooks.c.provider,
        payment_webhooks.c.event_type,
        payment_webhooks.c.reference,
        payment_webhooks.c.payment_id,
        payment_webhooks.c.attempts,
    )
)

_DONE: Final = compile_statement(
    update(payment_webhooks)
    .where(payment_webhooks.c.id == given("of_webhook", UUID))
    .values(processed=_TRUE, processed_at=AT, next_attempt_at=null(), error=null())
)

_PUT_OFF: Final = compile_statement(
    update(payment_webhooks)
    .where(payment_webhooks.c.id == given("of_webhook", UUID), ~payment_webhooks.c.processed)
    .values(error=given("the_error", Text), next_attempt_at=given("the_next", MOMENT))
)

# Refunds that the provider was asked for; those that were paid back, too, where the news is about refunds.
_REFUNDS: Final = compile_statement(
    select(refunds.c.id, refunds.c.status)
    .where(
        refunds.c.payment_id == given("of_payment", UUID),
        or_(
            refunds.c.status == literal_column("'processing'"),
            given("is_about_refunds", Boolean) & (refunds.c.status == literal_column("'completed'")),
        ),
    )
    .order_by(refunds.c.created_at, refunds.c.id)
)
