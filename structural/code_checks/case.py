"""A table of canonical parameters made ready for the checks: defaults taken, derived values found, gaps filled.

Every check works on whole columns, so a value that a document does not give must still be a usable number. A `Case`
therefore keeps two arrays a quantity: ``value`` (missing rows hold a harmless stand-in) and ``known``; a check whose
inputs are not all known is `missing_input` whatever its formula gave for the stand-ins.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from structural.aisc.bolts import HoleType, hole_diameter_in
from structural.aisc.interaction import euler_load_kip
from structural.aisc.method import load_ratio
from structural.checks import FloatArray
from structural.code_checks.parameters import BY_NAME, PARAMETERS, snap_bolts
from structural.materials import STEEL_GRADES
from structural.shapes import ShapeTable, load_shapes
from structural.tables import Table, row_count

BoolArray = NDArray[np.bool_]
T = TypeVar("T")

BRACING_SHARE = {"continuous": 0.0, "quarter_points": 0.25, "third_points": 1 / 3, "midspan": 0.5, "ends_only": 1.0}
_STAND_IN = {"fy_ksi": 50.0, "fu_ksi": 65.0, "length_ft": 20.0, "bolt_diameter_in": 0.75, "electrode_ksi": 70.0}
_STAND_IN_SHAPE = "W12X50"
_LARGEST_B1 = 1e3
"""Amplifier given to a member past its elastic buckling load, so that everything built on its moment fails too."""


class Case:
    """Documents as columns. ``size`` rows; see the module text for ``value`` and ``known``.

    ``stated[name]`` is True where the document itself gives the parameter; ``words[name]`` are text parameters with
    their defaults. Derived quantities stand beside the parameters under their own names.
    """

    def __init__(self, table: Table, design_code: NDArray[np.str_], jurisdiction: NDArray[np.str_]) -> None:
        self.size = row_count(table)
        self.design_code = design_code
        self.jurisdiction = jurisdiction
        self.value: dict[str, FloatArray] = {}
        self.known: dict[str, BoolArray] = {}
        self.stated: dict[str, BoolArray] = {}
        self.words: dict[str, NDArray[np.str_]] = {}
        self._remembered: dict[str, Any] = {}
        self._take_parameters(table)
        self._find_shape()
        self._find_materials()
        self._find_lengths()
        self._find_kinds()
        self._find_demands()
        self._find_fasteners()

    def remember(self, name: str, compute: Callable[[], T]) -> T:
        """Return the result of ``compute``, run once a case and name; several checks share one strength."""
        if name not in self._remembered:
            self._remembered[name] = compute()
        return self._remembered[name]  # type: ignore[no-any-return]

    def any_stated(self, *names: str) -> BoolArray:
        """Return where at least one of these parameters is stated, shape (size,)."""
        return np.asarray(np.logical_or.reduce([self.stated[name] for name in names]))

    def all_known(self, names: tuple[str, ...]) -> BoolArray:
        """Return where all of these quantities are known, shape (size,)."""
        if not names:
            return np.ones(self.size, dtype=bool)
        return np.asarray(np.logical_and.reduce([self.known[name] for name in names]))

    def _put(self, name: str, value: FloatArray, known: BoolArray) -> None:
        """Keep a quantity; rows not known, or not finite, get the stand-in."""
        known = known & np.isfinite(value)
        self.value[name] = np.where(known, value, _STAND_IN.get(name, 1.0))
        self.known[name] = known

    def _take_parameters(self, table: Table) -> None:
        for parameter in PARAMETERS:
            column = table[parameter.name]
            if parameter.is_text:
                stated = column != ""
                default = str(parameter.default or "")
                self.words[parameter.name] = np.where(stated, column, default) if default else column
                self.known[parameter.name] = stated | bool(default)
            else:
                stated = ~np.isnan(column)
                default_number = np.nan if parameter.default is None else float(parameter.default)
                filled = np.where(stated, column, default_number)
                self._put(parameter.name, filled, np.isfinite(filled))
            self.stated[parameter.name] = stated

    def _find_shape(self) -> None:
        shapes = load_shapes("W")
        names = self.words["shape"]
        listed = np.isin(names, shapes.name)
        self.shape: ShapeTable = shapes.rows(np.where(listed, names, _STAND_IN_SHAPE))
        self.known["shape"] = listed

    def _find_materials(self) -> None:
        self.grade_listed, fy, fu, self.grade_fits_shape, _ = _grade_columns(self.words["steel_grade"])
        plate = np.where(
            self.stated["plate_grade"] | self.stated["shape"], self.words["plate_grade"], self.words["steel_grade"]
        )
        self.plate_grade_listed, plate_fy, plate_fu, _, self.plate_grade_fits = _grade_columns(plate)
        self.plate_grade_named = plate != ""
        own = ~self.stated["shape"] & ~self.stated["plate_grade"]
        fy_stated, fu_stated = self.stated["fy_ksi"], self.stated["fu_ksi"]
        plate_fy = np.where(own & fy_stated, self.value["fy_ksi"], plate_fy)
        plate_fu = np.where(own & fu_stated, self.value["fu_ksi"], plate_fu)
        self.grade_fy = fy
        fy = np.where(fy_stated, self.value["fy_ksi"], fy)
        fu = np.where(fu_stated, self.value["fu_ksi"], fu)
        self._put("fy_ksi", fy, ~np.isnan(fy))
        self._put("fu_ksi", fu, ~np.isnan(fu))
        for name, array, stand_in in (("plate_fy_ksi", plate_fy, 36.0), ("plate_fu_ksi", plate_fu, 58.0)):
            self.known[name] = ~np.isnan(array)
            self.value[name] = np.where(self.known[name], array, stand_in)

    def _find_lengths(self) -> None:
        length_in, known = self.value["length_ft"] * 12.0, self.known["length_ft"]
        self._put("length_in", length_in, known)
        share = np.zeros(self.size)
        for word, part in BRACING_SHARE.items():
            share[self.words["bracing"] == word] = part
        stated = self.stated["unbraced_length_ft"]
        lb_in = np.where(stated, self.value["unbraced_length_ft"] * 12.0, share * length_in)
        self._put("lb_in", lb_in, stated | (self.stated["bracing"] & known))
        for axis in ("x", "y"):
            stated = self.stated[f"lc{axis}_ft"]
            effective = np.where(stated, self.value[f"lc{axis}_ft"] * 12.0, self.value[f"k{axis}"] * length_in)
            self._put(f"lc{axis}_in", effective, stated | known)

    def _find_kinds(self) -> None:
        shape = self.stated["shape"]
        self.beam = self.any_stated("dead_load_klf", "live_load_klf", "factored_load_klf")
        self.flexure_x = self.beam | self.stated["moment_x_kip_ft"]
        self.flexure_y = self.stated["moment_y_kip_ft"]
        self.flexure = self.flexure_x | self.flexure_y
        plate = self.any_stated("plate_thickness_in", "plate_width_in", "plate_grade", "gusset_length_in")
        member = shape | self.flexure
        self.compression = self.stated["axial_compression_kip"] & (member | ~plate)
        self.tension = self.stated["axial_tension_kip"] & (member | ~plate)
        self.member = member | self.compression | self.tension
        self.plate = plate
        self.plate_tension = self.stated["axial_tension_kip"] & ~self.tension
        self.plate_compression = self.stated["axial_compression_kip"] & ~self.compression
        self.bolted = self.any_stated("bolt_diameter_in", "bolt_count", "bolt_grade")
        self.welded = self.any_stated("weld_size_in", "weld_length_in", "electrode_ksi")
        self.slip_critical = self.bolted & (self.words["joint_type"] == "slip_critical")

    def _find_demands(self) -> None:
        self.method = self.words["method"]
        self.lrfd = self.method == "LRFD"
        dead, live = self.value["dead_load_klf"], self.value["live_load_klf"]
        both = self.known["dead_load_klf"] & self.known["live_load_klf"]
        combined = np.where(self.lrfd, np.maximum(1.4 * dead, 1.2 * dead + 1.6 * live), dead + live)
        self._put("combined_load_klf", combined, both)
        load = np.where(both, combined, self.value["factored_load_klf"])
        self._put("line_load_klf", load, both | self.stated["factored_load_klf"])
        from_load = self.known["line_load_klf"] & self.known["length_ft"]
        load, length = self.value["line_load_klf"], self.value["length_ft"]
        reaction = load * length / 2.0
        stated = self.stated["shear_kip"]
        shear = np.fmax(np.where(stated, self.value["shear_kip"], 0.0), np.where(from_load, reaction, 0.0))
        self._put("member_shear_kip", shear, np.where(self.beam, from_load, stated))
        force = np.where(self.beam, reaction, np.nan)
        for name in ("axial_compression_kip", "axial_tension_kip", "shear_kip"):
            force = np.where(self.stated[name] & ((name == "shear_kip") | ~self.beam), self.value[name], force)
        self._put("joint_force_kip", force, np.where(self.beam & ~stated, from_load, ~np.isnan(force)))
        stated = self.stated["moment_x_kip_ft"]
        moment = np.where(stated, self.value["moment_x_kip_ft"], load * length**2 / 8.0) * 12.0
        self._amplify("x", moment, stated | (self.beam & from_load))
        self._amplify("y", self.value["moment_y_kip_ft"] * 12.0, self.flexure_y)

    def _amplify(self, axis: str, moment: FloatArray, known: BoolArray) -> None:
        """Keep Mr of an axis: the moment, times B1 where it comes from a first-order analysis (Eq. A-8-1)."""
        inertia = self.shape.ix_in4 if axis == "x" else self.shape.iy_in4
        length = np.where(self.known["length_in"], self.value["length_in"], self.value[f"lc{axis}_in"])
        pe1 = euler_load_kip(inertia, np.maximum(length, 1.0))
        share = load_ratio(self.method) * self.value["axial_compression_kip"] / pe1
        first_order = self.compression & (self.words["moment_basis"] == "first_order")
        b1 = np.where(share < 1.0, self.value["cm"] / np.maximum(1.0 - share, 1e-9), _LARGEST_B1)
        factor = np.where(first_order, np.clip(b1, 1.0, _LARGEST_B1), 1.0)
        self.value[f"pe1{axis}_kip"] = pe1
        ready = known & (~first_order | self.known["length_in"] | self.known[f"lc{axis}_in"])
        self._put(f"mr{axis}_kip_in", moment * factor, ready)

    def _find_fasteners(self) -> None:
        diameter = self.value["bolt_diameter_in"]
        known = self.known["bolt_diameter_in"]
        diameter = snap_bolts(diameter)
        self._put("bolt_diameter_in", diameter, known)
        hole = self.words["hole_type"]
        allowed = np.isin(hole, [item.value for item in HoleType])
        self.value["bolt_hole_in"] = hole_diameter_in(diameter, np.where(allowed, hole, "standard"))
        count = np.maximum(self.value["bolt_count"], 1.0)
        self.value["bolts_per_line"] = np.maximum(np.round(count / np.maximum(self.value["bolt_columns"], 1.0)), 1.0)
        several = count > 1.0
        self.known["spacing_if_several"] = ~several | self.known["bolt_spacing_in"]
        # A tension member may be drawn with its hole given directly or through its bolts.
        stated = self.stated["hole_diameter_in"]
        member_hole = np.where(stated, self.value["hole_diameter_in"], self.value["bolt_hole_in"])
        self._put("member_hole_in", member_hole, stated | known)


def _grade_columns(names: NDArray[np.str_]) -> tuple[BoolArray, FloatArray, FloatArray, BoolArray, BoolArray]:
    """Return listed, Fy, Fu (NaN where not listed), made as a W shape, made as plate; each of shape (n,)."""
    unique, inverse = np.unique(names, return_inverse=True)
    grades = [STEEL_GRADES.get(name) for name in unique.tolist()]
    listed = np.array([grade is not None for grade in grades])
    fy = np.array([grade.fy_ksi if grade else np.nan for grade in grades])
    fu = np.array([grade.fu_ksi if grade else np.nan for grade in grades])
    shape = np.array([grade is not None and "W" in grade.products for grade in grades])
    plate = np.array([grade is not None and "plate" in grade.products for grade in grades])
    return listed[inverse], fy[inverse], fu[inverse], shape[inverse], plate[inverse]


def describe(name: str) -> str:
    """Return what to ask a person for when this quantity is missing."""
    return _ASK.get(name, BY_NAME[name].name if name in BY_NAME else name)


_ASK = {
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
    "mrx_kip_in": "moment_x_kip_ft, or loads and length_ft",
    "mry_kip_in": "moment_y_kip_ft",
    "spacing_if_several": "bolt_spacing_in",
    "member_hole_in": "hole_diameter_in",
}
