"""What follows from the two counts of a sliding window: how many requests are left, and how long to wait for one."""

import math
from typing import NamedTuple


class Window(NamedTuple):
    """The state of one client, as `limits` keeps it; all times in seconds.

    ``previous`` requests came in the period before, of which ``previous_ttl_s`` still lies within the last
    ``period_s``; ``current`` came since, and are forgotten in ``current_ttl_s``, one period after their own has ended.
    """

    period_s: int
    previous: int
    previous_ttl_s: float
    current: int
    current_ttl_s: float

    @property
    def weighted(self) -> float:
        """Requests in the last period, supposing that those of the period before came evenly."""
        return self.previous * self.previous_ttl_s / self.period_s + self.current

    @property
    def left_s(self) -> float:
        """How long the present period lasts."""
        return max(self.current_ttl_s - self.period_s, 0.0) if self.current else self.previous_ttl_s

    def has_room(self, limit: int, cost: int) -> bool:
        """Return whether ``cost`` more requests are within the limit."""
        return math.floor(self.weighted) + cost <= limit

    def remaining(self, limit: int) -> int:
        """Return how many more are within the limit now."""
        return max(0, limit - math.floor(self.weighted))

    def wait_s(self, limit: int, cost: int) -> float:
        """Return after how long ``cost`` more are within the limit, if no others come: 0 for now.

        A cost above the limit never is; a whole period is returned.
        """
        room = limit - cost + 1
        if room <= 0:
            return float(self.period_s)
        if self.weighted < room:
            return 0.0
        if self.current < room:  # the period before must weigh less than what the present one leaves
            return self.previous_ttl_s - self.period_s * (room - self.current) / self.previous
        # the present period must end, and then weigh less than the whole room
        return self.left_s + self.period_s * (1 - room / self.current)
