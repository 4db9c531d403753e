"""Sensor fingerprints, measured on simulated cameras.

There is no free set of many photos from few cameras small enough to ship, so cameras are
simulated: real photos are resized (which removes their own fingerprint), multiplied by 1 + K with
K white and Gaussian, given shot and read-out noise, and compressed as JPEG. Printed:

- match: peak-to-correlation energy (PCE) of photos from enrolled and from other cameras, their
  AUC, and the false matches, for whole and for cropped photos;
- tampering: pixel AUC of the map on splices and the score on untouched photos;
- residual: the same match with cheaper and dearer noise residuals;
- strangers: PCE between real, unrelated photos of one size, which must not match.

Run: python benchmarks/prnu.py [--photos FOLDER] [--size 400x384] [--strength 0.004 0.01 0.02]
"""

from __future__ import annotations

import argparse
import io
import itertools
import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import scipy.stats
from numpy.typing import NDArray
from PIL import Image

from locard.exhibit import Exhibit, ExhibitError, open_exhibit
from locard.methods.sensor import prnu

DEFAULT = Path(__file__).parents[2] / "shared/data/generated_dev/real/camera"


def auc(positive: NDArray[np.floating], negative: NDArray[np.floating]) -> float:
    """Area under the ROC curve: the chance that a positive exceeds a negative, ties half."""
    values = np.concatenate([positive, negative])
    order = scipy.stats.rankdata(values)
    n, m = len(positive), len(negative)
    return float((order[:n].sum() - n * (n + 1) / 2) / (n * m))


def interval(positive: NDArray[np.floating], negative: NDArray[np.floating]) -> tuple[float, float]:
    """95 % bootstrap interval of the AUC."""
    rng = np.random.default_rng(0)
    draws = [
        auc(rng.choice(positive, len(positive)), rng.choice(negative, len(negative)))
        for _ in range(500)
    ]
    return float(np.quantile(draws, 0.025)), float(np.quantile(draws, 0.975))


def fitted(path: Path, width: int, height: int) -> NDArray[np.float32] | None:
    """Read a photo and resize and crop it to the simulated sensor, or None if it is too small."""
    try:
        rgb = open_exhibit(path).rgb
    except ExhibitError:
        return None
    if rgb.shape[0] > rgb.shape[1]:
        rgb = np.rot90(rgb)
    scale = max(height / rgb.shape[0], width / rgb.shape[1])
    if scale > 1.0 or rgb.std() < 5:
        return None
    size = (round(rgb.shape[1] * scale), round(rgb.shape[0] * scale))
    small = cv2.resize(np.ascontiguousarray(rgb), size, interpolation=cv2.INTER_AREA)
    return small[:height, :width].astype(np.float32)


