"""The settings classes. `load_settings` is the only reader; everything else is handed what it needs."""

import difflib
import ipaddress
import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import Field, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from configs.auth_settings import AuthSettings
from configs.cache_settings import CacheSettings
from configs.concern import CONFIG_DIR, MODELS, Concern
from configs.jobs_settings import JobsSettings, UploadsSettings
from configs.limits_settings import LimitsSettings
from configs.models_settings import ModelsSettings
from configs.notify_settings import NotifySettings
from configs.operations_settings import AlarmsSettings, ExpansionSettings, MonitoringSettings, ScheduleSettings
from configs.recording_settings import RecordingSettings
from configs.retention_settings import RetentionSettings
from configs.rollout_settings import RolloutSettings
from configs.routing_settings import LabelsSettings, RoutingSettings
from configs.signing_settings import SigningSettings
from configs.store_settings import StoreSettings
from configs.telemetry_settings import LoggingSettings, TelemetrySettings

PROJECT_ROOT = CONFIG_DIR.parent
PREFIX = "SDAI_"
OTHER_VARIABLES = {
    "SDAI_CONFIG_DIR": "folder of the YAML files of settings",
    "SDAI_DEBUG": "1 shows the traces of errors on the command line",
    "SDAI_REQUIRE_AUDIT": "1 makes `make scan` fail where no service of known vulnerabilities can be asked",
    "SDAI_REQUIRE_SERVICES": "1 makes tests that need a server fail instead of being skipped",
    "SDAI_SERVING_CANDIDATES": "JSON file of artifact folders that the service loads instead of the promoted versions",
    "SDAI_TOKEN": "bearer token that `sdai call` sends",
}
"""Variables of this project that are no settings, and what they are for."""


class SettingsError(ValueError):
    """The environment sets something that does not exist: the message names it and what may have been meant."""


class PathSettings(Concern):
    """Where things are kept. Everything a run writes is below ``home``."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix="SDAI_PATHS_")

    home: Path = Field(PROJECT_ROOT, description="folder that holds mlruns/ and .sdai/")
    ifc_root: Path | None = Field(None, description="folder that `model_ifc` keys are resolved in")

    @property
    def mlruns(self) -> Path:
        """MLflow database and artifacts."""
        return self.home.resolve() / "mlruns"

    @property
    def work(self) -> Path:
        """Datasets, model artifacts, Prefect and BentoML homes, the store."""
        return self.home.resolve() / ".sdai"

    @property
    def keys(self) -> Path:
        """The development key of the service, copies of token issuers' public keys, the key that signs models."""
        return self.work / "keys"

    @property
    def ifc_models(self) -> Path:
        """The root of `model_ifc` keys: ``ifc_root``, else a folder below ``work``."""
        return (self.ifc_root or self.work / "ifc").resolve()


