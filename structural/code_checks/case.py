"""A table of canonical parameters made ready for the checks: defaults taken, derived values found, gaps filled.

Every check works on whole columns, so a value that a design does not give must still be a usable number. A `Case`
therefore keeps two arrays a quantity: ``value`` (missing rows hold a harmless stand-in) and ``known``; a check whose
inputs are not all known is `missing_input` whatever its formula gave for the stand-ins.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from structural.checks import FloatArray, IntArray
from structural.code_checks.parameters import BY_NAME, NUMBER_NAMES, NUMBERS, TEXTS
from structural.elementwise import where
from structural.sections import Kind, Sections
from structural.tables import Table, row_count

BoolArray = NDArray[np.bool_]
T = TypeVar("T")

_STAND_IN = {
    "fy_ksi": 50.0,
    "fu_ksi": 65.0,
    "length_ft": 20.0,
    "bolt_diameter_in": 0.75,
    "electrode_ksi": 70.0,
    "concrete_strength_ksi": 4.0,
    "plate_fy_ksi": 36.0,
    "plate_fu_ksi": 58.0,
}


def stand_in(name: str) -> float:
    """Return the harmless number that stands where a quantity is not known."""
    return _STAND_IN.get(name, 1.0)


class Case:
    """Designs as columns. ``size`` rows; see the module text for ``value`` and ``known``.

    ``stated[name]`` is True where the design itself gives the parameter; ``words[name]`` are text parameters with
    their defaults, and design code and jurisdiction. Quantities derived by `derived.make_case` stand beside the
    parameters under their own names.
    """

    sections: Sections
    built_up: BoolArray
    grade_listed: BoolArray
    grade_fits_shape: BoolArray
    grade_fy: FloatArray
    plate_grade_listed: BoolArray
    plate_grade_fits: BoolArray
    plate_grade_named: BoolArray
    beam: BoolArray
    flexure_x: BoolArray
    flexure_y: BoolArray
    flexure: BoolArray
    compression: BoolArray
    tension: BoolArray
    member: BoolArray
    plate: BoolArray
    plate_tension: BoolArray
    plate_compression: BoolArray
    bolted: BoolArray
    welded: BoolArray
    slip_critical: BoolArray

    def __init__(self, table: Table, design_code: NDArray[np.str_], jurisdiction: NDArray[np.str_]) -> None:
        self.size = row_count(table)
        self.design_code = design_code
        self.jurisdiction = jurisdiction
        self.value: dict[str, FloatArray] = {}
        self.known: dict[str, BoolArray] = {}
        self.stated: dict[str, BoolArray] = {}
        self.words: dict[str, NDArray[np.str_]] = {"design_code": design_code, "jurisdiction": jurisdiction}
        self._remembered: dict[Hashable, Any] = {}
        self._take_parameters(table)
        self.method = self.words["method"]
        self.lrfd: BoolArray = self.method == "LRFD"

    def remember(self, name: Hashable, compute: Callable[[], T]) -> T:
        """Return the result of ``compute``, run once a case and name; several checks share one strength."""
        if name not in self._remembered:
            self._remembered[name] = compute()
        return self._remembered[name]  # type: ignore[no-any-return]

    def full(self, value: float) -> Any:
        """Return a column of one value (a number or a truth value), shape (size,)."""
        return np.full(self.size, value)

    def each(self, function: Callable[..., Any], *names: str) -> NDArray[Any]:
        """Return what a function makes of the words of each design, shape (size,)."""
        return np.array(
            [function(*words) for words in zip(*(self.words[name].tolist() for name in names), strict=True)]
        )

    def any_stated(self, *names: str) -> BoolArray:
        """Return where at least one of these parameters is stated, shape (size,)."""
        return _any([self.stated[name] for name in names])

    def all_stated(self, *names: str) -> BoolArray:
        """Return where every one of these parameters is stated, shape (size,)."""
        return ~_any([~self.stated[name] for name in names])

    def all_known(self, names: tuple[str, ...]) -> BoolArray:
        """Return where all of these quantities are known, shape (size,)."""
        if not names:
            return np.ones(self.size, dtype=bool)
        return ~_any([~self.known[name] for name in names])

    def says(self, name: str, *words: str) -> BoolArray:
        """Return where a word parameter, or its default, is one of ``words``, shape (size,)."""
        return _any([self.words[name] == word for word in words])

    def put(self, name: str, value: ArrayLike, known: BoolArray) -> None:
        """Keep a quantity; rows not known, or not finite, get the stand-in."""
        value = np.asarray(value, dtype=np.float64)
        known = known & np.isfinite(value)
        self.value[name] = where(known, value, stand_in(name))
        self.known[name] = known

    def is_kind(self, *kinds: Kind) -> BoolArray:
        """Return where the member's section is known and of one of these kinds, shape (size,)."""
        return self.remember(kinds, lambda: self.known["shape"] & self.sections.is_kind(*kinds))

    def property(self, name: str) -> FloatArray:
        """Return a section property over all members, shape (size,); NaN where the kind of section has none."""
        return self.remember(f"property {name}", lambda: self.sections.column(name))

    def by_kind(self, evaluate: Mapping[Kind, Callable[["Part"], Mapping[str, ArrayLike]]]) -> "Columns":
        """Return named columns over all members, NaN where no function is given for the kind of section.

        Each function gets the `Part` of its kind and returns columns over that part.
        """
        columns = Columns(self.size)
        for kind, (rows, table) in self.sections.parts.items():
            if kind not in evaluate:
                continue
            for name, values in evaluate[kind](Part(self, kind, rows, table)).items():
                if name not in columns:
                    columns[name] = np.full(self.size, np.nan)
                columns[name][rows] = values
        return columns

    def _take_parameters(self, table: Table) -> None:
        self.words.update(_silent_words(self.size))
        never = np.zeros(self.size, dtype=bool)
        always = ~never
        never.flags.writeable = always.flags.writeable = False
        for parameter in TEXTS:
            name, default = parameter.name, str(parameter.default or "")
            stated = table[name] != ""
            if np.count_nonzero(stated):
                self.words[name] = where(stated, table[name], default) if default else table[name]
                self.stated[name], self.known[name] = stated, (always if default else stated)
            else:
                self.stated[name], self.known[name] = never, (always if default else never)
        # All numbers at once: one design has few of them, and a call a parameter would cost more than the checks.
        numbers = np.array([table[name] for name in NUMBER_NAMES], dtype=np.float64)
        stated_all = ~np.isnan(numbers)
        filled = where(stated_all, numbers, _defaults()[:, None])
        known = np.isfinite(filled)
        value = where(known, filled, _stand_ins()[:, None])
        self.stated.update(zip(NUMBER_NAMES, stated_all, strict=True))
        self.known.update(zip(NUMBER_NAMES, known, strict=True))
        self.value.update(zip(NUMBER_NAMES, value, strict=True))


