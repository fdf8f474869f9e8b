"""Tokens of outside identity providers: whose count, for whom, and what happens when keys change."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from datasources.core.databases import Database
from datasources.users.commands.locks import lock_user
from datasources.users.origins import SYSTEM, Origin
from datasources.users.queries import find_by_email
from gateway.app import create_app
from gateway.auth.accounts import Accounts
from gateway.auth.errors import IssuerUnavailable, Unauthenticated, Unavailable
from gateway.auth.issuer_keys import FRESH_SECONDS, MOST_SECONDS, RETRY_SECONDS, IssuerKeys, parse_keys
from gateway.auth.issuers import OutsideIssuers
from gateway.issuer_settings import OutsideIssuer, parse_issuers
from resolvers.permissions import Role
from tests.client import GraphQLClient
from tests.http.forgeries import signed_by_public_key
from tests.identity_provider import AUDIENCE, public_jwk, run_identity_provider
from tests.services.shops import NOWHERE_SQL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from datasources.core.connections import Connections
    from gateway.issuer_settings import TokenType
    from gateway.settings import Settings
    from tests.identity_provider import IdentityProvider

ME = "{ me { email firstName roles } }"


def ago(seconds: float) -> datetime:
    """A moment in the past."""
    return datetime.now(UTC) - timedelta(seconds=seconds)


@pytest.fixture
async def provider() -> AsyncIterator[IdentityProvider]:
    """An issuer."""
    async with run_identity_provider() as running:
        yield running


@pytest.fixture
async def client(
    settings: Settings, connections: Connections, provider: IdentityProvider
) -> AsyncIterator[GraphQLClient]:
    """A client of a gateway that accepts this issuer."""
    app = create_app(replace(settings, oidc_issuers=(accepted(provider),)))
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(app.router.lifespan_context(app))
        http = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://gateway.test")
        yield GraphQLClient(http=await stack.enter_async_context(http), tokens={})


def accepted(provider: IdentityProvider, token_type: TokenType = "at+jwt") -> OutsideIssuer:  # noqa: S107  # a mark, no secret
    """The setting that accepts the issuer."""
    return OutsideIssuer(
        issuer=provider.url,
        audiences=(AUDIENCE,),
        token_type=token_type,
        roles_claim="realm_access.roles",
        roles={"shop-manager": Role.MANAGER},
    )


async def test_a_user_gets_an_account_on_first_sight(
    client: GraphQLClient, connections: Connections, provider: IdentityProvider
) -> None:
    subject = secrets.token_hex(8)
    assert await find_by_email(connections.users, f"{subject}@id.example.com") is None
    issued = ago(1)
    answers = await asyncio.gather(
        *(client.ask(ME, token=provider.token(subject, jti=str(number), iat=issued)) for number in range(5))
    )
    expected = {"email": f"{subject}@id.example.com", "firstName": "Clara", "roles": ["CUSTOMER"]}
    assert [answer.data for answer in answers] == [{"me": expected}] * 5
    again = await client.ask("{ me { email } }", token=provider.token(subject, iat=issued))
    assert again.calls == {"users": 1}
    assert provider.reads == 1


async def test_only_mapped_roles_count_and_only_as_the_newest_token_says(
    client: GraphQLClient, provider: IdentityProvider
) -> None:
    subject, staff_list = secrets.token_hex(8), "{ users(first: 1) { nodes { email } } }"

    def named(*roles: str, age: float) -> str:
        return provider.token(subject, realm_access={"roles": list(roles)}, iat=ago(age))

    unmapped = await client.ask(staff_list, token=named("Admin", "shop-admin", age=4))
    assert unmapped.codes() == {"FORBIDDEN"}
    mapped = named("shop-manager", age=3)
    assert (await client.ask(staff_list, token=mapped)).errors == []
    taken_back = await client.ask(staff_list, token=named(age=1))
    assert taken_back.codes() == {"FORBIDDEN"}
    for older in (mapped, named("shop-manager", age=2)):
        assert (await client.ask(staff_list, token=older)).codes() == {"FORBIDDEN"}


async def test_without_a_verified_address_there_is_no_account(
    client: GraphQLClient, provider: IdentityProvider
) -> None:
    for changes in ({"email_verified": False}, {"email_verified": None}, {"email": None}):
        answer = await client.ask(ME, token=provider.token(secrets.token_hex(8), **changes))
        assert (answer.status, answer.codes()) == (401, {"IDENTITY_REFUSED"})


async def test_a_proved_address_leads_to_its_own_account(
    client: GraphQLClient, connections: Connections, provider: IdentityProvider
) -> None:
    answer = await client.ask(
        "{ me { email } }", token=provider.token(secrets.token_hex(8), email="customer@example.com")
    )
    assert answer.data == {"me": {"email": "customer@example.com"}}


async def test_no_issuer_opens_the_account_of_staff(
    client: GraphQLClient, provider: IdentityProvider
) -> None:
    answer = await client.ask(ME, token=provider.token(secrets.token_hex(8), email="manager@example.com"))
    assert (answer.status, answer.codes()) == (401, {"IDENTITY_REFUSED"})


async def test_who_was_refused_is_not_let_in_by_an_outage(
    connections: Connections, provider: IdentityProvider
) -> None:
    accounts, issuers = Accounts(), OutsideIssuers([accepted(provider)])
    try:
        token, now = provider.token(secrets.token_hex(8)), datetime.now(UTC)
        claims = await issuers.read(token, now=now.timestamp())
    finally:
        await issuers.close()
    down = replace(connections, users=Database("users", NOWHERE_SQL))
    known = await accounts.of_outside(claims, connections, origin=Origin())
    assert known.account is not None
    unconfirmed = await accounts.of_outside(claims, down, origin=Origin())
    assert (unconfirmed.viewer, unconfirmed.is_confirmed) == (known.viewer, False)
    accounts._ask_after = 0.0
    await lock_user(connections.users, user_id=known.account.id, origin=SYSTEM, now=now)
    with pytest.raises(Unauthenticated):
        await accounts.of_outside(claims, connections, origin=Origin())
    with pytest.raises(Unavailable):
        await accounts.of_outside(claims, down, origin=Origin())


def signed_by_issuers_public_key(provider: IdentityProvider) -> str:
    """A token whose HMAC key is what the issuer publishes."""
    public = provider.keys["first"].public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return signed_by_public_key(provider.token(), pem, kid="first", typ="JWT")


BAD_TOKENS: dict[str, tuple[Callable[[IdentityProvider], str], str]] = {
    "expired": (lambda it: it.token(exp=ago(31)), "TOKEN_EXPIRED"),
    "not yet valid": (lambda it: it.token(nbf=ago(-60)), "TOKEN_INVALID"),
    "issued in the future": (lambda it: it.token(iat=ago(-60)), "TOKEN_INVALID"),
    "another audience": (lambda it: it.token(aud="another"), "TOKEN_INVALID"),
    "no audience": (lambda it: it.token(aud=None), "TOKEN_INVALID"),
    "no subject": (lambda it: it.token(sub=None), "TOKEN_INVALID"),
    "an empty subject": (lambda it: it.token(sub=""), "TOKEN_INVALID"),
    "a subject that cannot be stored": (lambda it: it.token(sub="a\x00b"), "TOKEN_INVALID"),
    "no time of issue": (lambda it: it.token(iat=None), "TOKEN_INVALID"),
    "no expiry": (lambda it: it.token(exp=None), "TOKEN_INVALID"),
    "another issuer": (lambda it: it.token(iss="https://evil.example"), "TOKEN_INVALID"),
    "the gateway's own issuer": (lambda it: it.token(iss="ecommerce-graphql-gateway"), "TOKEN_INVALID"),
    "an unknown key": (lambda it: it.token(header={"kid": "unknown"}), "TOKEN_INVALID"),
    "another algorithm": (lambda it: it.token(algorithm="RS512"), "TOKEN_INVALID"),
    "the public key as the key": (signed_by_issuers_public_key, "TOKEN_INVALID"),
    "another type of token": (lambda it: it.token(header={"typ": "logout+jwt"}), "TOKEN_INVALID"),
    "Keycloak's ID token": (lambda it: it.token(typ="ID"), "TOKEN_INVALID"),
    "an ID token": (lambda it: it.token(nonce="n-0S6_WzA2Mj"), "TOKEN_INVALID"),
    "an ID token without a mark": (lambda it: it.token(header={"typ": "JWT"}, azp="shop"), "TOKEN_INVALID"),
    "half a character as its subject": (
        lambda it: it.token("\ud800", email="a@id.example.com"),
        "TOKEN_INVALID",
    ),
    "a token bound to a key": (lambda it: it.token(cnf={"jkt": "x"}), "TOKEN_INVALID"),
    "tampered": (lambda it: it.token()[:-6] + "AAAAAA", "TOKEN_INVALID"),
}


@pytest.mark.parametrize("name", BAD_TOKENS)
async def test_a_token_that_proves_nothing_is_refused(
    client: GraphQLClient, provider: IdentityProvider, name: str
) -> None:
    make, code = BAD_TOKENS[name]
    answer = await client.ask(ME, token=make(provider))
    assert (answer.status, answer.codes()) == (401, {code})


PLAIN = {"typ": "JWT"}
MARKS: dict[str, tuple[TokenType, dict[str, Any], dict[str, Any], bool]] = {
    "RFC 9068": ("at+jwt", {"typ": "at+jwt"}, {}, True),
    "RFC 9068 in full": ("at+jwt", {"typ": "application/at+jwt"}, {}, True),
    "RFC 9068 is wanted": ("at+jwt", PLAIN, {"typ": "Bearer", "scope": "openid"}, False),
    "Keycloak's access token": ("keycloak", PLAIN, {"typ": "Bearer"}, True),
    "Keycloak's ID token": ("keycloak", PLAIN, {"typ": "ID", "scope": "openid"}, False),
    "Keycloak's mark is wanted": ("keycloak", {"typ": "at+jwt"}, {"scope": "openid"}, False),
    "a scope": ("scoped", PLAIN, {"scope": "openid email"}, True),
    "scopes": ("scoped", {"typ": None}, {"scp": ["openid"]}, True),
    "a scope is wanted": ("scoped", PLAIN, {"azp": "shop", "scope": ""}, False),
    "an ID token with a scope": ("scoped", PLAIN, {"scope": "openid", "nonce": "n-0S6_WzA2Mj"}, False),
}


@pytest.mark.parametrize("mark", MARKS)
async def test_a_token_says_that_it_is_an_access_token(provider: IdentityProvider, mark: str) -> None:
    kind, header, claims, counts = MARKS[mark]
    issuers = OutsideIssuers([accepted(provider, kind)])
    try:
        reading = issuers.read(provider.token(header=header, **claims), now=datetime.now(UTC).timestamp())
        if counts:
            assert (await reading).subject == "clara"
        else:
            with pytest.raises(Unauthenticated):
                await reading
    finally:
        await issuers.close()


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (rsa.generate_private_key(65537, 2048), "PS256"),
        (ec.generate_private_key(ec.SECP256R1()), "ES256"),
        (ed25519.Ed25519PrivateKey.generate(), "EdDSA"),
    ],
)
async def test_keys_of_every_allowed_kind_count(
    client: GraphQLClient, provider: IdentityProvider, key: Any, algorithm: str
) -> None:
    provider.rotate("other", key)
    subject = secrets.token_hex(8)
    answer = await client.ask(
        "{ me { email } }", token=provider.token(subject, kid="other", algorithm=algorithm)
    )
    assert answer.data == {"me": {"email": f"{subject}@id.example.com"}}


async def test_an_issuer_that_is_down_is_said_to_be(
    client: GraphQLClient, provider: IdentityProvider
) -> None:
    provider.is_down = True
    answer = await client.ask(ME, token=provider.token())
    assert (answer.status, answer.codes()) == (503, {"IDENTITY_PROVIDER_UNAVAILABLE"})
    assert (await client.ask(ME)).errors == []


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        """Begin anywhere."""
        self.now = 1_000.0

    def __call__(self) -> float:
        """The time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still until it is set."""
    return Clock()


@pytest.fixture
async def keys(provider: IdentityProvider, clock: Clock) -> AsyncIterator[IssuerKeys]:
    """The issuer's keys, by a clock that the test sets."""
    async with httpx.AsyncClient() as http:
        found = IssuerKeys(provider.url, http, clock=clock)
        yield found
        await found.close()


