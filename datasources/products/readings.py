"""Reads values from outside, of any type, into those that the catalogue keeps; what cannot be taken is told at once."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from datasources.core.document_schemas import MOST_MONEY
from datasources.core.document_values import object_id_or_none
from datasources.products.catalogue_errors import InvalidValues, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_MOST_MONEY: Final = MOST_MONEY.to_decimal()
_MOST_WHOLE: Final = 2**31 - 1
_MOST_DIGITS: Final = 40

# Control characters other than the ends of lines, halves of characters, and marks that turn the direction of text.
_UNTAKEN_CATEGORIES: Final = frozenset({"Cc", "Cs"})
_DIRECTION_MARKS: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LINE_ENDS: Final = frozenset("\n\r\t")

_SLUG: Final = re.compile(r"[^\s/?#]+")
_NOT_IN_SLUGS: Final = re.compile(r"[^a-z0-9]+")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_WEB_ADDRESS: Final = re.compile(r"(https?://|/)\S+")


class Problems:
    """What was wrong with one set of values, collected while they are read."""

    def __init__(self) -> None:
        """Begin with nothing wrong."""
        self.found: list[Problem] = []

    def add(self, at: str, code: str, message: str) -> None:
        """Note what is wrong with a value."""
        self.found.append(Problem(at=at, code=code, message=message))

    def check(self) -> None:
        """Refuse the values if anything was wrong with them.

        Raises:
            InvalidValues: with everything that was.
        """
        if self.found:
            raise InvalidValues(self.found)


# Reads one value: where to note problems, the value, where it stands. What it gives after a problem goes nowhere.
Reader: TypeAlias = "Callable[[Problems, Any, str], Any]"


def read_fields(
    problems: Problems,
    given: Any,
    readers: Mapping[str, Reader],
    *,
    required: frozenset[str] = frozenset(),
    within: str = "",
) -> dict[str, Any]:
    """The values that are given, each as its reader reads it. Unknown names and missing values are problems."""
    if not isinstance(given, dict):
        problems.add(within.rstrip("."), "INVALID", "This should be an object.")
        return {}
    for name in sorted(required - given.keys()):
        problems.add(f"{within}{name}", "REQUIRED", "This has to be given.")
    read = {}
    for name, value in given.items():
        if name in readers:
            read[name] = readers[name](problems, value, f"{within}{name}")
        else:
            problems.add(f"{within}{name}", "UNKNOWN", "There is no such field.")
    return read


def text(most: int) -> Reader:
    """A text that is more than space, of at most so many characters."""
    read_optional = optional_text(most)

    def read(problems: Problems, value: Any, at: str) -> str:
        before = len(problems.found)
        taken = read_optional(problems, value, at)
        if taken is None and len(problems.found) == before:
            problems.add(at, "REQUIRED", "This may not be empty.")
        return taken or ""

    return read


def optional_text(most: int, *, lines: bool = False) -> Reader:
    """A text of at most so many characters, None for nothing but space; `lines` allows several lines."""
    allowed = _LINE_ENDS if lines else frozenset[str]()

    def read(problems: Problems, value: Any, at: str) -> str | None:
        if value is None:
            return None
        if not isinstance(value, str):
            problems.add(at, "INVALID", "This should be a text.")
            return None
        taken = unicodedata.normalize("NFC", value).strip()
        if any(_is_untaken(letter) and letter not in allowed for letter in taken):
            problems.add(at, "INVALID_CHARACTERS", "This holds a character that cannot be shown.")
            return None
        if len(taken) > most:
            problems.add(at, "TOO_LONG", f"This may have at most {most} characters, and has {len(taken)}.")
            return None
        return taken or None

    return read


def slug(problems: Problems, value: Any, at: str) -> str | None:
    """A name for URLs; None to have one made."""
    taken = optional_text(500)(problems, value, at)
    return _of_form(problems, taken, _SLUG, at, "A slug has no spaces, slashes, question marks or hashes.")


def slug_of(name: str) -> str:
    """The slug that a name makes: its letters and digits of the Latin alphabet, with hyphens between."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return _NOT_IN_SLUGS.sub("-", plain).strip("-")[:200] or "item"


def currency(problems: Problems, value: Any, at: str) -> str:
    """An ISO 4217 code."""
    taken = text(3)(problems, value, at)
    return (
        _of_form(problems, taken, _CURRENCY, at, "This is not a currency's code (ISO 4217), such as USD.")
        or ""
    )


