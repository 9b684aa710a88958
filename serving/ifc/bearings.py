"""Which of the pairs that a search found bear on one another: told where their meshes are, in the subprocess."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from structural.geometry.bearing import faces_bear
from structural.geometry.findings import CLEARANCE, TOUCHING, Element, Findings
from structural.problems.clash_detector.members import Members
from structural.problems.clash_detector.truth import RULE, is_primary, is_same_size


def bearing_pairs(
    elements: Sequence[Element], members: Members, exact: NDArray[np.bool_], findings: Findings
) -> NDArray[np.bool_]:
    """Return which findings (m,) are of members that bear on one another.

    Only pairs with a member that its prism (a row of ``members``) does not describe exactly (``exact`` is False) are
    looked at: what two prisms do, the rule sees by itself. Faces look at each other within the angle of the rule; those
    of two pieces alike, as of an arch that is drawn in straight pieces, may lean by less than what counts as skewed.
    """
    apart = np.isin(findings.kind, (TOUCHING, CLEARANCE)) & (findings.distance_mm <= RULE.bearing_gap_max_mm)
    first, second = (members.take(findings.pairs[:, side]) for side in (0, 1))
    pieces = (first.kind == second.kind) & is_primary(first) & is_same_size(first, second)
    bears = np.zeros(len(findings), dtype=bool)
    for row in np.flatnonzero(apart & ~exact[findings.pairs].all(axis=1)).tolist():
        one, other = (elements[place].mesh for place in findings.pairs[row].tolist())
        if one is not None and other is not None and one.closed and other.closed:
            lean_deg = RULE.skew_min_deg if pieces[row] else RULE.facing_max_deg
            bears[row] = faces_bear(one, other, RULE.bearing_gap_max_mm, lean_deg)
    return bears
