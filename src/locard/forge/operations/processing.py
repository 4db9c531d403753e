"""Local processing: a region of the photo is blurred, sharpened, denoised, recoloured and so on.

What a retouching brush or a filter on a selection does. The filter runs on the region with room
around it, then a soft matte blends the result into the host.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from locard.degrade import recompress
from locard.forge.contract import RGB, Forged, Matte, Parameter, Photo, Unsuitable, operation
from locard.forge.objects import find_objects
from locard.forge.regions import (
    blend,
    bounds,
    choose_region,
    clean,
    feather,
    name_region,
    visible_change,
)

Pixels = NDArray[Any]
# Takes the pixels around the region (uint8), the region's matte, the size of a typical detail in
# pixels, and the generator; returns the processed pixels and what was drawn.
Filter = Callable[[RGB, Matte, float, np.random.Generator], tuple[Pixels, dict[str, Parameter]]]

# Pixels around a region that its filters may read.
_MARGIN = 48
# Mean change of a channel in grey levels below which nobody would have bothered to edit.
_LEAST_CHANGE = 1.0
_ATTEMPTS = 8
# Score of a region that is probably a whole thing; another colour on half of one looks absurd.
_WHOLE_OBJECT = 0.4
_MOST_SKIN = 0.4
_SAYS = {
    "object": "an object ",
    "lasso": "a selection ",
    "brush": "a brush stroke ",
    "background": "all but an object ",
}
_KERNELS = {
    "bilinear": cv2.INTER_LINEAR,
    "bicubic": cv2.INTER_CUBIC,
    "Lanczos": cv2.INTER_LANCZOS4,
    "area": cv2.INTER_AREA,
}


def _process(
    host: Photo,
    rng: np.random.Generator,
    change: Filter,
    done: str,
    choose: Callable[[np.random.Generator, Photo], tuple[Matte, str]] = choose_region,
) -> Forged:
    """Apply a filter to a region of the host, anew until the change is more than nothing."""
    height, width = host.rgb.shape[:2]
    detail = float(np.clip(np.sqrt(height * width) / 1000, 0.6, 3.0))
    for _ in range(_ATTEMPTS):
        matte, how = choose(rng, host)
        # From the grid of the picture on: filters that have a grid know where theirs lies.
        rows, columns = bounds(matte, _MARGIN)
        box = (slice(rows.start // 8 * 8, rows.stop), slice(columns.start // 8 * 8, columns.stop))
        layer, drawn = change(host.rgb[box], matte[box], detail, rng)
        forged = host.rgb.copy()
        forged[box] = blend(host.rgb[box], layer, matte[box])
        if (difference := visible_change(host.rgb, forged, matte)) >= _LEAST_CHANGE:
            return Forged(
                forged,
                matte,
                {"region": how, **drawn, "mean_change": round(difference, 2)},
                f"{_SAYS[how]}{'' if how == 'background' else name_region(matte) + ' '}was {done}",
            )
    raise Unsuitable(f"no region of the photo would change visibly if it were {done}")


def _uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """Draw a parameter with four digits, so that the record holds exactly what was used."""
    return round(float(rng.uniform(low, high)), 4)


def _disk(radius: float) -> Pixels:
    """Kernel of a defocused lens: float32, odd sides, sum 1, anti-aliased rim."""
    reach = int(np.ceil(radius)) + 1
    ys, xs = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    kernel = np.clip(radius + 0.5 - np.hypot(xs, ys), 0, 1)
    return np.asarray(kernel / kernel.sum(), np.float32)


def _streak(length: float, angle: float) -> Pixels:
    """Kernel of a straight motion: float32, odd sides, sum 1."""
    reach = int(np.ceil(length / 2)) + 1
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    step = 8 * length / 2 * np.array([np.cos(angle), np.sin(angle)])
    middle = np.array([reach * 8, reach * 8])
    ends = np.rint([middle - step, middle + step]).astype(int)
    cv2.line(kernel, ends[0].tolist(), ends[1].tolist(), 1.0, 1, cv2.LINE_AA, shift=3)
    soft = cv2.GaussianBlur(kernel, (0, 0), 0.5)
    return np.asarray(soft / soft.sum(), np.float32)


def _object_or_soft(rng: np.random.Generator, host: Photo) -> tuple[Matte, str]:
    """Choose a region whose change has no visible edge: an object, or one that fades out."""
    matte, how = choose_region(rng, host, (0.02, 0.15))
    if how != "object":
        soft = feather(matte, 0.25 * float(np.sqrt(matte.sum() / np.pi)))
        matte = clean(soft / soft.max())
    return matte, how


def _object_or_background(rng: np.random.Generator, host: Photo) -> tuple[Matte, str]:
    """Choose what is blurred: as above, or all but an object, as portrait modes do."""
    whole = [found for found in find_objects(host) if found.score >= _WHOLE_OBJECT]
    if whole and rng.random() < 0.4:
        return clean(1 - whole[0].drawn(*host.rgb.shape[:2])), "background"
    return _object_or_soft(rng, host)


@operation(
    name="local-blur",
    group="processing",
    about="Blurs a region: Gaussian, out of focus, or by motion.",
    source="blur tools of image editors",
)
def blur(host: Photo, donors: Sequence[Photo], rng: np.random.Generator) -> Forged:
    """Blur a region with a Gaussian, a disk or a streak."""

    def change(
        rgb: RGB, matte: Matte, detail: float, rng: np.random.Generator
    ) -> tuple[Pixels, dict[str, Parameter]]:
        kind = str(rng.choice(["gaussian", "lens", "motion"]))
        size = _uniform(rng, 0.8, 2.4) * detail
        drawn: dict[str, Parameter] = {"kind": kind}
        if kind == "gaussian":
            drawn["sigma_px"] = size

            def soften(pixels: Pixels) -> Pixels:
                return cv2.GaussianBlur(pixels, (0, 0), size)
        else:
            if kind == "lens":
                drawn["radius_px"] = 1.6 * size
                kernel = _disk(1.6 * size)
            else:
                angle = _uniform(rng, 0, np.pi)
                drawn |= {"length_px": 5 * size, "angle_rad": angle}
                kernel = _streak(5 * size, angle)

            def soften(pixels: Pixels) -> Pixels:
                return cv2.filter2D(pixels, -1, kernel, borderType=cv2.BORDER_REFLECT)

        # What lies beside the region must not bleed into it: sharp things have no halo.
        weight = np.maximum(matte, 1e-3)
        soft = soften(rgb * weight[:, :, None]) / soften(weight)[:, :, None]
        return soft, drawn

    return _process(host, rng, change, "blurred", _object_or_background)


@operation(
    name="local-sharpen",
    group="processing",
    about="Sharpens a region by unsharp masking, on all channels or on brightness alone.",
    source="unsharp mask of image editors",
)
def sharpen(host: Photo, donors: Sequence[Photo], rng: np.random.Generator) -> Forged:
    """Sharpen a region by an unsharp mask."""

    def change(
        rgb: RGB, matte: Matte, detail: float, rng: np.random.Generator
    ) -> tuple[Pixels, dict[str, Parameter]]:
        pixels = rgb.astype(np.float32)
        sigma, amount = _uniform(rng, 0.7, 2.5) * detail, _uniform(rng, 0.5, 1.8)
        luma_only = bool(rng.random() < 0.5)
        edges: Pixels = pixels - cv2.GaussianBlur(pixels, (0, 0), sigma)
        if luma_only:
            edges = cv2.cvtColor(edges, cv2.COLOR_RGB2GRAY)[:, :, None]
        drawn: dict[str, Parameter] = {"sigma_px": sigma, "amount": amount, "luma_only": luma_only}
        return np.asarray(pixels + amount * edges, np.float32), drawn

    return _process(host, rng, change, "sharpened")


@operation(
    name="local-denoise",
    group="processing",
    about="Smooths a region and keeps its edges, as noise reduction and skin smoothing do.",
    source="Buades, Coll and Morel, IPOL 2011; Tomasi and Manduchi, ICCV 1998; Chambolle, 2004",
)
def denoise(host: Photo, donors: Sequence[Photo], rng: np.random.Generator) -> Forged:
    """Denoise a region by non-local means, a bilateral filter or total variation."""

    def change(
        rgb: RGB, matte: Matte, detail: float, rng: np.random.Generator
    ) -> tuple[Pixels, dict[str, Parameter]]:
        kind = str(rng.choice(["non-local means", "bilateral", "total variation"]))
        if kind == "non-local means":
            strength = _uniform(rng, 4, 12)
            smooth: Pixels = cv2.fastNlMeansDenoisingColored(rgb, None, strength, strength, 5, 15)
        elif kind == "bilateral":
            strength = _uniform(rng, 18, 60)
            smooth = cv2.bilateralFilter(rgb, 9, strength, 3 * detail)
        else:
            from skimage.restoration import denoise_tv_chambolle

            strength = _uniform(rng, 0.03, 0.12)
            unit = rgb.astype(np.float32) / 255
            smooth = 255 * denoise_tv_chambolle(  # type: ignore[no-untyped-call]
                unit, strength, max_num_iter=50, channel_axis=2
            )
        # Most tools leave some of the grain, which looks less like plastic.
        kept = _uniform(rng, 0, 0.35)
        mixed = np.asarray(smooth, np.float32) * (1 - kept) + rgb * np.float32(kept)
        return mixed, {"kind": kind, "strength": strength, "grain_kept": kept}

    return _process(host, rng, change, "denoised")


@operation(
    name="local-noise",
    group="processing",
    about="Adds noise to a region: white, film grain, or growing with brightness.",
    source="noise tools of image editors",
)
def noise(host: Photo, donors: Sequence[Photo], rng: np.random.Generator) -> Forged:
    """Add white, correlated or signal-dependent noise to a region."""

    def change(
        rgb: RGB, matte: Matte, detail: float, rng: np.random.Generator
    ) -> tuple[Pixels, dict[str, Parameter]]:
        kind = str(rng.choice(["white", "grain", "signal-dependent"]))
        sigma, coloured = _uniform(rng, 2.5, 8), bool(rng.random() < 0.5)
        grain: Pixels = rng.standard_normal((*rgb.shape[:2], 3 if coloured else 1)).astype(
            np.float32
        )
        if kind == "grain":
            soft = cv2.GaussianBlur(grain, (0, 0), 0.7 * detail).reshape(grain.shape)
            grain = soft / soft.std()
        grain = grain * np.float32(sigma)
        if kind == "signal-dependent":
            grain = grain * np.sqrt((rgb.astype(np.float32) + 8) / 136)
        drawn: dict[str, Parameter] = {"kind": kind, "sigma": sigma, "coloured": coloured}
        return np.asarray(rgb + grain, np.float32), drawn

    return _process(host, rng, change, "given more noise")


@operation(
    name="local-resample",
    group="processing",
    about="Shrinks a region and enlarges it again, or the other way round.",
    source="Popescu and Farid, IEEE Transactions on Signal Processing 53(2), 2005",
)
def resample(host: Photo, donors: Sequence[Photo], rng: np.random.Generator) -> Forged:
    """Resample a region to another size and back."""

    def change(
        rgb: RGB, matte: Matte, detail: float, rng: np.random.Generator
    ) -> tuple[Pixels, dict[str, Parameter]]:
        scale = _uniform(rng, 0.3, 0.85) if rng.random() < 0.8 else _uniform(rng, 1.2, 2.0)
        there, back = (str(name) for name in rng.choice(list(_KERNELS), 2))
        height, width = rgb.shape[:2]
        size = (max(2, round(width * scale)), max(2, round(height * scale)))
        other = cv2.resize(rgb, size, interpolation=_KERNELS[there])
        again = cv2.resize(other, (width, height), interpolation=_KERNELS[back])
        return np.asarray(again), {"scale": scale, "there": there, "back": back}

    return _process(host, rng, change, "resampled to another size and back")


@operation(
    name="local-median",
    group="processing",
    about="Median-filters a region, as dust and scratch removal does.",
    source="Kirchner and Fridrich, SPIE 7541, 2010",
)
def median(host: Photo, donors: Sequence[Photo], rng: np.random.Generator) -> Forged:
    """Median-filter a region."""

    def change(
        rgb: RGB, matte: Matte, detail: float, rng: np.random.Generator
    ) -> tuple[Pixels, dict[str, Parameter]]:
        side = int(rng.choice([3, 5, 7]))
        return np.asarray(cv2.medianBlur(rgb, side)), {"side_px": side}

    return _process(host, rng, change, "median-filtered")


@operation(
    name="local-tone",
    group="processing",
    about="Changes exposure, contrast, gamma or saturation of a region, as dodging and burning do.",
    source="adjustment layers of image editors",
)
def tone(host: Photo, donors: Sequence[Photo], rng: np.random.Generator) -> Forged:
    """Change brightness, contrast or saturation of a region."""

    def change(
        rgb: RGB, matte: Matte, detail: float, rng: np.random.Generator
    ) -> tuple[Pixels, dict[str, Parameter]]:
        unit: Pixels = rgb.astype(np.float32) / 255
        kind = str(rng.choice(["exposure", "contrast", "gamma", "saturation"]))
        sign = 1 if rng.random() < 0.5 else -1
        if kind == "exposure":
            amount = sign * _uniform(rng, 0.15, 0.5)
            # On linear light; the shoulder keeps highlights from clipping, as editors do.
            linear = unit**2.2 * 2**amount
            changed = (linear / np.maximum(1, 0.9 + 0.1 * linear**2)) ** (1 / 2.2)
        elif kind == "contrast":
            amount = sign * _uniform(rng, 0.12, 0.4)
            centre = (unit.mean(axis=2) * matte).sum() / matte.sum()
            changed = centre + (unit - centre) * (1 + amount)
        elif kind == "gamma":
            amount = sign * _uniform(rng, 0.1, 0.35)
            changed = unit ** np.exp(amount)
        else:
            amount = sign * _uniform(rng, 0.25, 0.7)
            grey = cv2.cvtColor(unit, cv2.COLOR_RGB2GRAY)[:, :, None]
            changed = grey + (unit - grey) * (1 + amount)
        # What is clipped has no shades to bring out; darkened it turns to flat grey.
        open_ = np.clip((1 - unit.max(axis=2, keepdims=True)) / 0.06, 0, 1)
        return 255 * (unit + (changed - unit) * open_), {"kind": kind, "amount": amount}

    return _process(host, rng, change, "changed in brightness or colour", _object_or_soft)


def _skin(colours: Pixels) -> float:
    """Share of n × 3 pixels that have the chroma of skin.

    Source: Chai and Ngan, Face segmentation using skin-color map, IEEE TCSVT 9(4), 1999.
    """
    if not len(colours):
        return 0.0
    _, cr, cb = np.moveaxis(cv2.cvtColor(colours[None], cv2.COLOR_RGB2YCrCb)[0], -1, 0)
    return float(((cr >= 133) & (cr <= 173) & (cb >= 77) & (cb <= 127)).mean())


@operation(
    name="recolour",
    group="processing",
    about="Gives an object another colour and keeps its shading.",
    source="hue and colour balance of image editors, in CIE Lab",
    default=False,
)
def recolour(host: Photo, donors: Sequence[Photo], rng: np.random.Generator) -> Forged:
    """Turn the hue of an object, or shift its colour."""

    def choose(rng: np.random.Generator, host: Photo) -> tuple[Matte, str]:
        mattes = [
            clean(found.drawn(*host.rgb.shape[:2]))
            for found in find_objects(host)
            if found.score >= _WHOLE_OBJECT
        ]
        # A face or an arm in another colour convinces nobody.
        mattes = [matte for matte in mattes if _skin(host.rgb[matte > 0.5]) < _MOST_SKIN]
        if not mattes:
            raise Unsuitable("the photo shows no object that stands out to be recoloured")
        return mattes[int(rng.integers(len(mattes)))], "object"

    def change(
        rgb: RGB, matte: Matte, detail: float, rng: np.random.Generator
    ) -> tuple[Pixels, dict[str, Parameter]]:
        lab: Pixels = cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)
        chroma = np.hypot(lab[:, :, 1], lab[:, :, 2])
        weight = matte / matte.sum()
        turn = _uniform(rng, 0.4, 1.3) * (1 if rng.random() < 0.5 else -1)
        kind = "hue" if (chroma * weight).sum() > 12 else "tint"
        if kind == "hue":
            rotation = [[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]
            lab[:, :, 1:] = lab[:, :, 1:] @ np.array(rotation, np.float32)
        else:
            # A grey thing has no hue to turn; paint takes best at middle lightness.
            strength = _uniform(rng, 12, 30) * 4 * lab[:, :, 0] * (100 - lab[:, :, 0]) / 1e4
            lab[:, :, 1] += np.cos(turn) * strength
            lab[:, :, 2] += np.sin(turn) * strength
        return 255 * cv2.cvtColor(lab, cv2.COLOR_Lab2RGB), {"kind": kind, "angle_rad": turn}

    if not (host.rgb.max(axis=2) - host.rgb.min(axis=2) > 24).any():
        raise Unsuitable("a colour would stand out in a black and white photo")
    return _process(host, rng, change, "given another colour", choose)


@operation(
    name="local-recompress",
    group="processing",
    about="Compresses a region as JPEG of lower quality on a grid of its own.",
    source="Farid, Exposing digital forgeries from JPEG ghosts, IEEE TIFS 4(1), 2009",
)
def recompressed(host: Photo, donors: Sequence[Photo], rng: np.random.Generator) -> Forged:
    """Compress a region as JPEG, its grid shifted against that of the picture."""

    def change(
        rgb: RGB, matte: Matte, detail: float, rng: np.random.Generator
    ) -> tuple[Pixels, dict[str, Parameter]]:
        quality = int(rng.integers(30, 81))
        down, right = (int(v) for v in rng.integers(0, 8, 2))
        # Blocks begin so many pixels below and right of those of the picture.
        above, before = -down % 8, -right % 8
        padded = cv2.copyMakeBorder(rgb, above, 0, before, 0, cv2.BORDER_REFLECT)
        data = np.frombuffer(
            recompress(np.asarray(padded, np.uint8), quality, subsampled=quality < 60), np.uint8
        )
        decoded = cv2.imdecode(data, cv2.IMREAD_COLOR_RGB)
        assert decoded is not None  # OpenCV wrote it a line ago.
        shift: list[int] = [down, right]
        return decoded[above:, before:], {"quality": quality, "shift_px": shift}

    return _process(host, rng, change, "recompressed as JPEG")
