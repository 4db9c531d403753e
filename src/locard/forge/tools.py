"""Networks that the user hands to the engine as files: a segmenter and an inpainter.

Nothing is shipped or downloaded here. Operations ask for a tool when they run; without one they do
without, or say that they cannot.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from locard.forge.contract import RGB, Matte, Unsuitable
from locard.inference import open_session, run_session

# What ImageNet networks subtract and divide by, on values of 0 to 1.
_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_SPREAD = np.array([0.229, 0.224, 0.225], np.float32)


@dataclass(frozen=True, slots=True)
class Tools:
    """Files and names of the networks in use.

    Attributes:
        segmenter: ONNX file: picture in, map of the foreground out, or None.
        inpainter: ONNX file (picture and mask in, picture out), or the name or folder of a
            diffusers inpainting pipeline, or None.
        autoencoder: ONNX file of an autoencoder or a super-resolution network, the encoder's file
            of a pair (``NAME_encoder.onnx`` or ``.pth``, beside ``NAME_decoder``), or the name or
            folder of a diffusers autoencoder, or None.
        face_detector: ONNX file of YuNet, or None.
    """

    segmenter: str | None = None
    inpainter: str | None = None
    autoencoder: str | None = None
    face_detector: str | None = None

    def files(self) -> list[str]:
        """List the files among those, the second of a pair too, and all files of a folder."""
        given = (self.segmenter, self.inpainter, self.autoencoder, self.face_detector)
        named = [name for name in given if name is not None]
        named += [name.replace("_encoder.", "_decoder.") for name in named if "_encoder." in name]
        inside = [str(f) for name in named for f in sorted(Path(name).rglob("*")) if f.is_file()]
        return [*(name for name in named if Path(name).is_file()), *inside]

    def problem(self) -> str | None:
        """Return one sentence that says why these tools cannot be used, or None."""
        for file in (self.segmenter, self.inpainter, self.autoencoder, self.face_detector):
            if file is None:
                continue
            if file.endswith(".onnx") or (file.endswith(".pth") and file is self.autoencoder):
                if not Path(file).is_file():
                    return f"there is no file {file}"
                if file.endswith(".pth") and importlib.util.find_spec("torch") is None:
                    return _NEEDS["torch"]
            elif file is self.segmenter or file is self.face_detector:
                what = "segmenter" if file is self.segmenter else "face detector"
                return f"a {what} is an ONNX file, not {file}"
            elif any(importlib.util.find_spec(name) is None for name in ("torch", "diffusers")):
                return _NEEDS["diffusers"]
        return None


_NEEDS = {
    "torch": "weights in a .pth file need torch: pip install torch",
    "diffusers": "a diffusers pipeline needs torch and diffusers: pip install torch diffusers",
}


_in_use = Tools()


def use(tools: Tools) -> None:
    """Choose the tools of this process."""
    global _in_use
    _in_use = tools


def tools() -> Tools:
    """Return the tools of this process."""
    return _in_use


@cache
def _session(file: str) -> Any:
    try:
        return open_session(Path(file))
    except ValueError as error:
        raise Unsuitable(str(error)) from None


def _run(
    session: Any, feed: dict[str, NDArray[Any]], outputs: list[str] | None = None
) -> NDArray[np.float32]:
    try:
        return run_session(session, feed, outputs)[0]
    except ValueError as error:
        raise Unsuitable(str(error)) from None


def _planes(rgb: RGB, size: tuple[int, int]) -> NDArray[np.float32]:
    """Resize to (width, height) and return float32, 1 × 3 × height × width, 0 to 1."""
    sized = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(sized.transpose(2, 0, 1)[None].astype(np.float32) / 255)


def _side(value: object, other: int) -> int:
    return value if isinstance(value, int) and value > 0 else other


# Longer side in pixels at which maps of the foreground are kept.
_KEPT = 768
# ISNet (Qin et al., Highly accurate dichotomous image segmentation, ECCV 2022) reads pictures of
# this side and gives its side outputs too; unlike the others it was trained on values of -0.5 to
# 0.5.
_ISNET_SIDE = 1024


def foreground(rgb: RGB, sha256: str) -> Matte | None:
    """Return what stands out in a photo, as the segmenter sees it; None without a segmenter.

    A network takes seconds: its map is kept, for all sets, in ``locard/mattes`` below
    ``$XDG_CACHE_HOME`` (``~/.cache`` by default) by the hashes of network and photo.

    Args:
        sha256: of the photo's file.

    Returns: float32, 0 to 1 in steps of 1/255, of the photo's shape at 768 pixels or less.

    Raises: Unsuitable when the network is of another kind.
    """
    file = _in_use.segmenter
    if file is None:
        return None
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    kept = cache / "locard" / "mattes" / _own_digest(file)[:16] / f"{sha256[:32]}.png"
    if kept.is_file():
        levels = cv2.imdecode(np.fromfile(kept, np.uint8), cv2.IMREAD_GRAYSCALE)
        if levels is not None:
            return np.asarray(levels / np.float32(255), np.float32)
    scale = min(1.0, _KEPT / max(rgb.shape[:2]))
    size = (max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale)))
    map_ = cv2.resize(_segment(file, rgb), size, interpolation=cv2.INTER_AREA)
    levels = cv2.convertScaleAbs(map_, alpha=255)
    temporary = kept.with_name(f".{kept.name}.{os.getpid()}")
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(cv2.imencode(".png", levels)[1].tobytes())
        os.replace(temporary, kept)
    except OSError:
        # Without a place to keep it, the map is made anew for the next set.
        temporary.unlink(missing_ok=True)
    return np.asarray(levels / np.float32(255), np.float32)


def digest(file: str | Path) -> str:
    """Return the SHA-256 of a file, hexadecimal. Raises: OSError."""
    with Path(file).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


# A network is hashed once in a process, and not for every photo.
_own_digest = cache(digest)


def _segment(file: str, rgb: RGB) -> Matte:
    """Run a segmenter: float32 map of the foreground at the network's size, 0 to 1.

    The network takes one picture, 1 × 3 × height × width, normalised as for ImageNet or as for
    ISNet, and its first output is a map of one channel (salient object, as of U²-Net), or one
    channel per class with the background first (as of DeepLab).
    """
    session = _session(file)
    entry = session.get_inputs()[0]
    height, width = (_side(v, 320) for v in entry.shape[2:4])
    planes = _planes(rgb, (width, height))
    outputs = [output.name for output in session.get_outputs()]
    if height == _ISNET_SIDE and len(outputs) > 1:
        planes -= 0.5
    else:
        planes = (planes - _MEAN[None, :, None, None]) / _SPREAD[None, :, None, None]
    out = np.squeeze(_run(session, {entry.name: planes}, outputs[:1]))
    if out.ndim == 3:
        out = (np.argmax(out, axis=0) > 0).astype(np.float32)
    if out.ndim != 2:
        raise Unsuitable(f"the segmenter's output has shape {out.shape}, not a map")
    if out.min() < 0 or out.max() > 1:
        return np.asarray(1 / (1 + np.exp(-out)), np.float32)
    return out


def inpaint_with_network(rgb: RGB, hole: NDArray[np.bool_], seed: int) -> RGB:
    """Fill a hole with the chosen inpainter.

    An ONNX network takes the picture (3 channels, 0 to 1) and the mask (1 channel, 1 = hole), of
    one size, as LaMa and MI-GAN exports do, and returns the picture, 0 to 1 or 0 to 255.

    Raises: Unsuitable when no inpainter was chosen or the network is of another kind.
    """
    name = _in_use.inpainter
    if name is None:
        raise Unsuitable("no inpainter was given (--inpainter)")
    height, width = hole.shape
    if not name.endswith(".onnx"):
        return _diffuse(name, rgb, hole, seed)
    session = _session(name)
    entries = session.get_inputs()
    if len(entries) != 2:
        raise Unsuitable(f"the inpainter takes {len(entries)} inputs, not a picture and a mask")
    rows, columns = (
        _side(side, -(-own // 8) * 8)
        for side, own in zip(entries[0].shape[2:4], (height, width), strict=True)
    )
    planes = _planes(rgb, (columns, rows))
    mask = cv2.resize(hole.astype(np.float32), (columns, rows), interpolation=cv2.INTER_NEAREST)
    feed = {entries[0].name: planes, entries[1].name: mask[None, None]}
    out = np.squeeze(_run(session, feed))
    if out.ndim != 3 or out.shape[0] != 3:
        raise Unsuitable(f"the inpainter's output has shape {out.shape}, not a picture")
    picture = out.transpose(1, 2, 0) * (255 if out.max() <= 1.5 else 1)
    sized = cv2.resize(picture, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(np.round(sized), 0, 255).astype(np.uint8)


@cache
def _pipeline(name: str) -> Any:
    import diffusers

    pipeline = diffusers.AutoPipelineForInpainting.from_pretrained(name)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def _diffuse(name: str, rgb: RGB, hole: NDArray[np.bool_], seed: int) -> RGB:
    import torch
    from PIL import Image

    height, width = hole.shape
    size = (-(-width // 8) * 8, -(-height // 8) * 8)
    result = _pipeline(name)(
        prompt="background",
        image=Image.fromarray(rgb).resize(size),
        mask_image=Image.fromarray(hole.astype(np.uint8) * 255).resize(size),
        width=size[0],
        height=size[1],
        generator=torch.Generator().manual_seed(seed),
    )
    return np.asarray(result.images[0].convert("RGB").resize((width, height)), np.uint8)
