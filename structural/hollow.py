"""Hollow sections: rectangular and round HSS, pipe, of the AISC Shapes Database v16.0 or computed from their walls.

The database uses the design wall of B4.2 (0.93 of the nominal one). Where the nominal wall may be used (A1085, A1065),
`with_nominal_wall` gives the properties for it.
"""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from structural.checks import FloatArray, require_positive
from structural.errors import StructuralError
from structural.section_table import BASE_COLUMNS, SectionTable, as_names, freeze, read_properties

STEEL_LB_FT_PER_IN2 = 3.4
"""Weight of steel, lb/ft for each in2 (490 lb/ft3)."""
ROUND_FAMILIES = ("HSS", "PIPE")


@dataclass(frozen=True, slots=True)
class RectangularHssTable(SectionTable):
    """Rectangular and square HSS: x is the strong axis, ``height_in`` the wall length normal to it.

    ``t_in`` design wall, ``t_nominal_in`` nominal wall; ``h_in`` and ``b_in`` flat widths of the tall and the wide
    walls, ``h_t`` and ``b_t`` their slenderness (B4.1b(d));
    ``torsional_c_in3`` the torsional constant C of H3.1.
    """

    height_in: FloatArray
    width_in: FloatArray
    t_in: FloatArray
    t_nominal_in: FloatArray
    h_in: FloatArray
    b_in: FloatArray
    h_t: FloatArray
    b_t: FloatArray
    j_in4: FloatArray
    torsional_c_in3: FloatArray


@dataclass(frozen=True, slots=True)
class RoundHssTable(SectionTable):
    """Round HSS and pipe. ``od_in`` outside diameter, ``t_in`` design wall, ``d_t`` = D/t; C of H3.1."""

    od_in: FloatArray
    t_in: FloatArray
    t_nominal_in: FloatArray
    d_t: FloatArray
    j_in4: FloatArray
    torsional_c_in3: FloatArray


@cache
def load_rectangular_hss() -> RectangularHssTable:
    """Return all rectangular and square HSS in database order, read-only arrays."""
    columns = BASE_COLUMNS | {"height_in": "Ht", "width_in": "B", "t_in": "tdes", "t_nominal_in": "tnom"}
    columns |= {"h_in": "h", "b_in": "b", "j_in4": "J", "torsional_c_in3": "C"}
    names, values = read_properties("HSS", columns, label="HSS")
    table = RectangularHssTable(
        name=as_names(names),
        **values,
        h_t=np.asarray(values["h_in"] / values["t_in"]),
        b_t=np.asarray(values["b_in"] / values["t_in"]),
    )
    freeze(table)
    return table


@cache
def load_round_hss(family: str = "HSS") -> RoundHssTable:
    """Return all round HSS (``"HSS"``) or pipes (``"PIPE"``) in database order, read-only arrays.

    Raises
    ------
    StructuralError
        ``field="shape_family"`` for any other family.
    """
    if family not in ROUND_FAMILIES:
        raise StructuralError(
            f"unknown round family {family!r}; known: {', '.join(ROUND_FAMILIES)}", field="shape_family"
        )
    columns = BASE_COLUMNS | {"od_in": "OD", "t_in": "tdes", "t_nominal_in": "tnom", "j_in4": "J"}
    if family == "HSS":
        names, values = read_properties("HSS_R", columns | {"torsional_c_in3": "C"}, label=family)
    else:
        names, values = read_properties("PIPE", columns, label=family)
        values["torsional_c_in3"] = _round_torsional_constant_in3(values["j_in4"], values["od_in"])
    table = RoundHssTable(
        name=as_names(names),
        **values,
        d_t=np.asarray(values["od_in"] / values["t_in"]),
    )
    freeze(table)
    return table


def with_nominal_wall(table: RectangularHssTable | RoundHssTable) -> RectangularHssTable | RoundHssTable:
    """Return the sections with properties of their nominal wall (B4.2: A1085, A1065); names stay."""
    if isinstance(table, RoundHssTable):
        return replace(round_hss(table.od_in, table.t_nominal_in), name=table.name, t_nominal_in=table.t_nominal_in)
    return replace(rectangular_hss(table.height_in, table.width_in, table.t_nominal_in), name=table.name)


def round_hss(od_in: ArrayLike, t_in: ArrayLike) -> RoundHssTable:
    """Return the properties of round tubes of outside diameter and wall, in., broadcast to one shape.

    Raises
    ------
    StructuralError
        Naming a dimension out of range (``field="t_in"`` for a wall that leaves no hole).
    """
    od, t = np.broadcast_arrays(require_positive("od_in", od_in), require_positive("t_in", t_in))
    inner = od - 2.0 * t
    if np.any(inner <= 0.0):
        raise StructuralError("the wall is thicker than half the diameter", field="t_in")
    area = np.pi / 4.0 * (od**2 - inner**2)
    inertia = np.pi / 64.0 * (od**4 - inner**4)
    modulus = 2.0 * inertia / od
    plastic = (od**3 - inner**3) / 6.0
    radius = np.sqrt(inertia / area)
    return RoundHssTable(
        name=_computed_names("HSS", od, t),
        weight_lb_ft=STEEL_LB_FT_PER_IN2 * area,
        area_in2=area,
        **_both_axes(inertia, plastic, modulus, radius),
        od_in=od.copy(),
        t_in=t.copy(),
        t_nominal_in=t.copy(),
        d_t=np.asarray(od / t),
        j_in4=2.0 * inertia,
        torsional_c_in3=_round_torsional_constant_in3(2.0 * inertia, od),
    )


