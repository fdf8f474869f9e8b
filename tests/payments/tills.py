"""A till: a payment database with the sandbox beside it, shorter ways to pay, and what holds whatever happens."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from datasources.core.money import Money
from datasources.payments.charges import NewPayment
from datasources.payments.commands.payments import (
    authorize_payment,
    begin_payment,
    capture_payment,
    find_payment,
)
from datasources.payments.commands.refund_executions import execute_refund
from datasources.payments.commands.refunds import NewRefund, request_refund
from datasources.payments.providers.registry import Providers
from datasources.payments.providers.sandbox import SandboxProvider

if TYPE_CHECKING:
    from datasources.core.databases import Database
    from datasources.payments.charges import Charge
    from datasources.payments.providers.protocol import PaymentProvider
    from datasources.payments.records import Refund

NOW = datetime(2026, 2, 1, 9, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
CUSTOMER, CLERK = UUID(int=1), UUID(int=2)
SECRET = "a secret of the sandbox and the tests"
PRICE = Decimal("19.99")
APPROVED = "tok_approved"

# What the sandbox has taken and paid back is what our books say, of every payment.
_BOOKS_DIFFER = """
SELECT payment.id FROM payments AS payment
LEFT JOIN (
    SELECT payment_id, SUM(captured_amount) AS captured, SUM(refunded_amount) AS refunded, COUNT(*) AS times
    FROM sandbox_payments GROUP BY payment_id
) AS taken ON taken.payment_id = payment.id
WHERE payment.gateway = 'sandbox' AND (
    COALESCE(taken.times, 0) > 1
    OR (payment.captured_amount, payment.refunded_amount)
        IS DISTINCT FROM (COALESCE(taken.captured, 0), COALESCE(taken.refunded, 0))
)
"""
# What the journal says was taken and paid back is what the payments say.
_JOURNAL_DIFFERS = """
SELECT payment.id FROM payments AS payment
LEFT JOIN (
    SELECT payment_id,
        SUM(amount) FILTER (WHERE type IN ('charge', 'capture') AND status = 'succeeded') AS captured,
        COALESCE(SUM(amount) FILTER (WHERE type = 'refund' AND status = 'succeeded'), 0)
            - COALESCE(SUM(amount) FILTER (WHERE type = 'refund' AND status = 'cancelled'), 0) AS refunded
    FROM transactions GROUP BY payment_id
) AS moved ON moved.payment_id = payment.id
WHERE (payment.captured_amount, payment.refunded_amount)
    IS DISTINCT FROM (COALESCE(moved.captured, 0), COALESCE(moved.refunded, 0))
"""
# So do the refunds, and together with those on their way they are never more than was taken.
_REFUNDS_DIFFER = """
SELECT payment.id FROM payments AS payment
LEFT JOIN (
    SELECT payment_id, SUM(amount) FILTER (WHERE status = 'completed') AS done,
        SUM(amount) FILTER (WHERE status NOT IN ('rejected', 'failed', 'cancelled')) AS wanted
    FROM refunds GROUP BY payment_id
) AS back ON back.payment_id = payment.id
WHERE payment.refunded_amount <> COALESCE(back.done, 0) OR payment.captured_amount < COALESCE(back.wanted, 0)
    OR payment.amount < payment.captured_amount
