"""What a process that reads strangers' files does to itself before it begins: limits, and an end with its parent."""

import os
import resource
import signal
import sys

_PR_SET_PDEATHSIG = 1


def limit_this_process(memory_bytes: int, cpu_s: int) -> None:
    """Bound address space and CPU time of this process and all it starts; no core is dumped.

    A limit that its parent has set lower stays.
    """
    for what, wanted in ((resource.RLIMIT_AS, memory_bytes), (resource.RLIMIT_CPU, cpu_s), (resource.RLIMIT_CORE, 0)):
        hard = resource.getrlimit(what)[1]
        allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(what, (allowed, allowed))


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when the thread of ``parent`` that started it ends (Linux; nothing elsewhere).

    Exits at once when the parent is gone already.
    """
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)
