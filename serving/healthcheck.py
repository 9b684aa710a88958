"""``python -m serving.healthcheck [/livez]``: whether the service of this machine answers. Exit code 0 is yes.

For a container's health check: the image has no other program that asks over HTTP.
"""

import http.client
import sys
from collections.abc import Sequence
from http import HTTPStatus

from configs.settings import ServingSettings

TIMEOUT_S = 8.0
DEFAULT_PATH = "/readyz"


def is_healthy(port: int, path: str, timeout_s: float = TIMEOUT_S) -> bool:
    """Return whether the service on a port of this machine answers a path with 200 in time."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def main(arguments: Sequence[str]) -> int:
    """Return the exit code."""
    path = arguments[0] if arguments else DEFAULT_PATH
    return 0 if is_healthy(ServingSettings().port, path) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
