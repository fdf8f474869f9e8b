"""How the demo shop's customers pay: cards and accounts that they have saved, and who settles which."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from datasources.seeds.determinism import dice, token_for, uuid_for
from datasources.seeds.fates import CARDS
from datasources.seeds.people import DEMO_CUSTOMER

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from datasources.payments.bulk import MethodRow
    from datasources.seeds.people import Person

# Payments by card and the rest went through Stripe (seed 000).
_GATEWAYS: Final = {"paypal": "paypal", "bank_transfer": "bank"}
_STRIPE: Final = "stripe"

_BRANDS: Final = ("Visa", "Mastercard", "American Express", "Discover")

# Saved cards are the sandbox's, with its test tokens, so that one can pay with them in development.
_SANDBOX: Final = "sandbox"
_TOKENS: Final = {
    "Visa": "tok_visa",
    "Mastercard": "tok_mastercard",
    "American Express": "tok_amex",
    "Discover": "tok_discover",
}


def gateway_of(method: str) -> str:
    """Who settles payments by this method."""
    return _GATEWAYS.get(method, _STRIPE)


def make_methods(people: Sequence[Person], now: datetime) -> list[MethodRow]:
    """A card for two customers in three, and an account at PayPal for one in four."""
    rng = dice("methods", people[0].block)
    rows: list[MethodRow] = []
    for person in people:
        demo = person.email == DEMO_CUSTOMER
        if demo or person.index % 3:
            four, brand = f"{rng.randrange(10_000):04d}", rng.choice(_BRANDS)
            expires = (rng.randrange(1, 13), now.year + rng.randrange(1, 5))
            card = _method(person, "credit_card", "4242" if demo else four, is_default=True)
            rows.append(
                {
                    **card,
                    "provider": _SANDBOX,
                    "provider_customer_id": f"sandbox_customer_{person.id.hex}",
                    "card_token": _TOKENS["Visa" if demo else brand],
                    "card_last_four": card["display_name"][-4:],
                    "card_brand": "Visa" if demo else brand,
                    "card_exp_month": expires[0],
                    "card_exp_year": expires[1],
                    "cardholder_name": person.name,
                }
            )
        if demo or person.index % 4 == 0:
            account = _method(person, "paypal", person.email, is_default=not demo and person.index % 3 == 0)
            rows.append(
                {
                    **account,
                    "external_id": f"ba_demo_{token_for('paypal', person.id)}",
                    "paypal_email": person.email,
                    "paypal_account_id": token_for("paypal account", person.id)[:13].upper(),
                }
            )
    return rows


def _method(person: Person, kind: str, shown: str, *, is_default: bool) -> MethodRow:
    provider = gateway_of(kind)
    added = person.created_at + timedelta(minutes=15)
    return {
        "id": uuid_for("payment method", person.id, kind),
        "user_id": person.id,
        "type": kind,
        "provider": provider,
        "provider_customer_id": f"cus_demo_{token_for(provider, person.id)}",
        "external_id": None,
        "display_name": f"**** {shown}" if kind in CARDS else shown,
        "card_token": None,
        "card_last_four": None,
        "card_brand": None,
        "card_exp_month": None,
        "card_exp_year": None,
        "cardholder_name": None,
        "paypal_email": None,
        "paypal_account_id": None,
        "is_default": is_default,
        "is_verified": True,
        "is_active": True,
        "created_at": added,
        "updated_at": added,
    }
