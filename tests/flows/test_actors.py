"""The names that stand in the ledger."""

import pytest

from flows import actors
from flows.actors import Start, hand_actor, run_actor


@pytest.fixture
def _ana(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actors.getpass, "getuser", lambda: "ana")


@pytest.mark.usefixtures("_ana")
def test_an_actor_is_a_user_and_how_the_work_was_started() -> None:
    assert run_actor(Start.BY_HAND) == "ana, run by hand"
    assert run_actor(Start.SCHEDULED) == "ana, scheduled run"
    assert hand_actor("rollback") == "ana, rollback by hand"


def test_a_user_without_a_name_is_said_to_be_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless() -> str:
        raise KeyError("uid not found")

    monkeypatch.setattr(actors.getpass, "getuser", nameless)
    assert run_actor(Start.BY_HAND) == "unknown user, run by hand"
