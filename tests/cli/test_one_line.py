"""What a person can mend is told in one line, without a traceback, a URL or a password."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from gateway.cli import MOST_SCALE
from gateway.database_urls import mongo_problem, postgres_problem, redis_problem
from tests.cli.commands import invoke

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

EMBEDDED = {
    "users": "postgresql://postgres@/UserDb?host=/tmp/a%20b&port=5432",
    "products": "mongodb://%2Ftmp%2Fmongo.sock/ProductDb?directConnection=true",
    "carts": "unix:///tmp/redis.sock?db=0",
}


def assert_one_line(result: Result, *expected: str) -> None:
    """It failed, in one line with these parts."""
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1, result.stderr
    assert all(part in result.stderr for part in expected), result.stderr


@pytest.mark.parametrize(
    ("variable", "url"),
    [
        ("GATEWAY_PRODUCT_DB_URL", "mongodb://u:s3cr@et@h/x"),
        ("GATEWAY_PRODUCT_DB_URL", "mongodb://u:s3cr%40et@h/x?tls=maybe"),
        ("GATEWAY_PRODUCT_DB_URL", "mongodb://u:s3cr%40et@h:99999/x"),
        ("GATEWAY_PRODUCT_DB_URL", "mongodb+srv://u:s3cr%40et@h/x?tls=maybe"),
        ("GATEWAY_NOTIFICATION_DB_URL", "mongodb://u:1/x?s3cr@h/x"),
        ("GATEWAY_REDIS_URL", "redis://u:s3cr@h:abc/0"),
        ("GATEWAY_REDIS_URL", "redis://u:s3cr@h/first"),
        ("GATEWAY_REDIS_URL", "redis://u:s3cr@h/0?colour=red"),
        ("GATEWAY_USER_DB_URL", "postgresql://u:s3cr@h:1/x?sslmode=bogus"),
        ("GATEWAY_USER_DB_URL", "postgresql://u:s3cr@et@h:1/x"),
        ("GATEWAY_USER_DB_URL", "postgresql://u:s3cr/et@h:1/x"),
        ("GATEWAY_USER_DB_URL", "postgresql://u:s3cr@h:1/x?options"),
        ("GATEWAY_USER_DB_URL", "postgresql://u:s3cr@h:70000/x"),
    ],
)
def test_a_url_that_its_driver_refuses_is_named(environ: dict[str, str], variable: str, url: str) -> None:
    for command in (["serve"], ["doctor"], ["migrate"]):
        result = invoke(*command, environ={**environ, variable: url})
        assert_one_line(result, variable)
        assert "s3cr" not in result.stderr
        assert url not in result.stderr


@pytest.mark.parametrize(
    ("problem", "url"),
    [
        (postgres_problem, EMBEDDED["users"]),
        (postgres_problem, "postgresql://u:p%40ss@h1:1,h2:2/x?sslmode=verify-full&application_name=a"),
        (postgres_problem, "postgres://[::1]:5432/x?target_session_attrs=read-write"),
        (mongo_problem, EMBEDDED["products"]),
        (mongo_problem, "mongodb://u:p%40ss@a:1,b:2/x?replicaSet=r&tls=true"),
        (mongo_problem, "mongodb+srv://u:p@cluster.example.com/x?retryWrites=true&w=majority"),
        (redis_problem, EMBEDDED["carts"]),
        (redis_problem, "rediss://u:p@h:1/3?ssl_cert_reqs=none"),
        (redis_problem, "redis://h"),
    ],
)
def test_a_url_that_its_driver_takes_is_taken(problem: Callable[[str], str | None], url: str) -> None:
    assert problem(url) is None


@pytest.mark.parametrize(
    ("variable", "url", "name"),
    [
        ("GATEWAY_USER_DB_URL", "postgresql://u:s3cr@127.0.0.1:1/x", "users"),
        ("GATEWAY_PRODUCT_DB_URL", "mongodb://u:s3cr@127.0.0.1:1/x", "products"),
    ],
)
def test_migrate_names_a_database_that_is_down(
    environ: dict[str, str], variable: str, url: str, name: str
) -> None:
    result = invoke("migrate", environ={**environ, variable: url})
    assert result.exit_code == 1
    last = result.stderr.splitlines()[-1]
    assert last.startswith(f"Error: {name}: unreachable, see {variable} (")
    assert "refused" in last.lower() or "Connect call failed" in last
    assert "Topology" not in last
    assert "s3cr" not in result.stderr


def test_token_and_seed_name_a_database_that_is_down(environ: dict[str, str]) -> None:
    down = {**environ, "GATEWAY_USER_DB_URL": "postgresql://127.0.0.1:1/x"}
    result = invoke("token", "customer@example.com", environ=down)
    assert_one_line(result, "users: unreachable, see GATEWAY_USER_DB_URL (")
    assert_one_line(invoke("seed", environ=down), "users: unreachable, see GATEWAY_USER_DB_URL (")


def test_a_database_that_refuses_is_named(environ: dict[str, str]) -> None:
    url = environ["GATEWAY_USER_DB_URL"].replace("postgres@", "nobody-here@", 1)
    refusing = {**environ, "GATEWAY_USER_DB_URL": url}
    expected = "users: refused, see GATEWAY_USER_DB_URL (", "nobody-here"
    assert_one_line(invoke("migrate", environ=refusing), *expected)
    assert_one_line(invoke("token", "customer@example.com", environ=refusing), *expected)
    report = invoke("doctor", environ=refusing)
    assert report.exit_code == 1
    assert next(line for line in report.stdout.splitlines() if "nobody-here" in line).startswith("users: ")


def test_token_of_an_empty_database_says_to_migrate(environ: dict[str, str]) -> None:
    empty = {**environ, "GATEWAY_USER_DB_URL": environ["GATEWAY_USER_DB_URL"].replace("/UserDb", "/postgres")}
    assert_one_line(invoke("token", "customer@example.com", environ=empty), "Run: gateway migrate")


def test_doctor_gives_a_short_reason_for_mongodb(environ: dict[str, str]) -> None:
    result = invoke("doctor", environ={**environ, "GATEWAY_PRODUCT_DB_URL": "mongodb://127.0.0.1:1/x"})
    assert result.exit_code == 1
    line = next(line for line in result.stdout.splitlines() if line.startswith("products: "))
    assert (
        line
        == "products: unreachable, see GATEWAY_PRODUCT_DB_URL (127.0.0.1:1: [Errno 111] Connection refused)"
    )


@pytest.mark.parametrize("email", ["", "  ", "a\udcff"])
def test_token_of_what_is_no_address(environ: dict[str, str], email: str) -> None:
    assert_one_line(invoke("token", email, environ=environ), "e-mail address", "customer@example.com")


def test_schema_of_files_that_cannot_be_used(tmp_path: Path) -> None:
    missing = tmp_path / "missing" / "schema.graphql"
    assert_one_line(invoke("schema", "--output", str(missing)), f"Cannot write {missing}: No such file")
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\x00")
    assert_one_line(invoke("schema", "--check", str(binary)), f"Cannot read {binary}", "UTF-8")


def test_explain_of_a_file_that_is_no_text(tmp_path: Path) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\x00")
    assert_one_line(invoke("explain", str(binary)), f"Cannot read {binary}", "UTF-8")


def test_explain_of_variables_that_are_no_object() -> None:
    assert_one_line(invoke("explain", "{ me { id } }", "--variables", "[1]"), "--variables", "JSON object")
    assert_one_line(invoke("explain", "{ me { id } }", "--variables", "{"), "--variables", "not JSON")


def test_explain_of_a_document_longer_than_any_path() -> None:
    result = invoke("explain", "{ me { id } }" + " " * 5_000)
    assert result.exit_code == 0, result.output


def test_help_imports_neither_a_driver_nor_the_schema() -> None:
    heavy = ["asyncpg", "motor", "redis", "sqlalchemy", "strawberry", "starlette", "uvicorn"]
    code = f"import sys, gateway.cli; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "[]\n"


def test_the_scales_are_those_of_the_demo_shop() -> None:
    from datasources import seeds  # noqa: PLC0415  # beside the claim that it is about

    assert seeds.MOST_SCALE == MOST_SCALE
