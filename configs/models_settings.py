"""Settings of the bucket that promoted versions are kept in, for a service that runs on more than one machine."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from configs.concern import Concern


class ModelsSettings(Concern):
    """Signed versions on S3: promotion puts them there, the service fetches and verifies them."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix="SDAI_MODELS_")

    bucket: str | None = Field(
        None, pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", description="S3 bucket; none = this machine's store alone"
    )
    prefix: str = Field(
        "models", pattern=r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$", description="keys in the bucket begin with this"
    )
    region: str | None = Field(None, min_length=1, description="none = the one that botocore finds")
    endpoint_url: str | None = Field(
        None, pattern=r"^https?://", description="another store that speaks S3; none = AWS"
    )
    kms_key: str | None = Field(
        None, min_length=1, description="KMS key that promotion encrypts with; none = what the bucket does by itself"
    )
    max_version_bytes: int = Field(2_000_000_000, ge=1_000, description="a larger version is not fetched")
    timeout_s: float = Field(10.0, gt=0, le=300, description="S3 is given up after this, a read")
