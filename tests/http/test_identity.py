"""Who is asking: no token is a guest, a token that proves nothing is refused, and nobody sees another's world."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import jwt
import pytest

from gateway.auth import ALGORITHM, AUDIENCE, ISSUER, mint_token, utc_now
from tests.conftest import SECRET

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.client import GraphQLClient

ME = "{ me { email } }"


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


def signed(secret: str = SECRET, algorithm: str = ALGORITHM, **changes: Any) -> str:
    """A token with these changes to its claims."""
    return jwt.encode(claims(**changes), secret, algorithm=algorithm)


async def test_without_a_token_the_viewer_is_a_guest(client: GraphQLClient) -> None:
    assert await client.data("{ me { email } products(first: 1) { nodes { name } } }") == {
        "me": None,
        "products": {
            "nodes": [
                {
                    "name": (await client.data("{ products(first: 1) { nodes { name } } }"))["products"][
                        "nodes"
                    ][0]["name"]
                }
            ]
        },
    }


async def test_a_valid_token_names_the_viewer(client: GraphQLClient) -> None:
    assert await client.data(ME, as_="customer") == {"me": {"email": "customer@example.com"}}


BAD_TOKENS: dict[str, tuple[Callable[[], str], str]] = {
    "expired": (lambda: signed(exp=utc_now() - timedelta(seconds=1)), "TOKEN_EXPIRED"),
    "not yet valid": (lambda: signed(nbf=utc_now() + timedelta(hours=1)), "TOKEN_INVALID"),
    "issued in the future": (lambda: signed(iat=utc_now() + timedelta(hours=1)), "TOKEN_INVALID"),
    "wrong signature": (lambda: signed("another secret, as long as the first one is"), "TOKEN_INVALID"),
    "another algorithm": (lambda: signed(SECRET * 2, "HS512"), "TOKEN_INVALID"),
    "algorithm none": (lambda: jwt.encode(claims(), None, algorithm="none"), "TOKEN_INVALID"),
    "another audience": (lambda: signed(aud="another"), "TOKEN_INVALID"),
    "another issuer": (lambda: signed(iss="another"), "TOKEN_INVALID"),
    "no expiry": (lambda: signed(exp=None), "TOKEN_INVALID"),
    "no subject": (lambda: signed(sub=None), "TOKEN_INVALID"),
    "a subject that is no id": (lambda: signed(sub="root"), "TOKEN_INVALID"),
    "a role that is none": (lambda: signed(roles=["Root"]), "TOKEN_INVALID"),
    "roles of another shape": (lambda: signed(roles=1), "TOKEN_INVALID"),
    "tampered": (lambda: signed()[:-4] + "AAAA", "TOKEN_INVALID"),
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
