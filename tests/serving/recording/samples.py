"""Records, lines and sinks that the tests share."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from serving.recording import PredictionRecord
from serving.recording.records import Entry, encode_feedback, encode_prediction
from serving.recording.sink import Refusal, SinkAwayError

NOW = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
WAIT_S = 20.0


def prediction(id: str = "p1", **changes: Any) -> PredictionRecord:
    record = PredictionRecord(
        id=id,
        request_id="r1",
        model="section_optimizer",
        model_version="1-abc",
        client_id="client",
        input_hash="f" * 64,
        input={"span_feet": 40},
        output={"recommended_section": "W27×194"},
        confidence=0.97,
        execution_time_ms=1.25,
        created_at=NOW,
        arm="champion",
    )
    return record._replace(**changes)


def line_of(record: Any) -> bytes:
    """Return the journal line of a record, without its line end."""
    if isinstance(record, PredictionRecord):
        return encode_prediction(record, store_inputs=True, max_payload_bytes=100_000)[:-1]
    return encode_feedback(record)[:-1]


def wait_until(condition: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline_s, "waited in vain"
        time.sleep(0.005)


class ListSink:
    """A sink in memory: passes over known ids, is away when told so, refuses the ids named."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {}
        self.batches: list[list[str]] = []
        self.away = False
        self.refuses: set[str] = set()
        self.asked = 0

    def store(self, entries: Sequence[Entry]) -> list[Refusal]:
        self.asked += 1
        if self.away:
            raise SinkAwayError("away")
        self.batches.append([entry.row["id"] for entry in entries])
        good = [entry for entry in entries if entry.row["id"] not in self.refuses]
        self.rows = {entry.row["id"]: entry.row for entry in good} | self.rows
        return [Refusal(entry.line, "not wanted") for entry in entries if entry.row["id"] in self.refuses]

    def close(self) -> None:
        pass
