"""The `gateway` command as a person meets it: help, one-line errors, and the whole life of `dev`."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import psutil
import pytest

from datasources.seeds import DEMO_PASSWORD
from gateway.payment_providers import payment_warnings
from gateway.payment_settings import PaymentSettings
from gateway.settings import URL_VARIABLES
from tests.cli.commands import GATEWAY, free_port, invoke, run

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMANDS = ("dev", "serve", "worker", "migrate", "seed", "import", "token", "schema", "doctor")
ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("command", [None, *COMMANDS])
def test_every_command_has_help(command: str | None) -> None:
    result = invoke(*([command] if command else []), "--help")
    assert result.exit_code == 0
    assert result.stdout.startswith("Usage: ")
    if command is None:
        assert all(name in result.stdout for name in COMMANDS)


@pytest.mark.parametrize(
    "variable", [*(variable for variable, _ in URL_VARIABLES.values()), "GATEWAY_JWT_SECRET"]
)
def test_serve_names_a_missing_setting_in_one_line(environ: dict[str, str], variable: str) -> None:
    del environ[variable]
    result = invoke("serve", environ=environ)
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert variable in result.stderr


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("GATEWAY_ORDER_DB_URL", "mysql://localhost/OrderDb"),
        ("GATEWAY_ORDER_DB_URL", "postgresql://localhost"),
        ("GATEWAY_ORDER_DB_URL", "postgresql://localhost:port/OrderDb"),
        ("GATEWAY_ORDER_DB_URL", "OrderDb"),
        ("GATEWAY_PRODUCT_DB_URL", "postgresql://localhost/ProductDb"),
        ("GATEWAY_PRODUCT_DB_URL", "mongodb://localhost:27017"),
        ("GATEWAY_PRODUCT_DB_URL", "mongodb://localhost:27017/?directConnection=true"),
        ("GATEWAY_REDIS_URL", "http://localhost"),
        ("GATEWAY_JWT_SECRET", "short"),
        ("GATEWAY_JWT_PREVIOUS_SECRETS", "short"),
        ("GATEWAY_TRUSTED_PROXIES", "proxy.example"),
        ("GATEWAY_TRUSTED_PROXIES", "*"),
        ("GATEWAY_OIDC_ISSUERS", "https://id.example.com"),
        ("GATEWAY_OIDC_ISSUERS", '{"issuer": "https://id.example.com"}'),
        ("GATEWAY_OIDC_ISSUERS", '[{"issuer": "https://id.example.com"}]'),
        ("GATEWAY_OIDC_ISSUERS", '[{"issuer": "http://id.example.com", "audience": "shop"}]'),
        ("GATEWAY_OIDC_ISSUERS", '[{"issuer": "https://id.example.com", "audience": []}]'),
        ("GATEWAY_OIDC_ISSUERS", '[{"issuer": "https://id.example.com", "audience": "shop", "role": "x"}]'),
        (
            "GATEWAY_OIDC_ISSUERS",
            '[{"issuer": "https://id.example.com", "audience": "shop", "accessTokenType": "any"}]',
        ),
        (
            "GATEWAY_OIDC_ISSUERS",
            '[{"issuer": "https://id.example.com", "audience": "shop", "roles": {"boss": "Root"}}]',
        ),
        ("GATEWAY_PORT", "eighty"),
        ("GATEWAY_PORT", "70000"),
        ("GATEWAY_POOL_SIZE", "0"),
        ("GATEWAY_GRAPHIQL", "perhaps"),
        ("GATEWAY_PAYMENT_PROVIDER", "paypal"),
        ("GATEWAY_STRIPE_API_BASE", "stripe.example"),
        ("GATEWAY_PUBLIC_URL", "shop.example"),
    ],
)
def test_serve_names_a_wrong_setting_in_one_line(environ: dict[str, str], variable: str, value: str) -> None:
    result = invoke("serve", environ={**environ, variable: value})
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert variable in result.stderr


def test_serve_names_what_stripe_needs_in_one_line(environ: dict[str, str]) -> None:
    stripe = {**environ, "GATEWAY_PAYMENT_PROVIDER": "stripe"}
    for given, missing in (
        ({}, "GATEWAY_STRIPE_SECRET_KEY"),
        ({"GATEWAY_STRIPE_SECRET_KEY": "sk_test_hunter2"}, "GATEWAY_STRIPE_WEBHOOK_SECRET"),
    ):
        result = invoke("serve", environ={**stripe, **given})
        assert result.exit_code == 1
        assert result.stderr.count("\n") == 1
        assert missing in result.stderr
        assert "hunter2" not in result.stderr


def test_whoever_serves_is_told_that_no_money_comes_in() -> None:
    assert "GATEWAY_PAYMENT_PROVIDER is not set" in payment_warnings(PaymentSettings())[0]
    assert "no money moves" in payment_warnings(PaymentSettings(provider="sandbox"))[0]
    assert payment_warnings(PaymentSettings(provider="stripe")) == ()


def test_an_error_never_repeats_a_password(environ: dict[str, str]) -> None:
    result = run("serve", environ={**environ, "GATEWAY_USER_DB_URL": "mysql://me:hunter2@localhost/UserDb"})
    assert result.returncode == 1
    assert "GATEWAY_USER_DB_URL" in result.stderr
    assert "hunter2" not in result.stdout + result.stderr


def test_doctor_reports_each_database(environ: dict[str, str]) -> None:
    result = run("doctor", environ=environ)
    assert result.returncode == 0, result.stdout + result.stderr
    lines = result.stdout.splitlines()
    assert len(lines) == len(URL_VARIABLES)
    assert all(re.search(r"(PostgreSQL|MongoDB|Redis|Valkey) \d+\.\d+.*, \d+\.\d ms", line) for line in lines)
    assert sum("schema at " in line for line in lines) == 5
    assert sum("schema complete" in line for line in lines) == 2


def test_doctor_says_which_database_is_unreachable(environ: dict[str, str], tmp_path: Path) -> None:
    wrong = f"postgresql://postgres@/PaymentDb?host={tmp_path}"
    result = run("doctor", environ={**environ, "GATEWAY_PAYMENT_DB_URL": wrong})
    assert result.returncode == 1
    assert [line for line in result.stdout.splitlines() if "unreachable" in line] == [
        line for line in result.stdout.splitlines() if line.startswith("payments: ")
    ]
    assert "GATEWAY_PAYMENT_DB_URL" in result.stdout


def test_token_prints_the_token_alone(environ: dict[str, str]) -> None:
    result = run("token", "customer@example.com", environ=environ)
    assert result.returncode == 0
    assert re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+\n", result.stdout)


def test_token_of_nobody_says_what_to_do(environ: dict[str, str]) -> None:
    result = run("token", "nobody@example.com", environ=environ)
    assert result.returncode == 1
    assert result.stdout == ""
    assert "nobody@example.com" in result.stderr
    assert "gateway seed" in result.stderr


def test_migrate_again_changes_nothing(environ: dict[str, str]) -> None:
    result = run("migrate", environ=environ)
    assert result.returncode == 0, result.stderr
    assert result.stderr.count("already at") == 5
    assert "products: complete\n" in result.stderr
    assert "notifications: complete\n" in result.stderr


def test_schema_prints_the_exported_schema(tmp_path: Path) -> None:
    exported = (ROOT / "schema.graphql").read_text()
    assert run("schema").stdout == exported
    stale = tmp_path / "schema.graphql"
    stale.write_text(exported + "# more\n")
    result = invoke("schema", "--check", str(stale))
    assert result.exit_code == 1
    assert "gateway schema --output" in result.stderr
    assert invoke("schema", "--output", str(stale)).exit_code == 0
    assert invoke("schema", "--check", str(stale)).exit_code == 0


class Dev:
    """A running `gateway dev`."""

    def __init__(self, data_dir: Path) -> None:
        self.port = free_port()
        self.data_dir = data_dir
        self.log = data_dir.with_suffix(".log")
        environ = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
        with self.log.open("w") as log:
            self.process = subprocess.Popen(  # noqa: S603  # our own program
                [GATEWAY, "dev", "--port", str(self.port)],
                env={**environ, "GATEWAY_DATA_DIR": str(data_dir)},
                stdout=log,
                stderr=log,
            )

    def wait_until_ready(self, seconds: float) -> float:
        """Seconds until it answers."""
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            assert self.process.poll() is None, self.log.read_text()
            try:
                httpx.get(f"http://127.0.0.1:{self.port}/health/live").raise_for_status()
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                return time.monotonic() - began
        raise AssertionError(self.log.read_text())

    def children(self) -> list[psutil.Process]:
        """Its processes, the servers among them."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def stop(self, number: int) -> int:
        """Send a signal and give the exit code."""
        self.process.send_signal(number)
        return self.process.wait(timeout=30)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of `dev`, kept from test to test."""
    return tmp_path_factory.mktemp("dev") / "data"


@pytest.fixture
def dev(data_dir: Path) -> Iterator[Dev]:
    """`gateway dev`, serving."""
    running = Dev(data_dir)
    try:
        running.wait_until_ready(120)
        yield running
    finally:
        running.process.kill()
        running.process.wait()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_dev_serves_the_demo_shop_and_leaves_no_process(dev: Dev, number: int) -> None:
    base = f"http://127.0.0.1:{dev.port}"
    said = dev.log.read_text()
    assert f"GraphiQL: {base}\n" in said
    assert "customer@example.com, manager@example.com and admin@example.com" in said
    assert DEMO_PASSWORD in said
    assert "Ctrl-C stops everything" in said
    assert "\n\n" not in said
    config = httpx.get(f"{base}/graphiql/config.json").json()
    example = config["examples"][0]
    answer = httpx.post(
        f"{base}/graphql",
        json={"query": example["query"], "variables": example["variables"]},
        headers=config["headers"],
    )
    assert answer.json()["data"]["me"]["orders"]["nodes"]
    assert "errors" not in answer.json()
    # The same databases serve other commands meanwhile.
    minted = run("token", "manager@example.com", environ={"GATEWAY_DATA_DIR": str(dev.data_dir)})
    orders = httpx.post(
        f"{base}/graphql",
        json={"query": "{ orders { totalCount } }"},
        headers={"Authorization": f"Bearer {minted.stdout.strip()}"},
    )
    assert orders.json()["data"]["orders"]["totalCount"] >= 2_000

    children = dev.children()
    assert len(children) >= 3
    dev.stop(number)
    gone, alive = psutil.wait_procs(children, timeout=10)
    assert len(gone) == len(children)
    assert alive == []


def test_a_killed_dev_leaves_no_process_and_starts_again(data_dir: Path) -> None:
    first = Dev(data_dir)
    try:
        first.wait_until_ready(60)
        children = first.children()
    finally:
        first.process.kill()
        first.process.wait()
    _, alive = psutil.wait_procs(children, timeout=20)
    assert alive == []
    second = Dev(data_dir)
    try:
        second.wait_until_ready(60)
        assert second.stop(signal.SIGTERM) in {0, 128 + signal.SIGTERM, -signal.SIGTERM}
    finally:
        second.process.kill()
        second.process.wait()
