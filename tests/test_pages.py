"""What the pages name is there: commands with their options, files, tests, modules, settings, links."""

import re
import shlex
from functools import cache
from pathlib import Path

import click
import pytest

from configs.settings import known_variables

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
FOLDERS = (
    *("configs", "structural", "data_validation", "training", "serving", "flows"),
    *("infra", "benchmarks", "tests", "docs"),
)
FENCED = re.compile(r"^```[a-z]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
PLACEHOLDER = re.compile(r"[<>*{}…]")


def ids(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def read(page: Path) -> tuple[list[str], list[str]]:
    """Return the code spans of a page and the lines of its code blocks."""
    text = page.read_text(encoding="utf-8")
    blocks = [line.strip() for block in FENCED.findall(text) for line in block.splitlines()]
    return SPAN.findall(FENCED.sub("", text)), blocks


@cache
def program() -> click.Command:
    from typer.main import get_command

    from flows.cli import app

    return get_command(app)


def unknown_word(text: str) -> str | None:
    """Return the first word of a command line that ``sdai`` does not know, None where it knows all."""
    plain = re.split(r"[|#…;]|\$\(", text.replace("[", " ").replace("]", " "))[0]
    command: click.Command = program()
    words = iter(shlex.split(plain)[1:])
    for word in words:
        options = {name: item for item in command.params for name in (*item.opts, *item.secondary_opts)}
        if word.startswith("-"):
            name, _, value = word.partition("=")
            if name not in options and name != "--help":
                return word
            if name in options and not getattr(options[name], "is_flag", False) and not value:
                next(words, None)
        elif word.isupper():
            return None
        elif commands := getattr(command, "commands", None):
            if word not in commands:
                return word
            command = commands[word]
    return None


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_each_command_can_be_given(page: Path) -> None:
    spans, lines = read(page)
    named = [text for text in (*spans, *lines) if re.match(r"sdai [a-z]", text)]
    assert {text: word for text in named if (word := unknown_word(text))} == {}


def test_a_command_or_an_option_that_there_is_not_is_found() -> None:
    assert unknown_word("sdai rollout begin MODEL") == "begin"
    assert unknown_word("sdai clash MODEL.ifc [--tolerance 50]") == "--tolerance"
    assert unknown_word("sdai rollout start MODEL") is None


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_each_file_is_there(page: Path) -> None:
    spans, _ = read(page)
    wanted = re.compile(rf"(?:{'|'.join(FOLDERS)})/[\w./-]+(?:::\w+)?")
    missing = []
    for text in spans:
        found = wanted.fullmatch(text)
        if found is None or PLACEHOLDER.search(text):
            continue
        path, _, test = text.partition("::")
        is_there = (ROOT / path).exists() or (ROOT / f"{path}.py").exists()
        if not is_there or (test and f"def {test}(" not in (ROOT / path).read_text(encoding="utf-8")):
            missing.append(text)
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_each_link_leads_somewhere(page: Path) -> None:
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text)]
    inside = [link for link in links if link and not re.match(r"[a-z]+:", link)]
    assert [link for link in inside if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_each_program_of_the_project_is_there(page: Path) -> None:
    spans, lines = read(page)
    text = "\n".join((*spans, *lines))
    modules = re.findall(rf"python -m ((?:{'|'.join(FOLDERS)})[\w.]*)", text)
    scripts = re.findall(r"python (benchmarks/\w+\.py)", text)
    assert [name for name in modules if not _is_module(name)] == []
    assert [name for name in scripts if not (ROOT / name).is_file()] == []


def _is_module(name: str) -> bool:
    path = ROOT / name.replace(".", "/")
    return path.with_suffix(".py").is_file() or (path / "__main__.py").is_file() or (path / "__init__.py").is_file()


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_each_setting_and_each_target_is_known(page: Path) -> None:
    spans, lines = read(page)
    text = "\n".join((*spans, *lines))
    known = set(known_variables())
    assert {name for name in re.findall(r"SDAI_[A-Z0-9_]+[A-Z0-9](?![A-Z0-9_<…])", text) if name not in known} == set()
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert [
        name for name in re.findall(r"\bmake ([a-z]+)$", "\n".join(spans), re.MULTILINE) if f"\n{name}:" not in makefile
    ] == []
