"""Label values stay few, whatever is asked."""

from hypothesis import given
from hypothesis import strategies as st

from serving.telemetry.labels import OTHER, BoundedNames, RouteTable, method_label, status_class

ROUTES = RouteTable({"/api/v1/design/section": "section_optimizer", "/api/v1/jobs/{job_id}/result.json": "clash"})


def test_a_path_becomes_its_template_and_model() -> None:
    assert ROUTES.template("/api/v1/design/section") == "/api/v1/design/section"
    assert ROUTES.template("/api/v1/jobs/41-x/result.json") == "/api/v1/jobs/{job_id}/result.json"
    assert ROUTES.model("/api/v1/jobs/{job_id}/result.json") == "clash"


def test_what_is_no_route_is_other() -> None:
    for path in ("", "/", "/api/v1/jobs//result.json", "/api/v1/jobs/a/b/result.json", "/api/v1/jobs/a/resultxjson"):
        assert ROUTES.template(path) == OTHER
    assert ROUTES.model(OTHER) == ""


@given(st.lists(st.text(max_size=80), max_size=50))
def test_names_are_never_more_than_the_limit(names: list[str]) -> None:
    bounded = BoundedNames(3, ("champion",))
    assert len({bounded(name) for name in names} - {"champion", "", OTHER}) <= 3


def test_the_first_names_stay_and_later_ones_are_other() -> None:
    bounded = BoundedNames(2, ("champion",))
    assert [bounded(name) for name in ("a", "b", "c", "a", "champion")] == ["a", "b", OTHER, "a", "champion"]


def test_a_malformed_name_takes_no_room() -> None:
    bounded = BoundedNames(1)
    assert [bounded(name) for name in ("a\nb", "x" * 65, '"}', "fine")] == [OTHER, OTHER, OTHER, "fine"]


@given(st.integers(-1_000, 1_000))
def test_statuses_fall_into_six_classes(status: int) -> None:
    assert status_class(status) in {"1xx", "2xx", "3xx", "4xx", "5xx", OTHER}


def test_a_made_up_method_is_other() -> None:
    assert (method_label("POST"), method_label("BREW"), method_label("post")) == ("POST", OTHER, OTHER)
