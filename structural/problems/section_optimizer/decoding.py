"""From the trees' predictions to a proposal: the lightest candidate that is predicted to pass, and how sure that is."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from structural.errors import StructuralError
from structural.problems.section_optimizer.catalogue import catalogue
from structural.problems.section_optimizer.encoding import Candidates, Outlook, candidates, features
from structural.problems.section_optimizer.request import NO_SECTION, Members
from structural.problems.section_optimizer.truth import NONE_INDEX

TARGET_SCALE = 100.0
"""The trees predict 100 x (log utilization - log estimate), that is about percent."""
FIRST_LOOK = 8
"""Candidates predicted at once; doubled each round."""
FIRST_LOOK_OF_ONE = 3
"""The same for one question: nine in ten end here, and a prediction costs more than asking once more."""
CHUNK_ROWS = 2048
_LOGISTIC = 1.702
"""Errors are taken as logistic; 1.702 z approximates the normal distribution."""

PredictResidual = Callable[[NDArray[np.float32]], NDArray[np.float64]]
"""Takes feature rows (k, f) and returns the two libraries' outputs (k, 2): XGBoost, LightGBM."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How predictions become a proposal; fitted on validation data.

    ``xgboost_weight`` blends the two libraries, a shape passes when its predicted log utilization is at most
    ``offset``, and the spread of a prediction is ``spread_floor`` + ``spread_disagreement`` |difference of the two| +
    ``spread_residual`` |predicted residual| (log units).
    """

    xgboost_weight: float = 0.5
    offset: float = 0.0
    spread_floor: float = 1e-3
    spread_disagreement: float = 0.0
    spread_residual: float = 0.0

    def to_json(self) -> dict[str, float]:
        """Return a JSON-ready dict; `from_json` reads it back."""
        return asdict(self)

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> "Policy":
        """Read what `to_json` wrote; missing or unknown keys raise `StructuralError`."""
        try:
            return Policy(**{key: float(value) for key, value in data.items()})
        except (TypeError, ValueError) as error:
            raise StructuralError(f"policy of the section model is damaged: {error}", field="policy") from error

    def blend(self, outputs: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the blended residual (k,) in log units of outputs (k, 2)."""
        # Written out: a matrix product may round differently for other numbers of rows.
        blended = outputs[:, 0] * self.xgboost_weight + outputs[:, 1] * (1.0 - self.xgboost_weight)
        return np.asarray(blended / TARGET_SCALE)

    def spread(self, outputs: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the expected size of the prediction error (k,) in log units."""
        disagreement = np.abs(outputs[:, 0] - outputs[:, 1]) / TARGET_SCALE
        residual = np.abs(self.blend(outputs))
        return self.spread_floor + self.spread_disagreement * disagreement + self.spread_residual * residual


@dataclass(frozen=True, slots=True)
class Picks:
    """Proposals for n questions: catalogue position (`NONE_INDEX` for none), predicted utilization, raw score 0..1."""

    shape: NDArray[np.int64]
    utilization: NDArray[np.float64]
    score: NDArray[np.float64]

    def names(self) -> NDArray[np.str_]:
        """Return the answers as the answer column has them, shape (n,)."""
        return section_names(self.shape)


def section_names(shape: NDArray[np.int64]) -> NDArray[np.str_]:
    """Return the names at these catalogue positions, `NO_SECTION` at `NONE_INDEX`."""
    return np.where(shape == NONE_INDEX, NO_SECTION, catalogue().name[shape])


def pick(members: Members, predict: PredictResidual, policy: Policy) -> Picks:
    """Propose a section for each of n members; candidates are predicted from the light end until one passes."""
    starts = range(0, len(members), CHUNK_ROWS)
    chunks = (members.take(np.arange(at, min(at + CHUNK_ROWS, len(members)))) for at in starts)
    parts = [pick_among(chunk, candidates(chunk), predict, policy) for chunk in chunks]
    if not parts:
        return Picks(np.empty(0, dtype=np.int64), np.empty(0), np.empty(0))
    return Picks(
        np.concatenate([part.shape for part in parts]),
        np.concatenate([part.utilization for part in parts]),
        np.concatenate([part.score for part in parts]),
    )


def pick_one(seen: Outlook, predict: PredictResidual, policy: Policy) -> Picks:
    """Propose a section for one member, as `pick` does, from its outlook: shapes (1,)."""
    shape, utilization, log_score = NONE_INDEX, np.nan, 0.0
    done, look = 0, FIRST_LOOK_OF_ONE
    while done < len(seen.possible) and shape == NONE_INDEX:
        batch = seen.possible[done : done + look]
        log_utilization, z = _judged(seen.log_estimate[batch], predict(seen.rows[batch]), policy)
        passes = np.flatnonzero(log_utilization <= policy.offset)
        if len(passes):
            at = int(passes[0])
            shape, utilization = int(batch[at]), float(np.exp(log_utilization[at]))
            z = z[: at + 1]
            z[at] = -z[at]
        # Added one after the other, as `_log_certainty` adds them: other orders round otherwise.
        log_score += sum((-np.logaddexp(0.0, -_LOGISTIC * z)).tolist())
        done, look = done + look, look * 2
    return Picks(np.array([shape]), np.array([utilization]), np.exp(np.array([log_score])))


def pick_among(members: Members, pairs: Candidates, predict: PredictResidual, policy: Policy) -> Picks:
    """Propose a section for each of n members, as `pick` does, from their candidates."""
    n = len(members)
    shape = np.full(n, NONE_INDEX, dtype=np.int64)
    utilization = np.full(n, np.nan)
    log_score = np.zeros(n)
    open_rows = np.ones(n, dtype=bool)
    done, look = 0, FIRST_LOOK
    while True:
        batch = pairs.between(done, done + look, open_rows)
        if not len(batch.question):
            break
        log_utilization, z = _predict(members, batch, predict, policy)
        passes = log_utilization <= policy.offset
        rows, first = np.unique(batch.question[passes], return_index=True)
        chosen = np.flatnonzero(passes)[first]
        shape[rows] = batch.shape[chosen]
        utilization[rows] = np.exp(log_utilization[chosen])
        log_score += _log_certainty(batch, z, chosen, n)
        open_rows[rows] = False
        done, look = done + look, look * 2
    return Picks(shape, utilization, np.exp(log_score))


def _predict(
    members: Members, batch: Candidates, predict: PredictResidual, policy: Policy
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the predicted log utilization of each pair and its distance to the threshold in spreads, shapes (k,)."""
    rows, log_estimate = features(members.take(batch.question), catalogue().take(batch.shape))
    return _judged(log_estimate, predict(rows), policy)


def _judged(
    log_estimate: NDArray[np.float64], outputs: NDArray[np.float64], policy: Policy
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    log_utilization = log_estimate + policy.blend(outputs)
    return log_utilization, (log_utilization - policy.offset) / policy.spread(outputs)


def _log_certainty(batch: Candidates, z: NDArray[np.float64], chosen: NDArray[np.intp], n: int) -> NDArray[np.float64]:
    """Return, a question, the log probability that the chosen pair passes and all lighter ones fail, shape (n,)."""
    stop = np.full(n, np.iinfo(np.int64).max)
    stop[batch.question[chosen]] = batch.rank[chosen]
    counts = batch.rank <= stop[batch.question]
    sign = np.where(batch.rank == stop[batch.question], -1.0, 1.0)
    log_probability = -np.logaddexp(0.0, -_LOGISTIC * sign * z)
    return np.bincount(batch.question[counts], weights=log_probability[counts], minlength=n).astype(np.float64)
