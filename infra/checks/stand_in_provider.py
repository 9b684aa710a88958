"""A stand-in for ``terraform-provider-aws``: the real one's schema (``aws_schema.json``) and no AWS behind it.

It lets ``terraform validate`` and ``terraform plan`` run where the provider cannot be fetched and no account is at
hand: every argument, block, type and reference is checked, and a plan holds the values that would be sent. What only
AWS knows (ARNs, addresses) is made up from type and name, the same at every run. Nothing can be applied.

It runs in the environment of ``infra/checks/requirements.txt``, not in the project's.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import tf.provider
from tf.gen import tfplugin_pb2 as pb
from tf.runner import run_provider
from tf.utils import read_dynamic_value, to_dynamic_value

SCHEMA = json.loads((Path(__file__).parent / "aws_schema.json").read_text(encoding="utf-8"))
ACCOUNT = "123456789012"
REGION = "us-east-1"
ZONES = [f"{REGION}{letter}" for letter in "abcdef"]
_NESTING = {
    "single": pb.Schema.NestedBlock.SINGLE,
    "list": pb.Schema.NestedBlock.LIST,
    "set": pb.Schema.NestedBlock.SET,
    "map": pb.Schema.NestedBlock.MAP,
}
_PROVIDER = {
    "attributes": {"region": ["string", "co"]},
    "blocks": {
        "default_tags": {
            "nesting": "list",
            "single": True,
            "required": False,
            "attributes": {"tags": [["map", "string"], "co"]},
            "blocks": {},
        }
    },
}
_NAMED_BY = ("name", "bucket", "identifier", "replication_group_id", "family", "dashboard_name", "alarm_name")


def block_message(block: dict[str, Any]) -> pb.Schema.Block:
    """Return a block of the schema as Terraform's protocol has it."""
    attributes = [
        pb.Schema.Attribute(
            name=name,
            type=json.dumps(kind).encode(),
            required="r" in flags,
            optional="o" in flags,
            computed="c" in flags,
        )
        for name, (kind, flags) in block["attributes"].items()
    ]
    nested = [
        pb.Schema.NestedBlock(
            type_name=name,
            block=block_message(inner),
            nesting=_NESTING[inner["nesting"]],
            min_items=int(inner["required"] and inner["nesting"] != "single"),
            max_items=int(inner["single"] and inner["nesting"] != "single"),
        )
        for name, inner in block["blocks"].items()
    ]
    return pb.Schema.Block(attributes=attributes, block_types=nested)


def made_up(type_name: str, attribute: str, kind: Any, key: str) -> Any:
    """Return a value for what only AWS knows."""
    if isinstance(kind, list):
        if kind[0] == "map":
            return {}
        inner = kind[1]
        if isinstance(inner, list) and inner[0] == "object":
            return [{name: made_up(type_name, name, field, key) for name, field in inner[1].items()}]
        return ZONES if attribute == "names" else []
    if kind == "number":
        return 1
    if kind == "bool":
        return False
    if kind == "dynamic":
        return None
    known = {
        "account_id": ACCOUNT,
        "partition": "aws",
        "region": REGION,
        "arn": f"arn:aws:{type_name.removeprefix('aws_')}:{REGION}:{ACCOUNT}:{key}",
        "arn_without_revision": f"arn:aws:{type_name.removeprefix('aws_')}:{REGION}:{ACCOUNT}:{key}",
    }
    return known.get(attribute, f"{key}.{attribute}")


def completed(type_name: str, schema: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """Return the values of a resource with those that only AWS knows filled in."""
    name = next((values[field] for field in _NAMED_BY if isinstance(values.get(field), str)), None)
    digest = hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()[:8]
    key = name or f"{type_name}-{digest}"
    filled = dict(values)
    for attribute, (kind, flags) in schema["attributes"].items():
        is_unknown = filled.get(attribute) is None
        if is_unknown and (flags == "c" or attribute in ("id", "account_id", "region")):
            filled[attribute] = made_up(type_name, attribute, kind, key)
    return filled


class StandIn(tf.provider.ProviderServicer):
    """Answers Terraform's questions about schema, validity and plan."""

    def GetProviderSchema(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002  (the protocol's names)
        """Return the schema of the provider and of the types in use."""

        def schemas(blocks: dict[str, Any]) -> dict[str, Any]:
            return {name: pb.Schema(version=0, block=block_message(block)) for name, block in blocks.items()}

        return pb.GetProviderSchema.Response(
            provider=pb.Schema(version=0, block=block_message(_PROVIDER)),
            resource_schemas=schemas(SCHEMA["resources"]),
            data_source_schemas=schemas(SCHEMA["data_sources"]),
        )

    def ValidateProviderConfig(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        """Accept the provider's own arguments."""
        return pb.ValidateProviderConfig.Response()

    def ConfigureProvider(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        """Need no account."""
        return pb.ConfigureProvider.Response()

    def ValidateResourceConfig(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        """Leave it to Terraform, which has checked names and types with the schema."""
        return pb.ValidateResourceConfig.Response()

    def ValidateDataResourceConfig(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        """Leave it to Terraform."""
        return pb.ValidateDataResourceConfig.Response()

    def PlanResourceChange(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        """Return what was asked for with made-up values for what AWS would add."""
        values = read_dynamic_value(request.proposed_new_state)
        planned = completed(request.type_name, SCHEMA["resources"][request.type_name], values)
        return pb.PlanResourceChange.Response(planned_state=to_dynamic_value(planned))

    def ReadDataSource(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        """Return made-up values for a look-up."""
        values = read_dynamic_value(request.config)
        found = completed(request.type_name, SCHEMA["data_sources"][request.type_name], values)
        for attribute, (kind, _) in SCHEMA["data_sources"][request.type_name]["attributes"].items():
            if found.get(attribute) is None and kind == "string":
                found[attribute] = made_up(request.type_name, attribute, kind, str(values.get("name") or "current"))
        return pb.ReadDataSource.Response(state=to_dynamic_value(found))


class _Nothing:
    """What the runner asks of a provider; `StandIn` answers everything itself."""

    def full_name(self) -> str:
        """Return the address that Terraform knows the provider by."""
        return "hashicorp/aws"


if __name__ == "__main__":
    tf.provider.ProviderServicer = StandIn
    run_provider(_Nothing(), ["terraform-provider-aws"])
