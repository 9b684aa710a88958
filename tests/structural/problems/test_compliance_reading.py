"""Documents, segments, values: what the generator writes is read back exactly, and hostile input is refused."""

import itertools
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structural.code_checks.parameters import BY_NAME, Dimension
from structural.errors import StructuralError
from structural.problems.compliance_checker import PROBLEM
from structural.problems.compliance_checker.atoms import find_words
from structural.problems.compliance_checker.decoding import DocumentReading, read_document
from structural.problems.compliance_checker.encoding import TAGS, Tagged, allowed_tags, split_words, word_tags
from structural.problems.compliance_checker.sampler import sample_held_out
from structural.problems.compliance_checker.segments import segment_document, sentence_bounds
from structural.problems.compliance_checker.spelling import Lexicon, build_lexicon, slips
from structural.problems.compliance_checker.wording import (
    COMPOSITES,
    HELD_COMPOSITES,
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
from structural.problems.compliance_checker.wording_values import VALUE_WORDING
from structural.tables import Table
from tests.lexicons import EVERY_WORD


def _read_with_true_tags(document: str, annotations: str) -> DocumentReading:
    segments = segment_document(json.loads(document))
    spans = json.loads(annotations)
    assert len(segments) == len(spans)
    words = [split_words(segment) for segment in segments]
    tagged = [Tagged(tuple(tags), (1.0,) * len(tags)) for tags in map(word_tags, words, spans)]
    return read_document(segments, words, tagged, EVERY_WORD)


def _assert_read_back(table: Table) -> None:
    rows = zip(table["document"].tolist(), table["annotations"].tolist(), table["parameters"].tolist(), strict=True)
    for document, annotations, parameters in rows:
        reading, stated = _read_with_true_tags(document, annotations), json.loads(parameters)
        assert reading.doubts == [], document
        assert set(reading.values) == set(stated), document
        assert set(reading.contradictions) == {name for name, value in stated.items() if isinstance(value, list)}
        for name, value in stated.items():
            first = value[0] if isinstance(value, list) else value
            expected = first if isinstance(first, str) else pytest.approx(first, rel=1e-9)
            assert reading.values[name] == expected, (name, document)


def test_what_the_documents_state_is_read_back_exactly() -> None:
    _assert_read_back(PROBLEM.generate(1_500, np.random.default_rng(11)))


def test_reserved_spellings_are_read_back_exactly_too() -> None:
    _assert_read_back(sample_held_out(600, np.random.default_rng(12)))


def test_reserved_spellings_do_not_occur_in_training() -> None:
    for name, words in wording().items():
        assert not set(words.held_names) & {*words.names, *words.symbols}, name
    assert not set(HELD_COMPOSITES) & set(COMPOSITES)
    familiar, held_out = frames()
    assert len(familiar) > len(held_out) > 20
    assert not set(held_out) & set(familiar)
    assert not {key for key, _ in HELD_IRRELEVANT_ENTRIES} & {key for key, _ in IRRELEVANT_ENTRIES}
    assert not set(HELD_IRRELEVANT_SENTENCES) & set(IRRELEVANT_SENTENCES)
    assert sum(len(words.held_names) for words in wording().values()) > 100


def test_no_name_is_that_of_another_parameter() -> None:
    canonical = {spelling: name for name in BY_NAME for spelling in (name, _without_last_unit(name))}
    seen: dict[tuple[str, object], str] = {}
    for parameter, words in wording().items():
        for name in (*words.names, *words.held_names, *words.symbols):
            snake = name.replace(".", "").replace(" ", "_").lower()
            assert canonical.get(snake, parameter) == parameter, name
            kind = BY_NAME[parameter].dimension
            assert seen.setdefault((snake, kind), parameter) == parameter, name


def _without_last_unit(name: str) -> str:
    head, _, unit = name.rpartition("_")
    return head if unit in ("ft", "in", "kip", "ksi", "klf", "deg") else name


def test_read_segments_are_never_ambiguous() -> None:
    table = PROBLEM.generate(1_500, np.random.default_rng(13))
    seen: dict[tuple[str, ...], set[int]] = {}
    for document, annotations in zip(table["document"].tolist(), table["annotations"].tolist(), strict=True):
        for segment, spans in zip(segment_document(json.loads(document)), json.loads(annotations), strict=True):
            words = split_words(segment)
            # "class A" or "A" of "surface class A" is the same value.
            tags = set(word_tags(words, spans))
            assert seen.setdefault(words.masked, tags) == tags, segment.text


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"span_ft": 30}, {"Span (ft)": "30"}),
        ({"span_ft": 30}, {"span": "30 ft"}),
        ({"SPAN-LENGTH": "9.1 m"}, {"spanLength": "30'-6\""}),
        ({"notes": "Fy = 50 ksi"}, {"notes": "Fy: 345MPa"}),
        ({"Mux_kip_ft": 120}, {"Mux": "163 kN·m"}),
        ({"notes": "(4) 3/4 in A325-N"}, {"notes": "4 - 20 mm ASTM A490-N"}),
        ({"member": "W18x50 (A992)"}, {"member": "HSS6x4x3/8, A500 Gr. C"}),
    ],
)
def test_what_says_the_same_reads_the_same(first: dict, second: dict) -> None:
    assert [split_words(part).masked for part in segment_document(first)] == [
        split_words(part).masked for part in segment_document(second)
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("124 kip in compression", "#force in compression"),
        ("8,055 k-in", "#moment"),
        ("12 k in.", "#moment"),
        ("braced at 1/4 points", "braced at #fraction points"),
        ("LL deflection L/360, 1/480", "ll deflection #ratio #ratio"),
        ('(3) 3/4" A325-N @ 2 5/8 in.', "#whole #length #bolt n @ #length"),
        ("2-1/2 in x 22ft-0in", "#length x #length"),
        ("A572 Gr. 50 plate (A36/A36M)", "#steel plate #steel"),
        ("E7018 or 70 ksi electrode", "#electrode or #stress electrode"),
        ("115 mph, 30 psf, 20 ga", "#other #other #other"),
        ("M20x60 bolts in class A", "m #whole x #whole bolts in class a"),
        ("R = 3, 1st order", "r #whole 1st order"),
    ],
)
def test_values_are_words_of_a_kind(text: str, words: str) -> None:
    assert " ".join(word for word, _, _ in find_words(text, 0, len(text))) == words


