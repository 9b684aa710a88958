"""The parent's side of a job's subprocess: what it says, how it ends, and its end when it is no longer wanted."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from serving.errors import ServingError
from serving.store.database import RawJson

COMMAND = (sys.executable, "-m", "serving.jobs.child")
_PROJECT = Path(__file__).resolve().parents[2]
_SHOWN_BYTES = 2_000


@dataclass(frozen=True, slots=True)
class ChildLimits:
    """What one job may take: seconds, address space, bytes of its model and result, members of its model."""

    timeout_s: float
    memory_bytes: int
    model_bytes: int
    members: int
    result_bytes: int


@dataclass(frozen=True, slots=True)
class Progress:
    """The share that is done, 0 to 1."""

    share: float


@dataclass(frozen=True, slots=True)
class Done:
    """The answer, as the JSON text that it came as: it may be long, and nothing here needs to know what it says."""

    result: RawJson


@dataclass(frozen=True, slots=True)
class Refused:
    """The job cannot be done, and not on another try either: why, for the client."""

    reason: str


@dataclass(frozen=True, slots=True)
class Crashed:
    """The process ended without an answer: how, for the log."""

    how: str


@dataclass(frozen=True, slots=True)
class At:
    """What the process is about to work on; should it crash, that was it."""

    place: list[int]


Event = Progress | At | Done | Refused | Crashed


class GuardedRun:
    """One subprocess at work.

    It must be started and ended by the same thread, because the kernel ends it with that thread. ``scratch`` is the
    folder for its temporary files, which the caller removes.
    """

    def __init__(self, order: Mapping[str, Any], limits: ChildLimits, scratch: Path, command: Sequence[str]) -> None:
        self._limits = limits
        self._errors = (scratch / "errors.log").open("w+b")
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        try:
            self._process = subprocess.Popen(  # noqa: S603  (a command line of this project)
                [*command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                cwd=scratch,
                env=_environment(scratch),
                start_new_session=True,
            )
        except OSError as error:
            self._errors.close()
            raise ServingError(f"a job's process does not start: {error.strerror}") from error
        line = json.dumps({**order, "parent": os.getpid()}).encode() + b"\n"
        self._reader = threading.Thread(target=self._talk, args=(line,), name="sdai-job-reader", daemon=True)
        self._reader.start()

    def next_event(self, wait_s: float) -> Event | None:
        """Return what happened next, or None when nothing did within ``wait_s``.

        After `Done`, `Refused` or `Crashed` there is nothing more.
        """
        try:
            return self._events.get(timeout=max(0.0, wait_s))
        except queue.Empty:
            return None

    def end(self) -> None:
        """End the process and all it started, at once, whatever it is at; repeating it changes nothing."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError):  # it has ended by itself
                os.killpg(self._process.pid, signal.SIGKILL)
        self._reader.join()  # it asks how the process ended, which only the first to wait is told
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._errors):
            if pipe is not None:
                pipe.close()

    def _talk(self, order: bytes) -> None:
        """Hand the order in and pass on what comes out; runs in a thread of its own, as both may wait."""
        process, answered = self._process, False
        try:
            if process.stdin is None or process.stdout is None:
                raise ServingError("a job's process has no pipes")
            _hand_in(process.stdin, order)
            for event in _events(process.stdout, self._limits.result_bytes):
                answered = answered or not isinstance(event, Progress | At)
                self._events.put(event)
                if answered:
                    break
        except (OSError, ValueError, ServingError) as error:
            if not answered:
                answered = True
                self._events.put(Crashed(f"it could not be understood: {error}"))
        if not answered:
            self._events.put(self._ending(_exit_code(process.pid)))

    def _ending(self, code: int) -> Event:
        if code == -signal.SIGXCPU:
            return Refused(too_long(self._limits.timeout_s))
        self._errors.seek(0)
        said = self._errors.read()[-_SHOWN_BYTES:].decode("utf-8", "replace").strip()
        how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        return Crashed(f"{how}: {said}" if said else how)


def _exit_code(pid: int) -> int:
    """Wait for a child's end without taking note of it: until then its number stands for it and nothing else."""
    ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    if ended is None:
        return 0
    return ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status


def too_long(timeout_s: float) -> str:
    """Return what a client is told whose job took too long."""
    return f"the model could not be checked within {timeout_s:g} s; split it or use a smaller tolerance_mm"


def order_limits(limits: ChildLimits) -> dict[str, int]:
    """Return the limits that the subprocess holds itself to."""
    return {
        "memory_bytes": limits.memory_bytes,
        # The time limit is the parent's to enforce; this one holds when the parent cannot.
        "cpu_s": int(limits.timeout_s) + 1,
        "model_bytes": limits.model_bytes,
        "members": limits.members,
    }


def _hand_in(pipe: IO[bytes], order: bytes) -> None:
    try:
        pipe.write(order)
        pipe.close()
    except BrokenPipeError:  # it has ended already; how is told by its exit code
        return


def _events(pipe: IO[bytes], max_bytes: int) -> Iterator[Event]:
    """Yield what the lines of a subprocess say."""
    while line := pipe.readline(max_bytes + 1):
        if len(line) > max_bytes:
            yield Refused(f"the result has more than {max_bytes} bytes; split the model or use a smaller tolerance_mm")
            return
        what, _, content = line.decode("ascii").partition(" ")
        if not content.endswith("\n"):
            raise ValueError("it stopped in the middle of a line")
        match what:
            case "result":
                yield Done(RawJson(content.rstrip()))
            case "refused":
                yield Refused(str(json.loads(content)))
            case "progress":
                yield Progress(min(1.0, max(0.0, float(content))))
            case "at":
                yield At([int(number) for number in json.loads(content)])
            case _:
                raise ValueError(f"it said {what[:40]!r}")


def _environment(scratch: Path) -> dict[str, str]:
    """Return what the subprocess may know of the service's environment: nothing."""
    return {
        "PATH": os.defpath,
        "PYTHONPATH": str(_PROJECT),
        "TMPDIR": str(scratch),
        "HOME": str(scratch),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
