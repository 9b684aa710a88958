"""The network: a few wide layers that regress the score, the factors and the quantiles together."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from training.contract import TrainingJob
from training.devices import prepare_torch, resolve_device
from training.lightning import make_trainer, pl
from training.risk_analyzer.arrays import Split
from training.risk_analyzer.params import Params

Batch = tuple[Tensor, Tensor]
_HUBER_BETA = 0.05
"""Errors below this share of a target's spread are squared, larger ones absolute: misses far out do not lead."""
_WARM_UP_SHARE = 0.15
_VALIDATION_BATCH = 4096


class RiskNet(nn.Module):
    """Features (n, k) to targets (n, t), both on their natural scale; the scaling is part of the network."""

    feature_mean: Tensor
    feature_spread: Tensor
    target_mean: Tensor
    target_spread: Tensor

    def __init__(self, params: Params, training: Split) -> None:
        super().__init__()
        features, targets = training.features.astype(np.float64), training.targets
        self.register_buffer("feature_mean", _tensor(features.mean(axis=0)))
        self.register_buffer("feature_spread", _tensor(np.maximum(features.std(axis=0), 1e-3)))
        self.register_buffer("target_mean", _tensor(targets.mean(axis=0)))
        self.register_buffer("target_spread", _tensor(np.maximum(targets.std(axis=0), 1e-6)))
        widths = [features.shape[1], *[params.hidden_width] * params.layers]
        hidden = [layer for pair in pairwise(widths) for layer in (nn.Linear(*pair), nn.SiLU())]
        self.body = nn.Sequential(*hidden, nn.Linear(widths[-1], targets.shape[1]))

    def standard(self, features: Tensor) -> Tensor:
        """Return the targets in units of their spread about their mean."""
        outputs: Tensor = self.body((features - self.feature_mean) / self.feature_spread)
        return outputs

    def forward(self, features: Tensor) -> Tensor:
        return self.standard(features) * self.target_spread + self.target_mean


def _tensor(values: np.ndarray) -> Tensor:
    return torch.from_numpy(values.astype(np.float32))


class RiskModule(pl.LightningModule):  # type: ignore[misc]
    """Training of a `RiskNet`; hands the figures of each epoch to ``record``."""

    def __init__(self, net: RiskNet, params: Params, steps: int, record: Callable[[dict[str, float]], None]) -> None:
        super().__init__()
        self.net, self.params, self.steps, self.record = net, params, steps, record
        weights = torch.ones(len(net.target_mean))
        weights[0] = params.score_weight
        self.register_buffer("weights", weights / weights.mean())
        self.losses: list[Tensor] = []
        self.errors: list[Tensor] = []

    def training_step(self, batch: Batch, _: int) -> Tensor:
        """Return the weighted loss of one batch."""
        loss = self._loss(batch).mean()
        self.losses.append(loss.detach())
        return loss

    def validation_step(self, batch: Batch, _: int) -> None:
        """Keep the errors of the score."""
        features, targets = batch
        self.errors.append((self.net(features)[:, 0] - targets[:, 0]).abs())

    def on_validation_epoch_end(self) -> None:
        """Report the epoch."""
        error = torch.cat(self.errors).mean()
        self.log("score_mae", error)
        loss = float(torch.stack(self.losses).mean()) if self.losses else float("nan")
        self.record({"step": float(self.current_epoch), "train_loss": loss, "network_score_mae": float(error)})
        self.losses, self.errors = [], []

    def configure_optimizers(self) -> Any:
        """Return AdamW on a one-cycle schedule."""
        rate = self.params.learning_rate
        optimizer = torch.optim.AdamW(self.net.parameters(), lr=rate, weight_decay=self.params.weight_decay)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, rate, total_steps=self.steps + 1, pct_start=_WARM_UP_SHARE
        )
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def _loss(self, batch: Batch) -> Tensor:
        features, targets = batch
        wanted = (targets - self.net.target_mean) / self.net.target_spread
        losses = nn.functional.smooth_l1_loss(self.net.standard(features), wanted, beta=_HUBER_BETA, reduction="none")
        weighted: Tensor = losses * self.weights
        return weighted


