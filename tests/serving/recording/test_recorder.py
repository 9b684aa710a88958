import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from configs.recording_settings import RecordingSettings, WhenFull
from serving.recording import FeedbackRecord, JournalError, Outcome, Recorder, RecorderState
from serving.recording.journal import JournalWriter, Segment, list_segments
from tests.serving.recording.samples import NOW, ListSink, line_of, prediction, wait_until

QUICK = {"flush_interval_s": 0.01, "retry_max_s": 0.02, "adopt_interval_s": 0.02}
Make = Callable[..., Recorder]


@pytest.fixture
def sink() -> ListSink:
    return ListSink()


@pytest.fixture
def make(folder: Path, sink: ListSink) -> Iterator[Make]:
    made: list[Recorder] = []

    def _make(own_sink: ListSink = sink, **changes: Any) -> Recorder:
        made.append(Recorder(RecordingSettings(**QUICK | changes), folder, own_sink, now=lambda: NOW))
        return made[-1]

    yield _make
    for recorder in made:
        recorder.close(0)


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_records_arrive_and_leave_no_files(make: Make, sink: ListSink, folder: Path) -> None:
    recorder = make()
    assert recorder.record(prediction("p1")) is Outcome.KEPT
    assert recorder.record_all([prediction("p2"), prediction("p3")]) is Outcome.KEPT
    assert recorder.record_all([]) is Outcome.KEPT
    assert recorder.record_feedback(FeedbackRecord("f1", "p1", "client", 1, "", NOW)) is Outcome.KEPT
    assert recorder.close(10)
    assert sink.rows.keys() == {"p1", "p2", "p3", "f1"}
    status = recorder.status()
    assert (status.kept, status.stored, status.backlog_bytes, status.state) == (4, 4, 0, RecorderState.CLOSED)
    assert files(folder) == set()


def test_records_arrive_while_it_runs_in_batches_of_the_size_set(make: Make, sink: ListSink) -> None:
    recorder = make(batch_rows=10)
    recorder.record_all([prediction(f"p{number}") for number in range(35)])
    wait_until(lambda: len(sink.rows) == 35)
    assert max(map(len, sink.batches)) == 10
    assert sum(map(len, sink.batches)) == 35


def test_a_sink_that_is_away_costs_no_request_and_gets_everything_once(make: Make, sink: ListSink) -> None:
    recorder = make()
    sink.away = True
    assert {recorder.record(prediction(f"p{number}")) for number in range(50)} == {Outcome.KEPT}
    wait_until(lambda: recorder.status().state is RecorderState.STORE_AWAY)
    assert recorder.status().last_error == "away"
    sink.away = False
    wait_until(lambda: recorder.status().state is RecorderState.OK)
    assert recorder.close(10)
    assert sorted(chain.from_iterable(sink.batches)) == sorted(f"p{number}" for number in range(50))


@pytest.mark.parametrize(("policy", "outcome"), [(WhenFull.REFUSE, Outcome.REFUSED), (WhenFull.DROP, Outcome.DROPPED)])
def test_a_full_journal_says_what_the_service_may_do(
    make: Make, sink: ListSink, policy: WhenFull, outcome: Outcome
) -> None:
    sink.away = True
    recorder = make(journal_max_bytes=10_000, when_full=policy)
    outcomes = [recorder.record(prediction(f"p{number}")) for number in range(100)]
    kept = outcomes.index(outcome)
    assert set(outcomes[kept:]) == {outcome}
    assert outcome.may_acknowledge is (policy is WhenFull.DROP)
    status = recorder.status()
    assert (status.kept, status.dropped + status.refused) == (kept, 100 - kept)
    assert status.state is RecorderState.DEGRADED
    assert recorder.record_feedback(FeedbackRecord("f1", "p1", "c", 1, "x" * 1_000, NOW)) is Outcome.REFUSED
    sink.away = False
    wait_until(lambda: recorder.status().backlog_bytes == 0)
    assert recorder.record(prediction("later")) is Outcome.KEPT
    assert recorder.status().state is RecorderState.OK
    assert recorder.close(10)
    assert len(sink.rows) == kept + 1


