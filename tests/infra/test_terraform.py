"""What the Terraform modules would make with their defaults, read from a real plan against the provider's schema."""

import base64
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from configs.auth_settings import Scope
from configs.limits_settings import LimitsSettings
from configs.settings import ServingSettings, known_variables
from infra.checks.planning import MODULES, TerraformError, Workspace, workspace
from serving.signing.kms import KEY_SPEC
from tests.infra.planned import Planned
from tests.infra_tools import ROOT, require_tools

BALANCER_RULES = ("module.alb.aws_lb_listener.production", "module.alb.aws_lb_listener.test")


def container(planned: Planned, address: str) -> dict[str, Any]:
    (found,) = json.loads(planned[address]["container_definitions"])
    return dict(found)


def service(planned: Planned) -> dict[str, Any]:
    return container(planned, "module.ecs.aws_ecs_task_definition.service")


def training(planned: Planned) -> dict[str, Any]:
    return container(planned, "module.gpu.aws_ecs_task_definition.training")


def test_the_modules_are_valid(place: Workspace) -> None:
    place.validate()


def test_an_argument_that_the_provider_does_not_know_is_found(tmp_path: Path) -> None:
    modules = tmp_path / "modules"
    shutil.copytree(MODULES, modules)
    file = modules / "modules" / "rds" / "main.tf"
    file.write_text(file.read_text(encoding="utf-8").replace("multi_az ", "many_az "), encoding="utf-8")
    with workspace(require_tools(), modules) as place, pytest.raises(TerraformError, match="Unsupported argument"):
        place.validate()


def test_the_load_balancer_asks_the_health_page_as_often_as_said(planned: Planned) -> None:
    groups = planned.of_type("aws_lb_target_group")
    assert len(groups) == 2
    for group in groups.values():
        assert group["load_balancing_algorithm_type"] == "round_robin"
        (check,) = group["health_check"]
        assert check["path"] == "/api/v1/health"
        assert (check["interval"], check["timeout"]) == (30, 10)
        assert (check["healthy_threshold"], check["unhealthy_threshold"]) == (2, 3)


@pytest.mark.parametrize("address", BALANCER_RULES)
def test_the_load_balancer_speaks_tls_1_3_and_nothing_older(planned: Planned, address: str) -> None:
    listener = planned[address]
    assert listener["protocol"] == "HTTPS"
    assert re.match(r"ELBSecurityPolicy-TLS13-1-3-", listener["ssl_policy"])


def test_the_edge_speaks_tls_1_3_and_reaches_the_load_balancer_inside(planned: Planned) -> None:
    distribution = planned["module.edge.aws_cloudfront_distribution.this"]
    assert distribution["viewer_certificate"][0]["minimum_protocol_version"].startswith("TLSv1.3")
    assert distribution["default_cache_behavior"][0]["viewer_protocol_policy"] == "https-only"
    assert distribution["web_acl_id"] == planned["module.edge.aws_wafv2_web_acl.this"]["arn"]
    assert planned["module.alb.aws_lb.this"]["internal"] is True
    (origin,) = distribution["origin"]
    assert origin["vpc_origin_config"]


def test_the_firewall_blocks_floods_and_lets_large_models_through(planned: Planned) -> None:
    acl = planned["module.edge.aws_wafv2_web_acl.this"]
    assert acl["scope"] == "CLOUDFRONT"
    rules = {rule["name"]: rule for rule in acl["rule"]}
    flood = rules["requests-an-address"]
    assert flood["action"][0]["block"]
    assert flood["statement"][0]["rate_based_statement"][0]["limit"] == 30_000
    common = rules["AWSManagedRulesCommonRuleSet"]["statement"][0]["managed_rule_group_statement"][0]
    counted = {override["name"] for override in common["rule_action_override"]}
    assert counted == {"SizeRestrictions_BODY"}
    assert ServingSettings().max_upload_bytes > 8_000  # else the exception would have no reason


def test_tasks_scale_from_two_to_ten_by_cpu_and_memory(planned: Planned) -> None:
    target = planned["module.ecs.aws_appautoscaling_target.this"]
    assert (target["min_capacity"], target["max_capacity"]) == (2, 10)
    wanted = {"cpu": ("ECSServiceAverageCPUUtilization", 70), "memory": ("ECSServiceAverageMemoryUtilization", 80)}
    for name, (metric, percent) in wanted.items():
        (policy,) = planned[f'module.ecs.aws_appautoscaling_policy.target["{name}"]'][
            "target_tracking_scaling_policy_configuration"
        ]
        assert policy["predefined_metric_specification"][0]["predefined_metric_type"] == metric
        assert policy["target_value"] == percent
        assert (policy["scale_out_cooldown"], policy["scale_in_cooldown"]) == (120, 300)


