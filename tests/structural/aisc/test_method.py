"""Available strength: LRFD and ASD differ by the ratio of their factors, whatever the limit state."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structural.aisc import bolts, compression, concentrated, elements, flexure, shear, tension, welds
from structural.aisc.method import Factor, Method, available, load_ratio
from structural.errors import StructuralError

# ANSI/AISC 360-22, clause by clause.
PUBLISHED = {
    (0.90, 1.67): [
        tension.TENSION_YIELD,
        compression.COMPRESSION,
        flexure.FLEXURE,
        shear.SHEAR,
        elements.ELEMENT_TENSION_YIELD,
        elements.ELEMENT_COMPRESSION,
        elements.ELEMENT_FLEXURE,
        concentrated.FLANGE_BENDING,
    ],
    (0.75, 2.00): [
        tension.TENSION_RUPTURE,
        bolts.BOLT,
        welds.WELD,
        elements.ELEMENT_TENSION_RUPTURE,
        elements.ELEMENT_SHEAR_RUPTURE,
        elements.BLOCK_SHEAR,
        concentrated.WEB_CRIPPLING,
    ],
    (1.00, 1.50): [
        shear.SHEAR_ROLLED_WEB,
        bolts.SLIP_STANDARD,
        elements.ELEMENT_SHEAR_YIELD,
        concentrated.WEB_YIELDING,
    ],
    (0.85, 1.76): [bolts.SLIP_OVERSIZED],
    (0.70, 2.14): [bolts.SLIP_LONG_SLOT],
}
FACTORS = [(factor, pair) for pair, factors in PUBLISHED.items() for factor in factors]


@pytest.mark.parametrize(("factor", "pair"), FACTORS)
def test_published_factors(factor: Factor, pair: tuple[float, float]) -> None:
    assert (factor.phi, factor.omega) == pair


@given(st.floats(0.1, 1e6), st.sampled_from([factor for factor, _ in FACTORS]))
def test_methods_differ_by_the_ratio_of_their_factors(nominal: float, factor: Factor) -> None:
    lrfd, asd = available(nominal, factor, "LRFD"), available(nominal, factor, "ASD")
    assert float(lrfd / asd) == pytest.approx(float(factor.phi * factor.omega))
    assert float(lrfd / asd) == pytest.approx(1.5, rel=0.003)


def test_one_method_a_row() -> None:
    factor = Factor(np.array([0.9, 1.0, 0.9]), np.array([1.67, 1.5, 1.67]))
    methods = np.array(["LRFD", "ASD", "ASD"])
    assert available(100.0, factor, methods) == pytest.approx([90.0, 100.0 / 1.5, 100.0 / 1.67])
    assert load_ratio(methods).tolist() == [1.0, 1.6, 1.6]
    assert float(available(10.0, bolts.BOLT, Method.ASD)) == 5.0


@pytest.mark.parametrize("method", ["lrfd", "", ["LRFD", "LSD"]])
def test_unknown_method_names_the_field(method: object) -> None:
    with pytest.raises(StructuralError, match="known: LRFD, ASD") as error:
        available(1.0, bolts.BOLT, method)  # type: ignore[arg-type]
    assert error.value.field == "method"
