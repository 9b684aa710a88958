"""Environment variables that Prefect, MLflow, BentoML and others read while they are imported.

`prepare_environment` must run before the first of those imports. It keeps everything a run writes below the project's
work folder and turns telemetry off; what the caller has set already is left alone.
"""

import os
from collections.abc import MutableMapping

from configs import Settings

PROGRESS_LOGGER = "sdai"
"""Logger of the flow's own progress lines; the command line shows it, Prefect stores it."""


def prepare_environment(settings: Settings, environment: MutableMapping[str, str] = os.environ) -> None:
    """Fill in the variables that are not set yet and make the folders they name.

    Arguments: the settings whose ``paths.work`` everything goes below; the environment to fill (default: this
    process's, which child processes inherit).
    """
    for name, value in _defaults(settings).items():
        environment.setdefault(name, value)
    for name in ("PREFECT_HOME", "PREFECT_LOCAL_STORAGE_PATH", "BENTOML_HOME"):
        os.makedirs(environment[name], exist_ok=True)  # noqa: PTH103  (the value may be any string a user set)


def _defaults(settings: Settings) -> dict[str, str]:
    work = settings.paths.work
    return {
        "PREFECT_HOME": str(work / "prefect"),
        "PREFECT_LOCAL_STORAGE_PATH": str(work / "results"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        # The default of 20 s is too short for the first start on a small machine (16 s measured idle).
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        "PREFECT_LOGGING_LEVEL": "CRITICAL",
        "PREFECT_LOGGING_SERVER_LEVEL": "ERROR",
        "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
        "PREFECT_LOGGING_EXTRA_LOGGERS": PROGRESS_LOGGER,
        "DO_NOT_TRACK": "1",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
        "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
        "BENTOML_HOME": str(work / "bentoml"),
        "BENTOML_DO_NOT_TRACK": "True",
        "GX_ANALYTICS_ENABLED": "false",
        "HF_HUB_OFFLINE": "1",
        "MPLBACKEND": "Agg",
    }
