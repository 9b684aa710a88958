"""Print the processor time of a request through the whole application: ``python -m benchmarks.bench_requests``.

In this process and without sockets: token, rates, validation, model, proof, caches, journal, metrics and log line, none
of the questions repeated. Requests come one at a time, and many at once, as they do when a worker has much to do. The
models are the ones trained last in the work folder (``.sdai``), in service or not.
"""

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.bench_answers import PROBLEMS, newest_artifact
from benchmarks.load.questions import Asked, mixed_requests
from configs import load_settings
from configs.auth_settings import Scope
from flows.documents import markdown_table, milliseconds
from flows.machine import describe_machine
from serving.artifacts import CANDIDATES_VARIABLE, candidate_listing, folder_digest
from serving.auth.development import DevelopmentKeys, TokenOrder
from serving.edge.asgi import App, Message

SEED = 8_001
WARM_UP = 1_000
REQUESTS = 1_600
AT_ONCE = (1, 4, 8, 16, 32)
HOST = ("127.0.0.1", 3000)
HEAD = ("requests at once", "requests", "CPU a request")


def environment(work: Path, home: Path) -> dict[str, str]:
    """Return the variables of a service with a home of its own and the newest models of a work folder."""
    folders = {name: newest_artifact(work, name) for name in PROBLEMS}
    known = {name: (str(folder), folder_digest(folder)) for name, folder in folders.items() if folder is not None}
    listing = home / "candidates.json"
    listing.write_text(candidate_listing(known), encoding="utf-8")
    figures = home / "figures"
    figures.mkdir()
    return {
        "SDAI_PATHS_HOME": str(home),
        "SDAI_STORE_URL": f"sqlite:///{home / 'store.db'}",
        CANDIDATES_VARIABLE: str(listing),
        "BENTOML_HOME": str(home / "bentoml"),
        "BENTOML_DO_NOT_TRACK": "True",
        "PROMETHEUS_MULTIPROC_DIR": str(figures),
        "SDAI_LIMITS_JSON_RATE": "100000/second",
        # All of a round is answered, however slow the machine is.
        "SDAI_LIMITS_MAX_WAIT_S": "60",
        "SDAI_LIMITS_STANDING_WAIT_S": "60",
    }


async def start(app: App) -> None:
    """Let the application start as a server does, and stay."""
    begun = asyncio.Event()
    told = iter([{"type": "lifespan.startup"}])

    async def receive() -> Message:
        message = next(told, None)
        return message if message is not None else await asyncio.Future()

    async def send(message: Message) -> None:
        if message["type"] == "lifespan.startup.failed":
            raise SystemExit(f"the service does not start: {message.get('message')}")
        begun.set()

    _KEPT.append(asyncio.ensure_future(app({"type": "lifespan", "state": {}}, receive, send)))
    await begun.wait()


_KEPT: list[Any] = []


async def ask(app: App, asked: Asked, token: str) -> int:
    """Send one request to the application and return the status of its answer."""
    body = asked.body.encode()
    headers = [
        (b"host", b"127.0.0.1:3000"),
        (b"authorization", b"Bearer " + token.encode()),
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
    ]
    scope = {"type": "http", "method": "POST", "path": asked.path, "headers": headers, "server": HOST, "client": HOST}
    status = 0

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        status = message.get("status", status)

    await app(scope, receive, send)
    return status


async def cpu_ms(app: App, asked: Sequence[Asked], token: str, at_once: int) -> float:
    """Return the processor time a request of the thread that answers, ms."""
    began_ns = time.thread_time_ns()
    for first in range(0, len(asked), at_once):
        round_of = asked[first : first + at_once]
        statuses = await asyncio.gather(*(ask(app, one, token) for one in round_of))
        if not set(statuses) <= {200, 422}:
            raise SystemExit(f"not all were answered: {statuses}")
    return (time.thread_time_ns() - began_ns) / 1e6 / len(asked)


async def measure(home: Path, count: int) -> list[tuple[str, ...]]:
    """Return the rows of the table; the environment is set."""
    from serving import service

    app = service.Design.to_asgi()
    await start(app)
    order = TokenOrder("bench", (), tuple(Scope), 3_600.0)
    token = DevelopmentKeys(home / ".sdai" / "keys").mint(order, time.time())
    asked = mixed_requests(WARM_UP + count * len(AT_ONCE), 0.0, SEED)
    await cpu_ms(app, asked[:WARM_UP], token, 1)
    rows = []
    for place, at_once in enumerate(AT_ONCE):
        part = asked[WARM_UP + place * count : WARM_UP + (place + 1) * count]
        rows.append((str(at_once), str(count), milliseconds(await cpu_ms(app, part, token, at_once))))
    return rows


def main() -> None:
    """Print the machine and the table."""
    import uvloop

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=REQUESTS, help="requests a row")
    parser.add_argument("--work", type=Path, help="folder with artifacts/<problem>; by default the project's")
    options = parser.parse_args()
    work = (options.work or load_settings().paths.work).resolve()
    with tempfile.TemporaryDirectory(prefix="sdai-bench-", ignore_cleanup_errors=True) as folder:
        given: Mapping[str, str] = environment(work, Path(folder))
        os.environ.update(given)
        load_settings.cache_clear()
        terminal, silence = os.dup(1), os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)  # the service writes its log there
        rows = uvloop.run(measure(Path(folder), options.requests))
        os.dup2(terminal, 1)
        print(f"Machine: {describe_machine()}.\n\n{markdown_table(HEAD, rows)}")
        os._exit(0)  # its threads would go on


if __name__ == "__main__":
    main()
