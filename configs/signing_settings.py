"""Settings of the signatures on model artifacts: who signs at promotion, and whose signatures the service trusts."""

from pathlib import Path

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from configs.concern import Concern


class SigningSettings(Concern):
    """Keys as PEM, in files or as text, or one of AWS KMS to sign with. The service reads public keys only."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix="SDAI_SIGNING_", hide_input_in_errors=True
    )

    key: Path | None = Field(
        None, description="private key (PKCS 8) that promotion signs with; none = one made below .sdai/keys"
    )
    trusted_keys: tuple[Path, ...] = Field(
        (), description="public keys that the service trusts, several while one replaces another; none = the local one"
    )
    key_pem: SecretStr | None = Field(
        None, description="the private key itself, where a secret store hands out values instead of files"
    )
    trusted_pems: tuple[str, ...] = Field((), description="public keys themselves, beside those of trusted_keys")

    kms_key: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9:/_-]{1,512}$",
        description="id, ARN or alias of an AWS KMS key (ECC_NIST_P256) that promotion signs with, extra `aws`",
    )
    kms_region: str | None = Field(None, min_length=1, description="none = the one that botocore finds")
    kms_endpoint_url: str | None = Field(None, pattern=r"^https?://", description="another address of KMS; none = AWS")
    kms_timeout_s: float = Field(10.0, gt=0, le=300, description="KMS is given up after this, an answer")

    @model_validator(mode="after")
    def _one_private_key(self) -> "SigningSettings":
        keys = {
            "SDAI_SIGNING_KEY": self.key,
            "SDAI_SIGNING_KEY_PEM": self.key_pem,
            "SDAI_SIGNING_KMS_KEY": self.kms_key,
        }
        chosen = [name for name, value in keys.items() if value is not None]
        if len(chosen) > 1:
            raise ValueError(f"set one of {', '.join(chosen)}, not both")
        return self
