"""Traces: off they cost nothing, on they reach a collector, and a collector that fails is nobody's error."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from configs.telemetry_settings import TelemetrySettings
from serving.telemetry.tracing import NoTracing, OtlpTracing, Tracing, caller_trace_id, start_tracing

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE}-{SPAN}-01"


class Collector(ThreadingHTTPServer):
    """An OTLP/HTTP collector that keeps the spans it is sent."""

    daemon_threads = True

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.spans: list[Any] = []
        self.services: set[str] = set()
        self.paths: set[str] = set()
        super().__init__(("127.0.0.1", 0), _Handler)
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def take(self, body: bytes) -> None:
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

        for group in ExportTraceServiceRequest.FromString(body).resource_spans:
            named = {item.key: item.value.string_value for item in group.resource.attributes}
            self.services.add(named["service.name"])
            self.spans += [span for scope in group.scope_spans for span in scope.spans]


class _Handler(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        import gzip

        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.paths.add(self.path)
        self.server.take(gzip.decompress(body) if self.headers.get("content-encoding") == "gzip" else body)
        self.send_response(self.server.status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[Collector]:
    started = Collector()
    yield started
    started.shutdown()
    started.server_close()


def tracing_to(url: str, **settings: Any) -> Tracing:
    return start_tracing(
        TelemetrySettings(**{"otlp_endpoint": url, "trace_sample_ratio": 1.0, **settings}), "design", {}
    )


def test_a_request_and_its_steps_reach_the_collector_below_the_callers_span(collector: Collector) -> None:
    tracing = tracing_to(collector.url)
    with tracing.request("POST", {"traceparent": TRACEPARENT, "tracestate": "vendor=1"}) as request:
        assert request.trace_id == TRACE
        with tracing.span("predict", "risk_analyzer"):
            inside = tracing.outgoing()
        request.answered("/api/v1/analyze/risk", 200)
    tracing.stop()
    server, predict = (
        next(span for span in collector.spans if span.name == name) for name in ("POST /api/v1/analyze/risk", "predict")
    )
    assert {span.trace_id.hex() for span in collector.spans} == {TRACE}
    assert server.parent_span_id.hex() == SPAN
    assert predict.parent_span_id == server.span_id
    assert inside == {"traceparent": f"00-{TRACE}-{predict.span_id.hex()}-01", "tracestate": "vendor=1"}
    attributes = {item.key: item.value for item in server.attributes}
    assert attributes["http.response.status_code"].int_value == 200
    assert attributes["http.route"].string_value == "/api/v1/analyze/risk"
    assert {item.key: item.value.string_value for item in predict.attributes} == {"sdai.model": "risk_analyzer"}
    assert collector.services == {"design"}
    assert collector.paths == {"/v1/traces"}


def test_the_standard_variable_turns_tracing_on(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)  # the exporter reads it itself
    tracing = start_tracing(TelemetrySettings(trace_sample_ratio=1.0), "design", environment)
    with tracing.request("GET", {}) as request:
        request.answered("/api/v1/health", 200)
    tracing.stop()
    assert [span.name for span in collector.spans] == ["GET /api/v1/health"]
    assert collector.paths == {"/v1/traces"}


def test_a_server_error_marks_the_span_and_no_text_of_an_exception_gets_into_it(collector: Collector) -> None:
    tracing = tracing_to(collector.url)

    def fail() -> None:
        with tracing.request("POST", {}) as request:
            request.answered("/a", 500)
            with tracing.span("predict"):
                raise KeyError("s3cret")

    with pytest.raises(KeyError):
        fail()
    tracing.stop()
    assert all(b"s3cret" not in span.SerializeToString() for span in collector.spans)
    assert {span.name: span.status.code for span in collector.spans} == {"POST /a": 2, "predict": 0}


@pytest.mark.parametrize(
    "header",
    [
        "",
        "x" * 100_000,
        "00-" + "0" * 32 + f"-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        TRACEPARENT.upper(),
        "00-\x00-\n-01",
    ],
    ids=["empty", "long", "zero trace", "zero span", "capitals", "controls"],
)
def test_a_malformed_header_begins_a_new_trace(collector: Collector, header: str) -> None:
    tracing = tracing_to(collector.url)
    with tracing.request("POST", {"traceparent": header, "tracestate": "=\x00" * 1_000}) as request:
        assert request.trace_id not in ("", TRACE)
        request.answered("/a", 200)
    tracing.stop()
    assert collector.spans[0].parent_span_id == b""


def test_the_callers_decision_is_followed_or_not_as_set(collector: Collector) -> None:
    for follow, sent in ((True, 1), (False, 1)):
        tracing = tracing_to(collector.url, trace_sample_ratio=0.0, trace_follow_caller=follow)
        with tracing.request("POST", {"traceparent": TRACEPARENT}) as request, tracing.span("predict"):
            assert request.trace_id == TRACE  # for the log lines, sampled or not
        tracing.stop()
        assert len([span for span in collector.spans if span.name == "POST"]) == sent


def test_a_request_left_out_by_the_sampler_sends_nothing_and_still_passes_its_trace_on(collector: Collector) -> None:
    tracing = tracing_to(collector.url, trace_sample_ratio=0.0)
    with tracing.request("POST", {}) as request, tracing.span("predict"):
        assert tracing.outgoing()["traceparent"].startswith(f"00-{request.trace_id}-")
        assert not int(tracing.outgoing()["traceparent"][-2:], 16) & 1  # the flag "sampled"
    tracing.stop()
    assert collector.spans == []


def test_a_made_up_method_is_no_span_name(collector: Collector) -> None:
    tracing = tracing_to(collector.url)
    with tracing.request("B" * 1_000, {}) as request:
        request.answered("other", 405)
    tracing.stop()
    assert [span.name for span in collector.spans] == ["other other"]


def test_a_collector_that_is_gone_costs_a_request_nothing_and_stopping_little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serving.telemetry.tracing.STOP_TIMEOUT_S", 0.3)
    tracing = tracing_to("http://127.0.0.1:9")
    begun = time.monotonic()
    for _ in range(3_000):  # more than the queue holds
        with tracing.request("POST", {}) as request, tracing.span("predict"):
            request.answered("/a", 200)
    assert time.monotonic() - begun < 3
    begun = time.monotonic()
    tracing.stop()
    assert time.monotonic() - begun < 2


def test_a_step_outside_of_a_request_makes_no_trace(collector: Collector) -> None:
    tracing = tracing_to(collector.url)
    with tracing.span("predict"):
        pass
    tracing.stop()
    assert collector.spans == []


def test_off_is_the_default_and_knows_the_callers_trace() -> None:
    tracing = start_tracing(TelemetrySettings(), "design", {})
    assert isinstance(tracing, NoTracing)
    with tracing.request("POST", {"traceparent": TRACEPARENT}) as request, tracing.span("predict"):
        assert request.trace_id == TRACE
        request.answered("/a", 200)
    with tracing.request("POST", {}) as request:
        assert request.trace_id == ""
    assert tracing.outgoing() == {}
    tracing.stop()


def test_the_global_provider_is_left_to_the_framework(collector: Collector) -> None:
    from opentelemetry import trace

    before = trace.get_tracer_provider()
    tracing = tracing_to(collector.url)
    assert trace.get_tracer_provider() is before
    assert isinstance(tracing, OtlpTracing)
    tracing.stop()


def test_off_a_span_costs_less_than_a_microsecond() -> None:
    tracing = NoTracing()
    best = 1.0
    for _ in range(5):
        begun = time.perf_counter()
        for _ in range(5_000):
            with tracing.span("predict", "risk_analyzer"):
                pass
        best = min(best, (time.perf_counter() - begun) / 5_000)
    assert best < 1e-6


@pytest.mark.parametrize(
    ("header", "trace_id"),
    [
        (TRACEPARENT, TRACE),
        (f"cc-{TRACE}-{SPAN}-01-later", TRACE),
        (TRACEPARENT[:-1], ""),
        ("00-" + "0" * 32 + f"-{SPAN}-01", ""),
        ("a" * 10**6, ""),
    ],
    ids=["usual", "later version", "short", "zero", "long"],
)
def test_the_callers_trace_id(header: str, trace_id: str) -> None:
    assert caller_trace_id(header) == trace_id
