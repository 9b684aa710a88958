"""Settings of the project's own database, and how a connection to it is kept from being listened to."""

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator
from pydantic_settings import SettingsConfigDict

from configs.concern import Concern

VERIFYING = ("verify-ca", "verify-full")


class StoreSettings(Concern):
    """The project's own database."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix="SDAI_STORE_", hide_input_in_errors=True)

    url: str | None = Field(None, description="SQLAlchemy URL, for example postgresql+psycopg2://…; none = SQLite file")
    timeout_s: float = Field(
        5.0, gt=0, le=600, description="a database that is silent for so long is given up by a request or a job"
    )
    ssl_mode: Literal["require", "verify-ca", "verify-full"] | None = Field(
        None, description="PostgreSQL only: what TLS must prove (libpq's sslmode); none = what the URL says"
    )
    ssl_root_cert: Path | None = Field(
        None, description="PEM file of the authorities that ssl_mode verifies the server's certificate with"
    )

    @model_validator(mode="after")
    def _tls_can_be_done(self) -> "StoreSettings":
        if self.ssl_mode in VERIFYING and self.ssl_root_cert is None:
            raise ValueError(f"ssl_mode {self.ssl_mode} needs ssl_root_cert: the file of authorities to trust")
        if self.ssl_root_cert is not None and self.ssl_mode not in VERIFYING:
            raise ValueError(f"ssl_root_cert is without effect unless ssl_mode is one of {', '.join(VERIFYING)}")
        if self.ssl_mode is not None:
            self._refuse_what_contradicts()
        return self

    @property
    def secured_url(self) -> str | None:
        """The URL with what TLS must prove; connections opened with it fail where that is not proved."""
        if self.url is None or self.ssl_mode is None:
            return self.url
        from sqlalchemy.engine import make_url

        root = {} if self.ssl_root_cert is None else {"sslrootcert": str(self.ssl_root_cert)}
        secured = make_url(self.url).update_query_dict({"sslmode": self.ssl_mode, **root})
        return secured.render_as_string(hide_password=False)

    def _refuse_what_contradicts(self) -> None:
        from sqlalchemy.engine import make_url

        if self.url is None or not self.url.startswith("postgresql"):
            raise ValueError("ssl_mode is for PostgreSQL; set url to one, or leave ssl_mode out")
        wanted = {"sslmode": self.ssl_mode, "sslrootcert": self.ssl_root_cert and str(self.ssl_root_cert)}
        said = {name: value for name, value in make_url(self.url).query.items() if name in wanted}
        for name, value in said.items():
            if value != wanted[name]:
                raise ValueError(f"the url says {name}={value}, the settings {wanted[name]}; take it out of the url")
