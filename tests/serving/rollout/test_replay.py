"""A quiet service: held, asked its own record once more over its own routes, then taken back with that reason."""

import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from configs.rollout_settings import RolloutSettings, StepSettings
from flows.rollout.controller import Controller, Surroundings
from flows.rollout.policy import canary_policy
from flows.rollout.reading import SPAN_S
from flows.rollout.replay import HttpReplayer
from flows.rollout.starting import start_rollout
from flows.samples import ROUTES, sample_request
from serving.store import Action, Promotion, record_promotion
from serving.store.database import open_database
from serving.store.predictions import recent_predictions
from serving.store.rollouts import EventKind, Rollout, RolloutState, list_events
from tests.flows.rollout.world import CANDIDATE, CHAMPION, ENTRANT, MODEL
from tests.serving.running import running

QUESTIONS = 24
STEP_LIMIT_S, LOOK_S = 100.0, 20.0
RULES = RolloutSettings(
    load_time_s=0.0,
    shadow_share=0.0,
    shadow_min_time_s=0.0,
    steps=tuple(StepSettings(weight_percent=percent, min_time_s=0, min_requests=QUESTIONS) for percent in (50, 100)),
    bake_time_s=0.0,
    step_time_limit_s=STEP_LIMIT_S,
    replay_after_s=1.0,
)


class NoEffects:
    """Shows nothing anywhere."""

    def ended(self, rollout: Rollout) -> None:
        """Show nothing."""


def wait_for_rows(engine: sa.Engine, since: datetime, count: int) -> None:
    until_s = time.monotonic() + 20
    while len(recent_predictions(engine, MODEL, since, 1_000)) < count:
        assert time.monotonic() < until_s
        time.sleep(0.02)


def test_a_quiet_service_answers_its_record_once_more_and_the_version_is_taken_back(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        engine = open_database(service.worker.settings.store_url)
        champion = service.put_in_service(MODEL, version=CHAMPION)
        candidate = service.put_canary(MODEL, version=CANDIDATE, weight=0)
        began = datetime.now(UTC)
        promotion = Promotion(MODEL, Action.PROMOTE, CHAMPION, f"{MODEL}:{CHAMPION}", "a test", "test", {})
        record_promotion(engine, promotion, began)
        for span_feet in range(20, 20 + QUESTIONS):
            body = sample_request(MODEL) | {"span_feet": span_feet}
            assert service.client.post(ROUTES[MODEL], json=body).status_code == 200
        wait_for_rows(engine, began, QUESTIONS)
        assert (len(champion.asked), candidate.asked) == (QUESTIONS, [])

        quiet_since = datetime.now(UTC)
        rollout = start_rollout(engine, ENTRANT, canary_policy(RULES, MODEL), "test", quiet_since)
        ahead = [0.0]
        surroundings = Surroundings(
            engine=engine,
            effects=NoEffects(),
            replayer=HttpReplayer(engine, service.client, questions=QUESTIONS, portion=QUESTIONS),
            actor="controller",
            look_interval_s=LOOK_S,
            now=lambda: datetime.now(UTC) + timedelta(seconds=ahead[0]),
        )
        controller = Controller(surroundings, rollout.id)
        looked = controller.look()
        time.sleep(SPAN_S - time.time() % SPAN_S)  # requests are counted in whole spans of the step
        while looked is None or looked.is_open:
            ahead[0] += LOOK_S
            looked = controller.look()
            if candidate.asked:
                wait_for_rows(engine, quiet_since, 2 * QUESTIONS)
        events = list_events(engine, rollout.id, {EventKind.REPLAY})
        again = recent_predictions(engine, MODEL, quiet_since, 1_000)
        engine.dispose()
    assert sorted(asked.span_feet for asked in candidate.asked) == list(range(20, 20 + QUESTIONS))
    assert [event.reading["step"] for event in events] == [1]
    assert Counter((row.arm, row.model_version) for row in again) == {
        ("champion", CHAMPION): QUESTIONS,
        ("canary", CANDIDATE): QUESTIONS,
    }
    assert looked.state is RolloutState.ROLLED_BACK
    assert looked.reason.startswith(f"not_enough_data: after {STEP_LIMIT_S:g} s: error_rate: an excess of 2 points")
    assert f"failed: 0 of {QUESTIONS}" in looked.reason
