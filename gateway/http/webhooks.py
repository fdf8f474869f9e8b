"""Receives what payment providers deliver: checked, stored, answered, and only then acted upon."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from datasources.core.errors import ServiceUnavailable
from datasources.payments.commands.webhooks import settle_webhooks, store_webhook
from datasources.payments.providers.protocol import InvalidSignature, UnknownProvider

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from uuid import UUID

    from starlette.requests import Request

    from datasources.core.connections import Connections
    from datasources.payments.providers.registry import Providers

logger = logging.getLogger("gateway.webhooks")

PATH: Final = "/webhooks"

# Stripe's largest events have about as much.
MOST_BYTES: Final = 256 * 1024


class WebhookReceiver:
    """`POST /webhooks/{provider}`. `wake` is told which orders have payments or refunds that changed."""

    def __init__(
        self,
        *,
        connections: Callable[[], Connections],
        providers: Callable[[], Providers],
        wake: Callable[[Sequence[UUID]], Awaitable[None]],
    ) -> None:
        """Receive for these providers, which are there once the server has started."""
        self._connections = connections
        self._providers = providers
        self._wake = wake

    def routes(self) -> list[BaseRoute]:
        """The route of all providers."""
        return [Route(f"{PATH}/{{provider}}", self._post, methods=["POST"])]

    async def receive(self, provider: str, *, body: bytes, headers: Mapping[str, str]) -> Response:
        """Answer a delivery; headers by their names in lower case.

        200 as soon as it is stored, also when it was before; the response's background task acts upon it. What cannot
        be stored now is answered with 503, so that it comes again.
        """
        now = datetime.now(UTC)
        database = self._connections().payments
        try:
            event = self._providers().get(provider).read_webhook(body=body, headers=headers, now=now)
        except UnknownProvider:
            return PlainTextResponse("No such provider.", status_code=404)
        except InvalidSignature as error:
            logger.warning("A delivery was refused: %s", error)
            return PlainTextResponse("The signature does not fit.", status_code=400)
        try:
            await store_webhook(database, provider=provider, event=event, now=now)
        except ServiceUnavailable:
            return PlainTextResponse("Try again later.", status_code=503)
        return PlainTextResponse("ok", background=BackgroundTask(self.settle))

    async def settle(self) -> None:
        """Act upon what has come. What is not settled now is left to the next delivery or to a worker."""
        try:
            changed = await settle_webhooks(
                self._connections().payments, self._providers(), now=datetime.now(UTC)
            )
        except ServiceUnavailable as error:
            logger.warning("Deliveries wait until they can be settled: %s", error)
            return
        if changed:
            await self._wake(changed)

    async def _post(self, request: Request) -> Response:
        try:
            body = await read_limited(request, most=MOST_BYTES)
        except ClientDisconnect:
            return PlainTextResponse("The client has gone.", status_code=400)
        if body is None:
            return PlainTextResponse(f"At most {MOST_BYTES} bytes.", status_code=413)
        return await self.receive(request.path_params["provider"], body=body, headers=request.headers)


async def read_limited(request: Request, *, most: int) -> bytes | None:
    """The body as it came, or None if it has more bytes than that.

    Raises:
        ClientDisconnect: the client has gone while it sent them.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            return None
    return bytes(body)
