"""Settings of the limits: requests a client, requests at once, and how long idempotency keys are kept."""

from typing import Literal

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from configs.concern import Concern

_RATE = r"^[1-9][0-9]{0,8}/(second|minute|hour|day)$"


class LimitsSettings(Concern):
    """Rates are ``<count>/<second|minute|hour|day>``, a client and route family."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix="SDAI_LIMITS_", hide_input_in_errors=True)

    json_rate: str = Field("3000/second", pattern=_RATE, description="design questions and other small JSON requests")
    upload_rate: str = Field("30/minute", pattern=_RATE, description="uploads and jobs")
    unauthenticated_rate: str = Field(
        "60/minute", pattern=_RATE, description="failed authentications of one address; IPv6: of one /64 network"
    )
    redis_url: str | None = Field(
        None, pattern=r"^(rediss?|unix)://", description="counts shared by all workers; none = each worker its own"
    )
    redis_families: tuple[Literal["json", "upload", "unauthenticated"], ...] = Field(
        ("upload", "unauthenticated"),
        description="route families counted in Redis; a count there costs 0.15 ms of CPU, in-process 0.01 ms",
    )
    redis_prefix: str = Field("sdai-limits", min_length=1, max_length=64)
    redis_timeout_s: float = Field(0.05, gt=0, le=5, description="Redis is given up after this, a call")
    breaker_failures: int = Field(
        3, ge=1, le=100, description="failures in a row after which Redis, or the database of keys, is left alone"
    )
    breaker_open_s: float = Field(5.0, gt=0, le=600, description="how long it is left alone before one more try")
    max_in_flight: int = Field(
        256, ge=1, le=100_000, description="requests at once a worker; more are refused with 503"
    )
    max_wait_s: float = Field(
        0.2,
        gt=0,
        le=60,
        description="a request that waited this long in the worker before it began is refused with 503",
    )
    standing_wait_s: float = Field(
        0.1, ge=0.02, le=60, description="as max_wait_s, once requests have waited this long for standing_patience_s"
    )
    standing_patience_s: float = Field(1.0, gt=0, le=60, description="how long a burst may keep requests waiting")
    idempotency_ttl_s: float = Field(86_400.0, gt=0, le=604_800, description="an idempotency key is kept this long")
    idempotency_lease_s: float = Field(
        120.0, gt=0, le=86_400, description="a request that never ended holds its idempotency key this long"
    )
    idempotency_wait_s: float = Field(
        2.0, gt=0, le=60, description="a database that tells nothing of a key for so long is passed over"
    )
