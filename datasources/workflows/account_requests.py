"""What anybody may ask of any e-mail address: answered alike, and in the same time, whether or not it has an account.

Each is a command of the user service with its message queued.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from datasources.core.errors import DatasourceError
from datasources.notifications.commands import require_queue
from datasources.users.attempts import Attempts
from datasources.users.commands.email_addresses import resend_verification
from datasources.users.commands.passwords import request_password_reset
from datasources.users.commands.registrations import register
from datasources.workflows.account_messages import settle_messages

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from datasources.core.connections import Connections
    from datasources.users.origins import Origin
    from datasources.users.passwords import Passwords
    from datasources.users.records import Outcome

# No answer comes earlier than this: long enough that the few statements more which an account costs do not show, also
# beside a hash, and short enough that nobody minds (OWASP Forgot Password Cheat Sheet: a uniform time).
SHORTEST_SECONDS: Final = 0.25
SHORTEST_WITH_HASH_SECONDS: Final = 0.5


async def register_account(
    connections: Connections,
    *,
    email: str,
    password: str,
    first_name: str | None,
    last_name: str | None,
    passwords: Passwords,
    origin: Origin,
    now: datetime,
) -> None:
    """Open an account and send its address a link; see `register`.

    Raises:
        InvalidEmail, WeakPassword, TooManyAttempts: as `register`.
        ServiceUnavailable: the user or the notification database or Redis is down.
    """
    async with _at_least(SHORTEST_WITH_HASH_SECONDS):
        outcome = await register(
            connections.users,
            email=email,
            password=password,
            first_name=first_name,
            last_name=last_name,
            passwords=passwords,
            attempts=Attempts(connections.attempts),
            origin=origin,
            now=now,
        )
        await _queue_alike(connections, outcome, now=now)


async def request_reset(connections: Connections, *, email: str, origin: Origin, now: datetime) -> None:
    """Send a link that resets the password to the address, if it has an account; see `request_password_reset`.

    Raises:
        InvalidEmail, TooManyAttempts: as `request_password_reset`.
        ServiceUnavailable: the user or the notification database or Redis is down.
    """
    async with _at_least(SHORTEST_SECONDS):
        outcome = await request_password_reset(
            connections.users, email=email, attempts=Attempts(connections.attempts), origin=origin, now=now
        )
        await _queue_alike(connections, outcome, now=now)


async def resend_verification_message(
    connections: Connections, *, email: str, origin: Origin, now: datetime
) -> None:
    """Send another link to an address that waits to be proved; see `resend_verification`.

    Raises:
        InvalidEmail, TooManyAttempts: as `resend_verification`.
        ServiceUnavailable: the user or the notification database or Redis is down.
    """
    async with _at_least(SHORTEST_SECONDS):
        outcome = await resend_verification(
            connections.users, email=email, attempts=Attempts(connections.attempts), origin=origin, now=now
        )
        await _queue_alike(connections, outcome, now=now)


async def _queue_alike(connections: Connections, outcome: Outcome[None], *, now: datetime) -> None:
    """Queue the message, if any: where the queue is down, an address without an account finds it down as well."""
    await require_queue(connections.notifications)
    await settle_messages(connections.notifications, outcome, now=now)


@asynccontextmanager
async def _at_least(seconds: float) -> AsyncIterator[None]:
    """Make the block take no less than this, whether it ends well or with a refusal."""
    ends = asyncio.get_running_loop().time() + seconds
    try:
        yield
    except DatasourceError:
        await _sleep_until(ends)
        raise
    await _sleep_until(ends)


async def _sleep_until(ends: float) -> None:
    await asyncio.sleep(max(0.0, ends - asyncio.get_running_loop().time()))
