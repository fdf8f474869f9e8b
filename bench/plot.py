"""Draws throughput per CPU as a bar chart in SVG, one group of bars per operation."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from bench.report import lead

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.measurements import Result
    from bench.report import Comparison, Conditions

_COLOURS = {
    "gateway": "#1f6feb",
    "floor": "#8b949e",
    "strawberry": "#d1477a",
    "yoga": "#b8860b",
    "mercurius": "#2e8b57",
}
_OTHER = "#6e40c9"
_WIDTH, _LABELS, _VALUES = 760, 190, 70
_BAR, _GAP, _GROUP, _TOP, _BOTTOM = 16, 4, 26, 56, 44


def draw(comparisons: Sequence[Comparison], present: Conditions) -> str:
    """The chart: how much each contender answers with a second of CPU time, the first contender's being 1."""
    baseline = comparisons[0].baseline.name
    longest = max(_share(result, each.baseline) for each in comparisons for result in each.results)
    scale = (_WIDTH - _LABELS - _VALUES) / longest
    parts: list[str] = []
    y = _TOP
    for comparison in comparisons:
        parts.append(_text(8, y + _BAR - 4, comparison.operation.name, weight="bold"))
        for result in comparison.results:
            parts += _bar(result, _share(result, comparison.baseline), y, scale)
            y += _BAR + _GAP
        y += _GROUP - _GAP
    data = "data in memory" if present.in_memory else "on the demo shop's databases"
    head = [
        _text(8, 22, f"Throughput per CPU relative to {baseline}, {data} (longer is better)", weight="bold"),
        _text(8, 40, f"{present.cpu}; {present.python}; {present.turns.concurrency} connections", size=11),
    ]
    foot = _text(
        8,
        y + 12,
        "CPU time of each server's own processes; medians of interleaved rounds of one run.",
        size=11,
    )
    height = y + _BOTTOM
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}"'
        f' viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif" font-size="12">'
    )
    background = f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>'
    return "\n".join([opening, background, *head, *parts, foot, "</svg>", ""])


def _share(result: Result, baseline: Result) -> float:
    return 1 / lead(result, baseline).median


def _bar(result: Result, share: float, y: int, scale: float) -> list[str]:
    width = max(share * scale, 1)
    colour = _COLOURS.get(result.name, _OTHER)
    return [
        _text(_LABELS - 8, y + _BAR - 4, result.name, anchor="end"),
        f'<rect x="{_LABELS}" y="{y}" width="{width:.1f}" height="{_BAR}" fill="{colour}"/>',
        _text(_LABELS + width + 6, y + _BAR - 4, f"{share:.3g}"),
    ]


def _text(
    x: float, y: float, content: str, *, weight: str = "normal", anchor: str = "start", size: int = 12
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-weight="{weight}" text-anchor="{anchor}" font-size="{size}"'
        f' fill="#1f2328">{escape(content)}</text>'
    )
