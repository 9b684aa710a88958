"""The network: convolutions over the overlap zone, an LSTM over its slices, scalars beside it, five classes."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel

from structural.geometry.grids import GRID
from structural.problems.clash_detector.request import CLASSES
from training.averaging import decay_at
from training.clash_detector.params import CNN, LSTM, Params
from training.lightning import pl


class ClashNet(nn.Module):
    """Class logits of pairs from their grids (B, 2, GRID, GRID, GRID) int8 and scalars (B, k).

    The convolutions keep the zone's longest axis (the slices) and halve the other two; the LSTM then reads the slices
    in order along that axis. What stands in for a part that is left out, see `params.PARTS`.
    """

    def __init__(self, params: Params, mean: Tensor, scale: Tensor) -> None:
        super().__init__()
        self.convolves, self.remembers = CNN in params.parts, LSTM in params.parts
        self.mean: Tensor
        self.scale: Tensor
        self.register_buffer("mean", mean)
        self.register_buffer("scale", scale)
        if self.convolves:
            self.convolutions = _convolutions(params.channels)
        if self.convolves or self.remembers:
            voxels = params.channels[1] * (GRID // 4) ** 2 if self.convolves else 2 * GRID**2
            self.summary = nn.Linear(voxels, params.slice_width)
        if self.remembers:
            self.slices = nn.LSTM(params.slice_width, params.lstm_width, batch_first=True)
        read = 2 * params.lstm_width if self.remembers else params.slice_width if self.convolves else 0
        self.head = _head(mean.numel() + read, params)

    def forward(self, grids: Tensor, scalars: Tensor) -> Tensor:
        """Return logits (B, 5)."""
        read = self._read(grids.to(scalars.dtype) / 127.0)
        logits: Tensor = self.head(torch.cat([(scalars - self.mean) / self.scale, *read], dim=1))
        return logits

    def _read(self, volume: Tensor) -> list[Tensor]:
        """Return what the head reads of the zone (B, 2, S, GRID, GRID), one or no summary (B, width)."""
        if not (self.convolves or self.remembers):
            return []
        if self.convolves:
            volume = self.convolutions(volume)  # (B, C, S, 3, 3)
        by_slice = functional.relu(self.summary(volume.permute(0, 2, 1, 3, 4).flatten(2)))  # (B, S, W)
        if not self.remembers:
            return [by_slice.mean(dim=1)]
        states, _ = self.slices(by_slice)  # (B, S, H)
        return [torch.cat([states[:, -1], states.mean(dim=1)], dim=1)]


def _convolutions(channels: tuple[int, int]) -> nn.Sequential:
    first, second = channels
    return nn.Sequential(
        nn.Conv3d(2, first, 3, stride=(1, 2, 2), padding=1),
        nn.BatchNorm3d(first),
        nn.ReLU(),
        nn.Conv3d(first, second, 3, stride=(1, 2, 2), padding=1),
        nn.BatchNorm3d(second),
        nn.ReLU(),
    )


def _head(entering: int, params: Params) -> nn.Sequential:
    width = params.hidden_width
    return nn.Sequential(
        nn.Linear(entering, width),
        nn.BatchNorm1d(width),
        nn.ReLU(),
        nn.Dropout(params.dropout),
        _Residual(width, params.dropout),
        nn.Linear(width, len(CLASSES)),
    )


class _Residual(nn.Module):
    """Two layers (B, width) around which their input goes too."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(width, width),
            nn.BatchNorm1d(width),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(width, width),
            nn.BatchNorm1d(width),
        )

    def forward(self, values: Tensor) -> Tensor:
        """Return values (B, width)."""
        return functional.relu(values + self.layers(values))


class ClashModule(pl.LightningModule):  # type: ignore[misc]
    """Training of `ClashNet`: cross-entropy on smoothed labels, AdamW, one learning-rate cycle, flips of the zone.

    ``averaged`` is the network with a running average of the weights, which generalises better than the last ones: it
    is what is validated and kept.
    """

    def __init__(
        self, net: ClashNet, params: Params, total_steps: int, on_epoch: Callable[[dict[str, float]], None]
    ) -> None:
        super().__init__()
        self.net = net
        self.averaged = AveragedModel(net, avg_fn=self._averaged, use_buffers=True)
        self.params = params
        self.total_steps = total_steps
        self.on_epoch = on_epoch
        self._losses: list[Tensor] = []
        self._found: list[tuple[Tensor, Tensor, int]] = []

    def training_step(self, batch: tuple[Tensor, Tensor, Tensor], _: int) -> Tensor:
        """Return the loss of one batch of grids, scalars and classes."""
        grids, scalars, classes = batch
        loss = self._loss(self.net(flipped(grids), scalars), classes)
        self._losses.append(loss.detach())  # read an epoch later: each reading makes the device wait
        return loss

    def _averaged(self, average: Tensor, present: Tensor, updates: Tensor | int) -> Tensor:
        """Return a weight's average moved towards its present value."""
        decay = decay_at(int(updates), self.params.average_decay)
        return average + (present - average) * (1.0 - decay)

    def on_train_batch_end(self, *_: object) -> None:
        """Move the running average of the weights."""
        self.averaged.update_parameters(self.net)

    def validation_step(self, batch: tuple[Tensor, Tensor, Tensor], _: int) -> None:
        """Gather loss and hits of one batch."""
        grids, scalars, classes = batch
        logits = self.averaged(grids, scalars)
        loss = self._loss(logits.float(), classes) * len(classes)
        self._found.append((loss, (logits.argmax(dim=1) == classes).sum(), len(classes)))

    def _loss(self, logits: Tensor, classes: Tensor) -> Tensor:
        return functional.cross_entropy(logits, classes, label_smoothing=self.params.label_smoothing)

    def on_validation_epoch_end(self) -> None:
        """Report the epoch."""
        loss, hits, count = (sum(map(float, column)) for column in zip(*self._found, strict=True))
        self._found.clear()
        self.log("validation_loss", loss / count, prog_bar=True)
        if self._losses:
            self.on_epoch(
                {
                    "step": float(self.current_epoch + 1),
                    "train_loss": sum(map(float, self._losses)) / len(self._losses),
                    "validation_loss": loss / count,
                    "validation_accuracy": hits / count,
                }
            )
            self._losses.clear()

    def configure_optimizers(self) -> dict[str, object]:
        """Return AdamW with a one-cycle schedule a step."""
        optimizer = torch.optim.AdamW(
            self.net.parameters(), lr=self.params.learning_rate, weight_decay=self.params.weight_decay
        )
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, max_lr=self.params.learning_rate, total_steps=max(self.total_steps, 2), pct_start=0.2
        )
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def flipped(grids: Tensor) -> Tensor:
    """Return the batch mirrored along a random set of the zone's axes: a mirrored zone has the same answer."""
    axes = [axis + 2 for axis in range(3) if bool(torch.rand(()) < 0.5)]
    return torch.flip(grids, axes) if axes else grids
