"""What a document says twice: a parameter repeated, or given another value somewhere else."""

from collections.abc import Mapping

from structural.code_checks.parameters import BY_NAME, NOMINAL_BOLTS_IN, Dimension
from structural.materials import STEEL_GRADES
from structural.problems.compliance_checker.number_styles import Draw, choose
from structural.problems.compliance_checker.wording import wording
from structural.problems.compliance_checker.wording_values import GRADE_WORDING, VALUE_WORDING

_REPEATED_SHARE = 0.04
_CONTRADICTED_SHARE = 0.03
_FACTORS = (0.5, 0.7, 0.8, 1.15, 1.25, 1.5)
_OTHERS: dict[str, tuple[float | str, ...]] = {
    "shape": ("W12X26", "W14X90", "W18X50", "W24X76", "W30X116"),
    "bolt_diameter_in": tuple(NOMINAL_BOLTS_IN.tolist()),
    "electrode_ksi": (60.0, 70.0, 80.0),
    "live_deflection_limit": (240.0, 360.0, 480.0),
    "total_deflection_limit": (180.0, 240.0, 360.0),
}


def stated_again(values: Mapping[str, float | str], draw: Draw) -> list[tuple[str, float | str]]:
    """Return what a document states once more: nothing most of the time, the same value or another one at times."""
    chance = draw()
    if chance >= _REPEATED_SHARE + _CONTRADICTED_SHARE:
        return []
    name = str(choose([name for name in values if name in wording()], draw))
    if chance < _REPEATED_SHARE:
        return [(name, values[name])]
    other = _other_value(name, values[name], draw)
    return [] if other is None else [(name, other)]


def _other_value(name: str, value: float | str, draw: Draw) -> float | str | None:
    item = BY_NAME[name]
    options = [option for option in _options(name) if option != value]
    if options:
        other: float | str = choose(options, draw)
        return other
    if item.is_text or isinstance(value, str):
        return None
    counted = item.dimension is Dimension.COUNT
    scaled = value + 1.0 + int(draw() * 3) if counted else value * choose(_FACTORS, draw)
    return scaled if item.minimum <= scaled <= item.maximum and scaled > 0.0 else None


def _options(name: str) -> tuple[float | str, ...]:
    if name in _OTHERS:
        return _OTHERS[name]
    if BY_NAME[name].dimension is Dimension.GRADE:
        return tuple(grade for grade in GRADE_WORDING if grade in STEEL_GRADES)
    return tuple(VALUE_WORDING.get(name, ()))
