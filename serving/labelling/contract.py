"""What a judge of answers is given and what it says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from serving.predictors.contract import Predictor
from structural.problems import PROBLEM_NAMES


@dataclass(frozen=True, slots=True)
class Given:
    """An answer that was given: the validated request, the answer's JSON, the version that gave it, who asked.

    ``chance`` (0 up to 1) is the prediction's own, for a judge that looks at a part: it looks at the same one again.
    """

    request: Any
    output: Mapping[str, Any]
    predictor: Predictor
    client: str
    chance: float


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether the model's proposal is right, None where the engine cannot say, and the truth, JSON-ready."""

    is_correct: bool | None
    truth: Mapping[str, Any] = field(default_factory=dict)


Judge = Callable[[Given], Judgement]


def load_judges() -> dict[str, Judge]:
    """Return the judge of each problem."""
    return {name: import_module(f"serving.labelling.{name}").judge for name in PROBLEM_NAMES}
