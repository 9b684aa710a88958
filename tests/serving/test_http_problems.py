"""Translation of framework errors into RFC 9457 problems."""

import json

from serving.http_problems import Problem, from_framework


def test_a_validation_error_becomes_a_422_that_names_the_field_path():
    body = json.dumps(
        {"error": "1 validation error", "detail": [{"type": "missing", "loc": ["span_feet"], "msg": "Field required"}]}
    ).encode()

    problem = from_framework(400, body)

    assert problem.status == 422
    assert problem.fields == (("span_feet", "Field required"),)


def test_an_internal_error_says_nothing_of_its_cause():
    problem = from_framework(500, b'{"error": "Traceback: /srv/app/secret.py"}')

    assert problem.status == 500
    assert "secret" not in json.dumps(problem.body("id", "/api/v1/x"))


def test_a_problem_body_has_the_members_of_rfc_9457_and_the_request_id():
    body = Problem(404, "no such model", (("model_ifc", "not found"),)).body("abc", "/api/v1/detect/clashes")

    assert body["status"] == 404
    assert body["title"] == "Not Found"
    assert body["instance"] == "/api/v1/detect/clashes"
    assert body["request_id"] == "abc"
    assert body["errors"] == [{"field": "model_ifc", "message": "not found"}]


def test_a_problem_says_in_its_body_too_when_to_come_back():
    assert Problem(503, "busy", retry_after_s=0).body("abc", "/x")["retry_after_s"] == 0
    assert "retry_after_s" not in Problem(404, "none").body("abc", "/x")


def test_a_body_that_is_not_json_does_not_break_the_translation():
    assert from_framework(400, b"\xff\xfe").status == 400
