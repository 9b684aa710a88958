"""What all predictors that answer many questions at once are held to: the answers are those that each gets alone."""

from collections.abc import Sequence
from typing import Any

import pytest

from serving.predictors.contract import outcomes

CONFIDENCE_TOLERANCE = 1e-4
"""Networks round otherwise in batches of another size."""


def assert_same_as_alone(predictor: Any, requests: Sequence[Any], at_once: int = 8) -> None:
    """Ask in parts and one by one; every field, every refusal must be the same."""
    alone = outcomes(predictor.answer, requests)
    parts = [predictor.answer_together(requests[start : start + at_once]) for start in range(0, len(requests), at_once)]
    together = [outcome for part in parts for outcome in part]
    assert len(together) == len(alone)
    for one, other in zip(alone, together, strict=True):
        if isinstance(one, Exception):
            assert (type(other), str(other)) == (type(one), str(one))
            continue
        expected, found = one.model_dump(), other.model_dump()
        assert found.pop("confidence") == pytest.approx(expected.pop("confidence"), abs=CONFIDENCE_TOLERANCE)
        assert found == expected
