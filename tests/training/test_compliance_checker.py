"""The trainer of the compliance reader on a few hundred documents."""

from pathlib import Path

import numpy as np
import pytest

from serving.predictors.contract import load_predictor
from structural.code_checks.registry import COMPLIANT
from structural.problems.compliance_checker import PROBLEM
from structural.problems.compliance_checker.encoding import TAGS
from structural.problems.compliance_checker.spelling import build_lexicon, count_words
from structural.tables import Table, take
from training.compliance_checker import BASELINE, predict_baseline, train
from training.compliance_checker.batches import BatchOrder, Encoded
from training.compliance_checker.corpus import (
    Corpus,
    build_corpus,
    repeated,
    resolved,
    telling_words,
    with_joined,
    with_strangers,
)
from training.compliance_checker.heard import unheard_readings
from training.contract import TrainingJob, TrainingReport
from training.data import question_table
from training.errors import TrainingError

ROWS = 360
TINY = {
    "epochs": 3,
    "learning_rate": 0.004,
    "width": 32,
    "inner_width": 48,
    "batch_tokens": 512,
    "vocabulary_size": 700,
}


@pytest.fixture(scope="module")
def table() -> Table:
    return PROBLEM.generate(ROWS, np.random.default_rng(21))


@pytest.fixture(scope="module")
def dataset(table: Table, tmp_path_factory: pytest.TempPathFactory) -> Path:
    import pandas as pd

    frame = pd.DataFrame(table)
    frame["entry_id"] = [f"e{row}" for row in range(ROWS)]
    frame["split"] = np.where(np.arange(ROWS) % 6 == 0, "validation", "train")
    path = tmp_path_factory.mktemp("data") / "compliance_checker.parquet"
    frame.to_parquet(path)
    return path


def _train(dataset: Path, folder: Path, **params: object) -> TrainingReport:
    job = TrainingJob(
        "compliance_checker", dataset, folder / "out", folder / "scratch", 4, "cpu", 1, False, {**TINY, **params}
    )
    job.output_dir.mkdir(parents=True)
    job.scratch_dir.mkdir(parents=True, exist_ok=True)
    return train(job)


