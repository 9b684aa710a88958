"""Steel grades and filler metals: minimum strengths by ASTM designation.

ANSI/AISC 360-22 A3.1 lists the permitted specifications; the strengths are those of the ASTM standards.
"""

from dataclasses import dataclass

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


_SHAPE_PLATE = ("W", "M", "S", "HP", "C", "MC", "L", "plate")
_SHAPES = ("W", "M", "S", "HP", "C", "MC", "L")

_GRADES = (
    SteelGrade("A992", 50.0, 65.0, ("W", "M", "S", "HP", "C", "MC")),
    SteelGrade("A36", 36.0, 58.0, (*_SHAPE_PLATE, "bar")),
    SteelGrade("A572-42", 42.0, 60.0, _SHAPE_PLATE),
    SteelGrade("A572-50", 50.0, 65.0, _SHAPE_PLATE),
    SteelGrade("A572-55", 55.0, 70.0, _SHAPE_PLATE),
    SteelGrade("A572-60", 60.0, 75.0, _SHAPE_PLATE),
    SteelGrade("A572-65", 65.0, 80.0, _SHAPE_PLATE),
    SteelGrade("A529-50", 50.0, 65.0, ("L", "plate", "bar"), confirmed=False),
    SteelGrade("A529-55", 55.0, 70.0, ("L", "plate", "bar"), confirmed=False),
    SteelGrade("A588", 50.0, 70.0, _SHAPE_PLATE),
    SteelGrade("A709-50", 50.0, 65.0, _SHAPE_PLATE, confirmed=False),
    SteelGrade("A709-50S", 50.0, 65.0, _SHAPES, confirmed=False),
    SteelGrade("A709-50W", 50.0, 70.0, _SHAPE_PLATE, confirmed=False),
    SteelGrade("A913-50", 50.0, 65.0, ("W", "HP")),
    SteelGrade("A913-60", 60.0, 75.0, ("W", "HP")),
    SteelGrade("A913-65", 65.0, 80.0, ("W", "HP")),
    SteelGrade("A913-70", 70.0, 90.0, ("W", "HP")),
    SteelGrade("A913-80", 80.0, 95.0, ("W", "HP"), confirmed=False),
    SteelGrade("A500-B", 46.0, 58.0, ("HSS rectangular",), confirmed=False),
    SteelGrade("A500-B-ROUND", 42.0, 58.0, ("HSS round",), confirmed=False),
    SteelGrade("A500-C", 50.0, 62.0, ("HSS rectangular", "HSS round")),
    SteelGrade("A1085-A", 50.0, 65.0, ("HSS rectangular", "HSS round")),
    SteelGrade("A53-B", 35.0, 60.0, ("pipe",)),
    SteelGrade("A514", 100.0, 110.0, ("plate",)),
    SteelGrade("F1554-36", 36.0, 58.0, ("rod",)),
    SteelGrade("F1554-55", 55.0, 75.0, ("rod",)),
    SteelGrade("F1554-105", 105.0, 125.0, ("rod",)),
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
