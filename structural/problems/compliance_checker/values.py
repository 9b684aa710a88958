"""Turning the text of a value into its canonical value: numbers, fractions, feet and inches, units, names."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from structural.code_checks.parameters import BY_NAME, Dimension, Parameter
from structural.materials import STEEL_GRADES
from structural.problems.compliance_checker.atoms import NUMBER_WORDS
from structural.problems.compliance_checker.shape_names import SHAPE_NAME
from structural.problems.compliance_checker.units import key_unit, unit_factor
from structural.problems.compliance_checker.wording_values import VALUE_WORDING
from structural.sections import database_name


@dataclass(frozen=True, slots=True)
class Value:
    """A value that was read. ``assumed`` says what was taken for granted (a unit, a grade), empty when nothing was."""

    value: float | str
    unit: str = ""
    assumed: str = ""


_NUMBER = re.compile(
    r"(?P<whole>\d{1,9})[-\s]+(?P<top>\d{1,4})\s*/\s*(?P<base>\d{1,4})(?![\d.])"
    r"|(?P<n>\d{1,4})\s*/\s*(?P<d>\d{1,4})(?![\d.])"
    r"|(?P<comma>\d{1,3}(?:,\d{3})+(?:\.\d{1,12})?)"
    r"|(?P<plain>(?:\d{1,15}(?:\.\d{0,15})?|\.\d{1,15})(?:[eE][-+]?\d{1,2})?)"
)
_FEET_INCHES = re.compile(
    r"(\d{1,5})\s*(?:'|’|′|ft\.?|feet)\s*-?\s*(\d{1,3}(?:\.\d{1,6})?(?:[-\s]\d{1,2}/\d{1,2})?|\d{1,2}/\d{1,2})"
    r"\s*(?:\"|”|″|''|in\.?|inches)?",
    re.IGNORECASE,
)
_GRADE = re.compile(r"([AFS])\s*-?(\d{2,4})([A-Z]{0,2})", re.IGNORECASE)
_GRADE_NUMBER = re.compile(r"(?:GR(?:ADE)?\.?|TYPE|-|\()\s*\(?\s*(?:GR(?:ADE)?\.?)?\s*([A-Z]|\d{2,3}[A-Z]?)\b")
_ELECTRODE = re.compile(r"E\s*-?(60|70|80|90|100|110)(?:\d{2}|XX)?(?!\d)", re.IGNORECASE)
_COUNTS = {word: float(number) for number, word in enumerate(NUMBER_WORDS, start=1)} | {
    "single": 1.0,
    "double": 2.0,
    "triple": 3.0,
}
_BARE_GRADES = {
    "A572": "A572-50",
    "A709": "A709-50",
    "A529": "A529-50",
    "A913": "A913-65",
    "A500": "A500-C",
    "A1085": "A1085-A",
    "A53": "A53-B",
}
_EDGES = re.compile(r"^(?:[\s,;:=@]|\.\s)+")
"""Signs before a value that are not part of it."""
_CACHE_SIZE = 16_384
_SAME_SHARE = 0.005
_NEGATIONS = frozenset(("not", "no", "non", "never", "without"))


def same_value(first: float | str, second: float | str) -> bool:
    """Return whether two readings of one parameter are one value written twice: within 0.5 %, rounding apart."""
    if isinstance(first, str) or isinstance(second, str):
        return first == second
    return abs(first - second) <= _SAME_SHARE * max(abs(first), abs(second))


@lru_cache(maxsize=_CACHE_SIZE)
def parse_value(name: str, text: str, key: str) -> Value | None:
    """Return what a text says of a parameter, or None when it cannot be read or lies outside the parameter's bounds.

    ``text`` is the value as it stands in the document; ``key`` is the key it stands under, which may name its unit.
    """
    item = BY_NAME[name]
    text = _EDGES.sub("", text).rstrip(" ,;:=")
    if item.dimension is Dimension.SHAPE:
        return _shape(text)
    if item.dimension is Dimension.GRADE:
        return _grade(text)
    if item.dimension is Dimension.WORD:
        return _word(name, text, key)
    value = _special(name, text) or _number(item, text, key)
    if value is None or not item.minimum * (1 - 1e-9) <= float(value.value) <= item.maximum:
        return None
    return value


def _special(name: str, text: str) -> Value | None:
    if name.endswith("deflection_limit"):
        numbers = re.findall(r"(?<![\d.])\d{2,4}(?![\d]|\.\d*[1-9])", text)
        return Value(float(numbers[-1])) if numbers else None
    if name == "electrode_ksi":
        match = _ELECTRODE.search(text)
        return Value(float(match.group(1)), "ksi") if match else None
    if BY_NAME[name].dimension is Dimension.COUNT and text.lower() in _COUNTS:
        return Value(_COUNTS[text.lower()])
    return None


def _number(item: Parameter, text: str, key: str) -> Value | None:
    if item.dimension is Dimension.LENGTH:
        match = _FEET_INCHES.fullmatch(text)
        if match:
            inches = float(match.group(1)) * 12.0 + (parse_number(match.group(2)) or 0.0)
            return Value(inches / 12.0 if item.unit == "ft" else inches, "ft-in")
    match = _NUMBER.match(text)
    if match is None:
        return None
    number = _matched(match)
    rest = text[match.end() :].strip()
    if number is None:
        return None
    if item.dimension in (Dimension.NUMBER, Dimension.COUNT):
        return Value(number) if not rest else None
    if rest:
        factor = unit_factor(rest, item.dimension, item.unit)
        return None if factor is None else Value(number * factor, rest)
    unit = key_unit(key, item.dimension)
    if unit:
        factor = unit_factor(unit, item.dimension, item.unit)
        return None if factor is None else Value(number * factor, unit)
    return Value(number, item.unit, assumed=f"unit {item.unit}")


def parse_number(text: str) -> float | None:
    """Return a number written as decimal, fraction, mixed fraction or with thousands commas; None for anything else."""
    match = _NUMBER.fullmatch(text.strip())
    return _matched(match) if match else None


def _matched(match: re.Match[str]) -> float | None:
    if match["whole"] is not None:
        base = int(match["base"])
        return int(match["whole"]) + int(match["top"]) / base if base else None
    if match["n"] is not None:
        base = int(match["d"])
        return int(match["n"]) / base if base else None
    return float((match["comma"] or match["plain"]).replace(",", ""))


def _shape(text: str) -> Value | None:
    match = SHAPE_NAME.search(text)
    name = database_name(match.group()) if match else None
    return None if name is None else Value(name)


def _grade(text: str) -> Value | None:
    """Return a listed grade's name, or the designation as written (upper case) of one that is not listed."""
    match = _GRADE.search(text)
    if match is None:
        return None
    letter, number, tail = match.group(1).upper(), match.group(2), match.group(3).upper()
    specification = letter + number
    if letter == "S":
        return Value(specification)
    after = _GRADE_NUMBER.search(text[match.end() :].upper())
    if after and f"{specification}-{after.group(1)}" in STEEL_GRADES:
        return Value(f"{specification}-{after.group(1)}")
    if specification in STEEL_GRADES:
        return Value(specification)
    if specification in _BARE_GRADES:
        grade = _BARE_GRADES[specification]
        return Value(f"{specification}-{after.group(1)}") if after else Value(grade, assumed=f"grade {grade}")
    return Value(specification + tail)


