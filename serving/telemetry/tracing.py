"""Traces of requests: one server span each and spans for its steps, sent to an OTLP collector; nothing when off.

Off, a span is a shared object that does nothing, and OpenTelemetry is not imported. On, spans leave on a thread of
their own from a bounded queue: a collector that is slow or gone costs spans, never a request.
"""

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

from serving.telemetry.labels import method_label

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.sampling import Sampler
    from opentelemetry.trace import Span

    from configs.telemetry_settings import TelemetrySettings

ENDPOINT_VARIABLES = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
SCOPE = "sdai.serving"
SERVER_ERROR = 500
STOP_TIMEOUT_S = 3.0
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?")
_NO_TRACE = "0" * 32


class RequestSpan(Protocol):
    """The span of one request."""

    @property
    def trace_id(self) -> str:
        """32 hexadecimal digits for log lines; empty when the request belongs to no trace."""

    def answered(self, route: str, status: int) -> None:
        """Say what the request turned out to ask for and how it was answered."""


class Tracing(Protocol):
    """Makes spans. `NoTracing` is the one that is off."""

    def request(self, method: str, headers: Mapping[str, str]) -> AbstractContextManager[RequestSpan]:
        """Open the span of a request; ``headers`` by lower-case name may hold ``traceparent`` and ``tracestate``."""

    def span(self, name: str, model: str = "") -> AbstractContextManager[object]:
        """Open a span for a step of the request, for example ``predict``, ``cache``, ``store``."""

    def outgoing(self) -> dict[str, str]:
        """Return the headers that tell a called service which trace it is part of."""

    def stop(self) -> None:
        """Send what waits, within seconds, and end."""


class _NoSpan:
    """A span that is none; one object serves all."""

    trace_id = ""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        return None


class _UntracedRequest:
    """A request while tracing is off: it still knows its caller's trace, for the log lines."""

    __slots__ = ("trace_id",)

    def __init__(self, trace_id: str) -> None:
        self.trace_id = trace_id

    def __enter__(self) -> "_UntracedRequest":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        return None

    def answered(self, route: str, status: int) -> None:  # noqa: ARG002
        return None


_NO_SPAN = _NoSpan()
_NO_REQUEST = _UntracedRequest("")


class NoTracing:
    """Tracing that is off."""

    def request(self, method: str, headers: Mapping[str, str]) -> AbstractContextManager[RequestSpan]:  # noqa: ARG002
        """Return a span that does nothing but know the caller's trace."""
        given = headers.get("traceparent")
        return _UntracedRequest(caller_trace_id(given)) if given else _NO_REQUEST

    def span(self, name: str, model: str = "") -> AbstractContextManager[object]:  # noqa: ARG002
        """Return a span that does nothing."""
        return _NO_SPAN

    def outgoing(self) -> dict[str, str]:
        """Return no headers."""
        return {}

    def stop(self) -> None:
        """Do nothing."""


class _OpenRequest:
    """A request's span."""

    __slots__ = ("_method", "_span", "trace_id")

    def __init__(self, span: "Span", method: str) -> None:
        self._span = span
        self._method = method
        self.trace_id = f"{span.get_span_context().trace_id:032x}"

    def answered(self, route: str, status: int) -> None:
        from opentelemetry.trace import StatusCode

        if not self._span.is_recording():
            return
        self._span.update_name(f"{self._method} {route}")
        self._span.set_attribute("http.route", route)
        self._span.set_attribute("http.response.status_code", status)
        if status >= SERVER_ERROR:
            self._span.set_status(StatusCode.ERROR)


class OtlpTracing:
    """Tracing through a provider of its own: the global one, which the framework uses, is left alone.

    Parameters
    ----------
    provider : makes and sends the spans; `otlp_provider` builds it.
    """

    def __init__(self, provider: "TracerProvider") -> None:
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._provider = provider
        self._tracer = provider.get_tracer(SCOPE)
        self._propagator = TraceContextTextMapPropagator()

    @contextmanager
    def request(self, method: str, headers: Mapping[str, str]) -> Iterator[RequestSpan]:
        """Open a server span below the caller's, or at the root of a new trace when its header is no good."""
        from opentelemetry.context import Context
        from opentelemetry.trace import SpanKind

        caller = self._propagator.extract(dict(headers), Context()) if "traceparent" in headers else Context()
        known = method_label(method)
        with self._tracer.start_as_current_span(
            known,
            caller,
            SpanKind.SERVER,
            {"http.request.method": known},
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            yield _OpenRequest(span, known)

    def span(self, name: str, model: str = "") -> AbstractContextManager[object]:
        """Open a span below the current one. An exception passes through; its text stays out of the trace."""
        from opentelemetry.trace import get_current_span

        # A request that the sampler left out is most of them: its steps make no objects.
        if not get_current_span().is_recording():
            return _NO_SPAN
        attributes = {"sdai.model": model} if model else None
        return self._tracer.start_as_current_span(
            name, attributes=attributes, record_exception=False, set_status_on_exception=False
        )

    def outgoing(self) -> dict[str, str]:
        """Return ``traceparent``, and ``tracestate`` where the caller gave one."""
        carrier: dict[str, str] = {}
        self._propagator.inject(carrier)
        return carrier

    def stop(self) -> None:
        """Send what waits, for a few seconds at most, and end."""
        # The provider's own timeouts do not hold while an export is tried again: 35 s were seen.
        ending = threading.Thread(target=self._provider.shutdown, name="sdai-traces-end", daemon=True)
        ending.start()
        ending.join(STOP_TIMEOUT_S)


def caller_trace_id(traceparent: str) -> str:
    """Return the trace id of a W3C ``traceparent`` header; empty when it is malformed."""
    found = _TRACEPARENT.fullmatch(traceparent[:256])
    return found[1] if found and found[1] != _NO_TRACE else ""


def start_tracing(settings: "TelemetrySettings", service: str, environment: Mapping[str, str]) -> Tracing:
    """Return tracing as set: to ``otlp_endpoint`` or the standard variables' collector, else off.

    ``service`` is the name in the traces. The exporter itself reads the other ``OTEL_EXPORTER_OTLP_*`` variables
    (headers, certificate, timeout).
    """
    if not settings.otlp_endpoint and not any(environment.get(name) for name in ENDPOINT_VARIABLES):
        return NoTracing()
    return OtlpTracing(otlp_provider(settings, service))


def otlp_provider(settings: "TelemetrySettings", service: str) -> "TracerProvider":
    """Return a provider that sends a sample of the traces over OTLP/HTTP in batches."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    endpoint = f"{settings.otlp_endpoint.rstrip('/')}/v1/traces" if settings.otlp_endpoint else None
    provider = TracerProvider(
        sampler=_sampler(settings.trace_sample_ratio, follow_caller=settings.trace_follow_caller),
        resource=Resource.create({SERVICE_NAME: service}),
        shutdown_on_exit=False,
    )
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    return provider


def _sampler(ratio: float, *, follow_caller: bool) -> "Sampler":
    from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

    own = TraceIdRatioBased(ratio)
    if follow_caller:
        return ParentBased(own)
    return ParentBased(own, remote_parent_sampled=own, remote_parent_not_sampled=own)
