"""What all settings classes share: a YAML file a concern, below the environment."""

import os
from pathlib import Path

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, YamlConfigSettingsSource

CONFIG_DIR = Path(__file__).parent
MODELS = ("connection_designer", "section_optimizer", "clash_detector", "compliance_checker", "risk_analyzer")


def config_dir() -> Path:
    """Return the folder of the YAML files: ``SDAI_CONFIG_DIR`` or the one shipped with the project."""
    return Path(os.environ.get("SDAI_CONFIG_DIR", CONFIG_DIR)).resolve()


class Concern(BaseSettings):
    """A frozen settings class that reads ``<concern>.yaml`` below the environment.

    One that may hold a key, a token or a URL with a password sets ``hide_input_in_errors``: errors repeat what was set.
    """

    model_config = SettingsConfigDict(extra="forbid", frozen=True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  (the signature is pydantic's)
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        concern = str(cls.model_config["env_prefix"]).removeprefix("SDAI_").removesuffix("_").lower()
        file = YamlConfigSettingsSource(settings_cls, yaml_file=config_dir() / f"{concern}.yaml")
        return init_settings, env_settings, file
