"""Materials, loads, jurisdiction: A1, A3, B2, B4.2 and IBC Chapter 22."""

from functools import cache

import numpy as np

from structural.aisc.seismic import DESIGN_CATEGORIES, system_permitted
from structural.checks import FloatArray
from structural.code_checks.case import BoolArray, Case
from structural.code_checks.contract import Check, Outcome, by_words
from structural.code_checks.derived import has_nominal_wall
from structural.code_checks.jurisdictions import DESIGN_CODES, JURISDICTIONS
from structural.code_checks.uses import SECTION, UNIFORM_LOADS
from structural.elementwise import numbered, where
from structural.sections import Kind

_STATED_LOAD_TOLERANCE = 0.01
"""A stated combination within 1 % of the governing one is that combination, rounded."""
_HEAVY_THICKNESS_IN = 2.0
"""A3.1d, A3.1e: flanges of rolled shapes and plates of built-up shapes above this are heavy."""
_WALL_SHARE = 0.93
"""B4.2: design wall over nominal wall."""


def _known(case: Case, name: str) -> FloatArray:
    return where(case.known[name], case.value[name], np.nan)


def _names_steel(case: Case) -> BoolArray:
    return case.member | case.plate | case.stated["steel_grade"] | case.stated["fy_ksi"]


def _base_material(case: Case) -> Outcome:
    """A3.1: specification listed, made in this product form, no more yield claimed than it guarantees, toughness."""
    named, plate_named = case.stated["steel_grade"], case.plate_grade_named & case.plate
    concerns_member = case.member | ~case.plate
    bad = named & (~case.grade_listed | (case.member & ~case.grade_fits_shape))
    bad |= plate_named & (~case.plate_grade_listed | ~case.plate_grade_fits)
    claimed = case.value["fy_ksi"]
    guaranteed = where(named & case.grade_listed, numbered(case.grade_fy), claimed)
    overclaimed = case.stated["fy_ksi"] & named & (claimed > guaranteed * (1.0 + 1e-3))
    unnamed = (concerns_member & ~named) & case.stated["fy_ksi"]
    missing = (concerns_member & ~named & ~case.stated["fy_ksi"]) | (
        case.plate & ~case.plate_grade_named & ~(case.stated["fy_ksi"] & ~case.stated["shape"])
    )
    tf_in = case.property("tf_in")
    heavy = case.known["shape"] & (tf_in > _HEAVY_THICKNESS_IN)
    brittle = heavy & case.says("cjp_tension_splice", "yes") & case.says("cvn_tested", "no")
    compared = case.stated["fy_ksi"] & named & case.grade_listed
    return Outcome(
        where(compared, claimed, np.nan),
        where(compared, guaranteed, np.nan),
        fails=bad | overclaimed | brittle,
        missing=missing,
        advisory=unnamed | heavy,
        details={
            "Fy_ksi": _known(case, "fy_ksi"),
            "Fu_ksi": _known(case, "fu_ksi"),
            "tf_in": where(case.known["shape"], tf_in, np.nan),
            "plate_Fy_ksi": where(case.plate, _known(case, "plate_fy_ksi"), np.nan),
            "plate_Fu_ksi": where(case.plate, _known(case, "plate_fu_ksi"), np.nan),
        },
        reasons=(
            (named & ~case.grade_listed, "the steel grade is not listed (A3.1)"),
            (named & case.member & ~case.grade_fits_shape, "the steel grade is not made in this product form"),
            (plate_named & ~case.plate_grade_listed, "the plate grade is not listed (A3.1)"),
            (plate_named & ~case.plate_grade_fits, "the plate grade is not made as plate"),
            (overclaimed, "more yield stress is claimed than the grade guarantees"),
            (brittle, "a heavy section spliced in tension by CJP welds is not Charpy tested (A3.1d, A3.1e)"),
            (heavy, "heavy section: Charpy tests where it is spliced in tension by CJP welds (A3.1d, A3.1e)"),
            (unnamed, "no grade is named, only a yield stress"),
        ),
    )


