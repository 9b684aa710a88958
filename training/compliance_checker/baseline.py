"""The simple rule reader: a dictionary of the most common key spellings and patterns for names in notes.

No network: an entry whose key is in the dictionary gives its parameter; notes give a shape, a grade, a span and a bolt
line when they stand in the plainest form. The same engine decides.
"""

import re
from functools import cache

import numpy as np
from numpy.typing import NDArray

from structural.code_checks.parameters import parameter_table
from structural.code_checks.registry import answers
from structural.problems.compliance_checker.answering import parse_document
from structural.problems.compliance_checker.segments import Segment, segment_document
from structural.problems.compliance_checker.truth import evaluate_table
from structural.problems.compliance_checker.values import parse_value
from structural.problems.compliance_checker.wording import wording
from structural.tables import Table

_COMMON_KEYS = 3
_UNIT_TAIL = re.compile(r"[\s_]*[(\[][^)\]]*[)\]]$")
_PATTERNS = {
    "shape": re.compile(r"\b[Ww]\s?\d+\s?[xX×]\s?[\d.]+\b"),
    "steel_grade": re.compile(r"\bA(?:992|36|588)\b|\bA572[- ](?:Gr\.? ?)?\d\d"),
    "length_ft": re.compile(r"[\d.]+ ?(?:ft|m)(?= span)"),
    "bolt_grade": re.compile(r"\bA(?:325|490|307)\b"),
    "method": re.compile(r"\b(?:LRFD|ASD)\b"),
    "fy_ksi": re.compile(r"(?<=Fy = )[\d.]+ ?(?:ksi|MPa)"),
    "dead_load_klf": re.compile(r"(?<=D = )[\d.]+ ?(?:klf|kN/m)"),
    "live_load_klf": re.compile(r"(?<=L = )[\d.]+ ?(?:klf|kN/m)"),
}


def answer(questions: Table) -> NDArray[np.str_]:
    """Return the answers of the rule reader to a table of questions, shape (n,)."""
    rows = [_read(text) for text in questions["document"].tolist()]
    _, evaluation = evaluate_table(parameter_table(rows), questions["design_code"], questions["jurisdiction"])
    return answers(evaluation)


def _read(text: str) -> dict[str, float | str]:
    found: dict[str, float | str] = {}
    for segment in segment_document(parse_document(text)):
        name = _dictionary().get(_plain(segment.key))
        if name is not None:
            value = parse_value(name, segment.text[segment.start :], segment.key)
            if value is not None:
                found.setdefault(name, value.value)
                continue
        _read_patterns(segment, found)
    return found


def _read_patterns(segment: Segment, found: dict[str, float | str]) -> None:
    for name, pattern in _PATTERNS.items():
        match = pattern.search(segment.text, segment.start)
        if match:
            value = parse_value(name, match.group(), "")
            if value is not None:
                found.setdefault(name, value.value)


@cache
def _dictionary() -> dict[str, str]:
    table = {}
    for name, words in wording().items():
        for key in (*words.names[:_COMMON_KEYS], *words.symbols):
            for subscript in ("u", "a"):
                table[_plain(key.replace("~", subscript))] = name
    return table


def _plain(key: str) -> str:
    bare = _UNIT_TAIL.sub("", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", key))
    return re.sub(r"[^a-z0-9]+", " ", bare.lower()).strip()
