"""The worker of jobs: every ending of a job, cancels, lost leases, databases that go away, stops and kills."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from serving.jobs import Chore, JobRunner, RunnerTimes, Workshop
from serving.jobs import runner as runner_module
from serving.jobs.desk import KIND
from serving.jobs.host_lock import HostLock
from serving.loaded_models import Served
from serving.store.jobs import Job, JobState, NewJob, cancel_job, claim_job, enqueue_job, find_job
from tests.serving.jobs.conftest import LIMITS, workshop

QUICK = RunnerTimes(lease_s=5.0, heartbeat_s=0.1, poll_s=0.05)
WAIT_S = 20.0


def now() -> datetime:
    return datetime.now(UTC)


def enqueue(engine: Engine, job_id: str = "j1", max_attempts: int = 3) -> None:
    enqueue_job(engine, NewJob(job_id, "ann", KIND, {"model_ifc": "frame.ifc"}, max_attempts), now())


def job(engine: Engine, job_id: str = "j1") -> Job:
    found = find_job(engine, job_id, "ann")
    assert found is not None
    return found


def wait_for(condition: Callable[[], Any]) -> None:
    end_s = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < end_s, "it did not come to pass"
        time.sleep(0.02)


def is_held(folder: Path) -> bool:
    lock = HostLock(folder / "jobs" / "host.lock")
    taken = lock.take()
    lock.give_back()
    return not taken


@pytest.fixture
def start(request: pytest.FixtureRequest) -> Iterator[Callable[[Engine, Workshop], JobRunner]]:
    started: list[JobRunner] = []

    def start(engine: Engine, place: Workshop, times: RunnerTimes = QUICK) -> JobRunner:
        started.append(JobRunner(engine, place, times, now))
        started[-1].start()
        return started[-1]

    yield start
    for runner in started:
        runner.stop()


def test_jobs_are_done_in_the_order_they_came_and_keep_their_answers(engine: Engine, tmp_path: Path) -> None:
    for number in range(2):
        enqueue(engine, f"j{number}")
    runner = JobRunner(engine, workshop(tmp_path, "say('progress', 0.5); answer()"), QUICK, now)
    assert [runner.step(), job(engine, "j0").state, job(engine, "j1").state] == [True, JobState.DONE, JobState.QUEUED]
    assert [runner.step(), runner.step()] == [True, False]
    done = job(engine, "j1")
    assert (done.state, done.attempts, done.error) == (JobState.DONE, 1, None)
    assert (done.result["model_version"], done.result["total_clashes"]) == ("7", 0)
    assert list((tmp_path / "jobs").iterdir()) == []


def test_the_subprocess_is_told_whose_job_it_is_and_its_limits(sqlite: Engine, tmp_path: Path) -> None:
    enqueue(sqlite)
    JobRunner(sqlite, workshop(tmp_path, "say('refused', json.dumps(json.dumps(order)))"), QUICK, now).step()
    import json

    order = json.loads(str(job(sqlite).error))
    assert (order["client"], order["request"]) == ("ann", {"model_ifc": "frame.ifc"})
    assert (order["version"], order["artifact"]) == ("7", str(tmp_path / "artifact"))
    assert order["limits"]["memory_bytes"] == LIMITS.memory_bytes
    assert order["parent"] == os.getpid()


def test_a_refusal_is_final_and_told(sqlite: Engine, tmp_path: Path) -> None:
    enqueue(sqlite)
    JobRunner(sqlite, workshop(tmp_path, "say('refused', json.dumps('there is no model'))"), QUICK, now).step()
    found = job(sqlite)
    assert (found.state, found.attempts, found.error) == (JobState.FAILED, 1, "there is no model")


def test_a_crash_is_tried_again_so_many_times_and_not_described(sqlite: Engine, tmp_path: Path) -> None:
    enqueue(sqlite, max_attempts=2)
    runner = JobRunner(sqlite, workshop(tmp_path, "sys.exit('secret path')"), QUICK, now)
    assert runner.step()
    assert job(sqlite).state is JobState.QUEUED
    assert [runner.step(), runner.step()] == [True, False]
    found = job(sqlite)
    assert (found.state, found.attempts, found.error) == (JobState.FAILED, 2, "the check ended without an answer")


def test_a_job_that_takes_too_long_fails_at_once(sqlite: Engine, tmp_path: Path) -> None:
    enqueue(sqlite)
    slow = workshop(tmp_path, "time.sleep(60)", limits=replace(LIMITS, timeout_s=0.5))
    JobRunner(sqlite, slow, QUICK, now).step()
    found = job(sqlite)
    assert (found.state, found.attempts) == (JobState.FAILED, 1)
    assert "could not be checked within 0.5 s" in str(found.error)


def test_progress_and_signs_of_life_reach_the_database(engine: Engine, tmp_path: Path, start: Any) -> None:
    enqueue(engine)
    start(engine, workshop(tmp_path, "say('progress', 0.5); time.sleep(60)"))
    wait_for(lambda: job(engine).progress == 0.5)
    before = job(engine).lease_until
    assert before is not None
    wait_for(lambda: (job(engine).lease_until or before) > before)


def test_a_cancelled_job_is_ended_and_the_next_one_begun(engine: Engine, tmp_path: Path, start: Any) -> None:
    marks = tmp_path / "marks"
    marks.mkdir()
    program = f"open({str(marks)!r} + f'/{{os.getpid()}}', 'w').close(); time.sleep(60)"
    enqueue(engine, "j1")
    enqueue(engine, "j2")
    start(engine, workshop(tmp_path, program))
    wait_for(lambda: len(list(marks.iterdir())) == 1)
    (pid,) = (int(path.name) for path in marks.iterdir())
    cancel_job(engine, "j1", "ann", now())
    wait_for(lambda: not Path(f"/proc/{pid}").exists())
    wait_for(lambda: job(engine, "j2").state is JobState.RUNNING)
    assert job(engine, "j1").state is JobState.CANCELLED


def test_a_stop_gives_the_job_back_without_loss_of_an_attempt(engine: Engine, tmp_path: Path, start: Any) -> None:
    enqueue(engine, max_attempts=1)
    first = start(engine, workshop(tmp_path, "time.sleep(60)"))
    wait_for(lambda: job(engine).state is JobState.RUNNING)
    begun_s = time.monotonic()
    first.stop()
    assert time.monotonic() - begun_s < 5
    assert not first.is_alive
    assert (job(engine).state, job(engine).attempts) == (JobState.QUEUED, 0)
    start(engine, workshop(tmp_path))
    wait_for(lambda: job(engine).state is JobState.DONE)


def test_a_lost_lease_drops_the_work_and_the_other_workers_answer_stands(sqlite: Engine, tmp_path: Path) -> None:
    enqueue(sqlite)
    program = f"open({str(tmp_path / 'begun')!r}, 'w').close(); time.sleep(1); answer()"
    forgetful = RunnerTimes(lease_s=0.1, heartbeat_s=60, poll_s=0.05)
    runner = JobRunner(sqlite, workshop(tmp_path, program), forgetful, now)
    stepping = threading.Thread(target=runner.step)
    stepping.start()
    wait_for((tmp_path / "begun").exists)
    time.sleep(0.2)
    claimed = claim_job(sqlite, "other", now(), 60)
    assert claimed is not None
    stepping.join()
    assert (job(sqlite).state, job(sqlite).worker) == (JobState.RUNNING, "other")


def test_the_first_attempt_is_the_arm_s_of_the_client_and_the_next_one_the_champion_s(
    sqlite: Engine, tmp_path: Path
) -> None:
    def artifact(client: str | None) -> Served:
        return Served(None, "7", folder=tmp_path) if client is None else Served(None, f"canary for {client}")

    enqueue(sqlite)
    program = "sys.exit(1) if order['version'].startswith('canary') else answer()"
    runner = JobRunner(sqlite, workshop(tmp_path, program, artifact=artifact), QUICK, now)
    assert [runner.step(), job(sqlite).state, runner.step()] == [True, JobState.QUEUED, True]
    found = job(sqlite)
    assert (found.state, found.attempts, found.result["model_version"]) == (JobState.DONE, 2, "7")


def test_without_a_model_in_service_jobs_wait(sqlite: Engine, tmp_path: Path) -> None:
    enqueue(sqlite)
    assert not JobRunner(sqlite, workshop(tmp_path, artifact=lambda _: "no version has passed"), QUICK, now).step()
    assert (job(sqlite).state, job(sqlite).attempts) == (JobState.QUEUED, 0)


def test_a_host_that_cannot_start_anything_gives_the_job_back(sqlite: Engine, tmp_path: Path) -> None:
    from serving.errors import ServingError

    enqueue(sqlite)
    with pytest.raises(ServingError, match="does not start"):
        JobRunner(sqlite, workshop(tmp_path, command=("/no/such/program",)), QUICK, now).step()
    assert (job(sqlite).state, job(sqlite).attempts) == (JobState.QUEUED, 0)


def test_an_answer_waits_for_a_database_that_is_away(
    sqlite: Engine, tmp_path: Path, start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []
    real = runner_module.finish_job

    def away(*arguments: Any) -> None:
        tries.append(1)
        if len(tries) < 4:
            raise sa.exc.OperationalError("UPDATE", {}, Exception("gone away"))
        real(*arguments)

    monkeypatch.setattr(runner_module, "finish_job", away)
    enqueue(sqlite)
    start(sqlite, workshop(tmp_path))
    wait_for(lambda: job(sqlite).state is JobState.DONE)
    assert (len(tries), job(sqlite).attempts) == (4, 1)


def test_a_failing_database_does_not_end_the_worker(
    sqlite: Engine, tmp_path: Path, start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = runner_module.claim_job
    errors: list[Exception] = [
        sa.exc.OperationalError("x", {}, Exception("y")),
        RuntimeError("a fault"),
        OSError(5, "e"),
    ]

    def flaky(*arguments: Any) -> Any:
        if errors:
            raise errors.pop()
        return real(*arguments)

    monkeypatch.setattr(runner_module, "claim_job", flaky)
    enqueue(sqlite)
    start(sqlite, workshop(tmp_path))
    wait_for(lambda: job(sqlite).state is JobState.DONE)
    assert not errors


def test_one_runner_of_a_host_works_and_the_next_takes_over(sqlite: Engine, tmp_path: Path, start: Any) -> None:
    program = "time.sleep(0.05); say('refused', json.dumps(str(order['parent'])))"
    first = start(sqlite, workshop(tmp_path, program))
    wait_for(lambda: is_held(tmp_path))
    second = start(sqlite, workshop(tmp_path, program))
    for number in range(4):
        enqueue(sqlite, f"j{number}")
    wait_for(lambda: all(job(sqlite, f"j{number}").state is JobState.FAILED for number in range(4)))
    assert {job(sqlite, f"j{number}").worker for number in range(4)} == {first.name}
    first.stop()
    enqueue(sqlite, "j9")
    wait_for(lambda: job(sqlite, "j9").state is JobState.FAILED)
    assert job(sqlite, "j9").worker == second.name


def test_chores_are_done_and_a_failing_one_does_not_keep_the_others(sqlite: Engine, tmp_path: Path, start: Any) -> None:
    done: list[datetime] = []

    def fail(_: datetime) -> None:
        raise OSError(5, "broken")

    start(sqlite, workshop(tmp_path, chores=(Chore("broken", fail), Chore("good", done.append))))
    wait_for(lambda: done)
    assert abs((now() - done[0]).total_seconds()) < WAIT_S


HOST = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from serving.jobs import JobRunner, RunnerTimes
from serving.store import open_database
from tests.serving.jobs.conftest import workshop

url, folder, program = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
engine = open_database(url)
times = RunnerTimes(lease_s=1.5, heartbeat_s=0.1, poll_s=0.05)
JobRunner(engine, workshop(folder, program), times, lambda: datetime.now(UTC)).start()
print("up", flush=True)
time.sleep(60)
"""


