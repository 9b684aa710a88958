"""Whether two versions gave the same answer to a mirrored question: the part of an answer that is the model's. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

Answer = Mapping[str, Any]


def differs(model: str, champion: Any, candidate: Any) -> bool | None:
    """Return whether two stored outputs of a model say different things, None where one of them was not kept."""
    if not isinstance(champion, Mapping) or not isinstance(candidate, Mapping):
        return None
    decisive = DECISIVE[model]
    return bool(decisive(champion) != decisive(candidate))


def _clashes(answer: Answer) -> Any:
    return {(item.get("guid1"), item.get("guid2"), item.get("severity")) for item in answer.get("clashes", ())}


def _verdict(answer: Answer) -> Any:
    failed = {item.get("check_id") for item in answer.get("violations", ())}
    return answer.get("compliant"), failed


DECISIVE: Mapping[str, Callable[[Answer], Any]] = {
    "connection_designer": lambda answer: answer.get("connection_type"),
    "section_optimizer": lambda answer: answer.get("recommended_section"),
    "clash_detector": _clashes,
    "compliance_checker": _verdict,
    "risk_analyzer": lambda answer: answer.get("overall_risk"),
}
"""What of an answer is compared: the answer itself, without confidences, times and names of the exchange."""
