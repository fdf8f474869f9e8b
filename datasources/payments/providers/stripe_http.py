"""Carries Stripe's requests over an httpx client of ours: with time limits, and closed when the gateway stops."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import httpx
import stripe

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping

# An answer that takes longer is not waited for: whoever asked asks again, under the same key.
TIME_LIMITS: Final = httpx.Timeout(20.0, connect=3.0)


class StripeTransport(stripe.HTTPClient):
    """What the library sends its requests with. Its own one for httpx sends bodies in a way that httpx warns of."""

    name = "httpx"

    def __init__(self, client: httpx.AsyncClient) -> None:
        """Send through this client."""
        super().__init__()
        self._client = client

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Send one request: the answer's body, status and headers.

        Raises:
            stripe.APIConnectionError: there is none.
        """
        try:
            response = await self._client.request(method, url, headers=dict(headers), content=post_data)
        except httpx.HTTPError as error:
            message = f"Stripe was not reached: {type(error).__name__}"
            raise stripe.APIConnectionError(message, should_retry=True) from error  # type: ignore[no-untyped-call]  # the library leaves it untyped
        return response.content, response.status_code, response.headers

    def sleep_async(self, secs: float) -> Awaitable[None]:
        """Wait before trying again."""
        return asyncio.sleep(secs)

    async def close_async(self) -> None:
        """Leave the client to whoever opened it."""
