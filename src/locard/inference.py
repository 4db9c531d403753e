"""Networks in ONNX Runtime."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def open_session(model: Path | bytes, *, threads: int = 1, spinning: bool = True) -> Any:
    """Open a network of one's own or of a user, on the CPU.

    Args:
        model: an ONNX file, or its bytes.
        threads: within an operator. With one the result is the same on every machine, to the last
            bit: more of them add in another order.
        spinning: whether threads wait busily for the next operator; faster while nothing else runs.

    Raises: ValueError, one sentence, when ONNX Runtime cannot run it.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    if not spinning:
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    given = model if isinstance(model, bytes) else str(model)
    try:
        return onnxruntime.InferenceSession(given, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # Its errors have no common class of their own.
        name = "this" if isinstance(model, bytes) else model.name
        why = _first_line(error)
        raise ValueError(f"{name} is not a network that runs here ({why})") from None


def run_session(
    session: Any, feed: Mapping[str, NDArray[Any]], outputs: Sequence[str] | None = None
) -> list[NDArray[np.float32]]:
    """Run a user's network.

    Args:
        outputs: names of those that are wanted; all by default.

    Raises: ValueError, one sentence, when it takes or returns something else.
    """
    try:
        found = session.run(outputs, dict(feed))
    except Exception as error:  # As above.
        why = _first_line(error)
        raise ValueError(f"the network does not take what it was given ({why})") from None
    return [np.asarray(output, np.float32) for output in found]


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
