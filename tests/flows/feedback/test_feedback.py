"""Reports against the engine: opinions, clusters, the sealed holdout, and what the next dataset gets of them."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Engine
from typer.testing import CliRunner

from configs import load_settings
from data_validation.build import BuildTools, build_dataset
from data_validation.content import coarse_keys
from data_validation.contract import HOLDOUT, SPLIT, TRAIN, from_arrow
from flows.cli import app
from flows.errors import FlowError
from flows.feedback.clusters import cluster, members
from flows.feedback.desk import Desk
from flows.feedback.findings import Finding, Holdout, Opinion, find
from flows.feedback.matters import UnusableReportError, read_matter
from serving.ifc.reader import IfcReader
from serving.ifc.sample import write_sample_model
from serving.store import open_database
from serving.store.database import begin_append
from serving.store.feedback import FeedbackStatus, StoredFeedback, find_feedback, insert_feedback
from serving.store.labels import LabelSource, find_label
from serving.store.predictions import insert_predictions
from structural.problems import load_problem
from structural.tables import take
from tests.data_validation.tiny import Options
from tests.flows.test_lineage import row as prediction

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
BRIDGE = {"project_type": "bridge", "budget_usd": 5e6, "schedule_months": 18, "complexity": "medium"}
BEAM = {"member_type": "beam", "span_feet": 40, "tributary_load_psf": 150, "design_code": "AISC 360-22"}
LAP = {"bolt_diameter": 1.0, "bolt_count": 8, "bolt_grade": "A325", "tributary_load_kips": 250}
RISK = load_problem("risk_analyzer")


def no_models(key: str, client: str) -> Any:
    raise AssertionError(f"{client} asked for {key}")


def report(model: str | None, asked: Any, predicted: Any, actual: Any, **changes: Any) -> StoredFeedback:
    values: dict[str, Any] = {
        "id": "f1",
        "prediction_id": "p1",
        "client_id": "ana",
        "model": model,
        "input": asked,
        "predicted": predicted,
        "actual": actual,
        "comment": "",
        "status": FeedbackStatus.PENDING,
        "reviewer": None,
        "created_at": NOW,
        "reviewed_at": None,
        "review_reason": None,
    }
    return StoredFeedback(**values | changes)


def truth_of(model: str, asked: dict[str, Any]) -> str:
    """Return the engine's answer, as a report of nonsense about this question tells it."""
    fields = {"risk_analyzer": "overall_risk", "section_optimizer": "recommended_section"}
    field = fields.get(model, "connection_type")
    return find([report(model, asked, {field: "?"}, {field: "?"})], no_models)[0].truth


def bridge_report(wrong: bool = True, **changes: Any) -> StoredFeedback:
    truth = truth_of("risk_analyzer", BRIDGE)
    given = next(name for name in ("LOW", "CRITICAL") if name != truth) if wrong else truth
    return report("risk_analyzer", BRIDGE, {"overall_risk": given}, {"overall_risk": truth}, **changes)


@pytest.mark.parametrize(
    ("model", "asked", "field", "proposal", "known"),
    [
        ("section_optimizer", BEAM, "recommended_section", "model_section", None),
        ("connection_designer", LAP, "connection_type", "model_proposal", "Bolted Connection"),
        ("risk_analyzer", BRIDGE, "overall_risk", "overall_risk", None),
    ],
)
def test_the_engine_confirms_contradicts_or_finds_the_answer_right(
    model: str, asked: dict[str, Any], field: str, proposal: str, known: str | None
) -> None:
    truth = truth_of(model, asked)
    assert known in (None, truth)
    right, wrong = {field: truth, proposal: truth}, {field: "LOW" if truth != "LOW" else "HIGH", proposal: "x"}
    spelled = {field: truth.lower().replace("×", "X")}
    confirmed, contradicted, already = find(
        [
            report(model, asked, wrong, spelled),
            report(model, asked, wrong, {field: "something else"}),
            report(model, asked, right, {field: "something else"}),
        ],
        no_models,
    )
    assert (confirmed.opinion, contradicted.opinion, already.opinion) == (
        Opinion.CONFIRMED,
        Opinion.CONTRADICTED,
        Opinion.ALREADY_RIGHT,
    )
    problem = load_problem(model)
    assert confirmed.entry is not None
    assert list(confirmed.entry) == [column.name for column in problem.columns]
    assert all(rule.holds(confirmed.entry).all() for rule in problem.rules)


