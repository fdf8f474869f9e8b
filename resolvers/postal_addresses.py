"""How postal addresses are given in inputs, whatever they are for, and how each of their values is read."""

from typing import Any, Final

import strawberry

from resolvers.entries import Entries

# As the columns of UserDb have them; orders keep addresses as they are.
MOST_OF_RECIPIENT: Final = 200
MOST_OF_STREET: Final = 255
MOST_OF_APARTMENT: Final = 50
MOST_OF_CITY: Final = 100
MOST_OF_STATE: Final = 100
MOST_OF_POSTAL_CODE: Final = 20

POSTAL_CODE: Final = "Postal code; leave it out where the country has none."
COUNTRY: Final = "Country (ISO 3166-1 alpha-2), such as US."


@strawberry.input(description="A postal address.")
class PostalAddressInput:
    recipient_name: str | None = strawberry.field(
        default=None, description="The person to whom deliveries are addressed."
    )
    phone: str | None = strawberry.field(default=None, description="The recipient's phone number.")
    street_address: str = strawberry.field(description="House number and street.")
    apartment: str | None = strawberry.field(default=None, description="Apartment, suite or floor.")
    city: str = strawberry.field(description="City or town.")
    state_province: str | None = strawberry.field(default=None, description="State, province or region.")
    postal_code: str | None = strawberry.field(default=None, description=POSTAL_CODE)
    country: str = strawberry.field(description=COUNTRY)


def read_postal_address(entries: Entries, given: PostalAddressInput, at: str) -> dict[str, Any]:
    """The values of an address, each as it is kept."""
    readers = address_readers(entries, at=f"{at}.")
    return {name: read(getattr(given, name)) for name, read in readers.items()}


def address_readers(entries: Entries, *, at: str = "") -> dict[str, Any]:
    """How each value of an address is read; `at` is put before the names of its fields."""
    return {
        "recipient_name": lambda it: entries.optional(it, f"{at}recipientName", most=MOST_OF_RECIPIENT),
        "phone": lambda it: entries.phone(it, f"{at}phone"),
        "street_address": lambda it: entries.text(it, f"{at}streetAddress", most=MOST_OF_STREET),
        "apartment": lambda it: entries.optional(it, f"{at}apartment", most=MOST_OF_APARTMENT),
        "city": lambda it: entries.text(it, f"{at}city", most=MOST_OF_CITY),
        "state_province": lambda it: entries.optional(it, f"{at}stateProvince", most=MOST_OF_STATE),
        "postal_code": lambda it: entries.optional(it, f"{at}postalCode", most=MOST_OF_POSTAL_CODE) or "",
        "country": lambda it: entries.country(it, f"{at}country"),
    }
