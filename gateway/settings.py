"""The gateway's settings, read from the environment once; a missing or bad value is named in one line."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from datasources.core.connections import DatabaseUrls
from gateway.database_urls import mongo_problem, postgres_problem, redis_problem
from gateway.issuer_settings import parse_issuers
from gateway.payment_settings import NO_PAYMENTS, PaymentSettings, parse_payments

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.issuer_settings import OutsideIssuer

PREFIX = "GATEWAY_"
DEFAULT_DATA_DIR = Path(".gateway")

# The signing key is as strong as the secret that it is derived from, and Ed25519 keys have 256 bits.
SHORTEST_SECRET = 32

_POSTGRES = ("postgresql", "postgres")
_MONGO = ("mongodb", "mongodb+srv")
_REDIS = ("redis", "rediss", "unix")

_PROBLEM_OF = {_POSTGRES: postgres_problem, _MONGO: mongo_problem, _REDIS: redis_problem}

# Each database's variable, by the name of its URL, and the schemes it takes.
URL_VARIABLES: dict[str, tuple[str, tuple[str, ...]]] = {
    "users": ("GATEWAY_USER_DB_URL", _POSTGRES),
    "products": ("GATEWAY_PRODUCT_DB_URL", _MONGO),
    "inventory": ("GATEWAY_INVENTORY_DB_URL", _POSTGRES),
    "carts": ("GATEWAY_CART_DB_URL", _POSTGRES),
    "carts_redis": ("GATEWAY_REDIS_URL", _REDIS),
    "orders": ("GATEWAY_ORDER_DB_URL", _POSTGRES),
    "payments": ("GATEWAY_PAYMENT_DB_URL", _POSTGRES),
    "notifications": ("GATEWAY_NOTIFICATION_DB_URL", _MONGO),
}


class SettingsError(Exception):
    """A setting that is missing or makes no sense; the message is one line that names the variable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a gateway process needs to know.

    `pool_size` is the most connections per PostgreSQL database and process. `show_calls` answers every GraphQL request
    with the number of calls it made to each database, and is meant for developers. `trusted_proxies` are the addresses
    and networks of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed.
    """

    urls: DatabaseUrls
    jwt_secret: str
    jwt_previous_secrets: tuple[str, ...] = ()
    oidc_issuers: tuple[OutsideIssuer, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    host: str = "127.0.0.1"
    port: int = 8000
    pool_size: int = 10
    graphiql: bool = False
    show_calls: bool = False
    cors_origins: tuple[str, ...] = ()
    payments: PaymentSettings = NO_PAYMENTS


def read_settings(environ: Mapping[str, str]) -> Settings:
    """The settings in these environment variables.

    Raises:
        SettingsError: one is missing or makes no sense.
    """
    return Settings(
        urls=read_urls(environ),
        jwt_secret=read_secret(environ),
        jwt_previous_secrets=_previous_secrets(environ),
        oidc_issuers=_oidc_issuers(environ),
        trusted_proxies=_trusted_proxies(environ),
        host=environ.get("GATEWAY_HOST") or "127.0.0.1",
        port=_whole_number(environ, "GATEWAY_PORT", default=8000, at_least=0, at_most=65_535),
        pool_size=_whole_number(environ, "GATEWAY_POOL_SIZE", default=10, at_least=1, at_most=1_000),
        graphiql=_yes_or_no(environ, "GATEWAY_GRAPHIQL"),
        show_calls=_yes_or_no(environ, "GATEWAY_SHOW_CALLS"),
        cors_origins=_listed(environ, "GATEWAY_CORS_ORIGINS"),
        payments=_payments(environ),
    )


def read_urls(environ: Mapping[str, str]) -> DatabaseUrls:
    """Where the databases are.

    Raises:
        SettingsError: a URL is missing, or of another kind of database, or names no database.
    """
    urls = {
        name: _database_url(environ, variable, schemes) for name, (variable, schemes) in URL_VARIABLES.items()
    }
    return DatabaseUrls(**urls)


def read_secret(environ: Mapping[str, str]) -> str:
    """The key that signs access tokens.

    Raises:
        SettingsError: it is missing or too short to be safe.
    """
    secret = environ.get("GATEWAY_JWT_SECRET", "")
    if not secret:
        message = "GATEWAY_JWT_SECRET is not set. Set it to a random text, such as the output of: openssl rand -hex 32"
        raise SettingsError(message)
    if len(secret.encode()) < SHORTEST_SECRET:
        message = f"GATEWAY_JWT_SECRET is too short to be safe: use at least {SHORTEST_SECRET} bytes."
        raise SettingsError(message)
    return secret


def _previous_secrets(environ: Mapping[str, str]) -> tuple[str, ...]:
    secrets = _listed(environ, "GATEWAY_JWT_PREVIOUS_SECRETS")
    if any(len(secret.encode()) < SHORTEST_SECRET for secret in secrets):
        message = (
            "GATEWAY_JWT_PREVIOUS_SECRETS should be what GATEWAY_JWT_SECRET was before, with commas between; "
            f"one of them has less than {SHORTEST_SECRET} bytes."
        )
        raise SettingsError(message)
    return secrets


def _oidc_issuers(environ: Mapping[str, str]) -> tuple[OutsideIssuer, ...]:
    try:
        return parse_issuers(environ.get("GATEWAY_OIDC_ISSUERS", ""))
    except ValueError as error:
        message = f"GATEWAY_OIDC_ISSUERS {error}"
        raise SettingsError(message) from error


def _payments(environ: Mapping[str, str]) -> PaymentSettings:
    try:
        return parse_payments(environ)
    except ValueError as error:
        raise SettingsError(str(error)) from error


def _trusted_proxies(environ: Mapping[str, str]) -> tuple[str, ...]:
    proxies = _listed(environ, "GATEWAY_TRUSTED_PROXIES")
    for proxy in proxies:
        try:
            ip_network(proxy)
        except ValueError as error:
            message = (
                "GATEWAY_TRUSTED_PROXIES should hold addresses or networks such as 10.0.0.0/8, "
                f"with commas between, not {proxy!r}."
            )
            raise SettingsError(message) from error
    return proxies


def _listed(environ: Mapping[str, str], variable: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in environ.get(variable, "").split(",") if item.strip())


def read_data_dir(environ: Mapping[str, str]) -> Path:
    """Where `dev` keeps its databases."""
    return Path(environ.get("GATEWAY_DATA_DIR") or DEFAULT_DATA_DIR)


def _database_url(environ: Mapping[str, str], variable: str, schemes: tuple[str, ...]) -> str:
    url = environ.get(variable, "").strip()
    if not url:
        message = f"{variable} is not set. Set it to a URL such as {_example(variable, schemes)}"
        raise SettingsError(message)
    # The URL may hold a password, and so may a parser's error, so the message repeats neither.
    try:
        parts = urlsplit(url)
        names_database = schemes is _REDIS or len(parts.path) > 1
    except ValueError as error:
        message = f"{variable} is not a URL. It should look like {_example(variable, schemes)}"
        raise SettingsError(message) from error
    if parts.scheme not in schemes:
        message = f"{variable} should begin with {schemes[0]}://, such as {_example(variable, schemes)}"
        raise SettingsError(message)
    if not names_database:
        message = f"{variable} names no database. It should look like {_example(variable, schemes)}"
        raise SettingsError(message)
    problem = _PROBLEM_OF[schemes](url)
    if problem is not None:
        message = f"{variable} {problem}. It should look like {_example(variable, schemes)}"
        raise SettingsError(message)
    return url


def _example(variable: str, schemes: tuple[str, ...]) -> str:
    if schemes is _REDIS:
        return "redis://localhost:6379/0"
    name = variable.removeprefix(PREFIX).removesuffix("_DB_URL").title() + "Db"
    host = "postgres:password@localhost:5432" if schemes is _POSTGRES else "localhost:27017"
    return f"{schemes[0]}://{host}/{name}"


def _whole_number(
    environ: Mapping[str, str], variable: str, *, default: int, at_least: int, at_most: int
) -> int:
    value = environ.get(variable, "").strip()
    if not value:
        return default
    if not value.isdecimal() or not at_least <= int(value) <= at_most:
        message = f"{variable} should be a whole number from {at_least} to {at_most}, not {value!r}."
        raise SettingsError(message)
    return int(value)


def _yes_or_no(environ: Mapping[str, str], variable: str) -> bool:
    value = environ.get(variable, "").strip().lower()
    if value not in {"", "0", "1", "false", "true", "no", "yes"}:
        message = f"{variable} should be true or false, not {value!r}."
        raise SettingsError(message)
    return value in {"1", "true", "yes"}
