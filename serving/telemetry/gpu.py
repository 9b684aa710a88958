"""How busy the GPUs of this host are, by ``nvidia-smi``; without one of these nothing is ever run."""

import shutil
import subprocess
from collections.abc import Callable

TIMEOUT_S = 5.0
_QUERY = ("--query-gpu=index,utilization.gpu", "--format=csv,noheader,nounits")


def gpu_sampler(program: str | None = None) -> Callable[[], dict[str, float]]:
    """Return a function that gives the busy share (0 to 1) of each GPU by its index; none when it cannot be read.

    ``program`` is the path of ``nvidia-smi``, by default the one on the search path.
    """
    found = program or shutil.which("nvidia-smi")
    return (lambda: _sample(found)) if found else dict


def parse_utilization(text: str) -> dict[str, float]:
    """Return the busy shares in the lines ``index, percent`` of nvidia-smi; lines such as ``0, [N/A]`` are left out."""
    shares: dict[str, float] = {}
    for line in text.splitlines():
        index, _, percent = line.partition(",")
        if index.strip().isdecimal() and percent.strip().isdecimal():
            shares[index.strip()] = min(int(percent) / 100, 1.0)
    return shares


def _sample(program: str) -> dict[str, float]:
    try:
        done = subprocess.run(  # noqa: S603  (a program of this host, fixed arguments)
            [program, *_QUERY], capture_output=True, text=True, timeout=TIMEOUT_S, check=True
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return {}
    return parse_utilization(done.stdout)
