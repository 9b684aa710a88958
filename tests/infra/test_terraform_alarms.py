"""Alarms, dashboard and budget; read from the plan."""

import json
import re
from typing import Any

from configs.telemetry_settings import TelemetrySettings
from infra.cost.table import BUDGET_USD
from structural.problems import PROBLEM_NAMES
from tests.infra.planned import Planned
from tests.infra_tools import ROOT


def alarm(planned: Planned, name: str) -> dict[str, Any]:
    return planned[f"module.observability.aws_cloudwatch_metric_alarm.{name}"]


def test_the_four_alarms_have_the_services_thresholds(planned: Planned) -> None:
    policy = TelemetrySettings()
    assert alarm(planned, "accuracy")["threshold"] == 100 * policy.min_accuracy == 95
    assert alarm(planned, "latency")["threshold"] == policy.max_p95_s == 2
    assert alarm(planned, "gpu")["threshold"] == 100 * policy.max_gpu_ratio == 90
    assert alarm(planned, "errors")["threshold"] == 100 * policy.max_error_ratio == 1
    below, above = "LessThanThreshold", "GreaterThanThreshold"
    names = ("accuracy", "latency", "gpu", "errors")
    assert [alarm(planned, name)["comparison_operator"] for name in names] == [below, above, above, above]


def test_the_four_alarms_page_scale_or_tell(planned: Planned) -> None:
    page, alert = (planned[f'module.observability.aws_sns_topic.this["{name}"]']["arn"] for name in ("page", "alert"))
    scale_up = planned["module.ecs.aws_appautoscaling_policy.latency"]["arn"]
    assert alarm(planned, "accuracy")["alarm_actions"] == [page]
    assert set(alarm(planned, "latency")["alarm_actions"]) == {scale_up, alert}
    assert alarm(planned, "gpu")["alarm_actions"] == [alert]
    assert alarm(planned, "errors")["alarm_actions"] == [page]


def test_the_latency_alarm_adds_a_task(planned: Planned) -> None:
    (steps,) = planned["module.ecs.aws_appautoscaling_policy.latency"]["step_scaling_policy_configuration"]
    assert steps["adjustment_type"] == "ChangeInCapacity"
    assert steps["step_adjustment"][0]["scaling_adjustment"] == 1


def test_the_accuracy_of_every_model_is_watched(planned: Planned) -> None:
    queries = alarm(planned, "accuracy")["metric_query"]
    watched = [query["metric"][0]["dimensions"]["Model"] for query in queries if query["metric"]]
    assert watched == list(PROBLEM_NAMES)
    (combined,) = [query for query in queries if not query["metric"]]
    assert combined["expression"] == "MIN([m0, m1, m2, m3, m4])"


def test_alarms_and_dashboard_read_figures_that_the_service_sends(planned: Planned) -> None:
    source = (ROOT / "serving" / "telemetry" / "cloudwatch_data.py").read_text(encoding="utf-8")
    body = json.loads(planned["module.observability.aws_cloudwatch_dashboard.this"]["dashboard_body"])
    namespace = "StructuralDesign/production"
    used = set()
    for widget in body["widgets"]:
        for metric in widget["properties"].get("metrics", ()):
            if metric[0] == namespace:
                used.add(metric[1])
            elif isinstance(metric[0], dict):
                used |= set(re.findall(r'MetricName="(\w+)"', metric[0]["expression"]))
    assert len(used) >= 10
    assert [name for name in used if f'"{name}"' not in source] == []
    for name in ("latency", "errors"):
        assert f'"{alarm(planned, name)["metric_name"]}"' in source
        assert alarm(planned, name)["namespace"] == namespace
    alarms = body["widgets"][0]["properties"]["alarms"]
    assert len(alarms) == 4


def test_the_budget_is_that_of_the_cost_model(planned: Planned) -> None:
    budget = planned["module.budgets.aws_budgets_budget.monthly"]
    assert float(budget["limit_amount"]) == BUDGET_USD == 15_000
    told = {(item["notification_type"], item["threshold"]) for item in budget["notification"]}
    assert told == {("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100)}
    assert budget["cost_filter"][0]["values"] == ["user:Project$structural-design"]
