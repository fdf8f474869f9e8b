"""Whatever is done to a payment in whatever order, and whoever does not answer: it is charged once, and never refunded
more than was taken.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from datasources.core.databases import Database
from datasources.payments.commands.payments import refresh_payment, void_payment
from datasources.payments.commands.reconciliations import reconcile_payments
from datasources.payments.commands.webhooks import settle_webhooks, store_webhook
from datasources.payments.errors import PaymentNotAuthorized, PaymentNotRefundable, RefundTooLarge
from datasources.payments.providers.protocol import ProviderRefused, ProviderUnavailable
from datasources.payments.providers.sandbox_tokens import TOKENS
from tests.payments.tills import NOW, PRICE, PROMISES, PROMISES_BETWEEN_CALLS, Till, sandbox_over

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from datasources.payments.charges import Charge
    from datasources.payments.providers.sandbox_answers import SandboxDelivery
    from datasources.payments.records import Refund

R = TypeVar("R")

EXAMPLES = 15

# What happens to the next call of the provider: it is answered, or lost on the way there, or on the way back.
FATES = ("answered", "lost before", "lost after")
CHANGES = frozenset({"authorize", "capture", "void", "refund"})


class Fateful:
    """The sandbox behind a line that loses calls and answers."""

    name = "sandbox"
    keys_last = None

    def __init__(self, database: Database) -> None:
        self._sandbox = sandbox_over(database)
        self.fate = "answered"

    def __getattr__(self, method: str) -> Any:
        found = getattr(self._sandbox, method)
        if method not in CHANGES:
            return found

        async def call(*arguments: Any, **options: Any) -> Any:
            fate, self.fate = self.fate, "answered"
            if fate == "lost before":
                raise ProviderUnavailable(self.name)
            answer = await found(*arguments, **options)
            if fate == "lost after":
                raise ProviderUnavailable(self.name)
            return answer

        return call


class OnePayment(RuleBasedStateMachine):
    """A payment, its refunds, and the deliveries that the sandbox has made of them."""

    url: str

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.database = Database("payments", type(self).url)
        self.line = Fateful(self.database)
        self.till = Till.over(self.database, provider=self.line)
        self.now = NOW
        self.refunds: list[Refund] = []
        self.deliveries: list[SandboxDelivery] = []
        self.seen: list[Charge] = []

    def run(self, coroutine: Coroutine[Any, Any, R]) -> R:
        return self.runner.run(coroutine)

    def attempt(self, coroutine: Coroutine[Any, Any, R], fate: str = "answered") -> R | None:
        self.line.fate = fate
        with suppress(
            ProviderUnavailable, ProviderRefused, PaymentNotAuthorized, PaymentNotRefundable, RefundTooLarge
        ):
            return self.run(coroutine)
        return None

    @initialize(token=st.sampled_from(sorted(TOKENS)))
    def begin(self, token: str) -> None:
        self.payment = self.run(self.till.begin(token))
        self.seen.append(self.payment)

    @rule(fate=st.sampled_from(FATES), which=st.integers(0, 5))
    def authorize(self, fate: str, which: int) -> None:
        self._see(self.attempt(self.till.authorize(self._as_seen(which), now=self.now), fate))

    @rule(fate=st.sampled_from(FATES), which=st.integers(0, 5))
    def capture(self, fate: str, which: int) -> None:
        self._see(self.attempt(self.till.capture(self._as_seen(which), now=self.now), fate))

    @rule(fate=st.sampled_from(FATES))
    def void(self, fate: str) -> None:
        given_up = void_payment(self.database, self.till.providers, payment_id=self.payment.id, now=self.now)
        self._see(self.attempt(given_up, fate))

    @rule()
    def refresh(self) -> None:
        asked = refresh_payment(self.database, self.till.providers, payment_id=self.payment.id, now=self.now)
        self._see(self.attempt(asked))

    @rule(cents=st.integers(1, 2_500))
    def request_refund(self, cents: int) -> None:
        requested = self.attempt(self.till.request(self.payment, Decimal(cents) / 100))
        if requested is not None:
            self.refunds.append(requested)

    @rule(fate=st.sampled_from(FATES), which=st.integers(0, 5))
    def execute_refund(self, fate: str, which: int) -> None:
        if self.refunds:
            self.attempt(self.till.execute(self.refunds[which % len(self.refunds)], now=self.now), fate)

    @rule(approve=st.booleans(), of_refund=st.booleans())
    def decide(self, approve: bool, of_refund: bool) -> None:
        table = "sandbox_refunds" if of_refund else "sandbox_payments"
        found = self.run(self.till.rows(f"SELECT reference FROM {table} ORDER BY created_at DESC"))  # noqa: S608  # a name of ours
        for (reference,) in found[:1]:
            decided = self.till.sandbox.complete_action(reference=reference, approve=approve, now=self.now)
            self.deliveries.append(self.run(decided))

    @rule(which=st.integers(0, 5))
    def deliver(self, which: int) -> None:
        if self.deliveries:
            delivery = self.deliveries[which % len(self.deliveries)]
            event = self.till.sandbox.read_webhook(
                body=delivery.body, headers=delivery.headers, now=self._moment_of(delivery)
            )
            self.run(store_webhook(self.database, provider="sandbox", event=event, now=self.now))
        self.run(settle_webhooks(self.database, self.till.providers, now=self.now))

    @rule()
    def reconcile(self) -> None:
        self.now += timedelta(minutes=10)
        self.run(reconcile_payments(self.database, self.till.providers, now=self.now))

    @rule(days=st.integers(1, 4))
    def wait(self, days: int) -> None:
        self.now += timedelta(days=days)

    @invariant()
    def the_journal_adds_up(self) -> None:
        if self.seen:
            self.run(self._check(PROMISES_BETWEEN_CALLS))

    @invariant()
    def nothing_is_charged_twice(self) -> None:
        if self.seen:
            books = self.run(self.till.books(self.payment))
            assert len(books) <= 1
            assert all(refunded <= captured <= PRICE for _, captured, refunded in books)

    def teardown(self) -> None:
        if self.seen:
            self._let_everything_settle()
            self.run(self._check(PROMISES))
        self.run(self._forget())
        self.run(self.database.close())
        self.runner.close()

    def _let_everything_settle(self) -> None:
        """Once the bank has decided and everybody answers, our books are the sandbox's."""
        for refund in self.refunds:
            for _ in range(2):
                self.attempt(self.till.execute(refund, now=self.now))
        for table in ("sandbox_payments", "sandbox_refunds"):
            waiting = self.run(self.till.rows(f"SELECT reference FROM {table} WHERE status = 'processing'"))  # noqa: S608  # a name of ours
            for (reference,) in waiting:
                self.run(self.till.sandbox.complete_action(reference=reference, approve=True, now=self.now))
        for _ in range(3):
            self.refresh()
            self.reconcile()

    def _as_seen(self, which: int) -> Charge:
        """The payment as somebody has seen it, perhaps long ago."""
        return self.seen[-1 - which % len(self.seen)]

    def _see(self, payment: Charge | None) -> None:
        if payment is not None:
            self.seen.append(payment)

    def _moment_of(self, delivery: SandboxDelivery) -> Any:
        stamp = next(iter(delivery.headers.values())).partition(",")[0].removeprefix("t=")
        return type(NOW).fromtimestamp(int(stamp), NOW.tzinfo)

    async def _check(self, promises: tuple[str, ...]) -> None:
        for promise in promises:
            assert await self.till.rows(promise) == [], promise

    async def _forget(self) -> None:
        """The next example begins with nothing."""
        async with self.database.connection() as connection:
            await connection.execute(
                "TRUNCATE payments, refunds, transactions, payment_events, payment_webhooks, domain_events, "
                "sandbox_payments, sandbox_refunds, sandbox_calls"
            )


def test_whatever_happens_to_a_payment_every_sum_holds(till: Till) -> None:
    OnePayment.url = till.database.url
    OnePayment.TestCase.settings = settings(max_examples=EXAMPLES, stateful_step_count=25, deadline=None)
    OnePayment.TestCase().runTest()