def _word(name: str, text: str, key: str) -> Value | None:
    table, plain = _words(name), _plain(text)
    if plain in table:
        return Value(table[plain])
    # "class = B", "direct analysis method": a word that belongs to the name may stand before or after the value.
    words = plain.replace("=", " ").split()
    parts = [words[begin:] for begin in range(len(words))] + [words[:end] for end in range(len(words) - 1, 0, -1)]
    for part in [] if len(words) > 1 and not _NEGATIONS.isdisjoint(words) else parts:
        spelled = " ".join(part)
        if spelled in table:
            return Value(table[spelled])
    return _truth_value(name, plain, key)


def is_spelling(name: str, text: str) -> bool:
    """Return whether a text, whole, is a known spelling of a parameter's value in words."""
    return _plain(text) in _words(name)


def _truth_value(name: str, plain: str, key: str) -> Value | None:
    """Read yes and no under a key that is itself the word, such as ``slip critical: yes``."""
    if plain not in ("yes", "no", "true", "false"):
        return None
    positive = plain in ("yes", "true")
    lowered = key.lower()
    if name == "joint_type" and "slip" in lowered:
        return Value("slip_critical" if positive else "bearing")
    if name == "joint_type" and "pretension" in lowered:
        return Value("pretensioned" if positive else "bearing")
    if name == "thread_condition" and ("exclu" in lowered or "inclu" in lowered):
        return Value("X" if positive == ("exclu" in lowered) else "N")
    if name == "seismic_detailing":
        return Value("aisc_341" if positive else "none")
    return None


@cache
def _words(name: str) -> dict[str, str]:
    table = {}
    wording = VALUE_WORDING.get(name, {})
    for word in BY_NAME[name].words:
        for spelling in (word, *f"{wording.get(word, '')}|{_MORE.get((name, word), '')}".split("|")):
            if spelling:
                table[_plain(spelling)] = word
    return table


def _plain(text: str) -> str:
    return " ".join(
        re.sub(r"[^a-z0-9/=]+", " ", re.sub(r"(?<=[a-z])(?=\d)|(?<=\d)(?=[a-z])", " ", text.lower())).split()
    )


_MORE = {
    ("bracing", "continuous"): "continuously braced|full|fully|continuous bracing",
    ("bracing", "third_points"): "at third points|third point|thirds",
    ("bracing", "quarter_points"): "at quarter points|quarter point|quarters",
    ("bracing", "midspan"): "at midspan|center|centre|mid|middle",
    ("bracing", "ends_only"): "unbraced|none|at supports only|at ends only|supports",
    ("hole_type", "standard"): "std holes|standard holes|round",
    ("hole_type", "oversized"): "over sized|ovsz",
    ("hole_type", "short_slot"): "short slotted holes|ssh",
    ("hole_type", "long_slot"): "long slotted holes|lsh",
    ("joint_type", "bearing"): "snug|snug tightened|bearing joint|n",
    ("joint_type", "slip_critical"): "slip|slip critical joint|friction",
    ("thread_condition", "N"): "threads included|in|included in shear plane|threads not excluded",
    ("thread_condition", "X"): "threads excluded|out|excluded from shear plane|threads not included",
    ("seismic_system", "R3"): "r = 3.0|steel system not specifically detailed|not detailed",
    ("seismic_detailing", "aisc_341"): "per aisc 341|aisc 341 22|aisc 341 16",
    ("seismic_detailing", "none"): "not detailed|n/a",
    ("risk_category", "I"): "1",
    ("risk_category", "II"): "2",
    ("risk_category", "III"): "3",
    ("risk_category", "IV"): "4",
}
