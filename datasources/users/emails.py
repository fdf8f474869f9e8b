"""E-mail addresses as accounts keep them, and the hash under which Redis counts them."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Final

from datasources.users.errors import InvalidEmail

# The column's length (000). RFC 5321, section 4.5.3.1.3 allows no more than 254 in a path.
LONGEST: Final = 254

# The column's check (000: email_format), without the forms that no mail server takes: dots at an end or in a row,
# hyphens at a label's end. ASCII alone, where upper and lower case are each other's wherever they are compared.
_EMAIL: Final = re.compile(
    r"[a-z0-9_%+-]+(\.[a-z0-9_%+-]+)*@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}", re.ASCII
)
_LONGEST_LOCAL_PART: Final = 64


def normalise_email(text: str) -> str:
    """An e-mail address as accounts keep it: in lower case, without spaces around it.

    Mail servers could tell local parts apart by case (RFC 5321, section 2.4); none that people use does, and two
    accounts of one mailbox would be worse.

    Raises:
        InvalidEmail: it is no address, or one of a form that is not taken.
    """
    email = text.strip().lower()
    if (
        len(email) > LONGEST
        or len(email.partition("@")[0]) > _LONGEST_LOCAL_PART
        or not _EMAIL.fullmatch(email)
    ):
        raise InvalidEmail(text)
    return email


def email_or_none(text: str) -> str | None:
    """An e-mail address as accounts keep it; None for a text that no account can have."""
    try:
        return normalise_email(text)
    except InvalidEmail:
        return None


def hash_of_email(text: str) -> str:
    """Under which name attempts with an address are counted, whether or not it is one: SHA-256 in hexadecimal."""
    return sha256(text.strip().lower().encode("utf-8", "surrogatepass")).hexdigest()
