"""What every mutation is made of: a permission, one input, one payload, and expected errors as typed data in it.

A mutation is an asynchronous method of `info` and `input` that awaits one command and answers its payload:

    @mutation(requires=Permission.AUTHENTICATED, at={UsernameTakenError: "username"}, description="...")
    async def update_profile(self, info: Info, input: UpdateProfileInput) -> UpdateProfilePayload:
        ...

The payload's `user_errors` is a list of a union, and that union is all there is to say of what can go wrong: whichever
of its members' `raised_as` the command raises becomes that member. Any other error is a bug, an outage, or a refusal.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import wraps
from typing import Annotated, Any, ClassVar, Optional, TypedDict, TypeVar, get_args, get_type_hints

import strawberry

from datasources.core.errors import ServiceUnavailable
from datasources.users.errors import UnknownUser
from datasources.users.origins import Origin
from resolvers.context import Info
from resolvers.permissions import Permission, SignInRequired
from resolvers.requirements import Resolver, declared, restricted

P = TypeVar("P")


@strawberry.interface(
    description="Something that a mutation could not do as it was asked, for a reason that its user can act "
    "on. Nothing was changed."
)
class UserError:
    # The error that becomes this one, most often a datasource's.
    raised_as: ClassVar[type[Exception] | None] = None

    code: str = strawberry.field(description="The reason in a word for programs, such as WEAK_PASSWORD.")
    message: str = strawberry.field(description="The reason in words for people.")
    field: list[str] | None = strawberry.field(
        description="The field of `input` that is at fault, as the path to it; null where none is."
    )


@strawberry.type(
    description="A value of the input cannot be taken. The codes: REQUIRED (nothing but space), TOO_LONG, "
    "INVALID_CHARACTERS (such as U+0000) and INVALID (not of the form that the field takes)."
)
class InvalidInputError(UserError):
    pass


class InvalidInput(Exception):
    """Values of an input that cannot be taken, all of them at once; nothing was changed."""

    def __init__(self, errors: list[InvalidInputError]) -> None:
        """Keep what is wrong."""
        super().__init__("; ".join(error.message for error in errors))
        self.errors = errors


class Acting(TypedDict):
    """Who does something, and when: what every command takes."""

    origin: Origin
    now: datetime


def acting(info: Info, *, device: str | None = None) -> Acting:
    """The viewer, from where the request came, now."""
    context = info.context
    return {
        "origin": context.client.origin(context.viewer.user_id, device=device),
        "now": datetime.now(UTC),
    }


def mutation(
    *, requires: Permission, at: Mapping[type[UserError], str] | None = None, description: str
) -> Callable[[Resolver[P]], Any]:
    """A mutation. `at` says which field of the input an error is about, as a dotted path, such as address.city."""

    def field(resolver: Resolver[P]) -> Any:
        payload = payload_of(resolver)
        expected = _Expected(payload, at or {})
        _describe_input(resolver)

        @wraps(resolver)
        async def perform(*root: Any, info: Info, **arguments: Any) -> P:
            # Only what the user database has confirmed of a session may change anything.
            if not info.context.client.is_confirmed:
                raise ServiceUnavailable("users")
            try:
                return await resolver(*root, info=info, **arguments)
            except expected.raised as error:
                return expected.payload(error)  # type: ignore[no-any-return]  # made of the resolver's own payload type
            except UnknownUser as error:
                if error.user_id == info.context.viewer.user_id:
                    raise SignInRequired from error  # a token may outlive its account by minutes
                raise
            finally:
                info.context.loaders.renew()

        # Nullable, so that a refusal of one mutation leaves the client what the others of its request have done.
        return strawberry.mutation(
            restricted(requires, perform),
            graphql_type=Optional[payload],  # noqa: UP045  # a GraphQL type, known only at run time
            **declared(requires, description),
        )

    return field


def entity(graphql_type: Any, description: str) -> Any:
    """A payload's field that is null where errors stood in the way. Its value is the datasource's record."""
    return strawberry.field(graphql_type=Optional[graphql_type], default=None, description=description)  # noqa: UP045  # a GraphQL type, known only at run time


def user_errors() -> Any:
    """A payload's errors: a list of the union of exactly those that the mutation can give."""
    return strawberry.field(
        default_factory=list,
        description="What stood in the way. It is empty if, and only if, the mutation did its work.",
    )


def payload_of(resolver: Resolver[Any]) -> Any:
    """The payload's type: what the resolver says that it answers."""
    return get_type_hints(resolver)["return"]


def errors_of(payload: Any) -> tuple[type[UserError], ...]:
    """The members of the union that a payload's errors are of."""
    listed = get_type_hints(payload, include_extras=False)["user_errors"]
    (union,) = get_args(listed)
    return get_args(union) or (union,)


def code_of(kind: type[UserError]) -> str:
    """The code of an error: its type's name without Error, such as WEAK_PASSWORD."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__.removesuffix("Error")).upper()


def _describe_input(resolver: Resolver[Any]) -> None:
    """Describe the argument as its type is described."""
    given = resolver.__annotations__.get("input")
    if given is not None:
        description = given.__strawberry_definition__.description
        resolver.__annotations__["input"] = Annotated[given, strawberry.argument(description=description)]


class _Expected:
    """The errors that a mutation tells as data, and where in the input they belong."""

    def __init__(self, payload: Any, at: Mapping[type[UserError], str]) -> None:
        members = errors_of(payload)
        strange = [kind.__name__ for kind in at if kind not in members]
        if strange:
            message = f"{payload.__name__} does not list {', '.join(strange)} among its errors."
            raise TypeError(message)
        self._payload = payload
        self._kinds = {kind.raised_as: kind for kind in members if kind.raised_as is not None}
        self._paths = {kind: path.split(".") for kind, path in at.items()}
        self.raised: tuple[type[Exception], ...] = tuple(self._kinds)
        if InvalidInputError in members:
            self.raised += (InvalidInput,)

    def payload(self, error: Exception) -> Any:
        """The payload that tells one of the errors in `raised`."""
        if isinstance(error, InvalidInput):
            return self._payload(user_errors=error.errors)
        kind = self._kinds[type(error)]
        told = kind(
            code=code_of(kind),
            message=str(error),
            field=self._paths.get(kind),
            **dict(_details(kind, error)),
        )
        return self._payload(user_errors=[told])


def _details(kind: type[UserError], error: Exception) -> Iterator[tuple[str, Any]]:
    """What a type of error says beyond what all say: the error's own data of the same name."""
    for name in get_type_hints(kind):
        if name not in {"raised_as", *UserError.__annotations__}:
            yield name, getattr(error, name)
