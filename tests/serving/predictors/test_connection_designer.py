"""The connection designer's predictor, on a tiny model trained here."""

import json
import shutil

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from benchmarks.bench_answers import draw_requests
from serving.errors import ArtifactError, RequestError
from serving.predictors.connection_designer import Predictor, shown_utilization
from serving.schemas.connection_designer import Request, Response
from structural.problem import Kind, Role
from structural.problems.connection_designer import PROBLEM
from structural.problems.connection_designer.catalogue import DISPLAY_NAMES
from structural.problems.connection_designer.request import (
    DEFAULTS,
    JOINT_TYPES,
    LOAD_CHARACTERS,
    QUESTION_COLUMNS,
)
from structural.tables import UNSPECIFIED, take
from tests.serving.predictors.together import assert_same_as_alone

SAMPLE = Request.model_config["json_schema_extra"]["example"]


@pytest.fixture(scope="module")
def artifact(tmp_path_factory):
    """Return the artifact of a short training."""
    pq = pytest.importorskip("pyarrow.parquet", reason="training needs the 'train' extra")
    pytest.importorskip("torch", reason="training needs the 'train' extra")
    import pyarrow as pa

    from training.connection_designer import train
    from training.contract import TrainingJob

    folder = tmp_path_factory.mktemp("connection")
    entries = PROBLEM.generate(2000, np.random.default_rng(5))
    columns = {name: pa.array(values.tolist()) for name, values in entries.items()}
    columns |= {"entry_id": pa.array([str(row) for row in range(2000)])}
    columns |= {"split": pa.array(["train"] * 1600 + ["validation"] * 400)}
    pq.write_table(pa.table(columns), folder / "data.parquet")
    for name in ("artifact", "scratch"):
        (folder / name).mkdir()
    params = {"epochs": 5, "batch_size": 64, "channels": [4, 8], "hidden_width": 64, "blocks": 1}
    train(
        TrainingJob(
            "connection_designer",
            folder / "data.parquet",
            folder / "artifact",
            folder / "scratch",
            seed=1,
            device="cpu",
            threads=1,
            show_progress=False,
            params=params | {"learning_rate": 0.005, "average_decay": 0.95},
        )
    )
    return folder / "artifact"


@pytest.fixture(scope="module")
def predictor(artifact):
    """Return the predictor."""
    return Predictor(artifact)


@pytest.fixture(scope="module")
def entries():
    """Return entries that the model has not seen."""
    return PROBLEM.generate(300, np.random.default_rng(11))


def questions(table):
    """Return the QUESTION columns."""
    return {name: table[name] for name in PROBLEM.names(Role.QUESTION)}


def as_request(table, row):
    """Return one entry as a client would ask it."""
    given_fields = {}
    for column in QUESTION_COLUMNS:
        value = table[column.name][row].item()
        missing = value == UNSPECIFIED or (column.kind is Kind.FLOAT and np.isnan(value))
        given_fields[column.name] = None if missing else value
    return Request(**given_fields)


def test_sample_of_the_contract(predictor):
    """The design's sample is answered as the design says."""
    found = predictor.answer(Request(**SAMPLE))
    assert found.connection_type == "Bolted Connection"
    assert found.capacity_kips == 320
    assert found.slip_critical is False
    assert found.cost_usd == 1250
    assert found.verified
    assert (found.governing_limit_state, found.clause) == ("bolt_shear", "J3.7")
    assert found.utilization_ratio == pytest.approx(250 / 320.44, abs=1e-3)
    assert 0 < found.confidence < 1


def test_served_answers_equal_the_truth(predictor, entries):
    """After the proof every answer is the cheapest adequate family, from the table and from the request."""
    asked = questions(entries)
    served = predictor.prove(asked, predictor.propose(asked))
    np.testing.assert_array_equal(served, entries["connection_type"])
    for row in range(0, 300, 10):
        found = predictor.answer(as_request(entries, row))
        assert found.connection_type == DISPLAY_NAMES[entries["connection_type"][row]]
        assert found.slip_critical == entries["slip_critical"][row]
        assert found.governing_limit_state == entries["governing_limit_state"][row]
        if found.governing_limit_state == "not_permitted":
            assert (found.capacity_kips, found.cost_usd) == (0.0, 0.0)
        else:
            assert found.cost_usd == pytest.approx(entries["cost_usd"][row], abs=5.01)
            assert found.capacity_kips == pytest.approx(entries["capacity_kips"][row], rel=0.01)


