"""What is asked of a candidate anew, though it was asked before."""

from typing import Any

import pytest

from flows.candidates import holds_in_the_service

LIMITS_MS = {"risk_analyzer": 50.0, "section_optimizer": 50.0}


@pytest.mark.parametrize(
    ("serveable", "p95_ms", "holds"),
    [(True, 50.0, True), (True, 50.1, False), (False, None, False), (True, None, True)],
)
def test_a_refusal_or_slow_answers_do_not_hold(serveable: bool, p95_ms: float | None, holds: bool) -> None:
    probes: dict[str, Any] = {
        "risk_analyzer": {"serveable": True, "p95_ms": 3.0},
        "section_optimizer": {"serveable": serveable, "p95_ms": p95_ms},
    }
    assert holds_in_the_service(probes, LIMITS_MS) is holds
