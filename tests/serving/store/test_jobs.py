from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import sqlalchemy as sa
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy.engine import Engine

from serving.store import StoreError, open_database
from serving.store.jobs import (
    FINAL_STATES,
    JobState,
    Lease,
    LeaseLostError,
    NewJob,
    Page,
    cancel_job,
    claim_job,
    count_open_jobs,
    enqueue_job,
    fail_job,
    find_job,
    finish_job,
    list_jobs,
    page_jobs,
    purge_jobs,
    release_job,
    renew_lease,
    requeue_expired_jobs,
)
from serving.store.tables import JOBS

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LEASE_S = 30.0
JOB = NewJob("j1", "client", "clash", {"model_ifc": "a.ifc"})


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_database(database_url)
    yield engine
    engine.dispose()


def claim(engine: Engine, worker: str = "w1", at_s: float = 0) -> Lease:
    claimed = claim_job(engine, worker, after(at_s), LEASE_S)
    assert claimed is not None
    return claimed[1]


def test_a_job_goes_from_queue_to_result(engine: Engine) -> None:
    queued = enqueue_job(engine, JOB, NOW)
    assert (queued.state, queued.attempts, queued.request) == (JobState.QUEUED, 0, {"model_ifc": "a.ifc"})
    assert claim_job(engine, "w1", after(1), LEASE_S, kind="other") is None
    claimed = claim_job(engine, "w1", after(1), LEASE_S, kind="clash")
    assert claimed is not None
    job, lease = claimed
    assert (job.state, job.worker, job.lease_until, job.started_at) == (JobState.RUNNING, "w1", after(31), after(1))
    assert claim_job(engine, "w2", after(2), LEASE_S) is None
    renew_lease(engine, lease, after(20), LEASE_S)
    finish_job(engine, lease, {"total_clashes": 0}, after(40))
    done = find_job(engine, "j1", "client")
    assert done is not None
    assert (done.state, done.result, done.finished_at) == (JobState.DONE, {"total_clashes": 0}, after(40))
    with pytest.raises(LeaseLostError, match="no longer held by 'w1'"):
        finish_job(engine, lease, {}, after(41))


def test_a_repeated_request_is_one_job_and_another_client_cannot_have_it(engine: Engine) -> None:
    enqueue_job(engine, JOB, NOW)
    assert enqueue_job(engine, replace(JOB, request={"other": 1}), after(5)).created_at == NOW
    with pytest.raises(StoreError, match="taken"):
        enqueue_job(engine, replace(JOB, client_id="thief"), NOW)
    assert find_job(engine, "j1", "thief") is None
    assert cancel_job(engine, "j1", "thief", NOW) is None
    assert list_jobs(engine, "thief") == []


def test_an_expired_lease_is_claimed_again_and_the_late_finish_refused(engine: Engine) -> None:
    enqueue_job(engine, JOB, NOW)
    lost = claim(engine)
    assert claim_job(engine, "w2", after(LEASE_S), LEASE_S) is None
    won = claim(engine, "w1", LEASE_S + 1)
    assert (won.attempt, lost.attempt) == (2, 1)
    for change in (
        lambda: finish_job(engine, lost, {}, after(40)),
        lambda: renew_lease(engine, lost, after(40), LEASE_S),
        lambda: fail_job(engine, lost, "x", after(40), retry=True),
    ):
        with pytest.raises(LeaseLostError):
            change()
    finish_job(engine, won, {"by": 2}, after(50))
    job = find_job(engine, "j1", "client")
    assert job is not None
    assert (job.result, job.error) == ({"by": 2}, None)


def test_a_job_whose_workers_always_die_fails_at_last(engine: Engine) -> None:
    enqueue_job(engine, replace(JOB, max_attempts=2), NOW)
    claim(engine)
    claim(engine, at_s=LEASE_S + 1)
    assert requeue_expired_jobs(engine, after(2 * LEASE_S + 2)) == 1
    assert claim_job(engine, "w3", after(100), LEASE_S) is None
    job = find_job(engine, "j1", "client")
    assert job is not None
    assert (job.state, job.finished_at) == (JobState.FAILED, after(2 * LEASE_S + 2))
    assert "stopped answering" in str(job.error)


@pytest.mark.parametrize(("retry", "attempts"), [(True, 3), (False, 1)])
def test_a_failed_attempt_is_tried_again_when_told_and_left(engine: Engine, retry: bool, attempts: int) -> None:
    enqueue_job(engine, JOB, NOW)
    for _ in range(attempts):
        fail_job(engine, claim(engine), "bad file", after(3), retry=retry)
    job = find_job(engine, "j1", "client")
    assert job is not None
    assert (job.state, job.error, job.attempts, job.finished_at) == (JobState.FAILED, "bad file", attempts, after(3))


