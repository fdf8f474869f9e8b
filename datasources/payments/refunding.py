"""Writes down what became of a refund, and what of its payment with it, in one statement guarded by its status."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    Integer,
    String,
    Text,
    and_,
    any_,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from datasources.core.databases import compile_statement
from datasources.core.money import Money
from datasources.core.records import from_rows, row_record
from datasources.payments.errors import UnknownRefund
from datasources.payments.journal import AT, ONE, answers, entry_values, given, happened, told
from datasources.payments.recording import LONGEST_CODE
from datasources.payments.records import Refund
from datasources.payments.statements import REFUND_COLUMNS
from datasources.payments.tables import payments, refunds

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from datasources.core.databases import Database, Statement
    from datasources.payments.records import RefundStatus, TransactionStatus

REFUND: Final = "Refund"


@row_record
class HeldRefund(Refund):
    """A refund with what its provider must be told: never shown to anybody.

    `reference` is the provider's id of it, once it has answered; `processed_at` is when it was first asked.
    """

    reference: str | None = None
    processed_at: datetime | None = None
    gateway: str = ""
    payment_reference: str | None = None

    @property
    def total(self) -> Money:
        """What is paid back."""
        return Money(amount=self.amount, currency_code=self.currency)

    @property
    def shown(self) -> Refund:
        """The refund without what is the provider's."""
        return Refund(**{it.name: getattr(self, it.name) for it in fields(Refund)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step of a refund: from which statuses to which, what it does to what its payment has paid back, and its events.

    `sign` is 1 where the sum is added to that, -1 where it is taken from it.
    """

    expected: tuple[RefundStatus, ...]
    status: RefundStatus
    event: str
    domain_event: str
    sign: int = 0


SENT: Final = Step(
    expected=("approved",), status="processing", event="refund_processing", domain_event="RefundProcessing"
)
PROCESSING: Final = Step(
    expected=("processing",), status="processing", event="refund_processing", domain_event="RefundProcessing"
)
COMPLETED: Final = Step(
    expected=("processing",), status="completed", event="refunded", domain_event="RefundCompleted", sign=1
)
FAILED: Final = Step(
    expected=("processing",), status="failed", event="refund_failed", domain_event="RefundFailed"
)
# A bank can send back later what had been paid back.
BOUNCED: Final = Step(
    expected=("completed",), status="failed", event="refund_failed", domain_event="RefundFailed", sign=-1
)


async def find_held_refund(database: Database, refund_id: uuid.UUID) -> HeldRefund:
    """The refund with this id.

    Raises:
        UnknownRefund: there is none.
        ServiceUnavailable: the payment database is down.
    """
    rows = await database.fetch(_HELD, refund_id=refund_id)
    if not rows:
        raise UnknownRefund(refund_id)
    return from_rows(HeldRefund, rows)[0]


async def bounced_refunds(database: Database, *, most: int) -> Sequence[HeldRefund]:
    """Refunds that were paid back and that a bank has sent back since, those that it sent last first.

    Raises:
        ServiceUnavailable: the payment database is down.
    """
    return from_rows(HeldRefund, await database.fetch(_BOUNCED, at_most=most))


async def take(
    database: Database,
    refund: HeldRefund,
    step: Step,
    *,
    entry: TransactionStatus | None = None,
    key: str | None = None,
    reference: str | None = None,
    failure_code: str | None = None,
    failure_reason: str | None = None,
    now: datetime,
) -> Refund | None:
    """Take a refund a step further; None if it is in no status any more from which it could be.

    `entry` is how the provider's answer reads in the journal, if it gave one, and `key` what it was asked with.

    Raises:
        ServiceUnavailable: the payment database is down.
    """
    code = (failure_code or "")[:LONGEST_CODE] or None
    rows = await database.change(
        _TAKE,
        of_refund=refund.id,
        expected=step.expected,
        to_status=step.status,
        the_sign=step.sign,
        at=now,
        the_reference=reference,
        the_gateway=refund.gateway,
        the_response={"status": step.status, "failure_code": code},
        the_failure_code=code,
        the_failure_reason=failure_reason,
        the_event=step.event,
        the_event_data={
            "refund_id": str(refund.id),
            "amount": str(refund.amount),
            "currency": refund.currency,
        },
        the_domain_event=step.domain_event,
        the_domain_data=facts_of(refund) | {"status": step.status, "failure_code": code},
        **entry_values(None if entry is None else "refund", entry, key, now=now),
    )
    return from_rows(Refund, rows)[0] if rows else None


def facts_of(refund: Refund) -> dict[str, Any]:
    """What every event of a refund tells."""
    return {
        "refund_id": str(refund.id),
        "payment_id": str(refund.payment_id),
        "order_id": str(refund.order_id),
        "amount": str(refund.amount),
        "currency": refund.currency,
        "lines": list(refund.kept_lines or ()),
    }


_WITH_PAYMENT: Final = select(
    *REFUND_COLUMNS,
    refunds.c.gateway_refund_id.label("reference"),
    refunds.c.processed_at,
    payments.c.gateway,
    payments.c.gateway_transaction_id.label("payment_reference"),
).join_from(refunds, payments, payments.c.id == refunds.c.payment_id)

_HELD: Final = compile_statement(_WITH_PAYMENT.where(refunds.c.id == bindparam("refund_id", type_=UUID)))

_BOUNCED: Final = compile_statement(
    _WITH_PAYMENT.where(refunds.c.status == literal_column("'failed'"), refunds.c.completed_at.is_not(None))
    .order_by(refunds.c.updated_at.desc(), refunds.c.id)
    .limit(bindparam("at_most", type_=Integer))
)

_STATUS: Final = given("to_status", String)


def _word(text: str) -> ColumnElement[str]:
    return literal_column(f"'{text}'", String)


def _first(column: ColumnElement[Any], status: RefundStatus) -> ColumnElement[Any]:
    return case((_word(status) == _STATUS, func.coalesce(column, AT)), else_=column)


def _statement() -> Statement:
    row = refunds.c
    # What a provider answers to a refund that it is still processing is written down once.
    news = or_(
        _word("processing") != _STATUS,
        row.status != _word("processing"),
        row.gateway_refund_id.is_(None),
    )
    changed = (
        update(refunds)
        .where(row.id == given("of_refund", UUID), row.status == any_(given("expected", ARRAY(String))), news)
        .values(
            status=_STATUS,
            gateway_refund_id=func.coalesce(given("the_reference", String), row.gateway_refund_id),
            gateway_response=given("the_response", JSONB),
            failure_code=given("the_failure_code", String),
            failure_reason=given("the_failure_reason", Text),
            processed_at=_first(row.processed_at, "processing"),
            completed_at=_first(row.completed_at, "completed"),
            version=row.version + ONE,
            updated_at=AT,
        )
        .returning(*REFUND_COLUMNS)
        .cte("changed")
    )
    sign = given("the_sign", Integer)
    back = payments.c.refunded_amount + sign * changed.c.amount
    nothing: ColumnElement[int] = literal_column("0")
    paid_back = (
        update(payments)
        .where(and_(payments.c.id == changed.c.payment_id, sign != nothing))
        .values(
            refunded_amount=back,
            refunded_at=AT,
            status=case(
                (back >= payments.c.captured_amount, _word("refunded")),
                (back > nothing, _word("partially_refunded")),
                else_=_word("succeeded"),
            ),
            version=payments.c.version + ONE,
            updated_at=AT,
            checked_at=AT,
        )
        .cte("paid_back")
    )
    entry = answers(
        changed,
        payment_id=changed.c.payment_id,
        refund_id=changed.c.id,
        amount=changed.c.amount,
        gateway=given("the_gateway", String),
        reference=given("the_reference", String),
    )
    events = happened(changed.c.payment_id), told(changed, aggregate_type=REFUND)
    return compile_statement(select(*changed.c).add_cte(paid_back, entry, *events))


_TAKE: Final = _statement()
