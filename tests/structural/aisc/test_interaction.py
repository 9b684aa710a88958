"""Combined forces, amplifiers and deflection."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structural.aisc.interaction import (
    b1_multiplier,
    euler_load_kip,
    h1_interaction,
    h2_interaction,
    tau_b,
    tension_cb_multiplier,
)
from structural.aisc.serviceability import (
    deflection_limit_in,
    midspan_load_deflection_in,
    uniform_load_deflection_in,
)
from structural.errors import StructuralError

RATIO = st.floats(0.0, 2.0)


@given(RATIO, RATIO, RATIO, RATIO)
def test_interaction_never_falls_with_a_demand(axial: float, mx: float, my: float, more: float) -> None:
    base = h1_interaction(axial, mx, my)
    assert h1_interaction(axial, mx + more, my) >= base
    assert h1_interaction(axial, mx, my + more) >= base
    assert h1_interaction(axial, mx, my) <= h2_interaction(axial, mx, my) + 1e-12


@given(st.floats(0.0, 0.9))
def test_interaction_equations_meet_on_the_limit(moment: float) -> None:
    # H1-1a and H1-1b cross at Pr/Pc = 0.2 exactly where the ratio is 1: 0.2 + 8/9 x 0.9 = 0.1 + 0.9
    assert float(h1_interaction(0.2, 0.9)) == pytest.approx(1.0)
    assert float(h1_interaction(np.nextafter(0.2, 0.0), 0.9)) == pytest.approx(1.0)
    assert (h1_interaction(0.2, moment) <= 1.0 + 1e-12) == (h1_interaction(np.nextafter(0.2, 0.0), moment) <= 1.0)


def test_interaction_by_hand() -> None:
    assert h1_interaction([0.5, 0.1], [0.27, 0.4], [0.18, 0.2]) == pytest.approx([0.9, 0.65])


def test_amplifiers_by_hand() -> None:
    assert float(euler_load_kip(100.0, 120.0)) == pytest.approx(np.pi**2 * 29_000.0 * 100.0 / 120.0**2)
    assert b1_multiplier(1.0, 100.0, 1000.0, ["LRFD", "ASD"]) == pytest.approx([1.0 / 0.9, 1.0 / 0.84])
    assert float(b1_multiplier(0.4, 100.0, 1000.0, "LRFD")) == 1.0
    assert tension_cb_multiplier(100.0, 1000.0, ["LRFD", "ASD"]) == pytest.approx(np.sqrt([1.1, 1.16]))
    assert tau_b([0.0, 0.5, 0.75, 1.0]) == pytest.approx([1.0, 1.0, 0.75, 0.0])


def test_elastic_buckling_has_no_amplifier() -> None:
    with pytest.raises(StructuralError, match="elastic buckling load") as error:
        b1_multiplier(1.0, 625.0, 1000.0, "ASD")
    assert error.value.field == "pr_kip"


def test_deflections_by_hand() -> None:
    # 1 kip/ft on 30 ft, I = 1000: 5 x (1/12) x 360^4/(384 x 29000 x 1000) = 0.6285 in.
    assert float(uniform_load_deflection_in(1.0 / 12.0, 360.0, 1000.0)) == pytest.approx(0.62845, rel=1e-4)
    assert float(midspan_load_deflection_in(10.0, 360.0, 1000.0)) == pytest.approx(0.33517, rel=1e-4)
    assert deflection_limit_in(360.0, [360.0, 240.0]).tolist() == [1.0, 1.5]
