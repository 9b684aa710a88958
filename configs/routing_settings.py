"""Settings of the arms: what a canary may take, what is mirrored, what the engine labels."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from configs.concern import Concern


class RoutingSettings(Concern):
    """Canaries and their shadow in the service. Shares are ratios (0 to 1); sizes are for one worker process."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix="SDAI_ROUTING_")

    deadline_s: float = Field(
        1.0,
        gt=0,
        le=60,
        description="a canary that takes longer for one question counts as failed; the champion answers",
    )
    slow_deadline_ratio: float = Field(
        0.4, gt=0, le=0.9, description="the same for whole models, as a share of SDAI_SERVING_TIMEOUT_S"
    )
    threads: int = Field(2, ge=1, le=64, description="threads for canaries that are too slow for the event loop")
    max_waiting: int = Field(
        16, ge=1, le=10_000, description="questions that wait for these threads; further ones go to the champion"
    )
    mirror_queue: int = Field(200, ge=1, le=100_000, description="mirrored questions that wait; more are dropped")
    mirror_busy_share: float = Field(0.1, gt=0, le=1, description="part of a core that mirroring may take")


class LabelsSettings(Concern):
    """Live labels: given answers that the engine judges beside the requests. Shares are ratios (0 to 1)."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix="SDAI_LABELS_")

    share: float = Field(0.1, ge=0, le=1, description="share of the answers that are labelled; 0 = none")
    rollout_share: float = Field(1.0, ge=0, le=1, description="the same for a model that is being rolled out")
    busy_share: float = Field(0.05, gt=0, le=1, description="part of a core that labelling may take")
    queue: int = Field(200, ge=1, le=100_000, description="answers of one arm that wait for a label; more are dropped")
    batch_rows: int = Field(100, ge=1, le=5_000, description="labels put into the database at a time")
    flush_interval_s: float = Field(1.0, gt=0, le=60, description="a label reaches the database after this at most")
    accuracy_interval_s: float = Field(30.0, ge=1, le=3_600, description="between two counts of the day's accuracy")
