"""Writing a set of canonical parameters as a free-form document, with the places where each value stands."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from structural.problems.compliance_checker.number_styles import Draw, choose
from structural.problems.compliance_checker.segments import sentence_bounds, value_text
from structural.problems.compliance_checker.value_writing import write_value
from structural.problems.compliance_checker.values import same_value
from structural.problems.compliance_checker.wording import (
    COMPOSITE_KEYS,
    COMPOSITES,
    HELD_COMPOSITES,
    NOTE_KEYS,
    SECTIONS,
    SYMBOL_FRAMES,
    frames,
    takes_frames,
    wording,
)
from structural.problems.compliance_checker.wording_irrelevant import (
    HELD_IRRELEVANT_ENTRIES,
    HELD_IRRELEVANT_SENTENCES,
    IRRELEVANT_ENTRIES,
    IRRELEVANT_SENTENCES,
)

Span = tuple[int, int, str]
Stated = float | str | list[float | str]
"""What a document states of a parameter: a value, or the two values of a contradiction."""
_SLOT = re.compile(r"\{(\w*)\}")
_HELD_SHARE = 0.7
_TYPO_SHARE = 0.015
_COMPOSITE_SHARE = 0.45
_BARE_PLATE_SHARE = 0.5
_FRAME_SHARE = 0.5
_SHORTEST_CAPITAL = 2
_LIKE_UNITS = ("k ", "cm ")


class Mark(NamedTuple):
    """A value in a text: where it stands, which parameter it gives, and what it states."""

    start: int
    end: int
    name: str
    value: float | str


@dataclass(slots=True)
class _Draft:
    """A document while it is written."""

    draw: Draw
    system: str
    held_out: bool
    subscript: str
    key_style: int
    entries: list[tuple[str, Any, list[Mark]]] = field(default_factory=list)
    clauses: list[tuple[str, list[Mark]]] = field(default_factory=list)

    def held(self) -> bool:
        """Whether the next spelling is a held-out one."""
        return self.held_out and self.draw() < _HELD_SHARE


@dataclass(frozen=True, slots=True)
class Document:
    """A written document: its JSON text, what it states, and for each segment the spans (start, end, parameter)."""

    text: str
    stated: dict[str, Stated]
    spans: list[list[Span]]


def write_document(
    values: Mapping[str, float | str],
    system: str,
    draw: Draw,
    *,
    again: Sequence[tuple[str, float | str]] = (),
    held_out: bool = False,
) -> Document:
    """Return a document that states the given parameters.

    Parameters
    ----------
    values : mapping
        Canonical name to value; only parameters that the document is to give.
    system : str
        ``us``, ``metric`` or ``mixed``.
    draw : callable
        Returns the next uniform number; the only source of chance.
    again : sequence of (name, value)
        Parameters that are stated once more: with the same value a repetition, with another one a contradiction.
    held_out : bool
        Use the reserved spellings and units wherever there are some.
    """
    subscript = "a" if values.get("method") == "ASD" else "u"
    draft = _Draft(draw, system, held_out, subscript, int(draw() * 8))
    in_notes = (0.0, 0.25, 0.5, 0.85)[int(draw() * 4)]
    left = _write_composites(draft, values, in_notes)
    for name, value in [*((name, values[name]) for name in left), *again]:
        if draw() < in_notes:
            draft.clauses.append(_fill(draft, _phrase(draft, name), {name: value}))
        else:
            _add_entry(draft, name, value)
    _add_noise(draft)
    return _assemble(draft)


def _system(draft: _Draft) -> str:
    if draft.held():
        return "held"
    if draft.system == "mixed":
        return "us" if draft.draw() < 0.5 else "metric"
    return draft.system


@cache
def _slots(template: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the literal pieces and the parameter names of a template: one piece more than names."""
    parts = _SLOT.split(template)
    return tuple(parts[0::2]), tuple(parts[1::2])


def _write_composites(draft: _Draft, values: Mapping[str, float | str], in_notes: float) -> list[str]:
    """Write some groups of parameters as one phrase each; return the names that are left, shuffled."""
    left = set(values)
    templates = HELD_COMPOSITES if draft.held() else COMPOSITES
    for template in _shuffled(templates, draft.draw):
        names = _slots(template)[1]
        if left.issuperset(names) and draft.draw() < _COMPOSITE_SHARE:
            left.difference_update(names)
            text, spans = _fill(draft, template, values)
            keys = COMPOSITE_KEYS.get(names[0])
            if keys and draft.draw() >= in_notes:
                draft.entries.append((_free_key(draft, choose(keys, draft.draw)), text, spans))
            else:
                draft.clauses.append((text, spans))
    return _shuffled([name for name in values if name in left], draft.draw)


