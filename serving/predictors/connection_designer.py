"""Answers of the connection designer: the network proposes a family, the engine details all and has the last word."""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serving.errors import ArtifactError, RequestError
from serving.predictors.contract import Proposals, outcomes
from serving.predictors.onnx import input_names, open_session, read_model_card
from serving.schemas.connection_designer import UTILIZATION_CAP, Alternative, NotPermitted, Request, Response
from structural.calibration import Calibration
from structural.errors import StructuralError
from structural.problems.connection_designer.applicability import why_not
from structural.problems.connection_designer.catalogue import (
    CLAUSES,
    DETAILED_FAMILIES,
    DISPLAY_NAMES,
    FAMILIES,
    LIMIT_STATES,
    Family,
    LimitState,
)
from structural.problems.connection_designer.costs import CostTable
from structural.problems.connection_designer.decoding import Decoded, decode, family_names
from structural.problems.connection_designer.encoding import ENCODING_VERSION, Encoded, encode_joint
from structural.problems.connection_designer.layout import beam_end
from structural.problems.connection_designer.limits import request_limits
from structural.problems.connection_designer.request import DEFAULTS, Joint, resolve, resolve_one
from structural.problems.connection_designer.truth import Detailing, Verdict, decide, detail, is_slip_critical
from structural.records import rows_of
from structural.shapes import load_shapes, normalise_name
from structural.tables import UNSPECIFIED, Table, row_count, table_of, take

_PROBLEM = "connection_designer"
_CHUNK_ROWS = 1024
_THREADED_ROWS = 64
_MEMBER_FIELDS = ("supported_member", "supporting_member")
_LAP_FIELDS = ("shear_planes", "ply_width_in")
CAPACITY_DIGITS = 3
COST_STEP_USD = 10.0


class Predictor:
    """The exported connection designer. ``prices`` are by default those of ``configs/connection_costs.yaml``."""

    least_together = 5
    """Fewer cost more in arrays than one by one in numbers (`structural.elementwise`)."""

    def __init__(self, artifact_dir: Path, prices: CostTable | None = None) -> None:
        card = read_model_card(artifact_dir, _PROBLEM)
        if card.get("encoding_version") != ENCODING_VERSION:
            raise ArtifactError(f"{_PROBLEM}: the model was trained for another encoding; train it again")
        if card.get("classes") != [str(family) for family in FAMILIES]:
            raise ArtifactError(f"{_PROBLEM}: the model knows other families; train it again")
        if "calibration" not in card or "network" not in card:
            raise ArtifactError(f"{_PROBLEM}: the model card lacks its calibration or network; train it again")
        self._calibration = Calibration.from_json(card["calibration"])
        self._session = open_session(artifact_dir / Path(card["network"]).name)
        self._inputs = input_names(self._session)
        self.prices = prices or _configured_prices()

    def propose(self, questions: Table) -> Proposals:
        """Return the network's own family for each question, with calibrated confidence, capacity and slip flag."""
        count = row_count(questions)
        if count <= _THREADED_ROWS:
            return self._propose_part(questions)
        parts = [slice(start, start + _CHUNK_ROWS) for start in range(0, count, _CHUNK_ROWS)]
        with ThreadPoolExecutor(2) as pool:
            found = list(pool.map(lambda part: self._propose_part(take(questions, part)), parts))
        return Proposals(
            np.concatenate([part.answers for part in found]),
            np.concatenate([part.confidence for part in found]),
            {name: np.concatenate([part.details[name] for part in found]) for name in found[0].details},
        )

    def prove(self, questions: Table, proposals: Proposals) -> NDArray[np.str_]:
        """Return the families that are served: the proposal where it is the cheapest adequate one, else that one."""
        del proposals  # the engine details every family, so its verdict does not depend on the proposal
        joint = resolve(questions)
        return family_names(decide(joint, detail(joint, self.prices)).family)

    def answer(self, request: Request) -> Response:
        """Answer one request; a request that cannot be detailed raises `RequestError` naming the field."""
        joint = joint_of(request)
        encoded = encode_joint(joint)
        found = self._decode(encoded)
        detailing = detail(joint, self.prices, encoded.allowed)
        proposed = FAMILIES[int(found.family)], float(self._calibration.apply(found.score))
        return _response(joint, proposed, detailing, decide(joint, detailing), request.assumptions(_taken(joint)))

    def answer_together(self, requests: Sequence[Request]) -> list[Any]:
        """Return for each request its answer, or the error that it raises.

        Raises
        ------
        RequestError
            For a member that is no W shape; which one it is, asking one by one tells.
        """
        joint = resolve(to_questions(requests))
        possible = np.logical_and.reduce([limit.holds for limit in request_limits(joint)])
        encoded = encode_joint(joint)
        found = self._decode(encoded)
        confidence = self._calibration.apply(found.score)
        detailing = detail(joint, self.prices, encoded.allowed)
        verdict = decide(joint, detailing)

        def answer(row: int) -> Response:
            if not possible[row]:
                return self.answer(requests[row])  # raises what is wrong with it
            own = joint.take(row)
            proposed = FAMILIES[int(found.family[row])], float(confidence[row])
            assumptions = requests[row].assumptions(_taken(own))
            return _response(own, proposed, rows_of(detailing, row), rows_of(verdict, row), assumptions)

        return outcomes(answer, range(len(requests)))

    def _propose_part(self, questions: Table) -> Proposals:
        joint = resolve(questions)
        found = self._decode(encode_joint(joint.take(0) if len(joint) == 1 else joint))
        family, score = np.atleast_1d(found.family), np.atleast_1d(found.score)
        adequate = family < len(DETAILED_FAMILIES)
        slip = adequate & is_slip_critical(joint, np.where(adequate, family, 0))
        return Proposals(
            family_names(family),
            self._calibration.apply(score),
            {"capacity_kips": np.atleast_1d(found.capacity), "slip_critical": slip},
        )

    def _decode(self, encoded: Encoded) -> Decoded:
        """Return the network's answers, without the first axis for one request, which the network has to be given."""
        single = encoded.load.ndim == 0
        given = {name: getattr(encoded, name) for name in self._inputs}
        inputs = {name: array[None] for name, array in given.items()} if single else given
        logits, log_ratio = self._session.run(None, inputs)
        if single:
            logits, log_ratio = logits[0], log_ratio[0]
        return decode(logits, log_ratio, encoded.allowed, encoded.load)


