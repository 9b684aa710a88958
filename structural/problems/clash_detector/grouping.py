"""Clashes grouped by cause, so that people mend causes and do not read the same clash fifty times.

The written rule, in order:

1. *modelled twice*: the duplicates between two assemblies, so that an assembly copied as a whole is one group, and
   the other duplicates of a storey. From here on a copy counts as its original.
2. The other clashes are covered by the candidates below, the one that explains most of what is left first:

   * *one member*: all clashes of one member, two or more: a pipe through several beams, a column in the way of many;
   * *repeated detail*: members of the same kinds and profiles that meet alike, two or more: equal distance and equal
     sides of the box around the clash, within `SAME_MM`, whichever way the box is turned;
   * *storey shift*: three or more clashes between the same kinds and storeys with an equal distance, which is what a
     level that was moved as a whole leaves behind.

3. What is left stands alone.

Hours of a group: the work on its worst clash, and for each further one `CHECK_HOURS` where one member is mended and
the others only looked at (rules 1 and "one member"), `REPEAT_SHARE` of its own hours where the same detail is drawn
again. A group never costs more than its clashes one by one.
"""

import heapq
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from structural.geometry.findings import Element, Finding
from structural.problems.clash_detector.causes import Cause, Named, title_of
from structural.problems.clash_detector.request import CLASSES, HIGH, LOW

SAME_MM = 2.0
"""Lengths that differ by no more are taken as equal."""
CHECK_HOURS = 0.25
REPEAT_SHARE = 0.25
SEVERITIES = CLASSES[LOW : HIGH + 1]
_NAMESPACE = uuid.UUID("0d4b2f9e-6a35-4a6b-9d0a-6f1f8c1f7e52")
_WITHOUT_SEVERITY = {"duplicate": 2, "contained": 2, "hard": 1}


_FEWEST = {Cause.ONE_MEMBER: 2, Cause.REPEATED_DETAIL: 2, Cause.STOREY_SHIFT: 3}
_FIRST = {cause: place for place, cause in enumerate(Cause)}


@dataclass(frozen=True, slots=True)
class ClashGroup:
    """Clashes with one cause.

    ``id`` is a UUID that follows from the GlobalIds of the members, so it is the same in the next run. ``rows`` are
    indices into the findings that were grouped, worst first; ``severity`` is the worst of their classes, empty where
    no network has judged them; ``hours`` is NaN then. ``title`` quotes names of the file as they are.
    """

    id: str
    cause: Cause
    title: str
    rows: tuple[int, ...]
    severity: str
    hours: float

    def __len__(self) -> int:
        """Return the number of clashes."""
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class _Candidate:
    cause: Cause
    anchor: tuple[str, ...]
    rows: tuple[int, ...]
    member: int = -1


def group_clashes(elements: Sequence[Element], clashes: Sequence[Finding]) -> list[ClashGroup]:
    """Return the groups of these clashes, worst first; every clash is in exactly one.

    ``clashes`` are what is to be mended: the caller leaves out joints and pairs without a fault. Their order, and
    which member of a pair is named first, changes nothing.
    """
    facts = _Facts(elements, clashes)
    chosen = _copies(facts)
    taken = {row for candidate in chosen for row in candidate.rows}
    rest = [row for row in range(len(clashes)) if row not in taken]
    candidates = [*_by_member(facts, rest), *_details(facts, rest), *_shifts(facts, rest)]
    chosen += _cover(candidates, rest, facts)
    groups = [_group(facts, candidate) for candidate in chosen]
    groups.sort(key=lambda group: (-facts.rank(group.rows[0]), -len(group), group.title, group.id))
    return _with_own_ids(groups)


