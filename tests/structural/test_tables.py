"""Tables of equal columns."""

import numpy as np
import pytest

from structural.errors import StructuralError
from structural.tables import concatenate, row_count, take

TABLE = {"span_ft": np.array([10.0, 20.0, np.nan]), "grade": np.array(["A36", "A992", "unspecified"])}


def test_row_count() -> None:
    assert row_count(TABLE) == 3
    assert row_count({}) == 0


def test_columns_of_different_length_are_refused_by_name() -> None:
    with pytest.raises(StructuralError, match="'short': 1"):
        row_count({**TABLE, "short": np.zeros(1)})


@pytest.mark.parametrize("rows", [np.array([2, 0]), np.array([True, False, True]), slice(1, None)])
def test_take_moves_all_columns_together(rows: np.ndarray | slice) -> None:
    part = take(TABLE, rows)
    assert list(part) == list(TABLE)
    for name, column in TABLE.items():
        np.testing.assert_array_equal(part[name], column[rows])


def test_concatenate_stacks_in_order_and_undoes_take() -> None:
    whole = concatenate([take(TABLE, slice(0, 1)), take(TABLE, slice(1, None))])
    for name, column in TABLE.items():
        np.testing.assert_array_equal(whole[name], column)
    assert concatenate([]) == {}


def test_concatenate_keeps_the_longer_text() -> None:
    joined = concatenate([{"grade": np.array(["A36"])}, {"grade": np.array(["A913-65"])}])
    assert joined["grade"].tolist() == ["A36", "A913-65"]