@pytest.fixture(scope="module")
def trained(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[TrainingReport, Path]:
    folder = tmp_path_factory.mktemp("first")
    return _train(dataset, folder), folder / "out"


def test_it_learns_and_the_export_agrees(trained: tuple[TrainingReport, Path]) -> None:
    report, _ = trained
    assert np.float64(5e-324) * 1.0 > 0.0, "training left the process without the smallest floats"
    assert report.history[-1]["train_loss"] < 0.7 * report.history[0]["train_loss"]
    assert report.parity_max_abs_diff <= report.parity_tolerance
    assert report.validation["documents"] == 60


def test_the_artifact_loads_and_gives_the_measured_answers(trained: tuple[TrainingReport, Path], table: Table) -> None:
    report, folder = trained
    validation = take(table, np.arange(ROWS) % 6 == 0)
    proposals = load_predictor("compliance_checker", folder).propose(question_table(validation, PROBLEM))
    accuracy = float((proposals.answers == validation["violations"]).mean())
    assert accuracy == pytest.approx(report.validation["accuracy"])
    assert {path.suffix for path in folder.iterdir()} == {".json", ".onnx"}


def test_the_same_seed_gives_the_same_artifact(
    trained: tuple[TrainingReport, Path], dataset: Path, tmp_path: Path
) -> None:
    _train(dataset, tmp_path)
    for name in ("tagger.onnx", "tokenizer.json", "model.json"):
        assert (tmp_path / "out" / name).read_bytes() == (trained[1] / name).read_bytes(), name


def test_a_killed_run_goes_on_to_the_same_artifact(
    trained: tuple[TrainingReport, Path], dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from training.compliance_checker import module

    begin = module.TaggerModule.on_train_epoch_start

    def die_in_the_last_epoch(self: module.TaggerModule) -> None:
        if self.current_epoch == TINY["epochs"] - 1:
            raise KeyError("killed")
        begin(self)

    monkeypatch.setattr(module.TaggerModule, "on_train_epoch_start", die_in_the_last_epoch)
    with pytest.raises(KeyError, match="killed"):
        _train(dataset, tmp_path)
    monkeypatch.undo()
    (tmp_path / "out").rmdir()
    report = _train(dataset, tmp_path)
    assert len(report.history) == TINY["epochs"]
    for name in ("tagger.onnx", "tokenizer.json", "model.json"):
        assert (tmp_path / "out" / name).read_bytes() == (trained[1] / name).read_bytes(), name


def test_unknown_parameters_are_refused(dataset: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="deepth"):
        _train(dataset, tmp_path, deepth=3)


def test_documents_without_annotations_are_passed_over(table: Table) -> None:
    part = take(table, slice(0, 6))
    bare = part | {"annotations": np.array(["", *part["annotations"][1:].tolist()])}
    assert len(build_corpus(bare)) < len(build_corpus(part))
    own = part | {"annotations": np.array(["own_data", *part["annotations"][1:].tolist()])}
    assert len(build_corpus(own)) == len(build_corpus(bare))
    with pytest.raises(TrainingError, match="annotated"):
        build_corpus(part | {"annotations": np.full(6, "")})


def test_mistyped_segments_become_those_they_were_meant_to_be(table: Table) -> None:
    meant = Corpus([("unbraced", "length", "|", "#length")], [(0, 0, 0, 7)], [400])
    typed = Corpus(
        [*meant.words, ("unbracde", "length", "|", "#length"), ("unbraced", "lenght", "|", "#length")],
        [*meant.tags, (0, 0, 0, 7), (0, 0, 0, 5)],
        [400, 1, 1],
    )
    lexicon = build_lexicon(count_words(typed.words, typed.counts))
    assert lexicon.words == {"unbraced", "length", "|", "#length"}
    assert resolved(typed, lexicon) == Corpus(meant.words, meant.tags, [402])


def test_strange_copies_carry_no_value() -> None:
    corpus = Corpus([("span", "|", "#length"), ("|", "#shape")], [(0, 0, 5), (0, 1)], [1, 1])
    grown = with_strangers(corpus, 1.0, np.random.default_rng(1))
    assert grown.words[:2] == corpus.words
    assert len(grown) == 3  # what has no words of the language says what it says
    assert grown.words[2][1:] == ("|", "#length")
    assert grown.words[2][0] not in ("span", "|")
    assert grown.tags[2] == (0, 0, 0)


def test_sentences_are_joined_at_a_stop() -> None:
    corpus = Corpus(
        [("|", "span", "#length"), ("|", "shear", "#force"), ("key", "|", "#whole")],
        [(0, 0, 5), (0, 0, 7), (0, 0, 1)],
        [1, 1, 1],
    )
    grown = with_joined(corpus, 4.0, np.random.default_rng(1))
    assert len(grown) == 15
    joined = {(words, tags) for words, tags in zip(grown.words[3:], grown.tags[3:], strict=True)}
    assert joined <= {
        ((*first[0], ".", *second[0][1:]), (*first[1], 0, *second[1][1:]))
        for first in zip(corpus.words[:2], corpus.tags[:2], strict=True)
        for second in zip(corpus.words[:2], corpus.tags[:2], strict=True)
    }
    assert len(joined) > 1


def test_telling_words_never_stand_where_nothing_is_given() -> None:
    corpus = Corpus(
        [("|", "live", "load", "#line_load"), ("|", "floor", "load", "#other")], [(0, 0, 0, 3), (0, 0, 0, 0)], [1, 1]
    )
    assert telling_words(corpus) == {"live"}


def test_a_reading_is_out_of_question_where_a_word_was_never_heard_with_it() -> None:
    # Pieces: 0 padding, 1 "k", 2 "u", 3 "factor", 4 a value, 5 "of" (heard with most readings); tags 1 and 2.
    value, speaks = np.array([False] * 4 + [True, False]), np.array([False, True, True, True, False, True])
    rows = [([1, 3, 4], [-100, -100, 1]), ([2, 4, 0], [-100, 2, -100])] * 40
    rows += [([5, 4, 0], [-100, tag, -100]) for tag in range(1, len(TAGS))] * 2
    rows += [([2, 4, 4], [-100, 2, 1])] * 40  # two values: which word speaks of which is not known
    ids, labels = (np.array([row[part] for row in rows]) for part in (0, 1))
    unheard = unheard_readings(Encoded(ids, labels, (ids > 0).sum(axis=1)), value, speaks)
    assert not unheard[:, 0].any()
    assert (unheard[1, 1], unheard[1, 2]) == (False, True)
    assert (unheard[2, 1], unheard[2, 2]) == (True, False)
    assert not unheard[[0, 4, 5]].any()


def test_frequent_segments_are_repeated_within_reason() -> None:
    corpus = repeated(Corpus([("a",), ("b",), ("c",)], [(0,), (0,), (0,)], [1, 4, 10**9]))
    assert [corpus.words.count((word,)) for word in "abc"] == [1, 2, 16]


def test_every_segment_is_in_one_batch_an_epoch() -> None:
    sizes = np.random.default_rng(0).integers(4, 60, 1_000)
    order = BatchOrder(sizes, 512, seed=3, shuffle=True)
    first = [rows.tolist() for rows in order]
    order.set_epoch(1)
    second = [rows.tolist() for rows in order]
    assert sorted(row for rows in first for row in rows) == list(range(1_000))
    assert first != second
    assert len(first) == len(order) == len(second)
    assert all(len(rows) * sizes[rows].max() <= 512 for rows in first)


def test_the_baseline_decides_with_the_same_engine(table: Table) -> None:
    answers = predict_baseline(table, question_table(table, PROBLEM))
    accuracy = (answers == table["violations"]).mean()
    assert 0.05 < accuracy < 0.6
    assert COMPLIANT in answers
    assert "dictionary" in BASELINE
