"""Writes Python for a plan: functions that fill response objects from values, with no bookkeeping on the way.

For every field that comes in a later wave there is one function, which takes the response objects that wait for it, and
the values that came, and fills them in. It inlines everything that can be read off the values without waiting:
attributes, nested objects, lists. What has to wait again is put down, object by object, for the next wave. Whatever is
not exactly as expected raises, and that one entry is left to graphql-core: reading attributes twice does no harm. A
record that is met again is not completed again: the same response object is put in all its places.

The page docs/execution.md shows one small query and the source made for it.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from graphql import (
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLUnionType,
    is_leaf_type,
)

from gateway.execution.classes import SURPRISE, Classes
from gateway.execution.leaves import UTC_ZONES, Leaf, leaf_of
from gateway.execution.plans import Attribute, Call, TypeName
from resolvers.declarations import Computed, Embedded, Related

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from graphql import GraphQLLeafType, GraphQLNullableOutputType, GraphQLOutputType

    from gateway.execution.plans import FieldPlan, Plan, SelectionPlan
    from gateway.execution.types import RuntimeTypes


@dataclass(slots=True)
class Source:
    """Python under construction: its lines, and the constants that it names."""

    types: RuntimeTypes
    lines: list[str] = field(default_factory=list)
    constants: dict[str, Any] = field(default_factory=dict)
    leaves: dict[str, Leaf] = field(default_factory=dict)
    classes: dict[str, str] = field(default_factory=dict)
    indent: int = 0
    names: int = 0

    def write(self, line: str) -> None:
        """Add a line at the present depth."""
        self.lines.append("    " * self.indent + line)

    def name(self, prefix: str) -> str:
        """A name that is not taken."""
        self.names += 1
        return f"{prefix}{self.names}"

    def constant(self, prefix: str, value: Any) -> str:
        """The name of a constant."""
        for name, known in self.constants.items():
            if known is value and name.startswith(prefix):
                return name
        name = self.name(prefix)
        self.constants[name] = value
        return name

    def classes_of(self, type_: GraphQLObjectType) -> str:
        """The name of the classes of values that stand for a type."""
        if type_.name not in self.classes:
            self.classes[type_.name] = self.constant("k", Classes(type_))
        return self.classes[type_.name]

    def leaf(self, type_: GraphQLLeafType) -> Leaf:
        """How values of a leaf type are checked and serialised."""
        if type_.name not in self.leaves:
            self.leaves[type_.name] = leaf_of(type_)
        return self.leaves[type_.name]

    def text(self) -> str:
        """The source so far."""
        return "\n".join(self.lines) + "\n"


def write_source(plan: Plan, types: RuntimeTypes) -> Source:
    """The functions of a plan: `start(s, W)` for its root, `fill_N(T, V, W, slow)` for each slot N."""
    source = Source(
        types=types, constants={"SURPRISE": SURPRISE, "datetime": datetime, "UTC_ZONES": UTC_ZONES}
    )
    source.write("def start(s, W):")
    source.indent += 1
    _bind_queues(source, plan.root)
    source.write(f"return {_write_object(source, plan.root, _Reading(source, 's'))}")
    source.indent -= 1
    for slot in plan.slots:
        source.write("")
        _write_fill(source, slot)
    return source


def compile_source(source: Source, *, name: str) -> dict[str, Callable[..., Any]]:
    """The functions that the source defines."""
    namespace: dict[str, Any] = dict(source.constants)
    exec(compile(source.text(), f"<{name}>", "exec"), namespace)  # noqa: S102  # it holds names and constants of our own, never text from a request
    return namespace


def _write_fill(source: Source, slot: FieldPlan) -> None:
    nested = [inner for selection in slot.selections.values() for inner in _waiting_in(selection)]
    source.write(f"def fill_{slot.slot}(T, V, W, slow):  # {slot.parent.name}.{slot.key}")
    source.indent += 1
    for selection in slot.selections.values():
        _bind_queues(source, selection)
    shared = _may_be_shared(slot)
    if shared:
        source.write("made = {}")
    source.write("for t, v in zip(T, V):")
    source.indent += 1
    if shared:
        source.write("known = made.get(id(v))")
        source.write("if known is not None:")
        source.write(f"    t[{slot.key!r}] = known")
        source.write("    continue")
    undone = nested if _may_fail_after_queueing(slot) else []
    for inner in undone:
        source.write(f"n{inner.slot} = len(t{inner.slot})")
    source.write("try:")
    source.indent += 1
    value = _write_value(source, slot.type, slot, "v")
    source.write(f"t[{slot.key!r}] = {'made[id(v)] = ' if shared else ''}{value}")
    source.indent -= 1
    source.write("except Exception:")
    source.indent += 1
    for inner in undone:
        source.write(f"del t{inner.slot}[n{inner.slot}:], s{inner.slot}[n{inner.slot}:]")
    source.write("slow.append((t, v))")
    source.indent -= 3


def _may_fail_after_queueing(slot: FieldPlan) -> bool:
    """Whether a value may turn out to be wrong when part of it waits in queues already: a list, or an object in one."""
    type_ = slot.type.of_type if isinstance(slot.type, GraphQLNonNull) else slot.type
    if isinstance(type_, GraphQLList):
        return True
    return any(
        inner.slot is None and any(map(_waiting_in, inner.selections.values()))
        for selection in slot.selections.values()
        for inner in selection.fields
    )


def _may_be_shared(slot: FieldPlan) -> bool:
    """Whether several parents may hold one and the same response object, since a loader gives them the same record.

    Not where a resolver is called for the object or below it: that is to happen for each place in the response.
    """
    one = isinstance(slot.origin, Related) and not slot.origin.many
    return one and bool(slot.selections) and not any(map(_calls_resolvers, slot.selections.values()))


def _calls_resolvers(selection: SelectionPlan) -> bool:
    return any(
        isinstance(inner.origin, Call) or any(map(_calls_resolvers, inner.selections.values()))
        for inner in selection.fields
    )


def _waiting_in(selection: SelectionPlan) -> list[FieldPlan]:
    """The fields in a selection, and in what is read with it, that come in a later wave."""
    waiting = []
    for inner in selection.fields:
        if inner.slot is not None:
            waiting.append(inner)
        else:
            for deeper in inner.selections.values():
                waiting += _waiting_in(deeper)
    return waiting


def _bind_queues(source: Source, selection: SelectionPlan) -> None:
    for inner in _waiting_in(selection):
        source.write(f"t{inner.slot}, s{inner.slot} = W[{inner.slot}]")


def _write_value(source: Source, type_: GraphQLOutputType, plan: FieldPlan, value: str) -> str:
    """Write what completes a value of a type, and give the name of the result."""
    if isinstance(type_, GraphQLNonNull):
        if isinstance(type_.of_type, GraphQLInterfaceType | GraphQLUnionType):
            source.write(
                f"if {value} is None: raise SURPRISE"
            )  # other checks are of the class, which None has not
        return _write_present(source, type_.of_type, plan, value)
    with _unless_none(source, value) as result:
        source.write(f"{result} = {_write_present(source, type_, plan, value)}")
    return result


@contextmanager
def _unless_none(source: Source, value: str) -> Iterator[str]:
    """Write a branch for a value that is there; the result is None where it is not."""
    result = source.name("o")
    source.write(f"if {value} is None:")
    source.write(f"    {result} = None")
    source.write("else:")
    source.indent += 1
    yield result
    source.indent -= 1


def _write_present(source: Source, type_: GraphQLNullableOutputType, plan: FieldPlan, value: str) -> str:
    """The same for a value that is not null."""
    if isinstance(type_, GraphQLList):
        return _write_list(source, type_, plan, value)
    if is_leaf_type(type_):
        return _write_leaf(source, type_, value)
    if isinstance(type_, GraphQLObjectType):
        _write_class_check(source, type_, value)
        return _write_object(source, plan.selections[type_.name], _Reading(source, value))
    return _write_abstract(source, type_, plan, value)  # type: ignore[arg-type]  # nothing else is left


def _write_list(source: Source, type_: GraphQLList[Any], plan: FieldPlan, value: str) -> str:
    # Other iterables are rare, and graphql-core knows all of them.
    source.write(f"if {value}.__class__ is not tuple and {value}.__class__ is not list: raise SURPRISE")
    result, item = source.name("l"), source.name("i")
    source.write(f"{result} = []")
    source.write(f"for {item} in {value}:")
    source.indent += 1
    source.write(f"{result}.append({_write_value(source, type_.of_type, plan, item)})")
    source.indent -= 1
    return result


def _write_leaf(source: Source, type_: GraphQLLeafType, value: str) -> str:
    leaf = source.leaf(type_)
    names = {"v": value, "c": "" if leaf.constant is None else source.constant("c", leaf.constant)}
    if leaf.wrong is not None:
        source.write(f"if {leaf.wrong.format(**names)}: raise SURPRISE")
    if leaf.json is None:
        return value
    result = source.name("o")
    source.write(f"{result} = {leaf.json.format(**names)}")
    return result


def _write_class_check(source: Source, type_: GraphQLObjectType, value: str) -> None:
    if type_.is_type_of is not None and not hasattr(type_.is_type_of, "record"):
        check = source.constant("k", type_.is_type_of)
        source.write(f"if {value} is None or {check}({value}, None) is not True: raise SURPRISE")
        return
    classes = source.classes_of(type_)
    source.write(f"if {value}.__class__ not in {classes}: {classes}.admit({value})")


def _write_abstract(
    source: Source, type_: GraphQLInterfaceType | GraphQLUnionType, plan: FieldPlan, value: str
) -> str:
    kind, result = source.name("k"), source.name("o")
    source.write(f"{kind} = {source.constant('type_of', source.types.of(type_))}({value})")
    for number, (name, selection) in enumerate(plan.selections.items()):
        source.write(f"{'if' if number == 0 else 'elif'} {kind} == {name!r}:")
        source.indent += 1
        source.write(f"{result} = {_write_object(source, selection, _Reading(source, value))}")
        source.indent -= 1
    source.write("else: raise SURPRISE")
    return result


@dataclass(slots=True)
class _Reading:
    """Reads attributes of one value, each once; an embedded object's attributes go by other names there."""

    source: Source
    value: str
    renamed: Mapping[str, str] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)

    def read(self, name: str) -> str:
        """Write what reads an attribute, and give the name of the result."""
        attribute = self.renamed.get(name, name)
        if attribute not in self.known:
            self.known[attribute] = self.source.name("a")
            self.source.write(f"{self.known[attribute]} = {self.value}.{attribute}")
        return self.known[attribute]

    def embedded(self, renamed: Mapping[str, str], *, always: bool) -> _Reading:
        """The same for an object made of attributes of this one; what only a branch reads is not known outside it."""
        return _Reading(self.source, self.value, renamed, self.known if always else dict(self.known))


