"""Clash jobs over HTTP, on real databases: taking on, telling, cancelling, whose they are, pages, limits, bad input."""

import base64
import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Engine
from starlette.applications import Starlette
from starlette.routing import Mount

from serving.jobs import JobDesk, JobPolicy, JobRunner, RunnerTimes
from serving.jobs import desk as desk_module
from serving.jobs.handlers import job_routes
from serving.schemas import job as schema
from serving.store.jobs import JobState, NewJob, enqueue_job, purge_jobs
from serving.store.tables import JOBS
from tests.serving.jobs.conftest import UPLOAD, workshop

PATH = "/api/v1/jobs/clashes"
QUESTION = {"model_ifc": "frame.ifc", "tolerance_mm": 25.0}
POLICY = JobPolicy(max_open=6, max_open_per_client=4, max_attempts=3, model_bytes=1_000)
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class Clock:
    """A clock that goes on by a second each time it is read."""

    def __init__(self) -> None:
        self.reads = 0

    def __call__(self) -> datetime:
        self.reads += 1
        return NOW + timedelta(seconds=self.reads)


class Service:
    """The routes in an application of their own; who asks is told by a header."""

    def __init__(self, engine: Engine, root: Path) -> None:
        from starlette.testclient import TestClient

        self.reason: str | None = None
        desk = JobDesk(engine, root, POLICY, Clock())
        routes = job_routes(desk, lambda request: request.headers["x-client"], lambda: self.reason)
        self.http = TestClient(Starlette(routes=[Mount("/api/v1", routes=routes)]), raise_server_exceptions=False)

    def ask(self, method: str, path: str = PATH, client: str = "ann", **more: Any) -> Any:
        headers = {"x-client": client} | more.pop("headers", {})
        return self.http.request(method, path, headers=headers, **more)

    def submit(self, client: str = "ann", key: str | None = None, **fields: Any) -> Any:
        headers = {} if key is None else {"idempotency-key": key}
        return self.ask("POST", client=client, json=QUESTION | fields, headers=headers)


@pytest.fixture
def service(engine: Engine, root: Path) -> Service:
    return Service(engine, root)


@pytest.fixture
def local(sqlite: Engine, root: Path) -> Service:
    return Service(sqlite, root)


def refused(answer: Any, status: int, told: str = "") -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert told in answer.json()["detail"]
    return dict(answer.json())


def test_a_job_from_its_submission_to_its_answer(service: Service, engine: Engine, tmp_path: Path) -> None:
    answer = service.submit(include_connections=True)
    taken = schema.Job.model_validate_json(answer.content)
    assert (answer.status_code, answer.headers["location"]) == (202, f"{PATH}/{taken.id}")
    assert answer.headers["content-type"] == "application/json"
    assert (taken.status, taken.progress, taken.attempts, taken.result) == ("queued", 0.0, 0, None)
    assert taken.request.model_dump() == QUESTION | {"include_connections": True}
    runner = JobRunner(engine, workshop(tmp_path), RunnerTimes(30, 1, 1), lambda: NOW + timedelta(hours=1))
    assert runner.step()
    done = schema.Job.model_validate_json(service.ask("GET", f"{PATH}/{taken.id}").content)
    assert (done.status, done.progress, done.attempts, done.error) == ("done", 1.0, 1, None)
    assert done.result is not None
    assert (done.result.model_version, done.result.members) == ("7", 2)
    assert done.started_at is not None
    assert done.finished_at is not None
    assert done.created_at < done.started_at <= done.finished_at


