"""Settings of authentication and authorisation: whose tokens are trusted, and which role may do what."""

import ipaddress
from enum import StrEnum
from typing import Any, Literal
from urllib.parse import urlsplit

import yaml
from pydantic import Field, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from configs.concern import CONFIG_DIR, Concern

Algorithm = Literal["ES256", "ES384", "RS256", "PS256", "EdDSA"]
"""Signatures by a private key, verified by a public one. Shared secrets (HS…) and ``none`` cannot be configured."""


class AuthMode(StrEnum):
    """Whose tokens are asked for."""

    AUTO = "auto"
    """Tokens of the issuer whose keys are set; without one, tokens of the local development key."""
    REQUIRED = "required"
    """Tokens of the issuer; the service does not start unless one is set."""
    OFF = "off"
    """No tokens. Only where nothing but this machine can connect."""


class Scope(StrEnum):
    """What a token may do."""

    DESIGN_READ = "design:read"
    DESIGN_WRITE = "design:write"
    CLASH_READ = "clash:read"
    JOBS_WRITE = "jobs:write"
    COMPLIANCE_READ = "compliance:read"
    RISK_READ = "risk:read"
    FEEDBACK_WRITE = "feedback:write"
    METRICS_READ = "metrics:read"
    ROLLOUT_OVERRIDE = "rollout:override"


def _shipped_roles() -> dict[str, Any]:
    """Return the roles shipped with the project, for a settings folder that does not repeat them."""
    shipped = yaml.safe_load((CONFIG_DIR / "auth.yaml").read_text(encoding="utf-8"))
    return dict(shipped["roles"])


class AuthSettings(Concern):
    """Tokens: who issues them, how strictly they are read, what they open."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix="SDAI_AUTH_", validate_default=True)

    mode: AuthMode = Field(AuthMode.AUTO, description="auto, required or off")
    jwks: str | None = Field(None, min_length=1, description="the issuer's key set: a file, or an https URL")
    issuer: str | None = Field(None, min_length=1, description="the `iss` that tokens must carry")
    audience: str | None = Field(None, min_length=1, description="the `aud` that tokens must carry")
    algorithms: tuple[Algorithm, ...] = Field(("ES256", "RS256", "EdDSA"), min_length=1)
    token_types: tuple[str, ...] = Field(
        ("at+jwt", "JWT"), min_length=1, description="allowed `typ` of a token; an empty one allows tokens without"
    )
    roles_claim: str = Field("roles", min_length=1, description="the claim that names the roles of a token")
    roles: dict[str, tuple[Scope, ...]] = Field(default_factory=_shipped_roles, description="the scopes of each role")
    leeway_s: float = Field(30.0, ge=0, le=300, description="how far the clocks of issuer and service may differ")
    max_token_chars: int = Field(8_192, ge=512, le=65_536, description="longer tokens are refused unread")
    cached_tokens: int = Field(10_000, ge=0, le=1_000_000, description="verified tokens a worker remembers")
    session_ttl_s: float = Field(
        3_600.0, gt=0, le=86_400, description="a verified token is remembered this long after its last use"
    )
    file_check_s: float = Field(0.5, ge=0, le=3_600, description="a key file is looked at this often at most")
    jwks_refresh_s: float = Field(300.0, ge=5, le=86_400, description="a key URL is read again after this")
    jwks_retry_s: float = Field(
        30.0, ge=1, le=3_600, description="least time between two reads of a key URL for failures and unknown keys"
    )
    jwks_timeout_s: float = Field(3.0, gt=0, le=30, description="a read of a key URL is given up after this")

    @field_validator("jwks")
    @classmethod
    def _is_a_file_or_a_safe_url(cls, jwks: str | None) -> str | None:
        if jwks is None or "://" not in jwks:
            return jwks
        url = urlsplit(jwks)
        if url.username or url.password or url.fragment or not url.hostname:
            raise ValueError("a key URL is https://host/path, without user, password or fragment")
        if url.scheme != "https" and not (url.scheme == "http" and is_loopback(url.hostname)):
            raise ValueError("keys are read over https only, because whoever can change them can make tokens")
        return jwks

    @model_validator(mode="after")
    def _an_issuer_is_whole(self) -> "AuthSettings":
        parts = {"SDAI_AUTH_JWKS": self.jwks, "SDAI_AUTH_ISSUER": self.issuer, "SDAI_AUTH_AUDIENCE": self.audience}
        missing = [name for name, value in parts.items() if value is None]
        if missing and (len(missing) < len(parts) or self.mode is AuthMode.REQUIRED):
            raise ValueError(f"set {', '.join(missing)} too: an issuer is named by {', '.join(parts)} together")
        return self

    @property
    def has_issuer(self) -> bool:
        """Whether tokens come from an issuer; if not, they are those of the local development key."""
        return self.jwks is not None

    @property
    def jwks_is_url(self) -> bool:
        """Whether the issuer's keys are read over HTTP."""
        return self.jwks is not None and "://" in self.jwks


def is_loopback(host: str) -> bool:
    """Return whether only this machine can connect to a server that listens on ``host`` (a name or an address)."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
