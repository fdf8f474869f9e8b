"""What one operation will do, worked out once: its fields after fragments and directives, and their values' origins."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLUnionType,
    OperationDefinitionNode,
    OperationType,
    get_named_type,
)
from graphql.execution.collect_fields import FragmentDetails, collect_fields, collect_subfields
from strawberry.types.field import StrawberryField

from gateway.execution.calling import Resolver
from resolvers.declarations import DECLARATION, READS, Computed, Embedded, Paged, Related

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graphql import FieldNode, FragmentDefinitionNode, GraphQLField, GraphQLOutputType, GraphQLSchema
    from graphql.execution.collect_fields import FieldDetails, GroupedFieldSet
    from graphql.execution.values import VariableValues

# Where Strawberry keeps its own field behind graphql-core's.
_STRAWBERRY = "strawberry-definition"


class Unsupported(Exception):
    """The operation holds something that is better left to graphql-core; nothing of it has been run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeName:
    """The value is the name of the parent's type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """The value is an attribute of the parent."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """The value is what the field's resolver answers."""


Origin: TypeAlias = TypeName | Attribute | Computed | Embedded | Related | Paged | Call


@dataclass(slots=True, kw_only=True, eq=False)
class FieldPlan:
    """One entry of a response object.

    `slot` numbers the fields whose values come in a later wave; None where the value is read off the parent at once.
    `selections` holds what to select of an object, by the name of its type.
    """

    key: str
    parent: GraphQLObjectType
    definition: GraphQLField
    details: list[FieldDetails]
    type: GraphQLOutputType
    origin: Origin
    slot: int | None
    resolver: Resolver
    selections: dict[str, SelectionPlan] = field(default_factory=dict)

    @property
    def strawberry(self) -> StrawberryField | None:
        """Strawberry's own field behind graphql-core's, if it is one of Strawberry's."""
        return strawberry_field(self.definition)

    @property
    def nodes(self) -> list[FieldNode]:
        """The field's places in the document."""
        return [details.node for details in self.details]


@dataclass(slots=True, kw_only=True, eq=False)
class SelectionPlan:
    """The entries of a response object of one type, in their order."""

    type: GraphQLObjectType
    fields: list[FieldPlan]


@dataclass(slots=True, kw_only=True, eq=False)
class Plan:
    """One operation, with the values of the variables that its @skip and @include ask for."""

    schema: GraphQLSchema
    operation: OperationDefinitionNode
    fragments: dict[str, FragmentDetails]
    root: SelectionPlan
    slots: list[FieldPlan]
    reads: Mapping[str, frozenset[str]]
    """Which attributes of a type's objects are read, by the type's name."""

    @property
    def fragment_definitions(self) -> dict[str, FragmentDefinitionNode]:
        """The document's fragments as graphql-core hands them to resolvers."""
        return {name: details.definition for name, details in self.fragments.items()}

    @property
    def serial(self) -> bool:
        """Whether root fields run one after the other."""
        return self.operation.operation is OperationType.MUTATION


def make_plan(
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    fragments: dict[str, FragmentDetails],
    variables: VariableValues,
) -> Plan:
    """Plan an operation that has been validated.

    Raises:
        Unsupported: it asks for introspection, or is a subscription, or uses directives of its own.
    """
    if operation.operation is OperationType.SUBSCRIPTION or operation.directives:
        raise Unsupported
    root_type = schema.get_root_type(operation.operation)
    if root_type is None:
        raise Unsupported
    planner = _Planner(schema, operation, fragments, variables)
    collected = collect_fields(schema, fragments, variables, root_type, operation)
    root = planner.selection(root_type, collected.grouped_field_set)
    return Plan(
        schema=schema,
        operation=operation,
        fragments=fragments,
        root=root,
        slots=planner.slots,
        reads={name: frozenset(attributes) for name, attributes in planner.reads.items()},
    )


class _Planner:
    """Walks the selections of one operation, and numbers the fields that come in later waves."""

    def __init__(
        self,
        schema: GraphQLSchema,
        operation: OperationDefinitionNode,
        fragments: dict[str, FragmentDetails],
        variables: VariableValues,
    ) -> None:
        self.slots: list[FieldPlan] = []
        self.reads: defaultdict[str, set[str]] = defaultdict(set)
        self._schema = schema
        self._operation = operation
        self._fragments = fragments
        self._variables = variables

    def selection(self, type_: GraphQLObjectType, grouped: GroupedFieldSet) -> SelectionPlan:
        fields = [self._field(type_, key, details) for key, details in grouped.items()]
        return SelectionPlan(type=type_, fields=fields)

    def _field(self, parent: GraphQLObjectType, key: str, details: list[FieldDetails]) -> FieldPlan:
        name = details[0].node.name.value
        definition = self._schema.get_field(parent, name)
        if definition is None or name in {"__schema", "__type"}:
            raise Unsupported
        if any(detail.defer_usage or detail.fragment_variable_values for detail in details):
            raise Unsupported
        origin = _origin(definition, name)
        self.reads[parent.name].update(_attributes_of(origin, definition))
        plan = FieldPlan(
            key=key,
            parent=parent,
            definition=definition,
            details=details,
            type=definition.type,
            origin=origin,
            slot=len(self.slots) if isinstance(origin, Related | Paged | Call) else None,
            resolver=Resolver(definition, details[0].node, strawberry_field(definition)),
        )
        if plan.slot is not None:
            self.slots.append(plan)
        for type_ in self._object_types(definition.type):
            collected = collect_subfields(
                self._schema, self._fragments, self._variables, self._operation, type_, details
            )
            plan.selections[type_.name] = self.selection(type_, collected.grouped_field_set)
        return plan

    def _object_types(self, type_: GraphQLOutputType) -> tuple[GraphQLObjectType, ...]:
        named: Any = get_named_type(type_)
        if isinstance(named, GraphQLObjectType):
            return (named,)
        if isinstance(named, GraphQLInterfaceType | GraphQLUnionType):
            return tuple(self._schema.get_possible_types(named))
        return ()


def strawberry_field(definition: GraphQLField) -> StrawberryField | None:
    """Strawberry's own field behind graphql-core's, if it is one of Strawberry's."""
    found = definition.extensions.get(_STRAWBERRY)
    return found if isinstance(found, StrawberryField) else None


def _attributes_of(origin: Origin, definition: GraphQLField) -> tuple[str, ...]:
    """What is read of the parent's record; of a resolver it is what its field declares. An id is always there."""
    match origin:
        case Attribute(name=name):
            return (name,)
        case Embedded(attributes=attributes, present=present):
            return (present, *attributes.values())
        case Related(key=key) | Paged(key=key):
            return (key,)
        case Call():
            declared = strawberry_field(definition)
            return () if declared is None else declared.metadata.get(READS, ())
        case _:
            return ()


def _origin(definition: GraphQLField, name: str) -> Origin:
    if name == "__typename":
        return TypeName()
    declared = strawberry_field(definition)
    if declared is None or declared.extensions:
        return Call()  # permissions and other extensions run around the resolver
    declaration = declared.metadata.get(DECLARATION)
    if isinstance(declaration, Computed | Embedded | Related | Paged):
        return declaration
    if declared.base_resolver is None:
        return Attribute(name=declared.python_name)
    return Call()