def _write_object(source: Source, selection: SelectionPlan, reading: _Reading) -> str:
    """Write what makes a response object of an object's attributes, and gives it to the queues it has to wait in."""
    entries, waiting = [], []
    for inner in selection.fields:
        if inner.slot is None:
            entries.append(f"{inner.key!r}: {_write_entry(source, inner, reading)}")
        else:
            # What a field that comes later is asked by: a relation by its key, a resolver by the object itself.
            key = getattr(inner.origin, "key", None)
            entries.append(f"{inner.key!r}: None")
            waiting.append((inner, reading.value if key is None else reading.read(key)))
    result = source.name("d")
    source.write(f"{result} = {{{', '.join(entries)}}}")
    for inner, key in waiting:
        append = f"t{inner.slot}.append({result}); s{inner.slot}.append({key})"
        one = isinstance(inner.origin, Related) and not inner.origin.many
        optional = one and not isinstance(inner.type, GraphQLNonNull)
        source.write(f"if {key} is not None: {append}" if optional else append)
    return result


def _write_entry(source: Source, plan: FieldPlan, reading: _Reading) -> str:
    match plan.origin:
        case TypeName():
            return repr(plan.parent.name)
        case Attribute(name=name):
            return _write_value(source, plan.type, plan, reading.read(name))
        case Computed(value=function):
            result = source.name("a")
            source.write(f"{result} = {source.constant('f', function)}({reading.value})")
            return _write_value(source, plan.type, plan, result)
        case Embedded() as embedded:
            return _write_embedded(source, plan, embedded, reading)
        case _:
            raise AssertionError(plan.origin)  # every other origin has a slot


def _write_embedded(source: Source, plan: FieldPlan, embedded: Embedded, reading: _Reading) -> str:
    type_: Any = plan.type.of_type if isinstance(plan.type, GraphQLNonNull) else plan.type
    selection = plan.selections[type_.name]
    present = reading.read(embedded.present)
    if isinstance(plan.type, GraphQLNonNull):
        source.write(f"if {present} is None: raise SURPRISE")
        return _write_object(source, selection, reading.embedded(embedded.attributes, always=True))
    with _unless_none(source, present) as result:
        inner = reading.embedded(embedded.attributes, always=False)
        source.write(f"{result} = {_write_object(source, selection, inner)}")
    return result
