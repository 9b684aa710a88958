"""JSON objects that can be read in one way only."""

import json
from typing import Any, NoReturn


def read_object(raw: bytes) -> dict[str, Any]:
    """Return a JSON object in UTF-8.

    A name that stands twice, NaN, Infinity, nesting without end, and anything but an object raise ``ValueError``:
    where parsers differ, one of them may see other claims than the one that checked them.
    """
    try:
        found = json.loads(raw.decode("utf-8"), object_pairs_hook=_each_once, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not isinstance(found, dict):
        raise ValueError("it is not an object")  # noqa: TRY004  (one kind of error for all that is unreadable)
    return found


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
