"""What an IFC model says of its elements: names, storey, material, assembly, and what they are parts of.

The relations are walked once for the whole model. Everything here is read from entities, nothing is computed.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from serving.ifc.refusals import RefusedError

_LONGEST_TEXT = 200
_DEEPEST_PLACEMENT = 256


class Described:
    """What relations say of the elements of one model, by entity id. ``model`` is an open IFC file."""

    def __init__(self, model: Any) -> None:
        nested = _related(model, "IfcRelNests", "RelatedObjects", "RelatingObject")
        self._parent = nested | _related(model, "IfcRelAggregates", "RelatedObjects", "RelatingObject")
        self._place = _related(model, "IfcRelContainedInSpatialStructure", "RelatedElements", "RelatingStructure")
        self._material = _related(model, "IfcRelAssociatesMaterial", "RelatedObjects", "RelatingMaterial")
        self._type = _related(model, "IfcRelDefinesByType", "RelatedObjects", "RelatingType")
        self._group = _related(model, "IfcRelAssignsToGroup", "RelatedObjects", "RelatingGroup")

    def texts_of(self, element: Any) -> dict[str, str]:
        """Return the texts of one element, as `structural.geometry.findings.Element` names them."""
        kind = self._type.get(element.id())
        material = self._material.get(element.id()) or (self._material.get(kind.id()) if kind else None)
        return {
            "guid": text(element.GlobalId),
            "name": text(element.Name) or text(getattr(element, "Tag", None)) or text(element.GlobalId),
            "ifc_class": element.is_a(),
            "tag": text(getattr(element, "Tag", None)),
            "storey": self._storey(element),
            "material": _material_name(material),
            "profile": _profile_name(material) or text(getattr(element, "ObjectType", None)),
            "assembly": self._assembly(element),
            "system": text(getattr(self._group.get(element.id()), "Name", None)),
        }

    def kind_of(self, element: Any, kind: str) -> str:
        """Return the kind of an element whose class is more general than its type's (ducts of older schemas)."""
        found = self._type.get(element.id())
        if kind == "pipe" and found is not None and found.is_a().startswith(("IfcDuct", "IfcCableCarrier")):
            return "duct"
        return kind

    def owners(self, element: Any) -> Iterator[Any]:
        """Yield an element and the wholes that it is part of, innermost first, whatever circles the file has."""
        seen: set[int] = set()
        while element is not None and element.id() not in seen:
            seen.add(element.id())
            yield element
            element = self._parent.get(element.id())

    def _storey(self, element: Any) -> str:
        for owner in self.owners(element):
            place = self._place.get(owner.id())
            if place is not None:
                return text(getattr(place, "Name", None))
        return ""

    def _assembly(self, element: Any) -> str:
        found = [owner for owner in self.owners(element) if owner.is_a("IfcElement") and owner.id() != element.id()]
        return text(found[-1].GlobalId) if found else ""


def refuse_circular_placements(elements: Iterable[Any]) -> None:
    """Raise `RefusedError` when an element is placed relative to itself: the geometry kernel would never return."""
    cleared: set[int] = set()
    for element in elements:
        placement = getattr(element, "ObjectPlacement", None)
        chain: list[int] = []
        while placement is not None and placement.id() not in cleared:
            if placement.id() in chain or len(chain) > _DEEPEST_PLACEMENT:
                raise RefusedError(f"the placement #{placement.id()} of the model refers to itself")
            chain.append(placement.id())
            placement = getattr(placement, "PlacementRelTo", None)
        cleared.update(chain)


def text(value: Any) -> str:
    """Return a text of the file as it may be shown: printable, and cut to a length; empty for None."""
    if value is None:
        return ""
    return "".join(character if character.isprintable() else " " for character in str(value)[:_LONGEST_TEXT]).strip()


def _related(model: Any, relation: str, many: str, one: str) -> dict[int, Any]:
    try:
        relations = model.by_type(relation)
    except RuntimeError:  # this schema does not have that relation
        return {}
    found: dict[int, Any] = {}
    for item in relations:
        target = getattr(item, one, None)
        if target is not None:
            for related in getattr(item, many, None) or ():
                found.setdefault(related.id(), target)
    return found


def _material_name(material: Any) -> str:
    """Return the name of a material, or of the first in a list, a layer set or a profile set."""
    if material is None:
        return ""
    if material.is_a("IfcMaterial"):
        return text(material.Name)
    for name in (
        "ForProfileSet",
        "ForLayerSet",
        "Materials",
        "MaterialProfiles",
        "MaterialLayers",
        "MaterialConstituents",
    ):
        inner = getattr(material, name, None)
        if inner:
            first = inner[0] if isinstance(inner, tuple) else inner
            return _material_name(first)
    return _material_name(getattr(material, "Material", None))


def _profile_name(material: Any) -> str:
    """Return the name of the profile that a material is used with, where the file has it there."""
    profiles = getattr(getattr(material, "ForProfileSet", material), "MaterialProfiles", None)
    profile = getattr(profiles[0], "Profile", None) if profiles else None
    return text(getattr(profile, "ProfileName", None))
