"""Carts, wishlists and what was viewed, read from Redis and from the durable copies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from datasources.carts.tokens import guest_cart_id
from datasources.core.calls import record_calls
from datasources.core.tokens import hash_of
from datasources.loaders import Loaders
from tests.services.carts.rows import copied, item, keep_in_cart_db, keep_in_redis

if TYPE_CHECKING:
    from datasources.carts.loaders import CartLoaders
    from datasources.core.connections import Connections


@pytest.fixture
def carts(shop: Connections) -> CartLoaders:
    """A new request's loaders."""
    return Loaders(shop).carts


async def test_a_cart_in_redis(shop: Connections, carts: CartLoaders) -> None:
    user = uuid4()
    line = item()
    await keep_in_redis(shop, f"cart:{user}", line, coupon_code="SAVE20,FREESHIP", discount="119.99")
    cart = await carts.by_user.load(user)
    assert cart is not None
    assert (cart.id, cart.user_id, cart.version, cart.currency) == (str(user), user, 3, "USD")
    assert cart.coupon_codes == ("SAVE20", "FREESHIP")
    assert cart.discount == Decimal("119.99")
    assert cart.created_at == datetime(2026, 1, 30, 9, tzinfo=UTC)
    assert cart.updated_at == datetime(2026, 1, 31, 12, 0, 0, 250_000, tzinfo=UTC)
    [found] = cart.lines
    assert (found.product_id, found.variant_id) == (line["product_id"], UUID(line["variant_id"]))
    assert (found.sku, found.name, found.image_url) == ("WH-001", "Wireless Headphones", line["image"])
    assert (found.unit_price, found.quantity, found.subtotal) == (Decimal("299.99"), 2, Decimal("599.98"))


async def test_when_a_cart_in_redis_expires(shop: Connections, carts: CartLoaders) -> None:
    expiring, lasting = uuid4(), uuid4()
    await keep_in_redis(shop, f"cart:{expiring}", seconds=3_600)
    await keep_in_redis(shop, f"cart:{lasting}", seconds=None)
    soon, never = await carts.by_user.load_many([expiring, lasting])
    assert soon is not None
    assert soon.expires_at is not None
    assert abs(soon.expires_at - datetime.now(UTC) - timedelta(hours=1)) < timedelta(minutes=1)
    assert never is not None
    assert never.expires_at is None


async def test_a_cart_without_lines_and_coupons(shop: Connections, carts: CartLoaders) -> None:
    user = uuid4()
    await keep_in_redis(shop, f"cart:{user}", coupon_code="", discount="")
    cart = await carts.by_user.load(user)
    assert cart is not None
    assert not cart.lines
    assert not cart.coupon_codes
    assert cart.discount == 0


async def test_the_durable_copy_answers_where_redis_has_let_go(shop: Connections, carts: CartLoaders) -> None:
    user = uuid4()
    await keep_in_cart_db(shop, user, copied("B", 30), copied("A", 10), coupons="{SAVE20}")
    cart = await carts.by_user.load(user)
    assert cart is not None
    assert (cart.id, cart.user_id, cart.version) == (str(user), user, 7)
    assert cart.coupon_codes == ("SAVE20",)
    assert [line.sku for line in cart.lines] == ["A", "B"]
    assert [line.subtotal for line in cart.lines] == [Decimal("39.80")] * 2
    assert cart.lines[0].name is None


async def test_redis_goes_before_the_durable_copy(shop: Connections, carts: CartLoaders) -> None:
    user = uuid4()
    await keep_in_cart_db(shop, user, copied("OLD", 1))
    await keep_in_redis(shop, f"cart:{user}", item(sku="NEW"))
    cart = await carts.by_user.load(user)
    assert cart is not None
    assert [line.sku for line in cart.lines] == ["NEW"]


async def test_an_expired_copy_is_no_cart(shop: Connections, carts: CartLoaders) -> None:
    user = uuid4()
    await keep_in_cart_db(shop, user, copied("OLD", 1), expires_in="-1 second")
    assert await carts.by_user.load(user) is None


async def test_copies_of_several_users_stay_apart(shop: Connections, carts: CartLoaders) -> None:
    users = [uuid4() for _ in range(5)]
    for number, user in enumerate(users[:4]):
        await keep_in_cart_db(shop, user, *(copied(f"{number}-{line}", line) for line in range(number)))
    found = await carts.by_user.load_many(users[::-1])
    assert [cart and [line.sku for line in cart.lines] for cart in found] == [
        None,
        ["3-0", "3-1", "3-2"],
        ["2-0", "2-1"],
        ["1-0"],
        [],
    ]


async def test_any_number_of_carts_takes_two_calls_and_one_to_fill_redis(
    shop: Connections, carts: CartLoaders
) -> None:
    in_redis, copies, nowhere = ([uuid4() for _ in range(20)] for _ in range(3))
    for user in in_redis:
        await keep_in_redis(shop, f"cart:{user}", item())
    for user in copies:
        await keep_in_cart_db(shop, user, copied("A", 1))
    with record_calls() as log:
        found = await carts.by_user.load_many([*in_redis, *copies, *nowhere])
    assert [cart and cart.user_id for cart in found] == [*in_redis, *copies, *[None] * 20]
    assert log.by_service() == {"carts": 3}
    with record_calls() as log:
        again = await Loaders(shop).carts.by_user.load_many([*in_redis, *copies, *nowhere])
    assert again == found
    assert log.by_service() == {"carts": 2}
    with record_calls() as log:
        await Loaders(shop).carts.by_user.load_many([*in_redis, *copies])
    assert log.by_service() == {"carts": 1}


async def test_a_token_opens_a_guests_cart(shop: Connections, carts: CartLoaders) -> None:
    token = f"secret-{uuid4()}"
    digest = sha256(token.encode()).hexdigest()
    await keep_in_redis(shop, f"cart:session:{digest}", item())
    assert hash_of(token) == digest
    cart = await carts.by_token_hash.load(hash_of(token))
    assert cart is not None
    assert (cart.user_id, cart.id) == (None, guest_cart_id(digest))
    assert len(cart.lines) == 1


async def test_a_guests_cart_does_not_show_what_opens_it(shop: Connections, carts: CartLoaders) -> None:
    token = f"secret-{uuid4()}"
    await keep_in_redis(shop, f"cart:session:{hash_of(token)}", item())
    cart = await carts.by_token_hash.load(hash_of(token))
    assert cart is not None
    assert token not in repr(cart)
    assert hash_of(token) not in repr(cart)


async def test_another_token_opens_nothing(carts: CartLoaders) -> None:
    assert await carts.by_token_hash.load(hash_of("no such token")) is None


@pytest.mark.parametrize(
    ("key", "loader"), [("wishlist", "wishlist_by_user"), ("recently_viewed", "recently_viewed_by_user")]
)
async def test_lists_of_products_come_newest_first(
    shop: Connections, carts: CartLoaders, key: str, loader: str
) -> None:
    user, other = uuid4(), uuid4()
    await shop.carts.client.zadd(f"{key}:{user}", {"first": 1_000, "third": 3_000, "second": 2_000})
    with record_calls() as log:
        found = await getattr(carts, loader).load_many([other, user])
    assert found == [(), ("third", "second", "first")]
    assert log.by_service() == {"carts": 1}