def test_a_cancelled_job_is_taken_from_its_worker(engine: Engine) -> None:
    enqueue_job(engine, JOB, NOW)
    lease = claim(engine)
    cancelled = cancel_job(engine, "j1", "client", after(2))
    assert cancelled is not None
    assert (cancelled.state, cancelled.finished_at) == (JobState.CANCELLED, after(2))
    with pytest.raises(LeaseLostError):
        renew_lease(engine, lease, after(3), LEASE_S)
    assert claim_job(engine, "w2", after(LEASE_S + 5), LEASE_S) is None
    assert cancel_job(engine, "j1", "client", after(9)) == cancelled


def test_jobs_are_listed_counted_and_purged(engine: Engine) -> None:
    for number in range(4):
        enqueue_job(engine, replace(JOB, id=f"j{number}"), after(number))
    enqueue_job(engine, replace(JOB, id="foreign", client_id="other"), after(9))
    finish_job(engine, claim(engine), None, after(10))
    cancel_job(engine, "j1", "client", after(20))
    assert [job.id for job in list_jobs(engine, "client", limit=3)] == ["j3", "j2", "j1"]
    assert [job.id for job in list_jobs(engine, "client", JobState.DONE)] == ["j0"]
    assert (count_open_jobs(engine), count_open_jobs(engine, "client")) == (3, 2)
    assert purge_jobs(engine, after(15)) == 1
    assert [job.id for job in list_jobs(engine, "client")] == ["j3", "j2", "j1"]


def test_claims_at_once_share_the_jobs_and_get_each_once(engine: Engine) -> None:
    for number in range(24):
        enqueue_job(engine, replace(JOB, id=f"j{number:02d}"), NOW)

    def work(worker: str) -> list[str]:
        mine = []
        while claimed := claim_job(engine, worker, after(1), LEASE_S):
            mine.append(claimed[0].id)
        return mine

    with ThreadPoolExecutor(4) as pool:
        claimed = [job for jobs in pool.map(work, ["a", "b", "c", "d"]) for job in jobs]
    assert sorted(claimed) == [f"j{number:02d}" for number in range(24)]


@pytest.mark.postgres
def test_a_claim_does_not_wait_for_a_row_that_another_holds(engine: Engine) -> None:
    if engine.dialect.name != "postgresql":
        return
    for number in range(2):
        enqueue_job(engine, replace(JOB, id=f"j{number}"), after(number))
    with engine.begin() as connection:
        connection.execute(sa.select(JOBS).where(JOBS.c.id == "j0").with_for_update())
        assert claim(engine).job_id == "j1"


@dataclass
class Expected:
    """What a job must look like, told by the rules alone."""

    state: JobState
    attempts: int = 0
    lease_end_s: int = 0


