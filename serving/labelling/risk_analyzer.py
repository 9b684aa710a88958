"""The class of the reference model's expected score is the truth: what the accuracy of this problem is measured by.

It says nothing of how a project ended; only reports of clients do.
"""

from serving.labelling.contract import Given, Judgement
from serving.predictors.risk_analyzer import question_table
from structural.problems.risk_analyzer.truth import label


def judge(given: Given) -> Judgement:
    """Judge the class that the ensemble gave."""
    labels = label(question_table([given.request]))
    risk = str(labels["overall_risk"][0])
    truth = {"overall_risk": risk, "risk_score": round(float(labels["risk_score"][0]), 4)}
    return Judgement(given.output["overall_risk"] == risk, truth)
