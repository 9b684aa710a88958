"""Who stands behind a decision of the ledger: the user, and how the work was started."""

import getpass
from enum import StrEnum


class Start(StrEnum):
    """How a run was started."""

    BY_HAND = "run by hand"
    SCHEDULED = "scheduled run"


def run_actor(start: Start) -> str:
    """Return the actor of what a run decides: ``"ana, scheduled run"``."""
    return f"{user()}, {start.value}"


def hand_actor(what: str) -> str:
    """Return the actor of something a person did on the command line: ``"ana, rollback by hand"``."""
    return f"{user()}, {what} by hand"


def user() -> str:
    """Return the name of the user of this process, ``"unknown user"`` for an id without a name (containers)."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown user"
