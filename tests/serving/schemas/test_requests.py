"""What holds for all five requests: strict numbers, words in any spelling, every error at its field."""

import json
from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from structural.code_checks.jurisdictions import DESIGN_CODES, JURISDICTIONS
from structural.problems import PROBLEM_NAMES

REQUESTS: dict[str, type[BaseModel]] = {
    name: import_module(f"serving.schemas.{name}").Request for name in PROBLEM_NAMES
}


def example(problem: str) -> dict[str, Any]:
    return dict(REQUESTS[problem].model_config["json_schema_extra"]["example"])  # type: ignore[index,call-overload]


def plain_schema(field: dict[str, Any]) -> dict[str, Any]:
    """Return a field's JSON schema without the branch that allows null."""
    return field["anyOf"][0] if "anyOf" in field else field


FIELDS = [
    (problem, name, plain_schema(field))
    for problem, model in REQUESTS.items()
    for name, field in model.model_json_schema()["properties"].items()
]
NUMBERS = [item for item in FIELDS if item[2].get("type") in ("number", "integer") and "enum" not in item[2]]
WORDS = [
    (problem, name, schema.get("enum") or [schema["const"]])
    for problem, name, schema in FIELDS
    if "enum" in schema or "const" in schema
]


def validate(problem: str, change: dict[str, Any]) -> Any:
    """Validate as the service does, from JSON."""
    return REQUESTS[problem].model_validate_json(json.dumps(example(problem) | change))


def locations(problem: str, change: dict[str, Any]) -> set[Any]:
    with pytest.raises(ValidationError) as caught:
        validate(problem, change)
    return {error["loc"] for error in caught.value.errors()}


@pytest.mark.parametrize("wrong", [True, False, "8", "", [], {}], ids=repr)
@pytest.mark.parametrize(("problem", "name", "schema"), NUMBERS)
def test_a_number_is_a_json_number(problem: str, name: str, schema: dict[str, Any], wrong: Any) -> None:
    assert locations(problem, {name: wrong}) == {(name,)}


@pytest.mark.parametrize(("problem", "name", "schema"), NUMBERS)
def test_a_whole_number_may_be_written_either_way(problem: str, name: str, schema: dict[str, Any]) -> None:
    whole = int(max(schema["minimum"] + 0.999, 0))
    for written in (whole, float(whole)):
        read = getattr(validate(problem, {name: written}), name)
        assert read == whole
        assert type(read) is (int if schema["type"] == "integer" else float)
    if schema["type"] == "integer":
        assert locations(problem, {name: whole + 0.5}) == {(name,)}


@pytest.mark.parametrize("wrong", ["true", 1, 0, None])
def test_a_truth_value_is_a_json_truth_value(wrong: Any) -> None:
    assert locations("clash_detector", {"include_connections": wrong}) == {("include_connections",)}


@pytest.mark.parametrize(("problem", "name", "words"), WORDS)
def test_a_word_is_read_in_any_spelling(problem: str, name: str, words: list[str]) -> None:
    for word in words:
        spaced = word.replace("_", " ").replace("-", " ")
        for written in (word, word.upper(), word.lower(), word.title(), f" {spaced} ", word.replace("_", "-")):
            assert getattr(validate(problem, {name: written}), name) == word


