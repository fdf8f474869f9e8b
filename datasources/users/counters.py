"""Under which names the failures on an account are counted, so that whoever guesses keeps nobody else out.

An attacker who fails on an address makes everybody wait who comes from where the account's owner never was. The owner's
own networks, those of the account's sessions in the last 90 days, have each a counter of their own: OWASP's device
cookies in spirit, without a cookie. So has whoever is signed in and confirms a change. Whoever shares a network with
somebody can learn by it that they have an account, and nothing else can be learnt.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from datasources.core.errors import ServiceUnavailable
from datasources.users.attempts import network_of
from datasources.users.emails import hash_of_email
from datasources.users.tables import user_sessions

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from datasources.users.accounts import HeldAccount
    from datasources.users.attempts import Attempts

# How long after its last use a session still shows which network is its owner's.
NETWORK_MEMORY: Final = timedelta(days=90)


def sign_in_counter(email: str, *, known_network: str | None = None) -> str:
    """The counter of sign-ins with an address, whether or not it has an account, from anywhere or a known network."""
    counter = hash_of_email(email)
    return counter if known_network is None else f"{counter}@{known_network}"


def confirmation_counter(user_id: UUID) -> str:
    """The counter of passwords that a signed-in user gives to confirm a change."""
    return f"confirm:{user_id}"


async def counters_of(transaction: AsyncConnection, account: HeldAccount, *, now: datetime) -> list[str]:
    """Every counter that can make this account's owner wait."""
    seen = await transaction.execute(
        select(func.host(user_sessions.c.ip_address))
        .distinct()
        .where(
            user_sessions.c.user_id == account.id,
            user_sessions.c.ip_address.is_not(None),
            user_sessions.c.last_accessed_at > now - NETWORK_MEMORY,
        )
    )
    networks = {network_of(address) for address in seen.scalars()}
    own = [sign_in_counter(account.email, known_network=network) for network in networks if network]
    return [sign_in_counter(account.email), confirmation_counter(account.id), *own]


async def forget_failures(attempts: Attempts, counters: list[str]) -> None:
    """Forget the failures of these counters. Where Redis is down they end by themselves."""
    with suppress(ServiceUnavailable):
        await attempts.forget(*counters)
