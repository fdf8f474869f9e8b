"""Asks the sandbox to do something, and is killed before it can write down what came of it.

Run as `python -m tests.payments.killed URL STEP PAYMENT [REFUND]` with one of the steps authorize, capture and refund.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import TYPE_CHECKING, Any
from uuid import UUID

from datasources.core.databases import Database
from datasources.payments.commands.payments import find_payment
from tests.payments.tills import NOW, Till, sandbox_over

if TYPE_CHECKING:
    from collections.abc import Callable


class Deadly:
    """The sandbox, whose answer to one of its methods nobody lives to hear."""

    def __init__(self, database: Database, step: str) -> None:
        self._sandbox = sandbox_over(database)
        self._step = step

    def __getattr__(self, name: str) -> Any:
        found: Callable[..., Any] = getattr(self._sandbox, name)
        if name != self._step:
            return found

        async def once(*arguments: Any, **options: Any) -> None:
            await found(*arguments, **options)
            os.kill(os.getpid(), signal.SIGKILL)

        return once


async def main(url: str, step: str, payment_id: UUID, refund_id: UUID | None) -> None:
    """Take the step."""
    database = Database("payments", url)
    till = Till.over(database, provider=Deadly(database, step))
    payment = await find_payment(database, payment_id=payment_id)
    if step == "authorize":
        await till.authorize(payment)
    elif step == "capture":
        await till.capture(payment)
    else:
        await till.execute(type("Wanted", (), {"id": refund_id})(), now=NOW)


if __name__ == "__main__":
    asyncio.run(
        main(sys.argv[1], sys.argv[2], UUID(sys.argv[3]), UUID(sys.argv[4]) if sys.argv[4:] else None)
    )