def test_a_killed_hosts_job_is_taken_by_another_after_its_lease(
    engine: Engine, database_url: str, tmp_path: Path, start: Any
) -> None:
    """Kill -9 in the middle of a job: its subprocess dies too, the lease runs out, another host does the job."""
    enqueue(engine)
    mark = tmp_path / "pid"
    program = f"""
sys.path.insert(0, os.environ["PYTHONPATH"])
from serving.process_limits import die_with_parent
die_with_parent(order["parent"])
open({str(mark)!r}, "w").write(str(os.getpid()))
time.sleep(60)
"""
    command = [sys.executable, "-c", HOST, database_url, str(tmp_path / "one"), program]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as host:
        assert host.stdout is not None
        assert host.stdout.readline() == b"up\n"
        wait_for(lambda: mark.exists() and mark.read_text())
        start(engine, workshop(tmp_path / "two"), RunnerTimes(1.5, 0.1, 0.05))
        time.sleep(2.0)  # longer than the lease: signs of life keep it
        assert (job(engine).state, job(engine).attempts) == (JobState.RUNNING, 1)
        host.send_signal(signal.SIGKILL)
    killed_s = time.monotonic()
    wait_for(lambda: job(engine).state is JobState.DONE)
    assert time.monotonic() - killed_s > 0.5
    assert job(engine).attempts == 2
    wait_for(lambda: not Path(f"/proc/{mark.read_text()}").exists() or "Z" in _state(mark.read_text()))


def _state(pid: str) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return "Z"


def test_the_place_of_a_killed_process_on_its_host_is_free_at_once(sqlite: Engine, tmp_path: Path, start: Any) -> None:
    url = str(sqlite.url)
    with subprocess.Popen([sys.executable, "-c", HOST, url, str(tmp_path), "answer()"], stdout=subprocess.PIPE) as host:
        assert host.stdout is not None
        assert host.stdout.readline() == b"up\n"
        wait_for(lambda: is_held(tmp_path))
        host.send_signal(signal.SIGKILL)
    assert not is_held(tmp_path)
