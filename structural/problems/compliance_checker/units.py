"""Units by pint: the spellings that engineers use, turned into pint expressions and factors to canonical units."""

import re
from functools import cache, lru_cache
from typing import Any

from structural.code_checks.parameters import Dimension, Parameter

_SPELLINGS: dict[Dimension, dict[str, str]] = {
    Dimension.LENGTH: {
        "foot": "ft|ft.|'|’|′|feet|foot|lf|FT|Ft",
        "inch": "in|in.|\"|”|″|''|inch|inches|IN|In",
        "mm": "mm|MM|millimeter|millimeters|millimetre|millimetres",
        "cm": "cm|centimeter|centimeters|centimetre|centimetres",
        "m": "m|M|meter|meters|metre|metres",
    },
    Dimension.STRESS: {
        "kip/inch**2": "ksi|KSI|Ksi|kips/in2|kips/in^2|kip/in2|kips per sq in|kips_per_sq_in|k/in2|kips/in²",
        "force_pound/inch**2": "psi|PSI|lb/in2|lbf/in2",
        "MPa": "MPa|Mpa|mpa|MPA|N/mm2|N/mm^2|N/mm²|megapascal|megapascals",
        "GPa": "GPa|Gpa",
        "kPa": "kPa|KPa",
    },
    Dimension.FORCE: {
        "kip": "kip|kips|k|K|kips.|KIP|KIPS|Kip|Kips|kipf",
        "force_pound": "lb|lbs|lbf|lb.|lbs.|pounds|LB|LBS",
        "kN": "kN|KN|kn|Kn|kilonewton|kilonewtons",
        "newton": "N|newton|newtons",
        "MN": "MN|meganewton|meganewtons",
    },
    Dimension.MOMENT: {
        "kip*foot": "kip-ft|k-ft|ft-kip|ft-kips|kip-feet|kips-ft|kipft|kip ft|k ft|kft|ft-k|ftk|ft·kip|kip·ft|kip*ft"
        "|ft kips|kip_ft|kft.|kip-ft.|k-ft.|K-FT|KIP-FT|kip.ft|k'",
        "kip*inch": "kip-in|k-in|in-kip|in-kips|kips-in|kip in|kip·in|kip_in|kipin|in-k|kip-in.|k-in.|k in",
        "force_pound*foot": "lb-ft|ft-lb|ft-lbs|lb ft|lbf-ft",
        "kN*m": "kN-m|kNm|kN·m|kN m|kN*m|kN.m|KN-M|kNM|kn-m|knm",
        "newton*m": "N-m|Nm|N·m",
    },
    Dimension.LINE_LOAD: {
        "kip/foot": "klf|KLF|kip/ft|kips/ft|k/ft|kip per ft|kips per foot|k/'|kip/foot|Klf|kip_per_ft|k per ft",
        "force_pound/foot": "plf|PLF|lb/ft|lbs/ft|lbf/ft|#/ft|lb per ft",
        "kN/m": "kN/m|KN/m|kN per m|kN_per_m|kN/M|kn/m|KN/M",
        "newton/mm": "N/mm",
        "newton/m": "N/m",
    },
    Dimension.AREA: {
        "inch**2": "in2|in^2|in²|sq in|sq. in.|in**2",
        "mm**2": "mm2|mm^2|mm²|mm**2",
        "cm**2": "cm2|cm^2|cm²",
        "foot**2": "ft2|ft^2|ft²|sq ft",
    },
    Dimension.INERTIA: {
        "inch**4": "in4|in^4|in⁴|in**4",
        "mm**4": "mm4|mm^4|mm⁴|mm**4",
        "cm**4": "cm4|cm^4|cm⁴",
    },
    Dimension.STIFFNESS: {
        "kip/inch": "kip/in|kip/in.|kips/in|k/in|kip/inch",
        "kN/mm": "kN/mm",
        "kN/m": "kN/m",
        "newton/mm": "N/mm",
    },
    Dimension.ANGLE: {
        "degree": "deg|deg.|°|degree|degrees|DEG|Deg|º",
        "radian": "rad|radian|radians",
    },
}
"""Pint expression and the spellings it covers. A spelling counts only where its dimension is expected: ``k`` is kip."""

READ_DIMENSIONS = (
    Dimension.LENGTH,
    Dimension.FORCE,
    Dimension.STRESS,
    Dimension.MOMENT,
    Dimension.LINE_LOAD,
    Dimension.ANGLE,
)
"""Dimensions of the quantities read from free text, the more common before the less."""

