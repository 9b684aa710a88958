"""The calculation sheet: what was given, then check by check clause, formula, numbers and result, as plain text."""

from collections.abc import Iterable, Mapping

from structural.code_checks.contract import Status
from structural.code_checks.parameters import BY_NAME
from structural.code_checks.results import CheckResult, DesignResult

_WIDTH = 96
_UNITS = (
    ("_kip_ft", "kip-ft"),
    ("_kip_in", "kip/in."),
    ("_in4", "in.⁴"),
    ("_in3", "in.³"),
    ("_in2", "in.²"),
    ("_kip", "kip"),
    ("_ksi", "ksi"),
    ("_klf", "kip/ft"),
    ("_ft", "ft"),
    ("_in", "in."),
    ("_deg", "deg"),
)
_SHOWN_UNITS = {"kip*in": ("kip-ft", 1.0 / 12.0), "in": ("in.", 1.0), "1": ("", 1.0)}
_SCOPE = (
    "Not checked here: copes, beam-end bearing, weld eccentricity, vibration, fatigue, ponding; "
    "self-weight is not added."
)
_MARKS = {"pass": "ok", "fail": "FAIL", "advisory": "note", "missing_input": "MISSING"}


def calculation_sheet(given: Mapping[str, float | str], result: DesignResult, *, all_checks: bool = False) -> str:
    """Return the sheet of one design.

    ``given`` are the canonical parameters of the design. Checks that do not concern it are counted; with ``all_checks``
    each is listed with its reason.
    """
    lines = [*_heading(result), "", "Given", *_given_lines(given), ""]
    if result.assumptions:
        lines += ["Assumed where nothing is given", *(f"  {line}" for line in _wrapped(result.assumptions)), ""]
    shown = [check for check in result.checks if check.status != Status.NOT_APPLICABLE.label]
    for check in shown:
        lines += [*_check_lines(check, result.method), ""]
    silent = [check for check in result.checks if check.status == Status.NOT_APPLICABLE.label]
    if all_checks:
        lines += ["Not applicable", *(f"  {check.check_id}  {check.title}: {check.reason}" for check in silent), ""]
    return "\n".join([*lines, *_summary(result, len(silent))])


def _heading(result: DesignResult) -> list[str]:
    place = result.jurisdiction
    edition = place.steel_edition or "adopted city by city"
    note = "" if place.confirmed else " (adoption not confirmed against a primary text)"
    lines = [
        f"CODE CHECK  {result.design_code}, {result.method}",
        f"Jurisdiction {place.key}: {place.building_code}, steel edition {edition}{note}",
        f"    {place.note}",
    ]
    if result.edition_differences:
        lines += ["The checks are those of AISC 360-22; between the editions differ:"]
        lines += [f"  - {difference}" for difference in result.edition_differences]
    return lines


def _given_lines(given: Mapping[str, float | str]) -> Iterable[str]:
    for name, value in given.items():
        unit = BY_NAME[name].unit if name in BY_NAME else ""
        shown = f"{value:g}" if isinstance(value, float | int) else str(value)
        yield f"  {name:<28} {shown}{'' if unit in ('', '1') else f' {unit}'}"


def _check_lines(check: CheckResult, method: str) -> list[str]:
    mark = _MARKS[check.status]
    head = f"{check.check_id}  {check.title}"
    clause = f"[{check.clause}]"
    lines = [f"{head}  {clause}".ljust(_WIDTH - len(mark) - 1) + f" {mark}"]
    if check.status == Status.MISSING_INPUT.label:
        return [*lines, f"    {check.reason}"]
    if check.formula:
        lines.append(f"    {check.formula}")
    if check.details:
        lines += [f"    {line}" for line in _wrapped(_value(name, value) for name, value in check.details.items())]
    comparison = _comparison(check, method)
    if comparison:
        lines.append(f"    {comparison}")
    if check.reason:
        lines.append(f"    {check.reason}")
    if not check.confirmed:
        lines.append("    (verify: not confirmed against a primary text)")
    return lines


def _comparison(check: CheckResult, method: str) -> str:
    if check.demand is None or check.capacity is None:
        return ""
    unit, scale = _SHOWN_UNITS.get(check.unit, (check.unit, 1.0))
    above = check.demand > check.capacity * (1.0 + 1e-6)
    # A check that passes above its limit does so within its tolerance for rounded figures.
    sign = "≤" if not above else "≈" if check.status == "pass" else ">"
    suffix = f" {unit}" if unit else ""
    text = f"{_number(check.demand * scale)}{suffix} {sign} {_number(check.capacity * scale)}{suffix}"
    if check.factors and "/" in check.factors and len(check.factors) == len("0.90 / 1.67"):
        phi, omega = check.factors.split(" / ")
        text += f"   (φ = {phi})" if method == "LRFD" else f"   (Ω = {omega})"
    return text + (f"   ratio {check.ratio:.3f}" if check.ratio is not None else "   no capacity")


def _value(name: str, value: float) -> str:
    for ending, unit in _UNITS:
        if name.endswith(ending):
            return f"{name[: -len(ending)]} = {_number(value)} {unit}"
    return f"{name} = {_number(value)}"


def _number(value: float) -> str:
    return f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"


def _wrapped(items: Iterable[str]) -> list[str]:
    lines, line = [], ""
    for item in items:
        if line and len(line) + len(item) + 3 > _WIDTH - 4:
            lines.append(line)
            line = item
        else:
            line = f"{line}   {item}" if line else item
    return [*lines, line] if line else lines


def _summary(result: DesignResult, silent: int) -> list[str]:
    failed, missing = result.with_status(Status.FAIL), result.with_status(Status.MISSING_INPUT)
    verdict = "COMPLIANT" if result.compliant else "NOT COMPLIANT" if failed else "INCOMPLETE"
    lines = [
        "=" * _WIDTH,
        f"{verdict}: {result.checks_passed} of {result.checks_total} core and {result.extended_checks_passed} of "
        f"{result.extended_checks_total} extended checks",
        f"without failure or missing input. {len(result.checks) - silent} checks apply, {silent} do not.",
    ]
    lines += [_SCOPE] if not failed else []
    if failed:
        lines.append("Fails: " + ", ".join(f"{check.check_id} ({check.title})" for check in failed))
    if missing:
        lines.append("Lacks an input: " + ", ".join(check.check_id for check in missing))
    if result.governing is not None and result.governing.ratio is not None:
        governing = result.governing
        lines.append(f"Governing: {governing.check_id} {governing.title} [{governing.clause}], {governing.ratio:.3f}")
    return lines
