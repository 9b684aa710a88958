"""Drives a server open loop with the load generator of npm (``loadtest``), and reads what came of each request."""

import json
import shutil
import subprocess
import tempfile
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.load.questions import Asked
from flows.errors import FlowError

HERE = Path(__file__).parent
NO_NODE = "the load generator needs node and npm; install Node.js 20 or newer"
UNANSWERED = 0
"""Stands for the status of a request that got no answer."""
GOOD = (200, 422)
"""422 is the engine's answer to a question that has none, for example no W shape within a depth limit."""
CONNECTIONS = 64
TIMEOUT_MS = 40_000
"""Longer than the service's own deadline, which then is what answers."""
LAST_ANSWERS_S = 60
PERCENTILES = (50, 90, 95, 97.5, 99, 100)


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What came of a load; the arrays have an element a request, in the order of the intended send times.

    ``latencies_ms`` count from the intended send time and are NaN for requests without an end; ``sent_late_ms`` is how
    far behind its plan the generator was.
    """

    rate: float
    statuses: np.ndarray
    latencies_ms: np.ndarray
    sent_late_ms: np.ndarray
    wall_s: float
    began_unix_s: float
    generator_cpu_s: float
    faults: dict[str, int]
    without_retry_after: int
    prediction_ids: list[str | None]

    @property
    def answered(self) -> int:
        """Requests answered as they should be."""
        return int(np.isin(self.statuses, GOOD).sum())

    @property
    def recorded(self) -> int:
        """Requests whose answer is a prediction, which the store must hold."""
        return int((self.statuses == 200).sum())

    @property
    def errors(self) -> dict[str, int]:
        """Requests by what else came of them: a status, or the fault of the connection."""
        bad = Counter(str(status) for status in self.statuses.tolist() if status not in (*GOOD, UNANSWERED))
        silent = int((self.statuses == UNANSWERED).sum()) - sum(self.faults.values())
        return dict(bad) | self.faults | ({"no end": silent} if silent else {})

    @property
    def rate_held(self) -> float:
        """Requests a second that were answered, from the first one sent to the last one answered."""
        return self.answered / self.wall_s

    def percentile_ms(self, percent: float) -> float:
        """Return a percentile of the latencies of everything that was answered at all."""
        known = self.latencies_ms[self.statuses != UNANSWERED]
        return float(np.percentile(known, percent)) if len(known) else float("nan")


@dataclass(frozen=True, slots=True)
class Extras:
    """What a load does beside: note the ids of predictions; give each request an ``Idempotency-Key`` of its own."""

    keep_ids: bool = False
    keyed: bool = False


PLAIN = Extras()


def install_generator() -> None:
    """Install the pinned load generator beside this file, unless it is there; raises `FlowError` when it cannot run."""
    if shutil.which("node") is None:
        raise FlowError(NO_NODE)
    if (HERE / "node_modules" / "loadtest").exists():
        return
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        subprocess.run(command, cwd=HERE, check=True, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise FlowError(NO_NODE) from error
    except subprocess.CalledProcessError as error:
        raise FlowError(f"the load generator could not be installed: {error.stderr[-500:]}") from error


def drive(url: str, asked: Sequence[Asked], rate: float, tokens: Sequence[str]) -> LoadResult:
    """Send the requests to ``url`` at ``rate`` a second, the tokens by turns, and return what came of them."""
    with tempfile.TemporaryDirectory(prefix="sdai-load-") as folder:
        process, results = start_drive(Path(folder), url, asked, rate, tokens)
        return finish_drive(process, results, rate, len(asked))


def start_drive(
    folder: Path,
    url: str,
    asked: Sequence[Asked],
    rate: float,
    tokens: Sequence[str],
    extras: Extras = PLAIN,
) -> tuple[subprocess.Popen[str], Path]:
    """Begin to send; return the generator's process and the file that it will write. Both files go into ``folder``."""
    requests, results, plan = folder / "requests.jsonl", folder / "results.json", folder / "plan.json"
    with requests.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps([path, body]) + "\n" for path, body in asked)
    settings = {
        "url": url,
        "rate": rate,
        "requests": str(requests),
        "results": str(results),
        "tokens": list(tokens),
        "connections": CONNECTIONS,
        "timeout_ms": TIMEOUT_MS,
        "keep_ids": extras.keep_ids,
        "key_prefix": uuid.uuid4().hex if extras.keyed else None,
    }
    plan.write_text(json.dumps(settings), encoding="utf-8")
    command = ["node", str(HERE / "drive.mjs"), str(plan)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return process, results


def finish_drive(process: subprocess.Popen[str], results: Path, rate: float, count: int) -> LoadResult:
    """Wait for the generator and read its results; raises `FlowError` where it failed."""
    try:
        output, _ = process.communicate(timeout=count / rate + LAST_ANSWERS_S + TIMEOUT_MS / 1_000)
    except subprocess.TimeoutExpired as error:
        process.kill()
        raise FlowError("the load generator did not end") from error
    if process.returncode != 0:
        raise FlowError(f"the load generator failed: {output[-500:]}")
    return read_results(json.loads(results.read_text(encoding="utf-8")), rate)


def read_results(told: dict, rate: float) -> LoadResult:
    """Return the generator's results as arrays."""
    sent_ms = np.array(told["sent_ms"], dtype=float)
    planned_ms = np.arange(len(sent_ms)) * 1_000 / rate
    return LoadResult(
        rate,
        np.array(told["statuses"], dtype=int),
        np.array(told["latencies_ms"], dtype=float),
        np.maximum(sent_ms - planned_ms, 0),
        told["wall_ms"] / 1_000,
        told["began_unix_ms"] / 1_000,
        told["cpu_s"],
        told["errors"],
        told["without_retry_after"],
        told["prediction_ids"] or [],
    )
