"""What attributes of products mean, for those who write them and for those who filter by them."""

from collections.abc import Sequence
from enum import Enum

import strawberry

from datasources.products import attribute_definitions as definitions
from resolvers.context import Info


@strawberry.enum(description="What the values of an attribute are.")
class AttributeType(Enum):
    TEXT = strawberry.enum_value("text", description="Any text.")
    NUMBER = strawberry.enum_value("number", description="A number.")
    BOOLEAN = strawberry.enum_value("boolean", description="Yes or no.")
    SELECT = strawberry.enum_value("select", description="One of the values of a list.")


@strawberry.type(description="A value of an attribute.")
class AttributeValue:
    value: str = strawberry.field(description="The value as products hold it.")
    display_value: str = strawberry.field(description="The value as people read it.")


@strawberry.type(description="What an attribute of products means.")
class AttributeDefinition:
    id: strawberry.ID = strawberry.field(
        description="Its id among the definitions: no global one, by which `Query.node` would find it."
    )
    name: str = strawberry.field(description="The name under which products have it, unique in the shop.")
    display_name: str = strawberry.field(description="The name as people read it.")
    type: AttributeType = strawberry.field(
        resolver=lambda root: root.attribute_type, description="What its values are."
    )
    is_filterable: bool = strawberry.field(description="Whether lists of products are filtered by it.")
    is_searchable: bool = strawberry.field(description="Whether searches look into it.")
    position: int = strawberry.field(description="Its place among the attributes, from 0.")
    values: list[AttributeValue] = strawberry.field(
        description="The values to choose from, in display order."
    )
    version: int = strawberry.field(
        description="Counts its changes. Send it with a change, so that nobody's is overwritten."
    )


@strawberry.type
class AttributeQueries:
    @strawberry.field(
        graphql_type=list[AttributeDefinition],
        description="What the attributes of products mean, in display order.",
    )
    async def attribute_definitions(self, info: Info) -> Sequence[definitions.AttributeDefinition]:
        return await definitions.all_attributes(info.context.connections.products)
