"""Settings of log lines and telemetry."""

from typing import Any

import pytest
from pydantic import ValidationError

from configs import load_settings
from configs.settings import known_variables
from configs.telemetry_settings import LoggingSettings, TelemetrySettings


def test_nothing_leaves_the_host_unless_set() -> None:
    settings = TelemetrySettings()
    assert (settings.cloudwatch_namespace, settings.otlp_endpoint) == (None, None)


def test_the_variables_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    assert {"SDAI_LOGGING_FORMAT", "SDAI_TELEMETRY_CLOUDWATCH_NAMESPACE"} <= set(known_variables())
    monkeypatch.setenv("SDAI_LOGGING_FORMAT", "json")
    monkeypatch.setenv("SDAI_TELEMETRY_CLOUDWATCH_DIMENSIONS", '{"Environment": "test"}')
    load_settings.cache_clear()
    settings = load_settings()
    load_settings.cache_clear()
    assert settings.logging.format == "json"
    assert settings.telemetry.cloudwatch_dimensions == {"Environment": "test"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"cloudwatch_namespace": ":starts"},
        {"cloudwatch_namespace": ""},
        {"cloudwatch_dimensions": {"a": ""}},
        {"cloudwatch_dimensions": {str(n): "x" for n in range(21)}},
        {"otlp_endpoint": "collector:4318"},
        {"trace_sample_ratio": 10},
        {"task_cpus": 0},
        {"host_interval_s": 0},
        {"min_accuracy": 95},
        {"unheard_of": 1},
    ],
)
def test_wrong_values_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TelemetrySettings(**wrong)


@pytest.mark.parametrize("wrong", [{"format": "xml"}, {"service": "a b"}, {"sample_ratio": 2}, {"queue_lines": 0}])
def test_wrong_log_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        LoggingSettings(**wrong)
