"""Orders as their checkout writes them down: numbered, adding up, within their coupons' limits, or not at all."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert

from datasources.core.calls import record_calls
from datasources.orders.commands.placements import abandon_order, confirm_order, place_order
from datasources.orders.drafts import CouponUse, LineDraft, OrderDraft
from datasources.orders.placement_errors import CouponRefused
from datasources.orders.sagas import LeaseLost, NewSaga, Saga, begin_saga, progress_statement, progressed
from datasources.orders.tables import coupons

if TYPE_CHECKING:
    from sqlalchemy.sql.dml import ReturningUpdate

    from datasources.core.databases import Database
    from datasources.orders.sagas import SagaStatus

NOW = datetime(2026, 2, 1, 9, tzinfo=UTC)
HOME = {"street_address": "1 Elm Street", "city": "Springfield", "postal_code": "12345", "country": "US"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorder:
    """Records a saga's next step, as its run does."""

    saga: Saga
    step: str
    status: SagaStatus = "started"

    def statement(self, *, now: datetime) -> ReturningUpdate[tuple[UUID]]:
        return progress_statement(self.saga, {"step": self.step, "status": self.status}, now=now)

    def recorded(self, *, now: datetime) -> Saga:
        return progressed(self.saga, {"step": self.step, "status": self.status}, now=now)

    async def before_commit(self) -> None:
        """Nothing watches."""


def draft(*, user_id: UUID | None = None, uses: tuple[CouponUse, ...] = (), lines: int = 2) -> OrderDraft:
    """An order of mugs at 10.00 each, whose coupons come off the first line."""
    off = sum((use.amount for use in uses), Decimal("0.00"))
    return OrderDraft(
        id=uuid4(),
        user_id=user_id,
        email="ada@example.org",
        guest_token_hash=None,
        source="web",
        currency="USD",
        lines=tuple(
            LineDraft(
                product_id="0" * 24,
                variant_id=uuid4(),
                sku=f"MUG-{place}",
                name="Mug",
                variant_name=None,
                image_url=None,
                unit_price=Decimal("10.00"),
                quantity=1,
                discount=off if place == 0 else Decimal("0.00"),
                attributes={"colour": "blue"},
            )
            for place in range(lines)
        ),
        coupons=uses,
        tax=Decimal("1.23"),
        shipping_cost=Decimal("5.99"),
        shipping_method="Standard",
        shipping_address=HOME,
        billing_address=HOME,
        customer_notes=None,
        payment_id=uuid4(),
        payment_method="credit_card",
    )


async def begin(orders: Database, order: OrderDraft) -> Saga:
    new = NewSaga(
        id=uuid4(), order_id=order.id, type="checkout", key=uuid4().hex, input_hash="", step="one", data={}
    )
    async with orders.transaction() as transaction:
        saga = await begin_saga(transaction, new, owner="me", now=NOW)
    assert saga is not None
    return saga


async def place(orders: Database, order: OrderDraft) -> Saga:
    saga = await begin(orders, order)
    _, saga = await place_order(orders, draft=order, recording=Recorder(saga=saga, step="two"), now=NOW)
    return saga


async def coupon(orders: Database, **changes: Any) -> CouponUse:
    """A new coupon, used for 2.00."""
    values = {
        "id": uuid4(),
        "code": uuid4().hex[:12].upper(),
        "discount_type": "fixed",
        "discount_value": Decimal("2.00"),
        "valid_from": NOW - timedelta(days=1),
        "valid_until": NOW + timedelta(days=1),
        "per_user_limit": None,
        **changes,
    }
    async with orders.transaction() as transaction:
        await transaction.execute(insert(coupons), [values])
    return CouponUse(coupon_id=values["id"], code=values["code"], name="Two off", amount=Decimal("2.00"))


async def rows(orders: Database, query: str, *values: Any) -> list[Any]:
    async with orders.connection() as connection:
        return list(await connection.fetch(query, *values))


async def used(orders: Database, use: CouponUse) -> int:
    (row,) = await rows(orders, "SELECT usage_count FROM coupons WHERE id = $1", use.coupon_id)
    (redeemed,) = await rows(
        orders,
        "SELECT count(*) FROM coupon_redemptions WHERE coupon_id = $1 AND released_at IS NULL",
        use.coupon_id,
    )
    assert row["usage_count"] == redeemed["count"]
    return int(row["usage_count"])


async def test_an_order_is_written_down_with_everything_it_keeps(orders: Database) -> None:
    use = await coupon(orders)
    order = draft(uses=(use,))
    saga = await place(orders, order)
    assert saga.step == "two"
    (row,) = await rows(orders, "SELECT * FROM orders WHERE id = $1", order.id)
    assert (row["status"], row["payment_status"], row["version"]) == ("pending", "pending", 1)
    assert (row["subtotal"], row["discount"], row["total"]) == (20, 2, Decimal("25.22"))
    assert row["order_number"] == "ORD-2026-001000"
    assert row["idempotency_key"] == saga.key
    items = await rows(orders, "SELECT * FROM order_items WHERE order_id = $1 ORDER BY position", order.id)
    assert [(item["sku"], item["total"]) for item in items] == [("MUG-0", 8), ("MUG-1", 10)]
    (history,) = await rows(orders, "SELECT * FROM order_status_history WHERE order_id = $1", order.id)
    assert (history["old_status"], history["new_status"]) == (None, "pending")
    (event,) = await rows(orders, "SELECT * FROM domain_events WHERE aggregate_id = $1", str(order.id))
    assert (event["event_type"], event["version"]) == ("OrderPlaced", 1)
    (discount,) = await rows(orders, "SELECT * FROM order_discounts WHERE order_id = $1", order.id)
    assert (discount["discount_code"], discount["discount_amount"]) == (use.code, 2)


