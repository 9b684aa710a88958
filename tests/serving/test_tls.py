"""TLS of the service's own: version 1.3 or nothing, and no start with a certificate that cannot be used."""

import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError

from configs.settings import ServingSettings
from flows.service_process import free_port, service_command
from serving.errors import ServingError
from serving.healthcheck import is_healthy
from serving.tls import require_certificate
from tests.certificates import Authority

START_LIMIT_S = 60


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"), "ours")


@pytest.fixture(scope="module")
def port(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    home, port = tmp_path_factory.mktemp("home"), free_port()
    file = str(authority.server("localhost"))
    environment = {
        "SDAI_PATHS_HOME": str(home),
        "SDAI_AUTH_MODE": "off",
        "SDAI_SERVING_TLS_CERTIFICATE": file,
        "SDAI_SERVING_TLS_KEY": file,
        "BENTOML_HOME": str(home),
        "BENTOML_DO_NOT_TRACK": "True",
    }
    command = [sys.executable, "-m", "flows.tether", *service_command("127.0.0.1", port)]
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            command, env={**os.environ, **environment}, stdout=log, stderr=log, start_new_session=True
        )
    try:
        deadline_s = time.monotonic() + START_LIMIT_S
        while not is_healthy(port, "/livez", scheme="https", timeout_s=1):
            assert time.monotonic() < deadline_s, (home / "log").read_text()
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(30)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def test_who_trusts_its_authority_is_answered_by_version_1_3(authority: Authority, port: int) -> None:
    context = ssl.create_default_context(cafile=str(authority.root))
    with httpx.Client(verify=context) as client, client.stream("GET", f"https://localhost:{port}/livez") as answer:
        spoken = answer.extensions["network_stream"].get_extra_info("ssl_object").version()
        assert (answer.status_code, spoken) == (200, "TLSv1.3")


def test_an_older_version_is_refused(authority: Authority, port: int) -> None:
    context = ssl.create_default_context(cafile=str(authority.root))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with httpx.Client(verify=context) as client, pytest.raises(httpx.ConnectError, match="SSL"):
        client.get(f"https://localhost:{port}/livez")


def test_plain_http_is_not_answered(port: int) -> None:
    assert not is_healthy(port, "/livez")


def test_a_certificate_without_its_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="belong together"):
        ServingSettings(tls_certificate=tmp_path / "some.pem")


def test_files_that_are_no_pair_are_refused_before_the_start(authority: Authority, tmp_path: Path) -> None:
    good = authority.server("one.example.com")
    other = Authority(tmp_path, "theirs").server("two.example.com")
    (nonsense := tmp_path / "nonsense.pem").write_text("no certificate")
    require_certificate(ServingSettings(tls_certificate=good, tls_key=good))
    for certificate, key in ((good, other), (nonsense, good), (good, nonsense), (good, tmp_path / "none.pem")):
        with pytest.raises(ServingError, match="SDAI_SERVING_TLS_KEY name two PEM files"):
            require_certificate(ServingSettings(tls_certificate=certificate, tls_key=key))
