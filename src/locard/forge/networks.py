"""Learned autoencoders and super-resolution networks that rewrite a picture.

A network is a file that the user gives (`locard.forge.tools`). What it expects is found out by a
trial: the range of its values, and by how much its output is larger than its input.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from locard.degrade.contract import MissingExtra, Picture, Value, find_perturbation
from locard.forge.contract import RGB, Unsuitable
from locard.inference import open_session, run_session

Planes = NDArray[np.float32]

# Tiles of this side, a multiple of every latent grid in use, with this much of it shared by
# neighbours, so that no seam shows.
_TILE = 256
_SHARED = 32
# Side of the picture that a network is tried with.
_TRIAL = 64
# Mean error of the trial, 0 to 1, above which a network does something else than reconstruct.
_LARGEST_ERROR = 0.15


@dataclass(frozen=True, slots=True)
class Network:
    """A network from picture to picture.

    Attributes:
        run: 1 × 3 × height × width, float32, 0 to 1, to the same times ``scale``.
        scale: 1 for an autoencoder, 2, 3, 4, ... for super-resolution.
        sides: height and width that it takes, or None when it takes any multiple of 32.
    """

    run: Callable[[Planes], Planes]
    scale: int
    sides: tuple[int, int] | None


def rewrite(rgb: RGB, model: str) -> tuple[RGB, int]:
    """Pass a picture through a network; returns the picture, of the same size, and the scale.

    A super-resolution network gets the picture shrunk by its scale.

    Args:
        model: ONNX file; the encoder's file (ONNX or .pth) of a pair; or the name or folder of a
            diffusers autoencoder.

    Raises: Unsuitable, one sentence, when the model cannot be used.
    """
    if not model.endswith((".onnx", ".pth")):
        settings: dict[str, Value] = {"model": model, "decoder": "", "passes": 1}
        settings |= {"values": "0..1", "tile": 512, "seed": 0}
        try:
            found = find_perturbation("autoencoder").apply(Picture(rgb), settings)
        except (MissingExtra, ValueError) as error:
            raise Unsuitable(str(error)) from None
        return found.rgb, 1
    network = load(model)
    height, width = rgb.shape[:2]
    unit: NDArray[Any] = rgb.astype(np.float32) / 255
    if network.scale > 1:
        size = (max(1, width // network.scale), max(1, height // network.scale))
        unit = cv2.resize(unit, size, interpolation=cv2.INTER_AREA)
    made: NDArray[Any] = _in_tiles(unit, network)
    if made.shape[:2] != (height, width):
        made = cv2.resize(made, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(np.rint(255 * made), 0, 255).astype(np.uint8), network.scale


def _in_tiles(unit: NDArray[Any], network: Network) -> NDArray[np.float32]:
    """Run a network over overlapping tiles that fade into one another."""
    height, width = unit.shape[:2]
    tall, wide = network.sides or (
        min(_TILE, -(-height // 32) * 32),
        min(_TILE, -(-width // 32) * 32),
    )
    down, right = max(tall - height, 0), max(wide - width, 0)
    padded = cv2.copyMakeBorder(unit, 0, down, 0, right, cv2.BORDER_REFLECT)
    scale = network.scale
    total = np.zeros((padded.shape[0] * scale, padded.shape[1] * scale, 3), np.float32)
    weight = np.zeros((*total.shape[:2], 1), np.float32)
    ramps = [
        np.minimum(np.minimum(np.arange(n) + 1, np.arange(n)[::-1] + 1) / (_SHARED * scale), 1)
        for n in (tall * scale, wide * scale)
    ]
    fade = (ramps[0][:, None] * ramps[1][None, :]).astype(np.float32)[:, :, None]
    for y in _starts(padded.shape[0], tall):
        for x in _starts(padded.shape[1], wide):
            tile = padded[y : y + tall, x : x + wide].transpose(2, 0, 1)[None]
            made = network.run(np.ascontiguousarray(tile, np.float32))[0].transpose(1, 2, 0)
            to = (slice(y * scale, (y + tall) * scale), slice(x * scale, (x + wide) * scale))
            total[to] += fade * made
            weight[to] += fade
    return np.asarray((total / weight)[: height * scale, : width * scale], np.float32)


def _starts(length: int, tile: int) -> list[int]:
    count = 1 if length <= tile else 1 + -(-(length - tile) // (tile - _SHARED))
    return [round(float(v)) for v in np.linspace(0, length - tile, count)]


@lru_cache(maxsize=4)
def load(model: str) -> Network:
    """Load a network and try it.

    Raises: Unsuitable, one sentence, when a file or package is missing or the network does not
        return the picture that it was given.
    """
    files = [model]
    name = Path(model).name
    if "encoder" in name:
        files.append(str(Path(model).with_name(name.replace("encoder", "decoder"))))
    for file in files:
        if not Path(file).is_file():
            raise Unsuitable(f"there is no file {file}")
    try:
        raw, sides = _from_onnx(files) if model.endswith(".onnx") else _from_torch(files)
    except Unsuitable:
        raise
    except Exception as error:  # neither runtime has a class of its own for its errors
        why = (str(error).splitlines() or [type(error).__name__])[0]
        raise Unsuitable(f"{name} is not a network that runs here ({why})") from None
    return _tried(name, raw, sides)


def _tried(name: str, raw: Callable[[Planes], Planes], sides: tuple[int, int] | None) -> Network:
    """Find a network's range of values and its scale by a picture of soft colours."""
    height, width = sides or (_TRIAL, _TRIAL)
    ys, xs = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    soft = [0.2 + 0.6 * ys, 0.2 + 0.6 * xs, 0.8 - 0.3 * (ys + xs)]
    trial = np.asarray(np.stack(soft)[None], np.float32)
    best: tuple[float, int, float, float] | None = None
    for factor, shift in ((1.0, 0.0), (2.0, -1.0), (255.0, 0.0)):
        made = raw(trial * np.float32(factor) + np.float32(shift))
        scale = made.shape[2] // height if made.ndim == 4 else 0
        if scale < 1 or made.shape != (1, 3, height * scale, width * scale):
            raise Unsuitable(f"{name} returns shape {made.shape}, not a picture")
        small = made[:, :, ::scale, ::scale]
        error = float(np.abs((small - shift) / factor - trial).mean())
        if np.isfinite(error) and (best is None or error < best[0]):
            best = (error, scale, factor, shift)
    if best is None or best[0] > _LARGEST_ERROR:
        raise Unsuitable(f"{name} does not return the picture that it is given")
    _, scale, factor, shift = best

    def run(planes: Planes) -> Planes:
        made = raw(planes * np.float32(factor) + np.float32(shift))
        return np.asarray((made - np.float32(shift)) / np.float32(factor), np.float32)

    return Network(run, scale, sides)


