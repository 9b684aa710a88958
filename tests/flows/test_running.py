"""The end of ``sdai run``: the samples on the screen in short and in a file of the run in full."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import typer

from configs import load_settings
from flows.cli import running, screen
from flows.cli.running import ask_samples, told_when_stopped
from flows.samples import ROUTES, sample_request
from flows.service_process import Answer
from serving.store.ledger import LedgerRow
from structural.problems import PROBLEM_NAMES

HEALTH = {"status": "degraded", "models": 4, "gpu_available": False, "unavailable": {"risk_analyzer": "none"}}
LONG = {"recommended_section": "W27×194", "text": "x" * 5_000}


class Service:
    """A service that answers at length, and with 503 for one model."""

    def get(self, path: str) -> Answer:
        return Answer(200, HEALTH, 1.0)

    def post(self, path: str, body: Mapping[str, Any]) -> Answer:
        if path == ROUTES["risk_analyzer"]:
            return Answer(503, {"detail": "no version in service"}, 2.0)
        return Answer(200, LONG, 3.14159)


class Asked(NamedTuple):
    """What asking the samples left behind."""

    unavailable: list[str]
    file: Path
    shown: str


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Asked:
    @contextmanager
    def running_service(environment: Mapping[str, str], models_folder: Path) -> Iterator[Service]:
        yield Service()

    monkeypatch.setenv("SDAI_PATHS_HOME", str(tmp_path))
    monkeypatch.setenv("BENTOML_HOME", str(tmp_path / "bentoml"))
    monkeypatch.setattr(running, "running_service", running_service)
    monkeypatch.setattr(running, "write_sample_models", lambda root: None)
    file = tmp_path / "runs" / "1-a" / "samples.json"
    unavailable = ask_samples(load_settings(), file)
    return Asked(unavailable, file, capsys.readouterr().out)


def test_the_file_of_the_run_holds_requests_and_answers_in_full(asked: Asked) -> None:
    assert asked.unavailable == ["risk_analyzer"]
    kept = json.loads(asked.file.read_text(encoding="utf-8"))
    assert kept["health"] == HEALTH
    assert [exchange["model"] for exchange in kept["exchanges"]] == list(PROBLEM_NAMES)
    for exchange in kept["exchanges"]:
        assert exchange["request"] == sample_request(exchange["model"])
        assert (exchange["method"], exchange["path"]) == ("POST", ROUTES[exchange["model"]])
        expected = (503, {"detail": "no version in service"}) if exchange["model"] == "risk_analyzer" else (200, LONG)
        assert (exchange["status"], exchange["answer"]) == expected


def test_the_screen_is_short_and_says_where_the_rest_is(asked: Asked) -> None:
    lines = asked.shown.splitlines()
    assert max(map(len, lines)) < 700
    assert lines[-1] == f"Requests and answers in full: {asked.file}"


def test_health_is_printed_as_json_on_a_line_of_its_own(asked: Asked) -> None:
    lines = asked.shown.splitlines()
    assert json.loads(lines[lines.index("GET /api/v1/health") + 1]) == HEALTH


def test_versions_are_listed_in_percent(capsys: pytest.CaptureFixture[str]) -> None:
    figures = {"sdai.holdout_accuracy": "0.9966744263385434", "sdai.target": "0.97"}
    rows: list[dict[str, Any]] = [
        {"number": 2, "aliases": ["champion"], "tags": figures},
        {"number": 1, "aliases": [], "tags": {"sdai.holdout_accuracy": "None"}},
    ]
    screen.show_versions({"section_optimizer": rows}, dict[str, LedgerRow]())
    shown = capsys.readouterr().out
    assert " 99.67 % " in shown
    assert " 97.00 % " in shown
    assert "0.99667" not in shown
    assert "None" not in shown


def test_a_run_is_shown_with_what_is_in_service(capsys: pytest.CaptureFixture[str]) -> None:
    record = {
        "run_id": "1-a",
        "state": "completed",
        "dataset": {},
        "models": {},
        "stages": {},
        "total_seconds": 1.0,
        "wall_seconds": 1.0,
    }
    screen.show_run(record, {"section_optimizer": "3-abcdef12"})
    shown = " ".join(capsys.readouterr().out.split())
    assert "In service: connection_designer none (503), section_optimizer 3-abcdef12, clash_detector none" in shown


def test_who_stops_a_run_is_told_that_it_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended, told_when_stopped("`sdai run` goes on where this was"):
        raise KeyboardInterrupt
    assert ended.value.exit_code == 130
    assert capsys.readouterr().err == "stopped; `sdai run` goes on where this was\n"
