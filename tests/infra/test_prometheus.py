"""Scrape configuration, alert rules, dashboard: the service's names, the settings' thresholds, and that rules fire."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from configs.telemetry_settings import TelemetrySettings
from serving.auth.routes import ROUTES
from serving.telemetry import names
from serving.telemetry.alarms import Action
from tests.infra_tools import ROOT

FOLDER = ROOT / "infra" / "compose"
RULES: list[dict[str, Any]] = yaml.safe_load((FOLDER / "alerts.yaml").read_text(encoding="utf-8"))["groups"][0]["rules"]
BY_NAME = {rule["alert"]: rule for rule in RULES}


def test_there_are_the_four_alarms_with_the_actions_of_the_service() -> None:
    assert {name: rule["labels"]["action"] for name, rule in BY_NAME.items()} == {
        "Accuracy": Action.PAGE,
        "P95Latency": Action.SCALE_UP,
        "GpuUse": Action.ALERT,
        "ErrorRate": Action.PAGE,
    }


def test_thresholds_are_those_of_the_settings() -> None:
    settings = TelemetrySettings()
    expected = {
        "Accuracy": ("<", settings.min_accuracy, settings.min_accuracy_count),
        "P95Latency": (">", settings.max_p95_s, settings.min_requests),
        "GpuUse": (">", settings.max_gpu_ratio, None),
        "ErrorRate": (">", settings.max_error_ratio, settings.min_requests),
    }
    for name, (sign, threshold, count) in expected.items():
        expression = BY_NAME[name]["expr"]
        found = re.search(rf" {sign} ([\d.]+)", expression)
        assert found
        assert float(found[1]) == threshold
        counts = re.findall(r">= ([\d.]+)", expression)
        assert [float(text) for text in counts] == ([] if count is None else [count])


def test_rules_read_figures_that_the_service_has() -> None:
    known = {value for value in vars(names).values() if isinstance(value, str) and value.startswith(names.PREFIX)}
    used = {name.removesuffix("_bucket") for rule in RULES for name in re.findall(r"sdai_\w+", rule["expr"])}
    assert len(used) == 5
    assert used <= known


def test_the_dashboard_reads_figures_that_the_service_has() -> None:
    known = {value for value in vars(names).values() if isinstance(value, str) and value.startswith(names.PREFIX)}
    dashboard = json.loads((FOLDER / "grafana" / "dashboards" / "design.json").read_text(encoding="utf-8"))
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    used = {name.removesuffix("_bucket") for text in expressions for name in re.findall(r"sdai_\w+", text)}
    assert len(used) >= 9
    assert used <= known
    sources = yaml.safe_load((FOLDER / "grafana" / "datasources" / "prometheus.yaml").read_text(encoding="utf-8"))
    assert {panel["datasource"]["uid"] for panel in dashboard["panels"]} == {sources["datasources"][0]["uid"]}


def test_prometheus_asks_the_service_with_its_token() -> None:
    config = yaml.safe_load((FOLDER / "prometheus.yaml").read_text(encoding="utf-8"))
    (job,) = config["scrape_configs"]
    assert job["metrics_path"] in {route.path for route in ROUTES}
    assert job["static_configs"] == [{"targets": ["service:3000"]}]
    compose = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))["services"]
    token = Path(job["authorization"]["credentials_file"])
    assert any(mount.endswith(f":{token.parent}:ro") for mount in compose["prometheus"]["volumes"])
    assert f"> {token.parent}/new && mv {token.parent}/new {token}" in " ".join(compose["metrics-token"]["command"])


@pytest.fixture
def promtool() -> str:
    found = shutil.which("promtool")
    if found is None:
        pytest.skip("no promtool (Debian: prometheus)")
    return found


@pytest.mark.parametrize(
    ("series", "alert", "labels"),
    [
        (
            {
                'sdai_model_accuracy_ratio{model="risk_analyzer"}': "0.94x20",
                'sdai_model_accuracy_predictions{model="risk_analyzer"}': "100x20",
            },
            "Accuracy",
            {"model": "risk_analyzer", "action": "page"},
        ),
        (
            {
                'sdai_model_accuracy_ratio{model="risk_analyzer"}': "0.94x20",
                'sdai_model_accuracy_predictions{model="risk_analyzer"}': "99x20",
            },
            "Accuracy",
            None,
        ),
        ({'sdai_gpu_utilization_ratio{gpu="0"}': "0.91x20"}, "GpuUse", {"gpu": "0", "action": "alert"}),
        ({'sdai_gpu_utilization_ratio{gpu="0"}': "0.90x20"}, "GpuUse", None),
        (
            {
                'sdai_http_requests_total{status="2xx"}': "0+980x20",
                'sdai_http_requests_total{status="5xx"}': "0+20x20",
            },
            "ErrorRate",
            {"action": "page"},
        ),
        (
            {
                'sdai_http_requests_total{status="2xx"}': "0+990x20",
                'sdai_http_requests_total{status="5xx"}': "0+10x20",
            },
            "ErrorRate",
            None,
        ),
        (
            {
                'sdai_http_request_duration_seconds_bucket{le="2.0"}': "0+940x20",
                'sdai_http_request_duration_seconds_bucket{le="5.0"}': "0+1000x20",
                'sdai_http_request_duration_seconds_bucket{le="+Inf"}': "0+1000x20",
                'sdai_http_requests_total{status="2xx"}': "0+1000x20",
            },
            "P95Latency",
            {"action": "scale_up"},
        ),
        (
            {
                'sdai_http_request_duration_seconds_bucket{le="2.0"}': "0+950x20",
                'sdai_http_request_duration_seconds_bucket{le="+Inf"}': "0+1000x20",
                'sdai_http_requests_total{status="2xx"}': "0+1000x20",
            },
            "P95Latency",
            None,
        ),
    ],
    ids=[
        "inaccurate",
        "too few to judge",
        "busy GPU",
        "GPU at the mark",
        "errors",
        "errors at the mark",
        "slow",
        "fast",
    ],
)
def test_rules_fire_when_they_should(
    promtool: str, tmp_path: Path, series: dict[str, str], alert: str, labels: dict[str, str] | None
) -> None:
    expected = [] if labels is None else [{"exp_labels": labels}]
    case = {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "alert_rule_test": [{"eval_time": "15m", "alertname": alert, "exp_alerts": expected}],
    }
    rules = yaml.safe_load((FOLDER / "alerts.yaml").read_text(encoding="utf-8"))
    for rule in rules["groups"][0]["rules"]:
        del rule["annotations"]  # promtool compares them word by word
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(rules), encoding="utf-8")
    (tmp_path / "test.yaml").write_text(
        yaml.safe_dump({"rule_files": ["rules.yaml"], "evaluation_interval": "1m", "tests": [case]}), encoding="utf-8"
    )
    done = subprocess.run(
        [promtool, "test", "rules", "test.yaml"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
