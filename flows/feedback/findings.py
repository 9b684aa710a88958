"""What the engine finds of reports: whether a report is right, and whether it can be learned from."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data_validation.content import coarse_keys
from data_validation.contract import neutral_value
from data_validation.reviewed import holdout_keys
from flows.feedback.matters import (
    NO_CLASH,
    Matter,
    ReadModel,
    UnusableReportError,
    read_matter,
    same_answer,
    shown_answers,
)
from serving.store.feedback import StoredFeedback
from structural.problem import Problem, Role
from structural.problems import load_problem
from structural.tables import Table, concatenate, take


class Opinion(StrEnum):
    """What the engine says of a report."""

    CONFIRMED = "confirmed"
    """The report is right, and the model was wrong."""
    ALREADY_RIGHT = "already_right"
    """The model was right."""
    CONTRADICTED = "contradicted"
    """Neither the report nor the model is right."""
    UNUSABLE = "unusable"
    """There is no question or no answer in it that the engine could judge."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A report with the engine's opinion.

    ``given``, ``reported`` and ``truth`` are answers as the public response writes them; ``entry`` is the labelled
    entry (one row, all columns) that the report would become, ``groups`` the problem's slices that it falls into.
    ``entry`` is None and the texts are empty where the report is unusable.
    """

    report: StoredFeedback
    opinion: Opinion
    reason: str
    given: str = ""
    reported: str = ""
    truth: str = ""
    entry: Table | None = None
    groups: Mapping[str, str] | None = None

    @property
    def kind_of_error(self) -> str:
        """What was taken for what, by the model or, where that was right, by the report: ``"LOW instead of HIGH"``."""
        if not self.truth:
            return self.reason
        wrong = self.reported if self.opinion is Opinion.ALREADY_RIGHT else self.given
        return f"{wrong or 'nothing'} instead of {self.truth}"


def find(reports: Iterable[StoredFeedback], read_model: ReadModel) -> list[Finding]:
    """Return what the engine finds of reports, in their order; questions of one model are labelled together."""
    reports = list(reports)
    findings: dict[int, Finding] = {}
    matters: dict[str, list[tuple[int, Matter]]] = defaultdict(list)
    for place, report in enumerate(reports):
        try:
            matter = read_matter(report, read_model)
        except UnusableReportError as error:
            findings[place] = Finding(report, Opinion.UNUSABLE, str(error))
            continue
        matters[str(report.model)].append((place, matter))
    for model, found in matters.items():
        problem = load_problem(model)
        entries = labelled(problem, [{**matter.question, **matter.brought} for _, matter in found])
        truths = shown_answers(model, entries[problem.answer_column])
        groups = {item.name: item.group(entries) for item in problem.slices}
        for row, (place, matter) in enumerate(found):
            entry = take(entries, slice(row, row + 1))
            of_row = {name: str(values[row]) for name, values in groups.items()}
            findings[place] = _judge(reports[place], matter, truths[row], (entry, of_row))
    return [findings[place] for place in range(len(reports))]


def labelled(problem: Problem, questions: Sequence[Table]) -> Table:
    """Return questions (one row each) with the engine's labels, in the columns of the problem's file.

    PROVENANCE columns that all of them bring are kept; the others are neutral.
    """
    asked = problem.names(Role.QUESTION)
    told = [name for name in problem.names(Role.PROVENANCE) if all(name in question for question in questions)]
    table = concatenate([{name: question[name] for name in (*asked, *told)} for question in questions])
    count = len(questions)
    brought = {
        column.name: np.full(count, neutral_value(column))
        for column in problem.columns
        if column.role is Role.PROVENANCE
    }
    whole = {**brought, **table}
    whole |= problem.label(whole)
    return {column.name: whole[column.name] for column in problem.columns}


def _judge(report: StoredFeedback, matter: Matter, truth: str, facts: tuple[Table, Mapping[str, str]]) -> Finding:
    right = same_answer(matter.reported, truth)
    was_right = _agrees(matter.given, truth) and _agrees(matter.proposed, truth)
    if was_right:
        opinion, reason = Opinion.ALREADY_RIGHT, f"the model was right: by the engine it is {truth}"
    elif right:
        opinion, reason = Opinion.CONFIRMED, f"the engine agrees: {truth}"
        reason += f"; {matter.caution}" if matter.caution else ""
    else:
        opinion = Opinion.CONTRADICTED
        reason = f"by the engine it is {truth}, not {matter.reported}; a truth of your own comes in as own data"
    entry, groups = facts
    return Finding(report, opinion, reason, matter.given, matter.reported, truth, entry, groups)


def _agrees(answer: str, truth: str) -> bool:
    if answer == NO_CLASH:  # a clash answer lists joints on demand only, so either may stand behind it
        return truth in ("NONE", "CONNECTION")
    return same_answer(answer, truth)


class Holdout:
    """The sealed holdout of a dataset, asked only whether a question is a near duplicate of one of its entries.

    ``files`` names the built file of each problem.
    """

    def __init__(self, files: Mapping[str, Path]) -> None:
        self._files = files
        self._keys: dict[str, NDArray[np.uint64]] = {}

    def refusal(self, finding: Finding) -> str | None:
        """Return why a confirmed finding's entry must not be trained on, or None where it may."""
        if finding.opinion is not Opinion.CONFIRMED or finding.entry is None:
            return finding.reason
        model = str(finding.report.model)
        problem = load_problem(model)
        if model not in self._keys:
            self._keys[model] = holdout_keys(problem, self._files[model])
        if np.isin(coarse_keys(problem, finding.entry), self._keys[model]).any():
            return "its question, or a near duplicate of it, is in the sealed holdout and must not be trained on"
        return None
