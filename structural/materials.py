"""Steel grades and filler metals: minimum and expected strengths by ASTM designation, product form and thickness.

ANSI/AISC 360-22 A3.1 lists the permitted specifications; the strengths are those of the ASTM standards, the expected
ones those of AISC 341-22 Table A3.2.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from structural.checks import FloatArray, enum_codes, require_between
from structural.errors import StructuralError


@dataclass(frozen=True, slots=True)
class SteelGrade:
    """Minimum yield stress Fy and tensile strength Fu, ksi, and the product forms the grade is made in.

    ``confirmed`` is False where the value was not checked against a primary text.
    """

    name: str
    fy_ksi: float
    fu_ksi: float
    products: tuple[str, ...]
    confirmed: bool = True


_MADE_FROM = {"W": "WT", "M": "MT", "S": "ST", "L": "2L"}
"""Families cut from, or made of, a rolled one: they are of its grade."""


def _shapes(*rolled: str) -> tuple[str, ...]:
    return (*rolled, *(_MADE_FROM[family] for family in rolled if family in _MADE_FROM))


_SHAPES = _shapes("W", "M", "S", "HP", "C", "MC", "L")
_SHAPE_PLATE = (*_SHAPES, "plate")
_QST = _shapes("W", "HP")

_GRADES = (
    SteelGrade("A992", 50.0, 65.0, _shapes("W", "M", "S", "HP", "C", "MC")),
    SteelGrade("A36", 36.0, 58.0, (*_SHAPE_PLATE, "bar")),
    SteelGrade("A572-42", 42.0, 60.0, _SHAPE_PLATE),
    SteelGrade("A572-50", 50.0, 65.0, _SHAPE_PLATE),
    SteelGrade("A572-55", 55.0, 70.0, _SHAPE_PLATE),
    SteelGrade("A572-60", 60.0, 75.0, _SHAPE_PLATE),
    SteelGrade("A572-65", 65.0, 80.0, _SHAPE_PLATE),
    SteelGrade("A529-50", 50.0, 65.0, (*_shapes("L"), "plate", "bar"), confirmed=False),
    SteelGrade("A529-55", 55.0, 70.0, (*_shapes("L"), "plate", "bar"), confirmed=False),
    SteelGrade("A588", 50.0, 70.0, _SHAPE_PLATE),
    SteelGrade("A709-50", 50.0, 65.0, _SHAPE_PLATE, confirmed=False),
    SteelGrade("A709-50S", 50.0, 65.0, _SHAPES, confirmed=False),
    SteelGrade("A709-50W", 50.0, 70.0, _SHAPE_PLATE, confirmed=False),
    SteelGrade("A913-50", 50.0, 65.0, _QST),
    SteelGrade("A913-60", 60.0, 75.0, _QST),
    SteelGrade("A913-65", 65.0, 80.0, _QST),
    SteelGrade("A913-70", 70.0, 90.0, _QST),
    SteelGrade("A913-80", 80.0, 95.0, _QST, confirmed=False),
    SteelGrade("A500-B", 46.0, 58.0, ("HSS rectangular",), confirmed=False),
    SteelGrade("A500-B-ROUND", 42.0, 58.0, ("HSS round",), confirmed=False),
    SteelGrade("A500-C", 50.0, 62.0, ("HSS rectangular", "HSS round")),
    SteelGrade("A1085-A", 50.0, 65.0, ("HSS rectangular", "HSS round")),
    SteelGrade("A53-B", 35.0, 60.0, ("pipe",)),
    SteelGrade("A514", 100.0, 110.0, ("plate",)),
    SteelGrade("F1554-36", 36.0, 58.0, ("rod",)),
    SteelGrade("F1554-55", 55.0, 75.0, ("rod",)),
    SteelGrade("F1554-105", 105.0, 125.0, ("rod",)),
    SteelGrade("A449", 92.0, 120.0, ("rod",), confirmed=False),
)

STEEL_GRADES: dict[str, SteelGrade] = {grade.name: grade for grade in _GRADES}

ELECTRODES: dict[str, float] = {
    "E60": 60.0,
    "E70": 70.0,
    "E80": 80.0,
    "E90": 90.0,
    "E100": 100.0,
    "E110": 110.0,
}
"""Filler metal classification strength FEXX, ksi, by the strength part of its designation."""

_NOISE = ("ASTM", "GRADE", "GR.", "GR")


def steel_grade(name: str) -> SteelGrade:
    """Return the grade of that name, written as ``"A572-50"``, ``"ASTM A572 Gr. 50"`` or ``"a572 grade 50"``.

    Raises
    ------
    StructuralError
        ``field="steel_grade"`` for an unknown name, with the known ones.
    """
    text = str(name).upper()
    for word in _NOISE:
        text = text.replace(word, " ")
    key = "-".join(text.replace("-", " ").split())
    if key not in STEEL_GRADES:
        raise StructuralError(f"unknown steel grade {name!r}; known: {', '.join(STEEL_GRADES)}", field="steel_grade")
    return STEEL_GRADES[key]


def electrode_strength_ksi(name: str) -> float:
    """Return FEXX in ksi of an electrode such as ``"E70"`` or ``"E70XX"``; unknown raises `StructuralError`."""
    key = str(name).upper().strip().rstrip("X")
    if key not in ELECTRODES:
        raise StructuralError(f"unknown electrode {name!r}; known: {', '.join(ELECTRODES)}", field="electrode")
    return ELECTRODES[key]


class _Step(NamedTuple):
    """Strengths up to and including a thickness (plates) or diameter (rods)."""

    to_in: float
    fy_ksi: float
    fu_ksi: float


_STEPS: dict[tuple[str, str], tuple[_Step, ...]] = {
    ("A36", "plate"): (_Step(8.0, 36.0, 58.0), _Step(np.inf, 32.0, 58.0)),
    ("A588", "plate"): (_Step(4.0, 50.0, 70.0), _Step(5.0, 46.0, 67.0), _Step(8.0, 42.0, 63.0)),
    ("A514", "plate"): (_Step(2.5, 100.0, 110.0), _Step(6.0, 90.0, 100.0)),
    ("A449", "rod"): (_Step(1.0, 92.0, 120.0), _Step(1.5, 81.0, 105.0), _Step(3.0, 58.0, 90.0)),
}


def _product_of(grade: SteelGrade, product: str) -> str:
    if product not in grade.products:
        made = ", ".join(grade.products)
        raise StructuralError(f"{grade.name} is not made as {product!r}; made as: {made}", field="product")
    return product


def minimum_strengths_ksi(name: str, product: str, thickness_in: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return Fy and Fu in ksi of a grade in a product form at a thickness (diameter of a rod).

    Parameters
    ----------
    name : str
        Grade as in `steel_grade`.
    product : str
        One of its `SteelGrade.products`.
    thickness_in : array_like
        In., 0.001 to 1,000. It matters to plates of A36 (Fy 32 over 8 in.), A588 (46/67 over 4 in., 42/63 over 5 to
        8 in.; verify) and A514 (90/100 over 2-1/2 to 6 in.; verify) and to rods of A449 (by diameter to 1, 1-1/2 and
        3 in.; verify).

    Returns
    -------
    tuple of ndarray
        Shape of ``thickness_in``.

    Raises
    ------
    StructuralError
        ``field="steel_grade"`` for an unknown grade, ``"product"`` for a form it is not made in, ``"thickness_in"`` for
        a thickness out of range or beyond the grade.
    """
    grade = steel_grade(name)
    thickness = require_between("thickness_in", thickness_in, 1e-3, 1e3)
    whole_range = (_Step(np.inf, grade.fy_ksi, grade.fu_ksi),)
    steps = np.array(_STEPS.get((grade.name, _product_of(grade, product)), whole_range))
    row = np.searchsorted(steps[:, 0], thickness, side="left")
    if np.any(row == len(steps)):
        most = f"{steps[-1, 0]:g} in."
        raise StructuralError(
            f"{grade.name} {product} is made up to {most}; choose another grade", field="thickness_in"
        )
    return steps[row, 1], steps[row, 2]


