"""Writing the value of one parameter as text, and what that text then states."""

from dataclasses import dataclass

from structural.code_checks.parameters import BY_NAME, Dimension
from structural.problems.compliance_checker.number_styles import Draw, choose, styles, write_number
from structural.problems.compliance_checker.wording_values import INLINE_VALUES, grade_spellings, value_spellings


@dataclass(frozen=True, slots=True)
class Written:
    """A value as text with its unit (``text``), as number and unit for a key (``bare``, ``key_unit``; may be empty)."""

    text: str
    value: float | str
    bare: str = ""
    key_unit: str = ""


_SHAPE_FORMS = ("W{}x{}", "W{}X{}", "W{}×{}", "w{}x{}", "W {} x {}", "W{} x {}")
_HELD_SHAPE_FORMS = ("W-{}x{}", "W{}*{}")
_ELECTRODE_WORDS = ("electrode", "filler", "metal", "rod", "FEXX", "F_EXX")
_PLANES = {1: "single", 2: "double"}
_SMALL_COUNTS = {1: "one", 2: "two", 3: "three", 4: "four", 6: "six", 8: "eight"}


def write_value(name: str, value: float | str, system: str, draw: Draw, template: str = "") -> Written:
    """Return the value of a parameter written out.

    ``system`` is ``us``, ``metric`` or ``held`` (held-out spellings); ``template`` is the phrase it goes into, empty
    for an entry of its own.
    """
    item = BY_NAME[name]
    if item.is_text:
        return Written(_write_word(name, str(value), system, draw, template), value)
    number = float(value)
    if name == "electrode_ksi":
        return _write_electrode(number, system, draw, template)
    if item.dimension is Dimension.COUNT:
        return _write_count(name, number, draw, template)
    if name.endswith("deflection_limit"):
        form = choose(
            ("L/{}", "L/{}", "span/{}", "l/{}", "1/{}") if system != "held" else ("L / {}", "span over {}"), draw
        )
        return Written(form.format(round(number)), float(round(number)), bare=str(round(number)))
    return _write_quantity(name, number, system, draw)


def _write_quantity(name: str, value: float, system: str, draw: Draw) -> Written:
    style = choose(styles(name, system), draw)
    unit = choose(style.units, draw)
    text, stated = write_number(value, style, unit, draw)
    # A number may stand without its unit only where the key names that unit, or where it has none.
    by_key = bool(style.key_unit) and (style.form == "fraction" or unit == style.units[0])
    plain = "," not in text and (by_key or not (unit or style.form == "feet_inches"))
    return Written(text + unit, stated, bare=text if plain else "", key_unit=style.key_unit if plain else "")


def _write_word(name: str, value: str, system: str, draw: Draw, template: str) -> str:
    held = system == "held"
    if name == "shape":
        depth, weight = value[1:].split("X")
        return str(choose(_HELD_SHAPE_FORMS if held else _SHAPE_FORMS, draw)).format(depth, weight)
    if BY_NAME[name].dimension is Dimension.GRADE:
        return str(choose(grade_spellings(value, held_out=held), draw))
    if "-{" + name in template:
        return INLINE_VALUES[name][value]
    return str(choose(value_spellings(name, value), draw))


def _write_electrode(value: float, system: str, draw: Draw, template: str) -> Written:
    strength = round(value)
    # A strength alone says electrode only beside a word for it.
    named = not template or any(word in template.replace("{electrode_ksi}", "") for word in _ELECTRODE_WORDS)
    if system == "held":
        return Written(f"E{strength}18", float(strength))
    forms = (f"E{strength}", f"E{strength}XX", f"{strength} ksi")
    return Written(str(choose(forms if named else forms[:2], draw)), float(strength))


def _write_count(name: str, value: float, draw: Draw, template: str) -> Written:
    count = round(value)
    if name == "shear_planes" and (template.endswith("shear") or (not template and draw() < 0.4)):
        return Written(_PLANES.get(count, str(count)), float(count))
    if count in _SMALL_COUNTS and template and "(" not in template and draw() < 0.15:
        return Written(_SMALL_COUNTS[count], float(count))
    return Written(str(count), float(count), bare=str(count))
