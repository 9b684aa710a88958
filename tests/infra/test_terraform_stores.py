"""What keeps data, and who reaches it: database, cache, buckets, keys, network; read from the plan."""

import fnmatch
import json
import re
import shlex
from typing import Any

import pytest

from flows.preflight.items import Outcome
from flows.preflight.operations import judge_plan
from tests.infra.planned import Planned, listed
from tests.infra_tools import ROOT


def test_the_database_has_a_standby_and_can_go_back_to_any_moment_of_a_month(planned: Planned) -> None:
    database = planned["module.rds.aws_db_instance.this"]
    assert (database["engine"], database["multi_az"]) == ("postgres", True)
    assert database["backup_retention_period"] == 30
    assert database["storage_encrypted"] is True
    assert database["publicly_accessible"] is False
    assert database["deletion_protection"] is True
    assert database["skip_final_snapshot"] is False
    assert database["manage_master_user_password"] is True
    parameters = {
        item["name"]: item["value"] for item in planned["module.rds.aws_db_parameter_group.this"]["parameter"]
    }
    assert parameters["rds.force_ssl"] == "1"
    assert parameters["ssl_min_protocol_version"] == "TLSv1.3"


def restore_options(planned: Planned) -> dict[str, str]:
    """Return the options of the page's point-in-time command, the names of the plan put in."""
    page = (ROOT / "docs" / "backup_and_recovery.md").read_text(encoding="utf-8")
    (command,) = re.findall(
        r"^aws rds restore-db-instance-to-point-in-time (.*?[^\\])$", page, re.MULTILINE | re.DOTALL
    )
    name = planned["module.rds.aws_db_instance.this"]["identifier"]
    words = [word.replace("NAME", name) for word in shlex.split(command.replace("\\\n", " "))]
    options: dict[str, str] = {}
    for word in words:
        if word.startswith("--"):
            last = word.removeprefix("--")
            options[last] = ""
        else:
            options[last] = f"{options[last]} {word}".strip()
    return options


def test_the_page_restores_a_moment_into_an_instance_like_terraforms(planned: Planned) -> None:
    """RDS itself would take the default groups, which nobody of the service reaches, and no standby."""
    database, options = planned["module.rds.aws_db_instance.this"], restore_options(planned)
    assert options["source-db-instance-identifier"] == database["identifier"]
    assert options["db-subnet-group-name"] == database["db_subnet_group_name"]
    assert options["db-parameter-group-name"] == database["parameter_group_name"]
    assert options["max-allocated-storage"] == str(database["max_allocated_storage"])
    assert set(options["enable-cloudwatch-logs-exports"].split()) == set(database["enabled_cloudwatch_logs_exports"])
    # A group's id is known to AWS alone: it is asked of the instance that is there.
    assert options["vpc-security-group-ids"] == "$GROUP"
    for option, argument, value in (
        ("multi-az", "multi_az", True),
        ("no-publicly-accessible", "publicly_accessible", False),
        ("deletion-protection", "deletion_protection", True),
        ("copy-tags-to-snapshot", "copy_tags_to_snapshot", True),
        ("enable-iam-database-authentication", "iam_database_authentication_enabled", True),
    ):
        assert (options[option], database[argument]) == ("", value)


def test_a_platform_engineer_may_do_what_the_page_asks_for_a_point_in_time(planned: Planned) -> None:
    statements = planned.policies()['module.iam.aws_iam_role_policy.this["platform-engineer"]']
    of_rds = [item for item in statements if "rds:RestoreDBInstanceToPointInTime" in listed(item["Action"])]
    (restoring,) = of_rds
    assert {"rds:DescribeDBInstances", "rds:RestoreDBInstanceToPointInTime"} <= set(restoring["Action"])
    options = restore_options(planned)
    account = "arn:aws:rds:us-east-1:123456789012"
    for needed in (
        planned["module.rds.aws_db_instance.this"]["arn"],
        f"{planned['module.rds.aws_db_instance.this']['arn']}-restored",
        f"{account}:subgrp:{options['db-subnet-group-name']}",
        f"{account}:pg:{options['db-parameter-group-name']}",
        f"{account}:og:default:postgres-17",
    ):
        assert any(fnmatch.fnmatchcase(needed, pattern) for pattern in restoring["Resource"]), needed
    (granting,) = [item for item in statements if "kms:CreateGrant" in listed(item["Action"])]
    assert set(granting["Action"]) == {"kms:CreateGrant", "kms:DescribeKey"}
    assert granting["Resource"] == planned["module.rds.aws_db_instance.this"]["kms_key_id"]
    assert granting["Condition"] == {
        "StringLike": {"kms:ViaService": "rds.*.amazonaws.com"},
        "BoolIfExists": {"kms:GrantIsForAWSResource": "true"},
    }
    # It could turn off the protection against deletion and set the owner's password.
    assert not any("rds:ModifyDBInstance" in listed(item["Action"]) for item in statements)


