"""Eight-bit integers for the convolutions of an exported network.

Post-training static quantisation (Jacob et al., CVPR 2018) by ONNX Runtime: weights by channel,
activations by tensor, ranges measured on crops. On processors with dot products of bytes (VNNI)
the network takes half the time.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_static,
)

from locard.methods.learned.localizer import open_network
from locard.nets.localizer import Localizer

RGB = NDArray[np.uint8]

# Convolutions with fewer channels on either side stay as they are.
_CHANNELS = 8


class _Crops(CalibrationDataReader):  # type: ignore[misc]
    """Crops in the form that the network takes, one after the other."""

    def __init__(self, crops: Sequence[RGB], channels: int) -> None:
        none = np.zeros((1, 0, channels), np.float32)
        self._left: Iterator[dict[str, Any]] = iter(
            [{"rgb": crop[None], "context": none} for crop in crops]
        )

    def get_next(self) -> dict[str, Any] | None:
        """Return the next input, or None."""
        return next(self._left, None)


def chosen_convolutions(file: Path, net: Localizer) -> list[str]:
    """Names of the nodes to quantise.

    Neither the first ones, where a trace is a fraction of a grey level, nor the last, which draw
    the maps, nor the one that mixes the compression view: what it reads are phases, not sizes.
    """
    graph = onnx.load(str(file)).graph
    shapes = {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}
    left = {tuple(net.stem[0].weight.shape)}
    if net.compression is not None:
        left.add(tuple(net.compression.mix[0].weight.shape))
    names = []
    for node in graph.node:
        shape = shapes.get(node.input[1], ()) if node.op_type == "Conv" else ()
        if shape and min(shape[:2]) >= _CHANNELS and shape not in left:
            names.append(node.name)
    return names


def quantise(file: Path, net: Localizer, crops: Sequence[RGB], out: Path) -> int:
    """Write an exported network with 8-bit convolutions.

    Args:
        file: what `locard.train.export.write_onnx` wrote, and ``net`` what from.
        crops: uint8, height × width × 3, sides multiples of 32: what ranges are measured on.

    Returns: the number of convolutions that were quantised.
    """
    names = chosen_convolutions(file, net)
    if not names:
        # No names would mean all of them.
        out.write_bytes(file.read_bytes())
        return 0
    with _quiet():
        quantize_static(
            str(file),
            str(out),
            _Crops(crops, net.config.widths[3]),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv"],
            nodes_to_quantize=names,
            per_channel=True,
            # Seven bits: where there is no VNNI, sums of products would overflow.
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
    return len(names)


def difference(file: Path, other: Path, crops: Sequence[RGB]) -> tuple[float, float]:
    """Mean and largest absolute difference of the heat maps of two files on crops."""
    (first, channels), (second, _) = open_network(file), open_network(other)
    none = np.zeros((1, 0, channels), np.float32)
    apart = [np.abs(first(crop[None], none)[0] - second(crop[None], none)[0]) for crop in crops]
    return float(np.mean([a.mean() for a in apart])), float(max(a.max() for a in apart))


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the quantiser's advice to prepare the graph, which the exporter has done."""
    logger = logging.getLogger()
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
