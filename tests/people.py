"""New customers over HTTP, and the e-mails that are queued for them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import count
from typing import TYPE_CHECKING, Any, get_args

from datasources.notifications.documents import NOTIFICATIONS
from datasources.users.verifications import Asking

if TYPE_CHECKING:
    from collections.abc import Mapping

    from datasources.core.connections import Connections
    from tests.client import Answer, GraphQLClient

PASSWORD = "seven quiet herons"
CLIENT_ADDRESS = "127.0.0.1"

_numbers = count(1)

ERRORS = "userErrors { __typename ... on UserError { code message field } }"

REGISTER = f"mutation Register($input: RegisterInput!) {{ register(input: $input) {{ email {ERRORS} }} }}"
VERIFY_EMAIL = (
    f"mutation VerifyEmail($input: VerifyEmailInput!) {{ verifyEmail(input: $input) {{ email {ERRORS} }} }}"
)
SIGN_IN = f"""
mutation SignIn($input: SignInInput!) {{
  signIn(input: $input) {{
    accessToken accessTokenExpiresAt refreshToken user {{ id email roles }} session {{ id device }} {ERRORS}
  }}
}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A customer who has registered, and perhaps signed in."""

    client: GraphQLClient
    email: str
    password: str = PASSWORD
    id: str = ""
    access_token: str = ""
    refresh_token: str = ""
    session_id: str = ""

    async def ask(self, query: str, variables: Mapping[str, Any] | None = None) -> Answer:
        """Send one operation with the person's access token."""
        return await self.client.ask(query, variables, token=self.access_token)

    async def do(self, mutation: str, given: Mapping[str, Any] | None = None, select: str = "") -> Any:
        """The payload of one mutation, which may tell of errors that its user can act on and of no others."""
        answer = await self.ask(*operation(mutation, given, select))
        assert answer.errors == [], answer.errors
        return answer.data[mutation]


def operation(mutation: str, given: Mapping[str, Any] | None, select: str = "") -> tuple[str, dict[str, Any]]:
    """An operation of one mutation, with what it selects beside its errors."""
    if given is None:
        return f"mutation {{ {mutation} {{ {select} {ERRORS} }} }}", {}
    input_type = f"{mutation[0].upper()}{mutation[1:]}Input"
    query = f"mutation ($input: {input_type}!) {{ {mutation}(input: $input) {{ {select} {ERRORS} }} }}"
    return query, {"input": dict(given)}


def codes(payload: Any) -> list[str]:
    """The codes of a payload's errors."""
    return [error["code"] for error in payload["userErrors"]]


async def do(
    client: GraphQLClient, mutation: str, given: Mapping[str, Any], select: str = "", **who: Any
) -> Any:
    """The payload of one mutation by somebody else than a Person."""
    answer = await client.ask(*operation(mutation, given, select), **who)
    assert answer.errors == [], answer.errors
    return answer.data[mutation]


async def new_person(client: GraphQLClient, connections: Connections) -> Person:
    """A customer who has registered, confirmed the address and signed in."""
    person = Person(client=client, email=f"person-{next(_numbers)}@example.org")
    await forget_turns(connections, person.email)
    given = {"email": person.email, "password": person.password, "firstName": "Ada", "lastName": "Pine"}
    assert codes(await do(client, "register", given)) == []
    token = await token_sent(connections, "verify_email", person.email)
    assert codes(await do(client, "verifyEmail", {"token": token, "password": person.password})) == []
    return await signed_in(person)


async def signed_in(person: Person, *, device: str | None = None) -> Person:
    """The person on one more device."""
    given = {"email": person.email, "password": person.password, "device": device}
    answer = await person.client.ask(SIGN_IN, {"input": given})
    payload = answer.data["signIn"]
    assert codes(payload) == []
    return replace(
        person,
        id=payload["user"]["id"],
        access_token=payload["accessToken"],
        refresh_token=payload["refreshToken"],
        session_id=payload["session"]["id"],
    )


async def e_mails(connections: Connections, email: str) -> list[dict[str, Any]]:
    """What is queued for an address, in the order in which it was queued."""
    found = await connections.notifications.find(
        NOTIFICATIONS, {"recipient.email": email}, sort=[("created_at", 1)]
    )
    return [dict(document) for document in found]


async def token_sent(connections: Connections, kind: str, email: str) -> str:
    """The token of the newest e-mail of this kind to an address."""
    sent = [it for it in await e_mails(connections, email) if it["notification_type"] == kind]
    assert sent, f"No e-mail {kind} was queued for {email}."
    token: str = sent[-1]["template_data"]["token"]
    return token


async def forget_turns(connections: Connections, *emails: str) -> None:
    """Let this machine register and ask for messages as often as the tests need, and these addresses be written to."""
    kinds = get_args(Asking)
    subjects = [f"{kind}:{CLIENT_ADDRESS}" for kind in kinds]
    subjects += [f"message:{kind}:{email}" for kind in kinds for email in emails]
    keys = [f"attempts:turns:{sha256(subject.encode()).hexdigest()}" for subject in subjects]
    await connections.attempts.run(lambda pipeline: pipeline.delete(*keys))
