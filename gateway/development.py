"""What `dev` adds to production: embedded servers for URLs that are not set, a secret, and tokens of demo accounts."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from datasources.core.connections import DatabaseUrls
from datasources.seeds import DEMO_CUSTOMER, DEMO_MANAGER
from datasources.users.queries import find_by_email
from gateway.auth import mint_token, utc_now
from gateway.embedded import Server, run_servers
from gateway.embedded.urls import build_urls
from gateway.failures import PersonCanMend, refusals_named
from gateway.http.graphiql import GraphiQLConfig
from gateway.settings import SHORTEST_SECRET, URL_VARIABLES, SettingsError, read_data_dir, read_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from datasources.core.connections import Connections
    from datasources.users.records import Account
    from gateway.embedded import ServerUrls
    from gateway.settings import Settings

TOKEN_LIFETIME = timedelta(hours=12)

# URLs in the form of the embedded servers', for settings that are only looked at.
_NOWHERE = build_urls(Path("/nowhere"))


class NotAnAddress(PersonCanMend):
    """A text that cannot be an account's e-mail address."""

    def __init__(self, text: str) -> None:
        """Show the text, without the bytes that no terminal prints."""
        given = f"not {text!a}" if text.strip() else "but none was given"
        super().__init__(f"Give an account's e-mail address, such as {DEMO_CUSTOMER}, {given}.")


class UnknownAccount(PersonCanMend):
    """No live account has this e-mail address."""

    def __init__(self, email: str) -> None:
        """Name the address."""
        super().__init__(
            f"There is no account {email}. The demo shop has {DEMO_CUSTOMER}, made by: gateway seed"
        )


class DeactivatedAccount(PersonCanMend):
    """The account with this e-mail address is not active, so nobody may act as its user."""

    def __init__(self, email: str) -> None:
        """Name the address."""
        super().__init__(f"The account {email} is deactivated: it gets no token until it is active again.")


@contextlib.contextmanager
def development_settings(environ: Mapping[str, str], *, report: Callable[[str], None]) -> Iterator[Settings]:
    """The settings for development, with embedded servers running until the block ends.

    Raises:
        SettingsError: a variable that is set makes no sense; nothing has been started then.
        EmbeddedServerError: a server cannot be started; the message says what to install or which URL to set.
    """
    check_settings(environ)
    data_dir = read_data_dir(environ)
    kinds = _servers_needed(environ)
    with run_servers(data_dir, report=report, kinds=kinds) if kinds else contextlib.nullcontext() as servers:
        secret = environ.get("GATEWAY_JWT_SECRET") or _keep_secret(data_dir)
        yield _development(environ, servers.urls if servers else _NOWHERE, secret=secret)


def check_settings(environ: Mapping[str, str]) -> Settings:
    """The settings for development before any server runs: the URLs of servers that are not there lead nowhere.

    Raises:
        SettingsError: a variable that is set makes no sense.
    """
    secret = environ.get("GATEWAY_JWT_SECRET") or secrets.token_hex(32)
    return _development(environ, _NOWHERE, secret=secret)


def urls_set(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The variables that name databases of the reader's own."""
    return tuple(variable for variable, _ in URL_VARIABLES.values() if environ.get(variable))


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
        NotAnAddress: the text is empty, or no text at all.
        UnknownAccount: there is none.
        DeactivatedAccount: there is one that is not active.
        ServiceUnavailable: the user database is down.
        DatabaseRefused: it is up and refuses.
    """
    if not email.strip() or not _is_storable(email):
        raise NotAnAddress(email)
    account = await _account(connections, email)
    if not account.is_active:
        raise DeactivatedAccount(email)
    return _mint(account, secret)


async def demo_graphiql(connections: Connections, *, secret: str) -> GraphiQLConfig:
    """GraphiQL opening as the demo shop's customer and manager, each time with fresh tokens.

    As a guest instead of one who has been deactivated.

    Raises:
        UnknownAccount: the demo shop has not been seeded.
        ServiceUnavailable: the user database is down.
    """
    customer = await _account(connections, DEMO_CUSTOMER)
    manager = await _account(connections, DEMO_MANAGER)
    return GraphiQLConfig(
        demo_token=partial(_mint, customer, secret) if customer.is_active else None,
        staff_token=partial(_mint, manager, secret) if manager.is_active else None,
    )


async def _account(connections: Connections, email: str) -> Account:
    with refusals_named("users"):
        account = await find_by_email(connections.users, email)
    if account is None:
        raise UnknownAccount(email)
    return account


def _mint(account: Account, secret: str) -> str:
    return mint_token(
        user_id=account.id, roles=account.roles, secret=secret, now=utc_now(), lifetime=TOKEN_LIFETIME
    )


def _is_storable(text: str) -> bool:
    """Whether these are characters, not bytes of an argument that are no UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _development(environ: Mapping[str, str], urls: ServerUrls, *, secret: str) -> Settings:
    embedded = embedded_urls(urls)
    filled = {**environ, "GATEWAY_JWT_SECRET": secret}
    filled["GATEWAY_PAYMENT_PROVIDER"] = environ.get("GATEWAY_PAYMENT_PROVIDER") or "sandbox"
    for name, (variable, _) in URL_VARIABLES.items():
        filled[variable] = environ.get(variable) or getattr(embedded, name)
    return replace(read_settings(filled), graphiql=True, show_calls=True)


def _servers_needed(environ: Mapping[str, str]) -> tuple[Server, ...]:
    """The servers for which at least one URL is not set."""
    return tuple(
        server for server in Server if not all(environ.get(variable) for variable in server.url_variables)
    )


def _keep_secret(data_dir: Path) -> str:
    """The secret of this data folder, made on first use, so that tokens outlive a restart.

    It appears whole or not at all: of two processes that make one, the first to finish wins and both use its own. One
    that is too short, as a full disk leaves behind, is replaced.

    Raises:
        SettingsError: the folder or the file cannot be used.
    """
    path = data_dir / "jwt-secret"
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        found = _read_secret(path)
        if found is not None:
            return found
        temporary = _write_beside(path, secrets.token_hex(32))
        try:
            _put_in_place(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
        kept = _read_secret(path)
    except OSError as error:
        message = f"{path} cannot be used ({error.strerror or error}); GATEWAY_DATA_DIR names another folder."
        raise SettingsError(message) from error
    if kept is None:
        message = f"{path} holds no secret, and cannot be replaced; GATEWAY_DATA_DIR names another folder."
        raise SettingsError(message)
    return kept


def _read_secret(path: Path) -> str | None:
    """The secret that is there, if it is one that can be used."""
    try:
        secret = path.read_text(encoding="utf-8")
    except (FileNotFoundError, UnicodeDecodeError):
        return None
    return secret if len(secret.encode()) >= SHORTEST_SECRET else None


def _put_in_place(temporary: Path, path: Path) -> None:
    """Give the file its name, unless another process has been faster; what is no secret is replaced."""
    try:
        path.hardlink_to(temporary)
    except FileExistsError:
        if _read_secret(path) is None:
            temporary.replace(path)


def _write_beside(path: Path, text: str) -> Path:
    """A new file in the same folder, which its owner alone may read."""
    descriptor, name = tempfile.mkstemp(prefix=f"{path.name}-", dir=path.parent)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return Path(name)