@pytest.mark.parametrize("key", ["C_m", "minor axis k", "whitmore w"])
def test_letters_of_symbols_are_no_units(key: str) -> None:
    assert split_words(segment_document({key: 0.85})[0]).masked[-1] == "#decimal"


def test_a_value_is_never_of_another_dimension() -> None:
    allowed = dict(zip(("#force", "#other", "of"), allowed_tags(["#force", "#other", "of"]), strict=True))
    assert {BY_NAME[TAGS[tag]].dimension for tag in np.flatnonzero(allowed["#force"]) if tag} == {Dimension.FORCE}
    assert np.flatnonzero(allowed["#other"]).tolist() == [0]
    assert not allowed["of"][TAGS.index("length_ft")]


@given(st.sampled_from(("unbraced", "thickness", "compression")), st.data())
def test_a_slip_is_traced_back(word: str, data: st.DataObject) -> None:
    lexicon = build_lexicon({"unbraced": 900, "thickness": 900, "compression": 900, "thicknes": 3})
    typed = data.draw(st.sampled_from(sorted(slips(word))))
    assert lexicon.resolve(typed) == word
    assert lexicon.resolve("parapet") == "parapet"
    assert not lexicon.knows("thicknes")
    assert not lexicon.knows("parapet")


def test_values_beside_unfamiliar_words_are_doubted() -> None:
    segments = segment_document({"parapet span": "30 ft"})
    words = [split_words(segments[0])]
    tags = word_tags(words[0], [[14, 19, "length_ft"]])
    reading = read_document(segments, words, [Tagged(tuple(tags), (1.0,) * len(tags))], Lexicon(frozenset(("span",))))
    assert len(reading.doubts) == 1
    assert "parapet" in reading.doubts[0]


def test_generation_is_deterministic_and_balanced() -> None:
    first, second = (PROBLEM.generate(400, np.random.default_rng(5)) for _ in range(2))
    assert all(np.array_equal(first[name], second[name]) for name in first)
    assert 0.35 < first["compliant"].mean() < 0.65
    assert list(first) == [column.name for column in PROBLEM.columns]
    assert all(rule.holds(first).all() for rule in PROBLEM.rules)
    assert len(set(first["document"].tolist())) == 400


