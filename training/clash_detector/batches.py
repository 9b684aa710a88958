"""Feeding whole tensors to Lightning by index, keeping the best weights, and showing progress."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from training.lightning import pl

if TYPE_CHECKING:
    from training.clash_detector.fit import Arrays

Batch = tuple[Tensor, Tensor, Tensor]


class _Batches(Dataset[Batch]):
    """Batches of a split, shuffled by a seed when one is given; an item is a whole batch."""

    def __init__(self, tensors: Batch, batch_size: int, seed: int | None) -> None:
        count = len(tensors[2])
        self.tensors = tensors
        order = torch.arange(count)
        if seed is not None:
            order = torch.randperm(count, generator=torch.Generator().manual_seed(seed))
        self.parts = list(order.to(tensors[2].device).split(batch_size))
        if seed is not None and len(self.parts) > 1 and len(self.parts[-1]) < batch_size:
            self.parts.pop()  # a tiny last batch spoils batch normalisation

    def __len__(self) -> int:
        return len(self.parts)

    def __getitem__(self, item: int) -> Batch:
        rows = self.parts[item]
        grids, scalars, classes = self.tensors
        return grids[rows], scalars[rows], classes[rows]

    def __iter__(self) -> Iterator[Batch]:
        return (self[item] for item in range(len(self)))


class BatchPlan(pl.LightningDataModule):  # type: ignore[misc]
    """Both splits as whole tensors on the device; each epoch has its own order, fixed by the seed."""

    def __init__(self, training: "Arrays", stopping: "Arrays", batch_size: int, seed: int, device: str) -> None:
        super().__init__()
        self.batch_size, self.seed = batch_size, seed
        self.training, self.stopping = _tensors(training, device), _tensors(stopping, device)
        self.steps = len(_Batches(self.training, batch_size, seed))

    def train_dataloader(self) -> DataLoader[Batch]:
        """Return the batches of the coming epoch."""
        epoch = self.trainer.current_epoch if self.trainer else 0
        batches = _Batches(self.training, self.batch_size, self.seed * 1000 + epoch)
        return DataLoader(batches, batch_size=None, collate_fn=_as_is)

    def val_dataloader(self) -> DataLoader[Batch]:
        """Return the batches that early stopping reads."""
        return DataLoader(_Batches(self.stopping, 1024, None), batch_size=None, collate_fn=_as_is)

    @staticmethod
    def keep_best(patience_epochs: int) -> "KeepBest":
        """Return the callback that stops early and keeps the best weights."""
        return KeepBest(patience_epochs)


def _as_is(batch: Any) -> Any:
    return batch


def _tensors(arrays: "Arrays", device: str) -> Batch:
    parts = (arrays.grids, arrays.scalars, arrays.classes)
    grids, scalars, classes = (torch.from_numpy(part).to(device) for part in parts)
    return grids, scalars, classes


class KeepBest(pl.Callback):  # type: ignore[misc]
    """Keeps the averaged weights of the lowest validation loss in memory and stops when it no longer falls."""

    def __init__(self, patience_epochs: int) -> None:
        self.patience_epochs = patience_epochs
        self.lowest, self.since = float("inf"), 0
        self.weights: dict[str, Tensor] = {}

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Compare this epoch with the best one."""
        loss = float(trainer.callback_metrics["validation_loss"])
        if loss < self.lowest:
            self.lowest, self.since = loss, 0
            net: Any = pl_module.averaged.module
            self.weights = {name: value.detach().clone() for name, value in net.state_dict().items()}
            return
        self.since += 1
        trainer.should_stop = trainer.should_stop or self.since >= self.patience_epochs

    def restore(self, net: nn.Module) -> None:
        """Put the best weights back."""
        if self.weights:
            net.load_state_dict(self.weights)


class _EpochBar(pl.Callback):  # type: ignore[misc]
    """One progress bar over the epochs."""

    def __init__(self, epochs: int) -> None:
        from tqdm import tqdm

        self.bar = tqdm(total=epochs, desc="clash_detector", unit="epoch")

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:  # noqa: ARG002
        """Move on by one epoch."""
        self.bar.set_postfix(validation_loss=f"{float(trainer.callback_metrics['validation_loss']):.4f}")
        self.bar.update()

    def on_fit_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:  # noqa: ARG002
        """Close the bar."""
        self.bar.close()


def progress(show: bool, epochs: int) -> list[pl.Callback]:
    """Return the callbacks that show progress: none, or one bar."""
    return [_EpochBar(epochs)] if show else []
