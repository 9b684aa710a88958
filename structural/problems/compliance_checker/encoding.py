"""How a segment becomes arrays: words with their places, values as kinds, word pieces, padded token ids.

A stop within a segment is a word of its own: where no rule tells whether a sentence ends there, the network has to.
A value is one word whatever its form, and only its kind is read (``35.5 ft`` reads ``#length``): which parameter a
value gives never depends on the number itself, so a reader that cannot see it cannot be misled by it. Parsing sees the
full text. A unit that stands in the key is read with the value, and signs that say nothing are passed over, so that
``"span_ft": 30``, ``"Span (ft)": 30`` and ``"span": "30 ft"`` read the same.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from structural.code_checks.parameters import READ_NAMES, Dimension
from structural.problems.compliance_checker.atoms import (
    KIND_OF_DIMENSION,
    PLAIN,
    STOP,
    find_words,
    is_value,
    possible_parameters,
)
from structural.problems.compliance_checker.segments import Segment
from structural.problems.compliance_checker.spelling import Lexicon
from structural.problems.compliance_checker.units import unit_at_end

ENCODING_VERSION = 3
OUTSIDE = "O"
TAGS: tuple[str, ...] = (OUTSIDE, *READ_NAMES)
TAG_INDEX: dict[str, int] = {tag: index for index, tag in enumerate(TAGS)}
MAX_TOKENS = 128
"""Word pieces of a segment that are read; what is beyond is reported as not understood."""
PAD, UNKNOWN, START, END = "[PAD]", "[UNK]", "[CLS]", "[SEP]"
SPECIAL_TOKENS = (PAD, UNKNOWN, START, END)
_CACHE_SIZE = 16_384
KEY_END = "|"
"""Stands between the words of the key and those of the value."""


def is_spoken(word: str) -> bool:
    """Return whether a word as read is one of the language: no value, no stop, not the end of a key."""
    return word not in (KEY_END, STOP) and not is_value(word)


class Tokenizer(Protocol):
    """The part of `tokenizers.Tokenizer` used here; handed in, so that this package needs no such library."""

    def encode_batch(self, input: Any, *, is_pretokenized: bool = ..., add_special_tokens: bool = ...) -> Any:
        """Return encodings with ``ids`` of each item."""

    def token_to_id(self, token: str) -> int | None:
        """Return the id of a token."""


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a segment: ``masked`` as the model reads them, ``starts`` and ``ends`` in the segment's text.

    Words of the key, which are never a value, have both at 0.
    """

    masked: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]


@lru_cache(maxsize=_CACHE_SIZE)
def split_words(segment: Segment, lexicon: Lexicon | None = None) -> Words:
    """Return the words of a segment, its key before `KEY_END`; mistyped words as the lexicon resolves them.

    Remembered, because documents repeat three segments in ten word for word.
    """
    heading, dimension = _heading_words(segment.heading, segment.key)
    value = list(find_words(segment.text, segment.start, len(segment.text)))
    if dimension and len(value) == 1 and value[0][0] in PLAIN:
        value[0] = (KIND_OF_DIMENSION[dimension].value, *value[0][1:])
    words = [*((word, 0, 0) for word in heading), (KEY_END, 0, 0), *value]
    masked = (word if lexicon is None or is_value(word) else lexicon.resolve(word) for word, _, _ in words)
    return Words(tuple(masked), tuple(start for _, start, _ in words), tuple(end for _, _, end in words))


@lru_cache(maxsize=_CACHE_SIZE)
def _heading_words(heading: str, key: str) -> tuple[tuple[str, ...], Dimension | None]:
    """Return the words of a heading without the unit it ends with, and the dimension of that unit."""
    unit = unit_at_end(key)
    end = _without_unit(heading, unit[1]) if unit else len(heading)
    words = tuple(word for word, _, _ in find_words(heading, 0, end) if word != STOP)
    return words, unit[0] if unit else None


_JOINTS = str.maketrans("_-", "  ")


def _without_unit(heading: str, unit: str) -> int:
    """Return where the unit begins that a heading ends with; its end where it cannot be told."""
    at = heading.lower().translate(_JOINTS).rfind(unit.lower().translate(_JOINTS))
    return at if at > 0 and len(heading) - at <= len(unit) + 2 else len(heading)


def word_tags(words: Words, spans: Iterable[Sequence[Any]]) -> list[int]:
    """Return the tag index of each word of a segment whose values stand at ``spans`` (start, end, parameter)."""
    tags = [0] * len(words.masked)
    for start, end, name in spans:
        for index, (word_start, word_end) in enumerate(zip(words.starts, words.ends, strict=True)):
            if word_start < end and word_end > start:
                tags[index] = TAG_INDEX[name]
    return tags


def allowed_tags(words: Iterable[str]) -> NDArray[np.bool_]:
    """Return which tags each word may carry, (n words, n tags): what its kind allows, and always `OUTSIDE`."""
    table = np.array([[name in possible_parameters(word) for name in READ_NAMES] for word in words], dtype=bool)
    return np.column_stack([np.ones(len(table), dtype=bool), table.reshape(len(table), len(READ_NAMES))])


