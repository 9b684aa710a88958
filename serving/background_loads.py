"""Versions are loaded beside the thread that follows, so that weights count in time while one loads slowly."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from serving.artifacts import Artifact
from serving.errors import ServingError
from serving.loaded_models import Served

log = logging.getLogger("sdai.serving")


class Loader(Protocol):
    """The part of `serving.loading.ModelLoader` that is needed here."""

    def find(self, problem: str, artifact: Artifact) -> Served | None:
        """Return a version that was loaded lately, at once; None for any other."""

    def load(self, problem: str, artifact: Artifact) -> Served:
        """Return a version ready to answer."""


class UnwantedError(ServingError):
    """Before its turn came another version was wanted."""


@dataclass(frozen=True, slots=True)
class _Load:
    artifact: Artifact
    loaded: "Future[Served]"


class BackgroundLoads:
    """Loads versions, one after another, each problem's newest wish; asked by one thread what has become of it.

    What was loaded lately waits for nothing, and what is no longer wanted when its turn comes is not loaded.

    Parameters
    ----------
    loader : makes versions ready.
    """

    def __init__(self, loader: Loader) -> None:
        self._loader = loader
        self._on_done: Callable[[], None] = lambda: None
        self._under_way: dict[str, _Load] = {}
        self._one_at_a_time = threading.Lock()

    def take(self, problem: str, artifact: Artifact, *, waits: bool) -> Served | None:
        """Return a version that has been loaded, None while it is being; the first call begins with it.

        ``waits`` returns it in any case. Raises what loading has raised, after which the next call begins anew.
        """
        known = self._loader.find(problem, artifact)
        if known is not None:
            self.forget(problem)
            return known
        under_way = self._under_way.get(problem)
        if under_way is None or under_way.artifact != artifact:
            under_way = self._begin(problem, artifact)
        if not waits and not under_way.loaded.done():
            return None
        try:
            return under_way.loaded.result()
        finally:
            del self._under_way[problem]

    def tell(self, on_done: Callable[[], None]) -> None:
        """Have ``on_done`` called, in another thread, whenever there is something to take."""
        self._on_done = on_done

    def forget(self, problem: str) -> None:
        """Want nothing more of a problem: what is being loaded is not waited for."""
        self._under_way.pop(problem, None)

    def _begin(self, problem: str, artifact: Artifact) -> _Load:
        begun = self._under_way[problem] = _Load(artifact, Future())
        # A daemon: a process that ends does not wait for a version that nobody will ask.
        threading.Thread(target=self._run, args=(problem, begun), name=f"load-{problem}", daemon=True).start()
        return begun

    def _run(self, problem: str, begun: _Load) -> None:
        with self._one_at_a_time:
            try:
                if not self._is_wanted(problem, begun):
                    raise UnwantedError(f"version {begun.artifact.version} is not wanted any more")
                begun.loaded.set_result(self._loader.load(problem, begun.artifact))
            except BaseException as error:  # noqa: BLE001  (told to who takes it)
                if not self._is_wanted(problem, begun):  # so nobody will
                    told = "version %s, which is not wanted any more, was not loaded: %s"
                    log.info(told, begun.artifact.version, error, extra={"model": problem})
                begun.loaded.set_exception(error)
        self._on_done()

    def _is_wanted(self, problem: str, begun: _Load) -> bool:
        return self._under_way.get(problem) is begun