class JobMachine(RuleBasedStateMachine):
    """Any order of calls by any number of workers, with a clock that goes on, against a model in memory."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.engine = open_database(f"sqlite:///{Path(self.folder.name) / 'jobs.db'}")
        self.now_s = 0
        self.jobs: dict[str, Expected] = {}
        self.leases: list[Lease] = []

    def teardown(self) -> None:
        self.engine.dispose()
        self.folder.cleanup()

    def _expire(self) -> None:
        for job in self.jobs.values():
            if job.state is JobState.RUNNING and job.lease_end_s < self.now_s:
                job.state = JobState.QUEUED if job.attempts < 3 else JobState.FAILED

    def _holds(self, lease: Lease) -> bool:
        job = self.jobs[lease.job_id]
        return job.state is JobState.RUNNING and job.attempts == lease.attempt

    @rule()
    def enqueue(self) -> None:
        job_id = f"j{len(self.jobs):03d}"
        enqueue_job(self.engine, replace(JOB, id=job_id), after(self.now_s))
        self.jobs[job_id] = Expected(JobState.QUEUED)

    @rule(seconds=st.integers(1, 40))
    def time_passes(self, seconds: int) -> None:
        self.now_s += seconds

    @rule(worker=st.sampled_from("ab"))
    def claim(self, worker: str) -> None:
        self._expire()
        queued = {job_id for job_id, job in self.jobs.items() if job.state is JobState.QUEUED}
        claimed = claim_job(self.engine, worker, after(self.now_s), LEASE_S)
        assert (claimed is None) == (not queued)
        if claimed is None:
            return
        job, lease = claimed
        assert job.id in queued
        assert not any(self._holds(other) for other in self.leases if other.job_id == job.id)
        expected = self.jobs[job.id]
        expected.state, expected.attempts = JobState.RUNNING, expected.attempts + 1
        expected.lease_end_s = self.now_s + int(LEASE_S)
        assert job.attempts == expected.attempts
        self.leases.append(lease)

    @precondition(lambda self: self.leases)
    @rule(data=st.data(), what=st.sampled_from(["renew", "finish", "fail", "retry"]))
    def report(self, data: st.DataObject, what: str) -> None:
        lease = data.draw(st.sampled_from(self.leases))
        held, now = self._holds(lease), after(self.now_s)
        try:
            if what == "renew":
                renew_lease(self.engine, lease, now, LEASE_S)
            elif what == "finish":
                finish_job(self.engine, lease, {"attempt": lease.attempt}, now)
            else:
                fail_job(self.engine, lease, "no", now, retry=what == "retry")
        except LeaseLostError:
            assert not held
            return
        assert held
        job = self.jobs[lease.job_id]
        if what == "renew":
            job.lease_end_s = self.now_s + int(LEASE_S)
        elif what == "finish":
            job.state = JobState.DONE
        else:
            job.state = JobState.QUEUED if what == "retry" and job.attempts < 3 else JobState.FAILED

    @precondition(lambda self: self.jobs)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        job_id = data.draw(st.sampled_from(sorted(self.jobs)))
        cancel_job(self.engine, job_id, "client", after(self.now_s))
        if self.jobs[job_id].state not in FINAL_STATES:
            self.jobs[job_id].state = JobState.CANCELLED

    @invariant()
    def the_table_agrees(self) -> None:
        found = {job.id: (job.state, job.attempts) for job in list_jobs(self.engine, "client")}
        assert found == {job_id: (job.state, job.attempts) for job_id, job in self.jobs.items()}


JobMachine.TestCase.settings = settings(max_examples=12, stateful_step_count=25)
TestJobs = JobMachine.TestCase


def test_a_job_given_up_is_queued_again_and_the_attempt_does_not_count(engine: Engine) -> None:
    enqueue_job(engine, replace(JOB, max_attempts=1), NOW)
    _, lease = claim_job(engine, "w1", NOW, LEASE_S) or pytest.fail("nothing to claim")
    release_job(engine, lease)
    again, other = claim_job(engine, "w2", NOW, LEASE_S) or pytest.fail("nothing to claim")
    assert (again.attempts, again.worker) == (1, "w2")
    with pytest.raises(LeaseLostError):
        release_job(engine, lease)
    finish_job(engine, other, 1, NOW)


def test_progress_is_kept_with_the_lease_and_begins_anew_with_an_attempt(engine: Engine) -> None:
    enqueue_job(engine, JOB, NOW)
    _, lease = claim_job(engine, "w1", NOW, LEASE_S) or pytest.fail("nothing to claim")
    renew_lease(engine, lease, NOW, LEASE_S, 0.25)
    found = find_job(engine, "j1", "client")
    assert found is not None
    assert found.progress == 0.25
    later, _ = claim_job(engine, "w2", NOW + timedelta(seconds=LEASE_S + 1), LEASE_S) or pytest.fail("not free")
    assert later.progress is None


def test_pages_hold_every_job_once_newest_first_and_no_results(engine: Engine) -> None:
    for number in range(7):  # two at each instant: the id decides
        enqueue_job(engine, NewJob(f"j{number}", "client", "clash", {}), NOW + timedelta(seconds=number // 2))
    enqueue_job(engine, NewJob("other kind", "client", "x", {}), NOW)
    enqueue_job(engine, NewJob("other client", "else", "clash", {}), NOW)
    _, lease = claim_job(engine, "w", NOW, LEASE_S, "clash") or pytest.fail("nothing to claim")
    finish_job(engine, lease, {"large": "result"}, NOW)
    seen, after = [], None
    while rows := page_jobs(engine, "client", Page("clash", 3, after=after)):
        seen += rows
        after = rows[-1].created_at, rows[-1].id
    assert [job.id for job in seen] == [f"j{number}" for number in (6, 5, 4, 3, 2, 1, 0)]
    assert all(job.result is None for job in seen)
    assert [job.id for job in page_jobs(engine, "client", Page("clash", 9, JobState.DONE))] == [lease.job_id]
