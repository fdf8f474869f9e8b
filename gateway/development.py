"""What `dev` adds to production: embedded servers for URLs that are not set, a secret, and tokens of demo accounts."""

from __future__ import annotations

import contextlib
import os
import secrets
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from datasources.core.connections import DatabaseUrls
from datasources.seeds import DEMO_CUSTOMER, DEMO_MANAGER
from datasources.users.queries import find_by_email
from gateway.auth import mint_token, utc_now
from gateway.embedded import Server, run_servers
from gateway.http.graphiql import GraphiQLConfig
from gateway.settings import URL_VARIABLES, read_data_dir, read_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from datasources.core.connections import Connections
    from datasources.users.records import Account
    from gateway.embedded import ServerUrls
    from gateway.settings import Settings

TOKEN_LIFETIME = timedelta(hours=12)


class UnknownAccount(Exception):
    """No live account has this e-mail address."""

    def __init__(self, email: str) -> None:
        """Name the address."""
        super().__init__(
            f"There is no account {email}. The demo shop has {DEMO_CUSTOMER}, made by: gateway seed"
        )


@contextlib.contextmanager
def development_settings(environ: Mapping[str, str], *, report: Callable[[str], None]) -> Iterator[Settings]:
    """The settings for development, with embedded servers running until the block ends.

    Raises:
        SettingsError: a variable that is set makes no sense.
        EmbeddedServerError: a server cannot be started; the message says what to install or which URL to set.
    """
    data_dir = read_data_dir(environ)
    kinds = _servers_needed(environ)
    with run_servers(data_dir, report=report, kinds=kinds) if kinds else contextlib.nullcontext() as servers:
        filled = dict(environ)
        if servers is not None:
            embedded = embedded_urls(servers.urls)
            for name, (variable, _) in URL_VARIABLES.items():
                filled[variable] = environ.get(variable) or getattr(embedded, name)
        filled["GATEWAY_JWT_SECRET"] = environ.get("GATEWAY_JWT_SECRET") or _keep_secret(data_dir)
        yield replace(read_settings(filled), graphiql=True, show_calls=True)


def embedded_urls(urls: ServerUrls) -> DatabaseUrls:
    """Where each service's database is on the embedded servers."""
    return DatabaseUrls(
        users=urls.postgres_url("UserDb"),
        products=urls.mongo_url("ProductDb"),
        inventory=urls.postgres_url("InventoryDb"),
        carts=urls.postgres_url("CartDb"),
        carts_redis=urls.redis,
        orders=urls.postgres_url("OrderDb"),
        payments=urls.postgres_url("PaymentDb"),
        notifications=urls.mongo_url("NotificationDb"),
    )


async def token_for(connections: Connections, email: str, *, secret: str) -> str:
    """An access token of the account with this address.

    Raises:
        UnknownAccount: there is none.
        ServiceUnavailable: the user database is down.
    """
    return _mint(await _account(connections, email), secret)


async def demo_graphiql(connections: Connections, *, secret: str) -> GraphiQLConfig:
    """GraphiQL opening as the demo shop's customer and manager, each time with fresh tokens.

    Raises:
        UnknownAccount: the demo shop has not been seeded.
        ServiceUnavailable: the user database is down.
    """
    customer = await _account(connections, DEMO_CUSTOMER)
    manager = await _account(connections, DEMO_MANAGER)
    return GraphiQLConfig(
        demo_token=lambda: _mint(customer, secret), staff_token=lambda: _mint(manager, secret)
    )


async def _account(connections: Connections, email: str) -> Account:
    account = await find_by_email(connections.users, email)
    if account is None:
        raise UnknownAccount(email)
    return account


def _mint(account: Account, secret: str) -> str:
    return mint_token(
        user_id=account.id, roles=account.roles, secret=secret, now=utc_now(), lifetime=TOKEN_LIFETIME
    )


def _servers_needed(environ: Mapping[str, str]) -> tuple[Server, ...]:
    """The servers for which at least one URL is not set."""
    return tuple(
        server for server in Server if not all(environ.get(variable) for variable in server.url_variables)
    )


def _keep_secret(data_dir: Path) -> str:
    """The secret of this data folder, made on first use, so that tokens outlive a restart."""
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / "jwt-secret"
    with contextlib.suppress(FileExistsError):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))
    return path.read_text()