def test_contradictions_and_method_subscripts() -> None:
    document = {"span": "35 ft", "notes": "30 ft span, Pa = 20 kips"}
    segments = segment_document(document)
    words = [split_words(segment) for segment in segments]
    spans = [[[6, 11, "length_ft"]], [[7, 12, "length_ft"]], [[12, 19, "axial_compression_kip"]]]
    tags = [word_tags(split, marks) for split, marks in zip(words, spans, strict=True)]
    reading = read_document(segments, words, [Tagged(tuple(row), (1.0,) * len(row)) for row in tags], EVERY_WORD)
    assert list(reading.contradictions) == ["length_ft"]
    assert "'35 ft' and '30 ft' contradict each other" in reading.contradictions["length_ft"]
    assert reading.values["method"] == "ASD"


def test_other_families_and_unused_numbers_are_told() -> None:
    document = {"shape": "HSS99x6x1/2", "plate": "PL 3/4 in x 12"}
    segments = segment_document(document)
    words = [split_words(segment) for segment in segments]
    spans = [[[7, 18, "shape"]], [[10, 16, "plate_thickness_in"]]]
    tags = [word_tags(split, marks) for split, marks in zip(words, spans, strict=True)]
    reading = read_document(segments, words, [Tagged(tuple(row), (1.0,) * len(row)) for row in tags], EVERY_WORD)
    assert any("HSS99x6x1/2" in doubt for doubt in reading.doubts)
    assert [item.reason for item in reading.not_understood] == [
        "'HSS99x6x1/2' is no shape of the database",
        "not used: 12",
    ]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("HSS6x4x3/8", "HSS6X4X3/8"),
        ("HSS 6 x 4 x .375", "HSS6X4X3/8"),
        ("2L5x3x1/4 LLBB", "2L5X3X1/4LLBB"),
        ("Pipe 8 Std", "PIPE8STD"),
        ("WT6×20", "WT6X20"),
        ("L4X4X1/4", "L4X4X1/4"),
        ("C15x33.9", "C15X33.9"),
    ],
)
def test_shapes_of_every_family_read_as_the_reader_knows_shapes(text: str, name: str) -> None:
    segments = segment_document({"member": f"{text} brace"})
    words = split_words(segments[0])
    assert words.masked == split_words(segment_document({"member": "W18x50 brace"})[0]).masked
    tags = word_tags(words, [[8, 8 + len(text), "shape"]])
    reading = read_document(segments, [words], [Tagged(tuple(tags), (1.0,) * len(tags))], EVERY_WORD)
    assert (reading.values, reading.doubts) == ({"shape": name}, [])


def test_canonical_keys_are_taken_by_rule() -> None:
    document = {
        "base_plate_length_in": 22,
        "torsion_kip_ft": "7.5 kN-m",
        "in_protected_zone": "no",
        "force_sense": "up",
    }
    segments = segment_document(document)
    words = [split_words(segment) for segment in segments]
    nothing = [Tagged((0,) * len(split.masked), (1.0,) * len(split.masked)) for split in words]
    reading = read_document(segments, words, nothing, EVERY_WORD)
    assert reading.values == {
        "base_plate_length_in": 22.0,
        "torsion_kip_ft": pytest.approx(7.5 * 0.737562, rel=1e-5),
        "in_protected_zone": "no",
    }
    assert reading.doubts == ["force_sense: 'up' cannot be used"]


def test_a_value_half_tagged_is_read_whole() -> None:
    segments = segment_document({"notes": "quarter points brace points"})
    words = [split_words(segments[0])]
    bracing = TAGS.index("bracing")
    half = Tagged((0, bracing, 0, 0, bracing)[: len(words[0].masked)], (1.0,) * 5)
    assert words[0].masked == ("|", "quarter", "points", "brace", "points")
    reading = read_document(segments, words, [half], EVERY_WORD)
    assert reading.values == {"bracing": "quarter_points"}


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("holes STD. Dead 273 plf", ["holes STD", "Dead 273 plf"]),
        ("holes STD. LL deflection L/360", ["holes STD", "LL deflection L/360"]),
        ("7/8 in. dia. STD holes", ["7/8 in. dia. STD holes"]),
        ("(12) 3/4 in. dia. ASTM A490 bolts", ["(12) 3/4 in. dia. ASTM A490 bolts"]),
        ("PL 3/8 in x 10 in.\ncarries 44 kips", ["PL 3/8 in x 10 in", "carries 44 kips"]),
        ("drift of 1-3/4 in. hsx=11 ft", ["drift of 1-3/4 in", "hsx=11 ft"]),
        ("L of 24ft-3in. PL 0.5in, A36", ["L of 24ft-3in", "PL 0.5in, A36"]),
        ("Lb 12ft. w36x150 A36", ["Lb 12ft", "w36x150 A36"]),
        ("dead 2 k/ft. pl material A36", ["dead 2 k/ft", "pl material A36"]),
        ("W18x50, A992, 30 ft span", ["W18x50, A992", "30 ft span"]),
        ("plate steel A36, W36X232, A913 Gr. 50", ["plate steel A36", "W36X232, A913 Gr. 50"]),
    ],
)
def test_pieces_end_where_something_new_is_said(text: str, parts: list[str]) -> None:
    assert [text[start:end] for start, end in sentence_bounds(text)] == parts


