"""The worker's loops: what has to go on when nobody asks for it, safe to run in as many processes as one likes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from datasources.carts.commands.copies import copy_uncopied_carts, purge_expired_carts
from datasources.core.errors import DatasourceError
from datasources.core.relays import purge_events
from datasources.inventory.tables import domain_events as inventory_events
from datasources.payments.commands.reconciliations import reconcile_payments
from datasources.payments.commands.webhooks import settle_webhooks
from datasources.users.commands.purges import purge_expired
from datasources.workflows.abandoned_carts import sweep_abandoned_carts
from datasources.workflows.bounced_refunds import reopen_orders
from datasources.workflows.expired_reservations import sweep_reservations
from datasources.workflows.order_sagas import PLANS, resume_orders
from datasources.workflows.sagas import recover_sagas
from datasources.workflows.stock_relay import relay_stock_events

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from datasources.workflows.sagas import Means

logger = logging.getLogger("gateway.worker")

# How many things one turn does at most, before other duties get their turn.
MOST = 100

# How long events that have been relayed are kept, for whoever looks into what happened.
KEPT = timedelta(days=30)
# How long sessions and tokens are kept after they have expired: they tell where an account was used before.
SESSIONS_KEPT = timedelta(days=90)
# How long a cart with something in it may lie before it counts as left behind (001: an hour).
LEFT_BEHIND = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """Something to be done again and again, `every` so many seconds; it tells how much there was to do."""

    name: str
    every: float
    do: Callable[[Means], Awaitable[int]]


async def recover(means: Means) -> int:
    """Finish or undo what others have left half done."""
    return len(await recover_sagas(means, PLANS, most=MOST))


async def settle(means: Means) -> int:
    """Act on what providers have delivered, and go on with the orders that it is about."""
    orders = await settle_webhooks(means.connections.payments, means.providers, now=means.clock(), most=MOST)
    return await resume_orders(means, orders)


async def reconcile(means: Means) -> int:
    """Ask providers about payments that there has been no news of."""
    orders = await reconcile_payments(
        means.connections.payments, means.providers, now=means.clock(), most=MOST
    )
    return await resume_orders(means, orders)


async def reopen(means: Means) -> int:
    """Open orders whose refunds a bank has sent back for another one."""
    return await reopen_orders(means, most=MOST)


async def expire(means: Means) -> int:
    """Take back stock that was reserved too long."""
    return len(await sweep_reservations(means.connections, now=means.clock(), most=MOST))


async def relay_stock(means: Means) -> int:
    """Bring what products say of their availability up to date."""
    return await relay_stock_events(means.connections, now=means.clock())


async def copy_carts(means: Means) -> int:
    """Make up for copies of carts that an outage has left behind."""
    connections = means.connections
    return await copy_uncopied_carts(connections.carts, connections.cart_copies, now=means.clock(), most=MOST)


async def note_carts(means: Means) -> int:
    """Note the carts that customers have left behind."""
    now = means.clock()
    noted = await sweep_abandoned_carts(means.connections, before=now - LEFT_BEHIND, now=now, most=MOST)
    return len(noted)


async def purge(means: Means) -> int:
    """Delete what nobody needs any more."""
    now = means.clock()
    await purge_events(means.connections.inventory, inventory_events, now=now, older_than=KEPT)
    await purge_expired(means.connections.users, before=now - SESSIONS_KEPT)
    return await purge_expired_carts(means.connections.cart_copies, now=now, most=MOST)


DUTIES: tuple[Duty, ...] = (
    Duty(name="recover sagas", every=1.0, do=recover),
    Duty(name="settle webhooks", every=1.0, do=settle),
    Duty(name="relay stock", every=1.0, do=relay_stock),
    Duty(name="expire reservations", every=10.0, do=expire),
    Duty(name="reconcile payments", every=30.0, do=reconcile),
    Duty(name="reopen orders", every=30.0, do=reopen),
    Duty(name="copy carts", every=10.0, do=copy_carts),
    Duty(name="note carts left behind", every=60.0, do=note_carts),
    Duty(name="purge", every=600.0, do=purge),
)


async def work(means: Means, *, duties: Sequence[Duty] = DUTIES) -> None:
    """Do every duty again and again, beside each other, until cancelled."""
    async with asyncio.TaskGroup() as group:
        for duty in duties:
            group.create_task(_again_and_again(duty, means))


async def work_once(means: Means, *, duties: Sequence[Duty] = DUTIES) -> dict[str, int]:
    """Do every duty once, one after the other; tell by name how much there was to do.

    Raises:
        DatasourceError: a database or a provider is down. All that could be done without it was done.
    """
    done: dict[str, int] = {}
    outage: DatasourceError | None = None
    for duty in duties:
        try:
            done[duty.name] = await duty.do(means)
        except DatasourceError as error:
            logger.warning("Could not %s: %s", duty.name, error)
            outage = outage or error
    if outage is not None:
        raise outage
    return done


@contextlib.asynccontextmanager
async def working(means: Means) -> AsyncIterator[None]:
    """Work while the block runs."""
    task = asyncio.create_task(work(means))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _again_and_again(duty: Duty, means: Means) -> None:
    task = asyncio.current_task()
    assert task is not None  # noqa: S101  # whoever awaits is in one
    was_down = False
    # Not for ever: a cancellation can get lost in a driver, as it does in redis-py while that connects.
    while not task.cancelling():
        done = 0
        try:
            done = await duty.do(means)
            was_down = False
        except DatasourceError as error:
            if not was_down:  # once: what is down says so by itself
                logger.warning("Could not %s: %s", duty.name, error)
            was_down = True
        except Exception:  # an edge: a bug in one duty must not end the others
            logger.exception("Could not %s.", duty.name)
        if not task.cancelling():
            # Where there was as much as one turn does there is more.
            await asyncio.sleep(0 if done >= MOST else duty.every)
