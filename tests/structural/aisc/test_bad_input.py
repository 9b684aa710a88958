"""Every number an engine function takes is refused by name when it cannot be meant, alone or in one row of many."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from structural.aisc import (
    bolts,
    compression,
    concentrated,
    elements,
    flexure,
    interaction,
    serviceability,
    shear,
    tension,
    welds,
)
from structural.errors import StructuralError
from structural.shapes import load_shapes

BEAM = load_shapes("W").rows("W18X50")

# function, arguments that are good, numbers among them that may be zero
CALLS: list[tuple[Callable[..., Any], dict[str, Any], set[str]]] = [
    (flexure.major_axis_flexure, {"shape": BEAM, "fy_ksi": 50, "lb_in": 120, "cb": 1.0}, {"lb_in"}),
    (flexure.minor_axis_flexure, {"shape": BEAM, "fy_ksi": 50}, set()),
    (flexure.limiting_lengths_in, {"shape": BEAM, "fy_ksi": 50}, set()),
    (shear.major_axis_shear, {"shape": BEAM, "fy_ksi": 50, "kv": 5.34}, set()),
    (shear.minor_axis_shear, {"shape": BEAM, "fy_ksi": 50}, set()),
    (shear.is_stocky_rolled_web, {"shape": BEAM, "fy_ksi": 50}, set()),
    (shear.web_buckling_coefficient, {"panel_ratio": 1}, set()),
    (shear.cv2, {"slenderness": 50, "fy_ksi": 50, "kv": 1.2}, set()),
    (compression.critical_stress, {"fy_ksi": 50, "slenderness": 80}, {"slenderness"}),
    (compression.torsional_stress_ksi, {"shape": BEAM, "lcz_in": 120}, set()),
    (
        compression.compressive_strength,
        {"shape": BEAM, "fy_ksi": 50, "lcx_in": 120, "lcy_in": 120, "lcz_in": 120},
        {"lcx_in", "lcy_in"},
    ),
    (
        interaction.h1_interaction,
        {"axial_ratio": 0.3, "moment_ratio_x": 0.2, "moment_ratio_y": 0.1},
        {"axial_ratio", "moment_ratio_x", "moment_ratio_y"},
    ),
    (interaction.euler_load_kip, {"i_in4": 100, "length_in": 120}, set()),
    (interaction.tension_cb_multiplier, {"pr_kip": 10, "pey_kip": 100, "method": "LRFD"}, {"pr_kip"}),
    (interaction.b1_multiplier, {"cm": 1, "pr_kip": 10, "pe1_kip": 100, "method": "LRFD"}, {"cm", "pr_kip"}),
    (interaction.tau_b, {"axial_ratio": 0.6}, {"axial_ratio"}),
    (serviceability.uniform_load_deflection_in, {"w_kip_in": 0.1, "span_in": 360, "ix_in4": 800}, {"w_kip_in"}),
    (serviceability.midspan_load_deflection_in, {"p_kip": 1, "span_in": 360, "ix_in4": 800}, {"p_kip"}),
    (serviceability.deflection_limit_in, {"span_in": 360, "divisor": 360}, set()),
    (tension.tensile_yielding, {"fy_ksi": 50, "ag_in2": 10}, set()),
    (tension.tensile_rupture, {"fu_ksi": 65, "ae_in2": 10}, set()),
    (tension.net_area_in2, {"ag_in2": 10, "hole_in": 1, "holes": 2, "thickness_in": 0.5}, {"holes"}),
    (tension.net_width_in, {"width_in": 10, "hole_in": 1, "holes": 2}, {"holes"}),
    (tension.effective_net_area, {"an_in2": 10, "shear_lag": 0.9}, {"shear_lag"}),
    (tension.shear_lag_partial, {"x_bar_in": 1, "connection_length_in": 9}, {"x_bar_in"}),
    (tension.shear_lag_longitudinal_welds, {"length_in": 9, "width_in": 6, "x_bar_in": 1}, {"x_bar_in"}),
    (tension.shear_lag_i_flange_bolts, {"bf_in": 8, "d_in": 12}, set()),
    (elements.tension_yielding, {"fy_ksi": 36, "ag_in2": 2}, set()),
    (elements.tension_rupture, {"fu_ksi": 58, "ae_in2": 2}, set()),
    (elements.shear_yielding, {"fy_ksi": 36, "agv_in2": 2}, set()),
    (elements.shear_rupture, {"fu_ksi": 58, "anv_in2": 2}, set()),
    (
        elements.block_shear,
        {"agv_in2": 3, "anv_in2": 2, "ant_in2": 1, "ubs": 1, "fy_ksi": 36, "fu_ksi": 58},
        {"ant_in2", "ubs"},
    ),
    (elements.compression, {"fy_ksi": 36, "ag_in2": 2, "slenderness": 30}, {"slenderness"}),
    (elements.plate_flexural_yielding, {"fy_ksi": 36, "thickness_in": 0.5, "depth_in": 9}, set()),
    (
        concentrated.flange_local_bending,
        {"fyf_ksi": 50, "tf_in": 0.6, "end_distance_in": 20},
        {"end_distance_in"},
    ),
    (
        concentrated.web_local_yielding,
        {"shape": BEAM, "fyw_ksi": 50, "bearing_length_in": 4, "end_distance_in": 20},
        {"bearing_length_in", "end_distance_in"},
    ),
    (
        concentrated.web_crippling,
        {"shape": BEAM, "fyw_ksi": 50, "bearing_length_in": 4, "end_distance_in": 20},
        {"bearing_length_in", "end_distance_in"},
    ),
    (welds.directional_factor, {"theta_deg": 45}, {"theta_deg"}),
    (welds.fillet_weld_strength, {"size_in": 0.25, "length_in": 6, "fexx_ksi": 70, "kds": 1}, set()),
    (welds.weld_group_strength, {"longitudinal_kip": 10, "transverse_kip": 10}, {"longitudinal_kip", "transverse_kip"}),
    (welds.min_fillet_size_in, {"thickness_in": 0.5}, set()),
    (welds.max_fillet_size_in, {"thickness_in": 0.5}, set()),
    (welds.min_pjp_throat_in, {"thickness_in": 0.5}, set()),
    (welds.effective_size_in, {"size_in": 0.25, "length_in": 6}, set()),
    (welds.effective_length_in, {"size_in": 0.25, "length_in": 6}, set()),
    (welds.long_weld_factor, {"l_over_w": 120}, {"l_over_w"}),
    (bolts.bolt_area_in2, {"diameter_in": 0.75}, set()),
    (bolts.bolt_shear, {"fnv_ksi": 54, "diameter_in": 0.75, "planes": 1, "count": 4}, set()),
    (bolts.bolt_tension, {"fnt_ksi": 90, "diameter_in": 0.75, "count": 4}, set()),
    (
        bolts.combined_tension_stress,
        {"fnt_ksi": 90, "fnv_ksi": 54, "frv_ksi": 10, "method": "ASD"},
        {"frv_ksi"},
    ),
    (bolts.slip_resistance, {"mu": 0.3, "hf": 1, "tb_kip": 28, "ns": 1, "ksc": 1}, {"mu", "hf", "ksc"}),
    (bolts.ksc_factor, {"tension_kip": 10, "tb_kip": 28, "count": 4, "method": "LRFD"}, {"tension_kip"}),
    (bolts.bearing, {"diameter_in": 0.75, "thickness_in": 0.5, "fu_ksi": 65}, set()),
    (bolts.tearout, {"lc_in": 1, "thickness_in": 0.5, "fu_ksi": 65}, {"lc_in"}),
    (bolts.hole_diameter_in, {"diameter_in": 0.75}, set()),
    (bolts.slot_length_in, {"diameter_in": 0.75, "hole_type": "long_slot"}, set()),
    (bolts.min_edge_distance_in, {"diameter_in": 0.75}, set()),
    (bolts.edge_increment_in, {"diameter_in": 0.75, "hole_type": "oversized"}, set()),
    (bolts.min_spacing_in, {"diameter_in": 0.75, "opening_in": 0.8125}, set()),
    (bolts.max_edge_distance_in, {"thickness_in": 0.5}, set()),
    (bolts.max_spacing_in, {"thickness_in": 0.5}, set()),
    (bolts.min_pretension_kip, {"diameter_in": 0.75, "group": 120}, set()),
    (bolts.long_joint_factor, {"pattern_length_in": 40}, {"pattern_length_in"}),
    (bolts.grip_factor_a307, {"grip_in": 4, "diameter_in": 0.75}, set()),
    (bolts.filler_factor, {"filler_in": 0.5}, {"filler_in"}),
]
NOT_NUMBERS = {"shape", "method", "hole_type", "group"}
FIELDS = [
    (call, good, name, name in may_be_zero)
    for call, good, may_be_zero in CALLS
    for name in good
    if name not in NOT_NUMBERS
]


@pytest.mark.parametrize(
    ("call", "good", "name", "zero_allowed"),
    FIELDS,
    ids=[f"{call.__module__.rsplit('.', 1)[-1]}.{call.__name__}-{name}" for call, _, name, _ in FIELDS],
)
def test_bad_number_is_refused_by_name(
    call: Callable[..., Any], good: dict[str, Any], name: str, zero_allowed: bool
) -> None:
    call(**good)
    for bad in (np.nan, np.inf, -np.inf, -1.0, 1e308, "ten", *(() if zero_allowed else (0.0,))):
        with pytest.raises(StructuralError) as error:
            call(**{**good, name: bad})
        assert error.value.field == name
    with pytest.raises(StructuralError, match="in row 1") as error:
        call(**{**good, name: [good[name], np.nan, good[name]]})
    assert error.value.field == name


@pytest.mark.parametrize(("call", "good", "may_be_zero"), CALLS, ids=[call.__name__ for call, _, _ in CALLS])
def test_no_warning_at_the_edges_of_the_range(
    call: Callable[..., Any], good: dict[str, Any], may_be_zero: set[str]
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with np.errstate(all="raise"):
            call(**good)
            call(**{name: 0.0 if name in may_be_zero else value for name, value in good.items()})


@pytest.mark.parametrize("call", [bolts.hole_diameter_in, bolts.slot_length_in, bolts.edge_increment_in])
def test_unknown_hole_type_names_the_field(call: Callable[..., Any]) -> None:
    with pytest.raises(StructuralError, match="known: standard") as error:
        call(0.75, "square")
    assert error.value.field == "hole_type"


def test_unknown_bearing_case_names_the_field() -> None:
    with pytest.raises(StructuralError) as error:
        bolts.bearing(0.75, 0.5, 65.0, "sometimes")
    assert error.value.field == "case"