def rectangular_hss(height_in: ArrayLike, width_in: ArrayLike, t_in: ArrayLike) -> RectangularHssTable:
    """Return the properties of rectangular tubes with corner radii 2 t outside and t inside, in., broadcast shape.

    Flat widths are the outside dimension less 3 t (B4.1b(d)). J and C are those of a thin closed section about the
    middle line with a corner radius of 1.5 t (user note of H3.1 for C). Raises `StructuralError` naming a dimension out
    of range.
    """
    height, width, t = np.broadcast_arrays(
        require_positive("height_in", height_in), require_positive("width_in", width_in), require_positive("t_in", t_in)
    )
    if np.any(4.0 * t > np.minimum(height, width)):
        raise StructuralError("the wall leaves no room for its corners", field="t_in")
    inner_height, inner_width = height - 2.0 * t, width - 2.0 * t
    corners = (4.0 - np.pi) * ((2.0 * t) ** 2 - t**2)
    area = height * width - inner_height * inner_width - corners
    ix = _rounded_inertia(height, width, 2.0 * t) - _rounded_inertia(inner_height, inner_width, t)
    iy = _rounded_inertia(width, height, 2.0 * t) - _rounded_inertia(inner_width, inner_height, t)
    zx = _rounded_plastic(height, width, 2.0 * t) - _rounded_plastic(inner_height, inner_width, t)
    zy = _rounded_plastic(width, height, 2.0 * t) - _rounded_plastic(inner_width, inner_height, t)
    return RectangularHssTable(
        name=_computed_names("HSS", height, width, t),
        weight_lb_ft=STEEL_LB_FT_PER_IN2 * area,
        area_in2=area,
        ix_in4=ix,
        zx_in3=zx,
        sx_in3=2.0 * ix / height,
        rx_in=np.sqrt(ix / area),
        iy_in4=iy,
        zy_in3=zy,
        sy_in3=2.0 * iy / width,
        ry_in=np.sqrt(iy / area),
        height_in=height.copy(),
        width_in=width.copy(),
        t_in=t.copy(),
        t_nominal_in=t.copy(),
        h_in=height - 3.0 * t,
        b_in=width - 3.0 * t,
        h_t=height / t - 3.0,
        b_t=width / t - 3.0,
        j_in4=_closed_torsion(height, width, t),
        torsional_c_in3=2.0 * (height - t) * (width - t) * t - 4.5 * (4.0 - np.pi) * t**3,
    )


def _both_axes(
    inertia: FloatArray, plastic: FloatArray, modulus: FloatArray, radius: FloatArray
) -> dict[str, FloatArray]:
    names = (("i", "in4"), ("z", "in3"), ("s", "in3"), ("r", "in"))
    values = (inertia, plastic, modulus, radius)
    return {f"{n}{axis}_{unit}": value for axis in "xy" for (n, unit), value in zip(names, values, strict=True)}


def _round_torsional_constant_in3(j_in4: FloatArray, od_in: FloatArray) -> FloatArray:
    """Return C = 2 J/D, exact for a round tube and what the database gives; H3.1's pi (D - t)^2 t/2 is 4 % above it."""
    return np.asarray(2.0 * j_in4 / od_in)


def _rounded_inertia(depth: FloatArray, width: FloatArray, radius: FloatArray) -> FloatArray:
    """Return I about the middle of a full rectangle with rounded corners."""
    missing = (1.0 - np.pi / 4.0) * radius**2
    own = (1.0 / 3.0 - np.pi / 16.0 - 1.0 / (9.0 * (4.0 - np.pi))) * radius**4
    arm = depth / 2.0 - radius + _spandrel_offset(radius)
    return np.asarray(width * depth**3 / 12.0 - 4.0 * (own + missing * arm**2))


def _rounded_plastic(depth: FloatArray, width: FloatArray, radius: FloatArray) -> FloatArray:
    """Return the plastic modulus of a full rectangle with rounded corners."""
    missing = (1.0 - np.pi / 4.0) * radius**2
    arm = depth / 2.0 - radius + _spandrel_offset(radius)
    return np.asarray(width * depth**2 / 4.0 - 4.0 * missing * arm)


def _spandrel_offset(radius: FloatArray) -> FloatArray:
    """Return the distance from the centre of a rounded corner to the centroid of the material it lacks."""
    return np.asarray(radius * (1.0 - (10.0 - 3.0 * np.pi) / (12.0 - 3.0 * np.pi)))


def _closed_torsion(height: FloatArray, width: FloatArray, t: FloatArray) -> FloatArray:
    """Return Bredt's J = 4 A^2 t / p of the middle line, corners of radius 1.5 t."""
    radius = 1.5 * t
    enclosed = (height - t) * (width - t) - (4.0 - np.pi) * radius**2
    perimeter = 2.0 * (height - t + width - t) - 2.0 * (4.0 - np.pi) * radius
    return np.asarray(4.0 * enclosed**2 * t / perimeter)


def _computed_names(prefix: str, *sizes: FloatArray) -> np.ndarray:
    columns = [np.atleast_1d(size).ravel().tolist() for size in sizes]
    names = as_names(prefix + "X".join(f"{value:g}" for value in row) for row in zip(*columns, strict=True))
    return names.reshape(sizes[0].shape)
