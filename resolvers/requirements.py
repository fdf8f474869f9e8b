"""Which permission a field needs: declared once, checked before its resolver runs, and shown by the schema."""

from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from typing import Any, TypeAlias, TypeVar

import strawberry
from strawberry.schema_directive import Location

from resolvers.context import Info
from resolvers.declarations import READS
from resolvers.permissions import Permission

R = TypeVar("R")

Resolver: TypeAlias = Callable[..., Awaitable[R]]

# Under which name a field's metadata holds its permission.
REQUIREMENT = "requires"


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    description="The permission that the field needs: public is everybody's, authenticated is everybody's who "
    "is signed in, the others are staff's by their roles. A refusal names it, too.",
)
class Requires:
    permission: str = strawberry.directive_field(name="permission")


def declared(permission: Permission, description: str, *, reads: tuple[str, ...] = ()) -> Mapping[str, Any]:
    """What a field of Strawberry is made with so that it shows its permission, and what it reads of its parent."""
    return {
        "description": " ".join([description, *_in_words(permission)]),
        "directives": [Requires(permission=permission.value)],
        "metadata": {REQUIREMENT: permission, READS: reads},
    }


def restricted(permission: Permission, resolver: Resolver[R]) -> Resolver[R]:
    """The resolver for whoever holds the permission; others get the refusal, and nothing is asked of any database."""

    @wraps(resolver)
    async def resolve(*sources: Any, info: Info, **arguments: Any) -> R:
        info.context.viewer.require(permission)
        return await resolver(*sources, info=info, **arguments)

    return resolve


def restricted_field(
    permission: Permission, *, description: str, graphql_type: Any = None, reads: tuple[str, ...] = ()
) -> Any:
    """A field that only answers whoever holds the permission. Its resolver is asynchronous and takes `info`.

    `reads` names the attributes of the parent that the resolver needs, where records are narrowed to what is read.
    """

    def field(resolver: Resolver[Any]) -> Any:
        return strawberry.field(
            restricted(permission, resolver),
            graphql_type=graphql_type,
            **declared(permission, description, reads=reads),
        )

    return field


def _in_words(permission: Permission) -> tuple[str, ...]:
    """The permission as a sentence, for readers who see no directives; what everybody may needs none."""
    if permission is Permission.PUBLIC:
        return ()
    if permission is Permission.AUTHENTICATED:
        return ("You must be signed in.",)
    return (f"Needs the permission {permission.value}.",)
