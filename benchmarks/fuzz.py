"""Fuzz run: mutated picture files of every format must be examined or refused with a sentence.

Every file is made from its index and the seed alone, so that a failure can be made again with
``--seed S --start INDEX --count 1`` and a run can be cut into ranges. Files are opened in worker
processes with a limit on memory and on time; a worker that dies or hangs is replaced.

    python benchmarks/fuzz.py --count 20000 --jobs 2 --out out/fuzz
    python benchmarks/fuzz.py --count 2000 --examine      # with all methods

Exit status: 0 when nothing crashed, hung, leaked messages, ran over memory or raised anything
but `ExhibitError`; 1 otherwise.
"""

from __future__ import annotations

import argparse
import io
import multiprocessing
import multiprocessing.connection
import os
import re
import resource
import struct
import sys
import tempfile
import time
import traceback
import warnings
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

# Threads of BLAS reserve address space that would count against the limit.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Seeds = dict[str, list[bytes]]

OUTCOMES = ("examined", "refused", "crashed", "hung", "over memory", "exception", "noisy")
FAILURES = OUTCOMES[2:]
TOKENS = [
    *(bytes((0xFF, code)) for code in (0xC0, 0xC2, 0xC4, 0xC9, 0xCC, 0xD0, 0xD8, 0xD9, 0xDA, 0xDB)),
    *(b"IHDR", b"IDAT", b"IEND", b"PLTE", b"tRNS", b"zTXt", b"iTXt", b"iCCP", b"acTL", b"fdAT"),
    *(b"RIFF", b"WEBP", b"VP8 ", b"VP8L", b"VP8X", b"ANIM", b"ANMF", b"ALPH", b"EXIF", b"XMP "),
    *(b"ftyp", b"meta", b"iinf", b"iloc", b"iprp", b"ipco", b"ispe", b"hvcC", b"av1C", b"mdat"),
    *(b"II*\0", b"MM\0*", b"GIF89a", b"\x21\xf9\x04", b"Exif\0\0", b"jumb", b"<!ENTITY", b"\0" * 8),
]
INTERESTING = (0, 1, 2, 7, 8, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF,
               0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)  # fmt: skip

XMP = (
    b'<?xpacket begin=""?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org'
    b'/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
    b'xmp:CreatorTool="an editor"/></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
)


