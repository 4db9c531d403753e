"""Files of a training: written whole, read without executing anything."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from locard.train.config import ConfigError


def write_whole(file: Path, write: Callable[[Path], object]) -> None:
    """Write a file in one piece: the old one stays until the new one is whole."""
    fresh = file.with_suffix(".new")
    write(fresh)
    fresh.replace(file)


def load_checkpoint(file: Path, device: str = "cpu") -> dict[str, Any]:
    """What a checkpoint holds. Raises: ConfigError, one sentence."""
    try:
        # Weights alone: nothing in a checkpoint is executed.
        loaded: dict[str, Any] = torch.load(file, map_location=device, weights_only=True)
    except OSError as error:
        raise ConfigError(f"{file} cannot be read ({error.strerror})") from None
    except Exception as error:  # torch raises many kinds for a damaged file
        raise ConfigError(f"{file} is not a checkpoint ({type(error).__name__})") from None
    return loaded
