"""Documents, segments, values: what the generator writes is read back exactly, and hostile input is refused."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structural.code_checks.parameters import Dimension
from structural.errors import StructuralError
from structural.problems.compliance_checker import PROBLEM
from structural.problems.compliance_checker.decoding import DocumentReading, read_document
from structural.problems.compliance_checker.encoding import Tagged, split_words, word_tags
from structural.problems.compliance_checker.number_styles import (
    FT_PER_M,
    KIP_FT_PER_KN_M,
    KIP_PER_KN,
    KLF_PER_KN_M,
    KSI_PER_MPA,
)
from structural.problems.compliance_checker.sampler import sample_held_out
from structural.problems.compliance_checker.segments import segment_document, sentence_bounds
from structural.problems.compliance_checker.units import key_unit, unit_factor
from structural.problems.compliance_checker.values import parse_value
from structural.problems.compliance_checker.wording import COMPOSITES, HELD_COMPOSITES, wording
from structural.tables import Table


def _read_with_true_tags(document: str, annotations: str) -> DocumentReading:
    segments = segment_document(json.loads(document))
    spans = json.loads(annotations)
    assert len(segments) == len(spans)
    words = [split_words(segment.text) for segment in segments]
    tagged = [Tagged(tuple(tags), (1.0,) * len(tags)) for tags in map(word_tags, words, spans)]
    return read_document(segments, words, tagged)


def _assert_read_back(table: Table) -> None:
    rows = zip(table["document"].tolist(), table["annotations"].tolist(), table["parameters"].tolist(), strict=True)
    for document, annotations, parameters in rows:
        reading, stated = _read_with_true_tags(document, annotations), json.loads(parameters)
        assert reading.doubts == [], document
        assert set(reading.values) == set(stated), document
        for name, value in stated.items():
            expected = value if isinstance(value, str) else pytest.approx(value, rel=1e-9)
            assert reading.values[name] == expected, (name, document)


def test_what_the_documents_state_is_read_back_exactly() -> None:
    _assert_read_back(PROBLEM.generate(1_500, np.random.default_rng(11)))


def test_reserved_spellings_are_read_back_exactly_too() -> None:
    _assert_read_back(sample_held_out(600, np.random.default_rng(12)))


def test_reserved_spellings_do_not_occur_in_training() -> None:
    for name, words in wording().items():
        assert not set(words.held_keys) & set(words.keys), name
        assert not set(words.held_phrases) & set(words.phrases), name
    assert not set(HELD_COMPOSITES) & set(COMPOSITES)


def test_masked_segments_are_never_ambiguous() -> None:
    table = PROBLEM.generate(1_500, np.random.default_rng(13))
    seen: dict[tuple[str, ...], list[int]] = {}
    for document, annotations in zip(table["document"].tolist(), table["annotations"].tolist(), strict=True):
        for segment, spans in zip(segment_document(json.loads(document)), json.loads(annotations), strict=True):
            words = split_words(segment.text)
            tags = word_tags(words, spans)
            assert seen.setdefault(words.masked, tags) == tags, segment.text


def test_generation_is_deterministic_and_balanced() -> None:
    first, second = (PROBLEM.generate(400, np.random.default_rng(5)) for _ in range(2))
    assert all(np.array_equal(first[name], second[name]) for name in first)
    assert 0.35 < first["compliant"].mean() < 0.65
    assert list(first) == [column.name for column in PROBLEM.columns]
    assert all(rule.holds(first).all() for rule in PROBLEM.rules)
    assert len(set(first["document"].tolist())) == 400


@pytest.mark.parametrize(
    ("name", "text", "key", "expected"),
    [
        ("bolt_diameter_in", "3/4 in", "bolt dia", 0.75),
        ("bolt_diameter_in", '1-1/8"', "db", 1.125),
        ("bolt_diameter_in", "1 1/8", "bolt_dia_in", 1.125),
        ("bolt_diameter_in", "19 mm", "d", 19 / 25.4),
        ("length_ft", "35'-6\"", "span", 35.5),
        ("length_ft", "35 ft 6 in", "span", 35.5),
        ("length_ft", "20'-6 1/2\"", "span", 20 + 6.5 / 12),
        ("length_ft", "10.67", "span (m)", 10.67 / 0.3048),
        ("length_ft", "12,500 mm", "span", 12.5 / 0.3048),
        ("fy_ksi", "345 MPa", "Fy", 345 / 6.894757293168361),
        ("shear_kip", "120k", "V", 120.0),
        ("axial_compression_kip", "500", "P_kN", 500 / 4.4482216152605),
        ("moment_x_kip_ft", "339 kN·m", "M", 339 / 1.3558179483314),
        ("dead_load_klf", "1,200 plf", "D", 1.2),
        ("live_deflection_limit", "L/360", "limit", 360.0),
        ("live_deflection_limit", "1/480", "limit", 480.0),
        ("electrode_ksi", "E70XX", "electrode", 70.0),
        ("shear_planes", "double", "planes", 2.0),
        ("shape", "w 18 × 50", "beam", "W18X50"),
        ("steel_grade", "ASTM A572 Gr. 50", "steel", "A572-50"),
        ("steel_grade", "A992", "steel", "A992"),
        ("steel_grade", "S355JR", "steel", "S355"),
        ("hole_type", "STD", "holes", "standard"),
        ("joint_type", "yes", "slip critical", "slip_critical"),
        ("bracing", "third points", "bracing", "third_points"),
        ("seismic_design_category", "SDC D", "seismic", "D"),
    ],
)
def test_values_are_parsed(name: str, text: str, key: str, expected: float | str) -> None:
    value = parse_value(name, text, key)
    assert value is not None
    assert value.value == (expected if isinstance(expected, str) else pytest.approx(expected, rel=1e-9))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("bolt_diameter_in", "9 in"),
        ("bolt_diameter_in", "3/0 in"),
        ("length_ft", "35 kips"),
        ("fy_ksi", "m**9**9**9"),
        ("shape", "HSS99x6x1/2"),
        ("hole_type", "square"),
        ("bolt_count", "8 in"),
    ],
)
def test_what_cannot_be_meant_is_refused(name: str, text: str) -> None:
    assert parse_value(name, text, "") is None


def test_unitless_numbers_say_what_was_assumed() -> None:
    value = parse_value("length_ft", "35", "span")
    assert value is not None
    assert value.assumed == "unit ft"


def test_generator_factors_are_those_of_the_units_library() -> None:
    for unit, dimension, canonical, factor in (
        ("m", Dimension.LENGTH, "ft", FT_PER_M),
        ("kN", Dimension.FORCE, "kip", KIP_PER_KN),
        ("MPa", Dimension.STRESS, "ksi", KSI_PER_MPA),
        ("kN-m", Dimension.MOMENT, "kip*ft", KIP_FT_PER_KN_M),
        ("kN/m", Dimension.LINE_LOAD, "kip/ft", KLF_PER_KN_M),
    ):
        assert unit_factor(unit, dimension, canonical) == pytest.approx(factor, rel=1e-9)


@pytest.mark.parametrize(
    ("key", "dimension", "unit"),
    [
        ("span_ft", Dimension.LENGTH, "ft"),
        ("Fy (MPa)", Dimension.STRESS, "MPa"),
        ("wu_kN_per_m", Dimension.LINE_LOAD, "kN per m"),
        ("spanFt", Dimension.LENGTH, "Ft"),
        ("Mux_kip_ft", Dimension.MOMENT, "kip ft"),
        ("axial_tension_kN", Dimension.FORCE, "kN"),
        ("span", Dimension.LENGTH, ""),
    ],
)
def test_units_are_found_in_keys(key: str, dimension: Dimension, unit: str) -> None:
    assert key_unit(key, dimension) == unit


def test_contradictions_and_method_subscripts() -> None:
    document = {"span": "35 ft", "notes": "30 ft span, Pa = 20 kips"}
    segments = segment_document(document)
    words = [split_words(segment.text) for segment in segments]
    spans = [[[6, 11, "length_ft"]], [[7, 12, "length_ft"], [24, 31, "axial_compression_kip"]]]
    tags = [word_tags(split, marks) for split, marks in zip(words, spans, strict=True)]
    reading = read_document(segments, words, [Tagged(tuple(row), (1.0,) * len(row)) for row in tags])
    assert any("contradict" in doubt for doubt in reading.doubts)
    assert reading.values["method"] == "ASD"


def test_other_families_and_unused_numbers_are_told() -> None:
    document = {"shape": "HSS99x6x1/2", "plate": "PL 3/4 in x 12"}
    segments = segment_document(document)
    words = [split_words(segment.text) for segment in segments]
    spans = [[[7, 18, "shape"]], [[10, 16, "plate_thickness_in"]]]
    tags = [word_tags(split, marks) for split, marks in zip(words, spans, strict=True)]
    reading = read_document(segments, words, [Tagged(tuple(row), (1.0,) * len(row)) for row in tags])
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
    words = split_words(segments[0].text)
    assert words.masked == split_words("member: W18x50 brace").masked
    tags = word_tags(words, [[8, 8 + len(text), "shape"]])
    reading = read_document(segments, [words], [Tagged(tuple(tags), (1.0,) * len(tags))])
    assert (reading.values, reading.doubts) == ({"shape": name}, [])


def test_canonical_keys_are_taken_by_rule() -> None:
    document = {
        "base_plate_length_in": 22,
        "torsion_kip_ft": "7.5 kN-m",
        "in_protected_zone": "no",
        "force_sense": "up",
    }
    segments = segment_document(document)
    words = [split_words(segment.text) for segment in segments]
    nothing = [Tagged((0,) * len(split.masked), (1.0,) * len(split.masked)) for split in words]
    reading = read_document(segments, words, nothing)
    assert reading.values == {
        "base_plate_length_in": 22.0,
        "torsion_kip_ft": pytest.approx(7.5 * 0.737562, rel=1e-5),
        "in_protected_zone": "no",
    }
    assert reading.doubts == ["force_sense: 'up' cannot be used"]


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
@settings(max_examples=60, deadline=None)
def test_any_document_and_any_tags_are_survived(document: dict, tag: int) -> None:
    segments = segment_document(document)
    words = [split_words(segment.text) for segment in segments]
    tagged = [Tagged((tag,) * len(split.masked), (0.9,) * len(split.masked)) for split in words]
    reading = read_document(segments, words, tagged)
    PROBLEM.label(
        {
            "parameters": np.array([json.dumps(reading.values)]),
            "design_code": np.array(["AISC 360-22"]),
            "jurisdiction": np.array(["default"]),
        }
    )
    for segment, split in zip(segments, words, strict=True):
        assert all(segment.text[a:b].strip() for a, b in zip(split.starts, split.ends, strict=True))
