from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from locard.exhibit import open_exhibit
from locard.methods import Status
from locard.methods.sensor import cameras, prnu

HEIGHT, WIDTH = 384, 512
STRENGTH = 0.02


def scene(seed: int, height: int = HEIGHT, width: int = WIDTH) -> NDArray[np.float64]:
    """A photo-like picture: smooth light at several scales and a few hard edges."""
    rng = np.random.default_rng(seed)
    picture = np.full((height, width, 3), 120.0)
    for side, power in ((4, 40.0), (16, 14.0), (64, 3.0)):
        coarse = rng.normal(0, power, (side, side, 3)).astype(np.float32)
        picture += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    for _ in range(4):
        y, x = rng.integers(0, height), rng.integers(0, width)
        picture[y : y + 60, x : x + 60] += rng.normal(0, 30, 3)
    return np.clip(picture, 5, 240)


def sensor(seed: int) -> NDArray[np.float64]:
    return np.random.default_rng(1000 + seed).normal(0, STRENGTH, (HEIGHT, WIDTH, 1))


def shoot(seed: int, factor: NDArray[np.float64]) -> NDArray[np.uint8]:
    noise = np.random.default_rng(2000 + seed).normal(0, 1.5, (HEIGHT, WIDTH, 3))
    return np.clip(np.round(scene(seed) * (1 + factor) + noise), 0, 255).astype(np.uint8)


