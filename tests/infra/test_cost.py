"""The monthly table: golden amounts, what options change, and that it describes what Terraform makes."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from configs.prices import load_prices
from configs.telemetry_settings import TelemetrySettings
from flows.cli import app
from infra.cost import original
from infra.cost.plan import CHANGES, HOURS_A_MONTH, MAX_GPU_INSTANCES, MAX_TASKS, MIN_TASKS, Plan
from infra.cost.prices import PriceList
from infra.cost.table import BUDGET_USD, CostTable, monthly_costs
from infra.errors import InfraError
from tests.infra.planned import Planned

PRICES = PriceList.from_mapping(load_prices())


@pytest.fixture(autouse=True)
def _fresh_prices() -> Iterator[None]:
    load_prices.cache_clear()
    yield
    load_prices.cache_clear()


def costs(*changes: str, **given: Any) -> CostTable:
    plan = Plan()
    for name in changes:
        plan = CHANGES[name](plan)
    return monthly_costs(replace(plan, **given), PRICES)


def line(table: CostTable, item: str) -> float:
    (found,) = [line.usd for line in table.lines if line.item.startswith(item)]
    return found


@pytest.mark.parametrize(
    ("item", "usd"),
    [
        # 730 h at list prices: Fargate 3 x (4 x 0.04048 + 16 x 0.004445), RDS 2 x 0.899, Valkey 2 x 0.3288, …
        ("Fargate tasks", 510.36),
        ("GPU instances g5.xlarge", 40.24),
        ("db.r6g.2xlarge", 1_312.54),
        ("storage gp3", 115.00),
        ("cache.r6g.xlarge", 480.05),
        ("S3 Standard", 11.50),
        ("NAT gateways", 65.70),
        ("load balancer", 16.43),
    ],
)
def test_lines_come_to_what_a_person_computes(item: str, usd: float) -> None:
    found = [line.usd for line in costs().lines if line.item == item or line.item.startswith(f"{item}")]
    assert found[0] == pytest.approx(usd, abs=0.005)


def test_the_month_is_below_the_budget_also_when_everything_runs_at_its_limit() -> None:
    assert costs().total_usd < BUDGET_USD == 15_000
    assert costs("worst").total_usd < BUDGET_USD
    assert costs("worst").total_usd > 2 * costs().total_usd


def test_the_total_is_the_sum_of_its_parts() -> None:
    table = costs()
    assert sum(table.by_part().values()) == pytest.approx(table.total_usd)
    assert list(table.by_part()) == ["serving", "training", "database", "cache", "files", "network", "edge", "watching"]


@pytest.mark.parametrize(
    ("change", "cheaper"),
    [
        ("spot", {"training"}),
        ("reserved", {"serving", "database", "cache"}),
        ("tiering", {"files"}),
        ("right-size", {"serving", "database", "cache"}),
    ],
)
def test_an_option_makes_cheaper_what_it_is_about_and_nothing_else(change: str, cheaper: set[str]) -> None:
    before, after = costs().by_part(), costs(change).by_part()
    assert {part for part in before if after[part] < before[part]} == cheaper
    assert {part for part in before if after[part] > before[part]} == set()


def test_options_add_up_in_any_order() -> None:
    names = ["spot", "reserved", "tiering", "right-size"]
    assert costs(*names).total_usd == pytest.approx(costs(*reversed(names)).total_usd)
    assert costs(*names).total_usd < min(costs(name).total_usd for name in names)


def test_spot_costs_its_share_of_the_list_price() -> None:
    ratio = PRICES.ratio("gpu_spot")
    assert line(costs("spot"), "GPU instances") == pytest.approx(ratio * line(costs(), "GPU instances"))


def test_tiering_moves_objects_and_loses_none() -> None:
    plan = CHANGES["tiering"](Plan())
    assert plan.s3_standard_gb + plan.s3_infrequent_gb + plan.s3_archive_gb == pytest.approx(Plan().s3_standard_gb)


amounts = st.floats(min_value=0, max_value=1_000, allow_nan=False)


@given(low=amounts, more=amounts, name=st.sampled_from(["tasks", "gpu_hours", "requests"]))
def test_more_of_anything_never_costs_less(low: float, more: float, name: str) -> None:
    factor = 1e6 if name == "requests" else 1.0
    cheap, dear = costs(**{name: low / 2 * factor}), costs(**{name: (low + more) / 2 * factor})
    assert dear.total_usd >= cheap.total_usd - 1e-9


@pytest.mark.parametrize("wrong", [{"tasks": -1.0}, {"gpu_hours": float("nan")}, {"requests": 1e13}, {"tasks": 1e6}])
def test_quantities_that_no_month_has_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InfraError, match=next(iter(wrong))):
        Plan(**wrong)  # type: ignore[arg-type]


def test_a_price_that_is_missing_or_wrong_is_named() -> None:
    listed = load_prices()
    without = {**listed, "prices": {key: value for key, value in listed["prices"].items() if key != "nat_hour"}}
    with pytest.raises(InfraError, match=r"us-east-1, 2026-06-01, has no price 'nat_hour'"):
        monthly_costs(Plan(), PriceList.from_mapping(without))
    for wrong in (
        {"usd": -1, "basis": "list"},
        {"usd": 1, "basis": "guessed"},
        {"usd": 1},
        {"usd": "x", "basis": "list"},
    ):
        with pytest.raises(InfraError, match=r"prices\.nat_hour"):
            PriceList.from_mapping({**listed, "prices": {**listed["prices"], "nat_hour": wrong}})


def test_every_price_of_the_list_is_used() -> None:
    seen: set[str] = set()

    class Noting(PriceList):
        def usd(self, name: str) -> float:
            seen.add(name)
            return super().usd(name)

        def ratio(self, name: str) -> float:
            seen.add(name)
            return super().ratio(name)

    noting = Noting.from_mapping(load_prices())
    for name in (None, *CHANGES):
        monthly_costs(CHANGES[name](Plan()) if name else Plan(), noting)
    for gpu in ("g4dn_xlarge_hour", "g6_xlarge_hour"):
        monthly_costs(Plan(gpu_price=gpu), noting)
    original.right_total_usd(noting)
    original.ORIGINAL_ROWS[0].right_usd(noting)
    assert seen == set(PRICES.prices) | set(PRICES.ratios)


# --- the original table -------------------------------------------------------------------------------------------


def test_the_original_table_is_recomputed_as_it_was_corrected() -> None:
    recomputed = [round(row.recomputed_usd, 2) for row in original.ORIGINAL_ROWS]
    assert recomputed == [259.20, 388.80, 2_203.20, 1_108.80, 194.40, 11.50]
    assert original.recomputed_total_usd() == pytest.approx(4_165.90)
    right = [round(row.right_usd(PRICES), 2) for row in original.ORIGINAL_ROWS]
    assert right == [242.94, 364.42, 2_233.80, 1_460.00, 300.03, 11.50]
    assert original.right_total_usd(PRICES) == pytest.approx(4_369.75)
    assert sum(row.printed_usd for row in original.ORIGINAL_ROWS) == pytest.approx(9_997.50)


# --- the same things as Terraform ---------------------------------------------------------------------------------


def test_sizes_are_those_of_the_modules(planned: Planned) -> None:
    plan = Plan()
    task = planned["module.ecs.aws_ecs_task_definition.service"]
    assert (float(task["cpu"]) / 1_024, float(task["memory"]) / 1_024) == (plan.task_vcpus, plan.task_memory_gb)
    database = planned["module.rds.aws_db_instance.this"]
    assert database["instance_class"] == "db." + plan.database_price[4:-5].replace("_", ".")
    assert database["allocated_storage"] == plan.database_gb
    assert plan.database_zones == (2 if database["multi_az"] else 1)
    cache = planned["module.elasticache.aws_elasticache_replication_group.this"]
    assert (cache["engine"], cache["node_type"]) == ("valkey", "cache.r6g.xlarge")
    assert plan.cache_price == "valkey_r6g_xlarge_hour"
    assert cache["num_cache_clusters"] == plan.cache_nodes
    template = planned["module.gpu.aws_launch_template.this"]
    assert template["instance_type"].replace(".", "_") + "_hour" == plan.gpu_price
    assert template["block_device_mappings"][0]["ebs"][0]["volume_size"] == plan.gpu_volume_gb


def test_limits_are_those_of_the_modules(planned: Planned) -> None:
    target = planned["module.ecs.aws_appautoscaling_target.this"]
    assert (target["min_capacity"], target["max_capacity"]) == (MIN_TASKS, MAX_TASKS)
    assert planned["module.gpu.aws_autoscaling_group.this"]["max_size"] == MAX_GPU_INSTANCES
    assert MIN_TASKS <= Plan().tasks <= MAX_TASKS


def test_counts_are_those_of_the_modules(planned: Planned) -> None:
    plan = Plan()
    assert len(planned.of_type("aws_nat_gateway")) == len(planned.of_type("aws_eip")) == plan.zones
    assert len(planned["module.edge.aws_wafv2_web_acl.this"]["rule"]) == plan.waf_rules
    assert len(planned.of_type("aws_cloudwatch_metric_alarm")) == plan.alarms
    assert len(planned.of_type("aws_cloudwatch_dashboard")) == plan.dashboards
    assert len(planned.of_type("aws_kms_key")) == plan.kms_keys
    # One more is made by RDS itself, for the owner's password.
    assert len(planned.of_type("aws_secretsmanager_secret")) + 1 == plan.secrets


def test_the_price_of_a_task_is_the_one_that_the_service_counts_with() -> None:
    telemetry, plan = TelemetrySettings(), Plan()
    assert telemetry.task_cpus == plan.task_vcpus
    task_hours = plan.tasks * HOURS_A_MONTH
    assert line(costs(), "Fargate tasks") / task_hours == pytest.approx(telemetry.task_usd_per_hour, abs=5e-5)


# --- the command --------------------------------------------------------------------------------------------------


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["cost", *arguments])


def test_the_command_prints_the_table_and_where_the_budget_is() -> None:
    answer = run()
    assert answer.exit_code == 0
    assert "list prices of 2026-06-01" in answer.output
    assert f"{costs().total_usd:,.2f}" in answer.output
    assert "below the budget of 15,000 US$" in answer.output


def test_the_command_gives_programs_the_same_table() -> None:
    answer = json.loads(run("--json", "--spot", "--tasks", "5", "--gpu-hours", "100").output)
    expected = costs("spot", tasks=5.0, gpu_hours=100.0)
    assert answer["usd_a_month"] == round(expected.total_usd, 2)
    assert answer["plain_usd_a_month"] == round(costs().total_usd, 2)
    assert answer["within_budget"] is True
    assert sum(item["usd_a_month"] for item in answer["lines"]) == pytest.approx(answer["usd_a_month"], abs=0.05)


def test_the_command_says_with_its_exit_code_that_a_month_is_too_dear() -> None:
    answer = run("--tasks", "200")
    assert answer.exit_code == 3
    assert "above the budget" in answer.output


def test_a_number_goes_before_what_an_option_brings() -> None:
    answer = json.loads(run("--json", "--worst", "--tasks", "3").output)
    assert answer["usd_a_month"] == round(costs("worst", tasks=3.0).total_usd, 2)


@pytest.mark.parametrize(
    "arguments", [("--tasks", "-1"), ("--tasks", "x"), ("--gpu-hours", "-0.1"), ("--requests", "nan")]
)
def test_a_number_that_is_none_is_refused(arguments: tuple[str, str]) -> None:
    assert run(*arguments).exit_code == 2


def test_a_companys_own_prices_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = load_prices()
    own = {**own, "as_of": "2027-01-15", "prices": {**own["prices"], "nat_hour": {"usd": 1.0, "basis": "list"}}}
    (tmp_path / "prices").mkdir()
    (tmp_path / "prices" / "aws_us_east_1.yaml").write_text(yaml.safe_dump(own), encoding="utf-8")
    monkeypatch.setenv("SDAI_CONFIG_DIR", str(tmp_path))
    load_prices.cache_clear()
    answer = json.loads(run("--json").output)
    assert answer["prices_as_of"] == "2027-01-15"
    assert answer["usd_a_month_by_part"]["network"] > 1_400
