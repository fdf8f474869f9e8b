"""Hashes passwords with argon2id on threads of their own, and decides which may be chosen."""

from __future__ import annotations

import asyncio
import re
import secrets
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.resources import files
from itertools import pairwise
from os.path import commonprefix
from typing import TYPE_CHECKING, Final, Self, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from datasources.core.errors import ServiceUnavailable
from datasources.users.errors import WeakPassword

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

R = TypeVar("R")

# OWASP ASVS 5.0 asks for at least 8 (6.2.1) and recommends 15, which NIST SP 800-63B-4 asks of a password that is the
# only factor (3.1.1.2). A shop's customers leave where 15 are asked for. 12 keep what is chosen clear of nearly all
# leaked passwords; guessing online is stopped by the lockout, and guessing offline is slowed by argon2id.
SHORTEST: Final = 12
# Longer than the 64 that must be taken (SP 800-63B-4, 3.1.1.2), and short enough that hashing costs the same for all.
LONGEST: Final = 128
# NFKC makes one of a few characters at most (a letter and its marks, the parts of a Hangul syllable), so that what is
# longer than this before is nobody's password. Its time grows with the square of the marks in a row.
LONGEST_GIVEN: Final = 4 * LONGEST

# How many characters around a common password make it a new one.
_ENOUGH_ADDED: Final = 6
# A pattern of this many characters, repeated, is no password.
_SHORT_PATTERN: Final = 4
# Shorter words of an address or a name are parts of too many other words.
_SHORTEST_OWN_WORD: Final = 4

_NO_LETTERS: Final = re.compile(r"[\W\d_]+")
_SEPARATORS: Final = re.compile(r"[\W_]+")

# Each hash takes 64 MiB and a few cores' time: more at once only makes everybody wait, and is memory that is not there.
PARALLEL: Final = 2
MOST_WAITING: Final = 64


class Passwords:
    """Hashes and verifies passwords. One per process: it bounds how many are hashed at a time.

    `with Passwords() as passwords:` ends its threads with the block. The parameters are those of RFC 9106, section 4,
    for constrained memory, unless a hasher with others is given.
    """

    def __init__(self, hasher: PasswordHasher | None = None, *, common: Iterable[str] | None = None) -> None:
        """Hash with this hasher; `common` are the passwords that may not be chosen, in lower case."""
        self._hasher = hasher or PasswordHasher()
        self._common = frozenset(_read_common_passwords() if common is None else common)
        self._threads = ThreadPoolExecutor(PARALLEL, thread_name_prefix="passwords")
        self._waiting = 0
        self._dummy: str | None = None

    def __enter__(self) -> Self:
        """Use within a block."""
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """End the threads; a hash that is being made is finished first, and nobody gets it."""
        self.close()

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    async def hash(self, password: str) -> str:
        """The argon2id hash of a password that passed `check_strength`, with its salt and parameters in it.

        Raises:
            WeakPassword: it is longer than any that passed.
            ServiceUnavailable: too many passwords wait to be hashed.
        """
        normalised = _normalised(password)
        if normalised is None:
            raise _too_long()
        return await self._run(partial(self._hasher.hash, normalised))

    async def verify(self, password: str, password_hash: str | None) -> bool:
        """Whether the password is the one that was hashed.

        Without a hash, or with a password that is longer than any account's, the answer is no, after the time that a
        hash takes: who measures learns nothing of whether there is an account, or a password on it.

        Raises:
            ServiceUnavailable: too many passwords wait to be hashed.
        """
        normalised = _normalised(password)
        if normalised is None:
            return await self._run(partial(self._verify, b"", None))
        return await self._run(partial(self._verify, normalised, password_hash))

    def needs_rehash(self, password_hash: str) -> bool:
        """Whether a hash was made with other parameters than are used now."""
        return self._hasher.check_needs_rehash(password_hash)

    def check_strength(self, password: str, *, own: Iterable[str | None] = ()) -> None:
        """Refuse a new password of the wrong length, or that is guessed first; no other rule of what it is made of.

        `own` are the user's e-mail address and names. Lengths count characters after normalisation (NFKC).

        Raises:
            WeakPassword: it is refused.
        """
        if len(password) > LONGEST_GIVEN:
            raise _too_long()
        chosen = unicodedata.normalize("NFKC", password)
        if len(chosen) < SHORTEST:
            raise WeakPassword("too_short", f"Use at least {SHORTEST} characters, such as a few words.")
        if len(chosen) > LONGEST:
            raise _too_long()
        folded = chosen.casefold()
        if _is_made_of(folded, own):
            raise WeakPassword("personal", "Do not use your name or e-mail address as your password.")
        if self._is_common(folded):
            raise WeakPassword(
                "common", "This password is one of the first that are guessed. Use another one."
            )

    def _is_common(self, folded: str) -> bool:
        core = folded.strip("0123456789 !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
        joined = _SEPARATORS.sub("", folded)
        if folded in self._common or (core in self._common and _is_little_more_than(core, folded)):
            return True
        return _is_sequence(folded) or any(
            _is_repetition(text, len(folded), self._common) for text in {folded, joined}
        )

    def _verify(self, password: bytes, password_hash: str | None) -> bool:
        dummy = self._dummy_hash()
        try:
            # Without a hash the dummy is verified: the same work, and never a match.
            self._hasher.verify(dummy if password_hash is None else password_hash, password)
        except (VerifyMismatchError, InvalidHashError):
            return False
        return password_hash is not None

    def _dummy_hash(self) -> str:
        """The hash of a password that nobody knows, with everybody's parameters; made with the first verification."""
        if self._dummy is None:
            self._dummy = self._hasher.hash(secrets.token_bytes(32))
        return self._dummy

    async def _run(self, work: Callable[[], R]) -> R:
        if self._waiting >= MOST_WAITING:
            raise ServiceUnavailable("users")
        self._waiting += 1
        future = asyncio.get_running_loop().run_in_executor(self._threads, work)
        # Counted until the thread is free, also when whoever asked has stopped waiting.
        future.add_done_callback(self._finish)
        return await future

    def _finish(self, _future: asyncio.Future[R]) -> None:
        self._waiting -= 1


def _too_long() -> WeakPassword:
    return WeakPassword("too_long", f"Use at most {LONGEST} characters.")


def _normalised(password: str) -> bytes | None:
    """The same bytes for the same characters, however a keyboard composes them (SP 800-63B-4, 3.1.1.2).

    None for a text that is too long to be anybody's password.
    """
    if len(password) > LONGEST_GIVEN:
        return None
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


def _is_made_of(password: str, texts: Iterable[str | None]) -> bool:
    """Whether hardly anything of a password is left without the words of somebody's names and e-mail address."""
    words = {word for text in texts for word in _words_of(text)}
    rest = password
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, "")
    return rest != password and len(rest) < _ENOUGH_ADDED


