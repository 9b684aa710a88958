"""The clash detector's predictor, on a tiny model trained here."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from serving.errors import ArtifactError, RequestError
from serving.ifc.reader import IfcReader
from serving.ifc.sample import PLANTED, write_sample_model
from serving.ifc.uploads import UploadLimits, store_upload
from serving.predictors.clash_detector import Predictor
from serving.schemas.clash_detector import Request, Response
from structural.problem import Role
from structural.problems.clash_detector import PROBLEM


@pytest.fixture(scope="module")
def artifact(tmp_path_factory):
    """Return the artifact of a short training."""
    pq = pytest.importorskip("pyarrow.parquet", reason="training needs the 'train' extra")
    pytest.importorskip("torch", reason="training needs the 'train' extra")
    import pyarrow as pa

    from training.clash_detector import train
    from training.contract import TrainingJob

    folder = tmp_path_factory.mktemp("clash")
    entries = PROBLEM.generate(1500, np.random.default_rng(5))
    columns = {name: pa.array(values.tolist()) for name, values in entries.items()}
    columns |= {"entry_id": pa.array([str(row) for row in range(1500)])}
    columns |= {"split": pa.array(["train"] * 1200 + ["validation"] * 300)}
    pq.write_table(pa.table(columns), folder / "data.parquet")
    for name in ("artifact", "scratch"):
        (folder / name).mkdir()
    params = {"epochs": 6, "batch_size": 64, "channels": [4, 8], "slice_width": 16, "lstm_width": 16}
    job = TrainingJob(
        "clash_detector",
        folder / "data.parquet",
        folder / "artifact",
        folder / "scratch",
        seed=1,
        device="cpu",
        threads=1,
        show_progress=False,
        params=params | {"hidden_width": 96, "learning_rate": 0.005},
    )
    train(job)
    return folder / "artifact"


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Return a model folder with the sample model."""
    folder = tmp_path_factory.mktemp("models")
    write_sample_model(folder / "sample_frame.ifc")
    return folder


@pytest.fixture(scope="module")
def predictor(artifact, root):
    """Return the predictor."""
    return Predictor(artifact, ifc_root=root)


def test_an_upload_is_answered_to_its_client_alone_and_tells_how_far_it_is(predictor, root):
    """The key of an upload reads as missing for anybody else."""
    limits = UploadLimits(10_000_000, 10_000_000, 10)
    with (root / "sample_frame.ifc").open("rb") as file:
        key = store_upload(file, "mine.ifc", "ann", root, limits).key
    shares = []
    found = predictor.answer_for(Request(model_ifc=key), "ann", shares.append)
    assert found == predictor.answer(Request(model_ifc="sample_frame.ifc"))
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0)
    for client in ("bob", None):
        with pytest.raises(RequestError) as caught:
            predictor.answer_for(Request(model_ifc=key), client)
        assert caught.value.status == 404


def questions(n, seed=9):
    """Return questions only."""
    table = PROBLEM.generate(n, np.random.default_rng(seed))
    return {name: table[name] for name in PROBLEM.names(Role.QUESTION)}, table


def test_proposals_do_not_depend_on_the_batch(predictor):
    """Many rows and one row give the same answers."""
    asked, _ = questions(100)
    many = predictor.propose(asked)
    for row in (0, 41, 99):
        one = predictor.propose({name: values[row : row + 1] for name, values in asked.items()})
        assert one.answers[0] == many.answers[row]
        assert one.confidence[0] == pytest.approx(many.confidence[row], abs=1e-5)


def test_no_question_gives_no_answer(predictor):
    """An empty table is answered with empty arrays."""
    asked, _ = questions(1)
    empty = {name: values[:0] for name, values in asked.items()}
    proposals = predictor.propose(empty)
    assert len(proposals.answers) == 0
    assert len(predictor.prove(empty, proposals)) == 0


def test_proof_does_not_lose_accuracy(predictor):
    """What is served is right at least as often as what was proposed."""
    asked, table = questions(1200)
    proposals = predictor.propose(asked)
    served = predictor.prove(asked, proposals)
    assert np.mean(served == table["pair_class"]) >= np.mean(proposals.answers == table["pair_class"])


