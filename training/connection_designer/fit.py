"""Training the connection designer from a dataset file to an exported artifact."""

import time
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from structural.problems.connection_designer import PROBLEM
from structural.problems.connection_designer.catalogue import DETAILED_FAMILIES, FAMILIES
from structural.problems.connection_designer.decoding import Decoded, decode
from structural.problems.connection_designer.encoding import encode, scalar_names
from structural.problems.connection_designer.request import category_codes, resolve
from structural.problems.connection_designer.truth import is_slip_critical
from structural.tables import Table, row_count, take
from training.connection_designer.params import PARTS, Params, read_params
from training.contract import TrainingJob, TrainingReport
from training.data import question_table, read_split
from training.devices import prepare_torch, resolve_device
from training.errors import TrainingError
from training.parts import card_params

if TYPE_CHECKING:
    from training.connection_designer.model import ConnectionNet

PARITY_TOLERANCE = 1e-3
"""On logits, which reach some tens; answers do not turn on it."""
_ENCODE_ROWS = 4096
_MIN_ROWS = 50
_IMPORTANCE_ROWS = 1500


@dataclass(frozen=True, slots=True)
class Arrays:
    """Model input of one split (see `encoding.Encoded`) with class (n,) int64 and log(capacity / load) (n,) float32."""

    raster: NDArray[np.uint8]
    tokens: NDArray[np.float32]
    scalars: NDArray[np.float32]
    allowed: NDArray[np.bool_]
    kind: NDArray[np.int64]
    log_ratio: NDArray[np.float32]

    def take(self, rows: NDArray) -> "Arrays":
        """Return these rows."""
        return Arrays(*(getattr(self, item.name)[rows] for item in fields(self)))

    def parts(self) -> tuple[NDArray, ...]:
        """Return the arrays in order."""
        return tuple(getattr(self, item.name) for item in fields(self))


@dataclass(frozen=True, slots=True)
class Learnt:
    """A trained network on the CPU, its history of epochs, and the validation split: arrays, labelled table, even rows.

    Early stopping has read the even rows; the calibration is to read the others.
    """

    net: "ConnectionNet"
    history: list[dict[str, float]]
    training_count: int
    validation: Arrays
    table: Table
    even: NDArray[np.bool_]


def learn(job: TrainingJob) -> Learnt:
    """Read the splits and train the network: all that wants a fast machine.

    Needs NumPy, pyarrow, torch and Lightning alone; what `train` does beyond it (export, calibration) needs more.
    """
    params = read_params(job.params)
    training, _ = _read(job, "train", params.limit_rows)
    validation, table = _read(job, "validation", 0)
    even = np.arange(len(validation.kind)) % 2 == 0
    net, history = fit(training, validation.take(even), params, job)
    return Learnt(net, history, len(training.kind), validation, table, even)


def train(job: TrainingJob) -> TrainingReport:
    """Train, calibrate and export the connection designer; see `training.contract`."""
    from training.connection_designer.export import export_network, write_card

    started = time.monotonic()
    params, device = read_params(job.params), resolve_device(job.device)
    learnt = learn(job)
    net, validation, even = learnt.net, learnt.validation, learnt.even
    parity = export_network(net, validation, job.output_dir)
    figures, card = _judge(net, validation, learnt.table, even)
    write_card(job.output_dir, {**card, "params": card_params(params, PARTS), "seed": job.seed})
    return TrainingReport(
        problem=PROBLEM.name,
        training_seconds=time.monotonic() - started,
        device=device,
        params=asdict(params),
        history=learnt.history,
        validation=figures,
        parity_max_abs_diff=parity,
        parity_tolerance=PARITY_TOLERANCE,
        feature_importance=_importance(net, validation.take(even)),
        notes=(
            "the truth is this project's catalogue of families, detailed by its engine and priced by its cost table",
            f"{learnt.training_count} training and {len(validation.kind)} validation joints",
        ),
    )


def _read(job: TrainingJob, split: str, limit_rows: int) -> tuple[Arrays, Table]:
    table = read_split(job.dataset_path, PROBLEM, split)
    if limit_rows:
        table = take(table, slice(0, limit_rows))
    if row_count(table) < _MIN_ROWS:
        raise TrainingError(f"{job.problem}: {row_count(table)} entries in {split}; at least {_MIN_ROWS} are needed")
    return encode_table(table), table


def encode_table(table: Table) -> Arrays:
    """Return the arrays of a labelled table, encoded in chunks to bound the memory."""
    questions = question_table(table, PROBLEM)
    encoded = [
        encode(take(questions, slice(start, start + _ENCODE_ROWS)))
        for start in range(0, row_count(table), _ENCODE_ROWS)
    ]
    load = np.concatenate([part.load for part in encoded])
    names = tuple(str(family) for family in FAMILIES)
    return Arrays(
        np.concatenate([part.raster for part in encoded]),
        np.concatenate([part.tokens for part in encoded]),
        np.concatenate([part.scalars for part in encoded]),
        np.concatenate([part.allowed for part in encoded]),
        category_codes(table[PROBLEM.answer_column], names).astype(np.int64),
        np.log(table["capacity_kips"] / load).astype(np.float32),
    )


