"""What attributes of products mean."""

from typing import Annotated

import strawberry

from datasources.products import attribute_definitions
from datasources.products.commands import attributes
from resolvers.conflicts import VersionConflictError
from resolvers.context import Info
from resolvers.mutations import InvalidInputError, entity, mutation, user_errors
from resolvers.permissions import Permission
from resolvers.products.attributes import AttributeDefinition, AttributeType
from resolvers.products.given import given_in, staffed, told_as_input
from resolvers.products.problems import AttributeNotFoundError, NameTakenError
from resolvers.products.product_inputs import EXPECTED_VERSION, OPTIONAL_VERSION

ATTRIBUTE_ID = "The id of the attribute's definition."


@strawberry.input(description="A value to choose from.")
class AttributeValueInput:
    value: str = strawberry.field(description="The value as products hold it.")
    display_value: str | None = strawberry.field(
        default=strawberry.UNSET, description="The value as people read it; the same unless given."
    )


@strawberry.input(description="What an attribute may mean.")
class AttributeDefinitionValues:
    display_name: str | None = strawberry.field(
        default=strawberry.UNSET, description="The name as people read it."
    )
    attribute_type: AttributeType | None = strawberry.field(
        name="type", default=strawberry.UNSET, description="What its values are; TEXT unless given."
    )
    is_filterable: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether lists of products are filtered by it."
    )
    is_searchable: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether searches look into it."
    )
    display_order: int | None = strawberry.field(
        name="position", default=strawberry.UNSET, description="Its place among the attributes, from 0."
    )
    values: list[AttributeValueInput] | None = strawberry.field(
        default=strawberry.UNSET, description="The values to choose from, in display order."
    )


@strawberry.input(description="An attribute that products may have.")
class CreateAttributeDefinitionInput(AttributeDefinitionValues):
    name: str = strawberry.field(description="The name under which products have it, unique in the shop.")


CreateAttributeDefinitionError = Annotated[
    InvalidInputError | NameTakenError,
    strawberry.union(
        "CreateAttributeDefinitionError", description="Why `createAttributeDefinition` did nothing."
    ),
]


@strawberry.type(description="What `createAttributeDefinition` answers.")
class CreateAttributeDefinitionPayload:
    attribute: attribute_definitions.AttributeDefinition | None = entity(
        AttributeDefinition, "The attribute as it was added."
    )
    user_errors: list[CreateAttributeDefinitionError] = user_errors()


@strawberry.input(
    description="What of an attribute is to change. What is left out stays; `values` replaces them all."
)
class UpdateAttributeDefinitionInput(AttributeDefinitionValues):
    attribute_id: strawberry.ID = strawberry.field(description=ATTRIBUTE_ID)
    version: int = strawberry.field(description=EXPECTED_VERSION)
    name: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The name under which products have it. Products keep the name that they hold.",
    )


UpdateAttributeDefinitionError = Annotated[
    InvalidInputError | AttributeNotFoundError | VersionConflictError | NameTakenError,
    strawberry.union(
        "UpdateAttributeDefinitionError", description="Why `updateAttributeDefinition` did nothing."
    ),
]


@strawberry.type(description="What `updateAttributeDefinition` answers.")
class UpdateAttributeDefinitionPayload:
    attribute: attribute_definitions.AttributeDefinition | None = entity(
        AttributeDefinition, "The attribute as it is now."
    )
    user_errors: list[UpdateAttributeDefinitionError] = user_errors()


@strawberry.input(description="An attribute whose definition is to go.")
class DeleteAttributeDefinitionInput:
    attribute_id: strawberry.ID = strawberry.field(description=ATTRIBUTE_ID)
    version: int | None = strawberry.field(default=None, description=OPTIONAL_VERSION)


DeleteAttributeDefinitionError = Annotated[
    AttributeNotFoundError | VersionConflictError,
    strawberry.union(
        "DeleteAttributeDefinitionError", description="Why `deleteAttributeDefinition` did nothing."
    ),
]


@strawberry.type(description="What `deleteAttributeDefinition` answers.")
class DeleteAttributeDefinitionPayload:
    deleted_attribute_id: strawberry.ID | None = entity(strawberry.ID, "The id that the definition had.")
    user_errors: list[DeleteAttributeDefinitionError] = user_errors()


@strawberry.type
class AttributeMutations:
    @mutation(
        requires=Permission.WRITE_ATTRIBUTES,
        at={NameTakenError: "name"},
        description="Say what an attribute of products means.",
    )
    async def create_attribute_definition(
        self, info: Info, input: CreateAttributeDefinitionInput
    ) -> CreateAttributeDefinitionPayload:
        with told_as_input():
            attribute = await attributes.create_attribute(
                info.context.connections.products, given=given_in(input), **staffed(info)
            )
        return CreateAttributeDefinitionPayload(attribute=attribute)

    @mutation(
        requires=Permission.WRITE_ATTRIBUTES,
        at={AttributeNotFoundError: "attributeId", VersionConflictError: "version", NameTakenError: "name"},
        description="Change what an attribute of products means. Products keep what they hold.",
    )
    async def update_attribute_definition(
        self, info: Info, input: UpdateAttributeDefinitionInput
    ) -> UpdateAttributeDefinitionPayload:
        with told_as_input():
            attribute = await attributes.update_attribute(
                info.context.connections.products,
                attribute_id=input.attribute_id,
                version=input.version,
                changes=given_in(input, but=("attribute_id", "version")),
                **staffed(info),
            )
        return UpdateAttributeDefinitionPayload(attribute=attribute)

    @mutation(
        requires=Permission.WRITE_ATTRIBUTES,
        at={AttributeNotFoundError: "attributeId", VersionConflictError: "version"},
        description="Remove an attribute's definition. Products keep what they hold.",
    )
    async def delete_attribute_definition(
        self, info: Info, input: DeleteAttributeDefinitionInput
    ) -> DeleteAttributeDefinitionPayload:
        attribute = await attributes.delete_attribute(
            info.context.connections.products,
            attribute_id=input.attribute_id,
            version=input.version,
            **staffed(info),
        )
        return DeleteAttributeDefinitionPayload(deleted_attribute_id=strawberry.ID(attribute.id))
