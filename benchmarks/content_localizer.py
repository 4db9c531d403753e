"""An experiment: does the image-language backbone see where a picture was edited?

    python benchmarks/content_localizer.py TRAINING --test NAME=SET ... [--backbone FILE]
        [--share 1.0] [--limit 120] [--cache tokens.npz]

TRAINING and the sets are folders of `locard forge` or others with index.csv. A small network on
the patches' tokens of three blocks of the frozen backbone (heads on a strong frozen backbone at
native resolution, as in today's tables) learns from windows of TRAINING which patches were edited.
Then the forged pictures of each SET are examined by it, by trace-net, and by the sum of their log
odds: mean pixel AUC and F1@best over pictures, as the set has them and aligned
(`locard bench`), with 95 % bootstrap intervals over sources. No photo may be in both; that is the
user's to see to.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from importlib.resources import as_file, files
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from locard.bench.alignment import align
from locard.bench.datasets import Item, open_dataset, refuse_reserved
from locard.bench.metrics import auc, bootstrap_mean
from locard.exhibit import open_exhibit
from locard.methods.learned.localizer import look, open_network
from locard.methods.learned.synthesis_backbone import SIDE, Tokens, find_backbone, open_tokens

RGB = NDArray[np.uint8]
Floats = NDArray[np.float32]

# Early blocks: what is drawn how, more than what is shown.
BLOCKS = (2, 5, 8)
PATCHES = 14
KEPT = 160
STEP = 168


def windows(items: list[Item], rng: np.random.Generator) -> Iterator[tuple[RGB, Floats]]:
    """Windows and their masks, 14 × 14: three on the edit and one anywhere, one of every other
    authentic picture."""
    for item in items:
        rgb = open_exhibit(item.path).rgb
        mask = item.read_mask() if item.label else None
        edited = np.zeros(rgb.shape[:2], np.float32) if mask is None else mask.astype(np.float32)
        room = [side - SIDE for side in rgb.shape[:2]]
        if min(room) < 0 or edited.shape != rgb.shape[:2]:
            continue
        places = [tuple(int(rng.integers(r // 8 + 1)) * 8 for r in room)]
        ys, xs = np.nonzero(edited)
        if len(ys):
            for _ in range(3):
                k = int(rng.integers(len(ys)))
                at = (int(v) - int(rng.integers(10, SIDE - 10)) for v in (ys[k], xs[k]))
                places.append(
                    tuple(min(max(0, v), r) // 8 * 8 for v, r in zip(at, room, strict=True))
                )
        elif rng.random() < 0.5:
            continue
        for top, left in dict.fromkeys(places):
            at_ = slice(top, top + SIDE), slice(left, left + SIDE)
            cells = cv2.resize(edited[at_], (PATCHES, PATCHES), interpolation=cv2.INTER_AREA)
            yield np.ascontiguousarray(rgb[at_]), np.asarray(cells, np.float32)


class Projection:
    """The first principal components of each block's tokens, whitened."""

    def __init__(self, first: list[list[Floats]]) -> None:
        self.parts: list[tuple[Floats, Floats]] = []
        for block in range(len(BLOCKS)):
            tokens = np.concatenate([found[block][1::7] for found in first])
            mean = tokens.mean(axis=0)
            values, vectors = np.linalg.eigh(np.cov((tokens - mean).T))
            best = vectors[:, ::-1][:, :KEPT] / np.sqrt(values[::-1][:KEPT] + 1e-6)
            self.parts.append((mean, best.astype(np.float32)))

    def __call__(self, found: list[Floats]) -> Floats:
        """196 × (3 · `KEPT`)."""
        pairs = zip(found, self.parts, strict=True)
        return np.concatenate([(t[1:] - mean) @ best for t, (mean, best) in pairs], axis=1)


