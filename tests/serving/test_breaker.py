"""The circuit breaker: when it opens, who may try, what closes it."""

from serving.breaker import CircuitBreaker


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_it_opens_after_failures_in_a_row_only() -> None:
    breaker = CircuitBreaker(3, 5.0, Clock())
    for _ in range(5):
        breaker.failed()
        breaker.failed()
        breaker.succeeded()
    assert breaker.allows()
    for _ in range(3):
        breaker.failed()
    assert breaker.is_open
    assert not breaker.allows()


def test_one_caller_tries_when_its_time_is_over() -> None:
    clock = Clock()
    breaker = CircuitBreaker(1, 5.0, clock)
    breaker.failed()
    clock.now_s = 4.9
    assert not breaker.allows()
    clock.now_s = 5.0
    assert [breaker.allows() for _ in range(4)] == [True, False, False, False]


def test_a_trial_decides() -> None:
    clock = Clock()
    breaker = CircuitBreaker(1, 5.0, clock)
    breaker.failed()
    clock.now_s = 5.0
    assert breaker.allows()
    breaker.failed()
    clock.now_s = 9.9
    assert not breaker.allows()
    clock.now_s = 10.0
    assert breaker.allows()
    breaker.succeeded()
    assert not breaker.is_open
    assert [breaker.allows() for _ in range(3)] == [True, True, True]


def test_a_trial_whose_outcome_is_never_told_is_followed_by_another() -> None:
    clock = Clock()
    breaker = CircuitBreaker(1, 5.0, clock)
    breaker.failed()
    clock.now_s = 5.0
    assert breaker.allows()
    clock.now_s = 10.0
    assert breaker.allows()


def test_the_first_failure_and_the_one_that_opens_are_worth_a_word() -> None:
    breaker = CircuitBreaker(3, 5.0, Clock())
    assert [breaker.failed() for _ in range(5)] == [True, False, True, False, False]
    breaker.succeeded()
    assert breaker.failed()
