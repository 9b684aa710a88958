"""The truth: every applicable family detailed, the cheapest adequate one taken, `inadequate` when there is none."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from structural.elementwise import picked, where
from structural.problem import Column, Kind, Role
from structural.problems.connection_designer import beam, lap
from structural.problems.connection_designer.applicability import applicable_families, exists_for_joint
from structural.problems.connection_designer.catalogue import (
    DETAILED_FAMILIES,
    FAMILIES,
    LIMIT_STATES,
    Family,
    LimitState,
)
from structural.problems.connection_designer.costs import CostTable
from structural.problems.connection_designer.end_plate import extended_end_plate
from structural.problems.connection_designer.layout import beam_end
from structural.problems.connection_designer.request import BoolArray, FloatArray, Joint, resolve
from structural.problems.connection_designer.strengths import Detail, slip_is_required_to_be_prevented
from structural.tables import Table

LABEL_COLUMNS = (
    Column(
        "connection_type",
        Kind.CATEGORY,
        Role.LABEL,
        "",
        "cheapest adequate family",
        categories=tuple(map(str, FAMILIES)),
    ),
    Column("capacity_kips", Kind.FLOAT, Role.LABEL, "kip", "available strength of that family", 0.001, 100_000),
    Column("slip_critical", Kind.BOOLEAN, Role.LABEL, "", "its bolts are slip-critical"),
    Column("cost_usd", Kind.FLOAT, Role.LABEL, "usd", "made and erected", 1.0, 1_000_000),
    Column(
        "governing_limit_state",
        Kind.CATEGORY,
        Role.LABEL,
        "",
        "limit state that sets the capacity",
        categories=tuple(map(str, LIMIT_STATES)),
    ),
)
INADEQUATE = FAMILIES.index(Family.INADEQUATE)
_SLIP_FAMILIES = np.array([family not in (Family.WELDED, Family.BOLTED_BEARING) for family in DETAILED_FAMILIES])


@dataclass(frozen=True, slots=True)
class Detailing:
    """All families of many joints, (n, families), or of one, (families,); `DETAILED_FAMILIES` in order.

    ``applicable`` obeys the rules, ``capacity`` is in kip (0 where the family does not exist for the joint), ``state``
    is the position in `LIMIT_STATES`, ``cost`` in USD.
    """

    applicable: BoolArray
    capacity: FloatArray
    state: NDArray[np.intp]
    cost: FloatArray
    exists: BoolArray

    def adequate(self, load: FloatArray) -> BoolArray:
        """Return which families may be used and carry the load (n,), shape (n, families)."""
        return self.applicable & (self.capacity >= load[..., None])


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer a joint, (n,): ``family`` is a position in `FAMILIES`, ``detailed`` one in `DETAILED_FAMILIES`.

    ``detailed`` is the family whose capacity and cost are given: the answer, or for `inadequate` the strongest.
    """

    family: NDArray[np.intp]
    detailed: NDArray[np.intp]
    capacity: FloatArray
    state: NDArray[np.intp]
    cost: FloatArray
    slip_critical: BoolArray


def detail(joint: Joint, costs: CostTable, allowed: BoolArray | None = None) -> Detailing:
    """Detail every family that exists for each joint; ``allowed`` is `applicable_families` where that is known."""
    shape = (*joint.load.shape, len(DETAILED_FAMILIES))
    result = Detailing(
        applicable_families(joint, beam_end(joint)) if allowed is None else allowed,
        np.zeros(shape),
        np.zeros(shape, dtype=np.intp),
        np.zeros(shape),
        exists_for_joint(joint),
    )
    for is_lap, at, part in joint.kinds():
        for family, detailed in _lap_families(part, costs) if is_lap else _beam_families(part, costs):
            place: Any = (*at, DETAILED_FAMILIES.index(family))
            result.capacity[place] = detailed.capacity
            result.state[place] = detailed.state
            result.cost[place] = detailed.cost
    result.capacity[~result.exists] = 0.0
    return result


def _lap_families(joint: Joint, costs: CostTable) -> Iterator[tuple[Family, Detail]]:
    bearing, slip = lap.bolted(joint, costs)
    yield Family.BOLTED_BEARING, bearing
    yield Family.BOLTED_SLIP_CRITICAL, slip
    yield Family.WELDED, lap.welded(joint, costs)


def _beam_families(joint: Joint, costs: CostTable) -> Iterator[tuple[Family, Detail]]:
    end = beam_end(joint)
    yield Family.SHEAR_TAB, beam.shear_tab(joint, end, costs)
    yield Family.DOUBLE_ANGLE, beam.double_angle(joint, end, costs)
    yield Family.WELDED, beam.welded_web(joint, end, costs)
    yield Family.EXTENDED_END_PLATE, extended_end_plate(joint, end, costs)


def decide(joint: Joint, detailing: Detailing) -> Verdict:
    """Return the cheapest adequate family of each joint.

    Where there is none the answer is `inadequate`, with the strongest applicable family's capacity, limit state and
    cost; where no family is even applicable, those of the strongest that exists, governed by ``not_permitted``.
    """
    adequate = detailing.adequate(joint.load)
    cheapest = where(adequate, detailing.cost, np.inf).argmin(axis=-1)
    some: BoolArray = np.any(adequate, axis=-1)
    any_applicable: BoolArray = np.any(detailing.applicable, axis=-1)
    pool = where(any_applicable[..., None], detailing.applicable, detailing.exists)
    strongest = where(pool, detailing.capacity, -1.0).argmax(axis=-1)
    detailed = where(some, cheapest, strongest)
    barred = LIMIT_STATES.index(LimitState.NOT_PERMITTED)
    return Verdict(
        family=where(some, cheapest, INADEQUATE),
        detailed=detailed,
        capacity=picked(detailing.capacity, detailed),
        state=where(any_applicable, picked(detailing.state, detailed), barred),
        cost=picked(detailing.cost, detailed),
        slip_critical=some & is_slip_critical(joint, detailed),
    )


def is_slip_critical(joint: Joint, detailed: NDArray[np.intp]) -> BoolArray:
    """Return where the bolts of a family (position in `DETAILED_FAMILIES`, (n,)) are slip-critical.

    Always in the slip-critical splice; in bolted beam connections where slip must be prevented; never in welds.
    """
    always = detailed == DETAILED_FAMILIES.index(Family.BOLTED_SLIP_CRITICAL)
    critical: BoolArray = always | (_SLIP_FAMILIES[detailed] & slip_is_required_to_be_prevented(joint))
    return critical


def label(questions: Table, costs: CostTable | None = None) -> Table:
    """Return the LABEL columns of a table of questions, by the default prices unless others are given."""
    joint = resolve(questions)
    verdict = decide(joint, detail(joint, costs or CostTable()))
    return {
        "connection_type": np.array([str(family) for family in FAMILIES])[verdict.family],
        "capacity_kips": np.round(verdict.capacity, 4),
        "slip_critical": verdict.slip_critical,
        "cost_usd": np.round(verdict.cost, 2),
        "governing_limit_state": np.array([str(state) for state in LIMIT_STATES])[verdict.state],
    }
