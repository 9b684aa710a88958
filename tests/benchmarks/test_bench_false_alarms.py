"""The benchmark of false alarms counts what it says."""

import numpy as np
import pytest

from benchmarks.bench_false_alarms import Count, print_buildings
from structural.problems.clash_detector.request import CONNECTION, HIGH, LOW, MEDIUM, NONE


def test_alarms_are_false_where_nothing_clashes_and_missed_where_nothing_is_told() -> None:
    count = Count()
    truth = np.array([CONNECTION, NONE, LOW, MEDIUM, HIGH])
    count.add(np.array([True, False, True, False, True]), truth, np.array([HIGH, NONE, LOW, NONE, MEDIUM]))
    count.add(np.array([True]), np.array([NONE]), np.array([LOW]))
    assert (count.told, count.false, count.missed) == (4, 2, 1)
    assert dict(count.right) == {"NONE": 1, "LOW": 1}


def test_geometry_alone_tells_of_joints_too(capsys: pytest.CaptureFixture[str]) -> None:
    """Two buildings through writer, reader and search: members are counted, and joints drawn to meet are alarms."""
    print_buildings(2, None)
    printed = capsys.readouterr().out
    assert printed.startswith("2 buildings, ")
    row = next(line for line in printed.splitlines() if line.startswith("| geometry alone"))
    told, false = (int(cell.strip().replace(",", "")) for cell in row.split("|")[2:4])
    assert told > false > 50