def _from_onnx(
    files: list[str],
) -> tuple[Callable[[Planes], Planes], tuple[int, int] | None]:
    try:
        sessions = [open_session(Path(file)) for file in files]
    except ValueError as error:
        raise Unsuitable(str(error)) from None
    shape = sessions[0].get_inputs()[0].shape
    fixed = [side for side in shape[2:] if isinstance(side, int) and side > 0]

    def raw(planes: Planes) -> Planes:
        passed = planes
        for session in sessions:
            try:
                passed = run_session(session, {session.get_inputs()[0].name: passed})[0]
            except ValueError as error:
                raise Unsuitable(str(error)) from None
        return passed

    return raw, (fixed[0], fixed[1]) if len(fixed) == 2 else None


def _from_torch(files: list[str]) -> tuple[Callable[[Planes], Planes], None]:
    """Load weights of a tiny autoencoder (TAESD, TAEF1, TAEF2): convolutions and residual blocks.

    The layers are told from the names and shapes of the weights: in the encoder a convolution
    without bias halves the picture, in the decoder one follows every doubling.
    """
    if len(files) != 2:
        raise Unsuitable("weights come as two files, NAME_encoder.pth and NAME_decoder.pth")
    try:
        import torch
        from torch.nn import functional
    except ImportError:
        raise Unsuitable("weights in a .pth file need torch: pip install torch") from None

    # Half-precision weights are common; a CPU has no convolution for them.
    encoder, decoder = (
        {
            name: tensor.float()
            for name, tensor in torch.load(file, map_location="cpu", weights_only=True).items()
        }
        for file in files
    )

    def conv(state: Any, name: str, x: Any, stride: int = 1) -> Any:
        weight = state[f"{name}.weight"]
        padding = weight.shape[-1] // 2
        return functional.conv2d(x, weight, state.get(f"{name}.bias"), stride, padding)

    def block(state: Any, name: str, x: Any) -> Any:
        if f"{name}.pool.0.weight" in state:
            norm = f"{name}.pool.1"
            y = conv(state, f"{name}.pool.0", x)
            y = functional.group_norm(y, 4, state[f"{norm}.weight"], state[f"{norm}.bias"])
            x = x + conv(state, f"{name}.pool.3", functional.relu(y))
        y = functional.relu(conv(state, f"{name}.conv.0", x))
        y = functional.relu(conv(state, f"{name}.conv.2", y))
        y = conv(state, f"{name}.conv.4", y)
        skip = f"{name}.skip"
        return functional.relu(y + (conv(state, skip, x) if f"{skip}.weight" in state else x))

    def layers(state: Any) -> list[str]:
        return sorted({key.split(".")[0] for key in state}, key=int)

    def encode(x: Any) -> Any:
        for name in layers(encoder):
            if f"{name}.weight" not in encoder:
                x = block(encoder, name, x)
            else:
                x = conv(encoder, name, x, 1 if f"{name}.bias" in encoder else 2)
        return x

    def decode(x: Any) -> Any:
        x = torch.tanh(x / 3) * 3
        first, *rest = layers(decoder)
        x = functional.relu(conv(decoder, first, x))
        for name in rest:
            if f"{name}.weight" not in decoder:
                x = block(decoder, name, x)
            elif f"{name}.bias" in decoder:
                x = conv(decoder, name, x)
            else:
                x = conv(decoder, name, functional.interpolate(x, scale_factor=2))
        return x

    def raw(planes: Planes) -> Planes:
        with torch.inference_mode():
            return np.asarray(decode(encode(torch.from_numpy(planes))).numpy(), np.float32)

    return raw, None