def test_the_clashes_of_a_job_that_is_done_are_a_bcf_file(service: Service, engine: Engine, tmp_path: Path) -> None:
    job_id = service.submit().json()["id"]
    refused(service.ask("GET", f"{PATH}/{job_id}/bcf"), 409, "the job is queued")
    program = f"say('result', {json.dumps(json.dumps(answer_of_two_clashes()))})"
    JobRunner(engine, workshop(tmp_path, program), RunnerTimes(30, 1, 1), Clock()).step()
    answer = service.ask("GET", f"{PATH}/{job_id}/bcf?version=3.0")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/octet-stream")
    assert answer.headers["content-disposition"] == f'attachment; filename="clashes-{job_id}.bcf"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.read("bcf.version").endswith(b'<Version VersionId="3.0" />')
        (markup,) = [archive.read(name).decode() for name in archive.namelist() if name.endswith("markup.bcf")]
    assert "<Title>pipe &lt;P&gt; runs through 2 beams</Title>" in markup
    assert "<Filename>frame.ifc</Filename>" in markup
    assert service.ask("GET", f"{PATH}/{job_id}/bcf").status_code == 200


def test_an_answer_from_before_there_were_groups_is_a_topic_a_clash(
    service: Service, engine: Engine, tmp_path: Path
) -> None:
    job_id = service.submit().json()["id"]
    result = answer_of_two_clashes()
    del result["groups"]
    for clash in result["clashes"]:
        del clash["point_m"], clash["kind"], clash["size_m"]
    program = f"say('result', {json.dumps(json.dumps(result))})"
    JobRunner(engine, workshop(tmp_path, program), RunnerTimes(30, 1, 1), Clock()).step()
    with zipfile.ZipFile(io.BytesIO(service.ask("GET", f"{PATH}/{job_id}/bcf").content)) as archive:
        assert sum(name.endswith("markup.bcf") for name in archive.namelist()) == 2
        assert not any(name.endswith(".bcfv") for name in archive.namelist()), "nobody knows where they are"


def test_a_bcf_file_is_its_clients_alone_and_of_a_known_version(service: Service) -> None:
    job_id = service.submit().json()["id"]
    refused(service.ask("GET", f"{PATH}/{job_id}/bcf", client="bob"), 404)
    refused(service.ask("GET", f"{PATH}/{'0' * 32}/bcf"), 404)
    for version in ("1.0", "", "3.0\n", "%00"):
        assert refused(service.ask("GET", f"{PATH}/{job_id}/bcf", params={"version": version}), 422)["errors"]


def answer_of_two_clashes() -> dict[str, Any]:
    """Return an answer of the clash detector with one group of two clashes."""
    clash = {
        "member1": "<P>",
        "guid1": "0" * 22,
        "severity": "HIGH",
        "distance_mm": -40.0,
        "resolution_hours": 8.0,
        "confidence": 0.9,
        "approximate": False,
        "hard": True,
        "kind": "hard",
        "point_m": [1.0, 2.0, 3.0],
        "size_m": 0.2,
    }
    group = {
        "id": "5f3d1a52-9c3b-5d0b-8f0e-2f6a5e0a8a11",
        "cause": "one_member",
        "title": "pipe <P> runs through 2 beams",
        "severity": "HIGH",
        "resolution_hours": 8.25,
        "clashes": [0, 1],
    }
    clashes = [clash | {"member2": f"B{row}", "guid2": f"{row}" * 22} for row in (1, 2)]
    counts = {"connections_count": 0, "members": 3, "members_without_geometry": 0, "approximate_members": 0}
    counts |= {"pairs_judged": 2, "overruled": 0, "verified": True}
    return {"total_clashes": 2, "clashes": clashes, "groups": [group], "confidence": 0.9, **counts}


def test_a_failed_job_says_why(service: Service, engine: Engine, tmp_path: Path) -> None:
    job_id = service.submit().json()["id"]
    program = "say('refused', json.dumps('the model has no members'))"
    JobRunner(engine, workshop(tmp_path, program), RunnerTimes(30, 1, 1), Clock()).step()
    found = service.ask("GET", f"{PATH}/{job_id}").json()
    assert (found["status"], found["error"], found["result"]) == ("failed", "the model has no members", None)


def test_a_job_is_its_clients_alone(service: Service) -> None:
    job_id = service.submit().json()["id"]
    for method in ("GET", "DELETE"):
        told = refused(service.ask(method, f"{PATH}/{job_id}", client="bob"), 404)["detail"]
        assert told == refused(service.ask(method, f"{PATH}/{'0' * 32}"), 404)["detail"]
    assert service.ask("GET", client="bob").json()["jobs"] == []
    assert service.ask("GET", f"{PATH}/{job_id}").json()["status"] == "queued"


