"""Print the page of all checks: ``python benchmarks/list_checks.py > docs/checks.md``."""

from pathlib import Path

from structural.code_checks.jurisdictions import EDITION_DIFFERENCES, JURISDICTIONS
from structural.code_checks.parameters import BY_NAME, PARAMETERS
from structural.code_checks.registry import CORE, registry

ROOT = Path(__file__).resolve().parents[1]

_ENGINE_TESTS = {
    "MAT": "test_materials",
    "CLS": "aisc/test_classification",
    "STB": "aisc/test_stability, aisc/test_interaction",
    "TEN": "aisc/test_connections, aisc/test_shear_lag",
    "CMP": "aisc/test_compression",
    "FLX": "aisc/test_flexure",
    "SHR": "aisc/test_shear",
    "CMB": "aisc/test_interaction, aisc/test_torsion",
    "BLT": "aisc/test_bolts, aisc/test_bolt_patterns, aisc/test_prying, aisc/test_fasteners",
    "WLD": "aisc/test_connections, aisc/test_weld_types, aisc/test_weld_groups",
    "ELM": "aisc/test_connections, aisc/test_block_shear",
    "CNF": "aisc/test_connections, aisc/test_concentrated_webs",
    "BAS": "aisc/test_base_plates",
    "SEI": "aisc/test_seismic",
    "BRC": "aisc/test_bracing",
}
"""Tests of the engine behind a family of checks, below tests/structural, by the first letters of the id."""
_REGISTRY_TESTS = ("test_core_checks", "test_families")

HEAD = """# The checks

All checks of the registry `structural/code_checks`, 47 core and 13 extended, ANSI/AISC 360-22, LRFD and ASD, for W, M,
S, HP, C, MC, L, 2L, WT, MT, ST, rectangular and round HSS and pipe, and welded I shapes. `sdai check FILE` runs them on
a design; `POST /api/v1/verify/compliance` returns the same. Written by `python benchmarks/list_checks.py`.

A check is `pass`, `fail`, `advisory` (a preference of a user note, never a failure), `not_applicable` with the reason,
or `missing_input` naming what is missing. Demand and capacity include the factors. A section for which the
Specification has no rule (for example a round HSS with D/t beyond 0.45 E/Fy) has no capacity and fails. *verify*: the
relation was not checked against a primary text.

Every check is covered by `tests/structural/code_checks/test_registry.py` (applies and does not apply, depends on
nothing but its inputs, LRFD and ASD differ by the factors, more load never mends it); published results are in
`tests/structural/golden` and [worked_examples.md](worked_examples.md).
"""


def _tests_naming(identifier: str) -> str:
    """Return the tests of the registry that name the check, and those of the engine behind it."""
    folder = ROOT / "tests" / "structural" / "code_checks"
    naming = [
        f"code_checks/{name}" for name in _REGISTRY_TESTS if identifier in (folder / f"{name}.py").read_text("utf-8")
    ]
    return ", ".join([*naming, *filter(None, [_ENGINE_TESTS.get(identifier[:3], "")])])


def _inputs(names: tuple[str, ...]) -> str:
    return ", ".join(f"{name}" for name in dict.fromkeys(names))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def page() -> str:
    """Return the page."""
    lines = [HEAD]
    for title, core in (("Core", True), ("Extended", False)):
        lines += [f"## {title}", ""]
        for check in registry():
            if (check.id in CORE) is not core:
                continue
            verify = "" if check.confirmed else " *verify*"
            lines += [
                f"**{check.id} {check.title}** ({check.clause}){verify}  ",
                f"{_cell(check.formula)}  ",
                f"Factors φ / Ω: {check.factors or 'none'}. Inputs: {_inputs(check.uses)}.  ",
                f"Tests: {_tests_naming(check.id)}.",
                "",
            ]
    return "\n".join([*lines, *_parameters(), *_jurisdictions()])


def _parameters() -> list[str]:
    lines = ["## Parameters", "", "| name | meaning | unit or words | bounds | default |", "|---|---|---|---|---|"]
    for item in PARAMETERS:
        unit = ", ".join(item.words) if item.words else (item.unit or item.dimension.value)
        bounds = "" if item.is_text else f"{item.minimum:g} to {item.maximum:g}"
        default = "" if item.default is None else str(item.default)
        lines.append(f"| {item.name} | {_cell(item.description)} | {unit} | {bounds} | {default} |")
    assert len(BY_NAME) == len(PARAMETERS)
    return [*lines, ""]


def _jurisdictions() -> list[str]:
    lines = [
        "## Jurisdictions and editions",
        "",
        "| key | code in force | since | steel | seismic | loads | what differs | confirmed |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for place in JURISDICTIONS.values():
        editions = " | ".join(
            edition or "by city" for edition in (place.steel_edition, place.seismic_edition, place.loads_edition)
        )
        confirmed = "yes" if place.confirmed else "verify"
        lines.append(
            f"| {place.key} | {place.building_code} | {place.effective} | {editions} | {place.note} | {confirmed} |"
        )
    lines += ["", "The engine is that of AISC 360-22. What differs from AISC 360-16 for these checks:", ""]
    return [*lines, *(f"- {difference}" for difference in EDITION_DIFFERENCES), ""]


if __name__ == "__main__":
    print(page(), end="")