def shoot(
    scene: NDArray[np.float32], factor: NDArray[np.float32], rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Take a photo: scene × (1 + K), with noise of variance 1 + 0.03 I."""
    light = scene * (1 + factor[..., None])
    noise = rng.normal(0, 1, scene.shape) * np.sqrt(1 + 0.03 * np.maximum(scene, 0))
    return np.clip(np.round(light + noise), 0, 255).astype(np.uint8)


def jpeg(rgb: NDArray[np.uint8], quality: int = 90) -> bytes:
    """Compress as JPEG with Pillow's defaults."""
    out = io.BytesIO()
    Image.fromarray(rgb).save(out, "JPEG", quality=quality)
    return out.getvalue()


def blob(height: int, width: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """A random ellipse that covers 2 to 12 % of the picture."""
    area = rng.uniform(0.02, 0.12) * height * width
    stretch = rng.uniform(0.6, 1.6)
    a, b = np.sqrt(area / np.pi * stretch), np.sqrt(area / np.pi / stretch)
    y0, x0 = rng.uniform(0.2, 0.8) * height, rng.uniform(0.2, 0.8) * width
    y, x = np.mgrid[:height, :width]
    return ((y - y0) / a) ** 2 + ((x - x0) / b) ** 2 < 1


def spatial_wiener(luma: NDArray[np.float32]) -> NDArray[np.float32]:
    """A cheaper residual: what a 3 × 3 pixel-domain Wiener filter removes."""
    mean = cv2.blur(luma, (3, 3))
    variance = np.maximum(cv2.blur(luma * luma, (3, 3)) - mean * mean, 0)
    signal = np.maximum(variance - 9.0, 0)
    return ((luma - mean) * (9.0 / (signal + 9.0))).astype(np.float32)


def simulate(scenes: list[NDArray[np.float32]], strength: float, per_camera: int) -> None:
    """Enroll a simulated camera and match with it; print the tables."""
    rng = np.random.default_rng(1)
    height, width = scenes[0].shape[:2]
    factors = [rng.normal(0, strength, (height, width)).astype(np.float32) for _ in range(2)]
    enrolled, tested = scenes[:per_camera], scenes[per_camera:]
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LOCARD_HOME"] = folder
        files = []
        for i, scene in enumerate(enrolled):
            files.append(Path(folder) / f"{i}.jpg")
            files[-1].write_bytes(jpeg(shoot(scene, factors[0], rng)))
        start = time.process_time()
        enrolment = prnu.enroll_camera("A", files)
        spent = time.process_time() - start
        quality = enrolment.record.quality
        print(
            f"\nK = {strength}: enrolled {len(files)} photos in {spent:.1f} CPU s; leave-one-out "
            f"PCE median {np.median(quality):.0f}, least {min(quality):.0f}"
        )
        table: dict[str, list[float]] = defaultdict(list)
        score: dict[str, list[float]] = defaultdict(list)
        aucs: dict[str, list[float]] = defaultdict(list)
        alarms: dict[str, list[float]] = defaultdict(list)
        for i, scene in enumerate(tested):
            own, other = (shoot(scene, factor, rng) for factor in factors)
            y, x = rng.integers(0, height // 4), rng.integers(0, width // 4)
            crop = np.s_[y : y + height * 3 // 4, x : x + width * 3 // 4]
            mask = blob(height, width, rng)
            donor = shoot(tested[i - 1], factors[1], rng)
            spliced = np.where(mask[..., None], donor, own)
            for label, pixels, quality in (
                ("own", own, 90),
                ("other", other, 90),
                ("own, cropped", own[crop], 90),
                ("other, cropped", other[crop], 90),
                ("own, resaved 75", own, 75),
                ("spliced", spliced, 90),
                ("spliced, resaved 75", spliced, 75),
            ):
                data = jpeg(pixels) if quality == 90 else jpeg(_decoded(jpeg(pixels)), quality)
                exhibit = open_exhibit(data)
                finding = prnu.prnu.run(exhibit)
                table[label].append(float(finding.facts["pce"]))
                if finding.heatmap is None:
                    continue
                score[label].append(finding.score)
                heat = finding.heatmap.pixels(exhibit.height, exhibit.width)
                alarms[label].append(
                    float((heat > 0.5)[~mask].mean())
                    if "spliced" in label
                    else float((heat > 0.5).mean())
                )
                if "spliced" in label:
                    aucs[label].append(auc(heat[mask][::7], heat[~mask][::7]))
        print(
            f"{'photos':22}{'n':>4}{'PCE 5 %':>9}{'median':>8}{'95 %':>8}{'matched':>9}"
            f"{'score med':>11}{'max':>7}{'alarm area':>12}{'pixel AUC':>11}"
        )
        for label, values in table.items():
            scores = score[label] or [np.nan]
            print(
                f"{label:22}{len(values):4d}{np.quantile(values, 0.05):9.0f}"
                f"{np.median(values):8.0f}{np.quantile(values, 0.95):8.0f}"
                f"{np.mean(np.array(values) > prnu.MATCH_PCE):9.2f}{np.median(scores):11.2f}"
                f"{np.max(scores):7.2f}{np.mean(alarms[label] or [np.nan]):12.4f}"
                f"{np.mean(aucs[label] or [np.nan]):11.3f}"
            )
        for kind in ("", ", cropped"):
            pair = np.array(table["own" + kind]), np.array(table["other" + kind])
            print(
                f"AUC of PCE{kind}: {auc(*pair):.3f} [{interval(*pair)[0]:.3f}, "
                f"{interval(*pair)[1]:.3f}]"
            )
        pair = np.array(score["spliced"]), np.array(score["own"])
        if min(map(len, pair)) > 1:
            print(
                f"AUC of score, spliced against own: {auc(*pair):.3f} "
                f"[{interval(*pair)[0]:.3f}, {interval(*pair)[1]:.3f}]"
            )


def _decoded(data: bytes) -> NDArray[np.uint8]:
    return open_exhibit(data).rgb


def residuals(scenes: list[NDArray[np.float32]], strength: float, per_camera: int) -> None:
    """Compare residuals by the PCE that they give and the time that they take."""
    rng = np.random.default_rng(2)
    factor = rng.normal(0, strength, scenes[0].shape[:2]).astype(np.float32)
    photos = [open_exhibit(jpeg(shoot(scene, factor, rng))) for scene in scenes]
    kinds: dict[str, Callable[[NDArray[np.float32]], NDArray[np.float32]]] = {
        "wavelet db4, 4 levels (used)": prnu.noise_residual,
        "pixel Wiener 3 × 3": spatial_wiener,
        "median 3 × 3": lambda luma: luma - cv2.medianBlur(luma, 3),
    }
    print(f"\nresidual, K = {strength}{'':14}{'median PCE':>11}{'5 %':>7}{'CPU s / MP':>12}")
    for label, make in kinds.items():
        start = time.thread_time()
        found = [make(photo.luma) for photo in photos]
        spent = (time.thread_time() - start) / sum(w.size for w in found) * 1e6
        lights = [np.where(photo.saturated, np.float32(0), photo.luma) for photo in photos]
        sums = prnu.FingerprintSum.zero(*found[0].shape)
        for w, light in list(zip(found, lights, strict=True))[:per_camera]:
            sums.add(w * light, light)
        pattern = sums.pattern()
        pce = [
            prnu.correlate(w * light, pattern).pce
            for w, light in list(zip(found, lights, strict=True))[per_camera:]
        ]
        print(f"{label:36}{np.median(pce):8.0f}{np.quantile(pce, 0.05):7.0f}{spent:12.3f}")


def strangers(photos: list[Path]) -> None:
    """Match real photos of one size with each other: different scenes, mostly other cameras."""
    by_size: dict[tuple[int, int], list[tuple[Path, Exhibit]]] = defaultdict(list)
    for path in photos:
        try:
            exhibit = open_exhibit(path)
        except ExhibitError:
            continue
        if exhibit.width * exhibit.height <= 9_000_000 and min(exhibit.rgb.shape[:2]) >= 256:
            by_size[exhibit.rgb.shape[:2]].append((path, exhibit))
    values, same_model, pooled = [], [], []
    for group in by_size.values():
        if len(group) < 2:
            continue
        seen = []
        for path, exhibit in group[:14]:
            residual, light = prnu.observe(exhibit)
            sums = prnu.FingerprintSum.zero(*light.shape)
            sums.add(residual * light, light)
            claimed = prnu.claimed_model(exhibit)
            small = cv2.resize(exhibit.luma, (32, 32), interpolation=cv2.INTER_AREA).ravel()
            if any(np.corrcoef(small, other[4])[0, 1] > 0.97 for other in seen):
                continue  # another edit of the same photo
            seen.append((path.name, claimed, residual * light, sums.pattern(), small, light))
        if len(seen) > 5:
            # What cameras have in common adds up in a fingerprint of many cameras.
            total = prnu.FingerprintSum.zero(*group[0][1].rgb.shape[:2])
            for item in seen:
                total.add(item[2], item[5])
            for item in seen:
                total.add(item[2], item[5], sign=-1)
                pooled.append(prnu.correlate(item[2], total.pattern()).pce)
                total.add(item[2], item[5])
        for a, b in itertools.combinations(seen, 2):
            pce = prnu.correlate(a[2], b[3]).pce
            same = a[1] is not None and a[1] == b[1]
            (same_model if same else values).append(pce)
            if pce > prnu.MATCH_PCE:
                print(f"  {a[0]} | {b[0]} | {a[1]} | {b[1]} | PCE {pce:.1f}")
    print(
        f"\nstrangers: {len(values)} pairs of one size and other models: PCE 99.9 % "
        f"{np.quantile(values, 0.999):.1f}, most {max(values):.1f}, above {prnu.MATCH_PCE:.0f}: "
        f"{np.sum(np.array(values) > prnu.MATCH_PCE)}; same model {len(same_model)} pairs, above: "
        f"{np.sum(np.array(same_model) > prnu.MATCH_PCE)}; {len(pooled)} photos against the "
        f"fingerprint of all others of their size: most {max(pooled, default=np.nan):.1f}, above: "
        f"{np.sum(np.array(pooled) > prnu.MATCH_PCE)}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=Path, default=DEFAULT)
    parser.add_argument("--size", default="400x384", help="width x height of the simulated sensor")
    parser.add_argument("--strength", type=float, nargs="+", default=[0.004, 0.01, 0.02])
    parser.add_argument("--enroll", type=int, default=25)
    parser.add_argument("--test", type=int, default=40)
    parser.add_argument("--only", choices=["simulate", "residuals", "strangers"])
    options = parser.parse_args()
    cv2.setNumThreads(1)
    width, height = map(int, options.size.split("x"))
    paths = sorted(options.photos.iterdir())
    np.random.default_rng(0).shuffle(paths)  # type: ignore[arg-type]
    scenes: list[NDArray[np.float32]] = []
    if options.only != "strangers":
        for path in paths:
            if len(scenes) == options.enroll + options.test:
                break
            scene = fitted(path, width, height)
            if scene is not None:
                scenes.append(scene)
        print(f"{len(scenes)} scenes from {options.photos.name}, {width} × {height}, JPEG 90")
    if options.only in (None, "simulate"):
        for strength in options.strength:
            simulate(scenes, strength, options.enroll)
    if options.only in (None, "residuals"):
        residuals(scenes, options.strength[0], options.enroll)
    if options.only in (None, "strangers"):
        strangers(paths)


if __name__ == "__main__":
    main()
