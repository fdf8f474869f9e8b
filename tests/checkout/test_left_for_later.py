"""What an outage, or an error of ours, leaves for later: the rest is done all the same, and no secret is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError

from datasources.core.databases import Database
from datasources.core.errors import ServiceUnavailable
from datasources.orders.tables import coupons
from datasources.workflows.checkouts import OrderPlaced
from datasources.workflows.sagas import utc_now
from gateway.worker import work_once
from tests.services.shops import NOWHERE_SQL

if TYPE_CHECKING:
    from tests.checkout.counter import Counter


async def test_one_turn_of_a_worker_does_all_that_an_outage_lets_it(counter: Counter) -> None:
    async def lose(point: str) -> None:
        if point == "checkout: clear_cart: before":
            raise ServiceUnavailable("carts")

    mug = await counter.put_on_sale()
    cart = await counter.fill_cart((mug, 1))
    assert isinstance(await counter.buy(await counter.request(cart), watch=lose), OrderPlaced)
    assert await counter.units_in(cart) == 1
    down = Database("payments", NOWHERE_SQL)
    means = counter.means(clock=lambda: utc_now() + timedelta(minutes=1))
    crippled = replace(means, connections=replace(means.connections, payments=down))
    with pytest.raises(ServiceUnavailable) as outage:
        await work_once(crippled)
    assert outage.value.service == "payments"
    assert await counter.units_in(cart) == 0


async def test_an_error_of_ours_does_not_tell_what_was_written(counter: Counter) -> None:
    secret = f"tok_{uuid4().hex}" * 10
    with pytest.raises(DBAPIError) as error:
        async with counter.connections.orders.transaction() as transaction:
            await transaction.execute(
                insert(coupons).values(
                    code=secret.upper(),
                    discount_type="percentage",
                    discount_value=1,
                    valid_from=utc_now(),
                    valid_until=utc_now() + timedelta(days=1),
                )
            )
    assert secret.upper() not in str(error.value)


async def test_a_work_that_this_version_does_not_know_waits_and_keeps_no_other(
    counter: Counter, caplog: pytest.LogCaptureFixture
) -> None:
    async def lose(point: str) -> None:
        if point == "checkout: clear_cart: before":
            raise ServiceUnavailable("carts")

    mug, keys = await counter.put_on_sale(), (uuid4().hex, uuid4().hex)
    carts = [await counter.fill_cart((mug, 1)) for _ in keys]
    for cart, key in zip(carts, keys, strict=True):
        await counter.buy(await counter.request(cart, key=key), watch=lose)
    rename = "UPDATE order_processing_sagas SET current_step = $1 WHERE idempotency_key LIKE '%:' || $2"
    await counter.rows("orders", rename, "wrap_as_a_gift", keys[0])
    await counter.recover(after=timedelta(minutes=1))
    assert [await counter.units_in(cart) for cart in carts] == [1, 0]
    assert "failed." in caplog.text
    # It goes on with the version that knows it.
    await counter.rows("orders", rename, "clear_cart", keys[0])
    await counter.recover(after=timedelta(hours=1))
    assert await counter.units_in(carts[0]) == 0
