"""Which of an element's representations is its body: files also draw axes, boxes, reference shapes and clearances."""

from typing import Any

BODY, STAND_IN, REFERENCE, NONE = range(4)
"""What a representation is for the body of its element: the lower, the sooner it is taken."""
_NO_BODIES = frozenset({"axis", "box", "footprint", "annotation", "clearance", "cog", "lighting", "profile", "plan"})
_NO_SOLIDS = frozenset({"curve", "curve2d", "curve3d", "geometriccurveset", "annotation2d", "boundingbox", "point"})


def rank_of(identifier: str | None) -> int:
    """Return what a representation of this identifier is for the body: `BODY` down to `NONE`.

    Exporters name bodies in several ways; what is not known to be something else stands in for one.
    """
    name = (identifier or "").lower()
    if name == "body":
        return BODY
    if name == "reference":
        return REFERENCE
    return NONE if name in _NO_BODIES else STAND_IN


def bodies_of(element: Any) -> tuple[int, list[Any]]:
    """Return the rank of an element's best representations and those of that rank; `NONE` and none without a body."""
    shape = getattr(element, "Representation", None)
    ranked = [(_rank(item), item) for item in getattr(shape, "Representations", None) or ()]
    best = min((rank for rank, _ in ranked), default=NONE)
    return best, [item for rank, item in ranked if rank == best] if best < NONE else []


def has_body(element: Any) -> bool:
    """Return whether an element has a shape of its own that could be a solid."""
    return bool(bodies_of(element)[1])


def drawn_as(element: Any) -> int:
    """Return the id of the shape that an element reuses, or its own id: alike elements are drawn as the same."""
    _, bodies = bodies_of(element)
    items = [item for body in bodies for item in body.Items]
    if len(items) == 1 and items[0].is_a("IfcMappedItem"):
        return int(items[0].MappingSource.id())
    return int(element.id())


def _rank(representation: Any) -> int:
    kind = (getattr(representation, "RepresentationType", None) or "").lower()
    if kind in _NO_SOLIDS or not getattr(representation, "Items", None):
        return NONE
    return rank_of(representation.RepresentationIdentifier)
