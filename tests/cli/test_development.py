"""What `dev` looks at before it starts anything, whose databases it seeds, and the secret it keeps."""

from __future__ import annotations

import socket
import stat
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from datasources.seeds import SECTIONS
from gateway import server
from gateway.development import DeactivatedAccount, _keep_secret, demo_graphiql, token_for
from gateway.ports import AddressUnusable, check_address, page_url
from gateway.progress import seed_with_progress
from gateway.settings import SettingsError
from tests.cli.commands import free_port, invoke

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from datasources.core.connections import Connections

SECRET = "y" * 64


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What would be served by the commands, which end at that point."""
    calls: list[object] = []
    monkeypatch.setattr(server, "serve", lambda _settings, **options: calls.append(options["graphiql"]))
    return calls


@pytest.mark.parametrize("named_by", ["option", "variable"])
def test_dev_starts_nothing_when_the_port_is_in_use(tmp_path: Path, taken: int, named_by: str) -> None:
    data_dir = tmp_path / "data"
    environ = {"GATEWAY_DATA_DIR": str(data_dir)}
    if named_by == "option":
        result = invoke("dev", "--port", str(taken), environ=environ)
    else:
        result = invoke("dev", environ={**environ, "GATEWAY_PORT": str(taken)})
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert f"Port {taken} of 127.0.0.1 is in use" in result.stderr
    assert "--port" in result.stderr
    assert not data_dir.exists()


def test_serve_asks_no_database_when_the_port_is_in_use(environ: dict[str, str], taken: int) -> None:
    result = invoke("serve", "--port", str(taken), environ=environ)
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert f"Port {taken} of 127.0.0.1 is in use" in result.stderr


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("GATEWAY_PORT", "eighty"),
        ("GATEWAY_HOST", "no.such.host.invalid"),
        ("GATEWAY_REDIS_URL", "redis://h:abc/0"),
        ("GATEWAY_JWT_SECRET", "short"),
    ],
)
def test_dev_starts_nothing_when_a_setting_is_wrong(tmp_path: Path, variable: str, value: str) -> None:
    data_dir = tmp_path / "data"
    result = invoke("dev", environ={"GATEWAY_DATA_DIR": str(data_dir), variable: value})
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert variable in result.stderr
    assert not data_dir.exists()


def test_a_free_port_is_free() -> None:
    check_address("127.0.0.1", free_port())
    check_address("127.0.0.1", 0)


def test_a_host_of_another_machine_is_refused() -> None:
    with pytest.raises(AddressUnusable, match="GATEWAY_HOST"):
        check_address("192.0.2.1", 0)  # RFC 5737: in documentation alone


def test_the_page_is_named_as_a_browser_takes_it() -> None:
    assert page_url("0.0.0.0", 8000) == "http://127.0.0.1:8000"  # noqa: S104
    assert page_url("::1", 8000) == "http://[::1]:8000"


def test_dev_seeds_no_database_but_its_own(
    environ: dict[str, str], served: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def seed(connections: Connections, *, scale: int) -> None:
        raise AssertionError(scale)

    monkeypatch.setattr("gateway.progress.seed_with_progress", seed)
    result = invoke("dev", "--port", str(free_port()), environ=environ)
    assert result.exit_code == 0, result.output
    assert served == [None]
    assert "The demo shop is not added" in result.stderr
    assert "--scale 1" in result.stderr
    assert "Demo accounts" not in result.stderr
    assert "GraphiQL: http://127.0.0.1:" in result.stderr


def test_dev_seeds_other_databases_when_it_is_told_to(environ: dict[str, str], served: list[object]) -> None:
    result = invoke("dev", "--port", str(free_port()), "--scale", "1", environ=environ)
    assert result.exit_code == 0, result.output
    assert served != [None]
    assert "since --scale is given" in result.stderr
    assert "Demo accounts" in result.stderr


def test_help_says_when_dev_seeds() -> None:
    words = " ".join(invoke("dev", "--help").stdout.split())
    assert "the demo shop is added only if --scale is given" in words


async def test_without_a_terminal_a_line_tells_of_each_finished_section(
    connections: Connections, capsys: pytest.CaptureFixture[str]
) -> None:
    await seed_with_progress(connections, scale=1)
    again = capsys.readouterr().err
    assert again.splitlines() == [line for line in again.splitlines() if line.startswith("demo shop: ")]
    assert again.count(f"demo shop: {SECTIONS[0]} complete") == 1


async def test_a_deactivated_account_gets_no_token(connections: Connections) -> None:
    change = text("UPDATE users SET is_active = :active WHERE email = 'customer@example.com'")
    async with connections.users.transaction() as transaction:
        await transaction.execute(change, {"active": False})
    try:
        with pytest.raises(DeactivatedAccount, match=r"customer@example\.com is deactivated"):
            await token_for(connections, "customer@example.com", secret=SECRET)
        config = await demo_graphiql(connections, secret=SECRET)
        assert config.demo_token is None
        assert config.staff_token is not None
    finally:
        async with connections.users.transaction() as transaction:
            await transaction.execute(change, {"active": True})
    assert await token_for(connections, "customer@example.com", secret=SECRET)


def test_the_secret_is_kept(tmp_path: Path) -> None:
    secret = _keep_secret(tmp_path / "data")
    assert len(secret) == 64
    assert _keep_secret(tmp_path / "data") == secret
    files = list((tmp_path / "data").iterdir())
    assert [file.name for file in files] == ["jwt-secret"]
    assert stat.S_IMODE(files[0].stat().st_mode) == 0o600


@pytest.mark.parametrize("left", [b"", b"short", b"\xff" * 64])
def test_a_secret_that_was_not_wholly_written_is_replaced(tmp_path: Path, left: bytes) -> None:
    (tmp_path / "jwt-secret").write_bytes(left)
    secret = _keep_secret(tmp_path)
    assert len(secret) == 64
    assert _keep_secret(tmp_path) == secret
    assert [file.name for file in tmp_path.iterdir()] == ["jwt-secret"]


def test_processes_that_start_at_once_keep_one_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(max_workers=8) as threads:
        for number in range(20):
            folder = tmp_path / str(number)
            assert len(set(threads.map(_keep_secret, [folder] * 8))) == 1


def test_a_data_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="GATEWAY_DATA_DIR"):
        _keep_secret(tmp_path / "file")