def test_a_cancelled_job_stays_cancelled_and_is_told_each_time(service: Service) -> None:
    job_id = service.submit().json()["id"]
    for _ in range(2):
        answer = service.ask("DELETE", f"{PATH}/{job_id}")
        assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert service.ask("GET", f"{PATH}/{job_id}").json()["finished_at"] is not None


def test_the_same_key_is_the_same_job(service: Service) -> None:
    first, again = service.submit(key="k-1"), service.submit(key="k-1")
    assert first.status_code == again.status_code == 202
    assert first.json()["id"] == again.json()["id"]
    assert len({service.submit(key=key).json()["id"] for key in ("k-1", "k-2", "k-3")}) == 3
    assert service.submit(client="bob", key="k-1").json()["id"] != first.json()["id"]
    refused(service.submit(key="k-1", tolerance_mm=30.0), 422, "use a new key")


@pytest.mark.parametrize("key", ["", "x" * 256, "k\u00e9y".encode("latin-1")])
def test_what_is_no_key_is_refused(local: Service, key: Any) -> None:
    refused(local.submit(key=key), 400, "1 to 255 printable")


def test_pages_go_through_all_jobs_newest_first(service: Service) -> None:
    ids = [service.submit().json()["id"] for _ in range(4)]
    seen, after = [], None
    for _ in range(3):
        page = service.ask("GET", params={"limit": 2} | ({"after": after} if after else {})).json()
        seen += [item["id"] for item in page["jobs"]]
        after = page["next"]
        if after is None:
            break
    assert seen == ids[::-1]
    service.ask("DELETE", f"{PATH}/{ids[1]}")
    cancelled = service.ask("GET", params={"status": "cancelled"}).json()
    assert [item["id"] for item in cancelled["jobs"]] == [ids[1]]
    assert cancelled["next"] is None
    assert "result" not in cancelled["jobs"][0]


def test_a_page_has_twenty_jobs_unless_another_number_is_asked_for(local: Service, sqlite: Engine) -> None:
    for number in range(22):
        enqueue_job(sqlite, NewJob(f"{number:032x}", "ann", "clashes", QUESTION | {"include_connections": False}), NOW)
    assert len(local.ask("GET", client="ann").json()["jobs"]) == 20
    assert len(local.ask("GET", client="ann", params={"limit": 22}).json()["jobs"]) == 22


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": "0"}, "limit"), ({"limit": "101"}, "limit"), ({"limit": "x"}, "limit"), ({"limit": ""}, "limit"),
        ({"limit": "\u0661"}, "limit"), ({"limit": "9" * 5_000}, "limit"), ({"status": "lost"}, "status"),
        ({"status": ""}, "status"), ({"after": "x"}, "after"), ({"after": ""}, "after"), ({"after": "\u00e9"}, "after"),
        ({"after": "MjAyNi0wMS0wMSBh"}, "after"), ({"after": "A" * 2_000}, "after"),
    ],
)  # fmt: skip
def test_what_no_page_can_be_is_refused(local: Service, query: dict[str, str], field: str) -> None:
    (error,) = refused(local.ask("GET", params=query), 422)["errors"]
    assert error["field"] == field


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=40) | st.binary(max_size=40).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_a_cursor_of_any_text_never_fails_the_service(local: Service, after: str) -> None:
    assert local.ask("GET", params={"after": after}).status_code in (200, 422)