class ExpectedRatios(NamedTuple):
    """Expected over specified minimum yield stress (Ry) and tensile strength (Rt)."""

    ry: float
    rt: float


_EXPECTED_SHAPES = (
    (("A36",), ExpectedRatios(1.5, 1.2)),
    (("A529-50",), ExpectedRatios(1.2, 1.2)),
    (("A529-55",), ExpectedRatios(1.1, 1.2)),
    (("A992", "A572-50", "A572-55", "A588", "A709-50", "A709-50S", "A709-50W"), ExpectedRatios(1.1, 1.1)),
    (("A913-50", "A913-60", "A913-65", "A913-70"), ExpectedRatios(1.1, 1.1)),
    (("A500-B", "A500-B-ROUND"), ExpectedRatios(1.4, 1.3)),
    (("A500-C",), ExpectedRatios(1.3, 1.2)),
    (("A1085-A",), ExpectedRatios(1.25, 1.15)),
    (("A53-B",), ExpectedRatios(1.6, 1.2)),
)
_EXPECTED_PLATES = (
    (("A36",), ExpectedRatios(1.3, 1.2)),
    (("A572-42",), ExpectedRatios(1.3, 1.0)),
    (("A572-50", "A572-55", "A588", "A709-50", "A709-50W"), ExpectedRatios(1.1, 1.2)),
)


