"""Sessions: who a token belongs to, what was uploaded, and when all that is forgotten."""

from serving.caching import SessionCache
from serving.caching.sessions import MAX_MODELS


class Clock:
    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


def test_a_session_goes_on_with_its_use_until_its_token_ends() -> None:
    clock = Clock()
    sessions: SessionCache[str] = SessionCache(10, 3_600, clock)
    sessions.begin("token", "anna", valid_until=clock() + 9_000)
    for _ in range(2):
        clock.now_s += 3_500
        session = sessions.get("token")
        assert session is not None
        assert session.principal == "anna"
    clock.now_s += 2_001
    assert sessions.get("token") is None


def test_a_session_without_use_ends_after_its_time() -> None:
    clock = Clock()
    sessions: SessionCache[str] = SessionCache(10, 3_600, clock)
    sessions.begin("token", "anna", valid_until=clock() + 1e6)
    clock.now_s += 3_601
    assert sessions.get("token") is None


def test_a_token_that_is_over_begins_no_session() -> None:
    clock = Clock()
    sessions: SessionCache[str] = SessionCache(10, 3_600, clock)
    sessions.begin("token", "anna", valid_until=clock())
    assert sessions.get("token") is None


def test_uploads_are_remembered_newest_first_and_bounded() -> None:
    sessions: SessionCache[str] = SessionCache(10, 3_600, Clock())
    sessions.remember_model("token", "lost.ifc")
    sessions.begin("token", "anna", valid_until=9e9)
    for number in range(MAX_MODELS + 3):
        sessions.remember_model("token", f"{number}.ifc")
    sessions.remember_model("token", "5.ifc")
    session = sessions.begin("token", "anna", valid_until=9e9)
    assert len(session.model_keys) == MAX_MODELS
    assert session.model_keys[:3] == ("5.ifc", "18.ifc", "17.ifc")


def test_sessions_can_be_ended_and_tokens_are_not_kept() -> None:
    sessions: SessionCache[str] = SessionCache(10, 3_600, Clock())
    for token in ("one", "two", "three\udcff"):
        sessions.begin(token, token, valid_until=9e9)
    sessions.end("one")
    assert sessions.get("one") is None
    assert sessions.get("two") is not None
    assert all(b"two" not in key for key in sessions._sessions._entries)
    sessions.end_all()
    assert len(sessions) == 0
