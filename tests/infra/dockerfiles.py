"""Reading Dockerfiles, as far as ours go."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.infra_tools import ROOT

FOLDER = ROOT / "infra" / "containers"


@dataclass(frozen=True)
class Instruction:
    """One instruction: its word in capitals and the rest, lines joined."""

    word: str
    rest: str


def instructions(name: str) -> list[Instruction]:
    """Return the instructions of ``<name>.Dockerfile`` in order, comments left out."""
    text = (FOLDER / f"{name}.Dockerfile").read_text(encoding="utf-8")
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    joined = re.sub(r"\\\n\s*", " ", lines)
    return [Instruction(*line.split(None, 1)) for line in joined.splitlines() if line.strip()]


def stages(name: str) -> list[list[Instruction]]:
    """Return the instructions of each stage, its FROM first."""
    found: list[list[Instruction]] = []
    for item in instructions(name):
        if item.word == "FROM":
            found.append([])
        if found:
            found[-1].append(item)
    return found


def environment(items: list[Instruction]) -> dict[str, str]:
    """Return what the ENV instructions set."""
    pairs = (pair.partition("=") for item in items if item.word == "ENV" for pair in shlex.split(item.rest))
    return {name: value for name, _, value in pairs}


def copied(items: list[Instruction]) -> list[str]:
    """Return the sources of the COPY instructions that copy from the project's folder."""
    return [
        source
        for item in items
        if item.word == "COPY" and "--from" not in item.rest
        for source in item.rest.split()[:-1]
    ]


def let_in() -> set[str]:
    """Return what `.dockerignore` lets in: everything is left out first."""
    lines = [line for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line.strip()]
    rules = [line for line in lines if not line.startswith("#")]
    assert rules[0] == "*"
    return {line.removeprefix("!") for line in rules if line.startswith("!")}


def files(sources: list[str]) -> Iterator[Path]:
    """Yield the files that a builder is sent for these sources."""
    allowed = let_in()
    for source in sources:
        path = ROOT / source
        for file in path.rglob("*") if path.is_dir() else [path]:
            relative = file.relative_to(ROOT)
            is_let_in = any(relative == Path(name) or Path(name) in relative.parents for name in allowed)
            if file.is_file() and is_let_in and "__pycache__" not in relative.parts:
                yield file
