"""Cutting a free-form document into segments: each entry, and each sentence of its notes, with its key before it.

The generator, the trainer and the service cut by this one function, so a model never meets segments of another kind.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from structural.errors import StructuralError

MAX_DEPTH = 6
MAX_ENTRIES = 400
MAX_TEXT = 4_000
MAX_KEY = 120
_LONGEST = 40
"""Longer sentences are cut at a comma: what a value gives is said next to it, and short segments are read surely."""

_BREAK = re.compile(r"\n\s*|[.!?;](?:\s+|$)")
_FAR_TOO_LONG = 160
_LAST_WORD = re.compile(r"[A-Za-z][A-Za-z.]*\Z")
_ABBREVIATIONS = frozenset(
    ("in", "ft", "dia", "no", "gr", "std", "dist", "min", "max", "el", "ch", "o.c", "c.c", "thk", "approx", "typ")
)
_UNITS = frozenset(("in", "ft"))
_COMMA = re.compile(r",\s+")


class Segment(NamedTuple):
    """A piece of a document. ``text`` is what is read; ``key`` is its last key; ``start`` is where the value begins."""

    text: str
    key: str
    start: int


def segment_document(document: dict[str, Any]) -> list[Segment]:
    """Return the segments of a document in reading order.

    Raises
    ------
    StructuralError
        ``field="design_parameters"`` for a document that is too deep, too large or holds something that is no text,
        number, truth value, list or object.
    """
    segments: list[Segment] = []
    for entries, (path, key, value) in enumerate(_leaves(document, (), 0), start=1):
        if entries > MAX_ENTRIES:
            raise _refuse(f"more than {MAX_ENTRIES} entries")
        text = value_text(value)
        prefix = f"{' '.join(path)}: "
        start = len(prefix)
        segments.extend(Segment(prefix + text[a:b], key, start) for a, b in sentence_bounds(text))
    return segments


def document_problem(document: Any) -> str:
    """Return why a document cannot be read (type, depth, count, lengths, numbers), or an empty text."""
    if not isinstance(document, dict):
        return "design_parameters must be an object of keys and values"
    try:
        segment_document(document)
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
    """Return start and end of each sentence in a text, without its final stop; short texts are one sentence."""
    if len(text) < _LONGEST and ". " not in text and ";" not in text and "\n" not in text:
        end = len(text) - 1 if text.endswith(".") and not text.endswith((" in.", " ft.")) else len(text)
        return [(0, end)] if end > 0 else []
    bounds: list[tuple[int, int]] = []
    begin = 0
    for match in _BREAK.finditer(text):
        if match.group()[0] == "." and _is_abbreviation(text, match):
            continue
        bounds.extend(_at_commas(text, begin, match.start()))
        begin = match.end()
    bounds.extend(_at_commas(text, begin, len(text)))
    return bounds


def _is_abbreviation(text: str, stop: re.Match[str]) -> bool:
    """Return whether a stop ends an abbreviation and not a sentence; a number after ``in.`` begins a new one."""
    word = _LAST_WORD.search(text, max(stop.start() - 8, 0), stop.start())
    if word is None or word.group().lower() not in _ABBREVIATIONS:
        return False
    following = text[stop.end() : stop.end() + 1]
    return not (word.group().lower() in _UNITS and (following.isdigit() or following == "("))


def _at_commas(text: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield a sentence in pieces of at most `_LONGEST` characters where commas allow, of `_FAR_TOO_LONG` at most."""
    while end - begin > _LONGEST:
        cut = None
        for comma in _COMMA.finditer(text, begin, end):
            if comma.start() - begin > _LONGEST:
                cut = cut or comma
                break
            cut = comma
        if cut is not None and cut.start() - begin <= _FAR_TOO_LONG:
            if cut.start() > begin:
                yield begin, cut.start()
            begin = cut.end()
        elif end - begin <= _FAR_TOO_LONG:
            break
        else:
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
