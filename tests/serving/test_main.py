"""Starting the service by its settings alone, and asking whether it answers."""

import http.server
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from configs import load_settings
from flows.service_process import free_port, service_command
from serving.__main__ import prepare
from serving.healthcheck import is_healthy, main
from serving.launch import arguments, spare_memory


def test_the_command_line_is_the_one_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDAI_SERVING_HOST", "127.0.0.9")
    monkeypatch.setenv("SDAI_SERVING_PORT", "3210")
    monkeypatch.setenv("SDAI_SERVING_DRAIN_TIMEOUT_S", "20")
    load_settings.cache_clear()
    try:
        serving = load_settings().serving
    finally:
        load_settings.cache_clear()
    line = arguments(serving, serving.host, serving.port)
    assert line[-8:-4] == ["--host", "127.0.0.9", "--port", "3210"]
    assert line[-4:] == ["--timeout-graceful-shutdown", "14", "--timeout-keep-alive", "75"]
    assert service_command(serving, serving.host, serving.port)[3:] == line


def test_what_bentoml_writes_goes_below_the_home_unless_it_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SDAI_PATHS_HOME", str(tmp_path))
    load_settings.cache_clear()
    try:
        settings = load_settings()
    finally:
        load_settings.cache_clear()
    given: dict[str, str] = {}
    prepare(settings, given)
    assert given == {"BENTOML_HOME": str(tmp_path / ".sdai" / "bentoml"), "BENTOML_DO_NOT_TRACK": "True"}
    assert (tmp_path / ".sdai" / "bentoml").is_dir()
    own = {"BENTOML_HOME": str(tmp_path / "own")}
    prepare(settings, own)
    assert own["BENTOML_HOME"] == str(tmp_path / "own")


def test_workers_keep_freed_memory_in_two_places_unless_it_is_set() -> None:
    unset: dict[str, str] = {"A": "b"}
    spare_memory(unset)
    assert unset == {"A": "b", "MALLOC_ARENA_MAX": "2"}
    own = {"MALLOC_ARENA_MAX": "8"}
    spare_memory(own)
    assert own == {"MALLOC_ARENA_MAX": "8"}


def test_a_service_without_tokens_is_not_opened_to_others() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "serving"],
        env={"PATH": "", "SDAI_AUTH_MODE": "off", "SDAI_SERVING_HOST": "0.0.0.0", "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "SDAI_AUTH_MODE=off would answer everybody" in done.stderr


class _Pages(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/livez" else 503)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    server = http.server.HTTPServer(("127.0.0.1", 0), _Pages)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_page_that_answers_is_healthy_and_others_are_not(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_healthy(port, "/livez")
    assert not is_healthy(port, "/readyz")
    monkeypatch.setenv("SDAI_SERVING_PORT", str(port))
    assert [main(["/livez"]), main([])] == [0, 1]


def test_where_nothing_listens_or_answers_nothing_is_healthy() -> None:
    import socket

    assert not is_healthy(free_port(), "/livez")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert not is_healthy(silent.getsockname()[1], "/livez", timeout_s=0.1)
