"""A design stated by canonical names: read strictly, every key and value accounted for or refused by name.

Where `decoding` reads what people write freely and says what it did not understand, this takes the names of
`structural.code_checks.parameters` only: a program or a file gets either a check of exactly what it said or an error.
"""

import difflib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from structural.code_checks.derived import make_case
from structural.code_checks.jurisdictions import (
    DEFAULT_DESIGN_CODE,
    DEFAULT_JURISDICTION,
    jurisdiction,
    require_design_code,
)
from structural.code_checks.parameters import BY_NAME, Dimension, Parameter, parameter_table
from structural.code_checks.registry import evaluate
from structural.code_checks.results import DesignResult, design_result
from structural.code_checks.uses import BUILT_UP_PLATES
from structural.errors import StructuralError
from structural.problems.compliance_checker.units import canonical_unit
from structural.problems.compliance_checker.values import parse_value
from structural.section_table import unknown_shape
from structural.sections import all_names, database_name

_ENVELOPE = ("design_code", "jurisdiction", "parameters")
_LONGEST_TEXT = 200
_BEYOND_ANY = 1e300
_GRADE = re.compile(
    r"(?:ASTM\s+)?[AFS]\s?-?\d{2,4}[A-Z]{0,2}(?:[\s-]*\(?(?:GR(?:ADE)?\.?)?\s*[A-Z0-9]{1,5}\)?)?", re.IGNORECASE
)
_WHOLE = {
    "live_deflection_limit": re.compile(r"(?:[A-Za-z]{1,4}\s*/\s*)?\d{2,4}(?:\.0*)?"),
    "total_deflection_limit": re.compile(r"(?:[A-Za-z]{1,4}\s*/\s*)?\d{2,4}(?:\.0*)?"),
    "electrode_ksi": re.compile(r"[Ee]\s?-?\d{2,3}(?:\d{2}|[Xx]{2})?|\d{2,3}(?:\.0*)?(?:\s?ksi)?"),
}
"""Forms of values of which free text is read more kindly."""


@dataclass(frozen=True, slots=True)
class StatedDesign:
    """A design with its canonical parameters, design code and jurisdiction."""

    parameters: dict[str, float | str]
    design_code: str = DEFAULT_DESIGN_CODE
    jurisdiction: str = DEFAULT_JURISDICTION


def read_design(document: Any) -> StatedDesign:
    """Return the design that a mapping states.

    Parameters
    ----------
    document : mapping
        Canonical names to values, at the top level or under ``parameters``, with ``design_code`` and ``jurisdiction``
        beside them. A number is in the unit of its name (``length_ft: 30``); a text may carry another one
        (``length_ft: "9.1 m"``), and then the name may leave out its unit (``length: "30 ft"``).

    Returns
    -------
    StatedDesign

    Raises
    ------
    StructuralError
        Naming the key (``field``), what is wrong with it and how to mend it.
    """
    if not isinstance(document, Mapping):
        raise StructuralError("a design is a mapping of parameter names to values", field="design")
    inner = document.get("parameters", {})
    if not isinstance(inner, Mapping):
        raise StructuralError("parameters must be a mapping of names to values", field="parameters")
    outer = [(key, value) for key, value in document.items() if key not in _ENVELOPE]
    parameters: dict[str, float | str] = {}
    for key, value in [*outer, *inner.items()]:
        item = named_parameter(key)
        if item.name in parameters:
            raise StructuralError(f"{item.name} is given twice; keep one", field=item.name)
        parameters[item.name] = _value(item, str(key), value)
    plates = [name for name in BUILT_UP_PLATES if name in parameters]
    if plates and "shape" in parameters:
        raise StructuralError(
            f"shape and {plates[0]} are both given; a welded I shape is given by its plates alone", field=plates[0]
        )
    if not parameters:
        raise StructuralError("the design states no parameter; give for example shape and length_ft", field="design")
    code, place = str(document.get("design_code", DEFAULT_DESIGN_CODE)), document.get("jurisdiction")
    return StatedDesign(parameters, require_design_code(code), jurisdiction(str(place or DEFAULT_JURISDICTION)).key)


def check_design(design: StatedDesign) -> DesignResult:
    """Return every check on a stated design."""
    return check_designs([design])[0]


def check_designs(designs: Sequence[StatedDesign]) -> list[DesignResult]:
    """Return every check on each of the designs, in one evaluation of all."""
    codes = np.array([design.design_code for design in designs])
    places = np.array([design.jurisdiction for design in designs])
    case = make_case(parameter_table([design.parameters for design in designs]), codes, places)
    evaluation = evaluate(case)
    return [design_result(case, evaluation, row) for row in range(len(designs))]