def test_models_are_looked_for_at_once_and_uploads_are_their_clients(service: Service, root: Path) -> None:
    assert service.submit(model_ifc=UPLOAD).status_code == 202
    refused(service.submit(client="bob", model_ifc=UPLOAD), 404, "there is no model")
    refused(service.submit(model_ifc="none.ifc"), 404, "there is no model")
    (error,) = refused(service.submit(model_ifc="../secret.ifc"), 422)["errors"]
    assert error["field"] == "model_ifc"
    (root / "large.ifc").write_bytes(b"x" * 1_001)
    refused(service.submit(model_ifc="large.ifc"), 413)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400), (b"{", 400), (b"\xff", 400), (b"[" * 100_000, 400), (b"null", 422), (b"[]", 422), (b"{}", 422),
        (b'{"model_ifc": 1}', 422), (b'{"model_ifc": "frame.ifc", "colour": "red"}', 422),
        (b'{"model_ifc": "frame.ifc", "tolerance_mm": NaN}', 422), (b'{"model_ifc": "a\\u0000b"}', 422),
        (b'{"model_ifc": "frame.ifc", "tolerance_mm": 1e999}', 422), (b'{"model_ifc": "\\ud800"}', 400),
    ],
)  # fmt: skip
def test_a_bad_body_is_the_clients_error(local: Service, body: bytes, status: int) -> None:
    answer = local.ask("POST", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == status, answer.text
    assert refused(answer, answer.status_code)["errors"]
    assert local.ask("GET").json()["jobs"] == []


def test_another_media_type_is_refused(local: Service) -> None:
    refused(local.ask("POST", content=json.dumps(QUESTION), headers={"content-type": "text/plain"}), 415)


def test_so_many_open_jobs_a_client_and_in_all(service: Service) -> None:
    jobs = [service.submit(key=f"k{number}").json()["id"] for number in range(4)]
    answer = service.submit()
    refused(answer, 429, "4 jobs of this client are open")
    assert int(answer.headers["retry-after"]) > 0
    assert service.submit(key="k0").status_code == 202
    assert [service.submit(client="bob").status_code for _ in range(3)] == [202, 202, 503]
    service.ask("DELETE", f"{PATH}/{jobs[0]}")
    assert service.submit().status_code == 202


def test_without_a_model_in_service_nothing_is_taken_on(local: Service) -> None:
    local.reason = "no version has passed its gate"
    answer = local.submit()
    refused(answer, 503, "clash_detector has no version in service: no version has passed its gate")
    assert int(answer.headers["retry-after"]) > 0
    assert local.ask("GET").status_code == 200


@pytest.mark.parametrize("name", ["find_job", "page_jobs", "cancel_job", "count_open_jobs"])
def test_a_database_that_is_away_is_503_and_not_described(
    local: Service, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def away(*_: Any) -> None:
        raise sa.exc.OperationalError("SELECT secret", {}, Exception("password"))

    monkeypatch.setattr(desk_module, name, away)
    ask: dict[str, Callable[[], Any]] = {
        "find_job": lambda: local.ask("GET", f"{PATH}/{'0' * 32}"),
        "page_jobs": lambda: local.ask("GET"),
        "cancel_job": lambda: local.ask("DELETE", f"{PATH}/{'0' * 32}"),
        "count_open_jobs": local.submit,
    }
    answer = ask[name]()
    refused(answer, 503)
    assert "secret" not in answer.text
    assert "password" not in answer.text


@pytest.mark.parametrize("job_id", ["x", "0" * 31, "0" * 33, "A" * 32, "%00", "\u0660" * 32])
def test_what_is_no_id_is_not_found(local: Service, job_id: str) -> None:
    refused(local.ask("GET", f"{PATH}/{job_id}"), 404)


def test_jobs_that_ended_long_ago_are_purged(service: Service, engine: Engine) -> None:
    gone, stays = service.submit().json()["id"], service.submit().json()["id"]
    service.ask("DELETE", f"{PATH}/{gone}")
    assert purge_jobs(engine, NOW + timedelta(days=1)) == 1
    assert service.ask("GET", f"{PATH}/{gone}").status_code == 404
    assert service.ask("GET", f"{PATH}/{stays}").status_code == 200


def test_an_error_of_an_earlier_attempt_is_not_shown_with_the_answer(local: Service, sqlite: Engine) -> None:
    job_id = local.submit().json()["id"]
    with sqlite.begin() as connection:
        connection.execute(sa.update(JOBS).values(state=JobState.QUEUED.value, error="crashed before"))
    assert local.ask("GET", f"{PATH}/{job_id}").json()["error"] == "crashed before"
