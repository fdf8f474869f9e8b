"""Counts the calls that one request makes to each database, for budgets and for the developer's eyes."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One round trip to a database: a SQL statement, a MongoDB command, or a Redis pipeline."""

    service: str
    text: str


@dataclass(slots=True)
class CallLog:
    """The calls of one request, in the order in which they were sent."""

    calls: list[Call] = field(default_factory=list)
    outer: CallLog | None = None

    def by_service(self) -> dict[str, int]:
        """How many calls each service's database got."""
        counts: dict[str, int] = {}
        for call in self.calls:
            counts[call.service] = counts.get(call.service, 0) + 1
        return counts


# A context variable, since the connection pools are shared by all requests and only the running task
# knows for which of them a statement is sent.
_current: ContextVar[CallLog | None] = ContextVar("calls_of_the_request", default=None)


class record_calls:  # noqa: N801  # it reads as what it does, like contextlib's own
    """Record every call made by this task, and by the tasks it starts, until the block ends.

    Inside another recording both see the calls.
    """

    __slots__ = ("_token",)

    def __enter__(self) -> CallLog:
        """Begin; the log fills as calls are made."""
        log = CallLog(outer=_current.get())
        self._token = _current.set(log)
        return log

    def __exit__(self, *_: object) -> None:
        """Record no more."""
        _current.reset(self._token)


def note_call(service: str, text: str) -> None:
    """Note that a call is being sent; costs next to nothing where nobody records."""
    log = _current.get()
    if log is None:
        return
    call = Call(service=service, text=text)
    while log is not None:
        log.calls.append(call)
        log = log.outer
