"""Runs: the same rows for any number of processes, resumed by parts, nothing lost silently."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from conftest import jpeg_bytes, synthetic_photo
from locard.bench import runner
from locard.bench.datasets import Dataset, open_dataset
from locard.bench.plugin import Plugin, PluginError, load_plugin
from locard.bench.predictions import FUSION, read_levels, read_run
from locard.bench.runner import Settings, bearing_on, choose, run
from locard.methods import Question, not_applicable
from locard.methods.contract import LATE

FAST = Settings(("jpeg-grid", "metadata"), stability=False)
PLUGIN = """
import numpy as np

def predict(image):
    if image.mean() > 250:
        raise RuntimeError("too bright")
    return float(image.mean()), np.full(image.shape[:2], 0.75)
"""


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    root = tmp_path / "set"
    for folder in ("orig", "forged", "mask"):
        (root / folder).mkdir(parents=True)
    for n in range(3):
        picture = synthetic_photo(96, 128, n)
        (root / "orig" / f"{n}.png").write_bytes(encoded(picture))
        picture[20:50, 30:70] = picture[50:80, 60:100]
        (root / "forged" / f"{n}.png").write_bytes(encoded(picture))
        mask = np.zeros((96, 128), np.uint8)
        mask[20:50, 30:70] = 255
        (root / "mask" / f"{n}.png").write_bytes(encoded(mask))
    return open_dataset(str(root))


def encoded(picture: np.ndarray) -> bytes:
    return bytes(cv2.imencode(".png", picture[..., ::-1] if picture.ndim == 3 else picture)[1])


def table(file: Path) -> list[dict[str, object]]:
    rows = read_run(file).table.to_pylist()
    return [{k: v for k, v in row.items() if k != "seconds"} for row in rows]


def test_one_row_per_item_method_column_and_delivery(dataset: Dataset, tmp_path: Path) -> None:
    settings = Settings(FAST.methods, (), ("raw", "aligned"), ("", "resize:2,jpeg:3"), 0, False)
    done = run(dataset, settings, tmp_path / "run.parquet", command="a command")
    rows = table(tmp_path / "run.parquet")
    assert done.items == 6
    assert len(rows) == 6 * 3 * 2 * 2
    assert len({(r["item"], r["method"], r["column"], r["delivery"]) for r in rows}) == len(rows)
    png = next(r for r in rows if r["method"] == "metadata" and r["column"] == "aligned")
    assert png["status"] == "not_applicable"
    assert png["reason"]
    fused = [r for r in rows if r["method"] == FUSION]
    assert all(r["claimed"] is not None for r in fused)
    # Not measured is not the same as not contradicted.
    assert {(r["stability"], r["contradicted"]) for r in fused} == {(None, None)}
    assert all(r["verdict"] and r["probability"] is not None for r in fused)
    assert {r["pixels"] is not None for r in fused if r["label"] == 1} == {True}
    assert {r["pixels"] is not None for r in fused if r["label"] == 0} == {False}
    assert read_run(tmp_path / "run.parquet").metadata == done
    assert not (tmp_path / "run.parquet.parts").exists()


def test_the_same_rows_for_two_processes(dataset: Dataset, tmp_path: Path) -> None:
    settings = Settings(FAST.methods, (), ("raw", "aligned"), ("", "gaussian-noise:2"), 3, False)
    run(dataset, settings, tmp_path / "one.parquet", jobs=1)
    run(dataset, settings, tmp_path / "two.parquet", jobs=2)
    rows = table(tmp_path / "one.parquet")
    assert {r["status"] for r in rows if r["method"] == FUSION} == {"ok"}
    assert rows == table(tmp_path / "two.parquet")


def test_the_truth_moves_with_the_pixels(dataset: Dataset, tmp_path: Path) -> None:
    plugin = tmp_path / "mean.py"
    plugin.write_text(PLUGIN)
    settings = Settings((), (str(plugin),), ("raw",), ("", "resize:3,jpeg:1"))
    run(dataset, settings, tmp_path / "run.parquet")
    kept = read_run(tmp_path / "run.parquet").table
    counts = read_levels(kept["pixels"].drop_null())
    shares = counts[:, 1].sum(axis=1) / counts.sum(axis=(1, 2))
    np.testing.assert_allclose(shares, 30 * 40 / (96 * 128), atol=0.02)
    assert counts.sum(axis=(1, 2)).min() < 96 * 128


def test_an_interrupted_run_goes_on(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "PART", 2)
    examined: list[str] = []
    real = runner.examine_item

    def stopping(item, *rest, **more):  # type: ignore[no-untyped-def]
        if len(examined) == 5:
            examined.append("stopped")
            raise KeyboardInterrupt
        examined.append(item.path.name)
        return real(item, *rest, **more)

    monkeypatch.setattr(runner, "examine_item", stopping)
    out = tmp_path / "run.parquet"
    with pytest.raises(KeyboardInterrupt):
        run(dataset, FAST, out)
    assert not out.exists()
    parts = tmp_path / "run.parquet.parts"
    assert len(list(parts.glob("*.parquet"))) == 2
    (parts / "00002.parquet.partial").write_bytes(b"half")
    run(dataset, FAST, out)
    assert len(examined) == 6 + 2
    assert not parts.exists()
    run(dataset, FAST, tmp_path / "whole.parquet")
    assert table(out) == table(tmp_path / "whole.parquet")
    assert read_run(out).metadata == read_run(tmp_path / "whole.parquet").metadata


def test_other_settings_do_not_reuse_parts(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "run.parquet"
    monkeypatch.setattr(runner, "_join", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        run(dataset, FAST, out)
    monkeypatch.undo()
    run(dataset, Settings(("jpeg-grid",), stability=False), out)
    assert {row["method"] for row in table(out)} == {"jpeg-grid", FUSION}


def test_items_that_changed_are_run_again(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, *_ = runner._parts(dataset.items(), tmp_path, FAST)
    again, *_ = runner._parts(dataset.items(), tmp_path, FAST)
    assert first.settings == again.settings
    named, *_ = runner._parts(
        (replace(item, operation="removal") for item in dataset.items()), tmp_path, FAST
    )
    assert named.settings != first.settings
    picture = first.items[0].path
    picture.write_bytes(picture.read_bytes() + b"\0")
    made, *_ = runner._parts(dataset.items(), tmp_path, FAST)
    assert made.settings != first.settings


def test_unreadable_items_are_rows(dataset: Dataset, tmp_path: Path) -> None:
    (dataset.root / "orig" / "1.png").write_bytes(b"no picture")
    done = run(dataset, FAST, tmp_path / "run.parquet")
    lost = [r for r in table(tmp_path / "run.parquet") if r["status"] == "unreadable"]
    assert done.unreadable == 1
    assert {r["method"] for r in lost} == {*bearing_on(FAST.methods, Question.EDITED), FUSION}
    assert all(r["score"] is None and r["reason"] for r in lost)


def test_a_mask_of_another_size_is_said(dataset: Dataset, tmp_path: Path) -> None:
    (dataset.root / "mask" / "1.png").write_bytes(encoded(np.zeros((10, 10), np.uint8)))
    run(dataset, FAST, tmp_path / "run.parquet")
    rows = [r for r in table(tmp_path / "run.parquet") if r["item"] == "forged/1.png"]
    fused = next(r for r in rows if r["method"] == FUSION)
    assert fused["status"] == "ok"
    assert fused["pixels"] is None
    assert "10 × 10" in str(fused["reason"])


def test_a_plugin_that_raises_costs_its_own_row(dataset: Dataset, tmp_path: Path) -> None:
    (dataset.root / "orig" / "0.png").write_bytes(jpeg_bytes(np.full((96, 128, 3), 255, np.uint8)))
    plugin = tmp_path / "mean.py"
    plugin.write_text(PLUGIN)
    run(dataset, Settings(("jpeg-grid",), (str(plugin),), stability=False), tmp_path / "r.parquet")
    rows = [r for r in table(tmp_path / "r.parquet") if r["item"] == "orig/0.png"]
    by_method = {r["method"]: r for r in rows}
    assert by_method["mean"]["status"] == "failed"
    assert by_method["mean"]["reason"] == "RuntimeError: too bright"
    assert by_method[FUSION]["status"] == "ok"


def test_names_are_not_taken_twice(dataset: Dataset, tmp_path: Path) -> None:
    for name in (FUSION, "jpeg-grid"):
        plugin = tmp_path / f"{name}.py"
        plugin.write_text(PLUGIN)
        with pytest.raises(PluginError, match=name):
            run(dataset, Settings(FAST.methods, (str(plugin),)), tmp_path / "run.parquet")


def test_a_drawn_sample_does_not_depend_on_the_folder(dataset: Dataset, tmp_path: Path) -> None:
    first = [i.path.name for i in choose(dataset.items(), 3, 1, dataset.root)]
    moved = tmp_path / "elsewhere"
    dataset.root.rename(moved)
    again = open_dataset(str(moved))
    assert [i.path.name for i in choose(again.items(), 3, 1, again.root)] == first
    assert len(first) == 3
    other = {tuple(i.path.name for i in choose(again.items(), 3, s, again.root)) for s in range(9)}
    assert len(other) > 1


def test_a_late_method_is_a_failure_and_not_one_that_does_not_apply(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = runner.examine

    def late(exhibit, **settings):  # type: ignore[no-untyped-def]
        assert settings["limits"].time_s >= 3600
        report = real(exhibit, **settings)
        lost = replace(not_applicable(LATE), method="metadata", question=Question.EDITED)
        return replace(report, findings=(*report.findings[:-1], lost))

    monkeypatch.setattr(runner, "examine", late)
    run(dataset, FAST, tmp_path / "run.parquet")
    found = table(tmp_path / "run.parquet")
    assert {row["status"] for row in found} == {"failed"}
    assert "took more than" in str(found[0]["reason"])
    assert all(row["score"] is None for row in found)


def test_what_another_program_made_is_not_joined(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "locard").mkdir()
    for name in ("__init__.py", "fusion.json"):
        (tmp_path / "locard" / name).write_text("1")
    whole = runner._program()
    home = SimpleNamespace(__file__=str(tmp_path / "locard" / "__init__.py"))
    monkeypatch.setattr(runner, "locard", home)
    monkeypatch.setattr(runner, "_program", runner._program.__wrapped__)
    one, *_ = runner._parts(dataset.items(), tmp_path, FAST)
    assert runner._program() not in (whole, "")
    (tmp_path / "locard" / "fusion.json").write_text("2")
    other, *_ = runner._parts(dataset.items(), tmp_path, FAST)
    assert one.settings != other.settings
    monkeypatch.setattr(runner, "find_backbone", lambda: tmp_path / "locard" / "fusion.json")
    third, *_ = runner._parts(dataset.items(), tmp_path, FAST)
    assert third.settings not in (one.settings, other.settings)


def test_a_plugin_is_known_by_its_code(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(PLUGIN)
    first = runner._identity(load_plugin(str(file)))
    file.write_text(PLUGIN + "# changed")
    assert runner._identity(load_plugin(str(file))) != first
    assert runner._identity(Plugin("built in", len)) == "built in"