def test_a_new_image_takes_over_blue_green_by_ecs_itself(planned: Planned) -> None:
    made = planned["module.ecs.aws_ecs_service.this"]
    assert made["launch_type"] == "FARGATE"
    assert made["deployment_controller"][0]["type"] == "ECS"
    assert made["deployment_configuration"][0]["strategy"] == "BLUE_GREEN"
    assert made["deployment_circuit_breaker"] == [{"enable": True, "rollback": True}]
    (alarms,) = made["alarms"]
    assert (alarms["enable"], alarms["rollback"]) == (True, True)
    alarm = planned["module.ecs.aws_cloudwatch_metric_alarm.deployment"]
    assert alarms["alarm_names"] == [alarm["alarm_name"]]
    (balancer,) = made["load_balancer"]
    (other,) = balancer["advanced_configuration"]
    groups = {group["arn"] for group in planned.of_type("aws_lb_target_group").values()}
    assert {balancer["target_group_arn"], other["alternate_target_group_arn"]} == groups
    assert other["production_listener_rule"] != other["test_listener_rule"]


def test_a_new_image_may_begin_with_a_share_of_the_requests(varied: Planned) -> None:
    (deployment,) = varied["module.ecs.aws_ecs_service.this"]["deployment_configuration"]
    (step,) = deployment["canary_configuration"]
    assert (step["canary_percent"], step["canary_bake_time_in_minutes"]) == (5, "10")
    assert deployment["linear_configuration"] == []


def test_dns_schedule_and_a_second_nat_gateway_may_be_left_out(varied: Planned, planned: Planned) -> None:
    assert len(planned.of_type("aws_nat_gateway")) == 2
    assert len(varied.of_type("aws_nat_gateway")) == 1
    left_out = ("aws_route53_record", "aws_scheduler_schedule")
    for made, expected in ((planned, True), (varied, False)):
        assert all(any(f".{name}." in address for address in made.by_address) is expected for name in left_out)


def test_the_service_runs_as_nobody_on_a_file_system_that_it_cannot_write(planned: Planned) -> None:
    for made in (service(planned), training(planned)):
        assert made["readonlyRootFilesystem"] is True
        assert made["user"] == "10001:10001"
        assert made["linuxParameters"]["capabilities"] == {"drop": ["ALL"]}
        written = {mount["containerPath"] for mount in made["mountPoints"] if not mount["readOnly"]}
        assert {"/tmp", "/var/lib/sdai"} <= written


def test_the_images_are_named_by_digest(planned: Planned) -> None:
    for made in (service(planned), training(planned)):
        assert re.search(r"@sha256:[0-9a-f]{64}$", made["image"])


def test_every_variable_that_a_container_gets_is_a_setting(planned: Planned) -> None:
    known = set(known_variables())
    for made in (service(planned), training(planned)):
        names = [item["name"] for item in (*made["environment"], *made["secrets"])]
        assert len(names) == len(set(names))
        assert names
        assert set(names) <= known


def test_the_settings_accept_what_the_service_gets(planned: Planned, monkeypatch: pytest.MonkeyPatch) -> None:
    from configs import load_settings

    for item in service(planned)["environment"]:
        monkeypatch.setenv(item["name"], item["value"])
    monkeypatch.setenv("SDAI_STORE_URL", "postgresql+psycopg2://u:p@h/d")
    for name in ("SDAI_CACHE_REDIS_URL", "SDAI_LIMITS_REDIS_URL"):
        monkeypatch.setenv(name, "rediss://:p@h:6379/0")
    load_settings.cache_clear()
    try:
        settings = load_settings()
    finally:
        load_settings.cache_clear()
    assert settings.auth.has_issuer
    assert settings.models.bucket == planned['module.s3.aws_s3_bucket.this["models"]']["bucket"]
    assert settings.signing.trusted_pems[0].startswith("-----BEGIN PUBLIC KEY-----\n")
    assert settings.store_url.endswith("?sslmode=verify-full&sslrootcert=%2Fopt%2Fsdai%2Ftrust%2Frds.crt")
    assert settings.telemetry.cloudwatch_namespace == "StructuralDesign/production"


