"""One computation for all who ask for the same thing at the same time, on the event loop and in threads alike."""

import threading
from concurrent.futures import Future
from typing import Generic, TypeVar

from serving.errors import ServingError

T = TypeVar("T")


class AbandonedError(ServingError):
    """The computation that others waited for was stopped, as on shutdown; ask again."""


class Flights(Generic[T]):
    """Computations under way by key. Thread-safe.

    The first to `join` a key leads: it must `land` or `fail` the flight. The others wait for the future.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flying: dict[object, Future[T]] = {}

    def join(self, key: object) -> tuple[Future[T], bool]:
        """Return the flight of a key and whether the caller leads it."""
        with self._lock:
            flight = self._flying.get(key)
            if flight is not None:
                return flight, False
            flight = Future()
            flight.set_running_or_notify_cancel()  # a waiter that is cancelled cannot cancel it for the others now
            self._flying[key] = flight
            return flight, True

    def land(self, key: object, result: T) -> None:
        """Give everyone the result; who asks from now on starts anew."""
        self._take(key).set_result(result)

    def fail(self, key: object, error: BaseException) -> None:
        """Give everyone the error; one that ends the computing task or process becomes `AbandonedError` to others."""
        told = error if isinstance(error, Exception) else AbandonedError("the computation was stopped; ask again")
        self._take(key).set_exception(told)

    def __len__(self) -> int:
        """Return how many are under way."""
        return len(self._flying)

    def _take(self, key: object) -> "Future[T]":
        with self._lock:
            return self._flying.pop(key)