def test_proposals_do_not_depend_on_the_batch(predictor, entries):
    """Many rows and one row give the same answers, so the evaluated model is the served one."""
    asked = questions(entries)
    many = predictor.propose(asked)
    assert np.mean(many.answers == entries["connection_type"]) > 0.6
    for row in (0, 41, 299):
        one = predictor.propose(take(asked, slice(row, row + 1)))
        assert one.answers[0] == many.answers[row]
        assert one.confidence[0] == pytest.approx(many.confidence[row], abs=1e-4)
        assert one.details["capacity_kips"][0] == pytest.approx(many.details["capacity_kips"][row], rel=1e-3)


def test_overruled_answer_is_marked(predictor, entries):
    """Where the engine replaces the proposal, the response says so and gives up the model's confidence in it."""
    asked = questions(entries)
    proposals = predictor.propose(asked)
    wrong = np.flatnonzero(proposals.answers != entries["connection_type"])
    assert len(wrong)
    row = int(wrong[0])
    found = predictor.answer(as_request(entries, row))
    assert found.overruled
    assert found.model_proposal == DISPLAY_NAMES[proposals.answers[row]]
    assert found.confidence == pytest.approx(1 - proposals.confidence[row], abs=1e-4)


def test_inadequate_says_what_fails(predictor):
    """The answer names the strongest family, its limit state and the shortfall."""
    found = predictor.answer(Request(**(SAMPLE | {"tributary_load_kips": 5_000})))
    assert found.connection_type == "Inadequate"
    assert found.utilization_ratio > 1
    assert found.capacity_kips < 5_000
    assert "short" in found.reason
    assert found.alternatives == []


def test_a_load_just_beyond_capacity_is_not_shown_as_carried():
    """The shown ratio is rounded up: at capacity it is 1, a millionth beyond it is above 1, a third is 0.3334."""
    assert shown_utilization(320.0, 320.0) == 1.0
    assert shown_utilization(320.0, 320.0 * (1 + 1e-6)) == 1.0001
    assert shown_utilization(3.0, 1.0) == 0.3334
    assert shown_utilization(0.0, 5.0) == shown_utilization(1e-3, 20_000.0) == 1000.0


def test_barred_families_are_listed_with_their_rule(predictor):
    """A307 under fatigue: nothing is permitted, and each family says why."""
    found = predictor.answer(Request(**(SAMPLE | {"bolt_grade": "A307", "load_character": "fatigue"})))
    assert found.connection_type == "Inadequate"
    assert found.governing_limit_state == "not_permitted"
    assert len(found.not_permitted) == 3
    assert all(item.reason and item.clause for item in found.not_permitted)


def test_what_is_not_permitted_has_no_strength(predictor):
    """No figure of a barred family can be taken for usable; words name the strongest and the rule that bars it."""
    found = predictor.answer(Request(**(SAMPLE | {"bolt_grade": "A307", "load_character": "fatigue"})))
    assert (found.capacity_kips, found.cost_usd) == (0.0, 0.0)
    assert found.utilization_ratio == 1000.0
    assert found.alternatives == []
    assert not found.slip_critical
    strongest = next(item for item in found.not_permitted if item.connection_type in found.reason)
    assert strongest.reason in found.reason
    assert found.clause == strongest.clause
    assert strongest.clause in found.reason


def test_the_defaults_taken_are_listed(predictor):
    """Those that matter for the joint, as they were taken."""
    assert predictor.answer(Request(**SAMPLE)).assumptions == [
        "design_method = LRFD",
        "thread_condition = X",
        "shear_planes = 1",
        "hole_type = standard",
        "faying_surface = A",
        "load_character = static",
        "joint_type = lap_splice",
        "ply_thickness_in = 1",
        "ply_grade = A572-50",
        "ply_width_in = 13.3923",
        "edge_distance_in = 1.5",
        "spacing_in = 3",
        "eccentricity_in = 0",
        "weld_electrode = E70",
    ]
    beam = {"joint_type": "beam_to_girder_web", "bolt_count": 4, "tributary_load_kips": 60, "thread_condition": "N"}
    listed = predictor.answer(Request(**(SAMPLE | beam))).assumptions
    assert "supported_member = W24X76" in listed
    assert "supporting_member = W27X84" in listed
    assert "ply_thickness_in = 0.5" in listed
    names = {item.split(" = ")[0] for item in listed}
    assert not names & {"thread_condition", "joint_type", "shear_planes", "ply_width_in"}


def test_alternatives_carry_the_load_and_cost_more(predictor):
    """They are adequate and not cheaper than the answer."""
    found = predictor.answer(Request(**(SAMPLE | {"tributary_load_kips": 80, "joint_type": "beam_to_column_flange"})))
    assert found.alternatives
    for other in found.alternatives:
        assert other.utilization_ratio <= 1
        assert other.cost_usd >= found.cost_usd
        assert other.connection_type != found.connection_type


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("spacing_in", 2.0),
        ("edge_distance_in", 0.6),
        ("bolt_diameter", 0.9),
        ("supported_member", "W99X1"),
        ("supporting_member", "I-beam"),
        ("ply_width_in", 2.0),
    ],
)
def test_impossible_details_name_their_field(predictor, field, value):
    """What the Specification does not allow is refused before any model is asked."""
    with pytest.raises(RequestError) as refused:
        predictor.answer(Request(**(SAMPLE | {field: value})))
    assert refused.value.field == field
    assert refused.value.status == 422


