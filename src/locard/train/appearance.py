"""Teaching the localizer's appearance view what the frozen backbone sees, by itself.

It needs no labels and learns faster so than within a training of the whole network. Crops of 224
pixels and the backbone's tokens for them are written to the training's folder once; an interrupted
run goes on where it stopped. What comes out is a file for `init:` of a training of the whole, and
the view alone as a network that heads read (`locard.methods.learned.synthesis_appearance`).
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from locard.methods.learned.backbone import PATCHES, SHA256, SIDE, open_tokens
from locard.methods.learned.content_localizer import BLOCKS
from locard.nets.content import KEPT, Projection
from locard.nets.localizer import Appearance
from locard.train.checkpoint import (
    begin,
    flush_rows,
    in_groups,
    load_checkpoint,
    open_rows,
    write_whole,
)
from locard.train.config import WITHOUT_CROPS, ConfigError, TrainConfig
from locard.train.export import write_view
from locard.train.localizer import (
    CHECKPOINT,
    LOG,
    Average,
    append_row,
    list_pictures,
    new_state,
    optimizer_of,
    rate_at,
    sampler_of,
    stoppable,
)
from locard.train.losses import token_error
from locard.train.teacher import FITTED, Teacher, fit_projection, read_crops

VIEW = "view.pt"
NETWORK = "appearance-net.onnx"
_LOG_EVERY = 50
# Part of the crops, at their end, that the view is measured on and does not learn from.
_ASIDE = 0.02
# Crops that the exported network is measured on.
_EXPORTED = 96


@dataclass(frozen=True, slots=True)
class Seen:
    """Crops, and what the backbone says of them.

    Attributes:
        rgb: uint8, N × 224 × 224 × 3.
        tokens: float16, N × 196 × 480, projected.
    """

    rgb: NDArray[np.uint8]
    tokens: NDArray[np.float16]

    @classmethod
    def open(cls, folder: Path, crops: int) -> Seen:
        """Open the files of a folder, or begin them."""
        return cls(
            open_rows(folder / "rgb.npy", crops, (SIDE, SIDE, 3), np.uint8),
            open_rows(
                folder / "tokens.npy", crops, (PATCHES * PATCHES, len(BLOCKS) * KEPT), np.float16
            ),
        )

    def flush(self) -> None:
        """Write what memory holds."""
        flush_rows(self.rgb, self.tokens)


def guess(view: Appearance, rgb: NDArray[np.uint8]) -> torch.Tensor:
    """The backbone's tokens of crops as the view guesses them: N × 196 × 480."""
    x = torch.from_numpy(rgb).permute(0, 3, 1, 2).float()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return view.guess(view(x))


@torch.inference_mode()
def explained(view: Appearance, seen: Seen, rows: range) -> list[float]:
    """Part of the variance of each block's tokens that the view's guesses explain.

    1 - Σ (guess - token)² / Σ (token - mean)² of a component, averaged over those of a block.
    """
    view.eval()
    wrong = np.zeros(len(BLOCKS) * KEPT)
    total, square = wrong.copy(), wrong.copy()
    count = 0
    for row in rows:
        tokens = seen.tokens[row].astype(np.float64)
        found = guess(view, seen.rgb[row : row + 1])[0].float().numpy()
        wrong += ((found - tokens) ** 2).sum(0)
        total += tokens.sum(0)
        square += (tokens**2).sum(0)
        count += len(tokens)
    part = 1 - wrong / np.maximum(square - total**2 / count, 1e-9)
    return [float(x) for x in part.reshape(len(BLOCKS), -1).mean(1)]