def test_a_wrong_proposal_that_the_proof_mended_is_still_an_error_of_the_model() -> None:
    truth = truth_of("section_optimizer", BEAM)
    answer = {"recommended_section": truth, "model_section": "W44×335"}
    (finding,) = find([report("section_optimizer", BEAM, answer, {"recommended_section": truth})], no_models)
    assert finding.opinion is Opinion.CONFIRMED


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"input": None}, "no stored input"),
        ({"model": None}, "no stored input"),
        ({"actual": {"risk": "HIGH"}}, "does not say what 'overall_risk'"),
        ({"actual": "HIGH"}, "does not say"),
        ({"actual": {"overall_risk": 7}}, "does not say"),
        ({"input": {"budget_usd": 1}}, "no request of today's contract"),
        ({"input": [1]}, "no request of today's contract"),
        ({"model": "soil_checker"}, "no model that learns"),
        ({"model": "section_optimizer", "input": {**BEAM, "span_feet": 1e9}}, "no request of today's contract"),
        (
            {"model": "connection_designer", "input": {**LAP, "supported_member": "W999X1"}, "actual": {}},
            "cannot be used",
        ),
    ],
)
def test_what_cannot_be_judged_says_why_and_holds_up_nothing_else(changes: dict[str, Any], says: str) -> None:
    bad = replace(bridge_report(), **changes)
    with pytest.raises(UnusableReportError, match=says):
        read_matter(bad, no_models)
    unusable, confirmed = find([bad, bridge_report()], no_models)
    assert (unusable.opinion, confirmed.opinion) == (Opinion.UNUSABLE, Opinion.CONFIRMED)


def test_a_report_on_a_pair_of_an_ifc_model_is_judged_by_the_written_rule(tmp_path: Path) -> None:
    write_sample_model(tmp_path / "frame.ifc")
    read = IfcReader(tmp_path).read
    asked = {"model_ifc": "frame.ifc", "tolerance_mm": 50}
    pair = {"member1": "B-02", "member2": "B-02-COPY"}

    def on(actual: dict[str, str], predicted: Any = None) -> Finding:
        return find([report("clash_detector", asked, predicted or {"clashes": []}, actual)], read)[0]

    missed = on({**pair, "pair_class": "HIGH"})  # a duplicate is HIGH by the rule; the answer did not list it
    assert (missed.opinion, missed.given, missed.truth) == (Opinion.CONFIRMED, "no clash", "HIGH")
    model = read("frame.ifc", None)
    guids = [model.guids[model.names.index(name)] for name in pair.values()]
    listed = {"clashes": [{"guid1": guids[1], "guid2": guids[0], "severity": "HIGH"}]}
    assert on({**pair, "pair_class": "LOW"}, listed).opinion is Opinion.ALREADY_RIGHT
    assert on({**pair, "pair_class": "NONE"}).opinion is Opinion.CONTRADICTED
    assert "one of" in on({**pair, "pair_class": "SEVERE"}).reason
    assert "no member called" in on({**pair, "member1": "nobody", "pair_class": "HIGH"}).reason


