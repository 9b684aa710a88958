"""The compliance predictor: a document in, checks with figures out; doubt is never served as compliance."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from benchmarks.bench_answers import draw_requests
from serving.errors import ArtifactError
from serving.predictors.compliance_checker import Predictor
from serving.schemas.compliance_checker import Request
from structural.problems.compliance_checker import PROBLEM
from structural.problems.compliance_checker.answering import ABSTAIN
from structural.problems.compliance_checker.encoding import ENCODING_VERSION, TAG_INDEX, TAGS, PieceEncoder
from structural.problems.compliance_checker.sampler import sample
from structural.tables import take
from tests.lexicons import EVERY_WORD
from tests.serving.predictors.together import assert_same_as_alone
from training.compliance_checker.corpus import build_corpus


class _Perfect:
    """A tagger that knows the tags of given segments and takes every other word for irrelevant.

    Stands in for the network, so that what is tested is everything around it; word pieces are whole words.
    """

    def __init__(self, known: dict[tuple[str, ...], tuple[int, ...]], certainty: float = 0.999) -> None:
        self.ids: dict[str, int] = {"[CLS]": 2, "[SEP]": 3}
        self.known, self.certainty = known, certainty

    def token_to_id(self, token: str) -> int | None:
        return self.ids.get(token)

    def encode_batch(self, input: Any, **_: Any) -> list[Any]:
        class Encoding:
            def __init__(self, ids: list[int]) -> None:
                self.ids = ids

        return [Encoding([self.ids.setdefault(word, len(self.ids) + 10)]) for (word,) in input]

    def __call__(self, ids: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        words = {number: word for word, number in self.ids.items()}
        tags = np.zeros_like(ids)
        for row in range(len(ids)):
            size = int(mask[row].sum()) - 1
            text = tuple(words[int(number)] for number in ids[row, 1:size])
            tags[row, 1:size] = self.known.get(text, (0,) * len(text))
        return tags, np.full(ids.shape, self.certainty, dtype=np.float32)


def _segment(words: str, **tags: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return words as read and tags of a segment; ``tags`` maps a parameter to the words it covers."""
    split = tuple(words.split())
    by_word = {word: TAG_INDEX[name] for name, covered in tags.items() for word in covered.split()}
    return split, tuple(by_word.get(word, 0) for word in split)


