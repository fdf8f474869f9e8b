"""What a client says of an order to be, and how it is read."""

import strawberry

from datasources.users.emails import email_or_none
from datasources.workflows.checkout_plans import PaymentChoice, Said
from datasources.workflows.quotes import AddressChoice
from resolvers.entries import Entries
from resolvers.inputs import value_of
from resolvers.payments.types import PaymentMethodKind
from resolvers.postal_addresses import PostalAddressInput, read_postal_address
from resolvers.relay import uuid_of

MOST_OF_EMAIL = 255
MOST_OF_METHOD = 100
MOST_OF_NOTES = 2_000
MOST_OF_TOKEN = 500


@strawberry.input(description="What of the order to be is said; what is left out stays as it is.")
class CheckoutDetailsInput:
    email: str | None = strawberry.field(
        default=None, description="Where messages about the order are sent; guests have to give it."
    )
    shipping_address_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="Where the goods are sent: the global id of an address that the account has saved.",
    )
    shipping_address: PostalAddressInput | None = strawberry.field(
        default=None, description="Where the goods are sent, spelt out; instead of `shippingAddressId`."
    )
    billing_address_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="Where the invoice is sent: the global id of an address that the account has saved.",
    )
    billing_address: PostalAddressInput | None = strawberry.field(
        default=None, description="Where the invoice is sent, spelt out; instead of `billingAddressId`."
    )
    shipping_method: str | None = strawberry.field(
        default=None, description="How the goods are sent: the code of one of the shipping options."
    )
    notes: str | None = strawberry.field(default=None, description="Remarks for the shop.")


@strawberry.input(
    description="How the order is paid: with a saved method, or with a token that the payment provider has given the"
    " client. Numbers of cards never come here. Without either the account's default method is used."
)
class PaymentInput:
    method_id: strawberry.ID | None = strawberry.field(
        default=None, description="The global id of a payment method that the account has saved."
    )
    token: str | None = strawberry.field(default=None, description="The provider's token.")
    kind: PaymentMethodKind = strawberry.field(
        default=PaymentMethodKind.CREDIT_CARD,
        description="The kind of payment method that the token stands for.",
    )


def read_details(entries: Entries, given: CheckoutDetailsInput | None, at: str) -> Said:
    """What is said, each value as it is kept."""
    if given is None:
        return Said()
    return Said(
        email=_email(entries, given.email, f"{at}.email"),
        shipping=_address(
            entries, given.shipping_address_id, given.shipping_address, f"{at}.shippingAddress"
        ),
        billing=_address(entries, given.billing_address_id, given.billing_address, f"{at}.billingAddress"),
        shipping_method=entries.optional(given.shipping_method, f"{at}.shippingMethod", most=MOST_OF_METHOD),
        notes=entries.lines(given.notes, f"{at}.notes", most=MOST_OF_NOTES),
    )


def read_payment(entries: Entries, given: PaymentInput | None, at: str) -> PaymentChoice | None:
    """How it is paid, by one of the two ways or by neither."""
    if given is None or (given.method_id is None and given.token is None):
        return None
    if given.method_id is not None and given.token is not None:
        entries.refuse(f"{at}.token", "INVALID", "Give either a saved method or a token.")
    token = None if given.token is None else entries.text(given.token, f"{at}.token", most=MOST_OF_TOKEN)
    return PaymentChoice(
        method_id=None if given.method_id is None else uuid_of(given.method_id, "PaymentMethod"),
        token=token,
        kind=value_of(given.kind),  # type: ignore[arg-type]  # the enum has just the databases' words
    )


def _email(entries: Entries, given: str | None, at: str) -> str | None:
    text = entries.optional(given, at, most=MOST_OF_EMAIL)
    if text is None:
        return None
    email = email_or_none(text)
    if email is None:
        entries.refuse(at, "INVALID", "This is not an e-mail address.")
    return email


def _address(
    entries: Entries, id: strawberry.ID | None, spelt_out: PostalAddressInput | None, at: str
) -> AddressChoice | None:
    if id is not None and spelt_out is not None:
        entries.refuse(at, "INVALID", "Give either a saved address or one that is spelt out.")
    if id is not None:
        return AddressChoice(id=uuid_of(id, "Address"))
    return None if spelt_out is None else AddressChoice(snapshot=read_postal_address(entries, spelt_out, at))
