"""One computation for all who ask for the same thing at the same time, on the event loop and in threads alike."""

import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from serving.errors import ServingError

T = TypeVar("T")


class AbandonedError(ServingError):
    """The computation that others waited for was stopped, as on shutdown; ask again."""


@dataclass(slots=True, eq=False)
class Flight(Generic[T]):
    """One computation: what comes of it, and how many wait for that."""

    outcome: Future[T] = field(default_factory=Future)
    waiting: int = 1


class Flights(Generic[T]):
    """Computations under way by key. Thread-safe.

    The first to `join` a key leads: it must `land` or `fail` the flight. The others wait for its outcome. Whoever stops
    waiting before there is one must `leave`, where flights may be forsaken.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flying: dict[object, Flight[T]] = {}

    def join(self, key: object) -> tuple[Flight[T], bool]:
        """Return the flight of a key and whether the caller leads it."""
        with self._lock:
            flight = self._flying.get(key)
            if flight is not None:
                flight.waiting += 1
                return flight, False
            flight = Flight()
            flight.outcome.set_running_or_notify_cancel()  # no waiter that is cancelled can cancel it for the others
            self._flying[key] = flight
            return flight, True

    def leave(self, flight: Flight[T]) -> None:
        """Wait for a flight no more."""
        with self._lock:
            flight.waiting -= 1

    def forsake(self, key: object, flight: Flight[T]) -> bool:
        """Return whether nobody waits for a flight; it is given up then, and who asks from now on starts anew."""
        with self._lock:
            if flight.waiting:
                return False
            self._take(key, flight)
            return True

    def land(self, key: object, flight: Flight[T], result: T) -> None:
        """Give everyone the result; who asks from now on starts anew."""
        with self._lock:
            self._take(key, flight)
        flight.outcome.set_result(result)

    def fail(self, key: object, flight: Flight[T], error: BaseException) -> None:
        """Give everyone the error; one that ends the computing task or process becomes `AbandonedError` to others."""
        told = error if isinstance(error, Exception) else AbandonedError("the computation was stopped; ask again")
        with self._lock:
            self._take(key, flight)
        flight.outcome.set_exception(told)

    def __len__(self) -> int:
        """Return how many are under way."""
        return len(self._flying)

    def _take(self, key: object, flight: Flight[T]) -> None:
        """Let a key have another flight; it has one already where this one was forsaken."""
        if self._flying.get(key) is flight:
            del self._flying[key]
