"""Make the labelled exhibits that calibrators are fitted on.

    python benchmarks/calibration_set.py edited --photos FOLDER [FOLDER ...] --out SET
    python benchmarks/calibration_set.py generated --index generated_dev/index.csv --out SET

``edited``: every photo gives an authentic exhibit and a forged one with the same history and
the same delivery (format-aligned), and, with --originals, its untouched file as a further
authentic one. Forgeries: splice, copy-move, removal, retouch, resampled region, in equal shares;
the donor of a splice is another photo with a history of its own.

``generated``: every picture of the index is cropped to 256 × 256 at random and recompressed at a
random JPEG quality, generated and real alike. With --raw the files stay as they are, for a
watermark that no recompression survives and that no camera format can imitate.

Writes SET/index.csv (path, label, source, operation, delivery), to be read by
``locard calibrate``. Sources are camera models or photos, and generators, so that
cross-validation never tests on what it was fitted on.
"""

from __future__ import annotations

import argparse
import csv
import io
import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import Image

from locard.degrade import crop, recompress, resize
from locard.exhibit import ExhibitError, open_exhibit

RGB = NDArray[np.uint8]
Mask = NDArray[np.float32]


def blob(rng: np.random.Generator, height: int, width: int) -> Mask:
    """Soft-edged irregular region, float32 0 to 1, covering about 2 to 12 % of the picture."""
    size = float(rng.uniform(0.02, 0.12)) * height * width
    radius = np.sqrt(size / np.pi)
    angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    wobble = sum(
        rng.normal(0, 0.22 / k) * np.cos(k * angles + rng.uniform(0, 6)) for k in (1, 2, 3)
    )
    stretch = float(rng.uniform(0.65, 1.5))
    reach = radius * np.clip(1 + wobble, 0.4, 1.8)
    margin = int(min(height, width) * 0.12)
    cy = rng.integers(margin, height - margin)
    cx = rng.integers(margin, width - margin)
    points = np.stack(
        [cx + reach * np.cos(angles) * stretch, cy + reach * np.sin(angles) / stretch]
    )
    layer = np.zeros((height, width), np.uint8)
    cv2.fillPoly(layer, [np.round(points.T).astype(np.int32)], 255, cv2.LINE_AA)
    return cv2.GaussianBlur(layer.astype(np.float32) / 255, (0, 0), float(rng.uniform(0.6, 2.0)))


def blend(host: RGB, patch: RGB, matte: Mask) -> RGB:
    mixed = host + (patch.astype(np.float32) - host) * matte[:, :, None]
    return np.clip(np.round(mixed), 0, 255).astype(np.uint8)


def splice(rng: np.random.Generator, host: RGB, donor: RGB, matte: Mask) -> RGB:
    scale = max(host.shape[0] / donor.shape[0], host.shape[1] / donor.shape[1])
    if scale > 1 or rng.random() < 0.5:
        donor = resize(donor, max(scale, float(rng.uniform(0.6, 1.0))))
    top = int(rng.integers(0, donor.shape[0] - host.shape[0] + 1))
    left = int(rng.integers(0, donor.shape[1] - host.shape[1] + 1))
    return blend(host, crop(donor, top, left, *host.shape[:2]), matte)


