"""What a canonical parameter is: its dimension, unit, bounds, words and default."""

from dataclasses import dataclass
from enum import StrEnum


class Dimension(StrEnum):
    """Physical dimension of a number, or the kind of a word."""

    LENGTH = "length"
    STRESS = "stress"
    FORCE = "force"
    MOMENT = "moment"
    LINE_LOAD = "line_load"
    ANGLE = "angle"
    AREA = "area"
    INERTIA = "inertia"
    STIFFNESS = "stiffness"
    NUMBER = "number"
    COUNT = "count"
    WORD = "word"
    """One of the parameter's ``words``."""
    SHAPE = "shape"
    GRADE = "grade"


WORDED = frozenset((Dimension.WORD, Dimension.SHAPE, Dimension.GRADE))


@dataclass(frozen=True, slots=True)
class Parameter:
    """One canonical parameter.

    ``unit`` is the unit of the canonical value; ``minimum`` and ``maximum`` are the inclusive bounds outside which a
    reading is refused as not understood; ``words`` are the values of a `Dimension.WORD`; ``default`` is what the checks
    take when the document is silent (None: a check that needs it is `missing_input`). ``read`` parameters are looked
    for in free text; the others are taken only where a key gives their canonical name.
    """

    name: str
    dimension: Dimension
    unit: str
    description: str
    minimum: float = 0.0
    maximum: float = 0.0
    words: tuple[str, ...] = ()
    default: float | str | None = None
    read: bool = True

    @property
    def is_text(self) -> bool:
        """True for words, shapes and grades."""
        return self.dimension in WORDED


def number(
    name: str, dimension: Dimension, unit: str, description: str, *bounds: float, default: float | None = None
) -> Parameter:
    """Return a parameter that is a number; ``bounds`` are its inclusive minimum and maximum."""
    return Parameter(name, dimension, unit, description, bounds[0], bounds[1], default=default)


def word(name: str, description: str, *words: str, default: str | None = None) -> Parameter:
    """Return a parameter that is one of ``words``."""
    return Parameter(name, Dimension.WORD, "", description, words=words, default=default)