def _fill(draft: _Draft, template: str, values: Mapping[str, float | str]) -> tuple[str, list[Mark]]:
    pieces, names = _slots(template)
    text, marks = pieces[0], []
    for name, piece in zip(names, pieces[1:], strict=True):
        written = write_value(name, values[name], _system(draft), draft.draw, template)
        # Plate sizes are often given without a unit, which then is the inch.
        bare = template.startswith("PL ") and written.key_unit == "in" and draft.draw() < _BARE_PLATE_SHARE
        stated = written.bare if bare else written.text
        marks.append(Mark(len(text), len(text) + len(stated), name, written.value))
        text += stated + piece
    return text, marks


def _phrase(draft: _Draft, name: str) -> str:
    """Return a template that states one parameter: a phrase of its own, or its name in a frame."""
    words, draw = wording()[name], draft.draw
    framed = takes_frames(name) and (draft.held_out or not words.phrases or draw() < _FRAME_SHARE)
    if not framed:
        phrase = str(choose(words.phrases, draw))
        return phrase.replace("{}", "{" + name + "}").replace("~", draft.subscript)
    return _framed(draft, name).replace("{value}", "{" + name + "}")


def _framed(draft: _Draft, name: str) -> str:
    words, draw = wording()[name], draft.draw
    familiar, held_out = frames()
    if draft.held():
        # Either the name or the frame was never met; both at once where chance has it.
        held_name = bool(words.held_names) and draw() < 0.6
        called = choose(words.held_names if held_name else words.names, draw)
        frame = choose(familiar if held_name and draw() < 0.7 else held_out, draw)
    elif words.symbols and draw() < 0.3:
        called = choose(words.symbols, draw).replace("~", draft.subscript)
        frame = choose(SYMBOL_FRAMES, draw)
    else:
        called = choose(words.names, draw)
        if draw() < _TYPO_SHARE:
            called = _typo(called, draw)
        frame = choose(familiar, draw)
    if called.startswith(_LIKE_UNITS):  # "1.2 k about x" would be a force
        frame = frame.replace("{value} {name}", "{name} {value}")
    return str(frame.replace("{name}", called))


def _add_entry(draft: _Draft, name: str, value: float | str) -> None:
    draw = draft.draw
    written = write_value(name, value, _system(draft), draw)
    key, is_symbol = _key(draft, name)
    if written.key_unit and draw() < 0.35:
        key, text = _key_with_unit(draft, key, written.key_unit, is_symbol), written.bare
    elif written.bare and not written.key_unit and draw() < 0.6:
        text = written.bare
    else:
        mark = Mark(0, len(written.text), name, written.value)
        draft.entries.append((_free_key(draft, key), written.text, [mark]))
        return
    plain: Any = text
    if draw() < 0.6 and "/" not in text and " " not in text and "-" not in text:
        plain = float(text) if "." in text else int(text)
    mark = Mark(0, len(value_text(plain)), name, written.value)
    draft.entries.append((_free_key(draft, key), plain, [mark]))


def _key(draft: _Draft, name: str) -> tuple[str, bool]:
    words, draw = wording()[name], draft.draw
    if words.held_names and draft.held():
        return _styled(str(choose(words.held_names, draw)), draft.key_style), False
    if words.symbols and draw() < 0.3:
        return str(choose(words.symbols, draw)).replace("~", draft.subscript), True
    key = str(choose(words.names, draw))
    if draw() < _TYPO_SHARE:
        key = _typo(key, draw)
    return _styled(key, draft.key_style), False


def _styled(key: str, style: int) -> str:
    if style <= 1:
        return key.replace(".", "").replace(" ", "_") if style else key
    if style == 2:
        return key.title()
    if style == 3:
        first, *rest = key.replace(".", "").split(" ")
        return first + "".join(word.capitalize() for word in rest)
    if style == 4:
        return key.upper()
    if style == 5:
        return key.replace(".", "").replace(" ", "-")
    return key.capitalize() if style == 6 else key.replace(".", "").replace(" ", "_")


def _key_with_unit(draft: _Draft, key: str, unit: str, is_symbol: bool) -> str:
    if draft.key_style in (1, 7) or (is_symbol and draft.draw() < 0.5):
        return f"{key}_{unit}"
    return f"{key} ({unit})" if draft.draw() < 0.7 else f"{key} [{unit}]"


def _typo(key: str, draw: Draw) -> str:
    """Swap or drop one inner letter of a word of six letters or more, as fast typing does."""
    words = key.split(" ")
    long = [index for index, word in enumerate(words) if len(word) >= 6]
    if not long:
        return key
    index = choose(long, draw)
    word = words[index]
    at = 1 + int(draw() * (len(word) - 3))
    swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    words[index] = swapped if draw() < 0.5 else word[:at] + word[at + 1 :]
    return " ".join(words)


