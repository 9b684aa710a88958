"""The connection designer: the cheapest steel connection that carries a load, and what it carries."""

from structural.problem import Problem
from structural.problems.connection_designer.request import QUESTION_COLUMNS
from structural.problems.connection_designer.rules import RULES, SLICES
from structural.problems.connection_designer.sampler import sample
from structural.problems.connection_designer.truth import LABEL_COLUMNS, label

PROBLEM = Problem(
    name="connection_designer",
    title="Connection designer",
    columns=(*QUESTION_COLUMNS, *LABEL_COLUMNS),
    answer_column="connection_type",
    sample=sample,
    label=label,
    rules=RULES,
    slices=SLICES,
)
