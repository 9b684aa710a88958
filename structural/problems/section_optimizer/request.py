"""What a section question is: its columns, the defaults of what was left out, and the member it describes.

`resolve` turns a question table into a `Members` record: every default filled in, every length in inches, every load
in kips. The truth, the model's ratios and the served proof all start from that record, so a default has one meaning.

Reading of a question (all loads are service loads; the member's own weight is added by the checks):

* beam, girder: uniform load psf x tributary width over the span, simply supported unless told otherwise.
* column: axial load psf x (tributary width)^2, one floor of a square bay.
* brace: axial load psf x tributary width x length, the strip that it props.
* beam_column: uniform load psf x tributary width across the member, and the axial load of `axial_load_kips`; where
  that is left out, the axial load of a column of the same width.
* `axial_load_kips` (compression) comes on top of the axial load of the tributary area, except for a beam_column,
  whose axial load it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from structural.elementwise import maximum, squared, where, within
from structural.materials import STEEL_GRADES
from structural.problem import Column, Kind, Role
from structural.records import field_names, rows_of
from structural.tables import UNSPECIFIED

MEMBER_TYPES = ("beam", "girder", "column", "brace", "beam_column")
END_CONDITIONS = ("pinned-pinned", "fixed-pinned", "fixed-fixed", "fixed-free")
GRADES = ("A992", "A36", "A572-50", "A572-60", "A588", "A913-50", "A913-65", "A913-70")
METHODS = ("LRFD", "ASD")
DESIGN_CODES = ("AISC 360-22",)
LIMIT_STATES = (
    "flexural_yielding",
    "lateral_torsional_buckling",
    "flange_local_buckling",
    "shear",
    "compression",
    "slenderness",
    "combined_axial_flexure",
    "live_load_deflection",
    "total_load_deflection",
)
MAX_SLENDERNESS = 200.0
"""Lc/r that E2 recommends not to exceed in compression."""
RATIO_CAP = 1000.0
"""A member past elastic buckling has no finite ratio; it is reported as this."""
NO_SECTION = "none"
"""The answer when no W shape works."""

DEFAULT_TRIBUTARY_WIDTH_FT = {"beam": 10.0, "girder": 30.0, "column": 30.0, "brace": 15.0, "beam_column": 15.0}
DEFAULT_END_CONDITION = "pinned-pinned"
DEFAULT_LIVE_LOAD_SHARE = 0.5
DEFAULT_LIVE_DEFLECTION_LIMIT = 360.0
DEFAULT_TOTAL_DEFLECTION_LIMIT = 240.0
DEFAULT_GRADE = "A992"
DEFAULT_METHOD = "LRFD"
GIRDER_BRACES = 3
"""A girder is braced by the beams that frame into it: third points unless told otherwise."""

EFFECTIVE_LENGTH_FACTOR = {"pinned-pinned": 1.0, "fixed-pinned": 0.80, "fixed-fixed": 0.65, "fixed-free": 2.10}
"""Recommended design values of AISC 360-22 Commentary Table C-A-7.1 (braced frame; cantilever for fixed-free)."""

_GRADE_FY_KSI = {name: STEEL_GRADES[name].fy_ksi for name in GRADES}
_MOMENT = {"pinned-pinned": 1 / 8, "fixed-pinned": 1 / 8, "fixed-fixed": 1 / 12, "fixed-free": 1 / 2}
_SHEAR = {"pinned-pinned": 1 / 2, "fixed-pinned": 5 / 8, "fixed-fixed": 1 / 2, "fixed-free": 1.0}
_DEFLECTION = {"pinned-pinned": 5 / 384, "fixed-pinned": 1 / 185, "fixed-fixed": 1 / 384, "fixed-free": 1 / 8}
_INFLECTION_SHARE = 0.25
"""With restrained ends the deck does not hold the compressed bottom flange near the supports: a quarter of the span
(the inflection point of a propped beam) is unbraced unless told otherwise."""
_CANTILEVER_DEFLECTION_SPANS = 2.0
"""IBC Table 1604.3: the length of a cantilever counts twice in a deflection limit."""


def _number(name: str, unit: str, text: str, bounds: tuple[float, float], *, optional: bool = True) -> Column:
    return Column(name, Kind.FLOAT, Role.QUESTION, unit, text, bounds[0], bounds[1], optional=optional)


def _category(name: str, text: str, values: tuple[str, ...], *, optional: bool = True) -> Column:
    categories = (*values, UNSPECIFIED) if optional else values
    return Column(name, Kind.CATEGORY, Role.QUESTION, "", text, categories=categories, optional=optional)


def _label(name: str, unit: str, text: str, bounds: tuple[float, float]) -> Column:
    return Column(name, Kind.FLOAT, Role.LABEL, unit, text, *bounds)


COLUMNS = (
    _category("member_type", "kind of member", MEMBER_TYPES, optional=False),
    _number("span_feet", "ft", "span or length of the member", (3.0, 120.0), optional=False),
    _number("tributary_load_psf", "psf", "service load on the tributary area", (5.0, 1000.0), optional=False),
    _category("design_code", "design code", DESIGN_CODES, optional=False),
    _number("tributary_width_ft", "ft", "tributary width", (1.0, 100.0)),
    _number("unbraced_length_ft", "ft", "unbraced length of the compression flange and weak axis", (0.0, 120.0)),
    _category("end_condition", "restraint of the two ends", END_CONDITIONS),
    _number("axial_load_kips", "kip", "service axial compression from elsewhere", (0.0, 10_000.0)),
    _number("live_load_share", "1", "share of the service load that is live", (0.0, 1.0)),
    _number("live_deflection_limit", "1", "denominator n of the live-load limit span/n", (100.0, 1200.0)),
    _number("total_deflection_limit", "1", "denominator n of the total-load limit span/n", (90.0, 1200.0)),
    _category("steel_grade", "ASTM grade of the shape", GRADES),
    _number("depth_limit_in", "in", "largest depth allowed", (6.0, 60.0)),
    _number("camber_in", "in", "camber, taken off the dead-load deflection", (0.0, 6.0)),
    _category("design_method", "LRFD or ASD", METHODS),
    Column("section", Kind.TEXT, Role.LABEL, "", "lightest adequate W shape, or 'none'"),
    _label("utilization_ratio", "1", "largest demand/capacity of that shape (least overstressed if none)", (0.0, 1e3)),
    Column(
        "governing_limit_state", Kind.CATEGORY, Role.LABEL, "", "limit state of that ratio", categories=LIMIT_STATES
    ),
    _label("weight_lb_ft", "lb/ft", "weight of that shape", (5.0, 1000.0)),
    _label("depth_in", "in", "depth of that shape", (3.0, 60.0)),
)


@dataclass(frozen=True, slots=True)
class Members:
    """Resolved questions, arrays of shape (n,), after `column()` (n, 1), or numbers for one. Kips, inches, ksi.

    ``w_*`` are transverse loads a length, ``p_*`` axial loads without self-weight. ``transverse_weight`` and
    ``axial_weight_in`` say how self-weight w (kip/in) acts: as transverse load w x transverse_weight and as axial
    load w x axial_weight_in. Moment = ``moment_factor`` w L^2 and so on. ``lb_in`` unbraced flange length,
    ``lcx_in``/``lcy_in`` effective lengths, ``le1_in`` the length of Pe1 in B1.
    """

    span_in: NDArray[np.float64]
    w_dead: NDArray[np.float64]
    w_live: NDArray[np.float64]
    p_dead: NDArray[np.float64]
    p_live: NDArray[np.float64]
    transverse_weight: NDArray[np.float64]
    axial_weight_in: NDArray[np.float64]
    moment_factor: NDArray[np.float64]
    shear_factor: NDArray[np.float64]
    deflection_factor: NDArray[np.float64]
    lb_in: NDArray[np.float64]
    lcx_in: NDArray[np.float64]
    lcy_in: NDArray[np.float64]
    le1_in: NDArray[np.float64]
    cb: NDArray[np.float64]
    fy_ksi: NDArray[np.float64]
    live_limit_in: NDArray[np.float64]
    total_limit_in: NDArray[np.float64]
    camber_in: NDArray[np.float64]
    depth_limit_in: NDArray[np.float64]
    asd: NDArray[np.bool_]
    compressed: NDArray[np.bool_]

    def column(self) -> "Members":
        """Return the same members as (n, 1) arrays, to broadcast against a row of shapes."""
        return rows_of(self, np.s_[:, None])

    def take(self, rows: NDArray[np.intp] | int) -> "Members":
        """Return the members of these rows, shape of ``rows``."""
        return rows_of(self, rows)

    def as_row(self) -> "Members":
        """Return one member as arrays (1,)."""
        return Members(*(np.reshape(getattr(self, name), 1) for name in field_names(Members)))

    def __len__(self) -> int:
        return len(self.span_in)


def _numbers(values: Any) -> NDArray[np.float64]:
    numbers: NDArray[np.float64] = values
    return numbers if isinstance(values, np.float64) else np.asarray(values, dtype=float)


def _words(values: Any) -> Any:
    return values if isinstance(values, str) else np.asarray(values, dtype=np.str_)


def _filled(values: Any, default: NDArray | float) -> NDArray[np.float64]:
    numbers = _numbers(values)
    return where(np.isnan(numbers), default, numbers)


def _among(values: Any, *words: str) -> NDArray[np.bool_]:
    """Return where a word is one of these, shape (n,), or of one word whether it is."""
    if isinstance(values, str):
        return np.bool_(values in words)  # type: ignore[return-value]
    return np.isin(values, words)


def _lookup(values: Any, table: Mapping[str, float], default: str | None = None) -> NDArray[np.float64]:
    """Return what the table has for each word; for others what it has for the default, or NaN."""
    otherwise = table[default] if default else np.nan
    if isinstance(values, str):
        return np.float64(table.get(values, otherwise))  # type: ignore[return-value]
    out = np.full(len(values), otherwise)
    for name, value in table.items():
        out[values == name] = value
    return out


def default_unbraced_length_ft(member_type: NDArray, ends: NDArray, span_ft: NDArray) -> NDArray[np.float64]:
    """Return the unbraced length (ft) taken where a question gives none, shape (n,).

    Beam: 0 (deck), a quarter of the span with restrained ends, the whole length of a cantilever. Girder: the same,
    but at least a third of the span. Every other member: its whole length.
    """
    restrained = _among(ends, "fixed-pinned", "fixed-fixed")
    deck = where(restrained, _INFLECTION_SHARE * span_ft, 0.0)
    girder = maximum(deck, span_ft / GIRDER_BRACES)
    whole = _among(ends, "fixed-free") | ~_among(member_type, "beam", "girder")
    return where(whole, span_ft, where(_among(member_type, "girder"), girder, deck))


def resolve(questions: Mapping[str, NDArray]) -> Members:
    """Return the members that a table of questions describes, all defaults filled in, arrays of shape (n,)."""
    return _resolve(questions)


def resolve_one(question: Mapping[str, Any]) -> Members:
    """Return the member that one question describes: what `resolve` gives, on numbers (see `elementwise`).

    ``question`` holds a plain value for each QUESTION column: NaN and `UNSPECIFIED` for what is left out.
    """
    return _resolve({name: value if isinstance(value, str) else np.float64(value) for name, value in question.items()})


def _resolve(questions: Mapping[str, Any]) -> Members:
    kind = _words(questions["member_type"])
    ends = _words(questions["end_condition"])
    ends = where(_among(ends, UNSPECIFIED), DEFAULT_END_CONDITION, ends)
    cantilever = _among(ends, "fixed-free")
    span_ft = _numbers(questions["span_feet"])
    lb_ft = _filled(questions["unbraced_length_ft"], default_unbraced_length_ft(kind, ends, span_ft))
    live = _filled(questions["live_load_share"], DEFAULT_LIVE_LOAD_SHARE)
    bends = _among(kind, "beam", "girder", "beam_column")
    w_kip_in, p_kip = _service_loads(questions, kind, bends)
    span_in = span_ft * 12.0
    k = _lookup(ends, EFFECTIVE_LENGTH_FACTOR)
    # An intermediate brace is a pin for the weak axis; a cantilever keeps its sway factor.
    ky = where((lb_ft >= span_ft) | cantilever, k, 1.0)
    reach_in = span_in * where(cantilever, _CANTILEVER_DEFLECTION_SPANS, 1.0)
    return Members(
        span_in=span_in,
        w_dead=w_kip_in * (1.0 - live),
        w_live=w_kip_in * live,
        p_dead=p_kip * (1.0 - live),
        p_live=p_kip * live,
        transverse_weight=bends.astype(float),
        axial_weight_in=where(bends, 0.0, span_in),
        moment_factor=_lookup(ends, _MOMENT),
        shear_factor=_lookup(ends, _SHEAR),
        deflection_factor=_lookup(ends, _DEFLECTION),
        lb_in=lb_ft * 12.0,
        lcx_in=k * span_in,
        lcy_in=ky * lb_ft * 12.0,
        le1_in=maximum(k, 1.0) * span_in,
        cb=_moment_gradient_factor(ends, lb_ft / span_ft),
        fy_ksi=_lookup(_words(questions["steel_grade"]), _GRADE_FY_KSI, DEFAULT_GRADE),
        live_limit_in=reach_in / _filled(questions["live_deflection_limit"], DEFAULT_LIVE_DEFLECTION_LIMIT),
        total_limit_in=reach_in / _filled(questions["total_deflection_limit"], DEFAULT_TOTAL_DEFLECTION_LIMIT),
        camber_in=_filled(questions["camber_in"], 0.0),
        depth_limit_in=_filled(questions["depth_limit_in"], np.inf),
        asd=_among(_words(questions["design_method"]), "ASD"),
        compressed=(p_kip > 0.0) | ~bends,
    )


def _service_loads(questions: Mapping[str, Any], kind: Any, bends: NDArray) -> tuple[NDArray, NDArray]:
    """Return the transverse load (kip/in) and the axial load (kip), live and dead together, shapes (n,)."""
    width_ft = _filled(questions["tributary_width_ft"], _lookup(kind, DEFAULT_TRIBUTARY_WIDTH_FT))
    ksf = _numbers(questions["tributary_load_psf"]) / 1000.0
    bay_kip = ksf * squared(width_ft)
    strip_kip = ksf * width_ft * _numbers(questions["span_feet"])
    axial = _numbers(questions["axial_load_kips"])
    left_out = np.isnan(axial)
    given = where(left_out, 0.0, axial)
    own = where(_among(kind, "beam_column") & left_out, bay_kip, given)
    p_kip = where(_among(kind, "column"), bay_kip + given, where(_among(kind, "brace"), strip_kip + given, own))
    return where(bends, ksf * width_ft / 12.0, 0.0), p_kip


def _moment_gradient_factor(ends: Any, unbraced_share: NDArray) -> NDArray[np.float64]:
    """Return Cb (Eq. F1-1) of the segment centred on the largest moment of a simple span under uniform load.

    With quarter-point moments 1 - s^2/4 and s the unbraced share of the span, Eq. F1-1 reduces to
    12.5 / (12.5 - 1.5 s^2): 1.0 for close bracing, 1.14 for none. Restrained and cantilever ends take 1.0.
    """
    share = within(unbraced_share, 0.0, 1.0)
    return where(_among(ends, "pinned-pinned"), 12.5 / (12.5 - 1.5 * squared(share)), 1.0)