async def test_a_large_number_keeps_all_its_digits(orders: Database) -> None:
    await rows(orders, "SELECT setval('order_numbers', 12345678)")
    order = draft()
    await place(orders, order)
    (row,) = await rows(orders, "SELECT order_number FROM orders WHERE id = $1", order.id)
    assert row["order_number"] == "ORD-2026-12345679"


async def test_a_paid_order_is_confirmed_once(orders: Database) -> None:
    order = draft()
    saga = await place(orders, order)
    confirmed, after = await confirm_order(
        orders, saga=saga, recording=Recorder(saga=saga, step="three"), now=NOW
    )
    assert confirmed is not None
    assert (confirmed.status, confirmed.payment_status) == ("paid", "paid")
    again, _ = await confirm_order(orders, saga=after, recording=Recorder(saga=after, step="four"), now=NOW)
    assert again is None
    history = await rows(
        orders, "SELECT new_status FROM order_status_history WHERE order_id = $1 ORDER BY id", order.id
    )
    assert [row["new_status"] for row in history] == ["pending", "paid"]


async def test_who_has_lost_the_lease_places_and_confirms_nothing(orders: Database) -> None:
    order = draft()
    saga = await begin(orders, order)
    lost = replace(saga, lease_owner="another")
    with pytest.raises(LeaseLost):
        await place_order(orders, draft=order, recording=Recorder(saga=lost, step="two"), now=NOW)
    assert await rows(orders, "SELECT FROM orders") == []


async def test_an_abandoned_order_gives_its_coupons_back(orders: Database) -> None:
    use = await coupon(orders, usage_limit=1)
    saga = await place(orders, draft(uses=(use,)))
    assert await used(orders, use) == 1
    for step in ("three", "four"):  # twice is once
        saga = await abandon_order(
            orders,
            saga=saga,
            payment_status="failed",
            reason="Declined.",
            recording=Recorder(saga=saga, step=step),
            now=NOW,
        )
    assert await used(orders, use) == 0
    (row,) = await rows(orders, "SELECT * FROM orders WHERE id = $1", saga.order_id)
    assert (row["status"], row["payment_status"], row["cancellation_reason"]) == (
        "cancelled",
        "failed",
        "Declined.",
    )


async def test_of_many_at_once_one_gets_the_last_use_of_a_coupon(orders: Database) -> None:
    use = await coupon(orders, usage_limit=1)
    ended = await asyncio.gather(
        *(place(orders, draft(uses=(use,))) for _ in range(20)), return_exceptions=True
    )
    refusals = [each for each in ended if isinstance(each, CouponRefused)]
    assert len(refusals) == 19
    assert {(refusal.coupon_code, refusal.reason) for refusal in refusals} == {(use.code, "used_up")}
    assert await used(orders, use) == 1
    assert len(await rows(orders, "SELECT FROM orders")) == 1


@pytest.mark.parametrize("user_id", [UUID(int=7), None])
async def test_of_many_at_once_a_customer_gets_as_many_uses_as_allowed(
    orders: Database, user_id: UUID | None
) -> None:
    use = await coupon(orders, per_user_limit=2)
    ended = await asyncio.gather(
        *(place(orders, draft(uses=(use,), user_id=user_id)) for _ in range(12)), return_exceptions=True
    )
    assert sum(isinstance(each, CouponRefused) and each.reason == "used_by_you" for each in ended) == 10
    assert await used(orders, use) == 2


async def test_a_guest_and_an_account_of_one_address_are_one_customer(orders: Database) -> None:
    use = await coupon(orders, per_user_limit=1)
    await place(orders, draft(uses=(use,)))
    for user_id, email in ((UUID(int=7), "ADA@example.org"), (None, "Ada@example.org")):
        with pytest.raises(CouponRefused) as refusal:
            await place(orders, replace(draft(uses=(use,), user_id=user_id), email=email))
        assert refusal.value.reason == "used_by_you"
    await place(orders, replace(draft(uses=(use,), user_id=UUID(int=7)), email="eve@example.org"))
    with pytest.raises(CouponRefused):  # the account again, whatever address it gives
        await place(orders, replace(draft(uses=(use,), user_id=UUID(int=7)), email="mallory@example.org"))


async def test_two_coupons_in_opposite_orders_are_no_deadlock(orders: Database) -> None:
    one, two = await coupon(orders), await coupon(orders)
    await asyncio.gather(
        *(place(orders, draft(uses=((one, two), (two, one))[number % 2])) for number in range(20))
    )
    assert (await used(orders, one), await used(orders, two)) == (20, 20)


async def test_an_order_of_many_lines_takes_as_few_statements_as_one_of_one(orders: Database) -> None:
    counts = []
    for lines in (1, 50):
        use = await coupon(orders)
        order = draft(uses=(use,), lines=lines)
        saga = await begin(orders, order)
        with record_calls() as log:
            await place_order(orders, draft=order, recording=Recorder(saga=saga, step="two"), now=NOW)
        counts.append(len(log.calls))
    assert counts == [4, 4]
