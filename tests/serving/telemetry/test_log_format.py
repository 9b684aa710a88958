"""A log line's shape, bounds, and what never gets into it."""

import json
import logging
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.telemetry.log_format import AccessEntry, LineFormatter, cut, timestamp

JSON, PLAIN = LineFormatter("design", plain=False), LineFormatter("design", plain=True)
FIXED = ["timestamp", "service", "level", "request_id", "model", "latency_ms", "accuracy", "user_id", "cost_usd"]
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"
HOSTILE = "a\nb\r\x1b[31mred\x00\x7f\x9b31m\u2028end\u202egnp\ud800"


def entry(**changes: Any) -> AccessEntry:
    known = {"ended_s": 1_792_000_000.4567, "route": "/a", "method": "POST", "status": 200, "latency_ms": 3.25}
    return AccessEntry(**{**known, "request_id": "r-1", **changes})


def record(message: object = "said", *args: object, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("sdai.serving", logging.WARNING, __file__, 1, message, args, None)
    made.__dict__.update(extra)
    return made


def test_a_requests_line_has_exactly_the_fields_of_the_design_and_then_what_is_known() -> None:
    full = entry(
        model="risk_analyzer",
        version="1-a",
        arm="champion",
        user_id="u",
        cost_usd=1.25e-8,
        accuracy=0.99,
        trace_id="f" * 32,
    )
    line = json.loads(JSON.format_entry(full))
    assert list(line) == [*FIXED, "method", "route", "status", "version", "arm", "trace_id", "message"]
    assert line == {
        "timestamp": "2026-10-14T17:46:40.456Z",
        "service": "design",
        "level": "INFO",
        "request_id": "r-1",
        "model": "risk_analyzer",
        "latency_ms": 3.25,
        "accuracy": 0.99,
        "user_id": "u",
        "cost_usd": 1.25e-8,
        "method": "POST",
        "route": "/a",
        "status": 200,
        "version": "1-a",
        "arm": "champion",
        "trace_id": "f" * 32,
        "message": "request",
    }


def test_the_fixed_fields_are_there_and_null_when_they_mean_nothing() -> None:
    line = json.loads(JSON.format_entry(entry(status=503)))
    assert list(line) == [*FIXED, "method", "route", "status", "message"]
    assert (line["model"], line["accuracy"], line["level"]) == (None, None, "ERROR")


def test_a_logging_call_has_the_same_shape() -> None:
    line = json.loads(JSON.format(record("%d of %s", 3, "five", model="risk_analyzer", request_id="r", latency_ms=1)))
    assert list(line) == [*FIXED, "message", "logger"]
    assert (line["level"], line["message"], line["model"], line["latency_ms"]) == (
        "WARNING",
        "3 of five",
        "risk_analyzer",
        1,
    )


def test_an_error_carries_the_end_of_its_trace() -> None:
    try:
        raise KeyError("x" * 1_000_000 + " the end")
    except KeyError:
        made = logging.LogRecord("sdai", logging.ERROR, __file__, 1, "failed", (), sys.exc_info())
    line = json.loads(JSON.format(made))
    assert line["exception"].endswith("the end'\n")
    assert len(line["exception"]) <= 6_000


@pytest.mark.parametrize("formatter", [JSON, PLAIN], ids=["json", "plain"])
def test_a_hostile_text_makes_one_printable_line(formatter: LineFormatter) -> None:
    for line in (
        formatter.format(record(HOSTILE, user_id=HOSTILE)),
        formatter.format_entry(entry(user_id=HOSTILE, message=HOSTILE, trace_id=HOSTILE)),
    ):
        assert len(line.splitlines()) == 1
        assert line.isprintable()
        line.encode()


@given(st.text(), st.text())
def test_no_text_makes_a_second_line(message: str, user_id: str) -> None:
    for formatter in (JSON, PLAIN):
        assert len(formatter.format_entry(entry(message=message, user_id=user_id)).splitlines()) == 1


@pytest.mark.parametrize("formatter", [JSON, PLAIN], ids=["json", "plain"])
def test_a_megabyte_becomes_a_short_line(formatter: LineFormatter) -> None:
    huge = "\x1b" * 1_000_000
    line = formatter.format(record(huge, user_id=huge, request_id=huge))
    assert len(line) < 25_000  # each control character is written as six
    assert "more characters" in line


def test_an_error_in_plain_form_is_marked_line_by_line() -> None:
    try:
        raise ValueError("first\n2026-01-01T00:00:00.000Z ERROR forged\x1b[31m")
    except ValueError:
        made = logging.LogRecord("sdai", logging.ERROR, __file__, 1, "failed", (), sys.exc_info())
    first, *rest = PLAIN.format(made).split("\n")
    assert first.endswith("ERROR   failed")
    assert rest
    assert all(line.startswith("    | ") and line.isprintable() for line in rest)


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {TOKEN}",
        f"authorization: bearer {TOKEN}",
        f"token {TOKEN}",
        f"request id {TOKEN}",
        "Basic c2VjcmV0OnNlY3JldA== was sent",
        "cannot reach postgresql+psycopg2://sdai:c2lnbmF0dXJl@db/x",
        "dsn host=db password=c2lnbmF0dXJl user=x",
    ],
)
def test_secrets_are_masked_in_messages_and_fields(text: str) -> None:
    for line in (JSON.format(record(text, user_id=text)), JSON.format_entry(entry(message=text, user_id=text))):
        assert "c2lnbmF0dXJl" not in line
        assert "c2VjcmV0OnNlY3JldA" not in line
        assert "[masked]" in line


def test_a_token_cut_in_two_is_masked_all_the_same() -> None:
    assert "eyJhbGciOi" not in cut("x " * 10 + TOKEN, 40)


def test_only_known_extras_are_written() -> None:
    line = JSON.format(record("said", headers={"authorization": "sesame"}, body="b0dy", password="sesame"))
    assert "sesame" not in line
    assert "b0dy" not in line


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 10**5_000, -(2**70)], ids=["nan", "inf", "huge", "long"])
def test_a_number_that_json_or_its_readers_cannot_take_is_null(value: float) -> None:
    assert json.loads(JSON.format(record("said", latency_ms=value)))["latency_ms"] is None


def test_a_call_with_wrong_arguments_still_gives_its_line() -> None:
    assert json.loads(JSON.format(record("%d %d", "x")))["message"] == "%d %d (arguments do not fit)"


def test_time_is_utc_with_milliseconds() -> None:
    assert timestamp(0.0) == "1970-01-01T00:00:00.000Z"
    assert timestamp(1_792_000_000.9999) == "2026-10-14T17:46:40.999Z"


def test_a_plain_line_reads_well() -> None:
    line = PLAIN.format_entry(entry(model="risk_analyzer", cost_usd=None))
    assert line == (
        "2026-10-14T17:46:40.456Z INFO    request request_id=r-1 model=risk_analyzer latency_ms=3.25"
        " method=POST route=/a status=200"
    )
