"""A controller carries rollouts to their ends: good ones up the ladder, bad ones back, quiet ones out of time."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from configs.rollout_settings import Metric
from flows.errors import FlowError
from flows.rollout import interventions
from flows.rollout.controller import Controller
from flows.rollout.interventions import abort, pause, promote, resume
from flows.rollout.policy import RefusedError, ab_policy, canary_policy
from flows.rollout.reading import EvidenceReader
from serving.store import Action, Promotion, current_champions, record_promotion
from serving.store.database import StoreError, begin_append
from serving.store.predictions import insert_predictions
from serving.store.rollouts import (
    EventKind,
    NewEvent,
    OpenRolloutError,
    Rollout,
    RolloutState,
    append_event,
    list_events,
    unsettled_rollouts,
)
from serving.store.tables import PREDICTIONS
from tests.flows.rollout.world import (
    CANDIDATE,
    CHAMPION,
    ENTRANT,
    FIRST_STEP_LASTS,
    MODEL,
    Behaviour,
    World,
    current,
    ledger_actions,
    quick_settings,
)

BEFORE = ("promote", CHAMPION)


def steps(world: World, rollout: Rollout) -> list[tuple[str, int]]:
    events = list_events(world.engine, rollout.id, {EventKind.STEP})
    return [(event.verdict, event.reading["weight"]) for event in events]


def test_a_good_version_climbs_the_ladder_and_is_promoted_once(world: World) -> None:
    rollout = world.start()
    ended = world.controller(rollout, look_interval_s=5.0).run()
    assert ended.state is RolloutState.PROMOTED
    assert [weight for _, weight in steps(world, rollout)] == [0, 500, 2_500, 5_000, 10_000, 10_000]
    assert ledger_actions(world.engine) == [BEFORE, ("promote", CANDIDATE)]
    row = current_champions(world.engine)[MODEL]
    assert row.evidence["artifact_sha256"] == "b" * 64
    assert row.evidence["verdict"] == ENTRANT.verdict
    assert row.evidence["rollout"]["id"] == rollout.id
    assert {rate["metric"] for rate in row.evidence["rollout"]["reading"]["rates"]} == {
        "error_rate",
        "accuracy",
        "latency_p50",
        "latency_p95",
    }
    assert [item.id for item in world.ended] == [rollout.id]
    assert unsettled_rollouts(world.engine) == []


@pytest.mark.parametrize(
    ("behaviour", "cause", "within_s"),
    [
        (Behaviour(failed=0.2), "error_rate", 30),
        (Behaviour(failed=1.0), "error_rate", 20),
        (Behaviour(wrong=0.04), "accuracy", 300),
        (Behaviour(latency_ms=20.0), "latency_p", 90),
        (Behaviour(otherwise=0.4), "answer_agreement", 30),
    ],
    ids=["errors", "always fails", "wrong", "slow", "other answers"],
)
def test_a_bad_version_is_taken_back(world: World, behaviour: Behaviour, cause: str, within_s: float) -> None:
    world.candidate = behaviour
    rollout = world.start()
    ended = world.controller(rollout).run()
    assert ended.state is RolloutState.ROLLED_BACK
    assert cause in ended.reason
    assert (ended.weight, ended.shadow_share) == (0, 0.0)
    assert world.now - rollout.created_at < timedelta(seconds=within_s)
    assert ledger_actions(world.engine) == [BEFORE, ("refuse", CANDIDATE)]


def test_a_small_fault_is_found_at_little_traffic_by_what_is_mirrored_beside_the_first_clients(world: World) -> None:
    world.requests_per_s = 5.0
    world.candidate = Behaviour(wrong=0.04)
    settings = quick_settings(shadow_share=0.0, steps=FIRST_STEP_LASTS, step_time_limit_s=7_200)
    rollout = world.start(canary_policy(settings, MODEL))
    ended = world.controller(rollout, look_interval_s=10.0).run()
    assert ended.state is RolloutState.ROLLED_BACK
    assert ended.reason.startswith("accuracy")
    assert world.now - rollout.created_at < timedelta(seconds=900)
    by_arm = sa.select(PREDICTIONS.c.arm, sa.func.count()).group_by(PREDICTIONS.c.arm)
    with world.engine.connect() as connection:
        asked = dict(connection.execute(by_arm).tuples().all())
    assert asked["canary"] < 0.1 * asked["shadow"]


def test_a_fault_that_only_clients_meet_is_not_hidden_by_what_is_mirrored(world: World) -> None:
    # 9 in 100 of its clients' requests run out of time: of all that the version was asked, mirrored ones included,
    # less than what is tolerated.
    world.candidate_at_clients = Behaviour(failed=0.09)
    settings = quick_settings(steps=FIRST_STEP_LASTS, step_time_limit_s=7_200)
    rollout = world.start(canary_policy(settings, MODEL))
    ended = world.controller(rollout, look_interval_s=10.0).run()
    assert (ended.state, ended.step) == (RolloutState.ROLLED_BACK, 2)
    assert ended.reason.startswith("error_rate: of what clients asked, failed:")
    assert world.now - rollout.created_at < timedelta(seconds=900)


def test_mirrored_questions_are_evidence_and_do_not_stand_in_for_clients(world: World) -> None:
    world.requests_per_s = 20.0
    rollout = world.with_first_clients(serve_s=6)
    world.serve(30)
    evidence = EvidenceReader(world.engine, rollout).read(current(world.engine, rollout), world.now, 60.0)
    assert 0 < evidence.candidate_requests < 100 < evidence.champion_requests
    assert sum(rate.candidate_count for rate in evidence.rates if rate.metric is Metric.ERROR_RATE) > 400


def test_a_version_that_turns_bad_while_it_bakes_is_taken_back(world: World) -> None:
    rollout = world.start()
    controller = world.controller(rollout)
    while current(world.engine, rollout).state is not RolloutState.BAKING:
        controller.look()
        world.serve(6)
    world.candidate = Behaviour(failed=0.15)
    ended = controller.run()
    assert ended.state is RolloutState.ROLLED_BACK
    assert "at 100 %" in ended.reason or "gross_fault" in ended.reason


def test_a_quiet_service_is_held_and_then_taken_back_with_that_reason(world: World) -> None:
    world.requests_per_s = 0.0
    rollout = world.start()
    controller = world.controller(rollout, look_interval_s=300.0, sleep=world.serve)
    ended = controller.run()
    assert ended.state is RolloutState.ROLLED_BACK
    assert ended.reason == "no_traffic: not one request of the candidate after 3600 s"
    assert steps(world, rollout) == [("advance", 0)]


class Recorded:
    """Asks of a quiet world what was recorded, a burst a step."""

    def __init__(self, world: World, bursts: int) -> None:
        self.world, self.bursts, self.begun = world, bursts, 0

    def ask(self, rollout: Rollout, since: datetime) -> Iterator[str]:
        self.begun += 1
        for burst in range(self.bursts):
            self.world.requests_per_s = 50.0
            self.world.serve(1)
            self.world.requests_per_s = 0.0
            yield f"burst {burst}"


def test_a_quiet_service_is_asked_recorded_questions_once_a_step(world: World) -> None:
    world.requests_per_s = 0.0
    recorded = Recorded(world, bursts=1)
    rollout = world.start(canary_policy(quick_settings(replay_after_s=60), MODEL))
    ended = world.controller(rollout, replayer=recorded, look_interval_s=30.0).run()
    replays = list_events(world.engine, rollout.id, {EventKind.REPLAY})
    assert [event.reading["step"] for event in replays] == list(range(1, 1 + recorded.begun))
    assert ended.state is RolloutState.ROLLED_BACK
    assert ended.reason.startswith("not_enough_data: after 3600 s")
    assert recorded.begun >= 1


def test_a_load_fault_rolls_back_at_once(world: World) -> None:
    rollout = world.start()
    append_event(world.engine, rollout.id, NewEvent(EventKind.FAULT, "service", reason="it does not load"), world.now)
    ended = world.controller(rollout).look()
    assert ended is not None
    assert (ended.state, ended.reason) == (RolloutState.ROLLED_BACK, "load_fault: it does not load")


def test_another_champion_ends_the_rollout(world: World) -> None:
    rollout = world.start()
    world.promote_champion("7-other")
    ended = world.controller(rollout).look()
    assert ended is not None
    assert ended.reason == f"champion_changed: began against {CHAMPION}, the champion is 7-other"
    assert current_champions(world.engine)[MODEL].version == "7-other"


def test_a_pause_keeps_the_step_and_its_time_and_does_not_protect(world: World) -> None:
    rollout = world.start()
    controller = world.controller(rollout)
    while current(world.engine, rollout).weight == 0:
        controller.look()
        world.serve(2)
    world.serve(10)
    pause(world.engine, MODEL, "lunch", "ana", world.now)
    for _ in range(3):
        world.serve(2)
        controller.look()
    world.now += timedelta(hours=5)
    assert current(world.engine, rollout).weight == 500
    resumed = resume(world.engine, MODEL, "back", "ana", world.now)
    assert world.now - resumed.step_started_at == timedelta(seconds=12)
    assert resume(world.engine, MODEL, "back", "ana", world.now) == resumed
    pause(world.engine, MODEL, "again", "ana", world.now)
    world.candidate = Behaviour(failed=0.5)
    assert controller.run().state is RolloutState.ROLLED_BACK


def test_abort_is_final_and_may_be_repeated(world: World) -> None:
    rollout = world.start()
    aborted = abort(world.engine, MODEL, "no", "ana", world.now)
    assert abort(world.engine, MODEL, "no again", "ben", world.now) == aborted
    assert (aborted.state, aborted.weight, aborted.reason) == (RolloutState.ABORTED, 0, "no")
    assert world.controller(rollout).run().state is RolloutState.ABORTED
    assert ledger_actions(world.engine) == [BEFORE, ("refuse", CANDIDATE)]
    for act in (pause, resume, promote):
        with pytest.raises(FlowError, match=r"no rollout under way; the last rollout.*ended aborted: no"):
            act(world.engine, MODEL, "too late", "ana", world.now)


def test_who_aborts_what_another_aborts_meanwhile_hears_that_it_is_aborted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.start()
    end, faster = interventions.end_rollout, list[Rollout]()

    def ended_by_another(*given: Any) -> Rollout | None:
        ended = end(*given)
        if ended is not None:
            faster.append(ended)
        return end(*given)

    monkeypatch.setattr(interventions, "end_rollout", ended_by_another)
    assert [abort(world.engine, MODEL, "no", "ben", world.now)] == faster
    assert ledger_actions(world.engine) == [BEFORE, ("refuse", CANDIDATE)]


def test_an_open_rollout_is_aborted_whatever_the_clock_of_an_older_one_said(world: World) -> None:
    world.now += timedelta(hours=1)
    world.start()
    abort(world.engine, MODEL, "no", "ana", world.now)
    world.now -= timedelta(hours=1)
    rollout = world.start()
    assert abort(world.engine, MODEL, "no", "ana", world.now).id == rollout.id
    assert not current(world.engine, rollout).is_open


def test_a_person_may_promote(world: World) -> None:
    world.start()
    promoted = promote(world.engine, MODEL, "I have seen enough", "ana", world.now)
    assert promoted.state is RolloutState.PROMOTED
    row = current_champions(world.engine)[MODEL]
    assert (row.version, row.actor, row.reason) == (
        CANDIDATE,
        "ana",
        f"rollout {promoted.id}: I have seen enough",
    )


def test_nobody_promotes_over_a_champion_that_was_not_compared(world: World) -> None:
    rollout = world.start()
    world.promote_champion("7-other")
    with pytest.raises(FlowError, match="champion may have changed"):
        promote(world.engine, MODEL, "anyway", "ana", world.now)
    assert current(world.engine, rollout).is_open


def test_an_ab_holds_its_split_for_its_time_and_promotes_nothing(world: World) -> None:
    rollout = world.start(ab_policy(quick_settings(), MODEL, 0.5, days=0.001))
    ended = world.controller(rollout, look_interval_s=10.0).run()
    assert ended.state is RolloutState.COMPLETED
    assert [weight for _, weight in steps(world, rollout)] == [5_000]
    assert ledger_actions(world.engine) == [BEFORE]


@pytest.mark.parametrize(
    ("entrant", "told"),
    [
        (replace(ENTRANT, model="risk_analyzer"), "no champion to compare with"),
        (replace(ENTRANT, version=CHAMPION), "is the champion already"),
        (replace(ENTRANT, verdict={"outcome": "near"}), "did not pass its gate \\(verdict near\\)"),
        (replace(ENTRANT, verdict={}), "did not pass its gate \\(verdict none\\)"),
    ],
)
def test_what_is_refused(world: World, entrant: object, told: str) -> None:
    with pytest.raises(RefusedError, match=told):
        world.start(entrant=entrant)  # type: ignore[arg-type]


def test_a_version_that_is_taken_back_twice_is_in_the_ledger_twice(world: World) -> None:
    for _ in range(2):
        world.start()
        abort(world.engine, MODEL, "no", "ana", world.now)
        world.now += timedelta(hours=1)
    assert ledger_actions(world.engine) == [BEFORE, ("refuse", CANDIDATE), ("refuse", CANDIDATE)]


def test_one_rollout_a_model_at_a_time(world: World) -> None:
    world.start()
    with pytest.raises(OpenRolloutError, match="under way \\(pending\\)"):
        world.start()


def test_what_follows_the_end_is_done_later_when_it_cannot_be_done_now(world: World) -> None:
    rollout = world.start()
    world.effects_work = False
    abort(world.engine, MODEL, "no", "ana", world.now)
    controller = world.controller(rollout)
    controller.look()
    assert [item.id for item in unsettled_rollouts(world.engine)] == [rollout.id]
    world.effects_work = True
    controller.look()
    controller.look()
    assert [item.id for item in world.ended] == [rollout.id]


def test_a_controller_of_nothing_says_so(world: World) -> None:
    with pytest.raises(StoreError, match="no rollout 'other'"):
        Controller(world.surroundings(), "other").look()


def test_a_database_that_is_away_is_waited_for(world: World, caplog: pytest.LogCaptureFixture) -> None:
    rollout = world.start()
    controller = world.controller(rollout)
    controller.look()
    with_outage = [world.now + timedelta(seconds=second) for second in (6, 66)]

    @sa.event.listens_for(world.engine, "before_cursor_execute")
    def refuse(*_: object) -> None:
        if away:
            raise sa.exc.OperationalError("SELECT", {}, ConnectionError("server closed the connection"))

    away = True
    while world.now < with_outage[1]:
        assert controller.look() is None
        world.now += timedelta(seconds=2)
    away = False
    assert len([record for record in caplog.records if "database is away" in record.message]) == 1
    followed = controller.look()
    assert followed is not None
    assert followed.state is RolloutState.SHADOW


def test_records_that_come_late_are_counted_before_a_step_is_left(world: World) -> None:
    rollout = world.start()
    controller = world.controller(rollout)
    while current(world.engine, rollout).step < 3:
        controller.look()
        world.serve(6)
    # The canary's failures of minutes ago lay in a journal all the while.
    failing, then = Behaviour(failed=1.0), rollout.created_at + timedelta(seconds=30)
    late = [world.row(10_000 + n, "canary", then + timedelta(seconds=n / 9), failing) for n in range(60)]
    world.now += timedelta(seconds=200)
    controller.look()
    with begin_append(world.engine) as connection:
        insert_predictions(connection, late)
    step = current(world.engine, rollout).step
    ended = controller.run()
    assert (ended.state, ended.step) == (RolloutState.ROLLED_BACK, step)


def test_a_promotion_by_a_run_meanwhile_is_seen(world: World) -> None:
    world.start()
    promotion = Promotion(MODEL, Action.PROMOTE, CANDIDATE, f"{MODEL}:{CANDIDATE}", "a run", "test", {})
    record_promotion(world.engine, promotion, world.now)
    with pytest.raises(FlowError, match="champion may have changed"):
        promote(world.engine, MODEL, "anyway", "ana", world.now)
