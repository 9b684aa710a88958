"""The watch from Prometheus text to pages and tasks: real metrics, a real store, ECS of moto, hooks on this machine."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import Engine
from typer.testing import CliRunner

from configs import Settings, load_settings
from configs.notify_settings import NotifySettings
from configs.operations_settings import AlarmsSettings
from flows.alarms.actions import scaler
from flows.alarms.figures import combine, read_figures
from flows.alarms.watch import Watch, look_once, remembered
from flows.cli import app
from flows.notify import Level, Notice, Notifier
from serving.errors import ServingError
from serving.store import open_database
from serving.store.database import StoreAwayError, begin_append
from serving.store.labels import Label, LabelSource, insert_labels
from serving.telemetry import names
from serving.telemetry.alarms import Action, Alarm
from serving.telemetry.cost import TaskPrice
from serving.telemetry.labels import RouteTable
from serving.telemetry.metrics import ServiceMetrics
from serving.telemetry.snapshot import parse_exposition, read_registry
from tests.flows.test_notify import Hook, hook  # noqa: F401  (a fixture)

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
URL = "http://service:3000/metrics"
ROUTE = "/api/v1/analyze/risk"


@dataclass
class Service:
    """A service whose metrics are counted by the real code and read as text."""

    metrics: ServiceMetrics = field(
        default_factory=lambda: ServiceMetrics(routes=RouteTable({ROUTE: "risk_analyzer"}), price=TaskPrice(1.0, 4.0))
    )
    is_up: bool = True

    def answer(self, count: int, status: int = 200, seconds: float = 0.01) -> None:
        for _ in range(count):
            self.metrics.observe_request(ROUTE, "POST", status, seconds)

    def text(self, url: str = URL) -> str:
        from prometheus_client import generate_latest

        if not self.is_up:
            raise ServingError(f"{url} does not answer")
        return generate_latest(self.metrics.registry).decode()


@pytest.fixture
def service() -> Service:
    return Service()


@dataclass
class Told:
    """Keeps what people were told."""

    notices: list[Notice] = field(default_factory=list)

    def send(self, url: str, notice: Notice) -> bool:
        self.notices.append(notice)
        return True


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    monkeypatch.setenv("SDAI_PATHS_HOME", str(tmp_path))
    monkeypatch.setenv("SDAI_ALARMS_METRICS_URLS", json.dumps([URL]))
    load_settings.cache_clear()
    return load_settings()


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    engine = open_database(settings.store_url)
    yield engine
    engine.dispose()


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        self.now += timedelta(minutes=5)
        return self.now


def watch_of(settings: Settings, engine: Engine, service: Service, told: Told, **more: Any) -> Watch:
    notifier = Notifier(NotifySettings(urls=("json://team",)), told.send)
    return Watch(settings, engine, service.text, notifier, more.pop("scale_up", None), Clock(), **more)


def test_the_text_of_the_metrics_gives_the_figures_that_were_counted(service: Service) -> None:
    service.answer(3)
    service.metrics.set_gpu_use("0", 0.5)
    assert parse_exposition(service.text()) == read_registry(service.metrics.registry)
    with pytest.raises(ServingError, match="no Prometheus text"):
        parse_exposition("sdai_http_requests_total{route=")


def test_what_was_counted_before_the_first_look_raises_nothing(
    settings: Settings, engine: Engine, service: Service
) -> None:
    service.answer(500, status=500)
    watch = watch_of(settings, engine, service, Told())
    assert [watch.look().raised for _ in range(3)] == [[], [], []]


def test_errors_page_after_two_looks_and_are_over_after_three_good_ones(
    settings: Settings, engine: Engine, service: Service
) -> None:
    told = Told()
    watch = watch_of(settings, engine, service, told)
    watch.look()
    for _ in range(2):
        service.answer(300)
        service.answer(10, status=500)
        look = watch.look()
    assert {state.alarm.subject for state in look.raised} == {"service", ROUTE}
    assert {notice.level for notice in told.notices} == {Level.PAGE}
    assert "error_ratio of service is 0.03226" in " ".join(look.done)
    for _ in range(3):
        service.answer(300)
        look = watch.look()
    assert look.states == []
    assert [notice.level for notice in told.notices[2:]] == [Level.INFO, Level.INFO]


def test_the_memory_is_on_the_disk_and_a_damaged_one_begins_anew(
    settings: Settings, engine: Engine, service: Service
) -> None:
    file = settings.paths.work / "alarms" / "state.json"
    watch_of(settings, engine, service, Told()).look()
    for _ in range(2):  # another process each time
        service.answer(200, status=500)
        look = watch_of(settings, engine, service, Told()).look()
    assert look.raised
    assert remembered(file).states
    for content in ("{", "[]", '{"states": [{}], "readings": {}}', '{"states": [], "readings": {"u": {"at": "x"}}}'):
        file.write_text(content)
        assert remembered(file).states == {}
    assert watch_of(settings, engine, service, Told()).look().raised == []


def test_accuracy_comes_from_the_engines_labels_of_the_day(
    settings: Settings, engine: Engine, service: Service
) -> None:
    labels = [
        Label(f"p{at}", "risk_analyzer", "1", "champion", at < 90, {}, LabelSource.ENGINE, NOW) for at in range(100)
    ]
    with begin_append(engine) as connection:
        insert_labels(connection, labels)
    told = Told()
    watch = watch_of(settings, engine, service, told)
    watch.look()
    look = watch.look()
    assert [(state.alarm.name, state.alarm.subject, state.alarm.value) for state in look.raised] == [
        ("accuracy", "risk_analyzer", 0.9)
    ]
    assert told.notices[0].level is Level.PAGE


def test_a_slow_service_asks_for_one_more_task_and_a_busy_gpu_alerts(
    settings: Settings, engine: Engine, service: Service
) -> None:
    asked: list[Alarm] = []

    def scale_up(alarm: Alarm) -> str:
        asked.append(alarm)
        return "design goes from 2 to 3 tasks"

    told = Told()
    watch = watch_of(settings, engine, service, told, scale_up=scale_up)
    watch.look()
    service.metrics.set_gpu_use("0", 0.95)
    for _ in range(3):
        service.answer(200, seconds=3.0)
        watch.look()
    assert [alarm.action for alarm in asked] == [Action.SCALE_UP]
    assert {notice.level for notice in told.notices} == {Level.ALERT}
    assert any("from 2 to 3 tasks" in notice.body for notice in told.notices)


def test_a_cloud_that_refuses_ends_nothing(settings: Settings, engine: Engine, service: Service) -> None:
    def refuse(alarm: Alarm) -> str:
        raise RuntimeError("AccessDenied")

    told = Told()
    watch = watch_of(settings, engine, service, told, scale_up=refuse)
    watch.look()
    for _ in range(2):
        service.answer(200, seconds=3.0)
        watch.look()
    assert "Scaling up failed: AccessDenied" in told.notices[0].body


def test_a_silent_service_pages_and_its_figures_go_on_where_they_were(
    settings: Settings, engine: Engine, service: Service
) -> None:
    told = Told()
    watch = watch_of(settings, engine, service, told)
    watch.look()
    service.answer(200, status=500)
    service.is_up = False
    watch.look()
    look = watch.look()
    assert [state.alarm.name for state in look.raised] == ["unreachable"]
    service.is_up = True
    assert any(state.alarm.name == "error_ratio" for state in watch.look().states)


def exposition(count: int) -> str:
    return f'# TYPE {names.REQUESTS} counter\n{names.REQUESTS}{{route="/a",method="POST",status="2xx"}} {count}\n'


def test_services_add_up_and_a_restarted_one_counts_from_zero() -> None:
    counts = {"a": 5, "b": 0}

    def fetch(url: str) -> str:
        return exposition(counts[url])

    later = NOW + timedelta(minutes=5)
    first = read_figures(["a", "b"], {}, fetch, NOW)
    assert first.window.total(names.REQUESTS) == 0
    counts.update(a=12, b=2)
    window = read_figures(["a", "b"], first.readings, fetch, later).window
    assert (window.total(names.REQUESTS), window.window_s) == (9, 300)
    counts["a"] = 3
    assert read_figures(["a"], first.readings, fetch, later).window.total(names.REQUESTS) == 3
    assert combine([]).counters == {}


ALARM = Alarm("p95_s", Action.SCALE_UP, "service", 3.2, 2.0, 500)


def test_ecs_gets_one_more_task_up_to_the_most(monkeypatch: pytest.MonkeyPatch) -> None:
    import boto3
    from moto import mock_aws

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        client = boto3.client("ecs", region_name="us-east-1")
        client.create_cluster(clusterName="design")
        container = {"name": "design", "image": "design:1", "memory": 512}
        client.register_task_definition(family="design", containerDefinitions=[container])
        client.create_service(cluster="design", serviceName="api", taskDefinition="design", desiredCount=2)
        settings = AlarmsSettings(ecs_cluster="design", ecs_service="api", ecs_max_tasks=3)
        scale_up = scaler(settings, lambda: client)
        assert scale_up is not None
        assert scale_up(ALARM) == "api goes from 2 to 3 tasks"
        found = client.describe_services(cluster="design", services=["api"])["services"][0]
        assert found["desiredCount"] == 3
        assert scale_up(ALARM) == "api has its 3 tasks already, no more are allowed"
        nobody = scaler(settings.model_copy(update={"ecs_service": "none"}), lambda: client)
        assert nobody is not None
        with pytest.raises(LookupError, match="no service none"):
            nobody(ALARM)


def test_a_hook_is_told_of_the_alarm_and_without_either_nothing_scales(hook: Hook) -> None:  # noqa: F811
    scale_up = scaler(AlarmsSettings(scale_webhook=f"http://127.0.0.1:{hook.server_port}/scale"))
    assert scale_up is not None
    assert scale_up(ALARM) == "The scaling hook answered 200"
    assert hook.got == [{"action": "scale_up", "alarm": "p95_s", "subject": "service", "value": 3.2}]
    assert scaler(AlarmsSettings()) is None


def test_the_command_looks_once_and_says_what_it_saw(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDAI_ALARMS_METRICS_URLS", '["http://127.0.0.1:1/metrics"]')
    load_settings.cache_clear()
    first = CliRunner().invoke(app, ["alarms"])
    assert (first.exit_code, "seen 1 times" in first.output) == (0, True)
    second = CliRunner().invoke(app, ["alarms", "--json"])
    assert second.exit_code == 3
    (state,) = json.loads(second.output)["states"]
    assert state["alarm"]["name"] == "unreachable"


def test_alarms_keep_their_thresholds(settings: Settings, engine: Engine, service: Service) -> None:
    strict = settings.telemetry.model_copy(update={"max_error_ratio": 0.5})
    watch = watch_of(replace(settings, telemetry=strict), engine, service, Told())
    watch.look()
    for _ in range(3):
        service.answer(200)
        service.answer(150, status=500)
        look = watch.look()
    assert look.states == []


def test_alarms_of_the_metrics_are_judged_while_the_database_is_away_which_pages_too(
    settings: Settings, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> Engine:
        raise StoreAwayError("database postgresql://***@db cannot be opened: connection refused")

    told = Told()
    monkeypatch.setattr("flows.alarms.watch.open_database", away)
    monkeypatch.setattr("flows.alarms.watch.http_fetch", lambda *_: service.text)
    monkeypatch.setattr(
        "flows.alarms.watch.Notifier", lambda _: Notifier(NotifySettings(urls=("json://team",)), told.send)
    )
    look_once(settings)
    for _ in range(2):
        service.answer(200, status=500)
        look = look_once(settings)
    assert {(state.alarm.name, state.alarm.subject) for state in look.raised} >= {
        ("error_ratio", "service"),
        ("unreachable", "database"),
    }
    assert {notice.level for notice in told.notices} == {Level.PAGE}


def test_a_page_that_nobody_took_is_sent_again_at_the_next_look(
    settings: Settings, engine: Engine, service: Service
) -> None:
    taken = [False, True]
    sent: list[str] = []

    def send(_: str, notice: Notice) -> bool:
        sent.append(notice.title)
        return taken.pop(0)

    watch = replace(
        watch_of(settings, engine, service, Told()), notifier=Notifier(NotifySettings(urls=("json://team",)), send)
    )
    service.is_up = False
    for _ in range(4):
        watch.look()
    # Raised at the second look and not taken; told at the third; the fourth has nothing new to tell.
    assert [title.partition(":")[0] for title in sent] == ["ALARM", "still"]


def test_a_task_is_asked_for_once_though_nobody_could_be_told(
    settings: Settings, engine: Engine, service: Service
) -> None:
    asked: list[Alarm] = []

    def scale_up(alarm: Alarm) -> str:
        asked.append(alarm)
        return "one more"

    watch = watch_of(settings, engine, service, Told(), scale_up=scale_up)
    watch = replace(watch, notifier=Notifier(NotifySettings(urls=("json://team",)), lambda *_: False))
    watch.look()
    for _ in range(4):
        service.answer(200, seconds=3.0)
        watch.look()
    assert len(asked) == 1
