"""The machine in words, to stand beside every published duration."""

import os
import platform
from pathlib import Path


def describe_machine() -> str:
    """Return cores, memory, GPU or none, processor architecture and Python version of this machine."""
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    gpu = "with a GPU" if Path("/dev/nvidiactl").exists() else "no GPU"
    return (
        f"{os.cpu_count()} cores, {memory_gib:.0f} GiB, {gpu}, {platform.machine()}, Python {platform.python_version()}"
    )
