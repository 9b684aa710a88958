"""The clash detector: which pairs of members clash, which meet on purpose, and how severe a clash is."""

from structural.problem import Problem
from structural.problems.clash_detector.request import COLUMNS
from structural.problems.clash_detector.rules import RULES, SLICES
from structural.problems.clash_detector.sampler import sample
from structural.problems.clash_detector.truth import label

PROBLEM = Problem(
    name="clash_detector",
    title="Clash detector",
    columns=COLUMNS,
    answer_column="pair_class",
    sample=sample,
    label=label,
    rules=RULES,
    slices=SLICES,
    group_column="building_id",
)
