"""In development the e-mails that are queued are printed, with links that open GraphiQL on their tokens."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from gateway.graphiql.examples import load_examples
from gateway.mail import describe_mail, printed_mail
from tests.people import PASSWORD, codes, do, e_mails, forget_turns, new_person

if TYPE_CHECKING:
    from datasources.core.connections import Connections
    from tests.client import GraphQLClient

PAGE = "http://127.0.0.1:8000/graphiql"
NEWCOMER = "newcomer@example.org"


async def test_what_is_queued_is_printed_once_with_its_link(
    client: GraphQLClient, connections: Connections
) -> None:
    before = await new_person(client, connections)
    printed: asyncio.Queue[str] = asyncio.Queue()
    async with printed_mail(connections, page=PAGE, report=printed.put_nowait), asyncio.timeout(20):
        assert codes(await do(client, "requestPasswordReset", {"email": before.email})) == []
        lines = [await printed.get()]
        await forget_turns(connections)
        assert codes(await do(client, "register", {"email": NEWCOMER, "password": PASSWORD})) == []
        lines.append(await printed.get())
    assert lines[0].startswith(f"E-mail to {before.email}: Reset your password\n")
    assert lines[1].startswith(f"E-mail to {NEWCOMER}: Confirm your e-mail address\n")
    assert printed.empty()
    tokens = [
        (await e_mails(connections, email))[-1]["template_data"]["token"]
        for email in (before.email, NEWCOMER)
    ]
    for line, token, name in zip(lines, tokens, ("ResetPassword", "VerifyEmail"), strict=True):
        link = urlsplit(line.partition("\n")[2].strip())
        assert f"{link.scheme}://{link.netloc}{link.path}" == PAGE
        opened = {key: values[0] for key, values in parse_qs(link.fragment).items()}
        assert opened["example"] == name
        assert name in {example.name for example in load_examples()}
        given = json.loads(opened["variables"])["input"]
        beside = {"ResetPassword": "newPassword", "VerifyEmail": "password"}[name]
        assert given == {"token": token, beside: ""}  # for its reader to fill in


def test_an_e_mail_without_a_token_has_no_link() -> None:
    notice = {
        "recipient": {"email": "ada@example.org"},
        "subject": "Your password was changed",
        "notification_type": "password_changed",
        "template_data": {},
    }
    assert describe_mail(notice, page=PAGE) == "E-mail to ada@example.org: Your password was changed"
