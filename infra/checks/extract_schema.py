"""Writes ``aws_schema.json``: arguments, blocks and types of the AWS resources that the Terraform modules use.

The source is the npm package ``@cdktf/provider-aws``, which is generated from the provider's own schema (MPL-2.0) and
names its version. Run it after a module has begun to use another resource type or when the provider is raised::

    npm pack @cdktf/provider-aws && tar xzf cdktf-provider-aws-*.tgz
    python -m infra.checks.extract_schema package/lib
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
MODULES = HERE.parent / "terraform"
SCHEMA_FILE = HERE / "aws_schema.json"

_NOTE = re.compile(r"// (\w+) - computed: (true|false), optional: (true|false), required: (true|false)\n")
_CLASS = re.compile(r"^class (\w+) extends cdktf\.(\w+) \{$", re.MULTILINE)
_NESTED = re.compile(r'= new ([\w.]+)\(this, "(\w+)"(?:, (true|false))?\)')
_HCL = re.compile(
    r"^ +(\w+): \{\n +value: .*\n +isBlock: (true|false),\n +type: \"(\w+)\",\n +storageClassType: \"(\w+)\",\n",
    re.MULTILINE,
)
_FIRST = re.compile(r"this\.(get\w+Attribute|interpolationForAttribute)\(")
_STORED: dict[str, Any] = {
    "string": "string",
    "number": "number",
    "boolean": "bool",
    "stringList": ["list", "string"],
    "numberList": ["list", "number"],
    "stringMap": ["map", "string"],
    "stringMapList": ["list", ["map", "string"]],
    "booleanMap": ["map", "bool"],
    "numberMap": ["map", "number"],
}
_READ: dict[str, Any] = {
    "getStringAttribute": "string",
    "getNumberAttribute": "number",
    "getBooleanAttribute": "bool",
    "getListAttribute": ["list", "string"],
    "getNumberListAttribute": ["list", "number"],
    "getStringMapAttribute": ["map", "string"],
    "getBooleanMapAttribute": ["map", "bool"],
    "getNumberMapAttribute": ["map", "number"],
    "interpolationForAttribute": "dynamic",
}


def _statement() -> dict[str, Any]:
    """Return the part of a WAF rule's statement that is in use: it nests in itself, so the package leaves it open."""

    def block(attributes: dict[str, Any], blocks: dict[str, Any], nesting: str = "list") -> dict[str, Any]:
        shape = {"nesting": nesting, "single": nesting == "list", "required": False}
        return {**shape, "attributes": attributes, "blocks": blocks}

    action = block({}, {"count": block({}, {})})
    override = {**block({"name": ["string", "r"]}, {"action_to_use": {**action, "required": True}}), "single": False}
    managed = {"name": ["string", "r"], "vendor_name": ["string", "r"], "version": ["string", "co"]}
    rate = {"limit": ["number", "r"], "aggregate_key_type": ["string", "co"], "evaluation_window_sec": ["number", "co"]}
    parts = {
        "managed_rule_group_statement": block(managed, {"rule_action_override": override}),
        "rate_based_statement": block(rate, {}),
    }
    return {**block({}, parts), "required": True}


