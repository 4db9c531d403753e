"""The training loop of the localizer: resumable to the bit, watched by operation."""

from __future__ import annotations

import csv
import logging
import math
import os
import re
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from locard.bench.datasets import DatasetError, Item
from locard.methods.learned.backbone import SIDE, open_tokens
from locard.methods.learned.content_localizer import BLOCKS
from locard.nets.content import Projection
from locard.nets.localizer import Localizer, Output
from locard.train.checkpoint import load_checkpoint, write_whole
from locard.train.config import ConfigError, OptimizerConfig, PhaseConfig, TrainConfig
from locard.train.crops import (
    Batch,
    CropSampler,
    Listed,
    batches,
    choose_validation,
    list_items,
    mirror_edges,
)
from locard.train.losses import losses
from locard.train.mosaics import MosaicSampler, Versions, list_photos, list_versions
from locard.train.teacher import FITTED, Teacher, fit_projection, read_crops
from locard.train.validation import PROTOCOLS, examine_items, summarise

_log = logging.getLogger(__name__)

CHECKPOINT = "checkpoint.pt"
LOG = "log.csv"
VALIDATION = "validation.csv"
_LOG_EVERY = 20
_FLOOR = 0.01
# Parameters of residual blocks and of the appearance view, of which a network may have more than
# what it starts from.
_ADDED = re.compile(r"stage\d+\.\d+\.|appearance\.|join16\.")


def rate_at(step: int, steps: int, config: OptimizerConfig) -> float:
    """Learning rate of a step: linear warm-up, constant, cosine over the last part of the run."""
    rise = min(1.0, (step + 1) / (config.warmup + 1))
    start = steps * (1 - config.decay)
    over = min(1.0, max(0.0, (step - start) / max(1.0, steps - start)))
    fall = _FLOOR + (1 - _FLOOR) * (1 + math.cos(math.pi * over)) / 2
    return config.rate * rise * fall


class Average:
    """Exponential moving average of weights and of the statistics of normalisations."""

    def __init__(self, net: nn.Module) -> None:
        self.state = {k: v.detach().clone() for k, v in net.state_dict().items()}

    @torch.no_grad()
    def update(self, net: nn.Module, step: int, decay: float) -> None:
        """Move towards the network; young averages forget faster."""
        keep = min(decay, (1 + step) / (10 + step))
        for name, value in net.state_dict().items():
            if value.is_floating_point():
                self.state[name].lerp_(value, 1 - keep)
            else:
                self.state[name].copy_(value)


