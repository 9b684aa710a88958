"""The load benchmarks: what is asked, how a latency counts, when a rate is held, what is told of the service."""

import http.server
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks.bench_answers import PROBLEMS
from benchmarks.load.driver import LoadResult, drive, read_results
from benchmarks.load.profiling import OTHER, parts_of, profile_table
from benchmarks.load.questions import Asked, mixed_requests
from benchmarks.load.service import cache_hit_ratio
from benchmarks.load.tables import COST_HEAD, HEAD, Cost, cost_row, in_words, is_held, load_row
from benchmarks.run_kills import recovery_s
from benchmarks.run_kills import row as kill_row
from benchmarks.run_load import next_rate
from serving.questions import PATHS
from tests.services import require_generator

RATE = 100.0


def result_of(statuses: list[int], latencies_ms: list[float | None] | None = None, **told: Any) -> LoadResult:
    count = len(statuses)
    return read_results(
        {
            "sent_ms": [10.0 * index for index in range(count)],
            "statuses": statuses,
            "latencies_ms": latencies_ms or [5.0] * count,
            "wall_ms": 10.0 * count,
            "began_unix_ms": 1_000.0,
            "cpu_s": 0.1,
            "errors": {},
            "without_retry_after": 0,
            "prediction_ids": None,
        }
        | told,
        RATE,
    )


def test_a_cold_mix_has_four_equal_parts_and_repeats_nothing() -> None:
    asked = mixed_requests(80, 0.0, 3)
    assert Counter(path for path, _ in asked) == {PATHS[problem]: 20 for problem in PROBLEMS}
    assert len(set(asked)) == 80
    assert asked == mixed_requests(80, 0.0, 3)
    assert not set(asked) & set(mixed_requests(80, 0.0, 4))


def test_a_repeated_question_was_asked_before() -> None:
    asked = mixed_requests(400, 0.9, 3)
    assert 0.85 < 1 - len(set(asked)) / 400 < 0.95


def test_errors_are_told_by_what_they_were() -> None:
    result = result_of([200, 422, 500, 503, 503, 0, 0], errors={"ECONNREFUSED": 1})
    assert (result.answered, result.recorded) == (2, 1)
    assert result.errors == {"500": 1, "503": 2, "ECONNREFUSED": 1, "no end": 1}
    assert in_words(result.errors) == "500: 1, 503: 2, ECONNREFUSED: 1, no end: 1"
    assert in_words({}) == "none"


def test_percentiles_leave_out_what_got_no_answer() -> None:
    result = result_of([200, 0, 200], [1.0, 900.0, 3.0], errors={"ECONNRESET": 1})
    assert result.percentile_ms(100) == 3.0
    assert result.percentile_ms(50) == 2.0


@pytest.mark.parametrize(
    ("change", "held"),
    [
        ({}, True),
        ({"statuses": [200] * 99 + [422]}, True),
        ({"statuses": [200] * 99 + [503]}, False),
        ({"wall_ms": 1_020.0}, False),
        ({"latencies_ms": [5.0] * 95 + [600.0] * 5}, False),
        ({"latencies_ms": [5.0] * 99 + [600.0]}, True),
    ],
)
def test_a_rate_is_held_in_time_and_without_errors(change: dict[str, Any], held: bool) -> None:
    assert is_held(result_of(**{"statuses": [200] * 100} | change)) is held


def test_a_search_narrows_down() -> None:
    assert next_rate(1_000, 0) == 1_250
    assert next_rate(0, 1_000) == 750
    assert next_rate(1_000, 1_250) == 1_120


def test_rows_fit_their_heads() -> None:
    cells = dict(zip(HEAD, load_row("cold", result_of([200] * 99 + [422]), 0.2), strict=True))
    assert (cells["asked/s"], cells["held/s"], cells["answered"], cells["refused (422)"]) == ("100", "100", "99", "1")
    assert (cells["server CPU/request"], cells["generator CPU/request"]) == ("2.00 ms", "1.00 ms")
    cost = Cost(4.2, (150.0, 160.0), (1.0, 2.0), None, 99, 98, 0.5)
    assert dict(zip(COST_HEAD, cost_row("cold", cost), strict=True))["rows stored"] == "98 of 99"


def test_the_hit_ratio_counts_what_was_looked_up_meanwhile() -> None:
    page = 'sdai_cache_lookups_total{{level="memory",model="a",result="{}"}} {}\n'
    before = page.format("hit", 10.0) + page.format("miss", 10.0)
    after = page.format("hit", 40.0) + page.format("miss", 20.0)
    redis = 'sdai_cache_lookups_total{level="redis",model="a",result="hit"} 9.0\n'
    assert cache_hit_ratio(after + redis, before) == 0.75
    assert cache_hit_ratio(before, before) is None


def test_samples_are_sorted_by_the_innermost_part() -> None:
    edge = "run (asyncio/a.py);edge (serving/edge/x.py)"
    model = f"{edge};get (serving/caching/a.py);answer (serving/predictors/risk.py);f (structural/a.py)"
    counts = parts_of([f"{model} 6\n", f"{edge} 3\n", "elsewhere (numpy/x.py) 1\n", "torn (a \x00²\n"])
    assert counts == {"model and proof: risk": 6, "edge": 3, OTHER: 1}
    assert "| edge | 30.0 % | 0.600 ms |" in profile_table(counts, 2.0)


def test_recovery_ends_with_the_last_failure_or_slow_answer() -> None:
    assert recovery_s(result_of([200] * 100), 0.2) == 0.0
    assert recovery_s(result_of([200] * 50 + [503] + [422] * 49), 0.2) == pytest.approx(0.305)
    slow = result_of([503] + [200] * 99, [5.0] * 60 + [700.0] + [5.0] * 39)
    assert recovery_s(slow, 0.2) == pytest.approx(0.6 + 0.7 - 0.2)
    assert recovery_s(result_of([503] + [200] * 99), 0.2) == 0.0


def test_a_503_that_does_not_say_when_to_come_back_is_another_error() -> None:
    cells = kill_row("x", result_of([200, 503, 503], without_retry_after=1), 0.0, {"a"}, {"a", "b"})
    assert cells[3:5] == ("1", "5xx without Retry-After: 1")
    assert cells[8:] == ("1 of 1", "2")


class _Stalling(http.server.BaseHTTPRequestHandler):
    """Answers at once, but to the tenth request after 0.4 s, and to no other one before that."""

    protocol_version = "HTTP/1.1"
    lock = threading.Lock()
    count = 0

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        with self.lock:
            type(self).count += 1
            if self.count == 10:
                time.sleep(0.4)
        status = 200 if json.loads(body)["index"] % 2 else 422
        self.send_response(status)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *told: Any) -> None:
        """Say nothing."""


class _Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128


@pytest.fixture
def stalling() -> Iterator[str]:
    _Stalling.count = 0
    server = _Server(("127.0.0.1", 0), _Stalling)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_generator_sends_on_while_the_server_stalls(stalling: str) -> None:
    require_generator()
    result = drive(stalling, [Asked("/", json.dumps({"index": index})) for index in range(60)], RATE, ["token"])
    assert result.errors == {}
    assert (result.answered, result.recorded) == (60, 30)
    # 40 requests should have left in the 0.4 s: they waited, the later the shorter.
    waited = sum(latency > 100 for latency in result.latencies_ms.tolist())
    assert 25 <= waited <= 45
    assert result.wall_s == pytest.approx(0.6, abs=0.3)
