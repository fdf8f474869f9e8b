"""Says in one line what went wrong where a person can mend it, naming the variable of the database at fault."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import asyncpg
from pymongo.errors import ConfigurationError, PyMongoError
from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError

from datasources.core.errors import DatasourceError, ServiceUnavailable
from datasources.core.health import short_reason
from gateway.embedded import EmbeddedServerError
from gateway.settings import URL_VARIABLES, SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator


class PersonCanMend(Exception):
    """Something expected that a person can mend; the message is one line that says how."""


class DatabaseRefused(PersonCanMend):
    """A database answers and will not do what it is asked: a wrong password, no such table, a URL's option."""

    def __init__(self, name: str, error: BaseException) -> None:
        """Name the database by the name of its URL."""
        advice = ". Run: gateway migrate" if isinstance(error, asyncpg.UndefinedTableError) else ""
        super().__init__(f"{name}: refused, see {URL_VARIABLES[name][0]} ({short_reason(error)}){advice}")
        self.name = name


@contextmanager
def refusals_named(name: str) -> Iterator[None]:
    """Raise DatabaseRefused for what the drivers raise when a database that is there refuses."""
    try:
        yield
    except (asyncpg.PostgresError, asyncpg.InterfaceError, PyMongoError, RedisError) as error:
        raise DatabaseRefused(name, error) from error
    except DBAPIError as error:
        if error.statement is not None:
            raise  # connected, and then a statement failed: a bug
        cause = error.orig.__cause__ if error.orig is not None else None
        raise DatabaseRefused(name, cause or error) from error


def in_one_line(error: Exception) -> str | None:
    """The line for a person who can mend it; None for a bug, which keeps its traceback."""
    match error:
        case ServiceUnavailable():
            cause = error.__cause__
            # The cart service has two databases under one name.
            name = "carts_redis" if isinstance(cause, RedisError) else error.service
            return describe_unreachable(name, short_reason(cause or error))
        case RedisError():
            return str(DatabaseRefused("carts_redis", error))
        case ConfigurationError():  # raised where the clients are made, before it is known for whom
            variables = " and ".join(URL_VARIABLES[name][0] for name in ("products", "notifications"))
            return f"MongoDB's driver refuses {variables} ({short_reason(error)})"
        case SettingsError() | EmbeddedServerError() | DatasourceError() | PersonCanMend():
            return " ".join(str(error).split())
    return None


def describe_unreachable(name: str, reason: str | None) -> str:
    """The line about a database that cannot be reached; `name` is that of its URL."""
    return f"{name}: unreachable, see {URL_VARIABLES[name][0]} ({reason or 'no reason given'})"
