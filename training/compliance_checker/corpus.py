"""The corpus: segments of the training documents as masked words with a tag a word, alike segments kept once."""

import json
import math
from collections import Counter
from dataclasses import dataclass

import numpy as np

from structural.problems.compliance_checker.atoms import STOP, is_value
from structural.problems.compliance_checker.encoding import KEY_END, is_spoken, split_words, word_tags
from structural.problems.compliance_checker.segments import segment_document
from structural.problems.compliance_checker.spelling import Lexicon
from structural.tables import Table
from training.errors import TrainingError

_MOST_REPEATS = 16
_SHORT_SENTENCE = 16
"""Words of the longest sentences that are joined to others."""
_CONSONANTS, _VOWELS = tuple("bcdfghklmnprstvw"), tuple("aeiouy")


@dataclass(frozen=True, slots=True)
class Corpus:
    """Distinct segments: masked words, tag indices a word, and how often each occurred."""

    words: list[tuple[str, ...]]
    tags: list[tuple[int, ...]]
    counts: list[int]

    def __len__(self) -> int:
        """Return the number of distinct segments."""
        return len(self.words)


def build_corpus(table: Table) -> Corpus:
    """Return the distinct tagged segments of annotated documents; documents without annotations are passed over.

    Raises
    ------
    TrainingError
        When annotations do not fit the segments of their document, or no document is annotated.
    """
    votes: Counter[tuple[tuple[str, ...], tuple[int, ...]]] = Counter()
    rows = zip(table["document"].tolist(), table["annotations"].tolist(), strict=True)
    for row, (text, annotations) in enumerate(rows):
        if not annotations.startswith("["):  # empty, or the mark of a document that a company brought itself
            continue
        spans = json.loads(annotations)
        segments = segment_document(json.loads(text))
        if len(spans) != len(segments):
            raise TrainingError(f"document {row}: {len(spans)} annotations for {len(segments)} segments; make it anew")
        for segment, marks in zip(segments, spans, strict=True):
            words = split_words(segment)
            votes[words.masked, tuple(word_tags(words, marks))] += 1
    if not votes:
        raise TrainingError("no annotated document; the compliance reader learns from annotations")
    return Corpus([words for words, _ in votes], [tags for _, tags in votes], list(votes.values()))


def resolved(corpus: Corpus, lexicon: Lexicon) -> Corpus:
    """Return the corpus with mistyped words as the lexicon resolves them; segments that then read alike become one.

    Where alike segments carry different tags, those that occurred most often stay.
    """
    votes: dict[tuple[str, ...], Counter[tuple[int, ...]]] = {}
    for words, tags, count in zip(corpus.words, corpus.tags, corpus.counts, strict=True):
        read = tuple(word if is_value(word) else lexicon.resolve(word) for word in words)
        votes.setdefault(read, Counter())[tags] += count
    chosen = [vote.most_common(1)[0][0] for vote in votes.values()]
    return Corpus(list(votes), chosen, [vote.total() for vote in votes.values()])


def thin(corpus: Corpus, most: int, rng: np.random.Generator) -> Corpus:
    """Return at most ``most`` segments: all short ones that fit are kept in a random choice."""
    if len(corpus) <= most:
        return corpus
    rows = np.sort(rng.choice(len(corpus), size=most, replace=False)).tolist()
    return Corpus(
        [corpus.words[row] for row in rows], [corpus.tags[row] for row in rows], [corpus.counts[row] for row in rows]
    )


def repeated(corpus: Corpus) -> Corpus:
    """Return the corpus with frequent segments more than once, about as the square root of how often they occurred."""
    rows = [row for row, count in enumerate(corpus.counts) for _ in range(min(math.isqrt(count), _MOST_REPEATS))]
    return Corpus(
        [corpus.words[row] for row in rows], [corpus.tags[row] for row in rows], [corpus.counts[row] for row in rows]
    )


def with_joined(corpus: Corpus, share: float, rng: np.random.Generator) -> Corpus:
    """Return the corpus with ``share`` more segments, each two sentences of notes with a stop between them.

    A stop behind a unit or an abbreviation may end a sentence or not, so some segments hold two sentences; of those
    that a dataset happens to have there are too few to learn from.
    """
    sentences = [row for row, words in enumerate(corpus.words) if words[0] == KEY_END and len(words) <= _SHORT_SENTENCE]
    words, tags, counts = list(corpus.words), list(corpus.tags), list(corpus.counts)
    if sentences:
        pairs = rng.choice(sentences, size=(int(len(corpus) * share), 2))
        for first, second in pairs.tolist():
            words.append((*corpus.words[first], STOP, *corpus.words[second][1:]))
            tags.append((*corpus.tags[first], 0, *corpus.tags[second][1:]))
            counts.append(1)
    return Corpus(words, tags, counts)


def with_strangers(corpus: Corpus, share: float, rng: np.random.Generator) -> Corpus:
    """Return the corpus with copies of ``share`` of its segments whose words became words that nobody ever met.

    All of a copy's words of the language are strange, so nothing says what its values give and none is tagged: the
    reader learns to pass over what it does not know, instead of guessing.
    """
    words, tags, counts = list(corpus.words), list(corpus.tags), list(corpus.counts)
    for row in np.flatnonzero(rng.random(len(corpus)) < share).tolist():
        speaks = [is_spoken(word) for word in corpus.words[row]]
        if not any(speaks):
            continue
        replaced = zip(corpus.words[row], speaks, strict=True)
        words.append(tuple(_stranger(rng) if strange else word for word, strange in replaced))
        tags.append((0,) * len(words[-1]))
        counts.append(1)
    return Corpus(words, tags, counts)


def telling_words(corpus: Corpus) -> frozenset[str]:
    """Return the words of the language that only occur in segments of which some value is given."""
    spoken = {word for words in corpus.words for word in words if is_spoken(word)}
    mute = {word for words, tags in zip(corpus.words, corpus.tags, strict=True) if not any(tags) for word in words}
    return frozenset(spoken - mute)


def _stranger(rng: np.random.Generator) -> str:
    """Return a pronounceable word of four to ten letters."""
    pairs = int(rng.integers(2, 6))
    letters = zip(rng.choice(_CONSONANTS, pairs), rng.choice(_VOWELS, pairs), strict=True)
    return "".join(first + second for first, second in letters)
