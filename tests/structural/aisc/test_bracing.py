"""Appendix 6 and B3.9 by hand, by their limits and by their refusal of bad numbers."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structural.aisc import bracing
from structural.errors import StructuralError
from tests.structural.aisc.refusal import (
    Call,
    assert_bad_numbers_are_refused,
    assert_huge_numbers_are_refused,
    assert_quiet_at_the_edges,
)

BEAM = bracing.TorsionallyBracedBeam(480.0, 40.1, 17.4, 120.0, 1.0, 3.0)
BEAM_FIELDS = {"span_in": 480, "iy_eff_in4": 40.1, "ho_in": 17.4, "lbr_in": 120, "cb": 1, "braces": 3}


def torsional_point(mr_kip_in: float = 2000, beta_sec: float = 50_000, **fields: Any) -> np.ndarray:
    demand = bracing.beam_torsional_brace(replace(BEAM, **fields), mr_kip_in, "LRFD", beta_sec)
    return np.stack(np.broadcast_arrays(demand.strength, demand.stiffness))


def torsional_continuous(
    mr_kip_in: float = 2000, max_lb_in: float = 100, beta_sec: float = 50_000, **fields: Any
) -> np.ndarray:
    demand = bracing.beam_continuous_torsional_brace(replace(BEAM, **fields), mr_kip_in, max_lb_in, "ASD", beta_sec)
    return np.stack(np.broadcast_arrays(demand.strength, demand.stiffness))


PR, MR = frozenset({"pr_kip"}), frozenset({"mr_kip_in"})
BEAM_BRACE = {"mr_kip_in": 2000, "ho_in": 17.4, "lbr_in": 120, "method": "LRFD", "cd": 1}
CALLS: list[tuple[Call, dict[str, Any], frozenset[str]]] = [
    (bracing.column_panel_brace, {"pr_kip": 400, "lbr_in": 144, "method": "LRFD"}, PR),
    (bracing.column_point_brace, {"pr_kip": 400, "lbr_in": 144, "method": "ASD"}, PR),
    (bracing.beam_panel_brace, BEAM_BRACE, MR),
    (bracing.beam_point_brace, BEAM_BRACE, MR),
    (bracing.effective_iy_in4, {"iyc_in4": 20, "iyt_in4": 10, "c_in": 6, "t_in": 8}, frozenset()),
    (
        bracing.web_distortional_stiffness,
        {"ho_in": 17.4, "tw_in": 0.355, "stiffener_thickness_in": 0.375, "stiffener_width_in": 6},
        frozenset({"stiffener_thickness_in", "stiffener_width_in"}),
    ),
    (bracing.continuous_web_distortional_stiffness, {"ho_in": 17.4, "tw_in": 0.355}, frozenset()),
    (torsional_point, {"mr_kip_in": 2000, **BEAM_FIELDS}, MR),
    (torsional_continuous, {"mr_kip_in": 2000, "max_lb_in": 100, **BEAM_FIELDS}, MR),
    (bracing.column_splice_tie_kip, {"dead_kip": 100, "live_kip": 50}, frozenset({"dead_kip", "live_kip"})),
    (bracing.beam_end_tie_kip, {"vr_kip": 60, "method": "LRFD"}, frozenset({"vr_kip"})),
    (bracing.column_brace_tie_kip, {"pr_kip": 600, "method": "LRFD"}, PR),
]


@pytest.mark.parametrize(("call", "good", "may_be_zero"), CALLS, ids=[call.__name__ for call, _, _ in CALLS])
def test_numbers_are_guarded(call: Call, good: dict[str, Any], may_be_zero: frozenset[str]) -> None:
    assert_bad_numbers_are_refused(call, good, may_be_zero)
    assert_huge_numbers_are_refused(call, good)
    assert_quiet_at_the_edges(call, good, may_be_zero)


def test_column_braces_by_hand() -> None:
    # Pr 400 kip, Lbr 144 in.: panel 2 kip, 2 x 400/144 = 5.556; point 4 kip, 8 x 400/144 = 22.22
    panel = bracing.column_panel_brace(400.0, 144.0, ["LRFD", "ASD"])
    assert float(panel.strength) == pytest.approx(2.0)
    assert panel.stiffness == pytest.approx([5.5556 / 0.75, 5.5556 * 2.0], rel=1e-4)
    point = bracing.column_point_brace(400.0, 144.0, ["LRFD", "ASD"])
    assert float(point.strength) == pytest.approx(4.0)
    assert point.stiffness == pytest.approx([22.222 / 0.75, 22.222 * 2.0], rel=1e-4)


def test_beam_braces_by_hand() -> None:
    # Mr 2000 kip-in., ho 20 in., Lbr 120 in.: Mr/ho = 100 kip
    panel = bracing.beam_panel_brace(2000.0, 20.0, 120.0, "LRFD", [1.0, 2.0])
    assert panel.strength == pytest.approx([1.0, 2.0])
    assert panel.stiffness == pytest.approx([400.0 / 120.0 / 0.75, 800.0 / 120.0 / 0.75])
    point = bracing.beam_point_brace(2000.0, 20.0, 120.0, ["LRFD", "ASD"])
    assert float(point.strength) == pytest.approx(2.0)
    assert point.stiffness == pytest.approx([1000.0 / 120.0 / 0.75, 1000.0 / 120.0 * 2.0])


def test_torsional_brace_by_hand() -> None:
    # 3.6 L/(n E Iy) (Mr/Cb)^2 = 3.6 x 480/(3 x 29000 x 40.1) x 4e6 = 1981; moment 1981 x 120/(500 x 17.4) = 27.3,
    # under 0.02 x 2000 = 40
    ideal = 3.6 * 480.0 / (3.0 * 29_000.0 * 40.1) * 2000.0**2
    demand = bracing.beam_torsional_brace(BEAM, 2000.0, ["LRFD", "ASD"])
    assert ideal == pytest.approx(1981.3, abs=0.1)
    assert float(demand.strength) == pytest.approx(40.0)
    assert demand.stiffness == pytest.approx([ideal / 0.75, ideal * 3.0])
    long = bracing.beam_torsional_brace(replace(BEAM, lbr_in=240.0), 2000.0, "LRFD")
    assert float(long.strength) == pytest.approx(ideal * 240.0 / (500.0 * 17.4))


def test_a_soft_web_asks_for_a_stiffer_brace_until_none_will_do() -> None:
    beta_t = float(bracing.beam_torsional_brace(BEAM, 2000.0, "LRFD").stiffness)
    stiffness = bracing.beam_torsional_brace(BEAM, 2000.0, "LRFD", np.array([np.inf, 2.0, 1.0, 0.5]) * beta_t).stiffness
    assert stiffness == pytest.approx([beta_t, 2.0 * beta_t, np.inf, np.inf])
    for bad in (np.nan, -1.0, 0.0, "stiff"):
        with pytest.raises(StructuralError) as error:
            bracing.beam_torsional_brace(BEAM, 2000.0, "LRFD", bad)
        assert error.value.field == "beta_sec"


def test_web_stiffness_by_hand() -> None:
    web = 3.3 * 29_000.0 / 17.4 * 1.5 * 17.4 * 0.355**3 / 12.0
    assert float(bracing.web_distortional_stiffness(17.4, 0.355)) == pytest.approx(web)
    stiffened = web + 3.3 * 29_000.0 / 17.4 * 0.375 * 6.0**3 / 12.0
    assert float(bracing.web_distortional_stiffness(17.4, 0.355, 0.375, 6.0)) == pytest.approx(stiffened)
    continuous = 3.3 * 29_000.0 * 0.355**3 / (12.0 * 17.4)
    assert float(bracing.continuous_web_distortional_stiffness(17.4, 0.355)) == pytest.approx(continuous)


def test_continuous_bracing_is_spread_over_the_length() -> None:
    demand = bracing.beam_continuous_torsional_brace(BEAM, 2000.0, 100.0, "LRFD")
    assert float(demand.strength) == pytest.approx(40.0 / 100.0)
    assert float(demand.stiffness) == pytest.approx(3.6 / (29_000.0 * 40.1) * 2000.0**2 / 0.75)


def test_one_brace_at_uniform_moment_by_default() -> None:
    one = bracing.TorsionallyBracedBeam(480.0, 40.1, 17.4, 240.0)
    assert (one.cb, one.braces) == (1.0, 1.0)
    assert float(bracing.beam_point_brace(2000.0, 20.0, 120.0, "LRFD").strength) == pytest.approx(2.0)
    assert float(bracing.beam_panel_brace(2000.0, 20.0, 120.0, "LRFD").strength) == pytest.approx(1.0)


def test_effective_inertia_of_equal_flanges_is_their_sum() -> None:
    assert float(bracing.effective_iy_in4(20.0, 20.0, 9.0, 9.0)) == pytest.approx(40.0)
    assert float(bracing.effective_iy_in4(20.0, 10.0, 6.0, 9.0)) == pytest.approx(35.0)


def test_beam_column_brace_is_the_sum() -> None:
    column = bracing.column_point_brace(400.0, 120.0, "LRFD")
    beam = bracing.beam_point_brace(2000.0, 20.0, 120.0, "LRFD")
    both = bracing.beam_column_brace(column, beam)
    assert float(both.strength) == pytest.approx(6.0)
    assert float(both.stiffness) == pytest.approx((3200.0 + 1000.0) / 120.0 / 0.75)


@given(st.floats(0.0, 5000.0), st.floats(0.0, 5000.0), st.sampled_from(["LRFD", "ASD"]))
def test_demands_never_fall_with_the_moment(one: float, other: float, method: str) -> None:
    moments = np.sort([one, other])
    for demand in (
        bracing.beam_point_brace(moments, 17.4, 120.0, method),
        bracing.beam_panel_brace(moments, 17.4, 120.0, method),
        bracing.beam_torsional_brace(BEAM, moments, method, 40_000.0),
    ):
        assert demand.strength[0] <= demand.strength[1]
        assert demand.stiffness[0] <= demand.stiffness[1]


def test_integrity_ties_by_hand() -> None:
    assert float(bracing.column_splice_tie_kip(100.0, 50.0)) == pytest.approx(150.0)
    assert bracing.beam_end_tie_kip([60.0, 60.0, 12.0], ["LRFD", "ASD", "LRFD"]) == pytest.approx([40.0, 60.0, 10.0])
    assert bracing.column_brace_tie_kip(600.0, ["LRFD", "ASD"]) == pytest.approx([4.0, 6.0])


def test_double_curvature_factor_is_bounded() -> None:
    with pytest.raises(StructuralError) as error:
        bracing.beam_point_brace(2000.0, 20.0, 120.0, "LRFD", 2.5)
    assert error.value.field == "cd"
