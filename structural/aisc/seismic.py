"""Seismic design of members, AISC 341-22 (ductility, expected strength, E3.4a) and ASCE 7-22 Table 12.2-1, 12.8.7.

Not confirmed against the primary texts: every coefficient here is to be checked (verify). Ry and Rt are in `materials`.
Lengths in in., stresses in ksi, forces in kip, results of broadcast shape. Every function raises `StructuralError`
naming a number out of range (`ranges`: at most 1e12).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from structural.aisc.constants import E_KSI
from structural.aisc.method import Method
from structural.checks import FloatArray, enum_codes, require_between, require_non_negative, require_positive
from structural.errors import StructuralError

BoolArray = NDArray[np.bool_]


class SeismicElement(StrEnum):
    """Element of Table D1.1 and the slenderness it is judged by."""

    FLANGE = "flange"
    """Flanges of I shapes, channels and tees, legs of angles: b/t."""
    H_PILE_FLANGE = "h_pile_flange"
    """Flanges of H-piles: b/t; moderately ductile only."""
    TEE_STEM = "tee_stem"
    """Stems of tees: d/t."""
    HSS_BRACE_WALL = "hss_brace_wall"
    """Walls of rectangular HSS braces, flanges and side plates of boxed I shapes, walls of box braces: b/t, h/t."""
    BRACE_WEB = "brace_web"
    """Webs of I shapes and channels used as diagonal braces: h/tw."""
    MOMENT_FRAME_WEB = "moment_frame_web"
    """Webs of beams and columns of moment frames: h/tw, falling with Ca."""
    OTHER_WEB = "other_web"
    """Webs of other beams and columns, walls of boxes in bending or with axial force: h/tw, falling with Ca."""
    ROUND_HSS_WALL = "round_hss_wall"
    """Walls of round HSS: D/t."""


class DuctilityLimits(NamedTuple):
    """Limiting slenderness of highly (NaN where there is no such class) and moderately ductile members."""

    highly: FloatArray
    moderately: FloatArray


_NONE = float("nan")
_ROOT_MULTIPLES = {
    SeismicElement.FLANGE: (0.32, 0.40),
    SeismicElement.H_PILE_FLANGE: (_NONE, 0.48),
    SeismicElement.TEE_STEM: (0.32, 0.40),
    SeismicElement.HSS_BRACE_WALL: (0.65, 0.76),
    SeismicElement.BRACE_WEB: (1.57, 1.57),
    SeismicElement.MOMENT_FRAME_WEB: (2.5, 5.4),
    SeismicElement.OTHER_WEB: (_NONE, _NONE),
    SeismicElement.ROUND_HSS_WALL: (_NONE, _NONE),
}
"""On sqrt(E/(Ry Fy)): highly, moderately ductile; webs of moment frames at Ca = 0, the last two by formula."""
_ROUND_MULTIPLES = (0.053, 0.062)
"""On E/(Ry Fy)."""
_CA_BREAK = 0.113


def ductility_limits(
    element: SeismicElement | ArrayLike, fy_ksi: ArrayLike, ry: ArrayLike, ca: ArrayLike = 0.0
) -> DuctilityLimits:
    """Return lambda_hd and lambda_md of an element (AISC 341-22 Table D1.1; verify).

    Parameters
    ----------
    element : SeismicElement, str or array_like of str
        Element.
    fy_ksi : array_like
        Yield stress, ksi, > 0.
    ry : array_like
        Ry of `materials.expected_ratios`, 1..2.
    ca : array_like
        `axial_yield_ratio`, >= 0, counted up to 1; for webs of beams and columns only.

    Returns
    -------
    DuctilityLimits
        Multiples of sqrt(E/(Ry Fy)), for round HSS of E/(Ry Fy). Webs of moment frames: 2.5 and 5.4 times
        (1 - Ca)^2.3. Other webs: 2.45 (1 - 1.04 Ca) and 3.76 (1 - 3.05 Ca) up to Ca = 0.113, above it
        2.26 (1 - 0.38 Ca) and 2.61 (1 - 0.49 Ca), at least 1.56.

    Raises
    ------
    StructuralError
        Naming an argument out of range or unknown.
    """
    codes = enum_codes("element", element, SeismicElement)
    strain = E_KSI / (require_positive("fy_ksi", fy_ksi) * require_between("ry", ry, 1.0, 2.0))
    axial = np.minimum(require_non_negative("ca", ca), 1.0)
    by_class = (_multiple(codes, axial, 0), _multiple(codes, axial, 1))
    root = np.sqrt(strain)
    round_wall = codes == 7
    highly, moderately = (
        np.where(round_wall, coefficient * strain, multiple * root)
        for coefficient, multiple in zip(_ROUND_MULTIPLES, by_class, strict=True)
    )
    return DuctilityLimits(highly, moderately)


def _multiple(codes: NDArray[np.int64], ca: FloatArray, column: int) -> FloatArray:
    """Return the multiple of sqrt(E/(Ry Fy)) for highly (column 0) or moderately ductile members."""
    plain = np.array(list(_ROOT_MULTIPLES.values()))[codes, column]
    moment_frame = np.where(codes == 5, plain * (1.0 - ca) ** 2.3, plain)
    low = (2.45 * (1.0 - 1.04 * ca), 3.76 * (1.0 - 3.05 * ca))[column]
    high = (2.26 * (1.0 - 0.38 * ca), 2.61 * (1.0 - 0.49 * ca))[column]
    other = np.where(ca <= _CA_BREAK, low, np.maximum(high, 1.56))
    return np.where(codes == 6, other, moment_frame)


def axial_yield_ratio(
    pr_kip: ArrayLike, fy_ksi: ArrayLike, ry: ArrayLike, ag_in2: ArrayLike, method: Method | ArrayLike
) -> FloatArray:
    """Return Ca = alpha_s Pr/(Ry Fy Ag) of Table D1.1 (verify).

    ``pr_kip`` required axial strength, kip, >= 0; ``fy_ksi``, ``ag_in2`` > 0; ``ry`` 1..2.
    """
    strength = expected_yield_ksi(fy_ksi, ry) * require_positive("ag_in2", ag_in2)
    return np.asarray(force_level(method) * require_non_negative("pr_kip", pr_kip) / strength)


def expected_yield_ksi(fy_ksi: ArrayLike, ry: ArrayLike) -> FloatArray:
    """Return the expected yield stress Ry Fy (A3.2); ``fy_ksi`` in ksi, > 0, ``ry`` 1..2."""
    return np.asarray(require_positive("fy_ksi", fy_ksi) * require_between("ry", ry, 1.0, 2.0))


def expected_tensile_ksi(fu_ksi: ArrayLike, rt: ArrayLike) -> FloatArray:
    """Return the expected tensile strength Rt Fu (A3.2); ``fu_ksi`` in ksi, > 0, ``rt`` 1..2."""
    return np.asarray(require_positive("fu_ksi", fu_ksi) * require_between("rt", rt, 1.0, 2.0))


def force_level(method: Method | ArrayLike) -> FloatArray:
    """Return alpha_s, the factor between LRFD and ASD force levels: 1.0 or 1.5 (verify), shape of ``method``."""
    return np.where(enum_codes("method", method, Method) == 0, 1.0, 1.5)


def column_moment_kip_in(
    zc_in3: ArrayLike, fyc_ksi: ArrayLike, pr_kip: ArrayLike, ag_in2: ArrayLike, method: Method | ArrayLike
) -> FloatArray:
    """Return M*pc = Zc (Fyc - alpha_s Pr/Ag) of one column at a joint, kip-in. (AISC 341-22 E3.4a, Eq. E3-2; verify).

    ``zc_in3`` plastic modulus, in3, ``fyc_ksi`` minimum yield stress, ``ag_in2`` area, all > 0; ``pr_kip`` required
    compression, kip, >= 0. At least 0.
    """
    stress = force_level(method) * require_non_negative("pr_kip", pr_kip) / require_positive("ag_in2", ag_in2)
    moment = require_positive("zc_in3", zc_in3) * (require_positive("fyc_ksi", fyc_ksi) - stress)
    return np.maximum(moment, 0.0)


def beam_moment_kip_in(
    mpr_kip_in: ArrayLike, shear_kip: ArrayLike, arm_in: ArrayLike, method: Method | ArrayLike
) -> FloatArray:
    """Return M*pb = Mpr + alpha_s Mv of one beam at a joint, kip-in. (AISC 341-22 E3.4a, Eq. E3-3; verify).

    ``mpr_kip_in`` greatest probable moment at the plastic hinge, > 0; Mv = ``shear_kip`` at the hinge (>= 0) times
    ``arm_in`` from the hinge to the column centreline (>= 0).
    """
    added = require_non_negative("shear_kip", shear_kip) * require_non_negative("arm_in", arm_in)
    return np.asarray(require_positive("mpr_kip_in", mpr_kip_in) + force_level(method) * added)


def column_beam_ratio(column_moments_kip_in: ArrayLike, beam_moments_kip_in: ArrayLike) -> FloatArray:
    """Return the sum of M*pc over the sum of M*pb at a joint; a strong column has more than 1.0 (Eq. E3-1; verify).

    Moments above and below the joint, and left and right of it, along the last axis, kip-in., >= 0 (beams: sum > 0).
    """
    columns = np.sum(np.atleast_1d(require_non_negative("column_moments_kip_in", column_moments_kip_in)), axis=-1)
    beams = np.sum(np.atleast_1d(require_non_negative("beam_moments_kip_in", beam_moments_kip_in)), axis=-1)
    return np.asarray(columns / require_positive("beam_moments_kip_in", beams))


def axial_exempts_column(
    pr_kip: ArrayLike, fyc_ksi: ArrayLike, ag_in2: ArrayLike, method: Method | ArrayLike
) -> BoolArray:
    """Return where a column's axial force is low enough for the exceptions of E3.4a (verify).

    alpha_s Pr < 0.3 Fyc Ag; the exceptions also ask for a single-storey building, the top storey, or columns of less
    than 20 % of the storey's shear strength. Arguments as in `column_moment_kip_in`.
    """
    limit = 0.3 * require_positive("fyc_ksi", fyc_ksi) * require_positive("ag_in2", ag_in2)
    return np.asarray(force_level(method) * require_non_negative("pr_kip", pr_kip) < limit)


@dataclass(frozen=True, slots=True)
class StoryDrift:
    """A storey under seismic load, ASCE 7 12.8.7; every field broadcasts.

    ``load_kip`` Px vertical design load at and above it, load factors at most 1; ``drift_in`` design drift Delta;
    ``shear_kip`` Vx; ``height_in`` hsx.
    """

    load_kip: ArrayLike
    drift_in: ArrayLike
    shear_kip: ArrayLike
    height_in: ArrayLike


def stability_coefficient(story: StoryDrift, cd: ArrayLike, importance: ArrayLike = 1.0) -> FloatArray:
    """Return theta = Px Delta Ie/(Vx hsx Cd) (ASCE 7-22 Eq. 12.8-16; verify); P-Delta may be neglected up to 0.10.

    ``cd`` deflection amplification factor of the system, > 0; ``importance`` Ie, 1..1.5.
    """
    moment = require_non_negative("load_kip", story.load_kip) * require_non_negative("drift_in", story.drift_in)
    stiffness = require_positive("shear_kip", story.shear_kip) * require_positive("height_in", story.height_in)
    return np.asarray(
        moment * require_between("importance", importance, 1.0, 1.5) / (stiffness * require_positive("cd", cd))
    )


def max_stability_coefficient(cd: ArrayLike, demand_ratio: ArrayLike = 1.0) -> FloatArray:
    """Return theta_max = 0.5/(beta Cd) <= 0.25 (ASCE 7-22 Eq. 12.8-17; verify).

    ``demand_ratio`` beta, storey shear demand over capacity, > 0 and 1.0 where it is not known.
    """
    return np.minimum(0.5 / (require_positive("demand_ratio", demand_ratio) * require_positive("cd", cd)), 0.25)


@dataclass(frozen=True, slots=True)
class SeismicSystem:
    """A steel seismic force-resisting system of ASCE 7-22 Table 12.2-1 (verify).

    ``height_limits_ft`` by seismic design category B, C, D, E, F: infinity has no limit, 0 is not permitted.
    ``needs_341`` is False where AISC 341 does not apply.
    """

    name: str
    r: float
    omega_0: float
    cd: float
    height_limits_ft: tuple[float, float, float, float, float]
    needs_341: bool = True


_NL, _NP = float("inf"), 0.0
_BRACED = (_NL, _NL, 160.0, 160.0, 100.0)

SEISMIC_SYSTEMS: dict[str, SeismicSystem] = {
    system.name: system
    for system in (
        SeismicSystem("special_moment_frame", 8.0, 3.0, 5.5, (_NL,) * 5),
        SeismicSystem("intermediate_moment_frame", 4.5, 3.0, 4.0, (_NL, _NL, 35.0, _NP, _NP)),
        SeismicSystem("ordinary_moment_frame", 3.5, 3.0, 3.0, (_NL, _NL, _NP, _NP, _NP)),
        SeismicSystem("special_concentrically_braced_frame", 6.0, 2.0, 5.0, _BRACED),
        SeismicSystem("ordinary_concentrically_braced_frame", 3.25, 2.0, 3.25, (_NL, _NL, 35.0, 35.0, _NP)),
        SeismicSystem("eccentrically_braced_frame", 8.0, 2.0, 4.0, _BRACED),
        SeismicSystem("buckling_restrained_braced_frame", 8.0, 2.5, 5.0, _BRACED),
        SeismicSystem("special_plate_shear_wall", 7.0, 2.0, 6.0, _BRACED),
        SeismicSystem("not_specifically_detailed", 3.0, 3.0, 3.0, (_NL, _NL, _NP, _NP, _NP), needs_341=False),
    )
}
"""By name. Heights leave out the relaxations of footnotes and of 12.2.5."""

DESIGN_CATEGORIES = ("A", "B", "C", "D", "E", "F")


def system_permitted(name: str, category: str, height_ft: ArrayLike) -> BoolArray:
    """Return where a system is permitted in a seismic design category at a structural height (Table 12.2-1; verify).

    Parameters
    ----------
    name : str
        Key of `SEISMIC_SYSTEMS`.
    category : str
        One of `DESIGN_CATEGORIES`; in A every system is permitted.
    height_ft : array_like
        Structural height, ft, > 0.

    Returns
    -------
    ndarray of bool
        Shape of ``height_ft``.

    Raises
    ------
    StructuralError
        ``field="system"``, ``"category"`` or ``"height_ft"``.
    """
    height = require_positive("height_ft", height_ft)
    if name not in SEISMIC_SYSTEMS:
        raise StructuralError(f"unknown system {name!r}; known: {', '.join(SEISMIC_SYSTEMS)}", field="system")
    if category not in DESIGN_CATEGORIES:
        raise StructuralError(f"unknown category {category!r}; known: A to F", field="category")
    limits = (_NL, *SEISMIC_SYSTEMS[name].height_limits_ft)
    return np.asarray(height <= limits[DESIGN_CATEGORIES.index(category)])
