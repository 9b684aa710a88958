"""``sdai check``: a design from a file against every code check, as a calculation sheet or as JSON."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

_LARGEST_BYTES = 1_000_000
NOT_COMPLIANT = 3
"""Exit code of a design that fails a check or lacks an input."""


def check(
    file: Annotated[
        Path | None, typer.Argument(help="design as YAML or JSON: parameter names to values, or a list of designs")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print the result as JSON")] = False,
    all_checks: Annotated[
        bool, typer.Option("--all", help="list the checks that do not apply, with the reason")
    ] = False,
    parameters: Annotated[
        bool, typer.Option("--parameters", help="list the parameter names, units and bounds")
    ] = False,
    checks: Annotated[bool, typer.Option("--checks", help="list the 60 checks with clause and formula")] = False,
) -> None:
    """Check a design against AISC 360-22 and print the calculation sheet.

    Exit code 0 means compliant, 3 that a check fails or lacks an input, 1 that the file cannot be used.
    """
    if parameters or checks:
        _list_parameters() if parameters else _list_checks()
        return
    if file is None:
        raise typer.BadParameter("give a file, or --parameters or --checks", param_hint="FILE")
    from structural.problems.compliance_checker.stated import check_designs

    designs = _designs(_documents(file))
    results = check_designs(designs)
    if as_json:
        shown = [{"parameters": d.parameters, **r.as_dict()} for d, r in zip(designs, results, strict=True)]
        typer.echo(json.dumps(shown[0] if len(shown) == 1 else shown, indent=2, allow_nan=False))
    else:
        from structural.code_checks.sheet import calculation_sheet

        sheets = [
            calculation_sheet(design.parameters, result, all_checks=all_checks)
            for design, result in zip(designs, results, strict=True)
        ]
        typer.echo("\n\n".join(sheets))
    if not all(result.compliant for result in results):
        raise typer.Exit(NOT_COMPLIANT)


def _designs(documents: list[Any]) -> list[Any]:
    from flows.errors import FlowError
    from structural.errors import StructuralError
    from structural.problems.compliance_checker.stated import read_design

    designs = []
    for number, document in enumerate(documents, start=1):
        try:
            designs.append(read_design(document))
        except StructuralError as error:
            where = f"design {number}: " if len(documents) > 1 else ""
            raise FlowError(f"{where}{error}") from error
    return designs


def _documents(file: Path) -> list[Any]:
    from flows.errors import FlowError

    try:
        if file.stat().st_size > _LARGEST_BYTES:
            raise FlowError(f"{file} is larger than {_LARGEST_BYTES:,} bytes; a design is a page of values")
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FlowError(f"{file} cannot be read as text: {error}") from error
    document = _parsed(file, text)
    return document if isinstance(document, list) and document else [document]


def _parsed(file: Path, text: str) -> Any:
    import yaml

    from flows.cli.plain_yaml import no_twice, read_plain_yaml
    from flows.errors import FlowError

    try:
        if file.suffix.lower() == ".json":
            return json.loads(text, object_pairs_hook=no_twice)
        return read_plain_yaml(text)
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        reason = str(error).replace("\n", " ")[:200]
        raise FlowError(f"{file} is neither good YAML nor JSON: {reason}") from error


def _list_parameters() -> None:
    from structural.code_checks.parameters import PARAMETERS

    for item in PARAMETERS:
        if item.is_text:
            bounds = ", ".join(item.words) or item.dimension.value
        else:
            bounds = f"{item.minimum:g} to {item.maximum:g} {item.unit if item.unit != '1' else ''}".rstrip()
        default = "" if item.default is None else f" [default {item.default}]"
        typer.echo(f"{item.name:<28} {item.description}: {bounds}{default}")


def _list_checks() -> None:
    from structural.code_checks.registry import CORE, registry

    for item in registry():
        part = "core" if item.id in CORE else "extended"
        typer.echo(f"{item.id}  {item.title}  [{item.clause}]  {item.factors}  ({part})\n        {item.formula}")
