"""Queues what a command has to tell to users."""

from datetime import datetime
from typing import TypeVar

from datasources.users.records import Outcome
from datasources.workflows.account_messages import settle_messages
from resolvers.context import Info

T = TypeVar("T")


async def tell(info: Info, outcome: Outcome[T], *, now: datetime) -> T:
    """Queue an outcome's messages, take back what it made void, and give its value."""
    await settle_messages(info.context.connections.notifications, outcome, now=now)
    return outcome.value
