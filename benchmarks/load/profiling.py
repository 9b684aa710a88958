"""Where a worker's CPU goes under load: samples of py-spy, sorted by the part of the service that they fell into."""

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from flows.documents import markdown_table
from flows.errors import FlowError

SAMPLES_A_SECOND = 250
HEAD = ("part", "share", "CPU a request")
PARTS: tuple[tuple[str, str], ...] = (
    (r"serving/predictors/(?!contract|onnx)(\w+)\.py", "model and proof: {}"),
    (r"serving/recording/(drain|sink)\.py|serving/store/", "storing (thread of the recorder)"),
    (r"serving/recording/", "journal of answers"),
    (r"serving/telemetry/log", "log"),
    (r"serving/telemetry/", "metrics, traces"),
    (r"serving/auth/", "tokens"),
    (r"serving/limiting/", "rates, requests in flight"),
    (r"serving/idempotency", "idempotency keys"),
    (r"serving/caching/|serving/redis_clients", "caches"),
    (r"serving/(computing|answering|asking|turns)\.py", "answering: ids, packing, record"),
    (r"serving/edge/", "edge"),
    (r"serving/", "other parts of the service"),
    (r"pydantic/|_bentoml|bentoml/", "framework: reading requests, dispatch"),
    (r"starlette/|uvicorn/|asyncio/|uvloop|opentelemetry/|simple_di/", "HTTP server, event loop"),
)
"""Tried for each frame of a stack from the innermost outwards: the first that fits names the part."""
OTHER = "other"


def profiler() -> str:
    """Return py-spy's path; raises `FlowError` where it is not installed."""
    found = shutil.which("py-spy")
    if found is None:
        raise FlowError("py-spy is not on the PATH; install it beside the project: pipx install py-spy")
    return found


def start_profile(program: str, pid: int, seconds: float, file: Path) -> subprocess.Popen[bytes]:
    """Begin to sample a process, busy threads only."""
    options = ["--pid", str(pid), "--duration", str(int(seconds)), "--rate", str(SAMPLES_A_SECOND)]
    shape = ["--format", "raw", "--full-filenames", "--output", str(file), "--nonblocking"]
    return subprocess.Popen([program, "record", *options, *shape], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def parts_of(lines: Iterable[str]) -> Counter[str]:
    """Return the samples by part, from lines ``outer;…;inner count``.

    A stack that changed while it was read gives a line of another form, which is passed over: the process is not
    stopped for a sample, for that would change what is measured.
    """
    counts: Counter[str] = Counter()
    for line in lines:
        stack, _, count = line.strip().rpartition(" ")
        if stack and count.isascii() and count.isdigit():
            counts[part_of(stack.split(";"))] += int(count)
    return counts


def part_of(frames: Sequence[str]) -> str:
    """Return the part that a stack belongs to."""
    for frame in reversed(frames):
        for pattern, name in PARTS:
            found = re.search(pattern, frame)
            if found:
                return name.format(*found.groups())
    return OTHER


def profile_table(counts: Counter[str], cpu_ms: float) -> str:
    """Return the table of parts; ``cpu_ms`` is the workers' CPU time a request."""
    total = sum(counts.values())
    rows = [
        (name, f"{100 * count / total:.1f} %", f"{cpu_ms * count / total:.3f} ms")
        for name, count in counts.most_common()
    ]
    return markdown_table(HEAD, rows)
