"""Settings of rollouts: the ladder, what is compared, how large a difference matters, how sure a verdict must be."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from configs.concern import CONFIG_DIR, MODELS, Concern


class PromotionPath(StrEnum):
    """What becomes of a version that wins against the champion."""

    DIRECT = "direct"
    CANARY = "canary"
    CANARY_AB = "canary_ab"
    """A rollout whose version is compared for a fixed time with the champion before it is given everything."""


class Metric(StrEnum):
    """What an arm is judged by."""

    ERROR_RATE = "error_rate"
    ACCURACY = "accuracy"
    MEDIAN_LATENCY = "latency_p50"
    LATENCY = "latency_p95"
    AGREEMENT = "answer_agreement"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StepSettings(_Part):
    """One step of the ladder. It lasts until its time is over and both arms have had their requests."""

    weight_percent: float = Field(ge=0.01, le=100, description="share of the clients that the candidate answers")
    min_time_s: float = Field(ge=0, le=2_592_000)
    min_requests: int = Field(ge=1, le=100_000_000, description="of each arm, in this step")


class MarginSettings(_Part):
    """Excess of a rate over the champion's at the same time, as ratios."""

    tolerated: float = Field(ge=0, lt=0.5, description="more than this, shown beyond doubt, ends the rollout")
    unacceptable: float = Field(gt=0, lt=0.9, description="before 100 % it is shown that the excess is less than this")

    @model_validator(mode="after")
    def _in_order(self) -> "MarginSettings":
        if self.tolerated >= self.unacceptable:
            raise ValueError("tolerated must be less than unacceptable")
        return self


class AbStepSettings(_Part):
    """The A/B between the ladder's last step below 100 % and 100 %: one split, one time, a report at its end."""

    weight_percent: float = Field(50.0, ge=0.01, lt=100, description="of the clients; no less than the step before")
    days: float = Field(7.0, gt=0, le=365)
    min_requests: int = Field(1_000, ge=1, le=100_000_000, description="of each arm, or the version is taken back")


class GrossFaultSettings(_Part):
    """A candidate that plainly fails is taken out without waiting for a test."""

    window_s: float = Field(30.0, ge=1, le=600)
    min_failures: int = Field(5, ge=2, le=1_000, description="of the candidate in the window")
    failure_ratio: float = Field(0.25, gt=0, le=1, description="of its requests; and above twice the champion's ratio")


def _shipped(name: str) -> Callable[[], Any]:
    """Return what reads a value shipped with the project, for a settings folder that does not repeat it."""

    def read() -> Any:
        return yaml.safe_load((CONFIG_DIR / "rollout.yaml").read_text(encoding="utf-8"))[name]

    return read


