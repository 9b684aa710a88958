"""Where the service is to listen: a place that cannot be had is one line, before anything is loaded."""

import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from configs import load_settings
from flows.cli import app
from flows.errors import FlowError
from flows.service_process import HOST, free_port, require_free_port


def test_serving_on_a_taken_port_is_one_line_and_exit_code_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDAI_PATHS_HOME", str(tmp_path))
    load_settings.cache_clear()
    monkeypatch.setattr("flows.cli.commands._settings", load_settings)
    monkeypatch.setattr("os.execv", lambda *_: pytest.fail("the service was started"))
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        answer = CliRunner().invoke(app, ["serve", "--port", str(port)])
    assert answer.exit_code == 1
    assert answer.output == f"error: port {port} is taken; stop what listens there or use --port\n"


def test_a_port_out_of_range_is_refused_by_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.cli.commands._settings", lambda: pytest.fail("went on"))
    assert CliRunner().invoke(app, ["serve", "--port", "70000"]).exit_code == 2


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"], ids=["not of this machine", "unknown"])
def test_an_address_that_cannot_be_had_is_named(host: str) -> None:
    with pytest.raises(FlowError, match=f"cannot listen on {host}:3000: .*--host"):
        require_free_port(host, 3000)


def test_a_free_port_is_free_and_stays_so() -> None:
    port = free_port()
    require_free_port(HOST, port)
    with socket.create_server((HOST, port)) as server:
        assert server.getsockname()[1] == port
