"""Channels in compression: x is the axis of symmetry, so it is x that couples with twist."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structural.aisc.buckling import BucklingMode
from structural.aisc.compression_channels import channel_compression
from structural.errors import StructuralError
from structural.shapes import load_shapes

CHANNELS = load_shapes("C")
MISCELLANEOUS = load_shapes("MC")


def test_every_stress_by_hand() -> None:
    # C15X33.9 at 10 ft, braced at mid-length against y: A 10.0, rx 5.61, ry 0.901, J 1.01, Cw 358, ro 5.94, H 0.920.
    strength = channel_compression(CHANNELS.rows("C15X33.9"), 50.0, 120.0, 60.0, 120.0)
    fex = np.pi**2 * 29_000.0 / (120.0 / 5.61) ** 2
    fey = np.pi**2 * 29_000.0 / (60.0 / 0.901) ** 2
    fez = (np.pi**2 * 29_000.0 * 358.0 / 120.0**2 + 11_200.0 * 1.01) / (10.0 * 5.94**2)
    total = fex + fez
    coupled = total / (2.0 * 0.920) * (1.0 - np.sqrt(1.0 - 4.0 * fex * fez * 0.920 / total**2))
    assert float(strength.fe_x_ksi) == pytest.approx(fex, rel=2e-3)
    assert float(strength.fe_y_ksi) == pytest.approx(fey, rel=2e-3)
    assert float(strength.fe_torsional_ksi) == pytest.approx(coupled, rel=2e-3)
    assert strength.governing == BucklingMode.FLEXURAL_TORSIONAL
    assert float(strength.pn_kip) == pytest.approx(0.658 ** (50.0 / coupled) * 50.0 * 10.0, rel=2e-3)


@given(st.floats(24.0, 480.0), st.floats(24.0, 480.0))
def test_bracing_against_y_leaves_torsion_alone(lcx: float, lcy: float) -> None:
    braced = channel_compression(CHANNELS, 50.0, lcx, 0.0, lcx)
    free = channel_compression(CHANNELS, 50.0, lcx, lcy, lcx)
    assert np.array_equal(braced.fe_torsional_ksi, free.fe_torsional_ksi)
    assert np.all(braced.fe_torsional_ksi < braced.fe_x_ksi)
    assert np.all(braced.governing == BucklingMode.FLEXURAL_TORSIONAL)


def test_slender_webs_and_a_reduced_area_by_hand() -> None:
    strength = channel_compression(MISCELLANEOUS, 50.0, 0.0, 0.0, 0.0)
    names = MISCELLANEOUS.name[strength.is_slender].tolist()
    assert names == ["MC12X14.3", "MC12X10.6", "MC10X8.4", "MC10X6.5"]
    shape = MISCELLANEOUS.rows("MC12X10.6")
    ratio = 1.31 * 1.49 * np.sqrt(580.0) / float(shape.h_tw)
    lost = (1.0 - (1.0 - 0.18 * ratio) * ratio) * float(shape.h_in * shape.tw_in)
    area = channel_compression(shape, 50.0, 0.0, 0.0, 0.0).ae_in2
    assert float(area) == pytest.approx(float(shape.area_in2) - lost)


def test_slender_flanges_of_high_strength_steel() -> None:
    # lambda = bf/tf of the whole flange: C10X30, 3.03/0.436 = 6.95 over 0.56 sqrt(29000/200) = 6.74.
    strength = channel_compression(CHANNELS.rows("C10X30"), [150.0, 200.0], 6.0, 6.0, 6.0)
    assert strength.is_slender.tolist() == [False, True]


def test_i_shapes_are_refused() -> None:
    with pytest.raises(StructuralError, match="takes channels") as error:
        channel_compression(load_shapes("W"), 50.0, 120.0, 120.0, 120.0)
    assert error.value.field == "shape"
