"""The `gateway` command."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click
from graphql import GraphQLError

from datasources.core.connections import Connections, open_connections
from datasources.core.errors import DatasourceError
from datasources.seeds import MOST_SCALE
from gateway import server
from gateway.development import UnknownAccount, demo_graphiql, development_settings, token_for
from gateway.doctor import examine
from gateway.embedded import EmbeddedServerError
from gateway.execution import Engine
from gateway.execution.explain import explain as explain_operation
from gateway.progress import seed_with_progress
from gateway.schema import build_schema, core_schema, print_sdl
from gateway.settings import URL_VARIABLES, Settings, SettingsError, read_settings
from gateway.storage import prepare_storage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from gateway.http.graphiql import GraphiQLConfig

T = TypeVar("T")

# What a person can mend, so it is told in one line; anything else is a bug and keeps its traceback.
_EXPECTED = (SettingsError, EmbeddedServerError, DatasourceError, UnknownAccount)


class _Commands(click.Group):
    """The group of commands, which ends with one line when something expected goes wrong."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except _EXPECTED as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ecommerce-graphql-gateway")
def main() -> None:
    """One GraphQL schema over users, products, inventory, carts, orders, payments and notifications.

    `gateway dev` runs everything, databases included. In production, set the GATEWAY_*_URL variables and
    GATEWAY_JWT_SECRET, run `gateway migrate`, then `gateway serve`. The other commands use those URLs where any
    is set, and otherwise the databases of `gateway dev`.
    """


@main.command()
@click.option("--host", default=None, help="The address to listen on. [default: GATEWAY_HOST or 127.0.0.1]")
@click.option("--port", default=None, type=click.IntRange(0, 65_535), help="[default: GATEWAY_PORT or 8000]")
@click.option(
    "--scale",
    default=1,
    show_default=True,
    type=click.IntRange(0, MOST_SCALE),
    help="The demo shop's size; 0 for an empty shop.",
)
def dev(host: str | None, port: int | None, scale: int) -> None:
    """Run the gateway with databases and a demo shop, for development.

    Databases whose URL is not set are started here and keep their data in GATEWAY_DATA_DIR (.gateway by default).
    """
    _stop_on_sigterm()
    with development_settings(os.environ, report=_say) as settings:

        async def prepare(connections: Connections) -> GraphiQLConfig | None:
            await prepare_storage(connections, report=_say_news)
            if scale == 0:
                return None
            await seed_with_progress(connections, scale=scale)
            return await demo_graphiql(connections, secret=settings.jwt_secret)

        graphiql = _with_connections(settings, prepare)
        server.serve(settings, graphiql=graphiql, host=host, port=port)


@main.command()
@click.option("--host", default=None, help="The address to listen on. [default: GATEWAY_HOST or 127.0.0.1]")
@click.option("--port", default=None, type=click.IntRange(0, 65_535), help="[default: GATEWAY_PORT or 8000]")
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(1, 64),
    help="How many processes to serve with.",
)
def serve(host: str | None, port: int | None, workers: int) -> None:
    """Run the gateway over the databases that the GATEWAY_*_URL variables name."""
    settings = read_settings(os.environ)
    for line in _with_connections(settings, examine).warnings:
        _say(line)
    server.serve(settings, host=host, port=port, workers=workers)


@main.command()
def migrate() -> None:
    """Bring every database to the newest schema. Safe to run from several replicas at once."""
    with _settings() as settings:
        _with_connections(settings, lambda connections: prepare_storage(connections, report=_say))


@main.command()
@click.option(
    "--scale",
    default=1,
    show_default=True,
    type=click.IntRange(1, MOST_SCALE),
    help="How many times the 500 products and 2,000 orders.",
)
def seed(scale: int) -> None:
    """Fill the databases with the demo shop. Running it again changes nothing."""

    async def fill(connections: Connections) -> None:
        await prepare_storage(connections, report=_say_news)
        result = await seed_with_progress(connections, scale=scale)
        added = ", ".join(f"{count:,} {section}" for section, count in result.added.items() if count)
        _say(
            f"Added to the demo shop: {added}."
            if added
            else "The demo shop is there already: nothing was added."
        )

    with _settings() as settings:
        _with_connections(settings, fill)


@main.command()
@click.argument("email")
def token(email: str) -> None:
    """Print an access token of the account with this e-mail address, for trying things out.

    Only the token goes to standard output: curl -H "Authorization: Bearer $(gateway token customer@example.com)" ...
    """
    with _settings() as settings:
        minted = _with_connections(
            settings, lambda connections: token_for(connections, email, secret=settings.jwt_secret)
        )
    click.echo(minted)


@main.command()
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), default=None, help="Write to this file."
)
@click.option(
    "--check",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    default=None,
    help="Fail if this file is stale.",
)
def schema(output: Path | None, check: Path | None) -> None:
    """Print the schema in GraphQL's schema definition language."""
    sdl = print_sdl(build_schema())
    if check is not None:
        if check.read_text(encoding="utf-8") != sdl:
            message = f"{check} is stale. Write it anew with: gateway schema --output {check}"
            raise click.ClickException(message)
    elif output is not None:
        output.write_text(sdl, encoding="utf-8")
    else:
        click.echo(sdl, nl=False)


@main.command()
@click.argument("query")
@click.option("--variables", default="{}", help="The variables as a JSON object.")
@click.option("--operation", default=None, help="The operation's name, where the document has several.")
def explain(query: str, variables: str, operation: str | None) -> None:
    """Show how an operation is executed: its plan, the loaders it asks, and the Python generated for it.

    QUERY is a GraphQL document, or the path of a file that holds one.
    """
    text = Path(query).read_text(encoding="utf-8") if Path(query).is_file() else query
    try:
        given = json.loads(variables)
        explained = explain_operation(
            Engine(core_schema(build_schema())), text, variables=given, operation_name=operation
        )
    except (GraphQLError, json.JSONDecodeError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(explained.plan)
    click.echo("\n# Asked, each once for all objects of its wave\n")
    click.echo("\n".join(explained.calls))
    click.echo(f"\n# Generated\n\n{explained.source}")


@main.command()
def doctor() -> None:
    """Say of each database whether it is reachable, its version, its schema and its latency.

    Exits with 1 if one of them is not as it should be.
    """
    with _settings() as settings:
        report = _with_connections(settings, examine)
    for line in report.lines:
        click.echo(line)
    if not report.healthy:
        sys.exit(1)


@contextlib.contextmanager
def _settings() -> Iterator[Settings]:
    """The settings of the environment, or of `dev` where no URL is set at all."""
    if any(os.environ.get(variable) for variable, _ in URL_VARIABLES.values()):
        yield read_settings(os.environ)
        return
    with development_settings(os.environ, report=_say) as settings:
        yield settings


def _with_connections(settings: Settings, work: Callable[[Connections], Awaitable[T]]) -> T:
    async def run() -> T:
        async with open_connections(settings.urls) as connections:
            return await work(connections)

    return asyncio.run(run())


def _stop_on_sigterm() -> None:
    """End by an exception on SIGTERM, so that the embedded servers are stopped on the way out."""

    def stop(_number: int, _frame: object) -> NoReturn:
        sys.exit(128 + signal.SIGTERM)

    signal.signal(signal.SIGTERM, stop)


def _say(line: str) -> None:
    """One line of progress, on standard error: standard output is for what was asked for."""
    click.echo(line, err=True)


def _say_news(line: str) -> None:
    """Progress, less the lines that say that there was nothing to do."""
    if ": already at " not in line:
        _say(line)
