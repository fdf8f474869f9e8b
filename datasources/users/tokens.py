"""Refresh tokens, which name the session that they belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_CHARACTERS: Final = 512


def make_refresh_token(family_id: UUID, new_token: Callable[[], str]) -> str:
    """A new refresh token of a session's family.

    The family stands in it so that each token that the session ever had is known for one of its own: the database
    keeps the newest hash alone, and whatever else comes with the family's id was used before. The id is random, and
    nobody has it but who holds a token; it can end the session and do nothing else.
    """
    return f"{family_id.hex}.{new_token()}"


def family_of(refresh_token: str) -> UUID | None:
    """The family that a refresh token belongs to; None for a text that is no refresh token."""
    family, dot, secret = refresh_token.partition(".")
    if not dot or not secret or len(refresh_token) > _MOST_CHARACTERS:
        return None
    try:
        return UUID(hex=family)
    except ValueError:
        return None
