"""What holds for compression of every shape family: bounds, monotony, broadcasting, refusal of bad input."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from structural.aisc.compression import COMPRESSION, Compression, i_shape_compression
from structural.aisc.compression_angles import angle_compression, leg_connected_compression
from structural.aisc.compression_built_up import Connectors
from structural.aisc.compression_channels import channel_compression
from structural.aisc.compression_double_angles import double_angle_compression
from structural.aisc.compression_hollow import rectangular_hss_compression, round_hss_compression
from structural.aisc.compression_tees import tee_compression
from structural.aisc.method import available
from structural.angles import load_angles, load_double_angles
from structural.errors import StructuralError
from structural.hollow import load_rectangular_hss, load_round_hss
from structural.section_table import SectionTable
from structural.shapes import load_shapes
from structural.tees import load_tees

ANGLES = load_angles()


@dataclass(frozen=True)
class Family:
    """A function of a family, its table, and the names of the lengths it takes after ``fy_ksi``."""

    call: Callable[..., Compression]
    table: SectionTable
    lengths: tuple[str, ...]
    extra: tuple[Any, ...] = ()
    longest_in: float = 600.0

    def __call__(self, table: SectionTable, fy: Any, lengths: Any) -> Compression:
        return self.call(table, fy, *lengths, *self.extra)


THREE = ("lcx_in", "lcy_in", "lcz_in")
FAMILIES = {
    "i_shape": Family(i_shape_compression, load_shapes("W"), THREE),
    "channel": Family(channel_compression, load_shapes("MC"), THREE),
    "tee": Family(tee_compression, load_tees(), THREE),
    "double_angle": Family(double_angle_compression, load_double_angles(), THREE, (Connectors(30.0),)),
    "angle": Family(angle_compression, ANGLES, ("lcz_in", "lcw_in", "lct_in")),
    "leg_connected": Family(
        leg_connected_compression,
        ANGLES.take((ANGLES.long_leg_in < 1.7 * ANGLES.short_leg_in) & (ANGLES.rz_in > 0.5)),
        ("length_in",),
        ("short",),
        60.0,
    ),
    "rectangular": Family(rectangular_hss_compression, load_rectangular_hss(), THREE[:2]),
    "round": Family(round_hss_compression, load_round_hss("HSS"), THREE[:2]),
    "pipe": Family(round_hss_compression, load_round_hss("PIPE"), THREE[:2]),
}
NAMES = st.sampled_from(list(FAMILIES))
YIELD = st.sampled_from([35.0, 36.0, 50.0, 65.0])
SHARE = st.floats(0.0, 1.0)


def drawn_lengths(family: Family, shares: tuple[float, float, float]) -> list[float]:
    return [share * family.longest_in for share, _ in zip(shares, family.lengths, strict=False)]


@settings(max_examples=60)
@given(NAMES, YIELD, st.tuples(SHARE, SHARE, SHARE))
def test_strength_is_stress_times_area_within_bounds(name: str, fy: float, shares: tuple[float, float, float]) -> None:
    family = FAMILIES[name]
    strength = family(family.table, fy, drawn_lengths(family, shares))
    gross = family.table.area_in2
    assert np.all((strength.fn_ksi > 0.0) & (strength.fn_ksi <= fy))
    assert np.all((strength.ae_in2 > 0.0) & (strength.ae_in2 <= gross * (1.0 + 1e-12)))
    assert strength.pn_kip == pytest.approx(strength.fn_ksi * strength.ae_in2)
    whole = ~strength.is_slender
    assert np.array_equal(strength.ae_in2[whole], gross[whole])
    for item in fields(strength):
        assert getattr(strength, item.name).shape == gross.shape, item.name


def counts_twist(lengths: list[float]) -> bool:
    _, lcy_in, lcz_in = lengths
    return lcz_in > lcy_in


@settings(max_examples=100)
@given(NAMES, YIELD, st.tuples(SHARE, SHARE, SHARE), SHARE, st.integers(0, 2))
def test_no_length_makes_a_member_stronger(
    name: str, fy: float, shares: tuple[float, float, float], other: float, position: int
) -> None:
    family = FAMILIES[name]
    lengths = drawn_lengths(family, shares)
    position = min(position, len(lengths) - 1)
    short, long = np.sort([lengths[position], other * family.longest_in])
    shorter, longer = list(lengths), list(lengths)
    shorter[position], longer[position] = short, long
    # E4 counts twist of rolled I shapes only where Lcz exceeds Lcy: a longer Lcy may end it (pinned below).
    assume(name != "i_shape" or counts_twist(shorter) == counts_twist(longer) or position == 2)
    weak = family(family.table, fy, longer).pn_kip
    # 0.658^2.25 and 0.877/2.25, and c1 and c2 of E7, are rounded: steps of a few thousandths where regimes meet.
    assert np.all(weak <= family(family.table, fy, shorter).pn_kip * 1.003)


def test_the_step_where_e4_stops_to_apply_to_rolled_i_shapes_is_small() -> None:
    family = FAMILIES["i_shape"]
    for length_in in np.linspace(5.0, 600.0, 120):
        with_twist = family(family.table, 65.0, [0.0, length_in * (1.0 - 1e-9), length_in])
        without = family(family.table, 65.0, [0.0, length_in, length_in])
        assert np.all(without.pn_kip <= with_twist.pn_kip * 1.005)


@settings(max_examples=40)
@given(NAMES, YIELD, st.tuples(SHARE, SHARE, SHARE), st.integers(0, 10_000))
def test_one_member_and_a_family_agree(name: str, fy: float, shares: tuple[float, float, float], seed: int) -> None:
    family = FAMILIES[name]
    row = seed % len(family.table)
    lengths = drawn_lengths(family, shares)
    alone = family(family.table.take(row), fy, lengths)
    grid = family(family.table, np.full((2, 1), fy), [np.full((2, 1), length) for length in lengths])
    for item in fields(alone):
        assert getattr(alone, item.name).shape == ()
        assert getattr(grid, item.name).shape == (2, len(family.table))
        assert float(getattr(grid, item.name)[1, row]) == pytest.approx(float(getattr(alone, item.name)), rel=1e-9)


@pytest.mark.parametrize("name", FAMILIES)
def test_many_lengths_of_one_member(name: str) -> None:
    family = FAMILIES[name]
    lengths = [np.linspace(0.0, family.longest_in, 5) for _ in family.lengths]
    strength = family(family.table.take(3), 50.0, lengths).pn_kip
    assert strength.shape == (5,)
    assert np.all(np.diff(strength) < 0.0)


@pytest.mark.parametrize("name", [name for name in FAMILIES if name not in ("leg_connected", "double_angle")])
def test_stub_column_yields_on_its_effective_area(name: str) -> None:
    family = FAMILIES[name]
    strength = family(family.table, 50.0, [0.0] * len(family.lengths))
    assert np.all(strength.fn_ksi == 50.0)
    assert np.all(strength.pn_kip == 50.0 * strength.ae_in2)


@pytest.mark.parametrize("name", FAMILIES)
def test_factors_of_e1(name: str) -> None:
    family = FAMILIES[name]
    nominal = family(family.table.take(0), 50.0, [0.5 * family.longest_in] * len(family.lengths)).pn_kip
    ratio = available(nominal, COMPRESSION, "LRFD") / available(nominal, COMPRESSION, "ASD")
    assert float(ratio) == pytest.approx(0.90 * 1.67)


@pytest.mark.parametrize("name", FAMILIES)
def test_bad_numbers_are_refused_by_name(name: str) -> None:
    family = FAMILIES[name]
    row, good = family.table.take(0), [10.0] * len(family.lengths)
    for bad in (np.nan, np.inf, -1.0, 1e308, "ten", [10.0, np.nan]):
        with pytest.raises(StructuralError) as error:
            family(row, bad, good)
        assert error.value.field == "fy_ksi"
        for position, field in enumerate(family.lengths):
            with pytest.raises(StructuralError) as error:
                family(row, 50.0, [*good[:position], bad, *good[position + 1 :]])
            assert error.value.field == field
    with pytest.raises(StructuralError, match="in row 1"):
        family(row, [50.0, -50.0], good)


@pytest.mark.parametrize("name", [name for name in FAMILIES if name != "leg_connected"])
def test_no_warning_at_the_edges_of_the_range(name: str) -> None:
    family = FAMILIES[name]
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error")
        for length in (0.0, 1e6):
            strength = family(family.table, 36.0, [length] * len(family.lengths))
            assert np.all(np.isfinite(strength.pn_kip))