@dataclass(slots=True)
class PieceEncoder:
    """Word pieces of masked words, each distinct word cut once.

    ``tokenizer`` is a WordPiece tokenizer, ``lexicon`` the words that were met in training.
    """

    tokenizer: Tokenizer
    lexicon: Lexicon
    _pieces: dict[str, list[int]] = field(default_factory=dict)

    _LARGEST_CACHE = 50_000

    def learn(self, words: Iterable[str]) -> None:
        """Cut the words that were not met before."""
        new = [word for word in dict.fromkeys(words) if word not in self._pieces]
        if not new:
            return
        if len(self._pieces) + len(new) > self._LARGEST_CACHE:
            self._pieces.clear()
            new = list(dict.fromkeys(words))
        encodings = self.tokenizer.encode_batch(
            [[word] for word in new], is_pretokenized=True, add_special_tokens=False
        )
        unknown = self.tokenizer.token_to_id(UNKNOWN) or 0
        for word, encoding in zip(new, encodings, strict=True):
            self._pieces[word] = list(encoding.ids) or [unknown]

    def encode(self, segments: Sequence[tuple[str, ...]]) -> tuple[list[list[int]], list[list[int]]]:
        """Return token ids (with start and end) of each segment, and where the first piece of each word stands.

        Words beyond `MAX_TOKENS` have no place: their list is shorter than the segment.
        """
        start, end = self.tokenizer.token_to_id(START) or 0, self.tokenizer.token_to_id(END) or 0
        self.learn([word for words in segments for word in words])
        pieces = self._pieces
        ids, heads = [], []
        for words in segments:
            row, places = [start], []
            for word in words:
                cut = pieces[word]
                if len(row) + len(cut) >= MAX_TOKENS:
                    break
                places.append(len(row))
                row.extend(cut)
            row.append(end)
            ids.append(row)
            heads.append(places)
        return ids, heads


def pad(rows: Sequence[Sequence[int]], length: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return token ids (n, length) padded with 0, and the attention mask of the same shape."""
    ids = np.zeros((len(rows), length), dtype=np.int64)
    sizes = np.array([len(row) for row in rows])
    mask = np.arange(length) < sizes[:, None]
    ids[mask] = np.concatenate([np.asarray(row, dtype=np.int64) for row in rows]) if len(rows) else 0
    return ids, mask.astype(np.int64)


Tagger = Callable[[NDArray[np.int64], NDArray[np.int64]], tuple[NDArray[np.int64], NDArray[np.float32]]]
"""Takes ids and mask (n, length), returns the tag index and its probability at each token, both (n, length)."""

_BATCH_TOKENS = 16_384
_FEW_SEGMENTS = 32
_BUCKETS = (8, 12, 16, 20, 24, 32, 40, 48, 64, 96, MAX_TOKENS)


@dataclass(frozen=True, slots=True)
class Tagged:
    """Tags and probabilities of the words of one segment that were read."""

    tags: tuple[int, ...]
    probabilities: tuple[float, ...]


class TagMemory:
    """Tags of segments read before, of one network: documents share most of what they say."""

    _LARGEST = 50_000

    def __init__(self) -> None:
        self._tagged: dict[tuple[str, ...], Tagged] = {}

    def tag(self, segments: Sequence[tuple[str, ...]], encoder: PieceEncoder, tagger: Tagger) -> list[Tagged]:
        """Return the tags of each segment; only those never met go through the network."""
        known = self._tagged
        new = [segment for segment in dict.fromkeys(segments) if segment not in known]
        if len(known) + len(new) > self._LARGEST:
            known = self._tagged = {}
            new = list(dict.fromkeys(segments))
        known.update(zip(new, tag_segments(new, encoder, tagger), strict=True))
        return [known[segment] for segment in segments]


def tag_segments(segments: Sequence[tuple[str, ...]], encoder: PieceEncoder, tagger: Tagger) -> list[Tagged]:
    """Return the tags of each segment of masked words; batches hold segments of about one length."""
    if not segments:
        return []
    ids, heads = encoder.encode(segments)
    sizes = np.array([len(row) for row in ids], dtype=np.int64)
    results: list[Tagged] = [Tagged((), ())] * len(ids)
    # Few segments cost less in one padded batch than in several runs.
    few = len(ids) <= _FEW_SEGMENTS
    buckets = np.full(len(ids), len(_BUCKETS) - 1) if few else np.searchsorted(_BUCKETS, sizes)
    for bucket in np.unique(buckets).tolist():
        rows = np.flatnonzero(buckets == bucket).tolist()
        length = _BUCKETS[bucket]
        step = max(_BATCH_TOKENS // length, 1)
        for begin in range(0, len(rows), step):
            part = rows[begin : begin + step]
            tags, probabilities = tagger(*pad([ids[row] for row in part], int(sizes[part].max())))
            for at, row in enumerate(part):
                places = heads[row]
                results[row] = Tagged(tuple(tags[at, places].tolist()), tuple(probabilities[at, places].tolist()))
    return results
