"""Asks recorded questions of a service that is quiet, so that there is something to compare.

Each question goes to both arms, over HTTP like any client's, so what is measured is the service itself.
"""

import math
import os
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any

import httpx
from sqlalchemy.engine import Engine

from configs import Settings
from flows.samples import ROUTES
from serving.rollout.routing import ARM_HEADER, Arm
from serving.store.predictions import asked_since, recorded_questions
from serving.store.rollouts import Rollout

TOKEN_VARIABLE = "SDAI_TOKEN"  # noqa: S105  (its name)
CLIENT = "rollout-replay"
TOKEN_LIFETIME_S = 86_400.0
TIMEOUT_S = 5.0
PORTION_S = 10.0
"""A portion ends after this long: no rollout is looked at meanwhile, and a service that hangs answers nothing."""
ARMS = (Arm.CHAMPION, Arm.CANARY)
SHOWN_PROBLEM = 200
"""Characters of a refusal that are told."""


class HttpReplayer:
    """Asks recorded questions.

    Parameters
    ----------
    engine : the database that has recorded them.
    client : reaches the service, with a token that may choose the arm.
    questions : how many different ones.
    portion : questions a step, each of which ``ask`` yields; fewer where they take more than `PORTION_S`.
    clock : seconds that never go back.
    """

    def __init__(
        self,
        engine: Engine,
        client: httpx.Client,
        questions: int,
        portion: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._client = client
        self._questions = questions
        self._portion = max(1, portion)
        self._clock = clock

    def ask(self, rollout: Rollout, since: datetime) -> Iterator[str]:
        """Ask the questions of a rollout's model, a portion a step; says how far it is and what was refused.

        They are those recorded before ``since``. What an arm has been asked since then it is not asked again; only
        questions whose records are still on their way to the database are.
        """
        questions = recorded_questions(self._engine, rollout.model, self._questions, since)
        if not questions:
            yield "no recorded question"
        asked = asked_since(self._engine, rollout.model, since)
        open_arms = {digest: [arm for arm in ARMS if (digest, arm.value) not in asked] for digest in questions}
        left = [digest for digest, arms in open_arms.items() if arms]
        first = len(questions) - len(left)
        refused, began, problems = 0, self._clock(), list[str]()
        for number, digest in enumerate(left, first + 1):
            told = [self._ask(rollout.model, questions[digest], arm) for arm in open_arms[digest]]
            problems += [problem for problem in told if problem is not None]
            is_whole = number - first == self._portion or number == len(questions)
            if not is_whole and self._clock() - began < PORTION_S:
                continue
            refused += len(problems)
            last = f"; {refused} not answered, the last: {problems[-1]}" if problems else ""
            yield f"{number} of {len(questions)} recorded questions asked{last}"
            first, began, problems = number, self._clock(), []

    def _ask(self, model: str, question: Mapping[str, Any], arm: Arm) -> str | None:
        """Ask one question of one arm; returns why there is no answer."""
        try:
            answer = self._client.post(ROUTES[model], json=dict(question), headers={ARM_HEADER: arm.value})
        except httpx.HTTPError as error:
            return f"{type(error).__name__} {error}"
        return None if answer.status_code == HTTPStatus.OK else f"{answer.status_code} {answer.text[:SHOWN_PROBLEM]}"


def open_replayer(settings: Settings, engine: Engine) -> HttpReplayer | None:
    """Return what the settings ask for: None where questions are never replayed or no token can be had."""
    rollout = settings.rollout
    token = os.environ.get(TOKEN_VARIABLE) or _own_token(settings)
    if rollout.replay_questions == 0 or token is None:
        return None
    url = rollout.service_url or settings.serving.local_url
    client = httpx.Client(base_url=url, timeout=TIMEOUT_S, headers={"Authorization": f"Bearer {token}"})
    portion = math.ceil(rollout.replay_requests_per_s * rollout.look_interval_s)
    return HttpReplayer(engine, client, rollout.replay_questions, portion)


def _own_token(settings: Settings) -> str | None:
    """Return a token of the development key; None where tokens come from an issuer."""
    from configs.auth_settings import Scope
    from serving.auth.development import DevelopmentKeys, TokenOrder

    if settings.auth.has_issuer:
        return None
    order = TokenOrder(CLIENT, (), tuple(Scope), TOKEN_LIFETIME_S)
    return DevelopmentKeys(settings.paths.keys).mint(order, time.time())
