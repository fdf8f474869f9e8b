"""Where contenders are measured: on the demo shop's databases, or on a shop in memory."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.memory.loaders import VARIABLE
from bench.memory.tables import CUSTOMER, SLUG, write_shop
from bench.operations import tiny, wide
from bench.servers import environment_of
from datasources.core.connections import DatabaseUrls, open_connections
from datasources.seeds import DEMO_CUSTOMER, DEMO_MANAGER
from gateway.auth import mint_token, utc_now
from gateway.development import TOKEN_LIFETIME, development_settings, token_for
from gateway.progress import seed_with_progress
from gateway.settings import Settings
from gateway.storage import prepare_storage

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterator, Mapping

    from bench.operations import Operation, Viewer

IN_MEMORY_OPERATIONS: tuple[Operation, ...] = (tiny(SLUG), wide(50))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What every contender finds in its environment, and the access tokens of those who ask."""

    environment: Mapping[str, str]
    tokens: Mapping[Viewer, str]


@contextlib.contextmanager
def demo_shop(runner: asyncio.Runner, *, report: Callable[[str], None]) -> Iterator[Stage]:
    """The demo shop of `gateway dev`, filled if need be; databases that it starts run until the block ends."""
    with development_settings(os.environ, report=report) as settings:
        tokens = runner.run(_fill(settings))
        yield Stage(environment=environment_of(settings), tokens=tokens)


@contextlib.contextmanager
def shop_in_memory() -> Iterator[Stage]:
    """A shop in a file that contenders read when they start; the databases' addresses lead nowhere."""
    with tempfile.TemporaryDirectory() as folder:
        write_shop(Path(folder) / "shop.json")
        secret = secrets.token_hex(32)
        token = mint_token(
            user_id=CUSTOMER, roles=["Customer"], secret=secret, now=utc_now(), lifetime=TOKEN_LIFETIME
        )
        settings = Settings(urls=_nowhere(folder), jwt_secret=secret)
        yield Stage(
            environment={**environment_of(settings), VARIABLE: str(Path(folder) / "shop.json")},
            tokens={"customer": token},
        )


async def _fill(settings: Settings) -> dict[Viewer, str]:
    """Fill the databases if need be, and return the demo accounts' access tokens."""
    async with open_connections(settings.urls) as connections:
        await prepare_storage(connections, report=lambda _: None)
        await seed_with_progress(connections, scale=1)
        return {
            "customer": await token_for(connections, DEMO_CUSTOMER, secret=settings.jwt_secret),
            "manager": await token_for(connections, DEMO_MANAGER, secret=settings.jwt_secret),
        }


def _nowhere(folder: str) -> DatabaseUrls:
    sql, documents = f"postgresql://nobody@/none?host={folder}", "mongodb://127.0.0.1:1/none"
    return DatabaseUrls(
        users=sql,
        products=documents,
        inventory=sql,
        carts=sql,
        carts_redis=f"unix://{folder}/none.sock",
        orders=sql,
        payments=sql,
        notifications=documents,
    )
