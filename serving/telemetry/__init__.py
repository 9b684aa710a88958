"""Metrics, log lines, traces and alarms of the service. Nothing heavy is imported before it is switched on."""

from serving.telemetry.alarms import Action, Alarm, AlarmPolicy, evaluate_alarms
from serving.telemetry.assembly import Telemetry, alarm_policy, start_telemetry
from serving.telemetry.cost import TaskPrice
from serving.telemetry.labels import OTHER, RouteTable
from serving.telemetry.log_format import AccessEntry
from serving.telemetry.logs import AccessLog, Logs, setup_logging
from serving.telemetry.metrics import ServiceMetrics
from serving.telemetry.snapshot import Snapshot, read_snapshot
from serving.telemetry.tracing import NoTracing, RequestSpan, Tracing, start_tracing

__all__ = [
    "OTHER",
    "AccessEntry",
    "AccessLog",
    "Action",
    "Alarm",
    "AlarmPolicy",
    "Logs",
    "NoTracing",
    "RequestSpan",
    "RouteTable",
    "ServiceMetrics",
    "Snapshot",
    "TaskPrice",
    "Telemetry",
    "Tracing",
    "alarm_policy",
    "evaluate_alarms",
    "read_snapshot",
    "setup_logging",
    "start_telemetry",
    "start_tracing",
]
