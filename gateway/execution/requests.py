"""What one execution knows beside its plan: context, variables, and each field's arguments and info, made once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from graphql import GraphQLResolveInfo, default_field_resolver, default_type_resolver
from graphql.execution.executor import Executor
from graphql.execution.values import get_argument_values
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
        "_arguments",
        "_core",
        "_infos",
        "_strawberry_infos",
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
        self._infos: dict[int, GraphQLResolveInfo[Any]] = {}
        self._strawberry_infos: dict[int, Info[Any, Any]] = {}
        self._arguments: dict[int, dict[str, Any]] = {}
        self._core: Executor[Any] | None = None

    def arguments(self, slot: FieldPlan) -> dict[str, Any]:
        """The field's arguments, coerced.

        Raises:
            GraphQLError: a variable does not fit.
        """
        number = cast("int", slot.slot)
        known = self._arguments.get(number)
        if known is None:
            node = slot.details[0].node
            known = (
                get_argument_values(slot.definition, node, self.variables)
                if slot.definition.args or node.arguments
                else {}
            )
            self._arguments[number] = known
        return known

    def info(self, slot: FieldPlan) -> GraphQLResolveInfo[Any]:
        """What a resolver gets to know; one for all parents, so its path is the field's alone."""
        number = cast("int", slot.slot)
        known = self._infos.get(number)
        if known is None:
            plan = self.plan
            known = self._infos[number] = GraphQLResolveInfo(
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
        return known

    def strawberry_info(self, slot: FieldPlan) -> Info[Any, Any]:
        """The same, as Strawberry's resolvers get it."""
        number = cast("int", slot.slot)
        known = self._strawberry_infos.get(number)
        if known is None:
            known = Info(_raw_info=self.info(slot), _field=cast("Any", slot.strawberry))
            self._strawberry_infos[number] = known
        return known

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
