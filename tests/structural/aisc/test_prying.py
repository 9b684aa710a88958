"""Prying against published examples, and the two forms against each other."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from structural.aisc.method import available
from structural.aisc.prying import (
    PRYING,
    Flange,
    available_tension_kip,
    flange,
    min_thickness_in,
    no_prying_thickness_in,
    prying_force_kip,
    tributary_length_in,
)
from structural.errors import StructuralError
from tests.structural.aisc.refusal import assert_bad_numbers_are_refused, assert_quiet_at_the_edges

# Design Examples v16.0, II.D-1: WT6X17.5 hanger, four 3/4 in. bolts, gage 3-1/2 in., Fu 65 ksi
HANGER = flange(1.60, 1.53, 4.50, 0.75, 0.8125)
# II.A-1B: 2L5X3-1/2X5/8, 7/8 in. bolts, gage 7-1/2 in.
ANGLE = flange((7.5 - 0.355 - 0.625) / 2.0, (10.0 + 0.355 - 7.5) / 2.0, 2.90, 0.875, 0.9375)
STRESS = {method: float(available(65.0, PRYING, method)) for method in ("LRFD", "ASD")}
FLANGES = st.builds(
    flange, st.floats(0.8, 4.0), st.floats(0.5, 4.0), st.floats(2.0, 6.0), st.just(0.75), st.just(0.8125)
)
TENSION = st.floats(1.0, 60.0)


def test_tributary_length_of_design_example_ii_d_1() -> None:
    # 2 in. to the end and half of 5 in., both below 1.75 x 1.60; a wide spacing counts to 1.75 b only
    assert tributary_length_in(1.60, 2.0, [2.5, 9.0]) == pytest.approx([4.50, 2.0 + 2.80])


def test_geometry_of_design_examples() -> None:
    assert float(HANGER.b_prime_in) == pytest.approx(1.23, abs=0.0051)
    assert float(HANGER.a_prime_in) == pytest.approx(1.91, abs=0.0051)
    assert float(HANGER.rho) == pytest.approx(0.644, rel=3e-3)
    assert float(HANGER.delta) == pytest.approx(0.819, abs=6e-4)
    assert float(ANGLE.rho) == pytest.approx(1.51, abs=0.005)
    assert float(ANGLE.delta) == pytest.approx(0.677, abs=6e-4)
    # a counts to 1.25 b
    assert float(flange(1.6, 9.0, 4.5, 0.75, 0.8125).a_prime_in) == pytest.approx(2.0 + 0.375)


@pytest.mark.parametrize(
    ("method", "required", "own", "bare"), [("LRFD", 15.0, 29.8, 0.529), ("ASD", 10.0, 19.9, 0.530)]
)
def test_thickness_of_design_example_ii_d_1(method: str, required: float, own: float, bare: float) -> None:
    stress = STRESS[method]
    assert float(min_thickness_in(HANGER, required, own, stress)) == pytest.approx(0.393, rel=5e-3)
    assert float(no_prying_thickness_in(HANGER, required, stress)) == pytest.approx(bare, rel=5e-3)


@pytest.mark.parametrize(("method", "own", "tc", "adjusted"), [("LRFD", 40.2, 1.63, 9.81), ("ASD", 26.8, 1.64, 6.54)])
def test_tension_of_design_example_ii_a_1b(method: str, own: float, tc: float, adjusted: float) -> None:
    stress = STRESS[method]
    assert float(no_prying_thickness_in(ANGLE, own, stress)) == pytest.approx(tc, rel=5e-3)
    assert float(available_tension_kip(ANGLE, own, 0.625, stress)) == pytest.approx(adjusted, rel=5e-3)


def test_nominal_strength_of_design_example_ii_a_28b() -> None:
    # Structural integrity: nominal strengths, 3/8 in. angle, four 3/4 in. bolts
    angle = flange(1.75 - 0.1875, 1.25, 11.5 / 4.0, 0.75, 0.8125)
    assert 4.0 * float(available_tension_kip(angle, 90.0 * 0.442, 0.375, 65.0)) == pytest.approx(37.7, rel=0.01)


@given(FLANGES, TENSION, st.floats(1.0, 3.0), st.sampled_from(["LRFD", "ASD"]))
def test_least_thickness_just_carries_its_load(part: Flange, required: float, ratio: float, method: str) -> None:
    own, stress = required * ratio, STRESS[method]
    thickness = min_thickness_in(part, required, own, stress)
    assert float(available_tension_kip(part, own, thickness, stress)) == pytest.approx(required, rel=1e-9)
    # The bolt carries load and prying together, and all of its strength where it limits the pair.
    total = required + float(prying_force_kip(part, required, thickness, stress))
    assert total <= own * (1.0 + 1e-9)
    # alpha' = beta/(delta (1 - beta)) is below 1 up to beta = delta/(1 + delta); beyond, the flange governs.
    if (ratio - 1.0) / float(part.rho) < 0.999 * float(part.delta / (1.0 + part.delta)):
        assert total == pytest.approx(own, rel=1e-9)


@given(FLANGES, TENSION, TENSION, st.floats(0.2, 2.0), st.floats(0.2, 2.0))
def test_strength_grows_with_thickness_up_to_the_bolt(
    part: Flange, required: float, own: float, one: float, other: float
) -> None:
    stress = STRESS["LRFD"]
    thin, thick = np.sort([one, other])
    weak, strong = available_tension_kip(part, own, [thin, thick], stress)
    assert 0.0 < weak <= strong <= own
    more, less = prying_force_kip(part, required, [thin, thick], stress)
    assert more >= less >= 0.0
    bare = float(no_prying_thickness_in(part, required, stress))
    assert float(prying_force_kip(part, required, bare, stress)) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("edge", [0.0, 1.0])
def test_continuous_where_the_governing_part_changes(edge: float) -> None:
    own, stress = 29.8, STRESS["LRFD"]
    tc = float(no_prying_thickness_in(HANGER, own, stress))
    thickness = tc / np.sqrt(1.0 + edge * float(HANGER.delta) * (1.0 + float(HANGER.rho)))  # alpha' = edge
    below, above = available_tension_kip(HANGER, own, [thickness * (1.0 - 1e-9), thickness * (1.0 + 1e-9)], stress)
    assert below == pytest.approx(above, rel=1e-6)


@given(FLANGES, TENSION, st.floats(1.0, 1.8))
def test_strength_by_hand_between_the_limits(part: Flange, own: float, share: float) -> None:
    stress = STRESS["LRFD"]
    ratio = 1.0 + (share - 1.0) / 0.8 * float(part.delta) * (1.0 + float(part.rho))
    assume(ratio > 1.0)
    thickness = float(no_prying_thickness_in(part, own, stress)) / np.sqrt(ratio)
    alpha = (ratio - 1.0) / (float(part.delta) * (1.0 + float(part.rho)))
    expected = own / ratio * (1.0 + float(part.delta) * alpha)
    assert float(available_tension_kip(part, own, thickness, stress)) == pytest.approx(expected)


def test_what_nothing_can_carry_is_infinite() -> None:
    assert float(min_thickness_in(HANGER, 30.0, 29.8, STRESS["LRFD"])) == np.inf
    # t_min of II.D-1 uses the whole flange; anything thinner fails
    least = float(min_thickness_in(HANGER, 15.0, 29.8, STRESS["LRFD"]))
    assert np.isinf(prying_force_kip(HANGER, 15.0, [0.99 * least, 1.01 * least], STRESS["LRFD"])).tolist() == [
        True,
        False,
    ]


def test_methods_differ_by_their_factors_only() -> None:
    lrfd, asd = (no_prying_thickness_in(HANGER, 20.0, STRESS[method]) for method in ("LRFD", "ASD"))
    assert float(asd / lrfd) == pytest.approx(np.sqrt(0.90 * 1.67))


def test_bad_numbers_are_refused_by_name() -> None:
    tension = {"required_kip": 15.0, "available_kip": 29.8, "available_fu_ksi": 58.5}
    zero_load = frozenset({"required_kip"})
    for call, good, may_be_zero in (
        (tributary_length_in, {"b_in": 1.6, "one_side_in": 2.0, "other_side_in": 2.5}, frozenset()),
        (flange, {"b_in": 1.6, "a_in": 1.5, "p_in": 4.5, "diameter_in": 0.75, "hole_in": 0.8125}, frozenset()),
        (min_thickness_in, {"part": HANGER, **tension}, frozenset()),
        (no_prying_thickness_in, {"part": HANGER, "tension_kip": 15.0, "available_fu_ksi": 58.5}, frozenset()),
        (
            available_tension_kip,
            {"part": HANGER, "available_kip": 29.8, "thickness_in": 0.5, "available_fu_ksi": 58.5},
            frozenset(),
        ),
        (
            prying_force_kip,
            {"part": HANGER, "required_kip": 15.0, "thickness_in": 0.5, "available_fu_ksi": 58.5},
            zero_load,
        ),
    ):
        assert_bad_numbers_are_refused(call, good, may_be_zero)
        assert_quiet_at_the_edges(call, good, may_be_zero)
        for name in good:
            if name != "part":
                with pytest.raises(StructuralError) as error:
                    call(**{**good, name: 1e308})
                assert error.value.field == name


@pytest.mark.parametrize(
    ("changed", "field"), [({"b_in": 0.375}, "b_in"), ({"hole_in": 0.7}, "hole_in"), ({"p_in": 0.8125}, "p_in")]
)
def test_geometry_that_cannot_be_is_refused_by_name(changed: dict[str, float], field: str) -> None:
    good = {"b_in": 1.6, "a_in": 1.5, "p_in": 4.5, "diameter_in": 0.75, "hole_in": 0.8125}
    with pytest.raises(StructuralError) as error:
        flange(**{**good, **changed})
    assert error.value.field == field
