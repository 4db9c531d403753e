"""Time and memory of `examine`: all methods, by size, and by method.

    python benchmarks/speed.py [--photo FILE] [--megapixels 1,12,48] [--repeats 3]

A photo (by default the rendered example) is tiled and cropped to each size and saved as JPEG at
quality 90. Each size runs in a process of its own: a first examination (cold: imports and
calibrators included), then warm ones, of which the median counts. Peak memory is the resident
set of that process (Linux), after the first examination and after all of them, each of which
begins while the report of the one before is still held. Prints seconds per megapixel too, which
must not grow with the size, and the time of a plain decode by Pillow as the peer.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

EXAMPLE = Path(__file__).parent.parent / "examples" / "harbour-copied-boat.jpg"


def make(photo: Path, megapixels: float, file: Path) -> None:
    """Write a JPEG of the given size, 4:3, by mirrored tiling and cropping."""
    rgb = np.asarray(Image.open(photo).convert("RGB"))
    width = int((megapixels * 1e6 * 4 / 3) ** 0.5) // 8 * 8
    height = int(megapixels * 1e6 / width)
    rgb = rgb[:height, :width]
    pads = [(0, max(0, height - rgb.shape[0])), (0, max(0, width - rgb.shape[1])), (0, 0)]
    tiled = np.pad(rgb, pads, mode="symmetric")
    # Without noise of its own every tile would be a copy-move of its neighbour.
    noise = np.random.default_rng(0).normal(0, 2.0, tiled.shape)
    Image.fromarray(np.clip(tiled + noise, 0, 255).astype(np.uint8)).save(file, "JPEG", quality=90)


def peak_memory() -> float:
    """Peak of the resident set of this process, MB.

    Not `getrusage`: a process inherits the peak of the one that starts it, which made the photo.
    """
    status = Path("/proc/self/status").read_text("ascii")
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]


def worker(file: str, repeats: int, profile: str) -> None:
    """Measure one size and print JSON."""
    start = time.perf_counter()
    from locard import examine

    report = examine(file, profile=profile)
    cold = time.perf_counter() - start
    first = peak_memory()
    data = Path(file).read_bytes()
    warm, methods = [], dict(report.timing.methods)
    for _ in range(repeats):
        start = time.perf_counter()
        report = examine(data, profile=profile)
        warm.append(time.perf_counter() - start)
        for name, seconds in report.timing.methods.items():
            methods[name] = min(methods[name], seconds)
    start = time.perf_counter()
    Image.open(io.BytesIO(data)).load()
    decode = time.perf_counter() - start
    result = {"cold": cold, "warm": statistics.median(warm), "decode": decode}
    result |= {"first": first, "peak": peak_memory()}
    print(json.dumps({**result, "methods": methods}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--photo", type=Path, default=EXAMPLE)
    parser.add_argument("--megapixels", default="1,12,48")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--profile", default="standard")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.worker:
        worker(args.worker, args.repeats, args.profile)
        return
    sizes = [float(v) for v in args.megapixels.split(",")]
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            file = Path(folder) / f"{size:g}.jpg"
            make(args.photo, size, file)
            options = ["--worker", str(file), "--repeats", str(args.repeats)]
            done = subprocess.run(
                [sys.executable, __file__, *options, "--profile", args.profile],
                check=True,
                capture_output=True,
                text=True,
            )
            results[size] = json.loads(done.stdout.splitlines()[-1])
    print(f"{'':24}" + "".join(f"{size:>10g} MP" for size in sizes))
    for key, label in (
        ("warm", "warm, s"),
        ("cold", "first, with start-up, s"),
        ("first", "peak of the first, MB"),
        ("peak", "peak of all, MB"),
        ("decode", "Pillow decode, s"),
    ):
        print(f"{label:24}" + "".join(f"{results[size][key]:13.2f}" for size in sizes))
    print(f"{'warm / decode':24}", end="")
    print("".join(f"{results[s]['warm'] / results[s]['decode']:13.1f}" for s in sizes))
    print(f"{'warm s per MP':24}" + "".join(f"{results[s]['warm'] / s:13.3f}" for s in sizes))
    print("by method, s (wall clock beside the others)")
    for name in results[sizes[0]]["methods"]:
        print(f"  {name:22}" + "".join(f"{results[s]['methods'][name]:13.3f}" for s in sizes))
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "locard", "--help"], check=True, capture_output=True)
    print(f"locard --help: {time.perf_counter() - started:.2f} s")


if __name__ == "__main__":
    main()