@pytest.mark.parametrize("wrong", ["", "gibberish", 5, True, ["A325"]], ids=repr)
@pytest.mark.parametrize(("problem", "name", "words"), WORDS)
def test_an_unknown_word_is_refused_with_the_known_ones(problem: str, name: str, words: list[str], wrong: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        validate(problem, {name: wrong})
    (error,) = caught.value.errors()
    assert error["loc"] == (name,)
    assert all(repr(word) in error["msg"] for word in words)


def test_numbers_and_words_were_found() -> None:
    assert (len(NUMBERS), len(WORDS)) == (25, 22)


@pytest.mark.parametrize(
    ("problem", "change", "read"),
    [
        ("connection_designer", {"bolt_grade": "ASTM F3125 Grade A325"}, "A325"),
        ("connection_designer", {"ply_grade": "ASTM A572 Gr. 50"}, "A572-50"),
        ("section_optimizer", {"steel_grade": "a572 gr50"}, "A572-50"),
        ("section_optimizer", {"member_type": "Beam-Column"}, "beam_column"),
        ("risk_analyzer", {"delivery_method": "Integrated Project Delivery"}, "integrated_project_delivery"),
    ],
)
def test_words_as_engineers_write_them(problem: str, change: dict[str, str], read: str) -> None:
    assert getattr(validate(problem, change), next(iter(change))) == read


def test_codes_and_places_are_those_of_the_checks() -> None:
    properties = REQUESTS["compliance_checker"].model_json_schema()["properties"]
    assert properties["design_code"]["enum"] == list(DESIGN_CODES)
    assert properties["jurisdiction"]["enum"] == list(JURISDICTIONS)


@pytest.mark.parametrize("problem", PROBLEM_NAMES)
def test_no_rule_is_laid_on_the_body_as_a_whole(problem: str) -> None:
    """A rule between fields is a validator of one of them, so that its error is found there."""
    assert not REQUESTS[problem].__pydantic_decorators__.model_validators
    assert not REQUESTS[problem].__pydantic_decorators__.root_validators


def test_an_unbraced_length_beyond_the_span_is_an_error_of_the_unbraced_length() -> None:
    assert locations("section_optimizer", {"unbraced_length_ft": 100}) == {("unbraced_length_ft",)}
    assert locations("section_optimizer", {"unbraced_length_ft": 100, "span_feet": -1}) == {("span_feet",)}
    assert validate("section_optimizer", {"unbraced_length_ft": 40}).unbraced_length_ft == 40


@pytest.mark.parametrize("problem", PROBLEM_NAMES)
def test_what_was_left_out_is_known(problem: str) -> None:
    request = validate(problem, {})
    optional = [name for name, field in REQUESTS[problem].model_fields.items() if not field.is_required()]
    assert list(request.left_out()) == [name for name in optional if name not in example(problem)]


def test_null_is_left_out_and_a_default_that_was_given_is_not() -> None:
    request = validate("connection_designer", {"spacing_in": None, "thread_condition": "X"})
    assert "spacing_in" in request.left_out()
    assert "thread_condition" not in request.left_out()
    assert request.assumptions({"spacing_in": 3.0, "thread_condition": "X"}) == ["spacing_in = 3"]


BASE = "serving.schemas.base.RequestModel"


def schemas_of_the_interface() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield name and JSON schema of every request and answer, and of each object that they hold."""
    import serving.schemas as package

    for module in iter_modules(package.__path__, "serving.schemas."):
        for name, kind in vars(import_module(module.name)).items():
            if isinstance(kind, type) and issubclass(kind, BaseModel) and kind.__module__ == module.name:
                for mode in ("validation", "serialization"):
                    schema = kind.model_json_schema(mode=mode)
                    yield f"{module.name}.{name}", schema
                    yield from ((f"{module.name}.{name}/{part}", own) for part, own in schema.get("$defs", {}).items())


def test_requests_and_answers_have_the_fields_that_are_described_and_no_others() -> None:
    found = list(schemas_of_the_interface())
    closed = {name for name, schema in found if schema.get("additionalProperties") is False}
    objects = {name for name, schema in found if schema.get("type") == "object" and name != BASE}
    assert objects - closed == set()
    assert {
        f"serving.schemas.{problem}.{part}" for problem in PROBLEM_NAMES for part in ("Request", "Response")
    } <= closed


@pytest.mark.parametrize("problem", PROBLEM_NAMES)
def test_an_unknown_field_is_refused_by_its_name(problem: str) -> None:
    assert locations(problem, {"colour": "red"}) == {("colour",)}
