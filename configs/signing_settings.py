"""Settings of the signatures on model artifacts: who signs at promotion, and whose signatures the service trusts."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from configs.concern import Concern


class SigningSettings(Concern):
    """Ed25519 keys as PEM files. The service reads public keys only."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix="SDAI_SIGNING_")

    key: Path | None = Field(
        None, description="private key (PKCS 8) that promotion signs with; none = one made below .sdai/keys"
    )
    trusted_keys: tuple[Path, ...] = Field(
        (), description="public keys that the service trusts, several while one replaces another; none = the local one"
    )
