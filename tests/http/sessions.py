"""Signs in over HTTP: sessions as tests need them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datasources.seeds import DEMO_PASSWORD

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.client import Answer, GraphQLClient

SIGN_IN = """
mutation SignIn($input: SignInInput!) {
  signIn(input: $input) {
    accessToken accessTokenExpiresAt refreshToken user { id email } session { id }
    userErrors { ... on UserError { code } }
  }
}
"""
REFRESH = """
mutation Refresh($input: RefreshSessionInput!) {
  refreshSession(input: $input) {
    accessToken refreshToken session { id } userErrors { ... on UserError { code } }
  }
}
"""
SIGN_OUT = "mutation { signOut { endedSessionId userErrors { ... on UserError { code } } } }"


async def sign_in(client: GraphQLClient, email: str, *, headers: Mapping[str, str] | None = None) -> Answer:
    """Sign in as an account of the demo shop."""
    given = {"email": email, "password": DEMO_PASSWORD, "device": "a test"}
    answer = await client.ask(SIGN_IN, {"input": given}, headers=headers)
    assert answer.errors == [], answer.errors
    assert answer.data["signIn"]["userErrors"] == []
    return answer


async def session_of(client: GraphQLClient, email: str) -> dict[str, Any]:
    """The tokens of a new session of this account."""
    payload: dict[str, Any] = (await sign_in(client, email)).data["signIn"]
    return payload