class Source:
    """One generated file: its classes by name, and which of the fields are blocks."""

    def __init__(self, text: str) -> None:
        starts = list(_CLASS.finditer(text))
        ends = [match.start() for match in starts[1:]] + [len(text)]
        self.bodies = {match[1]: text[match.end() : end] for match, end in zip(starts, ends, strict=True)}
        self.top = next(match[1] for match in starts if match[2] in ("TerraformResource", "TerraformDataSource"))
        self.forms: dict[str, dict[str, tuple[bool, str, str]]] = {self.top: _forms(self.bodies[self.top])}
        for match in re.finditer(
            r"^function (\w+)ToHclTerraform\(struct\) \{\n(.*?)^\}", text, re.MULTILINE | re.DOTALL
        ):
            self.forms[match[1][0].upper() + match[1][1:]] = _forms(match[2])

    def block(self, body: str, struct: str) -> dict[str, Any]:
        """Return attributes and blocks of one class; flags are r(equired), o(ptional), c(omputed).

        The generated code does not tell whether an optional attribute is computed when it is left out: it may be.
        """
        attributes: dict[str, Any] = {}
        blocks: dict[str, Any] = {}
        nested = {match[2]: (match[1], match[3] == "true") for match in _NESTED.finditer(body)}
        forms = self.forms.get(struct, {})
        for name, (is_block, form, stored) in forms.items():
            flags = "co" if f"    reset{_camel(name)}() {{" in body else "r"
            if stored == "any" and name == "statement":
                blocks[name] = _statement()
                continue
            if name not in nested or stored in _STORED:
                kind = _STORED[stored]
                attributes[name] = [["set", kind[1]] if form == "set" else kind, flags]
                continue
            inner, nesting, single = self._inner(*nested[name], form)
            if is_block:
                blocks[name] = {"nesting": nesting, "single": single, "required": flags == "r", **inner}
            else:
                attributes[name] = [[nesting, ["object", _as_object(inner)]], flags]
        return {"attributes": attributes | self._read_only(body, nested, forms), "blocks": blocks}

    def _read_only(self, body: str, nested: dict[str, tuple[str, bool]], forms: dict[str, Any]) -> dict[str, Any]:
        attributes: dict[str, Any] = {}
        notes = [note for note in _NOTE.finditer(body) if note[2] == "true" and note[1] not in forms]
        for note in notes:
            name = note[1]
            if name in nested and not nested[name][0].endswith(("StringMap", "BooleanMap", "NumberMap")):
                inner, nesting, _ = self._inner(*nested[name], "list")
                attributes[name] = [[nesting, ["object", _as_object(inner)]], "c"]
            elif name in nested:
                attributes[name] = [["map", "string"], "c"]
            else:
                attributes.setdefault(name, [_simple(body[note.end() : note.end() + 300]), "c"])
        return attributes

    def _inner(self, kind: str, is_set: bool, form: str) -> tuple[dict[str, Any], str, bool]:
        for ending in ("OutputReference", "List", "Map"):
            if kind.endswith(ending):
                struct = kind.removesuffix(ending)
                body = self.bodies[f"{struct}OutputReference"]
                if ending == "Map":
                    nesting = "map"
                elif form == "struct":
                    nesting = "single"
                else:
                    nesting = "set" if is_set or form == "set" else "list"
                return self.block(body, struct), nesting, ending == "OutputReference"
        raise ValueError(f"{kind} is no nested class of a generated file")


def _forms(text: str) -> dict[str, tuple[bool, str, str]]:
    return {match[1]: (match[2] == "true", match[3], match[4]) for match in _HCL.finditer(text)}


def _camel(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def _simple(getter: str) -> Any:
    found = _FIRST.search(getter)
    kind = _READ[found[1]] if found else "dynamic"
    if isinstance(kind, list) and kind[0] == "list" and "Fn.tolist(" in getter[: getter.find("\n    }")]:
        return ["set", kind[1]]
    return kind


def _as_object(inner: dict[str, Any]) -> dict[str, Any]:
    fields = {name: kind for name, (kind, _) in inner["attributes"].items()}
    for name, block in inner["blocks"].items():
        fields[name] = [block["nesting"], ["object", _as_object(block)]]
    return fields


def used_types(folder: Path) -> tuple[set[str], set[str]]:
    """Return the resource types and the data source types that the ``.tf`` files of a folder tree name."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.tf")))
    found = {
        keyword: set(re.findall(rf'^{keyword} "(aws_\w+)"', text, re.MULTILINE)) for keyword in ("resource", "data")
    }
    return found["resource"], found["data"]


def extract(library: Path) -> dict[str, Any]:
    """Return the schemas of the types in use, read from the package's ``lib`` folder."""
    resources, data = used_types(MODULES)
    schema: dict[str, Any] = {"source": "npm @cdktf/provider-aws, generated from hashicorp/aws (MPL-2.0)"}
    for key, names, prefix in (("resources", resources, ""), ("data_sources", data, "data-aws-")):
        schema[key] = {}
        for name in sorted(names):
            text = (library / (prefix + name.removeprefix("aws_").replace("_", "-")) / "index.js").read_text("utf-8")
            schema["provider_version"] = re.findall(r"providerVersion: '([\d.]+)'", text)[0]
            source = Source(text)
            schema[key][name] = source.block(source.bodies[source.top], source.top)
    return schema


if __name__ == "__main__":
    found = extract(Path(sys.argv[1]))
    SCHEMA_FILE.write_text(json.dumps(found, sort_keys=True, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{SCHEMA_FILE.name}: {len(found['resources'])} resources, {len(found['data_sources'])} data sources")
