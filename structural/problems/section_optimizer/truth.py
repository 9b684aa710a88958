"""The true answer: the lightest W shape that passes every limit state (ties: the shallower, then the name).

Shapes are tried in order of preference. An exact screen (`ratios.necessary`) first rules out, for all 289 at once, what
cannot pass; the engine then checks what is left from the light end until one passes.
"""

import numpy as np
from numpy.typing import NDArray

from structural.problems.section_optimizer.catalogue import catalogue
from structural.problems.section_optimizer.checking import Verdict, check
from structural.problems.section_optimizer.ratios import necessary
from structural.problems.section_optimizer.request import NO_SECTION, Members, resolve
from structural.tables import Table

CHUNK_ROWS = 1024
FIRST_LOOK = 6
"""Candidates checked at once; doubled each round."""
NONE_INDEX = -1


def label(table: Table) -> Table:
    """Return the LABEL columns of a table of questions."""
    members = resolve(table)
    best = lightest(members)
    shapes = catalogue()
    shown = np.where(best == NONE_INDEX, least_overstressed(members, best == NONE_INDEX), best)
    verdict = check(members, shapes.take(shown))
    return {
        "section": np.where(best == NONE_INDEX, NO_SECTION, shapes.name[shown]),
        "utilization_ratio": verdict.utilization,
        "governing_limit_state": verdict.governing_names(),
        "weight_lb_ft": shapes.weight_lb_ft[shown],
        "depth_in": shapes.d_in[shown],
    }


def lightest(members: Members, first_rank: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
    """Return the catalogue position of the lightest shape that passes, `NONE_INDEX` where none does, shape (n,).

    ``first_rank`` (n,) leaves out that many of the lightest shapes that the exact screen lets through, a question.
    """
    skip = np.zeros(len(members), dtype=np.int64) if first_rank is None else first_rank
    parts = []
    for start in range(0, len(members), CHUNK_ROWS):
        rows = np.arange(start, min(start + CHUNK_ROWS, len(members)))
        parts.append(_lightest_of(members.take(rows), skip[rows]))
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)


def screened_rank(members: Members) -> NDArray[np.int64]:
    """Return how many shapes up to and with each pass the exact screen, in order of preference, (n, m)."""
    return np.cumsum(~necessary(members.column(), catalogue()).hopeless(), axis=1)


def _lightest_of(members: Members, skip: NDArray[np.int64]) -> NDArray[np.int64]:
    rank = screened_rank(members)
    # A shape that the screen drops does not raise the count.
    candidates = np.diff(rank, axis=1, prepend=0) > 0
    rank = rank - skip[:, None]
    best = np.full(len(members), NONE_INDEX, dtype=np.int64)
    open_rows = np.flatnonzero(rank[:, -1] > 0)
    done, look = 0, FIRST_LOOK
    while len(open_rows):
        ranks = rank[open_rows]
        at, shape = np.nonzero(candidates[open_rows] & (ranks > done) & (ranks <= done + look))
        passes = check(members.take(open_rows[at]), catalogue().take(shape)).passes
        # Pairs come in order of preference, so the first that passes is the answer.
        rows, first = np.unique(at[passes], return_index=True)
        best[open_rows[rows]] = shape[passes][first]
        done, look = done + look, look * 2
        left = np.ones(len(open_rows), dtype=bool)
        left[rows] = False
        open_rows = open_rows[left & (ranks[:, -1] > done)]
    return best


def check_all(members: Members) -> Verdict:
    """Check each of n members with each of m catalogue shapes: k = n * m pairs, member by member."""
    n, m = len(members), len(catalogue())
    return check(members.take(np.repeat(np.arange(n), m)), catalogue().take(np.tile(np.arange(m), n)))


def least_overstressed(members: Members, rows: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return, where ``rows`` is set, the catalogue position of the shape within the depth limit of least utilization.

    Elsewhere 0. Shape (n,).
    """
    out = np.zeros(len(members), dtype=np.int64)
    index = np.flatnonzero(rows)
    for start in range(0, len(index), CHUNK_ROWS):
        part = index[start : start + CHUNK_ROWS]
        asked = members.take(part)
        utilization = check_all(asked).utilization.reshape(len(part), -1)
        out[part] = np.where(catalogue().d_in > asked.depth_limit_in[:, None], np.inf, utilization).argmin(axis=1)
    return out