def web_address(problems: Problems, value: Any, at: str) -> str:
    """An address of the web, absolute or within the site."""
    taken = text(500)(problems, value, at)
    return _of_form(problems, taken, _WEB_ADDRESS, at, "This is not an address of the web.") or ""


def optional(reader: Reader) -> Reader:
    """The same or None."""
    return lambda problems, value, at: None if value is None else reader(problems, value, at)


def exact_number(most: Decimal, places: int) -> Reader:
    """An exact number from 0 to `most` with at most so many decimal places: a Decimal, an integer or a text."""

    def read(problems: Problems, value: Any, at: str) -> Decimal:
        number = _decimal_of(value)
        if number is None:
            problems.add(at, "INVALID", 'This should be an exact number, such as "19.99".')
        elif not 0 <= number <= most:
            problems.add(at, "OUT_OF_RANGE", f"This should be from 0 to {most}.")
        elif number != round(number, places):
            problems.add(at, "INVALID", f"This may have at most {places} decimal places.")
        else:
            return round(number, places)
        return Decimal(0)

    return read


money: Final[Reader] = exact_number(_MOST_MONEY, 2)
kilograms: Final[Reader] = exact_number(Decimal("9999999.999"), 3)
percentage: Final[Reader] = exact_number(Decimal(100), 2)


def measure(problems: Problems, value: Any, at: str) -> float | None:
    """A length, which need not be exact."""
    number = None if value is None else _decimal_of(str(value) if isinstance(value, float) else value)
    if value is not None and (number is None or not 0 <= number <= _MOST_WHOLE):
        problems.add(at, "INVALID", "This should be a number that is not negative.")
    return None if number is None else float(number)


def whole(problems: Problems, value: Any, at: str) -> int:
    """An integer from 0."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST_WHOLE:
        problems.add(at, "INVALID", f"This should be a whole number from 0 to {_MOST_WHOLE}.")
        return 0
    return value


def flag(problems: Problems, value: Any, at: str) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        problems.add(at, "INVALID", "This should be true or false.")
    return bool(value)


def moment(problems: Problems, value: Any, at: str) -> datetime:
    """A time in UTC: a datetime, or ISO 8601 with an offset."""
    try:
        given = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        if given.tzinfo is not None:
            # As exact as a document keeps it.
            return given.astimezone(UTC).replace(microsecond=given.microsecond // 1000 * 1000)
    except (TypeError, ValueError, OverflowError):
        pass
    problems.add(at, "INVALID", "This should be a time with an offset, such as 2026-01-31T12:00:00Z.")
    return datetime.now(UTC)


def key(problems: Problems, value: Any, at: str) -> str:
    """The key of a document: 24 hexadecimal digits."""
    if object_id_or_none(value) is None:
        problems.add(at, "INVALID", "This is not a key.")
    return str(value)


def one_of(*values: str) -> Reader:
    """One of these words."""

    def read(problems: Problems, value: Any, at: str) -> str:
        if value not in values:
            problems.add(at, "INVALID", f"This should be one of {', '.join(values)}.")
        return str(value)

    return read


def many(reader: Reader, most: int) -> Reader:
    """A list of at most so many values."""

    def read(problems: Problems, value: Any, at: str) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            problems.add(at, "INVALID", "This should be a list.")
            return ()
        if len(value) > most:
            problems.add(at, "TOO_LONG", f"This may have at most {most} items, and has {len(value)}.")
            return ()
        return tuple(reader(problems, item, f"{at}.{place}") for place, item in enumerate(value))

    return read


def distinct(reader: Reader, most: int) -> Reader:
    """A list of at most so many values, each of which is kept once."""
    read_all = many(reader, most)
    return lambda problems, value, at: tuple(dict.fromkeys(read_all(problems, value, at)))


def _decimal_of(value: Any) -> Decimal | None:
    if (
        isinstance(value, bool)
        or not isinstance(value, str | int | Decimal)
        or len(str(value)) > _MOST_DIGITS
    ):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < _MOST_DIGITS else None


def _is_untaken(letter: str) -> bool:
    return unicodedata.category(letter) in _UNTAKEN_CATEGORIES or letter in _DIRECTION_MARKS


def _of_form(
    problems: Problems, taken: str | None, form: re.Pattern[str], at: str, message: str
) -> str | None:
    if taken and not form.fullmatch(taken):
        problems.add(at, "INVALID", message)
    return taken
