"""The question that a version has to answer before it is put in service."""

from importlib import import_module
from typing import Any

import numpy as np

from serving.predictors.contract import Predictor
from structural.problem import Role
from structural.problems import load_problem

PAIRS = "clash_detector"


def probe(problem: str, predictor: Predictor) -> None:
    """Have a predictor answer the sample request of its problem; raises whatever goes wrong with that.

    A clash request names a model file that need not be on this machine, so there the question is one drawn pair of
    members. Takes a few milliseconds, the clash detector's some fifty.
    """
    if problem == PAIRS:
        drawn = load_problem(problem).sample(1, np.random.default_rng(0))
        questions = {name: drawn[name] for name in load_problem(problem).names(Role.QUESTION)}
        predictor.prove(questions, predictor.propose(questions))
    else:
        predictor.answer(sample_request(problem))


def sample_request(problem: str) -> Any:
    """Return the example of a problem's request schema, validated."""
    schema = import_module(f"serving.schemas.{problem}").Request
    return schema.model_validate(schema.model_config["json_schema_extra"]["example"])
