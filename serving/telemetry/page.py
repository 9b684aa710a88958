"""The page of figures for Prometheus: those of this project, of all worker processes of the host."""

import os

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from serving.telemetry.assembly import METRICS_VARIABLE

_MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def metrics_route() -> Route:
    """Return the route ``/metrics``.

    BentoML's own page also shows BentoML's figures, which keep every path that anybody asked for, for ever.
    """

    async def metrics(_: Request) -> Response:
        return Response(await run_in_threadpool(_figures), media_type=_MEDIA_TYPE)

    return Route("/metrics", metrics)


def _figures() -> bytes:
    # Where figures are kept is decided when this is first imported: by a worker (`serving.telemetry.metrics`).
    from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    if METRICS_VARIABLE not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return generate_latest(registry)
