"""How numbers are written: units, decimals, fractions, feet and inches; and what the written number then is.

Truth follows the text: a value is first written at its display precision, then read back from that text.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from structural.code_checks.parameters import BY_NAME, Dimension

Draw = Callable[[], float]
"""Returns the next uniform number in 0..1."""

IN_PER_MM = 1.0 / 25.4
FT_PER_M = 1.0 / 0.3048
KIP_PER_KN = 1.0 / 4.4482216152605
KSI_PER_MPA = 1.0 / 6.894757293168361
KIP_FT_PER_KN_M = KIP_PER_KN * FT_PER_M
KLF_PER_KN_M = KIP_PER_KN * 0.3048


@dataclass(frozen=True, slots=True)
class Style:
    """One way to write a number. ``factor`` turns a written number into the canonical unit.

    ``form`` is ``decimal``, ``fraction`` (inches and sixteenths) or ``feet_inches``; ``key_unit`` is how the unit
    stands in a key, empty when it never does.
    """

    units: tuple[str, ...]
    factor: float
    decimals: int
    form: str = "decimal"
    key_unit: str = ""


_FT = (
    Style((" ft", "ft", "'", " feet"), 1.0, 2, key_unit="ft"),
    Style((" ft", "ft"), 1.0, 1, key_unit="ft"),
    Style(("",), 1.0, 0, "feet_inches"),
    Style((" in", '"'), 1.0 / 12.0, 0, key_unit="in"),
)
_FT_METRIC = (
    Style((" m", "m"), FT_PER_M, 2, key_unit="m"),
    Style((" m",), FT_PER_M, 3, key_unit="m"),
    Style((" mm", "mm"), FT_PER_M / 1000.0, 0, key_unit="mm"),
)
_FT_HELD = (
    Style((" ft.", " foot"), 1.0, 2, key_unit="feet"),
    Style((" cm", " meters", " metres"), FT_PER_M / 100.0, 1, key_unit="cm"),
)
_IN = (
    Style((" in", '"', "in", " in."), 1.0, 0, "fraction", key_unit="in"),
    Style((" in", '"', " in."), 1.0, 0, "fraction"),
    Style((" in", '"', "in"), 1.0, 4, key_unit="in"),
    Style((" in",), 1.0, 3, key_unit="in"),
)
_IN_METRIC = (Style((" mm", "mm"), IN_PER_MM, 0, key_unit="mm"), Style((" mm", "mm"), IN_PER_MM, 1, key_unit="mm"))
_IN_HELD = (Style((" inch", " inches"), 1.0, 3, key_unit="inch"), Style((" inch",), 1.0, 0, "fraction"))

_STYLES: dict[tuple[Dimension, str], tuple[Style, ...]] = {
    (Dimension.STRESS, "us"): (Style((" ksi", "ksi"), 1.0, 1, key_unit="ksi"),),
    (Dimension.STRESS, "metric"): (Style((" MPa", "MPa", " N/mm2"), KSI_PER_MPA, 0, key_unit="MPa"),),
    (Dimension.STRESS, "held"): (Style((" kips/in2",), 1.0, 1, key_unit="kips_per_sq_in"), Style((" psi",), 1e-3, 0)),
    (Dimension.FORCE, "us"): (
        Style((" kips", " k", "k", " kip"), 1.0, 1, key_unit="kips"),
        Style((" kips", " kip", "kips"), 1.0, 0, key_unit="kip"),
    ),
    (Dimension.FORCE, "metric"): (Style((" kN", "kN"), KIP_PER_KN, 0, key_unit="kN"), Style((" kN",), KIP_PER_KN, 1)),
    (Dimension.FORCE, "held"): (Style((" lbf", " lbs"), 1e-3, 0), Style((" kilonewtons",), KIP_PER_KN, 1)),
    (Dimension.MOMENT, "us"): (
        Style((" kip-ft", " k-ft", " ft-kips", "k-ft"), 1.0, 1, key_unit="kip_ft"),
        Style((" kip-in", " k-in"), 1.0 / 12.0, 0, key_unit="kip_in"),
    ),
    (Dimension.MOMENT, "metric"): (Style((" kN-m", " kNm", " kN·m"), KIP_FT_PER_KN_M, 1, key_unit="kNm"),),
    (Dimension.MOMENT, "held"): (
        Style((" ft-k", " kip-feet", " ft·kip"), 1.0, 1),
        Style((" kN m",), KIP_FT_PER_KN_M, 1),
    ),
    (Dimension.LINE_LOAD, "us"): (
        Style((" klf", " kip/ft", "klf", " k/ft"), 1.0, 3, key_unit="klf"),
        Style((" plf",), 1e-3, 0, key_unit="plf"),
    ),
    (Dimension.LINE_LOAD, "metric"): (Style((" kN/m", "kN/m"), KLF_PER_KN_M, 2, key_unit="kN_per_m"),),
    (Dimension.LINE_LOAD, "held"): (
        Style((" kips/ft", " lb/ft"), 1.0, 3),
        Style((" kN per m", " N/mm"), KLF_PER_KN_M, 2),
    ),
    (Dimension.ANGLE, "us"): (Style((" deg", "°", " degrees"), 1.0, 0, key_unit="deg"),),
    (Dimension.ANGLE, "metric"): (Style((" deg", "°"), 1.0, 0, key_unit="deg"),),
    (Dimension.ANGLE, "held"): (Style((" degree",), 1.0, 0),),
}
_HELD_FACTORS = {" lb/ft": 1e-3, " N/mm": KLF_PER_KN_M, " meters": FT_PER_M, " metres": FT_PER_M}
"""Units of a held-out style whose factor is not the style's own."""
_PLAIN = Style(("",), 1.0, 3)
_COUNT = Style(("",), 1.0, 0)


