"""What any mutation may tell of a change that met another one."""

import strawberry

from datasources.core import errors
from resolvers.mutations import UserError


@strawberry.type(
    description="It has been changed since you read it. Read it again, and send your change with its new version."
)
class VersionConflictError(UserError):
    raised_as = errors.VersionConflict

    current_version: int = strawberry.field(description="The version that it is at now.")


@strawberry.type(description="The idempotency key was used before, for another change.")
class IdempotencyConflictError(UserError):
    raised_as = errors.IdempotencyConflict
