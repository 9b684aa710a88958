"""What a project leaves out of its clashes and how near members may come: a rules file, read strictly.

A file is YAML (or JSON) of three parts, each optional:

- ``tolerance_mm``, ``minimum_penetration_mm``: for all pairs;
- ``tolerances``: for pairs of certain members; the first entry that fits a pair counts;
- ``ignore``: pairs that are not looked at; the first entry that fits a pair is the one it is counted under.

An entry fits a pair ``between`` two selectors (in either order), of the ``same`` assembly, storey, system, file or
material, or both. A selector names what a member must be; an empty one fits any member.
"""

import fnmatch
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from serving.clash_report.plain import plain
from serving.errors import RequestError
from structural.geometry.findings import Element
from structural.problems.clash_detector.request import DEFAULT_TOLERANCE_MM, MAX_TOLERANCE_MM, MIN_TOLERANCE_MM

MOST_ENTRIES = 200
MOST_PATTERNS = 50
LONGEST_PATTERN = 200
_SHOWN_FAULTS = 5
_IN_WORDS = {"extra_forbidden": "there is no such field", "model_type": "must be a mapping of fields"}
BoolArray = NDArray[np.bool_]


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Pattern = Annotated[str, Field(min_length=1, max_length=LONGEST_PATTERN)]
Patterns = Annotated[
    tuple[Pattern, ...],
    BeforeValidator(_listed),
    Field(min_length=1, max_length=MOST_PATTERNS),
]
Kind = Literal["column", "beam", "brace", "plate", "pipe", "duct"]
Kinds = Annotated[tuple[Kind, ...], BeforeValidator(_listed), Field(min_length=1)]
ToleranceMm = Annotated[float, Field(ge=MIN_TOLERANCE_MM, le=MAX_TOLERANCE_MM)]
PenetrationMm = Annotated[float, Field(ge=0.0, le=1_000.0)]
SameField = Literal["assembly", "storey", "system", "material", "file"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Selector(_Strict):
    """Which members are meant: every field that is given must fit.

    Texts are patterns (``*`` any characters, ``?`` one), matched in any case and against the whole text; of a list, one
    must fit.
    """

    kind: Kinds | None = None
    ifc_class: Patterns | None = None
    name: Patterns | None = None
    guid: Patterns | None = None
    tag: Patterns | None = None
    profile: Patterns | None = None
    material: Patterns | None = None
    system: Patterns | None = None
    storey: Patterns | None = None
    assembly: Patterns | None = None
    file: Literal[1, 2] | None = Field(None, description="1: the first model given, 2: the other one")

    def fits(self, elements: Sequence[Element]) -> BoolArray:
        """Return which elements (n,) are meant."""
        fitting = np.ones(len(elements), dtype=bool)
        for name in _TEXTS:
            patterns = getattr(self, name)
            if patterns is not None:
                fitting &= _matching(patterns, [getattr(element, name) for element in elements])
        if self.file is not None:
            fitting &= np.array([element.file == self.file - 1 for element in elements], dtype=bool)
        return fitting


_TEXTS = tuple(name for name in Selector.model_fields if name != "file")


def _matching(patterns: Sequence[str], texts: Sequence[str]) -> BoolArray:
    expression = re.compile("|".join(fnmatch.translate(pattern.casefold()) for pattern in patterns), re.DOTALL)
    known: dict[str, bool] = {}
    for text in texts:
        if text not in known:
            known[text] = expression.match(text.casefold()) is not None
    return np.array([known[text] for text in texts], dtype=bool)


class _Pairs(_Strict):
    between: tuple[Selector, Selector] | None = None
    same: SameField | None = None

    @model_validator(mode="after")
    def _says_which(self) -> "_Pairs":
        if self.between is None and self.same is None:
            raise ValueError("say which pairs: `between` two selectors, or `same`, or both")
        return self

    def fits(self, elements: Sequence[Element], pairs: NDArray[np.int64]) -> BoolArray:
        """Return which pairs (m, 2) of indices are meant, (m,)."""
        fitting = np.ones(len(pairs), dtype=bool)
        if self.between is not None:
            one, other = (selector.fits(elements) for selector in self.between)
            fitting &= (one[pairs[:, 0]] & other[pairs[:, 1]]) | (other[pairs[:, 0]] & one[pairs[:, 1]])
        if self.same is not None:
            codes = _codes([str(getattr(element, self.same)) for element in elements])
            fitting &= (codes[pairs[:, 0]] == codes[pairs[:, 1]]) & (codes[pairs[:, 0]] >= 0)
        return fitting


def _codes(texts: Sequence[str]) -> NDArray[np.int64]:
    """Return a number for each text, -1 for one that is empty."""
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(text, len(numbers)) if text else -1 for text in texts], dtype=np.int64)


class Ignore(_Pairs):
    """Pairs that are not looked at; ``reason`` is what the report counts them under."""

    reason: str = Field("", max_length=LONGEST_PATTERN)

    @property
    def title(self) -> str:
        """What the report calls this entry."""
        if self.reason:
            return plain(self.reason)
        same = f"same {self.same}" if self.same else ""
        between = " × ".join(_said(selector) for selector in self.between) if self.between else ""
        return plain(", ".join(filter(None, (between, same))))


