"""Every item of the checklist: what makes it pass, what makes it fail, and what is never passed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.preflight.items import FAILED_EXIT, Item, Outcome, exit_code, judged, unanswered
from flows.preflight.operations import (
    Alarms,
    Backup,
    Secrets,
    judge_alarms,
    judge_backup,
    judge_health,
    judge_ledger,
    judge_plan,
    judge_rejected,
    judge_schema,
    judge_secrets,
)
from flows.preflight.people import people_items
from flows.preflight.versions import (
    InService,
    Timed,
    judge_dataset,
    judge_gates,
    judge_latency,
    judge_signatures,
    judge_targets,
    judge_way_back,
)
from structural.problems import PROBLEM_NAMES

NOW = datetime(2026, 1, 31, 3, 0, tzinfo=UTC)
DAY = timedelta(days=1)
GOOD = InService("2-ab", "pass", 0.99, 0.98, None, True)
SERVED = dict.fromkeys(PROBLEM_NAMES, GOOD)
TIMED = dict.fromkeys(PROBLEM_NAMES, Timed("2-ab", 4.0, 5.0, 1.0, 3.0))
VERSIONS = dict.fromkeys(PROBLEM_NAMES, "2-ab")
HEALTHY = {"status": "healthy", "models": 5}
TOLD = Alarms(1, 1, NOW - timedelta(minutes=4), ())
KEPT = Backup("20260131T000000Z-1a2b3c", NOW - timedelta(hours=3), "s3://backups/site")
SAFE = Secrets("required", True, {"SDAI_STORE_URL": "zK!29x"}, False)
LISTENER = {"module.alb.aws_lb_listener.production": {"ssl_policy": "ELBSecurityPolicy-TLS13-1-3-2021-06"}}
PARAMETERS = {
    "module.rds.aws_db_parameter_group.this": {
        "parameter": [
            {"name": "rds.force_ssl", "value": "1"},
            {"name": "ssl_min_protocol_version", "value": "TLSv1.3"},
        ]
    }
}
DATABASE = {"module.rds.aws_db_instance.this": {"multi_az": True, "backup_retention_period": 30}}
EDGE = {
    "module.edge.aws_cloudfront_distribution.this": {
        "viewer_certificate": [{"minimum_protocol_version": "TLSv1.3_2025"}]
    }
}
CACHE = {"module.elasticache.aws_elasticache_replication_group.this": {"transit_encryption_enabled": True}}
PLAN = LISTENER | PARAMETERS | DATABASE | EDGE | CACHE


def with_one(**changes: Any) -> dict[str, InService]:
    return SERVED | {"risk_analyzer": replace(GOOD, **changes)}


def without(name: str) -> dict[str, InService]:
    return {model: item for model, item in SERVED.items() if model != name}


def test_with_good_evidence_everything_that_a_program_can_tell_passes() -> None:
    items = [
        judge_gates(SERVED),
        judge_targets(SERVED),
        judge_signatures((), 5),
        judge_way_back(SERVED),
        judge_latency(TIMED, VERSIONS),
        judge_dataset("ab" * 32, 301_675, []),
        judge_ledger(5, None),
        judge_schema("0005", "0005"),
        judge_rejected(0),
        judge_health("http://x", 200, HEALTHY),
        *judge_alarms(TOLD, NOW, timedelta(minutes=15)),
        judge_backup(KEPT, NOW, DAY),
        *judge_secrets(SAFE),
        *judge_plan(PLAN, "plan.json"),
    ]
    assert [item for item in items if item.outcome is not Outcome.PASSED] == []
    assert exit_code(items) == 0


BAD: dict[str, Callable[[], list[Item] | Item]] = {
    "a gate that failed": lambda: judge_gates(with_one(gate="near")),
    "a gate without a verdict": lambda: judge_gates(with_one(gate=None)),
    "a model that is missing": lambda: judge_gates(without("risk_analyzer")),
    "accuracy below target": lambda: judge_targets(with_one(accuracy=0.9799)),
    "accuracy unknown": lambda: judge_targets(with_one(accuracy=None)),
    "no version at all": lambda: judge_targets({}),
    "a signature": lambda: judge_signatures(["risk_analyzer: changed"], 5),
    "nothing signed": lambda: judge_signatures((), 0),
    "the version before is spoilt": lambda: judge_way_back(with_one(previous_fault="changed")),
    "p95 over its limit": lambda: judge_latency(TIMED | {"risk_analyzer": Timed("2-ab", 5.1, 5.0, 1, 3)}, VERSIONS),
    "p95 of the model alone": lambda: judge_latency(TIMED | {"risk_analyzer": Timed("2-ab", 1, 5.0, 3.1, 3)}, VERSIONS),
    "p95 not measured": lambda: judge_latency(TIMED | {"risk_analyzer": Timed("2-ab", None, 5.0, 1, 3)}, VERSIONS),
    "p95 of another version": lambda: judge_latency(TIMED | {"risk_analyzer": Timed("1-x", 1, 5.0, 1, 3)}, VERSIONS),
    "nothing was timed": lambda: judge_latency({}, VERSIONS),
    "a changed dataset": lambda: judge_dataset("ab", 1, ["risk.parquet is not what its manifest says"]),
    "no run": lambda: judge_dataset(None, None, None),
    "a broken ledger": lambda: judge_ledger(2, "entry 3: removed"),
    "an old schema": lambda: judge_schema("0004", "0005"),
    "no schema": lambda: judge_schema(None, "0005"),
    "refused answers": lambda: judge_rejected(1),
    "no service": lambda: judge_health("http://x", None, {}),
    "a service that is not ready": lambda: judge_health("http://x", 503, HEALTHY),
    "a service that lacks a model": lambda: judge_health("http://x", 200, {"status": "degraded", "models": 4}),
    "alarms for nobody": lambda: judge_alarms(replace(TOLD, addresses=0, page_addresses=0), NOW, DAY),
    "alarms not looked at": lambda: judge_alarms(replace(TOLD, looked_at=None), NOW, DAY),
    "alarms looked at long ago": lambda: judge_alarms(replace(TOLD, looked_at=NOW - 2 * DAY), NOW, DAY),
    "an alarm that stands": lambda: judge_alarms(replace(TOLD, raised=["p95"]), NOW, DAY),
    "no backup": lambda: judge_backup(None, NOW, DAY),
    "an old backup": lambda: judge_backup(replace(KEPT, created_at=NOW - 2 * DAY), NOW, DAY),
    "a backup from the future": lambda: judge_backup(replace(KEPT, created_at=NOW + DAY), NOW, DAY),
    "a backup that is gone": lambda: judge_backup(replace(KEPT, fault="missing"), NOW, DAY),
    "tokens of the development key": lambda: judge_secrets(replace(SAFE, mode="auto")),
    "no issuer": lambda: judge_secrets(replace(SAFE, has_issuer=False)),
    "a default password": lambda: judge_secrets(replace(SAFE, passwords={"SDAI_STORE_URL": "Postgres"})),
    "no password": lambda: judge_secrets(replace(SAFE, passwords={"SDAI_STORE_URL": None})),
    "a key of this machine": lambda: judge_secrets(replace(SAFE, signing_key_is_local=True)),
    "an old TLS policy": lambda: judge_plan(
        PLAN | {"aws_lb_listener.x": {"ssl_policy": "ELBSecurityPolicy-2016-08"}}, ""
    ),
    "a listener without TLS": lambda: judge_plan(PLAN | {"aws_lb_listener.x": {"port": 80}}, ""),
    "an edge with old TLS": lambda: judge_plan(
        PLAN
        | {"aws_cloudfront_distribution.x": {"viewer_certificate": [{"minimum_protocol_version": "TLSv1.2_2021"}]}},
        "",
    ),
    "a database without TLS": lambda: judge_plan(PLAN | {"aws_db_parameter_group.x": {"parameter": []}}, ""),
    "a cache without TLS": lambda: judge_plan(PLAN | {"aws_elasticache_replication_group.x": {}}, ""),
    "no standby": lambda: judge_plan(PLAN | {"aws_db_instance.x": {"backup_retention_period": 30}}, ""),
    "no point in time": lambda: judge_plan(PLAN | {"aws_db_instance.x": {"multi_az": True}}, ""),
    "an empty plan": lambda: judge_plan({}, ""),
}


@pytest.mark.parametrize("name", BAD)
def test_what_does_not_hold_fails_with_a_way_to_mend_it(name: str) -> None:
    found = BAD[name]()
    items = found if isinstance(found, list) else [found]
    failed = [item for item in items if item.outcome is Outcome.FAILED]
    assert failed, items
    assert all(item.found and item.mend for item in failed)
    assert exit_code(items) == FAILED_EXIT


def test_what_could_not_be_asked_is_open_and_never_passed() -> None:
    items = [
        *judge_plan(None, "no plan was given"),
        judge_dataset("ab" * 32, 5, None),
        judge_way_back(with_one(has_previous=False)),
        judge_alarms(replace(TOLD, looked_at=None), NOW, DAY)[2],
    ]
    assert {item.outcome for item in items} == {Outcome.OPEN}
    assert all(item.mend for item in items)
    assert exit_code(items) == 0


def test_items_for_people_are_neither_passed_nor_failed() -> None:
    items = people_items()
    assert len(items) > 5
    assert {item.outcome for item in items} == {Outcome.PEOPLE}
    assert exit_code(items) == 0
    assert items[0].to_json()["outcome"] == "to be answered by people"


@given(st.lists(st.booleans(), max_size=8))
def test_the_exit_code_is_three_exactly_when_something_failed(faults: list[bool]) -> None:
    items = [judged("a", "n", ["x"] if fault else [], "", "mend") for fault in faults]
    items += [unanswered("a", "o", "w", "h"), *people_items()]
    assert exit_code(items) == (FAILED_EXIT if any(faults) else 0)
