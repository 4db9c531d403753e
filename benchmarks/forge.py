"""Speed of the forging engine on one core, by operation, with everything included.

    python benchmarks/forge.py [--photos FOLDER ...] [--operations splice,copy-move] [--count 60]

Every item is a forgery and its authentic twin: decoding, histories of host and donors, objects,
forgery, delivery and encoding of both pictures, mask, edges and record. Photos are cut to about 1
megapixel first (JPEG at quality 92), unless --raw. By default the photos are eight that are drawn
here, with as many objects as a photo has. Prints pictures per second (two for each item) and items
per second, and with --profile the ten most expensive functions.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import statistics
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from threadpoolctl import threadpool_limits

from locard.exhibit import ExhibitError, open_exhibit
from locard.forge.engine import Plan, find_photos, make_item, save_plan
from locard.forge.tools import Tools


def draw_photos(folder: Path, count: int) -> None:
    """Write photo-like pictures of 1 megapixel: uneven ground, and smooth things on it."""
    for number in range(count):
        rng = np.random.default_rng(number)
        scene = np.zeros((864, 1152, 3), np.float32)
        for octave in range(2, 9):
            noise = rng.normal(0, 1, (2**octave, 2**octave, 3)).astype(np.float32)
            noise = 0.85 * noise.mean(axis=2, keepdims=True) + 0.15 * noise
            scene += cv2.resize(noise, (1152, 864), interpolation=cv2.INTER_CUBIC) * 0.6**octave
        scene = 120 + 60 * scene
        for _ in range(6):
            centre = (int(rng.integers(150, 1000)), int(rng.integers(150, 700)))
            axes = (int(rng.integers(30, 90)), int(rng.integers(30, 90)))
            colour = [float(v) for v in rng.uniform(20, 235, 3)]
            cv2.ellipse(scene, centre, axes, float(rng.uniform(0, 180)), 0, 360, colour, -1)
        scene = cv2.GaussianBlur(scene, (0, 0), 0.8) + rng.normal(0, 2.5, scene.shape)
        levels = np.clip(scene, 0, 255).astype(np.uint8)
        cv2.imwrite(str(folder / f"{number}.jpg"), levels, [cv2.IMWRITE_JPEG_QUALITY, 92])


def shrink_photos(folders: list[Path], folder: Path, limit: int) -> None:
    """Copy photos at 1 megapixel."""
    found, _ = find_photos(folders)
    kept = 0
    for photo in found:
        try:
            rgb = open_exhibit(photo.path).rgb
        except ExhibitError:
            continue
        scale = (1e6 / (rgb.shape[0] * rgb.shape[1])) ** 0.5
        if scale > 1 or kept == limit:
            continue
        small = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        bgr = cv2.cvtColor(small, cv2.COLOR_RGB2BGR)
        cv2.imwrite(str(folder / f"{kept}.jpg"), bgr, [cv2.IMWRITE_JPEG_QUALITY, 92])
        kept += 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--photos", type=Path, nargs="+")
    parser.add_argument("--operations", default="splice,copy-move,removal")
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--limit", type=int, default=24, help="photos at most")
    parser.add_argument("--raw", action="store_true", help="photos of the size they have")
    parser.add_argument("--profile", action="store_true")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    threadpool_limits(1, user_api="blas")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "photos"
        folder.mkdir()
        if args.photos is None:
            draw_photos(folder, 8)
        elif not args.raw:
            shrink_photos(args.photos, folder, args.limit)
        photos, _ = find_photos(args.photos if args.raw and args.photos else [folder])
        photos = photos[: args.limit]
        for name in args.operations.split(","):
            out = Path(temporary) / name
            plan = Plan(
                photos=tuple(photos),
                operations=(name,),
                seed=0,
                megapixels=1.0,
                recipes=None,
                authentic=True,
                tools=Tools(),
            )
            save_plan(plan, out)
            profiler = cProfile.Profile()
            seconds, skipped = [], 0
            wall, cpu = time.perf_counter(), time.process_time()
            if args.profile:
                profiler.enable()
            for number in range(args.count):
                start = time.process_time()
                skipped += make_item(number, str(out)).skipped is not None
                seconds.append(time.process_time() - start)
            profiler.disable()
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            made = args.count - skipped
            print(
                f"{name}: {2 * made / cpu:.1f} pictures and {made / cpu:.1f} items per second of "
                f"processor time ({2 * made / wall:.1f} pictures per second by the clock), median "
                f"{1000 * statistics.median(seconds):.0f} ms an item, {skipped} skipped, "
                f"{len(photos)} photos"
            )
            if args.profile:
                pstats.Stats(profiler).sort_stats("cumtime").print_stats("locard", 30)


if __name__ == "__main__":
    main()
