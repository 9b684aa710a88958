"""Probing a service: what counts as serving, and that nothing about a model raises."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from flows import serveability
from flows.errors import FlowError
from flows.samples import ROUTES, varied
from flows.serveability import probe_candidates
from flows.service_process import ServiceClient

SECTION = {"member_type": "beam", "span_feet": 40, "tributary_load_psf": 150, "design_code": "AISC 360-22"}


class Handler(BaseHTTPRequestHandler):
    """Answers the section endpoint with 200, the risk endpoint with 503, and breaks off elsewhere."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen.append((self.path, body))  # type: ignore[attr-defined]
        if self.path == ROUTES["clash_detector"]:
            self.close_connection = True
            return
        status = 503 if self.path == ROUTES["risk_analyzer"] else 200
        content = json.dumps({"detail": "no version in service"}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    web = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    web.seen = []  # type: ignore[attr-defined]
    web.environment = {}  # type: ignore[attr-defined]
    threading.Thread(target=web.serve_forever, daemon=True).start()

    @contextmanager
    def running(environment: Mapping[str, str]) -> Iterator[ServiceClient]:
        listing = Path(environment["SDAI_SERVING_CANDIDATES"])
        web.environment = {**environment, "listing": json.loads(listing.read_text())}  # type: ignore[attr-defined]
        yield ServiceClient(web.server_address[1])

    monkeypatch.setattr(serveability, "running_service", running)
    monkeypatch.setattr(
        serveability, "sample_request", lambda problem: {**SECTION, "budget_usd": 5e6, "tolerance_mm": 50}
    )
    monkeypatch.setattr(serveability, "write_sample_models", lambda root: None)
    yield web
    web.shutdown()


def test_each_model_gets_its_own_evidence(server: Any) -> None:
    names = ("section_optimizer", "risk_analyzer", "clash_detector")
    probes = probe_candidates({name: (f"/{name}", name * 2) for name in names}, 25)
    listing = {name: {"folder": f"/{name}", "artifact_sha256": name * 2} for name in names}
    assert server.environment["listing"] == listing

    good = probes["section_optimizer"]
    assert (good["serveable"], good["requests"]) == (True, 25)
    assert 0 < good["p50_ms"] <= good["p95_ms"]
    refused = probes["risk_analyzer"]
    assert (refused["serveable"], refused["p95_ms"]) == (False, None)
    assert refused["problem"] == "answered 503: no version in service"
    assert not probes["clash_detector"]["serveable"]
    assert "got no answer" in probes["clash_detector"]["problem"]


def test_no_two_timed_requests_are_alike(server: Any) -> None:
    probe_candidates({"section_optimizer": ("/a", "ab")}, 25)
    bodies = [json.dumps(body) for _, body in server.seen]
    assert len(set(bodies)) == len(bodies) == 28


def test_too_few_timings_leave_the_latency_unmeasured(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serveability, "TIME_LIMIT_S", -1.0)
    probe = probe_candidates({"section_optimizer": ("/a", "ab")}, 200)["section_optimizer"]
    assert (probe["serveable"], probe["p95_ms"]) == (True, None)


def test_a_slow_model_is_timed_by_the_fewest_requests(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serveability, "ENOUGH_S", -1.0)
    probe = probe_candidates({"section_optimizer": ("/a", "ab")}, 200)["section_optimizer"]
    assert probe["requests"] == serveability.FEWEST_REQUESTS
    assert probe["p95_ms"] > 0


def test_a_service_that_does_not_start_is_evidence_too(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def broken(environment: Mapping[str, str]) -> Iterator[ServiceClient]:
        raise FlowError("the service ended while starting (code 1)")
        yield

    monkeypatch.setattr(serveability, "running_service", broken)
    probes = probe_candidates({"section_optimizer": ("/a", "ab"), "risk_analyzer": ("/b", "cd")}, 20)
    assert [probe["serveable"] for probe in probes.values()] == [False, False]
    assert "ended while starting" in probes["risk_analyzer"]["problem"]


def test_nothing_to_probe_starts_nothing() -> None:
    assert probe_candidates({}, 20) == {}


def test_variations_change_one_thing() -> None:
    assert varied("section_optimizer", SECTION, 0) == SECTION
    assert varied("section_optimizer", SECTION, 4) == SECTION | {"tributary_load_psf": 151.0}
    free_form = {"design_parameters": {"Fy": "50 ksi"}, "jurisdiction": "US-NY"}
    assert varied("compliance_checker", free_form, 0) == free_form
    assert varied("compliance_checker", free_form, 7)["design_parameters"]["notes"] == "sheet S-007"
