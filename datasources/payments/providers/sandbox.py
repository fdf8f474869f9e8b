"""The sandbox: a provider that takes no money. It plays an outside one, with books of its own that outlive the gateway.

What becomes of a payment is decided by its test token (sandbox_tokens.py). Everything else is as strict as the real
thing: keys, authorisations that lapse after seven days, and never more paid back than was taken.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from datasources.core.errors import ServiceUnavailable
from datasources.core.money import Money
from datasources.payments.providers import sandbox_statements as statements
from datasources.payments.providers.protocol import (
    ProviderMethod,
    ProviderPayment,
    ProviderRefund,
    ProviderRefused,
    ProviderUnavailable,
)
from datasources.payments.providers.sandbox_answers import (
    SandboxDelivery,
    payment_of,
    read_delivery,
    refund_of,
    refusal_of,
    sign_event,
)
from datasources.payments.providers.sandbox_tokens import CARDS, TOKENS, TestToken

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Row, Select

    from datasources.core.databases import Database
    from datasources.payments.providers.protocol import AuthorizationRequest, ProviderEvent
    from datasources.payments.records import MethodKind

NAME: Final = "sandbox"
AUTHORIZED_FOR: Final = timedelta(days=7)

_UNKNOWN_TOKEN: Final = TestToken(
    description="Not known to the sandbox.",
    authorizes_to="failed",
    failure_code="invalid_payment_method",
    failure_reason="The sandbox does not know this token.",
)


class SandboxProvider:
    """The sandbox over its tables in a payment database. `pages` is the URL of its pages, before the reference."""

    name = NAME
    keys_last: timedelta | None = None

    def __init__(
        self,
        database: Database,
        *,
        webhook_secret: str,
        pages: str,
        new_reference: Callable[[], str] = lambda: secrets.token_urlsafe(24),
    ) -> None:
        """Keep where the books are; references are random, since whoever has one may decide on its payment."""
        self._database = database
        self._secret = webhook_secret
        self._pages = pages
        self._new_reference = new_reference

    async def authorize(self, request: AuthorizationRequest, *, now: datetime) -> ProviderPayment:
        """Reserve the amount, or not, as the token says; see `PaymentProvider`."""
        token = TOKENS.get(request.token, _UNKNOWN_TOKEN)
        asked = {
            "operation": "authorize",
            "payment_id": str(request.payment_id),
            "token": request.token,
            "amount": str(request.amount.amount),
            "currency": request.amount.currency_code,
        }
        row = await self._do(
            statements.AUTHORIZE,
            asked,
            request.idempotency_key,
            now=now,
            done_at_attempt=2 if token.authorization == "lost_before" else 1,
            the_answer=self._planned(request, token, now),
            the_payment=request.payment_id,
            the_token=request.token,
            the_amount=request.amount.amount,
            the_currency=request.amount.currency_code,
        )
        self._lose_first(row, token.authorization)
        return payment_of(row.answer, pages=self._pages)

    async def capture(
        self, *, reference: str, amount: Money, idempotency_key: str, now: datetime
    ) -> ProviderPayment:
        """Take the amount; see `PaymentProvider`."""
        asked = {
            "operation": "capture",
            "reference": reference,
            "amount": str(amount.amount),
            "currency": amount.currency_code,
        }
        row = await self._do(
            statements.CAPTURE,
            asked,
            idempotency_key,
            now=now,
            of_reference=reference,
            the_amount=amount.amount,
            the_currency=amount.currency_code,
        )
        if not row.answer["is_done"]:
            raise refusal_of("capture", row.answer, now=now)
        self._lose_first(row, TOKENS[row.answer["token"]].capture)
        return payment_of(row.answer, pages=self._pages)

    async def void(self, *, reference: str, idempotency_key: str, now: datetime) -> ProviderPayment:
        """Give up what is reserved, or waits for the customer; see `PaymentProvider`."""
        asked = {"operation": "void", "reference": reference}
        row = await self._do(statements.VOID, asked, idempotency_key, now=now, of_reference=reference)
        if not row.answer["is_done"]:
            raise refusal_of("void", row.answer, now=now)
        return payment_of(row.answer, pages=self._pages)

    async def refund(
        self, *, reference: str, amount: Money, idempotency_key: str, now: datetime
    ) -> ProviderRefund:
        """Pay back some of what was taken; see `PaymentProvider`."""
        token = TOKENS.get((await self._payment(reference)).token, _UNKNOWN_TOKEN)
        asked = {
            "operation": "refund",
            "reference": reference,
            "amount": str(amount.amount),
            "currency": amount.currency_code,
        }
        row = await self._do(
            statements.REFUND,
            asked,
            idempotency_key,
            now=now,
            done_at_attempt=2 if token.refund == "lost_before" else 1,
            of_reference=reference,
            the_amount=amount.amount,
            the_currency=amount.currency_code,
            new_reference=f"refund_{self._new_reference()}",
            new_status="processing" if token.refunds_slowly else "completed",
        )
        self._lose_first(row, token.refund)
        if not row.answer["is_done"]:
            raise refusal_of("refund", row.answer, now=now)
        return ProviderRefund(reference=row.answer["refund"], status=row.answer["refund_status"])

    async def find(self, *, reference: str, now: datetime) -> ProviderPayment:
        """How a payment stands; see `PaymentProvider`."""
        return payment_of(_facts(await self._payment(reference)), pages=self._pages, now=now)

    async def find_by_key(self, *, idempotency_key: str, now: datetime) -> ProviderPayment | None:
        """The payment made under a key; see `PaymentProvider`."""
        row = await self._read(statements.MADE_UNDER_KEY, the_key=idempotency_key)
        return None if row is None else payment_of(_facts(row), pages=self._pages, now=now)

    async def find_refund(self, *, reference: str) -> ProviderRefund:
        """How a refund stands; see `PaymentProvider`."""
        row = await self._read(statements.REFUND_MADE, of_reference=reference)
        if row is None:
            raise _unknown()
        return refund_of(row)

    async def find_refund_by_key(self, *, reference: str, idempotency_key: str) -> ProviderRefund | None:
        """The refund made under a key; see `PaymentProvider`."""
        row = await self._read(statements.REFUND_UNDER_KEY, of_reference=reference, the_key=idempotency_key)
        return None if row is None else refund_of(row)

    async def save_method(
        self, *, token: str, kind: MethodKind, user_id: UUID, customer_reference: str | None
    ) -> ProviderMethod:
        """Any of the test tokens; see `PaymentProvider`. They are everybody's, and may be charged again and again."""
        del customer_reference
        known = TOKENS.get(token)
        if known is None:
            raise ProviderRefused("invalid_payment_method", "The sandbox does not know this token.")
        shown: dict[str, Any] = {}
        if kind in CARDS:
            shown = {
                "card_brand": known.brand,
                "card_last_four": known.last_four,
                "card_exp_month": 12,
                "card_exp_year": known.exp_year,
            }
        return ProviderMethod(
            token=token, kind=kind, customer_reference=f"sandbox_customer_{user_id.hex}", **shown
        )

    async def forget_method(self, *, token: str) -> None:
        """Do nothing: test tokens are everybody's."""

    def read_webhook(self, *, body: bytes, headers: Mapping[str, str], now: datetime) -> ProviderEvent:
        """The event in a delivery of the sandbox; see `PaymentProvider`."""
        return read_delivery(body, headers, secret=self._secret, now=now)

    async def complete_action(self, *, reference: str, approve: bool, now: datetime) -> SandboxDelivery:
        """Decide on what waits: a payment for its customer or its bank, or a refund; give what is delivered of it.

        What was decided on before stays as it is, and is delivered again.

        Raises:
            ProviderRefused: there is nothing of this reference, or it has never waited.
            ProviderUnavailable: the books are out of reach.
        """
        if reference.startswith("refund_"):
            return await self._complete_refund(reference, approve=approve, now=now)
        row = await self._payment(reference)
        if row.status in {"requires_action", "processing"}:
            await self._write(
                statements.COMPLETE, of_reference=reference, at=now, **_decision(row.status, approve, now)
            )
            row = await self._payment(reference)
        return sign_event(
            kind="payment",
            status=row.status,
            about=reference,
            reference=reference,
            payment_id=row.payment_id,
            secret=self._secret,
            now=now,
        )

    async def waiting(self, *, reference: str) -> tuple[str, Money]:
        """The status and the sum of a payment or refund, for its page.

        Raises:
            ProviderRefused: there is none of this reference.
            ProviderUnavailable: the books are out of reach.
        """
        statement = statements.REFUND_MADE if reference.startswith("refund_") else statements.PAYMENT
        row = await self._read(statement, of_reference=reference)
        if row is None:
            raise _unknown()
        return row.status, Money(amount=row.amount, currency_code=row.currency)

    async def _complete_refund(self, reference: str, *, approve: bool, now: datetime) -> SandboxDelivery:
        decided = {
            "decided_status": "completed" if approve else "failed",
            "the_code": None if approve else "refund_declined",
            "the_reason": None if approve else "The bank has not taken the refund.",
        }
        try:
            async with self._database.transaction() as transaction:
                found = await transaction.execute(
                    statements.COMPLETE_REFUND, {"of_reference": reference, **decided}
                )
                settled = found.one_or_none()
                if settled is not None and not approve:
                    given_back = {
                        "of_reference": settled.payment_reference,
                        "the_amount": settled.amount,
                        "at": now,
                    }
                    await transaction.execute(statements.TAKE_BACK, given_back)
        except ServiceUnavailable as error:
            raise ProviderUnavailable(NAME) from error
        row = await self._read(statements.REFUND_MADE, of_reference=reference)
        if row is None:
            raise _unknown()
        payment = await self._payment(row.payment_reference)
        return sign_event(
            kind="refund",
            status=row.status,
            about=reference,
            reference=row.payment_reference,
            payment_id=payment.payment_id,
            secret=self._secret,
            now=now,
        )

    def _planned(self, request: AuthorizationRequest, token: TestToken, now: datetime) -> dict[str, Any]:
        """What is answered to an authorisation, if it is the first under its key."""
        is_held = token.authorizes_to == "authorized"
        return {
            "reference": f"sandbox_{self._new_reference()}",
            "status": token.authorizes_to,
            "token": request.token,
            "amount": str(request.amount.amount),
            "currency": request.amount.currency_code,
            "failure_code": token.failure_code,
            "failure_reason": token.failure_reason,
            "authorization_expires_at": (now + AUTHORIZED_FOR).isoformat() if is_held else None,
        }

    async def _do(
        self,
        statement: Select[Any],
        asked: Mapping[str, Any],
        key: str,
        *,
        now: datetime,
        done_at_attempt: int = 1,
        **parameters: Any,
    ) -> Row[Any]:
        """Make one call under its key: its answer, and how often it was made.

        Raises:
            ProviderRefused: the key was used for something else.
            ProviderUnavailable: the books are out of reach.
        """
        given = {
            "the_key": key,
            "the_request": dict(asked),
            "at": now,
            "done_at_attempt": done_at_attempt,
            **parameters,
        }
        while True:
            try:
                async with self._database.transaction() as transaction:
                    row: Row[Any] = (await transaction.execute(statement, given)).one()
                    _require_turn(row, done_at_attempt)
            except _Overtaken:
                continue
            except ServiceUnavailable as error:
                raise ProviderUnavailable(NAME) from error
            if not row.is_same:
                raise ProviderRefused("idempotency_key_reused", "The key was used for another request.")
            return row

    def _lose_first(self, row: Row[Any], ending: str) -> None:
        """Let the first answer get lost where the token says so."""
        if ending != "answered" and row.attempts == 1:
            raise ProviderUnavailable(NAME)

    async def _payment(self, reference: str) -> Row[Any]:
        row = await self._read(statements.PAYMENT, of_reference=reference)
        if row is None:
            raise _unknown()
        return row

    async def _read(self, statement: Select[Any], **parameters: Any) -> Row[Any] | None:
        try:
            async with self._database.transaction() as transaction:
                row: Row[Any] | None = (await transaction.execute(statement, parameters)).one_or_none()
                return row
        except ServiceUnavailable as error:
            raise ProviderUnavailable(NAME) from error

    async def _write(self, statement: Any, **parameters: Any) -> None:
        try:
            async with self._database.transaction() as transaction:
                await transaction.execute(statement, parameters)
        except ServiceUnavailable as error:
            raise ProviderUnavailable(NAME) from error


