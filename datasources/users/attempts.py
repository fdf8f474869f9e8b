"""Counts in Redis how often passwords and messages are asked for, and makes whoever asks too often wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from ipaddress import IPv6Address, IPv6Network
from typing import TYPE_CHECKING, Any, Final

from datasources.users.errors import TooManyAttempts
from datasources.users.origins import parse_address

if TYPE_CHECKING:
    from datasources.core.keyvalues import KeyValueStore

# After this many failures an account waits, and a client's address, which may stand for a whole office.
ACCOUNT_FAILURES: Final = 5
CLIENT_FAILURES: Final = 30
# The first wait; each further failure doubles it up to the longest. An attacker can keep an account waiting no longer
# than this after the last attempt, and neither ends its sessions nor stops its owner from resetting the password.
FIRST_WAIT: Final = timedelta(seconds=30)
LONGEST_WAIT: Final = timedelta(minutes=15)
# How long after an account's last failure its count begins anew, and how long after a client's first: people who share
# an office's address mistype all day long, and must not add up.
ACCOUNT_MEMORY: Final = timedelta(days=1)
CLIENT_MEMORY: Final = timedelta(hours=1)

# A customer with IPv6 has at least a whole network of this size to attempt from.
_CUSTOMER_NETWORK: Final = 64

# One attempt, counted as failed before anything is verified, so that a thousand at once are not all the first.
# KEYS: the account's counter and maybe the client's. ARGV: now, first and longest wait, then for each key how many
# failures are free and how long it is kept, the account's from its last failure and the client's from its first; times
# in milliseconds. While any key waits nothing is counted: a client that waits cannot make an account wait. Gives
# whether it may be made, the account's failures, and the wait's end.
_BEGIN: Final = """
local now, first, longest = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local waits = 0
for _, key in ipairs(KEYS) do
  waits = math.max(waits, tonumber(redis.call('HGET', key, 'waits_until') or 0))
end
if waits > now then return {0, 0, waits} end
local answer
for place, key in ipairs(KEYS) do
  local free, memory = tonumber(ARGV[2 + 2 * place]), ARGV[3 + 2 * place]
  local failures, ends = redis.call('HINCRBY', key, 'failures', 1), 0
  if failures >= free then
    ends = now + math.min(first * 2 ^ (failures - free), longest)
    redis.call('HSET', key, 'waits_until', string.format('%.0f', ends))
  end
  if place == 1 or failures == 1 then redis.call('PEXPIRE', key, memory) end
  answer = answer or {1, failures, ends}
end
return answer
"""

# Takes one failure back from each key, and with it the wait that it brought. ARGV: how many failures are free.
_TAKE_BACK: Final = """
for place, key in ipairs(KEYS) do
  local failures = tonumber(redis.call('HGET', key, 'failures') or 0) - 1
  if failures <= 0 then
    redis.call('DEL', key)
  else
    redis.call('HSET', key, 'failures', failures)
    if failures < tonumber(ARGV[place]) then redis.call('HDEL', key, 'waits_until') end
  end
end
"""

# One turn within a window that begins with the first. Gives how many were taken, and how long the window still is.
_TAKE_TURN: Final = """
local taken = redis.call('INCR', KEYS[1])
if taken == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {taken, redis.call('PTTL', KEYS[1])}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """An attempt that may be made: how many have failed if it fails, and until when the account then waits."""

    account: str
    client: str | None
    failures: int
    waits_until: datetime | None


class Attempts:
    """The counters; cheap to make, since it holds nothing but the store (Connections.attempts).

    What an account's counters are called is for `datasources.users.counters` to say.
    """

    def __init__(self, store: KeyValueStore) -> None:
        """Count in this store."""
        self._store = store

    async def begin(self, account: str, client: str | None, *, now: datetime) -> Attempt:
        """Begin an attempt to guess an account's password from a client's address; it counts as failed for now.

        Raises:
            TooManyAttempts: the account or the client has to wait.
            ServiceUnavailable: Redis is down. Guessing unseen is worse than waiting.
        """
        keys = _keys(account, client)
        limits = ((ACCOUNT_FAILURES, ACCOUNT_MEMORY), (CLIENT_FAILURES, CLIENT_MEMORY))[: len(keys)]
        parameters = [value for free, memory in limits for value in (free, _milliseconds(memory))]
        allowed, failures, ends = await self._run(
            _BEGIN,
            keys,
            round(now.timestamp() * 1_000),
            _milliseconds(FIRST_WAIT),
            _milliseconds(LONGEST_WAIT),
            *parameters,
        )
        if not allowed:
            raise TooManyAttempts(_moment(ends))
        return Attempt(
            account=account, client=client, failures=failures, waits_until=_moment(ends) if ends else None
        )

    async def succeed(self, attempt: Attempt) -> None:
        """The password was right: forget the account's failures.

        Of the client's only this one is taken back; else an attacker's own account would clear them.

        Raises:
            ServiceUnavailable: Redis is down.
        """
        await self.forget(attempt.account)
        await self._run(_TAKE_BACK, _keys(attempt.account, attempt.client)[1:], CLIENT_FAILURES)

    async def give_back(self, attempt: Attempt) -> None:
        """The password was not verified, for no fault of whoever gave it.

        Raises:
            ServiceUnavailable: Redis is down.
        """
        keys = _keys(attempt.account, attempt.client)
        await self._run(_TAKE_BACK, keys, *(ACCOUNT_FAILURES, CLIENT_FAILURES)[: len(keys)])

    async def forget(self, *accounts: str) -> None:
        """Forget the failures of these counters of an account: its owner, or staff, has shown who is there.

        Raises:
            ServiceUnavailable: Redis is down.
        """
        keys = [_keys(account, None)[0] for account in accounts]
        await self._store.run(lambda pipeline: pipeline.delete(*keys))

    async def take_turn(self, subject: str, *, most: int, per: timedelta, now: datetime) -> None:
        """Take one of the turns that a subject has within a window of time.

        Raises:
            TooManyAttempts: all are taken.
            ServiceUnavailable: Redis is down.
        """
        key = f"attempts:turns:{sha256(subject.encode()).hexdigest()}"
        taken, remaining = await self._run(_TAKE_TURN, [key], _milliseconds(per))
        if taken > most:
            raise TooManyAttempts(now + timedelta(milliseconds=remaining))

    async def _run(self, script: str, keys: list[str], *arguments: int) -> Any:
        if not keys:
            return None
        (reply,) = await self._store.run(lambda pipeline: pipeline.eval(script, len(keys), *keys, *arguments))
        return reply


def network_of(client: str | None) -> str | None:
    """The network that a client's address stands for: itself, or the /64 around an IPv6 address.

    None where there is no address.
    """
    address = parse_address(client)
    if address is None:
        return None
    if not isinstance(address, IPv6Address):
        return str(address)
    return str(IPv6Network((int(address), _CUSTOMER_NETWORK), strict=False))


def _keys(account: str, client: str | None) -> list[str]:
    """The counters' keys; the braces keep both on one node of a cluster, where one script may use them."""
    network = network_of(client)
    keys = [f"attempts:{{passwords}}:account:{account}"]
    return keys if network is None else [*keys, f"attempts:{{passwords}}:client:{network}"]


def _milliseconds(duration: timedelta) -> int:
    return duration // timedelta(milliseconds=1)


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1_000, UTC)
