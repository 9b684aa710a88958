"""TLS of the service's own, for where no balancer ends it: 1.3 or nothing."""

import ssl
from typing import Any

from configs.settings import ServingSettings
from serving.errors import ServingError


def require_certificate(serving: ServingSettings) -> None:
    """Raise `ServingError` where a certificate is set with which no worker could answer."""
    if serving.tls_certificate is None:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(serving.tls_certificate, serving.tls_key, _no_password)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise ServingError(
            f"the certificate {serving.tls_certificate} with the key {serving.tls_key} cannot be used: {error}; "
            "SDAI_SERVING_TLS_CERTIFICATE and SDAI_SERVING_TLS_KEY name two PEM files that belong together"
        ) from error


def refuse_older_versions() -> None:
    """Have uvicorn of this process refuse what is older than TLS 1.3; BentoML hands no such option on to it."""
    from uvicorn import config as uvicorn_config  # what starts the workers does without

    made_by_uvicorn = uvicorn_config.create_ssl_context

    def create(*args: Any, **kwargs: Any) -> ssl.SSLContext:
        context = made_by_uvicorn(*args, **kwargs)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        return context

    uvicorn_config.create_ssl_context = create


def _no_password() -> str:
    raise ValueError("the key has a password")
