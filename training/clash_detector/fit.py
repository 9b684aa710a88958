"""Training the clash detector from a dataset file to an exported artifact."""

import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from structural.problems.clash_detector import PROBLEM
from structural.problems.clash_detector.encoding import encode, read_pairs, scalar_names
from structural.problems.clash_detector.members import codes
from structural.problems.clash_detector.request import CLASSES
from structural.tables import Table, row_count, take
from training.clash_detector.params import PARTS, Params, read_params
from training.contract import TrainingJob, TrainingReport
from training.data import question_table, read_split
from training.devices import prepare_torch, resolve_device
from training.errors import TrainingError
from training.parts import card_params

if TYPE_CHECKING:
    from training.clash_detector.model import ClashNet

PARITY_TOLERANCE = 1e-4
_ENCODE_ROWS = 4096
_MIN_ROWS = 50
_IMPORTANCE_ROWS = 1500


@dataclass(frozen=True, slots=True)
class Arrays:
    """Model input and classes of one split: grids int8 (n, 2, G, G, G), scalars float32 (n, k), classes int64 (n,)."""

    grids: NDArray[np.int8]
    scalars: NDArray[np.float32]
    classes: NDArray[np.int64]

    def take(self, rows: NDArray) -> "Arrays":
        """Return these rows."""
        return Arrays(self.grids[rows], self.scalars[rows], self.classes[rows])


@dataclass(frozen=True, slots=True)
class Learnt:
    """A trained network on the CPU, its history of epochs, the names of its scalars, and the validation split.

    Early stopping has read the even rows of the validation split, the calibration is to read the others.
    """

    net: "ClashNet"
    history: list[dict[str, float]]
    names: list[str]
    training_count: int
    validation: Arrays

    @property
    def stopping(self) -> Arrays:
        """The half that early stopping has read."""
        return self.validation.take(np.arange(len(self.validation.classes)) % 2 == 0)

    @property
    def calibrating(self) -> Arrays:
        """The other half."""
        return self.validation.take(np.arange(len(self.validation.classes)) % 2 == 1)


def learn(job: TrainingJob) -> Learnt:
    """Read the splits and train the network: all that wants a fast machine.

    Needs NumPy, pyarrow, torch and Lightning alone; what `train` does beyond it (export, calibration) needs more.
    """
    params = read_params(job.params)
    training, names = _read(job, "train", params.limit_rows)
    validation, _ = _read(job, "validation", 0)
    even = np.arange(len(validation.classes)) % 2 == 0
    net, history = fit(training, validation.take(even), params, job)
    return Learnt(net, history, names, len(training.classes), validation)


def train(job: TrainingJob) -> TrainingReport:
    """Train, calibrate and export the clash detector; see `training.contract`."""
    from training.clash_detector.export import export_network, write_card

    started = time.monotonic()
    params, device = read_params(job.params), resolve_device(job.device)
    learnt = learn(job)
    net, names, stopping = learnt.net, learnt.names, learnt.stopping
    parity = export_network(net, learnt.validation, job.output_dir)
    figures, card = _judge(net, stopping, learnt.calibrating)
    write_card(job.output_dir, {**card, "scalars": names, "params": card_params(params, PARTS), "seed": job.seed})
    return TrainingReport(
        problem=PROBLEM.name,
        training_seconds=time.monotonic() - started,
        device=device,
        params=asdict(params),
        history=learnt.history,
        validation=figures,
        parity_max_abs_diff=parity,
        parity_tolerance=PARITY_TOLERANCE,
        feature_importance=_importance(net, stopping, names),
        notes=(
            "classes are the project's written rule; entries in a guard band are left out of training",
            f"{learnt.training_count} training and {len(learnt.validation.classes)} validation pairs",
        ),
    )


def _read(job: TrainingJob, split: str, limit_rows: int) -> tuple[Arrays, list[str]]:
    """Return one split without its guard-band entries, encoded, and the names of the scalars."""
    table = read_split(job.dataset_path, PROBLEM, split)
    table = take(table, ~table["in_guard_band"].astype(bool))
    if limit_rows:
        table = take(table, slice(0, limit_rows))
    if row_count(table) < _MIN_ROWS:
        raise TrainingError(f"{job.problem}: {row_count(table)} entries in {split}; at least {_MIN_ROWS} are needed")
    return encode_table(table)