def test_sentences_do_not_end_at_abbreviations() -> None:
    text = "edge dist. 1.5 in. from hole. A572 Gr. 50 plate; see No. 4\nbolts 3 in. o.c. typical"
    parts = [text[start:end] for start, end in sentence_bounds(text)]
    assert parts == ["edge dist. 1.5 in. from hole", "A572 Gr. 50 plate", "see No. 4", "bolts 3 in. o.c. typical"]


@pytest.mark.parametrize(
    "document",
    [
        {"a": float("nan")},
        {"a": float("inf")},
        {"a": 10**400},
        {"a": "x" * 5_000},
        {"k" * 200: 1},
        {str(index): 1 for index in range(500)},
        {"a": {"b": {"c": {"d": {"e": {"f": {"g": 1}}}}}}},
        {"a": b"bytes"},
    ],
)
def test_documents_beyond_the_limits_are_refused(document: dict) -> None:
    with pytest.raises(StructuralError) as caught:
        segment_document(document)
    assert caught.value.field == "design_parameters"


_LEAF = st.one_of(st.none(), st.booleans(), st.integers(-(10**9), 10**9), st.floats(-1e9, 1e9), st.text(max_size=300))
_DOCUMENT = st.dictionaries(
    st.text(max_size=30), st.recursive(_LEAF, lambda inner: st.lists(inner, max_size=4), max_leaves=8)
)


@given(_DOCUMENT, st.integers(0, 60))
@settings(max_examples=60)
def test_any_document_and_any_tags_are_survived(document: dict, tag: int) -> None:
    segments = segment_document(document)
    words = [split_words(segment) for segment in segments]
    tagged = [Tagged((tag,) * len(split.masked), (0.9,) * len(split.masked)) for split in words]
    reading = read_document(segments, words, tagged, EVERY_WORD)
    PROBLEM.label(
        {
            "parameters": np.array([json.dumps(reading.values)]),
            "design_code": np.array(["AISC 360-22"]),
            "jurisdiction": np.array(["default"]),
        }
    )
    for segment, split in zip(segments, words, strict=True):
        places = [(a, b) for a, b in zip(split.starts, split.ends, strict=True) if b]
        assert all(segment.text[a:b].strip() and a >= segment.start for a, b in places)


def _every_template(parameter: str) -> list[str]:
    words = wording()[parameter]
    framed = [
        frame.replace("{name}", name)
        for frame in itertools.chain(*frames())
        for name in (*words.names, *words.held_names)
        if takes_frames(parameter) and not name.startswith(("k ", "cm "))
    ]
    symbols = [frame.replace("{name}", name) for frame in SYMBOL_FRAMES for name in words.symbols]
    return [*framed, *symbols, *(phrase.replace("{}", "{value}") for phrase in words.phrases)]


_EXAMPLES = {
    Dimension.SHAPE: "W18x50",
    Dimension.GRADE: "A992",
    Dimension.LENGTH: "3 in",
    Dimension.STRESS: "50 ksi",
    Dimension.FORCE: "40 kips",
    Dimension.MOMENT: "30 kip-ft",
    Dimension.LINE_LOAD: "2 klf",
    Dimension.ANGLE: "30 deg",
    Dimension.NUMBER: "0.8",
    Dimension.COUNT: "2",
}


def test_no_sentence_says_two_things() -> None:
    said: dict[tuple[str, ...], str] = {}
    for parameter in wording():
        item = BY_NAME[parameter]
        example = _EXAMPLES.get(item.dimension) or next(iter(VALUE_WORDING[parameter].values())).split("|")[0]
        if parameter == "electrode_ksi":
            example = "E70"
        for template in _every_template(parameter):
            read = split_words(segment_document({"notes": template.replace("{value}", example)})[0]).masked
            assert said.setdefault(read, parameter) == parameter, (template, said[read], parameter)
