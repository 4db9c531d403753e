import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from conftest import jpeg_bytes
from forge.scenes import scene
from locard.bench.datasets import open_dataset
from locard.degrade import degrade, parse_chain
from locard.exhibit import open_exhibit
from locard.forge import engine
from locard.forge.contract import Forged, Photo, Unsuitable
from locard.forge.engine import (
    COLUMNS,
    Plan,
    _carry,
    _edges,
    choose_operations,
    find_photos,
    is_made,
    make_item,
    records,
    save_plan,
    write_index,
)
from locard.forge.record import Record, Source, mask_regions
from locard.forge.tools import Tools

RECIPES = """
histories:
  saved: {about: saved once, steps: [{name: jpeg, params: {quality: 92}}]}
deliveries:
  png: {about: lossless, steps: []}
  cut:
    about: cropped
    steps: [{name: crop, params: {keep: 0.9}}, {name: jpeg, params: {quality: 85}}]
"""


def write_photos(folder: Path, count: int = 4) -> Path:
    folder.mkdir()
    for seed in range(count):
        rgb, _ = scene(240, 320, seed + 1)
        (folder / f"{seed}.jpg").write_bytes(jpeg_bytes(rgb, 95))
    return folder


def plan_set(photos: Path, out: Path, operations: tuple[str, ...], seed: int = 0) -> Path:
    recipes = photos.parent / "recipes.yaml"
    recipes.write_text(RECIPES)
    plan = Plan(
        photos=tuple(find_photos([photos])[0]),
        operations=operations,
        seed=seed,
        megapixels=0.05,
        recipes=str(recipes),
        authentic=True,
        tools=Tools(),
    )
    save_plan(plan, out)
    return out


def content(out: Path) -> dict[str, bytes]:
    files = (f for f in out.rglob("*") if f.is_file())
    return {str(f.relative_to(out)): f.read_bytes() for f in files}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("engine")
    out = plan_set(write_photos(base / "photos"), base / "set", ("splice", "copy-move", "removal"))
    for number in range(6):
        assert make_item(number, str(out)).skipped is None
    write_index(out)
    return out


def test_mask_edges_and_twin_fit_the_picture(made: Path) -> None:
    for record in records(made):
        forged = open_exhibit(made / record.picture).rgb
        assert record.authentic is not None
        twin = open_exhibit(made / record.authentic).rgb
        mask = cv2.imread(str(made / record.mask), cv2.IMREAD_UNCHANGED)
        edges = cv2.imread(str(made / record.edges), cv2.IMREAD_UNCHANGED)
        assert forged.shape == twin.shape == (record.height, record.width, 3)
        assert mask.shape == edges.shape == forged.shape[:2]
        assert mask.max() > 127
        assert (edges[(mask > 60) & (mask < 190)] < 128).all()
        difference = np.abs(forged.astype(int) - twin).mean(axis=2)
        if Path(record.picture).suffix == ".png":
            assert difference[mask == 0].max() == 0
        assert difference[mask > 200].mean() > 4 * difference[mask == 0].mean()
        assert record.regions
        assert all(0 < region.area <= 1 for region in record.regions)
        assert record.figures.share == pytest.approx(mask.mean() / 255, abs=0.01)


def test_records_name_what_was_used_and_read_back(made: Path) -> None:
    photos = {p.sha256 for p in find_photos([made.parent / "photos"])[0]}
    for record in records(made):
        assert {source.sha256 for source in record.sources} <= photos
        assert record.sources[0].role == "host"
        assert record.sources[0].history[0]["name"] == "jpeg"
        if record.operation == "splice":
            assert record.sources[1].role == "donor"
        if record.operation == "copy-move":
            assert record.copied_from is not None
        elif record.copied_from is not None:
            assert record.operation == "removal"
        text = record.model_dump_json(by_alias=True)
        assert '"schema":"locard.forgery/1"' in text
        assert Record.model_validate_json(text) == record


