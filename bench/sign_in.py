"""Whether the time of a refused sign-in tells if the address has an account: `python -m bench.sign_in`."""

from __future__ import annotations

import asyncio
import random
import secrets
import statistics
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click
import httpx
import uvloop

from bench.contenders import GATEWAY, HOST
from bench.operations import tiny
from bench.servers import run_contender
from bench.stages import demo_shop
from datasources.core.connections import open_connections
from datasources.core.paging import window
from datasources.users.queries import page_of_users
from datasources.users.records import UserFilter
from datasources.users.statements import NEWEST
from gateway.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SIGN_IN = """\
mutation SignIn($input: SignInInput!) {
  signIn(input: $input) { accessToken userErrors { ... on UserError { code } } }
}
"""
REFUSAL = "INVALID_CREDENTIALS"

# The most by which the medians may differ, as a part of the smaller one.
MOST_DIFFERENCE = 0.10

_PAGE = 100
_WARM_UP = 4


class UnexpectedAnswer(click.ClickException):
    """A sign-in with a wrong password that was not refused as one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """How long refusals took, in seconds."""

    known: tuple[float, ...]
    unknown: tuple[float, ...]

    def difference(self) -> float:
        """By how much the medians differ, as a part of the smaller one."""
        medians = sorted((statistics.median(self.known), statistics.median(self.unknown)))
        return medians[1] / medians[0] - 1


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--attempts",
    default=100,
    show_default=True,
    type=click.IntRange(10, 150),
    help="How many sign-ins with known addresses, and as many with unknown ones.",
)
@click.option(
    "--seed", default=1, show_default=True, help="Decides the order of known and unknown addresses."
)
def main(attempts: int, seed: int) -> None:
    """Time sign-ins with wrong passwords, for addresses with and without an account, in turns.

    The gateway serves the demo shop, as in `make bench`. Each address is tried once and each attempt seems to come from
    another client, so that nobody has to wait; the failures are noted on the demo accounts. Exits with 1 if the medians
    differ by 10 % or more.
    """
    with (
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        demo_shop(runner, report=_say) as stage,
    ):
        # X-Forwarded-For makes the clients, so this process is trusted as a proxy.
        environment = {**stage.environment, "GATEWAY_TRUSTED_PROXIES": HOST}
        known = runner.run(_known_addresses(environment, attempts + _WARM_UP))
        operation, token = tiny("nothing"), stage.tokens["customer"]
        with run_contender(GATEWAY, operation=operation, token=token, environment=environment) as server:
            timings = _measure(server.port, known, randomness=random.Random(seed))  # noqa: S311  # an order, no secret
    _report(timings)
    sys.exit(int(timings.difference() >= MOST_DIFFERENCE))


async def _known_addresses(environment: Mapping[str, str], wanted: int) -> list[str]:
    found: list[str] = []
    async with open_connections(read_settings(environment).urls) as connections:
        after = None
        while len(found) < wanted:
            page = await page_of_users(
                connections.users,
                wanted=UserFilter(is_active=True),
                order=NEWEST,
                window=window(first=_PAGE, after=after, last=None, before=None),
            )
            found += [user.email for user in page.items]
            if not page.has_next_page:
                break
            after = page.end_cursor
    return found[:wanted]


def _measure(port: int, known: Sequence[str], *, randomness: random.Random) -> Timings:
    unknown = [f"{secrets.token_hex(6)}@example.com" for _ in known]
    with httpx.Client(base_url=f"http://{HOST}:{port}", timeout=30) as client:
        for address in (*known[:_WARM_UP], *unknown[:_WARM_UP]):
            _try(client, address)
        # In pairs, whichever first, so that a busy minute of this machine meets both kinds.
        took = [
            (is_known, _try(client, pair[0] if is_known else pair[1]))
            for pair in zip(known[_WARM_UP:], unknown[_WARM_UP:], strict=True)
            for is_known in randomness.sample((True, False), 2)
        ]
    return Timings(
        known=tuple(seconds for is_known, seconds in took if is_known),
        unknown=tuple(seconds for is_known, seconds in took if not is_known),
    )


def _try(client: httpx.Client, address: str) -> float:
    """Fail to sign in with this address, and tell how long the answer took.

    Raises:
        UnexpectedAnswer: it is not the refusal of a wrong password.
    """
    given = {"email": address, "password": "never anybody's password"}
    # Addresses of IPv6 for documentation (RFC 3849), each from a network of its own.
    forwarded_for = f"2001:db8:{secrets.token_hex(2)}:{secrets.token_hex(2)}::1"
    began = time.perf_counter()
    response = client.post(
        "/graphql",
        json={"query": SIGN_IN, "variables": {"input": given}},
        headers={"X-Forwarded-For": forwarded_for},
    )
    took = time.perf_counter() - began
    answer = response.json()
    payload = (answer.get("data") or {}).get("signIn") or {}
    if [error["code"] for error in payload.get("userErrors", [])] != [REFUSAL]:
        raise UnexpectedAnswer(str(answer))
    return took


def _report(timings: Timings) -> None:
    click.echo(_line("known addresses", timings.known))
    click.echo(_line("unknown addresses", timings.unknown))
    verdict = "under" if timings.difference() < MOST_DIFFERENCE else "NOT under"
    click.echo(f"The medians differ by {timings.difference():.1%}, which is {verdict} {MOST_DIFFERENCE:.0%}.")


def _line(name: str, seconds: Iterable[float]) -> str:
    milliseconds = sorted(it * 1_000 for it in seconds)
    tenths = statistics.quantiles(milliseconds, n=10)
    return (
        f"{name:>18}: median {statistics.median(milliseconds):6.1f} ms, "
        f"a tenth below {tenths[0]:.1f}, a tenth above {tenths[-1]:.1f}, {len(milliseconds)} attempts"
    )


def _say(line: str) -> None:
    click.echo(line, err=True)


if __name__ == "__main__":
    main()
