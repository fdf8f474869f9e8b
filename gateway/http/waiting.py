"""Stops reading for a request when its client has gone, or when it takes too long."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from starlette.requests import ClientDisconnect

if TYPE_CHECKING:
    from types import TracebackType

    from starlette.types import Receive

MOST_SECONDS = 20.0

# After this long it is worth watching whether the client still waits; most answers are sent before.
PATIENCE_SECONDS = 0.2


class AsLongAsWanted:
    """A block whose work is cancelled when nobody waits for it any more, or when it has taken MOST_SECONDS.

    For queries alone: what changes something ends what it began, such as a message that is queued after the commit, and
    is bounded by the time-outs of the databases. Leaving the block then raises ClientDisconnect or TimeoutError.
    """

    __slots__ = ("_reason", "_receive", "_soon", "_task", "_watcher")

    def __init__(self, receive: Receive) -> None:
        """Watch this channel for the message that the client has gone; its request has been read."""
        self._receive = receive
        self._watcher: asyncio.Task[None] | None = None
        self._reason: type[Exception] | None = None
        self._task: asyncio.Task[Any] | None = None

    def __enter__(self) -> None:
        """Begin."""
        self._task = asyncio.current_task()
        self._soon = asyncio.get_running_loop().call_later(PATIENCE_SECONDS, self._begin_watching)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        """Stop watching; if it was this watch that has cancelled the work, say why.

        Raises:
            ClientDisconnect: the client has gone.
            TimeoutError: it took longer than MOST_SECONDS.
        """
        self._soon.cancel()
        if self._watcher is not None:
            self._watcher.cancel()
        task, self._task = self._task, None
        if self._reason is None or task is None or task.uncancel() > 0:
            return  # nobody was cancelled, or somebody else has cancelled as well, and their wish counts
        if kind is asyncio.CancelledError:
            raise self._reason from error

    def _begin_watching(self) -> None:
        self._watcher = asyncio.get_running_loop().create_task(self._watch())

    async def _watch(self) -> None:
        try:
            async with asyncio.timeout(MOST_SECONDS - PATIENCE_SECONDS):
                while (await self._receive())["type"] != "http.disconnect":
                    pass
            self._reason = ClientDisconnect
        except TimeoutError:
            self._reason = TimeoutError
        if self._task is not None:
            self._task.cancel()
