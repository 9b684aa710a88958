"""Which elements of an IFC model are checked, and which have a shape and are not: those are counted by class."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from serving.ifc.elements import Described
from serving.ifc.representations import has_body

KIND_OF_CLASS = {
    "IfcColumn": "column",
    "IfcPile": "column",
    "IfcBeam": "beam",
    "IfcMember": "brace",
    "IfcPlate": "plate",
    "IfcPipeSegment": "pipe",
    "IfcPipeFitting": "pipe",
    "IfcDuctSegment": "duct",
    "IfcDuctFitting": "duct",
    "IfcCableCarrierSegment": "duct",
    "IfcCableCarrierFitting": "duct",
    "IfcFlowSegment": "pipe",
    "IfcFlowFitting": "pipe",
}
"""IFC classes that are checked, and what they are to the clash detector; subclasses count as their class."""
_PIECES = ("IfcBuildingElementPart", "IfcBuildingElementProxy")
"""Classes that say nothing of what an element is: as part of a checked element it is of that one's kind."""
_SHAPED = ("IfcElement", "IfcProxy")
_NOT_THERE = ("IfcFeatureElement", "IfcVirtualElement")
"""What is taken off or added to other elements, or only thought of."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The elements to check by entity id, each with its kind, and how many others have a shape, by IFC class.

    ``wholes`` are those checked elements that a checked element is part of, by entity id.
    """

    elements: Mapping[int, tuple[Any, str]]
    wholes: Mapping[int, tuple[int, ...]]
    not_checked: Mapping[str, int]


def choose(model: Any, described: Described) -> Choice:
    """Return which elements of an open model are checked.

    An element without a shape whose parts are checked is only their whole and none of its own.
    """
    found = _of_checked_classes(model)
    found |= _pieces(model, described, found)
    shaped = {key for key, (element, _) in found.items() if has_body(element)}
    with_parts = {owner.id() for key in shaped for owner in described.owners(found[key][0])} - shaped
    elements = {key: value for key, value in found.items() if key not in with_parts}
    wholes = {key: _among(described.owners(element), elements, key) for key, (element, _) in elements.items()}
    others = Counter(
        str(element.is_a())
        for element in _by_classes(model, _SHAPED)
        if element.id() not in found and not any(element.is_a(name) for name in _NOT_THERE) and has_body(element)
    )
    return Choice(elements, {key: value for key, value in wholes.items() if value}, dict(others))


def _of_checked_classes(model: Any) -> dict[int, tuple[Any, str]]:
    found: dict[int, tuple[Any, str]] = {}
    for name, kind in KIND_OF_CLASS.items():
        for element in _by_classes(model, (name,)):
            found.setdefault(element.id(), (element, kind))
    return found


def _pieces(model: Any, described: Described, found: Mapping[int, tuple[Any, str]]) -> dict[int, tuple[Any, str]]:
    """Return the pieces that checked elements are made of, each with the kind of the innermost of these."""
    pieces: dict[int, tuple[Any, str]] = {}
    for element in _by_classes(model, _PIECES):
        kind = next((found[owner.id()][1] for owner in described.owners(element) if owner.id() in found), None)
        if kind is not None:
            pieces[element.id()] = (element, kind)
    return pieces


def _among(owners: Iterable[Any], elements: Mapping[int, Any], key: int) -> tuple[int, ...]:
    return tuple(owner.id() for owner in owners if owner.id() != key and owner.id() in elements)


def _by_classes(model: Any, names: Iterable[str]) -> Iterator[Any]:
    for name in names:
        try:
            yield from model.by_type(name)
        except RuntimeError:  # this schema does not have that class
            continue