@cache
def styles(parameter: str, system: str) -> tuple[Style, ...]:
    """Return the ways to write a numeric parameter in a unit system: ``us``, ``metric`` or ``held``."""
    item = BY_NAME[parameter]
    if item.dimension is Dimension.LENGTH:
        feet = item.unit == "ft"
        table = {"us": (_IN, _FT), "metric": (_IN_METRIC, _FT_METRIC), "held": (_IN_HELD, _FT_HELD)}
        return table[system][feet]
    if item.dimension is Dimension.COUNT or parameter.endswith("deflection_limit"):
        return (_COUNT,)
    return _STYLES.get((item.dimension, system), (_PLAIN,))


def choose(options: Sequence, draw: Draw):  # type: ignore[no-untyped-def]
    """Return one of the options, uniformly."""
    return options[int(draw() * len(options))]


def write_number(value: float, style: Style, unit: str, draw: Draw) -> tuple[str, float]:
    """Return the text of a canonical value, without its unit, and the canonical value which that text states."""
    if style.form == "fraction":
        return _fraction(value, draw)
    if style.form == "feet_inches":
        return _feet_inches(value, draw)
    factor = _HELD_FACTORS.get(unit, style.factor)
    written = value / factor
    decimals = style.decimals if factor == style.factor else 2
    text = f"{written:.{decimals}f}"
    if float(text) == 0.0 and value > 0.0:
        text = f"{written:.{decimals + 2}f}"
    number = float(text)
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    if number >= 1000.0 and draw() < 0.4:
        whole, _, rest = text.partition(".")
        text = f"{int(whole):,}" + (f".{rest}" if rest else "")
    return text, number * factor


def _fraction(value: float, draw: Draw) -> tuple[str, float]:
    sixteenths = max(round(value * 16.0), 1)
    whole, part = divmod(sixteenths, 16)
    if part == 0:
        return str(whole), float(whole)
    base = 16
    while part % 2 == 0:
        part, base = part // 2, base // 2
    fraction = f"{part}/{base}"
    if whole == 0:
        return fraction, sixteenths / 16.0
    return f"{whole}{'-' if draw() < 0.7 else ' '}{fraction}", sixteenths / 16.0


def _feet_inches(value: float, draw: Draw) -> tuple[str, float]:
    inches = max(round(value * 12.0), 1)
    feet, rest = divmod(inches, 12)
    kind = draw()
    if kind < 0.5:
        return f"{feet}'-{rest}\"", inches / 12.0
    return (f"{feet} ft {rest} in" if kind < 0.75 else f"{feet}ft-{rest}in"), inches / 12.0