def jpeg(rgb: NDArray[np.uint8], model: str | None = None) -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    if model:
        exif[271], exif[272] = "Maker", model
    Image.fromarray(rgb).save(out, "JPEG", quality=92, exif=exif)
    return out.getvalue()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one camera, enrolled from eight photos."""
    home = tmp_path_factory.mktemp("home")
    photos = []
    for i in range(8):
        photos.append(home / f"{i}.jpg")
        photos[-1].write_bytes(jpeg(shoot(i, sensor(0)), "One"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCARD_HOME", str(home))
        done = prnu.enroll_camera("Camera A", photos)
    assert not done.skipped
    assert min(done.record.quality) > prnu.MATCH_PCE
    assert done.record.models == ["Maker One"]
    return home


@pytest.fixture
def enrolled(store: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LOCARD_HOME", str(store))
    return store


def test_residual_keeps_noise_and_drops_content() -> None:
    noise = np.random.default_rng(0).normal(0, 2, (HEIGHT, WIDTH)).astype(np.float32)
    clean = scene(3)[..., 1].astype(np.float32)
    residual = prnu.noise_residual(clean + noise)
    assert residual.shape == clean.shape
    assert np.corrcoef(residual.ravel(), noise.ravel())[0, 1] > 0.7
    assert abs(np.corrcoef(residual.ravel(), clean.ravel())[0, 1]) < 0.05


def test_residual_in_stripes_is_the_residual() -> None:
    luma = np.random.default_rng(0).normal(120, 9, (1500, 160)).astype(np.float32)
    whole = prnu._residual_of(luma)
    assert np.abs(prnu.noise_residual(luma) - whole).max() < 1e-2


def test_cleaning_removes_what_cameras_share() -> None:
    rng = np.random.default_rng(0)
    own = rng.normal(0, 1, (128, 160)).astype(np.float32)
    grid = np.zeros_like(own)
    grid[::8] += 3
    grid[:, ::8] += 3
    grid[4::8, 4::8] += 3
    cleaned = prnu.clean_pattern(own + grid)
    assert np.corrcoef(cleaned.ravel(), own.ravel())[0, 1] > 0.9
    assert abs(np.corrcoef(cleaned.ravel(), grid.ravel())[0, 1]) < 0.1


def test_a_photo_of_the_camera_matches_and_is_intact(enrolled: Path) -> None:
    finding = prnu.prnu.run(open_exhibit(jpeg(shoot(20, sensor(0)), "One")))
    assert finding.status is Status.DERIVED
    assert finding.facts["pce"] > 200
    assert finding.facts["log10_false_alarm"] < -20
    assert not finding.facts["metadata_claim_another_camera"]
    assert finding.score < 0.5
    assert finding.heatmap.values.max() < 0.3


def test_a_splice_is_located(enrolled: Path) -> None:
    own, other = shoot(21, sensor(0)), shoot(22, sensor(1))
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[110:290, 270:450] = True
    spliced = np.where(mask[..., None], other, own)
    finding = prnu.prnu.run(open_exhibit(jpeg(spliced)))
    heat = finding.heatmap.pixels(HEIGHT, WIDTH)
    assert finding.score > 0.8
    inside = heat[mask].mean()
    assert inside > 0.3
    assert heat[~mask].mean() < 0.15 * inside
    ranks = np.argsort(np.argsort(heat, axis=None)).reshape(heat.shape)
    n, m = mask.sum(), (~mask).sum()
    assert (ranks[mask].sum() - n * (n - 1) / 2) / (n * m) > 0.9


def test_another_camera_does_not_match(enrolled: Path) -> None:
    for seed in range(30, 33):
        finding = prnu.prnu.run(open_exhibit(jpeg(shoot(seed, sensor(1)))))
        assert finding.status is Status.NOT_APPLICABLE
        assert finding.facts["pce"] < 30
        assert "matches none" in finding.reason


def test_a_crop_is_found_at_its_place(enrolled: Path) -> None:
    crop = np.ascontiguousarray(shoot(23, sensor(0))[37:337, 85:485])
    finding = prnu.prnu.run(open_exhibit(jpeg(crop)))
    assert finding.facts["offset_px"] == [37, 85]
    assert finding.facts["shifts_tried"] == (384 - 300 + 1) * (512 - 400 + 1)


def test_a_photo_that_was_enrolled_is_no_evidence(enrolled: Path) -> None:
    finding = prnu.prnu.run(open_exhibit(enrolled / "0.jpg"))
    assert finding.status is Status.NOT_APPLICABLE
    assert "enrolled from this photo" in finding.reason


def test_metadata_that_claim_another_camera_are_a_fact(enrolled: Path) -> None:
    finding = prnu.prnu.run(open_exhibit(jpeg(shoot(24, sensor(0)), "Two")))
    assert finding.facts["metadata_claim_another_camera"]
    assert "Maker Two" in finding.says


def test_without_cameras_nothing_is_computed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCARD_HOME", str(tmp_path))
    monkeypatch.setattr(prnu, "noise_residual", lambda luma: pytest.fail("computed"))
    finding = prnu.prnu.run(open_exhibit(shoot(1, sensor(0))))
    assert finding.reason == "no camera is enrolled; see locard camera enroll"


@pytest.mark.parametrize(
    ("shape", "value"),
    [((HEIGHT, WIDTH, 3), 0), ((HEIGHT, WIDTH), 128), ((HEIGHT, WIDTH, 3), 255), ((130, 140), 9)],
)
def test_strange_exhibits(enrolled: Path, shape: tuple[int, ...], value: int) -> None:
    finding = prnu.prnu.run(open_exhibit(np.full(shape, value, np.uint8)))
    assert finding.status is Status.NOT_APPLICABLE
    assert finding.facts["pce"] < prnu.MATCH_PCE


def test_a_larger_photo_and_a_turned_one_are_not_comparable(enrolled: Path) -> None:
    turned = np.ascontiguousarray(np.rot90(shoot(1, sensor(0))))
    finding = prnu.prnu.run(open_exhibit(turned))
    assert "photos this large" in finding.reason


@pytest.mark.parametrize(
    ("count", "size", "words"),
    [(2, None, "at least 3"), (3, (256, 300), "differ in size"), (0, (90, 90), "at least 256")],
)
def test_enrolment_refuses(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    count: int,
    size: tuple[int, int] | None,
    words: str,
) -> None:
    monkeypatch.setenv("LOCARD_HOME", str(tmp_path))
    photos = []
    for i in range(count):
        photos.append(tmp_path / f"{i}.png")
        Image.fromarray(shoot(i, sensor(0))).save(photos[-1])
    if size:
        photos.append(tmp_path / "odd.png")
        Image.fromarray(scene(9, *size).astype(np.uint8)).save(photos[-1])
    with pytest.raises(cameras.CameraError, match=words):
        prnu.enroll_camera("B", photos)
    assert cameras.camera_names() == []


@pytest.mark.parametrize(
    "name", ["", ".hidden", "../up", "a/b", "a\\b", "nul\0", "a\n", " a", "a ", "é", "x" * 65]
)
def test_names_that_could_leave_the_store_are_refused(name: str) -> None:
    with pytest.raises(cameras.CameraError, match="cannot name a camera"):
        cameras.camera_path(name)


@pytest.mark.parametrize("name", ["a", "My Phone 2", "x-100_v.2", "x" * 64])
def test_names_that_are_allowed(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCARD_HOME", str(tmp_path))
    assert cameras.camera_path(name) == tmp_path / "cameras" / f"{name}.npz"


def test_the_store_follows_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCARD_HOME", str(tmp_path / "own"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert cameras.store_folder() == tmp_path / "own" / "cameras"
    monkeypatch.delenv("LOCARD_HOME")
    assert cameras.store_folder() == tmp_path / "data" / "locard" / "cameras"
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cameras.store_folder() == tmp_path / ".local/share/locard/cameras"


def record(**changes: object) -> cameras.CameraRecord:
    fields: dict[str, object] = {
        "name": "C",
        "width": 8,
        "height": 6,
        "photos": ["00"] * 3,
        "enrolled": "2020-01-01",
        "models": [],
        "quality": [100.0] * 3,
        "predictor": [0.0] * 21,
        "spread": 0.1,
    }
    return cameras.CameraRecord(**(fields | changes))


def test_a_camera_survives_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCARD_HOME", str(tmp_path))
    pattern = np.random.default_rng(0).normal(0, 0.01, (6, 8))
    cameras.save_camera(record(), pattern)
    read, values = cameras.load_camera("C")
    assert read == record()
    assert np.allclose(values, pattern, atol=1e-4)
    assert [path.name for path in (tmp_path / "cameras").iterdir()] == ["C.npz"]


@pytest.mark.parametrize(
    ("fields", "pattern"),
    [
        ({}, np.zeros((6, 9), np.float16)),
        ({}, np.zeros((6, 8), np.float64)),
        ({}, np.full((6, 8), np.nan, np.float16)),
        ({}, np.array([[{}]], dtype=object)),
        ({"width": -8}, np.zeros((6, 8), np.float16)),
        ({"spread": float("nan")}, np.zeros((6, 8), np.float16)),
        ({"quality": ["high"] * 3}, np.zeros((6, 8), np.float16)),
        ({"predictor": [0.0] * 3}, np.zeros((6, 8), np.float16)),
    ],
)
def test_damaged_files_are_one_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fields: dict[str, object],
    pattern: NDArray[np.generic],
) -> None:
    import json
    from dataclasses import asdict

    monkeypatch.setenv("LOCARD_HOME", str(tmp_path))
    (tmp_path / "cameras").mkdir()
    text = json.dumps({"schema": cameras.SCHEMA} | asdict(record(**fields)))
    with (tmp_path / "cameras" / "C.npz").open("wb") as file:
        np.savez(file, metadata=np.frombuffer(text.encode(), np.uint8), pattern=pattern)
    with pytest.raises(cameras.CameraError, match="damaged"):
        cameras.load_camera("C")
    finding = prnu.prnu.run(open_exhibit(shoot(1, sensor(0))))
    assert finding.status is Status.NOT_APPLICABLE


def test_a_file_that_is_no_archive_is_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCARD_HOME", str(tmp_path))
    (tmp_path / "cameras").mkdir()
    (tmp_path / "cameras" / "C.npz").write_bytes(b"PK\x03\x04 not really")
    with pytest.raises(cameras.CameraError, match="damaged"):
        cameras.load_record("C")