class _Facts:
    """What the rules ask of elements and clashes, computed once."""

    def __init__(self, elements: Sequence[Element], clashes: Sequence[Finding]) -> None:
        self.elements, self.clashes = elements, clashes
        self.original = _originals(clashes)
        guids = [(elements[clash.a].guid, elements[clash.b].guid) for clash in clashes]
        self.guids = [tuple(sorted(pair)) for pair in guids]

    def rank(self, row: int) -> int:
        """Return how bad a clash is, higher is worse."""
        clash = self.clashes[row]
        if clash.pair_class in SEVERITIES:
            return SEVERITIES.index(clash.pair_class)
        return _WITHOUT_SEVERITY.get(clash.kind, 0)

    def worst_first(self, rows: Iterable[int]) -> tuple[int, ...]:
        """Return rows by severity, then depth, then GlobalIds."""
        return tuple(sorted(rows, key=lambda row: (-self.rank(row), self.clashes[row].distance_mm, self.guids[row])))

    def both(self, row: int, text: Callable[[Element], str]) -> tuple[str, ...]:
        """Return a text of both members, sorted."""
        clash = self.clashes[row]
        return tuple(sorted((text(self.elements[clash.a]), text(self.elements[clash.b]))))


def _originals(clashes: Sequence[Finding]) -> dict[int, int]:
    """Return for each member that was modelled twice the first one of its copies."""
    parent: dict[int, int] = {}

    def root(member: int) -> int:
        while parent.setdefault(member, member) != member:
            parent[member] = parent[parent[member]]
            member = parent[member]
        return member

    for clash in clashes:
        if clash.kind == "duplicate":
            low, high = sorted((root(clash.a), root(clash.b)))
            parent[high] = low
    return {member: root(member) for member in list(parent)}


def _copies(facts: _Facts) -> list[_Candidate]:
    """Return the duplicates, those of two assemblies together, others by storey."""
    found: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for row, clash in enumerate(facts.clashes):
        if clash.kind == "duplicate":
            assemblies = facts.both(row, lambda element: element.assembly)
            storeys = facts.both(row, lambda element: element.storey)
            found[("assemblies", *assemblies) if all(assemblies) else ("storeys", *storeys)].append(row)
    return [
        _Candidate(Cause.MODELLED_TWICE, min(facts.guids[row] for row in rows), tuple(rows)) for rows in found.values()
    ]


def _by_member(facts: _Facts, rows: Sequence[int]) -> list[_Candidate]:
    found: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        clash = facts.clashes[row]
        for member in {facts.original.get(clash.a, clash.a), facts.original.get(clash.b, clash.b)}:
            found[member].append(row)
    return [
        _Candidate(Cause.ONE_MEMBER, (facts.elements[member].guid,), tuple(own), member)
        for member, own in found.items()
        if len(own) >= _FEWEST[Cause.ONE_MEMBER]
    ]


def _details(facts: _Facts, rows: Sequence[int]) -> list[_Candidate]:
    def sides(row: int) -> tuple[float, ...]:
        clash = facts.clashes[row]
        lengths = sorted(high - low for low, high in zip(clash.low_mm, clash.high_mm, strict=True))
        return (clash.distance_mm, *lengths)

    return _alike(
        facts,
        rows,
        Cause.REPEATED_DETAIL,
        key=lambda row: (facts.clashes[row].kind, *facts.both(row, lambda item: f"{item.kind} {item.profile}")),
        measures=sides,
    )


def _shifts(facts: _Facts, rows: Sequence[int]) -> list[_Candidate]:
    placed = [row for row in rows if all(facts.both(row, lambda item: item.storey))]
    return _alike(
        facts,
        placed,
        Cause.STOREY_SHIFT,
        key=lambda row: (facts.clashes[row].kind, *facts.both(row, lambda item: f"{item.storey}\n{item.kind}")),
        measures=lambda row: (facts.clashes[row].distance_mm,),
    )


def _alike(
    facts: _Facts,
    rows: Sequence[int],
    cause: Cause,
    *,
    key: Callable[[int], tuple[str, ...]],
    measures: Callable[[int], tuple[float, ...]],
) -> list[_Candidate]:
    """Return the sets of clashes with the same key and equal measures."""
    buckets: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for row in rows:
        buckets[key(row)].append(row)
    found = []
    for bucket in buckets.values():
        values = np.array([measures(row) for row in bucket])
        for part in _equal_parts(values):
            if len(part) >= _FEWEST[cause]:
                own = [bucket[place] for place in part.tolist()]
                found.append(_Candidate(cause, min(facts.guids[row] for row in own), tuple(own)))
    return found


