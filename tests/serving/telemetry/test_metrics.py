"""What one worker counts."""

import math

import pytest
from prometheus_client import generate_latest

from serving.telemetry import names
from serving.telemetry.metrics import VERSION_LIMIT, ServiceMetrics
from serving.telemetry.snapshot import read_registry

SECTION = "/api/v1/design/section"


def test_a_request_counts_by_route_method_and_status_class_and_is_timed_by_model(metrics: ServiceMetrics) -> None:
    metrics.observe_request(SECTION, "POST", 200, 0.003)
    metrics.observe_request(SECTION, "POST", 503, 0.2)
    now = read_registry(metrics.registry)
    assert now.total(names.REQUESTS, route=SECTION, method="POST", status="2xx") == 1
    assert now.total(names.REQUESTS, status="5xx") == 1
    assert now.distribution(names.REQUEST_SECONDS, model="section_optimizer", route=SECTION).count == 2


def test_paths_and_methods_of_a_clients_making_add_one_series(metrics: ServiceMetrics) -> None:
    for number in range(500):
        metrics.observe_request(f"/wp-admin/{number}", f"M{number}", 404, 0.001)
        metrics.observe_request(f"/api/v1/jobs/{number}", "GET", 200 + number * 7, 0.001)
    now = read_registry(metrics.registry)
    assert now.total(names.REQUESTS, route="other", method="other") == 500
    assert len([series for series in now.counters if series[0] == names.REQUESTS]) <= 8
    assert len(metrics._request_series) == 0  # nothing made up is remembered


def test_a_prediction_costs_its_cpu_time_at_the_price_of_the_task(metrics: ServiceMetrics) -> None:
    cost_usd = metrics.observe_prediction("risk_analyzer", version="1-a", arm="canary", outcome="answered", cpu_s=0.010)
    assert cost_usd == pytest.approx(0.010 * 3.6 / 3600 / 2)
    now = read_registry(metrics.registry)
    assert now.total(names.PREDICTIONS, model="risk_analyzer", version="1-a", arm="canary", outcome="answered") == 1
    assert now.total(names.PREDICTION_COST, model="risk_analyzer") == pytest.approx(cost_usd)


def test_a_clock_that_went_back_takes_no_money_off(metrics: ServiceMetrics) -> None:
    assert metrics.observe_prediction("m", version="1", arm="champion", outcome="answered", cpu_s=-1.0) == 0


def test_versions_and_outcomes_are_bounded(metrics: ServiceMetrics) -> None:
    for number in range(3 * VERSION_LIMIT):
        metrics.observe_prediction("m", version=f"v{number}", arm=f"arm{number}", outcome=f"o{number}", cpu_s=0)
    now = read_registry(metrics.registry)
    assert len(now.by(names.PREDICTIONS, "version")) == VERSION_LIMIT + 1
    assert len(now.by(names.PREDICTIONS, "arm")) <= 9
    assert set(now.by(names.PREDICTIONS, "outcome")) == {"other"}
    assert now.total(names.PREDICTIONS) == 3 * VERSION_LIMIT


def test_cache_rate_limit_and_token_refusals_are_counted(metrics: ServiceMetrics) -> None:
    for hit in (True, True, False):
        metrics.count_cache("redis", "section_optimizer", hit=hit)
    metrics.count_rate_limited(SECTION)
    for reason in ("expired", "expired", "bad\nreason"):
        metrics.count_auth_refusal(reason)
    now = read_registry(metrics.registry)
    assert now.by(names.CACHE_LOOKUPS, "result", level="redis", model="section_optimizer") == {"hit": 2, "miss": 1}
    assert now.total(names.RATE_LIMITED, route=SECTION) == 1
    assert now.by(names.AUTH_REFUSALS, "reason") == {"expired": 2, "other": 1}


def test_states_are_what_was_said_last(metrics: ServiceMetrics) -> None:
    metrics.request_started()
    metrics.request_started()
    metrics.request_ended()
    metrics.set_recorder_backlog(4_096, 2.5)
    metrics.set_gpu_use("0", 0.4)
    metrics.set_accuracy("risk_analyzer", 0.97, 1_200)
    metrics.set_loaded("risk_analyzer", version="2-b", arm="champion", loaded=True)
    metrics.set_loaded("risk_analyzer", version="1-a", arm="champion", loaded=False)
    now = read_registry(metrics.registry)
    assert now.gauge(names.IN_FLIGHT) == 1
    assert (now.gauge(names.JOURNAL_BYTES), now.gauge(names.RECORDER_LAG)) == (4_096, 2.5)
    assert now.gauges_by(names.GPU_USE, "gpu") == {"0": 0.4}
    assert now.gauge(names.ACCURACY, model="risk_analyzer") == 0.97
    assert now.gauge(names.ACCURACY_COUNT, model="risk_analyzer") == 1_200
    assert now.gauges_by(names.LOADED, "version") == {"2-b": 1, "1-a": 0}
    assert metrics.accuracy("risk_analyzer") == 0.97
    assert metrics.accuracy("clash_detector") is None


@pytest.mark.parametrize("ratio", [97.0, -0.1, math.nan, math.inf])
def test_an_accuracy_in_percent_is_refused(metrics: ServiceMetrics, ratio: float) -> None:
    with pytest.raises(ValueError, match="ratio from 0 to 1"):
        metrics.set_accuracy("risk_analyzer", ratio, 10)


def test_every_series_has_the_prefix_and_a_base_unit(metrics: ServiceMetrics) -> None:
    for family in metrics.registry.collect():
        assert family.name.startswith("sdai_")
        assert not family.name.endswith(("_ms", "_percent", "_kb"))
        assert family.documentation
    metrics.observe_request(SECTION, "POST", 200, 0.1)
    page = generate_latest(metrics.registry).decode()
    assert 'sdai_http_request_duration_seconds_bucket{le="2.0",model="section_optimizer"' in page
    assert "# TYPE sdai_http_requests_total counter" in page
