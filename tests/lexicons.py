"""Lexicons for tests of what happens around the network."""

from structural.problems.compliance_checker.spelling import Lexicon


class _Everything(Lexicon):
    def knows(self, word: str) -> bool:
        return True


EVERY_WORD = _Everything(frozenset())
"""Knows every word, so nothing is unfamiliar."""
