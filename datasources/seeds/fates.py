"""What becomes of an order: the states it went through, when, and how its payment ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal

from datasources.seeds.determinism import chance
from datasources.seeds.people import MANAGER_ID

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random
    from uuid import UUID

Refunding = Literal["none", "full", "partial", "requested", "rejected"]

CARDS: Final = frozenset({"credit_card", "debit_card"})

STILL_OPEN: Final = timedelta(days=14)
"""Orders that are younger may be in any state; older ones have been settled."""

_NOTES: Final = {
    "pending": "Order placed",
    "confirmed": "Order confirmed",
    "paid": "Payment received",
    "processing": "Being packed",
    "shipped": "Handed to the carrier",
    "delivered": "Delivered",
    "refunded": "Returned and refunded",
}
_BY_STAFF: Final = frozenset({"processing", "shipped", "refunded"})
_CANCELLATION_REASONS: Final = (
    "Ordered by mistake",
    "Found it elsewhere",
    "Delivery takes too long",
    "Changed my mind",
    "Payment did not go through",
)
_SHARE_CANCELLED = 9
_SHARE_REFUNDED = 6
_SHARE_PARTLY_REFUNDED = 4
_SHARE_ASKING = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The order came into a state."""

    status: str
    at: datetime
    note: str
    by: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """An order's life so far."""

    steps: tuple[Step, ...]
    payment_status: str
    refunding: Refunding
    refund_at: datetime | None
    """When the refund was asked for; completed ones are completed within the hour."""
    cancellation_reason: str | None

    @property
    def status(self) -> str:
        """Where the order is."""
        return self.steps[-1].status

    def at(self, status: str) -> datetime | None:
        """When it came into a state, if it did."""
        return next((step.at for step in self.steps if step.status == status), None)


def decide_fate(rng: Random, placed: datetime, now: datetime, *, method: str, customer: UUID | None) -> Fate:
    """Live through the time from `placed` to `now`."""
    planned = _plan(rng, placed, method)
    happened = [step for step in planned if step.at <= now]
    roll = rng.random() * 100
    reached = rng.randrange(1, 5)
    if roll < _SHARE_CANCELLED and reached <= len(happened):
        cancelled = _cancel(rng, happened[:reached], now, method=method, customer=customer)
        if cancelled is not None:
            return cancelled
    if len(happened) == len(planned):
        returned = _return(rng, happened, now, roll)
        if returned is not None:
            return returned
    if now - placed < STILL_OPEN:
        wanted = rng.choices(range(1, len(planned) + 1), weights=(14, 14, 14, 18, 22, 18))[0]
        happened = happened[:wanted]
    return Fate(
        steps=tuple(happened),
        payment_status=_payment_status(rng, happened[-1].status, method),
        refunding="none",
        refund_at=None,
        cancellation_reason=None,
    )


def _plan(rng: Random, placed: datetime, method: str) -> list[Step]:
    """The life of an order that nothing goes wrong with."""
    waiting = rng.randrange(86_400, 250_000) if method == "bank_transfer" else rng.randrange(300, 2_400)
    gaps = {
        "pending": 0,
        "confirmed": rng.randrange(60, 240),
        "paid": waiting,
        "processing": rng.randrange(3_600, 36_000),
        "shipped": rng.randrange(43_200, 216_000),
        "delivered": rng.randrange(172_800, 518_400),
    }
    steps, at = [], placed
    for status, seconds in gaps.items():
        at += timedelta(seconds=seconds)
        steps.append(_step(status, at))
    return steps


def _cancel(
    rng: Random, happened: list[Step], now: datetime, *, method: str, customer: UUID | None
) -> Fate | None:
    """The order ends after these steps, unless it is too young for that."""
    at = happened[-1].at + timedelta(seconds=rng.randrange(600, 14_400))
    if at > now:
        return None
    reason = rng.choice(_CANCELLATION_REASONS[:-1])
    ending, by = "cancelled", customer
    refunding: Refunding = "none"
    if happened[-1].status in {"paid", "processing"}:
        ending, refunding = "refunded", "full"
    elif happened[-1].status == "pending" and method in CARDS and chance(rng, 50):
        ending, reason, by = "failed", _CANCELLATION_REASONS[-1], None
    return Fate(
        steps=(*happened, Step(status="cancelled", at=at, note=reason, by=by)),
        payment_status=ending,
        refunding=refunding,
        refund_at=at if refunding == "full" else None,
        cancellation_reason=reason,
    )


def _return(rng: Random, happened: list[Step], now: datetime, roll: float) -> Fate | None:
    """The order was delivered, and some of it comes back, all of it, or somebody asks for that."""
    at = happened[-1].at + timedelta(seconds=rng.randrange(200_000, 1_000_000))
    if at + timedelta(hours=2) > now:
        return None
    kinds: tuple[tuple[Refunding, float], ...] = (
        ("full", _SHARE_REFUNDED),
        ("partial", _SHARE_PARTLY_REFUNDED),
        ("requested", _SHARE_ASKING),
        ("rejected", _SHARE_ASKING),
    )
    limit: float = _SHARE_CANCELLED
    for kind, percent in kinds:
        limit += percent
        if _SHARE_CANCELLED <= roll < limit:
            ended = (_step("refunded", at + timedelta(hours=1)),) if kind == "full" else ()
            words = {"full": "refunded", "partial": "partially_refunded"}
            return Fate(
                steps=(*happened, *ended),
                payment_status=words.get(kind, "paid"),
                refunding=kind,
                refund_at=at,
                cancellation_reason=None,
            )
    return None


def _payment_status(rng: Random, status: str, method: str) -> str:
    if status == "pending":
        return "failed" if method in CARDS and chance(rng, 30) else "pending"
    if status == "confirmed":
        return "authorized" if method in CARDS else "pending"
    return "paid"


def _step(status: str, at: datetime) -> Step:
    return Step(status=status, at=at, note=_NOTES[status], by=MANAGER_ID if status in _BY_STAFF else None)
