"""One design as a case whose quantities are numbers instead of columns of one, at a fraction of the cost.

What a service is asked is one design at a time, and NumPy takes ten times as long for an array of one element as for
a number. The checks are written for both (see `structural.elementwise`); only the members of a kind of section
(`Part`) are columns always.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from structural.code_checks.case import BoolArray, Case, Columns, Part, stand_in
from structural.code_checks.parameters import BY_NAME, NUMBERS, TEXTS
from structural.sections import Kind

_FALSE, _TRUE = np.False_, np.True_


@dataclass(frozen=True, slots=True)
class _Silent:
    """What a design that says nothing has."""

    value: dict[str, Any]
    known: dict[str, Any]
    stated: dict[str, Any]
    words: dict[str, Any]


@cache
def _silent() -> _Silent:
    defaults = {item.name: np.nan if item.default is None else float(item.default) for item in NUMBERS}
    known = {name: np.isfinite(default) for name, default in defaults.items()}
    value = {name: np.float64(default if known[name] else stand_in(name)) for name, default in defaults.items()}
    known |= {item.name: np.bool_(bool(item.default)) for item in TEXTS}
    return _Silent(
        value=value,
        known=known,
        stated=dict.fromkeys((item.name for item in (*NUMBERS, *TEXTS)), _FALSE),
        words={item.name: str(item.default or "") for item in TEXTS},
    )


class SingleCase(Case):
    """A `Case` of one design: a NumPy number, truth value or plain text stands where a case has columns (size,)."""

    kind: Kind
    """Of the member's section, or of the stand-in where none is known."""

    def __init__(self, values: Mapping[str, float | str], design_code: str, jurisdiction: str) -> None:
        """Take canonical parameters (``values``, absent ones left out) as `Case` takes a table of them."""
        silent = _silent()
        self.size = 1
        self.design_code: Any = design_code
        self.jurisdiction: Any = jurisdiction
        self.value = dict(silent.value)
        self.known = dict(silent.known)
        self.stated = dict(silent.stated)
        self.words = silent.words | {"design_code": design_code, "jurisdiction": jurisdiction}
        self._remembered = {}
        for name in values.keys() & BY_NAME.keys():
            if BY_NAME[name].is_text:
                self._take_word(name, str(values[name]))
            else:
                self._take_number(name, np.float64(values[name]))
        self.method = self.words["method"]
        self.lrfd: Any = np.bool_(self.words["method"] == "LRFD")

    def _take_word(self, name: str, word: str) -> None:
        if word:
            self.words[name] = word  # type: ignore[assignment]
            self.stated[name] = self.known[name] = _TRUE  # type: ignore[assignment]

    def _take_number(self, name: str, value: Any) -> None:
        if np.isnan(value):
            return
        known = np.isfinite(value)
        self.stated[name], self.known[name] = _TRUE, known  # type: ignore[assignment]
        self.value[name] = value if known else np.float64(stand_in(name))  # type: ignore[assignment]

    def full(self, value: float) -> Any:
        """Return the value as NumPy's."""
        return np.bool_(value) if isinstance(value, bool) else np.float64(value)

    def each(self, function: Callable[..., Any], *names: str) -> NDArray[Any]:
        """Return what a function makes of the words."""
        return np.asarray(function(*(self.words[name] for name in names)))[()]

    def says(self, name: str, *words: str) -> BoolArray:
        """Return whether a word parameter, or its default, is one of ``words``."""
        return _TRUE if self.words[name] in words else _FALSE  # type: ignore[return-value]

    def all_known(self, names: tuple[str, ...]) -> BoolArray:
        """Return whether all of these quantities are known."""
        return _TRUE if all(self.known[name] for name in names) else _FALSE  # type: ignore[return-value]

    def any_stated(self, *names: str) -> BoolArray:
        """Return whether at least one of these parameters is stated."""
        return _TRUE if any(self.stated[name] for name in names) else _FALSE  # type: ignore[return-value]

    def all_stated(self, *names: str) -> BoolArray:
        """Return whether every one of these parameters is stated."""
        return _TRUE if all(self.stated[name] for name in names) else _FALSE  # type: ignore[return-value]

    def put(self, name: str, value: ArrayLike, known: BoolArray) -> None:
        """Keep a quantity; one that is not known, or not finite, gets the stand-in."""
        known = known & np.isfinite(value)
        number: Any = value if known else stand_in(name)
        self.value[name] = number if type(number) is np.float64 else np.float64(number)  # type: ignore[assignment]
        self.known[name] = known

    def is_kind(self, *kinds: Kind) -> BoolArray:
        """Return whether the member's section is known and of one of these kinds."""
        return _TRUE if self.known["shape"] and self.kind in kinds else _FALSE  # type: ignore[return-value]

    def property(self, name: str) -> Any:
        """Return a section property; NaN where the kind of section has none."""
        _, table = self.sections.parts[self.kind]
        column = getattr(table, name, None)
        return np.float64(np.nan if column is None else column[0])

    def by_kind(self, evaluate: Mapping[Kind, Callable[[Part], Mapping[str, ArrayLike]]]) -> Columns:
        """Return named numbers, NaN where no function is given for the kind of section."""
        columns = Columns(())
        if self.kind in evaluate:
            rows, table = self.sections.parts[self.kind]
            for name, found in evaluate[self.kind](Part(self, self.kind, rows, table)).items():
                columns[name] = np.float64(found.item() if isinstance(found, np.ndarray) else found)  # type: ignore[assignment, arg-type]
        return columns

    def said(self, names: tuple[str, ...]) -> tuple[Any, ...]:
        """Return what the design says in words: code, place, and of each name its word, if stated and if known."""
        found: list[Any] = [self.design_code, self.jurisdiction]
        for name in names:
            found += (self.words.get(name), bool(self.stated.get(name, False)), bool(self.known[name]))
        return tuple(found)
