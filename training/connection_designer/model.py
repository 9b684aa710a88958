"""The network: convolutions over the drawing, attention over the bolts asked by the scalars, two heads."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from structural.problems.connection_designer.catalogue import FAMILIES
from structural.problems.connection_designer.decoding import BARRED_LOGIT
from structural.problems.connection_designer.encoding import CHANNELS, PIXELS, TOKEN_FEATURES
from training.connection_designer.params import ATTENTION, CNN, Params
from training.lightning import pl

Batch = tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]
"""Raster, tokens, scalars, allowed families, class, log(capacity / load)."""


class ConnectionNet(nn.Module):
    """Type logits and log(capacity / load) of each answer, both (B, 7), from the arrays of `encoding.Encoded`.

    A part that the parameters leave out is not built, and what it would read is not looked at.
    """

    def __init__(self, params: Params, mean: Tensor, scale: Tensor) -> None:
        super().__init__()
        self.reads_drawing, self.reads_bolts = CNN in params.parts, ATTENTION in params.parts
        self.mean: Tensor
        self.scale: Tensor
        self.register_buffer("mean", mean)
        self.register_buffer("scale", scale)
        entering, width = mean.numel(), params.hidden_width
        if self.reads_drawing:
            self.drawing = _drawing_reader(params)
            entering += params.drawing_width
        if self.reads_bolts:
            self.query = nn.Linear(mean.numel(), params.token_width)
            self.bolts = nn.Sequential(nn.Linear(len(TOKEN_FEATURES), params.token_width), nn.GELU())
            self.attention = nn.MultiheadAttention(params.token_width, params.heads, batch_first=True)
            entering += params.token_width
        self.entry = nn.Linear(entering, width)
        self.trunk = nn.ModuleList(
            nn.Sequential(
                nn.LayerNorm(width), nn.Linear(width, width), nn.GELU(), nn.Dropout(params.dropout),
                nn.Linear(width, width),
            )
            for _ in range(params.blocks)
        )  # fmt: skip
        self.kind = nn.Sequential(nn.LayerNorm(width), nn.GELU(), nn.Linear(width, len(FAMILIES)))
        self.capacity = nn.Sequential(nn.LayerNorm(width), nn.GELU(), nn.Linear(width, len(FAMILIES)))

    def forward(self, raster: Tensor, tokens: Tensor, scalars: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits and log(capacity / load) of each answer, both (B, 7); absent bolts get no attention."""
        known = (scalars - self.mean) / self.scale
        read = [known]
        if self.reads_drawing:
            read.append(self.drawing(raster.to(scalars.dtype) / 255.0))  # (B, D)
        if self.reads_bolts:
            read.append(self._ask_bolts(known, tokens))  # (B, W)
        state = self.entry(torch.cat(read, dim=1))
        for block in self.trunk:
            state = state + block(state)
        return self.kind(state), self.capacity(state)

    def _ask_bolts(self, known: Tensor, tokens: Tensor) -> Tensor:
        absent = tokens[:, :, -1] < 0.5  # (B, T)
        bolts = self.bolts(tokens)  # (B, T, W)
        asked = self.query(known)[:, None, :]  # (B, 1, W)
        answered, _ = self.attention(asked, bolts, bolts, key_padding_mask=absent, need_weights=False)
        answer: Tensor = answered[:, 0]
        return answer


def _drawing_reader(params: Params) -> nn.Sequential:
    first, second = params.channels
    return nn.Sequential(
        nn.Conv2d(len(CHANNELS), first, 4, stride=4),
        nn.GELU(),
        nn.Conv2d(first, second, 3, stride=2, padding=1),
        nn.GELU(),
        nn.Flatten(),
        nn.Linear(second * (PIXELS // 8) ** 2, params.drawing_width),
        nn.GELU(),
    )


class ConnectionModule(pl.LightningModule):  # type: ignore[misc]
    """Training of `ConnectionNet`: cross-entropy over permitted families and Huber loss of the log capacity."""

    def __init__(
        self,
        net: ConnectionNet,
        params: Params,
        total_steps: int,
        average: Callable[[], None],
        seed: int,
    ) -> None:
        super().__init__()
        self.net = net
        self.params = params
        self.total_steps = total_steps
        self.average = average
        self.seed = seed
        self._losses: list[Tensor] = []

    def training_step(self, batch: Batch, _: int) -> Tensor:
        """Return the loss of one batch."""
        # Each step has its own random numbers, so that a resumed run drops out what an unbroken one does.
        torch.manual_seed(self.seed * 1_000_003 + self.global_step)
        kind, capacity = losses(self.net, batch)
        loss = kind + self.params.capacity_weight * capacity
        self._losses.append(loss.detach())  # read an epoch later: each reading makes the device wait
        return loss

    def on_train_batch_end(self, *_: object) -> None:
        """Move the running average of the weights."""
        self.average()

    def take_mean_loss(self) -> float:
        """Return the mean loss of the batches since the last call."""
        mean = sum(map(float, self._losses)) / len(self._losses)
        self._losses.clear()
        return mean

    def configure_optimizers(self) -> dict[str, object]:
        """Return AdamW with a one-cycle (cosine) schedule a step."""
        optimizer = torch.optim.AdamW(
            self.net.parameters(), lr=self.params.learning_rate, weight_decay=self.params.weight_decay
        )
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, max_lr=self.params.learning_rate, total_steps=max(self.total_steps, 2), pct_start=0.15
        )
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def losses(net: ConnectionNet, batch: Batch) -> tuple[Tensor, Tensor]:
    """Return the mean losses of the type and of the capacity head."""
    raster, tokens, scalars, allowed, kind, log_ratio = batch
    logits, capacity = net(raster, tokens, scalars)
    barred = torch.cat([~allowed, torch.zeros_like(allowed[:, :1])], dim=1)
    masked = logits.float().masked_fill(barred, BARRED_LOGIT)
    own = capacity.float().gather(1, kind[:, None])[:, 0]  # only the true answer's capacity is known
    return functional.cross_entropy(masked, kind), functional.huber_loss(own, log_ratio, delta=0.2)
