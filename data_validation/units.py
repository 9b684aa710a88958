"""Units as declared beside data, and guesses at the unit a stray value was meant in."""

import numpy as np
from numpy.typing import NDArray

from structural.problem import Column

_SPELLINGS = {
    "feet": "ft",
    "foot": "ft",
    "inch": "in",
    "inches": "in",
    '"': "in",
    "kips": "kip",
    "k": "kip",
    "lbf/ft2": "psf",
    "lb/ft2": "psf",
    "month": "months",
    "usd": "usd",
    "$": "usd",
    "percent": "%",
    "-": "1",
    "none": "1",
    "dimensionless": "1",
}

# Factor by which a number grows when the wrong unit is written instead of the right one.
_MISTAKES: dict[str, tuple[tuple[str, float], ...]] = {
    "in": (("mm", 25.4), ("cm", 2.54), ("ft", 1 / 12), ("m", 0.0254)),
    "ft": (("m", 0.3048), ("in", 12.0), ("mm", 304.8)),
    "mm": (("in", 1 / 25.4), ("m", 1e-3), ("cm", 0.1), ("ft", 1 / 304.8)),
    "kip": (("kN", 4.4482), ("lb", 1000.0), ("N", 4448.2)),
    "ksi": (("MPa", 6.8948), ("psi", 1000.0), ("Pa", 6.8948e6)),
    "psf": (("kPa", 0.04788), ("psi", 1 / 144), ("ksf", 1e-3)),
    "kip-ft": (("kN-m", 1.3558), ("kip-in", 12.0)),
    "kip-in": (("kip-ft", 1 / 12), ("kN-m", 0.11298)),
    "deg": (("rad", np.pi / 180),),
    "usd": (("thousand USD", 1e-3), ("million USD", 1e-6)),
    "months": (("years", 1 / 12), ("weeks", 4.345), ("days", 30.4)),
    "%": (("ratio", 0.01),),
}


def same_unit(declared: str, expected: str) -> bool:
    """Tell whether a declared unit is the contract's, common spellings included."""
    return _plain(declared) == _plain(expected)


def _plain(unit: str) -> str:
    text = unit.strip().casefold().replace("²", "2").replace("³", "3").replace("^", "").replace("·", "-")
    return _SPELLINGS.get(text, text) or "1"


def guess_meant_unit(column: Column, values: NDArray[np.float64]) -> list[str]:
    """Return for each out-of-range value the unit that would bring it into range, or an empty text."""
    low = -np.inf if column.minimum is None else column.minimum
    high = np.inf if column.maximum is None else column.maximum
    guesses = np.full(len(values), "", dtype="U16")
    for unit, factor in reversed(_MISTAKES.get(_plain(column.unit), ())):
        meant = values / factor
        guesses[(meant >= low) & (meant <= high)] = unit
    return [str(guess) for guess in guesses]
