"""The lightest section that passes, found among all without looking at the proposal, is the truth.

A question that no section answers is refused and leaves no prediction, so none is judged here.
"""

from serving.labelling.contract import Given, Judgement
from serving.predictors.section_optimizer import to_questions
from structural.problems.section_optimizer.request import NO_SECTION
from structural.problems.section_optimizer.truth import label
from structural.shapes import display_name


def judge(given: Given) -> Judgement:
    """Judge the section that the trees proposed."""
    section = str(label(to_questions([given.request]))["section"][0])
    name = section if section == NO_SECTION else display_name(section)
    return Judgement(given.output["model_section"] == name, {"section": name})