def forward_groups(net: Localizer, rgb: Tensor, group: int, together: Tensor) -> Output:
    """Examine crops that come in groups of one picture, which are each other's context.

    Args:
        rgb: uint8, N × H × W × 3, crops of a picture after each other.
        group: crops of a picture.
        together: bool, N; crops for which it is False see themselves alone.
    """
    encoded = net.encode(rgb)
    tokens = encoded.tokens
    n, t, c = tokens.shape
    grouped = tokens.reshape(n // group, group, t, c)
    others = [grouped.roll(shift, 1) for shift in range(1, group)]
    if others:
        context = torch.cat(others, 2).reshape(n, (group - 1) * t, c)
        # A crop's own tokens a second time change neither means nor attention.
        own = tokens.repeat(1, group - 1, 1)
        context = torch.where(together[:, None, None], context, own)
    else:
        context = tokens[:, :0]
    return net.decode(encoded, context)


@dataclass
class State:
    """All that a resumed training needs beside its configuration.

    Attributes:
        step: optimizer steps done.
        drawn: groups of crops drawn: the position in the data.
        projection: what a teacher's tokens are projected with, once it has been opened; the view
            that has learnt them knows no other.
        crops_before: crops that the weights to start from have learnt from.
        minutes: of training so far.
    """

    net: Localizer
    average: Average
    optimizer: torch.optim.AdamW
    projection: dict[str, Tensor] | None = None
    step: int = 0
    drawn: int = 0
    crops: int = 0
    crops_before: int = 0
    minutes: float = 0.0
    validated: float = 0.0
    sums: dict[str, float] = field(default_factory=dict)


def optimizer_of(net: nn.Module, config: OptimizerConfig) -> torch.optim.AdamW:
    """AdamW over all parameters; biases and norms do not decay, a view may have its own rate."""
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for name, parameter in net.named_parameters():
        kind = name.startswith("appearance."), parameter.ndim > 1
        groups.setdefault(kind, []).append(parameter)
    return torch.optim.AdamW(
        [
            {
                "params": parameters,
                "weight_decay": config.weight_decay if decayed else 0.0,
                "share": config.view if of_view else 1.0,
            }
            for (of_view, decayed), parameters in groups.items()
        ],
        lr=config.rate,
        betas=(0.9, 0.99),
        fused=True,
    )


def new_state(config: TrainConfig) -> State:
    """The state of a training before its first step."""
    torch.manual_seed(config.seed)
    net = Localizer(config.network)
    projection, before = None, 0
    if config.init is not None:
        given = load_checkpoint(config.init)
        _start_from(net, given, config.init)
        projection = given.get("projection")
        before = given.get("crops", 0) + given.get("crops_before", 0)
    net.to(config.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = optimizer_of(net, config.optimizer)
    return State(net, Average(net), optimizer, projection, crops_before=before)


def _start_from(net: Localizer, checkpoint: Mapping[str, Any], file: Path) -> None:
    """Take averaged weights; what they lack says nothing at first.

    A deeper network, or one with an appearance view, so says at first what the given one says
    (Net2Net, Chen et al., 2016).

    Raises: ConfigError for weights of another network.
    """
    given = checkpoint.get("average")
    if not isinstance(given, dict):
        raise ConfigError(f"{file} holds no averaged weights; name a checkpoint of this command")
    own = net.state_dict()
    added = own.keys() - given.keys()
    differ = [k for k, v in given.items() if k not in own or own[k].shape != v.shape]
    if differ or not all(_ADDED.match(name) for name in added):
        raise ConfigError(
            f"{file} holds weights of another network; set network to the one they are of, "
            "or give it more blocks (depths) or an appearance view alone"
        )
    net.load_state_dict({**own, **given})


def _resume(config: TrainConfig, state: State) -> None:
    loaded = load_checkpoint(config.out / CHECKPOINT, config.device)
    if loaded["network"] != config.network.model_dump(mode="json"):
        raise ConfigError(f"{config.out} holds a training of another network; name another out")
    state.net.load_state_dict(loaded["net"])
    state.average.state = loaded["average"]
    state.projection = loaded["projection"]
    # Rate and decay are the configuration's, which may have changed, and not the checkpoint's.
    settings = [
        {name: group[name] for name in ("weight_decay", "share")}
        for group in state.optimizer.param_groups
    ]
    state.optimizer.load_state_dict(loaded["optimizer"])
    for group, own in zip(state.optimizer.param_groups, settings, strict=True):
        group.update(own)
    state.crops_before = loaded.get("crops_before", state.crops_before)
    torch.set_rng_state(loaded["random"].cpu())
    for name in ("step", "drawn", "crops", "minutes", "validated", "sums"):
        setattr(state, name, loaded[name])


def save(config: TrainConfig, state: State) -> None:
    """Write the checkpoint."""
    held = {
        "network": config.network.model_dump(mode="json"),
        "net": state.net.state_dict(),
        "average": state.average.state,
        "projection": state.projection,
        "optimizer": state.optimizer.state_dict(),
        "random": torch.get_rng_state(),
        "step": state.step,
        "drawn": state.drawn,
        "crops": state.crops,
        "crops_before": state.crops_before,
        "minutes": state.minutes,
        "validated": state.validated,
        "sums": state.sums,
    }
    write_whole(config.out / CHECKPOINT, lambda fresh: torch.save(held, fresh))


def append_row(file: Path, row: dict[str, object]) -> None:
    """Add a row to a CSV; the first brings the header."""
    new = not file.exists()
    with file.open("a", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(row))
        if new:
            writer.writeheader()
        writer.writerow(row)


@contextmanager
def stoppable() -> Iterator[Callable[[], bool]]:
    """Turn the first SIGINT or SIGTERM into a wish that is looked at between steps."""
    asked: list[int] = []

    def ask(number: int, frame: object) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)

    before = {s: signal.signal(s, ask) for s in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def phase_at(config: TrainConfig, step: int) -> tuple[PhaseConfig, int]:
    """The phase of a step, and the step at which it ends."""
    end = 0
    for phase in config.phases:
        end += phase.steps
        if step < end:
            return phase, end
    return config.phases[-1], end


class Pictures(NamedTuple):
    """What a training draws from, and what it holds out of its sets to watch."""

    training: list[Listed]
    held: list[Listed]
    photos: list[Path]
    versions: list[Versions]


def list_pictures(config: TrainConfig) -> Pictures:
    """List what a configuration names. Raises: ConfigError, DatasetError."""
    share = config.validation.share
    photos = list_photos(config.photos, share)
    if not photos and any(phase.mosaics for phase in config.phases):
        raise ConfigError("a phase asks for mosaics; name folders of authentic photos in photos")
    training, held = list_items(config.sets, share, config.sampling.skip)
    return Pictures(training, held, photos, list_versions(config.versions, share))


def sampler_of(
    config: TrainConfig, phase: PhaseConfig, pictures: Pictures, teacher: Teacher | None = None
) -> Callable[[int], Batch]:
    """What draws the groups of crops of a phase by their number."""
    training, _, photos, versions = pictures
    crops = CropSampler(training, config.sampling, phase.size, phase.group, config.seed)
    mosaics = MosaicSampler(photos, phase.size, phase.group, config.seed, versions, phase.wide)

    def draw(number: int) -> Batch:
        rng = np.random.default_rng([config.seed, number, 2])
        batch = (mosaics if rng.random() < phase.mosaics else crops).draw(number)
        mirror_edges(batch, rng)
        if teacher is not None and rng.random() < phase.taught:
            return replace(batch, taught=teacher(batch.rgb))
        return batch

    return draw


def _open_teacher(
    config: TrainConfig,
    backbone: Path | None,
    sampler: Callable[[PhaseConfig], Callable[[int], Batch]],
    state: State,
) -> Teacher | None:
    """Open the backbone if a phase is taught by it; the state keeps its projection.

    Raises: ConfigError, BackboneError.
    """
    taught = [phase for phase in config.phases if phase.taught]
    if not taught:
        return None
    if config.network.appearance is None:
        raise ConfigError("phases are taught, but no view could learn it; set network.appearance")
    if wrong := next((phase.size for phase in taught if phase.size != SIDE), None):
        raise ConfigError(
            f"a taught phase has crops of {wrong}; windows of the backbone are {SIDE}"
        )
    read = open_tokens(backbone, BLOCKS)
    if state.projection is None:
        draw = sampler(taught[0])
        state.projection = fit_projection(
            lambda n: read_crops(draw(n).rgb, read), FITTED
        ).state_dict()
    projection = Projection()
    projection.load_state_dict(state.projection)
    return Teacher(read, projection)


def train(
    config: TrainConfig,
    *,
    backbone: Path | None = None,
    limit_minutes: float | None = None,
    say: Callable[[str], None] = lambda sentence: None,
) -> bool:
    """Train until the phases are done, the time is over or a signal comes; then resumable.

    Returns: whether the training is complete.

    Args: backbone: from `find_backbone`, for phases that are taught.

    Raises: ConfigError, DatasetError, BackboneError, one sentence each.
    """
    pictures = list_pictures(config)
    chosen = choose_validation(pictures.held, config.validation.items)
    if not any(item.label for item in chosen):
        raise DatasetError("no edited picture is held out; raise validation.share or add pictures")
    if config.device == "cuda" and not torch.cuda.is_available():
        raise ConfigError("device is cuda, but PyTorch finds none")
    torch.set_num_threads(config.threads or os.cpu_count() or 1)
    cv2.setNumThreads(1)
    config.out.mkdir(parents=True, exist_ok=True)
    (config.out / "config.json").write_text(config.model_dump_json(indent=2), encoding="utf-8")

    def sampler(phase: PhaseConfig, teacher: Teacher | None = None) -> Callable[[int], Batch]:
        return sampler_of(config, phase, pictures, teacher)

    state = new_state(config)
    if (config.out / CHECKPOINT).exists():
        _resume(config, state)
        say(f"going on at step {state.step} of {config.steps}")
    teacher = _open_teacher(config, backbone, sampler, state)
    size = sum(p.numel() for p in state.net.parameters()) / 1e6
    say(
        f"{len(pictures.training)} pictures to train on, {len(chosen)} held out to watch; "
        f"{size:.2f} million parameters, {config.steps} steps"
    )
    start, before = time.monotonic(), state.minutes
    saved = state.minutes

    def clock() -> float:
        state.minutes = before + (time.monotonic() - start) / 60
        return state.minutes

    with stoppable() as stopped:

        def over() -> bool:
            out_of_time = limit_minutes is not None and clock() - before >= limit_minutes
            return stopped() or out_of_time

        while state.step < config.steps and not over():
            phase, end = phase_at(config, state.step)
            draw = sampler(phase, teacher)
            stream = batches(draw, phase.pictures, state.drawn, config.loaders)
            try:
                while state.step < end and not over():
                    train_step(config, state, next(stream), phase)
                    clock()
                    if state.step % _LOG_EVERY == 0:
                        _write_log(config, state, say)
                    if state.minutes - saved >= config.checkpoint_minutes:
                        save(config, state)
                        saved = state.minutes
                    if state.minutes - state.validated >= config.validation.every_minutes:
                        state.validated = state.minutes
                        validate(config, state, chosen, say)
            finally:
                stream.close()  # type: ignore[attr-defined]
        done = state.step >= config.steps
        if done:
            validate(config, state, chosen, say)
        save(config, state)
    say(
        f"the training is complete after {state.crops} crops"
        if done
        else f"stopped at step {state.step} of {config.steps}; the same command goes on"
    )
    return done


def train_step(config: TrainConfig, state: State, batch: Batch, phase: PhaseConfig) -> None:
    """One step of the optimizer; adds the parts of the loss to the sums of the log."""
    device = config.device
    state.net.train()
    if state.net.appearance is not None:
        # Its normalisations stay as well: what it is taught by itself is all that it says then.
        state.net.appearance.train(not phase.frozen).requires_grad_(not phase.frozen)
    for group in state.optimizer.param_groups:
        group["lr"] = group["share"] * rate_at(state.step, config.steps, config.optimizer)
    tensors = [torch.from_numpy(x).to(device) for x in (batch.rgb, batch.mask, batch.sure)]
    rgb, mask, sure = tensors
    edited = torch.from_numpy(batch.edited).to(device)
    together = torch.from_numpy(batch.together).to(device)
    history = torch.from_numpy(batch.history).to(device)
    taught = None if batch.taught is None else torch.from_numpy(batch.taught).to(device)
    with torch.autocast(device, dtype=torch.bfloat16):
        output = forward_groups(state.net, rgb, phase.group, together)
    parts = losses(output, mask, sure, edited, config.losses, history, taught)
    state.optimizer.zero_grad(set_to_none=True)
    parts["total"].backward()  # type: ignore[no-untyped-call]
    norm = nn.utils.clip_grad_norm_(state.net.parameters(), config.optimizer.clip)
    if bool(torch.isfinite(norm)):
        state.optimizer.step()
        state.average.update(state.net, state.step, config.optimizer.average)
    else:
        # One broken batch must not end a training of days; the log shows how many there were.
        state.sums["skipped"] = state.sums.get("skipped", 0.0) + 1
    state.step += 1
    state.drawn += phase.pictures
    state.crops += len(batch.rgb)
    for name, value in (*parts.items(), ("norm", norm)):
        state.sums[name] = state.sums.get(name, 0.0) + float(value.detach())


def _write_log(config: TrainConfig, state: State, say: Callable[[str], None]) -> None:
    names = ["total", "pixels", "dice", "edge", "integrity", "confidence", "history"]
    if config.network.appearance:
        names.append("taught")
    names.append("norm")
    means = {name: round(state.sums.get(name, 0.0) / _LOG_EVERY, 5) for name in names}
    row: dict[str, object] = {
        "step": state.step,
        "crops": state.crops,
        "minutes": round(state.minutes, 2),
        "rate": f"{rate_at(state.step, config.steps, config.optimizer):.2e}",
        **means,
        "skipped": int(state.sums.get("skipped", 0)),
    }
    state.sums = {}
    append_row(config.out / LOG, row)
    say(", ".join(f"{name} {value}" for name, value in row.items()))


def validate(
    config: TrainConfig, state: State, items: list[Item], say: Callable[[str], None]
) -> None:
    """Examine the held-out pictures with the averaged weights; one row per operation."""
    net = Localizer(config.network)
    net.load_state_dict(state.average.state)
    net.eval().to(config.device, memory_format=torch.channels_last)  # type: ignore[call-overload]

    @torch.inference_mode()
    def predict(rgb: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], float]:
        picture = torch.from_numpy(rgb[None]).to(config.device)
        with torch.autocast(config.device, dtype=torch.bfloat16):
            encoded = net.encode(picture)
            found = net.decode(encoded, encoded.tokens[:, :0])
        heat = torch.sigmoid(found.logits.float())[0, 0].cpu().numpy()
        return heat, float(found.integrity[0])

    table = summarise(examine_items(items, predict, config.validation.size))
    for operation, figures in table.items():
        row: dict[str, object] = {
            "step": state.step,
            "crops": state.crops,
            "minutes": round(state.minutes, 1),
            "operation": operation,
            "n": int(figures["n"].value),
        }
        for name in (*PROTOCOLS, "image auc"):
            row[name] = round(figures[name].value, 4) if name in figures else ""
        append_row(config.out / VALIDATION, row)
        say(" ".join(f"{name} {value}" for name, value in row.items()))
