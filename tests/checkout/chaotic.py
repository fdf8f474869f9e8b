"""One process of the chaos: several buyers at once, and a worker that takes up what others have left.

Run as `python -m tests.checkout.chaotic PLAN SHARE`; it says a line for each buyer who has come to an end.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from datetime import datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

import orjson

from datasources.core.connections import DatabaseUrls, open_connections
from datasources.core.errors import DatasourceError, ServiceUnavailable
from datasources.orders.commands.cancellations import BY_STAFF
from datasources.orders.refund_errors import OrderNotCancellable, OrderNotRefundable
from datasources.workflows.cancellations import cancel_order
from datasources.workflows.checkouts import OrderPlaced, StillProcessing
from datasources.workflows.order_sagas import PLANS
from datasources.workflows.refunds import refund_order
from datasources.workflows.sagas import recover_sagas
from tests.checkout.chaos import fast_clock
from tests.checkout.counter import Counter
from tests.checkout.killed import refund_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from datasources.workflows.sagas import Means

AT_ONCE = 10
NAMES = UUID(int=7)


async def buy(counter: Counter, means: Means, buyer: dict[str, Any]) -> str:
    """One buyer's way, from the beginning however far an earlier process has come with it; how it ends."""
    request = await counter.request(
        buyer["cart"], card=buyer["card"], key=buyer["key"], total=Decimal(buyer["total"])
    )
    while True:
        try:
            outcome = await counter.buy(request, clock=means.clock)
        except ServiceUnavailable:
            await asyncio.sleep(0.1)
            continue
        except DatasourceError as error:
            return type(error).__name__
        if isinstance(outcome, StillProcessing):
            await asyncio.sleep(0.1)
            continue
        assert isinstance(outcome, OrderPlaced), outcome
        return await afterwards(means, buyer, outcome.order_id)


async def afterwards(means: Means, buyer: dict[str, Any], order_id: UUID) -> str:
    """What they do with their order."""
    wish = {"order": str(order_id), "key": str(uuid5(NAMES, buyer["key"])), "amount": None}
    with contextlib.suppress(OrderNotCancellable, OrderNotRefundable):
        match buyer["afterwards"]:
            case "cancel":
                await cancel_order(means, order_id=order_id, allowed=BY_STAFF, reason="Chaos.", actor_id=None)
            case "refund some":
                await refund_order(means, refund_request({**wish, "amount": "0.50"}))
            case "refund all":
                await refund_order(means, refund_request(wish))
    return f"bought, then {buyer['afterwards']}"


async def recover(means: Means) -> None:
    """Take up what others have left, all the time."""
    while True:
        await recover_sagas(means, PLANS)
        await asyncio.sleep(0.2)


async def main(plan: dict[str, Any], share: list[int]) -> None:
    """Several buyers at once, beside a worker."""
    clock: Callable[[], datetime] = partial(fast_clock, datetime.fromisoformat(plan["started"]))
    async with open_connections(DatabaseUrls(**plan["urls"])) as connections:
        counter = Counter(connections=connections, warehouse=UUID(int=0))
        means = counter.means(clock=clock)
        places = asyncio.Semaphore(AT_ONCE)

        async def one(number: int) -> None:
            async with places:
                outcome = await buy(counter, means, plan["buyers"][number])
            sys.stdout.write(f"{number} {outcome}\n")
            sys.stdout.flush()

        worker = asyncio.create_task(recover(means))
        try:
            await asyncio.gather(*map(one, share))
        finally:
            worker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await worker


if __name__ == "__main__":
    logging.disable(logging.WARNING)  # that things fail is what this is about
    asyncio.run(main(orjson.loads(Path(sys.argv[1]).read_bytes()), orjson.loads(sys.argv[2])))
