"""Render the example photos: a harbour that never was, seen by a camera that never was.

The scene, the sensor and the edit are all made here, so the files are ours to give away and
what was done to them is known exactly. ``python examples/make_examples.py`` writes

- ``harbour.jpg``: as the simulated camera saved it;
- ``harbour-copied-boat.jpg``: one boat copied to the left and saved again;
- ``harbour-copied-boat-mask.png``: white where the copy was pasted.
"""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

HERE = Path(__file__).parent
HEIGHT, WIDTH = 1000, 1500
HORIZON = 430

Picture = NDArray[np.float32]


def fractal(rng: np.random.Generator, aspect: float, decay: float, low: int, high: int) -> Picture:
    """Sum of smooth noises of octaves low..high, zero mean, unit standard deviation."""
    total = np.zeros((HEIGHT, WIDTH), np.float32)
    for octave in range(low, high):
        rows = min(HEIGHT, round(2**octave * aspect) + 2)
        cols = min(WIDTH, 2**octave + 2)
        noise = rng.normal(0, 1, (rows, cols)).astype(np.float32)
        noise = cv2.resize(noise, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
        total += noise * decay ** (octave - low)
    return (total - total.mean()) / total.std()


def boat(
    scene: Picture, rng: np.random.Generator, x: int, y: int, size: float, hull: tuple
) -> None:
    """Paint a moored fishing boat with its waterline at (x, y); no two have the same lines."""
    stretch = rng.uniform(0.85, 1.2, 2)

    def polygon(points: list[tuple[float, float]], colour: tuple) -> None:
        outline = rng.normal(0, 1.5, (len(points), 2)) + np.array(
            [(x + px * size * stretch[0], y + py * size * stretch[1]) for px, py in points]
        )
        layer = np.zeros((HEIGHT, WIDTH), np.uint8)
        cv2.fillPoly(layer, [np.round(outline * 8).astype(np.int32)], 255, cv2.LINE_AA, 3)
        alpha = (layer / 255.0)[:, :, None].astype(np.float32)
        grain = 1 + 0.06 * rng.normal(0, 1, (HEIGHT // 3 + 1, WIDTH // 3 + 1)).astype(np.float32)
        grain = cv2.resize(grain, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)[:, :, None]
        scene[:] = scene * (1 - alpha) + np.array(colour, np.float32) * grain * alpha

    polygon([(-90, -22), (95, -30), (75, 6), (-72, 6)], hull)
    polygon([(-90, -22), (95, -30), (94, -26), (-89, -17)], (225, 220, 205))
    polygon([(-72, 6), (75, 6), (74, 12), (-70, 12)], (45, 40, 42))
    polygon([(-30, -60), (28, -62), (32, -24), (-34, -22)], (218, 214, 200))
    for window in range(3):
        left = -24 + 18 * window
        polygon([(left, -54), (left + 12, -54), (left + 12, -41), (left, -41)], (52, 62, 74))
    polygon([(-36, -66), (34, -68), (34, -61), (-36, -59)], (150, 60, 45))
    polygon([(48, -150), (51, -150), (53, -27), (49, -27)], (96, 78, 60))
    polygon([(51, -140), (88, -40), (51, -44)], (188, 176, 150))
    polygon([(-70, -44), (-58, -44), (-58, -20), (-70, -20)], (206, 120, 40))


def render(rng: np.random.Generator) -> Picture:
    """Return the scene as linear-ish light, float32, 0 to 255."""
    rows = np.arange(HEIGHT, dtype=np.float32)[:, None, None] / HORIZON
    top, low = np.array([92, 134, 186], np.float32), np.array([205, 212, 214], np.float32)
    scene = np.broadcast_to(top + (low - top) * np.clip(rows, 0, 1), (HEIGHT, WIDTH, 3)).copy()
    clouds = np.clip(fractal(rng, 1.6, 0.6, 2, 9) - 0.2, 0, 2)[:, :, None] / 2
    scene += (np.array([240, 238, 235], np.float32) - scene) * 0.75 * clouds
    columns = np.arange(WIDTH)
    for depth, (height, tint) in enumerate(((150, (118, 134, 150)), (85, (84, 100, 84)))):
        ridge = fractal(rng, 1.0, 0.55, 2, 9)[HEIGHT // 2]
        edge = HORIZON - height * (0.45 + 0.25 * ridge) * (1 + 0.2 * np.sin(columns / 300 + depth))
        land = np.arange(HEIGHT)[:, None] > edge[None, :]
        relief = 1 + (0.10 + 0.12 * depth) * fractal(rng, 1.0, 0.72, 4, 10)
        scene[land] = (np.array(tint, np.float32) * relief[:, :, None])[land]
    for _ in range(34):
        left, base = int(rng.integers(0, WIDTH - 60)), int(HORIZON - rng.integers(2, 18))
        w, h = int(rng.integers(22, 60)), int(rng.integers(18, 46))
        wall = rng.uniform(0.75, 1.05) * np.array([214, 200, 178]) + rng.normal(0, 10, 3)
        scene[base - h : base, left : left + w] = wall
        roof = np.array(
            [[left - 4, base - h], [left + w + 4, base - h], [left + w // 2, base - h - 14]]
        )
        shade = rng.uniform(0.8, 1.1)
        cv2.fillPoly(scene, [roof], (150 * shade, 82 * shade, 62 * shade), cv2.LINE_AA)
        for wx in range(left + 5, left + w - 7, 11):
            scene[base - h + 7 : base - h + 14, wx : wx + 5] = (70, 74, 82)
    waves = fractal(rng, 6.0, 0.78, 3, 10)
    depth = np.clip((np.arange(HEIGHT) - HORIZON) / (HEIGHT - HORIZON), 0, 1)[:, None, None]
    sea = np.array([120, 146, 158], np.float32) + depth * np.array([-62, -58, -44], np.float32)
    sea = sea * (1 + (0.06 + 0.12 * depth) * waves[:, :, None])
    scene[HORIZON:] = sea[HORIZON:]
    boat(scene, rng, 1120, 560, 1.0, (46, 84, 122))
    boat(scene, rng, 760, 600, 0.75, (128, 50, 44))
    boat(scene, rng, 470, 640, 1.25, (62, 98, 74))
    stones = fractal(rng, 1.0, 0.8, 4, 11)
    quay = 860 + 14 * fractal(rng, 1.0, 0.5, 2, 5)[700]
    ground = np.arange(HEIGHT)[:, None] > quay[None, :]
    scene[ground] = (np.array([132, 124, 112], np.float32) * (1 + 0.2 * stones[:, :, None]))[ground]
    for _ in range(260):
        centre = (int(rng.integers(0, WIDTH)), int(rng.integers(880, HEIGHT)))
        axes = (int(rng.integers(6, 26)), int(rng.integers(4, 13)))
        grey = float(rng.uniform(70, 175))
        angle = float(rng.uniform(-15, 15))
        colour = (grey, grey * 0.96, grey * 0.9)
        cv2.ellipse(scene, centre, axes, angle, 0, 360, colour, -1, cv2.LINE_AA)
    scene[ground] *= (1 + 0.08 * fractal(rng, 1.0, 0.9, 6, 11)[:, :, None])[ground]
    return np.clip(cv2.GaussianBlur(scene, (0, 0), 0.8), 2, 252)


def photograph(scene: Picture, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Expose the scene on a Bayer sensor with shot and read noise and develop it."""
    pattern = 1 + 0.008 * rng.normal(0, 1, (HEIGHT, WIDTH)).astype(np.float32)
    mosaic = np.empty((HEIGHT, WIDTH), np.float32)
    mosaic[0::2, 0::2] = scene[0::2, 0::2, 0]
    mosaic[0::2, 1::2] = scene[0::2, 1::2, 1]
    mosaic[1::2, 0::2] = scene[1::2, 0::2, 1]
    mosaic[1::2, 1::2] = scene[1::2, 1::2, 2]
    mosaic = mosaic * pattern
    mosaic += rng.normal(0, 1, mosaic.shape) * np.sqrt(1.2 + 0.018 * mosaic)
    raw = np.clip(np.round(mosaic), 0, 255).astype(np.uint8)
    return np.ascontiguousarray(cv2.cvtColor(raw, cv2.COLOR_BayerBG2BGR)[:, :, ::-1])


def exif(edited: bool) -> Image.Exif:
    """Return the metadata of the simulated camera, or of the edited file."""
    tags = Image.Exif()
    tags[ExifTags.Base.Make] = "Locard"
    tags[ExifTags.Base.Model] = "Example Camera"
    tags[ExifTags.Base.DateTime] = "2026:05:17 19:22:41" if edited else "2026:05:16 10:04:12"
    tags[ExifTags.Base.Software] = "GIMP 2.10.36" if edited else "1.0"
    photo = tags.get_ifd(ExifTags.IFD.Exif)
    photo[ExifTags.Base.DateTimeOriginal] = "2026:05:16 10:04:12"
    photo[ExifTags.Base.ExifImageWidth] = WIDTH
    photo[ExifTags.Base.ExifImageHeight] = HEIGHT
    return tags


def main() -> None:
    """Write the three files."""
    rng = np.random.default_rng(1910)
    developed = photograph(render(rng), rng)
    stream = io.BytesIO()
    options = {"quality": 82, "subsampling": "4:2:2", "exif": exif(edited=False)}
    Image.fromarray(developed).save(stream, "JPEG", **options)
    (HERE / "harbour.jpg").write_bytes(stream.getvalue())
    original = np.asarray(Image.open(stream)).astype(np.float32)
    # The red boat, enlarged a little, moored again on the left.
    box, scale, (top, left) = (462, 672, 622, 852), 1.12, (540, 110)
    patch = original[box[0] : box[2], box[1] : box[3]]
    patch = cv2.resize(patch, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    matte = np.zeros(patch.shape[:2], np.float32)
    matte[6:-6, 6:-6] = 1
    matte = cv2.GaussianBlur(matte, (0, 0), 3)[:, :, None]
    edited = original.copy()
    rows, cols = patch.shape[:2]
    window = edited[top : top + rows, left : left + cols]
    window[:] = window * (1 - matte) + patch * matte
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[top : top + rows, left : left + cols] = (matte[:, :, 0] > 0.5) * 255
    Image.fromarray(np.clip(np.round(edited), 0, 255).astype(np.uint8)).save(
        HERE / "harbour-copied-boat.jpg", quality=93, exif=exif(edited=True)
    )
    Image.fromarray(mask).save(HERE / "harbour-copied-boat-mask.png", optimize=True)


if __name__ == "__main__":
    main()
