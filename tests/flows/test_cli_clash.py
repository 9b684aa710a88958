"""``sdai clash``: models in, a table, JSON and files out, exit codes for scripts."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from configs import load_settings
from flows.cli import app
from flows.cli.clash import CLASHES_FOUND
from serving.ifc.sample import write_sample_model
from tests.serving.ifc.building import Building

pytest.importorskip("matplotlib", reason="flows need the 'train' extra")

EVIL_STEP = r"\X\1B[31m<b>$x$=1+1"
"""A name with an escape sequence, markup and a formula, as STEP writes it."""
EVIL_SHOWN = "[31m<b>$x$=1+1"


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample frame, in which one beam's name is hostile."""
    path = tmp_path_factory.mktemp("models") / "frame.ifc"
    write_sample_model(path)
    path.write_text(path.read_text(encoding="utf-8").replace("'B-05'", f"'{EVIL_STEP}'"), encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A home in which nothing has been promoted."""
    monkeypatch.setenv("SDAI_PATHS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "160")
    load_settings.cache_clear()
    yield
    load_settings.cache_clear()


def run(*words: str | Path) -> Any:
    return CliRunner().invoke(app, ["clash", *map(str, words)])


def test_geometry_alone_says_so_and_hostile_names_print_harmless(sample: Path) -> None:
    done = run(sample)
    assert done.exit_code == CLASHES_FOUND
    assert "Geometry alone: no clash detector has been promoted" in done.stdout
    assert "beam B-02 is modelled twice" in done.stdout
    assert EVIL_SHOWN in done.stdout
    assert "\x1b" not in done.stdout + done.stderr
    assert "reading and searching" in done.stderr


def test_json_files_and_exclusions_of_one_check(sample: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text("tolerance_mm: 40\nignore:\n- between: [{kind: brace}, {}]\n  reason: later\n", encoding="utf-8")
    files = [tmp_path / name for name in ("out.bcf", "out.html")]
    words = ["--rules", rules, "--exclude", "kind=duct", "--tolerance-mm", "15", "--bcf-version", "3.0"]
    for name, file in zip(("--bcf", "--html"), files, strict=True):
        words += [name, file]
    done = run(sample, "--json", *words)
    assert done.exit_code == CLASHES_FOUND, done.stderr
    found = json.loads(done.stdout)
    assert (found["tolerance_mm"], found["judged"], found["members"]) == (15.0, False, 17)
    assert found["left_out"]["by_rule"] == {"kind=duct × any member": 0, "later": 2}
    names = {frozenset((item["member1"], item["member2"])) for item in found["clashes"]}
    assert frozenset(("B-06", "P-01")) in names
    assert not any("D-01" in pair or "BR-01" in pair for pair in names)
    assert any(EVIL_SHOWN in name for pair in names for name in pair)
    with zipfile.ZipFile(files[0]) as archive:
        topics = [name for name in archive.namelist() if name.endswith("markup.bcf")]
    assert len(topics) == len(found["groups"])
    assert r"[31m\u003cb>$x$=1+1" in files[1].read_text(encoding="utf-8"), "in the page as data"


def test_what_is_not_checked_is_told_in_the_table_and_as_json(tmp_path: Path) -> None:
    model = Building()
    model.beam("beam", [model.bar((100, 200, 3000))])
    model.beam("footing", [model.bar((900, 900, 300))], ifc_class="IfcFooting")
    model.write(tmp_path / "model.ifc")
    assert "Not checked: 1 IfcFooting" in run(tmp_path / "model.ifc").stdout
    assert json.loads(run(tmp_path / "model.ifc", "--json").stdout)["not_checked"] == {"IfcFooting": 1}


def test_two_models_are_checked_against_one_another(sample: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.ifc"
    other.write_bytes(sample.read_bytes())
    found = json.loads(run(sample, other, "--json").stdout)
    twice = [group for group in found["groups"] if group["cause"] == "modelled_twice"]
    assert found["sources"] == ["frame.ifc", "other.ifc"]
    assert [len(group["clashes"]) for group in twice] == [17 + 2], "each member, and B-02 and its copy crosswise"
    within = json.loads(run(sample, other, "--within", "--json").stdout)
    assert within["total_clashes"] > found["total_clashes"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"PK\x03\x04 no ifc", "bad.ifc"),
        (b"", "not a complete IFC STEP file"),
        (b"ISO-10303-21;\nHEADER;\nFILE_SCHEMA(('IFC9'));\nENDSEC;\nEND-ISO-10303-21;", "IFC9"),
    ],
)
def test_what_is_no_model_is_one_line_of_error(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "bad.ifc"
    path.write_bytes(content)
    done = run(path)
    assert done.exit_code == 1
    assert told in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--exclude", "kind=wall"], "--exclude 'kind=wall' is not understood"),
        (["--tolerance-mm", "900"], "tolerance_mm: Input should be less than or equal to 200"),
        (["--bcf", "no/folder/x.bcf"], "there is no folder"),
        (["--bcf-version", "1.0"], "--bcf-version 2.1 or 3.0"),
        (["--rules", "missing.yaml"], "missing.yaml cannot be read"),
    ],
)
def test_options_that_cannot_be_used_are_refused_before_the_work(sample: Path, words: list[str], told: str) -> None:
    done = run(sample, *words)
    assert done.exit_code == 1
    assert told in done.stderr
    assert "reading" not in done.stderr


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("tolerance: 5\n", "rules.yaml: the rules cannot be used: tolerance: there is no such field"),
        ("a: [", "is no good YAML"),
        ("a: &x 1\nb: *x\n", "aliases"),
        ("tolerance_mm: 5\ntolerance_mm: 6\n", "given twice"),
    ],
)
def test_rules_that_cannot_be_used_name_file_and_fault(sample: Path, tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(text, encoding="utf-8")
    done = run(sample, "--rules", path)
    assert done.exit_code == 1
    assert told in " ".join(done.stderr.split())


def test_a_missing_model_is_named(tmp_path: Path) -> None:
    done = run(tmp_path / "none.ifc")
    assert done.exit_code == 1
    assert "none.ifc cannot be read: No such file or directory" in done.stderr
