"""``sdai check``: a design file in, a sheet or JSON out, exit codes for scripts."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.cli.check import NOT_COMPLIANT

DESIGN = (
    "shape: W18x50\nsteel_grade: A992\nlength: 30 ft\nbracing: continuous\ndead_load_klf: 0.45\nlive_load_klf: 0.8\n"
)


def _run(tmp_path: Path, text: str, *options: str, name: str = "design.yaml"):  # type: ignore[no-untyped-def]
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return CliRunner().invoke(app, ["check", str(path), *options])


def test_a_compliant_design_prints_its_sheet(tmp_path: Path) -> None:
    done = _run(tmp_path, DESIGN)
    assert done.exit_code == 0
    assert "FLX-01" in done.output
    assert "COMPLIANT" in done.output


def test_a_figure_within_the_tolerance_for_rounding_reads_as_equal(tmp_path: Path) -> None:
    sheet = _run(tmp_path, "shape: HSS6X4X1/4\nsteel_grade: A500-C\naxial_compression_kip: 30\n").output
    assert "0.233 in. ≈ 0.2325 in." in sheet


def test_a_failing_design_ends_with_its_own_code(tmp_path: Path) -> None:
    done = _run(tmp_path, DESIGN.replace("0.8", "5"))
    assert done.exit_code == NOT_COMPLIANT
    assert "NOT COMPLIANT" in done.output


def test_json_in_and_out(tmp_path: Path) -> None:
    done = _run(tmp_path, json.dumps({"shape": "HSS6X6X1/2", "steel_grade": "A500-C"}), "--json", name="d.json")
    result = json.loads(done.output)
    assert (result["checks_total"], result["extended_checks_total"], len(result["checks"])) == (47, 13, 60)
    assert result["jurisdiction"]["steel_edition"] == "AISC 360-22"


def test_several_designs_in_one_file(tmp_path: Path) -> None:
    done = _run(tmp_path, "- shape: W18x50\n  steel_grade: A992\n- shape: L4x4x1/4\n  steel_grade: A36\n", "--json")
    assert [item["parameters"]["shape"] for item in json.loads(done.output)] == ["W18X50", "L4X4X1/4"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("shape: W99x99\n", "unknown shape"),
        ("length_ft: 30 kip\n", "is no length"),
        ("{a: [", "neither good YAML nor JSON"),
        ("!!python/object/apply:os.system ['true']\n", "neither good YAML nor JSON"),
        ("", "a design is a mapping"),
        ("shape: W18x50\nshape: W21x44\n", "is given twice"),
        ("a: &a [x]\nb: *a\n", "aliases"),
        ("- shape: W18x50\n- length_ft: 900\n", "design 2: length_ft must be between"),
    ],
)
def test_what_cannot_be_used_is_one_line(tmp_path: Path, text: str, told: str) -> None:
    done = _run(tmp_path, text)
    assert done.exit_code == 1
    assert told in done.output
    assert "Traceback" not in done.output


def test_a_missing_file_and_no_file_are_told(tmp_path: Path) -> None:
    missing = CliRunner().invoke(app, ["check", str(tmp_path / "none.yaml")])
    assert (missing.exit_code, "cannot be read" in missing.output) == (1, True)
    assert CliRunner().invoke(app, ["check"]).exit_code == 2


def test_names_and_checks_are_listed() -> None:
    names = CliRunner().invoke(app, ["check", "--parameters"]).output
    assert "unbraced_length_ft" in names
    checks = CliRunner().invoke(app, ["check", "--checks"]).output
    assert checks.count("(core)") == 47
    assert checks.count("(extended)") == 13