def test_a_journal_that_cannot_be_written_refuses_and_recovers(
    make: Make, sink: ListSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = make(when_full=WhenFull.DROP)

    def full(*args: Any, **kwargs: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(JournalWriter, "append", full)
        assert recorder.record(prediction("p1")) is Outcome.REFUSED
        assert recorder.status().state is RecorderState.DEGRADED
        assert "No space left" in str(recorder.status().last_error)
    assert recorder.record(prediction("p2")) is Outcome.KEPT
    assert recorder.close(10)
    assert sink.rows.keys() == {"p2"}


def test_journals_deleted_under_it_are_noticed(make: Make, folder: Path) -> None:
    recorder = make()
    subprocess.run(["rm", "-r", folder], check=True)
    wait_until(lambda: recorder.record(prediction()) is Outcome.REFUSED)
    assert "restart the service" in str(recorder.status().last_error)


def test_a_line_no_sink_takes_is_put_aside_with_its_reason(make: Make, sink: ListSink, folder: Path) -> None:
    sink.refuses = {"p2"}
    recorder = make()
    recorder.record_all([prediction("p1"), prediction("p2"), prediction(input=b"{"), prediction("p4")])
    assert recorder.close(10)
    assert sink.rows.keys() == {"p1", "p4"}
    assert files(folder) == {"rejected.jsonl"}
    unreadable, unwanted = map(json.loads, (folder / "rejected.jsonl").read_text().splitlines())
    assert (unwanted["reason"], unwanted["line"]) == ("not wanted", line_of(prediction("p2")).decode())
    assert "holds no record" in unreadable["reason"]
    assert (recorder.status().rejected, recorder.status().stored) == (2, 2)


def test_a_kill_between_storing_and_noting_replays_without_doubles(
    make: Make, sink: ListSink, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = make()
    noted = Segment.write_offset
    failures = iter([True, True])

    def killed_twice(segment: Segment, offset: int) -> None:
        if offset and next(failures, False):
            raise OSError("killed")
        noted(segment, offset)

    monkeypatch.setattr(Segment, "write_offset", killed_twice)
    recorder.record_all([prediction("p1"), prediction("p2")])
    assert recorder.close(10)
    assert sink.batches == [["p1", "p2"]] * 3
    assert sink.rows.keys() == {"p1", "p2"}
    assert files(folder) == set()


def test_what_a_dead_process_left_is_adopted_and_its_torn_end_counted(make: Make, sink: ListSink, folder: Path) -> None:
    dead = JournalWriter(folder, 1_000)
    for number in range(20):
        dead.append(line_of(prediction(f"p{number}")) + b"\n")
    dead.append(line_of(prediction("torn"))[:-5])
    dead.close()
    dead.release()
    recorder = make(batch_rows=3)
    assert recorder.record(prediction("own")) is Outcome.KEPT
    wait_until(lambda: len(sink.rows) == 21 and recorder.status().adopted_writers == 1)
    assert recorder.status().torn == 1
    assert recorder.close(10)
    assert files(folder) == set()


def test_two_recorders_share_a_folder(make: Make, folder: Path) -> None:
    sinks = ListSink(), ListSink()
    first, second = make(sinks[0], segment_bytes=1_000), make(sinks[1], segment_bytes=1_000)
    for number in range(50):
        first.record(prediction(f"a{number}"))
        second.record(prediction(f"b{number}"))
    assert first.close(10)
    assert second.close(10)
    assert sinks[0].rows.keys() == {f"a{number}" for number in range(50)}
    assert sinks[1].rows.keys() == {f"b{number}" for number in range(50)}
    assert files(folder) == set()


def test_a_close_that_runs_out_of_time_leaves_the_rest_to_the_next(make: Make, sink: ListSink, folder: Path) -> None:
    sink.away = True
    recorder = make()
    recorder.record(prediction("p1"))
    assert not recorder.close(0.05)
    assert recorder.record(prediction("p2")) is Outcome.REFUSED
    wait_until(lambda: not recorder._thread.is_alive())
    assert len(list_segments(folder)) == 1
    sink.away = False
    make()
    wait_until(lambda: sink.rows.keys() == {"p1"})


def test_records_made_while_it_closes_are_stored_or_refused(make: Make, sink: ListSink) -> None:
    recorder = make()
    kept: list[str] = []

    def record() -> None:
        number = 0
        while recorder.record(prediction(f"p{number}")) is Outcome.KEPT:
            kept.append(f"p{number}")
            number += 1

    thread = threading.Thread(target=record)
    thread.start()
    wait_until(lambda: len(kept) > 20)
    assert recorder.close(10)
    thread.join()
    assert sink.rows.keys() == set(kept)


def test_an_unforeseen_error_of_the_thread_does_not_end_it(make: Make, sink: ListSink, monkeypatch: Any) -> None:
    recorder = make()
    with monkeypatch.context() as patch:
        patch.setattr(sink, "store", lambda entries: 1 / 0)
        recorder.record(prediction("p1"))
        wait_until(lambda: "division" in str(recorder.status().last_error))
    assert recorder.close(10)
    assert sink.rows.keys() == {"p1"}


def test_a_folder_that_cannot_be_written_stops_the_start(tmp_path: Path, sink: ListSink) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError):
        Recorder(RecordingSettings(), tmp_path / "file" / "journal", sink)
