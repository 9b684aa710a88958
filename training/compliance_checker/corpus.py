"""The corpus: segments of the training documents as masked words with a tag a word, alike segments kept once."""

import json
from dataclasses import dataclass

import numpy as np

from structural.problems.compliance_checker.encoding import split_words, word_tags
from structural.problems.compliance_checker.segments import segment_document
from structural.tables import Table
from training.errors import TrainingError

_SHORTEST_TYPO_WORD = 5


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
    """Return the distinct segments of annotated documents; documents without annotations are passed over.

    Raises
    ------
    TrainingError
        When annotations do not fit the segments of their document, or no document is annotated.
    """
    seen: dict[tuple[str, ...], int] = {}
    tags: list[tuple[int, ...]] = []
    counts: list[int] = []
    rows = zip(table["document"].tolist(), table["annotations"].tolist(), strict=True)
    for row, (text, annotations) in enumerate(rows):
        if not annotations:
            continue
        spans = json.loads(annotations)
        segments = segment_document(json.loads(text))
        if len(spans) != len(segments):
            raise TrainingError(f"document {row}: {len(spans)} annotations for {len(segments)} segments; make it anew")
        for segment, marks in zip(segments, spans, strict=True):
            words = split_words(segment.text)
            at = seen.setdefault(words.masked, len(tags))
            if at == len(tags):
                tags.append(tuple(word_tags(words, marks)))
                counts.append(0)
            counts[at] += 1
    if not tags:
        raise TrainingError("no annotated document; the compliance reader learns from annotations")
    return Corpus(list(seen), tags, counts)


def thin(corpus: Corpus, most: int, rng: np.random.Generator) -> Corpus:
    """Return at most ``most`` segments: all short ones that fit are kept in a random choice."""
    if len(corpus) <= most:
        return corpus
    rows = np.sort(rng.choice(len(corpus), size=most, replace=False)).tolist()
    return Corpus(
        [corpus.words[row] for row in rows], [corpus.tags[row] for row in rows], [corpus.counts[row] for row in rows]
    )


def with_typos(corpus: Corpus, share: float, rng: np.random.Generator) -> Corpus:
    """Return the corpus with mistyped copies of a share of its segments: one longer word outside the values is bent."""
    words, tags, counts = list(corpus.words), list(corpus.tags), list(corpus.counts)
    known = set(words)
    for row in np.flatnonzero(rng.random(len(corpus)) < share).tolist():
        bent = _bend(corpus.words[row], corpus.tags[row], rng)
        if bent and bent not in known:
            known.add(bent)
            words.append(bent)
            tags.append(corpus.tags[row])
            counts.append(1)
    return Corpus(words, tags, counts)


def _bend(words: tuple[str, ...], tags: tuple[int, ...], rng: np.random.Generator) -> tuple[str, ...] | None:
    long = [
        index
        for index, word in enumerate(words)
        if not tags[index] and word.isalpha() and len(word) >= _SHORTEST_TYPO_WORD
    ]
    if not long:
        return None
    index = long[int(rng.integers(len(long)))]
    word = words[index]
    at = int(rng.integers(1, len(word) - 1))
    kind = int(rng.integers(3))
    if kind == 0:
        new = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    elif kind == 1:
        new = word[:at] + word[at + 1 :]
    else:
        new = word[:at] + word[at] + word[at:]
    return (*words[:index], new, *words[index + 1 :])
