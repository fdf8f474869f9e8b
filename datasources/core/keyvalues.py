"""One service's Redis: pipelines that name the service when it is down."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha1
from typing import TYPE_CHECKING, Any

from redis.exceptions import (
    BusyLoadingError,
    ConnectionError,  # noqa: A004  # the driver's own name
    NoScriptError,
    TimeoutError,  # noqa: A004  # the driver's own name
)

from datasources.core.calls import note_call
from datasources.core.errors import ServiceUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from redis.asyncio import Redis
    from redis.asyncio.client import Pipeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A Lua script, which the server runs as one step; it knows those that it has seen by their hash."""

    text: str
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        """Work out the hash."""
        digest = sha1(self.text.encode(), usedforsecurity=False).hexdigest()
        object.__setattr__(self, "digest", digest)


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

    async def run_script(self, script: Script, keys: Sequence[str], *arguments: str | int) -> Any:
        """Run a script on these keys; it is sent whole only where the server does not know it yet.

        Raises:
            ServiceUnavailable: the server cannot be reached or does not answer in time.
        """
        note_call(self.service, "script")
        with self.unavailable_when_unreachable():
            try:
                return await self.client.evalsha(script.digest, len(keys), *keys, *arguments)
            except NoScriptError:
                note_call(self.service, "script, whole")
                return await self.client.eval(script.text, len(keys), *keys, *arguments)

    @contextmanager
    def unavailable_when_unreachable(self) -> Iterator[None]:
        """Raise ServiceUnavailable for whatever the driver raises when the server is gone."""
        try:
            yield
        except (ConnectionError, TimeoutError, BusyLoadingError) as error:
            raise ServiceUnavailable(self.service) from error
