"""YAML and JSON of a design: plain values only, every key once, no aliases that unfold into something huge."""

from collections.abc import Iterable
from typing import Any

import yaml


class _PlainLoader(yaml.SafeLoader):
    """A safe loader without aliases and merge keys, which names a key that stands twice."""

    def compose_node(self, parent: Any, index: int) -> Any:
        """Refuse an alias; compose anything else."""
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases (*name) are not used in designs; write the value out")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """Return a mapping whose keys are given once."""
        return no_twice(self.construct_pairs(node, deep))


def read_plain_yaml(text: str) -> Any:
    """Return the value of a YAML text; aliases, objects and keys given twice raise ``YAMLError`` or ``ValueError``."""
    return yaml.load(text, Loader=_PlainLoader)  # noqa: S506  (a SafeLoader, only stricter)


def no_twice(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, Any]:
    """Return pairs as a dict; a key that stands twice raises ``ValueError``."""
    found: dict[Any, Any] = {}
    for key, value in pairs:
        if isinstance(key, list | dict):
            raise yaml.YAMLError("a key must be a name")
        if key in found:
            raise ValueError(f"{str(key)[:60]} is given twice; keep one")
        found[key] = value
    return found
