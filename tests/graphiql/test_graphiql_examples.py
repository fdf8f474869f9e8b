"""The operations that GraphiQL opens with are valid, complete, and named as their tabs are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from graphql import GraphQLSchema, OperationDefinitionNode, build_schema, parse, validate
from graphql.execution.values import get_variable_values

from gateway.graphiql.examples import FOLDER, TABS, GraphiQLExample, load_examples
from tests.people import new_person

if TYPE_CHECKING:
    from datasources.core.connections import Connections
    from tests.client import GraphQLClient

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


async def test_the_tabs_of_the_checkout_place_an_order(
    client: GraphQLClient, connections: Connections
) -> None:
    buyer = await new_person(client, connections)
    prepare, complete = (
        next(each for each in load_examples() if each.name == name)
        for name in ("PrepareCheckout", "CompleteCheckout")
    )
    prepared = await buyer.ask(prepare.query, prepare.variables)
    assert (prepared.errors, prepared.data["addToCart"]["userErrors"]) == ([], [])
    shown = prepared.data["prepareCheckout"]["cart"]["checkout"]
    assert shown["missing"] == []
    # As it is, the tab says what the total is; with that in its place, it buys.
    refused = await buyer.ask(complete.query, complete.variables)
    (error,) = refused.data["completeCheckout"]["userErrors"]
    assert (error["code"], error["actual"]["amount"]) == ("TOTAL_CHANGED", shown["total"]["amount"])
    given = {**(complete.variables or {})["input"], "expectedTotal": error["actual"]["amount"]}
    placed = await buyer.ask(complete.query, {"input": given})
    assert (placed.errors, placed.data["completeCheckout"]["userErrors"]) == ([], [])
    order = placed.data["completeCheckout"]["outcome"]["order"]
    assert (order["status"], order["total"]) == ("PAID", shown["total"])


def test_every_file_has_a_tab() -> None:
    stems = {stem for stem, _ in TABS}
    assert {path.stem for path in FOLDER.iterdir() if path.suffix in {".graphql", ".json"}} == stems
    names = [example.name for example in load_examples()]
    assert len(set(names)) == len(names)
    assert names[0] == "Wide"
