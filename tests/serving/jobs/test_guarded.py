"""The subprocess of a job: what it says, every way it can end, and its end with all it started."""

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from serving.jobs.guarded import At, Crashed, Done, Event, GuardedRun, Progress, Refused
from tests.serving.jobs.conftest import ANSWER, LIMITS, child

WAIT_S = 15.0


class Runs:
    """Starts subprocesses and ends them."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        self.started: list[GuardedRun] = []

    def start(self, program: str, limits: object = LIMITS) -> GuardedRun:
        self.started.append(GuardedRun({"number": 7}, limits, self.scratch, child(program)))  # type: ignore[arg-type]
        return self.started[-1]

    def events(self, program: str, limits: object = LIMITS) -> list[Event]:
        run, found = self.start(program, limits), []
        while not found or isinstance(found[-1], Progress | At):
            event = run.next_event(WAIT_S)
            assert event is not None, "nothing happened"
            found.append(event)
        return found


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Runs]:
    runs = Runs(tmp_path)
    yield runs
    for run in runs.started:
        run.end()


def gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state == "Z"


def wait_until_gone(pid: int) -> None:
    end_s = time.monotonic() + WAIT_S
    while not gone(pid):
        assert time.monotonic() < end_s, f"process {pid} lives on"
        time.sleep(0.01)


def test_progress_and_answer_come_in_order(runs: Runs) -> None:
    found = runs.events("assert order['number'] == 7; say('progress', 0.25); say('progress', 7); answer()")
    assert found == [Progress(0.25), Progress(1.0), Done(found[-1].result)]  # type: ignore[union-attr]
    assert found[-1].result == ANSWER  # type: ignore[union-attr]


def test_what_it_was_at_when_it_crashed_is_known(runs: Runs) -> None:
    found = runs.events("say('at', [0, 17]); say('progress', 0.5); say('at', [1, 4]); os.kill(os.getpid(), 11)")
    assert found[:-1] == [At([0, 17]), Progress(0.5), At([1, 4])]
    assert isinstance(found[-1], Crashed)


def test_a_refusal_is_passed_on(runs: Runs) -> None:
    assert runs.events("say('refused', json.dumps('no such model'))") == [Refused("no such model")]


@pytest.mark.parametrize(
    ("program", "how"),
    [
        ("sys.exit('boom')", "exit code 1: boom"),
        ("sys.exit(0)", "exit code 0"),
        ("os.kill(os.getpid(), 11)", "signal SIGSEGV"),
        ("os.kill(os.getpid(), 9)", "signal SIGKILL"),
        ("1 / 0", "ZeroDivisionError"),
        ("say('hello', 1)", "it said 'hello'"),
        ("say('progress', 'half')", "could not be understood"),
        ("say('refused', '{')", "could not be understood"),
        ("say('at', '\"everywhere\"')", "could not be understood"),
        ("os.write(1, b'result {\"a\": 1')", "in the middle of a line"),
        ("os.write(1, b'\\xff\\xfe\\n')", "could not be understood"),
        ("sys.stderr.write('x' * 100_000); sys.exit(3)", "exit code 3: xxx"),
    ],
)
def test_every_other_ending_is_a_crash_that_says_how(runs: Runs, program: str, how: str) -> None:
    (event,) = runs.events(program)
    assert isinstance(event, Crashed)
    assert how in event.how
    assert len(event.how) < 3_000


def test_a_result_that_is_too_long_is_refused_without_keeping_it(runs: Runs) -> None:
    (event,) = runs.events("say('result', '[' + '1,' * 1_000_000 + '1]')", replace(LIMITS, result_bytes=1_000))
    assert isinstance(event, Refused)
    assert "more than 1000 bytes" in event.reason


def test_cpu_time_is_limited_even_without_the_parent(runs: Runs) -> None:
    (event,) = runs.events("import resource; resource.setrlimit(resource.RLIMIT_CPU, (1, 2))\nwhile True: pass")
    assert isinstance(event, Refused)
    assert "could not be checked within" in event.reason


def test_nothing_of_the_services_environment_is_passed_on(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDAI_STORE_URL", "postgresql://user:secret@host/name")
    (event,) = runs.events("say('refused', json.dumps(sorted(os.environ)))")
    assert isinstance(event, Refused)
    assert "SDAI" not in event.reason
    assert "TMPDIR" in event.reason


def test_the_end_takes_all_that_was_started_with_it(runs: Runs) -> None:
    program = """
import subprocess
inner = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
say('refused', json.dumps(f"{os.getpid()} {inner.pid}"))
time.sleep(60)
"""
    run = runs.start(program)
    event = run.next_event(WAIT_S)
    assert isinstance(event, Refused)
    pids = [int(pid) for pid in event.reason.split()]
    run.end()
    run.end()
    for pid in pids:
        wait_until_gone(pid)


def test_an_order_that_is_not_read_and_an_early_end_do_not_hang(tmp_path: Path) -> None:
    import sys

    run = GuardedRun({"x": "y" * 5_000_000}, LIMITS, tmp_path, (sys.executable, "-c", "raise SystemExit(4)"))
    event = run.next_event(WAIT_S)
    run.end()
    assert isinstance(event, Crashed)
    assert "exit code 4" in event.how


def test_the_real_subprocess_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    """It is started by a process that is then killed, and is at that moment waiting in the middle of its imports."""
    import subprocess
    import sys

    inner = """
import os, sys, time
sys.path.insert(0, os.getcwd())
from serving.process_limits import die_with_parent
die_with_parent(int(sys.argv[1]))
print(os.getpid(), flush=True)
time.sleep(60)
"""
    outer = f"""
import os, subprocess, sys, time
subprocess.Popen([sys.executable, "-c", {inner!r}, str(os.getpid())])
time.sleep(60)
"""
    parent = subprocess.Popen([sys.executable, "-c", outer], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    wait_until_gone(pid)


def test_a_subprocess_whose_parent_is_gone_already_does_not_begin() -> None:
    import subprocess
    import sys

    program = "from serving.process_limits import die_with_parent; die_with_parent(1); print('began')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert done.returncode == 1
    assert done.stdout == b""
    assert os.getpid() != 1
