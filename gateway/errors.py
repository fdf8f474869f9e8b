"""How a request's errors look to its client: expected ones with a code, bugs masked and logged with an id."""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError, GraphQLSyntaxError

from datasources.core.errors import InvalidCursor, InvalidPage, InvalidText, ServiceUnavailable
from resolvers.permissions import PermissionDenied, SignInRequired
from resolvers.problems import BadInput
from resolvers.relay import InvalidId

if TYPE_CHECKING:
    from collections.abc import Sequence

# The code of each expected error, and which of its data its client is told.
_EXPECTED: dict[type[Exception], tuple[str, tuple[str, ...]]] = {
    ServiceUnavailable: ("SERVICE_UNAVAILABLE", ("service",)),
    PermissionDenied: ("FORBIDDEN", ("permission",)),
    SignInRequired: ("UNAUTHENTICATED", ("permission",)),
    InvalidId: ("INVALID_ID", ()),
    InvalidText: ("BAD_INPUT", ()),
    InvalidCursor: ("INVALID_CURSOR", ()),
    InvalidPage: ("INVALID_PAGE", ()),
    BadInput: ("BAD_INPUT", ("field",)),
}

logger = logging.getLogger("gateway.errors")


def present_errors(errors: Sequence[GraphQLError]) -> list[dict[str, Any]]:
    """The errors as a response carries them. One bug behind many fields is logged once, under one id."""
    incidents: dict[int, str] = {}
    presented = [_present(error, incidents) for error in errors]
    _log_outages(errors)
    return presented


def request_error(code: str, message: str) -> dict[str, Any]:
    """An error of the request as a whole."""
    return {"message": message, "extensions": {"code": code}}


def unconfirmed_mutation() -> GraphQLError:
    """The error of a mutation while nobody can tell whether its token still counts (docs/adr/0005)."""
    outage = ServiceUnavailable("users")
    return GraphQLError(str(outage), original_error=outage)


def _present(error: GraphQLError, incidents: dict[int, str]) -> dict[str, Any]:
    extensions = _extensions(error)
    if extensions is not None:
        return {**error.formatted, "extensions": extensions}
    cause = error.original_error or error
    incident = incidents.get(id(cause))
    if incident is None:
        incident = incidents[id(cause)] = secrets.token_hex(8)
        logger.error("Bug %s at %s", incident, _path(error), exc_info=cause)
    message = f"Something went wrong on our side. Its id is {incident}: please give it when you report this."
    return {
        **error.formatted,
        "message": message,
        "extensions": {"code": "INTERNAL_SERVER_ERROR", "incident": incident},
    }


def _log_outages(errors: Sequence[GraphQLError]) -> None:
    """One line for each service that a request found to be down, with the reason that its client is not told."""
    outages = {
        error.original_error.service: error.original_error
        for error in errors
        if isinstance(error.original_error, ServiceUnavailable)
    }
    for service, outage in outages.items():
        logger.warning("The %s service is unavailable: %r", service, outage.__cause__)


def _extensions(error: GraphQLError) -> dict[str, Any] | None:
    """What a client is told beside the message, or None where the error is a bug."""
    cause = error.original_error
    if cause is None or isinstance(cause, GraphQLError):
        return {"code": _code_of_request_error(error), **(error.extensions or {})}
    if type(cause) not in _EXPECTED:
        return None
    code, details = _EXPECTED[type(cause)]
    return {"code": code, **{name: getattr(cause, name) for name in details}}


def _code_of_request_error(error: GraphQLError) -> str:
    if isinstance(error, GraphQLSyntaxError):
        return "GRAPHQL_PARSE_FAILED"
    return "BAD_INPUT" if error.path else "GRAPHQL_VALIDATION_FAILED"


def _path(error: GraphQLError) -> str:
    return ".".join(str(key) for key in error.path or ()) or "the request"