def fit(
    training: Arrays, stopping: Arrays, params: Params, job: TrainingJob
) -> tuple["ConnectionNet", list[dict[str, float]]]:
    """Fit the network and return its averaged weights at the lowest validation loss, with the history of epochs."""
    import torch

    from training.connection_designer import batches
    from training.connection_designer.model import ConnectionModule, ConnectionNet
    from training.lightning import make_trainer

    device = prepare_torch(job)
    mean, spread = training.scalars.mean(axis=0), np.maximum(training.scalars.std(axis=0), 1e-3)

    def fresh() -> ConnectionNet:
        return ConnectionNet(params, torch.from_numpy(mean), torch.from_numpy(spread)).to(device)

    net = fresh()
    plan = batches.BatchPlan(batches.tensors_of(training.parts(), device), params.batch_size, job.seed)
    averaged = batches.AveragedWeights(net, params.average_decay)
    keeper = batches.Keeper(averaged, fresh(), batches.tensors_of(stopping.parts(), device), params)
    module = ConnectionModule(net, params, params.epochs * plan.steps, averaged.update, job.seed)
    job.scratch_dir.mkdir(parents=True, exist_ok=True)
    checkpoint = batches.checkpoint_path(job.scratch_dir, params, job.seed, plan.tensors[2])
    bar = [batches.EpochBar(params.epochs, keeper)] if job.show_progress else []
    trainer = make_trainer(params.epochs, device, [keeper, batches.Checkpoint(checkpoint), *bar])
    trainer.fit(module, datamodule=plan, ckpt_path=str(checkpoint) if checkpoint.exists() else None)
    checkpoint.unlink(missing_ok=True)
    net.load_state_dict(keeper.best)
    return net.cpu().eval(), keeper.history


def outputs(net: "ConnectionNet", arrays: Arrays) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return logits and log(capacity / load) of each answer, both (n, 7)."""
    import torch

    logits, ratios = [], []
    with torch.inference_mode():
        for start in range(0, len(arrays.kind), 1024):
            rows = slice(start, start + 1024)
            parts = (torch.from_numpy(part[rows]) for part in (arrays.raster, arrays.tokens, arrays.scalars))
            kind, ratio = net(*parts)
            logits.append(kind.numpy())
            ratios.append(ratio.numpy())
    return np.concatenate(logits), np.concatenate(ratios)


def _decoded(net: "ConnectionNet", arrays: Arrays, load: NDArray[np.float64]) -> Decoded:
    logits, ratios = outputs(net, arrays)
    return decode(logits, ratios, arrays.allowed, load)


def _judge(
    net: "ConnectionNet", arrays: Arrays, table: Table, even: NDArray[np.bool_]
) -> tuple[dict[str, float], dict[str, Any]]:
    """Return the validation figures and what the model card needs of them."""
    from training.calibration import expected_calibration_error, fit_calibration

    found = _decoded(net, arrays, table["tributary_load_kips"])
    right = found.family == arrays.kind
    calibration = fit_calibration(found.score[~even], right[~even])
    truth = table["capacity_kips"]
    slip = _slip_critical(table, found.family)
    adequate = arrays.kind < len(DETAILED_FAMILIES)
    error = np.abs(found.capacity / truth - 1.0)
    figures = {
        "accuracy": float(right.mean()),
        "accuracy_not_stopped_on": float(right[~even].mean()),
        "calibration_error": expected_calibration_error(calibration.apply(found.score[even]), right[even]),
        "slip_critical_accuracy": float((slip == table["slip_critical"]).mean()),
        "capacity_mape": float(error[adequate].mean()),
        "capacity_mape_all": float(error.mean()),
        "capacity_median_error": float(np.median(error)),
        "count": float(len(right)),
    }
    for code, family in enumerate(FAMILIES):
        rows = arrays.kind == code
        if rows.any():
            figures[f"recall_{family}"] = float(right[rows].mean())
    return figures, {"calibration": calibration.to_json()}


def _slip_critical(table: Table, family: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Return the slip-critical flag that follows from the proposed family, by rule; never for `inadequate`."""
    adequate = family < len(DETAILED_FAMILIES)
    detailed = np.where(adequate, family, 0)
    return adequate & is_slip_critical(resolve(question_table(table, PROBLEM)), detailed)


def _importance(net: "ConnectionNet", arrays: Arrays) -> dict[str, float]:
    """Return how much accuracy is lost when one input is shuffled: drawing, bolts, and each scalar."""
    part = arrays.take(np.arange(min(_IMPORTANCE_ROWS, len(arrays.kind))))
    order = np.random.default_rng(0).permutation(len(part.kind))

    def accuracy(raster: NDArray, tokens: NDArray, scalars: NDArray) -> float:
        shuffled = Arrays(raster, tokens, scalars, part.allowed, part.kind, part.log_ratio)
        return float((_decoded(net, shuffled, np.ones(len(part.kind))).family == part.kind).mean())

    whole = accuracy(part.raster, part.tokens, part.scalars)
    lost = {
        "drawing": whole - accuracy(part.raster[order], part.tokens, part.scalars),
        "bolts": whole - accuracy(part.raster, part.tokens[order], part.scalars),
    }
    for column, name in enumerate(scalar_names()):
        scalars = part.scalars.copy()
        scalars[:, column] = scalars[order, column]
        lost[name] = whole - accuracy(part.raster, part.tokens, scalars)
    return {name: round(value, 5) for name, value in sorted(lost.items(), key=lambda item: -item[1])[:40]}
