"""Least privilege: what each role may do, read from the plan."""

import json
import re
from typing import Any

import pytest

from tests.infra.planned import Planned, listed

PEOPLE = {"data-scientist", "platform-engineer", "api-user"}
KMS_USE = ("kms:Decrypt", "kms:GenerateDataKey", "kms:GetPublicKey", "kms:Sign")
KMS_FOR_RDS = ("kms:CreateGrant", "kms:DescribeKey")  # see test_terraform_stores.py
NO_RESOURCE = {  # actions that know no resources, or only describe
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetDashboard",
    "cloudwatch:GetMetricData",
    "cloudwatch:ListDashboards",
    "cloudwatch:ListMetrics",
    "ecr:GetAuthorizationToken",
    "ecs:DescribeTaskDefinition",
    "ecs:ListTasks",
    "ecs:RegisterTaskDefinition",
    "logs:DescribeLogGroups",
    "logs:GetQueryResults",
}


def of_person(planned: Planned, role: str) -> list[dict[str, Any]]:
    return planned.policies()[f'module.iam.aws_iam_role_policy.this["{role}"]']


def allowed(statements: list[dict[str, Any]]) -> set[str]:
    return {action for item in statements if item["Effect"] == "Allow" for action in listed(item.get("Action", []))}


def resources(statements: list[dict[str, Any]], action: str) -> set[str]:
    return {
        name
        for item in statements
        if item["Effect"] == "Allow" and action in listed(item.get("Action", []))
        for name in listed(item["Resource"])
    }


def test_there_are_three_roles_of_people_each_for_those_who_are_named(planned: Planned) -> None:
    roles = {
        address.split('"')[1]: role
        for address, role in planned.of_type("aws_iam_role").items()
        if "module.iam." in address
    }
    assert set(roles) == PEOPLE
    for role in roles.values():
        (statement,) = json.loads(role["assume_role_policy"])["Statement"]
        assert all(re.fullmatch(r"arn:aws:iam::\d{12}:role/.+", arn) for arn in listed(statement["Principal"]["AWS"]))
        assert role["max_session_duration"] == 3_600


def test_a_role_without_people_is_not_made(varied: Planned) -> None:
    roles = [address for address in varied.of_type("aws_iam_role") if "module.iam." in address]
    assert roles == ['module.iam.aws_iam_role.this["platform-engineer"]']


def test_no_policy_has_wildcards_in_actions_or_all_resources_for_more_than_descriptions(planned: Planned) -> None:
    wrong = []
    for address, statements in planned.policies().items():
        for item in statements:
            if item["Effect"] == "Deny":
                continue
            actions = listed(item["Action"])
            wrong += [f"{address}: {action}" for action in actions if "*" in action]
            if "*" in listed(item["Resource"]) and "Condition" not in item:
                wrong += [f"{address}: {action} on *" for action in actions if action not in NO_RESOURCE]
    assert wrong == []


