"""HAProxy with the project's own configuration (`infra/balancer`), as a child process, and its runtime API."""

import csv
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from configs.settings import PROJECT_ROOT
from flows.errors import FlowError
from flows.service_process import HOST, free_port

CONFIGURATION = PROJECT_ROOT / "infra" / "balancer" / "haproxy.cfg"
ACTIVE = PROJECT_ROOT / "infra" / "balancer" / "active.map"
START_LIMIT_S = 10.0
POLL_S = 0.02
_ANSWER_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Checks:
    """How often a server's health is looked at, and how long it may take to answer, s."""

    interval_s: float
    timeout_s: float


PRODUCTION = Checks(30.0, 10.0)
"""The AWS target group's; the configuration's own defaults."""
DRILL = Checks(0.5, 2.0)


@dataclass(slots=True)
class Balancer:
    """A balancer before services.

    ``folder`` is an empty one for its socket and the active set; ``servers`` are ports by name (``blue_1``,
    ``blue_2``, ``green_1``, ``green_2``, any of them).
    """

    folder: Path
    servers: Mapping[str, int]
    checks: Checks = DRILL
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{HOST}:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers commands; raises `FlowError` with what it says when it does not."""
        shutil.copy(ACTIVE, self._active)
        with (self.folder / "balancer.log").open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "flows.tether", installed(), "-W", "-f", str(CONFIGURATION)],
                env={**os.environ, **self._parameters()},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=PROJECT_ROOT,
            )
        deadline_s = time.monotonic() + START_LIMIT_S
        while time.monotonic() < deadline_s and self.process.poll() is None:
            with suppress(OSError):
                self.command("show info")
                return
            time.sleep(POLL_S)
        raise FlowError(f"the balancer did not start: {(self.folder / 'balancer.log').read_text()[-600:]}")

    def stop(self) -> None:
        """Stop it at once."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)

    def command(self, text: str) -> str:
        """Return what the runtime API says to a command."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(5.0)
            connection.connect(str(self._socket))
            connection.sendall(f"{text}\n".encode())
            parts = []
            while part := connection.recv(_ANSWER_BYTES):
                parts.append(part)
        return b"".join(parts).decode()

    def switch(self, active: str) -> None:
        """Let a set answer every request from the next one on; written down for the next start too."""
        told = self.command(f"set map {self._active} active {active}").strip()
        if told:
            raise FlowError(f"the balancer does not switch to {active}: {told}")
        self._active.write_text(f"active {active}\n", encoding="ascii")

    def figures(self) -> dict[str, dict[str, str]]:
        """Return the balancer's own figures by server: ``status``, ``stot`` requests, ``wretr`` retries, …"""
        rows = csv.DictReader(self.command("show stat").removeprefix("# ").splitlines())
        return {row["svname"]: dict(row) for row in rows if row["svname"] not in ("FRONTEND", "BACKEND")}

    def is_up(self, server: str) -> bool:
        """Return whether a server gets requests."""
        return self.figures()[server]["status"].startswith("UP")

    def wait_until(self, server: str, *, up: bool, limit_s: float) -> float:
        """Wait until the balancer takes a server for up or down; return the Unix time at which it did."""
        deadline_s = time.monotonic() + limit_s
        while time.monotonic() < deadline_s:
            if self.is_up(server) is up:
                return time.time()
            time.sleep(POLL_S)
        raise FlowError(f"the balancer did not take {server} for {'up' if up else 'down'} within {limit_s:g} s")

    def sent_again(self) -> int:
        """Return how often a request was sent once more, to the same server or another."""
        return sum(int(row[name] or 0) for row in self.figures().values() for name in ("wretr", "wredis"))

    def _parameters(self) -> dict[str, str]:
        return {
            "BALANCER_BIND": f"{HOST}:{self.port}",
            "BALANCER_SOCKET": str(self._socket),
            "BALANCER_ACTIVE": str(self._active),
            "BALANCER_CHECK_INTERVAL": f"{round(self.checks.interval_s * 1_000)}ms",
            "BALANCER_CHECK_TIMEOUT": f"{round(self.checks.timeout_s * 1_000)}ms",
            **{f"BALANCER_{name.upper()}": f"{HOST}:{port}" for name, port in self.servers.items()},
        }

    @property
    def _socket(self) -> Path:
        return self.folder / "api.sock"

    @property
    def _active(self) -> Path:
        return self.folder / "active.map"


def installed() -> str:
    """Return HAProxy's program; raises `FlowError` saying how to install it."""
    program = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        raise FlowError("HAProxy is not installed; on Debian: apt-get install haproxy")
    return program