def test_the_sample_request_is_answered(predictor):
    """The README's request gives the planted clashes that exact geometry alone decides, and counts add up."""
    request = Request.model_validate(Request.model_config["json_schema_extra"]["example"])
    response = predictor.answer(request)
    assert response.members == 17
    assert response.verified
    assert response.total_clashes == len(response.clashes)
    assert response.total_clashes + response.connections_count <= response.pairs_judged
    assert response.connections == []
    pairs = {frozenset((clash.member1, clash.member2)): clash for clash in response.clashes}
    copy = pairs[frozenset(PLANTED[1][:2])]
    assert copy.severity == "HIGH"
    assert copy.resolution_hours == 1.0
    assert frozenset(PLANTED[2][:2]) in pairs
    severities = ["LOW", "MEDIUM", "HIGH"]
    order = [severities.index(clash.severity) for clash in response.clashes]
    assert order == sorted(order, reverse=True)
    assert Response.model_validate_json(response.model_dump_json()) == response


def test_clashes_are_grouped_and_say_where_they_are(predictor):
    """Each clash is in one group, the groups' severity is their worst, and every point lies in the frame."""
    answer = predictor.answer(Request(model_ifc="sample_frame.ifc"))
    assert sorted(row for group in answer.groups for row in group.clashes) == list(range(answer.total_clashes))
    for group in answer.groups:
        assert group.severity == answer.clashes[group.clashes[0]].severity
    for clash in answer.clashes:
        assert all(-1 <= value <= 8 for value in clash.point_m)
        assert (clash.size_m > 0) == (clash.kind != "touching")
    twice = next(group for group in answer.groups if group.cause == "modelled_twice")
    assert (twice.title, twice.severity) == ("beam B-02 is modelled twice", "HIGH")


def test_connections_are_listed_on_demand(predictor):
    """Never dropped in silence: counted always, listed when asked."""
    response = predictor.answer(Request(model_ifc="sample_frame.ifc", include_connections=True))
    assert len(response.connections) == response.connections_count > 0


def test_tolerance_widens_what_is_judged(predictor):
    """A larger tolerance judges at least the same pairs."""
    counts = [
        predictor.answer(Request(model_ifc="sample_frame.ifc", tolerance_mm=t)).pairs_judged for t in (5, 50, 200)
    ]
    assert counts == sorted(counts)


def test_a_missing_model_is_refused(predictor):
    """404 with the field."""
    with pytest.raises(RequestError) as caught:
        predictor.answer(Request(model_ifc="none.ifc"))
    assert (caught.value.status, caught.value.field) == (404, "model_ifc")


@pytest.mark.parametrize("change", [{"encoding_version": 0}, {"problem": "risk_analyzer"}, {"classes": ["A"]}])
def test_another_artifact_is_refused(artifact, tmp_path, change):
    """A card of another problem, encoding or class list does not load."""
    shutil.copytree(artifact, tmp_path / "copy")
    path = tmp_path / "copy" / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ArtifactError):
        Predictor(tmp_path / "copy")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"model_ifc": ""},
        {"model_ifc": "a.ifc", "tolerance_mm": 0},
        {"model_ifc": "a.ifc", "tolerance_mm": float("nan")},
        {"model_ifc": "a.ifc", "tolerance": 5},
    ],
)
def test_bad_bodies_are_refused(body):
    """The schema names what is wrong."""
    with pytest.raises(ValueError, match="validation error"):
        Request.model_validate(body)


def test_a_pair_drawn_by_chance_is_compared_with_the_rule(predictor, root):
    """Over all chances every pair that is found comes up, the model's class beside the rule's."""
    request = Request(model_ifc="sample_frame.ifc", include_connections=True)
    answer = predictor.answer(request)
    drawn = [predictor.compare_pair(request, None, (place + 0.5) / 100) for place in range(100)]
    pairs = {pair.guids: pair for pair in drawn if pair}
    assert len(pairs) >= answer.total_clashes + answer.connections_count
    assert any(pair.proposed == pair.truth for pair in pairs.values())
    clashes = {"LOW", "MEDIUM", "HIGH"}
    assert sum(pair.truth in clashes for pair in pairs.values()) == len(PLANTED)


def test_without_a_pair_there_is_nothing_to_compare(predictor, root, monkeypatch):
    """A model of members that are far apart has no pair."""
    read = IfcReader.read

    def nothing_found(*given):
        found = read(*given)
        none = np.empty(0, dtype=np.int64)
        return replace(found, findings=found.findings.take(none), bears=found.bears[none])

    monkeypatch.setattr(IfcReader, "read", nothing_found)
    assert predictor.compare_pair(Request(model_ifc="sample_frame.ifc"), None, 0.5) is None