def _free_key(draft: _Draft, key: str) -> str:
    taken = {entry[0] for entry in draft.entries}
    while key in taken:
        key += " "
    return key


def _add_noise(draft: _Draft) -> None:
    draw = draft.draw
    for _ in range(int(draw() * 4)):
        key, options = choose(HELD_IRRELEVANT_ENTRIES if draft.held() else IRRELEVANT_ENTRIES, draw)
        key = _styled(key, draft.key_style)
        if all(entry[0] != key for entry in draft.entries):
            draft.entries.append((key, choose(options, draw), []))
    if draft.clauses or draw() < 0.3:
        for _ in range(int(draw() * 3)):
            sentences = HELD_IRRELEVANT_SENTENCES if draft.held() else IRRELEVANT_SENTENCES
            draft.clauses.append((choose(sentences, draw), []))


def _shuffled(items: Any, draw: Draw) -> list[Any]:
    result = list(items)
    for index in range(len(result) - 1, 0, -1):
        other = int(draw() * (index + 1))
        result[index], result[other] = result[other], result[index]
    return result


def _assemble(draft: _Draft) -> Document:
    """Put entries and notes into one object and place the spans in its segments."""
    draw = draft.draw
    entries = _shuffled(draft.entries, draw)
    notes = _notes(draft)
    at = int(draw() * (len(entries) + 1)) if notes else 0
    leaves: list[tuple[str, Any, list[Mark]]] = [*entries[:at], *notes, *entries[at:]]
    document: dict[str, Any] = {}
    for key, value, _ in leaves:
        if key in document:
            earlier = document[key]
            document[key] = [*earlier, value] if isinstance(earlier, list) else [earlier, value]
        else:
            document[key] = value
    section = draw()
    prefix = ""
    if section < 0.15:
        prefix = choose(SECTIONS, draw)
        document = {prefix: document}
    placed = [
        place for key, value, marks in leaves for place in _place(f"{prefix} {key}" if prefix else key, value, marks)
    ]
    spans = [[(mark.start, mark.end, mark.name) for mark in marks] for marks in placed]
    return Document(json.dumps(document, ensure_ascii=False), _stated(placed), spans)


def _stated(placed: Sequence[Sequence[Mark]]) -> dict[str, Stated]:
    """Return what marks in reading order state: the first value of each parameter, and one that contradicts it."""
    stated: dict[str, Stated] = {}
    for mark in (mark for marks in placed for mark in marks):
        first = stated.setdefault(mark.name, mark.value)
        if not isinstance(first, list) and not same_value(first, mark.value):
            stated[mark.name] = [first, mark.value]
    return stated


def _notes(draft: _Draft) -> list[tuple[str, Any, list[Mark]]]:
    """Return the notes: one text of several sentences, or a list of texts under one key."""
    draw = draft.draw
    clauses = _shuffled(draft.clauses, draw)
    if not clauses:
        return []
    sentences: list[tuple[str, list[Mark]]] = []
    while clauses:
        take = 1 + int(draw() * 4)
        group, clauses = clauses[:take], clauses[take:]
        sentences.append(_joined(group, ", "))
    key = _free_key(draft, choose(NOTE_KEYS, draw))
    if draw() < 0.2:
        return [(key, text, spans) for text, spans in sentences]
    separator = choose((". ", ". ", "; ", "\n"), draw)
    if separator == ". ":
        sentences = [(_capital(text), spans) for text, spans in sentences]
    text, spans = _joined(sentences, separator)
    if draw() < 0.5 and not text.endswith((".", '"', "'")):
        text += "."
    return [(key, text, spans)]


def _capital(text: str) -> str:
    """Return a sentence with a capital letter, unless it begins with a number or a symbol."""
    word = text.split(" ", 1)[0].rstrip(".")
    if len(word) < _SHORTEST_CAPITAL or not word.islower() or not word.replace("-", "").isalpha():
        return text
    return text[0].upper() + text[1:]


def _joined(parts: list[tuple[str, list[Mark]]], separator: str) -> tuple[str, list[Mark]]:
    text = ""
    spans: list[Mark] = []
    for part, marks in parts:
        if text:
            text += separator
        shift = len(text)
        spans.extend(mark._replace(start=mark.start + shift, end=mark.end + shift) for mark in marks)
        text += part
    return text, spans


def _place(path: str, value: Any, marks: list[Mark]) -> list[list[Mark]]:
    """Return the marks of each segment of one leaf, shifted to the segment's text."""
    text = value if isinstance(value, str) else value_text(value)
    prefix = len(path) + 2
    placed = []
    for begin, end in sentence_bounds(text):
        shift = prefix - begin
        placed.append(
            [
                mark._replace(start=mark.start + shift, end=min(mark.end, end) + shift)
                for mark in marks
                if begin <= mark.start < end
            ]
        )
    return placed
