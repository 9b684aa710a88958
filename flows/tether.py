"""Tying a child process to the life of its parent, so that a killed run leaves no trainer or server behind.

``python -m flows.tether COMMAND ...`` runs a command that dies with the process that started it.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
"""From <linux/prctl.h>; kept across exec. Other systems have no such call and go without."""


def die_with_parent(signal_number: int = signal.SIGTERM) -> None:
    """Ask the kernel to send this process a signal when its parent ends; does nothing outside Linux."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(signal_number), 0, 0, 0)
    if os.getppid() == 1:  # the parent ended before the call
        raise SystemExit(1)


if __name__ == "__main__":
    die_with_parent()
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606  (the arguments are this project's own)