class RolloutSettings(Concern):
    """How a version comes into service beside the champion, and when it is taken back."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix="SDAI_ROLLOUT_", validate_default=True)

    promotion: PromotionPath = Field(
        PromotionPath.DIRECT,
        description="what a run does with a version that wins against the champion; a schedule may say otherwise",
    )
    load_time_s: float = Field(5.0, ge=0, le=3_600, description="the services get this long to load the candidate")
    shadow_share: float = Field(
        1.0, ge=0, le=1, description="ratio of requests mirrored before the first step; 0 = none"
    )
    shadow_min_time_s: float = Field(600.0, ge=0, le=2_592_000)
    shadow_min_requests: int = Field(200, ge=1, le=100_000_000)
    steps: tuple[StepSettings, ...] = Field(default_factory=_shipped("steps"), min_length=2)
    steps_shadow_share: float = Field(
        1.0, ge=0, le=1, description="ratio of the champion's requests mirrored during the steps below 100 %"
    )
    ab: AbStepSettings = Field(
        AbStepSettings(), description="of a rollout that goes on to an A/B (promotion: canary_ab, or --then-ab)"
    )
    bake_time_s: float = Field(3_600.0, ge=0, le=2_592_000, description="at 100 % before the version is champion")
    step_time_limit_s: float = Field(
        86_400.0,
        gt=0,
        le=7_776_000,
        description="a step that cannot end by then rolls back; longer than each min_time_s",
    )
    look_interval_s: float = Field(2.0, ge=0.1, le=600, description="pause between two looks of the controller")
    metrics: dict[str, tuple[Metric, ...]] = Field(
        default_factory=_shipped("metrics"), description="what each model is judged by"
    )
    optional_metrics: dict[str, tuple[Metric, ...]] = Field(
        default_factory=_shipped("optional_metrics"),
        description="metrics that end a rollout when they show harm but do not hold it up for want of data",
    )
    error_rate: MarginSettings = MarginSettings(tolerated=0.005, unacceptable=0.02)
    accuracy: MarginSettings = MarginSettings(tolerated=0.005, unacceptable=0.03)
    slow_answers: MarginSettings = MarginSettings(tolerated=0.02, unacceptable=0.10)
    latency_ratio: float = Field(
        1.5, ge=1, le=100, description="a candidate's answer is slow above the champion's p95, or median, times this"
    )
    latency_floor_ms: float = Field(5.0, ge=0, le=10_000, description="no faster answer of a candidate counts as slow")
    max_disagreement: float = Field(0.10, gt=0, lt=1, description="ratio of mirrored questions answered otherwise")
    false_rollback_rate: float = Field(0.01, gt=0, lt=0.5, description="chance that a version as good is taken back")
    miss_rate: float = Field(0.02, gt=0, lt=0.5, description="chance that an unacceptable difference is not seen")
    gross_fault: GrossFaultSettings = GrossFaultSettings()
    replay_after_s: float = Field(
        3_600.0, gt=0, le=7_776_000, description="a step this long without enough requests asks recorded questions"
    )
    replay_questions: int = Field(300, ge=0, le=100_000, description="of the newest different ones; 0 = never")
    replay_requests_per_s: float = Field(20.0, gt=0, le=1_000)
    database_timeout_s: float = Field(
        300.0,
        gt=0,
        le=86_400,
        description="a database that says nothing to the controller for so long is away; it counts millions of answers "
        "in one query, so this is more than a request waits (SDAI_STORE_TIMEOUT_S)",
    )
    service_url: str | None = Field(
        None, pattern=r"^https?://", description="where recorded questions are asked; none = this machine"
    )

    @field_validator("steps")
    @classmethod
    def _climb(cls, steps: tuple[StepSettings, ...]) -> tuple[StepSettings, ...]:
        weights = [step.weight_percent for step in steps]
        if weights != sorted(set(weights)) or weights[-1] != 100:
            raise ValueError("weight_percent must grow from step to step and end at 100")
        return steps

    @field_validator("metrics")
    @classmethod
    def _name_every_model(cls, metrics: dict[str, tuple[Metric, ...]]) -> dict[str, tuple[Metric, ...]]:
        if set(metrics) != set(MODELS):
            raise ValueError(f"must name exactly {', '.join(MODELS)}")
        return metrics

    @field_validator("optional_metrics")
    @classmethod
    def _name_models(cls, metrics: dict[str, tuple[Metric, ...]]) -> dict[str, tuple[Metric, ...]]:
        unknown = sorted(set(metrics) - set(MODELS))
        if unknown:
            raise ValueError(f"{', '.join(unknown)} is no model; known: {', '.join(MODELS)}")
        return metrics

    @model_validator(mode="after")
    def _ab_sends_no_client_back(self) -> "RolloutSettings":
        before = self.steps[-2].weight_percent
        if self.ab.weight_percent < before:
            raise ValueError(
                f"ab.weight_percent must be at least {before:g}, the step before it: fewer would send clients back"
            )
        return self

    @model_validator(mode="after")
    def _limits_leave_time(self) -> "RolloutSettings":
        longest = max(self.load_time_s, self.shadow_min_time_s, *(step.min_time_s for step in self.steps))
        if self.step_time_limit_s <= longest:
            raise ValueError(f"step_time_limit_s must be more than the longest step, {longest:g} s")
        return self
