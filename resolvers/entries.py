"""Reads the texts of a mutation's input: trimmed, of a length that is kept, and nothing in them that cannot be."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from typing import Any, Final

import strawberry

from resolvers.countries import COUNTRY_CODES
from resolvers.mutations import InvalidInput, InvalidInputError

# As the columns of UserDb have them.
MOST_OF_NAME: Final = 100
MOST_OF_DEVICE: Final = 100
MOST_OF_PHONE: Final = 20
MOST_OF_LANGUAGE: Final = 10
# As the columns of every database have it.
MOST_OF_KEY: Final = 255

IDEMPOTENCY_KEY: Final = (
    "A key of your own for this change, such as a UUID. The same change under the same key is made once, however "
    "often it is sent."
)

# Control characters, halves of characters, and the marks that turn the direction of whatever is shown after them.
_UNTAKEN_CATEGORIES: Final = frozenset({"Cc", "Cs"})
_DIRECTION_MARKS: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

_PHONE: Final = re.compile(r"\+?[0-9][0-9 ()./-]{3,18}[0-9]", re.ASCII)
# Language, script and region of BCP 47; the shop's columns keep no more.
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?", re.ASCII)
_USERNAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,28}[A-Za-z0-9]", re.ASCII)

# So many characters at most become one in NFC: a letter with its marks.
_DECOMPOSED: Final = 4

_EARLIEST_BIRTH: Final = date(1900, 1, 1)


class Entries:
    """One input's values, read one by one; `check` refuses them if any of them cannot be taken.

    A value is named by its path in the input, such as address.city. What cannot be taken reads as an empty text, which
    goes nowhere as long as `check` follows.
    """

    def __init__(self) -> None:
        """Begin with nothing wrong."""
        self._errors: list[InvalidInputError] = []

    def refuse(self, at: str, code: str, message: str) -> None:
        """Say what is wrong with the value of a field."""
        self._errors.append(InvalidInputError(code=code, message=message, field=at.split(".")))

    def check(self) -> None:
        """Refuse the input if anything was wrong with it.

        Raises:
            InvalidInput: with everything that was.
        """
        if self._errors:
            raise InvalidInput(self._errors)

    def text(self, given: str | None, at: str, *, most: int) -> str:
        """A text that has to be there, of at most so many characters."""
        text = self.optional(given, at, most=most)
        if text is None and not any(error.field == at.split(".") for error in self._errors):
            self.refuse(at, "REQUIRED", "This may not be empty.")
        return text or ""

    def optional(self, given: str | None, at: str, *, most: int) -> str | None:
        """A text of at most so many characters, or None for nothing but space."""
        return self._shown(given, at, most=most, allowed="")

    def lines(self, given: str | None, at: str, *, most: int) -> str | None:
        """The same of a text that may have several lines; they end in one line feed each, whoever wrote them."""
        text = None if given is None else given.replace("\r\n", "\n").replace("\r", "\n")
        return self._shown(text, at, most=most, allowed="\n\t")

    def phone(self, given: str | None, at: str) -> str | None:
        """A phone number as people write it."""
        text = self.optional(given, at, most=MOST_OF_PHONE)
        return self._of_form(text, _PHONE, at, "This is not a phone number, such as +44 20 7946 0958.")

    def username(self, given: str | None, at: str) -> str | None:
        """A public name: never an e-mail address, and of letters that cannot be taken for others."""
        text = self.optional(given, at, most=30)
        return self._of_form(
            text,
            _USERNAME,
            at,
            "Use 3 to 30 letters from A to Z, digits, dots, hyphens and underscores; begin and end with "
            "a letter or digit.",
        )

    def language(self, given: str | None, at: str) -> str:
        """A language."""
        text = self.text(given, at, most=MOST_OF_LANGUAGE)
        return self._of_form(text, _LANGUAGE, at, "This is not a language tag, such as en-US.") or ""

    def country(self, given: str | None, at: str) -> str:
        """A country's code, in either case."""
        code = (given or "").strip().upper()
        if code not in COUNTRY_CODES:
            self.refuse(at, "INVALID", "This is not a country's code (ISO 3166-1 alpha-2), such as US.")
        return code

    def birth(self, given: date | None, at: str, *, today: date) -> date | None:
        """A date of birth."""
        if given is not None and not _EARLIEST_BIRTH <= given <= today:
            self.refuse(at, "INVALID", "Nobody was born on this date.")
        return given

    def _shown(self, given: str | None, at: str, *, most: int, allowed: str) -> str | None:
        text = (given or "").strip()
        if len(text) > _DECOMPOSED * most:  # NFC takes time that grows with the square of the marks in a row
            self.refuse(at, "TOO_LONG", f"This may have at most {most} characters, and has {len(text)}.")
            return None
        text = unicodedata.normalize("NFC", text).strip()
        if any(_is_untaken(it) for it in text if it not in allowed):
            self.refuse(at, "INVALID_CHARACTERS", "This holds a character that cannot be shown.")
            return None
        if len(text) > most:
            self.refuse(at, "TOO_LONG", f"This may have at most {most} characters, and has {len(text)}.")
            return None
        return text or None

    def _of_form(self, text: str | None, form: re.Pattern[str], at: str, message: str) -> str | None:
        if text and not form.fullmatch(text):
            self.refuse(at, "INVALID", message)
        return text


def changes_of(given: dict[str, Any], read: dict[str, Callable[[Any], Any]]) -> dict[str, Any]:
    """What of `given` is to change: each value that was not left out, as its reader reads it."""
    return {
        name: read[name](value) if name in read else value
        for name, value in given.items()
        if value is not strawberry.UNSET
    }


def _is_untaken(character: str) -> bool:
    return unicodedata.category(character) in _UNTAKEN_CATEGORIES or character in _DIRECTION_MARKS
