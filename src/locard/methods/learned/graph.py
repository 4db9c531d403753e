"""The part of an ONNX file that some of its tensors are computed from, without the package onnx.

ONNX Runtime computes a whole graph whatever is asked of it, so that tokens of an early block would
cost as much as those of the last. Of the protocol buffer only what is needed is read: fields 1
(nodes), 5 (constants) and 12 (outputs) of field 7 of the file, and the names in them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

_GRAPH, _NODE, _CONSTANT, _VALUE, _OUTPUT = 7, 1, 5, 13, 12
# Of a node: its inputs and outputs; of a constant: its name.
_INPUTS, _OUTPUTS, _NAME = 1, 2, 8
_VARINT, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5


def cut_graph(model: bytes, names: Sequence[str]) -> bytes:
    """Keep of an ONNX file what the tensors of these names are computed from; they are its outputs.

    Nodes must be in the order of computation, as the format demands, and without inner graphs.

    Raises: ValueError for what is not a protocol buffer, or computes none of a name.
    """
    whole = memoryview(model)
    parts = list(_fields(whole))
    graph = next((value for number, _, value in parts if number == _GRAPH), None)
    if graph is None:
        raise ValueError("no graph")
    fields = list(_fields(graph))
    needed, kept = set(names), set()
    for at in reversed(range(len(fields))):
        number, _, node = fields[at]
        if number == _NODE and needed & set(_texts(node, _OUTPUTS)):
            kept.add(at)
            needed.update(_texts(node, _INPUTS))
    made = {out for at in kept for out in _texts(fields[at][2], _OUTPUTS)}
    if missing := set(names) - made:
        raise ValueError(f"nothing computes {sorted(missing)[0]}")
    left = []
    for at, (number, raw, value) in enumerate(fields):
        if number == _CONSTANT:
            keep = not needed.isdisjoint(_texts(value, _NAME))
        else:
            keep = at in kept if number == _NODE else number not in (_OUTPUT, _VALUE)
        if keep:
            left.append(raw)
    # An output is a name and its type: a tensor of 32-bit floating-point numbers.
    float_tensor = _field(2, _field(1, b"\x08\x01"))
    outputs = [_field(_OUTPUT, _field(1, name.encode()) + float_tensor) for name in names]
    own = [raw for number, raw, _ in parts if number != _GRAPH]
    return b"".join([*own, _field(_GRAPH, b"".join([*left, *outputs]))])


def _fields(data: memoryview) -> Iterator[tuple[int, memoryview, memoryview]]:
    """Number, bytes with their head, and value of each field of a message."""
    at = 0
    while at < len(data):
        start = at
        head, at = _varint(data, at)
        number, kind = head >> 3, head & 7
        if kind == _BYTES:
            size, at = _varint(data, at)
        elif kind == _VARINT:
            size = _varint(data, at)[1] - at
        elif kind in (_EIGHT, _FOUR):
            size = 8 if kind == _EIGHT else 4
        else:
            raise ValueError("not a protocol buffer")
        if at + size > len(data):
            raise ValueError("not a whole protocol buffer")
        yield number, data[start : at + size], data[at : at + size]
        at += size


def _texts(message: memoryview, number: int) -> list[str]:
    return [str(value, "utf-8") for n, _, value in _fields(message) if n == number]


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    """A number of variable length and where it ends."""
    value = shift = 0
    while at < len(data) and shift < 64:
        byte = data[at]
        value |= (byte & 127) << shift
        shift, at = shift + 7, at + 1
        if byte < 128:
            return value, at
    raise ValueError("not a whole protocol buffer")


def _field(number: int, value: bytes) -> bytes:
    """A field of bytes, with its head."""

    def varint(n: int) -> bytes:
        low, rest = n & 127, n >> 7
        return bytes([low | 128]) + varint(rest) if rest else bytes([low])

    return varint(number << 3 | _BYTES) + varint(len(value)) + value
