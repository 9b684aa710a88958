"""One near pair of the model, drawn by chance, is classified by the written rule on exact geometry.

The accuracy of this problem is that of a pair. A whole model is right only when all of its hundreds of pairs are, which
would make every large model wrong; one pair drawn from each makes the share of right ones the accuracy of a pair.
"""

from typing import cast

from serving.errors import RequestError
from serving.labelling.contract import Given, Judgement
from serving.predictors.clash_detector import Predictor


def judge(given: Given) -> Judgement:
    """Judge the network's class of one pair; undecided without one, of approximated members, and with the file gone."""
    try:
        pair = cast(Predictor, given.predictor).compare_pair(given.request, given.client, given.chance)
    except RequestError:
        return Judgement(None)
    if pair is None:
        return Judgement(None)
    truth = {"member1": pair.guids[0], "member2": pair.guids[1], "pair_class": pair.truth, "proposed": pair.proposed}
    return Judgement(pair.proposed == pair.truth, truth)
