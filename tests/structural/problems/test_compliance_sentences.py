"""Stops, identifiers and number words in free text; what is doubted because nothing, or not enough, was heard of it."""

import numpy as np
import pytest

from structural.problems.compliance_checker.atoms import find_words
from structural.problems.compliance_checker.decoding import DocumentReading, read_document
from structural.problems.compliance_checker.encoding import TAG_INDEX, Tagged, allowed_tags, split_words
from structural.problems.compliance_checker.segments import segment_document, sentence_bounds
from structural.problems.compliance_checker.spelling import Lexicon

WORDS = frozenset("shear used keep clear of span length weld".split())  # noqa: SIM905
LEXICON = Lexicon(WORDS, telling=WORDS - {"used", "of", "keep"})


def _cut(text: str) -> list[str]:
    return [text[begin:end] for begin, end in sentence_bounds(text)]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Lev 2 in. n_bolts 4", ["Lev 2 in", "n_bolts 4"]),
        ("unbraced 126 in. w_u 9488 plf", ["unbraced 126 in", "w_u 9488 plf"]),
        ("L=32 ft. wL is 2 klf", ["L=32 ft", "wL is 2 klf"]),
        ("Lw of 16 in. s is 2 in", ["Lw of 16 in", "s is 2 in"]),
        ("holes STD. 3 bolts total", ["holes STD", "3 bolts total"]),
        ("3/4 in STD. holes", ["3/4 in STD. holes"]),
        ("3/4 in. STD. HOLES", ["3/4 in. STD. HOLES"]),
        ('seismic provisions = no. 216" kl length', ["seismic provisions = no", '216" kl length']),
        ("bolt no. 4", ["bolt no. 4"]),
        ("no. of bolts 4", ["no. of bolts 4"]),
        ('1/4 in. PL, 2" spacing', ["1/4 in. PL", '2" spacing']),
        ('2 in. PL 3/8" thick', ["2 in", 'PL 3/8" thick']),
        ("2 in. bolt end edge dist. 13 mm thick plate", ["2 in. bolt end edge dist", "13 mm thick plate"]),
        ("a 1.5 in end dist. 6 bolts each end", ["a 1.5 in end dist", "6 bolts each end"]),
        ("3 bolts edge dist. 2 in", ["3 bolts edge dist. 2 in"]),
        ("(4) 3/4 in dia. A325 bolts", ["(4) 3/4 in dia. A325 bolts"]),
        ("beam spans 840 in. a design philosophy = LRFD", ["beam spans 840 in", "a design philosophy = LRFD"]),
        ("grout 1 in under base plates, E70XX", ["grout 1 in under base plates", "E70XX"]),
    ],
)
def test_sentences_end_where_engineers_end_them(text: str, pieces: list[str]) -> None:
    assert _cut(text) == pieces


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("3/4 in. dia. bolts", "#length . dia . bolts"),
        ('1" for dia. of bolt', "#length for dia bolt"),
        ("0.75 in dia.", "#length dia"),
        ("No. 4", "no . #whole"),
        ("permit B-2024-1182", "permit #other"),
        ("project 23-1187", "project #other"),
        ("A325-N, A572-50, W18x50, PL3-1/2", "#bolt n #steel #shape pl #fraction"),
        ("two lines, three planes", "#whole lines #whole planes"),
        ("a W18x50", "#shape"),
        ("class a", "class a"),
    ],
)
def test_stops_identifiers_and_number_words(text: str, words: str) -> None:
    assert " ".join(word for word, _, _ in find_words(text, 0, len(text))) == words


def test_a_stop_in_a_key_says_nothing_and_none_is_a_value() -> None:
    assert split_words(segment_document({"No. of bolts": 4})[0]).masked == ("no", "bolts", "|", "#whole")
    assert np.flatnonzero(allowed_tags(["."])[0]).tolist() == [0]


def _read(document: dict, tag: str = "") -> DocumentReading:
    """Return the reading where every value of the document's one segment is tagged so, or passed over."""
    segments = segment_document(document)
    words = split_words(segments[0], LEXICON)
    tags = tuple(TAG_INDEX[tag] if tag and word.startswith("#") else 0 for word in words.masked)
    return read_document(segments, [words], [Tagged(tags, (0.4,) * len(tags))], LEXICON)


def test_a_telling_word_is_not_passed_over_in_silence() -> None:
    assert "'shear'" in _read({"notes": "shear used 40 ft"}).doubts[0]
    assert "'weld, length'" in _read({"notes": "furnish 12 in weld length"}).doubts[0]
    assert not _read({"notes": "keep 12 in off ductwork clear"}).doubts, "mostly about something else"
    assert not _read({"notes": "used 40 ft"}).doubts
    assert not _read({"notes": "shear used"}).doubts, "no value is passed over"


def test_nothing_is_read_where_no_word_was_ever_met() -> None:
    reading = _read({"permit": 44871}, "bolt_count")
    assert (reading.values, reading.doubts, reading.certainty) == ({}, [], 1.0)
    assert [item.text for item in reading.not_understood] == ["permit: 44871"]
    assert _read({"traeger": "W18x50"}, "shape").doubts, "a shape speaks for itself, and is doubted"
    assert _read({"span": "30 ft"}, "length_ft").values == {"length_ft": 30.0}
