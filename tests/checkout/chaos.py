"""A shop in chaos: many buy, cancel and get money back, while processes are killed and the provider fails.

`make chaos` runs it. It prints its seed, with which it does the same again as far as the system lets it, and ends with
1 if money, stock, coupons or histories do not add up. Time runs faster in it, so that dead processes' leases end soon.
"""

from __future__ import annotations

import asyncio
import random
import secrets
import sys
import tempfile
from collections import Counter as Tally
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
import orjson
from rich.console import Console
from rich.progress import Progress

from gateway.embedded import run_servers
from tests.checkout.counter import open_counter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.embedded import ServerUrls
    from tests.checkout.counter import Counter, Goods

PROCESSES: Final = 3
# A minute's lease is over in two seconds.
SPEED: Final = 30
# How long a process lives before it is killed, in seconds.
SHORTEST_LIFE, LONGEST_LIFE = 0.3, 3.0
STARTS_IN: Final = 1.5
MOST_SECONDS: Final = 1_800

# How buyers pay, and how often: most are approved, and every way to fail is there.
CARDS: Final = {
    "tok_approved": 12,
    "tok_declined": 2,
    "tok_timeout": 2,
    "tok_error_after_charge": 2,
    "tok_error_after_capture": 2,
    "tok_capture_refused": 1,
    "tok_captured": 1,
    "tok_error_after_refund": 2,
    "tok_refund_timeout": 1,
    "tok_refund_refused": 1,
}
# What buyers do once they have their order.
AFTERWARDS: Final = {"keep": 6, "cancel": 2, "refund some": 2, "refund all": 1}


@dataclass(slots=True)
class Result:
    """How a run went."""

    seed: int
    checkouts: int
    kills: int = 0
    outcomes: Tally[str] = field(default_factory=Tally)
    seconds: float = 0.0


def fast_clock(started: datetime) -> datetime:
    """The time, which runs SPEED times as fast since then, alike in all processes."""
    return started + (datetime.now(UTC) - started) * SPEED


async def run(urls: ServerUrls, *, checkouts: int, seed: int, progress: Progress) -> Result:
    """Let buyers loose on a shop of its own, and see that everything adds up in the end.

    Raises:
        AssertionError: it does not.
    """
    result, began = Result(seed=seed, checkouts=checkouts), asyncio.get_running_loop().time()
    dice = random.Random(seed)  # noqa: S311  # chaos, not secrecy
    async with open_counter(urls) as counter:
        assert counter.urls is not None
        bar = progress.add_task("Filling carts", total=checkouts)
        shelf: list[Goods] = []
        codes: list[str] = []
        buyers = [await _buyer(counter, dice, number, seed, shelf, codes) for number in range(checkouts)]
        progress.update(bar, description="Buying, dying")
        with tempfile.TemporaryDirectory() as folder:
            plan = Path(folder) / "plan.json"
            started = datetime.now(UTC)
            plan.write_bytes(
                orjson.dumps({"urls": asdict(counter.urls), "started": started, "buyers": buyers})
            )
            await _let_loose(plan, dice, result, progress, bar)
        # Nobody is at work any more: a worker finishes what was left, a few hours later.
        after = fast_clock(started) - datetime.now(UTC) + timedelta(hours=3)
        while await counter.recover(after=after):
            after += timedelta(minutes=10)
        await counter.check()
    result.seconds = asyncio.get_running_loop().time() - began
    return result


async def _buyer(
    counter: Counter, dice: random.Random, number: int, seed: int, shelf: list[Goods], codes: list[str]
) -> dict[str, Any]:
    """What one buyer does: their cart is filled already, with goods of the shelf."""
    if number % 25 == 0:  # a few new goods, too few for all who want them, and a coupon for some
        shelf[:] = [
            await counter.put_on_sale(
                price=f"{dice.randint(200, 9_999) / 100:.2f}", units=dice.randint(10, 60)
            )
            for _ in range(4)
        ]
        codes[:] = [await counter.coupon(usage_limit=dice.randint(1, 8))]
    wanted = [(goods, dice.randint(1, 3)) for goods in dice.sample(shelf, dice.randint(1, 3))]
    cart = await counter.fill_cart(*wanted, codes=codes if dice.random() < 0.4 else ())
    return {
        "cart": cart,
        "total": str(await counter.total(cart)),
        "key": f"chaos-{seed}-{number}",
        "card": dice.choices(list(CARDS), list(CARDS.values()))[0],
        "afterwards": dice.choices(list(AFTERWARDS), list(AFTERWARDS.values()))[0],
    }


async def _let_loose(plan: Path, dice: random.Random, result: Result, progress: Progress, bar: Any) -> None:
    """Start processes, kill them now and then, and start others, until every buyer has come to an end."""
    left = set(range(result.checkouts))
    async with asyncio.timeout(MOST_SECONDS):
        while left:
            shares: list[list[int]] = [sorted(left)[place::PROCESSES] for place in range(PROCESSES)]
            lives = [dice.uniform(SHORTEST_LIFE, LONGEST_LIFE) for _ in shares]
            ended = await asyncio.gather(
                *(
                    _live(plan, share, life, result)
                    for share, life in zip(shares, lives, strict=True)
                    if share
                )
            )
            for numbers in ended:
                left -= numbers
            progress.update(bar, completed=result.checkouts - len(left))


async def _live(plan: Path, share: Sequence[int], life: float, result: Result) -> set[int]:
    """One process: it works on its share until it is done or is killed; give the buyers that have come to an end."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.checkout.chaotic", str(plan), orjson.dumps(share).decode(),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert child.stdout is not None
    ended: set[int] = set()
    killer = asyncio.get_running_loop().call_later(STARTS_IN + life, _kill, child)
    try:
        async for line in child.stdout:
            number, outcome = line.decode().split(" ", 1)
            ended.add(int(number))
            result.outcomes[outcome.strip()] += 1
    finally:
        killer.cancel()
        if child.returncode is None:
            await child.wait()
    if child.returncode == -9:
        result.kills += 1
    elif child.returncode != 0:
        message = f"A process ended with {child.returncode}."
        raise AssertionError(message)
    return ended


def _kill(child: asyncio.subprocess.Process) -> None:
    if child.returncode is None:
        child.kill()


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--checkouts", default=1_000, show_default=True, type=click.IntRange(1, 100_000), help="How many buy."
)
@click.option("--seed", default=None, type=int, help="The seed of an earlier run.  [default: a new one]")
def main(checkouts: int, seed: int | None) -> None:
    """Let many buy, cancel and get money back while processes are killed and the provider fails; then count."""
    console = Console(stderr=True)
    seed = secrets.randbelow(1_000_000) if seed is None else seed
    console.print(f"Seed {seed}: the same again with --seed {seed}")
    with (
        tempfile.TemporaryDirectory() as folder,
        run_servers(Path(folder), durable=False) as servers,
        Progress(console=console) as progress,
    ):
        try:
            result = asyncio.run(run(servers.urls, checkouts=checkouts, seed=seed, progress=progress))
        except AssertionError as error:
            console.print(f"It does not add up: {error}")
            sys.exit(1)
    console.print(f"{result.checkouts} checkouts, {result.kills} processes killed, {result.seconds:.0f} s.")
    for outcome, count in result.outcomes.most_common():
        console.print(f"{count:6} {outcome}")
    console.print("Money, stock, coupons and histories add up.")


if __name__ == "__main__":
    main()
