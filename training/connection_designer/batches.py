"""Feeding whole tensors to Lightning by index, averaging weights, stopping early, resuming, and showing progress."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from structural.problems.connection_designer.decoding import BARRED_LOGIT
from training.averaging import decay_at
from training.connection_designer.model import Batch, ConnectionNet, losses
from training.connection_designer.params import Params
from training.lightning import pl

EVALUATION_ROWS = 1024


class _Batches(Dataset[Batch]):
    """Shuffled batches of the training split; an item is a whole batch."""

    def __init__(self, tensors: Batch, batch_size: int, seed: int) -> None:
        order = torch.randperm(len(tensors[0]), generator=torch.Generator().manual_seed(seed))
        self.tensors = tensors
        self.parts = order.to(tensors[0].device).split(batch_size)

    def __len__(self) -> int:
        return len(self.parts)

    def __getitem__(self, item: int) -> Batch:
        rows = self.parts[item]
        raster, tokens, scalars, allowed, kind, log_ratio = (tensor[rows] for tensor in self.tensors)
        return raster, tokens, scalars, allowed, kind, log_ratio

    def __iter__(self) -> Iterator[Batch]:
        return (self[item] for item in range(len(self)))


class BatchPlan(pl.LightningDataModule):  # type: ignore[misc]
    """The training split as whole tensors on the device; each epoch has its own order, fixed by the seed."""

    def __init__(self, tensors: Batch, batch_size: int, seed: int) -> None:
        super().__init__()
        self.tensors, self.batch_size, self.seed = tensors, batch_size, seed
        self.steps = len(_Batches(tensors, batch_size, seed))

    def train_dataloader(self) -> DataLoader[Batch]:
        """Return the batches of the coming epoch."""
        epoch = self.trainer.current_epoch if self.trainer else 0
        return DataLoader(
            _Batches(self.tensors, self.batch_size, self.seed * 1000 + epoch), batch_size=None, collate_fn=_as_is
        )


def _as_is(batch: Any) -> Any:
    return batch


class AveragedWeights:
    """The running average of a network's weights."""

    def __init__(self, net: nn.Module, decay: float) -> None:
        self.net, self.decay, self.updates = net, decay, 0
        self.weights = {name: value.detach().clone() for name, value in net.state_dict().items()}

    def update(self) -> None:
        """Move the average towards the present weights."""
        self.updates += 1
        decay = decay_at(self.updates, self.decay)
        for name, value in self.net.state_dict().items():
            self.weights[name].lerp_(value.detach(), 1.0 - decay)


class Keeper(pl.Callback):  # type: ignore[misc]
    """After each epoch judges the averaged weights, keeps the best, stops early, and writes a file to resume from."""

    def __init__(self, averaged: AveragedWeights, judge: ConnectionNet, stopping: Batch, params: Params) -> None:
        self.averaged, self.judge, self.stopping, self.params = averaged, judge, stopping, params
        self.lowest, self.since = float("inf"), 0
        self.best = {name: value.clone() for name, value in averaged.weights.items()}
        self.history: list[dict[str, float]] = []

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Judge the averaged weights of the epoch; stop when patience is spent."""
        module: Any = pl_module
        figures = self._figures()
        epoch = {"step": float(trainer.current_epoch + 1), "train_loss": module.take_mean_loss()}
        self.history.append({**epoch, **figures})
        if figures["validation_loss"] < self.lowest:
            self.lowest, self.since = figures["validation_loss"], 0
            self.best = {name: value.clone() for name, value in self.averaged.weights.items()}
        else:
            self.since += 1
        trainer.should_stop = trainer.should_stop or self.since >= self.params.patience_epochs

    def state_dict(self) -> dict[str, Any]:
        """Return what a resumed run needs."""
        averaged = {"weights": self.averaged.weights, "updates": self.averaged.updates}
        return {
            "averaged": averaged,
            "best": self.best,
            "lowest": self.lowest,
            "since": self.since,
            "history": self.history,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from where `state_dict` was taken."""
        self.averaged.weights = state_dict["averaged"]["weights"]
        self.averaged.updates = state_dict["averaged"]["updates"]
        self.best, self.lowest = state_dict["best"], state_dict["lowest"]
        self.since, self.history = state_dict["since"], state_dict["history"]

    def _figures(self) -> dict[str, float]:
        self.judge.load_state_dict(self.averaged.weights)
        self.judge.eval()
        kind_sum, capacity_sum, hits, count = 0.0, 0.0, 0.0, len(self.stopping[0])
        with torch.inference_mode():
            for start in range(0, count, EVALUATION_ROWS):
                part: Any = tuple(tensor[start : start + EVALUATION_ROWS] for tensor in self.stopping)
                kind, capacity = losses(self.judge, part)
                rows = len(part[0])
                kind_sum, capacity_sum = kind_sum + float(kind) * rows, capacity_sum + float(capacity) * rows
                logits, _ = self.judge(*part[:3])
                barred = torch.cat([~part[3], torch.zeros_like(part[3][:, :1])], dim=1)
                hits += float((logits.masked_fill(barred, BARRED_LOGIT).argmax(dim=1) == part[4]).sum())
        loss = (kind_sum + self.params.capacity_weight * capacity_sum) / count
        return {"validation_loss": loss, "validation_accuracy": hits / count}


class EpochBar(pl.Callback):  # type: ignore[misc]
    """One progress bar over the epochs."""

    def __init__(self, epochs: int, keeper: Keeper) -> None:
        from tqdm import tqdm

        self.keeper = keeper
        self.bar = tqdm(total=epochs, desc="connection_designer", unit="epoch")

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:  # noqa: ARG002
        """Move on to the epoch that has ended."""
        if self.keeper.history:
            self.bar.set_postfix(accuracy=f"{self.keeper.history[-1]['validation_accuracy']:.4f}")
        self.bar.update(trainer.current_epoch + 1 - self.bar.n)

    def on_fit_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:  # noqa: ARG002
        """Close the bar."""
        self.bar.close()


def checkpoint_path(scratch_dir: Path, params: Params, seed: int, inputs: Tensor) -> Path:
    """Return the checkpoint file of this very run: same parameters, seed and training inputs."""
    content = json.dumps([asdict(params), seed, list(inputs.shape), float(inputs.double().sum())], sort_keys=True)
    return scratch_dir / f"connection_designer-{hashlib.sha256(content.encode()).hexdigest()[:16]}.ckpt"


class Checkpoint(pl.Callback):  # type: ignore[misc]
    """Writes the whole training state after every ``every`` epochs, in place of the one before."""

    def __init__(self, path: Path, every: int = 2) -> None:
        self.path, self.every = path, every

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:  # noqa: ARG002
        """Save, by way of a second name, so that a kill leaves a whole file."""
        if (trainer.current_epoch + 1) % self.every == 0:
            partial = self.path.with_suffix(".part")
            trainer.save_checkpoint(partial)
            partial.replace(self.path)


def tensors_of(arrays: tuple[Any, ...], device: str) -> Batch:
    """Return NumPy arrays as tensors on the device, in the order of `Batch`."""
    raster, tokens, scalars, allowed, kind, log_ratio = (torch.from_numpy(part).to(device) for part in arrays)
    return raster, tokens, scalars, allowed, kind, log_ratio