def test_roles_are_handed_over_to_tasks_only(planned: Planned) -> None:
    statements = [
        item
        for items in planned.policies().values()
        for item in items
        if "iam:PassRole" in listed(item.get("Action", []))
    ]
    assert len(statements) == 3  # a platform engineer's, the schedule's and that of a start by hand
    for item in statements:
        assert item["Condition"] == {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
        assert all("*" not in arn for arn in listed(item["Resource"]))


def test_nobody_manages_identities_or_opens_keys_beyond_use(planned: Planned) -> None:
    for statements in planned.policies().values():
        for action in allowed(statements):
            assert not action.startswith("iam:") or action == "iam:PassRole"
            assert not action.startswith("kms:") or action in (*KMS_USE, *KMS_FOR_RDS)
        for item in statements:
            if set(listed(item.get("Action", []))) & set(KMS_FOR_RDS):
                assert item["Condition"]["StringLike"] == {"kms:ViaService": "rds.*.amazonaws.com"}


def test_a_data_scientist_reads_and_trains_and_puts_nothing_in_service(planned: Planned) -> None:
    statements = of_person(planned, "data-scientist")
    assert {"s3:GetObject", "states:StartExecution", "logs:FilterLogEvents"} <= allowed(statements)
    assert not allowed(statements) & {"ecs:UpdateService", "ecr:PutImage", "rds:RestoreDBInstanceToPointInTime"}
    assert not any(action.startswith(("rds:", "ecr:", "secretsmanager:")) for action in allowed(statements))
    written = resources(statements, "s3:PutObject")
    assert written
    assert not any("-models-" in name or "-backups-" in name for name in written)


def test_a_data_scientist_starts_training_with_nothing_of_their_own_in_it(planned: Planned) -> None:
    """A command, role or variable of their own would reach the signing key and the bucket of versions."""
    statements = of_person(planned, "data-scientist")
    assert not allowed(statements) & {"ecs:RunTask", "ecs:StartTask", "iam:PassRole", "ecs:RegisterTaskDefinition"}
    machine = planned["module.gpu.aws_sfn_state_machine.training"]
    assert resources(statements, "states:StartExecution") == {machine["arn"]}
    definition = json.loads(machine["definition"])
    (step,) = definition["States"].values()
    assert (step["Resource"], step["End"]) == ("arn:aws:states:::ecs:runTask", True)
    task = planned["module.gpu.aws_ecs_task_definition.training"]
    assert step["Parameters"]["TaskDefinition"] == task["arn_without_revision"]
    assert "Overrides" not in step["Parameters"]
    # What ends in .$ would be read from what the caller sends; so would expressions of JSONata.
    assert not re.search(r'\.\$"|\{%|JSONata', machine["definition"])
    starter = planned.policies()['module.gpu.module.roles.aws_iam_role_policy.this["starter"]']
    assert allowed(starter) == {"ecs:RunTask", "ecs:TagResource", "iam:PassRole"}
    assert resources(starter, "ecs:RunTask") == {f"{task['arn_without_revision']}:*"}


def test_a_data_scientist_stops_training_and_no_task_of_the_service(planned: Planned) -> None:
    (stopping,) = [
        item for item in of_person(planned, "data-scientist") if "ecs:StopTask" in listed(item.get("Action", []))
    ]
    assert listed(stopping["Action"]) == ["ecs:StopTask"]
    marked = {
        name.removeprefix("aws:ResourceTag/"): value for name, value in stopping["Condition"]["StringEquals"].items()
    }
    assert marked == {"Part": "training"}
    training = planned["module.gpu.aws_ecs_task_definition.training"]
    assert marked.items() <= training["tags"].items()
    # Both that start it hand the mark on, and may: ECS asks for ecs:TagResource at the start.
    schedule = planned["module.gpu.aws_scheduler_schedule.monthly[0]"]
    assert schedule["target"][0]["ecs_parameters"][0]["propagate_tags"] == "TASK_DEFINITION"
    machine = json.loads(planned["module.gpu.aws_sfn_state_machine.training"]["definition"])
    assert machine["States"]["Train"]["Parameters"]["PropagateTags"] == "TASK_DEFINITION"
    for role in ("starter", "scheduler"):
        statements = planned.policies()[f'module.gpu.module.roles.aws_iam_role_policy.this["{role}"]']
        (tagging,) = [item for item in statements if "ecs:TagResource" in listed(item["Action"])]
        assert tagging["Condition"] == {"StringEquals": {"ecs:CreateAction": "RunTask"}}
    for name in ("aws_ecs_task_definition.service", "aws_ecs_service.this"):
        assert "Part" not in (planned[f"module.ecs.{name}"]["tags"] or {})
    people = [of_person(planned, role) for role in PEOPLE]
    tagging = [item for items in people for item in items if "ecs:TagResource" in listed(item.get("Action", []))]
    assert [item["Condition"] for item in tagging] == [{"StringEquals": {"ecs:CreateAction": "RegisterTaskDefinition"}}]


def test_a_platform_engineer_rolls_out_and_restores_and_reads_no_dataset(planned: Planned) -> None:
    statements = of_person(planned, "platform-engineer")
    assert {
        "ecs:UpdateService",
        "ecr:PutImage",
        "rds:CreateDBSnapshot",
        "rds:RestoreDBInstanceToPointInTime",
        "secretsmanager:PutSecretValue",
    } <= allowed(statements)
    assert not allowed(statements) & {"ecs:RunTask", "secretsmanager:GetSecretValue", "rds:DeleteDBInstance"}
    assert not any(action.startswith("s3:Delete") for action in allowed(statements))
    read = resources(statements, "s3:GetObject")
    assert read
    assert not any("-data-" in name or "-mlflow-" in name for name in read)


def test_an_api_user_learns_where_to_ask_and_nothing_else(planned: Planned) -> None:
    statements = of_person(planned, "api-user")
    assert allowed(statements) == {"ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"}
    assert all("/structural-design-production/api" in name for name in resources(statements, "ssm:GetParameter"))
    (refusal,) = [item for item in statements if item["Effect"] == "Deny"]
    assert set(refusal["NotAction"]) - allowed(statements) == {"sts:GetCallerIdentity"}
    told = {value["name"].rsplit("/", 1)[1]: value["value"] for value in planned.of_type("aws_ssm_parameter").values()}
    assert told["endpoint"] == "https://api.example.com"
    assert set(told) == {"endpoint", "issuer", "audience"}


@pytest.mark.parametrize(
    ("role", "action", "kind"),
    [("ecs", "s3:PutObject", "models"), ("ecs", "s3:DeleteObject", "models"), ("gpu", "s3:DeleteObject", "models")],
)
def test_the_service_only_reads_versions_and_nothing_deletes_one(
    planned: Planned, role: str, action: str, kind: str
) -> None:
    statements = planned.policies()[f'module.{role}.module.roles.aws_iam_role_policy.this["task"]']
    assert any(f"-{kind}-" in name for name in resources(statements, "s3:GetObject"))
    assert resources(statements, action) == set()


def test_only_the_training_task_signs(planned: Planned) -> None:
    key = planned["module.kms.aws_kms_key.signing"]["arn"]
    signers = {
        address: resources(statements, "kms:Sign")
        for address, statements in planned.policies().items()
        if "kms:Sign" in allowed(statements)
    }
    assert signers == {'module.gpu.module.roles.aws_iam_role_policy.this["task"]': {key}}
