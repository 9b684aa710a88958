"""Send hostile requests to the running service: ``python -m benchmarks.run_hostile [--families bodies tokens]``.

The service is the real one with the promoted models; every request goes over a socket of its own. What must hold: no
5xx, a refusal is problem+json of an expected status, nothing of the inside in any answer, every request gets an answer
or its connection closed in time, good requests in between are answered, and the memory of the worker comes back down.
"""

import argparse
import socket
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from benchmarks.hostile import bodies, protocol, tokens
from benchmarks.hostile.judging import Case, Tally, in_words
from benchmarks.hostile.wire import HOST, Piece, exchange, request_head
from benchmarks.load.service import LoadedService, rss_mb
from configs import load_settings
from flows.documents import markdown_table
from flows.machine import describe_machine
from flows.samples import ROUTES, write_sample_models
from serving.auth.development import DevelopmentKeys
from serving.auth.routes import ROUTES as DECLARED
from serving.auth.routes import Access

TIMEOUT_S = 6.0
"""Deadline of a request in this run, so that slow ones are over soon; an upload gets the same again."""
SLOW_PAUSE_S = 0.25
IDLE_CONNECTIONS = 400
GOOD_LIMIT_S = 2.0
UPLOADS = "/api/v1/models/ifc"
TAKES_JSON = (
    *ROUTES.values(),
    *(f"{path}/batch" for path in ROUTES.values()),
    "/api/v1/feedback",
    "/api/v1/jobs/clashes",
)
Requests = Iterator[tuple[Case, list[Piece]]]


@dataclass(frozen=True, slots=True)
class Target:
    """The service under test and a token that may do everything."""

    service: LoadedService
    token: str

    def ask(self, case: Case, pieces: list[Piece], tally: Tally) -> None:
        """Send one request and take its answer into a tally."""
        try:
            answered = exchange(self.service.port, pieces)
        except TimeoutError:
            tally.asked += 1
            tally.faults.append(f"{case.family}: {case.name}: no answer")
            return
        sent = b"".join(piece.data[:100_000] for piece in pieces).decode("utf-8", "replace")
        tally.take(case, sent, answered)


def json_bodies(target: Target) -> Requests:
    """Bodies that are no request, to every route that takes JSON."""
    for path in TAKES_JSON:
        allowed = (*bodies.REFUSED, *((200,) if path.endswith("/batch") else ()))
        for name, pieces in bodies.json_posts(path, target.token):
            yield Case("bodies", f"{path}: {name}", allowed), pieces


def model_keys(target: Target) -> Requests:
    """Keys of models that lead out of their root."""
    for path in (ROUTES["clash_detector"], "/api/v1/jobs/clashes"):
        for name, pieces in bodies.key_posts(path, target.token):
            yield Case("model keys", f"{path}: {name}", (400, 404, 422)), pieces


def forms(target: Target) -> Requests:
    """Forms that carry no model."""
    for name, pieces in bodies.form_posts(UPLOADS, target.token):
        yield Case("forms", name, (400, 413, 415, 422)), pieces


def slow_bodies(target: Target) -> Requests:
    """Bodies that come slowly or stop."""
    for path in (*TAKES_JSON[:1], UPLOADS):
        for name, pieces in bodies.slow_posts(path, target.token, SLOW_PAUSE_S):
            yield Case("slow", f"{path}: {name}", (400, 408, 415)), pieces
    for name, pieces in protocol.cut_off(target.token):
        yield Case("slow", name, (400, 408)), pieces


def hostile_tokens(target: Target) -> Requests:
    """Tokens that must not be believed, to every route that asks for one."""
    forger = tokens.Forger(DevelopmentKeys(target.service.home / ".sdai" / "keys"), int(time.time()))
    for name, value in forger.hostile():
        for route in DECLARED:
            if route.access is Access.PUBLIC:
                continue
            headers: dict[str, str | bytes] = {"authorization": value, "content-length": "2"}
            head = request_head(route.method, route.path.replace("{id}", "0" * 32), headers)
            yield Case("tokens", f"{route.method} {route.path}: {name}", (400, 401, 431)), [Piece(head + b"{}")]


def no_http(target: Target) -> Requests:
    """Bytes that are no HTTP."""
    for name, pieces in protocol.broken(target.token):
        yield Case("no HTTP", name, protocol.ALLOWED), pieces


