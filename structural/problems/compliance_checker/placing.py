"""Where a document says what somebody tells it says: the annotations that the reader learns from.

The generator writes a document and so knows the place of each value. Of a document that a user sent only the values are
known, and each is looked for among the words: what stands nowhere, or could stand in more places than one, is refused
by name, because a guessed place would teach a wrong reading.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from structural.code_checks.parameters import BY_NAME, READ_NAMES, Dimension
from structural.errors import StructuralError
from structural.problems.compliance_checker.atoms import is_value, possible_parameters
from structural.problems.compliance_checker.encoding import Words, split_words
from structural.problems.compliance_checker.segments import Segment, segment_document
from structural.problems.compliance_checker.values import is_spelling, parse_value, same_value

Span = tuple[int, int, str]
_LONGEST_RUN = 4
"""Words of the longest value that is said in words, such as ``simply supported at both ends``."""


class Place(NamedTuple):
    """Words ``first`` to ``last`` of the segment of this index."""

    segment: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Told:
    """A value that a document is said to state; of one that was read, the text of its segment and the value's own."""

    name: str
    value: float | str
    source: str = ""
    source_text: str = ""


def place_values(document: dict[str, Any], told: Sequence[Told], passed_over: Collection[str] = ()) -> list[list[Span]]:
    """Return the spans (start, end, parameter) of each segment of a document.

    Parameters
    ----------
    document : dict
        As the request gave it.
    told : sequence of Told
        All that it states, canonical units. Two values of one parameter are a contradiction. Parameters that are only
        read under their own name have no place.
    passed_over : collection of str
        Texts of segments known to hold values that give nothing; elsewhere a second mention of a value is a repetition.

    Raises
    ------
    StructuralError
        ``field`` names the parameter whose value stands nowhere or cannot be told apart from others.
    """
    segments = segment_document(document)
    words = [split_words(segment) for segment in segments]
    placed: dict[Place, str] = {}
    searched = [item for item in told if item.name in READ_NAMES]
    # First those whose segment is known: they leave fewer places for the others.
    for item in sorted(searched, key=lambda item: not item.source):
        place = _place(item, segments, words, placed)
        placed[place] = item.name
    _add_repetitions(searched, (segments, words), placed, passed_over)
    spans: list[list[Span]] = [[] for _ in segments]
    for place, name in sorted(placed.items()):
        spans[place.segment].append((*_bounds(words, place), name))
    return spans


def _place(told: Told, segments: Sequence[Segment], words: Sequence[Words], placed: Mapping[Place, str]) -> Place:
    read = [place for place in _where_read(told, segments, words) if not _is_taken(place, placed)]
    if read:
        return read[0]  # where an entry is there twice, the other one repeats it
    free = [place for place in _candidates(told, segments, words) if not _is_taken(place, placed)]
    own = [place for place in free if segments[place.segment].key == told.name]
    chosen = own or free
    if len(chosen) == 1:
        return chosen[0]
    if chosen:
        texts = ", ".join(repr(_text(segments, words, place)) for place in chosen[:3])
        raise StructuralError(
            f"{told.name} = {told.value} could stand at more places than one ({texts}); bring the annotated document "
            "as own data",
            field=told.name,
        )
    raise StructuralError(
        f"{told.name} = {told.value} stands nowhere in the document; give what it says, in the unit of the name or "
        "with its unit",
        field=told.name,
    )


def _where_read(told: Told, segments: Sequence[Segment], words: Sequence[Words]) -> Iterator[Place]:
    """Yield the runs of words that a value was read from."""
    for index, (segment, split) in enumerate(zip(segments, words, strict=True)):
        if not told.source_text or segment.text != told.source:
            continue
        for first, start in enumerate(split.starts):
            end = start + len(told.source_text)
            last = bisect_right(split.ends, end) - 1
            if split.ends[first] and last >= first and segment.text[start:end] == told.source_text:
                yield Place(index, first, last)


def _candidates(told: Told, segments: Sequence[Segment], words: Sequence[Words]) -> Iterator[Place]:
    """Yield the runs of words that read as the value; of a value said in several words the whole of it."""
    longest = _LONGEST_RUN if BY_NAME[told.name].dimension is Dimension.WORD else 1
    for index, (segment, split) in enumerate(zip(segments, words, strict=True)):
        found: list[Place] = []
        for length in range(longest, 0, -1):
            for first in range(len(split.masked) - length + 1):
                place = Place(index, first, first + length - 1)
                if not any(_overlap(place, longer) for longer in found) and _reads_as(told, segment, split, place):
                    found.append(place)
        yield from found


def _reads_as(told: Told, segment: Segment, words: Words, place: Place) -> bool:
    if not words.ends[place.first]:  # words of the key are no values
        return False
    run = words.masked[place.first : place.last + 1]
    if any(told.name not in possible_parameters(word) for word in run):
        return False
    text = segment.text[words.starts[place.first] : words.ends[place.last]]
    if place.last > place.first and not is_spelling(told.name, text):
        return False  # a word of the name beside the value is read over, but is no part of it
    value = parse_value(told.name, text, segment.key)
    return value is not None and same_value(value.value, told.value)


def _add_repetitions(
    told: Sequence[Told],
    read: tuple[Sequence[Segment], Sequence[Words]],
    placed: dict[Place, str],
    passed_over: Collection[str],
) -> None:
    """Place second mentions too: a value left untagged would be learned as one that gives nothing.

    Not of those said in words of the language, whose spellings (``in``, ``E``, ``second order``) mean much else.
    """
    segments, words = read
    for item in told:
        for place in list(_candidates(item, segments, words)):
            if _is_taken(place, placed) or segments[place.segment].text in passed_over:
                continue
            if not all(map(is_value, words[place.segment].masked[place.first : place.last + 1])):
                continue
            rivals = {other.name for other in told if place in _candidates(other, segments, words)}
            if rivals != {item.name}:
                text = _text(segments, words, place)
                raise StructuralError(
                    f"{text!r} could repeat {' or '.join(sorted(rivals))}; bring the annotated document as own data",
                    field=item.name,
                )
            placed[place] = item.name


def _is_taken(place: Place, placed: Mapping[Place, str]) -> bool:
    return any(_overlap(place, other) for other in placed)


def _overlap(one: Place, other: Place) -> bool:
    return one.segment == other.segment and one.first <= other.last and other.first <= one.last


def _bounds(words: Sequence[Words], place: Place) -> tuple[int, int]:
    split = words[place.segment]
    return split.starts[place.first], split.ends[place.last]


def _text(segments: Sequence[Segment], words: Sequence[Words], place: Place) -> str:
    start, end = _bounds(words, place)
    return segments[place.segment].text[start:end]