def test_the_cache_asks_a_password_over_tls_and_survives_the_loss_of_a_node(planned: Planned) -> None:
    cache = planned["module.elasticache.aws_elasticache_replication_group.this"]
    assert (cache["transit_encryption_enabled"], cache["transit_encryption_mode"]) == (True, "required")
    assert cache["at_rest_encryption_enabled"] == "true"
    assert cache["auth_token"]
    assert (cache["automatic_failover_enabled"], cache["multi_az_enabled"], cache["num_cache_clusters"]) == (
        True,
        True,
        2,
    )
    url = planned["module.elasticache.aws_secretsmanager_secret_version.url"]["secret_string"]
    assert url.startswith("rediss://:")


BUCKETS = ("data", "models", "mlflow", "backups", "logs")


@pytest.mark.parametrize("kind", BUCKETS)
def test_every_bucket_is_private_versioned_encrypted_and_cleaned_up(planned: Planned, kind: str) -> None:
    def of(resource: str) -> dict[str, Any]:
        return planned[f'module.s3.{resource}.this["{kind}"]']

    assert of("aws_s3_bucket_versioning")["versioning_configuration"][0]["status"] == "Enabled"
    access = of("aws_s3_bucket_public_access_block")
    assert all(access[name] for name in access if name.startswith(("block_", "ignore_", "restrict_")))
    (rule,) = of("aws_s3_bucket_server_side_encryption_configuration")["rule"]
    (encryption,) = rule["apply_server_side_encryption_by_default"]
    assert encryption["sse_algorithm"] == ("AES256" if kind == "logs" else "aws:kms")
    rules = {rule["id"]: rule for rule in of("aws_s3_bucket_lifecycle_configuration")["rule"]}
    assert rules["clean-up"]["noncurrent_version_expiration"][0]["noncurrent_days"] == 90
    assert ("cheaper-with-age" in rules) == (kind in ("data", "mlflow", "backups"))
    statements = json.loads(of("aws_s3_bucket_policy")["policy"])["Statement"]
    refused = [item for item in statements if item["Effect"] == "Deny"]
    assert refused[0]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_old_objects_move_to_cheaper_classes(planned: Planned) -> None:
    rules = planned['module.s3.aws_s3_bucket_lifecycle_configuration.this["data"]']["rule"]
    (moving,) = [rule for rule in rules if rule["id"] == "cheaper-with-age"]
    assert {(move["storage_class"], move["days"]) for move in moving["transition"]} == {
        ("STANDARD_IA", 30),
        ("GLACIER_IR", 180),
    }


def test_every_key_that_can_rotate_does_and_every_log_group_and_secret_has_one(planned: Planned) -> None:
    keys = planned.of_type("aws_kms_key")
    signing = {address for address, key in keys.items() if key["key_usage"] == "SIGN_VERIFY"}  # KMS cannot rotate those
    assert signing == {"module.kms.aws_kms_key.signing"}
    assert all(key["enable_key_rotation"] for address, key in keys.items() if address not in signing)
    arns = {key["arn"] for key in keys.values()}
    for address, group in planned.of_type("aws_cloudwatch_log_group").items():
        assert group["retention_in_days"] >= 365
        if address != "module.edge.aws_cloudwatch_log_group.waf":  # in another region
            assert group["kms_key_id"] in arns
    assert all(secret["kms_key_id"] in arns for secret in planned.of_type("aws_secretsmanager_secret").values())


def test_only_named_neighbours_reach_each_other(planned: Planned) -> None:
    groups = {group["id"]: address.split('"')[1] for address, group in planned.of_type("aws_security_group").items()}
    allowed = {
        (groups[rule["referenced_security_group_id"]], groups[rule["security_group_id"]], rule["from_port"])
        for rule in planned.of_type("aws_vpc_security_group_ingress_rule").values()
        if rule["referenced_security_group_id"]
    }
    assert allowed == {
        ("balancer", "service", 3000),
        ("service", "database", 5432),
        ("service", "cache", 6379),
        ("service", "files", 2049),
        ("training", "database", 5432),
    }
    open_to_all = [
        rule
        for rule in planned.of_type("aws_vpc_security_group_ingress_rule").values()
        if rule["cidr_ipv4"] == "0.0.0.0/0" or rule["cidr_ipv6"]
    ]
    assert open_to_all == []


def test_the_data_subnets_have_no_way_out(planned: Planned) -> None:
    data = planned["module.network.aws_route_table.data"]["id"]
    assert data not in {route["route_table_id"] for route in planned.of_type("aws_route").values()}
    assert not any(subnet["map_public_ip_on_launch"] for subnet in planned.of_type("aws_subnet").values())


def test_the_launch_checklist_finds_the_plan_in_order(planned: Planned) -> None:
    assert {item.outcome for item in judge_plan(planned.by_address, "the plan")} == {Outcome.PASSED}
