"""Keys of answers: what must not matter, and that everything else does."""

import inspect
import json
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from serving.caching import answer_key
from serving.caching.keys import ANSWERS_SILENT_ON_DEFAULTS, _fields_with_default
from structural.problems import PROBLEM_NAMES

VERSION = "1-3735cd93"


def request_class(problem: str) -> type[BaseModel]:
    return import_module(f"serving.schemas.{problem}").Request


def example(problem: str) -> dict[str, Any]:
    return dict(request_class(problem).model_config["json_schema_extra"]["example"])


def key_of(problem: str, body: dict[str, Any], version: str = VERSION, content: str = "") -> str:
    request = request_class(problem).model_validate_json(json.dumps(body))
    return answer_key(problem, version, request, content).text


@pytest.mark.parametrize("problem", PROBLEM_NAMES)
def test_a_key_is_problem_version_and_sha256(problem: str) -> None:
    name, version, digest = key_of(problem, example(problem)).split(":")
    assert (name, version) == (problem, VERSION)
    assert len(bytes.fromhex(digest)) == 32


@pytest.mark.parametrize("problem", PROBLEM_NAMES)
@given(data=st.data())
def test_order_and_kind_of_numbers_do_not_matter(problem: str, data: st.DataObject) -> None:
    body = example(problem)
    names = data.draw(st.permutations(list(body)))
    as_float = {name: float(value) if type(value) is int else value for name, value in body.items()}
    as_whole = {
        name: int(value) if type(value) is float and value.is_integer() else value for name, value in body.items()
    }
    written = data.draw(st.sampled_from([body, as_float, as_whole]))
    assert key_of(problem, {name: written[name] for name in names}) == key_of(problem, body)


@pytest.mark.parametrize("problem", sorted(ANSWERS_SILENT_ON_DEFAULTS))
def test_an_absent_field_is_its_default(problem: str) -> None:
    names = _fields_with_default(request_class(problem))
    assert names
    for name in names:
        without = {key: value for key, value in example(problem).items() if key != name}
        default = request_class(problem).model_fields[name].default
        assert key_of(problem, without) == key_of(problem, {**without, name: default})


@pytest.mark.parametrize("problem", PROBLEM_NAMES)
def test_null_is_no_value(problem: str) -> None:
    fields = request_class(problem).model_fields
    optional = [name for name, field in fields.items() if not field.is_required() and field.default is None]
    body = example(problem)
    assert key_of(problem, body) == key_of(problem, body | {name: None for name in optional if name not in body})


def test_a_default_written_down_is_told_apart_where_the_answer_tells_it() -> None:
    body = example("connection_designer")
    assert key_of("connection_designer", body) != key_of("connection_designer", body | {"thread_condition": "X"})


@pytest.mark.parametrize("problem", PROBLEM_NAMES)
def test_answers_that_tell_what_was_left_out_are_not_called_silent(problem: str) -> None:
    source = inspect.getsource(import_module(f"serving.predictors.{problem}"))
    tells = any(word in source for word in ("left_out(", "request.assumptions(", "model_fields_set"))
    assert tells == (problem not in ANSWERS_SILENT_ON_DEFAULTS)


def test_any_spelling_of_a_word_is_one_question() -> None:
    body = example("section_optimizer")
    assert key_of("section_optimizer", body | {"member_type": "beam_column"}) == key_of(
        "section_optimizer", body | {"member_type": "Beam-Column"}
    )


CHANGES: list[tuple[str, dict[str, Any]]] = [
    ("connection_designer", {"bolt_diameter": 0.875}),
    ("connection_designer", {"bolt_count": 9}),
    ("connection_designer", {"bolt_grade": "A490"}),
    ("connection_designer", {"tributary_load_kips": 250.00000000000003}),
    ("connection_designer", {"thread_condition": "N"}),
    ("connection_designer", {"ply_thickness_in": 0.5}),
    ("section_optimizer", {"member_type": "girder"}),
    ("section_optimizer", {"span_feet": 41}),
    ("section_optimizer", {"tributary_load_psf": 151}),
    ("section_optimizer", {"depth_limit_in": 30}),
    ("clash_detector", {"model_ifc": "sample_frame.IFC"}),
    ("clash_detector", {"tolerance_mm": 50.5}),
    ("clash_detector", {"include_connections": True}),
    ("compliance_checker", {"design_parameters": {"member": "W18x50 A992", "span": "31 ft"}}),
    ("compliance_checker", {"jurisdiction": "US-CA"}),
    ("risk_analyzer", {"budget_usd": 5_000_001}),
    ("risk_analyzer", {"stories": 3}),
    ("risk_analyzer", {"contingency_share": 0.0}),
]


@pytest.mark.parametrize(("problem", "change"), CHANGES, ids=[f"{name}-{next(iter(c))}" for name, c in CHANGES])
def test_another_value_is_another_key(problem: str, change: dict[str, Any]) -> None:
    assert key_of(problem, example(problem) | change) != key_of(problem, example(problem))


@given(
    one=st.floats(min_value=0.1, max_value=20_000),
    other=st.floats(min_value=0.1, max_value=20_000),
    bolts=st.tuples(st.integers(2, 24), st.integers(2, 24)),
)
def test_keys_are_equal_only_for_equal_values(one: float, other: float, bolts: tuple[int, int]) -> None:
    body = example("connection_designer")
    first = key_of("connection_designer", body | {"tributary_load_kips": one, "bolt_count": bolts[0]})
    second = key_of("connection_designer", body | {"tributary_load_kips": other, "bolt_count": bolts[1]})
    assert (first == second) == ((one, bolts[0]) == (other, bolts[1]))


values = st.recursive(
    st.none() | st.booleans() | st.integers(-1000, 1000) | st.floats(-1e3, 1e3) | st.text('abc "\\:,{}é', max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab:", min_size=1, max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)
documents = st.dictionaries(st.text("abc:", min_size=1, max_size=4), values, min_size=1, max_size=4)


@given(one=documents, other=documents)
def test_documents_share_a_key_only_when_written_alike(one: dict[str, Any], other: dict[str, Any]) -> None:
    first = key_of("compliance_checker", {"design_parameters": one})
    assert first == key_of("compliance_checker", {"design_parameters": json.loads(json.dumps(one))})
    second = key_of("compliance_checker", {"design_parameters": other})
    assert (first == second) == (json.dumps(one) == json.dumps(other))


def test_a_document_keeps_its_order_and_its_numbers_as_written() -> None:
    def key(document: dict[str, Any]) -> str:
        return key_of("compliance_checker", {"design_parameters": document})

    # the answer quotes "10" and "10.0", and lists what it read in the document's order
    assert len({key({"Lb": 10, "span": 30}), key({"Lb": 10.0, "span": 30}), key({"span": 30, "Lb": 10})}) == 3


def test_another_problem_version_or_content_is_another_key() -> None:
    body = example("clash_detector")
    keys = {
        key_of("clash_detector", body),
        key_of("clash_detector", body, version="2-3735cd93"),
        key_of("clash_detector", body, content="a" * 64),
        key_of("clash_detector", body, content="b" * 64),
    }
    assert len(keys) == 4


def test_text_that_is_no_unicode_has_a_key() -> None:
    request = request_class("compliance_checker")(design_parameters={"note": "\ud800"})
    other = request_class("compliance_checker")(design_parameters={"note": "\ud801"})
    assert answer_key("compliance_checker", VERSION, request) != answer_key("compliance_checker", VERSION, other)
