"""Cutting a free-form document into segments: each entry, and each sentence of its notes, with its key before it.

The generator, the trainer and the service cut by this one function, so a model never meets segments of another kind.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from structural.errors import StructuralError
from structural.problems.compliance_checker.atoms import PLAIN, STOP, Kind, find_words, is_value

MAX_DEPTH = 6
MAX_ENTRIES = 400
MAX_TEXT = 4_000
MAX_KEY = 120

_BREAK = re.compile(r"\n\s*|[.!?;](?:\s+|$)")
_FAR_TOO_LONG = 160
_LAST_WORD = re.compile(r"[A-Za-z][A-Za-z.]*\Z")
_ABBREVIATIONS = frozenset(
    ("in", "ft", "dia", "no", "gr", "std", "dist", "min", "max", "el", "ch", "o.c", "c.c", "thk", "approx", "typ")
)
_NEAR = 40
_SENTENCE = re.compile(r"[A-Z][a-z]+|[A-Za-z]\w{0,5}\s?[=:]|[A-Za-z]{1,2}_\w|[a-z][A-Z]\s|[sDLU]\s(?:\d|is\s|of\s)")
"""A word, an assignment, a symbol with a subscript, a symbol of one letter before its value."""
_PLATES = frozenset(("pl", "fl"))
_GOES_ON = frozenset(("dia", "std", "ovs", "ssl", "lsl", "hole", "holes"))
"""Words in capitals that may follow ``in.`` or ``STD.`` within a sentence."""
_COMPOUND_UNIT = re.compile(r"[A-Za-z][/-](?:in|ft)\Z")
_VALUES = frozenset(("in", "ft", "std"))
"""Abbreviations that end a value."""
_NAMES = frozenset(("dia", "dist", "thk"))
"""Abbreviations that end the name of a length."""
_COMMA = re.compile(r",\s+")
_SELF_EXPLAINING = frozenset((Kind.SHAPE, Kind.ELECTRODE))


_NEUTRAL_KEYS = frozenset(
    "note|notes|general notes|remark|remarks|comment|comments|description|details|text|info|data|input|inputs|design"  # noqa: SIM905
    "|parameters|design parameters|check|checks|values|misc|other".split("|")
)
"""Keys that say nothing of what stands under them."""


class Segment(NamedTuple):
    """A piece of a document.

    ``text`` is the piece with its keys before it, ``key`` its last key, ``start`` where the value begins in the text;
    ``heading`` are the keys that say something of the value.
    """

    text: str
    key: str
    start: int
    heading: str


def segment_document(document: dict[str, Any]) -> list[Segment]:
    """Return the segments of a document in reading order.

    Raises
    ------
    StructuralError
        ``field="design_parameters"`` for a document that is too deep, too large or holds something that is no text,
        number, truth value, list or object.
    """
    segments: list[Segment] = []
    for path, key, text in _entries(document):
        prefix = f"{' '.join(path)}: "
        start = len(prefix)
        heading = " ".join(part for part in path if part.strip().lower().replace("_", " ") not in _NEUTRAL_KEYS)
        segments.extend(Segment(prefix + text[a:b], key, start, heading) for a, b in sentence_bounds(text))
    return segments


def _entries(document: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Yield path, last key and text of each entry, refusing what cannot be read."""
    for entries, (path, key, value) in enumerate(_leaves(document, (), 0), start=1):
        if entries > MAX_ENTRIES:
            raise _refuse(f"more than {MAX_ENTRIES} entries")
        yield path, key, value_text(value)


def document_problem(document: Any) -> str:
    """Return why a document cannot be read (type, depth, count, lengths, numbers), or an empty text."""
    if not isinstance(document, dict):
        return "design_parameters must be an object of keys and values"
    try:
        for _ in _entries(document):
            pass
    except StructuralError as error:
        return str(error)
    return ""


def value_text(value: object) -> str:
    """Return a leaf as text: numbers as JSON writes them, truth values as ``yes`` and ``no``, nothing as empty."""
    if isinstance(value, str):
        if len(value) > MAX_TEXT:
            raise _refuse(f"a text longer than {MAX_TEXT} characters")
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        if value != value or value in (float("inf"), float("-inf")) or abs(value) > 1e15:
            raise _refuse("a number that is not finite or is beyond 1e15")
        return repr(value)
    raise _refuse(f"a value of type {type(value).__name__}")


def sentence_bounds(text: str) -> list[tuple[int, int]]:
    """Return start and end of each piece of a text that is read by itself, without its final stop.

    Pieces end where sentences do, and at commas: what a value gives is said next to it. A piece that only holds values
    (``", A992"``) stays with the piece before.
    """
    if ", " not in text and ". " not in text and ";" not in text and "\n" not in text and len(text) <= _FAR_TOO_LONG:
        end = len(text) - 1 if text.endswith(".") and not text.endswith((" in.", " ft.")) else len(text)
        return [(0, end)] if end > 0 else []
    bounds: list[tuple[int, int]] = []
    begin = 0
    for match in _BREAK.finditer(text):
        if match.group()[0] == "." and "\n" not in match.group() and _is_abbreviation(text, begin, match):
            continue
        bounds.extend(_at_commas(text, begin, match.start()))
        begin = match.end()
    bounds.extend(_at_commas(text, begin, len(text)))
    return bounds