def _said(selector: Selector) -> str:
    given = selector.model_dump(exclude_none=True)
    values = {name: "|".join(map(str, value)) if isinstance(value, tuple) else value for name, value in given.items()}
    return " ".join(f"{name}={value}" for name, value in values.items()) or "any member"


class Limits(_Pairs):
    """Limits of certain pairs; one that is not given is that of all pairs."""

    tolerance_mm: ToleranceMm | None = None
    minimum_penetration_mm: PenetrationMm | None = None

    @model_validator(mode="after")
    def _says_what(self) -> "Limits":
        if self.tolerance_mm is None and self.minimum_penetration_mm is None:
            raise ValueError("give `tolerance_mm`, `minimum_penetration_mm` or both")
        return self


class ClashRules(_Strict):
    """A rules file. See the module for what its parts mean."""

    tolerance_mm: ToleranceMm = DEFAULT_TOLERANCE_MM
    minimum_penetration_mm: PenetrationMm = 0.0
    tolerances: tuple[Limits, ...] = Field((), max_length=MOST_ENTRIES)
    ignore: tuple[Ignore, ...] = Field((), max_length=MOST_ENTRIES)

    @property
    def widest_tolerance_mm(self) -> float:
        """The largest tolerance of any pair: what a search must look as far as."""
        own = [limits.tolerance_mm for limits in self.tolerances if limits.tolerance_mm is not None]
        return max([self.tolerance_mm, *own])


@dataclass(frozen=True, slots=True)
class Ruled:
    """What rules say of m pairs: which are looked at, their limits (m,), and how many each entry left out."""

    kept: BoolArray
    tolerance_mm: NDArray[np.float64]
    minimum_penetration_mm: NDArray[np.float64]
    ignored: Mapping[str, int]


def apply_rules(rules: ClashRules, elements: Sequence[Element], pairs: NDArray[np.int64]) -> Ruled:
    """Return what the rules say of pairs (m, 2) of indices into ``elements``."""
    kept = np.ones(len(pairs), dtype=bool)
    ignored: dict[str, int] = {}
    for entry in rules.ignore:
        fits = entry.fits(elements, pairs) & kept
        ignored[entry.title] = ignored.get(entry.title, 0) + int(fits.sum())
        kept &= ~fits
    tolerance = np.full(len(pairs), np.nan)
    penetration = np.full(len(pairs), np.nan)
    open_ = np.ones(len(pairs), dtype=bool)
    for limits in rules.tolerances:
        fits = limits.fits(elements, pairs) & open_
        open_ &= ~fits
        if limits.tolerance_mm is not None:
            tolerance[fits] = limits.tolerance_mm
        if limits.minimum_penetration_mm is not None:
            penetration[fits] = limits.minimum_penetration_mm
    return Ruled(
        kept,
        np.where(np.isnan(tolerance), rules.tolerance_mm, tolerance),
        np.where(np.isnan(penetration), rules.minimum_penetration_mm, penetration),
        ignored,
    )


def read_rules(document: Any) -> ClashRules:
    """Return the rules that a parsed file says; raises `RequestError` that names every fault by its place."""
    if document is None:
        return ClashRules()
    try:
        return ClashRules.model_validate(document)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        faults = [f"{_place(item['loc'])}: {_IN_WORDS.get(item['type'], item['msg'])}" for item in found]
        faults = [fault.replace("Value error, ", "") for fault in faults]
        more = f"; and {len(faults) - _SHOWN_FAULTS} more" if len(faults) > _SHOWN_FAULTS else ""
        raise RequestError(
            f"the rules cannot be used: {plain('; '.join(faults[:_SHOWN_FAULTS]), 1_000)}{more}"
        ) from error


def _place(path: tuple[int | str, ...]) -> str:
    """Return a place in a document as ``ignore[0].between[1].kind``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".") or "document"


def parse_exclusion(text: str) -> Ignore:
    """Return the entry that a word of the command line stands for.

    ``kind=plate`` leaves out every pair with a plate, ``kind=pipe:name=INS*`` pairs of the two, ``same=assembly`` pairs
    of one assembly. Fields of one selector are joined by commas. Raises `RequestError`.
    """
    if text.startswith("same="):
        return _ignore({"same": text.removeprefix("same=")}, text)
    sides = [_selector_of(side, text) for side in text.split(":", 1)]
    return _ignore({"between": [sides[0], sides[1] if len(sides) > 1 else {}]}, text)


def _selector_of(side: str, text: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in side.split(","):
        name, equals, value = part.partition("=")
        if not equals or not value or name.strip() in found:
            example = "write FIELD=PATTERN, FIELD=PATTERN:FIELD=PATTERN or same=assembly"
            raise RequestError(f"--exclude {plain(text)!r} is not understood; {example}")
        found[name.strip()] = int(value) if name.strip() == "file" and value.isdecimal() else value.strip()
    return found


def _ignore(entry: Mapping[str, Any], text: str) -> Ignore:
    try:
        return read_rules({"ignore": [entry]}).ignore[0]
    except RequestError as error:
        reason = str(error).removeprefix("the rules cannot be used: ").replace("ignore[0].", "")
        raise RequestError(f"--exclude {plain(text)!r} is not understood: {reason}") from error
