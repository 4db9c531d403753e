"""Laundering: a learned autoencoder rewrites every pixel and keeps what the picture shows."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from locard.degrade.contract import MissingExtra, Picture, by_severity, constant, perturbation
from locard.inference import open_session, run_session

Plane = NDArray[np.float32]

# Sides of a tile are multiples of this: the coarsest latent grid in use is 32 pixels.
_GRID = 32


@perturbation(
    name="autoencoder",
    group="laundering",
    about="Pass through a learned autoencoder, given as an ONNX file or a diffusers model.",
    source="the user's network; Rombach et al. (2022) for latent diffusion's",
    model=constant(""),
    decoder=constant(""),
    passes=by_severity(1, 2, 3, 4, 6, low=1, high=20),
    values=constant("0..1", "-1..1"),
    tile=constant(512, low=64, high=4096),
)
def autoencoder(
    picture: Picture,
    rng: Generator,
    *,
    model: str,
    decoder: str,
    passes: int,
    values: str,
    tile: int,
) -> Picture:
    """Encode and decode in overlapping tiles, as often as ``passes`` says.

    Args:
        model: a file ending in ``.onnx`` that takes and returns 1 × 3 × height × width, float32
            (or, with ``decoder``, returns the latent); else the folder or the name on the hub of
            a diffusers autoencoder or pipeline.
        decoder: an ONNX file from the latent back to the picture.
        values: the range of values an ONNX network works in.
        tile: side in pixels, rounded down to a multiple of 32; a network of fixed size sets it.
    """
    if not model:
        raise ValueError("an autoencoder needs a network: autoencoder(model=FILE.onnx)")
    network, fixed = _load(model, decoder, values)
    rgb: Plane = picture.rgb.astype(np.float32) / np.float32(255)
    for _ in range(passes):
        rgb = _in_tiles(rgb, network, tile, fixed)
    return picture.painted(255 * rgb)


Network = Callable[[Plane], Plane]


def _in_tiles(rgb: Plane, network: Network, side: int, fixed: tuple[int, int] | None) -> Plane:
    """Run a network on overlapping tiles and blend them; float32, height × width × 3, 0 to 1."""
    height, width = rgb.shape[:2]
    tile = fixed or (_tile_side(height, side), _tile_side(width, side))
    rows, cols = (_starts(length, t) for length, t in zip((height, width), tile, strict=True))
    below, right = rows[-1] + tile[0] - height, cols[-1] + tile[1] - width
    padded: NDArray[Any] = cv2.copyMakeBorder(rgb, 0, below, 0, right, cv2.BORDER_REFLECT)
    total = np.zeros_like(padded)
    weight = np.zeros(padded.shape[:2], np.float32)
    # Tiles fade into each other; the floor keeps the picture's own borders.
    ramps = [np.minimum(np.arange(side) + 1, np.arange(side)[::-1] + 1) / side for side in tile]
    fade = np.outer(*ramps).astype(np.float32) + np.float32(1e-4)
    for top in rows:
        for left in cols:
            part = (slice(top, top + tile[0]), slice(left, left + tile[1]))
            given = np.ascontiguousarray(padded[part].transpose(2, 0, 1)[None])
            made = network(given)
            if made.shape != given.shape:
                raise ValueError(
                    f"the network returns shape {made.shape} for {given.shape}, not a picture"
                )
            total[part] += fade[:, :, None] * made[0].transpose(1, 2, 0)
            weight[part] += fade
    blended = total / weight[:, :, None]
    return np.asarray(np.clip(blended[:height, :width], 0, 1), np.float32)


def _tile_side(length: int, side: int) -> int:
    """The tile's side along a length: whole cells of the grid, no more than the length needs."""
    return min(side // _GRID, -(-length // _GRID)) * _GRID


def _starts(length: int, tile: int) -> list[int]:
    """Where tiles start that cover a length, overlap by an eighth, and share the latent grid."""
    step = max(_GRID, tile * 7 // 8 // _GRID * _GRID)
    count = 1 + max(0, -(-(length - tile) // step))
    return [step * number for number in range(count)]


@lru_cache(maxsize=2)
def _load(model: str, decoder: str, values: str) -> tuple[Network, tuple[int, int] | None]:
    """Return a network from picture to picture, 0 to 1, and its fixed size if it has one."""
    if not model.endswith(".onnx"):
        return _load_diffusers(model), None
    sessions = [_session(file) for file in (model, decoder) if file]
    shape = sessions[0].get_inputs()[0].shape
    if len(shape) != 4:
        raise ValueError(f"{Path(model).name} takes {len(shape)} dimensions, not a picture's 4")
    fixed = [side for side in shape[2:] if isinstance(side, int) and side > 0]
    tile = (fixed[0], fixed[1]) if len(fixed) == 2 else None

    def network(planes: Plane) -> Plane:
        passed: Any = planes * 2 - 1 if values == "-1..1" else planes
        for session in sessions:
            passed = run_session(session, {session.get_inputs()[0].name: passed})[0]
        made: Plane = np.asarray(passed, np.float32)
        return (made + np.float32(1)) / np.float32(2) if values == "-1..1" else made

    return network, tile


def _session(file: str) -> Any:
    if not Path(file).is_file():
        raise ValueError(f"there is no file {file}")
    return open_session(Path(file))


def _load_diffusers(model: str) -> Network:
    try:
        import diffusers
        import torch
    except ImportError:
        raise MissingExtra(
            "an autoencoder that is not an ONNX file needs diffusers: pip install torch diffusers"
        ) from None
    part = {"subfolder": "vae"} if (Path(model) / "vae").is_dir() else {}
    try:
        # Safetensors alone: a pickle would run what its author wants.
        net = diffusers.AutoModel.from_pretrained(
            model, use_safetensors=True, low_cpu_mem_usage=False, **part
        )
    except (OSError, ValueError) as error:
        why = (str(error).splitlines() or [type(error).__name__])[0]
        raise ValueError(f"diffusers cannot load {model!r} ({why})") from None
    net.eval()

    def network(planes: Plane) -> Plane:
        with torch.inference_mode():
            encoded = net.encode(torch.from_numpy(planes * 2 - 1))
            drawn = getattr(encoded, "latent_dist", None)
            latent = encoded.latents if drawn is None else drawn.mode()
            return np.asarray((net.decode(latent).sample.numpy() + 1) / 2, np.float32)

    return network
