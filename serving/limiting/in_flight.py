"""How many requests a worker answers at once: one more is refused at once, before it costs anything."""


class InFlight:
    """Counts requests under way, on one event loop.

    ``max_requests`` is the most that may be under way; ``retry_after_s`` is what a refused client is told (503).
    """

    __slots__ = ("current", "max_requests", "peak", "refused", "retry_after_s")

    def __init__(self, max_requests: int, retry_after_s: int = 1) -> None:
        self.max_requests = max_requests
        self.retry_after_s = retry_after_s
        self.current = 0
        self.peak = 0
        self.refused = 0

    def enter(self) -> bool:
        """Return whether one more may begin; after true, `leave` must be called when it has ended."""
        if self.current >= self.max_requests:
            self.refused += 1
            return False
        self.current += 1
        self.peak = max(self.peak, self.current)
        return True

    def leave(self) -> None:
        """Note that one has ended. Raises `RuntimeError` where none is under way."""
        if self.current == 0:
            raise RuntimeError("leave() without enter(): a request was counted out twice")
        self.current -= 1

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way, as a drain waits for."""
        return self.current == 0
