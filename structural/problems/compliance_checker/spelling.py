"""Words that a reader has met, and mistyped words traced back to them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

_SHORTEST = 5
"""Shorter words are too near each other for one to be taken for another."""
_MUCH_RARER = 60
"""A word so many times rarer than one a slip away from it is that word mistyped."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Lexicon:
    """The words a reader has met, lower case, and those of them that were only met where a value was given."""

    words: frozenset[str]
    telling: frozenset[str] = frozenset()

    @cached_property
    def _long(self) -> frozenset[str]:
        return frozenset(word for word in self.words if len(word) >= _SHORTEST)

    def resolve(self, word: str) -> str:
        """Return the word that is meant: itself where it was met, else the only known word one slip away, else itself.

        Letters left out or swapped are the most likely slips, then letters added, then replaced.
        """
        if word in self.words or len(word) < _SHORTEST or not word.isalpha():
            return word
        for slips_of in (_left_out, _added, _replaced):
            near = {other for other in slips_of(word) if other in self._long}
            if near:
                return near.pop() if len(near) == 1 else word
        return word

    def knows(self, word: str) -> bool:
        """Return whether a word was met."""
        return word in self.words

    def tells(self, word: str) -> bool:
        """Return whether a word was only met where it said what a value gives."""
        return word in self.telling


def build_lexicon(counts: Mapping[str, int]) -> Lexicon:
    """Return the lexicon of counted words, without those that are most likely other words mistyped."""
    kept: set[str] = set()
    for word, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        long = len(word) >= _SHORTEST and word.isalpha()
        if long and any(counts[other] >= _MUCH_RARER * count for other in slips(word) if other in kept):
            continue
        kept.add(word)
    return Lexicon(frozenset(kept))


def count_words(segments: Iterable[tuple[str, ...]], times: Iterable[int]) -> Counter[str]:
    """Return how often each word occurs in segments that occurred ``times`` each."""
    counts: Counter[str] = Counter()
    for words, count in zip(segments, times, strict=True):
        for word in words:
            counts[word] += count
    return counts


def slips(word: str) -> Iterator[str]:
    """Yield every text that is one slip away from a word (Damerau 1964)."""
    yield from _left_out(word)
    yield from _added(word)
    yield from _replaced(word)


def _left_out(word: str) -> Iterator[str]:
    """Yield what was meant if a letter was left out or two neighbours were swapped."""
    for at in range(len(word) + 1):
        yield from (word[:at] + letter + word[at:] for letter in _LETTERS)
        if at + 1 < len(word):
            yield word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _added(word: str) -> Iterator[str]:
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]


def _replaced(word: str) -> Iterator[str]:
    for at in range(len(word)):
        yield from (word[:at] + letter + word[at + 1 :] for letter in _LETTERS)