def _equal_parts(values: NDArray[np.float64]) -> list[NDArray[np.int64]]:
    """Split n points (n, k) into parts that spread by at most `SAME_MM` in each coordinate; return their indices."""
    parts = [np.arange(len(values))]
    for column in values.T:
        parts = [within for part in parts for within in _windows(column, part)]
    return parts


def _windows(column: NDArray[np.float64], part: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Split a part by one coordinate, from its lowest value on."""
    order = part[np.argsort(column[part], kind="stable")]
    ordered = column[order]
    starts, at = [], 0
    while at < len(order):
        starts.append(at)
        at = int(np.searchsorted(ordered, ordered[at] + SAME_MM, side="right"))
    return np.split(order, starts[1:])


def _cover(candidates: Sequence[_Candidate], rows: Sequence[int], facts: _Facts) -> list[_Candidate]:
    """Choose candidates, the one with most clashes left first, and let the others stand alone."""
    left = set(rows)
    heap = [
        (-len(item.rows), _FIRST[item.cause], item.anchor, place, item.rows) for place, item in enumerate(candidates)
    ]
    heapq.heapify(heap)
    chosen: list[_Candidate] = []
    while heap:
        size, first, anchor, place, own = heapq.heappop(heap)
        candidate = candidates[place]
        still = tuple(row for row in own if row in left)
        if len(still) < _FEWEST[candidate.cause]:
            continue
        if len(still) < -size:
            heapq.heappush(heap, (-len(still), first, anchor, place, still))
            continue
        left.difference_update(still)
        chosen.append(_Candidate(candidate.cause, anchor, still, candidate.member))
    return chosen + [_Candidate(Cause.SINGLE, facts.guids[row], (row,)) for row in sorted(left)]


def _group(facts: _Facts, candidate: _Candidate) -> ClashGroup:
    rows = facts.worst_first(candidate.rows)
    anchor = candidate.anchor if candidate.cause is Cause.ONE_MEMBER else min(facts.guids[row] for row in rows)
    severity = facts.clashes[rows[0]].pair_class
    named = Named(candidate.member, facts.original)
    return ClashGroup(
        id=str(uuid.uuid5(_NAMESPACE, "\n".join((candidate.cause, *anchor)))),
        cause=candidate.cause,
        title=title_of(facts.elements, [facts.clashes[row] for row in rows], candidate.cause, named),
        rows=rows,
        severity=severity if severity in SEVERITIES else "",
        hours=_hours([facts.clashes[row].hours for row in rows], candidate.cause),
    )


def _hours(hours: Sequence[float], cause: Cause) -> float:
    """Return the hours of a group by the written rule from those of its clashes."""
    first = max(hours)
    if cause in (Cause.ONE_MEMBER, Cause.MODELLED_TWICE):
        further = CHECK_HOURS * (len(hours) - 1)
    else:
        further = REPEAT_SHARE * (sum(hours) - first)
    return round(min(first + further, sum(hours)), 2)


def _with_own_ids(groups: list[ClashGroup]) -> list[ClashGroup]:
    """Return the groups with ids that differ also where a file gives one GlobalId to several members."""
    seen: dict[str, int] = defaultdict(int)
    found = []
    for group in groups:
        again = seen[group.id]
        seen[group.id] += 1
        own = str(uuid.uuid5(_NAMESPACE, f"{group.id}\n{again}")) if again else group.id
        found.append(ClashGroup(own, group.cause, group.title, group.rows, group.severity, group.hours))
    return found


def clash_id(first_guid: str, second_guid: str) -> str:
    """Return the UUID of a clash between two members, the same in every run and for either order of the two."""
    return str(uuid.uuid5(_NAMESPACE, "\n".join(sorted((first_guid, second_guid)))))