"""
# Each change of a payment or refund is an event of the outbox, with a version of its own; what a refund does to its
# payment is told by the refund.
_VERSIONS_DIFFER = """
SELECT changed.id FROM (
    SELECT id, version - (
        SELECT COUNT(*) FROM transactions
        WHERE payment_id = payments.id AND type = 'refund' AND status IN ('succeeded', 'cancelled')
    ) AS versions FROM payments
    UNION ALL SELECT id, version FROM refunds
) AS changed
LEFT JOIN (
    SELECT aggregate_id, COUNT(*) AS events, COUNT(DISTINCT version) AS versions FROM domain_events
    GROUP BY aggregate_id
) AS told ON told.aggregate_id = changed.id::text
WHERE (told.events, told.versions) IS DISTINCT FROM (changed.versions, changed.versions)
"""
PROMISES_BETWEEN_CALLS = (_JOURNAL_DIFFERS, _REFUNDS_DIFFER, _VERSIONS_DIFFER)
PROMISES = (_BOOKS_DIFFER, *PROMISES_BETWEEN_CALLS)


def usd(amount: str | Decimal = PRICE) -> Money:
    """A sum of dollars."""
    return Money(amount=Decimal(amount), currency_code="USD")


def sandbox_over(database: Database) -> SandboxProvider:
    """The sandbox whose books are in this database."""
    return SandboxProvider(database, webhook_secret=SECRET, pages="http://gateway.test/sandbox/payments")


@dataclass(frozen=True, slots=True, kw_only=True)
class Till:
    """The database, and the sandbox in it."""

    database: Database
    sandbox: SandboxProvider
    providers: Providers = field(repr=False)

    @classmethod
    def over(cls, database: Database, *, provider: PaymentProvider | None = None) -> Till:
        """The till of a database; `provider` stands before the sandbox where a test is to come between."""
        sandbox = sandbox_over(database)
        chosen = provider or sandbox
        return cls(
            database=database,
            sandbox=sandbox,
            providers=Providers(by_name={"sandbox": chosen}, for_new="sandbox"),
        )

    async def begin(self, token: str = APPROVED, **changes: Any) -> Charge:
        """A payment that nobody has asked a provider for yet."""
        return await begin_payment(self.database, payment=new_payment(token, **changes), now=NOW)

    async def authorize(self, payment: Charge, *, now: datetime = NOW) -> Charge:
        """The amount is reserved."""
        return await authorize_payment(self.database, self.providers, payment=payment, now=now)

    async def capture(self, payment: Charge, *, now: datetime = NOW) -> Charge:
        """The amount is taken."""
        return await capture_payment(self.database, self.providers, payment=payment, now=now)

    async def authorized(self, token: str = APPROVED, **changes: Any) -> Charge:
        """A payment whose amount is reserved, if its token lets it be."""
        return await self.authorize(await self.begin(token, **changes))

    async def paid(self, token: str = APPROVED, **changes: Any) -> Charge:
        """A payment whose amount was taken."""
        return await self.capture(await self.authorized(token, **changes))

    async def request(self, payment: Charge, amount: str | Decimal = PRICE, **changes: Any) -> Refund:
        """Some of a payment is to be paid back; it is approved unless a test says otherwise."""
        return await request_refund(self.database, refund=new_refund(payment, amount, **changes), now=NOW)

    async def execute(self, refund: Refund, *, now: datetime = NOW) -> Refund:
        """It is paid back."""
        return await execute_refund(self.database, self.providers, refund_id=refund.id, now=now)

    async def find(self, payment: Charge) -> Charge:
        """The payment as it is now."""
        return await find_payment(self.database, payment_id=payment.id)

    async def rows(self, query: str, *arguments: Any) -> list[Any]:
        """The rows of a query."""
        async with self.database.connection() as connection:
            return [tuple(row) for row in await connection.fetch(query, *arguments)]

    async def journal(self, payment: Charge) -> list[tuple[str, str]]:
        """The types and statuses of a payment's transactions, in their order."""
        return await self.rows(
            "SELECT type, status FROM transactions WHERE payment_id = $1 ORDER BY id", payment.id
        )

    async def events(self, payment: Charge) -> list[str]:
        """The types of a payment's events, in their order."""
        query = "SELECT event_type FROM payment_events WHERE payment_id = $1 ORDER BY sequence"
        return [row[0] for row in await self.rows(query, payment.id)]

    async def told(self, payment: Charge) -> list[str]:
        """What the outbox tells of a payment and its refunds, in its order."""
        query = "SELECT event_type FROM domain_events WHERE event_data->>'payment_id' = $1 ORDER BY sequence"
        return [row[0] for row in await self.rows(query, str(payment.id))]

    async def books(self, payment: Charge) -> list[tuple[Any, ...]]:
        """What the sandbox has of a payment: status, captured, refunded."""
        return await self.rows(
            "SELECT status, captured_amount, refunded_amount FROM sandbox_payments WHERE payment_id = $1",
            payment.id,
        )

    async def check(self) -> None:
        """Every sum holds."""
        async with self.database.connection() as connection:
            for promise in PROMISES:
                assert await connection.fetch(promise) == [], promise


def new_refund(payment: Charge, amount: str | Decimal = PRICE, **changes: Any) -> NewRefund:
    """What is to be paid back."""
    identity = uuid4()
    values: dict[str, Any] = {
        "id": identity,
        "payment_id": payment.id,
        "order_id": payment.order_id,
        "amount": usd(amount),
        "reason": "Damaged",
        "lines": (),
        "requested_by": CUSTOMER,
        "approved_by": CLERK,
        "status": "approved",
        "notes": None,
        "idempotency_key": f"{identity}:refund me",
        "request_hash": "the same",
    }
    return NewRefund(**(values | changes))


def new_payment(token: str = APPROVED, **changes: Any) -> NewPayment:
    """What is asked for."""
    identity = uuid4()
    values: dict[str, Any] = {
        "id": identity,
        "order_id": uuid4(),
        "user_id": CUSTOMER,
        "email": None,
        "amount": usd(),
        "kind": "credit_card",
        "gateway": "sandbox",
        "token": token,
        "payment_method_id": None,
        "customer_reference": None,
        "ip_address": "192.0.2.1",
        "user_agent": "a test",
        "idempotency_key": f"{identity}:pay",
        "request_hash": "the same",
    }
    return NewPayment(**(values | changes))
