"""``python -m serving``: the service as its settings say, without anything of `flows`. Containers start it so.

What BentoML writes goes below the project's work folder; what the caller has set already is left alone.
"""

import os
from collections.abc import MutableMapping

from configs import Settings, load_settings


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
    from serving.launch import serve

    serving = settings.serving
    require_loopback(settings.auth, serving.host)
    serve(settings, serving.host, serving.port)


if __name__ == "__main__":
    main()
