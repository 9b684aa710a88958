"""Trying candidate versions in the real service: does it load them, does it answer, how fast.

Nothing here raises for a model that does not work: the outcome is evidence for the gate.
"""

import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from flows.errors import FlowError
from flows.samples import ROUTES, sample_request, varied, write_sample_models
from flows.service_process import Answer, ServiceClient, running_service
from serving.artifacts import CANDIDATES_VARIABLE, candidate_listing

WARM_UP_REQUESTS = 3
FEWEST_REQUESTS = 20
"""A 95th percentile of fewer would be the slowest but one at best."""
ENOUGH_S = 15.0
"""Timing of one model stops after this, once `FEWEST_REQUESTS` have been made."""
TIME_LIMIT_S = 60.0
"""Timing of one model stops after this in any case."""


@dataclass(frozen=True, slots=True)
class Probe:
    """What trying one model showed; latencies in milliseconds over HTTP, one request at a time."""

    serveable: bool
    problem: str = ""
    requests: int = 0
    p50_ms: float | None = None
    p95_ms: float | None = None


def probe_candidates(artifacts: Mapping[str, tuple[str, str]], requests: int) -> dict[str, dict[str, Any]]:
    """Serve the artifacts ``{problem: (folder, SHA-256)}`` and ask each model ``requests`` times.

    Returns one `Probe` a model as a dict. A service that does not come up makes every model not serveable.
    """
    if not artifacts:
        return {}
    with tempfile.TemporaryDirectory(prefix="sdai-candidates-") as scratch:
        listing, ifc_root = Path(scratch) / "candidates.json", Path(scratch) / "ifc"
        listing.write_text(candidate_listing(artifacts), encoding="utf-8")
        environment = {
            CANDIDATES_VARIABLE: str(listing),
            "SDAI_PATHS_IFC_ROOT": str(ifc_root),
            "SDAI_SERVING_WORKERS": "1",
            # What is tried leaves nothing behind: neither among the project's records nor in its database.
            "SDAI_PATHS_HOME": scratch,
            "SDAI_STORE_URL": f"sqlite:///{scratch}/store.db",
        }
        try:
            _prepare_samples(artifacts, ifc_root)
            with running_service(environment) as client:
                probes = {name: _probe(client, name, requests) for name in artifacts}
        except FlowError as error:
            probes = {name: Probe(False, f"the service does not run: {error}") for name in artifacts}
    return {name: asdict(probe) for name, probe in probes.items()}


def _prepare_samples(problems: Iterable[str], ifc_root: Path) -> None:
    if "clash_detector" in problems:
        write_sample_models(ifc_root)


def _probe(client: ServiceClient, problem: str, requests: int) -> Probe:
    """Time one model; the first refusal ends it."""
    try:
        sample = sample_request(problem)
        for index in range(WARM_UP_REQUESTS):
            _ask(client, problem, varied(problem, sample, index))
        times_ms = _time_requests(client, problem, sample, requests)
    except FlowError as error:
        return Probe(False, str(error))
    if len(times_ms) < min(FEWEST_REQUESTS, requests):
        return Probe(True, f"only {len(times_ms)} requests within {TIME_LIMIT_S:g} s", len(times_ms))
    p50_ms, p95_ms = (float(value) for value in np.percentile(times_ms, [50, 95]))
    return Probe(True, "", len(times_ms), p50_ms, p95_ms)


def _time_requests(client: ServiceClient, problem: str, sample: dict[str, Any], requests: int) -> list[float]:
    started_s = time.monotonic()
    times_ms: list[float] = []
    for index in range(requests):
        limit_s = ENOUGH_S if len(times_ms) >= FEWEST_REQUESTS else TIME_LIMIT_S
        if time.monotonic() > started_s + limit_s:
            break
        times_ms.append(_ask(client, problem, varied(problem, sample, WARM_UP_REQUESTS + index)).elapsed_ms)
    return times_ms


def _ask(client: ServiceClient, problem: str, request: Mapping[str, Any]) -> Answer:
    answer = client.post(ROUTES[problem], request)
    if answer.status != 200:
        detail = answer.body.get("detail", answer.body) if isinstance(answer.body, dict) else answer.body
        raise FlowError(f"answered {answer.status}: {str(detail)[:300]}")
    return answer
