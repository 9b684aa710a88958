"""Values as they stand in text: a quantity with its unit, a shape, a grade, a ratio is one word of a kind.

What kind of thing a value is follows from how it is written, so rules find it; which parameter it gives follows from
the words around it, so the network is asked. Neither digits nor the spelling of a unit reach the network.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import cache

from structural.code_checks.parameters import BY_NAME, READ_NAMES, Dimension
from structural.problems.compliance_checker.shape_names import OTHER_FAMILY, SHAPE_NAME
from structural.problems.compliance_checker.units import READ_DIMENSIONS, unit_spellings
from structural.sections import database_name


class Kind(StrEnum):
    """Kinds of values, as the network reads them."""

    SHAPE = "#shape"
    STEEL = "#steel"
    BOLT = "#bolt"
    ELECTRODE = "#electrode"
    RATIO = "#ratio"
    LENGTH = "#length"
    STRESS = "#stress"
    FORCE = "#force"
    MOMENT = "#moment"
    LINE_LOAD = "#line_load"
    ANGLE = "#angle"
    OTHER = "#other"
    WHOLE = "#whole"
    DECIMAL = "#decimal"
    FRACTION = "#fraction"


KIND_OF_DIMENSION = {
    Dimension.LENGTH: Kind.LENGTH,
    Dimension.STRESS: Kind.STRESS,
    Dimension.FORCE: Kind.FORCE,
    Dimension.MOMENT: Kind.MOMENT,
    Dimension.LINE_LOAD: Kind.LINE_LOAD,
    Dimension.ANGLE: Kind.ANGLE,
}
PLAIN = frozenset((Kind.WHOLE, Kind.DECIMAL, Kind.FRACTION))
"""Numbers without a unit."""

STOP = "."
"""A stop with a space behind it: it ends a sentence or an abbreviation, which only the words around it tell."""
NUMBER_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
"""Whole numbers from 1 on, as words."""
_FOREIGN_UNITS = (
    "psf|ksf|pcf|kN/m2|kN/m²|kN/m3|mph|m/s|km/h|mils|mil|hours|hour|hrs|hr|ga|tons|ton|kg|t|%|sq ft|sf|ft2|ft²"
    "|in2|in²|mm2|mm²|cm2|in4|mm4|cm4|k/in|kip/in|kN/mm|°C|°F|years|Hz"
)
"""Units of quantities that no parameter read from free text has."""
_BOLTS = r"(?:A307|A325|A490|A449|A354|F1852|F2280|F3043|F3111|F3148)"
_GRADE_MARK = r"(?:Gr(?:ade)?|GR(?:ADE)?|gr(?:ade)?|Type|Class)\.?\s?[A-Z0-9]{1,3}(?![A-Za-z0-9])"
_NUMBER = (
    r"\d{1,4}[-\s]\d{1,2}/(?:2|4|8|16|32|64)(?![\d.])|\d{1,4}/\d{1,4}(?![\d.])"
    r"|\d{1,3}(?:,\d{3})+(?:\.\d{1,12})?(?!\d)|\d{0,15}\.\d{1,15}|\d{1,15}"
)


def _spelled(spellings: str) -> str:
    """Return a pattern of unit spellings, longest first, that ends where a word ends."""
    parts = sorted(set(spellings.split("|")), key=lambda text: (-len(text), text))
    return "|".join(re.escape(part).replace(r"\ ", r"\s") + _end_of_unit(part) for part in parts)


def _end_of_unit(spelling: str) -> str:
    # "30 kip in compression" is a force: a space before "in" makes a moment only where nothing follows.
    if spelling.endswith(" in"):
        return r"(?=\s*(?:$|[,.;:)]))"
    return r"(?![A-Za-z0-9])" if spelling[-1].isalnum() else ""


@cache
def _token() -> re.Pattern[str]:
    units = "|".join("|".join(unit_spellings(dimension)) for dimension in READ_DIMENSIONS)
    return re.compile(
        rf"(?P<bolt>(?<![A-Za-z0-9])(?:ASTM\s)?(?:F3125M?[\s,/-]{{0,2}}(?:Gr(?:ade)?\.?\s?)?)?{_BOLTS}M?"
        r"(?:\sGr(?:ade)?\.?\s?[AB](?![A-Za-z0-9]))?(?=[NX]?(?![A-Za-z0-9])))"
        r"|(?P<electrode>(?<![A-Za-z0-9])[Ee]\s?-?(?:60|70|80|90|100|110)(?:\d\d|[Xx]{2})?(?![A-Za-z0-9.]))"
        r"|(?P<steel>(?<![A-Za-z0-9])(?:(?:ASTM\s)?[AFaf]-?\d{2,4}M?(?:/A\d{2,4}M?)?(?![A-Za-z0-9.])"
        r"|(?:EN\s)?[Ss](?:235|275|355|420|450|460)[A-Z0-9]{0,3}(?![A-Za-z0-9]))"
        rf"(?:[\s,-]{{0,2}}{_GRADE_MARK}|\s?\(\s?{_GRADE_MARK}\s?\)|-\s?(?:\d{{2}}|[A-D])(?![A-Za-z0-9.]))?)"
        r"|(?P<ratio>(?<![A-Za-z0-9])(?:(?:[LlHh]|[Ss]pan|SPAN|height)\s?(?:/|over)\s?\d{2,4}|1\s?/\s?\d{3,4})(?![\d.]))"
        r"|(?P<ordinal>(?<![A-Za-z0-9.])\d{1,2}(?:st|nd|rd|th)(?![A-Za-z0-9]))"
        r"|(?P<code>(?<![A-Za-z0-9.])(?:[A-Za-z]{1,4}-?\d{2,6}-\d{2,6}|\d{2,6}-\d{4,8})(?:-\d{1,8})*(?![A-Za-z0-9/.-]))"
        r"|(?P<feet>\d{1,5}\s?(?:'|’|′|ft\.?|feet)\s?-?\s?(?:\d{1,3}(?:\.\d{1,6})?(?:[-\s]\d{1,2}/\d{1,2})?|\d{1,2}/\d{1,2})"
        r"\s?(?:\"|”|″|''|in\.?(?![A-Za-z])|inches))"
        rf"|(?P<number>{_NUMBER})(?:(?:\s|-(?=[A-Za-z]{{2}}))?(?P<unit>{_spelled(units + '|' + _FOREIGN_UNITS)}))?"
        r"|(?P<letters>[A-Z]?[a-z]+|[A-Z]+(?![a-z]))"
        r"|(?P<sign>[^\s])"
    )


_SHAPE_SIGN = re.compile(r"\d\s?[xX×*]\s?[\d.]|[Pp][Ii][Pp][Ee]")
"""Every name of a shape holds one of these; looking for them first is several times as fast."""
_VALUES = frozenset(kind.value for kind in Kind)
_NAMED = {
    "bolt": Kind.BOLT,
    "electrode": Kind.ELECTRODE,
    "steel": Kind.STEEL,
    "ratio": Kind.RATIO,
    "feet": Kind.LENGTH,
    "code": Kind.OTHER,  # permit and project numbers
}
_KEPT_SIGNS = {"@": "@", "φ": "diameter", "ø": "diameter", "Ø": "diameter", "⌀": "diameter"}
GRAMMAR = frozenset("the an is are be was were of with shall will as to equal equals that this".split())  # noqa: SIM905
"""Words of grammar that do not change what a value gives. ``A`` is not among them: it names a class and a category."""
_ARTICLE = re.compile(r"a\s+[A-Za-z]")
_ENDING = re.compile(r"\s+(?!of\b)")
"""What follows a stop that may end a sentence: no sentence begins with ``of``."""
_ASCII_LOWER = {ord(letter): letter.lower() for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}


def find_words(text: str, begin: int, end: int) -> Iterator[tuple[str, int, int]]:
    """Yield the words of ``text[begin:end]``: what is read, start, end. What says nothing is left out."""
    at = begin
    if _SHAPE_SIGN.search(text, begin, end):
        for name in SHAPE_NAME.finditer(text, begin, end):
            if OTHER_FAMILY.match(text, name.start()) and database_name(name.group()) is None:
                continue
            yield from _find_plain(text, at, name.start())
            yield Kind.SHAPE.value, name.start(), name.end()
            at = name.end()
    yield from _find_plain(text, at, end)


def _find_plain(text: str, begin: int, end: int) -> Iterator[tuple[str, int, int]]:
    for match in _token().finditer(text, begin, end):
        group = match.lastgroup or ""
        if match.group() == STOP:
            read = ""
        elif group == "sign":
            read = _KEPT_SIGNS.get(match.group(), match.group() if match.group().isalpha() else "")
        elif group in ("letters", "ordinal"):
            read = match.group().translate(_ASCII_LOWER)
            article = match.group() == "a" and _ARTICLE.match(text, match.start())
            read = "" if read in GRAMMAR or article else Kind.WHOLE.value if read in NUMBER_WORDS else read
        elif group in _NAMED:
            read = _NAMED[group].value
        else:
            read = _kind_of_number(match).value
        if read:
            yield read, match.start(), match.end()
        if match.group().endswith(STOP) and _ENDING.match(text, match.end(), end):
            # Behind the word, so that the stop of a unit ("in.") is no part of the value's word.
            yield STOP, match.end(), match.end()


def _kind_of_number(match: re.Match[str]) -> Kind:
    unit, number = match["unit"], match["number"]
    if unit:
        dimension = _dimensions().get(" ".join(unit.split()))
        return Kind.OTHER if dimension is None else KIND_OF_DIMENSION[dimension]
    if "/" in number:
        return Kind.FRACTION
    return Kind.DECIMAL if "." in number or "," in number else Kind.WHOLE


@cache
def _dimensions() -> dict[str, Dimension]:
    """Return the dimension of each unit spelling; where two dimensions share one, the more common one's."""
    return {spelling: dimension for dimension in reversed(READ_DIMENSIONS) for spelling in unit_spellings(dimension)}


