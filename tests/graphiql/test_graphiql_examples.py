"""The operations that GraphiQL opens with are valid, complete, and named as their tabs are."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import GraphQLSchema, OperationDefinitionNode, build_schema, parse, validate
from graphql.execution.values import get_variable_values

from gateway.graphiql.examples import FOLDER, TABS, GraphiQLExample, load_examples

PUBLIC_SCHEMA = Path(__file__).parents[2] / "schema.graphql"


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    """The exported schema."""
    return build_schema(PUBLIC_SCHEMA.read_text(encoding="utf-8"))


@pytest.mark.parametrize("example", load_examples(), ids=lambda example: example.name)
def test_example_is_valid_with_its_variables(schema: GraphQLSchema, example: GraphiQLExample) -> None:
    document = parse(example.query)
    assert validate(schema, document) == []

    (operation,) = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    assert operation.name is not None
    assert operation.name.value == example.name
    variables = get_variable_values(
        schema, operation.variable_definitions or (), dict(example.variables or {})
    )
    assert not isinstance(variables, list), variables


def test_every_file_has_a_tab() -> None:
    stems = {stem for stem, _ in TABS}
    assert {path.stem for path in FOLDER.iterdir() if path.suffix in {".graphql", ".json"}} == stems
    names = [example.name for example in load_examples()]
    assert len(set(names)) == len(names)
    assert names[0] == "Wide"
