"""Columns of the compliance problem."""

from structural.code_checks.jurisdictions import DESIGN_CODES, JURISDICTIONS
from structural.problem import Column, Kind, Role
from structural.problems.compliance_checker.designs import TOPICS

COLUMNS = (
    Column("document", Kind.TEXT, Role.QUESTION, "", "design parameters as given: a JSON object of any keys and notes"),
    Column("design_code", Kind.CATEGORY, Role.QUESTION, "", "design code", categories=DESIGN_CODES),
    Column(
        "jurisdiction",
        Kind.CATEGORY,
        Role.QUESTION,
        "",
        "authority having jurisdiction",
        categories=tuple(JURISDICTIONS),
    ),
    Column(
        "parameters",
        Kind.TEXT,
        Role.PROVENANCE,
        "",
        "canonical parameters that the document states, JSON object; a list of two values is a contradiction",
    ),
    Column(
        "annotations",
        Kind.TEXT,
        Role.PROVENANCE,
        "",
        "for each segment the [start, end, parameter] of its values, JSON list; empty where unknown",
    ),
    Column("topic", Kind.CATEGORY, Role.PROVENANCE, "", "what the document is about", categories=tuple(TOPICS)),
    Column("unit_system", Kind.CATEGORY, Role.PROVENANCE, "", "units used", categories=("us", "metric", "mixed")),
    Column(
        "phrasing",
        Kind.CATEGORY,
        Role.PROVENANCE,
        "",
        "spellings of the training distribution, or the reserved ones",
        categories=("familiar", "held_out"),
    ),
    Column(
        "violations",
        Kind.TEXT,
        Role.LABEL,
        "",
        "ids of violated checks, sorted and joined by |, those lacking an input marked ?; none when compliant; "
        "contradiction: and the parameters that are given two values",
    ),
    Column("compliant", Kind.BOOLEAN, Role.LABEL, "1", "no violated check and none that lacks an input"),
)