def is_value(word: str) -> bool:
    """Return whether a word as read stands for a value (and not for a word of the language)."""
    return word in _VALUES


@cache
def possible_parameters(word: str) -> tuple[str, ...]:
    """Return the parameters that a word as read can give: by its kind where it is a value, else those of words."""
    items = [BY_NAME[name] for name in READ_NAMES]
    if word == STOP:
        return ()
    if not is_value(word):
        return tuple(item.name for item in items if item.dimension in (Dimension.WORD, Dimension.COUNT))
    kind = Kind(word)
    limits = tuple(name for name in READ_NAMES if name.endswith("deflection_limit"))
    named = {
        Kind.SHAPE: tuple(item.name for item in items if item.dimension is Dimension.SHAPE),
        Kind.STEEL: tuple(item.name for item in items if item.dimension is Dimension.GRADE),
        Kind.BOLT: ("bolt_grade",),
        Kind.ELECTRODE: ("electrode_ksi",),
        Kind.RATIO: limits,
        Kind.OTHER: (),
    }
    if kind in named:
        return named[kind]
    if kind in PLAIN:
        return tuple(item.name for item in items if item.dimension not in (Dimension.SHAPE, Dimension.GRADE))
    return tuple(item.name for item in items if KIND_OF_DIMENSION.get(item.dimension) is kind)
