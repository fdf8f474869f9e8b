"""Random valid operations over any schema: a walk from the root with a budget of depth and of fields."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from graphql import (
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLObjectType,
    do_types_overlap,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    parse,
    validate,
)

from tests.differential.inputs import Inputs, any_leaf

if TYPE_CHECKING:
    from collections.abc import Callable

    from graphql import DocumentNode, GraphQLCompositeType, GraphQLSchema

    from tests.differential.inputs import Arguments, Leaf

MOST_ATTEMPTS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A valid operation and what is sent with it."""

    source: str
    document: DocumentNode
    variables: dict[str, Any]
    name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How large an operation may become, and how often its selections are something else than a new field."""

    depth: int = 6
    width: int = 6
    fields: int = 40
    leading: float = 0.45
    typename: float = 0.06
    repeated: float = 0.08
    inline: float = 0.1
    spread: float = 0.1
    alias: float = 0.15
    taken_alias: float = 0.02
    directive: float = 0.07
    introspection: float = 0.01


@dataclass(slots=True)
class Generator:
    """A stream of valid operations over a schema; `discarded` counts those that validation refused."""

    schema: GraphQLSchema
    arguments: Arguments = lambda _rng, _coordinate, _field: None
    leaf: Leaf = any_leaf
    budget: Budget = field(default_factory=Budget)
    made: int = 0
    discarded: int = 0

    def operation(self, seed: int | str, kind: str = "query") -> Operation:
        """The operation of a seed, always the same."""
        rng = Random(seed)  # noqa: S311  # the same numbers every time
        for _ in range(MOST_ATTEMPTS):
            operation = self._attempt(rng, kind)
            if operation is not None:
                self.made += 1
                return operation
            self.discarded += 1
        message = f"No valid operation in {MOST_ATTEMPTS} attempts of seed {seed}."
        raise AssertionError(message)

    def _attempt(self, rng: Random, kind: str) -> Operation | None:
        inputs = Inputs(rng=rng, arguments=self.arguments, leaf=self.leaf)
        writer = _Writer(schema=self.schema, rng=rng, inputs=inputs, budget=self.budget)
        source, name = writer.write(kind)
        try:
            document = parse(source)
        except GraphQLError as error:
            message = f"Not even a document: {source}"
            raise AssertionError(message) from error
        if validate(self.schema, document, max_errors=1):
            return None
        return Operation(source=source, document=document, variables=inputs.values, name=name)


@dataclass(slots=True)
class _Fields:
    """What one selection set holds so far: response names with what must be equal to repeat them."""

    parent: GraphQLCompositeType
    written: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Writer:
    schema: GraphQLSchema
    rng: Random
    inputs: Inputs
    budget: Budget
    fields_left: int = 0
    aliases: int = 0
    fragments: dict[str, tuple[GraphQLCompositeType, str]] = field(default_factory=dict)

    def write(self, kind: str) -> tuple[str, str | None]:
        """A document, and the name of the operation to run where it has several."""
        root = self.schema.mutation_type if kind == "mutation" else self.schema.query_type
        assert root is not None
        self.fields_left = self.rng.randint(3, self.budget.fields)
        selected = self._selections(root, self.budget.depth)
        name = self.rng.choice(("", "", " Asked"))
        operation = f"{kind}{name}{self.inputs.declarations()} {selected}"
        fragments = [f"fragment {named} on {on.name} {body}" for named, (on, body) in self.fragments.items()]
        if kind == "query" and self._chance(self.budget.introspection):
            fragments.append("fragment Schema on Query { __schema { queryType { name } } }")
            operation = f"{operation[:-1]} ...Schema }}"
        definitions = [operation, *fragments]
        if name and self._chance(0.2):
            definitions.append("query Other { __typename }")
            asked: str | None = "Asked"
        else:
            asked = None
        self.rng.shuffle(definitions)
        return "\n".join(definitions), asked

    def _selections(self, parent: GraphQLCompositeType, depth: int) -> str:
        """A selection set in braces."""
        so_far = _Fields(parent)
        wanted = self.rng.randint(1, self.budget.width)
        written = [self._selection(so_far, depth) for _ in range(wanted)]
        kept = [text for text in written if text]
        return f"{{ {' '.join(kept or ['__typename'])} }}"

    def _selection(self, so_far: _Fields, depth: int) -> str:
        budget, chance = self.budget, self.rng.random()
        for probability, write in self._rarer(budget):
            if chance < probability:
                return write(so_far, depth)
            chance -= probability
        return self._field(so_far, depth)

    def _rarer(self, budget: Budget) -> list[tuple[float, Callable[[_Fields, int], str]]]:
        return [
            (budget.typename, self._typename),
            (budget.repeated, self._repeat),
            (budget.inline, self._inline_fragment),
            (budget.spread, self._spread),
        ]

    def _field(self, so_far: _Fields, depth: int) -> str:
        parent = so_far.parent
        if not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
            return self._inline_fragment(so_far, depth) if self.fields_left > 0 else ""
        if self.fields_left <= 0:
            return ""
        self.fields_left -= 1
        name = self._name(parent, depth)
        if name is None:
            return self._typename(so_far, depth)
        called = parent.fields[name]
        arguments = self.inputs.written_arguments(f"{parent.name}.{name}", called) if called.args else ""
        head = f"{self._alias(so_far, bool(called.args))}{name}{arguments}"
        so_far.written.append((head, name))
        return self._complete(head, called, depth)

    def _name(self, parent: GraphQLObjectType | GraphQLInterfaceType, depth: int) -> str | None:
        """A field to select: as often one that leads on as a leaf, as long as the depth allows."""
        leading: list[str] = [
            name for name, it in parent.fields.items() if is_composite_type(get_named_type(it.type))
        ]
        leaves: list[str] = [name for name in parent.fields if name not in leading]
        if depth > 1 and leading and (not leaves or self._chance(self.budget.leading)):
            return self.rng.choice(leading)
        return self.rng.choice(leaves) if leaves else None

    def _complete(self, head: str, called: Any, depth: int) -> str:
        target = get_named_type(called.type)
        below = f" {self._selections(target, depth - 1)}" if is_composite_type(target) else ""
        return f"{head}{self._directives()}{below}"

    def _alias(self, so_far: _Fields, called_with_arguments: bool) -> str:
        """An alias where two calls could differ; sometimes one that may be in somebody else's way."""
        if self._chance(self.budget.taken_alias) and so_far.written:
            return f"{self.rng.choice(so_far.written)[1]}: "
        if called_with_arguments or self._chance(self.budget.alias):
            self.aliases += 1
            return f"a{self.aliases}: "
        return ""

    def _repeat(self, so_far: _Fields, depth: int) -> str:
        """A field once more, with other selections: the two are merged."""
        parent = so_far.parent
        if not so_far.written or not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
            return self._field(so_far, depth)
        head, name = self.rng.choice(so_far.written)
        return self._complete(head, parent.fields[name], depth)

    def _typename(self, so_far: _Fields, depth: int) -> str:  # noqa: ARG002  # like the other selections
        alias = f"t{self.rng.randint(1, 3)}: " if self._chance(0.3) else ""
        return f"{alias}__typename{self._directives()}"

    def _inline_fragment(self, so_far: _Fields, depth: int) -> str:
        if self._chance(0.3):
            return f"...{self._directives()} {self._selections(so_far.parent, depth)}"
        target = self._condition(so_far.parent)
        return f"... on {target.name}{self._directives()} {self._selections(target, depth)}"

    def _spread(self, so_far: _Fields, depth: int) -> str:
        """A named fragment, known or new. A new one uses only those that are known, so there is no cycle."""
        known = [
            name
            for name, (on, _) in self.fragments.items()
            if do_types_overlap(self.schema, on, so_far.parent)
        ]
        if known and self._chance(0.4):
            return f"...{self.rng.choice(known)}{self._directives()}"
        target = self._condition(so_far.parent)
        body = self._selections(target, depth)
        name = f"{target.name}Part{len(self.fragments) + 1}"
        self.fragments[name] = (target, body)
        return f"...{name}{self._directives()}"

    def _condition(self, parent: GraphQLCompositeType) -> GraphQLCompositeType:
        """A type that an object of `parent` may be: itself, one of its objects, or an interface or union of them."""
        choices: list[GraphQLCompositeType] = [parent]
        if is_abstract_type(parent):
            choices += [*self.schema.get_possible_types(parent)] * 2
        abstract = [it for it in self.schema.type_map.values() if is_abstract_type(it)]
        choices += [it for it in abstract if do_types_overlap(self.schema, it, parent)]
        return self.rng.choice(choices)

    def _directives(self) -> str:
        written = [
            f" @{name}(if: {self.inputs.boolean()})"
            for name in ("skip", "include")
            if self._chance(self.budget.directive)
        ]
        self.rng.shuffle(written)
        return "".join(written)

    def _chance(self, probability: float) -> bool:
        return self.rng.random() < probability
