"""Does one work until it comes to a point, and is killed there.

Run as `python -m tests.checkout.killed WORK`, where WORK is JSON: the databases' `urls`, the `point`, and what is to be
done (`buy`, `cancel` or `refund`). It does its work two minutes ago, so that its leases are over when it is dead. Where
the point is never come to it says so, and ends.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from datasources.core.connections import Connections, DatabaseUrls, open_connections
from datasources.orders.commands.cancellations import BY_STAFF
from datasources.orders.commands.refunds import Wish
from datasources.workflows.cancellations import cancel_order
from datasources.workflows.refunds import RefundRequest, refund_order
from datasources.workflows.sagas import utc_now
from tests.checkout.counter import CLERK, Counter

AGO = timedelta(minutes=2)


def then() -> datetime:
    """The clock of a process that is dead by now."""
    return utc_now() - AGO


async def work(connections: Connections, wanted: dict[str, Any]) -> None:
    """Do it."""

    async def watch(point: str) -> None:
        if point == wanted["point"]:
            os.kill(os.getpid(), signal.SIGKILL)

    counter = Counter(connections=connections, warehouse=UUID(int=0))
    means = counter.means(clock=then, watch=watch)
    match wanted["work"]:
        case "buy":
            request = await counter.request(wanted["cart"], card=wanted["card"], key=wanted["key"])
            await counter.buy(request, clock=then, watch=watch)
        case "cancel":
            await cancel_order(
                means,
                order_id=UUID(wanted["order"]),
                allowed=BY_STAFF,
                reason="Changed my mind.",
                actor_id=None,
            )
        case "refund":
            await refund_order(means, refund_request(wanted))


def refund_request(wanted: dict[str, Any]) -> RefundRequest:
    """What staff pay back."""
    return RefundRequest(
        order_id=UUID(wanted["order"]),
        wish=Wish(units={}, everything=True)
        if wanted["amount"] is None
        else Wish(units={}, amount=Decimal(wanted["amount"])),
        reason="Broken.",
        restock=True,
        requested_by=CLERK,
        approved_by=CLERK,
        key=wanted["key"],
    )


async def main(wanted: dict[str, Any]) -> None:
    """Open the databases, and work."""
    async with open_connections(DatabaseUrls(**wanted["urls"])) as connections:
        await work(connections, wanted)
    sys.stdout.write("The point was never come to.\n")


if __name__ == "__main__":
    asyncio.run(main(orjson.loads(sys.argv[1])))
