"""Causes that clashes have in common, and how a group of clashes is called."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from structural.geometry.findings import Element, Finding
from structural.problems.clash_detector.request import SERVICES

_LONGEST_NAME = 60
_WORDS = {"clearance": "clearance violation", "touching": "contact", "undecided": "undecided pair"}


class Cause(StrEnum):
    """Why clashes stand in one group."""

    MODELLED_TWICE = "modelled_twice"
    ONE_MEMBER = "one_member"
    REPEATED_DETAIL = "repeated_detail"
    STOREY_SHIFT = "storey_shift"
    SINGLE = "single"


@dataclass(frozen=True, slots=True)
class Named:
    """The member that all clashes of a group share (index; -1 for none), and the originals of copies."""

    member: int = -1
    originals: Mapping[int, int] = field(default_factory=dict)


def title_of(elements: Sequence[Element], clashes: Sequence[Finding], cause: Cause, named: Named) -> str:
    """Return what a group of clashes (worst first) is called; names of the file stand in it as they are."""
    count, worst = len(clashes), clashes[0]
    first, second = elements[worst.a], elements[worst.b]
    kinds = " and ".join(f"{kind}s" for kind in sorted({first.kind, second.kind}))
    if cause is Cause.MODELLED_TWICE:
        if count == 1:
            return f"{called(first)} is modelled twice"
        return f"{count} members are modelled twice{_on_storeys(first, second)}"
    if cause is Cause.ONE_MEMBER:
        return _member_title(elements, clashes, named)
    if cause is Cause.REPEATED_DETAIL:
        return f"{count} times the same {_what(worst)} of {kinds}, as {_short(first)} and {_short(second)}"
    if cause is Cause.STOREY_SHIFT:
        return f"{count} equal {_what(worst)}s of {kinds}{_on_storeys(first, second)}, as if a level had moved"
    return f"{called(first)} and {called(second)}: {_what(worst)}"


def called(element: Element) -> str:
    """Return what a person calls a member: its kind and its name, or its GlobalId where it has none."""
    return f"{element.kind} {_short(element)}"


def _member_title(elements: Sequence[Element], clashes: Sequence[Finding], named: Named) -> str:
    element = elements[named.member]
    others: dict[int, str] = {}
    for clash in clashes:
        pair = {named.originals.get(clash.a, clash.a), named.originals.get(clash.b, clash.b)}
        for other in (pair - {named.member}) or pair:
            others[other] = elements[other].kind
    hard = any(clash.distance_mm < 0 for clash in clashes)
    steel = not any(kind in SERVICES for kind in others.values())
    verb = "runs through" if steel and element.kind in SERVICES else "hits"
    return f"{called(element)} {verb if hard else 'is too close to'} {_counted(list(others.values()))}"


def _counted(kinds: Sequence[str]) -> str:
    """Return kinds with their numbers in words: 3 beams and 1 column."""
    counts = {kind: kinds.count(kind) for kind in sorted(set(kinds))}
    words = [f"{count} {kind}{'s' if count > 1 else ''}" for kind, count in counts.items()]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _what(clash: Finding) -> str:
    return _WORDS.get(clash.kind, "overlap")


def _on_storeys(first: Element, second: Element) -> str:
    storeys = sorted({name for name in (first.storey, second.storey) if name})
    return f" on {' and '.join(name[:_LONGEST_NAME] for name in storeys)}" if storeys else ""


def _short(element: Element) -> str:
    return (element.name or element.tag or element.guid)[:_LONGEST_NAME]