def named_parameter(key: Any) -> Parameter:
    """Return the parameter of a canonical name, with or without its unit; `StructuralError` names the nearest ones."""
    name = str(key).strip().lower()
    found = BY_NAME.get(name) or _without_units().get(name)
    if found is None:
        near = difflib.get_close_matches(name, [*BY_NAME, *_without_units()], n=3)
        hint = f"; near: {', '.join(near)}" if near else "; `sdai check --parameters` lists the names"
        raise StructuralError(f"unknown parameter {str(key)[:60]!r}{hint}", field=str(key)[:60] or "design")
    return found


@cache
def _without_units() -> dict[str, Parameter]:
    """Return parameters by their name without its unit, where that is no other's name."""
    found: dict[str, list[Parameter]] = {}
    for item in BY_NAME.values():
        if not item.is_text and item.unit not in ("", "1"):
            found.setdefault(_bare(item), []).append(item)
    return {bare: items[0] for bare, items in found.items() if len(items) == 1 and bare not in BY_NAME}


def _bare(item: Parameter) -> str:
    for ending in ("_kip_ft", "_kip_in", "_in2", "_in4", "_kip", "_ksi", "_klf", "_deg", "_ft", "_in"):
        if item.name.endswith(ending):
            return item.name.removesuffix(ending)
    return item.name


def _value(item: Parameter, key: str, value: Any) -> float | str:
    if item.is_text:
        return _text_value(item, value)
    number = _number(item, key, value)
    if not item.minimum <= number <= item.maximum:
        unit = canonical_unit(item)
        raise StructuralError(
            f"{item.name} must be between {item.minimum:g} and {item.maximum:g}{f' {unit}' if unit else ''}, "
            f"got {number:g}",
            field=item.name,
        )
    if item.dimension is Dimension.COUNT and number != round(number):
        raise StructuralError(f"{item.name} must be a whole number, got {number:g}", field=item.name)
    return number


def _shown(value: Any) -> str:
    """Return a scalar as written and the kind of anything else, whose text may be endless."""
    return repr(value)[:60] if isinstance(value, bool | int | float | str) else f"a {type(value).__name__}"


def _number(item: Parameter, key: str, value: Any) -> float:
    unit = canonical_unit(item)
    kind = item.dimension.value.replace("_", " ")
    example = f"a number in {unit} or a text such as '1 {unit}'" if unit else "a plain number"
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise StructuralError(f"{item.name} must be {example}, got {_shown(value)}", field=item.name)
    if isinstance(value, int | float):
        if key.strip().lower() != item.name:
            raise StructuralError(
                f"{key}: give a unit, as {item.name}: {value} or {key}: '{value} {unit}'", field=item.name
            )
        if abs(value) > _BEYOND_ANY or not math.isfinite(value):
            raise StructuralError(f"{item.name} must be finite, got {str(value)[:30]}", field=item.name)
        return float(value)
    text = value.strip()
    whole = _WHOLE.get(item.name)
    strict = len(text) <= _LONGEST_TEXT and (whole is None or whole.fullmatch(text))
    parsed = parse_value(item.name, text, key.strip()) if strict else None
    if parsed is None or (parsed.assumed and unit and key.strip().lower() != item.name):
        raise StructuralError(
            f"{item.name}: {text[:60]!r} is no {kind} between {item.minimum:g} and {item.maximum:g}"
            f"{f' {unit}' if unit else ''}; write {example}",
            field=item.name,
        )
    return float(parsed.value)


def _text_value(item: Parameter, value: Any) -> str:
    if isinstance(value, bool) and set(item.words) == {"yes", "no"}:
        return "yes" if value else "no"
    text = str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
    if not text or len(text) > _LONGEST_TEXT:
        raise StructuralError(f"{item.name} must be a text, got {_shown(value)}", field=item.name)
    if item.dimension is Dimension.SHAPE:
        name = database_name(text)
        if name is None:
            raise unknown_shape(text, all_names())
        return name
    strict = item.dimension is not Dimension.GRADE or _GRADE.fullmatch(text)
    parsed = parse_value(item.name, text, item.name) if strict else None
    if parsed is None:
        known = f"; known: {', '.join(item.words)}" if item.words else "; write an ASTM designation such as A992"
        raise StructuralError(f"{item.name}: unknown {text[:60]!r}{known}", field=item.name)
    return str(parsed.value)