@pytest.mark.parametrize(
    "change",
    [{"bolt_count": 1}, {"bolt_count": 25}, {"tributary_load_kips": 0}, {"bolt_grade": "A999"}, {"colour": "red"}],
)
def test_schema_refuses(change):
    """Bounds, categories and unknown fields are the schema's."""
    with pytest.raises(ValidationError):
        Request(**(SAMPLE | change))


def test_member_names_are_read_as_people_write_them(predictor):
    """w21×62 is W21X62."""
    fields = SAMPLE | {"joint_type": "beam_to_girder_web", "bolt_count": 4, "tributary_load_kips": 60}
    plain = predictor.answer(Request(**fields, supported_member="W21X62"))
    assert predictor.answer(Request(**fields, supported_member=" w21×62 ")) == plain


def test_schema_defaults_are_those_of_the_problem():
    """A request with four fields means what a row with four fields means."""
    fields = Request.model_fields
    assert set(fields) == set(PROBLEM.names(Role.QUESTION))
    for name, default in DEFAULTS.items():
        expected = None if default == UNSPECIFIED or default != default else default
        assert fields[name].default == expected


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    diameter=st.sampled_from((0.5, 0.75, 1.0, 1.5)),
    count=st.integers(2, 24),
    load=st.floats(0.1, 20_000),
    joint_type=st.sampled_from(JOINT_TYPES),
    hole=st.sampled_from(("standard", "oversized", "short_slot", "long_slot")),
    eccentricity=st.floats(0, 60),
    grade=st.sampled_from(("A307", "A325", "A490")),
    character=st.sampled_from(LOAD_CHARACTERS),
    width=st.one_of(st.none(), st.floats(1, 100)),
    thickness=st.one_of(st.none(), st.floats(0.1875, 3)),
)
def test_any_valid_request_is_answered_or_refused(
    predictor, diameter, count, load, joint_type, hole, eccentricity, grade, character, width, thickness
):
    """No combination of valid fields fails in another way than by a named field; adequate answers carry the load."""
    request = Request(
        bolt_diameter=diameter,
        bolt_count=count,
        bolt_grade=grade,
        load_character=character,
        tributary_load_kips=load,
        joint_type=joint_type,
        hole_type=hole,
        eccentricity_in=eccentricity,
        ply_width_in=width,
        ply_thickness_in=thickness,
    )
    try:
        found = predictor.answer(request)
    except RequestError as error:
        refused = error.field
        found = None
    if found is None:
        assert refused in Request.model_fields
        return
    assert isinstance(found, Response)
    assert found.verified
    if found.connection_type == "Inadequate":
        assert found.capacity_kips < load
        assert found.utilization_ratio > 1
    else:
        assert found.capacity_kips >= load
        assert found.utilization_ratio <= 1


def test_damaged_artifacts_are_refused(artifact, tmp_path):
    """Another problem's card, another encoding, other families or a missing network are named."""
    for change in (
        {"problem": "risk_analyzer"},
        {"encoding_version": -1},
        {"classes": ["x"]},
        {"network": "none.onnx"},
    ):
        folder = tmp_path / next(iter(change))
        shutil.copytree(artifact, folder)
        card = json.loads((folder / "model.json").read_text())
        (folder / "model.json").write_text(json.dumps(card | change))
        with pytest.raises(ArtifactError):
            Predictor(folder)


def test_asked_together_the_answers_are_those_of_each_alone(predictor):
    """Laps and beam joints in one batch, and a request that is refused among them."""
    requests = draw_requests("connection_designer", 60, seed=3)
    impossible = Request.model_validate(SAMPLE | {"spacing_in": 1.0})
    assert_same_as_alone(predictor, [*requests, impossible, *requests[:3]])
    assert isinstance(predictor.answer_together([impossible, requests[0]])[0], RequestError)


def test_a_member_that_is_no_shape_is_told_by_asking_alone(predictor):
    """The batch gives no answer then; whoever asked asks one by one."""
    wrong = Request.model_validate(SAMPLE | {"joint_type": "beam_to_column_web", "supported_member": "W99X999"})
    with pytest.raises(RequestError, match="supported_member"):
        predictor.answer_together([Request.model_validate(SAMPLE), wrong])
