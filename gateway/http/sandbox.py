"""The sandbox's pages, on which a developer plays the customer or the bank: one page per payment, and two buttons."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from hashlib import sha256
from html import escape
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs

from starlette.requests import ClientDisconnect
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from datasources.core.errors import InvalidText
from datasources.payments.providers.protocol import ProviderRefused, ProviderUnavailable
from datasources.payments.providers.sandbox import NAME, SandboxProvider
from gateway.http.webhooks import WebhookReceiver, read_limited

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from datasources.core.money import Money
    from datasources.payments.providers.registry import Providers

PAGES: Final = "/sandbox/payments"

_MOST_BYTES: Final = 1_000

_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:26rem;margin:15vh auto;padding:0 1rem;color:#1a1a1a}"
    "h1{font-size:1.2rem}button{font:inherit;padding:.6rem 1.2rem;margin-right:.5rem;cursor:pointer}"
    ".sum{font-size:2rem;margin:.5rem 0}"
)
_STYLE_HASH: Final = base64.b64encode(sha256(_STYLE.encode()).digest()).decode()

# No scripts, nothing from elsewhere, and no page around it that could lead a click astray.
SECURITY_HEADERS: Final = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

_PAGE: Final = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Sandbox payment</title>
<style>{style}</style></head>
<body>
<h1>Sandbox payment</h1>
<p>This page stands for your bank's. No money moves.</p>
<p class="sum">{amount} {currency}</p>
{rest}
</body>
</html>
"""
_BUTTONS: Final = """<form method="post">
<button name="decision" value="approve">Approve</button>
<button name="decision" value="decline">Decline</button>
</form>"""
_WAITING: Final = frozenset({"requires_action", "processing"})


def sandbox_routes(providers: Callable[[], Providers], webhooks: WebhookReceiver) -> list[BaseRoute]:
    """The pages, for as long as the sandbox is one of the providers. `webhooks` receives what it delivers."""

    async def page(request: Request) -> Response:
        sandbox = providers().by_name.get(NAME)
        if not isinstance(sandbox, SandboxProvider):
            return _nothing()
        reference = request.path_params["reference"]
        try:
            if request.method == "POST":
                return await _decide(sandbox, webhooks, request, reference)
            status, amount = await sandbox.waiting(reference=reference)
        except (ProviderRefused, InvalidText):
            return _nothing()
        except ProviderUnavailable as error:
            return PlainTextResponse(str(error), status_code=503, headers=SECURITY_HEADERS)
        return _page(status, amount)

    return [Route(f"{PAGES}/{{reference}}", page, methods=["GET", "POST"])]


async def _decide(
    sandbox: SandboxProvider, webhooks: WebhookReceiver, request: Request, reference: str
) -> Response:
    """Do what a button says, and deliver the news of it as an outside provider would."""
    try:
        body = await read_limited(request, most=_MOST_BYTES) or b""
    except ClientDisconnect:
        body = b""
    decision = parse_qs(body.decode("latin-1")).get("decision", [])
    if decision not in (["approve"], ["decline"]):
        return PlainTextResponse("Approve or decline.", status_code=400, headers=SECURITY_HEADERS)
    delivery = await sandbox.complete_action(
        reference=reference, approve=decision == ["approve"], now=datetime.now(UTC)
    )
    received = await webhooks.receive(NAME, body=delivery.body, headers=delivery.headers)
    # 303: the page is shown by a GET, so that reloading it decides nothing.
    return RedirectResponse(
        request.url.path, status_code=303, headers=SECURITY_HEADERS, background=received.background
    )


def _page(status: str, amount: Money) -> Response:
    decided = f"<p>It is {escape(status.replace('_', ' '))}. You can go back to the shop.</p>"
    html = _PAGE.format(
        style=_STYLE,
        amount=escape(str(amount.amount)),
        currency=escape(amount.currency_code),
        rest=_BUTTONS if status in _WAITING else decided,
    )
    return HTMLResponse(html, headers=SECURITY_HEADERS)


def _nothing() -> Response:
    return PlainTextResponse("There is no such payment.", status_code=404, headers=SECURITY_HEADERS)
