"""Look at what an operation of the forging engine makes, and time it.

    python benchmarks/forge_operations.py liquify recolour --photos FOLDER [FOLDER ...] --out SHEETS

For every operation it takes turns with random photos of about one megapixel, writes a contact sheet
(host above, forgery below, both cut out around the mask) to SHEETS/NAME.png, checks that outside
the mask every bit is the host's, and prints: photos tried, share that suited, seconds a forgery
(median and mean), median share of the picture that is changed.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from locard.exhibit import ExhibitError, open_exhibit
from locard.forge import Forged, Operation, Photo, Unsuitable, list_operations
from locard.forge.tools import Tools, use

RGB = NDArray[np.uint8]
CELL = 320


def read(files: list[Path], rng: np.random.Generator, count: int) -> list[Photo]:
    """Random photos: whole and shrunk, or a window of them, at about one megapixel."""
    photos = []
    for number in rng.permutation(len(files)):
        try:
            exhibit = open_exhibit(files[number])
        except ExhibitError:
            continue
        rgb = exhibit.rgb
        scale = float(np.sqrt(1e6 / (rgb.shape[0] * rgb.shape[1])))
        if min(rgb.shape[:2]) < 128:
            continue
        if scale < 1 and rng.random() < 0.5:
            rgb = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        height, width = min(rgb.shape[0], 900), min(rgb.shape[1], 1100)
        top = int(rng.integers(0, rgb.shape[0] - height + 1))
        left = int(rng.integers(0, rgb.shape[1] - width + 1))
        window = np.ascontiguousarray(rgb[top : top + height, left : left + width])
        photos.append(Photo(window, exhibit.sha256, files[number].name))
        if len(photos) == count:
            break
    return photos


def cell(rgb: RGB) -> RGB:
    scale = CELL / max(rgb.shape[:2])
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    sized = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=method)[:CELL, :CELL]
    around = np.full((CELL, CELL, 3), 40, np.uint8)
    around[: sized.shape[0], : sized.shape[1]] = sized
    return around


def tile(host: Photo, forged: Forged) -> RGB:
    ys, xs = np.nonzero(forged.mask)
    room = max(30, int(0.3 * max(np.ptp(ys), np.ptp(xs))))
    rows = slice(max(0, int(ys.min()) - room), int(ys.max()) + room)
    columns = slice(max(0, int(xs.min()) - room), int(xs.max()) + room)
    return np.vstack([cell(host.rgb[rows, columns]), cell(forged.rgb[rows, columns])])


def look(operation: Operation, photos: list[Photo], seed: int, out: Path) -> str:
    tiles, seconds, shares = [], [], []
    reasons: set[str] = set()
    for number, host in enumerate(photos):
        rng = np.random.default_rng([seed, number])
        others = [photos[(number + 1 + k) % len(photos)] for k in range(operation.donors)]
        start = time.perf_counter()
        try:
            forged = operation.run(host, others, rng)
        except Unsuitable as error:
            reasons.add(str(error))
            continue
        seconds.append(time.perf_counter() - start)
        shares.append(float(forged.mask.mean()))
        outside = forged.mask == 0
        assert np.array_equal(forged.rgb[outside], host.rgb[outside]), operation.name
        tiles.append(tile(host, forged))
    if not tiles:
        return f"{operation.name}: no photo suited ({'; '.join(sorted(reasons))})"
    while len(tiles) % 5:
        tiles.append(np.full_like(tiles[0], 40))
    sheet = np.vstack([np.hstack(tiles[k : k + 5]) for k in range(0, len(tiles), 5)])
    cv2.imwrite(str(out / f"{operation.name}.png"), sheet[:, :, ::-1])
    return (
        f"{operation.name}: {len(photos)} photos, {len(seconds) / len(photos):.0%} suited, "
        f"{np.median(seconds):.3f} s median, {np.mean(seconds):.3f} s mean, "
        f"{np.median(shares):.2%} changed"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("operations", nargs="*", help="names; all that run by default if none")
    parser.add_argument("--photos", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--autoencoder", help="see Tools")
    parser.add_argument("--face-detector", help="see Tools")
    args = parser.parse_args()
    use(Tools(autoencoder=args.autoencoder, face_detector=args.face_detector))
    cv2.setNumThreads(1)
    known = {entry.name: entry for entry in list_operations()}
    names = args.operations or [name for name, entry in known.items() if entry.default]
    if unknown := sorted(set(names) - set(known)):
        parser.error(f"no operation is called {unknown[0]!r}; there are {', '.join(known)}")
    suffixes = {".jpg", ".jpeg", ".png"}
    files = sorted(p for f in args.photos for p in f.rglob("*") if p.suffix.lower() in suffixes)
    photos = read(files, np.random.default_rng(args.seed), args.count)
    if not photos:
        parser.error("there are no photos")
    args.out.mkdir(parents=True, exist_ok=True)
    for name in names:
        print(look(known[name], photos, args.seed, args.out), flush=True)


if __name__ == "__main__":
    main()
