"""Predictions: the product of a run, one Parquet row per item, version and method.

Everything that figures are computed from is in the file, so that it is scored again without the
pictures. What a heat map is worth is kept as counts of its levels inside and outside the true
mask (`count_levels`): 2 kB instead of a map, and enough for every pixel metric.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from locard.bench.metrics.pixel import histogram
from locard.parquet import Writer as ParquetWriter

FORMAT = "locard.predictions/1"
FUSION = "fusion"
LEVELS = 256
_KEY = b"locard"
_NEEDED = "the bench needs more packages: pip install 'locard[bench]'"


class PredictionError(ValueError):
    """Predictions that cannot be used; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What one method said on one version of one item.

    Attributes:
        item: path below the dataset's root, with forward slashes.
        sha256: of the item's file, whatever was done to it afterwards; "" for none.
        label: 1 where the proposition of ``question`` holds, else 0.
        history: how the dataset itself delivered the picture, as far as it is known.
        method: name of the method, or "fusion" for the opinion on the question.
        version: of locard.
        column: "raw", or "aligned" for the version that `locard.bench.alignment` made.
        delivery: the chain of `locard.degrade` that was applied, "" for none.
        score: raw; the fused log10 LR for the opinion; None when there is none.
        log10_lr, probability: calibrated, None for what has no calibrator; the probability is at
            even priors.
        verdict, stability, contradicted: of the opinion, None for single methods; the last two
            also where stability was not measured.
        claimed: whether a sentence of the explanation rests on a finding that speaks for the
            proposition.
        region_iou: intersection over union of the reported regions and the true mask, 0 to 1;
            None where nothing is reported or nothing is known.
        status: "ok", "not_applicable", "failed" (a bug in the method) or "unreadable".
        reason: why it is not "ok".
        seconds: spent by the method; by the whole examination for the opinion.
        pixels: `count_levels` of the heat map, None without a map or a mask.
    """

    dataset: str
    item: str
    sha256: str
    label: int
    question: str
    source: str
    generator: str
    operation: str
    split: str
    history: str
    method: str
    version: str
    column: str
    delivery: str
    status: str
    reason: str = ""
    score: float | None = None
    log10_lr: float | None = None
    probability: float | None = None
    verdict: str | None = None
    stability: float | None = None
    contradicted: bool | None = None
    claimed: bool | None = None
    region_iou: float | None = None
    seconds: float = 0.0
    pixels: bytes | None = None


def _spread(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Spread values close to 0 and 1 over more levels: ½ (2v)^⅛ below one half, mirrored above.

    Monotone, so that thresholds and ranks stay what they are, and one half stays one half. Maps
    of probabilities lie between 10⁻⁶ and 10⁻³ over much of a picture: 256 equal steps would hold
    one value for all of it, and the AUC of such a picture was off by up to 0.5.
    """
    near = np.sqrt(np.sqrt(np.sqrt(2 * np.minimum(values, 1 - values)))) / 2
    spread: NDArray[np.float32] = np.where(values < 0.5, near, 1 - near).astype(np.float32)
    return spread


def count_levels(heatmap: NDArray[np.float32], mask: NDArray[np.bool_]) -> bytes:
    """Count the levels of a heat map outside and inside the true mask, see `histogram`.

    Levels are narrow at both ends of the scale. Figures at 0.5 are exact; those without a
    threshold, or at the best one, are within about 0.001 in the mean over pictures.

    Returns: 2 × 256 counts, unsigned 32-bit little-endian: authentic pixels first.
    """
    return histogram(_spread(heatmap), mask, levels=LEVELS).astype("<u4").tobytes()


def read_levels(column: Any) -> NDArray[np.float64]:
    """Return the counts of a chunked Arrow column of `count_levels` without nulls: n × 2 × 256.

    Raises: PredictionError for bytes of another length.
    """
    import pyarrow as pa

    try:
        parts = column.cast(pa.binary(8 * LEVELS)).chunks
    except pa.ArrowInvalid as error:
        raise PredictionError("the counts of a heat map are not 2 × 256 numbers") from error
    listed = [
        np.frombuffer(part.buffers()[1], "<u4", len(part) * 2 * LEVELS, part.offset * 8 * LEVELS)
        for part in parts
        if len(part)
    ]
    counts = np.concatenate(listed) if listed else np.zeros(0, "<u4")
    return counts.reshape(-1, 2, LEVELS).astype(np.float64)


