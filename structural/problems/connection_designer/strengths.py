"""What the families share: available strengths of bolts and plies, and the search for the smallest of them.

All strengths are available strengths in kip: LRFD or ASD, row by row.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import cast

import numpy as np
from numpy.typing import NDArray

from structural.aisc import bolts
from structural.aisc.method import Factor
from structural.elementwise import anywhere, maximum, minimum, where
from structural.materials import ELECTRODES as FILLER_KSI
from structural.materials import STEEL_GRADES
from structural.problems.connection_designer.catalogue import LIMIT_STATES, LimitState
from structural.problems.connection_designer.request import (
    BOLT_GRADES,
    ELECTRODES,
    FATIGUE,
    FAYING_SURFACES,
    HOLE_TYPES,
    NO_SLIP,
    PLY_GRADES,
    REVERSING,
    SEISMIC,
    BoolArray,
    FloatArray,
    Joint,
    once,
)

MEMBER_FY_KSI, MEMBER_FU_KSI = 50.0, 65.0
"""A992, the steel of every W shape here."""
NET_AREA_ALLOWANCE_IN = 1.0 / 16.0
"""Added to the hole for net areas (B4.3b)."""
SIXTEENTH_IN = 1.0 / 16.0


def scaled(nominal: FloatArray, factor: Factor, joint: Joint) -> FloatArray:
    """Return the available strength: phi times nominal (LRFD) or nominal over Omega (ASD), B3."""
    if joint.lrfd.ndim == 0:
        return nominal * factor.phi if joint.lrfd else nominal / factor.omega
    return where(joint.lrfd, nominal * factor.phi, nominal / factor.omega)


@cache
def _grade_table() -> tuple[FloatArray, NDArray[np.int64]]:
    grades = [bolts.bolt_grade(name) for name in BOLT_GRADES]
    stresses = np.array([(grade.fnt_ksi, grade.fnv_n_ksi, grade.fnv_x_ksi) for grade in grades])
    return stresses, np.array([int(grade.group) for grade in grades])


@cache
def _strength_table(grades: tuple[str, ...]) -> FloatArray:
    return np.array([(STEEL_GRADES[name].fy_ksi, STEEL_GRADES[name].fu_ksi) for name in grades])


@cache
def _fillers() -> FloatArray:
    return np.array([FILLER_KSI[name] for name in ELECTRODES])


@once
def ply_fy_ksi(joint: Joint) -> FloatArray:
    """Return Fy of plies, plates and angles, (n,)."""
    fy: FloatArray = _strength_table(PLY_GRADES)[joint.ply_grade, 0]
    return fy


@once
def ply_fu_ksi(joint: Joint) -> FloatArray:
    """Return Fu of plies, plates and angles, (n,)."""
    fu: FloatArray = _strength_table(PLY_GRADES)[joint.ply_grade, 1]
    return fu


@once
def filler_ksi(joint: Joint) -> FloatArray:
    """Return FEXX of the filler metal, (n,)."""
    return _fillers()[joint.electrode]


@once
def is_pretensionable(joint: Joint) -> BoolArray:
    """Return where the bolts can be pretensioned: every grade but A307 (Table J3.1)."""
    hard: BoolArray = joint.grade != BOLT_GRADES.index("A307")
    return hard


@once
def slip_is_required_to_be_prevented(joint: Joint) -> BoolArray:
    """Return where bolted joints must be slip-critical, (n,).

    Oversized holes (J3.3), slip that cannot be tolerated, and fatigue (RCSC Specification 4.3, for load that reverses;
    taken for every fatigue load here, because the request does not say). Slots lie across the load and need no
    slip-critical joint.
    """
    return joint.has_character(FATIGUE, NO_SLIP) | joint.has_hole("oversized")


@once
def pretension_is_required(joint: Joint) -> BoolArray:
    """Return where bolts must be pretensioned: slip-critical, reversing load (RCSC 4.2), seismic (AISC 341 D2.2)."""
    return slip_is_required_to_be_prevented(joint) | joint.has_character(REVERSING, SEISMIC)


@dataclass(frozen=True, slots=True)
class Holes:
    """Hole sizes, (n,) in.: ``along`` and ``across`` the load (slots lie across)."""

    along: FloatArray
    across: FloatArray

    @property
    def net_along(self) -> FloatArray:
        """Width deducted from net areas parallel to the load."""
        return self.along + NET_AREA_ALLOWANCE_IN

    @property
    def net_across(self) -> FloatArray:
        """Width deducted from net areas normal to the load."""
        return self.across + NET_AREA_ALLOWANCE_IN


@once
def hole_sizes(joint: Joint) -> Holes:
    """Return the hole sizes of Table J3.3."""
    return Holes(joint.hole_along, joint.hole_across)


def bolt_shear(joint: Joint, planes: FloatArray | float) -> FloatArray:
    """Return the available shear strength of one bolt in 1 or 2 shear planes (J3.7)."""
    return _one_plane_shear(joint) * planes


@once
def _one_plane_shear(joint: Joint) -> FloatArray:
    stresses, _ = _grade_table()
    fnv = where(joint.threads_excluded, stresses[joint.grade, 2], stresses[joint.grade, 1])
    return scaled(bolts.bolt_shear(fnv, joint.diameter), bolts.BOLT, joint)


@once
def bolt_tension(joint: Joint) -> FloatArray:
    """Return the available tensile strength of one bolt (J3.7)."""
    stresses, _ = _grade_table()
    return scaled(bolts.bolt_tension(stresses[joint.grade, 0], joint.diameter), bolts.BOLT, joint)


def bolt_slip(joint: Joint, planes: FloatArray | float) -> FloatArray:
    """Return the slip resistance of one bolt with 1 or 2 slip planes (J3.9); for A307, which has none, 0.01 kip."""
    return where(is_pretensionable(joint), _one_plane_slip(joint) * planes, 0.01)


@once
def _one_plane_slip(joint: Joint) -> FloatArray:
    _, groups = _grade_table()
    group = groups[np.where(is_pretensionable(joint), joint.grade, BOLT_GRADES.index("A325"))]
    pretension = _tabulated_pretension if joint.load.ndim == 0 else bolts.min_pretension_kip
    nominal = bolts.slip_resistance(_frictions()[joint.surface], 1.0, pretension(joint.diameter, group))
    return scaled(nominal, bolts.slip_factor(_hole_names()[joint.hole]), joint)


_tabulated_pretension: Callable[..., FloatArray] = lru_cache(256)(bolts.min_pretension_kip)
"""The pretension of one bolt: a table of few sizes and groups, whose checks cost more than what is looked up."""


@cache
def _frictions() -> FloatArray:
    return np.array([bolts.SLIP_COEFFICIENTS[name] for name in FAYING_SURFACES])


@cache
def _hole_names() -> NDArray[np.str_]:
    return np.array(HOLE_TYPES)


@dataclass(frozen=True, slots=True)
class PlyBolt:
    """Available strength of one bolt hole in a ply, (n,): bearing, and tearout at the edge and between holes."""

    bearing: FloatArray
    tearout_edge: FloatArray
    tearout_inner: FloatArray

    def weaker(self, other: "PlyBolt") -> "PlyBolt":
        """Return the smaller of two plies, limit state by limit state."""
        return PlyBolt(
            minimum(self.bearing, other.bearing),
            minimum(self.tearout_edge, other.tearout_edge),
            minimum(self.tearout_inner, other.tearout_inner),
        )


@once
def _bearing_case(joint: Joint) -> bolts.BearingCase | NDArray[np.str_]:
    long_slot = joint.has_hole("long_slot")
    if not anywhere(long_slot):
        return bolts.BearingCase.DEFORMATION_CONSIDERED
    if long_slot.ndim == 0:
        return bolts.BearingCase.LONG_SLOT_NORMAL
    return np.where(long_slot, bolts.BearingCase.LONG_SLOT_NORMAL, bolts.BearingCase.DEFORMATION_CONSIDERED)


def ply_bolt(
    joint: Joint, holes: Holes, thickness: FloatArray, fu: FloatArray | float, edge: FloatArray | None = None
) -> PlyBolt:
    """Return the strength of one bolt hole in a ply of this thickness (J3.11a).

    ``edge`` (n,), in., is the distance to the edge along the load, None for a ply with no edge there.
    """
    case = _bearing_case(joint)
    inner = maximum(joint.spacing - holes.along, 0.0)
    bearing = scaled(bolts.bearing(joint.diameter, thickness, fu, case), bolts.BOLT, joint)
    between = scaled(bolts.tearout(inner, thickness, fu, case), bolts.BOLT, joint)
    if edge is None:
        return PlyBolt(bearing, between, between)
    at_edge = maximum(edge - 0.5 * holes.along, 0.0)
    return PlyBolt(bearing, scaled(bolts.tearout(at_edge, thickness, fu, case), bolts.BOLT, joint), between)


@dataclass(frozen=True, slots=True)
class BoltGroup:
    """Bolts that act together, (n,): ``count``, of which ``edge_bolts`` stand next to the edge that the load pulls to.

    ``effective`` is the coefficient C of `layout.effective_bolts`, used where ``is_eccentric``.
    """

    count: FloatArray
    edge_bolts: FloatArray
    effective: FloatArray
    is_eccentric: BoolArray


class Candidates:
    """Collects available strengths with the limit state that each belongs to, and finds the smallest."""

    def __init__(self) -> None:
        """Start empty."""
        self._states: list[LimitState] = []
        self._strengths: list[FloatArray] = []

    def add(self, state: LimitState, strength_kip: FloatArray) -> None:
        """Add one limit state; ``strength_kip`` is the load at which it is reached, (n,)."""
        self._states.append(state)
        self._strengths.append(strength_kip)

    def add_bolts(self, shear: FloatArray, ply: PlyBolt, group: BoltGroup) -> None:
        """Add a bolt group, named after what limits its weakest kind of bolt.

        Concentric: the sum over bolts of min(shear, bearing, tearout) (J3.11a, user note). Eccentric: the most loaded
        bolt, 1 of ``group.effective``, against the weakest hole.
        """
        edge = minimum(minimum(shear, ply.bearing), ply.tearout_edge)
        inner = minimum(minimum(shear, ply.bearing), ply.tearout_inner)
        weakest = minimum(edge, inner)
        total = group.edge_bolts * edge + (group.count - group.edge_bolts) * inner
        total = where(group.is_eccentric, weakest * group.effective, total)
        for state, strength in ((LimitState.BOLT_SHEAR, shear), (LimitState.BOLT_BEARING, ply.bearing)):
            self.add(state, where(strength <= weakest, total, np.inf))
        self.add(LimitState.BOLT_TEAROUT, total)

    def smallest(self) -> tuple[FloatArray, NDArray[np.intp]]:
        """Return the capacity (n,) and the position in `LIMIT_STATES` of the limit state that governs it."""
        if all(strength.ndim == 0 for strength in self._strengths):
            row = self._strengths.index(min(self._strengths))
            place = cast("NDArray[np.intp]", np.intp(LIMIT_STATES.index(self._states[row])))
            return maximum(self._strengths[row], 0.01), place
        strengths = np.stack(np.broadcast_arrays(*self._strengths))
        row = strengths.argmin(axis=0)
        positions = np.array([LIMIT_STATES.index(state) for state in self._states])
        capacity = np.take_along_axis(strengths, row[None], axis=0)[0]
        return maximum(capacity, 0.01), positions[row]


@dataclass(frozen=True, slots=True)
class Detail:
    """One family detailed for each joint, (n,): capacity in kip, governing limit state, cost in USD."""

    capacity: FloatArray
    state: NDArray[np.intp]
    cost: FloatArray