def test_passwords_and_keys_come_from_secrets_only(planned: Planned) -> None:
    for made in (service(planned), training(planned)):
        hidden = {item["name"] for item in made["secrets"]}
        shown = {item["name"] for item in made["environment"]}
        assert "SDAI_STORE_URL" in hidden
        assert not {name for name in shown if re.search(r"(_URL|_SECRET|_KEY_PEM|TOKEN)$", name)} - {
            "SDAI_MODELS_ENDPOINT_URL"
        }
        assert not {name for name in (*hidden, *shown) if name.startswith("SDAI_SIGNING_KEY")}


def environment(made: dict[str, Any]) -> dict[str, str]:
    return {item["name"]: item["value"] for item in made["environment"]}


def test_versions_are_signed_by_kms_and_service_and_training_trust_that_key(planned: Planned) -> None:
    key = planned["module.kms.aws_kms_key.signing"]
    assert (key["key_usage"], key["customer_master_key_spec"]) == ("SIGN_VERIFY", KEY_SPEC)
    assert environment(training(planned))["SDAI_SIGNING_KMS_KEY"] == key["arn"]
    assert not [name for name in environment(service(planned)) if name.startswith("SDAI_SIGNING_KMS")]
    of_both = [json.loads(environment(made(planned))["SDAI_SIGNING_TRUSTED_PEMS"]) for made in (service, training)]
    assert of_both[0] == of_both[1]
    assert len(of_both[0]) == 1  # the example's; after the first apply it is the output signing_public_key


def test_the_database_is_believed_by_the_authorities_of_the_image_alone(planned: Planned) -> None:
    for made in (service(planned), training(planned)):
        told = environment(made)
        assert told["SDAI_STORE_SSL_MODE"] == "verify-full"
        assert told["SDAI_STORE_SSL_ROOT_CERT"] == "/opt/sdai/trust/rds.crt"


def test_the_service_believes_the_load_balancer_of_who_asks_and_nobody_outside(planned: Planned) -> None:
    trusted = json.loads(environment(service(planned))["SDAI_SERVING_TRUSTED_PROXIES"])
    (network,) = planned.of_type("aws_vpc").values()
    assert trusted == [network["cidr_block"]]
    assert ServingSettings(trusted_proxies=tuple(trusted)).trusted_proxies == tuple(trusted)


def test_uploads_and_failed_tokens_count_for_all_tasks_together(planned: Planned) -> None:
    hidden = {item["name"]: item["valueFrom"] for item in service(planned)["secrets"]}
    assert hidden["SDAI_LIMITS_REDIS_URL"] == hidden["SDAI_CACHE_REDIS_URL"]
    assert set(LimitsSettings().redis_families) == {"upload", "unauthenticated"}


def test_the_health_check_of_the_container_is_the_services_own(planned: Planned) -> None:
    command = service(planned)["healthCheck"]["command"]
    assert command == ["CMD", "python", "-m", "serving.healthcheck", "/livez"]
    assert (ROOT / "serving" / "healthcheck.py").is_file()


def test_the_service_is_gone_before_ecs_kills_it(planned: Planned) -> None:
    drain_s = ServingSettings().drain_timeout_s
    assert service(planned)["stopTimeout"] > drain_s
    for group in planned.of_type("aws_lb_target_group").values():
        assert float(group["deregistration_delay"]) >= drain_s


def test_gpus_come_from_ec2_none_to_five(planned: Planned) -> None:
    group = planned["module.gpu.aws_autoscaling_group.this"]
    assert (group["min_size"], group["max_size"]) == (0, 5)
    (provider,) = planned["module.gpu.aws_ecs_capacity_provider.this"]["auto_scaling_group_provider"]
    assert provider["auto_scaling_group_arn"] == group["arn"]
    (scaling,) = provider["managed_scaling"]
    assert (scaling["status"], scaling["target_capacity"], scaling["instance_warmup_period"]) == ("ENABLED", 85, 300)
    assert provider["managed_termination_protection"] == "ENABLED"
    assert group["protect_from_scale_in"] is True
    task = planned["module.gpu.aws_ecs_task_definition.training"]
    assert task["requires_compatibilities"] == ["EC2"]
    assert training(planned)["resourceRequirements"] == [{"type": "GPU", "value": "1"}]


