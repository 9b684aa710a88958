"""A stored report as the question it is about and the answers that stand against one another.

One reader a model turns the stored request into the dataset's QUESTION columns, by the same code as the service does.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from flows.errors import FlowError
from flows.feedback.documents import annotate, given_answer, verdict
from flows.questions import read_question
from serving.errors import RequestError
from serving.ifc.results import Read
from serving.store.feedback import StoredFeedback
from structural.errors import StructuralError
from structural.tables import Table

NO_CLASH = "no clash"
"""What a clash answer says of a pair that it lists neither as a clash nor as a connection."""

ReadModel = Callable[[str, str], Read]
"""Reads the IFC model of a key for a client."""


class UnusableReportError(FlowError):
    """A report from which no question or no answer can be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Matter:
    """What a report is about.

    ``question`` holds the QUESTION columns of one row; the answers are as the public response writes them:
    ``reported`` what should have been answered, ``given`` what was, ``proposed`` what the model said before the
    engine's proof (the same where there is none). ``brought`` holds PROVENANCE columns that the report itself tells,
    ``caution`` what the engine cannot know of it.
    """

    question: Table
    reported: str
    given: str
    proposed: str
    brought: Table = field(default_factory=dict)
    caution: str = ""


def read_matter(report: StoredFeedback, read_model: ReadModel) -> Matter:
    """Return what a report is about; ``read_model`` is asked for reports on clashes.

    Raises `UnusableReportError` when its prediction or input is not stored, when the input is no request, or when the
    report does not name the answer that should have been given.
    """
    if report.model is None or report.input is None:
        raise UnusableReportError(
            f"no stored input of prediction {report.prediction_id}: there is nothing to learn from"
        )
    if report.model not in _READERS:
        raise UnusableReportError(f"{report.model} is no model that learns from reports; known: {', '.join(_READERS)}")
    try:
        return _READERS[report.model](report, read_model)
    except RequestError as error:
        raise UnusableReportError(f"the stored input cannot be used: {error}") from error
    except (ValueError, TypeError, StructuralError) as error:  # pydantic's errors are ValueErrors
        raise UnusableReportError(f"the stored input is no request of today's contract: {error}") from error


def shown_answers(model: str, truths: np.ndarray) -> list[str]:
    """Return answers of the dataset's answer column (n,) as the public response writes them."""
    from structural.problems.connection_designer.catalogue import DISPLAY_NAMES
    from structural.problems.section_optimizer.request import NO_SECTION
    from structural.shapes import display_name

    names = [str(name) for name in truths.tolist()]
    if model == "section_optimizer":
        return [name if name == NO_SECTION else display_name(name) for name in names]
    if model == "connection_designer":
        return [DISPLAY_NAMES[name] for name in names]
    return names


def same_answer(one: str, other: str) -> bool:
    """Return whether two answers are the same but for case, spaces, and the signs for "by" and for a line."""
    return _plain(one) == _plain(other)


def _plain(answer: str) -> str:
    return "".join(answer.casefold().replace("×", "x").replace("-", " ").replace("_", " ").split())


def _section(report: StoredFeedback, _: ReadModel) -> Matter:
    question = read_question("section_optimizer", report.input)
    return _matter(question, report, "recommended_section", "model_section")


def _connection(report: StoredFeedback, _: ReadModel) -> Matter:
    question = read_question("connection_designer", report.input)
    return _matter(question, report, "connection_type", "model_proposal")


def _risk(report: StoredFeedback, _: ReadModel) -> Matter:
    return _matter(read_question("risk_analyzer", report.input), report, "overall_risk", "overall_risk")


def _clash(report: StoredFeedback, read_model: ReadModel) -> Matter:
    """Read a report on one pair: ``{"member1": …, "member2": …, "pair_class": "CONNECTION"}``, names or GlobalIds."""
    from serving.schemas.clash_detector import Request
    from structural.problems.clash_detector.encoding import order_pairs
    from structural.problems.clash_detector.members import write_members
    from structural.problems.clash_detector.request import CLASSES

    request = Request.model_validate(report.input)
    pair = [_text(report.actual, name) for name in ("member1", "member2")]
    reported = _text(report.actual, "pair_class").upper()
    if reported not in CLASSES:
        raise UnusableReportError(f"pair_class is {reported!r}; it is one of {', '.join(CLASSES)}")
    model = read_model(request.model_ifc, report.client_id)
    places = [_member(model, name) for name in pair]
    one, other = (model.members.take(np.array([place])) for place in places)
    pairs = order_pairs(one, other, np.array([request.tolerance_mm]))
    question = {**write_members(pairs.first, pairs.second), "tolerance_mm": pairs.tolerance_mm}
    given = _listed(report.predicted, {model.guids[place] for place in places})
    return Matter(question, reported, given, given)


def _compliance(report: StoredFeedback, _: ReadModel) -> Matter:
    """Read a report on a document: what its answer misread, see `documents`; the rules then give the verdict."""
    question = read_question("compliance_checker", report.input)
    try:
        annotated = annotate(question, report.predicted, report.actual)
    except StructuralError as error:
        raise UnusableReportError(str(error)) from error
    given = given_answer(report.predicted)
    reported = verdict(question, annotated)
    return Matter(question, reported, given, given, annotated, "read the document: each value stands in it, no more")


def _member(model: Read, name: str) -> int:
    found = [at for at, names in enumerate(zip(model.guids, model.names, strict=True)) if name in names]
    if len(found) != 1:
        many = "more than one member" if found else "no member"
        raise UnusableReportError(f"the model has {many} called {name!r}; give the GlobalId of one")
    return found[0]


def _listed(answer: Any, guids: set[str]) -> str:
    lists: Mapping[str, Any] = answer if isinstance(answer, Mapping) else {}
    for clash in lists.get("clashes", ()):
        if {clash["guid1"], clash["guid2"]} == guids:
            return str(clash["severity"])
    for joint in lists.get("connections", ()):
        if {joint["guid1"], joint["guid2"]} == guids:
            return "CONNECTION"
    return NO_CLASH


def _matter(question: Table, report: StoredFeedback, answer: str, proposal: str) -> Matter:
    predicted = report.predicted if isinstance(report.predicted, Mapping) else {}
    given = str(predicted.get(answer, ""))
    return Matter(question, _text(report.actual, answer), given, str(predicted.get(proposal, given)))


def _text(actual: Any, name: str) -> str:
    if not isinstance(actual, Mapping) or not isinstance(actual.get(name), str) or not actual[name].strip():
        raise UnusableReportError(f"the report does not say what {name!r} should have been")
    return str(actual[name]).strip()


_READERS: Mapping[str, Callable[[StoredFeedback, ReadModel], Matter]] = {
    "section_optimizer": _section,
    "connection_designer": _connection,
    "risk_analyzer": _risk,
    "clash_detector": _clash,
    "compliance_checker": _compliance,
}
