"""``python -m serving``: the service as its settings say, without anything of `flows`. Containers start it so.

What BentoML writes goes below the project's work folder; what the caller has set already is left alone.
"""

import os
import sys
from collections.abc import MutableMapping

from configs import Settings, load_settings
from configs.settings import PROJECT_ROOT


def arguments(settings: Settings) -> list[str]:
    """Return BentoML's command line for the settings."""
    serving = settings.serving
    address = ["--host", serving.host, "--port", str(serving.port)]
    drain = ["--timeout-graceful-shutdown", str(serving.drain_requests_s)]
    return ["serve", "serving.service:Design", "--working-dir", str(PROJECT_ROOT), *address, *drain]


def prepare(settings: Settings, environment: MutableMapping[str, str]) -> None:
    """Set what BentoML reads while it is imported, and make the folder that it names."""
    environment.setdefault("BENTOML_HOME", str(settings.paths.work / "bentoml"))
    environment.setdefault("BENTOML_DO_NOT_TRACK", "True")
    os.makedirs(environment["BENTOML_HOME"], exist_ok=True)  # noqa: PTH103  (any string that a user has set)


def main() -> None:
    """Serve until told to end."""
    settings = load_settings()
    prepare(settings, os.environ)
    from serving.auth.setup import require_loopback
    from serving.launch import main as launch

    require_loopback(settings.auth, settings.serving.host)
    sys.argv = ["bentoml", *arguments(settings)]
    launch()


if __name__ == "__main__":
    main()
