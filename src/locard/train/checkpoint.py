"""Files of a training: written whole, read without executing anything."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from locard.train.config import ConfigError

# Crops between two notes of how far a training's folder is filled.
NOTE_EVERY = 500


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


def begin(folder: Path, made_of: Mapping[str, Any]) -> None:
    """Begin a training in a folder, or go on with it.

    Args: made_of: all that crops and what is known of them depend on.

    Raises: ConfigError for a folder that holds another training.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "made-of.json"
    text = json.dumps(made_of, indent=1, sort_keys=True)
    if not file.exists():
        write_whole(file, lambda fresh: fresh.write_text(text, "utf-8"))
    elif file.read_text("utf-8") != text:
        raise ConfigError(f"{folder} holds another training; name another out")


def open_rows(file: Path, crops: int, shape: tuple[int, ...], kind: type[Any]) -> Any:
    """An array of so many crops in a file, opened to be filled, or begun: ``crops`` × shape."""
    if file.exists():
        return np.load(file, mmap_mode="r+")
    return np.lib.format.open_memmap(file, "w+", kind, (crops, *shape))


def flush_rows(*parts: NDArray[Any]) -> None:
    """Write what memory holds of arrays in files."""
    for part in parts:
        if isinstance(part, np.memmap):
            part.flush()


def in_groups(
    folder: Path,
    crops: int,
    group: int,
    keep: Callable[[int], object],
    flush: Callable[[], None],
    pool: Executor,
    say: Callable[[str], None],
) -> None:
    """Keep what is known of groups of crops in a training's folder; goes on where it stopped.

    Args:
        keep: keeps a group by its number.
        flush: writes what was kept so far.
    """
    count = folder / "groups.json"
    done = json.loads(count.read_text("utf-8")) if count.exists() else 0
    for start in range(done, crops // group, NOTE_EVERY // group):
        end = min(crops // group, start + NOTE_EVERY // group)
        list(pool.map(keep, range(start, end)))
        flush()
        write_whole(count, lambda fresh, end=end: fresh.write_text(json.dumps(end), "utf-8"))  # type: ignore[misc]
        say(f"{end * group} of {crops} crops are read")