def train(
    config: TrainConfig,
    backbone: Path | None,
    *,
    epochs: int = 4,
    limit_minutes: float | None = None,
    say: Callable[[str], None] = lambda sentence: None,
) -> bool:
    """Teach the view on the crops of the first phase.

    Of what it writes to ``out``, ``view.pt`` is for `init:`; ``appearance-net.onnx`` and its card
    are written at the end.

    Returns: whether it is complete; without, the same call goes on.

    Args:
        backbone: from `find_backbone`.
        epochs: times that every crop is seen; the learning rate falls over all of them.

    Raises: ConfigError, DatasetError, BackboneError, one sentence each.
    """
    phase = config.phases[0]
    if phase.size != SIDE:
        raise ConfigError(f"phases.0.size is {phase.size}; windows of the backbone are {SIDE}")
    if config.network.appearance is None:
        raise ConfigError("there is no view to be taught; set network.appearance")
    pictures = list_pictures(config)
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    draw = sampler_of(config, phase, pictures)
    read = open_tokens(backbone, BLOCKS)
    state = new_state(config)
    crops = phase.crops // phase.group * phase.group
    aside = max(1, round(crops * _ASIDE))
    if crops - aside < phase.batch:
        raise ConfigError(f"phases.0.crops is {phase.crops}; it takes more than a batch of them")
    crops_of = {"sets", "photos", "versions", "phases", "sampling", "seed", "network"}
    # Another view at the same place may know another projection of the tokens.
    init = None if config.init is None else hashlib.sha256(config.init.read_bytes()).hexdigest()
    begin(
        config.out,
        {
            "config": config.model_dump(mode="json", include=crops_of, exclude=WITHOUT_CROPS),
            "held_out": config.validation.share,
            "init": init,
            "epochs": epochs,
            "backbone": SHA256,
            "blocks": list(BLOCKS),
        },
    )
    projection = _projection(config.out, state.projection, lambda n: read_crops(draw(n).rgb, read))
    teacher, seen = Teacher(read, projection), Seen.open(config.out, crops)
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:

        def keep(number: int) -> None:
            at = slice(number * phase.group, (number + 1) * phase.group)
            seen.rgb[at] = rgb = draw(number).rgb
            seen.tokens[at] = teacher(rgb)

        in_groups(config.out, crops, phase.group, keep, seen.flush, pool, say)
    torch.set_num_threads(config.threads or os.cpu_count() or 1)
    view = state.net.appearance
    assert view is not None
    taught = _Taught(view, config, epochs * ((crops - aside) // phase.batch))

    def tell(when: str) -> list[float]:
        parts = explained(view, seen, range(crops - aside, crops))
        blocks = ", ".join(f"{p:.3f} (block {b})" for b, p in zip(BLOCKS, parts, strict=True))
        say(f"{when}, of {aside} crops that it does not learn from it explains {blocks}")
        return parts

    if taught.step == 0:
        tell("before")
    with stoppable() as stopped:
        taught.learn(seen, crops - aside, stopped, limit_minutes, say)
    whole = {k: v for k, v in state.net.state_dict().items() if not k.startswith("appearance.")}
    learnt = {f"appearance.{k}": v for k, v in taught.average.state.items()}
    held = {
        "average": {**whole, **learnt},
        "network": config.network.model_dump(mode="json"),
        "projection": projection.state_dict(),
        # All but the view is as it was before.
        "crops_before": state.crops_before,
    }
    write_whole(config.out / VIEW, lambda fresh: torch.save(held, fresh))
    view.load_state_dict(taught.average.state)
    parts = tell("now")
    if taught.step < taught.steps:
        return False
    places = np.linspace(0, crops - 1, min(_EXPORTED, crops)).astype(int)
    training = {
        "crops": crops - aside,
        "epochs": epochs,
        "photos": config.card.photos,
        "taught_by": SHA256,
        "explains": {f"block {b}": round(p, 4) for b, p in zip(BLOCKS, parts, strict=True)},
    }
    chosen = [seen.rgb[i] for i in places]
    say(write_view(view.eval(), chosen, config.out / NETWORK, training, config.card.licence))
    return True


def _projection(
    folder: Path, given: dict[str, torch.Tensor] | None, tokens_of: Callable[[int], Any]
) -> Projection:
    """What the view has learnt with so far, or a projection fitted on the first crops."""
    file = folder / "projection.pt"
    projection = Projection()
    if given is not None:
        projection.load_state_dict(given)
    elif file.exists():
        projection.load_state_dict(load_checkpoint(file))
    else:
        projection = fit_projection(tokens_of, FITTED)
        write_whole(file, lambda fresh: torch.save(projection.state_dict(), fresh))
    return projection


class _Taught:
    """The view, and all that a run that goes on needs."""

    def __init__(self, view: Appearance, config: TrainConfig, steps: int) -> None:
        self.view = view
        self.config = config
        self.steps = steps
        self.average = Average(view)
        self.optimizer = optimizer_of(view, config.optimizer)
        self.step = 0
        self.minutes = 0.0
        file = config.out / CHECKPOINT
        if file.exists():
            held = load_checkpoint(file)
            view.load_state_dict(held["net"])
            self.average.state = held["average"]
            self.optimizer.load_state_dict(held["optimizer"])
            self.step, self.minutes = held["step"], held["minutes"]

    def save(self) -> None:
        """Write the checkpoint."""
        held = {
            "net": self.view.state_dict(),
            "average": self.average.state,
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "minutes": self.minutes,
        }
        write_whole(self.config.out / CHECKPOINT, lambda fresh: torch.save(held, fresh))

    def learn(
        self,
        seen: Seen,
        crops: int,
        stopped: Callable[[], bool],
        limit_minutes: float | None,
        say: Callable[[str], None],
    ) -> None:
        """Go on until the end, a signal, or the limit."""
        batch, chosen = self.config.phases[0].batch, self.config.optimizer
        per_epoch = crops // batch
        before, start, saved = self.minutes, time.monotonic(), self.minutes
        order = np.empty(0, np.intp)
        epoch, error = -1, 0.0
        self.view.train()
        while self.step < self.steps and not stopped():
            if limit_minutes is not None and self.minutes - before >= limit_minutes:
                break
            if epoch != self.step // per_epoch:
                epoch = self.step // per_epoch
                order = np.random.default_rng([self.config.seed, epoch]).permutation(crops)
            first = self.step % per_epoch * batch
            rows = np.sort(order[first : first + batch])
            for group in self.optimizer.param_groups:
                group["lr"] = rate_at(self.step, self.steps, chosen)
            tokens = torch.from_numpy(seen.tokens[rows].astype(np.float32))
            loss = token_error(guess(self.view, seen.rgb[rows]), tokens).mean()
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(self.view.parameters(), chosen.clip)
            self.optimizer.step()
            self.average.update(self.view, self.step, chosen.average)
            self.step += 1
            error += float(loss.detach()) / _LOG_EVERY
            self.minutes = before + (time.monotonic() - start) / 60
            if self.step % _LOG_EVERY == 0:
                row: dict[str, object] = {
                    "step": self.step,
                    "crops": self.step * batch,
                    "minutes": round(self.minutes, 2),
                    "rate": f"{rate_at(self.step, self.steps, chosen):.2e}",
                    "taught": round(error, 4),
                }
                append_row(self.config.out / LOG, row)
                say(", ".join(f"{name} {value}" for name, value in row.items()))
                error = 0.0
            if self.minutes - saved >= self.config.checkpoint_minutes:
                self.save()
                saved = self.minutes
        self.save()
