"""Prediction files keep every field, and what is none is refused in one sentence."""

from pathlib import Path

import numpy as np
import pytest

from bench.runs import prediction, scored, write
from locard.bench.metrics.pixel import figures_of_all
from locard.bench.predictions import (
    Metadata,
    PredictionError,
    Writer,
    count_levels,
    read_levels,
    read_run,
)


def test_rows_come_back_as_they_were(tmp_path: Path) -> None:
    row = scored(prediction(3), 0.25, pixels=b"\1" * 2048)
    lost = prediction(4)
    file = write(tmp_path / "run.parquet", [row, lost])
    run = read_run(file)
    first, second = run.table.to_pylist()
    assert first["item"] == "1/003.png"
    assert first["score"] == 0.25
    assert first["pixels"] == b"\1" * 2048
    assert second["score"] is None
    assert second["verdict"] is None
    assert run.metadata.dataset == "tiny"
    assert run.metadata.items == 2


def test_a_file_appears_when_it_is_complete(tmp_path: Path) -> None:
    file = tmp_path / "run.parquet"

    def interrupted() -> None:
        with Writer(file) as writer:
            writer.write([prediction()])
            assert not file.exists()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_other_files_are_refused(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    text = tmp_path / "a.parquet"
    text.write_text("no")
    other = tmp_path / "b.parquet"
    pq.write_table(pa.table({"x": [1]}), other)
    cut = tmp_path / "c.parquet"
    cut.write_bytes(write(tmp_path / "d.parquet", [prediction()]).read_bytes()[:-20])
    for file in (text, other, cut, tmp_path / "none.parquet"):
        with pytest.raises(PredictionError):
            read_run(file)


@pytest.mark.parametrize("scale", [1.0, 1e-2, 1e-5])
def test_pixel_figures_from_counts_are_those_of_the_map(scale: float) -> None:
    import pyarrow as pa
    from sklearn.metrics import f1_score, roc_auc_score

    rng = np.random.default_rng(0)
    mask = rng.random((60, 50)) < 0.2
    heat = ((rng.random(mask.shape) * 0.7 + 0.3 * mask) * scale).astype(np.float32)
    counts = read_levels(pa.chunked_array([[count_levels(heat, mask)]]))
    found = {name: float(value[0]) for name, value in figures_of_all(counts).items()}
    truth, flat = mask.ravel(), heat.ravel()
    assert found["auc"] == pytest.approx(roc_auc_score(truth, flat), abs=0.01)
    assert found["f1@0.5"] == pytest.approx(f1_score(truth, flat >= 0.5))
    best = max(f1_score(truth, flat >= t) for t in np.quantile(flat, np.linspace(0, 0.99, 100)))
    assert found["f1@best"] == pytest.approx(best, abs=0.05)


def test_metadata_of_other_types_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    with Writer(file) as writer:
        writer.write([prediction()])
        writer.describe(Metadata(1, "", 0, None, reserved=False))  # type: ignore[arg-type]
    with pytest.raises(PredictionError, match="does not say what run it is"):
        read_run(file)


def test_counts_of_another_length_are_refused() -> None:
    import pyarrow as pa

    with pytest.raises(PredictionError):
        read_levels(pa.chunked_array([[b"123"]]))