class DatasetSettings(Concern):
    """Size, seed and splits of the generated dataset."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix="SDAI_DATASET_")

    entries_per_problem: int = Field(60_335, ge=50, description="entries a problem; five problems")
    seed: int = Field(2026, ge=0, description="seed of the generator; same seed, same bytes")
    chunk_rows: int = Field(
        2_048, ge=64, le=100_000, description="rows generated at a time (part of the seed's meaning)"
    )
    workers: int = Field(0, ge=0, le=256, description="processes; 0 = one a core")
    whole_buildings: bool = Field(
        True, description="read a seventh of the clash detector's pairs from IFC models of whole buildings"
    )
    train_weight_percent: int = Field(80, ge=1, le=98)
    validation_weight_percent: int = Field(10, ge=1, le=98)
    own_data_dir: Path | None = Field(None, description="folder of <problem>.parquet or <problem>.csv files to add")
    own_data_s3: str | None = Field(
        None, pattern=r"^s3://[a-z0-9][a-z0-9.-]+(/|$)", description="the same on S3: s3://bucket/folder"
    )
    reviewed_dir: Path | None = Field(
        None, description="folder of entries made of accepted reports, which are trained on only; none = the home's"
    )
    max_age_days: int = Field(45, ge=1, description="a manifest older than this is stale and fails validation")

    @model_validator(mode="after")
    def _leave_a_holdout(self) -> "DatasetSettings":
        if self.train_weight_percent + self.validation_weight_percent > 99:
            raise ValueError("train_weight_percent + validation_weight_percent must leave at least 1 for the holdout")
        return self

    @model_validator(mode="after")
    def _one_place_of_own_entries(self) -> "DatasetSettings":
        if self.own_data_dir is not None and self.own_data_s3 is not None:
            raise ValueError("set own_data_dir or own_data_s3, not both")
        return self


class TrainingSettings(Concern):
    """Seed, device and the hyper-parameters of each trainer."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix="SDAI_TRAINING_")

    seed: int = Field(2026, ge=0)
    device: str = Field("auto", pattern="^(auto|cpu|cuda)$")
    threads: int = Field(2, ge=1, le=256, description="CPU threads for training, shared by what trains side by side")
    at_once: int = Field(2, ge=1, le=16, description="models trained side by side on this machine")
    show_progress: bool = True
    connection_designer: dict[str, Any] = Field(default_factory=dict)
    section_optimizer: dict[str, Any] = Field(default_factory=dict)
    clash_detector: dict[str, Any] = Field(default_factory=dict)
    compliance_checker: dict[str, Any] = Field(default_factory=dict)
    risk_analyzer: dict[str, Any] = Field(default_factory=dict)

    @property
    def threads_each(self) -> int:
        """CPU threads that one training may use."""
        return max(1, self.threads // self.at_once)


class GateSettings(Concern):
    """What a version must show before it is promoted. Accuracies and errors are ratios (0 to 1)."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix="SDAI_GATES_")

    targets: dict[str, float] = Field(description="accuracy a model must reach on the sealed holdout")
    p95_ms: dict[str, float] = Field(description="largest p95 latency of one request to the real service")
    inference_p95_ms: dict[str, float] = Field(
        description="largest p95 of the exported model alone, one thread: one question, or a batch of 256 clash pairs"
    )
    near_margin: float = Field(
        0.01, ge=0, le=0.1, description="a miss by at most this is called near; it is still refused"
    )
    better_margin: float = Field(
        0.005, ge=0, le=0.1, description="a challenger replaces a champion when better by more"
    )
    max_calibration_error: float = Field(0.02, gt=0, le=1)
    slice_min_count: int = Field(100, ge=1, description="slices smaller than this are shown, not judged")
    slice_max_drop: float = Field(0.05, ge=0, le=1, description="how far below its target the worst slice may be")
    latency_requests: int = Field(200, ge=20, description="requests a model timed in the service")

    @model_validator(mode="after")
    def _every_model_has_a_bar(self) -> "GateSettings":
        bars = {"targets": self.targets, "p95_ms": self.p95_ms, "inference_p95_ms": self.inference_p95_ms}
        for name, values in bars.items():
            if set(values) != set(MODELS):
                raise ValueError(f"{name} must name exactly {', '.join(MODELS)}")
        if not all(0 < target <= 1 for target in self.targets.values()):
            raise ValueError("targets are ratios: 0 < target <= 1")
        if not all(limit > 0 for limit in (*self.p95_ms.values(), *self.inference_p95_ms.values())):
            raise ValueError("limits of p95_ms and inference_p95_ms are milliseconds above 0")
        return self


class TrackingSettings(Concern):
    """MLflow."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix="SDAI_TRACKING_", hide_input_in_errors=True
    )

    uri: str | None = Field(None, description="MLflow tracking URI; none = SQLite in mlruns/")
    artifacts: str | None = Field(
        None,
        pattern=r"^(s3|file)://",
        description="where a new experiment keeps its artifacts, for example s3://bucket/folder; none = the tracking "
        "server's place, else mlruns/artifacts",
    )
    experiment: str = Field("structural-design", min_length=1)