def test_the_index_is_what_the_bench_reads(made: Path) -> None:
    with (made / "index.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert list(rows[0]) == list(COLUMNS)
    assert {"path", "label", "mask", "source", "donors", "operation"} <= set(COLUMNS)
    assert len(rows) == 12
    for forged, twin in zip(rows[::2], rows[1::2], strict=True):
        assert (forged["label"], twin["label"]) == ("1", "0")
        assert forged["source"] == twin["source"]
        assert forged["delivery"] == twin["delivery"]
        assert twin["operation"] == "authentic"
        assert twin["mask"] == ""
        assert Path(forged["path"]).suffix == Path(twin["path"]).suffix
        assert (made / forged["path"]).is_file()


def test_items_are_the_same_bytes_in_any_order_and_place(made: Path, tmp_path: Path) -> None:
    photos = tmp_path / "elsewhere"
    photos.mkdir()
    for file in (made.parent / "photos").iterdir():  # other names, other folder, same bytes
        (photos / f"x{file.name}").write_bytes(file.read_bytes())
    out = plan_set(photos, tmp_path / "set", ("splice", "copy-move", "removal"))
    for number in (4, 1):
        make_item(number, str(out))
    here, there = content(made), content(out)
    pictures = [name for name in there if name.startswith(("pictures", "masks", "edges"))]
    assert len(pictures) >= 8
    assert all(here[name] == there[name] for name in pictures)


def test_a_set_goes_on_where_it_stopped(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = content(made)
    (made / "records" / "000002.json").unlink()
    assert not is_made(2, made)
    attempts = []
    real = engine._attempt
    monkeypatch.setattr(engine, "_attempt", lambda *a: (attempts.append(a[0]), real(*a))[1])
    for number in range(6):
        make_item(number, str(made))
    assert attempts == [2]
    assert content(made) == before


def test_another_plan_or_foreign_files_stop_the_set(made: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="other photos or options"):
        plan_set(made.parent / "photos", made, ("splice",))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("mine")
    with pytest.raises(ValueError, match="not empty"):
        plan_set(made.parent / "photos", tmp_path / "out", ("splice",))


def test_bad_photos_are_named_and_others_take_their_place(tmp_path: Path) -> None:
    photos = write_photos(tmp_path / "photos", 3)
    (photos / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no picture")
    (photos / "small.png").write_bytes(
        cv2.imencode(".png", np.zeros((40, 40, 3), np.uint8))[1].tobytes()
    )
    out = plan_set(photos, tmp_path / "set", ("copy-move",))
    made = [make_item(number, str(out)) for number in range(5)]
    said = " ".join(sentence for item in made for sentence in item.trouble)
    assert "broken.jpg" in said
    assert "small.png is too small (40 × 40 pixels)" in said
    assert [item.skipped for item in made] == [None] * 5


def test_what_cannot_be_made_is_skipped_with_the_reason(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    for level in (40, 200):
        flat = np.full((200, 200, 3), level, np.uint8)
        (photos / f"{level}.png").write_bytes(cv2.imencode(".png", flat)[1].tobytes())
    out = plan_set(photos, tmp_path / "set", ("copy-move",))
    item = make_item(0, str(out))
    assert item.skipped is not None
    assert "would not differ visibly" in item.skipped
    assert not (out / "records" / "000000.json").exists()
    assert not list((out / "pictures").iterdir())


def test_photos_are_listed_once_and_empty_folders_reported(tmp_path: Path) -> None:
    photos = write_photos(tmp_path / "photos", 2)
    (photos / "copy.JPG").write_bytes((photos / "0.jpg").read_bytes())
    (photos / "notes.txt").write_text("no photo")
    (tmp_path / "empty").mkdir()
    found, trouble = find_photos([photos, tmp_path / "empty"])
    assert len(found) == 2
    assert [p.sha256 for p in found] == sorted(p.sha256 for p in found)
    assert len(trouble) == 1
    assert "there is no photo in" in trouble[0]


def test_a_set_among_the_photos_is_no_photo(tmp_path: Path) -> None:
    photos = write_photos(tmp_path / "photos", 3)
    out = plan_set(photos, photos / "set", ("local-blur",))
    make_item(0, str(out))
    assert len(find_photos([photos])[0]) == 3
    save_plan(Plan.model_validate_json((out / "plan.json").read_bytes()), out)  # goes on
    found, trouble = find_photos([out])
    assert not found
    assert "only a set of forgeries" in trouble[0]


def test_a_forgery_and_its_twin_have_the_same_quality(tmp_path: Path) -> None:
    photos = write_photos(tmp_path / "photos", 2)
    out = plan_set(photos, tmp_path / "set", ("local-noise",))
    # Noise makes a file larger: of some limits only one of the two is above.
    limited = """
histories: {saved: {about: saved once, steps: [{name: jpeg, params: {quality: 92}}]}}
deliveries:
  sent: {about: sent, steps: [{name: forum, params: {quality: 85, limit_kb: LIMIT}}]}
"""
    for limit in range(4, 20, 2):
        (photos.parent / "recipes.yaml").write_text(limited.replace("LIMIT", str(limit)))
        again = tmp_path / f"set-{limit}"
        text = Plan.model_validate_json((out / "plan.json").read_bytes())
        save_plan(text.model_copy(update={"digests": {}}), again)
        engine._load_plan.cache_clear()
        engine._photo.cache_clear()
        make_item(0, str(again))
        (record,) = records(again)
        tables = [
            jpeg.quantization_tables
            for name in (record.picture, record.authentic)
            if name is not None and (jpeg := open_exhibit(again / name).jpeg) is not None
        ]
        assert len(tables) == 2
        assert repr(tables[0]) == repr(tables[1])


def test_an_unknown_operation_is_named() -> None:
    with pytest.raises(ValueError, match="no operation 'splicing'"):
        choose_operations(["splicing"])
    assert all(operation.default for operation in choose_operations(None))


def test_a_map_is_carried_as_the_delivery_moved_the_mask() -> None:
    rgb, _ = scene()
    mask = np.zeros(rgb.shape[:2], np.float32)
    mask[60:200, 90:300] = 1
    for text in ("jpeg:2", "crop:3, resize:2, jpeg:3", "social:2", "screen-recapture:2"):
        delivered = degrade(rgb, parse_chain(text), seed=5, mask=mask)
        assert (_carry(mask, delivered) == delivered.mask).all()


def test_no_host_is_in_a_set_twice_with_one_history(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hosts that stand in for others must not be what they are in their own turn, nor alike.

    And only what suits is given another history.
    """
    out = plan_set(write_photos(tmp_path / "photos", 6), tmp_path / "set", ("copy-move",))
    opened: dict[int, list[tuple[int, int]]] = {number: [] for number in range(24)}
    photo = engine._photo

    def noted(folder: Path, index: int, life: int) -> tuple[Photo, Source]:
        opened[number].append((index, life))
        return photo(folder, index, life)

    def choosy(host: Photo, donors: Sequence[Photo], rng: np.random.Generator) -> Forged:
        if host.name != f"{(7 * number + 3) % 6}.jpg":
            raise Unsuitable("another photo is wanted")
        picture, mask = host.rgb.copy(), np.zeros(host.rgb.shape[:2], np.float32)
        picture[50:90, 50:90] ^= 64
        mask[50:90, 50:90] = 1
        return Forged(picture, mask, {}, "a square was changed")

    (never,) = (replace(o, run=choosy) for o in choose_operations(("copy-move",)))
    monkeypatch.setattr(engine, "_photo", noted)
    monkeypatch.setattr(engine, "choose_operations", lambda names: (never,))
    for number in opened:
        assert make_item(number, str(out)).skipped is None
    hosts = [asked[-1] for asked in opened.values()]
    assert len(set(hosts)) == 24
    assert max(map(len, opened.values())) > 3
    for asked in opened.values():
        assert sum(life >= engine._LIVES for _, life in asked) <= 1


def test_edges_are_unsure_where_the_mask_is_soft_or_the_pixels_are_alike() -> None:
    rng = np.random.default_rng(2)
    for box in ((0, 30, 50, 79), (20, 41, 0, 33), (0, 60, 0, 80)):
        mask = np.zeros((60, 80), np.float32)
        mask[box[0] : box[1], box[2] : box[3]] = 1
        mask = np.asarray(cv2.GaussianBlur(mask, (0, 0), 1.5), np.float32)
        differs = (rng.random(mask.shape) > 0.1).astype(np.float32)
        kernel = np.ones((3, 3), np.uint8)
        sure = cv2.erode(np.abs(2 * mask - 1), kernel)
        rim = cv2.morphologyEx((mask > 0.5).astype(np.uint8), cv2.MORPH_GRADIENT, kernel) > 0
        sure[rim] = np.minimum(sure[rim], 0.25)
        np.testing.assert_allclose(_edges(mask, differs), sure * differs, atol=1e-6)


def test_regions_of_a_mask_lie_where_they_are_in_the_picture() -> None:
    mask = np.zeros((100, 200), np.float32)
    mask[70:90, 150:190] = 1
    mask[40:45, 120:130] = 0.6
    mask[10:12, 20:22] = 0.3
    boxes = [region.box for region in mask_regions(mask)]
    assert boxes == [(150, 70, 40, 20), (120, 40, 10, 5)]
    assert mask_regions(np.zeros((100, 200), np.float32)) == ()


def test_a_set_does_not_go_on_with_other_recipes_of_the_same_name(tmp_path: Path) -> None:
    photos = write_photos(tmp_path / "photos", 3)
    out = plan_set(photos, tmp_path / "set", ("splice-free",))
    plan_set(photos, out, ("splice-free",))
    recipes = tmp_path / "recipes.yaml"
    planned = Plan.model_validate_json((out / "plan.json").read_text())
    assert set(planned.digests) == {str(recipes)}
    recipes.write_text(RECIPES.replace("quality: 92", "quality: 20"))
    with pytest.raises(ValueError, match="other photos or options"):
        save_plan(planned, out)


def test_the_table_names_the_donors_of_a_splice(tmp_path: Path) -> None:
    photos = write_photos(tmp_path / "photos", 3)
    out = plan_set(photos, tmp_path / "set", ("splice-free",))
    assert make_item(0, str(out)).skipped is None
    write_index(out)
    twin, forged = sorted(open_dataset(str(out)).items(), key=lambda item: item.label)
    (record,) = records(out)
    assert record.sources[1].role == "donor"
    assert forged.donors == (record.sources[1].sha256[:16],)
    assert forged.source != forged.donors[0]
    assert twin.donors == ()
