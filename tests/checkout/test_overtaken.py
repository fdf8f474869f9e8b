"""A first owner that is too slow: another takes its work up, ends it, and then the first one goes on where it stood."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from datasources.core.errors import DatasourceError
from datasources.orders.commands.cancellations import BY_STAFF
from datasources.payments.providers.registry import Providers
from datasources.payments.providers.sandbox import SandboxProvider
from datasources.workflows.cancellations import CANCELLATION, cancel_order
from datasources.workflows.checkout_steps import CHECKOUT
from datasources.workflows.refunds import REFUND, refund_order
from tests.checkout.counter import SECRET
from tests.checkout.killed import refund_request
from tests.checkout.test_cancellation_crashes import bought

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from datasources.workflows.sagas import Means
    from tests.checkout.counter import Counter

# When leases are over, and whatever waits for a provider is looked at again.
OVER = timedelta(minutes=2)
CARDS = ["tok_approved", "tok_captured", "tok_capture_refused"]
CALLS = ["authorize", "capture", "void", "refund"]


class Gate:
    """Holds up whoever comes to one point, until it is opened."""

    def __init__(self, point: str) -> None:
        self._point = point
        self._reached, self._opened = asyncio.Event(), asyncio.Event()

    async def pass_through(self, point: str) -> None:
        """Wait, if this is the point and it is the first time."""
        if point == self._point and not self._reached.is_set():
            self._reached.set()
            await self._opened.wait()

    @property
    def was_reached(self) -> bool:
        """Whether anybody came to the point."""
        return self._reached.is_set()

    async def overtake(self, work: Awaitable[Any], counter: Counter) -> None:
        """Begin the work; when it is held up, let others end it; then let it go on."""
        task = asyncio.ensure_future(work)
        reached = asyncio.ensure_future(self._reached.wait())
        await asyncio.wait({task, reached}, return_when=asyncio.FIRST_COMPLETED)
        for turn in range(1, 4):
            await counter.recover(after=turn * OVER)
        self._opened.set()
        reached.cancel()
        await asyncio.gather(task, return_exceptions=True)
        error = task.exception()
        assert error is None or isinstance(error, DatasourceError), error
        await counter.recover(after=4 * OVER)


class SlowProvider(SandboxProvider):
    """The sandbox, but a call may be held up before it is made and after it was."""

    gate: Gate

    async def authorize(self, *args: Any, **given: Any) -> Any:
        return await self._held_up("authorize", super().authorize(*args, **given))

    async def capture(self, *args: Any, **given: Any) -> Any:
        return await self._held_up("capture", super().capture(*args, **given))

    async def void(self, *args: Any, **given: Any) -> Any:
        return await self._held_up("void", super().void(*args, **given))

    async def refund(self, *args: Any, **given: Any) -> Any:
        return await self._held_up("refund", super().refund(*args, **given))

    async def _held_up(self, name: str, call: Awaitable[Any]) -> Any:
        await self.gate.pass_through(f"{name}: before")
        answer = await call
        await self.gate.pass_through(f"{name}: after")
        return answer


def slow(counter: Counter, gate: Gate) -> Means:
    """What one works with who is held up at the gate."""
    provider = SlowProvider(counter.connections.payments, webhook_secret=SECRET, pages="http://gateway.test/")
    provider.gate = gate
    providers = Providers(by_name={provider.name: provider}, for_new=provider.name)
    return replace(counter.means(watch=gate.pass_through), providers=providers)


def points(kind: str, names: list[str]) -> list[str]:
    """Where a work can be held up without holding a transaction open."""
    provider = [f"{call}: {when}" for call in CALLS for when in ("before", "after")]
    return [f"{kind}: {name}: before" for name in names] + provider


@pytest.mark.parametrize("card", CARDS)
@pytest.mark.parametrize("point", points("checkout", [step.name for step in CHECKOUT.steps]))
async def test_a_checkout(counter: Counter, point: str, card: str) -> None:
    mug, gate = await counter.put_on_sale(units=3), Gate(point)
    code = await counter.coupon(usage_limit=1)
    request = await counter.request(await counter.fill_cart((mug, 2), codes=[code]), card=card)
    means = slow(counter, gate)
    await gate.overtake(counter.buy(request, means=means), counter)
    assert gate.was_reached or card != "tok_approved" or point.startswith(("void", "refund"))


@pytest.mark.parametrize("card", ["tok_approved", "tok_refund_refused", "tok_error_after_refund"])
@pytest.mark.parametrize("point", points("cancellation", [step.name for step in CANCELLATION.steps]))
async def test_a_cancellation(counter: Counter, point: str, card: str) -> None:
    order, _, _ = await bought(counter, card=card)
    gate = Gate(point)
    work = cancel_order(
        slow(counter, gate), order_id=order["id"], allowed=BY_STAFF, reason="No.", actor_id=None
    )
    await gate.overtake(work, counter)
    assert gate.was_reached or card != "tok_approved" or point.startswith(("authorize", "capture", "void"))


@pytest.mark.parametrize("card", ["tok_approved", "tok_refund_refused", "tok_error_after_refund"])
@pytest.mark.parametrize("point", points("refund", [step.name for step in REFUND.steps]))
async def test_a_refund(counter: Counter, point: str, card: str) -> None:
    order, _, _ = await bought(counter, card=card)
    gate, wanted = Gate(point), {"order": str(order["id"]), "amount": "3.00", "key": uuid4().hex}
    await gate.overtake(refund_order(slow(counter, gate), refund_request(wanted)), counter)
    assert gate.was_reached or card != "tok_approved" or point.startswith(("authorize", "capture", "void"))
