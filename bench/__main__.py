"""The command: prepares the data, runs the contenders side by side, and reports."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar

import click
import orjson
import uvloop
from rich.console import Console

from bench import peers
from bench.contenders import CONTENDERS, IN_MEMORY, NODE
from bench.load import UnexpectedAnswer
from bench.measurements import DifferentAnswers, Turns, measure
from bench.operations import OPERATIONS, wide
from bench.plot import draw
from bench.report import Comparison, as_json, conditions, print_report
from bench.servers import ContenderFailed, run_contender
from bench.stages import IN_MEMORY_OPERATIONS, demo_shop, shop_in_memory
from datasources.core.errors import DatasourceError
from datasources.core.paging import MAXIMUM_SIZE
from gateway.development import UnknownAccount
from gateway.embedded import EmbeddedServerError
from gateway.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.contenders import Contender
    from bench.operations import Operation
    from bench.report import Conditions
    from bench.servers import Server
    from bench.stages import Stage

    Named = TypeVar("Named", Contender, Operation)

RESULTS = Path(__file__).parent / "results"

# What a person can mend, so it is told in one line; anything else is a bug and keeps its traceback.
_EXPECTED = (
    ContenderFailed,
    DatasourceError,
    DifferentAnswers,
    EmbeddedServerError,
    SettingsError,
    UnexpectedAnswer,
    UnknownAccount,
    peers.PeersMissing,
)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--in-memory", is_flag=True, help="Measure on a small shop in memory instead of the databases.")
@click.option(
    "--contender",
    "names",
    multiple=True,
    type=click.Choice([contender.name for contender in CONTENDERS]),
    help="Only these contenders; may be given several times. The first is what the others are compared with.",
)
@click.option(
    "--operation",
    "operation_names",
    multiple=True,
    type=click.Choice([operation.name for operation in OPERATIONS]),
    help="Only these operations; may be given several times.",
)
@click.option(
    "--seconds",
    default=2.0,
    show_default=True,
    type=click.FloatRange(0.2, 600),
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
    help="How many orders the wide query asks for.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    help="Where to write the figures as JSON, with the plot beside them.  [default: bench/results/]",
)
def main(
    in_memory: bool,
    names: tuple[str, ...],
    operation_names: tuple[str, ...],
    seconds: float,
    rounds: int,
    concurrency: int,
    first: int,
    output: Path | None,
) -> None:
    """Measure the gateway against its peers, side by side: Strawberry, GraphQL Yoga, Mercurius, and code by hand.

    All run on the demo shop of `gateway dev`, or on a shop in memory, and take turns under load. Databases whose URL is
    not set are started here and keep their data in GATEWAY_DATA_DIR (.gateway by default).
    """
    _stop_on_sigterm()
    contenders = _chosen(IN_MEMORY if in_memory else CONTENDERS, names)
    operations = [
        wide(first) if operation.name == "wide" else operation
        for operation in _chosen(IN_MEMORY_OPERATIONS if in_memory else OPERATIONS, operation_names)
    ]
    if not contenders or not operations:
        message = "None of these is measured in memory."
        raise click.UsageError(message)
    turns = Turns(concurrency=concurrency, seconds=seconds, rounds=rounds)
    try:
        present = conditions(in_memory=in_memory, turns=turns, node_packages=_prepare_peers(contenders))
        with (
            asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
            shop_in_memory() if in_memory else demo_shop(runner, report=_say) as stage,
            _run_contenders(contenders, operations, stage) as servers,
        ):
            comparisons = [
                runner.run(_compare(servers, operation, stage, turns))
                for operation in operations
                if any(contender.knows(operation) for contender in contenders)
            ]
    except _EXPECTED as error:
        raise click.ClickException(str(error)) from error
    print_report(Console(), comparisons, present)
    _write(comparisons, present, output or RESULTS / ("memory.json" if in_memory else "databases.json"))


async def _compare(servers: Sequence[Server], operation: Operation, stage: Stage, turns: Turns) -> Comparison:
    able = [server for server in servers if server.contender.knows(operation)]
    token = stage.tokens[operation.viewer]
    return Comparison(
        operation=operation, results=await measure(able, operation, token=token, turns=turns, report=_say)
    )


def _write(comparisons: Sequence[Comparison], present: Conditions, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(orjson.dumps(as_json(comparisons, present), option=orjson.OPT_INDENT_2))
    plot = path.with_suffix(".svg")
    plot.write_text(draw(comparisons, present), encoding="utf-8")
    _say(f"Written: {path} and {plot.name}")


def _prepare_peers(contenders: Sequence[Contender]) -> dict[str, str]:
    """Install what the peers on Node need, where one of them runs, and tell its versions."""
    if not any(contender.name in NODE for contender in contenders):
        return {}
    if peers.install():
        _say("The peers' packages are installed.")
    return peers.installed_versions()


@contextlib.contextmanager
def _run_contenders(
    contenders: Sequence[Contender], operations: Sequence[Operation], stage: Stage
) -> Iterator[list[Server]]:
    with contextlib.ExitStack() as stack:
        servers = []
        for contender in contenders:
            known = next((operation for operation in operations if contender.knows(operation)), None)
            if known is not None:
                running = run_contender(
                    contender,
                    operation=known,
                    token=stage.tokens[known.viewer],
                    environment=stage.environment,
                )
                servers.append(stack.enter_context(running))
        yield servers


def _chosen(offered: Sequence[Named], names: Sequence[str]) -> list[Named]:
    by_name = {each.name: each for each in offered}
    return [by_name[name] for name in dict.fromkeys(names) if name in by_name] if names else list(offered)


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
