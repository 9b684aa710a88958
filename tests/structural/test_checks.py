"""Boundary checks name the field and the first bad row."""

from enum import StrEnum

import numpy as np
import pytest

from structural.checks import (
    as_floats,
    enum_codes,
    require_between,
    require_non_negative,
    require_positive,
)
from structural.errors import StructuralError


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


def test_good_values_pass_with_their_shape() -> None:
    assert require_positive("x", 3).shape == ()
    assert require_positive("x", [[1, 2], [3, 4]]).shape == (2, 2)
    assert require_non_negative("x", 0.0) == 0.0
    assert require_between("x", [0.0, 1.0], 0.0, 1.0).tolist() == [0.0, 1.0]


@pytest.mark.parametrize("bad", [0.0, -1.0, 1e-300, 1e308, np.nan, np.inf, -np.inf])
def test_first_bad_row_is_named(bad: float) -> None:
    with pytest.raises(StructuralError, match=r"span must be .* in row 2") as error:
        require_positive("span", [1.0, 2.0, bad, bad])
    assert error.value.field == "span"


@pytest.mark.parametrize("bad", [-1e-12, 1e308, np.nan, np.inf])
def test_non_negative_refuses(bad: float) -> None:
    with pytest.raises(StructuralError, match="not negative"):
        require_non_negative("x", bad)


@pytest.mark.parametrize("bad", [-0.1, 1.1, np.nan, np.inf])
def test_between_refuses(bad: float) -> None:
    with pytest.raises(StructuralError, match="between 0 and 1"):
        require_between("x", bad, 0.0, 1.0)


@pytest.mark.parametrize("bad", ["ten", None, [1.0, "x"], object()])
def test_what_is_not_a_number_is_refused(bad: object) -> None:
    with pytest.raises(StructuralError) as error:
        require_positive("span", bad)  # type: ignore[arg-type]
    assert error.value.field == "span"


def test_as_floats_converts_integers() -> None:
    assert as_floats("x", [1, 2]).dtype == np.float64


def test_enum_codes() -> None:
    assert int(enum_codes("c", Colour.BLUE, Colour)) == 1
    assert int(enum_codes("c", "red", Colour)) == 0
    assert enum_codes("c", ["blue", "red"], Colour).tolist() == [1, 0]
    assert enum_codes("c", np.array(["blue"], dtype=object), Colour).tolist() == [1]
    with pytest.raises(StructuralError, match="unknown 'green'"):
        enum_codes("c", "green", Colour)
    with pytest.raises(StructuralError, match="'green' in row 1; known: red, blue"):
        enum_codes("c", ["red", "green"], Colour)