def copy_move(rng: np.random.Generator, host: RGB, donor: RGB, matte: Mask) -> RGB:
    height, width = host.shape[:2]
    ys, xs = np.nonzero(matte > 0.5)
    angle = float(rng.choice([0, rng.uniform(-30, 30)]))
    scale = float(rng.choice([1, rng.uniform(0.8, 1.25)]))
    turn = cv2.getRotationMatrix2D((float(xs.mean()), float(ys.mean())), angle, scale)
    for _ in range(40):
        dx, dy = rng.integers(-width // 2, width // 2), rng.integers(-height // 2, height // 2)
        inside = (
            xs.min() + dx >= 0 and xs.max() + dx < width and ys.min() + dy >= 0
            and ys.max() + dy < height
        )  # fmt: skip
        if inside and abs(dx) + abs(dy) > (np.ptp(xs) + np.ptp(ys)) / 2:
            break
    turn[:, 2] += (dx, dy)
    options = {"flags": cv2.INTER_CUBIC, "borderMode": cv2.BORDER_REFLECT}
    moved = cv2.warpAffine(host, turn, (width, height), **options)
    return blend(host, moved, cv2.warpAffine(matte, turn, (width, height)))


def removal(rng: np.random.Generator, host: RGB, donor: RGB, matte: Mask) -> RGB:
    hole = ((matte > 0.05) * 255).astype(np.uint8)
    if hole.mean() / 255 > 0.08:
        hole = cv2.erode(hole, np.ones((25, 25), np.uint8))
    method = cv2.INPAINT_TELEA if rng.random() < 0.5 else cv2.INPAINT_NS
    return np.asarray(cv2.inpaint(host, hole, 5, method))


def retouch(rng: np.random.Generator, host: RGB, donor: RGB, matte: Mask) -> RGB:
    kind = rng.integers(0, 4)
    if kind == 0:
        changed = cv2.GaussianBlur(host, (0, 0), float(rng.uniform(0.7, 2.5)))
    elif kind == 1:
        changed = cv2.bilateralFilter(host, 7, float(rng.uniform(15, 50)), 5)
    elif kind == 2:
        soft = cv2.GaussianBlur(host, (0, 0), 1.5)
        changed = cv2.addWeighted(host, 1.8, soft, -0.8, 0)
    else:
        noise = rng.normal(0, float(rng.uniform(3, 8)), host.shape)
        changed = np.clip(host + noise, 0, 255).astype(np.uint8)
    return blend(host, changed, matte)


def resampled(rng: np.random.Generator, host: RGB, donor: RGB, matte: Mask) -> RGB:
    ys, xs = np.nonzero(matte > 0.5)
    centre = (float(xs.mean()), float(ys.mean()))
    turn = cv2.getRotationMatrix2D(
        centre, float(rng.uniform(-12, 12)), float(rng.uniform(1.03, 1.4))
    )
    size = (host.shape[1], host.shape[0])
    bent = cv2.warpAffine(host, turn, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    return blend(host, bent, matte)


Operation = Callable[[np.random.Generator, RGB, RGB, Mask], RGB]
OPERATIONS: dict[str, Operation] = {
    "splice": splice,
    "copy-move": copy_move,
    "removal": removal,
    "retouch": retouch,
    "resampled": resampled,
}


def history(rng: np.random.Generator, rgb: RGB) -> tuple[RGB, str]:
    """What happened to a photo before: nothing, a resize, or a re-save."""
    kind = rng.choice(["original", "original", "resized", "resaved"])
    if kind == "resized":
        rgb = resize(rgb, float(rng.uniform(0.4, 0.9)))
    if kind == "resaved":
        data = recompress(rgb, int(rng.integers(60, 96)))
        rgb = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    return rgb, str(kind)


def deliver(rng: np.random.Generator) -> tuple[str, Callable[[RGB], bytes]]:
    """How the result is handed on, drawn once for the authentic and the forged twin."""
    kind = rng.choice(["jpeg", "jpeg", "jpeg", "png", "resized-jpeg", "heic"])
    quality = int(rng.choice([70, 75, 80, 85, 90, 92, 95, 98]))
    scale = float(rng.uniform(0.6, 0.95))

    def png(rgb: RGB) -> bytes:
        return bytes(cv2.imencode(".png", rgb[:, :, ::-1])[1].tobytes())

    def heic(rgb: RGB) -> bytes:
        # Phones write about this quality.
        even = rgb[: rgb.shape[0] // 2 * 2, : rgb.shape[1] // 2 * 2]
        stream = io.BytesIO()
        pillow_heif.from_pillow(Image.fromarray(even)).save(stream, quality=quality)
        return stream.getvalue()

    if kind == "png":
        return "png", png
    if kind == "heic":
        quality = int(rng.integers(45, 80))
        return f"heic-{quality}", heic
    if kind == "jpeg":
        return f"jpeg-{quality}", lambda rgb: recompress(rgb, quality, subsampled=quality < 92)
    return f"resized-jpeg-{quality}", lambda rgb: recompress(resize(rgb, scale), quality)


def window(rng: np.random.Generator, rgb: RGB, side: int) -> RGB:
    """Random crop on the 8 × 8 grid with at most ``side`` pixels on each side."""
    height, width = min(side, rgb.shape[0]), min(side, rgb.shape[1])
    top = int(rng.integers(0, rgb.shape[0] - height + 1)) // 8 * 8
    left = int(rng.integers(0, rgb.shape[1] - width + 1)) // 8 * 8
    return crop(rgb, top, left, height, width)


def source_of(path: Path) -> str:
    """Camera make and model from EXIF, else the photo itself."""
    try:
        tags = open_exhibit(path).metadata.exif
    except ExhibitError:
        return path.stem
    model = f"{tags.get('Make', '')} {tags.get('Model', '')}".strip()
    return model or path.stem


def make_edited(args: argparse.Namespace) -> list[dict[str, str]]:
    photos = sorted(
        p for folder in args.photos for p in folder.iterdir()
        if p.suffix.lower() in {".jpg", ".jpeg", ".png"}
    )  # fmt: skip
    rng = np.random.default_rng(args.seed)
    usable = []
    for path in photos:
        try:
            exhibit = open_exhibit(path)
        except ExhibitError as error:
            print(f"skipped {path.name}: {error}")
            continue
        if min(exhibit.height, exhibit.width) >= 256:
            usable.append(path)
    if args.limit and len(usable) > args.limit:
        usable = [usable[i] for i in sorted(rng.permutation(len(usable))[: args.limit])]
    rows = []
    names = list(OPERATIONS)
    for number, path in enumerate(usable):
        source = source_of(path)
        other = usable[int(rng.integers(0, len(usable)))]
        side = int(rng.choice([512, 1024, 1600, 4096]))
        rgb, before = history(rng, open_exhibit(path).rgb)
        rgb = window(rng, rgb, side)
        if min(rgb.shape[:2]) < 192:
            continue
        donor = history(rng, open_exhibit(other).rgb)[0]
        operation = names[number % len(names)]
        delivery, encode = deliver(rng)
        matte = blob(rng, *rgb.shape[:2])
        forged = OPERATIONS[operation](rng, rgb, donor, matte)
        changed = np.abs(forged.astype(np.int16) - rgb).mean(axis=2).sum()
        if changed < 1.5 * (matte > 0.5).sum():
            continue  # Blurring a clear sky changes nothing: not a forgery, only a wrong label.
        suffix = {"png": "png", "heic": "heic"}.get(delivery.split("-")[0], "jpg")
        for label, picture in ((0, rgb), (1, forged)):
            name = f"{number:04d}-{label}.{suffix}"
            (args.out / name).write_bytes(encode(picture))
            rows.append(
                {
                    "path": name,
                    "label": str(label),
                    "source": source,
                    "operation": operation if label else "authentic",
                    "delivery": f"{before}, {delivery}",
                }
            )
        if args.originals and open_exhibit(path).rgb.size <= 3 * args.originals:
            name = f"{number:04d}-o{path.suffix.lower()}"
            (args.out / name).write_bytes(path.read_bytes())
            rows.append(
                {
                    "path": name,
                    "label": "0",
                    "source": source,
                    "operation": "authentic",
                    "delivery": "untouched file",
                }
            )
    return rows


def make_generated(args: argparse.Namespace) -> list[dict[str, str]]:
    rng = np.random.default_rng(args.seed)
    with args.index.open(newline="", encoding="utf-8") as stream:
        listed = list(csv.DictReader(stream))
    rows = []
    for number, entry in enumerate(listed):
        row = {
            "path": os.path.relpath(args.index.parent / entry["path"], args.out),
            "label": entry["generated"],
            # A trace of the camera is of that camera, not of the collection its photo is in.
            "source": entry["origin"]
            if args.raw and entry["generated"] == "0"
            else entry["source"],
            "operation": entry["generator"] or "camera",
            "delivery": "raw",
        }
        rows.append(row)
        if args.raw:
            continue
        rgb = window(rng, open_exhibit(args.index.parent / entry["path"]).rgb, 256)
        quality = int(rng.integers(70, 99))
        name = f"{number:04d}.jpg"
        (args.out / name).write_bytes(recompress(rgb, quality))
        row |= {"path": name, "delivery": f"jpeg-{quality}"}
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("question", choices=["edited", "generated"])
    parser.add_argument("--photos", type=Path, nargs="+", default=[])
    parser.add_argument("--index", type=Path)
    parser.add_argument("--raw", action="store_true", help="list the pictures as they are")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=0, help="photos at most")
    parser.add_argument(
        "--originals", type=int, default=0, help="also the untouched files of up to N pixels"
    )
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    if args.question == "edited" and not args.photos:
        parser.error("edited needs --photos")
    if args.question == "generated" and args.index is None:
        parser.error("generated needs --index")
    rows = make_edited(args) if args.question == "edited" else make_generated(args)
    with (args.out / "index.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, ["path", "label", "source", "operation", "delivery"])
        writer.writeheader()
        writer.writerows(rows)
    ones = sum(r["label"] == "1" for r in rows)
    print(f"{len(rows)} exhibits, {ones} with the proposition, in {args.out}")


if __name__ == "__main__":
    main()
