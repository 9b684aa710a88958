"""What follows from the stated parameters before any check: section, material, lengths, demands, fasteners."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from structural.aisc.bolts import hole_diameter_in
from structural.aisc.flexure import cb_factor
from structural.aisc.interaction import euler_load_kip, tau_b
from structural.aisc.method import load_ratio
from structural.aisc.welds import THROAT_RATIO
from structural.built_up import welded_i_shapes
from structural.checks import FloatArray
from structural.code_checks.case import BoolArray, Case
from structural.code_checks.jurisdictions import DESIGN_CODES
from structural.code_checks.loads import governing_load_klf
from structural.code_checks.parameters import snap_bolts
from structural.code_checks.single import SingleCase
from structural.code_checks.uses import BUILT_UP_PLATES
from structural.elementwise import anywhere, maximum, minimum, squared, where, within
from structural.hollow import with_nominal_wall
from structural.materials import STEEL_GRADES
from structural.section_table import freeze
from structural.sections import Kind, Place, Sections, find, place_of, put, sections_at, table_of
from structural.tables import Table, distinct

BRACING_SHARE = {"continuous": 0.0, "quarter_points": 0.25, "third_points": 1 / 3, "midspan": 0.5, "ends_only": 1.0}
_STAND_IN_SHAPE = "W12X50"
_DIRECT_STIFFNESS = 0.8
_LARGEST_AMPLIFIER = 1e3
"""Amplifier given to a member past its elastic buckling load, so that everything built on its moment fails too."""


def make_case(table: Table, design_code: NDArray[np.str_], jurisdiction: NDArray[np.str_]) -> Case:
    """Return the case of a canonical table (n rows) under its design codes and jurisdictions (n,)."""
    case = Case(table, design_code, jurisdiction)
    _find_sections(case)
    _derive(case)
    return case


def make_single_case(values: Mapping[str, float | str], design_code: str, jurisdiction: str) -> SingleCase:
    """Return the case of one design: what `make_case` gives, on numbers. ``values`` are its canonical parameters."""
    case = SingleCase(values, design_code, jurisdiction)
    _find_section(case)
    _derive(case)
    return case


def _derive(case: Case) -> None:
    _find_materials(case)
    _find_lengths(case)
    _find_kinds(case)
    _find_loads(case)
    _find_moments(case)
    _find_fasteners(case)


def _find_sections(case: Case) -> None:
    names, inverse = distinct(case.words["shape"])
    stand_in = place_of(_STAND_IN_SHAPE)
    found: list[Place | None] = [find(name) if name else None for name in names]
    places = [place or stand_in for place in found]
    kinds = np.array([place.kind for place in places], dtype=np.int64)[inverse]
    rows = np.array([place.row for place in places], dtype=np.int64)[inverse]
    listed = np.array([place is not None for place in found])[inverse]
    case.built_up = ~case.stated["shape"] & case.all_stated(*BUILT_UP_PLATES)
    welded = None
    if anywhere(case.built_up):
        welded = welded_i_shapes(*(case.value[name][case.built_up] for name in BUILT_UP_PLATES))
        kinds = where(case.built_up, int(Kind.I_SHAPE), kinds)
    case.sections = sections_at(kinds, rows, welded, np.flatnonzero(case.built_up))
    case.known["shape"] = listed | case.built_up
    _take_nominal_walls(case)
    product = np.array([_product(place) if place else "" for place in found])
    case.words["product"] = where(case.built_up, "plate", product[inverse])


def _find_section(case: SingleCase) -> None:
    """Find the section of a single case, as `_find_sections` does."""
    place = find(case.words["shape"]) if case.words["shape"] else None  # type: ignore[arg-type]
    case.built_up = ~case.stated["shape"] & case.all_stated(*BUILT_UP_PLATES)
    if case.built_up:
        case.kind, table = Kind.I_SHAPE, welded_i_shapes(*(case.value[name] for name in BUILT_UP_PLATES))
    else:
        case.kind, table = _single_section(place or place_of(_STAND_IN_SHAPE))
    case.sections = Sections(np.array([case.kind.value]), {case.kind: (_ONLY_ROW, table)})
    case.known["shape"] = np.bool_(place is not None) | case.built_up
    _take_nominal_walls(case)
    case.words["product"] = "plate" if case.built_up else _product(place) if place else ""  # type: ignore[assignment]


_ONLY_ROW = np.zeros(1, dtype=np.int64)


@lru_cache(maxsize=1_024)
def _single_section(place: Place) -> tuple[Kind, Any]:
    """Return kind and table (1,) of a section; a service meets the same few hundred again and again."""
    table = table_of(place.kind).take(np.array([place.row]))
    freeze(table)
    return place.kind, table


def _take_nominal_walls(case: Case) -> None:
    """Give hollow sections of A1085 and A1065 the properties of their nominal wall (B4.2)."""
    nominal = np.atleast_1d(case.each(has_nominal_wall, "steel_grade"))
    if not nominal.any():
        return
    parts = dict(case.sections.parts)
    for kind in (Kind.RECTANGULAR_HSS, Kind.ROUND_HSS):
        if kind in parts:
            rows, table = parts[kind]
            at = np.flatnonzero(nominal[rows])
            if len(at):
                full = with_nominal_wall(table.take(at))  # type: ignore[arg-type]
                parts[kind] = (rows, put(table, at, full))
    case.sections = Sections(case.sections.kind, parts)


def has_nominal_wall(grade: str) -> bool:
    """Return whether hollow sections of a grade count with their nominal wall (B4.2)."""
    return grade.startswith(("A1085", "A1065"))


_FAMILY = re.compile(r"2L|[A-Z]+")


@lru_cache(maxsize=4_096)
def _product(place: Place) -> str:
    """Return the product form of a section, as `materials` names it."""
    if place.kind is Kind.RECTANGULAR_HSS:
        return "HSS rectangular"
    name = str(table_of(place.kind).name[place.row])
    if place.kind is Kind.ROUND_HSS:
        return "pipe" if name.startswith("PIPE") else "HSS round"
    family = _FAMILY.match(name)
    return family.group() if family else name


def _find_materials(case: Case) -> None:
    # A500 Grade B is one designation with two yield stresses, by the form of the tube.
    tube = case.says("steel_grade", "A500-B") & case.says("product", "HSS round")
    grade = where(tube, "A500-B-ROUND", case.words["steel_grade"])
    case.grade_listed, fy, fu = _grade_strengths(grade)
    case.words["grade"] = grade
    case.grade_fits_shape = case.each(_grade_fits, "grade", "product")
    plate = where(
        case.stated["plate_grade"] | case.known["shape"] | case.stated["shape"], case.words["plate_grade"], grade
    )
    case.plate_grade_listed, plate_fy, plate_fu = _grade_strengths(plate)
    case.words["grade_of_plate"] = plate
    case.plate_grade_fits = case.each(lambda name: _grade_fits(name, "plate"), "grade_of_plate")
    case.plate_grade_named = ~case.says("grade_of_plate", "")
    own = ~case.stated["shape"] & ~case.stated["plate_grade"]
    fy_stated, fu_stated = case.stated["fy_ksi"], case.stated["fu_ksi"]
    plate_fy = where(own & fy_stated, case.value["fy_ksi"], plate_fy)
    plate_fu = where(own & fu_stated, case.value["fu_ksi"], plate_fu)
    case.grade_fy = fy
    fy = where(fy_stated, case.value["fy_ksi"], fy)
    fu = where(fu_stated, case.value["fu_ksi"], fu)
    for name, strength in (("fy_ksi", fy), ("fu_ksi", fu), ("plate_fy_ksi", plate_fy), ("plate_fu_ksi", plate_fu)):
        case.put(name, strength, ~np.isnan(strength))
    for part in ("base_plate", "rod"):
        _, part_fy, part_fu = _grade_strengths(case.words[f"{part}_grade"])
        case.put(f"{part}_fy_ksi", part_fy, ~np.isnan(part_fy))
        case.put(f"{part}_fu_ksi", part_fu, ~np.isnan(part_fu))


def _grade_strengths(names: NDArray[np.str_] | str) -> tuple[BoolArray, FloatArray, FloatArray]:
    """Return listed, Fy and Fu (NaN where not listed) of each grade, shape (n,), or of one."""
    if isinstance(names, str):
        return _strengths_of_grade(names)
    unique, inverse = distinct(names)
    listed, fy, fu = np.array([_strengths_of_grade(name) for name in unique]).T
    return listed.astype(bool)[inverse], fy[inverse], fu[inverse]


@lru_cache(maxsize=1_024)
def _strengths_of_grade(name: str) -> tuple[Any, Any, Any]:
    grade = STEEL_GRADES.get(name)
    if grade is None:
        return np.False_, np.float64(np.nan), np.float64(np.nan)
    return np.True_, np.float64(grade.fy_ksi), np.float64(grade.fu_ksi)


@lru_cache(maxsize=4_096)
def _grade_fits(grade: str, product: str) -> bool:
    """Return whether a grade is made in a product form; where no shape is given, as W shapes are."""
    listed = STEEL_GRADES.get(grade)
    return listed is not None and (product in listed.products or (not product and "W" in listed.products))


def _find_lengths(case: Case) -> None:
    length_in, known = case.value["length_ft"] * 12.0, case.known["length_ft"]
    case.put("length_in", length_in, known)
    share = case.full(0.0)
    for word, part in BRACING_SHARE.items():
        share = where(case.says("bracing", word), part, share)
    stated = case.stated["unbraced_length_ft"]
    lb_in = where(stated, case.value["unbraced_length_ft"] * 12.0, share * length_in)
    case.put("lb_in", lb_in, stated | (case.stated["bracing"] & known))
    for axis in ("x", "y"):
        stated = case.stated[f"lc{axis}_ft"]
        effective = where(stated, case.value[f"lc{axis}_ft"] * 12.0, case.value[f"k{axis}"] * length_in)
        case.put(f"lc{axis}_in", effective, stated | known)
    stated = case.stated["lcz_ft"]
    twist = where(stated, case.value["lcz_ft"] * 12.0, case.value["lcy_in"])
    case.put("lcz_in", twist, stated | case.known["lcy_in"])
    _find_cb(case)


def _find_cb(case: Case) -> None:
    """Take Cb from the quarter-point moments where they are given and Cb is not (Eq. F1-1)."""
    names = ("moment_max_kip_ft", "moment_a_kip_ft", "moment_b_kip_ft", "moment_c_kip_ft")
    given = case.all_stated(*names) & ~case.stated["cb"]
    if anywhere(given):
        moments = [where(given, case.value[name], 1.0) for name in names]
        largest = np.maximum.reduce(moments)
        case.value["cb"] = where(given, cb_factor(largest, *moments[1:]), case.value["cb"])


def _find_kinds(case: Case) -> None:
    shape = case.stated["shape"] | case.built_up
    case.beam = case.any_stated("dead_load_klf", "live_load_klf", "factored_load_klf")
    case.flexure_x = case.beam | case.any_stated("moment_x_kip_ft", "sway_moment_x_kip_ft")
    case.flexure_y = case.stated["moment_y_kip_ft"]
    case.flexure = case.flexure_x | case.flexure_y
    case.plate = case.any_stated("plate_thickness_in", "plate_width_in", "plate_grade", "gusset_length_in")
    member = shape | case.flexure
    case.compression = case.stated["axial_compression_kip"] & (member | ~case.plate)
    case.tension = case.stated["axial_tension_kip"] & (member | ~case.plate)
    case.member = member | case.compression | case.tension
    # A plate that a member's end goes through carries the member's force where its width or buckling length is given.
    case.plate_tension = case.stated["axial_tension_kip"] & case.plate & (~case.tension | case.stated["plate_width_in"])
    buckles = ~case.compression | case.stated["gusset_length_in"]
    case.plate_compression = case.stated["axial_compression_kip"] & case.plate & buckles
    case.bolted = case.any_stated("bolt_diameter_in", "bolt_count", "bolt_grade")
    case.welded = case.any_stated("weld_size_in", "weld_length_in", "electrode_ksi", "pjp_throat_in")
    case.slip_critical = case.bolted & case.says("joint_type", "slip_critical")


_UNIFORM = {
    "D": "dead_load_klf",
    "L": "live_load_klf",
    "Lr": "roof_live_load_klf",
    "S": "snow_load_klf",
    "R": "rain_load_klf",
    "W": "wind_load_klf",
    "E": "earthquake_load_klf",
}


def _find_loads(case: Case) -> None:
    both = case.known["dead_load_klf"] & case.known["live_load_klf"]
    loads = {symbol: case.value[name] for symbol, name in _UNIFORM.items()}
    combined = governing_load_klf(loads, case.lrfd, case.says("design_code", DESIGN_CODES[0]))
    case.put("combined_load_klf", combined, both)
    # A stated combination may hold more than the loads given here; it never counts for less than they come to.
    factored = where(case.stated["factored_load_klf"], case.value["factored_load_klf"], 0.0)
    load = where(both, maximum(combined, factored), case.value["factored_load_klf"])
    case.put("line_load_klf", load, both | case.stated["factored_load_klf"])
    from_load = case.known["line_load_klf"] & case.known["length_ft"]
    reaction = case.value["line_load_klf"] * case.value["length_ft"] / 2.0
    stated = case.stated["shear_kip"]
    shear = np.fmax(where(stated, case.value["shear_kip"], 0.0), where(from_load, reaction, 0.0))
    case.put("member_shear_kip", shear, where(case.beam, from_load, stated))
    case.put("joint_shear_kip", shear, where(case.beam & ~stated, from_load, stated | (case.beam & from_load)))
    axial = case.full(0.0)
    for name in ("axial_compression_kip", "axial_tension_kip"):
        axial = maximum(axial, where(case.stated[name], case.value[name], 0.0))
    pulled = case.any_stated("axial_compression_kip", "axial_tension_kip")
    known = where(case.beam & ~stated, from_load, stated | pulled)
    case.put("joint_force_kip", np.hypot(where(stated | case.beam, shear, 0.0), axial), known)


def _find_moments(case: Case) -> None:
    from_load = case.known["line_load_klf"] & case.known["length_ft"]
    stated, sways = case.stated["moment_x_kip_ft"], case.stated["sway_moment_x_kip_ft"]
    span_moment = case.value["line_load_klf"] * squared(case.value["length_ft"]) / 8.0
    from_span = where(case.beam & from_load, span_moment, 0.0)
    moment = maximum(where(stated, case.value["moment_x_kip_ft"], 0.0), from_span)
    _amplify(case, "x", moment * 12.0, stated | (case.beam & from_load) | (~case.beam & sways))
    _amplify(case, "y", case.value["moment_y_kip_ft"] * 12.0, case.flexure_y)


def _amplify(case: Case, axis: str, moment_kip_in: FloatArray, known: BoolArray) -> None:
    """Keep Mr of an axis: B1 Mnt + B2 Mlt where moments are of a first-order analysis (Eq. A-8-1), else their sum."""
    first_order = case.compression & case.says("moment_basis", "first_order")
    pe1, b1, b2 = case.full(np.nan), case.full(1.0), case.full(1.0)
    sways = case.stated["sway_moment_x_kip_ft"] & (axis == "x")
    ready = known & (~first_order | case.known["length_in"] | case.known[f"lc{axis}_in"])
    if anywhere(first_order):
        axial = load_ratio(case.method) * where(case.compression, case.value["axial_compression_kip"], 0.0)
        pe1 = _buckling_load_kip(case, axis, axial)
        b1 = where(first_order, _amplifier(case.value["cm"], axial / pe1), 1.0)
        storey = load_ratio(case.method) * case.value["story_load_kip"] / case.value["story_elastic_load_kip"]
        b2 = where(first_order & sways, _amplifier(case.full(1.0), storey), 1.0)
        ready = ready & (~(first_order & sways) | case.all_known(("story_load_kip", "story_elastic_load_kip")))
    sway = where(sways, case.value["sway_moment_x_kip_ft"] * 12.0 * b2, 0.0)
    case.value[f"pe1{axis}_kip"], case.value[f"b1{axis}"] = pe1, b1
    if axis == "x":
        case.value["b2"] = b2
    case.put(f"mr{axis}_kip_in", moment_kip_in * b1 + sway, ready)


def _buckling_load_kip(case: Case, axis: str, axial_kip: FloatArray) -> FloatArray:
    """Return Pe1 in the plane of bending (Eq. A-8-5), with 0.8 tau_b EI where the direct analysis method is used.

    ``axial_kip`` is alpha Pr, which tau_b depends on.
    """
    length = where(case.known["length_in"], case.value["length_in"], case.value[f"lc{axis}_in"])
    pe1 = euler_load_kip(case.property(f"i{axis}_in4"), maximum(length, 1.0))
    squash = minimum(axial_kip / (case.value["fy_ksi"] * case.property("area_in2")), 1.0)
    reduced = _DIRECT_STIFFNESS * maximum(tau_b(squash), 1e-6)
    return pe1 * where(case.says("analysis_method", "direct_analysis"), reduced, 1.0)


def _amplifier(numerator: FloatArray, share: FloatArray) -> FloatArray:
    """Return numerator/(1 - share), at least 1 (Eq. A-8-3, A-8-6); the largest amplifier past the buckling load."""
    amplified = where(share < 1.0, numerator / maximum(1.0 - share, 1e-9), _LARGEST_AMPLIFIER)
    return within(amplified, 1.0, _LARGEST_AMPLIFIER)


def _find_fasteners(case: Case) -> None:
    known = case.known["bolt_diameter_in"]
    diameter = snap_bolts(case.value["bolt_diameter_in"])
    case.put("bolt_diameter_in", diameter, known)
    case.value["bolt_hole_in"] = hole_diameter_in(diameter, case.words["hole_type"])
    count = maximum(case.value["bolt_count"], 1.0)
    case.value["bolts_per_line"] = maximum(np.round(count / maximum(case.value["bolt_columns"], 1.0)), 1.0)
    alone = case.known["bolt_count"] & (count <= 1.0)
    case.known["spacing_if_several"] = alone | case.known["bolt_spacing_in"]
    # A tension member may be drawn with its hole given directly or through its bolts.
    stated = case.stated["hole_diameter_in"]
    member_hole = where(stated, case.value["hole_diameter_in"], case.value["bolt_hole_in"])
    case.put("member_hole_in", member_hole, stated | known)
    _find_shear_lag(case)
    pjp = case.says("weld_type", "pjp")
    throat = where(pjp, case.value["pjp_throat_in"], THROAT_RATIO * case.value["weld_size_in"])
    case.put("weld_throat_in", throat, where(pjp, case.known["pjp_throat_in"], case.known["weld_size_in"]))


def _find_shear_lag(case: Case) -> None:
    """Take U of Table D3.1 case 2 where the connection's length and eccentricity are given and U is not."""
    given = case.all_stated("connection_length_in", "x_bar_in") & ~case.stated["shear_lag_u"]
    if anywhere(given):
        lag = within(1.0 - case.value["x_bar_in"] / case.value["connection_length_in"], 0.0, 1.0)
        case.put("shear_lag_u", where(given, lag, case.value["shear_lag_u"]), given | case.known["shear_lag_u"])
