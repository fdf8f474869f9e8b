"""What the databases refuse whatever a command does, and what they are born with."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import asyncpg
import pytest

if TYPE_CHECKING:
    from uuid import UUID

in_users = pytest.mark.parametrize("service", ["users"])
in_inventory = pytest.mark.parametrize("service", ["inventory"])
in_carts = pytest.mark.parametrize("service", ["carts"])
in_orders = pytest.mark.parametrize("service", ["orders"])
in_payments = pytest.mark.parametrize("service", ["payments"])


@in_users
async def test_roles_are_there_from_the_start(connection: asyncpg.Connection) -> None:
    rows = await connection.fetch("SELECT name, description FROM roles ORDER BY id")
    assert [tuple(row) for row in rows] == [
        ("Admin", "Full system access"),
        ("Manager", "Product and order management"),
        ("Customer", "Standard customer access"),
        ("Guest", "Limited browsing access"),
    ]


@in_payments
async def test_ways_to_pay_are_there_from_the_start(connection: asyncpg.Connection) -> None:
    rows = await connection.fetch("SELECT code FROM payment_method_types ORDER BY display_order")
    codes = ["credit_card", "debit_card", "paypal", "bank_transfer", "upi", "net_banking", "wallet"]
    assert [row["code"] for row in rows] == codes


@in_users
async def test_an_email_belongs_to_one_live_account_in_any_case(connection: asyncpg.Connection) -> None:
    first = await insert_user(connection, "Ada@example.com")
    with pytest.raises(asyncpg.UniqueViolationError, match="uq_users_email"):
        async with connection.transaction():
            await insert_user(connection, "ada@EXAMPLE.com")
    await connection.execute("UPDATE users SET deleted_at = now() WHERE id = $1", first)
    assert await insert_user(connection, "ada@EXAMPLE.com") != first


@in_users
async def test_a_user_name_belongs_to_one_live_account_in_any_case(connection: asyncpg.Connection) -> None:
    name = "UPDATE users SET username = $2 WHERE id = $1"
    await connection.execute(name, await insert_user(connection, "ada@example.com"), "ada")
    with pytest.raises(asyncpg.UniqueViolationError, match="uq_users_username"):
        await connection.execute(name, await insert_user(connection, "eve@example.com"), "ADA")


@in_users
@pytest.mark.parametrize("email", ["ada", "ada@", "@example.com", "ada@example", "a da@example.com"])
async def test_an_email_has_its_form(connection: asyncpg.Connection, email: str) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="email_format"):
        await insert_user(connection, email)


@in_users
async def test_one_default_address_per_type(connection: asyncpg.Connection) -> None:
    user = await insert_user(connection, "ada@example.com")
    insert = """
        INSERT INTO addresses (user_id, address_type, street_address, city, postal_code, country, is_default)
        VALUES ($1, $2, '1 Main St', 'Springfield', '12345', 'US', $3)
    """
    await connection.execute(insert, user, "shipping", True)
    await connection.execute(insert, user, "billing", True)
    await connection.execute(insert, user, "shipping", False)
    with pytest.raises(asyncpg.UniqueViolationError, match="idx_addresses_is_default"):
        await connection.execute(insert, user, "shipping", True)


@in_users
async def test_loyalty_ledger_is_append_only(connection: asyncpg.Connection) -> None:
    user = await insert_user(connection, "ada@example.com")
    await connection.execute(
        """
        INSERT INTO customer_loyalty_ledger (user_id, points, balance_after, reason, idempotency_key)
        VALUES ($1, 10, 10, 'earned', 'once')
        """,
        user,
    )
    await assert_append_only(connection, "customer_loyalty_ledger", "points = 20")


@in_inventory
async def test_inventory_transactions_are_append_only(connection: asyncpg.Connection) -> None:
    item, warehouse = await insert_item(connection), await insert_warehouse(connection)
    await connection.execute(TRANSACTION, item, warehouse, 5, 0, 5)
    await assert_append_only(connection, "inventory_transactions", "reason = 'changed'")


@in_inventory
async def test_inventory_transactions_add_up(connection: asyncpg.Connection) -> None:
    item, warehouse = await insert_item(connection), await insert_warehouse(connection)
    with pytest.raises(asyncpg.CheckViolationError, match="stock_adds_up"):
        await connection.execute(TRANSACTION, item, warehouse, 5, 0, 6)


@in_inventory
@pytest.mark.parametrize("quantity", ["available", "reserved", "committed", "backordered"])
async def test_stock_is_never_negative(connection: asyncpg.Connection, quantity: str) -> None:
    item, warehouse = await insert_item(connection), await insert_warehouse(connection)
    insert = "INSERT INTO inventory_stock (inventory_item_id, warehouse_id) VALUES ($1, $2)"
    await connection.execute(insert, item, warehouse)
    for table in ("inventory_stock", "inventory_items"):
        with pytest.raises(asyncpg.CheckViolationError, match=f"quantity_{quantity}_not_negative"):
            async with connection.transaction():
                await connection.execute(f"UPDATE {table} SET quantity_{quantity} = -1")  # noqa: S608  # our own table's name


@in_inventory
async def test_an_order_reserves_an_item_once_per_warehouse(connection: asyncpg.Connection) -> None:
    item, warehouse = await insert_item(connection), await insert_warehouse(connection)
    insert = """
        INSERT INTO inventory_reservations
            (inventory_item_id, warehouse_id, order_id, quantity_reserved, expires_at)
        VALUES ($1, $2, $3, 1, now())
    """
    order = uuid4()
    await connection.execute(insert, item, warehouse, order)
    await connection.execute(insert, item, warehouse, uuid4())
    with pytest.raises(asyncpg.UniqueViolationError, match="idx_reservations_order"):
        await connection.execute(insert, item, warehouse, order)


@in_inventory
async def test_one_open_alert_per_item_and_type(connection: asyncpg.Connection) -> None:
    item = await insert_item(connection)
    insert = """
        INSERT INTO low_stock_alerts (inventory_item_id, alert_type, current_quantity, threshold_quantity)
        VALUES ($1, 'low_stock', 3, 10)
    """
    await connection.execute(insert, item)
    with pytest.raises(asyncpg.UniqueViolationError, match="idx_low_stock_alerts_open"):
        async with connection.transaction():
            await connection.execute(insert, item)
    await connection.execute("UPDATE low_stock_alerts SET resolved_at = now()")
    await connection.execute(insert, item)


@in_carts
async def test_a_variant_is_in_a_cart_once_and_at_least_once(connection: asyncpg.Connection) -> None:
    cart = await connection.fetchval("INSERT INTO shopping_carts (user_id) VALUES ($1) RETURNING id", uuid4())
    insert = """
        INSERT INTO cart_items (cart_id, product_variant_id, product_id, sku, quantity, unit_price)
        VALUES ($1, $2, '65f0', 'SKU-1', $3, 9.99)
    """
    variant = uuid4()
    await connection.execute(insert, cart, variant, 1)
    with pytest.raises(asyncpg.UniqueViolationError, match="idx_cart_items_cart"):
        async with connection.transaction():
            await connection.execute(insert, cart, variant, 1)
    with pytest.raises(asyncpg.CheckViolationError, match="quantity_positive"):
        await connection.execute(insert, cart, uuid4(), 0)


@in_orders
async def test_an_order_has_a_user_or_an_email(connection: asyncpg.Connection) -> None:
    await insert_order(connection, user=uuid4())
    await insert_order(connection, email="guest@example.com")
    with pytest.raises(asyncpg.CheckViolationError, match="user_or_email"):
        await insert_order(connection)


@in_orders
async def test_an_order_adds_up(connection: asyncpg.Connection) -> None:
    order = await insert_order(connection, user=uuid4())
    with pytest.raises(asyncpg.CheckViolationError, match="total_adds_up"):
        await connection.execute("UPDATE orders SET tax = 1 WHERE id = $1", order)


@in_orders
async def test_a_coupon_is_never_used_beyond_its_limit(connection: asyncpg.Connection) -> None:
    await connection.execute(
        """
        INSERT INTO coupons (code, discount_type, discount_value, usage_limit, valid_from, valid_until)
        VALUES ('TEN', 'percentage', 10, 1, now(), now() + interval '1 day')
        """
    )
    await connection.execute("UPDATE coupons SET usage_count = usage_count + 1")
    with pytest.raises(asyncpg.CheckViolationError, match="usage_within_limit"):
        await connection.execute("UPDATE coupons SET usage_count = usage_count + 1")


@in_orders
async def test_an_idempotency_key_starts_one_saga(connection: asyncpg.Connection) -> None:
    insert = """
        INSERT INTO order_processing_sagas (order_id, saga_type, idempotency_key, input_hash, current_step)
        VALUES (gen_random_uuid(), 'checkout', 'key', 'hash', 'reserve_stock')
    """
    await connection.execute(insert)
    with pytest.raises(asyncpg.UniqueViolationError, match="uq_order_processing_sagas_idempotency_key"):
        await connection.execute(insert)


@in_payments
async def test_transactions_and_payment_events_are_append_only(connection: asyncpg.Connection) -> None:
    payment = await insert_payment(connection)
    await connection.execute(
        """
        INSERT INTO transactions (transaction_number, payment_id, type, amount, status, gateway)
        VALUES ('TXN-1', $1, 'charge', 10, 'succeeded', 'test')
        """,
        payment,
    )
    await connection.execute(
        "INSERT INTO payment_events (payment_id, event_type, event_data) VALUES ($1, 'created', '{}')",
        payment,
    )
    await assert_append_only(connection, "transactions", "amount = 20")
    await assert_append_only(connection, "payment_events", "event_type = 'failed'")
    with pytest.raises(asyncpg.RestrictViolationError, match=r"fk_transactions_payment_id|fk_payment_events"):
        await connection.execute("DELETE FROM payments")


@in_payments
async def test_a_payment_is_of_a_known_kind(connection: asyncpg.Connection) -> None:
    with pytest.raises(asyncpg.ForeignKeyViolationError, match="fk_payments_payment_method"):
        await insert_payment(connection, method="barter")


@in_payments
async def test_no_more_is_refunded_than_was_captured(connection: asyncpg.Connection) -> None:
    payment = await insert_payment(connection)
    await connection.execute(
        "UPDATE payments SET captured_amount = 10, refunded_amount = 10 WHERE id = $1", payment
    )
    with pytest.raises(asyncpg.CheckViolationError, match="refunded_within_captured"):
        await connection.execute("UPDATE payments SET refunded_amount = 10.01 WHERE id = $1", payment)


@in_payments
async def test_a_webhook_counts_once_and_a_forged_one_does_not_count(connection: asyncpg.Connection) -> None:
    insert = """
        INSERT INTO payment_webhooks (provider, event_type, external_id, payload, signature_valid)
        VALUES ('test', 'payment.captured', 'evt_1', '{}', $1)
    """
    await connection.execute(insert, False)
    await connection.execute(insert, True)
    with pytest.raises(asyncpg.UniqueViolationError, match="idx_webhooks_external_id"):
        await connection.execute(insert, True)


@pytest.mark.parametrize("service", ["users", "inventory", "carts", "orders", "payments"])
async def test_events_wait_in_order_and_are_heard_once(connection: asyncpg.Connection) -> None:
    for version in (1, 2):
        await connection.execute(
            """
            INSERT INTO domain_events (aggregate_id, aggregate_type, event_type, event_data, version)
            VALUES ('a', 'thing', 'changed', '{}', $1)
            """,
            version,
        )
    waiting = await connection.fetch(
        "SELECT id, version FROM domain_events WHERE NOT processed ORDER BY sequence"
    )
    assert [row["version"] for row in waiting] == [1, 2]
    hear = "INSERT INTO consumed_events (consumer, event_id) VALUES ('mailer', $1)"
    await connection.execute(hear, waiting[0]["id"])
    with pytest.raises(asyncpg.UniqueViolationError, match="pk_consumed_events"):
        await connection.execute(hear, waiting[0]["id"])


TRANSACTION = """
    INSERT INTO inventory_transactions
        (inventory_item_id, warehouse_id, transaction_type, quantity_change, previous_stock, new_stock)
    VALUES ($1, $2, 'restock', $3, $4, $5)