def encode_table(table: Table) -> tuple[Arrays, list[str]]:
    """Return the arrays of a labelled table, encoded in chunks to bound the memory, and the scalars' names."""
    questions = question_table(table, PROBLEM)
    grids, scalars = [], []
    names: list[str] = []
    for start in range(0, row_count(table), _ENCODE_ROWS):
        pairs = read_pairs(take(questions, slice(start, start + _ENCODE_ROWS)))
        encoded = encode(pairs)
        grids.append(encoded.grids)
        scalars.append(encoded.scalars)
        names = names or list(scalar_names(pairs))
    classes = codes(table[PROBLEM.answer_column], CLASSES, PROBLEM.answer_column)
    return Arrays(np.concatenate(grids), np.concatenate(scalars), classes), names


def fit(
    training: Arrays, stopping: Arrays, params: Params, job: TrainingJob
) -> tuple["ClashNet", list[dict[str, float]]]:
    """Fit the network and return it as it was at its lowest validation loss, with the history of epochs."""
    import torch

    from training.clash_detector.batches import BatchPlan, progress
    from training.clash_detector.model import ClashModule, ClashNet
    from training.lightning import make_trainer

    device = prepare_torch(job)
    mean, spread = training.scalars.mean(axis=0), training.scalars.std(axis=0)
    net = ClashNet(params, torch.from_numpy(mean), torch.from_numpy(np.maximum(spread, 1e-3)))
    plan = BatchPlan(training, stopping, params.batch_size, job.seed, device)
    history: list[dict[str, float]] = []
    module = ClashModule(net, params, params.epochs * plan.steps, history.append)
    best = plan.keep_best(params.patience_epochs)
    trainer = make_trainer(params.epochs, device, [best, *progress(job.show_progress, params.epochs)])
    trainer.fit(module, datamodule=plan)
    best.restore(net)
    return net.cpu().eval(), history


def probabilities(net: "ClashNet", arrays: Arrays) -> NDArray[np.float64]:
    """Return class probabilities (n, 5)."""
    import torch

    parts = []
    with torch.inference_mode():
        for start in range(0, len(arrays.classes), 1024):
            rows = slice(start, start + 1024)
            logits = net(torch.from_numpy(arrays.grids[rows]), torch.from_numpy(arrays.scalars[rows]))
            parts.append(torch.softmax(logits, dim=1).numpy())
    return np.concatenate(parts).astype(np.float64)


def _judge(net: "ClashNet", stopping: Arrays, calibrating: Arrays) -> tuple[dict[str, float], dict[str, Any]]:
    """Return the validation figures and what the model card needs of them."""
    from structural.problems.clash_detector.decoding import decode
    from training.calibration import expected_calibration_error, fit_calibration

    scores, hits = {}, {}
    for name, part in (("stopping", stopping), ("calibrating", calibrating)):
        classes, scores[name] = decode(probabilities(net, part))
        hits[name] = classes == part.classes
    calibration = fit_calibration(scores["calibrating"], hits["calibrating"])
    figures = {
        "accuracy": float(np.concatenate(list(hits.values())).mean()),
        "accuracy_not_stopped_on": float(hits["calibrating"].mean()),
        "calibration_error": expected_calibration_error(calibration.apply(scores["stopping"]), hits["stopping"]),
        "count": float(len(stopping.classes) + len(calibrating.classes)),
    }
    for code, name in enumerate(CLASSES):
        rows = np.concatenate([stopping.classes, calibrating.classes]) == code
        if rows.any():
            figures[f"recall_{name.lower()}"] = float(np.concatenate(list(hits.values()))[rows].mean())
    return figures, {"calibration": calibration.to_json()}


def _importance(net: "ClashNet", arrays: Arrays, names: list[str]) -> dict[str, float]:
    """Return how much accuracy is lost when one input is shuffled: each scalar, and the grid."""
    rng = np.random.default_rng(0)
    part = arrays.take(np.arange(min(_IMPORTANCE_ROWS, len(arrays.classes))))
    truth = part.classes
    whole = float((probabilities(net, part).argmax(axis=1) == truth).mean())
    order = rng.permutation(len(truth))
    lost = {"grid": whole - _accuracy(net, Arrays(part.grids[order], part.scalars, truth))}
    for column, name in enumerate(names):
        scalars = part.scalars.copy()
        scalars[:, column] = scalars[order, column]
        lost[name] = whole - _accuracy(net, Arrays(part.grids, scalars, truth))
    return {name: round(value, 5) for name, value in sorted(lost.items(), key=lambda item: -item[1])[:40]}


def _accuracy(net: "ClashNet", arrays: Arrays) -> float:
    return float((probabilities(net, arrays).argmax(axis=1) == arrays.classes).mean())
