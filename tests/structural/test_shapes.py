"""Shape tables: data, names, derived ratios, refusal of what is unknown."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structural.built_up import welded_i_shapes
from structural.errors import StructuralError
from structural.shapes import FAMILIES, display_name, load_shapes, normalise_name, shape_table

W_SHAPES = load_shapes("W")


def test_families_have_the_published_number_of_shapes() -> None:
    assert {family: len(load_shapes(family)) for family in FAMILIES} == {
        "W": 289,
        "M": 16,
        "S": 28,
        "HP": 22,
        "C": 32,
        "MC": 40,
    }


def test_w27x194_has_the_database_properties() -> None:
    # AISC Shapes Database v16.0
    shape = W_SHAPES.rows("W27X194")
    expected = {
        "weight_lb_ft": 194.0,
        "area_in2": 57.1,
        "d_in": 28.1,
        "bf_in": 14.0,
        "tw_in": 0.750,
        "tf_in": 1.34,
        "ix_in4": 7860.0,
        "sx_in3": 559.0,
        "zx_in3": 631.0,
        "rx_in": 11.7,
        "iy_in4": 619.0,
        "sy_in3": 88.1,
        "zy_in3": 136.0,
        "ry_in": 3.29,
        "j_in4": 27.1,
        "cw_in6": 111_000.0,
    }
    assert {name: float(getattr(shape, name)) for name in expected} == expected


@pytest.mark.parametrize("family", FAMILIES)
def test_derived_ratios_follow_from_the_dimensions(family: str) -> None:
    table = load_shapes(family)
    assert np.array_equal(table.h_in, table.d_in - 2.0 * table.kdes_in)
    assert np.array_equal(table.h_tw, table.h_in / table.tw_in)
    assert np.array_equal(table.bf_2tf, table.bf_in / (2.0 * table.tf_in))
    assert np.all(table.d_in > 2.0 * table.tf_in)
    assert np.all(table.zx_in3 > table.sx_in3)
    assert np.array_equal(table.is_channel, np.full(len(table), family in ("C", "MC")))


@pytest.mark.parametrize("family", FAMILIES)
def test_properties_agree_with_one_another(family: str) -> None:
    table = load_shapes(family)
    # Tabulated to three digits; radii of small channels are the coarsest.
    assert np.allclose(table.rx_in, np.sqrt(table.ix_in4 / table.area_in2), rtol=0.02)
    assert np.allclose(table.ry_in, np.sqrt(table.iy_in4 / table.area_in2), rtol=0.03)
    assert np.allclose(table.sx_in3, 2.0 * table.ix_in4 / table.d_in, rtol=0.03)
    assert np.allclose(table.ho_in, table.d_in - table.tf_in, rtol=0.02)


def test_names_in_any_usual_spelling_find_the_same_row() -> None:
    rows = W_SHAPES.index_of(["W27X194", "w27x194", "W27×194", " W27 x 194 "])
    assert rows.tolist() == [rows[0]] * 4
    assert W_SHAPES.name[rows[0]] == "W27X194"
    assert W_SHAPES.index_of("W6X8.5").shape == ()


@given(st.integers(0, len(W_SHAPES) - 1))
def test_display_name_and_back(row: int) -> None:
    name = str(W_SHAPES.name[row])
    assert "×" in display_name(name)
    assert normalise_name(display_name(name)) == name
    assert int(W_SHAPES.index_of(display_name(name))) == row


def test_take_keeps_the_shape_of_the_indices() -> None:
    grid = W_SHAPES.take(np.array([[0, 1], [2, 3]]))
    assert grid.ix_in4.shape == (2, 2)
    assert len(W_SHAPES.take(W_SHAPES.weight_lb_ft < 20.0)) == int(np.sum(W_SHAPES.weight_lb_ft < 20.0))


def test_unknown_shape_names_the_field_and_near_ones() -> None:
    with pytest.raises(StructuralError, match=r"W27X195.*near: .*W27X194") as error:
        W_SHAPES.index_of(["W27X194", "W27X195"])
    assert error.value.field == "shape"


def test_unknown_family_names_the_field() -> None:
    with pytest.raises(StructuralError, match="known: W, M") as error:
        load_shapes("Z")
    assert error.value.field == "shape_family"


def test_cached_tables_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        load_shapes("W").ix_in4[0] = 1.0


def test_welded_shape_properties_by_hand() -> None:
    shape = welded_i_shapes(10.0, 1.0, 20.0, 0.5)
    assert shape.area_in2[0] == pytest.approx(30.0)
    assert shape.ix_in4[0] == pytest.approx(2.0 * (10.0 * 1.0**3 / 12.0 + 10.0 * 10.5**2) + 0.5 * 20.0**3 / 12.0)
    assert shape.iy_in4[0] == pytest.approx(2.0 * 10.0**3 / 12.0 + 20.0 * 0.5**3 / 12.0)
    assert shape.zx_in3[0] == pytest.approx(2.0 * 10.0 * 10.5 + 0.5 * 20.0**2 / 4.0)
    assert shape.h_tw[0] == pytest.approx(40.0)
    assert not shape.is_rolled[0]


@pytest.mark.parametrize("field", ["bf_in", "tf_in", "h_in", "tw_in"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), 0.0, -1.0])
def test_welded_shape_refuses_bad_plates(field: str, value: float) -> None:
    plates = {"bf_in": 10.0, "tf_in": 1.0, "h_in": 20.0, "tw_in": 0.5, field: value}
    with pytest.raises(StructuralError) as error:
        welded_i_shapes(**plates)
    assert error.value.field == field


def test_shape_table_names_a_bad_property() -> None:
    columns = {"d_in": np.array([1.0, np.nan])}
    with pytest.raises(StructuralError) as error:
        shape_table(["A", "B"], columns, is_channel=False, is_rolled=True)
    assert error.value.field == "d_in"
