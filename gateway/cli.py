"""The `gateway` command."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from gateway.cli_arguments import is_file, read_text, read_variables

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from datasources.core.connections import Connections
    from datasources.workflows.sagas import Means
    from gateway.http.graphiql import GraphiQLConfig
    from gateway.settings import Settings

T = TypeVar("T")

# datasources.seeds.MOST_SCALE, which takes a second to import; a test holds the two together.
MOST_SCALE = 100

_ENDED = 128 + signal.SIGTERM  # as shells have it


class _Commands(click.Group):
    """The group of commands, which ends with one line when something goes wrong that a person can mend."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except Exception as error:
            from gateway.failures import in_one_line

            line = in_one_line(error)
            if line is None:
                raise  # a bug, which keeps its traceback
            raise click.ClickException(line) from error


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
    default=None,
    type=click.IntRange(0, MOST_SCALE),
    help="The demo shop's size; 0 for none. [default: 1, or 0 where a GATEWAY_*_URL is set]",
)
def dev(host: str | None, port: int | None, scale: int | None) -> None:
    """Run the gateway with databases and a demo shop, for development.

    Databases whose URL is not set are started here and keep their data in GATEWAY_DATA_DIR (.gateway by default).

    Where a GATEWAY_*_URL is set, the demo shop is added only if --scale is given, since its accounts have a published
    password. Every database is brought to the newest schema.
    """
    from gateway import server
    from gateway.development import check_settings, demo_graphiql, development_settings, urls_set
    from gateway.greeting import about_own_databases, greeting
    from gateway.http.graphiql import PAGE
    from gateway.mail import printed_mail
    from gateway.ports import check_address, page_url
    from gateway.progress import seed_with_progress
    from gateway.storage import prepare_storage
    from gateway.worker import working

    _stop_on_sigterm()
    planned = check_settings(os.environ)
    host, port = host or planned.host, planned.port if port is None else port
    check_address(host, port)
    own = urls_set(os.environ)
    size = scale if scale is not None else int(not own)
    if own:
        _say(about_own_databases(own, size=size))
    with development_settings(os.environ, report=_say) as settings:

        async def prepare(connections: Connections) -> GraphiQLConfig | None:
            await prepare_storage(connections, report=_say_news)
            if size == 0:
                return None
            await seed_with_progress(connections, scale=size)
            return await demo_graphiql(connections, secret=settings.jwt_secret)

        graphiql = _with_connections(settings, prepare)
        for line in greeting(host, port, demo=size > 0):
            _say(line)

        @contextlib.asynccontextmanager
        async def beside(means: Means) -> AsyncIterator[None]:
            page = f"{page_url(host, port)}{PAGE}"
            async with printed_mail(means.connections, page=page, report=_say), working(means):
                yield

        server.serve(settings, graphiql=graphiql, host=host, port=port, beside=beside)


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
    from gateway import server
    from gateway.doctor import examine
    from gateway.payment_providers import payment_warnings
    from gateway.ports import check_address
    from gateway.settings import read_settings

    settings = read_settings(os.environ)
    host, port = host or settings.host, settings.port if port is None else port
    check_address(host, port)
    for line in (*_with_connections(settings, examine).warnings, *payment_warnings(settings.payments)):
        _say(line)
    server.serve(settings, host=host, port=port, workers=workers)


@main.command()
@click.option("--once", is_flag=True, help="Do each duty once, say how much there was to do, and end.")
def worker(once: bool) -> None:
    """Do what has to go on when nobody asks for it; safe to run in as many processes as one likes.

    It finishes or undoes checkouts, cancellations and refunds whose process has died, acts on what payment providers
    deliver, asks them about payments there has been no news of, takes back stock that was reserved too long, and keeps
    copies and projections up to date. `gateway dev` does all of it, too.
    """
    from datasources.workflows.sagas import Means
    from gateway.logs import log_to_stderr
    from gateway.payment_providers import open_providers, payment_warnings
    from gateway.worker import work, work_once

    async def run(connections: Connections) -> None:
        async with open_providers(settings, connections) as providers:
            means = Means(connections=connections, providers=providers)
            if once:
                for duty, count in (await work_once(means)).items():
                    _say(f"{duty}: {count}")
            else:
                log_to_stderr()
                _say("The worker is at work. Ctrl-C stops it.")
                await work(means)

    _stop_on_sigterm()
    with _settings() as settings, contextlib.suppress(KeyboardInterrupt):
        for line in payment_warnings(settings.payments):
            _say(line)
        _with_connections(settings, run)


