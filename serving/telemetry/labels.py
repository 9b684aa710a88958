"""Label values that stay few, whatever clients send: every value is one of a known list or ``other``."""

import re
from collections.abc import Iterable, Mapping

OTHER = "other"
METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
OUTCOMES = frozenset({"answered", "cached", "abstained", "refused", "failed"})
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,63}")
_PARAMETER = re.compile(r"\{[^{}/]+\}")


class RouteTable:
    """The routes of the service and the model behind each.

    Parameters
    ----------
    models : route template, for example ``/api/v1/jobs/{job_id}``, to the name of its model; an empty name for none.
    """

    def __init__(self, models: Mapping[str, str]) -> None:
        self._models = dict(models)
        self._patterns = tuple(
            (re.compile(_PARAMETER.sub("[^/]+", re.escape(route).replace(r"\{", "{").replace(r"\}", "}"))), route)
            for route in models
            if _PARAMETER.search(route)
        )

    def template(self, path: str) -> str:
        """Return the template that a path belongs to, or ``other``."""
        if path in self._models:
            return path
        return next((route for pattern, route in self._patterns if pattern.fullmatch(path)), OTHER)

    def model(self, route: str) -> str:
        """Return the name of the model behind a template; empty when there is none or the route is unknown."""
        return self._models.get(route, "")


class BoundedNames:
    """Lets the first ``limit`` well-formed names through and calls every further one ``other``.

    Parameters
    ----------
    limit : how many names may become label values, >= 1.
    known : names that are let through from the start, not counted against the limit.
    """

    def __init__(self, limit: int, known: Iterable[str] = ()) -> None:
        self._admitted = {*known, OTHER, ""}
        self._room = limit

    def __call__(self, name: str) -> str:
        """Return the name, or ``other`` when it is malformed or one too many."""
        if name in self._admitted:
            return name
        if self._room <= 0 or not _NAME.fullmatch(name):
            return OTHER
        self._room -= 1
        self._admitted.add(name)
        return name


def status_class(status: int) -> str:
    """Return ``2xx`` and the like for an HTTP status of 100 to 599, else ``other``."""
    return f"{status // 100}xx" if 100 <= status <= 599 else OTHER


def method_label(method: str) -> str:
    """Return a known HTTP method, or ``other``."""
    return method if method in METHODS else OTHER
