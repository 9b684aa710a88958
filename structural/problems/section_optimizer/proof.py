"""What is served: the engine's verdict on a proposal, and a better or safe section where the proposal is neither.

The engine looks both ways from the proposal, in order of preference: at the `LOOK_LIGHTER` lighter shapes that the
exact screen does not rule out, then at the proposal, then at every heavier one. The first that passes is served. A
section that fails is never returned; a lighter one within that reach is always found.
"""

import numpy as np
from numpy.typing import NDArray

from structural.problems.section_optimizer.catalogue import catalogue
from structural.problems.section_optimizer.checking import Verdict, check
from structural.problems.section_optimizer.ratios import necessary
from structural.problems.section_optimizer.request import Members
from structural.problems.section_optimizer.truth import NONE_INDEX, lightest, screened_rank

LOOK_LIGHTER = 24
LOOK_HEAVIER = 12
"""Heavier shapes checked at once for one member; all of them when these do not do."""
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


def prove_member(
    member: Members, proposed: int, alternatives: int, hopeless: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.int64], Verdict]:
    """Return, for one member, what `prove` serves and the next ``alternatives`` shapes that pass too, with verdicts.

    The first of the returned catalogue positions is the served section; none at all when nothing passes. ``hopeless``
    is the exact screen of the catalogue where that is known.
    """
    if hopeless is None:
        hopeless = necessary(member, catalogue()).hopeless()
    screened, start, end = _reach(hopeless, proposed)
    window = screened[start:end]
    verdict = check(member, catalogue().take(window))
    if verdict.passes.sum() <= alternatives and end < len(screened):
        window = screened[start:]
        verdict = check(member, catalogue().take(window))
    return _first_passing(window, verdict, alternatives)


def prove_members(
    members: Members, proposed: NDArray[np.int64], alternatives: int, hopeless: NDArray[np.bool_]
) -> list[tuple[NDArray[np.int64], Verdict]]:
    """Return what `prove_member` does for each of n members; ``hopeless`` (n, shapes) is their exact screen."""
    reaches = [_reach(row, int(position)) for row, position in zip(hopeless, proposed, strict=True)]
    windows = [screened[start:end] for screened, start, end in reaches]
    owner = np.repeat(np.arange(len(windows)), [len(window) for window in windows])
    together = check(members.take(owner), catalogue().take(np.concatenate(windows)))
    found = []
    for row, (window, (screened, _, end)) in enumerate(zip(windows, reaches, strict=True)):
        verdict = together.take(np.flatnonzero(owner == row))
        if verdict.passes.sum() <= alternatives and end < len(screened):
            found.append(prove_member(members.take(row), int(proposed[row]), alternatives, hopeless[row]))
        else:
            found.append(_first_passing(window, verdict, alternatives))
    return found


def _reach(hopeless: NDArray[np.bool_], proposed: int) -> tuple[NDArray[np.intp], int, int]:
    """Return the shapes that the screen leaves, and from where to where among them one looks first."""
    screened = np.flatnonzero(~hopeless)
    at = 0 if proposed == NONE_INDEX else int(np.searchsorted(screened, proposed))
    return screened, max(at - LOOK_LIGHTER, 0), at + 1 + LOOK_HEAVIER


def _first_passing(window: NDArray[np.intp], verdict: Verdict, alternatives: int) -> tuple[NDArray[np.int64], Verdict]:
    found = np.flatnonzero(verdict.passes)[: 1 + alternatives]
    return window[found], verdict.take(found)
