"""Signing in: who gets in, who has to wait, and what of it shows."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from argon2 import PasswordHasher
from redis.asyncio import Redis

from datasources.core.errors import ServiceUnavailable
from datasources.core.keyvalues import KeyValueStore
from datasources.core.tokens import hash_of
from datasources.users.attempts import (
    ACCOUNT_FAILURES,
    CLIENT_FAILURES,
    FIRST_WAIT,
    LONGEST_WAIT,
    Attempts,
    network_of,
)
from datasources.users.commands.locks import deactivate_user, lock_user, unlock_user
from datasources.users.commands.sign_ins import sign_in
from datasources.users.counters import NETWORK_MEMORY
from datasources.users.emails import hash_of_email
from datasources.users.errors import (
    AccountDeactivated,
    AccountLocked,
    InvalidCredentials,
    TooManyAttempts,
)
from datasources.users.loaders import UserLoaders
from datasources.users.origins import Origin
from datasources.users.passwords import Passwords
from datasources.users.tables import user_sessions, users
from tests.accounts.acting import NOW, OTHER_PASSWORD, PASSWORD, new_client, new_email

if TYPE_CHECKING:
    from datetime import datetime

    from tests.accounts.acting import Acting


async def test_a_sign_in_starts_a_session_and_is_written_down(acting: Acting) -> None:
    person = await acting.person()
    origin = Origin(ip_address="10.1.2.3", user_agent="A browser", device="Ada's phone")
    signed_in = await acting.sign_in(person.email.upper(), origin=origin)
    session = signed_in.session
    assert (session.user_id, session.ip_address, session.user_agent, session.device) == (
        person.id,
        "10.1.2.3",
        "A browser",
        "Ada's phone",
    )
    row = await acting.row(user_sessions, person.id)
    assert row.refresh_token_hash == hash_of(signed_in.refresh_token)
    assert signed_in.refresh_token not in repr(signed_in)
    assert signed_in.account.last_login_at == NOW
    line = (await acting.audit(person.id))[-1]
    assert (line.action, line.user_id, str(line.ip_address)) == ("signed_in", person.id, "10.1.2.3")
    assert (await acting.events(person.id))[-1].event_type == "UserSignedIn"


@pytest.mark.parametrize("email", ["nobody@example.com", "no address", "\ud800", "a\0@example.com", ""])
async def test_who_is_not_known_is_refused_like_a_wrong_password(acting: Acting, email: str) -> None:
    with pytest.raises(InvalidCredentials):
        await acting.sign_in(email, now=NOW)
    await acting.attempts.forget(hash_of_email(email))


@pytest.mark.parametrize("known", [True, False])
async def test_after_too_many_failures_known_and_unknown_wait_alike(acting: Acting, known: bool) -> None:
    email = (await acting.person()).email if known else new_email()
    now, waits = NOW, []
    for failure in range(ACCOUNT_FAILURES + 7):
        with pytest.raises(InvalidCredentials):
            await acting.sign_in(email, OTHER_PASSWORD, now=now)
        if failure + 1 < ACCOUNT_FAILURES:
            continue
        with pytest.raises(TooManyAttempts) as refused:
            await acting.sign_in(email, PASSWORD, now=now)
        waits.append(refused.value.retry_at - now)
        now = refused.value.retry_at
    assert waits[:4] == [FIRST_WAIT, 2 * FIRST_WAIT, 4 * FIRST_WAIT, 8 * FIRST_WAIT]
    assert waits[-1] == waits[-2] == LONGEST_WAIT
    if known:
        assert (await acting.sign_in(email, now=now)).account.email == email


async def test_failures_show_on_the_user_and_go_with_a_sign_in(acting: Acting) -> None:
    person = await acting.person()
    for _ in range(ACCOUNT_FAILURES):
        with pytest.raises(InvalidCredentials):
            await acting.sign_in(person.email, OTHER_PASSWORD)
    lockout = await UserLoaders(acting.database).lockout_by_user.load(person.id)
    assert lockout is not None
    assert (lockout.failed_login_attempts, lockout.lockout_end) == (ACCOUNT_FAILURES, NOW + FIRST_WAIT)
    await acting.sign_in(person.email, now=NOW + FIRST_WAIT)
    lockout = await UserLoaders(acting.database).lockout_by_user.load(person.id)
    assert lockout is not None
    assert (lockout.failed_login_attempts, lockout.lockout_end) == (0, None)
    with pytest.raises(InvalidCredentials):
        await acting.sign_in(person.email, OTHER_PASSWORD, now=NOW + FIRST_WAIT)


async def test_of_many_guesses_at_once_only_the_free_ones_are_verified(acting: Acting) -> None:
    person = await acting.person()
    guesses = await asyncio.gather(
        *(acting.sign_in(person.email, OTHER_PASSWORD) for _ in range(25)), return_exceptions=True
    )
    kinds = [type(guess) for guess in guesses]
    assert kinds.count(InvalidCredentials) == ACCOUNT_FAILURES
    assert kinds.count(TooManyAttempts) == 25 - ACCOUNT_FAILURES


async def test_a_client_that_tries_many_accounts_waits_and_they_do_not(acting: Acting) -> None:
    client, victim, own = new_client(), await acting.person(), await acting.person()
    for number in range(CLIENT_FAILURES - 1):
        with pytest.raises(InvalidCredentials):
            await acting.sign_in(new_email(), origin=client)
        if number % 5 == 0:  # an account of one's own does not clear the count
            await acting.sign_in(own.email, origin=client)
    with pytest.raises(InvalidCredentials):
        await acting.sign_in(new_email(), origin=client)
    for _ in range(ACCOUNT_FAILURES):
        with pytest.raises(TooManyAttempts):
            await acting.sign_in(victim.email, OTHER_PASSWORD, origin=client)
    assert (await acting.sign_in(victim.email)).account.id == victim.id


@pytest.mark.parametrize("again", ["192.0.2.77", "2001:db8:7:7::2"])
async def test_an_attacker_never_keeps_the_owner_out_of_a_network_that_was_theirs(
    acting: Acting, again: str
) -> None:
    person = await acting.person()
    first = "2001:db8:7:7:1::1" if ":" in again else again
    await acting.sign_in(person.email, origin=Origin(ip_address=first))
    now = NOW
    for _ in range(ACCOUNT_FAILURES + 3):
        with pytest.raises(InvalidCredentials):
            await acting.sign_in(person.email, OTHER_PASSWORD, now=now)
        now += LONGEST_WAIT
    now -= LONGEST_WAIT
    with pytest.raises(TooManyAttempts):
        await acting.sign_in(person.email, now=now)
    at_home = Origin(ip_address=again)
    assert (await acting.sign_in(person.email, origin=at_home, now=now)).account.id == person.id
    with pytest.raises(TooManyAttempts):  # and elsewhere the attacker goes on waiting
        await acting.sign_in(person.email, OTHER_PASSWORD, now=now)


async def test_a_known_network_has_its_own_count_until_it_is_long_ago(acting: Acting) -> None:
    person, home = await acting.person(), new_client()
    await acting.sign_in(person.email, origin=home)
    for _ in range(ACCOUNT_FAILURES):
        with pytest.raises(InvalidCredentials):
            await acting.sign_in(person.email, OTHER_PASSWORD, origin=home)
    with pytest.raises(TooManyAttempts):
        await acting.sign_in(person.email, origin=home)
    assert (await acting.sign_in(person.email)).account.id == person.id
    await unlock_user(acting.database, user_id=person.id, attempts=acting.attempts, origin=Origin(), now=NOW)
    await acting.sign_in(person.email, origin=home)
    later = NOW + NETWORK_MEMORY + timedelta(days=1)
    for _ in range(ACCOUNT_FAILURES):
        with pytest.raises(InvalidCredentials):
            await acting.sign_in(person.email, OTHER_PASSWORD, now=later)
    with pytest.raises(TooManyAttempts):
        await acting.sign_in(person.email, origin=home, now=later)


async def test_a_clients_count_ends_an_hour_after_its_first_failure(acting: Acting) -> None:
    client = new_client()
    assert client.ip_address is not None
    key = f"attempts:{{passwords}}:client:{client.ip_address}"
    store = acting.attempts._store
    await acting.attempts.begin(new_email(), client.ip_address, now=NOW)
    await store.run(lambda pipeline: pipeline.pexpire(key, 5_000))
    await acting.attempts.begin(new_email(), client.ip_address, now=NOW)
    (remaining,) = await store.run(lambda pipeline: pipeline.pttl(key))
    assert 0 < remaining <= 5_000


async def test_a_right_password_for_a_closed_account_is_written_down(acting: Acting) -> None:
    person = await acting.person()
    await lock_user(acting.database, user_id=person.id, origin=Origin(), now=NOW)
    with pytest.raises(AccountLocked):
        await acting.sign_in(person.email)
    line = (await acting.audit(person.id))[-1]
    assert (line.action, line.user_id, line.new_values) == ("sign_in_refused", None, {"reason": "locked"})


async def test_staff_end_a_wait(acting: Acting) -> None:
    person = await acting.person()
    for _ in range(ACCOUNT_FAILURES):
        with pytest.raises(InvalidCredentials):
            await acting.sign_in(person.email, OTHER_PASSWORD)
    await unlock_user(acting.database, user_id=person.id, attempts=acting.attempts, origin=Origin(), now=NOW)
    assert (await acting.sign_in(person.email)).account.id == person.id


async def test_what_is_wrong_with_an_account_is_said_to_who_knows_its_password(acting: Acting) -> None:
    locked, gone = await acting.person(), await acting.person()
    await lock_user(acting.database, user_id=locked.id, origin=Origin(), now=NOW)
    await deactivate_user(acting.database, user_id=gone.id, origin=Origin(), now=NOW)
    for person, error in ((locked, AccountLocked), (gone, AccountDeactivated)):
        with pytest.raises(error):
            await acting.sign_in(person.email)
        with pytest.raises(InvalidCredentials):
            await acting.sign_in(person.email, OTHER_PASSWORD)


async def test_a_hash_with_old_parameters_is_made_anew(acting: Acting) -> None:
    person = await acting.person()
    before = (await acting.row(users, person.id)).password_hash
    await acting.sign_in(person.email)
    assert (await acting.row(users, person.id)).password_hash == before
    with Passwords(PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)) as stronger:
        await sign_in(
            acting.database,
            email=person.email,
            password=PASSWORD,
            passwords=stronger,
            attempts=acting.attempts,
            origin=new_client(),
            now=NOW,
        )
        after = (await acting.row(users, person.id)).password_hash
        assert not stronger.needs_rehash(after)
    assert after != before
    assert (await acting.sign_in(person.email)).account.id == person.id


async def test_without_counters_nobody_signs_in(acting: Acting) -> None:
    person = await acting.person()
    nowhere = Redis(unix_socket_path="/nonexistent/redis.sock")
    with pytest.raises(ServiceUnavailable) as refused:
        await sign_in(
            acting.database,
            email=person.email,
            password=PASSWORD,
            passwords=acting.passwords,
            attempts=Attempts(KeyValueStore("users", nowhere)),
            origin=new_client(),
            now=NOW,
        )
    assert refused.value.service == "users"
    await nowhere.aclose()


async def test_a_failure_that_was_nobodys_fault_is_given_back(acting: Acting) -> None:
    account, client = hash_of_email(new_email()), new_client().ip_address
    for _ in range(3 * CLIENT_FAILURES):
        attempt = await acting.attempts.begin(account, client, now=NOW)
        await acting.attempts.give_back(attempt)
    assert (await acting.attempts.begin(account, client, now=NOW)).failures == 1


async def test_a_failed_sign_in_is_written_down_without_what_was_typed(acting: Acting) -> None:
    person = await acting.person()
    with pytest.raises(InvalidCredentials):
        await acting.sign_in(person.email, OTHER_PASSWORD)
    line = (await acting.audit(person.id))[-1]
    assert (line.action, line.user_id) == ("sign_in_failed", None)
    assert OTHER_PASSWORD not in repr(line)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        (None, None),
        ("not an address", None),
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
    ],
)
def test_a_client_is_its_network(address: str | None, network: str | None) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize("later", [timedelta(0), FIRST_WAIT - timedelta(seconds=1)])
async def test_a_wait_is_told_with_its_end(acting: Acting, later: timedelta) -> None:
    account = hash_of_email(new_email())

    async def begin(now: datetime) -> None:
        await acting.attempts.begin(account, None, now=now)

    for _ in range(ACCOUNT_FAILURES):
        await begin(NOW)
    with pytest.raises(TooManyAttempts) as refused:
        await begin(NOW + later)
    assert refused.value.retry_at == NOW + FIRST_WAIT
    await begin(NOW + FIRST_WAIT)
