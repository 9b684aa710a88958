"""Calibration map: monotone, within its knots, the same after a round trip."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structural.calibration import Calibration
from structural.errors import StructuralError

UNIT = st.floats(0.0, 1.0)


@st.composite
def calibrations(draw: st.DrawFn) -> Calibration:
    size = draw(st.integers(1, 8))
    knots = st.lists(UNIT, min_size=size, max_size=size).map(lambda values: tuple(sorted(values)))
    return Calibration(draw(knots), draw(knots))


@given(calibrations(), st.lists(st.floats(-2.0, 3.0), min_size=2, max_size=20))
def test_map_is_monotone_and_stays_within_its_probabilities(calibration: Calibration, raw: list[float]) -> None:
    confidence = calibration.apply(np.sort(raw))
    assert np.all(np.diff(confidence) >= -1e-12)
    assert np.all((confidence >= calibration.probabilities[0]) & (confidence <= calibration.probabilities[-1]))


@given(calibrations())
def test_round_trip_through_json(calibration: Calibration) -> None:
    assert Calibration.from_json(json.loads(json.dumps(calibration.to_json()))) == calibration


def test_interpolates_between_knots_and_keeps_the_shape() -> None:
    calibration = Calibration((0.0, 1.0), (0.2, 0.8))
    np.testing.assert_allclose(calibration.apply([[0.5, -1.0], [2.0, 0.25]]), [[0.5, 0.2], [0.8, 0.35]])


@pytest.mark.parametrize(
    ("scores", "probabilities"),
    [((), ()), ((0.0, 1.0), (0.5,)), ((1.0, 0.0), (0.1, 0.2)), ((0.0, 1.0), (0.9, 0.2))],
    ids=["empty", "lengths", "scores_fall", "probabilities_fall"],
)
def test_bad_knots_are_refused(scores: tuple[float, ...], probabilities: tuple[float, ...]) -> None:
    with pytest.raises(StructuralError) as error:
        Calibration(scores, probabilities)
    assert error.value.field == "calibration"


def test_missing_key_is_named() -> None:
    with pytest.raises(StructuralError, match="probabilities"):
        Calibration.from_json({"scores": [0.0]})
