"""One service's Redis: pipelines that name the service when it is down."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from redis.exceptions import BusyLoadingError, ConnectionError, TimeoutError  # noqa: A004  # the driver's own names

from datasources.core.calls import note_call
from datasources.core.errors import ServiceUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from redis.asyncio import Redis
    from redis.asyncio.client import Pipeline


class KeyValueStore:
    """A service's Redis; nothing connects before the first call."""

    def __init__(self, service: str, client: Redis) -> None:
        """Hold the client that the connections opened for this service."""
        self.service = service
        self.client = client

    async def run(self, fill: Callable[[Pipeline], object], *, transaction: bool = False) -> list[Any]:
        """Send the commands that `fill` queues in one round trip and give their replies in order.

        Raises:
            ServiceUnavailable: the server cannot be reached or does not answer in time.
        """
        pipeline = self.client.pipeline(transaction=transaction)
        fill(pipeline)
        note_call(self.service, f"pipeline of {len(pipeline)}")
        with self.unavailable_when_unreachable():
            return await pipeline.execute()

    @contextmanager
    def unavailable_when_unreachable(self) -> Iterator[None]:
        """Raise ServiceUnavailable for whatever the driver raises when the server is gone."""
        try:
            yield
        except (ConnectionError, TimeoutError, BusyLoadingError) as error:
            raise ServiceUnavailable(self.service) from error