class Head(nn.Module):
    """What a patch's tokens say, beside their median over the window and their neighbours."""

    def __init__(self, channels: int, width: int = 128) -> None:
        super().__init__()
        drop, gelu = nn.Dropout(0.3), nn.GELU()
        self.mix = nn.Sequential(nn.Dropout(0.2), nn.Conv2d(2 * channels, width, 1), gelu, drop)
        self.near = nn.Sequential(nn.Conv2d(width, width, 3, padding=1), gelu, drop)
        self.out = nn.Sequential(
            nn.Conv2d(2 * width, width, 3, padding=1), gelu, drop, nn.Conv2d(width, 1, 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        """N × 196 × channels to log odds, N × 14 × 14."""
        x = torch.cat([x, x - x.median(1, keepdim=True).values], 2)
        y = self.mix(x.transpose(1, 2).reshape(len(x), -1, PATCHES, PATCHES))
        y = y + self.near(y)
        logits: Tensor = self.out(torch.cat([y, y - y.mean((2, 3), keepdim=True)], 1))
        return logits[:, 0]


def fit(tokens: NDArray[np.float16], masks: Floats, epochs: int = 5) -> Head:
    """Cross-entropy and Dice; windows are mirrored at random."""
    torch.manual_seed(0)
    head = Head(tokens.shape[2])
    optimizer = torch.optim.AdamW(head.parameters(), 1e-3, weight_decay=0.05)
    steps = -(-len(tokens) // 48)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, epochs * steps)
    x, y = torch.from_numpy(tokens), torch.from_numpy(masks)
    for _ in range(epochs):
        for chosen in torch.randperm(len(x)).split(48):
            given, wanted = x[chosen].float(), y[chosen]
            if torch.rand(()) < 0.5:
                rows = given.reshape(len(given), PATCHES, PATCHES, -1)
                given, wanted = rows.flip(2).flatten(1, 2), wanted.flip(2)
            logits = head(given)
            p = torch.sigmoid(logits)
            both, all_ = (p * wanted).sum((1, 2)), (p * p + wanted * wanted).sum((1, 2))
            held = (wanted.amax((1, 2)) > 0.5).float()
            dice = ((1 - 2 * both / (all_ + 1e-3)) * held).sum() / held.sum().clamp_min(1)
            loss = functional.binary_cross_entropy_with_logits(logits, wanted) + 0.3 * dice
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
    return head.eval()


@torch.inference_mode()
def examine(rgb: RGB, read: Tokens, project: Projection, head: Head) -> Floats:
    """Log odds of an edit in cells of 8 pixels; windows overlap and fade into each other."""
    height, width = rgb.shape[:2]
    below, beside = (max(0, SIDE - side) for side in (height, width))
    rgb = np.asarray(cv2.copyMakeBorder(rgb, 0, below, 0, beside, cv2.BORDER_REFLECT))
    cells = tuple(side // 8 + 1 for side in rgb.shape[:2])
    total, weight = np.zeros(cells, np.float32), np.full(cells, 1e-6, np.float32)
    ramp = np.minimum(np.arange(1, 29), np.arange(28, 0, -1)).clip(1, 8).astype(np.float32)
    fade = np.outer(ramp, ramp)
    starts = [
        {int(at) // 8 * 8 for at in np.linspace(0, side - SIDE, -(-(side - SIDE) // STEP) + 1)}
        for side in rgb.shape[:2]
    ]
    for top in starts[0]:
        for left in starts[1]:
            window = np.ascontiguousarray(rgb[top : top + SIDE, left : left + SIDE])
            logits = head(torch.from_numpy(project(read(window)))[None])[0].numpy()
            to = slice(top // 8, top // 8 + 28), slice(left // 8, left // 8 + 28)
            total[to] += fade * cv2.resize(logits, (28, 28))
            weight[to] += fade
    kept = slice(-(-height // 8)), slice(-(-width // 8))
    return np.asarray((total / weight)[kept], np.float32)


def best_f1(scores: Floats, mask: NDArray[np.bool_]) -> float:
    order = np.argsort(-scores)
    hits = np.cumsum(mask[order])
    return float((2 * hits / (np.arange(1, len(mask) + 1) + mask.sum())).max())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("training", type=Path)
    parser.add_argument("--test", action="append", required=True, help="NAME=SET")
    parser.add_argument("--backbone", type=Path, default=find_backbone())
    parser.add_argument("--share", type=float, default=1.0, help="of the training windows")
    parser.add_argument("--limit", type=int, default=120, help="forged pictures of each set")
    parser.add_argument("--cache", type=Path, help="tokens of the training windows are kept here")
    args = parser.parse_args()
    if args.backbone is None:
        parser.error("the backbone is not here; docs/models/synthesis.md says where from")
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    read = open_tokens(args.backbone, BLOCKS)
    training = open_dataset(str(args.training))
    refuse_reserved(training)
    rng = np.random.default_rng(0)
    items = list(training.items())
    rng.shuffle(items)  # type: ignore[arg-type]
    first = [read(w) for (w, _), _ in zip(windows(items, rng), range(400), strict=False)]
    project = Projection(first)
    if args.cache and args.cache.exists():
        kept = np.load(args.cache)
        tokens, masks = kept["tokens"], kept["masks"]
    else:
        pairs = [(project(read(w)).astype(np.float16), m) for w, m in windows(items, rng)]
        tokens, masks = (np.stack(part) for part in zip(*pairs, strict=True))
        if args.cache:
            np.savez(args.cache, tokens=tokens, masks=masks)
    count = round(args.share * len(tokens))
    head = fit(tokens[:count], masks[:count])
    print(f"trained on {count} windows of {args.training.name}")
    with as_file(files("locard.assets") / "trace-net.onnx") as file:
        network, channels = open_network(file, 1)
    for test in args.test:
        name, _, folder = test.partition("=")
        forged = [item for item in open_dataset(folder).items() if item.label]
        forged = forged[:: max(1, len(forged) // args.limit)][: args.limit]
        for column in ("raw", "aligned"):
            found: dict[str, list[tuple[float, float]]] = {}
            sources = []
            for number, item in enumerate(forged):
                rgb, mask = open_exhibit(item.path).rgb, item.read_mask()
                if mask is None or mask.shape != rgb.shape[:2]:
                    continue
                if column == "aligned":
                    data, mask = align(rgb, np.random.default_rng(number), mask)
                    rgb = open_exhibit(data).rgb
                if mask is None or not mask.any() or mask.all():
                    continue
                size = (max(1, rgb.shape[1] // 4), max(1, rgb.shape[0] // 4))
                truth = cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
                if not truth.any() or truth.all():
                    continue
                heat = np.clip(look(rgb, network, channels).heat, 1e-3, 1 - 1e-3)
                maps = {
                    "trace-net": np.log(heat / (1 - heat)),
                    "content": examine(rgb, read, project, head),
                }
                drawn = {n: cv2.resize(m, size).ravel() for n, m in maps.items()}
                drawn["sum"] = drawn["trace-net"] + drawn["content"]
                for method, scores in drawn.items():
                    found.setdefault(method, []).append(
                        (auc(scores, truth.ravel()), best_f1(scores, truth.ravel()))
                    )
                sources.append(item.source)
            for method, figures in found.items():
                told = [bootstrap_mean([f[k] for f in figures], sources) for k in (0, 1)]
                shown = ", ".join(
                    f"{what} {i.value:.3f} [{i.low:.3f}, {i.high:.3f}]"
                    for what, i in zip(("pixel AUC", "F1@best"), told, strict=True)
                )
                print(f"{name}, {column}, {method}: {shown}, {len(figures)} pictures", flush=True)


if __name__ == "__main__":
    main()