def test_gpus_grow_after_five_minutes_and_shrink_after_thirty(planned: Planned) -> None:
    busy, idle = (planned[f"module.gpu.aws_cloudwatch_metric_alarm.{name}"] for name in ("busy", "idle"))
    assert (busy["threshold"], busy["evaluation_periods"]) == (85, 5)
    assert idle["evaluation_periods"] == 30
    assert [alarm["metric_query"][0]["period"] for alarm in (busy, idle)] == [60, 60]
    up, down = (planned[f'module.gpu.aws_autoscaling_policy.step["{name}"]'] for name in ("up", "down"))
    assert (up["scaling_adjustment"], up["cooldown"]) == (1, 300)
    assert (down["scaling_adjustment"], down["cooldown"]) == (-1, 1800)
    assert (busy["alarm_actions"], idle["alarm_actions"]) == ([up["arn"]], [down["arn"]])


def test_the_instances_report_their_gpus_under_the_services_name(planned: Planned) -> None:
    started = base64.b64decode(planned["module.gpu.aws_launch_template.this"]["user_data"]).decode()
    (line,) = [line for line in started.splitlines() if line.startswith("{")]
    metrics = json.loads(line)["metrics"]
    assert metrics["namespace"] == "StructuralDesign/production"
    assert metrics["metrics_collected"]["nvidia_gpu"]["measurement"][0]["rename"] == "GPUUtilization"
    assert "ECS_AWSVPC_BLOCK_IMDS=true" in started.splitlines()
    options = planned["module.gpu.aws_launch_template.this"]["metadata_options"][0]
    assert (options["http_tokens"], options["http_put_response_hop_limit"]) == ("required", 1)


def test_the_retraining_starts_once_a_month(planned: Planned) -> None:
    schedule = planned["module.gpu.aws_scheduler_schedule.monthly[0]"]
    assert schedule["schedule_expression"] == "cron(0 3 1 * ? *)"
    assert training(planned)["command"] == ["sdai", "run", "--scheduled"]


@pytest.mark.parametrize(
    ("resource", "field", "longest"),
    [
        ("aws_lb", "name", 32),
        ("aws_lb_target_group", "name", 32),
        ("aws_elasticache_replication_group", "replication_group_id", 40),
        ("aws_db_instance", "identifier", 63),
        ("aws_s3_bucket", "bucket", 63),
        ("aws_iam_role", "name", 64),
    ],
)
def test_the_longest_names_are_not_too_long_for_aws(varied: Planned, resource: str, field: str, longest: int) -> None:
    names = [values[field] for values in varied.of_type(resource).values()]
    assert len(set(names)) == len(names)
    assert max(map(len, names)) <= longest


def test_scopes_are_no_business_of_aws(planned: Planned) -> None:
    text = json.dumps(planned.by_address)
    assert [scope.value for scope in Scope if scope.value in text] == []


def test_every_rule_for_variables_refuses_what_breaks_it(place: Workspace, example: dict[str, Any]) -> None:
    bad = {
        "project": "Capital",
        "environment": "moon",
        "network": {"zones": 1, "cidr": "10.0.0.0/28"},
        "domain_name": "https://api.example.com/",
        "certificate_arn": "none",
        "edge_certificate_arn": "arn:aws:acm:eu-west-1:123456789012:certificate/1",
        "tls_policy": "ELBSecurityPolicy-2016-08",
        "health_check": {"timeout_s": 30},
        "serving_image": "serving:latest",
        "training_image": "training:latest",
        "scaling": {"min_tasks": 1, "max_tasks": 0, "cpu_percent": 100},
        "deployment": {"strategy": "ROLLING", "step_percent": 0},
        "auth": {"jwks_url": "http://plain", "issuer": "i", "audience": "a"},
        "trusted_model_keys": ["none"],
        "gpu": {"instance_type": "t3.large", "max_instances": 0, "target_percent": 0},
        "database": {"backup_days": 1, "storage_gib": 500, "max_storage_gib": 100},
        "cache": {"nodes": 1},
        "cache_auth_token": "short",
        "storage": {"infrequent_after_days": 1},
        "page_emails": [],
        "alert_emails": [],
        "monthly_budget_usd": 0,
        "edge": {"requests_per_5_min": 1},
        "task": {"cpu_units": 3000, "memory_mib": 1024},
        "alarms": {"accuracy_percent": 0},
    }
    with pytest.raises(TerraformError) as refused:
        place.plan({**example, **bad})
    broken = set(map(int, re.findall(r"validation rule at variables\.tf:(\d+),", str(refused.value))))
    lines = (MODULES / "variables.tf").read_text(encoding="utf-8").splitlines()
    rules = {number for number, line in enumerate(lines, start=1) if line.strip() == "validation {"}
    assert len(rules) >= 30
    assert broken == rules
