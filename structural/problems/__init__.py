"""The five problems, by name. Each has a folder with `request`, `sampler`, `truth` and `encoding`."""

from importlib import import_module

from structural.errors import StructuralError
from structural.problem import Problem

PROBLEM_NAMES = (
    "connection_designer",
    "section_optimizer",
    "clash_detector",
    "compliance_checker",
    "risk_analyzer",
)


def load_problem(name: str) -> Problem:
    """Return the problem definition of that name; an unknown name raises `StructuralError` with the known ones."""
    if name not in PROBLEM_NAMES:
        raise StructuralError(f"unknown problem {name!r}; known: {', '.join(PROBLEM_NAMES)}", field="problem")
    problem = import_module(f"structural.problems.{name}").PROBLEM
    if not isinstance(problem, Problem):
        raise StructuralError(f"structural.problems.{name}.PROBLEM is not a Problem")
    return problem
