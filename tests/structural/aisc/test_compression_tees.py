"""Tees in compression against the Design Examples and the Manual."""

import numpy as np
import pytest

from structural.aisc.buckling import BucklingMode
from structural.aisc.compression import COMPRESSION
from structural.aisc.compression_tees import tee_compression
from structural.aisc.method import available
from structural.tees import load_tees

TEES = load_tees()


def test_nonslender_tee_of_the_design_examples() -> None:
    # AISC Design Examples v16.0, E.7: WT7X34, 20 ft; x governs; about y alone 222 and 147 kip (Manual Table 4-7).
    shape = TEES.rows("WT7X34")
    strength = tee_compression(shape, 50.0, 240.0, 240.0, 240.0)
    assert float(strength.fe_x_ksi) == pytest.approx(16.2, rel=1e-2)
    assert float(strength.fe_y_ksi) == pytest.approx(30.0, rel=1e-2)
    assert float(strength.fe_torsional_ksi) == pytest.approx(29.5, rel=2e-3)
    assert float(strength.fn_ksi) == pytest.approx(14.2, rel=1e-2)
    assert strength.governing == BucklingMode.FLEXURAL_X
    assert not strength.is_slender
    assert float(available(strength.pn_kip, COMPRESSION, "LRFD")) == pytest.approx(128.0, rel=5e-3)
    assert float(available(strength.pn_kip, COMPRESSION, "ASD")) == pytest.approx(85.5, rel=5e-3)
    about_y = tee_compression(shape, 50.0, 0.0, 240.0, 240.0).pn_kip
    assert float(available(about_y, COMPRESSION, "LRFD")) == pytest.approx(222.0, rel=5e-3)
    assert float(available(about_y, COMPRESSION, "ASD")) == pytest.approx(147.0, rel=5e-3)


def test_tee_with_a_slender_stem_of_the_design_examples() -> None:
    # AISC Design Examples v16.0, E.8: WT7X15, 20 ft; stem slender but fully effective; about x alone 74.3 and 49.4 kip.
    shape = TEES.rows("WT7X15")
    strength = tee_compression(shape, 50.0, 240.0, 240.0, 240.0)
    assert float(strength.fe_torsional_ksi) == pytest.approx(10.5, rel=2e-3)
    assert float(strength.fn_ksi) == pytest.approx(9.21, rel=2e-3)
    assert float(strength.ae_in2) == pytest.approx(4.42)
    assert strength.governing == BucklingMode.FLEXURAL_TORSIONAL
    assert strength.is_slender
    assert float(available(strength.pn_kip, COMPRESSION, "LRFD")) == pytest.approx(36.6, rel=2e-3)
    assert float(available(strength.pn_kip, COMPRESSION, "ASD")) == pytest.approx(24.4, rel=2e-3)
    about_x = tee_compression(shape, 50.0, 240.0, 0.0, 0.0).pn_kip
    assert float(available(about_x, COMPRESSION, "LRFD")) == pytest.approx(74.3, rel=5e-3)
    assert float(available(about_x, COMPRESSION, "ASD")) == pytest.approx(49.4, rel=5e-3)


@pytest.mark.parametrize(("length_ft", "expected"), [(0, 183.0), (1, 142.0), (10, 106.0)])
def test_reduced_stem_against_the_manual(length_ft: float, expected: float) -> None:
    # AISC Manual 16th ed. Table 4-7, WT7X15 about y, as quoted in the unit tests of AISCSteel.jl.
    length = 12.0 * length_ft
    strength = tee_compression(TEES.rows("WT7X15"), 50.0, length, length, length)
    assert float(available(strength.pn_kip, COMPRESSION, "LRFD")) == pytest.approx(expected, rel=5e-3)


@pytest.mark.parametrize("family", ["WT", "MT", "ST"])
def test_torsion_always_softens_buckling_about_the_axis_of_symmetry(family: str) -> None:
    strength = tee_compression(load_tees(family), 50.0, 0.0, 120.0, 120.0)
    assert np.all(strength.fe_torsional_ksi < strength.fe_y_ksi)
    assert np.all(strength.governing == BucklingMode.FLEXURAL_TORSIONAL)
