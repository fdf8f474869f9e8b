"""Many at once for one cart: every change counts once, and a change meant for a version is made to no other."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from datasources.carts.commands.lines import change_quantities, remove_lines
from datasources.carts.durable_copies import hold_copy, write_copy
from datasources.core.errors import VersionConflict
from tests.carts.baskets import DESK, LAMP, MUG, NOW, a_customer, a_guest, new_line, plain, quantities

if TYPE_CHECKING:
    from collections.abc import Callable

    from datasources.carts.owners import CartOwner
    from tests.carts.baskets import Baskets

both = pytest.mark.parametrize("someone", [a_customer, a_guest])


@both
async def test_fifty_at_once_add_up(baskets: Baskets, someone: Callable[[], CartOwner]) -> None:
    owner = someone()
    carts = await asyncio.gather(*(baskets.add(owner, MUG, 1 + number % 2) for number in range(50)))
    assert quantities(await baskets.in_redis(owner)) == {MUG: 75}
    assert sorted(cart.version for cart in carts) == list(range(1, 51))
    if owner.user_id is not None:
        assert plain(await baskets.in_cart_db(owner)) == plain(await baskets.in_redis(owner))
        assert not await baskets.is_marked(owner)


async def test_different_changes_at_once_leave_both_copies_the_same(baskets: Baskets) -> None:
    owner = a_customer()
    variants = [UUID(int=2000 + number) for number in range(10)]
    await baskets.add(owner, lines=[new_line(variant) for variant in variants])
    for _ in range(5):
        await asyncio.gather(
            *(baskets.add(owner, variant, 2) for variant in variants[::2]),
            *(
                remove_lines(*baskets.kept, owner, variant_ids=[variant], now=NOW)
                for variant in variants[::3]
            ),
            baskets.add(owner, LAMP),
            remove_lines(*baskets.kept, owner, variant_ids=[LAMP], now=NOW),
        )
        in_redis = await baskets.in_redis(owner)
        assert plain(await baskets.in_cart_db(owner)) == plain(in_redis)
    assert not await baskets.is_marked(owner)


@both
async def test_of_two_tabs_with_one_version_one_wins(
    baskets: Baskets, someone: Callable[[], CartOwner]
) -> None:
    for _ in range(10):
        owner = someone()
        await baskets.add(owner, lines=[new_line(MUG), new_line(LAMP)])
        ended = await asyncio.gather(
            change_quantities(*baskets.kept, owner, quantities={MUG: 5}, expected_version=1, now=NOW),
            remove_lines(*baskets.kept, owner, variant_ids=[MUG], expected_version=1, now=NOW),
            return_exceptions=True,
        )
        [conflict] = [each for each in ended if isinstance(each, BaseException)]
        assert isinstance(conflict, VersionConflict)
        assert conflict.current_version == 2
        [won] = [each for each in ended if not isinstance(each, BaseException)]
        assert quantities(await baskets.in_redis(owner)) == quantities(won)


async def test_a_late_writer_never_sets_the_copy_back(baskets: Baskets) -> None:
    owner = a_customer()
    early = await baskets.add(owner, lines=[new_line(MUG), new_line(DESK)])
    late = await remove_lines(*baskets.kept, owner, variant_ids=[DESK], now=NOW)
    assert owner.user_id is not None
    for cart in (early, late, early):
        async with baskets.copies.transaction() as transaction:
            await hold_copy(transaction, owner.user_id, now=NOW)
            await write_copy(transaction, cart)
        assert plain(await baskets.in_cart_db(owner)) == plain(late)


async def test_a_late_writer_of_a_lost_history_never_sets_the_copy_back(baskets: Baskets) -> None:
    """CartDb was behind when Redis lost the cart, which went on at a lower version; then the old one comes."""
    owner = a_customer()
    await baskets.add(owner, MUG)
    held = await baskets.in_redis(owner)
    assert held is not None
    await baskets.add(owner, DESK)
    lost = await baskets.add(owner, DESK)
    assert owner.user_id is not None
    async with baskets.copies.transaction() as transaction:
        await transaction.exec_driver_sql(f"DELETE FROM shopping_carts WHERE user_id = '{owner.user_id}'")  # noqa: S608  # our own id
        await hold_copy(transaction, owner.user_id, now=NOW)
        await write_copy(transaction, held)
    await baskets.lose(owner)
    kept = await baskets.add(owner, LAMP, now=NOW + timedelta(seconds=1))
    assert kept.version < lost.version
    async with baskets.copies.transaction() as transaction:
        await hold_copy(transaction, owner.user_id, now=NOW)
        await write_copy(transaction, lost)
    assert plain(await baskets.in_cart_db(owner)) == plain(kept)


@both
async def test_an_answer_that_is_lost_on_the_way_does_not_add_twice(
    baskets: Baskets, someone: Callable[[], CartOwner], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection breaks after the server has done its work: the driver sends the script once more."""
    owner = someone()
    await baskets.add(owner)
    client = baskets.store.client
    send = client.evalsha
    lost: list[Any] = []

    async def lose_the_first_answer(*arguments: Any) -> Any:
        answer = await send(*arguments)
        if not lost:
            lost.append(answer)
            return await send(*arguments)
        return answer

    monkeypatch.setattr(client, "evalsha", lose_the_first_answer)
    cart = await baskets.add(owner, MUG, 2, expected_version=1)
    assert lost
    assert (quantities(cart), cart.version) == ({MUG: 3}, 2)
