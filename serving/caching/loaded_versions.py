"""Predictors of versions used lately: going back to one, or switching to and fro, loads nothing."""

import time
from collections.abc import Callable
from typing import Generic, TypeVar

from serving.caching.flights import Flight, Flights
from serving.caching.memory import TtlCache

P = TypeVar("P")


class LoadedVersions(Generic[P]):
    """Loaded models by problem and version; the least recently used goes first. Thread-safe; loading blocks.

    What is in service is held by those who serve it: a version that goes from here is not unloaded under them.

    Parameters
    ----------
    max_models : how many are kept, all problems together.
    ttl_s : a version is kept this long after it was last asked for.
    clock : seconds.
    """

    def __init__(self, max_models: int, ttl_s: float, clock: Callable[[], float] = time.time) -> None:
        self._loaded: TtlCache[P] = TtlCache(max_models, ttl_s, clock=clock)
        self._flights: Flights[P] = Flights()

    def find(self, problem: str, version: str) -> P | None:
        """Return a version that is kept, for which its time starts anew; None for any other."""
        known = self._loaded.get((problem, version))
        if known is not None:
            self._loaded.put((problem, version), known)
        return known

    def get_or_load(self, problem: str, version: str, loader: Callable[[], P]) -> P:
        """Return the loaded version, else load it; threads that ask at once load it once.

        Raises what ``loader`` raises, to all who wait; nothing is kept then.
        """
        key = (problem, version)
        known = self._loaded.get(key)
        if known is None:
            flight, leads = self._flights.join(key)
            known = self._load(key, flight, loader) if leads else flight.outcome.result()
        self._loaded.put(key, known)  # its time starts anew with each use
        return known

    def forget(self, problem: str, version: str) -> None:
        """Forget a version, as after its artifact was refused."""
        self._loaded.drop((problem, version))

    def expire(self) -> None:
        """Let go of versions whose time is over."""
        self._loaded.expire()

    def __len__(self) -> int:
        """Return how many are kept."""
        return len(self._loaded)

    def _load(self, key: tuple[str, str], flight: Flight[P], loader: Callable[[], P]) -> P:
        try:
            loaded = self._loaded.get(key) or loader()
        except BaseException as error:
            self._flights.fail(key, flight, error)
            raise
        self._flights.land(key, flight, loaded)
        return loaded
