"""Who is told of what: webhooks, mail and pagers as Apprise addresses."""

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from configs.concern import Concern


class NotifySettings(Concern):
    """Addresses hold passwords, so they come from the environment: ``SDAI_NOTIFY_URLS='["jsons://hooks.example/x"]'``."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix="SDAI_NOTIFY_", hide_input_in_errors=True)

    urls: tuple[SecretStr, ...] = Field(
        (),
        description="Apprise addresses that hear of everything: json://, jsons:// (a webhook that takes JSON), "
        "mailtos://user:password@host?to=…, slack://, msteams://, …",
    )
    page_urls: tuple[SecretStr, ...] = Field(
        (), description="addresses that hear of what cannot wait, beside the others: pagerduty://, opsgenie://, …"
    )
    timeout_s: float = Field(10.0, gt=0, le=120, description="an address that takes longer is given up")
