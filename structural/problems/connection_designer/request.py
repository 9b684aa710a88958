"""The request: its columns, the documented defaults, and `Joint`, the request with every default filled in.

Units: inches and kips. In a lap splice the load lies in the plane of the plies, along the bolt rows. In a beam joint
it is the vertical reaction of the supported beam.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cache, lru_cache, wraps
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from structural.aisc.bolts import hole_diameter_in, min_spacing_in, slot_length_in
from structural.elementwise import maximum, where
from structural.errors import StructuralError
from structural.problem import Column, Kind, Role
from structural.shapes import ShapeTable, load_shapes
from structural.tables import UNSPECIFIED, Table

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

LAP_SPLICE = "lap_splice"
BEAM_TO_GIRDER_WEB = "beam_to_girder_web"
BEAM_TO_COLUMN_FLANGE = "beam_to_column_flange"
BEAM_TO_COLUMN_WEB = "beam_to_column_web"
JOINT_TYPES = (LAP_SPLICE, BEAM_TO_GIRDER_WEB, BEAM_TO_COLUMN_FLANGE, BEAM_TO_COLUMN_WEB)

BOLT_DIAMETERS_IN = (0.5, 0.625, 0.75, 0.875, 1.0, 1.125, 1.25, 1.375, 1.5)
BOLT_GRADES = ("A307", "A325", "F1852", "F3148", "A490", "F2280")
METHODS = ("LRFD", "ASD")
THREADS = ("X", "N")
HOLE_TYPES = ("standard", "oversized", "short_slot", "long_slot")
FAYING_SURFACES = ("A", "B")
STATIC, REVERSING, FATIGUE, SEISMIC, NO_SLIP = "static", "reversing", "fatigue", "seismic", "slip_not_tolerated"
LOAD_CHARACTERS = (STATIC, REVERSING, FATIGUE, SEISMIC, NO_SLIP)
PLY_GRADES = ("A572-50", "A36")
ELECTRODES = ("E70", "E60", "E80")

MIN_BOLTS, MAX_BOLTS = 2, 24
SPACING_DIAMETERS = 3.0
"""Default spacing: 3 d, the preferred spacing of J3.4."""
EDGE_DIAMETERS = 1.5
"""Default edge distance: 1.5 d, at or above every value of Table J3.4."""
DEFAULT_BEAM = "W24X76"
DEFAULT_GIRDER = "W27X84"
DEFAULT_COLUMN = "W14X90"
WHITMORE_TAN = float(np.tan(np.radians(30.0)))
"""Spread of force either side of a bolt group (Whitmore section, AISC Manual Part 9): 30 degrees."""

DEFAULTS: dict[str, object] = {
    "design_method": "LRFD",
    "thread_condition": "X",
    "shear_planes": 1,
    "hole_type": "standard",
    "faying_surface": "A",
    "load_character": STATIC,
    "joint_type": LAP_SPLICE,
    "supported_member": UNSPECIFIED,
    "supporting_member": UNSPECIFIED,
    "ply_thickness_in": float("nan"),
    "ply_grade": "A572-50",
    "ply_width_in": float("nan"),
    "edge_distance_in": float("nan"),
    "spacing_in": float("nan"),
    "eccentricity_in": 0.0,
    "weld_electrode": "E70",
}


def _category(name: str, values: tuple[str, ...], description: str) -> Column:
    return Column(name, Kind.CATEGORY, Role.QUESTION, "", description, categories=values)


def _length(name: str, low: float, high: float, description: str) -> Column:
    return Column(name, Kind.FLOAT, Role.QUESTION, "in", description, low, high, optional=True)


QUESTION_COLUMNS = (
    Column("bolt_diameter", Kind.FLOAT, Role.QUESTION, "in", "nominal bolt diameter", 0.5, 1.5),
    Column("bolt_count", Kind.INTEGER, Role.QUESTION, "1", "bolts in the connection", MIN_BOLTS, MAX_BOLTS),
    _category("bolt_grade", BOLT_GRADES, "bolt specification (ASTM A307, F3125 grades, F3148)"),
    Column("tributary_load_kips", Kind.FLOAT, Role.QUESTION, "kip", "required strength, by the method", 0.1, 20_000),
    _category("design_method", METHODS, "LRFD (factored load) or ASD (service load)"),
    _category("thread_condition", THREADS, "threads excluded from (X) or included in (N) the shear planes"),
    Column("shear_planes", Kind.INTEGER, Role.QUESTION, "1", "shear planes of a lap splice", 1, 2),
    _category("hole_type", HOLE_TYPES, "hole of Table J3.3; slots lie across the load"),
    _category("faying_surface", FAYING_SURFACES, "slip class of the faying surfaces, J3.9"),
    _category("load_character", LOAD_CHARACTERS, "decides pretensioning and slip-critical design"),
    _category("joint_type", JOINT_TYPES, "what is joined to what"),
    Column("supported_member", Kind.TEXT, Role.QUESTION, "", "W shape of the supported beam", optional=True),
    Column("supporting_member", Kind.TEXT, Role.QUESTION, "", "W shape of the girder or column", optional=True),
    _length("ply_thickness_in", 0.1875, 3.0, "thickness of the plies, plate or angles; NaN = d (lap), d/2 (beam)"),
    _category("ply_grade", PLY_GRADES, "steel of plies, plates and angles"),
    _length("ply_width_in", 1.0, 100.0, "width of the plies of a lap splice; NaN = Whitmore width"),
    _length("edge_distance_in", 0.5, 12.0, "centre of the end bolt to the free edge; NaN = 1.5 d"),
    _length("spacing_in", 1.0, 12.0, "centre to centre of bolts, both ways; NaN = 3 d"),
    Column("eccentricity_in", Kind.FLOAT, Role.QUESTION, "in", "offset of the line of action of the load", 0.0, 60.0),
    _category("weld_electrode", ELECTRODES, "filler metal classification strength"),
)


ONE, ZERO = cast("tuple[FloatArray, FloatArray]", (np.float64(1.0), np.float64(0.0)))
ALL, NONE = cast("tuple[BoolArray, BoolArray]", (np.True_, np.False_))
"""What holds of every request, whatever their number."""

Value = TypeVar("Value")


def once(function: Callable[["Joint"], Value]) -> Callable[["Joint"], Value]:
    """Make a function of a `Joint` alone compute its value once for each one; nobody may write into what it returns.

    Encoding, rules and detailing ask for the same few strengths again and again, which is most of the time that a
    single question takes.
    """

    @wraps(function)
    def found(joint: "Joint") -> Value:
        if function not in joint.known:
            joint.known[function] = function(joint)
        value: Value = joint.known[function]
        return value

    return found


@dataclass(frozen=True, slots=True)
class Joint:
    """Requests with defaults filled in; every field has shape (n,), or () where there is one (`resolve_one`).

    Categories are integer codes, the position in the tuple of the same name above. ``beam`` and ``support`` are the
    members (defaults for a lap splice, where they play no part). ``gage`` is the distance between two bolt lines: the
    spacing, or more where slots lie across it (clear distance d, J3.4). ``hole_along`` and ``hole_across`` are the hole
    sizes along and across the load (Table J3.3).
    """

    diameter: FloatArray
    count: FloatArray
    grade: NDArray[np.intp]
    load: FloatArray
    lrfd: BoolArray
    threads_excluded: BoolArray
    planes: FloatArray
    hole: NDArray[np.intp]
    surface: NDArray[np.intp]
    character: NDArray[np.intp]
    joint: NDArray[np.intp]
    beam: ShapeTable
    support: ShapeTable
    thickness: FloatArray
    ply_grade: NDArray[np.intp]
    width: FloatArray
    edge: FloatArray
    spacing: FloatArray
    gage: FloatArray
    hole_along: FloatArray
    hole_across: FloatArray
    eccentricity: FloatArray
    electrode: NDArray[np.intp]
    known: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)
    """What `once` has computed of these requests."""

    def __len__(self) -> int:
        """Return the number of requests."""
        return len(self.diameter)

    def take(self, rows: NDArray | int) -> "Joint":
        """Return the requests at these rows (integer indices or boolean mask), or the one at a row."""
        taken: dict[str, Any] = {}
        for item in fields(self):
            value = getattr(self, item.name)
            if item.name != "known":
                taken[item.name] = value.take(rows) if isinstance(value, ShapeTable) else value[rows]
        return Joint(**taken)

    def kinds(self) -> Iterator[tuple[bool, tuple[NDArray[np.intp], ...], "Joint"]]:
        """Yield lap splices and beam joints, where there are any: whether they are laps, their places, themselves.

        The places index results by request; of a single request, whose results have no such axis, they are empty.
        """
        if self.load.ndim == 0:
            yield bool(self.lap), (), self
            return
        for is_lap in (True, False):
            rows = np.flatnonzero(self.lap == is_lap)
            if len(rows):
                yield is_lap, (rows,), self if len(rows) == len(self) else self.take(rows)

    def is_one_of(self, names: tuple[str, ...]) -> BoolArray:
        """Return where ``joint_type`` is one of ``names``."""
        return _members_of(JOINT_TYPES, names)[self.joint]

    def has_character(self, *names: str) -> BoolArray:
        """Return where ``load_character`` is one of ``names``."""
        return _members_of(LOAD_CHARACTERS, names)[self.character]

    def has_hole(self, *names: str) -> BoolArray:
        """Return where ``hole_type`` is one of ``names``."""
        return _members_of(HOLE_TYPES, names)[self.hole]

    @property
    @once
    def lap(self) -> BoolArray:
        """Lap splices."""
        lap: BoolArray = self.joint == JOINT_TYPES.index(LAP_SPLICE)
        return lap

    @property
    @once
    def lap_lines(self) -> FloatArray:
        """Bolt lines side by side in a lap splice: two from four bolts on."""
        return where(self.count >= 4, 2.0, 1.0)

    @property
    @once
    def lap_rows(self) -> FloatArray:
        """Bolt rows along the load of a lap splice."""
        return np.ceil(self.count / self.lap_lines)


@cache
def _members_of(categories: tuple[str, ...], names: tuple[str, ...]) -> BoolArray:
    """Return which of the categories are among ``names``, shape (categories,): a table to look codes up in."""
    return np.array([category in names for category in categories])


@cache
def _sorted_categories(categories: tuple[str, ...]) -> tuple[NDArray[np.str_], NDArray[np.intp]]:
    names = np.asarray(categories)
    order = np.argsort(names)
    return names[order], order


def category_codes(values: NDArray[np.str_] | str, categories: tuple[str, ...]) -> NDArray[np.intp]:
    """Return the position of each value in ``categories``, shape (n,), or of one; an unknown one is refused.

    Raises
    ------
    StructuralError
        For a value that is none of the categories, with the known ones.
    """
    if isinstance(values, str):
        code: NDArray[np.intp] = _category_code(values, categories)
        return code
    names, order = _sorted_categories(categories)
    places = np.minimum(np.searchsorted(names, values), len(names) - 1)
    wrong = names[places] != values
    if wrong.any():
        raise _unknown(values[wrong][0], categories)
    return order[places]


@lru_cache(maxsize=256)
def _category_code(value: str, categories: tuple[str, ...]) -> Any:
    if value not in categories:
        raise _unknown(value, categories)
    return np.intp(categories.index(value))


def _unknown(value: str, categories: tuple[str, ...]) -> StructuralError:
    return StructuralError(f"unknown value {value!r}; use one of {', '.join(categories)}")


def _members(names: NDArray[np.str_] | str, default: NDArray[np.str_] | str) -> ShapeTable:
    if isinstance(names, str):
        return _single_shape(str(default) if names == UNSPECIFIED else names)
    asked = np.where(names == UNSPECIFIED, default, names).tolist()
    shapes = load_shapes("W")
    return shapes.take(shapes.index_of(asked))


@lru_cache(maxsize=1_024)
def _single_shape(name: str) -> ShapeTable:
    """Return one W shape, fields of shape (); a service meets the same few hundred again and again."""
    shapes = load_shapes("W")
    return shapes.take(int(shapes.index_of(name)))


def resolve(questions: Table) -> Joint:
    """Return the requests with every default filled in.

    ``questions`` holds the QUESTION columns, shape (n,) each. Unknown categories or members raise `StructuralError`.
    """
    return _resolve(questions)


def resolve_one(question: Mapping[str, Any]) -> Joint:
    """Return one request with every default filled in: what `resolve` gives, on numbers (see `elementwise`).

    ``question`` holds a plain value for each QUESTION column: NaN and `UNSPECIFIED` for what is left out.
    """
    return _resolve({name: value if isinstance(value, str) else np.float64(value) for name, value in question.items()})


def _resolve(questions: Mapping[str, Any]) -> Joint:
    diameter = questions["bolt_diameter"].astype(float)
    count = questions["bolt_count"].astype(float)
    joint = category_codes(questions["joint_type"], JOINT_TYPES)
    lap = joint == JOINT_TYPES.index(LAP_SPLICE)
    support_default = where(joint == JOINT_TYPES.index(BEAM_TO_GIRDER_WEB), DEFAULT_GIRDER, DEFAULT_COLUMN)
    spacing = _filled(questions["spacing_in"], SPACING_DIAMETERS * diameter)
    edge = _filled(questions["edge_distance_in"], EDGE_DIAMETERS * diameter)
    hole_across = slot_length_in(diameter, questions["hole_type"])
    gage = maximum(spacing, min_spacing_in(diameter, hole_across))
    return Joint(
        diameter=diameter,
        count=count,
        grade=category_codes(questions["bolt_grade"], BOLT_GRADES),
        load=questions["tributary_load_kips"].astype(float),
        lrfd=np.equal(questions["design_method"], "LRFD"),
        threads_excluded=np.equal(questions["thread_condition"], "X"),
        planes=questions["shear_planes"].astype(float),
        hole=category_codes(questions["hole_type"], HOLE_TYPES),
        surface=category_codes(questions["faying_surface"], FAYING_SURFACES),
        character=category_codes(questions["load_character"], LOAD_CHARACTERS),
        joint=joint,
        beam=_members(questions["supported_member"], DEFAULT_BEAM),
        support=_members(questions["supporting_member"], support_default),
        thickness=_filled(questions["ply_thickness_in"], where(lap, diameter, 0.5 * diameter)),
        ply_grade=category_codes(questions["ply_grade"], PLY_GRADES),
        width=_filled(questions["ply_width_in"], _whitmore_width_in(count, spacing, gage, edge)),
        edge=edge,
        spacing=spacing,
        gage=gage,
        hole_along=hole_diameter_in(diameter, questions["hole_type"]),
        hole_across=hole_across,
        eccentricity=questions["eccentricity_in"].astype(float),
        electrode=category_codes(questions["weld_electrode"], ELECTRODES),
    )


def _whitmore_width_in(count: FloatArray, spacing: FloatArray, gage: FloatArray, edge: FloatArray) -> FloatArray:
    """Return the width over which the bolts of a lap splice spread their force, at least bolt lines and edges."""
    lines = where(count >= 4, 2.0, 1.0)
    spread = 2.0 * WHITMORE_TAN * (np.ceil(count / lines) - 1.0) * spacing
    width: FloatArray = (lines - 1.0) * gage + maximum(spread, 2.0 * edge)
    return width


def _filled(values: NDArray, default: FloatArray) -> FloatArray:
    return where(np.isnan(values), default, values).astype(float)
