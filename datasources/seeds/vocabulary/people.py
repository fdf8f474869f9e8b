"""Names of people and places for the demo shop's customers."""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple

FIRST_NAMES: Final = (
    "Ada", "Alan", "Amara", "Amy", "Anders", "Anna", "Ben", "Bianca", "Carla", "Carlos", "Chen", "Clara",
    "Daniel", "Dara", "David", "Diego", "Elena", "Eli", "Emma", "Erik", "Fatima", "Felix", "Grace", "Hana",
    "Henry", "Ines", "Isaac", "Ivy", "Jack", "Jana", "Joel", "Julia", "Kai", "Karim", "Kate", "Laila",
    "Leo", "Lina", "Lucas", "Maria", "Marcus", "Maya", "Mia", "Nadia", "Nils", "Noor", "Olga", "Omar",
    "Oscar", "Paula", "Priya", "Rosa", "Ruth", "Sam", "Sara", "Sofia", "Tara", "Theo", "Tomas", "Uma",
    "Vera", "Victor", "Wei", "Yara", "Yusuf", "Zoe",
)  # fmt: skip

LAST_NAMES: Final = (
    "Adams", "Ahmed", "Alvarez", "Baker", "Becker", "Bennett", "Berg", "Brooks", "Carter", "Castillo",
    "Chan", "Clark", "Cohen", "Cruz", "Davis", "Diaz", "Dubois", "Edwards", "Evans", "Fischer", "Fisher",
    "Flores", "Garcia", "Gomez", "Gray", "Green", "Gupta", "Hall", "Hansen", "Harris", "Hill", "Hughes",
    "Ito", "Jackson", "Jensen", "Johnson", "Jones", "Kaur", "Kelly", "Khan", "Kim", "King", "Klein", "Lee",
    "Lewis", "Lopez", "Martin", "Meyer", "Miller", "Moore", "Morgan", "Murphy", "Nguyen", "Novak", "Okafor",
    "Ortiz", "Park", "Patel", "Perez", "Price", "Quinn", "Reed", "Reyes", "Rivera", "Rossi", "Sato",
    "Schmidt", "Silva", "Singh", "Smith", "Stone", "Tan", "Taylor", "Torres", "Turner", "Vega", "Walker",
    "Wang", "Weber", "White", "Wilson", "Wood", "Young", "Zhang",
)  # fmt: skip

STREETS: Final = (
    "Main Street", "Oak Avenue", "Maple Drive", "Cedar Lane", "Park Avenue", "Elm Street", "Lake View Road",
    "Hillcrest Road", "River Street", "Sunset Boulevard", "Church Street", "Mill Lane", "Washington Street",
    "Second Avenue", "Pine Street", "Highland Avenue", "Chestnut Street", "Spring Street", "Meadow Lane",
    "Harbor Road",
)  # fmt: skip


class City(NamedTuple):
    """A city, and the tax that is charged on what is sent there, in per cent."""

    name: str
    state: str
    postal_code: str
    country: str
    tax: Decimal


CITIES: Final = (
    City("New York", "NY", "10011", "US", Decimal("8.875")),
    City("Los Angeles", "CA", "90026", "US", Decimal("9.5")),
    City("San Francisco", "CA", "94110", "US", Decimal("8.625")),
    City("Seattle", "WA", "98102", "US", Decimal("10.25")),
    City("Portland", "OR", "97214", "US", Decimal(0)),
    City("Austin", "TX", "78704", "US", Decimal("8.25")),
    City("Houston", "TX", "77006", "US", Decimal("8.25")),
    City("Chicago", "IL", "60622", "US", Decimal("10.25")),
    City("Denver", "CO", "80205", "US", Decimal("8.81")),
    City("Boston", "MA", "02118", "US", Decimal("6.25")),
    City("Miami", "FL", "33137", "US", Decimal(7)),
    City("Atlanta", "GA", "30307", "US", Decimal("8.9")),
    City("Philadelphia", "PA", "19147", "US", Decimal(8)),
    City("Phoenix", "AZ", "85004", "US", Decimal("8.6")),
    City("Minneapolis", "MN", "55408", "US", Decimal("9.025")),
    City("Nashville", "TN", "37206", "US", Decimal("9.25")),
    City("Detroit", "MI", "48201", "US", Decimal(6)),
    City("Salt Lake City", "UT", "84103", "US", Decimal("7.75")),
    City("Madison", "WI", "53703", "US", Decimal("5.5")),
    City("Burlington", "VT", "05401", "US", Decimal(7)),
    City("Toronto", "ON", "M5V 2T6", "CA", Decimal(13)),
    City("Vancouver", "BC", "V6B 1A1", "CA", Decimal(12)),
)
