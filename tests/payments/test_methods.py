"""Saved methods: checked with their provider, one default for each user, and nobody else's to use."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from datasources.core.calls import record_calls
from datasources.payments.chargeable import method_for_charge
from datasources.payments.commands.methods import (
    MOST_METHODS,
    NewMethod,
    remove_method,
    save_method,
    set_default_method,
)
from datasources.payments.errors import PaymentMethodRefused, TooManyPaymentMethods, UnknownPaymentMethod
from datasources.payments.loaders import PaymentLoaders
from datasources.payments.providers.protocol import PaymentsNotConfigured
from datasources.payments.providers.registry import NO_PROVIDERS
from datasources.payments.providers.sandbox_tokens import TOKENS
from tests.payments.tills import CUSTOMER, NOW

if TYPE_CHECKING:
    from datasources.payments.records import PaymentMethod
    from tests.payments.tills import Till

OTHER = UUID(int=7)


async def save(till: Till, token: str, *, user: UUID = CUSTOMER, default: bool = False) -> PaymentMethod:
    """Save a card."""
    method = NewMethod(token=token, kind="credit_card", label=None, make_default=default)
    return await save_method(till.database, till.providers, user_id=user, method=method, now=NOW)


async def saved(till: Till, user: UUID = CUSTOMER) -> tuple[PaymentMethod, ...]:
    """A user's methods, the default first."""
    return await PaymentLoaders(till.database).methods_by_user.load(user)


async def remove(till: Till, method: PaymentMethod, user: UUID = CUSTOMER) -> PaymentMethod:
    """Remove a method as a user."""
    return await remove_method(till.database, till.providers, user_id=user, method_id=method.id, now=NOW)


async def test_a_method_is_as_its_provider_says(till: Till) -> None:
    method = await save(till, "tok_mastercard")
    assert (method.card_brand, method.card_last_four, method.card_exp_month, method.card_exp_year) == (
        "Mastercard",
        "4444",
        12,
        2034,
    )
    assert method.is_default
    assert method.is_verified
    assert await saved(till) == (method,)
    assert method.display_name == "Mastercard **** 4444"


async def test_what_the_provider_does_not_know_is_not_saved(till: Till) -> None:
    with pytest.raises(PaymentMethodRefused) as refused:
        await save(till, "4242424242424242")
    assert refused.value.refusal == "invalid_payment_method"
    assert "4242" not in str(refused.value)
    with pytest.raises(PaymentsNotConfigured):
        await save_method(
            till.database,
            NO_PROVIDERS,
            user_id=CUSTOMER,
            method=NewMethod(token="tok_visa", kind="credit_card", label=None, make_default=False),
            now=NOW,
        )
    assert await saved(till) == ()


async def test_the_same_token_is_the_same_method(till: Till) -> None:
    first, second = await save(till, "tok_visa"), await save(till, "tok_amex", default=True)
    assert second.is_default
    again = await save(till, "tok_visa", default=True)
    assert (again.id, again.is_default) == (first.id, True)
    assert len(await saved(till)) == 2
    assert (await save(till, "tok_visa", user=OTHER)).id != first.id


async def test_a_default_that_is_removed_is_followed_by_the_newest(till: Till) -> None:
    visa, amex = await save(till, "tok_visa"), await save(till, "tok_amex")
    assert (await remove(till, visa)).id == visa.id
    [left] = await saved(till)
    assert (left.id, left.is_default) == (amex.id, True)
    with pytest.raises(UnknownPaymentMethod):
        await remove(till, visa)
    await remove(till, amex)
    assert await saved(till) == ()
    assert (await save(till, "tok_visa")).is_default


async def test_nobody_elses_method_is_there(till: Till) -> None:
    visa = await save(till, "tok_visa")
    for user, method_id in ((OTHER, visa.id), (CUSTOMER, uuid4())):
        with pytest.raises(UnknownPaymentMethod, match=r"^There is no such payment method\.$"):
            await set_default_method(till.database, user_id=user, method_id=method_id, now=NOW)
    with pytest.raises(UnknownPaymentMethod):
        await remove(till, visa, OTHER)
    assert await method_for_charge(till.database, user_id=OTHER, method_id=visa.id) is None
    assert await method_for_charge(till.database, user_id=OTHER, method_id=None) is None


async def test_the_checkout_finds_what_to_charge_in_one_statement(till: Till) -> None:
    visa, amex = await save(till, "tok_visa"), await save(till, "tok_amex")
    with record_calls() as log:
        chosen = await method_for_charge(till.database, user_id=CUSTOMER, method_id=amex.id)
    assert log.by_service() == {"payments": 1}
    assert chosen is not None
    assert (chosen.token, chosen.provider, chosen.kind) == ("tok_amex", "sandbox", "credit_card")
    assert chosen.customer_reference == f"sandbox_customer_{CUSTOMER.hex}"
    default = await method_for_charge(till.database, user_id=CUSTOMER, method_id=None)
    assert default is not None
    assert default.id == visa.id
    await remove(till, amex)
    assert await method_for_charge(till.database, user_id=CUSTOMER, method_id=amex.id) is None
    paid = await till.paid(default.token, payment_method_id=default.id)
    assert paid.status == "succeeded"


async def test_of_many_at_once_one_is_the_default(till: Till) -> None:
    tokens = sorted(TOKENS)[:8]
    await asyncio.gather(*(save(till, token, default=True) for token in tokens for _ in range(2)))
    methods = await saved(till)
    assert [method.is_default for method in methods] == [True] + [False] * 7
    await asyncio.gather(
        *(
            set_default_method(till.database, user_id=CUSTOMER, method_id=method.id, now=NOW)
            for method in methods
        ),
        remove(till, methods[0]),
        return_exceptions=True,
    )
    left = await saved(till)
    assert [method.is_default for method in left] == [True] + [False] * 6


async def test_one_may_save_so_many(till: Till) -> None:
    await save(till, "tok_visa")
    await till.rows(
        "INSERT INTO payment_methods (user_id, type, provider, card_token) "
        "SELECT $1, 'credit_card', 'sandbox', 'more_' || n FROM generate_series(2, $2::int) AS n",
        CUSTOMER,
        MOST_METHODS,
    )
    with pytest.raises(TooManyPaymentMethods) as many:
        await save(till, "tok_amex")
    assert many.value.most == MOST_METHODS
    assert (await save(till, "tok_visa", default=True)).is_default
    await remove(till, (await saved(till))[-1])
    results = await asyncio.gather(
        *(save(till, token) for token in ("tok_amex", "tok_discover", "tok_mastercard")),
        return_exceptions=True,
    )
    assert sum(isinstance(result, TooManyPaymentMethods) for result in results) == 2
    assert len(await saved(till)) == MOST_METHODS
