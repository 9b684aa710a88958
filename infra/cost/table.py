"""The monthly table: quantities times prices, line by line. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from infra.cost.plan import Plan
from infra.cost.prices import PriceList

BUDGET_USD = 15_000.0
"""Limit of a month, as in the original text; the same figure is the default of the Terraform budget."""
FREE_EGRESS_GB = 1_000.0
FREE_HTTPS_REQUESTS = 10_000_000.0
KB_A_GB = 1_000_000.0


@dataclass(frozen=True, slots=True)
class CostLine:
    """One line: what, how much of it, its price, and what that comes to in US dollars a month."""

    part: str
    item: str
    quantity: float
    unit: str
    unit_usd: float

    @property
    def usd(self) -> float:
        """US dollars a month."""
        return self.quantity * self.unit_usd


@dataclass(frozen=True, slots=True)
class CostTable:
    """The lines of a month."""

    lines: tuple[CostLine, ...]

    @property
    def total_usd(self) -> float:
        """US dollars a month, all lines."""
        return sum(line.usd for line in self.lines)

    def by_part(self) -> dict[str, float]:
        """Return US dollars a month by part, in the order of the lines."""
        sums: dict[str, float] = {}
        for line in self.lines:
            sums[line.part] = sums.get(line.part, 0.0) + line.usd
        return sums


def monthly_costs(plan: Plan, prices: PriceList) -> CostTable:
    """Return what a plan costs in a month. Raises `InfraError` for a price that the list lacks."""
    parts = (_serving, _training, _database, _cache, _files, _network, _edge, _watching)
    return CostTable(tuple(line for part in parts for line in part(plan, prices)))


def _paid(usd: float, ratio: str | None, prices: PriceList) -> float:
    return usd * prices.ratio(ratio) if ratio else usd


def _serving(plan: Plan, prices: PriceList) -> Iterator[CostLine]:
    task_usd = plan.task_vcpus * prices.usd("fargate_vcpu_hour") + plan.task_memory_gb * prices.usd("fargate_gb_hour")
    item = f"Fargate tasks of {plan.task_vcpus:g} vCPU and {plan.task_memory_gb:g} GB, mean number {plan.tasks:g}"
    hours = plan.tasks * prices.hours_a_month
    yield CostLine("serving", item, hours, "task-hours", _paid(task_usd, plan.compute_ratio, prices))
    yield CostLine("serving", "images (ECR)", plan.ecr_gb, "GB", prices.usd("ecr_gb_month"))


def _training(plan: Plan, prices: PriceList) -> Iterator[CostLine]:
    usd = _paid(prices.usd(plan.gpu_price), plan.gpu_ratio, prices)
    item = plan.gpu_price.removesuffix("_hour").replace("_", ".", 1)
    yield CostLine("training", f"GPU instances {item}", plan.gpu_hours, "hours", usd)
    volume_gb = plan.gpu_volume_gb * plan.gpu_hours / prices.hours_a_month
    yield CostLine("training", "their volumes (EBS gp3)", volume_gb, "GB-months", prices.usd("ebs_gp3_gb_month"))


def _database(plan: Plan, prices: PriceList) -> Iterator[CostLine]:
    usd = _paid(plan.database_zones * prices.usd(plan.database_price), plan.database_ratio, prices)
    item = "db." + plan.database_price.removeprefix("rds_").removesuffix("_hour").replace("_", ".", 1)
    yield CostLine("database", f"{item}, zones: {plan.database_zones}", prices.hours_a_month, "hours", usd)
    storage_usd = plan.database_zones * prices.usd("rds_gp3_gb_month")
    yield CostLine("database", f"storage gp3, zones: {plan.database_zones}", plan.database_gb, "GB", storage_usd)
    beyond_gb = plan.database_backup_gb
    yield CostLine("database", "backups beyond its own size", beyond_gb, "GB", prices.usd("rds_backup_gb_month"))


def _cache(plan: Plan, prices: PriceList) -> Iterator[CostLine]:
    usd = _paid(prices.usd(plan.cache_price), plan.cache_ratio, prices)
    item = "cache." + plan.cache_price.split("_", 1)[1].removesuffix("_hour").replace("_", ".", 1)
    hours = plan.cache_nodes * prices.hours_a_month
    yield CostLine("cache", f"{item}, nodes: {plan.cache_nodes}", hours, "node-hours", usd)


def _files(plan: Plan, prices: PriceList) -> Iterator[CostLine]:
    yield CostLine("files", "S3 Standard", plan.s3_standard_gb, "GB", prices.usd("s3_standard_gb_month"))
    yield CostLine("files", "S3 Standard-IA", plan.s3_infrequent_gb, "GB", prices.usd("s3_infrequent_gb_month"))
    yield CostLine("files", "S3 Glacier Instant", plan.s3_archive_gb, "GB", prices.usd("s3_archive_gb_month"))
    yield CostLine("files", "S3 writes", plan.s3_puts / 1_000, "thousands", prices.usd("s3_put_thousand"))
    yield CostLine("files", "S3 reads", plan.s3_gets / 1_000, "thousands", prices.usd("s3_get_thousand"))
    yield CostLine("files", "IFC models (EFS)", plan.efs_gb, "GB", prices.usd("efs_gb_month"))


def _network(plan: Plan, prices: PriceList) -> Iterator[CostLine]:
    hours = prices.hours_a_month
    yield CostLine("network", "load balancer", hours, "hours", prices.usd("alb_hour"))
    yield CostLine("network", "load balancer capacity", plan.lcus * hours, "LCU-hours", prices.usd("alb_lcu_hour"))
    yield CostLine("network", "NAT gateways", plan.zones * hours, "hours", prices.usd("nat_hour"))
    yield CostLine("network", "data through NAT", plan.nat_gb, "GB", prices.usd("nat_gb"))
    yield CostLine("network", "public addresses of NAT", plan.zones * hours, "hours", prices.usd("ipv4_hour"))


def _edge(plan: Plan, prices: PriceList) -> Iterator[CostLine]:
    egress_gb = max(0.0, plan.requests * plan.answer_kb / KB_A_GB - FREE_EGRESS_GB)
    yield CostLine("edge", "CloudFront, data beyond 1 TB", egress_gb, "GB", prices.usd("cloudfront_gb"))
    beyond = max(0.0, plan.requests - FREE_HTTPS_REQUESTS) / 10_000
    item = "CloudFront, requests beyond 10 million"
    yield CostLine("edge", item, beyond, "ten thousands", prices.usd("cloudfront_https_10k"))
    yield CostLine("edge", "WAF, web ACL", 1.0, "months", prices.usd("waf_acl_month"))
    yield CostLine("edge", "WAF, rules", float(plan.waf_rules), "months", prices.usd("waf_rule_month"))
    yield CostLine("edge", "WAF, requests", plan.requests / 1e6, "millions", prices.usd("waf_million_requests"))


def _watching(plan: Plan, prices: PriceList) -> Iterator[CostLine]:
    yield CostLine("watching", "logs taken in", plan.log_gb, "GB", prices.usd("cloudwatch_log_gb"))
    yield CostLine("watching", "logs kept", plan.log_kept_gb, "GB", prices.usd("cloudwatch_log_kept_gb"))
    yield CostLine("watching", "own metrics", float(plan.metrics), "months", prices.usd("cloudwatch_metric_month"))
    yield CostLine("watching", "alarms", float(plan.alarms), "months", prices.usd("cloudwatch_alarm_month"))
    dashboard_usd = prices.usd("cloudwatch_dashboard_month")
    yield CostLine("watching", "dashboards", float(plan.dashboards), "months", dashboard_usd)
    yield CostLine("watching", "KMS keys", float(plan.kms_keys), "months", prices.usd("kms_key_month"))
    yield CostLine("watching", "secrets", float(plan.secrets), "months", prices.usd("secret_month"))