def _configured_prices() -> CostTable:
    from configs.connection_costs import load_connection_costs

    return CostTable.from_mapping(load_connection_costs())


def to_question(request: Request) -> dict[str, Any]:
    """Return the request as one question; a member that is no W shape raises `RequestError`."""
    given = {name: math.nan if value is None else value for name, value in request}
    for field in _MEMBER_FIELDS:
        name = getattr(request, field)
        given[field] = UNSPECIFIED if name is None else _known_member(name, field)
    return given


def to_questions(requests: Sequence[Request]) -> Table:
    """Return requests as a table of questions, a row each; a member that is no W shape raises `RequestError`."""
    return table_of([to_question(request) for request in requests])


def joint_of(request: Request) -> Joint:
    """Return the resolved request, or raise `RequestError` for a member, size or distance that cannot be."""
    joint = resolve_one(to_question(request))
    for limit in request_limits(joint):
        if not limit.holds:
            raise RequestError(f"{limit.field} {limit.message}", field=limit.field)
    return joint


@lru_cache(maxsize=1_024)
def _known_member(name: str, field: str) -> str:
    try:
        load_shapes("W").index_of(name)
    except StructuralError as error:
        raise RequestError(f"{field}: {error}", field=field) from error
    return normalise_name(name)


def _taken(joint: Joint) -> dict[str, object]:
    """Return the value in force of every optional field that matters for this joint."""
    taken = DEFAULTS | {
        "ply_thickness_in": float(joint.thickness),
        "ply_width_in": float(joint.width),
        "edge_distance_in": float(joint.edge),
        "spacing_in": float(joint.spacing),
        "supported_member": str(joint.beam.name),
        "supporting_member": str(joint.support.name),
    }
    idle = _MEMBER_FIELDS if joint.lap else _LAP_FIELDS
    return {name: value for name, value in taken.items() if name not in idle}