def _words_of(text: str | None) -> list[str]:
    folded = unicodedata.normalize("NFKC", text or "").casefold()
    parts = (folded, *_NO_LETTERS.split(folded))
    return [part for part in parts if len(part) >= _SHORTEST_OWN_WORD]


def _is_little_more_than(word: str, password: str) -> bool:
    """Whether a password is the word with hardly anything around it."""
    return word in password and len(password) - len(word) < _ENOUGH_ADDED


def _is_sequence(text: str) -> bool:
    """Whether each character follows the one before it, up or down: abcdefghijkl, and on keys 123456789012."""
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    if text.isascii() and text.isdigit():
        steps = {1 if step in {1, -9} else -1 if step in {-1, 9} else step for step in steps}
    return steps in ({1}, {-1})


def _is_repetition(text: str, length: int, common: frozenset[str]) -> bool:
    """Whether a password of this length is hardly more than what it repeats: a short pattern, or a common password.

    Such as aaaaaaaaaaaa, baaaaaaaaaaa, dragondragon and passwordpassword1. `text` may be the password without its
    separators: password password.
    """
    return _repeats(text, length, common) or _repeats(text[::-1], length, frozenset())


def _repeats(text: str, whole: int, common: frozenset[str]) -> bool:
    """Whether hardly anything of the whole is left beside a pattern that the text begins with, at least twice."""
    for length in range(1, len(text) // 2 + 1):
        pattern = text[:length]
        if length > _SHORT_PATTERN and pattern not in common:
            continue
        repeated = pattern * (len(text) // length + 1)
        alike = len(commonprefix((text, repeated)))  # noqa: RUF071  # texts, and no paths
        if alike >= 2 * length and whole - alike < _ENOUGH_ADDED:
            return True
    return False


def _read_common_passwords() -> list[str]:
    """The bundled list, whose origin is in common_passwords.license.txt."""
    return files("datasources.users").joinpath("common_passwords.txt").read_text("utf-8").splitlines()
