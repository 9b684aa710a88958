"""How a segment becomes arrays: words with their places, digits masked, word pieces, padded token ids.

A number is one word whatever its form, and its digits are masked (``35.5`` reads ``0.0``) except in designations like
A325 or E70: which parameter a number gives never depends on the number itself, so a reader that cannot see it cannot be
misled by it. Parsing sees the full text.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from structural.code_checks.parameters import READ_NAMES
from structural.problems.compliance_checker.shape_names import OTHER_FAMILY
from structural.sections import database_name

ENCODING_VERSION = 1
OUTSIDE = "O"
TAGS: tuple[str, ...] = (OUTSIDE, *READ_NAMES)
TAG_INDEX: dict[str, int] = {tag: index for index, tag in enumerate(TAGS)}
MAX_TOKENS = 128
"""Word pieces of a segment that are read; what is beyond is reported as not understood."""
PAD, UNKNOWN, START, END = "[PAD]", "[UNK]", "[CLS]", "[SEP]"
SPECIAL_TOKENS = (PAD, UNKNOWN, START, END)

_WORD = re.compile(
    r"(?<![A-Za-z0-9])[AFESafes]\d{2,4}(?![\d.])(?!\s*[xX×]\d)|[A-Z]?[a-z]+|[A-Z]+(?![a-z])"
    r"|\d{1,9}-\d{1,4}/\d{1,4}|\d{1,9}/\d{1,4}|\d{1,3}(?:,\d{3})+(?:\.\d{1,12})?|\d{0,15}\.\d{1,15}|\d{1,15}|[^\s\d]"
)
_ASCII_LOWER = {ord(letter): letter.lower() for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}


class Tokenizer(Protocol):
    """The part of `tokenizers.Tokenizer` used here; handed in, so that this package needs no such library."""

    def encode_batch(self, input: Any, *, is_pretokenized: bool = ..., add_special_tokens: bool = ...) -> Any:
        """Return encodings with ``ids`` of each item."""

    def token_to_id(self, token: str) -> int | None:
        """Return the id of a token."""


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a segment: ``masked`` as the model reads them, ``starts`` and ``ends`` in the segment's text."""

    masked: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]


_ANY_SHAPE = ("w", "00", "x", "00")
"""How the name of a shape of another family reads: as a W shape, which is what the reader has met."""


def split_words(text: str) -> Words:
    """Return the words of a text: letters (split at camel case), numbers, single signs, designations."""
    masked: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    begin = 0
    for name in OTHER_FAMILY.finditer(text):
        if database_name(name.group()) is None:
            continue
        _split_plain(text, begin, name.start(), (masked, starts, ends))
        begin = name.end()
        masked.extend(_ANY_SHAPE)
        starts.extend((name.start(), begin, begin, begin))
        ends.extend((begin,) * len(_ANY_SHAPE))
    _split_plain(text, begin, len(text), (masked, starts, ends))
    return Words(tuple(masked), tuple(starts), tuple(ends))


def _split_plain(text: str, begin: int, end: int, into: tuple[list[str], list[int], list[int]]) -> None:
    masked, starts, ends = into
    for match in _WORD.finditer(text, begin, end):
        word = match.group()
        if word[0].isdigit() or (word[0] == "." and len(word) > 1):
            word = _mask(word)
        masked.append(word.translate(_ASCII_LOWER))
        starts.append(match.start())
        ends.append(match.end())


def _mask(number: str) -> str:
    """Return the form of a number without its digits: mixed fraction, fraction, thousands, decimal, whole."""
    if "/" in number:
        return "0-0/0" if "-" in number else "0/0"
    if "," in number:
        return "0,000"
    return "0.0" if "." in number else "0" * min(len(number), 5)


def word_tags(words: Words, spans: Iterable[Sequence[Any]]) -> list[int]:
    """Return the tag index of each word of a segment whose values stand at ``spans`` (start, end, parameter)."""
    tags = [0] * len(words.masked)
    for start, end, name in spans:
        inside = [
            index
            for index, (word_start, word_end) in enumerate(zip(words.starts, words.ends, strict=True))
            if word_start >= start and word_end <= end
        ]
        # "20 in." may end a sentence or an abbreviated unit: the stop says nothing, so it is never part of a value.
        if inside and words.masked[inside[-1]] == ".":
            inside.pop()
        for index in inside:
            tags[index] = TAG_INDEX[name]
    return tags


@dataclass(slots=True)
class PieceEncoder:
    """Word pieces of masked words, each distinct word cut once. ``tokenizer`` is a WordPiece tokenizer."""

    tokenizer: Tokenizer
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


def tag_segments(segments: Sequence[tuple[str, ...]], encoder: PieceEncoder, tagger: Tagger) -> list[Tagged]:
    """Return the tags of each segment of masked words; batches hold segments of about one length."""
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