async def test_keys_are_fetched_once_for_all_who_wait(keys: IssuerKeys, provider: IdentityProvider) -> None:
    found = await asyncio.gather(*(keys.find("first") for _ in range(20)))
    assert all(key is not None for key in found)
    assert provider.reads == 1


async def test_whoever_stops_waiting_leaves_the_fetch_to_the_others(keys: IssuerKeys) -> None:
    gone, stays = asyncio.create_task(keys.find("first")), asyncio.create_task(keys.find("first"))
    await asyncio.sleep(0)
    gone.cancel()
    assert await stays is not None


async def test_an_unknown_key_is_asked_for_but_not_at_every_token(
    keys: IssuerKeys, provider: IdentityProvider, clock: Clock
) -> None:
    await keys.find("first")
    for _ in range(10):
        assert await keys.find("unknown") is None
    assert provider.reads == 1  # just fetched
    clock.now += RETRY_SECONDS
    provider.rotate("second", ec.generate_private_key(ec.SECP256R1()))
    assert await keys.find("second") is not None
    assert await keys.find("first") is None
    assert provider.reads == 2


async def test_a_key_that_is_taken_back_stops_counting(
    provider: IdentityProvider, keys: IssuerKeys, clock: Clock
) -> None:
    await keys.find("first")
    provider.rotate("second", ec.generate_private_key(ec.SECP256R1()))
    clock.now += FRESH_SECONDS
    assert await keys.find("first") is not None  # nobody waits for the renewal that this begins
    renewal = keys._fetching
    assert renewal is not None
    await renewal
    assert await keys.find("first") is None


