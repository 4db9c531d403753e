"""Training of the head on the frozen backbone, beside the localizer that ships.

The crops are those of the localizer (`locard.train.localizer.sampler_of`), as large as a window of
the backbone. What backbone and localizer say about them is written to the training's folder once,
and the heads learn from there: a run that was interrupted goes on where it stopped. Another
configuration, localizer or backbone needs another folder.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from locard.methods.learned.backbone import PATCHES, SHA256, SIDE, Floats, Tokens, open_tokens
from locard.methods.learned.content_localizer import (
    BLOCKS,
    log_odds,
    look,
    open_head,
)
from locard.methods.learned.localizer import Network, open_network
from locard.methods.learned.localizer import look as look_first
from locard.nets.content import CELLS, KEPT, ContentNet, Head, Projection, median
from locard.train.checkpoint import (
    begin,
    flush_rows,
    in_groups,
    load_checkpoint,
    open_rows,
    write_whole,
)
from locard.train.config import WITHOUT_CROPS, ConfigError, LossConfig, TrainConfig
from locard.train.crops import SPECK, Batch, choose_validation
from locard.train.export import PARITY, SCHEMA, figures_of, to_onnx, write_card
from locard.train.localizer import list_pictures, sampler_of
from locard.train.losses import map_losses
from locard.train.teacher import FITTED, fit_projection, read_crops
from locard.train.validation import examine_items, summarise

NAME = "content-net"
_BATCH = 48
_RATE = 1e-3
_WEIGHT_DECAY = 0.05
# Edited pictures held out below which no figures are given.
_FEWEST = 20


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of the crops, in files of a folder.

    Attributes:
        tokens: float16, N × 196 × 480, projected.
        reference: float16, N × 480: median over the patches of the crops that see each other.
        maps: float16, N × 2 × 56 × 56: the localizer's log odds, heat and trust.
        truth: uint8, N × 2 × 56 × 56: mask and how far it is sure, 0 to 255.
        of_sets: bool, N: whether a crop is of a set, and not a mosaic.
    """

    tokens: NDArray[np.float16]
    reference: NDArray[np.float16]
    maps: NDArray[np.float16]
    truth: NDArray[np.uint8]
    of_sets: NDArray[np.bool_]

    @classmethod
    def open(cls, folder: Path, crops: int) -> Kept:
        """Open the files of a folder, or begin them."""

        def part(name: str, shape: tuple[int, ...], kind: type[Any]) -> Any:
            return open_rows(folder / f"{name}.npy", crops, shape, kind)

        channels = len(BLOCKS) * KEPT
        return cls(
            part("tokens", (PATCHES * PATCHES, channels), np.float16),
            part("reference", (channels,), np.float16),
            part("maps", (2, CELLS, CELLS), np.float16),
            part("truth", (2, CELLS, CELLS), np.uint8),
            part("of_sets", (), np.bool_),
        )

    def flush(self) -> None:
        """Write what memory holds."""
        flush_rows(self.tokens, self.reference, self.maps, self.truth, self.of_sets)


class Reader:
    """Reads a group of crops with the backbone and the localizer."""

    def __init__(self, read: Tokens, network: Network, channels: int) -> None:
        self.read = read
        self.network = network
        self.channels = channels

    def maps(self, batch: Batch) -> Floats:
        """The localizer's log odds, N × 2 × 56 × 56; crops together see each other's tokens."""
        alone = np.zeros((1, 0, self.channels), np.float32)
        first = [self.network(rgb[None], alone) for rgb in batch.rgb]
        if batch.together.all() and len(first) > 1:
            tokens = [found[3] for found in first]
            others = [np.concatenate(tokens[:i] + tokens[i + 1 :], 1) for i in range(len(tokens))]
            pairs = zip(batch.rgb, others, strict=True)
            first = [self.network(rgb[None], context) for rgb, context in pairs]
        return np.stack([log_odds(np.concatenate([f[0][0], f[1][0]])) for f in first])


