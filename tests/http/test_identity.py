"""Who is asking: no token is a guest, a token that proves nothing is refused, and nobody sees another's world."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from gateway.auth import Unauthenticated, mint_token, utc_now
from gateway.auth.keys import ALGORITHM, derive_keys, public_jwk, thumbprint
from gateway.auth.tokens import AUDIENCE, ISSUER, TYPE, AccessTokens
from tests.conftest import SECRET
from tests.http.forgeries import base64url, signed_by_public_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.client import GraphQLClient

ME = "{ me { email } }"
KEYS = derive_keys(SECRET)


def claims(**changes: Any) -> dict[str, Any]:
    """The claims of a valid token, with changes; None takes a claim out."""
    now = utc_now()
    valid = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(uuid4()),
        "roles": ["Customer"],
        "iat": now,
        "nbf": now,
        "exp": now + timedelta(hours=1),
    }
    return {name: value for name, value in {**valid, **changes}.items() if value is not None}


def signed(
    key: Any = KEYS.private,
    algorithm: str = ALGORITHM,
    *,
    header: dict[str, Any] | None = None,
    **changes: Any,
) -> str:
    """A token with these changes to its header and claims."""
    headers = {"typ": TYPE, "kid": KEYS.id, **(header or {})}
    return jwt.encode(claims(**changes), key, algorithm=algorithm, headers=headers)


def with_claims_of_another() -> str:
    """A valid token with another body, as an attacker would tamper with it."""
    header, _, signature = signed().split(".")
    return f"{header}.{signed(roles=['Admin']).split('.')[1]}.{signature}"


def deeply_nested() -> str:
    """A token whose header nests deeper than Python's parser goes."""
    return f"{base64url(b'[' * 20_000)}.e30.c2ln"


async def test_without_a_token_the_viewer_is_a_guest(client: GraphQLClient) -> None:
    answer = await client.ask("{ me { email } products(first: 1) { nodes { name } } }")
    assert answer.errors == []
    assert answer.data["me"] is None
    assert len(answer.data["products"]["nodes"]) == 1


async def test_a_valid_token_names_the_viewer(client: GraphQLClient) -> None:
    assert await client.data(ME, as_="customer") == {"me": {"email": "customer@example.com"}}


BAD_TOKENS: dict[str, tuple[Callable[[], str], str]] = {
    "expired": (lambda: signed(exp=utc_now() - timedelta(seconds=1)), "TOKEN_EXPIRED"),
    "not yet valid": (lambda: signed(nbf=utc_now() + timedelta(hours=1)), "TOKEN_INVALID"),
    "issued in the future": (lambda: signed(iat=utc_now() + timedelta(hours=1)), "TOKEN_INVALID"),
    "signed by another key": (lambda: signed(Ed25519PrivateKey.generate()), "TOKEN_INVALID"),
    "unknown key": (lambda: signed(header={"kid": "unknown"}), "TOKEN_INVALID"),
    "no key named": (lambda: jwt.encode(claims(), KEYS.private, ALGORITHM, {"typ": TYPE}), "TOKEN_INVALID"),
    "another algorithm": (lambda: signed(generate_private_key(65537, 2048), "RS256"), "TOKEN_INVALID"),
    "the secret as the key": (lambda: signed(SECRET, "HS256"), "TOKEN_INVALID"),
    "the public key as the key": (
        lambda: signed_by_public_key(signed(), KEYS.public_pem(), kid=KEYS.id, typ=TYPE),
        "TOKEN_INVALID",
    ),
    "algorithm none": (lambda: signed(None, "none"), "TOKEN_INVALID"),
    "another audience": (lambda: signed(aud="another"), "TOKEN_INVALID"),
    "another issuer": (lambda: signed(iss="another"), "TOKEN_INVALID"),
    "no expiry": (lambda: signed(exp=None), "TOKEN_INVALID"),
    "an expiry that is no number": (lambda: signed(exp="tomorrow"), "TOKEN_INVALID"),
    "no subject": (lambda: signed(sub=None), "TOKEN_INVALID"),
    "a subject that is no id": (lambda: signed(sub="root"), "TOKEN_INVALID"),
    "a session that is no id": (lambda: signed(sid="root"), "TOKEN_INVALID"),
    "a role that is none": (lambda: signed(roles=["Root"]), "TOKEN_INVALID"),
    "roles of another shape": (lambda: signed(roles=1), "TOKEN_INVALID"),
    "an ID token": (lambda: signed(header={"typ": "JWT"}), "TOKEN_INVALID"),
    "an extension that must be understood": (lambda: signed(header={"crit": ["b64"]}), "TOKEN_INVALID"),
    "another signature": (lambda: signed()[:-6] + "AAAAAA", "TOKEN_INVALID"),
    "another body": (with_claims_of_another, "TOKEN_INVALID"),
    "deeply nested": (deeply_nested, "TOKEN_INVALID"),
    "garbage": (lambda: "garbage", "TOKEN_INVALID"),
}


