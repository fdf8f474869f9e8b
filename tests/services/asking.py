"""Asks the whole schema in this process, as any user, over databases that a test chose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.context import request_context
from resolvers.permissions import Role, viewer

if TYPE_CHECKING:
    from uuid import UUID

    import strawberry

    from datasources.core.connections import Connections


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one operation gave: its data, and the errors that resolvers raised."""

    data: dict[str, Any]
    errors: list[Exception | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """The schema over these databases."""

    schema: strawberry.Schema
    connections: Connections

    async def ask(
        self, query: str, *, as_: UUID | None = None, role: Role = Role.CUSTOMER, **variables: Any
    ) -> Answer:
        """Run an operation as this user with this role, or as a guest."""
        asking = viewer(as_, [role if as_ is not None else Role.GUEST])
        context = request_context(self.connections, asking, cart_token=None)
        result = await self.schema.execute(query, variable_values=variables, context_value=context)
        errors = [error.original_error for error in result.errors or ()]
        return Answer(data=result.data or {}, errors=errors)
