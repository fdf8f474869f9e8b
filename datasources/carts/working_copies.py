"""Carts in Redis, where they are worked on: read together with what tells whether they are still the same, and replaced
only if they are.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import orjson

from datasources.carts import keys
from datasources.carts.hashes import cart_of_hash, hash_of_cart, moment_of
from datasources.core.keyvalues import Script
from datasources.core.records import row_record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from redis.asyncio.client import Pipeline

    from datasources.carts.owners import CartOwner
    from datasources.carts.records import Cart
    from datasources.core.keyvalues import KeyValueStore

# Runs commands if nothing has changed since it was read: WATCH, MULTI and EXEC in one round trip, and without a
# connection of one's own. KEYS: the hashes that it depends on, the changed cart first. ARGV: the state that each was
# read in, then the id of this change, and the commands as JSON. Gives when the cart expires, as PEXPIRETIME has it; nil
# if something has changed. A change that is there already was made by this very call, which the driver sends again when
# the connection broke before the answer came.
_RUN_UNLESS_CHANGED: Final = Script(
    text="""
for place, key in ipairs(KEYS) do
  local found = redis.call('HMGET', key, 'version', 'change')
  if place == 1 and found[2] == ARGV[#KEYS + 1] then return redis.call('PEXPIRETIME', key) end
  if (found[1] or '') .. ' ' .. (found[2] or '') ~= ARGV[place] then return false end
end
for _, command in ipairs(cjson.decode(ARGV[#KEYS + 2])) do redis.call(unpack(command)) end
return redis.call('PEXPIRETIME', KEYS[1])
"""
)

# Takes a customer's mark off unless a later change has left it. KEYS: the marks. ARGV: the customer, and the time up to
# which the durable copy has everything.
_UNMARK: Final = Script(
    text="""
local marked = redis.call('ZSCORE', KEYS[1], ARGV[1])
if marked and tonumber(marked) <= tonumber(ARGV[2]) then redis.call('ZREM', KEYS[1], ARGV[1]) end
return 0
"""
)

# The state of what is not there.
ABSENT: Final = " "

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@row_record
class HeldCart:
    """A cart as it was read, or None, and the state by which it is told whether it has changed since."""

    owner: CartOwner
    cart: Cart | None
    state: str


async def hold_carts(store: KeyValueStore, owners: Sequence[CartOwner]) -> list[HeldCart]:
    """Read carts in one round trip. Looking at a guest's cart is using it, so it lives on.

    Looking at a customer's is not: nothing is lost when Redis lets it go, and staff look at many.

    Raises:
        ServiceUnavailable: Redis cannot be reached.
    """

    def fill(pipeline: Pipeline) -> None:
        for owner in owners:
            if owner.user_id is None:
                pipeline.expire(owner.key, owner.seconds, gt=True)
        for owner in owners:
            pipeline.hgetall(owner.key)
            pipeline.pexpiretime(owner.key)

    replies = (await store.run(fill))[-2 * len(owners) :]
    return [
        _held(owner, fields, expires)
        for owner, fields, expires in zip(owners, replies[::2], replies[1::2], strict=True)
    ]


async def replace_cart(
    store: KeyValueStore,
    held: HeldCart,
    cart: Cart,
    *others: tuple[str, str],
    then: Sequence[Sequence[str]] = (),
) -> Cart | None:
    """Put a cart in the place of the one that was held, in one step with the commands in `then`; None if that changed.

    `others` are the keys and states of what else must not have changed. A customer is marked as one whose durable copy
    is behind.

    Raises:
        ServiceUnavailable: Redis cannot be reached; whether the change was made is then not known.
    """
    watched = [(held.owner.key, held.state), *others]
    change, commands = _put(held.owner, cart)
    if cart.user_id is not None:
        commands.append(["ZADD", keys.UNCOPIED, str(_microseconds(cart.updated_at)), str(cart.user_id)])
    expires = await store.run_script(
        _RUN_UNLESS_CHANGED,
        [key for key, _ in watched],
        *(state for _, state in watched),
        change,
        orjson.dumps([*commands, *then]).decode(),
    )
    return None if expires is None else _expiring(cart, expires)


async def fill_carts(store: KeyValueStore, restored: Mapping[CartOwner, Cart]) -> dict[CartOwner, Cart]:
    """Put durable copies into Redis where it still has nothing, in one round trip; the carts with their new expiry.

    Raises:
        ServiceUnavailable: Redis cannot be reached.
    """

    def fill(pipeline: Pipeline) -> None:
        for owner, cart in restored.items():
            change, commands = _put(owner, cart)
            text = orjson.dumps(commands).decode()
            pipeline.eval(_RUN_UNLESS_CHANGED.text, 1, owner.key, ABSENT, change, text)

    replies = await store.run(fill)
    return {
        owner: cart if expires is None else _expiring(cart, expires)
        for (owner, cart), expires in zip(restored.items(), replies, strict=True)
    }


async def unmark(store: KeyValueStore, cart: Cart) -> None:
    """Note that the durable copy is as new as this cart.

    Raises:
        ServiceUnavailable: Redis cannot be reached.
    """
    await store.run_script(_UNMARK, [keys.UNCOPIED], str(cart.user_id), _microseconds(cart.updated_at))


async def marked_customers(store: KeyValueStore, *, before: datetime, most: int) -> dict[str, int]:
    """Customers whose durable copy is behind since before this time, those first whose is longest, with their marks.

    Raises:
        ServiceUnavailable: Redis cannot be reached.
    """
    (found,) = await store.run(
        lambda pipeline: pipeline.zrangebyscore(
            keys.UNCOPIED, "-inf", _microseconds(before), start=0, num=most, withscores=True
        )
    )
    return {customer: int(mark) for customer, mark in found}


async def forget_mark(store: KeyValueStore, customer: str, mark: int) -> None:
    """Take a mark off that leads to no cart.

    Raises:
        ServiceUnavailable: Redis cannot be reached.
    """
    await store.run_script(_UNMARK, [keys.UNCOPIED], customer, mark)


def _held(owner: CartOwner, fields: Mapping[str, str], expires_at_ms: int) -> HeldCart:
    if not fields:
        return HeldCart(owner=owner, cart=None, state=ABSENT)
    return HeldCart(
        owner=owner,
        cart=cart_of_hash(fields, owner=owner, expires_at_ms=expires_at_ms),
        state=f"{fields[keys.VERSION]} {fields.get(keys.CHANGE, '')}",
    )


def _put(owner: CartOwner, cart: Cart) -> tuple[str, list[Sequence[str]]]:
    """The id of the change that writes this cart, and the commands for it."""
    change = uuid4().hex
    fields = hash_of_cart(cart, change=change)
    words = [word for field in fields.items() for word in field]
    return change, [["HSET", owner.key, *words], ["EXPIRE", owner.key, str(owner.seconds)]]


def _expiring(cart: Cart, expires_at_ms: int) -> Cart:
    return replace(cart, expires_at=moment_of(expires_at_ms))


def _microseconds(moment: datetime) -> int:
    # Exact as a double, which Redis keeps marks as, until the year 2255.
    return (moment - _EPOCH) // timedelta(microseconds=1)
