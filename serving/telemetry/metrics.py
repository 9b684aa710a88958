"""The service's figures for Prometheus, counted in every worker and added up where they are read.

`prometheus_client` decides when it is imported whether its values go to the files that all workers share
(``PROMETHEUS_MULTIPROC_DIR``), so it is imported when a `ServiceMetrics` is made: do that in the worker, once.
"""

import math
from typing import TYPE_CHECKING, Literal, TypeAlias

from serving.telemetry import names
from serving.telemetry.cost import MeanCosts, TaskPrice
from serving.telemetry.labels import OTHER, OUTCOMES, BoundedNames, RouteTable, method_label, status_class

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

    _RequestSeries: TypeAlias = tuple[Counter, Histogram]
    _PredictionSeries: TypeAlias = tuple[Counter, Counter]

GaugeMode: TypeAlias = Literal["livesum", "livemax", "mostrecent"]
MODEL_LIMIT = 16
VERSION_LIMIT = 64
ARM_LIMIT = 8
REASON_LIMIT = 32
LEVEL_LIMIT = 8
GPU_LIMIT = 16


class ServiceMetrics:
    """Everything that one worker counts. Methods never raise on odd label values; these become ``other``.

    Parameters
    ----------
    routes : the service's routes.
    price : price of the task, for the cost of a prediction.
    registry : where the series are registered; none = one of their own, for in a worker they are read from the files.
    """

    def __init__(self, *, routes: RouteTable, price: TaskPrice, registry: "CollectorRegistry | None" = None) -> None:
        from prometheus_client import CollectorRegistry

        self.registry = registry or CollectorRegistry()
        self._make = _Factory(self.registry)
        self._routes = routes
        self._price = price
        self._models = BoundedNames(MODEL_LIMIT)
        self._versions = BoundedNames(VERSION_LIMIT)
        self._arms = BoundedNames(ARM_LIMIT, ("champion", "canary", "shadow"))
        self._reasons = BoundedNames(REASON_LIMIT)
        self._levels = BoundedNames(LEVEL_LIMIT)
        self._gpus = BoundedNames(GPU_LIMIT)
        self._accuracy: dict[str, float] = {}
        self._request_series: dict[tuple[str, str, int], _RequestSeries] = {}
        self._prediction_series: dict[tuple[str, str, str, str], _PredictionSeries] = {}
        self._cache_series: dict[tuple[str, str, bool], Counter] = {}
        self._register_traffic()
        self._register_states()

    def _register_traffic(self) -> None:
        make = self._make
        self._requests = make.counter(names.REQUESTS, "Requests answered", "route", "method", "status")
        self._request_seconds = make.histogram(
            names.REQUEST_SECONDS, "Time from request to answer", names.REQUEST_BOUNDS_S, "route", "model"
        )
        self._predictions = make.counter(
            names.PREDICTIONS, "Predictions by what came of them", "model", "version", "arm", "outcome"
        )
        self._cost = make.counter(names.PREDICTION_COST, "Cost of the CPU time of predictions", "model")
        self._cache_lookups = make.counter(names.CACHE_LOOKUPS, "Cache lookups", "level", "model", "result")
        self._redis_troubles = make.counter(
            names.REDIS_TROUBLES,
            "Calls of the cache's Redis that failed, were left out or brought a bad value",
            "result",
        )
        self._rate_limited = make.counter(names.RATE_LIMITED, "Requests refused by a rate limit", "route")
        self._auth_refusals = make.counter(names.AUTH_REFUSALS, "Requests refused for their token", "reason")
        self._lines_dropped = make.counter(names.LOG_LINES_DROPPED, "Log lines dropped for a slow reader")
        self._cloudwatch = make.counter(names.CLOUDWATCH_BATCHES, "Batches sent to CloudWatch", "result")
        self._beside = make.counter(names.BESIDE, "Answers looked at beside the requests", "work", "model", "result")

    def _register_states(self) -> None:
        # livesum and livemax leave out workers that ended; mostrecent is the last word of any worker.
        gauge = self._make.gauge
        self._in_flight = gauge(names.IN_FLIGHT, "Requests being answered", "livesum")
        self._loaded = gauge(names.LOADED, "Workers that hold a version", "livesum", "model", "version", "arm")
        self._journal_bytes = gauge(names.JOURNAL_BYTES, "Predictions on disk, not yet stored", "livesum")
        self._recorder_lag = gauge(names.RECORDER_LAG, "Age of the oldest one not yet stored", "livemax")
        self._accuracies = gauge(names.ACCURACY, "Accuracy of the last day", "mostrecent", "model")
        self._accuracy_counts = gauge(names.ACCURACY_COUNT, "Predictions behind the accuracy", "mostrecent", "model")
        self._arm_accuracies = gauge(names.ARM_ACCURACY, "Accuracy of the last day", "mostrecent", "model", "arm")
        self._arm_counts = gauge(names.ARM_ACCURACY_COUNT, "Labels behind it", "mostrecent", "model", "arm")
        self._gpu_use = gauge(names.GPU_USE, "Busy share of a GPU", "mostrecent", "gpu")
        self._cost_mean = gauge(names.PREDICTION_COST_MEAN, "Mean CPU cost of a prediction", "mostrecent", "model")
        self._task_cost_mean = gauge(names.TASK_COST_MEAN, "Cost of the task by prediction, idle too", "mostrecent")
        # A process id that comes round again finds the file of the one before it.
        self._in_flight.set(0)
        self._journal_bytes.set(0)
        self._recorder_lag.set(0)

    def request_started(self) -> None:
        """Count a request as being answered; `request_ended` must follow, whatever happens."""
        self._in_flight.inc()

    def request_ended(self) -> None:
        """Count a request as no longer being answered."""
        self._in_flight.dec()

    def observe_request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count an answered request.

        ``route`` is a template of the route table, ``status`` the HTTP status sent, ``seconds`` the time since the
        request came in, >= 0.
        """
        series = self._request_series.get((route, method, status)) or self._request(route, method, status)
        series[0].inc()
        series[1].observe(seconds)

    def _request(self, route: str, method: str, status: int) -> "_RequestSeries":
        known = self._routes.template(route)
        labels = known, method_label(method), status_class(status)
        series = self._requests.labels(*labels), self._request_seconds.labels(known, self._routes.model(known))
        # Only what is bounded is remembered: a client makes up paths and methods.
        if (known, labels[1]) == (route, method) and labels[2] != OTHER:
            self._request_series[route, method, status] = series
        return series

    def observe_prediction(self, model: str, *, version: str, arm: str, outcome: str, cpu_s: float) -> float:
        """Count a prediction and return what it cost in US dollars.

        ``arm`` is ``champion``, ``canary`` or ``shadow``; ``outcome`` is ``answered``, ``cached``, ``abstained``,
        ``refused`` or ``failed``; ``cpu_s`` is the CPU time of the model and its proof in seconds, >= 0.
        """
        key = model, version, arm, outcome
        counts, costs = self._prediction_series.get(key) or self._prediction(key)
        counts.inc()
        cost_usd = self._price.of_cpu(max(cpu_s, 0.0))
        costs.inc(cost_usd)
        return cost_usd

    def _prediction(self, key: tuple[str, str, str, str]) -> "_PredictionSeries":
        model, version, arm, outcome = key
        labels = (
            self._models(model),
            self._versions(version),
            self._arms(arm),
            outcome if outcome in OUTCOMES else OTHER,
        )
        series = self._predictions.labels(*labels), self._cost.labels(labels[0])
        if labels == key:
            self._prediction_series[key] = series
        return series

    def count_cache(self, level: str, model: str, *, hit: bool) -> None:
        """Count a lookup in a cache; ``level`` names it, for example ``memory`` or ``redis``."""
        series = self._cache_series.get((level, model, hit))
        if series is None:
            labels = self._levels(level), self._models(model)
            series = self._cache_lookups.labels(*labels, "hit" if hit else "miss")
            if labels == (level, model):
                self._cache_series[level, model, hit] = series
        series.inc()

    def count_redis_trouble(self, result: str) -> None:
        """Count a call of the cache's Redis as ``error``, ``skipped`` (left out after errors) or ``bad_value``."""
        self._redis_troubles.labels(self._reasons(result)).inc()

    def count_rate_limited(self, route: str) -> None:
        """Count a request that a rate limit refused."""
        self._rate_limited.labels(self._routes.template(route)).inc()

    def count_auth_refusal(self, reason: str) -> None:
        """Count a request whose token was refused; ``reason`` is a short fixed name such as ``expired``."""
        self._auth_refusals.labels(self._reasons(reason)).inc()

    def count_dropped_log_lines(self, count: int) -> None:
        """Count log lines that were dropped."""
        self._lines_dropped.inc(count)

    def count_cloudwatch(self, result: str) -> None:
        """Count a batch of figures for CloudWatch as ``sent``, ``failed`` (kept for later) or ``dropped``."""
        self._cloudwatch.labels(result if result in ("sent", "failed", "dropped") else OTHER).inc()

    def count_beside(self, work: str, model: str, result: str) -> None:
        """Count what became of an answer that ``mirror`` or ``labels`` looked at beside the requests.

        ``result`` is ``dropped`` (there was no time), ``failed``, or for labels ``correct``, ``wrong``, ``undecided``.
        """
        self._beside.labels(self._levels(work), self._models(model), self._reasons(result)).inc()

    def set_arm_accuracy(self, model: str, arm: str, ratio: float, labels: int) -> None:
        """Say what share (0 to 1) of an arm's labelled predictions of the last day was right, and of how many.

        The champion's is the model's.
        """
        labels_of = self._models(model), self._arms(arm)
        self._arm_accuracies.labels(*labels_of).set(ratio)
        self._arm_counts.labels(*labels_of).set(labels)
        if arm == "champion":
            self.set_accuracy(model, ratio, labels)

    def forget_arm_accuracy(self, model: str, arm: str) -> None:
        """Say that an arm has no labelled prediction of the last day any more; its ratio is then that of none."""
        self._arm_counts.labels(self._models(model), self._arms(arm)).set(0)
        if arm == "champion":
            self._accuracy.pop(self._models(model), None)
            self._accuracy_counts.labels(self._models(model)).set(0)

    def set_accuracy(self, model: str, ratio: float, predictions: int) -> None:
        """Say what share (0 to 1) of a model's labelled predictions of the last day was right, and of how many."""
        if not (math.isfinite(ratio) and 0 <= ratio <= 1):
            raise ValueError(f"accuracy of {model} is {ratio}; it is a ratio from 0 to 1")
        name = self._models(model)
        self._accuracy[name] = ratio
        self._accuracies.labels(name).set(ratio)
        self._accuracy_counts.labels(name).set(predictions)

    def accuracy(self, model: str) -> float | None:
        """Return the accuracy of the day that this worker was told last, for log lines; none before that."""
        return self._accuracy.get(model)

    def set_loaded(self, model: str, *, version: str, arm: str, loaded: bool) -> None:
        """Say whether this worker holds a version of a model."""
        self._loaded.labels(self._models(model), self._versions(version), self._arms(arm)).set(1 if loaded else 0)

    def set_recorder_backlog(self, journal_bytes: int, lag_s: float) -> None:
        """Say how much of this worker's journal is not in the database yet, and how old the oldest of it is."""
        self._journal_bytes.set(journal_bytes)
        self._recorder_lag.set(lag_s)

    def set_gpu_use(self, gpu: str, ratio: float) -> None:
        """Say what share (0 to 1) of the last sampling period a GPU was busy."""
        self._gpu_use.labels(self._gpus(gpu)).set(ratio)

    def set_mean_costs(self, costs: MeanCosts) -> None:
        """Say what a prediction cost on average lately."""
        for model, cost_usd in costs.by_model_usd.items():
            self._cost_mean.labels(self._models(model)).set(cost_usd)
        if costs.task_usd is not None:
            self._task_cost_mean.set(costs.task_usd)


class _Factory:
    """Makes the series of one registry."""

    def __init__(self, registry: "CollectorRegistry") -> None:
        self._registry = registry

    def counter(self, name: str, help_text: str, *labels: str) -> "Counter":
        from prometheus_client import Counter

        return Counter(name, help_text, labels, registry=self._registry)

    def histogram(self, name: str, help_text: str, bounds: tuple[float, ...], *labels: str) -> "Histogram":
        from prometheus_client import Histogram

        return Histogram(name, help_text, labels, registry=self._registry, buckets=bounds)

    def gauge(self, name: str, help_text: str, mode: "GaugeMode", *labels: str) -> "Gauge":
        from prometheus_client import Gauge

        return Gauge(name, help_text, labels, registry=self._registry, multiprocess_mode=mode)
