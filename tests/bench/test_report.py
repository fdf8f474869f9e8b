"""What the benchmark writes: figures with their ratios, and a plot of them."""

from __future__ import annotations

import io
import json
import xml.etree.ElementTree as ET

import orjson
import pytest
from rich.console import Console

from bench import peers
from bench.measurements import Result, Round, Turns
from bench.operations import OPERATIONS
from bench.plot import draw
from bench.report import Comparison, as_json, conditions, lead, print_report

SVG = "{http://www.w3.org/2000/svg}"
PRESENT = conditions(
    in_memory=False,
    turns=Turns(concurrency=8, seconds=1.0, rounds=2),
    node_packages={"node": "24.0.0"},
)


def result(name: str, *cpu_seconds: float) -> Result:
    """One contender's turns, with ten answers in each second."""
    turns = tuple(
        Round(latencies=(0.01,) * 10, seconds=1.0, cpu_seconds=used, peak_bytes=10**8) for used in cpu_seconds
    )
    return Result(name=name, description=f"a {name}", payload_bytes=1, calls={"orders": 2}, rounds=turns)


GATEWAY, FLOOR, YOGA = result("gateway", 1.0, 1.0), result("floor", 0.5, 0.25), result("yoga", 2.0, 4.0)
COMPARISONS = (
    Comparison(operation=OPERATIONS[0], results=(GATEWAY, FLOOR, YOGA)),
    Comparison(operation=OPERATIONS[1], results=(GATEWAY, YOGA)),
)


def test_a_lead_is_the_cpu_time_that_the_other_takes_for_one_of_the_baselines_answers() -> None:
    found = lead(YOGA, GATEWAY)

    assert (found.lowest, found.median, found.highest) == (2.0, 3.0, 4.0)


def test_the_table_says_where_a_contender_was_not_asked() -> None:
    said = io.StringIO()
    print_report(Console(file=said, width=200), COMPARISONS, PRESENT)

    rows = [line for line in said.getvalue().splitlines() if line.startswith("│ ")]
    summary = [[cell.strip() for cell in row.strip("│").split("│")] for row in rows[-2:]]
    assert summary == [
        ["tiny", "0.375 (0.25 to 0.5)", "3 (2 to 4)"],
        ["page", "n/a", "3 (2 to 4)"],
    ]
    assert "node 24.0.0" in said.getvalue()


def test_json_holds_every_round_and_the_ratios_to_the_baseline() -> None:
    found = orjson.loads(orjson.dumps(as_json(COMPARISONS, PRESENT)))

    tiny = found["operations"][0]
    assert [each["name"] for each in tiny["results"]] == ["gateway", "floor", "yoga"]
    assert tiny["results"][2]["ratios"]["cpu_per_request"]["median"] == pytest.approx(3.0)
    assert [len(each["rounds"]) for each in tiny["results"]] == [2, 2, 2]
    assert found["conditions"]["turns"]["concurrency"] == 8


def test_the_plot_has_a_bar_for_each_result_as_long_as_its_throughput() -> None:
    root = ET.fromstring(draw(COMPARISONS, PRESENT))  # noqa: S314  # our own text

    background, *bars = root.findall(f"{SVG}rect")
    widths = [float(bar.attrib["width"]) for bar in bars]
    assert float(background.attrib["width"]) > max(widths)
    assert [width / widths[0] for width in widths] == pytest.approx([1, 1 / 0.375, 1 / 3, 1, 1 / 3], rel=1e-2)


def test_the_peers_versions_are_exact_and_their_lock_names_no_host() -> None:
    manifest = json.loads((peers.FOLDER / "package.json").read_text(encoding="utf-8"))
    locked = json.loads((peers.FOLDER / "package-lock.json").read_text(encoding="utf-8"))["packages"]

    for name, version in manifest["dependencies"].items():
        assert locked[f"node_modules/{name}"]["version"] == version
    assert [name for name, entry in locked.items() if "resolved" in entry] == []
    assert [name for name, entry in locked.items() if name and "integrity" not in entry] == []
