"""Queues what a command has to tell to users."""

from datetime import datetime
from typing import TypeVar

from datasources.users.records import Outcome
from datasources.workflows.account_messages import queue_messages
from resolvers.context import Info

T = TypeVar("T")


async def tell(info: Info, outcome: Outcome[T], *, now: datetime) -> T:
    """Queue an outcome's messages, and give its value."""
    await queue_messages(info.context.connections.notifications, outcome.messages, now=now)
    return outcome.value
