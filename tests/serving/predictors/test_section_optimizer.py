import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from benchmarks.bench_answers import draw_requests
from serving.errors import ArtifactError, RequestError
from serving.predictors.contract import load_predictor
from serving.predictors.section_optimizer import Predictor, to_questions
from serving.schemas.section_optimizer import Request
from structural.problem import Role
from structural.problems.section_optimizer import PROBLEM, request
from structural.shapes import load_shapes
from structural.tables import take
from tests.serving.predictors.together import assert_same_as_alone
from training.contract import TrainingJob, load_trainer

SAMPLE = {"member_type": "beam", "span_feet": 40, "tributary_load_psf": 150, "design_code": "AISC 360-22"}
HEAVY = {"member_type": "girder", "span_feet": 60, "tributary_load_psf": 400, "design_code": "AISC 360-22"}


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("section")
    frame = pd.DataFrame(PROBLEM.generate(700, np.random.default_rng(2)))
    frame["entry_id"] = [str(row) for row in range(len(frame))]
    frame["split"] = ["train"] * 500 + ["validation"] * 200
    frame.to_parquet(folder / "data.parquet")
    output = folder / "artifact"
    output.mkdir()
    params = {"max_rounds": 40, "depth": 6, "leaves": 31, "max_bins": 64}
    job = TrainingJob("section_optimizer", folder / "data.parquet", output, folder, 1, "cpu", 1, False, params)
    load_trainer("section_optimizer").train(job)
    return output


@pytest.fixture(scope="module")
def predictor(artifact: Path) -> Predictor:
    return Predictor(artifact)


def test_the_sample_request(predictor: Predictor) -> None:
    answer = predictor.answer(Request.model_validate(SAMPLE))
    assert answer.recommended_section == "W24×68"
    assert (answer.depth, answer.area, answer.weight_per_foot, answer.ix, answer.iy) == (23.7, 20.1, 68.0, 1830.0, 70.4)
    assert answer.verified
    assert answer.utilization_ratio <= 1.0
    assert answer.governing_limit_state == "total_load_deflection"
    assert answer.clause == "AISC 360-22 L2"
    assert max(answer.limit_states.values()) == answer.utilization_ratio
    assert len(answer.alternatives) == 2
    assert all(other.weight_per_foot >= 68.0 and other.utilization_ratio <= 1.0 for other in answer.alternatives)
    assert 0.0 < answer.confidence < 1.0


def test_the_example_of_the_schema_is_the_sample() -> None:
    assert Request.model_json_schema()["example"] == SAMPLE


def test_the_published_properties_are_the_shape_database() -> None:
    shapes = load_shapes("W")
    row = int(shapes.index_of("W27×194"))
    assert (shapes.ix_in4[row], shapes.iy_in4[row]) == (7860.0, 619.0)