"""


async def assert_append_only(connection: asyncpg.Connection, table: str, change: str) -> None:
    """Neither a change nor a removal of the table's rows gets through."""
    count = f"SELECT count(*) FROM {table}"  # noqa: S608  # our own table's name
    rows = await connection.fetchval(count)
    assert rows > 0
    update = f"UPDATE {table} SET {change}"  # noqa: S608  # our own table's name
    delete = f"DELETE FROM {table}"  # noqa: S608  # our own table's name
    for statement, word in ((update, "UPDATE"), (delete, "DELETE")):
        with pytest.raises(
            asyncpg.RestrictViolationError, match=f"{table} is append-only: {word} is refused"
        ):
            async with connection.transaction():
                await connection.execute(statement)
    assert await connection.fetchval(count) == rows


async def insert_user(connection: asyncpg.Connection, email: str) -> UUID:
    """A user with this address."""
    insert = "INSERT INTO users (email, password_hash) VALUES ($1, 'x') RETURNING id"
    user: UUID = await connection.fetchval(insert, email)
    return user


async def insert_item(connection: asyncpg.Connection) -> UUID:
    """An item of some variant."""
    insert = """
        INSERT INTO inventory_items (product_variant_id, product_id, sku)
        VALUES (gen_random_uuid(), '65f0', 'SKU-1') RETURNING id
    """
    item: UUID = await connection.fetchval(insert)
    return item


async def insert_warehouse(connection: asyncpg.Connection) -> UUID:
    """A warehouse."""
    insert = "INSERT INTO warehouses (code, name) VALUES ('MAIN', 'Main') RETURNING id"
    warehouse: UUID = await connection.fetchval(insert)
    return warehouse


async def insert_order(
    connection: asyncpg.Connection, *, user: UUID | None = None, email: str | None = None
) -> UUID:
    """An order of 10."""
    insert = """
        INSERT INTO orders
            (order_number, user_id, email, subtotal, total, shipping_address, billing_address)
        VALUES (nextval('order_numbers')::text, $1, $2, 10, 10, '{}', '{}') RETURNING id
    """
    order: UUID = await connection.fetchval(insert, user, email)
    return order


async def insert_payment(connection: asyncpg.Connection, *, method: str = "credit_card") -> UUID:
    """A payment of 10."""
    insert = """
        INSERT INTO payments (order_id, user_id, amount, payment_method, gateway, idempotency_key)
        VALUES (gen_random_uuid(), gen_random_uuid(), 10, $1, 'test', gen_random_uuid()::text) RETURNING id
    """
    payment: UUID = await connection.fetchval(insert, method)
    return payment
