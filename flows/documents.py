"""Markdown pages: model card, comparison with the champion, slices, the gate table, the columns of the dataset."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from structural.problem import Problem, Role

if TYPE_CHECKING:
    from data_validation.columns import ColumnFacts

MISSING = "—"


def percent(ratio: float | None) -> str:
    """Return a ratio as percent with two decimals, a dash for none."""
    return MISSING if ratio is None else f"{100 * ratio:.2f} %"


def milliseconds(value: float | None) -> str:
    """Return milliseconds with two decimals, a dash for none."""
    return MISSING if value is None else f"{value:.2f} ms"


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a Markdown table; pipes inside cells are escaped."""
    lines = [" | ".join(head), " | ".join("---" for _ in head)]
    lines += [" | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in row) for row in rows]
    return "\n".join(f"| {line} |" for line in lines) + "\n"


def gate_table(models: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the gate table of a run: one row a model, then the reasons."""
    head = (
        *("model", "target", "holdout accuracy", "baseline", "served", "worst slice", "inference p95"),
        *("verdict", "decision", "version", "training s"),
    )
    rows = [gate_row(name, facts) for name, facts in models.items()]
    reasons = [f"- **{name}**: {reason}" for name, facts in models.items() for reason in facts.get("reasons") or ()]
    return markdown_table(head, rows) + "\n" + "\n".join(reasons) + "\n"


def gate_row(name: str, facts: Mapping[str, Any]) -> tuple[str, ...]:
    """Return one model's cells of the gate table."""
    seconds = facts.get("training_seconds")
    return (
        name,
        percent(facts.get("target")),
        accuracy_with_interval(facts),
        percent(facts.get("baseline_accuracy")),
        percent(facts.get("served_accuracy")),
        worst_slice_in_words(facts),
        milliseconds(facts.get("inference_p95_ms")),
        str(facts.get("verdict") or MISSING),
        str(facts.get("decision") or MISSING),
        str(facts.get("version") or MISSING),
        MISSING if seconds is None else f"{seconds:.1f}",
    )


def accuracy_with_interval(facts: Mapping[str, Any]) -> str:
    """Return accuracy, its 95 % Wilson interval and the number of entries."""
    if facts.get("holdout_accuracy") is None:
        return MISSING
    low, high = facts["interval"]
    return f"{percent(facts['holdout_accuracy'])} [{100 * low:.2f}, {100 * high:.2f}] n={facts['holdout_n']}"


def inference_in_words(inference: Mapping[str, Any]) -> str:
    """Return how long the model alone takes, from an evaluation's ``inference``."""
    asked = "one question" if inference["questions"] == 1 else f"a batch of {inference['questions']} questions"
    return f"{asked}, one thread: median {inference['p50_ms']:.2f} ms, p95 {inference['p95_ms']:.2f} ms"


def worst_slice_in_words(facts: Mapping[str, Any]) -> str:
    """Return the least accurate judged group of a model's facts; a dash where none was judged."""
    found = facts.get("worst_slice")
    if not found:
        return MISSING
    return f"{found['name']} = {found['group']}: {percent(found['accuracy'])} of {found['count']}"


def slices_table(slices: Sequence[Mapping[str, Any]]) -> str:
    """Return accuracy by slice, worst first."""
    rows = [
        (row["slice"], row["group"], row["count"], percent(row["accuracy"]))
        for row in sorted(slices, key=lambda row: row["accuracy"])
    ]
    return markdown_table(("slice", "group", "entries", "accuracy"), rows)


def model_card(problem: Problem, trained: Mapping[str, Any], evaluation: Mapping[str, Any]) -> str:
    """Return the model card: what it answers, how it was made, what was measured, what it is not for."""
    report = trained["report"]
    questions = ", ".join(f"`{name}`" for name in problem.names(Role.QUESTION))
    notes = "".join(f"- {note}\n" for note in report["notes"]) or "- none\n"
    low, high = evaluation["interval"]
    figures = [
        ("accuracy, model alone", percent(evaluation["accuracy"])),
        ("95 % interval (Wilson)", f"{percent(low)} to {percent(high)}"),
        ("accuracy, after the engine's proof", percent(evaluation["served_accuracy"])),
        (f"simple baseline ({evaluation['baseline']})", percent(evaluation["baseline_accuracy"])),
        ("calibration error", f"{evaluation['calibration_error']:.4f}"),
        ("inference", inference_in_words(evaluation["inference"])),
        *((name, f"{value:.4g}") for name, value in evaluation["details"].items()),
    ]
    return (
        f"# {problem.title}\n\n"
        f"Answers `{problem.answer_column}` from {questions}.\n\n"
        "## Meaning of the accuracy\n\n"
        f"Share of {evaluation['count']} sealed holdout entries whose `{problem.answer_column}` the model's own answer "
        "equals exactly, before any proof. The holdout is drawn like the training data: the figure says how well the "
        "model reproduces the project's own truth on such questions, not how it does on other ones.\n\n"
        f"## Measured\n\n{markdown_table(('figure', 'value'), figures)}\n"
        f"## Made\n\n"
        f"- device {report['device']}, {report['training_seconds']:.1f} s, dataset `{evaluation['dataset_sha256']}`\n"
        f"- artifact `{trained['artifact_sha256']}`, exported model differs by {report['parity_max_abs_diff']:.3g} "
        f"(allowed {report['parity_tolerance']:.3g})\n\n"
        f"## Notes of the trainer\n\n{notes}\n"
        f"## Slices\n\n{slices_table(evaluation['slices'])}"
    )


def comparison(verdict: Mapping[str, Any], evaluation: Mapping[str, Any], champion: Mapping[str, Any] | None) -> str:
    """Return the comparison of a version with the champion, and every criterion of its gate.

    ``champion`` is the gate's champion evidence with, where it was measured, its ``evaluation``.
    """
    head = f"# {verdict['model']}: {verdict['outcome']}, {verdict['decision']}\n\n"
    criteria = [(item["name"], item["outcome"], item["reason"]) for item in verdict["criteria"]]
    page = head + markdown_table(("criterion", "outcome", "reason"), criteria) + "\n## Against the champion\n\n"
    if champion is None:
        return page + "There is no champion: this is the first version judged (`bootstrap`).\n"
    if champion["same_artifact"]:
        return page + f"This version is the champion ({champion['version']}).\n"
    measured = champion.get("evaluation")
    if measured is None:
        return page + f"Champion {champion['version']} could not be measured: {champion['problem']}\n"
    names = ("accuracy", "served_accuracy", "calibration_error", "mean_confidence")
    rows = [(name, f"{evaluation[name]:.4f}", f"{measured[name]:.4f}") for name in names]
    mine_ms, other_ms = (f"{figures['inference']['p95_ms']:.2f}" for figures in (evaluation, measured))
    rows.append(("inference p95, ms", mine_ms, other_ms))
    paired = (
        f"\nOn the same {evaluation['count']} entries the challenger alone is right on "
        f"{champion['only_challenger_right']}, the champion alone on {champion['only_champion_right']} "
        f"(McNemar, p = {champion['p_value']:.3g}).\n"
    )
    return page + markdown_table(("figure", "challenger", f"champion {champion['version']}"), rows) + paired


COLUMNS_HEAD = ("column", "role", "kind", "unit", "needed", "allowed", "what it is")


def columns_row(column: "ColumnFacts") -> tuple[str, ...]:
    """Return the cells of a column under `COLUMNS_HEAD`."""
    unit = column.unit or MISSING
    needed = "yes" if column.needed else "may be left out"
    return column.name, column.role, column.kind, unit, needed, column.allowed, column.description


def columns_page(problems: Sequence[Problem]) -> str:
    """Return the page of all columns of the dataset files, as kept in ``docs/columns.md``."""
    from data_validation.columns import describe_columns

    page = (
        "# The columns of the dataset\n\n"
        "Written by `sdai dataset columns --markdown > docs/columns.md`. What roles and kinds mean, and how a file of "
        "your own is read, stands in [the data contract](data_contract.md). A cell of a column that may be left out "
        "may also be empty; unit 1 is a pure number.\n"
    )
    for problem in problems:
        rows = [(f"`{cells[0]}`", *cells[1:]) for cells in map(columns_row, describe_columns(problem))]
        page += f"\n## {problem.name}\n\n{problem.title}. The scored answer is `{problem.answer_column}`.\n\n"
        page += markdown_table(COLUMNS_HEAD, rows)
    return page
