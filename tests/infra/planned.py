"""Looking things up in a plan."""

import json
from collections.abc import Iterator, Mapping
from typing import Any


class Planned:
    """The resources of a plan by address and by type."""

    def __init__(self, plan: Mapping[str, Any]) -> None:
        found = list(_resources(plan["planned_values"]["root_module"]))
        self.by_address: dict[str, dict[str, Any]] = {item["address"]: item["values"] for item in found}
        self._by_type: dict[str, list[str]] = {}
        for item in found:
            self._by_type.setdefault(item["type"], []).append(item["address"])

    def __getitem__(self, address: str) -> dict[str, Any]:
        """Return the values of one resource."""
        return self.by_address[address]

    def of_type(self, name: str) -> dict[str, dict[str, Any]]:
        """Return the resources of a type by address; there is at least one."""
        return {address: self.by_address[address] for address in self._by_type[name]}

    def policies(self) -> dict[str, list[dict[str, Any]]]:
        """Return the statements of every policy that a role has, by address."""
        return {
            address: json.loads(values["policy"])["Statement"]
            for address, values in self.of_type("aws_iam_role_policy").items()
        }


def _resources(module: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield from module.get("resources", ())
    for child in module.get("child_modules", ()):
        yield from _resources(child)


def listed(value: Any) -> list[Any]:
    """Return a value of a policy as a list: one alone may stand without brackets."""
    return value if isinstance(value, list) else [value]
