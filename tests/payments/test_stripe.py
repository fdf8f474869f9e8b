"""Stripe's adapter and all that is built on it, against a double of Stripe's API that breaks where it is told to."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import orjson
import pytest
import stripe

from datasources.core.money import Money
from datasources.payments.commands.methods import NewMethod, remove_method, save_method
from datasources.payments.commands.payments import refresh_payment, void_payment
from datasources.payments.commands.webhooks import settle_webhooks, store_webhook
from datasources.payments.errors import InvalidAmount, PaymentMethodRefused
from datasources.payments.providers.minor_units import from_minor_units, to_minor_units
from datasources.payments.providers.protocol import InvalidSignature, ProviderRefused, ProviderUnavailable
from datasources.payments.providers.registry import Providers
from datasources.payments.providers.stripe import SIGNATURE_HEADER, open_stripe
from tests.payments.stripe_double import running_double
from tests.payments.tills import CUSTOMER, LATER, NOW, PRICE, Till, usd

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from datasources.core.databases import Database
    from datasources.payments.charges import Charge
    from datasources.payments.providers.stripe import StripeProvider
    from tests.payments.stripe_double import StripeDouble

SECRET = "whsec_of_the_tests"
VISA = "pm_card_visa"


@pytest.fixture
def double() -> Iterator[StripeDouble]:
    """A double that knows nothing yet."""
    with running_double() as running:
        yield running


@pytest.fixture
async def provider(double: StripeDouble) -> AsyncIterator[StripeProvider]:
    """Stripe, which is asked once."""
    async with open_stripe(
        secret_key="sk_test_double", webhook_secret=SECRET, api_base=double.base, retries=0
    ) as opened:
        yield opened


@pytest.fixture
async def shop(database: Database, provider: StripeProvider) -> AsyncIterator[Till]:
    """A till whose payments go to Stripe."""
    till = Till(
        database=database,
        sandbox=Till.over(database).sandbox,
        providers=Providers(by_name={"stripe": provider}, for_new="stripe"),
    )
    yield till
    await till.check()


async def begin(shop: Till, token: str = VISA, **changes: Any) -> Charge:
    """A payment that goes to Stripe."""
    return await shop.begin(token, gateway="stripe", **changes)


async def paid(shop: Till, token: str = VISA, **changes: Any) -> Charge:
    """One that is paid."""
    return await shop.capture(await shop.authorize(await begin(shop, token, **changes)))


async def test_a_card_is_authorized_captured_and_refunded(shop: Till, double: StripeDouble) -> None:
    pending = await begin(shop, customer_reference=None)
    authorized = await shop.authorize(pending)
    assert (authorized.status, authorized.card_brand, authorized.card_last_four) == (
        "authorized",
        "Visa",
        "4242",
    )
    [intent] = double.of_kind("payment_intent")
    assert intent["amount"] == 1999
    assert intent["metadata"]["payment_id"] == str(pending.id)
    assert authorized.authorization_expires_at == datetime.fromtimestamp(intent["created"] + 6 * 86_400, UTC)
    taken = await shop.capture(authorized)
    assert (taken.status, taken.captured_amount) == ("succeeded", PRICE)
    assert await shop.rows("SELECT provider_fee FROM payments") == [(Decimal("0.88"),)]
    refund = await shop.execute(await shop.request(taken, "5.00"))
    assert refund.status == "completed"
    assert [it["amount"] for it in double.of_kind("refund")] == [500]


async def test_paying_asks_stripe_twice(shop: Till, double: StripeDouble) -> None:
    await paid(shop)
    assert [(method, path.rpartition("/")[2]) for method, path, _ in double.asked] == [
        ("POST", "payment_intents"),
        ("POST", "capture"),
    ]


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("pm_card_chargeDeclined", "card_declined"),
        ("pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds"),
        ("pm_card_chargeDeclinedStolenCard", "card_declined"),  # which nobody is told
        ("pm_card_chargeDeclinedExpiredCard", "expired_card"),
        ("pm_card_of_nobody", "invalid_payment_method"),
    ],
)
async def test_a_declined_card_fails_and_says_why(shop: Till, token: str, code: str) -> None:
    failed = await shop.authorize(await begin(shop, token))
    assert (failed.status, failed.failure_code) == ("failed", code)
    assert token not in (failed.failure_reason or "")
    assert await shop.authorize(failed) == failed


async def test_what_stripe_does_not_take_here_fails(shop: Till, double: StripeDouble) -> None:
    for changes, code in (
        ({"kind": "paypal"}, "unsupported_payment_method"),
        ({"amount": Money(amount=Decimal("10.50"), currency_code="JPY")}, "invalid_amount"),
    ):
        failed = await shop.authorize(await begin(shop, **changes))
        assert (failed.status, failed.failure_code) == ("failed", code)
    assert double.asked == []


@pytest.mark.parametrize("fate", ["before", "after", 500, 503, 429, 409, 401])
async def test_a_lost_authorization_is_found_by_asking_again(
    shop: Till, double: StripeDouble, fate: str | int
) -> None:
    pending = await begin(shop)
    double.lose = [fate]
    with pytest.raises(ProviderUnavailable):
        await shop.authorize(pending)
    assert (await shop.find(pending)).status == "pending"
    assert (await shop.authorize(pending)).status == "authorized"
    assert len(double.of_kind("payment_intent")) == 1


@pytest.mark.parametrize("fate", ["before", "after", 500])
async def test_a_lost_capture_and_a_lost_refund_are_made_once(
    shop: Till, double: StripeDouble, fate: str | int
) -> None:
    authorized = await shop.authorize(await begin(shop))
    double.lose = [fate]
    with pytest.raises(ProviderUnavailable):
        await shop.capture(authorized)
    taken = await shop.capture(authorized)
    assert taken.status == "succeeded"
    refund = await shop.request(taken, "5.00")
    double.lose = [fate]
    with pytest.raises(ProviderUnavailable):
        await shop.execute(refund)
    assert (await shop.execute(refund)).status == "completed"
    assert [it["amount"] for it in double.of_kind("refund")] == [500]


async def test_the_library_asks_again_by_itself_under_the_same_key(
    database: Database, double: StripeDouble
) -> None:
    async with open_stripe(
        secret_key="sk_test_double", webhook_secret=SECRET, api_base=double.base, retries=1
    ) as provider:
        shop = Till(
            database=database,
            sandbox=Till.over(database).sandbox,
            providers=Providers(by_name={"stripe": provider}, for_new="stripe"),
        )
        double.lose = ["after"]
        assert (await shop.authorize(await begin(shop))).status == "authorized"
    assert len(double.of_kind("payment_intent")) == 1


async def test_many_at_once_are_one_charge(shop: Till, double: StripeDouble) -> None:
    pending = await begin(shop)
    double.delay = 0.05

    async def until_it_is_known(step: Any, payment: Charge) -> Charge:
        while True:
            try:
                known: Charge = await step(payment)
            except ProviderUnavailable:  # the key is in use
                await asyncio.sleep(0.05)
            else:
                return known

    authorized = await asyncio.gather(*(until_it_is_known(shop.authorize, pending) for _ in range(20)))
    assert {it.status for it in authorized} == {"authorized"}
    captured = await asyncio.gather(*(until_it_is_known(shop.capture, authorized[0]) for _ in range(20)))
    assert {it.status for it in captured} == {"succeeded"}
    assert len(double.of_kind("payment_intent")) == 1
    assert await shop.journal(pending) == [("authorization", "succeeded"), ("capture", "succeeded")]


async def test_a_key_that_was_used_with_other_parameters_is_looked_up(
    shop: Till, double: StripeDouble
) -> None:
    """As after an update of this program between two attempts."""
    pending = await begin(shop)
    double.lose = ["after"]
    with pytest.raises(ProviderUnavailable):
        await shop.authorize(pending)
    [key] = double.answers
    (path, given), status, body = double.answers[key]
    double.answers[key] = ((path, given | {"new": "parameter"}), status, body)
    assert (await shop.authorize(pending)).status == "authorized"
    assert len(double.of_kind("payment_intent")) == 1


async def test_after_a_day_nothing_is_asked_for_again_that_may_be_there(
    shop: Till, double: StripeDouble
) -> None:
    tomorrow = NOW + timedelta(days=1)
    pending, never = await begin(shop), await begin(shop)
    double.lose = ["after"]
    with pytest.raises(ProviderUnavailable):
        await shop.authorize(pending)
    double.answers.clear()
    authorized = await shop.authorize(pending, now=tomorrow)
    assert authorized.status == "authorized"
    ended = await void_payment(shop.database, shop.providers, payment_id=never.id, now=tomorrow)
    assert ended.status == "cancelled"
    assert len(double.of_kind("payment_intent")) == 1
    taken = await shop.capture(authorized)
    refunds = [await shop.request(taken, "1.00") for _ in range(4)]
    double.lose = ["after"] * 4
    for refund in refunds:
        with pytest.raises(ProviderUnavailable):
            await shop.execute(refund)
    double.answers.clear()
    for refund in refunds:
        assert (await shop.execute(refund, now=tomorrow)).status == "completed"
    assert len(double.of_kind("refund")) == 4


async def test_a_capture_that_was_made_elsewhere_counts(shop: Till, double: StripeDouble) -> None:
    authorized = await shop.authorize(await begin(shop))
    [intent] = double.of_kind("payment_intent")
    double.post_payment_intents_capture({"amount_to_capture": "1999"}, intent["id"])
    assert (await shop.capture(authorized)).status == "succeeded"


async def test_an_authorization_that_was_cancelled_elsewhere_cannot_be_captured(
    shop: Till, double: StripeDouble
) -> None:
    authorized = await shop.authorize(await begin(shop))
    [intent] = double.of_kind("payment_intent")
    double.post_payment_intents_cancel({}, intent["id"])
    failed = await shop.capture(authorized)
    assert (failed.status, failed.failure_code) == ("failed", "payment_intent_unexpected_state")


async def test_what_was_not_captured_is_given_up(shop: Till, double: StripeDouble) -> None:
    for token in ("pm_card_visa", "pm_card_authenticationRequired"):
        reserved = await shop.authorize(await begin(shop, token))
        ended = await void_payment(shop.database, shop.providers, payment_id=reserved.id, now=NOW)
        assert ended.status == "cancelled"
    taken = await paid(shop)
    assert await void_payment(shop.database, shop.providers, payment_id=taken.id, now=NOW) == taken
    assert [it["status"] for it in double.of_kind("payment_intent")] == ["canceled", "canceled", "succeeded"]


@pytest.mark.parametrize("approve", [True, False])
async def test_a_customer_confirms_or_does_not(shop: Till, double: StripeDouble, approve: bool) -> None:
    waiting = await shop.authorize(await begin(shop, "pm_card_authenticationRequired"))
    [intent] = double.of_kind("payment_intent")
    assert waiting.next_action == {
        "type": "use_stripe_sdk",
        "url": None,
        "client_secret": intent["client_secret"],
    }
    double.confirm(intent["id"], approve=approve)
    told = await shop.authorize(waiting)
    if approve:
        assert (told.status, told.card_last_four) == ("authorized", "3220")
    else:
        assert (told.status, told.failure_code) == ("failed", "payment_intent_authentication_failure")


async def test_a_payment_that_goes_on_after_it_failed_is_given_up(shop: Till, double: StripeDouble) -> None:
    """A payment intent that failed can still be confirmed with another card by whoever has its client secret."""
    waiting = await shop.authorize(await begin(shop, "pm_card_authenticationRequired"))
    [intent] = double.of_kind("payment_intent")
    double.confirm(intent["id"], approve=False)
    failed = await shop.authorize(waiting)
    double.confirm(intent["id"], approve=True)
    asked = {"payment_id": failed.id, "now": NOW}
    assert await refresh_payment(shop.database, shop.providers, **asked) == failed  # type: ignore[arg-type]  # of both types
    assert intent["status"] == "canceled"


async def test_refunds_that_stripe_works_on_or_refuses_end_as_it_says(
    shop: Till, double: StripeDouble
) -> None:
    taken = await paid(shop)
    double.refund_status = "pending"
    refund = await shop.execute(await shop.request(taken, "5.00"))
    assert refund.status == "processing"
    [made] = double.of_kind("refund")
    made["status"] = "failed"
    made["failure_reason"] = "expired_or_canceled_card"
    failed = await shop.execute(refund)
    assert (failed.status, failed.failure_code) == ("failed", "expired_or_canceled_card")
    double.refund_status = "succeeded"
    made["amount"] = 1999
    refused = await shop.execute(await shop.request(taken, "5.00"))
    assert (refused.status, refused.failure_code) == ("failed", "charge_already_refunded")


async def test_webhooks_are_read_if_they_are_signed(
    shop: Till, double: StripeDouble, provider: StripeProvider
) -> None:
    waiting = await shop.authorize(await begin(shop, "pm_card_authenticationRequired"))
    [intent] = double.of_kind("payment_intent")
    double.confirm(intent["id"], approve=True)
    now = datetime.now(UTC)
    event = {
        "id": "evt_1",
        "object": "event",
        "type": "payment_intent.amount_capturable_updated",
        "created": int(time.time()),
        "data": {"object": intent},
    }
    body = orjson.dumps(event)
    headers = {SIGNATURE_HEADER: stripe.WebhookSignature.generate_signature_header(body.decode(), SECRET)}
    read = provider.read_webhook(body=body, headers=headers, now=now)
    assert (read.id, read.reference, read.payment_id) == ("evt_1", intent["id"], waiting.id)
    assert "client_secret" not in str(read.payload)
    for _ in range(3):
        await store_webhook(shop.database, provider="stripe", event=read, now=now)
    assert await settle_webhooks(shop.database, shop.providers, now=now) == (waiting.order_id,)
    assert (await shop.find(waiting)).status == "authorized"
    for other, changed, moment in (
        (body + b" ", headers, now),
        (body, {}, now),
        (body, {SIGNATURE_HEADER: "t=1,v1=2"}, now),
        (body, headers, now + timedelta(minutes=6)),
        (body, headers, now - timedelta(minutes=6)),
        (b"\xff", headers, now),
    ):
        with pytest.raises(InvalidSignature):
            provider.read_webhook(body=other, headers=changed, now=moment)
    strange = b'{"id": "evt_2"}'
    signed = {SIGNATURE_HEADER: stripe.WebhookSignature.generate_signature_header(strange.decode(), SECRET)}
    with pytest.raises(InvalidSignature):
        provider.read_webhook(body=strange, headers=signed, now=now)


async def test_an_event_of_a_refund_leads_to_its_payment(provider: StripeProvider) -> None:
    event = {
        "id": "evt_1",
        "type": "refund.failed",
        "data": {"object": {"id": "re_1", "object": "refund", "payment_intent": "pi_1", "metadata": {}}},
    }
    body = orjson.dumps(event)
    headers = {SIGNATURE_HEADER: stripe.WebhookSignature.generate_signature_header(body.decode(), SECRET)}
    read = provider.read_webhook(body=body, headers=headers, now=datetime.now(UTC))
    assert (read.type, read.reference, read.payment_id) == ("refund.failed", "pi_1", None)


async def test_cards_are_saved_for_a_customer_of_stripes(shop: Till, double: StripeDouble) -> None:
    async def save(token: str, user: UUID = CUSTOMER, kind: Any = "credit_card") -> Any:
        method = NewMethod(token=token, kind=kind, label=None, make_default=False)
        return await save_method(shop.database, shop.providers, user_id=user, method=method, now=NOW)

    visa = await save("pm_card_visa")
    assert (visa.card_brand, visa.card_last_four, visa.kind, visa.card_exp_year) == (
        "Visa",
        "4242",
        "credit_card",
        2034,
    )
    debit = await save("pm_card_mastercard_debit")
    assert debit.kind == "debit_card"
    [customer] = double.of_kind("customer")
    assert customer["metadata"] == {"user_id": str(CUSTOMER)}
    assert [it["customer"] for it in double.of_kind("payment_method")] == [customer["id"]] * 2
    assert (await save("pm_card_visa")).id == visa.id
    for token, user, kind in (
        ("pm_card_visa", uuid4(), "credit_card"),  # somebody else's
        ("pm_nobody", CUSTOMER, "credit_card"),
        ("pm_card_amex", CUSTOMER, "paypal"),
    ):
        with pytest.raises(PaymentMethodRefused):
            await save(token, user, kind)
    await remove_method(shop.database, shop.providers, user_id=CUSTOMER, method_id=debit.id, now=NOW)
    assert double.objects["pm_card_mastercard_debit"]["customer"] is None
    # A removal does not wait for Stripe.
    double.lose = ["before"]
    await remove_method(shop.database, shop.providers, user_id=CUSTOMER, method_id=visa.id, now=NOW)


async def test_what_stripe_does_not_know_is_unknown(provider: StripeProvider) -> None:
    with pytest.raises(ProviderRefused) as refused:
        await provider.find(reference="pi_nothing", now=NOW)
    assert refused.value.code == "unknown_reference"
    assert await provider.find_by_key(idempotency_key="nothing", now=LATER) is None


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    async with open_stripe(
        secret_key="sk_test_x", webhook_secret=SECRET, api_base="http://127.0.0.1:9", retries=0
    ) as provider:
        with pytest.raises(ProviderUnavailable):
            await provider.find(reference="pi_1", now=NOW)


@pytest.mark.parametrize(
    ("amount", "currency", "units"),
    [
        ("19.99", "USD", 1999),
        ("0.01", "EUR", 1),
        ("500", "JPY", 500),
        ("500.00", "KRW", 500),
        ("5", "ISK", 500),
        ("5", "UGX", 500),
        ("5.12", "KWD", 5120),
        ("99999999.99", "USD", 9_999_999_999),
    ],
)
def test_sums_are_sent_in_their_smallest_unit(amount: str, currency: str, units: int) -> None:
    sum_ = Money(amount=Decimal(amount), currency_code=currency)
    assert to_minor_units(sum_) == units
    assert from_minor_units(units, currency.lower()) == sum_


@pytest.mark.parametrize(("amount", "currency"), [("0.50", "JPY"), ("0.5", "ISK"), ("0.001", "USD")])
def test_sums_of_smaller_parts_are_refused(amount: str, currency: str) -> None:
    with pytest.raises(InvalidAmount):
        to_minor_units(Money(amount=Decimal(amount), currency_code=currency))
    assert usd().amount == PRICE
