"""What the Compose file's containers run at their first start, on a real PostgreSQL."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest
import yaml

from datasources.core.migrations import head_revision, migrate
from gateway.embedded import Server, run_servers
from gateway.embedded.binaries import find_postgres
from gateway.embedded.postgres import DATABASES

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
SERVICES = ("users", "inventory", "carts", "orders", "payments")


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server on which the script has run, without a database and as its superuser."""
    script = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["configs"][
        "postgres-databases"
    ]
    with run_servers(tmp_path_factory.mktemp("first"), durable=False, kinds=[Server.POSTGRES]) as servers:
        url = servers.urls.postgres_url("postgres")
        # The embedded server has made them already, for another owner.
        run_psql(url, "".join(f'DROP DATABASE "{name}";' for name in DATABASES).replace(";", ";\n"))
        run_psql(url, script["content"])
        yield url


def run_psql(url: str, script: str) -> None:
    """Run a script as the image's entry point does."""
    command = [
        str(find_postgres("psql")),
        "--no-psqlrc",
        "--set=ON_ERROR_STOP=1",
        "--quiet",
        f"--dbname={url}",
    ]
    environment = {**os.environ, "POSTGRES_PASSWORD": "it's a \\ secret"}
    done = subprocess.run(  # noqa: S603  # psql, with the script of the file under test
        command, input=script, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


async def test_the_gateway_has_a_password_and_the_superuser_none(postgres: str) -> None:
    connection = await asyncpg.connect(postgres)
    try:
        roles = {
            role["rolname"]: (role["rolsuper"], (role["rolpassword"] or "").split("$")[0])
            for role in await connection.fetch("SELECT * FROM pg_authid WHERE rolcanlogin")
        }
    finally:
        await connection.close()
    assert roles == {"gateway": (False, "SCRAM-SHA-256"), "postgres": (True, "")}


@pytest.mark.parametrize(("service", "database"), list(zip(SERVICES, DATABASES, strict=True)))
async def test_migrations_need_no_superuser(postgres: str, service: str, database: str) -> None:
    url = postgres.replace("postgres@", "gateway@", 1).replace("/postgres?", f"/{database}?", 1)
    result = await migrate(url, service=service)
    assert (result.before, result.after) == (None, head_revision(service))
