"""The parts of a model that an experiment may leave out, to see what each of them buys."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from training.errors import TrainingError


def checked_parts(
    problem: str, given: Iterable[str], known: tuple[str, ...], *, at_least_one: bool = False
) -> tuple[str, ...]:
    """Return the given parts in the order of ``known``; an unknown one, or none where one is needed, raises.

    The order in which parts are given does not count. Raises `TrainingError` with the parts there are.
    """
    wanted = {given} if isinstance(given, str) else set(given)
    unknown = sorted(map(str, wanted - set(known)))
    if unknown:
        raise TrainingError(f"{problem}: unknown part {unknown[0]!r}; known: {', '.join(known)}")
    if at_least_one and not wanted:
        raise TrainingError(f"{problem}: no part is left; keep at least one of {', '.join(known)}")
    return tuple(part for part in known if part in wanted)


def card_params(params: Any, known: tuple[str, ...]) -> dict[str, Any]:
    """Return the hyper-parameters as a model card states them: parts are named only when some are left out."""
    stated: dict[str, Any] = asdict(params)
    if stated["parts"] == known:
        del stated["parts"]
    return stated