def test_spellings_people_use_are_accepted(predictor: Predictor) -> None:
    body = SAMPLE | {"member_type": "Beam-Column", "axial_load_kips": 50, "steel_grade": "ASTM A572 Gr. 50"}
    asked = Request.model_validate(body)
    assert (asked.member_type, asked.steel_grade) == ("beam_column", "A572-50")
    assert predictor.answer(asked).verified


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"span_feet": -1}, "span_feet"),
        ({"span_feet": float("nan")}, "span_feet"),
        ({"tributary_load_psf": 1e9}, "tributary_load_psf"),
        ({"design_code": "EN 1993"}, "design_code"),
        ({"member_type": "arch"}, "member_type"),
        ({"steel_grade": "A514"}, "steel_grade"),
        ({"live_load_share": 1.2}, "live_load_share"),
        ({"spam": 1}, "spam"),
    ],
)
def test_bad_fields_are_named(change: dict[str, object], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Request.model_validate(SAMPLE | change)
    assert {error["loc"][0] for error in caught.value.errors()} == {field}


def test_an_unbraced_length_beyond_the_span_is_refused() -> None:
    with pytest.raises(ValidationError, match="must not exceed span_feet") as caught:
        Request.model_validate(SAMPLE | {"unbraced_length_ft": 41})
    assert [error["loc"] for error in caught.value.errors()] == [("unbraced_length_ft",)]


def test_the_defaults_taken_are_listed(predictor: Predictor) -> None:
    assert predictor.answer(Request.model_validate(SAMPLE)).assumptions == [
        "tributary_width_ft = 10",
        "unbraced_length_ft = 0 (continuous bracing)",
        "end_condition = pinned-pinned",
        "axial_load_kips = 0",
        "live_load_share = 0.5",
        "live_deflection_limit = 360",
        "total_deflection_limit = 240",
        "steel_grade = A992",
        "depth_limit_in = none",
        "camber_in = 0",
        "design_method = LRFD",
    ]
    girder = SAMPLE | {"member_type": "girder", "span_feet": 30, "tributary_width_ft": 20, "camber_in": None}
    listed = predictor.answer(Request.model_validate(girder)).assumptions
    assert "unbraced_length_ft = 10" in listed
    assert "camber_in = 0" in listed
    assert not any(item.startswith("tributary_width_ft") for item in listed)


def test_defaults_that_play_no_part_are_not_listed(predictor: Predictor) -> None:
    column = SAMPLE | {"member_type": "column", "span_feet": 15}
    listed = predictor.answer(Request.model_validate(column)).assumptions
    assert "unbraced_length_ft = 15" in listed
    assert "axial_load_kips = 0" in listed
    assert not any("deflection" in item or "camber" in item for item in listed)


@pytest.mark.parametrize("member_type", request.MEMBER_TYPES)
def test_a_request_that_spells_out_its_assumptions_gets_the_same_answer(predictor: Predictor, member_type: str) -> None:
    """What is listed is what was taken: giving it changes nothing but the list."""
    body = {"member_type": member_type, "span_feet": 18, "tributary_load_psf": 60, "design_code": "AISC 360-22"}
    answer = predictor.answer(Request.model_validate(body))
    for item in answer.assumptions:
        name, text = item.split(" = ")
        if text != "none":
            value = text.split(" ")[0]
            body[name] = value if name in ("end_condition", "steel_grade", "design_method") else float(value)
    again = predictor.answer(Request.model_validate(body))
    assert again.utilization_ratio == pytest.approx(answer.utilization_ratio, rel=1e-4)
    assert again.recommended_section == answer.recommended_section
    assert {item.split(" = ")[0] for item in again.assumptions} <= {"depth_limit_in"}


def test_no_section_is_refused_with_what_governs_and_a_remedy(predictor: Predictor) -> None:
    with pytest.raises(RequestError, match=r"no W shape is adequate.*W.*\(AISC 360-22 .*\); ") as caught:
        predictor.answer(Request.model_validate(HEAVY | {"tributary_width_ft": 100}))
    assert (caught.value.status, caught.value.field) == (422, "tributary_load_psf")
    with pytest.raises(RequestError, match=r"within 10 in\. of depth") as caught:
        predictor.answer(Request.model_validate(SAMPLE | {"depth_limit_in": 10, "span_feet": 60}))
    assert caught.value.field == "depth_limit_in"


def test_the_schema_has_the_fields_of_the_problem() -> None:
    assert list(Request.model_fields) == [column.name for column in PROBLEM.columns if column.role is Role.QUESTION]


def test_one_request_is_answered_as_a_table_row(predictor: Predictor) -> None:
    questions = PROBLEM.sample(40, np.random.default_rng(8))
    together = predictor.propose(questions)
    for row in (0, 13, 39):
        alone = predictor.propose(take(questions, slice(row, row + 1)))
        assert alone.answers[0] == together.answers[row]
        assert alone.confidence[0] == pytest.approx(together.confidence[row], abs=1e-6)


def test_damaged_artifacts_are_refused(artifact: Path, tmp_path: Path) -> None:
    for path in artifact.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    card = json.loads((artifact / "model.json").read_text())
    (tmp_path / "model.json").write_text(json.dumps(card | {"encoding_version": 0}))
    with pytest.raises(ArtifactError, match="encoding"):
        load_predictor("section_optimizer", tmp_path)
    (tmp_path / "model.json").write_text(json.dumps(card | {"policy": {"speed": 1}}))
    with pytest.raises(ArtifactError, match="damaged"):
        load_predictor("section_optimizer", tmp_path)
    (tmp_path / "model.json").write_text(json.dumps(card))
    (tmp_path / "xgboost.onnx").write_bytes(b"not a model")
    with pytest.raises(ArtifactError, match=r"xgboost\.onnx"):
        load_predictor("section_optimizer", tmp_path)


optional = {
    "tributary_width_ft": st.floats(1, 100),
    "unbraced_length_ft": st.floats(0, 3),
    "end_condition": st.sampled_from(request.END_CONDITIONS),
    "axial_load_kips": st.floats(0, 10_000),
    "live_load_share": st.floats(0, 1),
    "live_deflection_limit": st.floats(100, 1200),
    "total_deflection_limit": st.floats(90, 1200),
    "steel_grade": st.sampled_from(request.GRADES),
    "depth_limit_in": st.floats(6, 60),
    "camber_in": st.floats(0, 6),
    "design_method": st.sampled_from(request.METHODS),
}


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    required=st.fixed_dictionaries(
        {
            "member_type": st.sampled_from(request.MEMBER_TYPES),
            "span_feet": st.floats(3, 120),
            "tributary_load_psf": st.floats(5, 1000),
        }
    ),
    extras=st.fixed_dictionaries({}, optional=optional),
)
def test_any_valid_request_gets_a_proved_section_or_a_reason(
    predictor: Predictor, required: dict[str, object], extras: dict[str, object]
) -> None:
    asked = Request.model_validate({"design_code": "AISC 360-22"} | required | extras)
    proposals = predictor.propose(to_questions([asked]))
    served = str(predictor.prove(to_questions([asked]), proposals)[0])
    if served == request.NO_SECTION:
        with pytest.raises(RequestError, match="no W shape is adequate"):
            predictor.answer(asked)
        return
    answer = predictor.answer(asked)
    assert answer.verified
    assert answer.utilization_ratio <= 1.0
    assert answer.depth <= (asked.depth_limit_in or np.inf)
    assert served.replace("X", "×") == answer.recommended_section


def test_asked_together_the_answers_are_those_of_each_alone(predictor: Predictor) -> None:
    requests = draw_requests("section_optimizer", 60, seed=3)
    none_fits = Request.model_validate(HEAVY | {"depth_limit_in": 8})
    assert_same_as_alone(predictor, [*requests, none_fits, *requests[:3]])
    assert isinstance(predictor.answer_together([none_fits, requests[0]])[0], RequestError)
