"""Finding the place of a value in a document that a user sent."""

import json
from typing import Any

import numpy as np
import pytest

from structural.errors import StructuralError
from structural.problems.compliance_checker.encoding import split_words, word_tags
from structural.problems.compliance_checker.placing import Told, place_values
from structural.problems.compliance_checker.sampler import sample
from structural.problems.compliance_checker.segments import segment_document
from structural.tables import take

BEAM: dict[str, Any] = {
    "member": "W18x50 A992",
    "span": "30 ft",
    "notes": "(3) 3/4 in A325-N bolts. Edge distance 1-1/2 in, 5 klf live load.",
}


def placed(document: dict[str, Any], told: list[Told], passed_over: tuple[str, ...] = ()) -> dict[str, str]:
    """Return the text at which each parameter was placed."""
    spans = place_values(document, told, passed_over)
    return {
        name: segment.text[start:end]
        for segment, marks in zip(segment_document(document), spans, strict=True)
        for start, end, name in marks
    }


def test_values_are_found_by_what_they_say_in_whatever_unit() -> None:
    told = [
        Told("shape", "W18X50"),
        Told("length_ft", 30.0),
        Told("bolt_diameter_in", 0.75),
        Told("edge_distance_in", 1.5),
        Told("live_load_klf", 5.0),
    ]
    assert placed(BEAM, told) == {
        "shape": "W18x50",
        "length_ft": "30 ft",
        "bolt_diameter_in": "3/4 in",
        "edge_distance_in": "1-1/2 in",
        "live_load_klf": "5 klf",
    }
    assert placed({"span": "9144 mm"}, [Told("length_ft", 30.0)]) == {"length_ft": "9144 mm"}


@pytest.mark.parametrize(
    ("document", "told", "field", "says"),
    [
        (BEAM, [Told("length_ft", 31.0)], "length_ft", "stands nowhere"),
        ({"span": "30 ft", "height": "30 ft"}, [Told("length_ft", 30.0)], "length_ft", "'30 ft', '30 ft'"),
        (
            {"dead load": "2 klf", "live load": "2 klf", "roof": "2 klf"},
            [
                Told("dead_load_klf", 2.0, "dead load: 2 klf", "2 klf"),
                Told("live_load_klf", 2.0, "live load: 2 klf", "2 klf"),
            ],
            "dead_load_klf",
            "could repeat dead_load_klf or live_load_klf",
        ),
        ({"notes": "30 ft, not 30 ft"}, [Told("length_ft", 30.0)], "length_ft", "more places"),
    ],
)
def test_what_cannot_be_placed_is_refused_by_name(
    document: dict[str, Any], told: list[Told], field: str, says: str
) -> None:
    with pytest.raises(StructuralError, match=says) as caught:
        place_values(document, told)
    assert caught.value.field == field


def test_a_second_mention_is_placed_too_unless_it_was_said_to_give_nothing() -> None:
    document = {"span": "30 ft", "remark": "the span is 30 ft", "crane": "reach 30 ft"}
    told = [Told("length_ft", 30.0, "span: 30 ft", "30 ft")]
    spans = place_values(document, told, passed_over=("crane: reach 30 ft",))
    assert [len(marks) for marks in spans] == [1, 1, 0]
    assert placed({"a": ["span 30 ft", "span 30 ft"]}, [Told("length_ft", 30.0, "a: span 30 ft", "30 ft")])


def test_a_parameter_that_is_only_read_under_its_own_name_has_no_place() -> None:
    from structural.code_checks.parameters import PARAMETERS

    name = next(item.name for item in PARAMETERS if not item.read and not item.is_text)
    assert place_values({name: 1}, [Told(name, 1.0)]) == [[]]


def test_documents_of_the_generator_are_annotated_as_it_annotates_them() -> None:
    table = sample(300, np.random.default_rng(5))
    refused, differing = 0, 0
    for row in range(300):
        one = {name: str(values[0]) for name, values in take(table, slice(row, row + 1)).items()}
        document, annotations = json.loads(one["document"]), json.loads(one["annotations"])
        segments = segment_document(document)
        source: dict[str, tuple[str, str]] = {}
        for segment, marks in zip(segments, annotations, strict=True):
            for start, end, name in marks:
                source.setdefault(name, (segment.text, segment.text[start:end]))
        told = [
            Told(name, value, *(("", "") if isinstance(stated, list) else source[name]))
            for name, stated in json.loads(one["parameters"]).items()
            for value in (stated if isinstance(stated, list) else [stated])
        ]
        silent = [segment.text for segment, marks in zip(segments, annotations, strict=True) if not marks]
        try:
            spans = place_values(document, told, silent)
        except StructuralError:
            refused += 1
            continue
        for segment, mine, theirs in zip(segments, spans, annotations, strict=True):
            words = split_words(segment)
            differing += word_tags(words, mine) != word_tags(words, theirs)
    assert refused <= 0.03 * 300
    assert differing <= 3
