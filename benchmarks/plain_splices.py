"""Where the localizer fails: plain splices between kinds of photos, by host, donor and quality.

    python benchmarks/plain_splices.py NAME=FOLDER NAME=FOLDER@0.25 ... [--each 12] [--network FILE]

Part of a donor, an ellipse with a soft rim, is pasted into a host without any care for looks: at
its own scale or shrunk or enlarged to a quarter to half of the host's width. The result is kept as
it is or saved as JPEG, 4:2:0. Hosts are cut to 512 × 512 pixels on the block grid; a kind with @ is
shrunk by that factor before, which leaves no trace of a JPEG; nothing else is done to photos, so
their pasts are those of their kinds. Prints the mean pixel AUC of each pair of kinds, and of each
host and quality with a 95 % bootstrap interval over hosts.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from locard.bench.metrics import auc
from locard.degrade import recompress
from locard.exhibit import ExhibitError, open_exhibit
from locard.methods.learned.localizer import look, open_network

RGB = NDArray[np.uint8]
SIDE = 512
QUALITIES = (0, 95, 85)


@dataclass(frozen=True)
class Kind:
    """Photos of one past: a folder, and what they are shrunk by first."""

    name: str
    folder: Path
    scale: float

    @classmethod
    def parse(cls, text: str) -> Kind:
        name, _, place = text.partition("=")
        folder, _, scale = place.partition("@")
        if not name or not Path(folder).is_dir() or not 0 < float(scale or 1) <= 1:
            raise argparse.ArgumentTypeError(f"{text!r} is not NAME=FOLDER or NAME=FOLDER@SCALE")
        return cls(name, Path(folder), float(scale or 1))


def open_photos(kind: Kind, count: int, rng: np.random.Generator) -> list[RGB]:
    """Open so many photos of a kind, drawn at random."""
    paths = sorted(path for path in kind.folder.rglob("*") if path.is_file())
    found: list[RGB] = []
    for i in rng.permutation(len(paths)):
        try:
            rgb = open_exhibit(paths[i]).rgb
        except ExhibitError:
            continue
        if kind.scale < 1:
            size = (round(rgb.shape[1] * kind.scale), round(rgb.shape[0] * kind.scale))
            rgb = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
        if min(rgb.shape[:2]) >= 256:
            found.append(cut(rgb, 2 * SIDE))
        if len(found) == count:
            return found
    raise SystemExit(
        f"{kind.folder} holds fewer than {count} photos of at least 256 pixels a side."
    )


def cut(rgb: RGB, side: int) -> RGB:
    """The middle of a photo, on its block grid."""
    top, left = (max(0, n - side) // 2 // 8 * 8 for n in rgb.shape[:2])
    return np.ascontiguousarray(rgb[top : top + side, left : left + side])


def splice(host: RGB, donor: RGB, rng: np.random.Generator) -> tuple[RGB, NDArray[np.float32]]:
    """Paste an ellipse of the donor; returns the picture and the mask, 0 to 1."""
    height, width = host.shape[:2]
    wide = int(width * rng.uniform(0.25, 0.5))
    if rng.random() < 0.5:
        scale = wide / donor.shape[1]
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        donor = np.asarray(cv2.resize(donor, None, fx=scale, fy=scale, interpolation=method))
    donor = donor[: min(wide, height - 8), :wide]
    high, wide = donor.shape[:2]
    piece = np.zeros((high, wide), np.float32)
    centre, axes = (wide // 2, high // 2), (wide // 2 - 4, high // 2 - 4)
    cv2.ellipse(piece, centre, axes, 0, 0, 360, 1.0, -1)
    piece = np.asarray(cv2.GaussianBlur(piece, (0, 0), 1.5), np.float32)
    top, left = int(rng.integers(height - high)), int(rng.integers(width - wide))
    mask = np.zeros((height, width), np.float32)
    place = (slice(top, top + high), slice(left, left + wide))
    mask[place] = piece
    made = host.copy()
    mixed = host[place] + piece[..., None] * (donor.astype(np.float32) - host[place])
    made[place] = np.rint(np.clip(mixed, 0, 255)).astype(np.uint8)
    return made, mask


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("kinds", type=Kind.parse, nargs="+", metavar="NAME=FOLDER[@SCALE]")
    parser.add_argument("--each", type=int, default=12, help="splices of each pair of kinds")
    parser.add_argument("--network", type=Path, help="an exported network, instead of the shipped")
    args = parser.parse_args()
    rng = np.random.default_rng(0)
    photos = {kind.name: open_photos(kind, args.each, rng) for kind in args.kinds}
    kinds = list(photos)
    if len(kinds) < 2:
        parser.error("name two kinds of photos or more")
    with as_file(files("locard.assets") / "trace-net.onnx") as shipped:
        network, channels = open_network(args.network or shipped)
    pairs = [(host, donor) for host in kinds for donor in kinds if host != donor]
    found = np.zeros((len(QUALITIES), len(pairs), args.each))
    for j, (host, donor) in enumerate(pairs):
        for i in range(args.each):
            base = cut(photos[host][i], SIDE)
            made, mask = splice(base, photos[donor][int(rng.integers(args.each))], rng)
            for k, quality in enumerate(QUALITIES):
                rgb = open_exhibit(recompress(made, quality)).rgb if quality else made
                heat = look(rgb, network, channels).heat
                size = (heat.shape[1], heat.shape[0])
                inside = cv2.resize(mask, size, interpolation=cv2.INTER_AREA) > 0.5
                found[k, j, i] = auc(heat.ravel().astype(np.float64), inside.ravel())
    for k, quality in enumerate(QUALITIES):
        # A host lies in the pairs of its kind with every donor: hosts are drawn anew, not splices.
        hosts = np.array([found[k, [h == host for h, _ in pairs]].mean(0) for host in kinds])
        drawn = rng.integers(args.each, size=(1000, len(kinds), args.each))
        means = np.take_along_axis(hosts[None], drawn, 2).mean(2)
        low, high = np.quantile(means.mean(1), [0.025, 0.975])
        label = f"JPEG {quality}" if quality else "as made"
        print(f"{label}: pixel AUC {found[k].mean():.3f} [{low:.3f}, {high:.3f}]; host by donor:")
        print(" " * 12 + "".join(f"{name[:10]:>11}" for name in kinds))
        for i, host in enumerate(kinds):
            row = "".join(
                f"{found[k, pairs.index((host, d))].mean():11.3f}" if d != host else " " * 11
                for d in kinds
            )
            low, high = np.quantile(means[:, i], [0.025, 0.975])
            print(f"{host[:11]:12}{row}   all {hosts[i].mean():.3f} [{low:.3f}, {high:.3f}]")


if __name__ == "__main__":
    main()
