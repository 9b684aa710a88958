"""Sends figures to CloudWatch; what cannot be sent waits, within bounds, and is never anybody's error.

boto3 is imported when the first figures are sent, so only by the one worker of a host that sends, and only where
sending is configured.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from serving.errors import ServingError
from serving.telemetry.cloudwatch_data import Datum, batches, stamped

if TYPE_CHECKING:
    from configs.telemetry_settings import TelemetrySettings

CONNECT_TIMEOUT_S = 2.0
READ_TIMEOUT_S = 5.0
ATTEMPTS = 3
MAX_WAITING = 20_000
"""Figures kept while CloudWatch cannot be reached: some hours of them. The oldest go first."""
_WRONG = frozenset({"InvalidParameterValue", "InvalidParameterCombination", "MissingParameter", "ValidationError"})
log = logging.getLogger("sdai.serving")


class Client(Protocol):
    """The one call of boto3's CloudWatch client that is used."""

    def put_metric_data(self, *, Namespace: str, MetricData: list[Datum]) -> Any:
        """Send one batch."""


class CloudWatchPublisher:
    """Stamps figures, keeps them in line and sends them.

    Parameters
    ----------
    client : makes the client, at the first sending.
    namespace : CloudWatch's name for the whole set.
    dimensions : put on every figure, for example ``{"Environment": "production"}``.
    on_batch : called with ``sent``, ``failed`` (kept) or ``dropped`` for each batch.
    """

    def __init__(
        self,
        client: Callable[[], Client],
        namespace: str,
        dimensions: Mapping[str, str],
        on_batch: Callable[[str], object] = str,
    ) -> None:
        self._make_client = client
        self._client: Client | None = None
        self._namespace = namespace
        self._dimensions = dict(dimensions)
        self._on_batch = on_batch
        self._waiting: list[Datum] = []

    @property
    def waiting(self) -> int:
        """Figures not sent yet."""
        return len(self._waiting)

    def publish(self, data: Iterable[Datum], at_s: float) -> None:
        """Send these figures of Unix time ``at_s``, and before them what still waits. Raises nothing but bugs."""
        self._waiting += stamped(data, at_s, self._dimensions)
        if len(self._waiting) > MAX_WAITING:
            del self._waiting[:-MAX_WAITING]
            self._on_batch("dropped")
        try:
            self._client = self._client or self._make_client()
        except ServingError as error:
            log.warning("figures wait for CloudWatch: %s", error)
            self._on_batch("failed")
            return
        for batch in list(batches(self._waiting)):
            result = self._send(self._client, batch)
            self._on_batch(result)
            if result == "failed":
                return
            del self._waiting[: len(batch)]

    def _send(self, client: Client, batch: list[Datum]) -> str:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            client.put_metric_data(Namespace=self._namespace, MetricData=batch)
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            log.warning("CloudWatch refused %d figures: %s", len(batch), error)
            # What it finds wrong stays wrong and would block what comes after it.
            return "dropped" if code in _WRONG else "failed"
        except BotoCoreError as error:
            log.warning("%d figures wait for CloudWatch: %s", len(batch), error)
            return "failed"
        return "sent"


def cloudwatch_client(settings: "TelemetrySettings") -> Client:
    """Return boto3's client with short timeouts; `ServingError` when boto3 or a region is missing."""
    try:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError
    except ImportError as error:
        raise ServingError("boto3 is not installed: pip install 'structural-design-ai[serve,aws]'") from error
    limits = Config(
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S,
        retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
    )
    try:
        client: Client = boto3.client("cloudwatch", region_name=settings.cloudwatch_region, config=limits)
    except BotoCoreError as error:
        raise ServingError(f"no client for CloudWatch ({error}); set SDAI_TELEMETRY_CLOUDWATCH_REGION") from error
    return client
