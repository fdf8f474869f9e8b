"""What every payment provider can do, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from datasources.core.errors import DatasourceError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta
    from decimal import Decimal
    from uuid import UUID

    from datasources.core.money import Money
    from datasources.payments.records import MethodKind

Standing = Literal["requires_action", "processing", "authorized", "captured", "failed", "cancelled"]
RefundStanding = Literal["completed", "processing", "failed"]


class ProviderUnavailable(DatasourceError):
    """A provider did not answer, so nobody knows whether it did what it was asked: ask again, with the same key."""

    def __init__(self, provider: str) -> None:
        super().__init__("The payment provider does not answer. Try again in a moment.")
        self.provider = provider


class ProviderRefused(DatasourceError):
    """A provider has definitely not done what it was asked; `code` is for programs, `reason` for people."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class InvalidSignature(DatasourceError):
    """A delivery that is not the provider's, or too old to be sure."""

    def __init__(self, provider: str, problem: str) -> None:
        super().__init__(f"The delivery is not {provider}'s: {problem}.")
        self.provider = provider


class UnknownProvider(DatasourceError):
    """No provider of this name is set up here."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The payment provider {name!r} is not set up.")
        self.name = name


class PaymentsNotConfigured(DatasourceError):
    """No provider is set up for new payments."""

    def __init__(self) -> None:
        super().__init__("This shop takes no payments yet: no payment provider is set up.")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """What a provider is asked to reserve, of which account or card. `payment_id` and `order_id` go with it."""

    payment_id: UUID
    order_id: UUID
    amount: Money
    kind: MethodKind
    token: str
    customer_reference: str | None
    idempotency_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderPayment:
    """How a payment stands with its provider.

    `amount` is what it is for, or what was captured once it was. `reference` is the provider's id of it: None where
    the provider refused before it made anything. `fee` is what the provider keeps, in the same currency.
    """

    reference: str | None
    status: Standing
    amount: Money
    next_action: Mapping[str, Any] | None = None
    failure_code: str | None = None
    failure_reason: str | None = None
    fee: Decimal | None = None
    card_brand: str | None = None
    card_last_four: str | None = None
    authorization_expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRefund:
    """How a refund stands with its provider, by the provider's id of it."""

    reference: str
    status: RefundStanding
    failure_code: str | None = None
    failure_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderMethod:
    """A way to pay as its provider keeps it: the token to charge it with, and what may be shown of it."""

    token: str
    kind: MethodKind
    customer_reference: str | None = None
    card_brand: str | None = None
    card_last_four: str | None = None
    card_exp_month: int | None = None
    card_exp_year: int | None = None
    paypal_email: str | None = None
    bank_name: str | None = None
    account_last_four: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderEvent:
    """News that a provider has delivered and signed. What it says of a state is not believed: that is asked for.

    `reference` is the provider's id of the payment that it is about, `payment_id` ours, where the provider carries it.
    """

    id: str
    type: str
    reference: str | None
    payment_id: UUID | None
    payload: Mapping[str, Any]


class PaymentProvider(Protocol):
    """Somebody who takes money and gives it back.

    Whatever changes something takes an idempotency key: the same key does it once, however often it is asked.
    Every method may raise ProviderUnavailable; those that say so raise ProviderRefused.
    """

    @property
    def name(self) -> str:
        """Its name, as `payments.gateway` keeps it."""
        ...

    @property
    def keys_last(self) -> timedelta | None:
        """How long it knows an idempotency key for sure; None for ever."""
        ...

    async def authorize(self, request: AuthorizationRequest, *, now: datetime) -> ProviderPayment:
        """Reserve the amount. A decline is an answer with the status `failed`."""
        ...

    async def capture(
        self, *, reference: str, amount: Money, idempotency_key: str, now: datetime
    ) -> ProviderPayment:
        """Take the amount that was reserved.

        Raises:
            ProviderRefused: it was not taken, since it is not reserved any more, say.
        """
        ...

    async def void(self, *, reference: str, idempotency_key: str, now: datetime) -> ProviderPayment:
        """Give up whatever is not captured.

        Raises:
            ProviderRefused: it cannot be given up: it was captured, or is just being settled.
        """
        ...

    async def refund(
        self, *, reference: str, amount: Money, idempotency_key: str, now: datetime
    ) -> ProviderRefund:
        """Pay back some of what was captured.

        Raises:
            ProviderRefused: nothing was paid back.
        """
        ...

    async def find(self, *, reference: str, now: datetime) -> ProviderPayment:
        """How a payment stands now.

        Raises:
            ProviderRefused: there is none.
        """
        ...

    async def find_by_key(self, *, idempotency_key: str, now: datetime) -> ProviderPayment | None:
        """The payment that was made under this key, as it stands now; None if there is none."""
        ...

    async def find_refund(self, *, reference: str) -> ProviderRefund:
        """How a refund stands now.

        Raises:
            ProviderRefused: there is none.
        """
        ...

    async def find_refund_by_key(self, *, reference: str, idempotency_key: str) -> ProviderRefund | None:
        """The refund of this payment that was made under this key; None if there is none."""
        ...

    async def save_method(
        self, *, token: str, kind: MethodKind, user_id: UUID, customer_reference: str | None
    ) -> ProviderMethod:
        """Check a token and keep what it stands for, so that it can be charged again.

        Raises:
            ProviderRefused: it is unknown, somebody else's, or of no kind that is taken.
        """
        ...

    async def forget_method(self, *, token: str) -> None:
        """Keep it no longer.

        Raises:
            ProviderRefused: it was not kept.
        """
        ...

    def read_webhook(self, *, body: bytes, headers: Mapping[str, str], now: datetime) -> ProviderEvent:
        """The event in a delivery; headers by their names in lower case.

        Raises:
            InvalidSignature: it is not the provider's.
        """
        ...
