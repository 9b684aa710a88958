"""Settings of the signatures on model artifacts: who signs at promotion, and whose signatures the service trusts."""

from pathlib import Path

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from configs.concern import Concern


class SigningSettings(Concern):
    """Ed25519 keys as PEM, in files or as text. The service reads public keys only."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix="SDAI_SIGNING_")

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

    @model_validator(mode="after")
    def _one_private_key(self) -> "SigningSettings":
        if self.key is not None and self.key_pem is not None:
            raise ValueError("set SDAI_SIGNING_KEY or SDAI_SIGNING_KEY_PEM, not both")
        return self
