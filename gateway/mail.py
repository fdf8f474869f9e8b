"""Prints the e-mails that are queued, with their links, for development: no sender takes them there."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from bson import ObjectId

from datasources.core.errors import ServiceUnavailable
from datasources.notifications.documents import NOTIFICATIONS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from datasources.core.connections import Connections
    from datasources.core.documents import DocumentDatabase

# How often the queue is looked at.
SECONDS: Final = 1.0

# Which of GraphiQL's examples takes the token of an e-mail, and with what beside it.
_EXAMPLES: Final[dict[str, tuple[str, dict[str, str]]]] = {
    "verify_email": ("VerifyEmail", {"password": ""}),
    "change_email": ("VerifyEmail", {"password": ""}),
    "password_reset": ("ResetPassword", {"newPassword": ""}),
}


@contextlib.asynccontextmanager
async def printed_mail(
    connections: Connections, *, page: str, report: Callable[[str], None]
) -> AsyncIterator[None]:
    """Report each e-mail that is queued while the block runs. `page` is GraphiQL's URL, which links lead to."""
    # The ids that one process makes grow; the e-mails of `dev` are queued by the process that prints them.
    task = asyncio.create_task(_watch(connections.notifications, ObjectId(), page, report))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def describe_mail(email: Mapping[str, Any], *, page: str) -> str:
    """An e-mail in one line, and its link, if it has one, in another."""
    line = f"E-mail to {email['recipient']['email']}: {email['subject']}"
    link = _link(email, page)
    return line if link is None else f"{line}\n  {link}"


async def _watch(
    notifications: DocumentDatabase, newest: ObjectId, page: str, report: Callable[[str], None]
) -> None:
    while True:
        await asyncio.sleep(SECONDS)
        where = {"_id": {"$gt": newest}, "type": "email", "status": "queued"}
        try:
            found = await notifications.find(NOTIFICATIONS, where, sort=[("_id", 1)])
        except ServiceUnavailable:
            continue  # it is down for the shop, too, which says so by itself
        for email in found:
            newest = email["_id"]
            report(describe_mail(email, page=page))


def _link(email: Mapping[str, Any], page: str) -> str | None:
    """Opens GraphiQL with the mutation that takes the e-mail's token."""
    token = email.get("template_data", {}).get("token")
    example = _EXAMPLES.get(email["notification_type"])
    if token is None or example is None:
        return None
    name, beside = example
    variables = json.dumps({"input": {"token": token, **beside}})
    return f"{page}#{urlencode({'example': name, 'variables': variables})}"
