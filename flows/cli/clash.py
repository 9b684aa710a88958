"""``sdai clash``: the clashes of IFC models as a table, BCF, a page, a picture or JSON."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from serving.clash_report.rules import ClashRules

CLASHES_FOUND = 3
"""Exit code of a check that found clashes."""
_LARGEST_RULES_BYTES = 1_000_000


def clash(  # noqa: PLR0913  (the options of a command)
    model: Annotated[Path, typer.Argument(help="IFC model")],
    other: Annotated[
        Path | None, typer.Argument(help="second model; then only pairs with a member of each are checked")
    ] = None,
    tolerance_mm: Annotated[
        float | None, typer.Option(help="members nearer than this violate the clearance, 1 to 200 mm; default 50")
    ] = None,
    minimum_penetration_mm: Annotated[
        float | None, typer.Option(help="overlaps less deep than this are left out; default 0")
    ] = None,
    rules: Annotated[Path | None, typer.Option(help="YAML: tolerances by class, pairs to ignore")] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PAIRS",
            help="pairs to ignore: kind=plate, kind=pipe:name=INS*, same=assembly; may be given again",
        ),
    ] = None,
    within: Annotated[bool, typer.Option("--within", help="with two models: also pairs within each of them")] = False,
    bcf: Annotated[Path | None, typer.Option(help="write a BCF file with a topic for each group")] = None,
    bcf_version: Annotated[str, typer.Option(help="2.1 or 3.0")] = "2.1",
    html: Annotated[Path | None, typer.Option(help="write a page with list and 3D view that opens offline")] = None,
    png: Annotated[Path | None, typer.Option(help="write a picture: plan and 3D view, clashes marked")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print the result as JSON, for programs")] = False,
    joints: Annotated[bool, typer.Option("--joints", help="also list the pairs taken for intended joints")] = False,
    geometry_only: Annotated[
        bool, typer.Option("--geometry-only", help="do not ask the trained model which pairs are joints")
    ] = False,
) -> None:
    """Find the clashes of an IFC model, grouped by cause.

    Exact geometry finds and measures them; the promoted clash detector tells intended joints from clashes. Without one,
    geometry stands alone and joints are among the clashes. Exit code 0 means no clash, 3 clashes, 1 that something
    cannot be used.
    """
    from configs import load_settings
    from flows.clash_check import CheckOrder, check_models, open_judge
    from flows.clash_outputs import Outputs, check_outputs, progress_bar, write_outputs

    sources = (model,) if other is None else (model, other)
    chosen = _rules(rules, exclude or (), tolerance_mm, minimum_penetration_mm)
    outputs = Outputs(bcf, bcf_version, html, png)
    check_outputs(outputs, sources)
    with progress_bar() as show, open_judge(load_settings(), wanted=not geometry_only) as judge:
        report = check_models(CheckOrder(sources, chosen, within or other is None), judge, show)
        write_outputs(report, outputs, show)
    if as_json:
        from serving.clash_report.as_json import report_as_json

        typer.echo(json.dumps(report_as_json(report, joints=joints), indent=2, allow_nan=False))
    else:
        from flows.cli.clash_tables import show_report

        show_report(report, judge.absence, joints=joints)
    if report.clashes:
        raise typer.Exit(CLASHES_FOUND)


def _rules(
    file: Path | None, exclude: Sequence[str], tolerance_mm: float | None, minimum_penetration_mm: float | None
) -> "ClashRules":
    """Return the rules of a file with what the command line says on top; its words come before the file's entries."""
    from flows.errors import FlowError
    from serving.clash_report.rules import parse_exclusion, read_rules
    from serving.errors import RequestError

    document = _document(file) if file is not None else {}
    try:
        from_file = read_rules(document)
    except RequestError as error:
        raise FlowError(f"{file}: {error}") from error
    given = {"tolerance_mm": tolerance_mm, "minimum_penetration_mm": minimum_penetration_mm}
    on_top = {name: value for name, value in given.items() if value is not None}
    words = tuple(parse_exclusion(word) for word in exclude)
    limits = read_rules(on_top).model_dump(include=set(on_top))
    return from_file.model_copy(update={**limits, "ignore": (*words, *from_file.ignore)})


def _document(file: Path) -> Any:
    import yaml

    from flows.cli.plain_yaml import read_plain_yaml
    from flows.errors import FlowError

    try:
        if file.stat().st_size > _LARGEST_RULES_BYTES:
            raise FlowError(f"{file} is larger than {_LARGEST_RULES_BYTES:,} bytes; rules are a page of entries")
        return read_plain_yaml(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise FlowError(f"{file} cannot be read as text: {error}") from error
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        reason = str(error).replace("\n", " ")[:200]
        raise FlowError(f"{file} is no good YAML: {reason}") from error