@pytest.mark.parametrize("name", BAD_TOKENS)
async def test_a_token_that_proves_nothing_is_refused(client: GraphQLClient, name: str) -> None:
    make, code = BAD_TOKENS[name]
    answer = await client.ask(ME, token=make())
    assert answer.status == 401
    assert answer.codes() == {code}
    assert answer.data is None
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_what_the_bad_tokens_are_made_of_is_good(client: GraphQLClient) -> None:
    answer = await client.ask(ME, token=signed())
    assert (answer.status, answer.errors) == (200, [])


def test_a_token_that_was_good_once_still_expires() -> None:
    tokens, token = AccessTokens(KEYS), signed(exp=utc_now() + timedelta(minutes=5))
    now = utc_now().timestamp()
    assert tokens.read(token, now=now) is tokens.read(token, now=now + 299)
    with pytest.raises(Unauthenticated, match="expired"):
        tokens.read(token, now=now + 301)


def test_replicas_with_slightly_different_clocks_believe_each_other() -> None:
    tokens, now = AccessTokens(KEYS), utc_now()
    token = tokens.mint(user_id=uuid4(), roles=["Customer"], session_id=None, now=now)
    assert tokens.read(token, now=now.timestamp() - 2).session_id is None
    with pytest.raises(Unauthenticated):
        tokens.read(token, now=now.timestamp() - 60)


def test_a_key_that_was_replaced_verifies_as_long_as_it_is_kept() -> None:
    old, new = SECRET, "another secret that only the tests know"
    token = mint_token(user_id=uuid4(), roles=[], secret=old, now=utc_now(), lifetime=timedelta(minutes=10))
    now = utc_now().timestamp()
    both, alone = AccessTokens(derive_keys(new, (old,))), AccessTokens(derive_keys(new))
    assert both.read(token, now=now).viewer.user_id is not None
    with pytest.raises(Unauthenticated):
        alone.read(token, now=now)
    fresh = both.mint(user_id=uuid4(), roles=[], session_id=None, now=utc_now())
    assert jwt.get_unverified_header(fresh)["kid"] == alone.keys.id


async def test_anybody_can_verify_a_token_with_the_published_keys(client: GraphQLClient) -> None:
    response = await client.http.get("/.well-known/jwks.json")
    assert response.headers["content-type"] == "application/jwk-set+json"
    assert "max-age" in response.headers["cache-control"]
    (published,) = response.json()["keys"]
    assert published.keys() == {
        "crv",
        "kty",
        "x",
        "kid",
        "use",
        "alg",
    }  # and no "d", which is the private part
    assert jwt.decode(signed(), jwt.PyJWK(published), ["EdDSA"], audience=AUDIENCE, issuer=ISSUER)


def test_a_key_is_named_by_its_thumbprint() -> None:
    # The key and the thumbprint of RFC 8037, appendix A.3.
    public = Ed25519PublicKey.from_public_bytes(
        base64.urlsafe_b64decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo=")
    )
    assert thumbprint(public_jwk(public)) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "token"])
async def test_a_header_that_is_no_bearer_token_is_refused(client: GraphQLClient, authorization: str) -> None:
    answer = await client.ask(ME, headers={"Authorization": authorization})
    assert answer.status == 401
    assert answer.codes() == {"TOKEN_INVALID"}


async def test_a_token_of_a_user_who_is_gone_is_a_guests(client: GraphQLClient) -> None:
    token = mint_token(
        user_id=uuid4(), roles=["Customer"], secret=SECRET, now=utc_now(), lifetime=timedelta(hours=1)
    )
    answer = await client.ask(ME, token=token)
    assert answer.data == {"me": None}
