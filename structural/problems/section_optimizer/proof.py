"""What is served: the engine's verdict on a proposal, and a better or safe section where the proposal is neither.

The engine looks both ways from the proposal, in order of preference: at the `LOOK_LIGHTER` lighter shapes that the
exact screen does not rule out, then at the proposal, then at every heavier one. The first that passes is served. A
section that fails is never returned; a lighter one within that reach is always found.
"""

import numpy as np
from numpy.typing import NDArray

from structural.problems.section_optimizer.request import Members
from structural.problems.section_optimizer.truth import NONE_INDEX, lightest, screened_rank

LOOK_LIGHTER = 24
CHUNK_ROWS = 1024


def prove(members: Members, proposed: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the catalogue position that is served for each of n proposals, `NONE_INDEX` where nothing passes."""
    first_rank = np.empty(len(members), dtype=np.int64)
    for start in range(0, len(members), CHUNK_ROWS):
        rows = np.arange(start, min(start + CHUNK_ROWS, len(members)))
        rank = screened_rank(members.take(rows))
        at = rank[np.arange(len(rows)), proposed[rows]]
        # A proposal of nothing is not trusted: everything is looked at.
        first_rank[rows] = np.where(proposed[rows] == NONE_INDEX, 0, np.maximum(at - 1 - LOOK_LIGHTER, 0))
    return lightest(members, first_rank)


def alternatives(member: Members, chosen: int, count: int) -> NDArray[np.int64]:
    """Return the catalogue positions of the next ``count`` shapes that pass too, for one member; maybe fewer."""
    found: list[int] = []
    rank = screened_rank(member)
    while len(found) < count:
        last = int(lightest(member, rank[:, found[-1] if found else chosen])[0])
        if last == NONE_INDEX:
            break
        found.append(last)
    return np.array(found, dtype=np.int64)