def expected_ratios(name: str, product: str) -> ExpectedRatios:
    """Return Ry and Rt of a grade in a product form (AISC 341-22 Table A3.2; verify every value).

    ``name`` as in `steel_grade`; ``product`` one of its `SteelGrade.products`, bars reading the row of shapes. Raises
    `StructuralError`: ``field="steel_grade"`` for a grade that is unknown or not in the table, ``field="product"`` for
    a form it is not made in.
    """
    grade = steel_grade(name)
    rows = _EXPECTED_PLATES if _product_of(grade, product) == "plate" else _EXPECTED_SHAPES
    for names, ratios in rows:
        if grade.name in names:
            return ratios
    raise StructuralError(
        f"{grade.name} {product} has no Ry and Rt in AISC 341 Table A3.2; choose a listed steel", field="steel_grade"
    )


class HollowStandard(StrEnum):
    """What a hollow section is made to; it decides the design wall (B4.2)."""

    A53 = "A53"
    A500 = "A500"
    A1065 = "A1065"
    A1085 = "A1085"
    BOX = "box"
    """Box section welded of four plates."""


_DESIGN_WALL_SHARE = (0.93, 0.93, 1.0, 1.0, 1.0)


def design_wall_in(nominal_in: ArrayLike, standard: HollowStandard | ArrayLike) -> FloatArray:
    """Return the design wall thickness of a hollow section, in. (B4.2).

    0.93 of ``nominal_in`` (in., 0.001 to 1,000), and all of it for A1065, A1085 and box sections. Broadcast shape.
    Raises `StructuralError` naming a number out of range or ``field="standard"``.
    """
    share = np.array(_DESIGN_WALL_SHARE)[enum_codes("standard", standard, HollowStandard)]
    return np.asarray(share * require_between("nominal_in", nominal_in, 1e-3, 1e3))


HEAVY_THICKNESS_IN = 2.0
"""Rolled shapes with thicker flanges, and built-up ones of thicker plates, are heavy (A3.1d, A3.1e), in."""
CVN_ENERGY_FT_LB = 20.0
CVN_TEMPERATURE_F = 70.0
"""Least average Charpy V-notch energy, and the highest test temperature, of heavy shapes (A3.1d, A3.1e)."""


def needs_notch_toughness(thickness_in: ArrayLike, cjp_in_tension: ArrayLike) -> NDArray[np.bool_]:
    """Return where Charpy V-notch results must be specified (A3.1d rolled, A3.1e built-up).

    ``thickness_in`` of the flange of a rolled shape or the thickest plate of a built-up one, in., 0.001 to 1,000;
    ``cjp_in_tension`` True where the member carries computed tension, by axial force or bending, through a splice or
    connection of complete-penetration welds that fuse through the thickness (never where the joint is bolted).
    """
    heavy = require_between("thickness_in", thickness_in, 1e-3, 1e3) > HEAVY_THICKNESS_IN
    return np.asarray(heavy & np.asarray(cjp_in_tension, dtype=bool))


def meets_notch_toughness(energy_ft_lb: ArrayLike, temperature_f: ArrayLike) -> NDArray[np.bool_]:
    """Return where a tested energy (ft-lb, 0..10,000) at a temperature (-400..200 F) is 20 ft-lb at 70 F or less."""
    tough = require_between("energy_ft_lb", energy_ft_lb, 0.0, 1e4) >= CVN_ENERGY_FT_LB
    return np.asarray(tough & (require_between("temperature_f", temperature_f, -400.0, 200.0) <= CVN_TEMPERATURE_F))
