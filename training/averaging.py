"""The running average of a network's weights, which generalises better than its last ones."""


def decay_at(update: int, decay: float) -> float:
    """Return how much of the average stays at an update, the first of which is 1.

    It rises towards ``decay``: an average that began as slowly as it goes on would still hold the random weights of the
    first steps when a short training ends.
    """
    return min(decay, (1.0 + update) / (10.0 + update))
