"""The engine details every family; the cheapest adequate one is the truth, by the prices in force."""

from typing import cast

from serving.labelling.contract import Given, Judgement
from serving.predictors.connection_designer import Predictor, joint_of
from structural.problems.connection_designer.catalogue import DISPLAY_NAMES, FAMILIES
from structural.problems.connection_designer.truth import decide, detail


def judge(given: Given) -> Judgement:
    """Judge the family that the network proposed."""
    joint = joint_of(given.request)
    verdict = decide(joint, detail(joint, cast(Predictor, given.predictor).prices))
    name = DISPLAY_NAMES[FAMILIES[int(verdict.family)]]
    return Judgement(given.output["model_proposal"] == name, {"connection_type": name})
