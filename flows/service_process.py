"""The real service as a child process: start it, ask it, stop it."""

import errno
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from configs.settings import PROJECT_ROOT
from flows.errors import FlowError
from serving.launch import arguments

HOST = "127.0.0.1"
START_LIMIT_S = 120.0
STOP_LIMIT_S = 15.0
REQUEST_LIMIT_S = 60.0
POLL_S = 0.1
TOKEN_LIFETIME_S = 6 * 3_600.0
LOG_TAIL = 600
"""Characters of the service's log that an error message carries."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer: status, decoded JSON body, and the milliseconds it took seen from outside."""

    status: int
    body: Any
    elapsed_ms: float


class ServiceClient:
    """A keep-alive connection to a running service; ``token`` is sent with every request."""

    def __init__(self, port: int, token: str = "") -> None:
        self.port = port
        self._authorization = {"Authorization": f"Bearer {token}"} if token else {}
        self._connection = http.client.HTTPConnection(HOST, port, timeout=REQUEST_LIMIT_S)

    def post(self, path: str, body: Mapping[str, Any]) -> Answer:
        """Send a JSON request; a connection that breaks raises `FlowError`."""
        return self._ask("POST", path, json.dumps(body).encode())

    def get(self, path: str) -> Answer:
        """Read a page; a connection that breaks raises `FlowError`."""
        return self._ask("GET", path, None)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _ask(self, method: str, path: str, body: bytes | None) -> Answer:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        headers |= self._authorization
        started = time.perf_counter()
        try:
            self._connection.request(method, path, body, headers)
            response = self._connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise FlowError(f"{method} {path} got no answer: {type(error).__name__} {error}") from error
        elapsed_ms = 1_000 * (time.perf_counter() - started)
        try:
            content = json.loads(text)
        except ValueError:
            content = text.decode(errors="replace")
        return Answer(response.status, content, elapsed_ms)


@contextmanager
def running_service(environment: Mapping[str, str], models_folder: Path | None = None) -> Iterator[ServiceClient]:
    """Run the service on a free port while the block runs.

    ``environment`` is added to this process's. The service gets a BentoML home of its own, because BentoML wipes its
    metrics there at every start; ``models_folder`` is the model store shown in it (none: an empty one). It trusts a key
    made for the occasion, whatever issuer is set. Raises `FlowError` with the end of the service's log when it does not
    come up within `START_LIMIT_S`.
    """
    with tempfile.TemporaryDirectory(prefix="sdai-service-", ignore_cleanup_errors=True) as folder:
        home = Path(folder) / "bentoml"
        home.mkdir()
        if models_folder is not None:
            models_folder.mkdir(parents=True, exist_ok=True)
            (home / "models").symlink_to(models_folder.resolve(), target_is_directory=True)
        port, log = free_port(), Path(folder) / "service.log"
        token, trust = _own_token(Path(folder) / "keys")
        process = _start(port, log, {**os.environ, **environment, **trust, "BENTOML_HOME": str(home)})
        client = ServiceClient(port, token)
        try:
            _wait_until_up(process, client, log)
            yield client
        finally:
            client.close()
            _stop(process)


def service_command(host: str, port: int, *, has_tls: bool = True) -> list[str]:
    """Return the command line that serves on an address, by the settings of its environment; TLS may be left out."""
    return [sys.executable, "-m", "serving.launch", *arguments(host, port, has_tls=has_tls)]


def free_port() -> int:
    """Return a TCP port that nothing listens on."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def require_free_port(host: str, port: int) -> None:
    """Raise `FlowError` with one line to act on where the service could not listen."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise FlowError(f"port {port} is taken; stop what listens there or use --port") from error
        raise FlowError(f"cannot listen on {host}:{port}: {error.strerror}; use another --host or --port") from error


def _own_token(folder: Path) -> tuple[str, dict[str, str]]:
    """Return a token for everything, of a new key, and the settings of a service that trusts this key alone."""
    from configs.auth_settings import Scope
    from serving.auth import development

    keys = development.DevelopmentKeys(folder)
    order = development.TokenOrder("sdai-run", (), tuple(Scope), TOKEN_LIFETIME_S)
    return keys.mint(order, time.time()), {
        "SDAI_AUTH_MODE": "required",
        "SDAI_AUTH_JWKS": str(keys.key_set_file),
        "SDAI_AUTH_ISSUER": development.ISSUER,
        "SDAI_AUTH_AUDIENCE": development.AUDIENCE,
        "SDAI_AUTH_ALGORITHMS": json.dumps([development.ALGORITHM]),
        "SDAI_AUTH_TOKEN_TYPES": json.dumps([development.TOKEN_TYPE]),
    }


def _start(port: int, log: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    # It is asked on this machine alone, whose name no certificate is for.
    command = [sys.executable, "-m", "flows.tether", *service_command(HOST, port, has_tls=False)]
    with log.open("wb") as stream:
        return subprocess.Popen(  # noqa: S603  (a command line of this project)
            command, env=environment, stdout=stream, stderr=subprocess.STDOUT, start_new_session=True, cwd=PROJECT_ROOT
        )


def _wait_until_up(process: subprocess.Popen[bytes], client: ServiceClient, log: Path) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise FlowError(f"the service ended while starting (code {process.returncode}): {_tail(log)}")
        with suppress(FlowError):
            if client.get("/livez").status == http.HTTPStatus.OK:
                return
        time.sleep(POLL_S)
    raise FlowError(f"the service did not come up within {START_LIMIT_S:g} s: {_tail(log)}")


def _tail(log: Path) -> str:
    return " ".join(log.read_text(encoding="utf-8", errors="replace").split())[-LOG_TAIL:]


def _stop(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        process.wait(STOP_LIMIT_S)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    with suppress(ProcessLookupError, PermissionError):  # workers that outlived their parent
        os.killpg(process.pid, signal.SIGKILL)