def _is_abbreviation(text: str, begin: int, stop: re.Match[str]) -> bool:
    """Return whether a stop ends an abbreviation and not the sentence that begins at ``begin``.

    What follows one that ends a value, and what stands before one that ends a name, decides whether its stop also ends
    the sentence.
    """
    word = _LAST_WORD.search(text, max(stop.start() - 8, 0), stop.start())
    if word is None or word.group().lower() not in _ABBREVIATIONS:
        return False
    if _COMPOUND_UNIT.search(text, max(stop.start() - 8, 0), stop.start()):
        return False
    abbreviation = word.group().lower()
    if abbreviation in _NAMES and _is_numbered(text, stop.end()) and _has_its_value(text, begin, word.start()):
        return False
    return not _begins_anew(text, stop.end(), abbreviation)


def _has_its_value(text: str, begin: int, at: int) -> bool:
    """Return whether the length that a name at ``at`` speaks of stands before it, in the same clause.

    In ``2 in edge dist. 3/8 in plate`` the second length belongs to what comes, in ``3 bolts, edge dist. 2 in`` not.
    """
    clause = max(begin, text.rfind(", ", begin, at) + 1)
    values = [word for word, _, _ in find_words(text, clause, at) if is_value(word)]
    return values[-1:] == [Kind.LENGTH]


def _is_numbered(text: str, at: int) -> bool:
    following = text[at : at + 2]
    return following[:1].isdigit() or (following[:1] == "(" and following[1:].isdigit())


def _begins_anew(text: str, at: int, abbreviation: str) -> bool:
    """Return whether a sentence begins after an abbreviation, for which its first words must speak.

    They do with a word written like one or in capitals, a symbol, a shape or a plate; after a unit or a hole type also
    with a number, a capital or an article.
    """
    if _SENTENCE.match(text, at):
        return True
    found = list(islice(find_words(text, at, min(at + _NEAR, len(text))), 2))
    words = [word for word, _, _ in found]
    if words[:1] == [Kind.SHAPE]:
        return True
    if words and words[0] in _PLATES:
        return len(words) > 1 and is_value(words[1]) and text[found[0][2] : found[1][1]].isspace()
    following = text[at : at + 2]
    speaks = bool(words) and not is_value(words[0]) and words[0] not in _GOES_ON
    if speaks and len(following) > 1 and following.isalpha() and following.isupper():
        return True
    if abbreviation == "no" and words and is_value(words[0]) and words[0] not in PLAIN:
        return True  # "no. 4" is a number of something, "no. 12 ft" is not
    if abbreviation not in _VALUES:
        return False
    return _is_numbered(text, at) or following == "a " or (speaks and following[:1].isupper())


def _at_commas(text: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield a sentence in pieces between commas, cut anyway where one is far too long."""
    for comma in _COMMA.finditer(text, begin, end):
        following = _COMMA.search(text, comma.end(), end)
        if _says_nothing(text, comma.end(), following.start() if following else end):
            continue
        yield from _at_length(text, begin, comma.start())
        begin = comma.end()
    yield from _at_length(text, begin, end)


def _says_nothing(text: str, begin: int, end: int) -> bool:
    """Return whether a piece holds values alone, so that only the words before it can say what they give.

    The names of a shape and of an electrode say what they give by themselves.
    """
    words = (word for word, _, _ in find_words(text, begin, end))
    return all(word == STOP or (is_value(word) and word not in _SELF_EXPLAINING) for word in words)


def _at_length(text: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    while end - begin > _FAR_TOO_LONG:
        space = text.rfind(" ", begin + 1, begin + _FAR_TOO_LONG)
        stop = space if space > begin else begin + _FAR_TOO_LONG
        yield begin, stop
        begin = stop
    if end > begin:
        yield begin, end


def _leaves(node: Any, path: tuple[str, ...], depth: int) -> Iterator[tuple[tuple[str, ...], str, Any]]:
    if depth > MAX_DEPTH:
        raise _refuse(f"nesting deeper than {MAX_DEPTH}")
    if isinstance(node, dict):
        for key, value in node.items():
            name = str(key)
            if len(name) > MAX_KEY:
                raise _refuse(f"a key longer than {MAX_KEY} characters")
            yield from _leaves(value, (*path, name), depth + 1)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from _leaves(value, path, depth + 1)
    else:
        yield path, path[-1] if path else "", node


def _refuse(what: str) -> StructuralError:
    return StructuralError(f"design_parameters holds {what}; shorten it", field="design_parameters")
