"""A payment as commands need it: with its provider's name for it, and with what is charged. Never shown to anybody."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import String, bindparam, or_, select
from sqlalchemy.dialects.postgresql import UUID

from datasources.core.databases import compile_statement
from datasources.core.money import Money
from datasources.core.records import from_rows, row_record
from datasources.payments.errors import UnknownPayment
from datasources.payments.records import Payment
from datasources.payments.statements import PAYMENT_COLUMNS
from datasources.payments.tables import payments

if TYPE_CHECKING:
    import uuid
    from collections.abc import Mapping, Sequence

    import asyncpg

    from datasources.core.databases import Database
    from datasources.payments.records import MethodKind


@row_record
class Charge(Payment):
    """A payment with what its provider must be told, and was told by it.

    `reference` is the provider's id of it, None until it has answered. `next_action` is what the customer must do.
    """

    gateway: str
    reference: str | None
    token: str | None
    customer_reference: str | None
    idempotency_key: str
    request_hash: str | None
    version: int
    next_action: Mapping[str, Any] | None = field(hash=False)

    @property
    def total(self) -> Money:
        """What it is for."""
        return Money(amount=self.amount, currency_code=self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPayment:
    """A payment to be begun.

    `gateway` names the provider, `token` is the provider's for the card or account. `idempotency_key` is the caller's
    for this one payment, and `request_hash` tells a repetition from something else under the same key.
    """

    id: uuid.UUID
    order_id: uuid.UUID
    user_id: uuid.UUID | None
    email: str | None
    amount: Money
    kind: MethodKind
    gateway: str
    token: str
    payment_method_id: uuid.UUID | None
    customer_reference: str | None
    ip_address: str | None
    user_agent: str | None
    idempotency_key: str
    request_hash: str


# In the order of the record's fields.
CHARGE_COLUMNS: Final = (
    *PAYMENT_COLUMNS,
    payments.c.gateway,
    payments.c.gateway_transaction_id.label("reference"),
    payments.c.method_token.label("token"),
    payments.c.customer_reference,
    payments.c.idempotency_key,
    payments.c.request_hash,
    payments.c.version,
    payments.c.next_action,
)


async def find_payment(database: Database, *, payment_id: uuid.UUID) -> Charge:
    """The payment with this id.

    Raises:
        UnknownPayment: there is none.
        ServiceUnavailable: the payment database is down.
    """
    rows = await database.fetch(_BY_ID, payment_id=payment_id)
    if not rows:
        raise UnknownPayment(payment_id)
    return charge_of(rows)


async def payments_of_order(database: Database, order_id: uuid.UUID) -> tuple[Charge, ...]:
    """An order's payments, oldest first.

    Raises:
        ServiceUnavailable: the payment database is down.
    """
    return charges_of(await database.fetch(_BY_ORDER, order_id=order_id))


async def find_charge_of(
    database: Database, *, gateway: str, reference: str | None, payment_id: uuid.UUID | None
) -> Charge | None:
    """The payment that a provider calls by this reference or, before that is recorded, by our id.

    Raises:
        ServiceUnavailable: the payment database is down.
    """
    rows = await database.fetch(
        _BY_REFERENCE, of_gateway=gateway, of_reference=reference, of_payment=payment_id
    )
    return charge_of(rows) if rows else None


def charge_of(rows: Sequence[asyncpg.Record]) -> Charge:
    """The charge in the first row."""
    return from_rows(Charge, rows[:1])[0]


def charges_of(rows: Sequence[asyncpg.Record]) -> tuple[Charge, ...]:
    """The charges in all rows."""
    return tuple(from_rows(Charge, rows))


_BY_ID: Final = compile_statement(
    select(*CHARGE_COLUMNS).where(payments.c.id == bindparam("payment_id", type_=UUID))
)

_BY_ORDER: Final = compile_statement(
    select(*CHARGE_COLUMNS)
    .where(payments.c.order_id == bindparam("order_id", type_=UUID))
    .order_by(payments.c.created_at, payments.c.id)
)

_OF_REFERENCE: Final = payments.c.gateway_transaction_id == bindparam("of_reference", type_=String)

_BY_REFERENCE: Final = compile_statement(
    select(*CHARGE_COLUMNS)
    .where(
        payments.c.gateway == bindparam("of_gateway", type_=String),
        or_(_OF_REFERENCE, payments.c.id == bindparam("of_payment", type_=UUID)),
    )
    .order_by(_OF_REFERENCE.desc().nulls_last())
)