_CANONICAL = {
    "ksi": "kip/inch**2",
    "kip/ft": "kip/foot",
    "kip*ft": "kip*foot",
    "ft": "foot",
    "in": "inch",
    "deg": "degree",
    "in^2": "inch**2",
    "in^4": "inch**4",
    "kip/in": "kip/inch",
}
_SIMPLE = re.compile(r"[A-Za-z]{1,20}(?:[/*·][A-Za-z]{1,20}(?:\^?[23])?){0,2}")
_WORD_GAPS = re.compile(r"[\s_,]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_BRACKETS = re.compile(r"[(\[]\s*([^()\[\]]{1,20})\s*[)\]]\s*$")
_CACHE_SIZE = 4_096
_SYMBOL_LETTERS = 2


@cache
def _registry() -> Any:
    import pint

    return pint.UnitRegistry(cache_folder=None)


@cache
def _expressions(dimension: Dimension) -> dict[str, str]:
    table = _SPELLINGS.get(dimension, {})
    return {spelling: expression for expression, spellings in table.items() for spelling in spellings.split("|")}


def unit_spellings(dimension: Dimension) -> tuple[str, ...]:
    """Return every spelling of the units of a dimension."""
    return tuple(_expressions(dimension))


@lru_cache(maxsize=_CACHE_SIZE)
def unit_factor(text: str, dimension: Dimension, canonical: str) -> float | None:
    """Return the factor from a unit as written to the canonical unit; None for what is no unit of that dimension.

    The project's spellings are tried first, then pint's own names for simple expressions.
    """
    spelled = " ".join(text.split())
    expression = _expressions(dimension).get(spelled)
    if expression is None:
        if dimension not in _SPELLINGS or not _SIMPLE.fullmatch(spelled):
            return None
        expression = spelled.replace("·", "*").replace("^", "**")
    import pint

    try:
        quantity = _registry().Quantity(1.0, expression)
        return float(quantity.to(_CANONICAL.get(canonical, canonical)).magnitude)
    except (pint.PintError, AttributeError, TypeError, ValueError, SyntaxError):
        return None


@lru_cache(maxsize=_CACHE_SIZE)
def key_unit(key: str, dimension: Dimension) -> str:
    """Return the unit that a key names, as written: ``"span_ft"``, ``"Fy (MPa)"``, ``"loadKlf"``; empty for none."""
    known = _expressions(dimension)
    bracketed = _BRACKETS.search(key)
    if bracketed and bracketed.group(1).strip() in known:
        return bracketed.group(1).strip()
    return _suffix_unit(key, known, 1) or _suffix_unit(_CAMEL.sub(" ", key), known, 2)


@lru_cache(maxsize=_CACHE_SIZE)
def unit_at_end(key: str) -> tuple[Dimension, str] | None:
    """Return dimension and spelling of the unit that a key names last, whatever it measures; None for none.

    The k of "axis k" and the m of "C_m" are no units: a single letter counts in brackets, and m after a longer name.
    """
    found = [(dimension, key_unit(key, dimension)) for dimension in READ_DIMENSIONS]
    dimension, unit = max(found, key=lambda item: len(item[1]))
    longer = len(unit) > 1 or (unit == "m" and sum(map(str.isalpha, key)) > _SYMBOL_LETTERS)
    return (dimension, unit) if unit and (longer or _BRACKETS.search(key)) else None


def _suffix_unit(key: str, known: dict[str, str], shortest: int) -> str:
    """Return the longest run of last words that spells a unit of at least ``shortest`` letters, or an empty text."""
    return next((run for run in _last_runs(key) if run in known and len(run) >= shortest), "")


@lru_cache(maxsize=_CACHE_SIZE)
def _last_runs(key: str) -> tuple[str, ...]:
    """Return what the last words of a key may spell: the longer runs first, joined in each way, as written and lower.

    Worked out once for all the dimensions that a key is asked about.
    """
    parts = [part for part in _WORD_GAPS.split(key) if part]
    runs: dict[str, None] = {}
    for count in range(min(4, len(parts) - 1), 0, -1):
        for joint in (" ", "_", "-"):
            run = joint.join(parts[-count:])
            runs |= {run: None, run.lower(): None}
    return tuple(runs)


def canonical_unit(parameter: Parameter) -> str:
    """Return the canonical unit of a parameter as shown to people; empty for words and ``"1"`` numbers."""
    return "" if parameter.unit == "1" else parameter.unit
