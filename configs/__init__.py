"""Settings: one class a concern, read once.

Order of precedence: environment (``SDAI_<CONCERN>_<FIELD>``), then the YAML file of that concern, then the default.
Unknown keys and unknown ``SDAI_`` variables are refused. ``SDAI_CONFIG_DIR`` names another folder of YAML files.
"""

from configs.settings import Settings, SettingsError, load_settings

__all__ = ["Settings", "SettingsError", "load_settings"]
