"""A GraphQL client for tests: asks over HTTP, and tells what was answered and how many calls it took."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One response: its data, its errors, and the calls that it made to each database."""

    status: int
    data: Any
    errors: list[Any]
    calls: dict[str, int]
    headers: Mapping[str, str]

    def codes(self) -> set[str]:
        """The codes of the errors."""
        return {error["extensions"]["code"] for error in self.errors}


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphQLClient:
    """Asks the gateway as a guest, or as one of the demo accounts."""

    http: httpx.AsyncClient
    tokens: Mapping[str, str]

    async def ask(
        self,
        query: str,
        variables: Mapping[str, Any] | None = None,
        *,
        as_: str | None = None,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one operation. `as_` names a demo account (customer, manager, admin); `token` is sent as it is."""
        bearer = self.tokens[as_] if as_ else token
        authorization = {} if bearer is None else {"Authorization": f"Bearer {bearer}"}
        response = await self.http.post(
            "/graphql",
            json={"query": query, "variables": variables},
            headers={**authorization, **(headers or {})},
        )
        body = response.json()
        return Answer(
            status=response.status_code,
            data=body.get("data"),
            errors=body.get("errors", []),
            calls=_calls(response.headers.get("X-Database-Calls", "none")),
            headers=response.headers,
        )

    async def data(
        self, query: str, variables: Mapping[str, Any] | None = None, *, as_: str | None = None
    ) -> Any:
        """The data of an operation that must succeed without errors."""
        answer = await self.ask(query, variables, as_=as_)
        assert answer.errors == [], answer.errors
        return answer.data


def _calls(header: str) -> dict[str, int]:
    if header == "none":
        return {}
    pairs = (part.split("=") for part in header.split(", "))
    return {service: int(count) for service, count in pairs}