def test_clusters_are_by_error_and_corner_and_keep_their_names() -> None:
    reports = [
        *(bridge_report(id=f"b{number}", client_id=f"c{number % 2}") for number in range(3)),
        bridge_report(wrong=False, id="right"),
        replace(bridge_report(), id="office", input={**BRIDGE, "project_type": "office_building"}, actual={}),
    ]
    found = cluster(find(reports, no_models))
    assert [len(item.findings) for item in found] == [3, 1, 1]
    first = found[0]
    assert (first.corner, first.opinion, first.clients) == ("project_type = bridge", Opinion.CONFIRMED, 2)
    assert first.shared["complexity"] == "medium"
    again = cluster(find([bridge_report(id="later"), *reports], no_models))
    assert again[0].name == first.name
    findings = find(reports, no_models)
    by_complexity = cluster(findings, "complexity")[0]
    assert (by_complexity.corner, len(by_complexity.findings)) == ("complexity = medium", 3)
    for name in (first.name, by_complexity.name):
        assert [finding.report.id for finding in members(findings, [name, name])] == ["b0", "b1", "b2"]
    with pytest.raises(FlowError, match="no cluster"):
        members(findings, ["x"])


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset of 300 projects."""
    folder = tmp_path_factory.mktemp("data") / "built"
    build_dataset([RISK], Options(entries_per_problem=300), folder, BuildTools())
    return folder / "risk_analyzer.parquet"


def asked_of(table: dict[str, Any], row: int) -> dict[str, Any]:
    """Return an entry as the request that a client would have sent."""
    words = {}
    for column in RISK.columns:
        if column.role.value != "question":
            continue
        value = table[column.name][row].item()
        if value == "unspecified" or value != value:
            continue
        words[column.name] = int(value.removeprefix("class_")) if column.name == "design_class" else value
    return words


def finding_of(table: dict[str, Any], row: int) -> Finding:
    asked = asked_of(table, row)
    answer = {"overall_risk": str(table["overall_risk"][row])}
    given = {"overall_risk": next(name for name in ("LOW", "HIGH") if name != answer["overall_risk"])}
    return find([report("risk_analyzer", asked, given, answer)], no_models)[0]


@settings(max_examples=15)
@given(st.data())
def test_a_near_duplicate_of_a_holdout_question_is_always_refused(dataset: Path, data: st.DataObject) -> None:
    rows = pq.read_table(dataset)
    table, splits = from_arrow(RISK, rows), np.array(rows[SPLIT].to_pylist())
    row = data.draw(st.integers(0, len(splits) - 1))
    finding = finding_of(table, row)
    assert finding.opinion is Opinion.CONFIRMED
    near = take(table, slice(row, row + 1))
    near["schedule_months"] = near["schedule_months"] * (1 + data.draw(st.floats(-1e-6, 1e-6)))
    if coarse_keys(RISK, near)[0] == coarse_keys(RISK, take(table, slice(row, row + 1)))[0]:
        finding = replace(finding, entry={**finding.entry, **{"schedule_months": near["schedule_months"]}})
    refusal = Holdout({"risk_analyzer": dataset}).refusal(finding)
    assert (refusal is not None) == (splits[row] == HOLDOUT)
    if refusal:
        assert "holdout" in refusal


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{tmp_path / 'store.db'}")
    yield engine
    engine.dispose()


def put_in(engine: Engine, *reports: StoredFeedback) -> None:
    with begin_append(engine) as connection:
        for number, item in enumerate(reports):
            asked = prediction(f"p{number}", f"r{number}", input=item.input, output=item.predicted)
            insert_predictions(connection, [asked])
            said = {"id": f"f{number}", "prediction_id": f"p{number}", "client_id": "ana", "created_at": NOW}
            empty = {"model": None, "input": None, "predicted": None, "comment": ""}
            insert_feedback(connection, [said | empty | {"actual": item.actual}])


def desk(engine: Engine) -> Desk:
    return Desk(engine, no_models, lambda: NOW)


def test_accepted_reports_become_the_next_datasets_training_entries(
    engine: Engine, dataset: Path, tmp_path: Path
) -> None:
    put_in(engine, bridge_report(), bridge_report(), bridge_report(wrong=False), replace(bridge_report(), actual={}))
    holdout = Holdout({"risk_analyzer": dataset})
    outcomes = desk(engine).accept(desk(engine).findings(), holdout, "ana")
    assert [outcome.refusal is None for outcome in outcomes] == [True, True, False, False]
    accepted, left = find_feedback(engine, "f0"), find_feedback(engine, "f2")
    assert accepted is not None
    assert left is not None
    assert (accepted.status, accepted.reviewer, left.status) == (FeedbackStatus.ACCEPTED, "ana", FeedbackStatus.PENDING)
    assert accepted.review_reason == f"the engine agrees: {truth_of('risk_analyzer', BRIDGE)}"
    label = find_label(engine, "p0")
    assert label is not None
    assert (label.is_correct, label.source) == (False, LabelSource.FEEDBACK)

    folder = tmp_path / "reviewed"
    assert desk(engine).export(folder) == {"risk_analyzer": 1}  # the same question twice is one entry
    before = (folder / "risk_analyzer.parquet").read_bytes()
    assert desk(engine).export(folder) == {"risk_analyzer": 1}
    assert (folder / "risk_analyzer.parquet").read_bytes() == before
    built = tmp_path / "built"
    manifest = build_dataset([RISK], Options(entries_per_problem=60, reviewed_dir=folder), built, BuildTools())
    assert manifest.problems["risk_analyzer"].reviewed_rows == 1
    first = pq.read_table(built / "risk_analyzer.parquet").slice(0, 1).to_pylist()[0]
    assert (first["split"], first["project_type"]) == (TRAIN, "bridge")
    assert first["overall_risk"] == truth_of("risk_analyzer", BRIDGE)


def test_a_rejected_report_whose_answer_was_right_labels_it_right(engine: Engine) -> None:
    put_in(engine, bridge_report(wrong=False))
    (outcome,) = desk(engine).reject(desk(engine).findings(), "ana", "see the engine")
    assert outcome.report.review_reason == "see the engine"
    label = find_label(engine, "p0")
    assert label is not None
    assert label.is_correct
    assert desk(engine).export(Path("nowhere")) == {}


def test_the_commands_list_cluster_accept_and_reject(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, dataset: Path
) -> None:
    monkeypatch.setenv("SDAI_PATHS_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "220")
    load_settings.cache_clear()
    engine = open_database(load_settings().store_url)
    put_in(engine, *(bridge_report() for _ in range(4)), bridge_report(wrong=False))

    def sdai(*arguments: str) -> Any:
        return CliRunner().invoke(app, ["feedback", *arguments])

    assert sdai("list").output.count("confirmed") == 4
    clusters = sdai("cluster").output
    assert "project_type = bridge" in clusters
    name = next(line for line in clusters.splitlines() if "confirmed" in line).split("│")[1].strip()
    early = sdai("accept-cluster", name)
    assert early.exit_code == 1
    assert "there is no completed run yet" in early.output

    runs = tmp_path / ".sdai" / "runs"
    runs.mkdir(parents=True)
    record = {"state": "completed", "dataset": {"folder": str(dataset.parent)}}
    (runs / "20260301T120000-abc.json").write_text(json.dumps(record))
    assert sdai("accept", "f4").exit_code == 1
    assert sdai("accept-cluster", name).output == "accepted 4 of 4\n"
    assert sdai("reject", "f4", "--reason", "no").output == "rejected 1 of 1\n"
    assert sdai("list").output == "there is no such report\n"
    assert json.loads(sdai("show", "f4").output)["review_reason"] == "no"
    assert sdai("accept", "f9").output.startswith("error: there is no feedback 'f9'")
    assert sdai("list", "--status", "old").output.startswith("error: there is no status 'old'")
    assert len(json.loads(sdai("list", "--status", "accepted", "--json").output)) == 4
    engine.dispose()


def test_a_report_steers_no_terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, dataset: Path) -> None:
    monkeypatch.setenv("SDAI_PATHS_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "220")
    load_settings.cache_clear()
    engine = open_database(load_settings().store_url)
    hostile = "\x1b]0;owned\x07\x9b31mLOW [/x]"
    put_in(engine, bridge_report(), report("risk_analyzer", BRIDGE, {"overall_risk": "LOW"}, {"overall_risk": hostile}))
    engine.dispose()
    runs = tmp_path / ".sdai" / "runs"
    runs.mkdir(parents=True)
    record = {"state": "completed", "dataset": {"folder": str(dataset.parent)}}
    (runs / "20260301T120000-abc.json").write_text(json.dumps(record))
    for arguments in (["list"], ["cluster"], ["show", "f1"], ["accept", "f1"]):
        output = CliRunner().invoke(app, ["feedback", *arguments]).output
        assert "owned" in output or arguments == ["cluster"]
        assert not set(output) & {"\x1b", "\x07", "\x9b"}, arguments
    told = json.loads(CliRunner().invoke(app, ["feedback", "show", "f1"]).output)
    assert told["actual"] == {"overall_risk": hostile}
