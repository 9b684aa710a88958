"""What runs in a month: the defaults of the Terraform modules, and assumptions of use that they do not know."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from infra.errors import InfraError

MIN_TASKS, MAX_TASKS = 2, 10
MAX_GPU_INSTANCES = 5
HOURS_A_MONTH = 730.0


@dataclass(frozen=True, slots=True)
class Plan:
    """Quantities of one month. Names ending in ``_price`` are names in the price list."""

    # Serving
    tasks: float = 3.0
    task_vcpus: float = 4.0
    task_memory_gb: float = 16.0
    compute_ratio: str | None = None
    # Training
    gpu_price: str = "g5_xlarge_hour"
    gpu_hours: float = 40.0
    gpu_volume_gb: float = 200.0
    gpu_ratio: str | None = None
    # PostgreSQL
    database_price: str = "rds_r6g_2xlarge_hour"
    database_zones: int = 2
    database_gb: float = 500.0
    database_backup_gb: float = 500.0
    database_ratio: str | None = None
    # Cache
    cache_price: str = "valkey_r6g_xlarge_hour"
    cache_nodes: int = 2
    cache_ratio: str | None = None
    # Files
    s3_standard_gb: float = 500.0
    s3_infrequent_gb: float = 0.0
    s3_archive_gb: float = 0.0
    s3_puts: float = 200_000.0
    s3_gets: float = 2_000_000.0
    efs_gb: float = 20.0
    ecr_gb: float = 30.0
    # Requests
    requests: float = 10_000_000.0
    answer_kb: float = 2.0
    lcus: float = 1.0
    zones: int = 2
    nat_gb: float = 100.0
    waf_rules: int = 5
    # Watching and keys
    log_gb: float = 20.0
    log_kept_gb: float = 240.0
    metrics: int = 100
    alarms: int = 7
    dashboards: int = 1
    kms_keys: int = 6
    secrets: int = 4

    def __post_init__(self) -> None:
        """Refuse quantities that no month has."""
        for name in ("tasks", "gpu_hours", "requests"):
            if not getattr(self, name) >= 0:
                raise InfraError(f"{name} is {getattr(self, name)}; it cannot be below 0")
        if self.tasks > 1_000 or self.gpu_hours > 1_000 * HOURS_A_MONTH or self.requests > 1e12:
            raise InfraError("tasks, gpu_hours or requests are beyond what this model is made for")


Change = Callable[[Plan], Plan]


def spot(plan: Plan) -> Plan:
    """Train on spot instances: a run that loses its machine goes on where it was."""
    return replace(plan, gpu_ratio="gpu_spot")


def reserved(plan: Plan) -> Plan:
    """Commit to one year of what runs at all times: the tasks' compute, the database, the cache."""
    return replace(
        plan,
        compute_ratio="compute_savings_plan",
        database_ratio="rds_reserved",
        cache_ratio="cache_reserved",
    )


def tiering(plan: Plan) -> Plan:
    """Let the lifecycle rules work for a year: a fifth of what is kept is hot, three tenths a month old, half older."""
    total_gb = plan.s3_standard_gb + plan.s3_infrequent_gb + plan.s3_archive_gb
    return replace(plan, s3_standard_gb=0.2 * total_gb, s3_infrequent_gb=0.3 * total_gb, s3_archive_gb=0.5 * total_gb)


def right_size(plan: Plan) -> Plan:
    """Take what the measured load needs: two workers in 2 vCPU and 4 GB, a database and a cache that fit it."""
    return replace(
        plan,
        task_vcpus=2.0,
        task_memory_gb=4.0,
        database_price="rds_r6g_large_hour",
        database_gb=100.0,
        database_backup_gb=100.0,
        cache_price="valkey_r6g_large_hour",
    )


def worst(plan: Plan) -> Plan:
    """Run everything that scaling allows, day and night: most tasks, most GPUs, twenty times the requests."""
    return replace(
        plan,
        tasks=float(MAX_TASKS),
        gpu_hours=MAX_GPU_INSTANCES * HOURS_A_MONTH,
        requests=20 * plan.requests,
        lcus=20 * plan.lcus,
        nat_gb=20 * plan.nat_gb,
        log_gb=20 * plan.log_gb,
        log_kept_gb=20 * plan.log_kept_gb,
        metrics=1_000,
    )


CHANGES: dict[str, Change] = {
    "spot": spot,
    "reserved": reserved,
    "tiering": tiering,
    "right-size": right_size,
    "worst": worst,
}
