"""``python -m serving.healthcheck [/livez]``: whether the service of this machine answers. Exit code 0 is yes.

For a container's health check: the image has no other program that asks over HTTP.
"""

import http.client
import ssl
import sys
from collections.abc import Sequence
from http import HTTPStatus

from configs.settings import ServingSettings

HOST = "127.0.0.1"
TIMEOUT_S = 8.0
DEFAULT_PATH = "/readyz"


def is_healthy(port: int, path: str, *, scheme: str = "http", timeout_s: float = TIMEOUT_S) -> bool:
    """Return whether the service on a port of this machine answers a path with 200 in time."""
    connection = _connection(scheme, port, timeout_s)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _connection(scheme: str, port: int, timeout_s: float) -> http.client.HTTPConnection:
    if scheme == "http":
        return http.client.HTTPConnection(HOST, port, timeout=timeout_s)
    context = ssl.create_default_context()
    context.check_hostname = False  # the certificate is for the name that clients use
    context.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection(HOST, port, timeout=timeout_s, context=context)


def main(arguments: Sequence[str]) -> int:
    """Return the exit code."""
    path = arguments[0] if arguments else DEFAULT_PATH
    serving = ServingSettings()
    return 0 if is_healthy(serving.port, path, scheme=serving.scheme) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