async def test_a_verified_token_goes_with_its_key(provider: IdentityProvider) -> None:
    issuers = OutsideIssuers([accepted(provider)])
    try:
        token, now = provider.token(), datetime.now(UTC).timestamp()
        assert (await issuers.read(token, now=now)).subject == "clara"
        keys = issuers._issuers[provider.url].keys
        provider.rotate("second", ec.generate_private_key(ec.SECP256R1()))
        await keys._renew()
        with pytest.raises(Unauthenticated):
            await issuers.read(token, now=now)
    finally:
        await issuers.close()


async def test_keys_outlive_an_outage_of_their_issuer_but_not_for_ever(
    keys: IssuerKeys, provider: IdentityProvider, clock: Clock
) -> None:
    await keys.find("first")
    provider.is_down = True
    clock.now += MOST_SECONDS - 1
    assert await keys.find("first") is not None
    clock.now += RETRY_SECONDS
    with pytest.raises(IssuerUnavailable):
        await keys.find("first")


@pytest.mark.parametrize("claimed", ["https://evil.example", None])
async def test_a_description_of_another_issuer_is_not_believed(
    keys: IssuerKeys, provider: IdentityProvider, claimed: str | None
) -> None:
    provider.claimed_issuer = claimed
    with pytest.raises(IssuerUnavailable):
        await keys.find("first")