def _response(
    joint: Joint, proposal: tuple[Family, float], detailing: Detailing, verdict: Verdict, assumptions: list[str]
) -> Response:
    """Return the answer; ``proposal`` is the model's own family with the calibrated confidence in it."""
    family = FAMILIES[int(verdict.family)]
    proposed, confidence = proposal
    load, state = float(joint.load), LIMIT_STATES[int(verdict.state)]
    permitted = state is not LimitState.NOT_PERMITTED
    # A family that no rule permits has no strength that could be used and no price that could be paid.
    capacity, cost = (float(verdict.capacity), float(verdict.cost)) if permitted else (0.0, 0.0)
    barred = _not_permitted(joint, detailing)
    agreed = proposed is family
    return Response(
        connection_type=DISPLAY_NAMES[family],
        capacity_kips=_shown_capacity(capacity, load),
        # What the model gave to all other answers is all it can say for the one the engine put in its place.
        confidence=confidence if agreed else 1.0 - confidence,
        slip_critical=bool(verdict.slip_critical),
        cost_usd=_shown_cost(cost),
        verified=True,
        governing_limit_state=str(state),
        clause=CLAUSES[state] if permitted else _rule_against_strongest(verdict, barred).clause,
        utilization_ratio=shown_utilization(capacity, load),
        alternatives=_alternatives(joint, detailing, family),
        not_permitted=barred,
        model_proposal=DISPLAY_NAMES[proposed],
        overruled=not agreed,
        reason=_reason(verdict, load) if permitted else _why_none(verdict, load, barred),
        assumptions=assumptions,
    )


def _reason(verdict: Verdict, load: float) -> str:
    capacity = float(verdict.capacity)
    state = LIMIT_STATES[int(verdict.state)]
    detailed = DISPLAY_NAMES[DETAILED_FAMILIES[int(verdict.detailed)]]
    if FAMILIES[int(verdict.family)] is not Family.INADEQUATE:
        return f"{detailed} is the cheapest family that carries {load:g} kip; {state} governs at {capacity:.4g} kip"
    short = load - capacity
    return (
        f"{detailed} is the strongest permitted family; {state} ({CLAUSES[state]}) ends it at {capacity:.4g} kip, "
        f"{short:.4g} kip ({short / load:.1%} of the load) short"
    )


def _why_none(verdict: Verdict, load: float, barred: list[NotPermitted]) -> str:
    """Say that nothing is permitted, and which family would come nearest were it not for which rule."""
    strongest = _rule_against_strongest(verdict, barred)
    return (
        f"no family is permitted for this joint, see not_permitted; the strongest that exists, "
        f"{strongest.connection_type}, has {float(verdict.capacity):.4g} kip by its limit states for a load of "
        f"{load:g} kip, but must not be used: {strongest.reason} ({strongest.clause})"
    )


def _rule_against_strongest(verdict: Verdict, barred: list[NotPermitted]) -> NotPermitted:
    name = DISPLAY_NAMES[DETAILED_FAMILIES[int(verdict.detailed)]]
    return next(item for item in barred if item.connection_type == name)


def _alternatives(joint: Joint, detailing: Detailing, family: Family) -> list[Alternative]:
    load = float(joint.load)
    adequate = detailing.adequate(joint.load).tolist()
    places = [place for place in detailing.cost.argsort(kind="stable").tolist() if adequate[place]]
    found = []
    for place in places:
        if DETAILED_FAMILIES[place] is family:
            continue
        capacity, state = float(detailing.capacity[place]), LIMIT_STATES[int(detailing.state[place])]
        found.append(
            Alternative(
                connection_type=DISPLAY_NAMES[DETAILED_FAMILIES[place]],
                capacity_kips=_shown_capacity(capacity, load),
                cost_usd=_shown_cost(float(detailing.cost[place])),
                utilization_ratio=shown_utilization(capacity, load),
                governing_limit_state=str(state),
                clause=CLAUSES[state],
            )
        )
    return found


def _not_permitted(joint: Joint, detailing: Detailing) -> list[NotPermitted]:
    places = np.flatnonzero(detailing.exists & ~detailing.applicable).tolist()
    end = beam_end(joint) if places else None
    found = []
    for place in places:
        family = DETAILED_FAMILIES[place]
        rule = why_not(joint, end, family) if end else None
        if rule is not None:
            found.append(NotPermitted(connection_type=DISPLAY_NAMES[family], clause=rule.clause, reason=rule.reason))
    return found


def _shown_capacity(capacity: float, load: float) -> float:
    """Return three significant digits, rounded down; all digits where that would hide that the load is carried."""
    if capacity <= 0.0:
        return 0.0
    step = 10.0 ** (math.floor(math.log10(capacity)) - CAPACITY_DIGITS + 1)
    shown = round(math.floor(capacity / step + 1e-9) * step, 6)
    return shown if shown >= load or capacity < load else round(capacity, 4)


def shown_utilization(capacity: float, load: float) -> float:
    """Return load over capacity, rounded up to four decimals so that 1 is never shown for a load beyond capacity."""
    if capacity * UTILIZATION_CAP <= load:
        return UTILIZATION_CAP
    return math.ceil(load / capacity * 1e4) / 1e4


def _shown_cost(cost: float) -> float:
    return round(cost / COST_STEP_USD) * COST_STEP_USD
