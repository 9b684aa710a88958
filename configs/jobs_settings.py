"""Settings of long clash jobs and of the models that clients send."""

from pydantic import Field, model_validator
from pydantic_settings import SettingsConfigDict

from configs.concern import Concern


class JobsSettings(Concern):
    """Clash checks of whole buildings: taken on at once, done one after another by one worker of a host."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix="SDAI_JOBS_")

    enabled: bool = Field(True, description="whether this host works on jobs; it takes them on in any case")
    max_open: int = Field(1_000, ge=1, le=1_000_000, description="jobs waiting or running; more are refused")
    max_open_per_client: int = Field(20, ge=1, le=100_000, description="the same, of one client")
    max_attempts: int = Field(3, ge=1, le=10, description="times a job is begun before it has failed")
    timeout_s: float = Field(900.0, gt=0, le=86_400, description="a job that runs longer has failed")
    memory_bytes: int = Field(6_000_000_000, ge=500_000_000, description="address space of a job's process")
    members: int = Field(50_000, ge=2, le=1_000_000, description="members of a model that is checked")
    max_result_bytes: int = Field(20_000_000, ge=10_000, description="a longer result fails its job")
    lease_s: float = Field(30.0, ge=2, le=3_600, description="a job whose worker is silent for so long is given away")
    heartbeat_s: float = Field(2.0, ge=0.2, le=600, description="between two signs of life; a cancelled job ends then")
    poll_s: float = Field(1.0, ge=0.05, le=60, description="between two looks for work")
    keep_days: float = Field(7.0, gt=0, le=3_650, description="a job is deleted this long after its end")

    @model_validator(mode="after")
    def _signs_of_life_in_time(self) -> "JobsSettings":
        if self.heartbeat_s * 3 > self.lease_s:
            raise ValueError("lease_s must be at least three times heartbeat_s, so that one late sign loses no job")
        return self


class UploadsSettings(Concern):
    """Models that clients send; the size of one is `SDAI_SERVING_MAX_UPLOAD_BYTES`."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix="SDAI_UPLOADS_")

    client_bytes: int = Field(1_000_000_000, ge=1_000, description="bytes kept for one client")
    client_models: int = Field(200, ge=1, le=100_000, description="models kept for one client")
    keep_days: float = Field(30.0, gt=0, le=3_650, description="a model is deleted this long after it was last sent")
    timeout_s: float = Field(300.0, gt=0, le=3_600, description="a model that takes longer to arrive is given up")
    at_once: int = Field(4, ge=1, le=64, description="models that one worker process receives at the same time")
    at_once_per_client: int = Field(2, ge=1, le=64, description="the same, of one client")