def test_only_public_keys_for_signatures_are_kept() -> None:
    good, secret = ec.generate_private_key(ec.SECP256R1()), {"kty": "oct", "k": "c2VjcmV0", "kid": "secret"}
    weak = rsa.generate_private_key(65537, 1024)  # noqa: S505  # to be refused
    private = jwt.algorithms.ECAlgorithm.to_jwk(good, as_dict=True)
    published = [
        {**public_jwk(good), "kid": "good"},
        {**public_jwk(good), "kid": "encrypts", "use": "enc"},
        {**public_jwk(good), "kid": "for another algorithm", "alg": "ES512"},
        {**public_jwk(ec.generate_private_key(ec.SECP384R1())), "kid": "another curve"},
        {**public_jwk(weak), "kid": "weak"},
        {**private, "kid": "private"},
        {"kty": "EC", "crv": "P-256", "kid": "broken"},
        secret,
        "no key",
    ]
    assert parse_keys({"keys": published}).keys() == {"good"}


def test_issuers_are_read_from_one_setting() -> None:
    text = """[{"issuer": "https://id.example.com/realms/shop", "audience": "shop",
               "accessTokenType": "keycloak", "rolesClaim": "realm_access.roles", "roles": {"shop-admin": "Admin"}},
              {"issuer": "https://other.example.com", "audience": ["shop", "gateway"]}]"""
    assert parse_issuers(text) == (
        OutsideIssuer(
            issuer="https://id.example.com/realms/shop",
            audiences=("shop",),
            token_type="keycloak",
            roles_claim="realm_access.roles",
            roles={"shop-admin": Role.ADMIN},
        ),
        OutsideIssuer(
            issuer="https://other.example.com",
            audiences=("shop", "gateway"),
            token_type="at+jwt",
            roles_claim="roles",
            roles={},
        ),
    )
    assert parse_issuers(" ") == ()
