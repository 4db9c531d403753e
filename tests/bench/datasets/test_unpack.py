"""Parquet and videos become the folders that the layouts describe."""

import json
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import jpeg_bytes, synthetic_photo
from locard.bench.datasets import (
    DatasetError,
    list_datasets,
    open_dataset,
    unpack_parquet,
    unpack_videos,
)
from locard.methods import Question

LAYOUTS = {layout.name: layout for layout in list_datasets()}


def png(value: int) -> bytes:
    picture = np.full((16, 16, 3), value, np.uint8)
    picture[:, 8:] = 0
    return bytes(cv2.imencode(".png", picture)[1].tobytes())


def publish(folder: Path) -> bytes:
    jpeg = jpeg_bytes(synthetic_photo(16, 16))
    rows = [
        {"img_id": "r1", "image": {"bytes": jpeg, "path": "r1.jpg"}, "mask": None, "label": 0},
        {"img_id": "../s 1", "image": {"bytes": png(9), "path": ""}, "mask": None, "label": 1},
        {"img_id": "t1", "image": {"bytes": jpeg}, "mask": {"bytes": png(255)}, "label": 2},
        {"img_id": "x", "image": None, "mask": None, "label": 0},
    ]
    (folder / "data").mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(rows), folder / "data/validation-00000-of-00001.parquet")
    return jpeg


def test_parquet_becomes_the_layout(tmp_path: Path) -> None:
    jpeg = publish(tmp_path / "down")
    assert unpack_parquet(LAYOUTS["sid-set"], tmp_path / "down", tmp_path / "out") == 3
    dataset = open_dataset("sid-set", tmp_path / "out")
    assert dataset.missing() == []
    authentic, tampered = dataset.items()
    assert authentic.path.read_bytes() == jpeg
    assert (authentic.split, tampered.split) == ("val", "val")
    mask = tampered.read_mask()
    assert mask is not None
    assert mask[:, :8].all()
    assert not mask[:, 8:].any()
    made = list(open_dataset("sid-set", tmp_path / "out", question=Question.GENERATED).items())
    assert [item.path.name for item in made] == ["r1.jpg", "_s_1.png"]


def test_generators_become_folders(tmp_path: Path) -> None:
    rows = [
        {"image": png(1), "label": "real", "model": "photo"},
        {"image": png(2), "label": "fake", "model": "flux/1.1"},
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "test-0.parquet")
    assert unpack_parquet(LAYOUTS["openfake"], tmp_path, tmp_path / "out") == 2
    authentic, made = open_dataset("openfake", tmp_path / "out").items()
    assert (authentic.label, authentic.split) == (0, "test")
    assert (made.label, made.generator) == (1, "flux_1.1")


@pytest.mark.parametrize(
    "names", [["full_synthetic", "real", "tampered"], ["real", "tampered", "full_synthetic"]]
)
def test_labels_go_by_the_names_in_the_schema(names: list[str], tmp_path: Path) -> None:
    """Two versions of So-Fake-OOD number their labels differently."""
    rows = [
        {"image": png(1 + i), "mask": png(255) if name == "tampered" else None, "label": i}
        for i, name in enumerate(names)
    ]
    features = {"label": {"names": names, "_type": "ClassLabel"}}
    schema = {"huggingface": json.dumps({"info": {"features": features}})}
    table = pa.Table.from_pylist(rows).replace_schema_metadata(schema)
    pq.write_table(table, tmp_path / "test-0.parquet")
    assert unpack_parquet(LAYOUTS["so-fake"], tmp_path, tmp_path / "out") == 3
    authentic, tampered = open_dataset("so-fake", tmp_path / "out").items()
    assert authentic.path.read_bytes() == png(1 + names.index("real"))
    assert tampered.path.read_bytes() == png(1 + names.index("tampered"))
    assert tampered.read_mask() is not None


def test_a_label_without_a_name_is_refused(tmp_path: Path) -> None:
    rows = [{"image": png(1), "mask": None, "label": 0}]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "test-0.parquet")
    with pytest.raises(DatasetError, match="has the label 0, known are real, full_synthetic"):
        unpack_parquet(LAYOUTS["so-fake"], tmp_path, tmp_path / "out")


def test_what_cannot_be_unpacked_is_said(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no Parquet files"):
        unpack_parquet(LAYOUTS["sid-set"], tmp_path, tmp_path)
    with pytest.raises(DatasetError, match="not published as Parquet"):
        unpack_parquet(LAYOUTS["columbia"], tmp_path, tmp_path)
    pq.write_table(pa.table({"picture": [b""]}), tmp_path / "test-0.parquet")
    with pytest.raises(DatasetError, match="no column image; it has picture"):
        unpack_parquet(LAYOUTS["sid-set"], tmp_path, tmp_path)
    (tmp_path / "test-0.parquet").write_bytes(b"nonsense")
    with pytest.raises(DatasetError, match=r"test-0.parquet cannot be unpacked"):
        unpack_parquet(LAYOUTS["sid-set"], tmp_path, tmp_path)
    with pytest.raises(DatasetError, match="no readable videos"):
        unpack_videos(tmp_path, tmp_path / "frames", 3)


def test_videos_become_frames(tmp_path: Path) -> None:
    down, out = tmp_path / "down", tmp_path / "out"
    for name in ("original_sequences/youtube/c23/videos/000", "Celeb-real/id0_0000"):
        file = down / f"{name}.avi"
        file.parent.mkdir(parents=True)
        writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"MJPG"), 5, (32, 32))
        for number in range(9):
            writer.write(np.full((32, 32, 3), 20 * number, np.uint8))
        writer.release()
    (down / "test.json").write_text('[["000", "003"]]')
    (down / "broken.mp4").write_bytes(b"nonsense")
    assert unpack_videos(down, out, 3) == 6
    found = list(open_dataset("faceforensics", out).items())
    assert [item.path.name for item in found] == ["0000.png", "0004.png", "0008.png"]
    assert {(item.split, item.source) for item in found} == {("test", "000")}
    assert cv2.imread(str(found[1].path)).mean() == pytest.approx(80, abs=3)
    assert len(list(open_dataset("celeb-df", out).items())) == 3