class _Batches(Dataset[Batch]):
    """Whole batches of a split held on the device, in an order fixed by a seed (none: as stored)."""

    def __init__(self, tensors: Batch, batch_size: int, seed: int | None) -> None:
        count = len(tensors[0])
        order = torch.arange(count)
        if seed is not None:
            order = torch.randperm(count, generator=torch.Generator().manual_seed(seed))
        self.tensors = tensors
        self.parts = order.to(tensors[0].device).split(batch_size)

    def __len__(self) -> int:
        return len(self.parts)

    def __getitem__(self, item: int) -> Batch:
        rows = self.parts[item]
        return self.tensors[0][rows], self.tensors[1][rows]

    def __iter__(self) -> Iterator[Batch]:
        return (self[item] for item in range(len(self)))


class _Data(pl.LightningDataModule):  # type: ignore[misc]
    def __init__(self, training: Split, stopping: Split, batch_size: int, job: TrainingJob) -> None:
        super().__init__()
        device = resolve_device(job.device)
        self.training, self.stopping = _tensors(training, device), _tensors(stopping, device)
        self.batch_size, self.seed = batch_size, job.seed

    def train_dataloader(self) -> DataLoader[Batch]:
        epoch = self.trainer.current_epoch if self.trainer else 0
        batches = _Batches(self.training, self.batch_size, self.seed * 1000 + epoch)
        return DataLoader(batches, batch_size=None, collate_fn=_as_is)

    def val_dataloader(self) -> DataLoader[Batch]:
        return DataLoader(_Batches(self.stopping, _VALIDATION_BATCH, None), batch_size=None, collate_fn=_as_is)


def _as_is(batch: Any) -> Any:
    return batch


def _tensors(split: Split, device: str) -> Batch:
    return torch.from_numpy(split.features).to(device), _tensor(split.targets).to(device)


class _KeepBest(pl.Callback):  # type: ignore[misc]
    """Keeps the weights of the least validation error in memory, stops when it no longer falls, shows progress."""

    def __init__(self, params: Params, show_progress: bool) -> None:
        from tqdm import tqdm

        self.patience_epochs = params.patience_epochs
        self.least, self.since = float("inf"), 0
        self.weights: dict[str, Tensor] = {}
        self.bar = tqdm(total=params.epochs, desc="risk_analyzer network", unit="epoch", disable=not show_progress)

    def on_validation_end(self, trainer: pl.Trainer, pl_module: RiskModule) -> None:
        error = float(trainer.callback_metrics["score_mae"])
        self.bar.set_postfix(score_mae=f"{error:.4f}")
        self.bar.update()
        self.since += 1
        if error < self.least:
            self.least, self.since = error, 0
            self.weights = {name: value.detach().clone() for name, value in pl_module.net.state_dict().items()}
        trainer.should_stop = trainer.should_stop or self.since >= self.patience_epochs

    def on_fit_end(self, trainer: pl.Trainer, pl_module: RiskModule) -> None:  # noqa: ARG002
        self.bar.close()


def fit_network(
    training: Split, stopping: Split, params: Params, job: TrainingJob
) -> tuple[RiskNet, list[dict[str, float]]]:
    """Fit the network; return it as it was at its least validation error, on the CPU, and the history of epochs."""
    device = prepare_torch(job)
    net = RiskNet(params, training)
    history: list[dict[str, float]] = []
    steps = params.epochs * -(-len(training.features) // params.batch_size)
    best = _KeepBest(params, job.show_progress)
    # bf16 has three significant digits and the score needs four; matrices this small are cheap in full precision.
    trainer = make_trainer(params.epochs, device, [best], full_precision=True)
    trainer.fit(
        RiskModule(net, params, steps, history.append), datamodule=_Data(training, stopping, params.batch_size, job)
    )
    net.load_state_dict(best.weights)
    return net.cpu().eval(), history


def constant_network(params: Params, training: Split) -> RiskNet:
    """Return a network that answers the mean of every target whatever it is asked: it stands in for one left out."""
    net = RiskNet(replace(params, layers=0), training)
    for weights in net.parameters():
        nn.init.zeros_(weights)
    return net.eval()


def predict_network(net: RiskNet, features: np.ndarray) -> np.ndarray:
    """Return the targets of features, shape (n, t), float64."""
    with torch.inference_mode():
        outputs: np.ndarray = net(torch.from_numpy(features)).numpy().astype(np.float64)
    return outputs