class _Overtaken(Exception):
    """Another call under the same key came first; what this one has done is taken back."""


def _require_turn(row: Row[Any], done_at_attempt: int) -> None:
    if row.was_turn != (row.is_same and row.attempts == done_at_attempt):
        raise _Overtaken


def _unknown() -> ProviderRefused:
    return ProviderRefused("unknown_reference", "The sandbox has nothing of this reference.")


def _decision(waiting: str, approve: bool, now: datetime) -> dict[str, Any]:
    """A customer who approves lets the money be reserved; a bank that approves of what it processed has taken it."""
    decided = ("authorized" if waiting == "requires_action" else "captured") if approve else "failed"
    declined = "authentication_failed" if waiting == "requires_action" else "payment_failed"
    return {
        "waiting_status": waiting,
        "decided_status": decided,
        "the_expiry": now + AUTHORIZED_FOR if decided == "authorized" else None,
        "the_code": None if approve else declined,
        "the_reason": None if approve else "The customer or the bank has declined the payment.",
    }


def _facts(row: Row[Any]) -> dict[str, Any]:
    """A row in the form of an answer."""
    expiry = row.authorization_expires_at
    return {
        "reference": row.reference,
        "status": row.status,
        "token": row.token,
        "amount": str(row.amount),
        "currency": row.currency,
        "failure_code": row.failure_code,
        "failure_reason": row.failure_reason,
        "authorization_expires_at": None if expiry is None else expiry.isoformat(),
    }
