"""Writes what the service and training are made of: CycloneDX 1.6 documents of the installed environment (`make sbom`).

    python -m infra.supply.sbom <python of the environment> build

needs ``build/serving.requirements.txt`` and ``build/training.requirements.txt`` as `infra.locking` prints them.
cyclonedx-py describes the whole environment; what an extra does not bring is taken out. Exit code 1 where a licence is
refused, a version is not the lock's or a document is not valid.
"""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from infra.errors import InfraError
from infra.supply.licences import canonical, licences_of, refused

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements.lock"
VERSION = SchemaVersion.V1_6
PARTS = ("serving", "training")
NOT_PINNED = frozenset({"setuptools", "nvidia-nccl-cu12"})
"""What the lock leaves to the machine: the installer's own package, and CUDA's libraries, which torch chooses."""
LIMIT_S = 300

Document = dict[str, Any]


def describe_environment(python: Path) -> Document:
    """Return cyclonedx-py's document of the environment of an interpreter. Raises `InfraError`."""
    command = [
        sys.executable,
        "-m",
        "cyclonedx_py",
        "environment",
        "--output-reproducible",
        "--sv",
        VERSION.to_version(),
    ]
    done = subprocess.run(  # noqa: S603  (a command line of this file)
        [*command, "--sv", VERSION.to_version(), "--pyproject", str(ROOT / "pyproject.toml"), str(python)],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    if done.returncode:
        raise InfraError(f"cyclonedx-py: {done.stderr.strip()[-500:]}")
    return dict(json.loads(done.stdout))


def pins(text: str) -> dict[str, str]:
    """Return name to version of pinned requirement lines."""
    lines = (line.partition("==") for line in text.splitlines() if "==" in line and not line.startswith("#"))
    return {canonical(name): version for name, _, version in lines}


def part_of(whole: Document, wanted: Mapping[str, str]) -> Document:
    """Return a document with the wanted packages and the dependencies among them alone.

    Raises `InfraError` for a wanted package that is not in the whole.
    """
    # Without the addresses of home pages: the package URL names a package, and to validate them takes most of the time.
    components = [
        {key: value for key, value in item.items() if key != "externalReferences"}
        for item in whole["components"]
        if canonical(item["name"]) in wanted
    ]
    missing = set(wanted) - {canonical(item["name"]) for item in components}
    if missing:
        raise InfraError(f"not installed: {', '.join(sorted(missing))}")
    kept = {item["bom-ref"] for item in components} | {whole["metadata"]["component"]["bom-ref"]}
    links = {item["ref"]: [ref for ref in item.get("dependsOn", ()) if ref in kept] for item in whole["dependencies"]}
    dependencies = [{"ref": ref, **({"dependsOn": on} if on else {})} for ref, on in links.items() if ref in kept]
    return {**whole, "components": components, "dependencies": dependencies}


def not_locked(document: Document, lock: Mapping[str, str]) -> list[str]:
    """Return one line for each package that is not of the version that the lock names."""
    found = {canonical(item["name"]): item["version"].partition("+")[0] for item in document["components"]}
    return [
        f"{name} {version}: the lock has {lock.get(name, 'none')}"
        for name, version in found.items()
        if name not in NOT_PINNED and lock.get(name) != version
    ]


def faults(document: Document) -> list[str]:
    """Return what the schema that the library carries does not allow, unknown fields included."""
    error = JsonStrictValidator(VERSION).validate_str(json.dumps(document))
    return [] if error is None else [f"not valid: {error}"]


def main(arguments: list[str]) -> int:
    """Write the documents, print the licences and what is wrong."""
    python, folder = Path(arguments[0]), Path(arguments[1])
    whole, lock = describe_environment(python), pins(LOCK.read_text(encoding="utf-8"))
    wrong = []
    for part in PARTS:
        document = part_of(whole, pins((folder / f"{part}.requirements.txt").read_text(encoding="utf-8")))
        file = folder / f"{part}.cdx.json"
        file.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        print(f"{file}: {len(document['components'])} packages")
        counted = Counter(" | ".join(licences_of(item)) or "not said" for item in document["components"])
        print(*(f"  {count:4} {licence[:100]}" for licence, count in counted.most_common()), sep="\n")
        wrong += [
            f"{part}: {line}"
            for line in (*faults(document), *not_locked(document, lock), *refused(document["components"]))
        ]
    print(f"licences, versions, schema: {'finding' if wrong else 'no finding'}", *wrong, sep="\n  ")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
