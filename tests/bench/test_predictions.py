"""Prediction files keep every field, and what is none is refused in one sentence."""

from pathlib import Path

import numpy as np
import pytest

from bench.runs import prediction, scored, write
from locard.bench.metrics.pixel import figures, figures_of_all, histogram
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


def test_pixel_figures_from_counts_are_those_of_the_map() -> None:
    import pyarrow as pa

    rng = np.random.default_rng(0)
    made, expected = [], []
    for _ in range(5):
        mask = rng.random((40, 30)) < 0.2
        # Values on the edges of the levels: nothing is lost by counting 256 of them.
        heat = (rng.integers(0, 256, mask.shape) / 256).astype(np.float32)
        heat[mask] = np.minimum(heat[mask] + 0.25, 255 / 256)
        made.append(count_levels(heat, mask))
        expected.append(figures(histogram(heat, mask)))
    found = figures_of_all(read_levels(pa.chunked_array([made])))
    for name in expected[0]:
        np.testing.assert_allclose(found[name], [e[name] for e in expected], atol=1e-12)


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
