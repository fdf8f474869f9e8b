"""What one execution knows beside its plan: context, variables, and what its resolvers get to know of a field."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from graphql import GraphQLResolveInfo, default_field_resolver, default_type_resolver
from graphql.execution.executor import Executor
from graphql.pyutils import Path
from graphql.pyutils import is_awaitable as default_is_awaitable
from strawberry.types.info import Info

if TYPE_CHECKING:
    import strawberry
    from graphql.execution.values import VariableValues

    from gateway.execution.plans import FieldPlan, Plan


class Request:
    """One request for one operation."""

    __slots__ = (
        "_core",
        "context",
        "plan",
        "strawberry",
        "surprises",
        "variables",
    )

    def __init__(
        self, plan: Plan, *, strawberry: strawberry.Schema, context: Any, variables: VariableValues
    ) -> None:
        self.plan = plan
        self.strawberry = strawberry
        self.context = context
        self.variables = variables
        self.surprises = 0
        """How many values were left to graphql-core, because they were not what the fast path expects."""
        self._core: Executor[Any] | None = None

    def info(self, slot: FieldPlan) -> GraphQLResolveInfo[Any]:
        """What a resolver gets to know; one for all parents, so its path is the field's alone."""
        plan = self.plan
        return GraphQLResolveInfo(
            slot.details[0].node.name.value,
            slot.nodes,
            slot.type,
            slot.parent,
            Path(None, slot.key, slot.parent.name),
            plan.schema,
            plan.fragment_definitions,
            None,
            plan.operation,
            self.variables,
            self.context,
            default_is_awaitable,
            None,
            cast("Any", None),
        )

    def strawberry_info(self, slot: FieldPlan) -> Info[Any, Any]:
        """The same, as Strawberry's resolvers get it."""
        return _Info(self, slot)

    def core(self) -> Executor[Any]:
        """graphql-core's executor of the same operation, for what the fast path leaves to it."""
        if self._core is None:
            plan = self.plan
            self._core = Executor(
                plan.schema,
                plan.fragment_definitions,
                plan.fragments,
                None,
                self.context,
                plan.operation,
                self.variables,
                default_field_resolver,
                default_type_resolver,
                default_field_resolver,
            )
        return self._core


class _Info(Info[Any, Any]):
    """Strawberry's info; most resolvers only want its context, so graphql-core's own is made when it is asked."""

    def __init__(self, request: Request, slot: FieldPlan) -> None:
        self._request = request
        self._slot = slot
        self._field = cast("Any", slot.strawberry)

    @property
    def context(self) -> Any:
        return self._request.context

    @cached_property
    def _raw_info(self) -> GraphQLResolveInfo[Any]:  # type: ignore[override]
        return self._request.info(self._slot)
