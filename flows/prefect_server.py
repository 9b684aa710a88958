"""A Prefect server for the length of a run, when none is set up.

Prefect would start one itself, but that one outlives a killed run and takes 290 MB; this one ends with its parent.
"""

import logging
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from flows.environment import PROGRESS_LOGGER
from flows.errors import FlowError
from flows.service_process import HOST, free_port, require_free_port

START_LIMIT_S = 120.0
STOP_LIMIT_S = 10.0
DRAIN_LIMIT_S = 10.0
POLL_S = 0.1
API_URL_VARIABLE = "PREFECT_API_URL"
log = logging.getLogger(PROGRESS_LOGGER)


# The marks that Prefect gives its own temporary server: no page, no background services left half done.
TEMPORARY = {"PREFECT_UI_ENABLED": "0", "PREFECT__SERVER_EPHEMERAL": "1", "PREFECT__SERVER_FINAL": "1"}
# A run that does not overlap with its own kind holds a lease. In memory, as Prefect has it by default, the lease of a
# run that was killed with its server is lost while its place stays taken: that flow would never start again.
SCHEDULING = {"PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem"}


@contextmanager
def prefect_server(schedules_on: int | None = None) -> Iterator[None]:
    """Point Prefect at a server while the block runs: the one in ``PREFECT_API_URL``, else one of its own.

    ``schedules_on`` is the TCP port of one that has Prefect's pages and plans scheduled runs; none = a temporary one
    on a free port, which does neither. Must be entered before Prefect is imported. Raises `FlowError` when the server
    does not come up.
    """
    if os.environ.get(API_URL_VARIABLE):
        yield
        return
    port = schedules_on or free_port()
    url = f"http://{HOST}:{port}/api"
    if schedules_on:
        require_free_port(HOST, port)
    log.info("Prefect's own server starts")
    process = _start(port, SCHEDULING if schedules_on else TEMPORARY)
    try:
        _wait_until_up(process, url)
        os.environ[API_URL_VARIABLE] = url
        yield
    finally:
        _send_what_is_waiting()
        os.environ.pop(API_URL_VARIABLE, None)
        process.terminate()
        try:
            process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _send_what_is_waiting() -> None:
    """Let Prefect deliver its logs and events: its threads would try for a minute once the server is gone."""
    if "prefect" not in sys.modules:
        return
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogWorker

    for worker in (APILogWorker, EventsWorker):
        worker.drain_all(timeout=DRAIN_LIMIT_S)


def _start(port: int, marks: Mapping[str, str]) -> subprocess.Popen[bytes]:
    app = ["--factory", "flows.prefect_app:create_app", "--host", HOST, "--port", str(port)]
    command = [sys.executable, "-m", "flows.tether", sys.executable, "-m", "uvicorn", *app, "--log-level", "error"]
    # In a session of its own: Ctrl-C goes to all of a terminal's processes, and what runs must still reach its server.
    return subprocess.Popen(  # noqa: S603  (a command line of this project)
        command,
        env={**os.environ, **marks},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _wait_until_up(process: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise FlowError(
                f"the own Prefect server ended with code {process.returncode}; is fastapi at the pinned version? "
                "Start one by hand (`prefect server start`) to see the reason"
            )
        with (
            suppress(urllib.error.URLError, ConnectionError, TimeoutError),
            urllib.request.urlopen(f"{url}/health", timeout=5) as answer,  # noqa: S310  (own address)
        ):
            if answer.status == 200:
                return
        time.sleep(POLL_S)
    raise FlowError(f"the own Prefect server did not come up within {START_LIMIT_S:g} s")