class FlowSettings(Concern):
    """Orchestration."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix="SDAI_FLOWS_")

    dask_address: str | None = Field(None, description="Dask scheduler address; none = this machine alone")
    retries: int = Field(2, ge=0, le=10, description="tries again a task gets after a failure")
    retry_delay_s: float = Field(5.0, ge=0, le=600)


class ServingSettings(Concern):
    """The HTTP service."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix="SDAI_SERVING_")

    host: str = "127.0.0.1"
    port: int = Field(3000, ge=1, le=65_535)
    workers: int = Field(1, ge=1, le=64)
    timeout_s: float = Field(30.0, gt=0, le=600, description="a request is given up after this")
    max_body_bytes: int = Field(1_000_000, ge=1_000, description="larger JSON bodies are refused")
    max_upload_bytes: int = Field(50_000_000, ge=1_000, description="larger IFC uploads are refused")
    max_batch_items: int = Field(100, ge=1, le=10_000, description="longer batches are refused")
    slow_threads: int = Field(2, ge=1, le=64, description="threads a worker for questions about whole models")
    models_at_once: int = Field(
        2, ge=1, le=64, description="models that a host reads at once for requests, up to 3 GB each"
    )
    slow_waiting: int = Field(
        8,
        ge=1,
        le=1_000,
        description="questions about whole models that wait for these threads, half of them one client's at most; "
        "more are refused with 503",
    )
    batch_threads: int = Field(1, ge=1, le=64, description="batches a worker answers at once; further ones wait")
    follow_interval_s: float = Field(
        1.0, gt=0, le=60, description="pause between two looks for another version that was promoted or gone back to"
    )
    drain_timeout_s: float = Field(
        10.0, ge=3, le=600, description="the service is gone this long after it was told to end; see docs/serving.md"
    )

    keep_alive_s: int = Field(
        75, ge=1, le=3_600, description="an idle connection is kept open this long; balancers must let go of it sooner"
    )
    trusted_proxies: tuple[str, ...] = Field(
        ("127.0.0.1", "::1"),
        description="addresses and networks of balancers, whose X-Forwarded-For tells who asks; nobody else's does",
    )
    tls_certificate: Path | None = Field(
        None, description="PEM file of a certificate and its chain: with it the service speaks TLS 1.3 and no HTTP"
    )
    tls_key: Path | None = Field(None, description="PEM file of that certificate's private key, without a password")

    @model_validator(mode="after")
    def _certificate_and_key_are_a_pair(self) -> "ServingSettings":
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key belong together; set both or neither")
        return self

    @field_validator("trusted_proxies")
    @classmethod
    def _are_some_and_not_all(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        for proxy in proxies:
            if ipaddress.ip_network(proxy).prefixlen == 0:
                raise ValueError(f"{proxy} would believe everybody; name the balancers or their network")
        return proxies

    @property
    def scheme(self) -> str:
        """How the service's addresses begin."""
        return "http" if self.tls_certificate is None else "https"

    @property
    def local_url(self) -> str:
        """Where the service is asked from this machine."""
        is_any = self.host in ("0.0.0.0", "::")  # noqa: S104  (compared, not bound)
        host = "127.0.0.1" if is_any else self.host
        return f"{self.scheme}://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def drain_requests_s(self) -> int:
        """How much of that requests under way get to be answered, in whole seconds."""
        return int(0.7 * self.drain_timeout_s)

    @property
    def drain_records_s(self) -> float:
        """How much of that their records get to reach the database; what does not stays in the journal."""
        return 0.2 * self.drain_timeout_s


@dataclass(frozen=True, slots=True)
class Settings:
    """All concerns together, read once."""

    paths: PathSettings
    dataset: DatasetSettings
    training: TrainingSettings
    gates: GateSettings
    tracking: TrackingSettings
    store: StoreSettings
    flows: FlowSettings
    serving: ServingSettings
    auth: AuthSettings
    logging: LoggingSettings
    telemetry: TelemetrySettings
    cache: CacheSettings
    limits: LimitsSettings
    recording: RecordingSettings
    retention: RetentionSettings
    signing: SigningSettings
    models: ModelsSettings
    jobs: JobsSettings
    uploads: UploadsSettings
    rollout: RolloutSettings
    routing: RoutingSettings
    labels: LabelsSettings
    notify: NotifySettings
    schedule: ScheduleSettings
    monitoring: MonitoringSettings
    expansion: ExpansionSettings
    alarms: AlarmsSettings

    @property
    def store_url(self) -> str:
        """SQLAlchemy URL of the project's database: the one set, else a SQLite file below ``work``."""
        return self.store.secured_url or f"sqlite:///{self.paths.work / 'store.db'}"

    @property
    def upload_deadline_s(self) -> float:
        """When an upload is given up: it has its own time to arrive, then that of any request to be kept."""
        return self.uploads.timeout_s + self.serving.timeout_s


CONCERNS: tuple[type[Concern], ...] = (
    PathSettings,
    DatasetSettings,
    TrainingSettings,
    GateSettings,
    TrackingSettings,
    StoreSettings,
    FlowSettings,
    ServingSettings,
    AuthSettings,
    LoggingSettings,
    TelemetrySettings,
    CacheSettings,
    LimitsSettings,
    RecordingSettings,
    RetentionSettings,
    SigningSettings,
    ModelsSettings,
    JobsSettings,
    UploadsSettings,
    RolloutSettings,
    RoutingSettings,
    LabelsSettings,
    NotifySettings,
    ScheduleSettings,
    MonitoringSettings,
    ExpansionSettings,
    AlarmsSettings,
)


def known_variables() -> tuple[str, ...]:
    """Return the names of all environment variables that the project reads under its own prefix."""
    settings = (
        f"{concern.model_config['env_prefix']}{field}" for concern in CONCERNS for field in concern.model_fields
    )
    return (*(name.upper() for name in settings), *OTHER_VARIABLES)


def refuse_unknown_variables(names: Iterable[str]) -> None:
    """Raise `SettingsError` when one of these environment variables begins like ours and is none of them.

    A misspelt setting would otherwise be without effect and without a word.
    """
    known = known_variables()
    unknown = sorted(name for name in names if name.upper().startswith(PREFIX) and name.upper() not in known)
    if unknown:
        raise SettingsError("; ".join(_told(name, known) for name in unknown))


def _told(name: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(name.upper(), known, n=3)
    # What begins alike is what the concern has to offer, or else the concerns.
    concern = "_".join(name.upper().split("_")[:2]) + "_"
    alike = near or [item for item in known if item.startswith(concern)]
    prefixes = [f"{concern.model_config['env_prefix']}…" for concern in CONCERNS]
    return f"environment variable {name} is not known; " + (
        f"near names: {', '.join(alike)}" if alike else f"settings begin with {', '.join(prefixes)}"
    )


@cache
def load_settings() -> Settings:
    """Read every concern from environment and YAML.

    Raises pydantic's `ValidationError` naming the wrong key of a file or a wrong value, and `SettingsError` for an
    environment variable that is no setting.
    """
    refuse_unknown_variables(os.environ)
    return Settings(
        paths=PathSettings(),
        dataset=DatasetSettings(),
        training=TrainingSettings(),
        gates=GateSettings(),
        tracking=TrackingSettings(),
        store=StoreSettings(),
        flows=FlowSettings(),
        serving=ServingSettings(),
        auth=AuthSettings(),
        logging=LoggingSettings(),
        telemetry=TelemetrySettings(),
        cache=CacheSettings(),
        limits=LimitsSettings(),
        recording=RecordingSettings(),
        retention=RetentionSettings(),
        signing=SigningSettings(),
        models=ModelsSettings(),
        jobs=JobsSettings(),
        uploads=UploadsSettings(),
        rollout=RolloutSettings(),
        routing=RoutingSettings(),
        labels=LabelsSettings(),
        notify=NotifySettings(),
        schedule=ScheduleSettings(),
        monitoring=MonitoringSettings(),
        expansion=ExpansionSettings(),
        alarms=AlarmsSettings(),
    )
