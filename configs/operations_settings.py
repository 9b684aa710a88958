"""What runs by the clock: schedules, monitoring, the growth of the dataset, the watch over the alarms."""

from typing import Any

from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from configs.concern import MODELS, Concern
from configs.rollout_settings import PromotionPath

_CRON = r"^\S+(\s+\S+){4}$"
_URL = "^https?://"


class ScheduleSettings(Concern):
    """When the flows run; cron expressions of five fields."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix="SDAI_SCHEDULE_")

    timezone: str = Field("UTC", min_length=1, description="IANA name that the cron expressions are read in")
    weekly_monitoring: str = Field("0 6 * * 1", pattern=_CRON)
    monthly_retraining: str = Field("0 3 1 * *", pattern=_CRON)
    quarterly_expansion: str = Field("0 4 16 1,4,7,10 *", pattern=_CRON)
    alarm_watch: str = Field("*/5 * * * *", pattern=_CRON)
    rollout_controller: str = Field("*/5 * * * *", pattern=_CRON, description="look for rollouts nobody carries")
    promotion: PromotionPath = Field(
        PromotionPath.CANARY_AB, description="what a scheduled run does with a version that wins against the champion"
    )
    retries: int = Field(2, ge=0, le=10, description="further attempts of a flow that failed")
    retry_delay_s: float = Field(300.0, ge=0, le=86_400)
    server_port: int = Field(4200, ge=1, le=65_535, description="of the Prefect server, where none is set up")

    @field_validator("timezone")
    @classmethod
    def _is_known(cls, name: str) -> str:
        from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"there is no time zone {name!r}; use an IANA name such as America/New_York") from error
        return name


class MonitoringSettings(Concern):
    """The weekly look at what was asked and answered. Ratios are 0 to 1."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix="SDAI_MONITORING_")

    window_days: int = Field(7, ge=1, le=366)
    sample_rows: int = Field(
        5_000, ge=100, le=100_000, description="newest questions a model that drift is measured on"
    )
    min_rows: int = Field(200, ge=20, description="fewer questions or labels than this are shown, not judged")
    reference_windows: int = Field(
        4, ge=1, le=52, description="windows before, which checks of whole models are compared with"
    )
    moderate_psi: float = Field(0.1, gt=0, le=10, description="population stability index from which a shift is noted")
    major_psi: float = Field(0.25, gt=0, le=10, description="and from which it asks for attention")
    max_failed_ratio: float = Field(0.01, ge=0, le=1, description="share of failed predictions that asks for attention")
    failures_listed: int = Field(50, ge=1, le=1_000, description="failed predictions listed a model")
    experiment: str = Field("monitoring", min_length=1, description="MLflow experiment of the reports")


class ExpansionSettings(Concern):
    """The quarterly growth of the dataset, and what else is tried then."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix="SDAI_EXPANSION_")

    more_entries: int = Field(100_000, ge=100_000, le=100_000_000, description="entries added a quarter, all problems")
    variants: dict[str, dict[str, dict[str, Any]]] = Field(
        default_factory=dict,
        description="model to variant to the hyper-parameters in which it differs from training.yaml",
    )
    training_usd_per_hour: float = Field(1.006, ge=0, le=1_000, description="price of the machine that trains")
    storage_usd_per_gb_month: float = Field(0.023, ge=0, le=100)

    @field_validator("variants")
    @classmethod
    def _of_known_models(cls, variants: dict[str, dict[str, dict[str, Any]]]) -> dict[str, dict[str, dict[str, Any]]]:
        if unknown := sorted(set(variants) - set(MODELS)):
            raise ValueError(f"{', '.join(unknown)} is no model; known: {', '.join(MODELS)}")
        return variants


class AlarmsSettings(Concern):
    """The watch over the four alarms; their thresholds are settings of telemetry."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix="SDAI_ALARMS_", hide_input_in_errors=True)

    metrics_urls: tuple[str, ...] = Field(
        ("http://127.0.0.1:3000/metrics",), min_length=1, description="figures of every service that is watched"
    )
    token: str | None = Field(
        None, repr=False, description="bearer token with the scope metrics:read; none = one of the development key"
    )
    timeout_s: float = Field(5.0, gt=0, le=60)
    raise_after: int = Field(2, ge=1, le=100, description="looks in a row over the threshold before an alarm is raised")
    clear_after: int = Field(3, ge=1, le=100, description="looks in a row under it before it is over")
    remind_after_s: float = Field(3_600.0, gt=0, le=604_800, description="an alarm that lasts is told again after this")
    accuracy_window_h: float = Field(24.0, gt=0, le=720)
    ecs_cluster: str | None = Field(None, description="scale up: desired count of this cluster's service, plus one")
    ecs_service: str | None = None
    ecs_max_tasks: int = Field(10, ge=1, le=1_000)
    scale_webhook: str | None = Field(None, pattern=_URL, description="scale up: POST of the alarm to this address")

    @field_validator("metrics_urls")
    @classmethod
    def _are_urls(cls, urls: tuple[str, ...]) -> tuple[str, ...]:
        if bad := [url for url in urls if not url.startswith(("http://", "https://"))]:
            raise ValueError(f"{bad[0]!r} is no http(s) address")
        return urls