def _matching_filler_ksi(fy_ksi: np.ndarray) -> np.ndarray:
    """Return the matching filler strength FEXX of a base metal's Fy, ksi (user note of J2.6)."""
    return where(fy_ksi <= 55.0, 70.0, where(fy_ksi <= 65.0, 80.0, where(fy_ksi <= 70.0, 90.0, 110.0)))


def _fasteners(case: Case) -> Outcome:
    """A3.3, A3.5, J2.6, J3.2: A307 is never pretensioned; filler at most one strength level above matching."""
    pretensioned = case.says("joint_type", "pretensioned", "slip_critical")
    soft = case.bolted & case.says("bolt_grade", "A307") & pretensioned
    plate_known = case.known["plate_fy_ksi"] & case.plate
    base = where(plate_known, case.value["plate_fy_ksi"], case.value["fy_ksi"])
    most = _matching_filler_ksi(base) + 10.0
    filler = case.value["electrode_ksi"]
    welded = case.welded & case.known["electrode_ksi"]
    over = welded & (plate_known | case.known["fy_ksi"]) & (filler > most + 1e-6)
    missing = (case.bolted & ~case.known["bolt_grade"]) | (case.welded & ~case.known["electrode_ksi"])
    reasons = (
        (soft, "A307 bolts are not pretensioned (J3.1)"),
        (over, "the filler metal is more than one strength level above matching (J2.6)"),
        (case.bolted & ~case.known["bolt_grade"], "bolt_grade"),
        (case.welded & ~case.known["electrode_ksi"], "electrode_ksi"),
    )
    compared = welded & (plate_known | case.known["fy_ksi"])
    demand, limit = where(compared, filler, np.nan), where(compared, most, np.nan)
    return Outcome(demand, limit, soft | over, missing, reasons=reasons)


def _design_wall(case: Case) -> Outcome:
    """B4.2: the wall used is at most 0.93 of the nominal one, or all of it for A1065 and A1085."""
    stated = case.stated["wall_nominal_in"]
    nominal = where(stated, case.value["wall_nominal_in"], case.property("t_nominal_in"))
    whole = case.each(has_nominal_wall, "steel_grade")
    most = where(whole, 1.0, _WALL_SHARE) * nominal
    used = where(case.stated["wall_design_in"], case.value["wall_design_in"], case.property("t_in"))
    # The database rounds design walls to a thousandth.
    return Outcome(used, most, fails=used > most + 1e-3, details={"t_nominal_in": nominal})


def _load_combination(case: Case) -> Outcome:
    """B2 with ASCE 7 2.3 and 2.4: a stated combination is not less than the governing one."""
    governing = case.value["combined_load_klf"]
    stated = where(case.stated["factored_load_klf"], case.value["factored_load_klf"], governing)
    return Outcome(governing, stated, fails=governing * (1.0 - _STATED_LOAD_TOLERANCE) > stated)


@by_words("seismic_design_category", "seismic_system", "seismic_detailing")
def _jurisdiction(case: Case) -> Outcome:
    """A1.1, B1: edition at least the adopted one; R = 3 systems in SDC B and C only; R > 3 detailed by AISC 341."""
    adopts_newest = case.each(lambda key: JURISDICTIONS[key].steel_edition == DESIGN_CODES[0], "jurisdiction")
    newest = case.says("design_code", DESIGN_CODES[0])
    outdated, other = ~newest & adopts_newest, newest & ~adopts_newest
    stated = case.stated["seismic_system"]
    plain = stated & case.says("seismic_system", "R3") & case.says("seismic_design_category", "D", "E", "F")
    ductile = stated & ~case.says("seismic_system", "R3") & ~case.says("seismic_design_category", "A")
    undetailed = ductile & case.says("seismic_detailing", "none")
    missing = stated & ~case.known["seismic_design_category"]
    missing |= ductile & ~case.known["seismic_detailing"]
    barred = ductile & case.each(_is_barred, "seismic_system", "seismic_design_category")
    empty = case.full(np.nan)
    return Outcome(
        empty,
        empty,
        outdated | plain | undetailed,
        missing,
        advisory=other | barred,
        reasons=(
            (outdated, "the design code is older than the edition adopted in this jurisdiction"),
            (plain, "R = 3 systems are for seismic design categories B and C only"),
            (undetailed, "a system with R > 3 is detailed to AISC 341"),
            (barred, "ASCE 7 Table 12.2-1 permits this system in this category by its notes only (verify)"),
            (other, "the adopted edition is another one; see what differs"),
        ),
    )


