"""What licences the packages of the service and of training may have."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

SAID_IN_WORDS: Mapping[str, str] = {
    "huey": "MIT",
    "partd": "BSD-3-Clause",
    "protobuf": "BSD-3-Clause",
    "simple-di": "Apache-2.0",
    "transformers": "Apache-2.0",
}
"""Packages whose metadata names no licence that a program can read: what their licence file is."""
WEAK_COPYLEFT: Mapping[str, str] = {
    "ifcopenshell": "LGPL, used as a library of its own that can be replaced; see docs/decisions/0011-supply-chain.md",
    "psycopg2-binary": "LGPL with an exception for linking; used as a library of its own that can be replaced",
}
ELSEWHERE: Mapping[str, str] = {
    "text-unidecode": "Artistic or GPL, as one likes: taken under the Artistic licence; only in training",
}
"""Packages that offer a licence which is refused beside one that is not."""
_STRONG = re.compile(r"\b(?:A|S)?GPL|Affero|SSPL|(?<!Lesser )(?<!Library )General Public License", re.IGNORECASE)
_LESSER = re.compile(r"\bLGPL|Lesser General Public|Library General Public", re.IGNORECASE)


def licences_of(component: Mapping[str, Any]) -> list[str]:
    """Return the licences of a component of a CycloneDX document, those of `SAID_IN_WORDS` included."""
    found = []
    for item in component.get("licenses", ()):
        licence = item.get("license", {})
        found.append(str(item.get("expression") or licence.get("id") or licence.get("name")))
    known = SAID_IN_WORDS.get(canonical(component["name"]))
    return sorted(set(found)) or ([known] if known else [])


def refused(components: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return one line for each package whose licence is none that is taken, with the reason."""
    lines = []
    for component in components:
        name, licences = canonical(component["name"]), licences_of(component)
        said = " ".join(licences)
        if not licences:
            lines.append(f"{name}: no licence that a program can read; look at it and add it to SAID_IN_WORDS")
        elif _STRONG.search(_LESSER.sub("", said)) and name not in ELSEWHERE:
            lines.append(f"{name}: {said}: GPL, AGPL and their like are not taken")
        elif _LESSER.search(said) and name not in WEAK_COPYLEFT:
            lines.append(f"{name}: {said}: LGPL is taken for {', '.join(WEAK_COPYLEFT)} alone")
    return lines


def canonical(name: str) -> str:
    """Return a package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()
