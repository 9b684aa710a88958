"""Puts the parts together as the settings say: one call when a worker starts, one when it ends."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from serving.telemetry.alarms import AlarmPolicy
from serving.telemetry.cloudwatch import CloudWatchPublisher, cloudwatch_client
from serving.telemetry.cost import TaskPrice
from serving.telemetry.gpu import gpu_sampler
from serving.telemetry.host import LOCK_FILE, HostReport, HostReporter, LeaderLock, forget_dead_workers
from serving.telemetry.labels import RouteTable
from serving.telemetry.logs import Logs, setup_logging
from serving.telemetry.metrics import ServiceMetrics
from serving.telemetry.tracing import Tracing, start_tracing

if TYPE_CHECKING:
    from configs.telemetry_settings import LoggingSettings, TelemetrySettings

METRICS_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


@dataclass(frozen=True, slots=True)
class Telemetry:
    """What a worker tells about itself. ``reporter`` is none where workers share no folder (single process)."""

    metrics: ServiceMetrics
    logs: Logs
    tracing: Tracing
    reporter: HostReporter | None

    def stop(self) -> None:
        """Send and write what waits, within seconds, because the worker ends.

        Loggers keep their form for its last lines; ``logs.stop`` gives them back to a process that lives on.
        """
        if self.reporter is not None:
            self.reporter.stop()
        self.tracing.stop()
        self.logs.finish()


def start_telemetry(
    settings: "TelemetrySettings",
    logging_settings: "LoggingSettings",
    routes: RouteTable,
    environment: Mapping[str, str],
) -> Telemetry:
    """Start everything in a worker, once; ``environment`` is ``os.environ``."""
    price = TaskPrice(settings.task_usd_per_hour, settings.task_cpus)
    shared = environment.get(METRICS_VARIABLE)
    if shared:
        forget_dead_workers(Path(shared))
    metrics = ServiceMetrics(routes=routes, price=price)
    logs = setup_logging(logging_settings, terminal=sys.stdout.isatty(), on_dropped=metrics.count_dropped_log_lines)
    tracing = start_tracing(settings, logging_settings.service, environment)
    reporter = _reporter(settings, metrics, price, Path(shared)) if shared else None
    if reporter is not None:
        reporter.start()
    return Telemetry(metrics, logs, tracing, reporter)


def _reporter(
    settings: "TelemetrySettings", metrics: ServiceMetrics, price: TaskPrice, directory: Path
) -> HostReporter:
    publisher = None
    if settings.cloudwatch_namespace:
        publisher = CloudWatchPublisher(
            lambda: cloudwatch_client(settings),
            settings.cloudwatch_namespace,
            settings.cloudwatch_dimensions,
            metrics.count_cloudwatch,
        )
    report = HostReport(
        directory=directory,
        metrics=metrics,
        price=price,
        min_labels=settings.min_accuracy_count,
        gpu_use=gpu_sampler(),
        publisher=publisher,
    )
    return HostReporter(report, LeaderLock(directory / LOCK_FILE), settings.host_interval_s)


def alarm_policy(settings: "TelemetrySettings") -> AlarmPolicy:
    """Return the thresholds that the settings name."""
    return AlarmPolicy(
        min_accuracy=settings.min_accuracy,
        min_accuracy_count=settings.min_accuracy_count,
        max_p95_s=settings.max_p95_s,
        max_gpu_ratio=settings.max_gpu_ratio,
        max_error_ratio=settings.max_error_ratio,
        min_requests=settings.min_requests,
    )
