import json
import math
import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from serving.recording import DatabaseSink, FeedbackRecord, new_prediction_id
from serving.recording.records import LineError, decode_line, encode_prediction
from serving.store.feedback import find_feedback
from serving.store.predictions import PREDICTIONS, StoredPrediction, find_prediction
from tests.serving.recording.samples import NOW, line_of, prediction

ANY_TEXT = st.text(st.characters(codec=None, categories=None), max_size=20)
"""With U+0000, line ends, tabs and lone surrogates."""
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=8,
)


def test_a_record_comes_back_as_it_was() -> None:
    row = decode_line(line_of(prediction(item_index=3))).row
    assert row.pop("input") == '{"span_feet":40}'
    assert json.loads(row.pop("output")) == {"recommended_section": "W27×194"}
    expected = prediction(item_index=3)._asdict()
    assert row == {name: expected[name] for name in row}
    assert row.keys() | {"input", "output", "model_id"} == set(PREDICTIONS.c.keys())


@given(ANY_TEXT, ANY_TEXT, ANY_JSON, ANY_JSON)
@example("", "", {"\ud800": 1}, None)
def test_whatever_is_recorded_is_one_line_that_reads_back(client: str, arm: str, question: Any, answer: Any) -> None:
    line = encode_prediction(
        prediction(client_id=client, arm=arm, input=question, output=answer),
        store_inputs=True,
        max_payload_bytes=100_000,
    )
    assert line.count(b"\n") == 1
    row = decode_line(line[:-1]).row
    for payload in (row["input"], row["output"]):
        assert payload is None or "\0" not in json.dumps(json.loads(payload, parse_constant=_fail), ensure_ascii=False)
    assert "\0" not in row["client_id"] + row["arm"]
    (row["client_id"] + row["arm"]).encode()


def _fail(constant: str) -> Any:
    raise AssertionError(f"{constant} is no JSON")


@given(st.lists(st.tuples(ANY_TEXT, ANY_JSON), min_size=1, max_size=4))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_record_is_refused_by_a_database(engine: Engine, contents: Sequence[tuple[str, Any]]) -> None:
    entries = [
        decode_line(line_of(prediction(new_prediction_id(NOW), request_id=text, input=value, output=value)))
        for text, value in contents
    ]
    sink = DatabaseSink("", lambda _url: engine)
    assert sink.store(entries) == []
    for entry in entries:
        found = find_prediction(engine, entry.row["id"])
        assert found is not None
        assert found.input == (None if entry.row["input"] is None else json.loads(entry.row["input"]))
        assert found.request_id == entry.row["request_id"]


def test_both_databases_return_what_was_recorded(engine: Engine) -> None:
    record = prediction(input=None, arm=None, confidence=math.nan, output=[1, None, "\0"])
    DatabaseSink("", lambda _url: engine).store([decode_line(line_of(record))])
    assert find_prediction(engine, "p1") == StoredPrediction(
        **record._replace(confidence=None, output=[1, None, "\ufffd"], status="answered")._asdict(), model_id=None
    )


def test_text_that_is_json_goes_in_as_it_is_and_cannot_forge_a_record() -> None:
    forged = line_of(prediction("forged"))
    body = b'{\r\n\t"span_feet": 40,\n"note": "x"}\t{"id":"other"}\n' + forged
    line = line_of(prediction(input=body))
    assert b"\n" not in line
    with pytest.raises(LineError):
        decode_line(line)
    pretty = decode_line(line_of(prediction(input=b'{\r\n\t"span_feet": 40\n}'))).row
    assert pretty["input"] == '{"span_feet":40}'


def test_a_body_with_infinity_is_kept_with_null() -> None:
    row = decode_line(line_of(prediction(input=b'{"a": 1e999, "b": NaN, "c": [-Infinity]}'))).row
    assert json.loads(row["input"]) == {"a": None, "b": None, "c": [None]}