FAMILIES: dict[str, Callable[[Target], Requests]] = {
    "bodies": json_bodies,
    "forms": forms,
    "model-keys": model_keys,
    "tokens": hostile_tokens,
    "no-http": no_http,
    "slow": slow_bodies,
}


def idle_connections(target: Target) -> list[str]:
    """Hold connections that say nothing, or half a head; return what is wrong with a good request beside them."""
    with ExitStack() as stack:
        for number in range(IDLE_CONNECTIONS):
            connection = stack.enter_context(socket.create_connection((HOST, target.service.port), timeout=5))
            if number % 2:
                connection.sendall(b"POST /api/v1/analyze/risk HTTP/1.1\r\nHost: a\r\nX: ")
        return still_good(target)


def still_good(target: Target) -> list[str]:
    """Return what is wrong with the answer to a good request."""
    headers = {"authorization": f"Bearer {target.token}", "content-type": "application/json"}
    body = b'{"project_type": "office_building", "budget_usd": 5000000, "schedule_months": 18, "complexity": "medium"}'
    head = request_head("POST", ROUTES["risk_analyzer"], headers | {"content-length": str(len(body))})
    answered = exchange(target.service.port, [Piece(head + body)])
    if answered.status != 200 or answered.seconds > GOOD_LIMIT_S:
        return [f"a good request got {answered.status} after {answered.seconds:.2f} s"]
    return []


def run(target: Target, families: Sequence[str]) -> dict[str, Tally]:
    """Send every request of the families, a good one after each hundred; return what became of them."""
    tallies = {}
    for family in families:
        tally = tallies[family] = Tally()
        requests = FAMILIES[family](target)
        for number, (case, pieces) in enumerate(tqdm(requests, desc=family, unit=" requests", mininterval=1)):
            target.ask(case, pieces, tally)
            if number % 100 == 0:
                tally.faults += still_good(target)
        tally.faults += still_good(target)
    return tallies


def main() -> None:
    """Print what became of all hostile requests; ends with 1 when anything did not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--families", nargs="+", choices=[*FAMILIES], default=[*FAMILIES])
    parser.add_argument("--work", type=Path, help="work folder (.sdai) with promoted models; default: the project's")
    options = parser.parse_args()
    source = (options.work or load_settings().paths.work).resolve()
    settings = {
        "SDAI_LIMITS_UPLOAD_RATE": "100000/second",
        "SDAI_LIMITS_UNAUTHENTICATED_RATE": "100000/second",
        "SDAI_SERVING_TIMEOUT_S": str(TIMEOUT_S),
        "SDAI_UPLOADS_TIMEOUT_S": str(TIMEOUT_S),
    }
    with tempfile.TemporaryDirectory(prefix="sdai-hostile-", ignore_cleanup_errors=True) as folder:
        service = LoadedService(source, Path(folder), workers=1, settings=settings)
        service.prepare()
        write_sample_models(Path(folder) / ".sdai" / "ifc")
        token = service.tokens()[0]
        service.start()
        try:
            target = Target(service, token)
            before_mb = max(rss_mb(service.worker_processes()))
            tallies = run(target, options.families)
            beside_idle = idle_connections(target)
            after_mb = max(rss_mb(service.worker_processes()))
        finally:
            service.stop()
    raise SystemExit(report(tallies, beside_idle, before_mb, after_mb))


def report(tallies: dict[str, Tally], beside_idle: list[str], before_mb: float, after_mb: float) -> int:
    """Print the table and the faults; return the exit status."""
    print(describe_machine(), "\n")
    rows = [
        (family, f"{tally.asked:,}", in_words(tally.statuses), f"{tally.slowest_s:.1f} s", len(tally.faults))
        for family, tally in tallies.items()
    ]
    print(markdown_table(("family", "requests", "statuses", "slowest answer", "faults"), rows))
    print(f"\nworker: {before_mb:.0f} MB before, {after_mb:.0f} MB after")
    print(f"beside {IDLE_CONNECTIONS} connections that say nothing: {beside_idle or 'a good request is answered'}")
    faults = [fault for tally in tallies.values() for fault in tally.faults] + beside_idle
    for fault in faults:
        print("FAULT", fault)
    return int(bool(faults))


if __name__ == "__main__":
    main()
