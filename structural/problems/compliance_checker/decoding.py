"""From tags to canonical parameters: spans of words, parsed values, contradictions, and what was not understood."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from structural.code_checks.parameters import BY_NAME, Dimension
from structural.problems.compliance_checker.atoms import Kind, is_value
from structural.problems.compliance_checker.encoding import (
    TAGS,
    PieceEncoder,
    Tagged,
    Tagger,
    TagMemory,
    Words,
    is_spoken,
    split_words,
)
from structural.problems.compliance_checker.segments import Segment, segment_document
from structural.problems.compliance_checker.shape_names import OTHER_FAMILY
from structural.problems.compliance_checker.spelling import Lexicon
from structural.problems.compliance_checker.values import Value, parse_value, same_value
from structural.sections import database_name

_AMBIGUOUS = re.compile(r"[MmSsCcLl]\s?-?\s?\d[^xX×*]*[xX×*][^xX×*]*\Z")
_TELLING = frozenset(
    (Kind.SHAPE, Kind.STEEL, Kind.BOLT, Kind.ELECTRODE, Kind.FORCE, Kind.MOMENT, Kind.LINE_LOAD, Kind.RATIO)
)
_WIDER = ((0, 0), (0, 1), (1, 0), (1, 1), (0, 2), (2, 0))
"""Words before and after a run that may belong to its value."""
_ASD_SYMBOL = re.compile(r"(?<![A-Za-z])[PTMVRw]_?a[xy]?(?=\s*[=:(\[]|_[A-Za-z])")
_LRFD_SYMBOL = re.compile(r"(?<![A-Za-z])[PTMVRw]_?u[xy]?(?=\s*[=:(\[]|_[A-Za-z])")
BY_SUBSCRIPT = "method by subscript"
"""What is assumed of a method that stands nowhere but follows from the subscripts of strengths."""
CONTRADICTORY = "contradict each other"
"""Ends what is said of a contradiction; its parameter and a colon begin it."""


@dataclass(frozen=True, slots=True)
class ReadParameter:
    """One parameter as read: canonical value, the unit it was written in, its source, and what was assumed."""

    name: str
    value: float | str
    unit: str
    source: str
    source_text: str
    assumed: str


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """A segment, or a value in it, that gave nothing."""

    text: str
    reason: str


@dataclass(slots=True)
class DocumentReading:
    """Everything read from one document.

    ``certainty`` is the least tag probability of its words (1 for an empty document). ``doubts`` are reasons not to
    trust the reading, such as a value that could not be parsed. ``contradictions`` names the parameters for which the
    document gives two values.
    """

    parameters: dict[str, ReadParameter] = field(default_factory=dict)
    not_understood: list[NotUnderstood] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    contradictions: dict[str, str] = field(default_factory=dict)
    certainty: float = 1.0

    @property
    def values(self) -> dict[str, float | str]:
        """Canonical name to value."""
        return {name: item.value for name, item in self.parameters.items()}


def read_documents(
    documents: Sequence[dict[str, Any]], encoder: PieceEncoder, tagger: Tagger, memory: TagMemory | None = None
) -> list[DocumentReading]:
    """Return the reading of each document. Segments that read the same are tagged once, or taken from the memory."""
    segments = [segment_document(document) for document in documents]
    words = [[split_words(segment, encoder.lexicon) for segment in parts] for parts in segments]
    masked = [item.masked for parts in words for item in parts]
    tagged = iter((memory or TagMemory()).tag(masked, encoder, tagger))
    return [
        read_document(parts, split, [next(tagged) for _ in split], encoder.lexicon)
        for parts, split in zip(segments, words, strict=True)
    ]


def read_document(
    segments: Sequence[Segment], words: Sequence[Words], tagged: Sequence[Tagged], lexicon: Lexicon
) -> DocumentReading:
    """Return the reading of one document from the tags of its segments."""
    reading = DocumentReading()
    for segment, split, marks in zip(segments, words, tagged, strict=True):
        if not _read_canonical(reading, segment):
            strange = _strange_words(split, lexicon)
            told = marks if _may_tell(split, strange) else _passed_over(marks)
            _read_segment(reading, segment, split, told)
            _note_unfamiliar(reading, segment, split, told, strange)
            telling = [word for word in split.masked if lexicon.tells(word)]
            _note_unheard(reading, segment, split, told, telling, strange)
    _infer_method(reading, segments)
    return reading


def _read_segment(reading: DocumentReading, segment: Segment, words: Words, tagged: Tagged) -> None:
    if len(tagged.tags) < len(words.masked):
        reading.doubts.append(f"too long to read: {segment.text[:60]}")
    if tagged.probabilities:
        reading.certainty = min(reading.certainty, *tagged.probabilities)
    reading.doubts.extend(_unknown_shapes(segment))
    used: list[tuple[int, int]] = []
    for first, last, name in tag_runs(words, tagged.tags):
        if used and words.ends[last] <= used[-1][1]:
            continue
        (start, end), value = _parse(segment, words, (first, last), name)
        used.append((start, end))
        text = segment.text[start:end]
        if value is None:
            reason = f"read as {name}, but {text!r} is no such value within its bounds"
            if name == "shape":
                reason = f"{text!r} is no shape of the database"
            reading.not_understood.append(NotUnderstood(segment.text, reason))
            reading.doubts.append(f"{name}: {text!r} cannot be used")
        else:
            _keep(reading, name, value, segment.text, text)
    if not used and segment.text.strip():
        reading.not_understood.append(NotUnderstood(segment.text, "gives no parameter that the checks read"))
    elif used:
        _note_unused_numbers(reading, segment, words, used)


def _parse(segment: Segment, words: Words, run: tuple[int, int], name: str) -> tuple[tuple[int, int], Value | None]:
    """Return where the value of a run of words stands, and the value.

    Of a value of several words (``quarter points``) some may have gone untagged: where the run says nothing, its
    neighbours are taken in.
    """
    first, last = run
    wider = _WIDER if BY_NAME[name].dimension is Dimension.WORD else _WIDER[:1]
    for before, after in wider:
        begin, stop = first - before, last + after
        if begin < 0 or stop >= len(words.ends) or not words.ends[begin]:
            continue
        place = (words.starts[begin], words.ends[stop])
        value = parse_value(name, segment.text[slice(*place)], segment.key)
        if value is not None:
            return place, value
    return (words.starts[first], words.ends[last]), None


def _unknown_shapes(segment: Segment) -> Iterator[str]:
    """Yield a doubt for each designation of another family than W that the database does not have."""
    for found in OTHER_FAMILY.finditer(segment.text, segment.start):
        # "M20x60" is a bolt and "S 3 x 4" a spacing: letters that stand for other things too raise no doubt.
        if database_name(found.group()) is None and not _AMBIGUOUS.match(found.group()):
            yield f"shape: {found.group()!r} is no shape of the database"


def _read_canonical(reading: DocumentReading, segment: Segment) -> bool:
    """Take a value whose key is a parameter's own name by rule; return whether that is all the segment says.

    Parameters that the reader does not know are only taken so. Of the others, shapes and grades may share their entry
    with more, so they are left to the reader.
    """
    item = BY_NAME.get(segment.key)
    text = segment.text[segment.start :].strip()
    if item is None or not text or (item.read and item.dimension in (Dimension.SHAPE, Dimension.GRADE)):
        return False
    value = parse_value(item.name, text, segment.key)
    if value is not None:
        _keep(reading, item.name, value, segment.text, text)
        return True
    if not item.read:
        reading.not_understood.append(NotUnderstood(segment.text, f"{text!r} is no {item.name} within its bounds"))
        reading.doubts.append(f"{item.name}: {text!r} cannot be used")
    return not item.read


def _note_unused_numbers(
    reading: DocumentReading, segment: Segment, words: Words, used: Sequence[tuple[int, int]]
) -> None:
    """List the numbers of a partly read segment that were taken for irrelevant."""
    left = [
        segment.text[start:end]
        for masked, start, end in zip(words.masked, words.starts, words.ends, strict=True)
        if is_value(masked) and start >= segment.start and not any(a <= start and end <= b for a, b in used)
    ]
    if left:
        reading.not_understood.append(NotUnderstood(segment.text, f"not used: {', '.join(left)}"))


def _passed_over(tagged: Tagged) -> Tagged:
    """Return the tags of a segment that gives nothing, of which there is no doubt."""
    return Tagged((0,) * len(tagged.tags), (1.0,) * len(tagged.tags))


def _spoken(words: Words) -> list[str]:
    return [word for word in words.masked if is_spoken(word)]


def _strange_words(words: Words, lexicon: Lexicon) -> list[str]:
    """Return the words of the language that were never met."""
    return [word for word in _spoken(words) if not lexicon.knows(word)]


def _may_tell(words: Words, strange: Sequence[str]) -> bool:
    """Return whether anything says what the values give: a word that was met, or a kind that speaks for itself."""
    return len(strange) < len(_spoken(words)) or not strange or not _TELLING.isdisjoint(words.masked)


def _note_unfamiliar(
    reading: DocumentReading, segment: Segment, words: Words, tagged: Tagged, strange: Sequence[str]
) -> None:
    """Doubt what stands beside words that were never met: a value read there was guessed.

    A value passed over there is doubted where hardly anything but a parameter is of its kind, such as a force.
    """
    telling = any(tagged.tags) or not _TELLING.isdisjoint(words.masked)
    if telling and strange:
        reading.doubts.append(f"unfamiliar: {', '.join(strange[:3])!r} in {segment.text[:80]!r}")


def _note_unheard(
    reading: DocumentReading,
    segment: Segment,
    words: Words,
    tagged: Tagged,
    telling: Sequence[str],
    strange: Sequence[str],
) -> None:
    """Doubt a segment that gives nothing although it has words that always told what a value gives.

    Where more of its words were never met, it is about something else.
    """
    holds_value = any(is_value(word) and word != Kind.OTHER for word in words.masked)
    if holds_value and telling and not any(tagged.tags) and len(telling) >= len(strange):
        reading.doubts.append(f"passed over: {segment.text[:80]!r}, which has {', '.join(telling[:3])!r}")


def tag_runs(words: Words, tags: Sequence[int]) -> Iterable[tuple[int, int, str]]:
    """Yield first word, last word and parameter of each run of words of the value with one tag."""
    index = 0
    while index < len(tags):
        tag = tags[index]
        stop = index + 1
        while stop < len(tags) and tags[stop] == tag and bool(words.ends[stop]) == bool(words.ends[index]):
            stop += 1
        if tag and words.ends[index]:
            yield index, stop - 1, TAGS[tag]
        index = stop


def _keep(reading: DocumentReading, name: str, value: Value, source: str, source_text: str) -> None:
    earlier = reading.parameters.get(name)
    if earlier is None:
        reading.parameters[name] = ReadParameter(name, value.value, value.unit, source, source_text, value.assumed)
    elif not same_value(earlier.value, value.value):
        reading.contradictions.setdefault(name, f"{name}: {earlier.source_text!r} and {source_text!r} {CONTRADICTORY}")


def _infer_method(reading: DocumentReading, segments: Sequence[Segment]) -> None:
    """Take the design method from the subscripts of required strengths (Pu: LRFD, Pa: ASD) where it is not stated."""
    if "method" in reading.parameters:
        return
    allowable = [segment for segment in segments if _ASD_SYMBOL.search(segment.text)]
    factored = [segment for segment in segments if _LRFD_SYMBOL.search(segment.text)]
    if allowable and factored:
        reading.doubts.append("method: subscripts of both LRFD and ASD are used")
    elif allowable:
        source = allowable[0].text
        reading.parameters["method"] = ReadParameter("method", "ASD", "", source, "subscript a", BY_SUBSCRIPT)
