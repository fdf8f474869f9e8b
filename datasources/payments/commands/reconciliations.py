"""Looks after payments and refunds that have not been heard of: what a process that died has left, and what lapses."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from asyncpg import IntegrityConstraintViolationError
from sqlalchemy import Integer, String, and_, any_, bindparam, literal_column, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from datasources.core.databases import compile_statement
from datasources.payments.charges import CHARGE_COLUMNS, charges_of
from datasources.payments.commands.payments import refresh_as, void_payment
from datasources.payments.commands.refund_executions import refresh_refund
from datasources.payments.errors import AnswerMismatch
from datasources.payments.journal import AT, MOMENT, given
from datasources.payments.providers.protocol import ProviderRefused, ProviderUnavailable
from datasources.payments.tables import payments, refunds

if TYPE_CHECKING:
    import uuid
    from datetime import datetime

    from datasources.core.databases import Database
    from datasources.payments.charges import Charge
    from datasources.payments.providers.registry import Providers

logger = logging.getLogger("datasources.payments.reconciliations")

MOST_PAYMENTS: Final = 100

# Whoever began something has so long to finish it before somebody else looks.
LEFT_ALONE: Final = timedelta(minutes=5)

# An authorisation is looked at for as long before it lapses.
NOTICE: Final = timedelta(days=1)

# A payment of which its provider has not heard in this time was never made, and is given up.
ABANDONED_AFTER: Final = timedelta(days=2)


async def reconcile_payments(
    database: Database, providers: Providers, *, now: datetime, most: int = MOST_PAYMENTS
) -> tuple[uuid.UUID, ...]:
    """Bring up to `most` such payments, and as many refunds, to how they stand with their providers; give the ids of
    the orders whose payments or refunds changed.

    Any number of workers may do so at once: each takes others. Those of a provider that does not answer, or is not set
    up, are left for another time.

    Raises:
        ServiceUnavailable: the payment database is down.
    """
    claimed = {
        "before": now - LEFT_ALONE,
        "at": now,
        "at_most": most,
        "of_providers": providers.names,
    }
    down: set[str] = set()
    payments_of = await _reconcile_payments(database, providers, claimed, down, now=now)
    refunds_of = await _reconcile_refunds(database, providers, claimed, down, now=now)
    return tuple(dict.fromkeys([*payments_of, *refunds_of]))


async def _reconcile_payments(
    database: Database, providers: Providers, claimed: dict[str, Any], down: set[str], *, now: datetime
) -> list[uuid.UUID]:
    changed = []
    rows = await database.change(_CLAIM, soon=claimed["before"] + NOTICE, **claimed)
    for payment in charges_of(rows):
        if payment.gateway in down:
            continue
        try:
            after = await _reconcile(database, providers, payment, now=now)
        except ProviderUnavailable:
            down.add(payment.gateway)
        except (ProviderRefused, AnswerMismatch, IntegrityConstraintViolationError) as error:
            logger.error("Payment %s cannot be reconciled: %s", payment.id, error)  # noqa: TRY400  # expected, with all of its data
        else:
            changed += [payment.order_id] if after.version != payment.version else []
    return changed


async def _reconcile_refunds(
    database: Database, providers: Providers, claimed: dict[str, Any], down: set[str], *, now: datetime
) -> list[uuid.UUID]:
    changed = []
    for refund_id, order_id, gateway in await database.change(_CLAIM_REFUNDS, **claimed):
        if gateway in down:
            continue
        try:
            after = await refresh_refund(database, providers, refund_id=refund_id, now=now)
        except ProviderUnavailable:
            down.add(gateway)
        except (ProviderRefused, IntegrityConstraintViolationError) as error:
            logger.error("Refund %s cannot be reconciled: %s", refund_id, error)  # noqa: TRY400  # expected, with all of its data
        else:
            changed += [order_id] if after.status != "processing" else []
    return changed


async def _reconcile(database: Database, providers: Providers, payment: Charge, *, now: datetime) -> Charge:
    after = await refresh_as(database, providers, payment=payment, reference=None, now=now)
    if after.status == "pending" and now - after.created_at >= ABANDONED_AFTER:
        return await void_payment(database, providers, payment_id=payment.id, now=now)
    return after


_BEFORE: Final = given("before", MOMENT)

# The statuses stand in the statement itself, as in the partial indexes that find them.
_UNSETTLED: Final = and_(
    payments.c.checked_at < _BEFORE,
    or_(
        payments.c.status.op("IN")(literal_column("('pending', 'processing', 'requires_action')")),
        and_(
            payments.c.status == literal_column("'authorized'"),
            payments.c.authorization_expires_at < given("soon", MOMENT),
        ),
    ),
)
_OF_PROVIDERS: Final = any_(given("of_providers", ARRAY(String)))

_CLAIM: Final = compile_statement(
    update(payments)
    .where(
        payments.c.id.in_(
            select(payments.c.id)
            .where(_UNSETTLED, payments.c.gateway == _OF_PROVIDERS)
            .order_by(payments.c.checked_at, payments.c.id)
            .limit(bindparam("at_most", type_=Integer))
            .with_for_update(skip_locked=True)
        )
    )
    .values(checked_at=AT)
    .returning(*CHARGE_COLUMNS)
)

_SENT: Final = (
    select(refunds.c.id)
    .join_from(refunds, payments, payments.c.id == refunds.c.payment_id)
    .where(
        refunds.c.status == literal_column("'processing'"),
        refunds.c.updated_at < _BEFORE,
        payments.c.gateway == _OF_PROVIDERS,
    )
    .order_by(refunds.c.updated_at, refunds.c.id)
    .limit(bindparam("at_most", type_=Integer))
    .with_for_update(skip_locked=True, of=refunds)
)

_CLAIM_REFUNDS: Final = compile_statement(
    update(refunds)
    .where(refunds.c.id.in_(_SENT), payments.c.id == refunds.c.payment_id)
    .values(updated_at=AT)
    .returning(refunds.c.id, refunds.c.order_id, payments.c.gateway)
)