def test_inputs_are_left_out_when_told_and_payloads_when_too_large() -> None:
    def row_of(**limits: Any) -> dict[str, Any]:
        return decode_line(encode_prediction(prediction(output={"text": "x" * 100}), **limits)[:-1]).row

    assert row_of(store_inputs=False, max_payload_bytes=1_000)["input"] is None
    small = row_of(store_inputs=True, max_payload_bytes=50)
    assert (small["input"], small["output"]) == ('{"span_feet":40}', None)


def test_a_value_that_json_does_not_know_is_told_in_words() -> None:
    deep: list[Any] = []
    for _ in range(500):
        deep = [deep]
    row = decode_line(line_of(prediction(input={"x": object()}, output=deep))).row
    assert json.loads(row["input"])["x"].startswith("<object")
    assert row["output"] is not None


@pytest.mark.parametrize(
    "changes", [{"id": ""}, {"id": "x" * 161}, {"id": "a\0b"}, {"created_at": "yesterday"}, {"input": b"{not json"}]
)
def test_a_line_without_a_row_says_why(changes: dict[str, Any]) -> None:
    with pytest.raises(LineError, match="holds no record"):
        decode_line(line_of(prediction(**changes)))


def test_a_text_longer_than_its_column_is_cut() -> None:
    row = decode_line(line_of(prediction(client_id="c" * 1_000, model="m" * 100))).row
    assert (len(row["client_id"]), len(row["model"])) == (255, 64)


@given(st.data())
def test_no_damaged_line_is_taken_for_a_record(data: st.DataObject) -> None:
    line = bytearray(line_of(prediction()))
    place = data.draw(st.integers(0, len(line) - 1))
    line[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(LineError):
        decode_line(bytes(line))
    with pytest.raises(LineError):
        decode_line(bytes(line_of(prediction())[:place]))


@given(st.binary())
def test_noise_is_no_record(noise: bytes) -> None:
    with pytest.raises(LineError):
        decode_line(noise)


def test_ids_are_unique_and_sort_by_time() -> None:
    assert len({new_prediction_id(NOW) for _ in range(1_000)}) == 1_000
    ids = [new_prediction_id(NOW + timedelta(milliseconds=step)) for step in range(50)]
    assert ids == sorted(ids)
    assert {len(one) for one in ids} == {32}


def test_feedback_reaches_the_database_with_what_it_says(engine: Engine) -> None:
    sink = DatabaseSink("", lambda _url: engine)
    records = [
        FeedbackRecord("f1", "p1", "client", {"recommended_section": "W30×90"}, "too\0heavy", NOW),
        FeedbackRecord("f2", "p1", "client", None, "", NOW, model="section_optimizer", input={"a": 1}, predicted=[2]),
    ]
    assert sink.store([decode_line(line_of(record)) for record in records]) == []
    first, second = find_feedback(engine, "f1"), find_feedback(engine, "f2")
    assert first is not None
    assert second is not None
    assert (first.actual, first.comment) == ({"recommended_section": "W30×90"}, "too\ufffdheavy")
    assert (second.actual, second.model, second.input, second.predicted) == (None, "section_optimizer", {"a": 1}, [2])
    assert first.created_at == datetime.fromisoformat(NOW.isoformat())


def test_an_answer_goes_in_as_the_model_wrote_it_and_without_u0000() -> None:
    written = b'{"recommended_section": "W30\xc3\x9790", "ratio": 0.50}'
    assert decode_line(line_of(prediction(output=written))).row["output"] == written.decode()
    assert decode_line(line_of(prediction(output=b"null"))).row["output"] is None
    quoted = decode_line(line_of(prediction(output=b'{"note": "a\\u0000b"}'))).row["output"]
    assert json.loads(quoted) == {"note": "a\ufffdb"}


def test_a_line_of_an_older_release_is_read_and_written_anew() -> None:
    line = line_of(prediction(output=b'{"ratio": NaN}'))
    older = line[9:].replace(b',"sound_output":true', b"")
    assert older != line[9:]
    row = decode_line(b"%08x " % zlib.crc32(older) + older).row
    assert row["output"] == '{"ratio":null}'