BEAM = {
    "shape": "W18x50",
    "steel": "A992",
    "span": "30 ft",
    "Lb": "10 ft",
    "dead load": "0.4 klf",
    "live load": "0.6 klf",
}
BEAM_SEGMENTS = dict(
    [
        _segment("shape | #shape", shape="#shape"),
        _segment("steel | #steel", steel_grade="#steel"),
        _segment("span | #length", length_ft="#length"),
        _segment("lb | #length", unbraced_length_ft="#length"),
        _segment("dead load | #line_load", dead_load_klf="#line_load"),
        _segment("live load | #line_load", live_load_klf="#line_load"),
        _segment("also span | #length", length_ft="#length"),
    ]
)


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An artifact folder whose network and tokenizer are real files of an untrained model."""
    from training.compliance_checker.export import MODEL_FILE, TOKENIZER_FILE, export_onnx
    from training.compliance_checker.model import Size, build_tagger, build_tokenizer

    folder = tmp_path_factory.mktemp("artifact")
    tokenizer = build_tokenizer([("span", "|", "#length", "dead", "load")] * 3, 200)
    tokenizer.save(str(folder / TOKENIZER_FILE))
    export_onnx(build_tagger(tokenizer, Size(16, 1, 2, 16)), folder / MODEL_FILE)
    card = {
        "problem": "compliance_checker",
        "encoding_version": ENCODING_VERSION,
        "lexicon": ["span"],
        "telling": [],
        "calibration": {"scores": [0.0, 1.0], "probabilities": [0.1, 0.9]},
        "tags": list(TAGS),
        "files": {"network": MODEL_FILE, "tokenizer": TOKENIZER_FILE},
    }
    (folder / "model.json").write_text(json.dumps(card))
    return folder


def _with(artifact: Path, tagger: _Perfect) -> Predictor:
    predictor = Predictor(artifact)
    predictor._encoder, predictor._tagger, predictor._batch_tagger = PieceEncoder(tagger, EVERY_WORD), tagger, tagger
    return predictor


def _ask(**parameters: Any) -> Request:
    return Request(design_parameters=parameters, design_code="AISC 360-22", jurisdiction="US-NY")


def test_a_sound_beam_passes_all_47_checks(artifact: Path) -> None:
    response = _with(artifact, _Perfect(BEAM_SEGMENTS)).answer(_ask(**BEAM))
    assert (response.compliant, response.checks_passed, response.checks_total) == (True, 47, 47)
    assert response.violations == []
    assert response.verified
    assert (response.extended_checks_passed, response.extended_checks_total) == (13, 13)
    assert sum(response.counts.values()) == 60
    assert response.governing_limit_state
    assert {item.parameter: item.value for item in response.read_parameters}["shape"] == "W18X50"
    assert response.jurisdiction.adopted_steel_edition == "AISC 360-22"


def test_a_violation_shows_demand_capacity_and_clause(artifact: Path) -> None:
    response = _with(artifact, _Perfect(BEAM_SEGMENTS)).answer(_ask(**(BEAM | {"live load": "4.5 klf"})))
    assert not response.compliant
    assert response.verified
    flexure = next(item for item in response.violations if item.check_id == "FLX-01")
    assert flexure.clause == "F2.1"
    assert flexure.demand > flexure.capacity
    assert flexure.ratio == pytest.approx(flexure.demand / flexure.capacity, rel=1e-5)
    ratios = [item.ratio for item in response.violations]
    assert ratios == sorted(ratios, reverse=True)


def test_missing_inputs_are_named(artifact: Path) -> None:
    beam = {key: value for key, value in BEAM.items() if key != "span"}
    response = _with(artifact, _Perfect(BEAM_SEGMENTS)).answer(_ask(**beam))
    assert not response.compliant
    assert any("length_ft" in item.reason for item in response.missing_input)
    assert response.checks_passed == 47 - len(response.violations) - len(response.missing_input)


def test_what_was_not_understood_is_listed(artifact: Path) -> None:
    response = _with(artifact, _Perfect(BEAM_SEGMENTS)).answer(_ask(**BEAM, colour="blue"))
    assert [item.text for item in response.not_understood] == ["colour: blue"]


def test_contradiction_and_nothing_understood_are_never_compliant(artifact: Path) -> None:
    predictor = _with(artifact, _Perfect(BEAM_SEGMENTS))
    contradiction = predictor.answer(_ask(**BEAM, **{"also span": "35 ft"}))
    assert not contradiction.verified
    assert not contradiction.compliant
    assert any("contradict" in doubt for doubt in contradiction.doubts)
    questions = {
        "document": np.array([json.dumps(BEAM | {"also span": "35 ft"})]),
        "design_code": np.array(["AISC 360-22"]),
        "jurisdiction": np.array(["US-NY"]),
    }
    proposals = predictor.propose(questions)
    assert predictor.prove(questions, proposals).tolist() == ["contradiction:length_ft"]
    empty = predictor.answer(_ask(weather="fine"))
    assert not empty.compliant
    assert not empty.verified
    assert empty.doubts


def test_an_unsure_reader_abstains(artifact: Path) -> None:
    predictor = _with(artifact, _Perfect(BEAM_SEGMENTS, certainty=0.3))
    response = predictor.answer(_ask(**BEAM))
    assert not response.verified
    assert not response.compliant
    questions = {
        "document": np.array([json.dumps(BEAM)]),
        "design_code": np.array(["AISC 360-22"]),
        "jurisdiction": np.array(["US-NY"]),
    }
    proposals = predictor.propose(questions)
    assert proposals.answers.tolist() == ["none"]
    assert predictor.prove(questions, proposals).tolist() == [ABSTAIN]


def test_with_true_tags_every_answer_is_right(artifact: Path) -> None:
    table = sample(400, np.random.default_rng(8))
    table |= PROBLEM.label(table)
    corpus = build_corpus(table)
    predictor = _with(artifact, _Perfect(dict(zip(corpus.words, corpus.tags, strict=True))))
    proposals = predictor.propose(table)
    assert proposals.answers.tolist() == table["violations"].tolist()
    assert predictor.prove(table, proposals).tolist() == table["violations"].tolist()
    assert len(predictor.propose(take(table, slice(0, 0))).answers) == 0


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("design_code", {"design_code": "AISC 360-99"}),
        ("jurisdiction", {"jurisdiction": "US-ZZ"}),
    ],
)
def test_unknown_code_and_place_are_refused_by_the_schema_with_the_known_ones(field: str, body: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match=r"'AISC 360-22' or 'AISC 360-16'|'US-NY', 'US-NY-NYC'") as caught:
        Request(design_parameters={"span": "30 ft"}, **body)
    assert [error["loc"] for error in caught.value.errors()] == [(field,)]


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"a": float("nan")},
        {"a": "x" * 9_000},
        {"a": [[[[[[[[1]]]]]]]]},
        {str(i): i for i in range(600)},
        "text",
        None,
    ],
)
def test_hostile_documents_are_refused_by_the_schema(document: Any) -> None:
    with pytest.raises(ValidationError):
        Request(design_parameters=document)


@pytest.mark.parametrize(
    "document",
    [{"": ""}, {"a": None}, {"\u0000": "\u0000"}, {"k": "İ" * 500}, {"n": 1e300 and 1e14}, {"x": "1/0 in"}, {"a": []}],
)
def test_odd_documents_get_an_answer(artifact: Path, document: dict[str, Any]) -> None:
    response = Predictor(artifact).answer(Request(design_parameters=document))
    assert response.checks_total == 47


def test_example_and_damaged_artifacts(artifact: Path, tmp_path: Path) -> None:
    extra = Request.model_config["json_schema_extra"]
    assert isinstance(extra, dict)
    Request.model_validate(extra["example"])
    with pytest.raises(ArtifactError):
        Predictor(tmp_path)
    (tmp_path / "model.json").write_text((artifact / "model.json").read_text())
    with pytest.raises(ArtifactError):
        Predictor(tmp_path)


def test_asked_together_the_answers_are_those_of_each_alone(artifact: Path) -> None:
    """Beams that pass, fail, lack something, contradict themselves, and documents of which little is understood."""
    beams = [
        BEAM,
        BEAM | {"live load": "4.5 klf"},
        {key: value for key, value in BEAM.items() if key != "span"},
        BEAM | {"also span": "35 ft"},
        {"weather": "fine"},
    ]
    requests = [*(_ask(**beam) for beam in beams), *draw_requests("compliance_checker", 27, seed=3)]
    assert_same_as_alone(_with(artifact, _Perfect(BEAM_SEGMENTS)), requests)