@main.command()
def migrate() -> None:
    """Bring every database to the newest schema. Safe to run from several replicas at once."""
    from gateway.storage import prepare_storage

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
    from gateway.progress import seed_with_progress
    from gateway.storage import prepare_storage

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


@main.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--from-line",
    default=1,
    show_default=True,
    type=click.IntRange(1),
    help="Where to go on after an interruption.",
)
def import_(file: Path, from_line: int) -> None:
    """Create or update products from a FILE of JSON Lines, one product to a line, found by its SKU.

    Lines that cannot be taken are told with their number and the reason, and the others imported. Running it again
    changes only what differs. docs/import.md describes the lines.

    Exits with 1 if a line could not be taken.
    """
    from gateway.product_imports import import_products
    from gateway.storage import prepare_storage

    async def work(connections: Connections) -> int:
        await prepare_storage(connections, report=_say_news)
        summary = await import_products(connections.products, file, from_line=from_line, tell=_say)
        _say(f"{file}: {summary}.")
        return summary.failed

    with _settings() as settings:
        failed = _with_connections(settings, work)
    if failed:
        sys.exit(1)


@main.command()
@click.argument("email")
def token(email: str) -> None:
    """Print an access token of the account with this e-mail address, for trying things out.

    It needs no password, lasts 12 hours and belongs to no session, so that nobody can revoke it.

    Only the token goes to standard output: curl -H "Authorization: Bearer $(gateway token customer@example.com)" ...
    """
    from gateway.development import token_for

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
    from gateway.schema import build_schema, print_sdl

    sdl = print_sdl(build_schema())
    if check is not None:
        if read_text(check) != sdl:
            message = f"{check} is stale. Write it anew with: gateway schema --output {check}"
            raise click.ClickException(message)
    elif output is not None:
        try:
            output.write_text(sdl, encoding="utf-8")
        except OSError as error:
            message = f"Cannot write {output}: {error.strerror}."
            raise click.ClickException(message) from error
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
    from graphql import GraphQLError

    from gateway.execution import Engine
    from gateway.execution.explain import explain as explain_operation
    from gateway.schema import build_schema, core_schema

    text = read_text(Path(query)) if is_file(query) else query
    given = read_variables(variables)
    try:
        explained = explain_operation(
            Engine(core_schema(build_schema())), text, variables=given, operation_name=operation
        )
    except GraphQLError as error:
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
    from gateway.doctor import examine

    with _settings() as settings:
        report = _with_connections(settings, examine)
    for line in report.lines:
        click.echo(line)
    if not report.healthy:
        sys.exit(1)


@contextlib.contextmanager
def _settings() -> Iterator[Settings]:
    """The settings of the environment, or of `dev` where no URL is set at all."""
    from gateway.development import development_settings
    from gateway.settings import URL_VARIABLES, read_settings

    if any(os.environ.get(variable) for variable, _ in URL_VARIABLES.values()):
        yield read_settings(os.environ)
        return
    with development_settings(os.environ, report=_say) as settings:
        yield settings


def _with_connections(settings: Settings, work: Callable[[Connections], Awaitable[T]]) -> T:
    from datasources.core.connections import open_connections

    stops = signal.getsignal(signal.SIGTERM) is _stop

    async def run() -> T:
        if stops:
            # An exception from a handler may come up anywhere, also amid what C has called; a cancelled task ends well.
            task = asyncio.current_task()
            assert task is not None  # noqa: S101  # asyncio.run has made it
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        async with open_connections(settings.urls) as connections:
            return await work(connections)

    try:
        return asyncio.run(run())
    except asyncio.CancelledError:
        sys.exit(_ENDED)
    finally:
        if stops:
            signal.signal(signal.SIGTERM, _stop)  # the loop has taken its own handler away


def _stop_on_sigterm() -> None:
    """End by an exception on SIGTERM while the command runs, so that embedded servers are stopped on the way out."""
    before = signal.signal(signal.SIGTERM, _stop) or signal.SIG_DFL
    click.get_current_context().call_on_close(lambda: signal.signal(signal.SIGTERM, before))


def _stop(_number: int, _frame: object) -> NoReturn:
    sys.exit(_ENDED)


def _say(line: str) -> None:
    """One line of progress, on standard error: standard output is for what was asked for."""
    click.echo(line, err=True)


def _say_news(line: str) -> None:
    """Progress, less the lines that say that there was nothing to do."""
    if ": already at " not in line and not line.endswith(": complete"):
        _say(line)
