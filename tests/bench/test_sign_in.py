"""The check of sign-in's timing: what it makes of its figures. Measuring itself is not a test's work."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from bench.sign_in import Timings, main


@pytest.mark.parametrize(
    ("known", "unknown", "difference"),
    [
        ((0.1, 0.2, 9.0), (0.2, 0.2, 0.2), 0.0),
        ((0.2, 0.2, 0.2), (0.25, 0.25, 0.25), 0.25),
        ((0.25, 0.25, 0.25), (0.2, 0.2, 0.2), 0.25),
    ],
)
def test_medians_are_compared_whichever_is_larger(
    known: tuple[float, ...], unknown: tuple[float, ...], difference: float
) -> None:
    assert Timings(known=known, unknown=unknown).difference() == pytest.approx(difference)


def test_it_has_help() -> None:
    result = CliRunner().invoke(main, ["--help"])
    assert result.exit_code == 0
    assert "wrong passwords" in result.output
