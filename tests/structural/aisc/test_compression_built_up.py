"""Modified slenderness of E6.1 and the spacing rule of E6.2."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structural.aisc.compression_built_up import (
    Connectors,
    component_slenderness_limit,
    modified_slenderness,
)
from structural.errors import StructuralError

RATIO = st.floats(0.0, 300.0)


def test_published_double_angles_and_double_tee() -> None:
    # AISC Design Examples v16.0: E.5 and E.6 (angles, Ki 0.50), E.13 (two tees, Ki 0.86).
    found = modified_slenderness(
        [56.8, 72.2, 28.9],
        [44.5, 49.1, 42.5],
        "welded_or_pretensioned",
        ["angles_back_to_back", "angles_back_to_back", "other"],
    )
    assert found == pytest.approx([61.0, 76.3, 46.6], rel=2e-3)


def test_channels_by_hand() -> None:
    # (60^2 + (0.75 x 80)^2)^0.5
    found = modified_slenderness(60.0, 80.0, "welded_or_pretensioned", "channels_back_to_back")
    assert found == pytest.approx(60.0 * np.sqrt(2.0))


def test_close_connectors_do_not_count_unless_they_slip() -> None:
    assert modified_slenderness(60.0, 40.0, "welded_or_pretensioned") == 60.0
    assert modified_slenderness(60.0, 40.1, "welded_or_pretensioned") > 60.0
    assert modified_slenderness(60.0, 40.0, "snug_tight") == pytest.approx(np.hypot(60.0, 40.0))


@given(RATIO, RATIO, RATIO)
def test_slenderness_grows_with_spacing(unit: float, one: float, other: float) -> None:
    close, apart = np.sort([one, other])
    for kind in ("snug_tight", "welded_or_pretensioned"):
        near, far = modified_slenderness(unit, [close, apart], kind)
        assert unit <= near <= far
    firm = modified_slenderness(unit, apart, "welded_or_pretensioned", "other")
    assert firm <= modified_slenderness(unit, apart, "snug_tight")


def test_component_limit() -> None:
    # AISC Design Examples v16.0, E.5: a <= 3 x 0.719 x 76.8/4 = 41.4 in.
    assert component_slenderness_limit(76.8) * 0.719 == pytest.approx(41.4, rel=1e-3)


def test_even_spacing() -> None:
    connectors = Connectors.spaced_evenly(96.0, [0, 1, 2])
    assert np.asarray(connectors.spacing_in).tolist() == [96.0, 48.0, 32.0]
    assert connectors.spacing_ratio(np.array(0.5)).tolist() == [192.0, 96.0, 64.0]


@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf, 1e308, "ten"])
def test_bad_numbers_are_refused_by_name(bad: object) -> None:
    calls = {
        "slenderness": lambda: modified_slenderness(bad, 50.0, "snug_tight"),  # type: ignore[arg-type]
        "spacing_ratio": lambda: modified_slenderness(50.0, bad, "snug_tight"),  # type: ignore[arg-type]
        "governing_slenderness": lambda: component_slenderness_limit(bad),  # type: ignore[arg-type]
        "length_in": lambda: Connectors.spaced_evenly(bad, 2),  # type: ignore[arg-type]
        "spacing_in": lambda: Connectors(bad).spacing_ratio(np.array(0.5)),  # type: ignore[arg-type]
    }
    for field, call in calls.items():
        with pytest.raises(StructuralError) as error:
            call()
        assert error.value.field == field


@pytest.mark.parametrize("count", [-1, np.nan, np.inf])
def test_bad_count_is_refused(count: float) -> None:
    with pytest.raises(StructuralError) as error:
        Connectors.spaced_evenly(96.0, count)
    assert error.value.field == "count"


def test_unknown_words_are_refused_by_name() -> None:
    with pytest.raises(StructuralError, match="known: snug_tight") as error:
        modified_slenderness(50.0, 50.0, "riveted")
    assert error.value.field == "kind"
    with pytest.raises(StructuralError, match="angles_back_to_back") as error:
        modified_slenderness(50.0, 50.0, "snug_tight", "pipes")
    assert error.value.field == "arrangement"
