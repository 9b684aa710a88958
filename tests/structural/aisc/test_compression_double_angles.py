"""Double angles in compression against the Design Examples; connectors; legs in contact."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structural.aisc.buckling import BucklingMode
from structural.aisc.compression import COMPRESSION
from structural.aisc.compression_built_up import Connectors
from structural.aisc.compression_double_angles import double_angle_compression
from structural.aisc.method import available
from structural.angles import load_double_angles
from structural.errors import StructuralError

PAIRS = load_double_angles()
LENGTH = st.floats(24.0, 360.0)


def test_nonslender_pair_of_the_design_examples() -> None:
    # AISC Design Examples v16.0, E.5: 2L4X3-1/2X3/8 LLBB, 3/4 in. apart, 8 ft, two connectors.
    shape = PAIRS.rows("2L4X3-1/2X3/8X3/4LLBB")
    strength = double_angle_compression(shape, 50.0, 96.0, 96.0, 96.0, Connectors.spaced_evenly(96.0, 2))
    assert float(strength.slenderness_y_modified) == pytest.approx(61.0, rel=1e-3)
    assert float(strength.fe_x_ksi) == pytest.approx(48.5, rel=1e-3)
    assert float(strength.fe_y_ksi) == pytest.approx(76.9, rel=1e-3)
    assert float(strength.fe_torsional_ksi) == pytest.approx(60.5, rel=2e-3)
    assert strength.governing == BucklingMode.FLEXURAL_X
    assert float(available(strength.pn_kip, COMPRESSION, "LRFD")) == pytest.approx(157.0, rel=2e-3)
    assert float(available(strength.pn_kip, COMPRESSION, "ASD")) == pytest.approx(104.0, rel=3e-3)


@pytest.mark.parametrize(("axis", "expected"), [("x", 157.0), ("y", 165.0)])
def test_pair_against_the_manual(axis: str, expected: float) -> None:
    # AISC Manual 16th ed. Table 4-9, 3/8 in. apart, 8 ft, two connectors (quoted in Design Example E.5).
    shape = PAIRS.rows("2L4X3-1/2X3/8X3/8LLBB")
    lengths = (96.0, 0.0, 0.0) if axis == "x" else (0.0, 96.0, 96.0)
    strength = double_angle_compression(shape, 50.0, *lengths, Connectors.spaced_evenly(96.0, 2))
    assert float(available(strength.pn_kip, COMPRESSION, "LRFD")) == pytest.approx(expected, rel=3e-3)


def test_slender_pair_of_the_design_examples() -> None:
    # AISC Design Examples v16.0, E.6: 2L5X3X1/4 LLBB, 3/4 in. apart, 8 ft, two connectors; about x alone 112 kip
    # (Manual Table 4-9).
    shape, connectors = PAIRS.rows("2L5X3X1/4X3/4LLBB"), Connectors.spaced_evenly(96.0, 2)
    strength = double_angle_compression(shape, 50.0, 96.0, 96.0, 96.0, connectors)
    assert float(strength.slenderness_y_modified) == pytest.approx(76.3, rel=2e-3)
    assert float(strength.fe_torsional_ksi) == pytest.approx(26.8, rel=2e-3)
    assert float(strength.fn_ksi) == pytest.approx(22.9, rel=2e-3)
    assert float(strength.ae_in2) == pytest.approx(3.58, rel=1e-3)
    assert strength.governing == BucklingMode.FLEXURAL_TORSIONAL
    assert float(available(strength.pn_kip, COMPRESSION, "LRFD")) == pytest.approx(73.8, rel=1e-3)
    assert float(available(strength.pn_kip, COMPRESSION, "ASD")) == pytest.approx(49.1, rel=1e-3)
    about_x = double_angle_compression(shape, 50.0, 96.0, 0.0, 0.0, connectors).pn_kip
    assert float(available(about_x, COMPRESSION, "LRFD")) == pytest.approx(112.0, rel=3e-3)


def test_connectors_needed_in_the_design_examples() -> None:
    # E.5: 32.0 in. <= 41.4 in. with two connectors, 48.0 in. > 41.4 in. with one. E.6: 32.0 in. <= 35.3 in.
    counts = Connectors.spaced_evenly(96.0, [1, 2])
    strength = double_angle_compression(PAIRS.rows("2L4X3-1/2X3/8X3/4LLBB"), 50.0, 96.0, 96.0, 96.0, counts)
    assert strength.spacing_is_permitted.tolist() == [False, True]
    assert strength.spacing_ratio_limit * 0.719 == pytest.approx([41.4, 41.4], rel=1e-3)
    slender = double_angle_compression(PAIRS.rows("2L5X3X1/4X3/4LLBB"), 50.0, 96.0, 96.0, 96.0, Connectors(32.0))
    assert float(slender.spacing_ratio_limit) * 0.652 == pytest.approx(35.3, rel=1e-3)
    assert bool(slender.spacing_is_permitted)


@given(LENGTH, st.integers(0, 5), st.integers(0, 5))
def test_connectors_never_weaken(length: float, one: int, other: int) -> None:
    few, many = sorted((one, other))
    for kind in ("snug_tight", "welded_or_pretensioned"):
        weak, strong = (
            double_angle_compression(
                PAIRS, 50.0, length, length, length, Connectors.spaced_evenly(length, count, kind)
            ).pn_kip
            for count in (few, many)
        )
        assert np.all(weak <= strong * 1.003)


@given(LENGTH, st.floats(12.0, 60.0))
def test_welded_connectors_are_no_weaker_than_snug_tight_ones(length: float, spacing: float) -> None:
    welded, snug = (
        double_angle_compression(PAIRS, 50.0, length, length, length, Connectors(spacing, kind)).pn_kip
        for kind in ("welded_or_pretensioned", "snug_tight")
    )
    assert np.all(snug <= welded * 1.003)


def test_outstanding_legs_in_contact_have_a_wider_limit() -> None:
    # b/t = 12 of the 6-in. outstanding legs lies between 0.45 and 0.56 sqrt(E/Fy), 10.8 and 13.5.
    shape = PAIRS.rows(["2L6X4X1/2SLBB", "2L6X4X1/2X3/8SLBB"])
    strength = double_angle_compression(shape, 50.0, 0.0, 0.0, 0.0, Connectors(12.0))
    assert strength.is_slender.tolist() == [False, True]


def test_unknown_connector_is_refused() -> None:
    with pytest.raises(StructuralError) as error:
        double_angle_compression(PAIRS, 50.0, 96.0, 96.0, 96.0, Connectors(32.0, "riveted"))
    assert error.value.field == "kind"
