"""Properties that hold for every section of every family: strengths against length, yield stress and method."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structural.code_checks.registry import ORDER
from structural.sections import Kind, table_of
from tests.structural.code_checks.designs import Row, check_rows

SECTIONS = st.sampled_from(list(Kind)).flatmap(lambda kind: st.sampled_from(table_of(kind).name.tolist()))
LENGTHS_FT = np.linspace(0.5, 60.0, 25)
FLEXURE = ("FLX-01", "FLX-02", "FLX-03", "FLX-05", "FLX-07", "FLX-08")
COMPRESSION = ("CMP-01", "CMP-02", "CMP-03", "CMP-06")


def _capacities(rows: list[Row], checks: tuple[str, ...]) -> np.ndarray:
    _, evaluation = check_rows(*rows)
    return evaluation.capacity[:, [ORDER.index(check) for check in checks]]


@given(SECTIONS, st.sampled_from([36.0, 50.0, 65.0]), st.floats(1.0, 2.0))
@settings(max_examples=80)
def test_flexural_strength_never_grows_with_unbraced_length(shape: str, fy: float, cb: float) -> None:
    row = {"shape": shape, "fy_ksi": fy, "moment_x_kip_ft": 1.0, "cb": cb, "length_ft": 60.0}
    capacity = _capacities([row | {"unbraced_length_ft": float(length)} for length in LENGTHS_FT], FLEXURE)
    drops = np.nan_to_num(np.diff(capacity, axis=0))
    assert np.all(drops <= 1e-9 * np.nanmax(capacity))


@given(SECTIONS, st.sampled_from([36.0, 50.0, 65.0]))
@settings(max_examples=80)
def test_compressive_strength_never_grows_with_effective_length(shape: str, fy: float) -> None:
    row = {"shape": shape, "fy_ksi": fy, "axial_compression_kip": 1.0, "connector_spacing_in": 12.0}
    capacity = _capacities([row | {"length_ft": float(length)} for length in LENGTHS_FT], COMPRESSION)
    drops = np.nan_to_num(np.diff(capacity, axis=0))
    assert np.all(drops <= 1e-9 * np.nanmax(capacity))


@given(SECTIONS)
@settings(max_examples=60)
def test_yielding_grows_with_fy(shape: str) -> None:
    rows: list[Row] = [
        {"shape": shape, "fy_ksi": fy, "fu_ksi": 80.0, "axial_tension_kip": 1.0, "shear_lag_u": 1.0}
        for fy in (36.0, 42.0, 50.0, 55.0, 65.0)
    ]
    assert np.all(np.diff(_capacities(rows, ("TEN-01",)), axis=0) > 0.0)


@given(SECTIONS, st.floats(1.0, 40.0))
@settings(max_examples=60)
def test_methods_differ_by_their_factors(shape: str, length_ft: float) -> None:
    row = {
        "shape": shape,
        "fy_ksi": 50.0,
        "length_ft": length_ft,
        "bracing": "ends_only",
        "moment_x_kip_ft": 1.0,
        "axial_compression_kip": 1.0,
        "connector_spacing_in": 12.0,
    }
    checks = (*FLEXURE, *COMPRESSION)
    lrfd, asd = _capacities([row, row | {"method": "ASD"}], checks)
    known = np.isfinite(lrfd) & (lrfd > 0.0)
    assert lrfd[known] / asd[known] == pytest.approx(0.90 * 1.67, rel=1e-12)


@pytest.mark.parametrize("kind", list(Kind), ids=lambda kind: kind.name)
def test_every_section_of_the_database_can_be_checked(kind: Kind) -> None:
    rows: list[Row] = [
        {
            "shape": shape,
            "fy_ksi": 50.0,
            "length_ft": 12.0,
            "bracing": "midspan",
            "moment_x_kip_ft": 1.0,
            "moment_y_kip_ft": 0.5,
            "shear_kip": 1.0,
            "shear_y_kip": 0.5,
            "axial_compression_kip": 5.0,
            "connector_spacing_in": 24.0,
        }
        for shape in table_of(kind).name.tolist()
    ]
    _, evaluation = check_rows(*rows)
    for check in ("CMP-05", "FLX-01", "CLS-01", "CLS-02"):
        column = ORDER.index(check)
        assert np.all(np.isfinite(evaluation.capacity[:, column])), check
        assert np.all(evaluation.capacity[:, column] > 0.0), check
