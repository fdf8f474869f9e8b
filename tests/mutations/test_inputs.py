"""What cannot be taken of an input is said as data: which field, and why, all of it at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from resolvers.countries import COUNTRY_CODES
from resolvers.relay import global_id
from tests.people import PASSWORD, Person, codes, do, new_person

if TYPE_CHECKING:
    from collections.abc import Mapping

    from datasources.core.connections import Connections
    from tests.client import GraphQLClient

ADDRESS = {"type": "SHIPPING", "streetAddress": "1 Mill Lane", "city": "Leeds", "country": "GB"}


@pytest.fixture(scope="module")
async def person(client: GraphQLClient, connections: Connections) -> Person:
    """Somebody whose inputs are wrong."""
    return await new_person(client, connections)


def told(payload: Any) -> list[tuple[str, str, str]]:
    """The errors of a payload: type, code and path."""
    return [(it["__typename"], it["code"], ".".join(it["field"] or ())) for it in payload["userErrors"]]


INVALID: list[tuple[str, dict[str, Any], list[tuple[str, str]]]] = [
    ("addAddress", {**ADDRESS, "city": "  "}, [("REQUIRED", "city")]),
    ("addAddress", {**ADDRESS, "country": "XX"}, [("INVALID", "country")]),
    ("addAddress", {**ADDRESS, "country": "Germany"}, [("INVALID", "country")]),
    ("addAddress", {**ADDRESS, "streetAddress": "x" * 256}, [("TOO_LONG", "streetAddress")]),
    ("addAddress", {**ADDRESS, "label": "a\0b"}, [("INVALID_CHARACTERS", "label")]),
    ("addAddress", {**ADDRESS, "recipientName": "\u202eadA"}, [("INVALID_CHARACTERS", "recipientName")]),
    ("addAddress", {**ADDRESS, "phone": "call me"}, [("INVALID", "phone")]),
    (
        "addAddress",
        {**ADDRESS, "city": "", "country": "", "postalCode": "9" * 21},
        [("REQUIRED", "city"), ("TOO_LONG", "postalCode"), ("INVALID", "country")],
    ),
    ("updateProfile", {"firstName": "x" * 101}, [("TOO_LONG", "firstName")]),
    ("updateProfile", {"username": "grace@example.org"}, [("INVALID", "username")]),
    ("updateProfile", {"username": "\u0430dmin"}, [("INVALID", "username")]),
    ("updateProfile", {"phoneNumber": "1" * 21}, [("TOO_LONG", "phoneNumber")]),
    ("updateProfile", {"dateOfBirth": "2999-01-01"}, [("INVALID", "dateOfBirth")]),
    ("updateProfile", {"dateOfBirth": "1899-12-31"}, [("INVALID", "dateOfBirth")]),
    ("updatePreferences", {"language": "English please"}, [("TOO_LONG", "language")]),
    ("updatePreferences", {"language": "e!"}, [("INVALID", "language")]),
    ("updatePreferences", {"theme": None, "marketingEmails": None}, [
        ("REQUIRED", "marketingEmails"), ("REQUIRED", "theme"),
    ]),
    ("signIn", {"email": "a@example.org", "password": "x", "device": "d" * 101}, [("TOO_LONG", "device")]),
    ("register", {"email": "a@example.org", "password": PASSWORD, "lastName": "\x1b[2J"}, [
        ("INVALID_CHARACTERS", "lastName"),
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("mutation", "given", "expected"), INVALID)
async def test_what_cannot_be_taken_is_named(
    person: Person, mutation: str, given: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    for _ in range(2):  # by graphql-core, and compiled
        payload = await person.do(mutation, given)
        assert told(payload) == [("InvalidInputError", code, path) for code, path in expected]
        assert all(error["message"] for error in payload["userErrors"])


WEAK = [
    ("short", "TOO_SHORT"),
    ("x" * 129, "TOO_LONG"),
    ("passwordpassword", "COMMON"),
    ("weak@example.org", "PERSONAL"),
]


@pytest.mark.parametrize(("password", "reason"), WEAK)
async def test_a_weak_password_is_refused_with_the_reason(
    client: GraphQLClient, password: str, reason: str
) -> None:
    query = """
    mutation ($input: RegisterInput!) {
      register(input: $input) { email userErrors { ... on WeakPasswordError { code field reason message } } }
    }
    """
    given = {"email": "weak@example.org", "password": password}
    payload = (await client.data(query, {"input": given}))["register"]
    assert payload["email"] is None
    (error,) = payload["userErrors"]
    assert (error["code"], error["field"], error["reason"]) == ("WEAK_PASSWORD", ["password"], reason)
    assert password not in error["message"]


@pytest.mark.parametrize(
    "email", ["", "nobody", "a b@example.org", "a@b", "a\0@example.org", "ä@example.org"]
)
@pytest.mark.parametrize("mutation", ["register", "requestPasswordReset", "resendVerification"])
async def test_what_is_no_e_mail_address_is_refused(client: GraphQLClient, mutation: str, email: str) -> None:
    given: Mapping[str, Any] = {"email": email, **({"password": PASSWORD} if mutation == "register" else {})}
    assert told(await do(client, mutation, given)) == [("InvalidEmailError", "INVALID_EMAIL", "email")]


@pytest.mark.parametrize("email", ["", "nobody", "a\0@example.org"])
async def test_signing_in_with_what_is_no_address_is_like_with_an_unknown_one(
    client: GraphQLClient, email: str
) -> None:
    assert codes(await do(client, "signIn", {"email": email, "password": PASSWORD})) == [
        "INVALID_CREDENTIALS"
    ]


@pytest.mark.parametrize("token", ["", "nonsense", "a\0b", "x" * 10_000])
async def test_a_token_that_was_never_sent_is_refused(client: GraphQLClient, token: str) -> None:
    proof = {"token": token, "password": PASSWORD}
    assert codes(await do(client, "verifyEmail", proof)) == ["INVALID_TOKEN"]
    reset = {"token": token, "newPassword": PASSWORD}
    assert codes(await do(client, "resetPassword", reset)) == ["INVALID_TOKEN"]
    assert codes(await do(client, "refreshSession", {"refreshToken": token})) == ["SESSION_ENDED"]


async def test_refreshing_without_a_token_is_a_session_that_ended(client: GraphQLClient) -> None:
    assert codes(await do(client, "refreshSession", {})) == ["SESSION_ENDED"]


async def test_an_id_of_another_type_is_an_error_of_the_request(person: Person) -> None:
    query = "mutation ($id: ID!) { removeAddress(input: {addressId: $id}) { removedAddressId } }"
    answer = await person.ask(query, {"id": global_id("User", "x")})
    assert answer.data == {"removeAddress": None}
    assert answer.codes() == {"INVALID_ID"}


def test_country_codes_are_those_of_iso_3166() -> None:
    assert len(COUNTRY_CODES) == 249
    assert {"US", "GB", "DE", "IN", "SS", "XK"} - COUNTRY_CODES == {"XK"}