def collect(
    draw: Callable[[int], Batch],
    group: int,
    crops: int,
    folder: Path,
    reader: Reader,
    say: Callable[[str], None],
) -> tuple[Kept, Projection]:
    """Write what is known of ``crops`` crops, in groups of ``group``, to a folder; resumable."""
    kept = Kept.open(folder, crops)
    state = folder / "projection.pt"
    if state.exists():
        projection = Projection()
        projection.load_state_dict(load_checkpoint(state))
    else:
        many = min(FITTED, crops // group)
        projection = fit_projection(lambda n: read_crops(draw(n).rgb, reader.read), many)
        write_whole(state, lambda fresh: torch.save(projection.state_dict(), fresh))
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:

        def keep(number: int) -> None:
            batch = draw(number)
            with torch.inference_mode():
                tokens = projection(torch.from_numpy(read_crops(batch.rgb, reader.read)))
                one = tokens.flatten(0, 1)[None] if batch.together.all() else tokens
                reference = median(one).expand(len(tokens), -1)
            at = slice(number * group, (number + 1) * group)
            kept.tokens[at] = tokens.numpy()
            kept.reference[at] = reference.numpy()
            kept.maps[at] = reader.maps(batch)
            truth = np.concatenate([batch.mask, batch.sure], 1)
            kept.truth[at] = np.rint(truth * 255)
            # Of mosaics alone the past is known.
            kept.of_sets[at] = np.isnan(batch.history).all()

        in_groups(folder, crops, group, keep, kept.flush, pool, say)
    return kept, projection


def loss_of(head: Head, given: tuple[Tensor, ...], truth: Tensor) -> Tensor:
    """`locard.train.losses.map_losses` with the localizer's weights."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = head(*given)
    mask, sure = truth[:, :1], truth[:, 1:]
    forged = (mask.mean((1, 2, 3)) > SPECK).float()
    logits, trust = (x.float()[:, None] for x in (found.logits, found.confidence))
    parts = map_losses(logits, trust, mask, sure, forged)
    weights = LossConfig()
    return parts["pixels"] + weights.dice * parts["dice"] + weights.confidence * parts["confidence"]


def fit(
    kept: Kept, chosen: NDArray[np.intp], epochs: int, seed: int, say: Callable[[str], None]
) -> Head:
    """Train a head on the ``chosen`` of what is kept; crops are mirrored at random."""
    torch.manual_seed(seed)
    head = Head()
    optimizer = torch.optim.AdamW(head.parameters(), _RATE, weight_decay=_WEIGHT_DECAY)
    steps = -(-len(chosen) // _BATCH)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, epochs * steps)
    for epoch in range(epochs):
        total = 0.0
        for drawn in torch.randperm(len(chosen)).split(_BATCH):
            rows = np.sort(chosen[drawn.numpy()])
            tokens, reference, maps, truth = (
                torch.from_numpy(part[rows]).float()
                for part in (kept.tokens, kept.reference, kept.maps, kept.truth)
            )
            truth = truth / 255
            sides = tuple(axis for axis in (1, 2) if torch.rand(()) < 0.5)
            patches = tokens.reshape(len(rows), PATCHES, PATCHES, -1)
            tokens = patches.flip(sides).flatten(1, 2)
            maps, truth = (part.flip([axis + 1 for axis in sides]) for part in (maps, truth))
            loss = loss_of(head, (tokens, reference, maps[:, 0], maps[:, 1]), truth)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
            total += float(loss.detach())
        say(f"epoch {epoch + 1} of {epochs}: loss {total / steps:.4f}")
    return head.eval()


def fit_heads(
    kept: Kept, folder: Path, epochs: int, seed: int, say: Callable[[str], None]
) -> list[Head]:
    """Two heads: one of all crops, and one of the sets' alone, half as often; resumable.

    Mosaics are many and various, the sets are what forgeries are like: on photos held out each
    head is better in something, and their mean in all.
    """
    of_sets = np.flatnonzero(kept.of_sets)
    parts = [(np.arange(len(kept.tokens)), epochs)]
    if 0 < len(of_sets) < len(kept.tokens):
        parts.append((of_sets, max(1, epochs // 2)))
    heads = []
    for number, (chosen, many) in enumerate(parts):
        file = folder / f"head-{number}-of-{many}-epochs.pt"
        if file.exists():
            head = Head()
            head.load_state_dict(load_checkpoint(file))
            heads.append(head.eval())
            continue
        say(f"head {number + 1} of {len(parts)}: {len(chosen)} crops")
        heads.append(fit(kept, chosen, many, seed + number, say))
        state = heads[-1].state_dict()
        write_whole(file, lambda fresh, state=state: torch.save(state, fresh))  # type: ignore[misc]
    return heads


def write_onnx(net: ContentNet, file: Path) -> float:
    """Write a head as one ONNX file for any number of windows, and compare both.

    Returns: the largest difference of a probability.
    """
    net.eval()
    rng = np.random.default_rng(0)
    size = (3, PATCHES * PATCHES, len(BLOCKS) * net.projection.mean.shape[1])
    maps = (rng.normal(size=(3, CELLS, CELLS)) * 3, rng.normal(size=(3, CELLS, CELLS)) * 3)
    given = [
        x.astype(np.float32)
        for x in (rng.normal(size=size), rng.normal(size=(3, len(BLOCKS) * KEPT)), *maps)
    ]
    names = ["tokens", "reference", "heat", "trust"]
    windows = torch.export.Dim("windows")
    to_onnx(
        net,
        [torch.from_numpy(x) for x in given],
        file,
        names,
        ["heatmap", "reliability", "projected"],
        tuple({0: windows} for _ in given),
    )
    head, _ = open_head(file)
    worst = 0.0
    with torch.inference_mode():
        for many in (1, 3):
            part = [x[:many] for x in given]
            ours, theirs = net(*(torch.from_numpy(x) for x in part)), head(*part)
            for a, b in zip(ours[:2], theirs[:2], strict=True):
                worst = max(worst, float(np.abs(a.numpy() - b).max()))
    return worst


def train(
    config: TrainConfig,
    backbone: Path | None,
    *,
    epochs: int = 6,
    say: Callable[[str], None] = lambda sentence: None,
) -> Path:
    """Train a head on the crops of the first phase, export it and write its card.

    Returns: the ONNX file, ``content-net.onnx`` in the training's folder.

    Args: backbone: from `find_backbone`.

    Raises: ConfigError, DatasetError, BackboneError, one sentence each.
    """
    phase = config.phases[0]
    if phase.size != SIDE:
        raise ConfigError(f"phases.0.size is {phase.size}; windows of the backbone are {SIDE}")
    pictures = list_pictures(config)
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    with as_file(files("locard.assets") / "trace-net.onnx") as file:
        network, channels = open_network(file, 1)
        before = hashlib.sha256(file.read_bytes()).hexdigest()
    read = open_tokens(backbone, BLOCKS)
    reader = Reader(read, network, channels)
    draw = sampler_of(config, phase, pictures)
    crops = phase.crops // phase.group * phase.group
    begin(
        config.out,
        {
            "config": config.model_dump(
                mode="json",
                include={"sets", "photos", "versions", "phases", "sampling", "seed"},
                exclude=WITHOUT_CROPS,
            ),
            "held_out": config.validation.share,
            "localizer": before,
            "backbone": SHA256,
            "blocks": list(BLOCKS),
        },
    )
    kept, projection = collect(draw, phase.group, crops, config.out, reader, say)
    torch.set_num_threads(config.threads or os.cpu_count() or 1)
    net = ContentNet(projection, fit_heads(kept, config.out, epochs, config.seed, say))
    out = config.out / f"{NAME}.onnx"
    worst = write_onnx(net, out)
    say(f"{out}: {out.stat().st_size / 1e6:.1f} MB, differs by at most {worst:.1e}")
    if not worst <= PARITY:
        raise ConfigError(f"{out.name} differs from the network by {worst:.1e}, over {PARITY}")
    head = open_head(out)

    def alone(rgb: Any) -> tuple[Any, float]:
        seen = look_first(rgb, network, channels)
        return seen.heat, seen.score

    def both(rgb: Any) -> tuple[Any, float]:
        seen = look(rgb, look_first(rgb, network, channels), read, *head)
        return seen.heat, seen.score

    chosen = choose_validation(pictures.held, config.validation.items)
    metrics = {}
    if sum(item.label for item in chosen) < _FEWEST:
        say(f"too few pictures are held out to measure on; {_FEWEST} edited ones are needed")
        chosen = []
    for name, predict in (("trace-net", alone), (NAME, both)) if chosen else ():
        table = summarise(examine_items(chosen, predict, None))
        metrics[name] = figures_of(table)
        for operation, figures in table.items():
            shown = ", ".join(f"{k} {v.value:.3g}" for k, v in figures.items())
            say(f"{name}, {operation}: {shown}")
    card = {
        "schema": SCHEMA,
        "name": NAME,
        "task": "where a photo was edited, and whether, with a frozen backbone",
        "licence": config.card.licence,
        "sha256": hashlib.sha256(out.read_bytes()).hexdigest(),
        "parameters": sum(p.numel() for p in net.parameters()),
        "backbone": SHA256,
        "localizer": before,
        "measured_beside": before,
        "input": {
            "tokens": f"float32, N × {PATCHES**2} × {net.projection.mean.numel()}: patches of "
            f"blocks {', '.join(map(str, BLOCKS))} for windows of {SIDE} pixels",
            "reference": "float32, N × channels: median over patches of the picture",
            "heat": f"float32, N × {CELLS} × {CELLS}: log odds of the localizer",
            "trust": "same shape, of its reliability",
        },
        "output": {
            "heatmap": f"float32, N × {CELLS} × {CELLS}, probability of an edit",
            "reliability": "same shape, probability that the map is right",
            "projected": "float32, N × 196 × channels: what the reference is the median of",
        },
        "training": {
            "crops": crops,
            "heads": len(net.heads),
            "epochs": epochs,
            "seed": config.seed,
            "pictures": len(pictures.training),
            "sources": len({listed.item.source for listed in pictures.training}),
            "mosaics": {
                "photos": len(set(pictures.photos)),
                "versions": len(pictures.versions),
                "about": config.card.photos,
                "share": phase.mosaics,
            },
            "sets": [s.model_dump(mode="json", exclude={"path", "root"}) for s in config.sets],
            "sampling": config.sampling.model_dump(mode="json"),
        },
        "parity": worst,
        "metrics": {
            "data": "held-out sources of the training sets, whole pictures, delivered as the sets "
            "are; means over pictures, 95 % bootstrap intervals over sources",
            "by_operation": metrics,
        }
        if metrics
        else None,
        "known_failures": list(config.card.known_failures),
    }
    write_card(card, out)
    return out
