"""Settings of the caches: answers, loaded model versions, and the Redis behind them."""

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from configs.concern import MODELS, Concern


class CacheSettings(Concern):
    """What is kept, for how long, how much of it, and which problems share their answers through Redis."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix="SDAI_CACHE_", hide_input_in_errors=True)

    answer_ttl_s: float = Field(86_400.0, gt=0, le=604_800, description="an answer is served again for this long")
    max_answers: int = Field(20_000, ge=1, le=10_000_000, description="answers a worker keeps in memory")
    max_answers_bytes: int = Field(48_000_000, ge=10_000, description="memory of these answers, a worker")
    max_answer_bytes: int = Field(4_000_000, ge=1_000, le=64_000_000, description="a larger answer is not kept")
    model_ttl_s: float = Field(3_600.0, gt=0, le=86_400, description="a version out of service stays loaded this long")
    max_models: int = Field(10, ge=1, le=100, description="versions a worker keeps loaded, all problems together")
    wait_s: float = Field(30.0, gt=0, le=600, description="a thread waits this long for the same answer of another")
    redis_url: str | None = Field(
        None, pattern=r"^(rediss?|unix)://", description="redis://… or rediss://…; none = in-process only"
    )
    redis_problems: tuple[str, ...] = Field(
        ("clash_detector", "compliance_checker"),
        description="problems whose answers are also kept in Redis: a hit there costs 0.1 to 0.2 ms of CPU, more "
        "than a small model takes",
    )
    redis_secret: SecretStr | None = Field(
        None, description="up to 64 bytes; answers in Redis are then sealed with it, so that none can be forged there"
    )
    redis_prefix: str = Field("sdai", min_length=1, max_length=64, description="keys in Redis begin with this")
    redis_timeout_s: float = Field(0.05, gt=0, le=5, description="Redis is given up after this, a call")
    breaker_failures: int = Field(3, ge=1, le=100, description="failures in a row after which Redis is left alone")
    breaker_open_s: float = Field(5.0, gt=0, le=600, description="how long it is left alone before one more try")

    @field_validator("redis_problems")
    @classmethod
    def _known_problems(cls, problems: tuple[str, ...]) -> tuple[str, ...]:
        unknown = sorted(set(problems) - set(MODELS))
        if unknown:
            raise ValueError(f"{', '.join(unknown)} is no problem; known: {', '.join(MODELS)}")
        return problems

    @field_validator("redis_secret")
    @classmethod
    def _short_enough(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and not 16 <= len(secret.get_secret_value().encode()) <= 64:
            raise ValueError("must have 16 to 64 bytes")
        return secret
