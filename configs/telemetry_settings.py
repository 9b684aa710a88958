"""What the service tells about itself: log lines, metrics, traces, and the thresholds that raise an alarm."""

from typing import Literal

from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from configs.concern import Concern


class LoggingSettings(Concern):
    """The service's log lines."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix="SDAI_LOGGING_")

    format: Literal["auto", "json", "plain"] = Field("auto", description="auto = plain on a terminal, else JSON")
    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    service: str = Field("design", pattern="^[a-z][a-z0-9_-]{0,63}$", description="name in every line and trace")
    sample_ratio: float = Field(
        1.0, ge=0, le=1, description="share of the requests answered well that get a line; refusals and errors all do"
    )
    queue_lines: int = Field(
        10_000, ge=100, le=1_000_000, description="lines that wait for a slow reader; more are dropped and counted"
    )


class TelemetrySettings(Concern):
    """Metrics, cost of a prediction, traces, CloudWatch, alarms. Ratios are 0 to 1."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix="SDAI_TELEMETRY_")

    task_usd_per_hour: float = Field(0.2330, ge=0, le=1_000, description="price of what runs the service")
    task_cpus: float = Field(4.0, gt=0, le=1_024, description="CPUs which that price buys")
    host_interval_s: float = Field(
        60.0, ge=1, le=3_600, description="between two readings of GPU, costs and CloudWatch figures of the host"
    )
    cloudwatch_namespace: str | None = Field(
        None, pattern="^[^:][A-Za-z0-9._/#:-]{0,254}$", description="none = nothing is sent to CloudWatch"
    )
    cloudwatch_region: str | None = Field(None, description="none = the one that botocore finds")
    cloudwatch_dimensions: dict[str, str] = Field(default_factory=dict, description="put on every figure sent")
    otlp_endpoint: str | None = Field(
        None,
        pattern="^https?://",
        description="OTLP/HTTP collector; none = OTEL_EXPORTER_OTLP_ENDPOINT",
    )
    trace_sample_ratio: float = Field(0.1, ge=0, le=1, description="share of the requests that are traced")
    trace_follow_caller: bool = Field(True, description="a caller's own decision to trace goes before the ratio")
    min_accuracy: float = Field(0.95, gt=0, le=1, description="a model's accuracy of the day below this pages")
    min_accuracy_count: int = Field(100, ge=1, description="labelled predictions below which accuracy is not judged")
    max_p95_s: float = Field(2.0, gt=0, le=600, description="a p95 latency above this scales up")
    max_gpu_ratio: float = Field(0.9, gt=0, le=1, description="GPU use above this alerts")
    max_error_ratio: float = Field(0.01, gt=0, le=1, description="a share of 5xx answers above this pages")
    min_requests: int = Field(100, ge=1, description="requests below which latency and errors are not judged")

    @field_validator("cloudwatch_dimensions")
    @classmethod
    def _few_enough(cls, dimensions: dict[str, str]) -> dict[str, str]:
        if len(dimensions) > 20 or not all(0 < len(text) <= 255 for item in dimensions.items() for text in item):
            raise ValueError("at most 20 dimensions, names and values of 1 to 255 characters")
        return dimensions
