"""Starting the service by its settings alone, and asking whether it answers."""

import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import _bentoml_impl.server
import pytest

from configs import load_settings
from flows.service_process import free_port, service_command
from serving import launch
from serving.__main__ import prepare
from serving.healthcheck import is_healthy, main
from serving.launch import spare_memory

STARTED = """
import sys
from configs import load_settings
from serving import launch
from serving.outline import outline
outline(load_settings())
print([name for name in sys.argv[1:] if name in sys.modules])
"""


def test_the_service_starts_by_the_settings_and_the_address_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDAI_SERVING_HOST", "127.0.0.9")
    monkeypatch.setenv("SDAI_SERVING_PORT", "3210")
    monkeypatch.setenv("SDAI_SERVING_WORKERS", "3")
    monkeypatch.setenv("SDAI_SERVING_DRAIN_TIMEOUT_S", "20")
    load_settings.cache_clear()
    started: list[tuple[Any, dict[str, Any]]] = []
    monkeypatch.setattr(_bentoml_impl.server, "serve_http", lambda known, **address: started.append((known, address)))
    for patched in ("listen_apart", "close_before_stopping"):
        monkeypatch.setattr(f"serving.launch.{patched}", lambda: None)
    monkeypatch.setattr("bentoml._internal.log.configure_server_logging", lambda: None)
    monkeypatch.setattr(os, "environ", dict(os.environ))
    try:
        launch.main([])
        launch.main(service_command("127.0.0.1", 99)[3:])
    finally:
        load_settings.cache_clear()
    (known, by_settings), (_, asked_for) = started
    assert (known.name, known.import_string, known.config["workers"]) == ("design", "serving.service:Design", 3)
    times = {"timeout_keep_alive": 75, "timeout_graceful_shutdown": 14}
    assert by_settings == {"host": "127.0.0.9", "port": 3210, **times}
    assert asked_for == {"host": "127.0.0.1", "port": 99, **times}


def test_tls_is_left_out_where_that_is_asked_for() -> None:
    assert service_command("127.0.0.1", 99, has_tls=False)[3:] == [*service_command("127.0.0.1", 99)[3:], "--no-tls"]


def test_a_worker_collects_garbage_once_its_models_are_loaded(tmp_path: Path) -> None:
    told = (
        "import gc; gc.disable(); from serving.service import Design; Design.inner(); print('collects', gc.isenabled())"
    )
    found = subprocess.run(
        [sys.executable, "-c", told],
        env={**os.environ, "PYTHONPATH": ":".join(sys.path), "SDAI_PATHS_HOME": str(tmp_path), "SDAI_AUTH_MODE": "off"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "collects True" in found.stdout, found.stderr


def test_what_starts_the_workers_imports_nothing_that_answers() -> None:
    found = subprocess.run(
        [sys.executable, "-c", STARTED, *("serving.api", "serving.worker", "structural", "onnxruntime", "sqlalchemy")],
        env={**os.environ, "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert found.stdout.strip() == "[]"


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
