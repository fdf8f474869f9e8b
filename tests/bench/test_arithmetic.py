"""The benchmark's arithmetic, and what it refuses to compare."""

from __future__ import annotations

from statistics import median

import pytest

from bench.measurements import DifferentAnswers, Result, Round, data_of, percentile, ratio


def turn(*latencies: float, seconds: float = 1.0, cpu: float = 0.5, peak: int = 1) -> Round:
    """One contender's turn."""
    return Round(latencies=latencies, seconds=seconds, cpu_seconds=cpu, peak_bytes=peak)


def result(*rounds: Round) -> Result:
    """All turns of one contender."""
    return Result(name="one", description="", payload_bytes=1, calls={}, rounds=rounds)


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [
        ([3.0], 50, 3.0),
        ([4.0, 1.0, 3.0, 2.0], 50, 2.0),
        ([4.0, 1.0, 3.0, 2.0], 51, 3.0),
        ([float(value) for value in range(1, 101)], 99, 99.0),
        ([float(value) for value in range(1, 101)], 100, 100.0),
        ([float(value) for value in range(1, 11)], 99, 10.0),
    ],
)
def test_percentiles_are_values_that_were_measured(
    values: list[float], percent: float, expected: float
) -> None:
    assert percentile(values, percent) == expected


def test_a_result_weighs_its_rounds_by_their_length_and_their_answers() -> None:
    found = result(turn(1.0, 2.0, seconds=1.0, cpu=0.2, peak=7), turn(3.0, seconds=2.0, cpu=0.4, peak=5))

    assert found.answers == 3
    assert found.rate == pytest.approx(1.0)  # 3 answers in 3 seconds, not the mean of 2 and 0.5
    assert found.cpu_per_answer == pytest.approx(0.2)
    assert found.peak_bytes == 7
    assert found.latency(50) == 2.0


def test_ratios_hold_each_round_against_the_baselines_round_beside_it() -> None:
    baseline = result(turn(seconds=1.0, cpu=1.0), turn(cpu=2.0), turn(cpu=4.0))
    contender = result(turn(cpu=10.0), turn(cpu=10.0), turn(cpu=10.0))

    found = ratio(lambda one: one.cpu_seconds, contender, baseline)

    assert (found.lowest, found.median, found.highest) == (2.5, median([10.0, 5.0, 2.5]), 10.0)


def test_equal_data_is_equal_however_it_is_spelt() -> None:
    assert data_of("a", b'{"data":{"name":"caf\\u00e9"}}') == data_of(
        "b", '{ "data" : {"name": "café"} }'.encode()
    )
    assert data_of("a", b'{"data":[{"average":5.0}]}') == data_of("b", b'{"data":[{"average":5}]}')
    assert data_of("a", b'{"data":[{"average":4.5}]}') != data_of("b", b'{"data":[{"average":4}]}')
    assert data_of("a", b'{"data":{"price":"1.0"}}') != data_of("b", b'{"data":{"price":"1.00"}}')
    assert data_of("a", b'{"data":{"a":1,"b":2}}') != data_of("b", b'{"data":{"b":2,"a":1}}')


@pytest.mark.parametrize("body", [b'{"data":null}', b'{"data":{"me":null},"errors":[{"message":"no"}]}'])
def test_an_answer_with_errors_or_without_data_is_not_measured(body: bytes) -> None:
    with pytest.raises(DifferentAnswers, match="gateway"):
        data_of("gateway", body)