_SYSTEM_KEYS = {
    "SMF": "special_moment_frame",
    "IMF": "intermediate_moment_frame",
    "OMF": "ordinary_moment_frame",
    "SCBF": "special_concentrically_braced_frame",
    "OCBF": "ordinary_concentrically_braced_frame",
    "EBF": "eccentrically_braced_frame",
    "BRBF": "buckling_restrained_braced_frame",
    "SPSW": "special_plate_shear_wall",
}
_LOWEST_BUILDING_FT = 1.0


def _is_barred(system: str, category: str) -> bool:
    """Return whether ASCE 7 Table 12.2-1 does not permit a system at any height, but for its notes."""
    return (system, category) in _barred_pairs()


@cache
def _barred_pairs() -> frozenset[tuple[str, str]]:
    return frozenset(
        (word, letter)
        for word, key in _SYSTEM_KEYS.items()
        for letter in DESIGN_CATEGORIES[1:]
        if not system_permitted(key, letter, _LOWEST_BUILDING_FT)
    )


CHECKS = (
    Check(
        "MAT-01",
        "Base material listed, grade limits",
        "A3.1, Table A3.1",
        "ksi",
        "no base metal is described",
        _names_steel,
        _base_material,
        uses=(*SECTION, "plate_grade", "fu_ksi", "cjp_tension_splice", "cvn_tested"),
        asks="steel_grade, plate_grade",
        can_govern=False,
        formula="grade listed and made in this form; stated Fy ≤ Fy of the grade; tf > 2 in. with CJP: CVN tested",
    ),
    Check(
        "MAT-02",
        "Fasteners and filler metal",
        "A3.3, A3.5, J2.6, J3.2",
        "ksi",
        "no fasteners or welds",
        lambda case: case.bolted | case.welded,
        _fasteners,
        uses=("bolt_grade", "joint_type", "electrode_ksi", "steel_grade", "plate_grade", "fy_ksi"),
        asks="bolt_grade, electrode_ksi",
        can_govern=False,
        formula="A307 not pretensioned; FEXX ≤ matching + 10 ksi",
    ),
    Check(
        "MAT-03",
        "Design wall thickness",
        "B4.2",
        "in",
        "no hollow section",
        lambda case: case.is_kind(Kind.RECTANGULAR_HSS, Kind.ROUND_HSS),
        _design_wall,
        uses=("shape", "steel_grade", "wall_nominal_in", "wall_design_in"),
        can_govern=False,
        formula="t ≤ 0.93 t_nominal; t ≤ t_nominal for A1065, A1085",
    ),
    Check(
        "LOD-01",
        "Load combinations",
        "B2, ASCE 7 2.3, 2.4",
        "kip/ft",
        "required strengths are given, there are no nominal loads to combine",
        lambda case: case.any_stated("dead_load_klf", "live_load_klf"),
        _load_combination,
        requires=("dead_load_klf", "live_load_klf"),
        uses=(*UNIFORM_LOADS, "method"),
        can_govern=False,
        formula="largest combination of ASCE 7 ≤ stated combination",
    ),
    Check(
        "JUR-01",
        "Jurisdiction and seismic system",
        "A1.1, B1",
        "1",
        "",
        lambda case: case.full(True),
        _jurisdiction,
        uses=("seismic_design_category", "seismic_system", "seismic_detailing"),
        asks="seismic_design_category, seismic_detailing",
        can_govern=False,
        formula="edition adopted; R = 3 in SDC A to C only; R > 3 detailed to AISC 341",
        confirmed=False,
    ),
)
