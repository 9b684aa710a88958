"""What a clash check found, put in order for people: clashes in groups, joints, and what was left out, with counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from serving.clash_report.rules import ClashRules, apply_rules
from structural.geometry.findings import Element, Finding, Model
from structural.problems.clash_detector.grouping import SEVERITIES, ClashGroup, group_clashes
from structural.problems.clash_detector.request import CLASSES, CONNECTION

_CLASHES_UNJUDGED = ("hard", "clearance", "duplicate", "contained")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many pairs are in no list, and why: by entry of the rules, by limits of the rules, and as no fault."""

    ignored: Mapping[str, int] = field(default_factory=dict)
    beyond_tolerance: int = 0
    below_penetration: int = 0
    no_fault: int = 0


@dataclass(frozen=True, slots=True)
class ClashReport:
    """The result of a clash check.

    ``sources`` are the names of the files; ``clashes`` what is to be mended and ``groups`` their groups, worst first;
    ``joints`` the pairs taken for intended; ``undecided`` the pairs of open meshes. ``model_version`` is the version of
    the network that told joints from clashes; empty where none did and geometry stands alone.
    """

    model: Model
    sources: tuple[str, ...]
    tolerance_mm: float
    clashes: tuple[Finding, ...]
    groups: tuple[ClashGroup, ...]
    joints: tuple[Finding, ...]
    undecided: tuple[Finding, ...]
    left_out: LeftOut
    model_version: str = ""

    @property
    def is_judged(self) -> bool:
        """Whether a network told intended joints from clashes."""
        return bool(self.model_version)

    @property
    def troubled(self) -> tuple[Element, ...]:
        """The elements that are not checked, or not exactly, each with its `Element.trouble`."""
        return tuple(element for element in self.model.elements if element.trouble)

    @property
    def unread(self) -> int:
        """The number of elements without geometry, which are not checked."""
        return sum(element.mesh is None for element in self.model.elements)

    def of(self, clash: Finding) -> tuple[Element, Element]:
        """Return the two elements of a finding."""
        return self.model.elements[clash.a], self.model.elements[clash.b]


def build_report(
    model: Model,
    sources: Sequence[str],
    findings: Sequence[Finding],
    rules: ClashRules,
    *,
    ignored: Mapping[str, int] | None = None,
    model_version: str = "",
) -> ClashReport:
    """Return the report on findings: those that rules leave out are counted, the rest sorted into lists and grouped.

    ``ignored`` are pairs that rules kept out of the search, by entry. Rules are applied again here, so it does no harm
    to search everything.
    """
    pairs = np.array([(item.a, item.b) for item in findings], dtype=np.int64).reshape(-1, 2)
    ruled = apply_rules(rules, model.elements, pairs)
    clashes, joints, undecided = [], [], []
    beyond = below = fine = 0
    for row, item in enumerate(findings):
        if not ruled.kept[row]:
            continue
        if item.distance_mm > ruled.tolerance_mm[row]:
            beyond += 1
        elif item.kind == "hard" and -item.distance_mm < ruled.minimum_penetration_mm[row]:
            below += 1
        elif is_clash(item, judged=bool(model_version)):
            clashes.append(item)
        elif item.pair_class == CLASSES[CONNECTION]:
            joints.append(item)
        elif item.kind == "undecided":
            undecided.append(item)
        else:
            fine += 1
    counts = {title: ruled.ignored.get(title, 0) + (ignored or {}).get(title, 0) for title in ruled.ignored}
    return ClashReport(
        model,
        tuple(sources),
        rules.tolerance_mm,
        tuple(clashes),
        tuple(group_clashes(model.elements, clashes)),
        tuple(joints),
        tuple(undecided),
        LeftOut(counts, beyond, below, fine),
        model_version,
    )


def is_clash(finding: Finding, *, judged: bool) -> bool:
    """Return whether a pair is to be mended.

    Judged pairs are when their class says so. Where nothing judged them, all that overlap or come too near are, joints
    among them; pairs that only touch are not.
    """
    if judged and finding.pair_class:
        return finding.pair_class in SEVERITIES
    return finding.kind in _CLASHES_UNJUDGED