@lru_cache(maxsize=8)
def _silent_words(size: int) -> dict[str, NDArray[np.str_]]:
    """Return the text parameters of designs that state none of them; most designs are silent on most."""
    words = {item.name: np.full(size, str(item.default or "")) for item in TEXTS}
    for column in words.values():
        column.flags.writeable = False
    return words


@cache
def _defaults() -> FloatArray:
    return np.array([np.nan if item.default is None else float(item.default) for item in NUMBERS])


@cache
def _stand_ins() -> FloatArray:
    return np.array([stand_in(item.name) for item in NUMBERS])


def _any(columns: Sequence[BoolArray]) -> BoolArray:
    """Return where at least one of the columns holds."""
    found = columns[0]
    for column in columns[1:]:
        found = found | column
    return found


class Columns(dict[str, FloatArray]):
    """Named columns of a case; a name that no kind of section gave is NaN everywhere."""

    def __init__(self, shape: int | tuple[()]) -> None:
        super().__init__()
        self._shape = shape

    def __missing__(self, name: str) -> FloatArray:
        """Return the column of a name that nothing gave."""
        return np.full(self._shape, np.nan)[()]


@dataclass(frozen=True, slots=True)
class Part:
    """The members of one kind of section: their positions in the case and their table, both of shape (m,)."""

    case: Case
    kind: Kind
    rows: IntArray
    table: Any

    def value(self, name: str) -> FloatArray:
        """Return a quantity of these members, shape (m,)."""
        return self.of(self.case.value[name])

    def of(self, column: Any) -> NDArray[Any]:
        """Return the rows of these members of a column of the case."""
        if len(self.rows) == self.case.size:
            return column if isinstance(column, np.ndarray) and column.ndim else np.array([column])
        taken: NDArray[Any] = column[self.rows]
        return taken

    def split(self, where: BoolArray) -> tuple["Part", IntArray]:
        """Return the members of this part where ``where`` (m,) holds, and their positions in the part."""
        at = np.flatnonzero(where)
        return Part(self.case, self.kind, self.rows[at], self.table.take(at)), at


def describe(name: str) -> str:
    """Return what to ask a person for when this quantity is missing."""
    return _ASK.get(name, BY_NAME[name].name if name in BY_NAME else name)


_ASK = {
    "shape": "shape, or flange_width_in, flange_thickness_in, web_height_in and web_thickness_in",
    "fy_ksi": "steel_grade or fy_ksi",
    "fu_ksi": "steel_grade or fu_ksi",
    "plate_fy_ksi": "plate_grade",
    "plate_fu_ksi": "plate_grade",
    "length_in": "length_ft",
    "lb_in": "unbraced_length_ft or bracing",
    "lcx_in": "lcx_ft or length_ft",
    "lcy_in": "lcy_ft or length_ft",
    "line_load_klf": "dead_load_klf and live_load_klf, or factored_load_klf",
    "member_shear_kip": "shear_kip",
    "joint_force_kip": "shear_kip or axial_tension_kip",
    "joint_shear_kip": "shear_kip, or loads and length_ft",
    "mrx_kip_in": "moment_x_kip_ft, or loads and length_ft",
    "mry_kip_in": "moment_y_kip_ft",
    "spacing_if_several": "bolt_spacing_in",
    "member_hole_in": "hole_diameter_in",
    "weld_throat_in": "weld_size_in, or pjp_throat_in of a partial-penetration weld",
}