@cache
def schema() -> Any:
    """Return the Arrow schema: the fields of `Prediction`, repeated text as dictionaries.

    Raises: PredictionError without pyarrow.
    """
    try:
        import pyarrow as pa
    except ImportError:
        raise PredictionError(_NEEDED) from None
    text, number = pa.string(), pa.float64()
    word = pa.dictionary(pa.int32(), text)
    words = (
        "dataset", "question", "source", "generator", "operation", "split", "history", "method",
        "version", "column", "delivery", "status", "reason", "verdict",
    )  # fmt: skip
    kinds = dict.fromkeys(words, word) | {
        "item": text,
        "sha256": text,
        "label": pa.int8(),
        "score": number,
        "log10_lr": number,
        "probability": number,
        "stability": pa.float32(),
        "contradicted": pa.bool_(),
        "claimed": pa.bool_(),
        "region_iou": pa.float32(),
        "seconds": pa.float32(),
        "pixels": pa.binary(),
    }
    return pa.schema([(name, kinds[name]) for name in Prediction.__dataclass_fields__])


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a run was, kept in the file's schema.

    Attributes:
        command: that made it.
        items: number of items, unreadable ones included.
        unreadable: of them.
        data_sha256: hash over the items' paths, labels and files, in the order of the dataset.
        reserved: whether the dataset is for evaluation only.
    """

    dataset: str
    command: str
    seed: int
    version: str
    reserved: bool
    items: int = 0
    unreadable: int = 0
    data_sha256: str = ""
    settings: dict[str, Any] = field(default_factory=dict)

    def to_bytes(self) -> dict[bytes, bytes]:
        """Return it as metadata of an Arrow schema."""
        text = json.dumps({"format": FORMAT, **asdict(self)}, ensure_ascii=True)
        return {_KEY: text.encode()}


class Writer(ParquetWriter):
    """Writes rows to a prediction file, a row group at a time; use as a context manager."""

    def __init__(self, file: Path) -> None:
        super().__init__(file, schema())

    def write(self, rows: Sequence[Prediction]) -> None:
        """Append rows as one row group."""
        import pyarrow as pa

        columns = {name: [getattr(row, name) for row in rows] for name in schema().names}
        self.append(pa.Table.from_pydict(columns, schema()))

    def describe(self, metadata: Metadata) -> None:
        """Keep the run's metadata in the file."""
        self.keep(metadata.to_bytes())


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """A prediction file: its metadata and its rows as an Arrow table."""

    metadata: Metadata
    table: Any


def read_run(file: Path, columns: list[str] | None = None) -> Run:
    """Read a prediction file.

    Args:
        columns: the columns to read; all by default.

    Raises: PredictionError when it is missing, damaged or something else.
    """
    wanted = schema()
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(file) as opened:
            # Metadata added to an open file is kept beside the schema, not in it.
            kept = (opened.metadata.metadata or {}).get(_KEY, b"{}")
            found = opened.schema_arrow
            table = opened.read(columns) if found.equals(wanted) else None
    except FileNotFoundError:
        raise PredictionError(f"there is no file {file}") from None
    except (OSError, pa.ArrowException) as error:
        why = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise PredictionError(f"{file} is not a readable Parquet file: {why}") from error
    try:
        fields = json.loads(kept)
        if table is None or fields.pop("format", None) != FORMAT:
            raise PredictionError(f"{file} is not a prediction file ({FORMAT})")
        return Run(TypeAdapter(Metadata).validate_json(json.dumps(fields), strict=True), table)
    except PredictionError:
        raise
    except (ValueError, AttributeError) as error:
        raise PredictionError(f"{file} does not say what run it is") from error
