"""Runs the `gateway` command for tests, as a program of its own or inside this process."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from click.testing import CliRunner

from gateway.cli import main

if TYPE_CHECKING:
    from collections.abc import Mapping

    from click.testing import Result

GATEWAY = Path(sys.executable).parent / "gateway"


def run(*arguments: str, environ: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command to its end, with no setting but those given."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
    return subprocess.run(  # noqa: S603  # our own program
        [GATEWAY, *arguments],
        env={**inherited, **(environ or {})},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def invoke(*arguments: str, environ: Mapping[str, str] | None = None) -> Result:
    """The same inside this process, for what ends before anything is served: a program takes a second to start."""
    unset = {name: None for name in os.environ if name.startswith("GATEWAY_")}
    return CliRunner().invoke(main, arguments, prog_name="gateway", env={**unset, **(environ or {})})


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
