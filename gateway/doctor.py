"""Examines every database: reachable, version, schema, latency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from datasources.core.health import check_services
from gateway.failures import describe_unreachable
from gateway.storage import schema_states

if TYPE_CHECKING:
    from datasources.core.connections import Connections
    from datasources.core.health import Check

SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was found: a line per database, and the lines of those that need somebody's care."""

    lines: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def healthy(self) -> bool:
        """Whether every database is reachable and at the newest schema."""
        return not self.warnings


async def examine(connections: Connections) -> Report:
    """Check every database at once; one that is down takes at most SECONDS."""
    checks = await check_services(connections, seconds=SECONDS)
    states = {state.database: state for state in await schema_states(connections)}
    lines, warnings = [], []
    for check in checks:
        state = states.get(check.name)
        line = _describe(check)
        if state is not None:
            line += f", schema {state.description}"
        lines.append(line)
        if not check.reachable:
            warnings.append(line)
        elif state is not None and not state.current:
            warnings.append(f"{line}. Run: gateway migrate")
    return Report(lines=tuple(lines), warnings=tuple(warnings))


def _describe(check: Check) -> str:
    if not check.reachable:
        return describe_unreachable(check.name, check.problem)
    latency = "" if check.latency is None else f", {check.latency * 1_000:.1f} ms"
    return f"{check.name}: {check.version}{latency}"