def photo(height: int = 97, width: int = 131) -> NDArray[np.uint8]:
    """Draw smooth colours, an edge and noise."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:height, :width]
    planes = [120 + 60 * np.sin(x / a + y / b) for a, b in ((9, 14), (17, 8), (25, 31))]
    rgb = np.stack(planes, axis=2) + rng.normal(0, 6, (height, width, 3))
    rgb[height // 3 : height // 2, width // 4 : width // 2] += 50
    return np.clip(rgb, 0, 255).astype(np.uint8)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    """Encode a picture with Pillow."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def png(width: int, height: int, bits: int, colour: int, rows: bytes, *extra: bytes) -> bytes:
    """Write a PNG file from raw rows, for what Pillow does not write."""
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    parts = [
        chunk(b"IHDR", header),
        *extra,
        chunk(b"IDAT", zlib.compress(rows)),
        chunk(b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def chunk(kind: bytes, body: bytes) -> bytes:
    """Write one PNG chunk."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def interlaced_png(rgb: NDArray[np.uint8]) -> bytes:
    """Write an RGB picture in the seven passes of Adam7."""
    grid = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2),
            (1, 0, 2, 1))  # fmt: skip
    rows = b"".join(
        b"\0" + row.tobytes()
        for top, left, down, across in grid
        for row in rgb[top::down, left::across]
    )
    whole = png(rgb.shape[1], rgb.shape[0], 8, 2, rows)
    header = whole[16:28] + b"\1"
    return whole[:8] + chunk(b"IHDR", header) + whole[33:]


def tiff(samples: NDArray[np.generic], photometric: int = 2, tile: int = 0) -> bytes:
    """Write an uncompressed little-endian TIFF in one strip or in square tiles."""
    height, width, channels = samples.shape
    bits = samples.dtype.itemsize * 8
    if tile:
        down, across = -(-height // tile), -(-width // tile)
        full = np.zeros((down * tile, across * tile, channels), samples.dtype)
        full[:height, :width] = samples
        cells = full.reshape(down, tile, across, tile, channels).transpose(0, 2, 1, 3, 4)
        blocks = [cell.tobytes() for row in cells for cell in row]
    else:
        blocks = [samples.tobytes()]
    tags: list[tuple[int, int, list[int]]] = [
        (256, 4, [width]), (257, 4, [height]), (258, 3, [bits] * channels), (259, 3, [1]),
        (262, 3, [photometric]), (277, 3, [channels]),
        (339, 3, [3 if samples.dtype.kind == "f" else 1] * channels),
    ]  # fmt: skip
    names = ((322, [tile]), (323, [tile]), (324, None), (325, None)) if tile else (
        (273, None), (278, [height]), (279, None)
    )  # fmt: skip
    sizes = [len(block) for block in blocks]
    for tag, values in names:
        tags.append(
            (tag, 4, values if values else sizes if tag in (279, 325) else [0] * len(blocks))
        )
    tags.sort()
    directory = 8 + 2 + 12 * len(tags) + 4
    extra_size = sum(
        (len(v) * (2 if k == 3 else 4)) for _, k, v in tags if len(v) * (2 if k == 3 else 4) > 4
    )
    offsets = list(np.cumsum([directory + extra_size, *sizes[:-1]]))
    body, extra = struct.pack("<H", len(tags)), b""
    for tag, kind, values in tags:
        values = [int(o) for o in offsets] if tag in (273, 324) else values
        packed = struct.pack(f"<{len(values)}{'H' if kind == 3 else 'I'}", *values)
        field = packed.ljust(4, b"\0")
        if len(packed) > 4:
            field = struct.pack("<I", directory + len(extra))
            extra += packed
        body += struct.pack("<HHI", tag, kind, len(values)) + field
    return b"II*\0" + struct.pack("<I", 8) + body + b"\0" * 4 + extra + b"".join(blocks)


def segment(code: int, body: bytes) -> bytes:
    """Write one JPEG marker segment."""
    return struct.pack(">BBH", 0xFF, code, len(body) + 2) + body


def jumbf() -> bytes:
    """Write the outline of a content-credentials store, unsigned."""
    label = bytes.fromhex("6332706100110010800000AA00389B71") + b"\x03c2pa\0"
    description = struct.pack(">I", 8 + len(label)) + b"jumd" + label
    return struct.pack(">I", 8 + len(description)) + b"jumb" + description


def arithmetic_jpeg(rgb: NDArray[np.uint8]) -> bytes:
    """Encode with arithmetic instead of Huffman coding, which Pillow does not write."""
    import jpeglib

    jpeglib.version.set("turbo210")
    with tempfile.NamedTemporaryFile(suffix=".jpg") as file:
        jpeglib.from_spatial(rgb).write_spatial(file.name, qt=85, flags=["+ARITH_CODE"])
        return Path(file.name).read_bytes()


def jpeg_seeds(image: Image.Image) -> list[bytes]:
    """Every coding process, grey, CMYK, restart intervals, samplings, metadata, MPO, C2PA."""
    exif = Image.Exif()
    exif[271], exif[272], exif[305], exif[274] = "A maker", "A model", "An editor 1.0", 6
    exif.get_ifd(0x8769)[36867] = "2020:01:01 00:00:00"
    exif.get_ifd(0x8825)[1] = "N"
    base = encoded(image, "JPEG", quality=88)
    store = segment(0xEB, b"JP\0\1\0\0\0\1" + jumbf())
    wide = [encoded(image, "JPEG", subsampling=s, quality=q) for s, q in ((0, 95), (1, 70))]
    return [
        base,
        *wide,
        encoded(image, "JPEG", progressive=True),
        encoded(image.convert("L"), "JPEG", progressive=True),
        encoded(image.convert("L"), "JPEG"),
        encoded(image.convert("CMYK"), "JPEG"),
        encoded(image, "JPEG", restart_marker_blocks=3, optimize=True),
        encoded(image, "JPEG", exif=exif, xmp=XMP, comment=b"a comment", icc_profile=b"\0" * 128),
        encoded(image, "MPO", save_all=True, append_images=[image]),
        base[:2] + store + base[2:],
        arithmetic_jpeg(np.asarray(image)),
    ]


def png_seeds(image: Image.Image) -> list[bytes]:
    """Depths, palettes, alpha, interlacing, animation, text, EXIF."""
    rgb = np.asarray(image)
    deep = (rgb.astype(np.uint16) * 257 + 13).astype(">u2")
    deep_rows = b"".join(b"\0" + row.tobytes() for row in deep)
    text = chunk(b"tEXt", b"parameters\0a prompt") + chunk(
        b"zTXt", b"k\0\0" + zlib.compress(b"v" * 99)
    )
    text += chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP) + chunk(b"caBX", jumbf())
    profile = chunk(b"iCCP", b"p\0\0" + zlib.compress(b"\0" * 200))
    rows = b"".join(b"\0" + row.tobytes() for row in rgb)
    size = (rgb.shape[1], rgb.shape[0])
    return [
        encoded(image, "PNG"),
        encoded(image.convert("L"), "PNG"),
        encoded(image.convert("1"), "PNG"),
        encoded(Image.fromarray(deep[:, :, 0].astype(np.uint16)), "PNG"),
        encoded(image.quantize(64), "PNG", transparency=3),
        encoded(image.convert("RGBA"), "PNG"),
        encoded(image.convert("LA"), "PNG"),
        encoded(image, "PNG", save_all=True, append_images=[image.rotate(9), image.rotate(20)]),
        interlaced_png(rgb),
        png(*size, 16, 2, deep_rows),
        png(*size, 8, 2, rows, text, profile),
    ]


def tiff_seeds(image: Image.Image) -> list[bytes]:
    """Compressions, depths, CMYK, pages, tiles, BigTIFF."""
    rgb = np.asarray(image)
    packed = [
        encoded(image, "TIFF", compression=name)
        for name in ("raw", "tiff_lzw", "tiff_adobe_deflate", "jpeg", "packbits", "zstd")
    ]
    return [
        *packed,
        encoded(image.convert("1"), "TIFF", compression="group4"),
        encoded(image.convert("CMYK"), "TIFF"),
        encoded(Image.fromarray(rgb[:, :, 0].astype(np.uint16) * 257), "TIFF"),
        encoded(Image.fromarray(rgb[:, :, 0].astype(np.float32) / 255), "TIFF"),
        encoded(image, "TIFF", save_all=True, append_images=[image.convert("L")]),
        encoded(image, "TIFF", big_tiff=True),
        tiff(rgb, tile=32),
        tiff(rgb.astype(np.uint16) * 257),
        tiff(rgb.astype(np.float32) / 255),
    ]


def other_seeds(image: Image.Image) -> Seeds:
    """WebP, GIF, BMP, HEIF and AVIF."""
    import pillow_heif

    pillow_heif.register_heif_opener()
    turned = [image.rotate(9), image.rotate(20)]
    exif = Image.Exif()
    exif[271] = "A maker"
    webp = [
        encoded(image, "WEBP", quality=80, exif=exif, xmp=XMP, icc_profile=b"\0" * 128),
        encoded(image, "WEBP", quality=80),
        encoded(image, "WEBP", lossless=True),
        encoded(image.convert("RGBA"), "WEBP", quality=80),
        encoded(image, "WEBP", save_all=True, append_images=turned),
    ]
    gif = [
        encoded(image, "GIF"),
        encoded(image, "GIF", interlace=0),
        encoded(image, "GIF", save_all=True, append_images=turned, comment=b"a comment"),
    ]
    runs = b"\x20\x05\x00\x00" * 40 + b"\0\1"
    palette = bytes(range(256)) * 4
    run_length = b"BM" + struct.pack("<IHHI", 54 + 1024 + len(runs), 0, 0, 54 + 1024)
    run_length += struct.pack("<IiiHHIIiiII", 40, 32, 40, 1, 8, 1, len(runs), 0, 0, 256, 0)
    bmp = [
        encoded(image, "BMP"),
        encoded(image.convert("L"), "BMP"),
        encoded(image.convert("1"), "BMP"),
        run_length + palette + runs,
    ]
    deep = pillow_heif.from_bytes(
        "RGB;16", image.size, (np.asarray(image).astype(np.uint16) * 257).tobytes()
    )
    buffer = io.BytesIO()
    deep.save(buffer, quality=70)
    heif = [
        encoded(image, "HEIF", quality=70),
        encoded(image.convert("RGBA"), "HEIF", quality=70),
        encoded(image, "HEIF", save_all=True, append_images=turned, exif=exif, xmp=XMP),
        buffer.getvalue(),
    ]
    avif = [
        encoded(image, "AVIF", quality=60),
        encoded(image.convert("RGBA"), "AVIF", quality=60, exif=exif, xmp=XMP),
        encoded(image, "AVIF", save_all=True, append_images=turned, quality=40),
    ]
    return {"WEBP": webp, "GIF": gif, "BMP": bmp, "HEIF": heif, "AVIF": avif}


def make_seeds() -> Seeds:
    """Make the files that are mutated, by format."""
    image = Image.fromarray(photo())
    return {
        "JPEG": jpeg_seeds(image),
        "PNG": png_seeds(image),
        "TIFF": tiff_seeds(image),
        **other_seeds(image),
    }


def _place(rng: np.random.Generator, size: int) -> int:
    """Choose an offset; headers are hit as often as the rest."""
    return int(rng.integers(min(size, 256) if rng.random() < 0.5 else size))


def _flip(data: bytearray, rng: np.random.Generator, pool: list[bytes]) -> None:
    for _ in range(int(rng.integers(1, 9))):
        data[_place(rng, len(data))] ^= 1 << int(rng.integers(8))


def _run(data: bytearray, rng: np.random.Generator, pool: list[bytes]) -> None:
    at, length = _place(rng, len(data)), int(rng.integers(1, 64))
    same = rng.random() < 0.5
    run = bytes([int(rng.integers(256))]) * length if same else rng.bytes(length)
    data[at : at + length] = run


def _remove(data: bytearray, rng: np.random.Generator, pool: list[bytes]) -> None:
    at = _place(rng, len(data))
    del data[at : at + int(2 ** rng.uniform(0, 10))]


def _repeat(data: bytearray, rng: np.random.Generator, pool: list[bytes]) -> None:
    at, length = _place(rng, len(data)), int(2 ** rng.uniform(0, 9))
    data[at:at] = bytes(data[at : at + length]) * int(rng.integers(1, 20))


def _truncate(data: bytearray, rng: np.random.Generator, pool: list[bytes]) -> None:
    del data[int(rng.integers(1, len(data) + 1)) :]


def _splice(data: bytearray, rng: np.random.Generator, pool: list[bytes]) -> None:
    other = pool[int(rng.integers(len(pool)))]
    at, start, length = (
        _place(rng, len(data)),
        _place(rng, len(other)),
        int(2 ** rng.uniform(2, 12)),
    )
    end = at + (length if rng.random() < 0.5 else 0)
    data[at:end] = other[start : start + length]


def _forge(data: bytearray, rng: np.random.Generator, pool: list[bytes]) -> None:
    value = INTERESTING[int(rng.integers(len(INTERESTING)))]
    size = int(rng.choice((1, 2, 4)))
    at = _place(rng, len(data))
    forged = (value & (1 << 8 * size) - 1).to_bytes(size, "big")
    data[at : at + size] = forged if rng.random() < 0.5 else forged[::-1]


def _token(data: bytearray, rng: np.random.Generator, pool: list[bytes]) -> None:
    token = TOKENS[int(rng.integers(len(TOKENS)))]
    at = _place(rng, len(data))
    data[at : at + (len(token) if rng.random() < 0.7 else 0)] = token


MUTATIONS: list[Callable[[bytearray, np.random.Generator, list[bytes]], None]] = [
    _flip, _flip, _run, _remove, _repeat, _truncate, _splice, _forge, _forge, _token,
]  # fmt: skip


def _mend_png(data: bytes) -> bytes:
    """Recompute the checksums, which would stop most mutations at the door."""
    parts, position = [data[:8]], 8
    while position + 12 <= len(data):
        length = int.from_bytes(data[position : position + 4], "big")
        if position + 12 + length > len(data):
            break
        parts.append(chunk(data[position + 4 : position + 8], data[position + 8 :][:length]))
        position += 12 + length
    return b"".join((*parts, data[position:]))


def make_file(seeds: Seeds, seed: int, index: int) -> tuple[str, bytes]:
    """Make the mutated file of an index: its format and its bytes."""
    rng = np.random.default_rng((seed, index))
    kinds = list(seeds)
    kind = kinds[index % len(kinds)]
    data = bytearray(seeds[kind][int(rng.integers(len(seeds[kind])))])
    pool = seeds[kind] if rng.random() < 0.7 else seeds[kinds[int(rng.integers(len(kinds)))]]
    for _ in range(int(rng.choice((1, 1, 2, 3)))):
        if data:
            MUTATIONS[int(rng.integers(len(MUTATIONS)))](data, rng, pool)
    if kind == "PNG" and rng.random() < 0.6:
        return kind, _mend_png(bytes(data))
    return kind, bytes(data)


def touch(data: bytes) -> None:
    """Open an exhibit, use what methods use of it, and check the promises they rely on."""
    from locard.exhibit import open_exhibit

    exhibit = open_exhibit(data)
    rows, cols = exhibit.height // 8, exhibit.width // 8
    assert exhibit.rgb.dtype == np.uint8, exhibit.rgb.dtype
    assert exhibit.rgb.shape == (exhibit.height, exhibit.width, 3), exhibit.rgb.shape
    assert min(exhibit.height, exhibit.width) >= 16, exhibit.rgb.shape
    assert 1 <= exhibit.metadata.orientation <= 8
    coefficients = exhibit.coefficients
    if coefficients is not None:
        assert coefficients.shape[0] >= rows, coefficients.shape
        assert coefficients.shape[1] >= cols, coefficients.shape
    # A forged header may announce 150 megapixels that are there, all of one colour.
    if exhibit.height * exhibit.width <= 1_000_000:
        assert exhibit.block_dct.shape == (rows, cols, 8, 8)
        assert np.isfinite(exhibit.texture).all()
        assert np.isfinite(exhibit.residual).all()
        assert exhibit.saturated.shape == exhibit.luma.shape
        assert isinstance(exhibit.is_colour, bool)


def examine_all(data: bytes) -> None:
    """Run every method and write the report."""
    from locard import examine
    from locard.methods.contract import FAILED

    report = examine(data)
    report.to_json()
    report.to_html()
    for finding in report.findings:
        if finding.reason is not None and finding.reason.startswith(FAILED):
            raise RuntimeError(f"{finding.method}: {finding.reason}")


@dataclass(frozen=True)
class Task:
    """What a worker is told once."""

    seed: int
    memory: int
    examine: bool


def _peak() -> int:
    """Largest resident size since the last call, in bytes, and start counting anew."""
    status = Path("/proc/self/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+)", status)
    Path("/proc/self/clear_refs").write_text("5")
    return int(found.group(1)) * 1024 if found else 0


def work(task: Task, pipe: Connection) -> None:
    """Open files by index until told to stop; reports (outcome, format, message)."""
    from locard.exhibit import ExhibitError

    run = examine_all if task.examine else touch
    seeds = make_seeds()
    touch(seeds["JPEG"][0])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryFile() as spill:
        os.dup2(spill.fileno(), 1)
        os.dup2(spill.fileno(), 2)
        warnings.simplefilter("always")
        _peak()
        while (index := pipe.recv()) is not None:
            kind, data = make_file(seeds, task.seed, index)
            outcome, message = "examined", ""
            base = _peak()
            try:
                run(data)
            except ExhibitError as error:
                outcome, message = "refused", str(error)
                if not message or "\n" in message or "memory" in message:
                    outcome = "exception"
            except BaseException:  # Everything else is what the run is looking for.
                outcome, message = "exception", traceback.format_exc()
            used = _peak() - base
            sys.stdout.flush()
            sys.stderr.flush()
            if os.fstat(spill.fileno()).st_size:
                spill.seek(0)
                outcome, message = "noisy", spill.read(2000).decode("utf-8", "replace")
                spill.seek(0)
                spill.truncate()
            if used > task.memory:
                outcome, message = "over memory", f"{used / 2**20:.0f} MiB; {message}"
            pipe.send((outcome, kind, message))


class Worker:
    """A process that opens files, replaced when it dies or hangs."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.index: int | None = None
        self.since = 0.0
        self.start()

    def start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, child = context.Pipe()
        self.process = context.Process(target=work, args=(self.task, child), daemon=True)
        self.process.start()
        child.close()

    def give(self, index: int | None) -> None:
        self.index, self.since = index, time.monotonic()
        self.pipe.send(index)

    def result(self, limit: float) -> tuple[str, str, str] | None:
        """Return what became of the file, or None while the worker is busy within its time."""
        try:
            if self.pipe.poll(0):
                answer: tuple[str, str, str] = self.pipe.recv()
                return answer
        except (EOFError, ConnectionError):
            self.process.join()
            code = self.process.exitcode
            self.start()
            return "crashed", "", f"the worker ended with status {code}"
        if time.monotonic() - self.since > limit:
            self.process.kill()
            self.process.join()
            self.start()
            return "hung", "", f"longer than {limit:.0f} s"
        return None


def main() -> int:
    """Run the files and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=20_000, help="number of files")
    parser.add_argument("--start", type=int, default=0, help="index of the first file")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1, help="worker processes")
    parser.add_argument("--timeout", type=float, default=20.0, help="seconds for one file")
    parser.add_argument("--memory", type=int, default=1536, help="MiB for one file")
    parser.add_argument("--examine", action="store_true", help="run every method as well")
    parser.add_argument("--out", type=Path, help="folder for the files that fail")
    arguments = parser.parse_args()

    task = Task(arguments.seed, arguments.memory * 2**20, arguments.examine)
    seeds = make_seeds()
    kinds = list(seeds)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    slowest = (0.0, 0)
    begin = time.monotonic()
    todo = iter(range(arguments.start, arguments.start + arguments.count))
    workers = [Worker(task) for _ in range(arguments.jobs)]
    for worker in workers:
        worker.give(next(todo, None))
    while any(worker.index is not None for worker in workers):
        multiprocessing.connection.wait(
            [w.pipe for w in workers if w.index is not None], timeout=0.5
        )
        for worker in workers:
            # A worker imports locard before its first file: that time is not the file's.
            answer = worker.result(arguments.timeout + 10) if worker.index is not None else None
            if answer is None:
                continue
            index = worker.index
            assert index is not None
            outcome, _, message = answer
            kind = kinds[index % len(kinds)]
            counts[kind][outcome] += 1
            slowest = max(slowest, (time.monotonic() - worker.since, index))
            if outcome in FAILURES:
                print(f"--seed {arguments.seed} --start {index} ({kind}) {outcome}: {message}")
                if arguments.out:
                    arguments.out.mkdir(parents=True, exist_ok=True)
                    name = f"{arguments.seed}-{index}.{kind.lower()}"
                    (arguments.out / name).write_bytes(make_file(seeds, arguments.seed, index)[1])
            worker.give(next(todo, None))

    print("| format | files | " + " | ".join(OUTCOMES) + " |")
    print("| --- |" + " ---: |" * (len(OUTCOMES) + 1))
    counts["all"] = sum((counts[kind] for kind in kinds), Counter())
    for kind in (*kinds, "all"):
        cells = [counts[kind].total(), *(counts[kind][outcome] for outcome in OUTCOMES)]
        print(f"| {kind} | " + " | ".join(str(cell) for cell in cells) + " |")
    seconds = time.monotonic() - begin
    print(f"{seconds:.0f} s; the slowest file took {slowest[0]:.1f} s (--start {slowest[1]})")
    return 1 if any(counts["all"][outcome] for outcome in FAILURES) else 0


if __name__ == "__main__":
    sys.exit(main())
