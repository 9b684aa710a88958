"""What an engine function must do with a number that cannot be meant: refuse it by name, in one row or many."""

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from structural.errors import StructuralError

Call = Callable[..., Any]


def assert_bad_numbers_are_refused(
    call: Call, good: Mapping[str, Any], may_be_zero: frozenset[str] = frozenset()
) -> None:
    """Put every bad value in place of each numeric argument of ``good`` and expect `StructuralError` with its name."""
    for name, value in good.items():
        if isinstance(value, bool | str) or not isinstance(value, int | float):
            continue
        for bad in (np.nan, np.inf, -np.inf, -1.0, "ten", *(() if name in may_be_zero else (0.0,))):
            with pytest.raises(StructuralError) as error:
                call(**{**good, name: bad})
            assert error.value.field == name, (name, bad)
        with pytest.raises(StructuralError, match="in row 1") as error:
            call(**{**good, name: [value, np.nan, value]})
        assert error.value.field == name


def assert_quiet_at_the_edges(call: Call, good: Mapping[str, Any], may_be_zero: frozenset[str] = frozenset()) -> None:
    """Call with every argument that may be zero at zero; a warning of NumPy is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with np.errstate(all="raise"):
            call(**good)
            call(**{name: 0.0 if name in may_be_zero else value for name, value in good.items()})


def assert_one_row_is_many_rows(call: Call, good: Mapping[str, Any]) -> None:
    """Compare a call on one row with the same row three times over."""
    many = {
        name: value if not isinstance(value, int | float) or isinstance(value, bool) else np.full(3, float(value))
        for name, value in good.items()
    }
    one, three = np.asarray(call(**good)), np.asarray(call(**many))
    np.testing.assert_allclose(three, np.broadcast_to(one, three.shape), rtol=1e-13)


def assert_huge_numbers_are_refused(call: Call, good: Mapping[str, Any]) -> None:
    """Put 1e308, which would overflow, in place of each numeric argument and expect `StructuralError` with its name."""
    for name, value in good.items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            with pytest.raises(StructuralError) as error:
                call(**{**good, name: 1e308})
            assert error.value.field == name
