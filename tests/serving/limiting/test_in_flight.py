"""Requests at once."""

import pytest

from serving.limiting import InFlight


def test_one_more_than_allowed_is_refused_until_one_has_ended() -> None:
    limit = InFlight(2)
    assert [limit.enter() for _ in range(4)] == [True, True, False, False]
    limit.leave()
    assert limit.enter()
    assert (limit.current, limit.peak, limit.refused) == (2, 2, 2)


def test_it_is_idle_when_all_have_ended() -> None:
    limit = InFlight(3)
    limit.enter()
    limit.enter()
    limit.leave()
    assert not limit.is_idle
    limit.leave()
    assert limit.is_idle
    with pytest.raises(RuntimeError, match="counted out twice"):
        limit.leave()
