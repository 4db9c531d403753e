"""Eight-bit integers for the convolutions of an exported network.

Post-training static quantisation (Jacob et al., CVPR 2018) by ONNX Runtime: weights by channel,
activations by tensor, whose ranges are the mean extremes of crops. On processors with dot products
of bytes (VNNI) the network takes half the time.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
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


class _Inputs(CalibrationDataReader):  # type: ignore[misc]
    """Inputs of a network, one after the other."""

    def __init__(self, inputs: Iterable[Mapping[str, NDArray[Any]]]) -> None:
        self._left = iter(inputs)

    def get_next(self) -> Mapping[str, NDArray[Any]] | None:
        """Return the next input, or None."""
        return next(self._left, None)


def chosen_convolutions(file: Path, left: Collection[tuple[int, ...]] = ()) -> list[str]:
    """Names of the convolutions to quantise: those between many channels.

    Args: left: shapes of kernels that stay as they are.
    """
    graph = onnx.load(str(file)).graph
    shapes = {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}
    names = []
    for node in graph.node:
        shape = shapes.get(node.input[1], ()) if node.op_type == "Conv" else ()
        if shape and min(shape[:2]) >= _CHANNELS and shape not in left:
            names.append(node.name)
    return names


def spared(net: Localizer) -> set[tuple[int, ...]]:
    """Shapes of the localizer's kernels that must not be quantised.

    Neither the first ones, where a trace is a fraction of a grey level, nor the one that mixes the
    compression view: what it reads are phases, not sizes. (Nor the last, which draw the maps: they
    have too few channels.)
    """
    left = {tuple(net.stem[0].weight.shape)}
    if net.compression is not None:
        left.add(tuple(net.compression.mix[0].weight.shape))
    return left


def quantise(
    file: Path,
    names: Sequence[str],
    inputs: Iterable[Mapping[str, NDArray[Any]]],
    out: Path,
) -> None:
    """Write an exported network with 8-bit convolutions.

    Args:
        file: a network as it was exported.
        names: from `chosen_convolutions`.
        inputs: what ranges of activations are measured on.
    """
    if not names:
        # No names would mean all of them.
        out.write_bytes(file.read_bytes())
        return
    with _quiet():
        quantize_static(
            str(file),
            str(out),
            _Inputs(inputs),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv"],
            nodes_to_quantize=list(names),
            per_channel=True,
            # Seven bits: where there is no VNNI, sums of products would overflow.
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            # The mean of the crops' extremes. One crop in fifty drives a layer a hundred times as
            # far as the others do: by the extremes of all, nothing would be left of these.
            extra_options={"CalibMovingAverage": True},
        )


def quantise_localizer(file: Path, net: Localizer, crops: Sequence[RGB], out: Path) -> int:
    """Write an exported localizer with 8-bit convolutions.

    Args: crops: uint8, height × width × 3, sides multiples of 32: what ranges are measured on.

    Returns: the number of convolutions that were quantised.
    """
    names = chosen_convolutions(file, spared(net))
    none = np.zeros((1, 0, net.config.widths[3]), np.float32)
    quantise(file, names, ({"rgb": crop[None], "context": none} for crop in crops), out)
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
