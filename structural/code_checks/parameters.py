"""The canonical parameters: everything a document can say that a check reads, with its unit and bounds.

A table of canonical parameters has one array a parameter: numbers with NaN where a document is silent, text with the
empty string. Reading fills such a table, the checks decide from it.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from structural.code_checks.parameter import Dimension, Parameter, number, word
from structural.code_checks.parameters_extended import EXTENDED
from structural.elementwise import picked, where
from structural.tables import Table

__all__ = [
    "BY_NAME",
    "LOAD_NAMES",
    "NOMINAL_BOLTS_IN",
    "NUMBERS",
    "NUMBER_NAMES",
    "PARAMETERS",
    "READ_NAMES",
    "TEXTS",
    "Dimension",
    "Parameter",
]


_L, _F, _S = Dimension.LENGTH, Dimension.FORCE, Dimension.STRESS
_M, _W, _N, _C = Dimension.MOMENT, Dimension.LINE_LOAD, Dimension.NUMBER, Dimension.COUNT

_MEMBER = (
    Parameter("shape", Dimension.SHAPE, "", "member: a shape of the AISC Shapes Database v16.0, any family"),
    Parameter("steel_grade", Dimension.GRADE, "", "member material, ASTM designation"),
    number("fy_ksi", _S, "ksi", "stated yield stress; else the grade's", 10, 150),
    number("fu_ksi", _S, "ksi", "stated tensile strength; else the grade's", 20, 200),
    number("length_ft", _L, "ft", "span of a beam, length of a column or tension member", 0.5, 300),
    number("unbraced_length_ft", _L, "ft", "Lb between lateral braces; else bracing times length", 0, 300),
    word(
        "bracing",
        "lateral bracing of the span, read when Lb is not given",
        "continuous",
        "quarter_points",
        "third_points",
        "midspan",
        "ends_only",
    ),
    number("cb", _N, "1", "lateral-torsional buckling modification factor (F1)", 1, 5, default=1.0),
    number("kx", _N, "1", "effective length factor, x axis", 0.4, 10, default=1.0),
    number("ky", _N, "1", "effective length factor, y axis", 0.4, 10, default=1.0),
    number("lcx_ft", _L, "ft", "effective length about x; else kx times length", 0, 300),
    number("lcy_ft", _L, "ft", "effective length about y; else ky times length", 0, 300),
    number("lcz_ft", _L, "ft", "effective length for twist; E4 is checked when it exceeds Lcy", 0.1, 300),
    number("hole_count", _C, "1", "holes deducted from the flanges at the critical section of a tension member", 0, 20),
    number("hole_diameter_in", _L, "in", "nominal diameter of those holes", 0.2, 4),
    number("shear_lag_u", _N, "1", "shear lag factor U (Table D3.1)", 0.1, 1),
)

_LOADS = (
    word("method", "design method (B3)", "LRFD", "ASD", default="LRFD"),
    number("dead_load_klf", _W, "kip/ft", "uniform dead load on a simple span", 0, 100),
    number("live_load_klf", _W, "kip/ft", "uniform live load on a simple span", 0, 100),
    number("factored_load_klf", _W, "kip/ft", "stated governing combination of the uniform load", 0, 200),
    number("axial_compression_kip", _F, "kip", "required compressive strength Pr", 0, 50_000),
    number("axial_tension_kip", _F, "kip", "required tensile strength", 0, 50_000),
    number("moment_x_kip_ft", _M, "kip*ft", "required major-axis flexural strength", 0, 100_000),
    number("moment_y_kip_ft", _M, "kip*ft", "required minor-axis flexural strength", 0, 100_000),
    number("shear_kip", _F, "kip", "required shear: of the member, and of its connection", 0, 10_000),
    number("bolt_tension_kip", _F, "kip", "required tension on the whole bolt group", 0, 10_000),
    number("live_deflection_limit", _N, "1", "span over live-load deflection limit", 50, 2_000, default=360.0),
    number("total_deflection_limit", _N, "1", "span over total-load deflection limit", 50, 2_000, default=240.0),
    number("camber_in", _L, "in", "camber, taken off the total-load deflection", 0, 12, default=0.0),
)

_STABILITY = (
    word("analysis_method", "method of stability design (C1)", "direct_analysis", "effective_length", "first_order"),
    word("moment_basis", "analysis that the moments come from", "first_order", "second_order", default="second_order"),
    number("cm", _N, "1", "equivalent uniform moment factor Cm (App. 8)", 0.2, 1, default=1.0),
    number("stiffness_factor", _N, "1", "reduction of flexural stiffness in the analysis (C2.3)", 0.1, 1),
    number("notional_load_kip", _F, "kip", "notional load Ni at the level", 0, 1_000),
    number(
        "gravity_load_kip", _F, "kip", "gravity load Yi at the level, of the design method's combination", 0, 500_000
    ),
    number("second_order_ratio", _N, "1", "second-order over first-order storey drift", 1, 10),
    number("story_drift_in", _L, "in", "design storey drift", 0, 50),
    number("story_height_ft", _L, "ft", "storey height below the level", 4, 100),
    word("risk_category", "risk category (ASCE 7 1.5)", "I", "II", "III", "IV", default="II"),
    word("seismic_design_category", "seismic design category (ASCE 7 11.6)", "A", "B", "C", "D", "E", "F"),
    word(
        "seismic_system",
        "seismic force-resisting system (ASCE 7 Table 12.2-1)",
        "R3",
        "SMF",
        "IMF",
        "OMF",
        "SCBF",
        "OCBF",
        "EBF",
        "BRBF",
        "SPSW",
    ),
    word("seismic_detailing", "detailing of the seismic system", "aisc_341", "none"),
)

_CONNECTION = (
    number(
        "bolt_diameter_in", _L, "in", "nominal bolt diameter; within 2 % of a nominal size it is that size", 0.49, 1.53
    ),
    number("bolt_count", _C, "1", "bolts in the connection", 1, 400),
    word("bolt_grade", "bolt specification", "A307", "A325", "F1852", "F3148", "A490", "F2280", "F3043", "F3111"),
    word("thread_condition", "threads in (N) or out of (X) the shear planes", "N", "X", default="N"),
    word("hole_type", "bolt holes", "standard", "oversized", "short_slot", "long_slot", default="standard"),
    word("joint_type", "bolted joint", "bearing", "pretensioned", "slip_critical", default="bearing"),
    word("faying_surface", "faying surface class (J3.9)", "A", "B", default="A"),
    number("shear_planes", _C, "1", "shear planes a bolt", 1, 4, default=1.0),
    number("bolt_columns", _C, "1", "lines of bolts along the force", 1, 20, default=1.0),
    number("bolt_spacing_in", _L, "in", "centre-to-centre bolt spacing", 0.3, 60),
    number("edge_distance_in", _L, "in", "bolt centre to edge", 0.2, 30),
    Parameter("plate_grade", Dimension.GRADE, "", "connecting plate material, ASTM designation"),
    number("plate_thickness_in", _L, "in", "thickness of the connecting plate", 0.05, 12),
    number("plate_width_in", _L, "in", "width of the plate, or Whitmore width of a gusset", 0.5, 200),
    number("gusset_length_in", _L, "in", "effective buckling length of a gusset", 0, 120),
    number("weld_size_in", _L, "in", "fillet leg", 0.05, 3),
    number("weld_length_in", _L, "in", "length of one fillet line", 0.2, 1_000),
    number("weld_lines", _C, "1", "equal fillet lines", 1, 20, default=1.0),
    number("electrode_ksi", _S, "ksi", "filler metal strength FEXX", 50, 130),
    number("weld_angle_deg", Dimension.ANGLE, "deg", "angle of load to weld axis", 0, 90, default=0.0),
)

PARAMETERS: tuple[Parameter, ...] = (*_MEMBER, *_LOADS, *_STABILITY, *_CONNECTION, *EXTENDED)
BY_NAME: dict[str, Parameter] = {parameter.name: parameter for parameter in PARAMETERS}
TEXTS: tuple[Parameter, ...] = tuple(parameter for parameter in PARAMETERS if parameter.is_text)
NUMBERS: tuple[Parameter, ...] = tuple(parameter for parameter in PARAMETERS if not parameter.is_text)
NUMBER_NAMES: tuple[str, ...] = tuple(parameter.name for parameter in NUMBERS)
READ_NAMES: tuple[str, ...] = tuple(parameter.name for parameter in PARAMETERS if parameter.read)
"""Parameters that the reader of free text looks for."""

LOAD_NAMES = (
    "dead_load_klf",
    "live_load_klf",
    "factored_load_klf",
    "axial_compression_kip",
    "axial_tension_kip",
    "moment_x_kip_ft",
    "moment_y_kip_ft",
    "shear_kip",
    "bolt_tension_kip",
)

NOMINAL_BOLTS_IN = np.array([0.5, 0.625, 0.75, 0.875, 1.0, 1.125, 1.25, 1.375, 1.5])
_BOLT_SNAP = 0.02


def parameter_table(rows: Sequence[Mapping[str, float | str]]) -> Table:
    """Return the canonical table of documents given as name-to-value mappings; absent names become NaN or ``""``."""
    # Blocks first: a document states few of the parameters, and an array for each would cost more than reading it.
    words = np.zeros((len(TEXTS), len(rows)), dtype="<U1")
    table: Table = {parameter.name: column for parameter, column in zip(TEXTS, words, strict=True)}
    table |= zip(NUMBER_NAMES, np.full((len(NUMBERS), len(rows)), np.nan), strict=True)
    for name in set().union(*rows) & BY_NAME.keys():
        if BY_NAME[name].is_text:
            table[name] = np.asarray([str(row.get(name, "")) for row in rows], dtype=np.str_)
        else:
            table[name] = np.asarray([row.get(name, np.nan) for row in rows], dtype=np.float64)
    return table


def snap_bolts(diameter_in: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return diameters within 2 % of a nominal inch size as that size: a 19 mm bolt is a 3/4 in. bolt. Shape (n,)."""
    distance = np.abs(diameter_in[..., None] / NOMINAL_BOLTS_IN - 1.0)
    nearest = np.argmin(np.where(np.isnan(distance), np.inf, distance), axis=-1)
    close = picked(distance, nearest) <= _BOLT_SNAP * (1.0 + 1e-9)
    return where(close, NOMINAL_BOLTS_IN[nearest], diameter_in)
