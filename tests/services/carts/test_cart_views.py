"""A cart at today's prices, and what stands in the way of buying it, with every database up or one down."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from motor.motor_asyncio import AsyncIOMotorClient

from datasources.core.calls import record_calls
from datasources.core.databases import Database
from datasources.core.documents import DocumentDatabase
from datasources.core.money import Money
from datasources.loaders import Loaders
from datasources.workflows.cart_views import (
    NoLongerSold,
    OutOfStock,
    PriceChanged,
    find_problems,
    fresh_lines,
    fresh_totals,
)
from tests.services.carts.goods import THEN, cart, line, nothing, put_on_sale
from tests.services.shops import NOWHERE_MONGO, NOWHERE_SQL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datasources.core.connections import Connections


def usd(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency_code="USD")


@pytest.fixture
def loaders(shop: Connections) -> Loaders:
    """A new request's loaders."""
    return Loaders(shop)


@pytest.fixture
def without_catalogue(shop: Connections) -> Iterator[Loaders]:
    """A request's loaders while ProductDb is down."""
    client: AsyncIOMotorClient[dict[str, object]] = AsyncIOMotorClient(
        NOWHERE_MONGO, serverSelectionTimeoutMS=50
    )
    yield Loaders(replace(shop, products=DocumentDatabase("products", client.get_default_database())))
    client.close()


@pytest.fixture
def without_inventory(shop: Connections) -> Loaders:
    """A request's loaders while InventoryDb is down."""
    return Loaders(replace(shop, inventory=Database("inventory", NOWHERE_SQL)))


async def test_prices_are_todays(shop: Connections, loaders: Loaders) -> None:
    goods = await put_on_sale(shop, price="12.50")
    seen = line(goods, price="10.00", quantity=3)
    [found] = await fresh_lines(loaders, cart(seen))
    assert found == replace(seen, unit_price=Decimal("12.50"))
    assert found.subtotal == Decimal("37.50")


async def test_totals_add_todays_prices_up_and_take_off_what_was_last_known(
    shop: Connections, loaders: Loaders
) -> None:
    cheap, dear = await put_on_sale(shop, price="0.10"), await put_on_sale(shop, price="19.99")
    totals = await fresh_totals(loaders, cart(line(cheap, quantity=3), line(dear), discount="5.00"), now=THEN)
    assert (totals.subtotal, totals.discount, totals.total) == (usd("20.29"), usd("5.00"), usd("15.29"))


async def test_a_discount_never_exceeds_the_subtotal(shop: Connections, loaders: Loaders) -> None:
    goods = await put_on_sale(shop, price="4.00")
    totals = await fresh_totals(loaders, cart(line(goods, price="10.00"), discount="5.00"), now=THEN)
    assert (totals.subtotal, totals.discount, totals.total) == (usd("4.00"), usd("4.00"), usd("0.00"))


async def test_an_empty_cart_costs_nothing(loaders: Loaders) -> None:
    empty = cart(discount="5.00")
    assert not await fresh_lines(loaders, empty)
    assert not await find_problems(loaders, empty)
    assert (await fresh_totals(loaders, empty, now=THEN)).total == usd("0.00")


async def test_a_cart_of_what_is_there_has_no_problems(shop: Connections, loaders: Loaders) -> None:
    goods = await put_on_sale(shop, pieces=3)
    assert await find_problems(loaders, cart(line(goods, price="10", quantity=3))) == ()


async def test_too_few_pieces_are_a_problem(shop: Connections, loaders: Loaders) -> None:
    goods = await put_on_sale(shop, pieces=2)
    wanted = line(goods, quantity=3)
    [problem] = await find_problems(loaders, cart(wanted))
    assert problem == OutOfStock(line=wanted, available=2)
    assert (problem.requested, problem.sku) == (3, "MUG-1")
    assert problem.message == "Only 2 of Mug are left, and the cart holds 3."


@pytest.mark.parametrize("pieces", [0, None])
async def test_no_pieces_are_a_problem(shop: Connections, loaders: Loaders, pieces: int | None) -> None:
    goods = await put_on_sale(shop, pieces=pieces)
    [problem] = await find_problems(loaders, cart(line(goods, name=None)))
    assert problem == OutOfStock(line=line(goods, name=None), available=0)
    assert problem.message == "MUG-1 is out of stock."


