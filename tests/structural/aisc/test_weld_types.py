"""Groove, plug and slot welds, throats and fillers by hand, by Tables J2.1, J2.2, J2.5 and by refusal."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structural.aisc import weld_types, welds
from structural.aisc.method import available
from structural.errors import StructuralError
from tests.structural.aisc.refusal import (
    Call,
    assert_bad_numbers_are_refused,
    assert_huge_numbers_are_refused,
    assert_one_row_is_many_rows,
    assert_quiet_at_the_edges,
)

GROOVE = {"fexx_ksi": 70, "throat_in": 0.375, "length_in": 10}
NONE: frozenset[str] = frozenset()
CALLS: list[tuple[Call, dict[str, Any], frozenset[str]]] = [
    (weld_types.groove_weld_shear, GROOVE, NONE),
    (weld_types.pjp_tension, GROOVE, NONE),
    (weld_types.pjp_compression, GROOVE, NONE),
    (weld_types.cjp_throat_in, {"thickness_in": 0.5, "other_thickness_in": 0.75}, NONE),
    (
        weld_types.pjp_throat_in,
        {"depth_in": 0.5, "groove": "bevel_45", "process": "SMAW", "position": "flat"},
        NONE,
    ),
    (weld_types.flare_throat_in, {"radius_in": 0.75, "groove": "V", "process": "GMAW"}, NONE),
    (weld_types.underfilled_throat_in, {"throat_in": 0.5, "underfill_in": 0.125}, frozenset({"underfill_in"})),
    (weld_types.plug_weld_strength, {"fexx_ksi": 70, "diameter_in": 0.8125, "count": 2}, NONE),
    (weld_types.slot_weld_strength, {"fexx_ksi": 70, "width_in": 0.8125, "length_in": 3, "count": 2}, NONE),
    (weld_types.min_plug_opening_in, {"thickness_in": 0.5}, NONE),
    (weld_types.max_plug_diameter_in, {"thickness_in": 0.5, "weld_thickness_in": 0.5}, NONE),
    (weld_types.max_slot_width_in, {"weld_thickness_in": 0.5}, NONE),
    (weld_types.max_slot_length_in, {"weld_thickness_in": 0.5}, NONE),
    (weld_types.min_plug_spacing_in, {"opening_in": 0.8125}, NONE),
    (weld_types.min_slot_spacing_in, {"slot_length_in": 3}, NONE),
    (weld_types.min_plug_weld_thickness_in, {"thickness_in": 0.75}, NONE),
    (weld_types.min_base_thickness_in, {"size_in": 0.25, "fu_ksi": 65, "fexx_ksi": 70, "sides": 1}, NONE),
    (weld_types.min_intermittent_length_in, {"size_in": 0.25}, NONE),
    (weld_types.min_lap_in, {"thickness_in": 0.25}, NONE),
    (weld_types.matching_filler_ksi, {"grade": "A36", "thickness_in": 0.5}, NONE),
    (weld_types.filler_permitted, {"fexx_ksi": 70, "grade": "A992", "thickness_in": 0.5}, NONE),
]


@pytest.mark.parametrize(("call", "good", "may_be_zero"), CALLS, ids=[call.__name__ for call, _, _ in CALLS])
def test_numbers_are_guarded_and_rows_agree(call: Call, good: dict[str, Any], may_be_zero: frozenset[str]) -> None:
    assert_bad_numbers_are_refused(call, good, may_be_zero)
    assert_huge_numbers_are_refused(call, good)
    assert_quiet_at_the_edges(call, good, may_be_zero)
    assert_one_row_is_many_rows(call, good)


def test_groove_welds_by_hand() -> None:
    # E70, 3/8 in. x 10 in.: 0.6 x 70 x 3.75 = 157.5; tension 0.80 gives 126, shear 0.75 gives 118.1
    tension, shear = weld_types.pjp_tension(70.0, 0.375, 10.0), weld_types.groove_weld_shear(70.0, 0.375, 10.0)
    assert float(available(tension, weld_types.PJP_TENSION, "LRFD")) == pytest.approx(126.0)
    assert float(available(tension, weld_types.PJP_TENSION, "ASD")) == pytest.approx(157.5 / 1.88)
    assert float(available(shear, weld_types.PJP_SHEAR, "LRFD")) == pytest.approx(118.125)
    assert float(weld_types.pjp_compression(70.0, 0.375, 10.0)) == pytest.approx(236.25)


def test_pjp_throats_of_table_j2_1() -> None:
    depth = 0.5
    full = [
        ("J_or_U", "SMAW", "overhead"),
        ("V_60", "FCAW-S", "vertical"),
        ("V_60", "SAW", "flat"),
        ("bevel_60", "SAW", "flat"),
        ("bevel_45", "GMAW", "horizontal"),
        ("bevel_45", "FCAW-G", "flat"),
    ]
    less = [
        ("bevel_45", "SMAW", "flat"),
        ("bevel_45", "SMAW", "overhead"),
        ("bevel_45", "GMAW", "vertical"),
        ("bevel_45", "FCAW-S", "overhead"),
    ]
    for rows, throat in ((full, 0.5), (less, 0.375)):
        groove, process, position = zip(*rows, strict=True)
        assert weld_types.pjp_throat_in(depth, groove, process, position).tolist() == [throat] * len(rows)


@pytest.mark.parametrize(
    ("groove", "process", "position"),
    [
        ("J_or_U", "SAW", "vertical"),
        ("bevel_45", "SAW", "flat"),
        ("bevel_60", "SMAW", "flat"),
    ],
)
def test_untabulated_pjp_throat_is_refused(groove: str, process: str, position: str) -> None:
    with pytest.raises(StructuralError, match="must prove the throat") as error:
        weld_types.pjp_throat_in(0.5, groove, process, position)
    assert error.value.field == "groove"


def test_flare_throats_of_table_j2_2() -> None:
    processes = ["SMAW", "GMAW", "FCAW-G", "FCAW-S", "SAW"]
    assert weld_types.flare_throat_in(1.0, "bevel", processes).tolist() == [0.3125, 0.625, 0.625, 0.3125, 0.3125]
    assert weld_types.flare_throat_in(1.0, "V", processes).tolist() == [0.625, 0.75, 0.75, 0.625, 0.5]
    assert weld_types.flare_throat_in([0.37, 0.375], "bevel", "GMAW") == pytest.approx([0.0, 0.234375])


def test_other_throats() -> None:
    assert weld_types.cjp_throat_in(0.5, [0.375, 0.75]).tolist() == [0.375, 0.5]
    assert weld_types.underfilled_throat_in(0.5, [0.125, 0.625]).tolist() == [0.375, 0.0]


def test_plug_and_slot_welds_by_hand() -> None:
    # two 13/16 in. plugs: 0.6 x 70 x 2 x 0.5185 = 43.55; slot 13/16 x 3: 0.8125 x 2.1875 + 0.5185 = 2.2958 in2
    assert float(weld_types.plug_weld_strength(70.0, 0.8125, 2)) == pytest.approx(43.55, abs=0.01)
    assert float(weld_types.slot_weld_strength(70.0, 0.8125, 3.0)) == pytest.approx(42.0 * 2.2958, rel=1e-4)
    assert weld_types.slot_weld_strength(70.0, 0.8, 0.8) == pytest.approx(weld_types.plug_weld_strength(70.0, 0.8))


def test_plug_and_slot_limits() -> None:
    # 1/2 + 5/16 = 13/16 is odd; 7/16 + 5/16 = 12/16 goes to 13/16
    assert weld_types.min_plug_opening_in([0.5, 0.4375, 0.45]).tolist() == [0.8125, 0.8125, 0.8125]
    assert weld_types.max_plug_diameter_in(0.5, [0.3, 0.5]).tolist() == [0.9375, 1.125]
    assert weld_types.min_plug_weld_thickness_in([0.5, 0.625, 1.0, 1.5]).tolist() == [0.5, 0.625, 0.625, 0.75]
    assert float(weld_types.max_slot_width_in(0.5)) == 1.125
    assert float(weld_types.max_slot_length_in(0.5)) == 5.0
    assert float(weld_types.min_plug_spacing_in(0.8125)) == 3.25
    assert float(weld_types.min_slot_spacing_in(3.0)) == 6.0


@given(st.floats(0.05, 3.0))
def test_plug_opening_is_an_odd_sixteenth(thickness: float) -> None:
    opening = float(weld_types.min_plug_opening_in(thickness))
    assert (16.0 * opening) % 2.0 == 1.0
    assert thickness + 0.3125 - 1e-9 <= opening <= thickness + 0.3125 + 0.125 + 1e-9


def test_base_metal_that_matches_a_fillet() -> None:
    # Manual Eq. 9-6, 9-7: 3.09 D/Fu and 6.19 D/Fu for E70; Design Example II.B-2: D 5, Fu 65 gives 0.238 in.
    assert 65.0 * weld_types.min_base_thickness_in(1.0 / 16.0, 65.0, sides=[1, 2]) == pytest.approx(
        [3.09, 6.19], abs=0.005
    )
    assert float(weld_types.min_base_thickness_in(5.0 / 16.0, 65.0)) == pytest.approx(0.238, abs=5e-4)


@given(st.floats(0.1, 1.0), st.sampled_from([60.0, 70.0, 80.0]), st.floats(58.0, 90.0))
def test_base_metal_ruptures_with_its_fillet(size: float, fexx: float, fu: float) -> None:
    thickness = weld_types.min_base_thickness_in(size, fu, fexx)
    assert 0.60 * fu * thickness == pytest.approx(float(welds.fillet_weld_strength(size, 1.0, fexx)))


def test_intermittent_fillets_and_laps() -> None:
    assert weld_types.min_intermittent_length_in([0.25, 0.5]).tolist() == [1.5, 2.0]
    assert weld_types.min_lap_in([0.125, 0.5]).tolist() == [1.0, 2.5]


def test_matching_filler_of_the_user_note() -> None:
    assert weld_types.matching_filler_ksi("A36", [0.5, 0.75, 0.7501]).tolist() == [60.0, 60.0, 70.0]
    expected = {"A992": 70.0, "A572 Gr. 50": 70.0, "A572-55": 70.0, "A588": 70.0, "A913-50": 70.0}
    expected |= {"A913-60": 80.0, "A913-65": 80.0, "A913-70": 90.0}
    assert {name: float(weld_types.matching_filler_ksi(name, 1.0)) for name in expected} == expected


def test_fillers_that_table_j2_5_permits() -> None:
    fexx = [60.0, 70.0, 80.0, 90.0]
    uses = {
        "cjp_tension_or_shear": [False, True, True, False],
        "cjp_compression": [True, True, True, False],
        "other": [True, True, True, False],
    }
    for use, permitted in uses.items():
        assert weld_types.filler_permitted(fexx, "A992", 1.0, use).tolist() == permitted
    edges = weld_types.filler_permitted([59.9, 60.0, 80.0, 80.1], "A992", 1.0, "cjp_compression")
    assert edges.tolist() == [False, True, True, False]
    assert weld_types.filler_permitted([1.0, 80.0, 80.1], "A992", 1.0).tolist() == [True, True, False]
    thin = weld_types.filler_permitted(fexx, "A36", 0.5, "cjp_tension_or_shear")
    assert thin.tolist() == [True, True, True, False]


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda: weld_types.matching_filler_ksi("A500-C", 0.5), "steel_grade"),
        (lambda: weld_types.matching_filler_ksi("A993", 0.5), "steel_grade"),
        (lambda: weld_types.slot_weld_strength(70.0, 1.0, 0.5), "length_in"),
        (lambda: weld_types.pjp_throat_in(0.5, "square", "SMAW", "flat"), "groove"),
        (lambda: weld_types.pjp_throat_in(0.5, "V_60", "TIG", "flat"), "process"),
        (lambda: weld_types.pjp_throat_in(0.5, "V_60", "SMAW", "up"), "position"),
        (lambda: weld_types.flare_throat_in(0.5, "J", "SMAW"), "groove"),
        (lambda: weld_types.filler_permitted(70.0, "A992", 0.5, "seal"), "use"),
        (lambda: weld_types.min_base_thickness_in(0.25, 65.0, 70.0, 3), "sides"),
    ],
)
def test_what_is_not_listed_is_refused(call: Call, field: str) -> None:
    with pytest.raises(StructuralError) as error:
        call()
    assert error.value.field == field


def test_factors_of_table_j2_5() -> None:
    pairs = {
        weld_types.PJP_TENSION: (0.80, 1.88),
        weld_types.PJP_TENSION_BASE: (0.75, 2.00),
        weld_types.PJP_COMPRESSION: (0.80, 1.88),
        weld_types.PJP_COMPRESSION_BASE: (0.90, 1.67),
        weld_types.PJP_SHEAR: (0.75, 2.00),
        weld_types.CJP_UNDERMATCHED_SHEAR: (0.80, 1.88),
        weld_types.PLUG: (0.75, 2.00),
    }
    assert all((factor.phi, factor.omega) == pair for factor, pair in pairs.items())
    assert all(np.isclose(factor.phi * factor.omega, 1.5, atol=0.01) for factor in pairs)
