"""Which passwords may be chosen, and how they are hashed."""

from __future__ import annotations

import asyncio
import time

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY

from datasources.core.errors import ServiceUnavailable
from datasources.users import passwords as policy
from datasources.users.errors import WeakPassword
from datasources.users.passwords import LONGEST, MOST_WAITING, SHORTEST, Passwords

OWN = ("clara.castillo@example.com", "Clara", "Castillo", None)


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", "too_short"),
        ("tr0ub4dor&3", "too_short"),
        ("é" * (SHORTEST - 1), "too_short"),
        ("e\u0301xactly ele", "too_short"),  # twelve code points, which NFKC makes eleven
        ("x7!q" * 32 + "y", "too_long"),
        ("\ufdfa" * 20, "too_long"),  # one character that NFKC makes eighteen
        ("123456789qwe", "common"),
        ("QWERTY123456", "common"),
        ("Password1234!", "common"),
        ("dragondragon", "common"),
        ("dragondragondr", "common"),
        ("aaaaaaaaaaaa", "common"),
        ("abcabcabcabc", "common"),
        ("aaaaaaaaaaab", "common"),
        ("baaaaaaaaaaa", "common"),
        ("passwordpassword1", "common"),
        ("password password", "common"),
        ("123456789012", "common"),
        ("210987654321", "common"),
        ("maple trees maple trees", None),
        ("a" + "\u0301\u0316" * 30_000, "too_long"),
        ("abcdefghijklm", "common"),
        ("987654321098"[:9] + "zzz", None),
        ("zyxwvutsrqpo", "common"),
        ("ClaraCastillo1", "personal"),
        ("clara.castillo", "personal"),
        ("Clara.Castillo@Example.com", "personal"),
        ("castillo-2026", "personal"),
        ("demo-password", None),
        ("correct horse battery staple", None),
        ("claramente no adivinable", None),
        ("пароль для магазина", None),
        ("x" * 3 + "7!q" + "y" * (LONGEST - 6), None),
    ],
)
def test_a_password_is_refused_for_its_length_or_where_it_is_guessed_first(
    passwords: Passwords, password: str, reason: str | None
) -> None:
    if reason is None:
        passwords.check_strength(password, own=OWN)
        return
    with pytest.raises(WeakPassword) as refused:
        passwords.check_strength(password, own=OWN)
    assert refused.value.reason == reason
    assert password not in str(refused.value) or not password


async def test_the_same_characters_are_the_same_password(passwords: Passwords) -> None:
    hashed = await passwords.hash("Ünïcödé pass")
    assert await passwords.verify("U\u0308nïcödé pass", hashed)
    assert not await passwords.verify("Unïcödé pass", hashed)


async def test_without_a_hash_nothing_matches(passwords: Passwords) -> None:
    assert not await passwords.verify("anything at all", None)
    assert not await passwords.verify("!", "!")


async def test_a_password_of_any_length_takes_no_longer(passwords: Passwords) -> None:
    marks = "a" + "\u0301\u0316" * 30_000  # NFKC would take seconds
    hashed = await passwords.hash("Ünïcödé pass")
    started = time.perf_counter()
    assert not await passwords.verify(marks, hashed)
    with pytest.raises(WeakPassword):
        await passwords.hash(marks)
    assert time.perf_counter() - started < 0.5


async def test_production_hashes_as_rfc_9106_says() -> None:
    with Passwords(common=()) as production:
        hashed = await production.hash("correct horse battery staple")
        assert hashed.startswith("$argon2id$")
        assert extract_parameters(hashed) == RFC_9106_LOW_MEMORY
        assert not production.needs_rehash(hashed)


async def test_no_more_wait_than_can_be_served_soon() -> None:
    with Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1), common=()) as busy:
        answers = await asyncio.gather(
            *(busy.hash("correct horse battery staple") for _ in range(MOST_WAITING + 5)),
            return_exceptions=True,
        )
        refused = [answer for answer in answers if isinstance(answer, BaseException)]
        assert [type(answer) for answer in refused] == [ServiceUnavailable] * 5
        assert await busy.hash("correct horse battery staple")


def test_the_list_of_common_passwords_is_the_bundled_one() -> None:
    common = policy._read_common_passwords()
    assert len(common) >= 10_000
    assert {"123456", "password", "qwerty123456"} <= set(common)
    assert all(word == word.casefold().strip() for word in common)