async def test_what_may_be_backordered_is_no_problem(shop: Connections, loaders: Loaders) -> None:
    goods = await put_on_sale(shop, pieces=1, backorder=True)
    assert await find_problems(loaders, cart(line(goods, quantity=5))) == ()


async def test_another_price_is_a_problem(shop: Connections, loaders: Loaders) -> None:
    goods = await put_on_sale(shop, price="12.50")
    [problem] = await find_problems(loaders, cart(line(goods, price="10.00")))
    assert problem == PriceChanged(
        line=line(goods, price="12.50"), old_price=usd("10.00"), new_price=usd("12.50")
    )
    assert problem.message == "The price of Mug has changed from 10.00 USD to 12.50 USD."


async def test_another_currency_is_a_problem_and_the_cart_keeps_its_own(
    shop: Connections, loaders: Loaders
) -> None:
    seen = line(await put_on_sale(shop, price="12.50", currency="EUR"))
    assert await fresh_lines(loaders, cart(seen)) == (seen,)
    [problem] = await find_problems(loaders, cart(seen))
    euros = Money(amount=Decimal("12.50"), currency_code="EUR")
    assert problem == PriceChanged(line=seen, old_price=usd("10.00"), new_price=euros)


async def test_one_line_may_have_two_problems(shop: Connections, loaders: Loaders) -> None:
    goods = await put_on_sale(shop, price="12.50", pieces=0)
    problems = await find_problems(loaders, cart(line(goods)))
    assert [type(problem) for problem in problems] == [PriceChanged, OutOfStock]


@pytest.mark.parametrize(
    "how",
    [
        {"status": "draft"},
        {"is_published": False},
        {"is_published": False, "deleted_at": THEN},
        {"is_active": False},
    ],
)
async def test_what_is_not_on_sale_keeps_its_price_and_is_one_problem(
    shop: Connections, loaders: Loaders, how: dict[str, Any]
) -> None:
    seen = line(await put_on_sale(shop, price="12.50", pieces=0, **how))
    assert await fresh_lines(loaders, cart(seen)) == (seen,)
    [problem] = await find_problems(loaders, cart(seen))
    assert problem == NoLongerSold(line=seen)
    assert problem.message == "Mug is no longer sold."


async def test_a_bad_line_leaves_the_others_alone(shop: Connections, loaders: Loaders) -> None:
    good, gone = line(await put_on_sale(shop)), line(nothing())
    assert await fresh_lines(loaders, cart(good, gone)) == (good, gone)
    assert await find_problems(loaders, cart(good, gone)) == (NoLongerSold(line=gone),)


async def test_without_the_catalogue_a_cart_shows_what_was_last_seen(
    shop: Connections, without_catalogue: Loaders
) -> None:
    wanted = cart(line(await put_on_sale(shop, price="12.50", pieces=1), quantity=2), line(nothing()))
    assert await fresh_lines(without_catalogue, wanted) == wanted.lines
    assert (await fresh_totals(without_catalogue, wanted, now=THEN)).total == usd("30.00")
    assert await find_problems(without_catalogue, wanted) == (
        OutOfStock(line=wanted.lines[0], available=1),
        OutOfStock(line=wanted.lines[1], available=0),
    )


async def test_without_the_inventory_only_the_catalogue_is_checked(
    shop: Connections, without_inventory: Loaders
) -> None:
    gone = line(nothing(), quantity=2)
    wanted = cart(line(await put_on_sale(shop, price="12.50", pieces=0)), gone)
    problems = await find_problems(without_inventory, wanted)
    assert [type(problem) for problem in problems] == [PriceChanged, NoLongerSold]


async def test_many_carts_take_as_many_calls_as_one(shop: Connections) -> None:
    goods = [await put_on_sale(shop) for _ in range(4)]
    carts = [cart(*(line(one) for one in goods[number % 4 :]), line(nothing())) for number in range(30)]
    views = (fresh_lines, partial(fresh_totals, now=THEN), find_problems)
    for wanted in (carts[:1], carts):
        loaders = Loaders(shop)
        with record_calls() as log:
            await asyncio.gather(*(view(loaders, one) for view in views for one in wanted))
        assert log.by_service() == {"products": 1, "inventory": 1}


async def test_prices_alone_do_not_ask_the_inventory(shop: Connections, loaders: Loaders) -> None:
    goods = await put_on_sale(shop)
    with record_calls() as log:
        await fresh_lines(loaders, cart(line(goods)))
        await fresh_totals(loaders, cart(line(goods)), now=THEN)
    assert log.by_service() == {"products": 1}
