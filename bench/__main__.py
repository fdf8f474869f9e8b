"""The command: prepares the demo shop, runs the contenders side by side, and reports."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click
import orjson
import uvloop
from rich.console import Console

from bench.contenders import CONTENDERS, wide
from bench.load import UnexpectedAnswer
from bench.measurements import DifferentAnswers, measure
from bench.report import as_json, conditions, print_report
from bench.servers import ContenderFailed, environment_of, run_contender
from datasources.core.connections import open_connections
from datasources.core.errors import DatasourceError
from datasources.core.paging import MAXIMUM_SIZE
from datasources.seeds import DEMO_CUSTOMER
from gateway.development import UnknownAccount, development_settings, token_for
from gateway.embedded import EmbeddedServerError
from gateway.progress import seed_with_progress
from gateway.settings import SettingsError
from gateway.storage import prepare_storage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.contenders import Operation
    from bench.servers import Server
    from gateway.settings import Settings

# What a person can mend, so it is told in one line; anything else is a bug and keeps its traceback.
_EXPECTED = (
    ContenderFailed,
    DatasourceError,
    DifferentAnswers,
    EmbeddedServerError,
    SettingsError,
    UnexpectedAnswer,
    UnknownAccount,
)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--seconds",
    default=4.0,
    show_default=True,
    type=click.FloatRange(0.5, 600),
    help="How long each contender is loaded per round.",
)
@click.option(
    "--rounds",
    default=3,
    show_default=True,
    type=click.IntRange(1, 100),
    help="How often each has its turn.",
)
@click.option(
    "--concurrency",
    default=8,
    show_default=True,
    type=click.IntRange(1, 256),
    help="How many connections ask at the same time.",
)
@click.option(
    "--first",
    default=50,
    show_default=True,
    type=click.IntRange(1, MAXIMUM_SIZE),
    help="How many orders to ask for.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    help="Also write the figures to this file, as JSON.",
)
def main(seconds: float, rounds: int, concurrency: int, first: int, output: Path | None) -> None:
    """Measure the gateway's wide query against a hand-written endpoint that answers the same.

    Both run side by side on the demo shop of `gateway dev`, and take turns under load. Databases whose URL is not set
    are started here and keep their data in GATEWAY_DATA_DIR (.gateway by default).
    """
    _stop_on_sigterm()
    operation = wide(first)
    try:
        with development_settings(os.environ, report=_say) as settings, _uvloop() as runner:
            token = runner.run(_prepare_shop(settings))
            present = conditions(concurrency=concurrency, seconds=seconds, rounds=rounds)
            with _run_contenders(settings, operation, token=token) as servers:
                results = runner.run(
                    measure(
                        servers,
                        operation,
                        token=token,
                        concurrency=concurrency,
                        seconds=seconds,
                        rounds=rounds,
                        report=_say,
                    )
                )
    except _EXPECTED as error:
        raise click.ClickException(str(error)) from error
    print_report(Console(), results, operation, present)
    if output is not None:
        output.parent.mkdir(parents=True, exist_ok=True)
        found = as_json(results, operation, present)
        output.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2))


@contextlib.contextmanager
def _run_contenders(settings: Settings, operation: Operation, *, token: str) -> Iterator[list[Server]]:
    environment = environment_of(settings)
    with contextlib.ExitStack() as stack:
        yield [
            stack.enter_context(
                run_contender(
                    contender, request=contender.ask(operation), token=token, environment=environment
                )
            )
            for contender in CONTENDERS
        ]


async def _prepare_shop(settings: Settings) -> str:
    """Fill the databases if need be, and return the demo customer's access token."""
    async with open_connections(settings.urls) as connections:
        await prepare_storage(connections, report=lambda _: None)
        await seed_with_progress(connections, scale=1)
        return await token_for(connections, DEMO_CUSTOMER, secret=settings.jwt_secret)


def _uvloop() -> asyncio.Runner:
    return asyncio.Runner(loop_factory=uvloop.new_event_loop)


def _say(line: str) -> None:
    """One line of progress, on standard error: standard output is for what was asked for."""
    click.echo(line, err=True)


def _stop_on_sigterm() -> None:
    """End by an exception on SIGTERM, so that servers are stopped on the way out."""

    def stop(_number: int, _frame: object) -> NoReturn:
        sys.exit(128 + signal.SIGTERM)

    signal.signal(signal.SIGTERM, stop)


if __name__ == "__main__":
    main()
