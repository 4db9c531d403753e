import numpy as np
import pytest

from conftest import synthetic_photo
from locard.forge import Photo, Unsuitable, list_operations
from locard.forge.operations import processing

NAMES = [
    "local-blur",
    "local-denoise",
    "local-median",
    "local-noise",
    "local-recompress",
    "local-resample",
    "local-sharpen",
    "local-tone",
]


@pytest.fixture(scope="module")
def host():
    return Photo(synthetic_photo(200, 240), "0" * 64, "a.jpg")


def test_all_are_registered():
    registered = {entry.name for entry in list_operations() if entry.group == "processing"}
    assert {*NAMES, "recolour"} <= registered


@pytest.mark.parametrize("name", NAMES)
def test_a_region_changes_and_nothing_else(host, name):
    run = next(entry.run for entry in list_operations() if entry.name == name)
    kinds = set()
    for seed in range(6):
        forged = run(host, [], np.random.default_rng(seed))
        outside = forged.mask == 0
        assert 0 < forged.mask.max() <= 1
        assert outside.any()
        assert np.array_equal(forged.rgb[outside], host.rgb[outside])
        assert (forged.rgb[forged.mask > 0.5] != host.rgb[forged.mask > 0.5]).mean() > 0.2
        assert forged.parameters["region"] in ("object", "lasso", "brush", "background")
        kinds.add(forged.parameters.get("kind"))
        again = run(host, [], np.random.default_rng(seed))
        assert np.array_equal(forged.rgb, again.rgb)
        assert forged.says == again.says
    if name in ("local-blur", "local-tone"):
        assert len(kinds) > 1


def energy(rgb, mask):
    """Mean difference of neighbours inside a region."""
    inside = (mask[:, 1:] == 1) & (mask[:, :-1] == 1)
    return np.abs(np.diff(rgb.astype(float), axis=1))[inside].mean()


@pytest.mark.parametrize(
    ("run", "grows"),
    [
        (processing.blur, False),
        (processing.denoise, False),
        (processing.median, False),
        (processing.sharpen, True),
        (processing.noise, True),
    ],
)
def test_detail_grows_or_shrinks(host, run, grows):
    for seed in range(3):
        forged = run(host, [], np.random.default_rng(seed))
        before, after = energy(host.rgb, forged.mask), energy(forged.rgb, forged.mask)
        assert (after > before) == grows


@pytest.mark.parametrize("run", [processing.blur, processing.median, processing.tone])
def test_a_flat_photo_is_unsuitable(run):
    flat = Photo(np.zeros((128, 128, 3), np.uint8), "0" * 64, "a.jpg")
    with pytest.raises(Unsuitable, match="change visibly"):
        run(flat, [], np.random.default_rng(0))


def test_recolouring_keeps_lightness_and_needs_colour_and_an_object():
    rgb = np.full((200, 240, 3), (90, 120, 150), np.uint8)
    ys, xs = np.mgrid[:200, :240]
    ball = (ys - 90) ** 2 + (xs - 130) ** 2 < 45**2
    rgb[ball] = (60, 150, 60)
    noise = np.random.default_rng(0).normal(0, 3, rgb.shape)
    rgb = np.clip(rgb + noise, 0, 255).astype(np.uint8)
    forged = processing.recolour(Photo(rgb, "0" * 64, "a.jpg"), [], np.random.default_rng(0))
    assert forged.mask[90, 130] == 1
    assert forged.mask[5, 5] == 0
    luma = np.array([0.299, 0.587, 0.114])
    change = np.abs(forged.rgb.astype(float) - rgb)[ball]
    lightness = np.abs((forged.rgb.astype(float) - rgb)[ball] @ luma)
    assert change.mean() > 10
    assert lightness.mean() < 0.6 * change.mean()

    grey = np.repeat(rgb.mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8)
    with pytest.raises(Unsuitable, match="black and white"):
        processing.recolour(Photo(grey, "1" * 64, "b.jpg"), [], np.random.default_rng(0))
    empty = Photo(np.full((128, 128, 3), (10, 90, 200), np.uint8), "2" * 64, "c.jpg")
    with pytest.raises(Unsuitable, match="no object"):
        processing.recolour(empty, [], np.random.default_rng(0))


def test_skin_is_not_recoloured():
    rgb = np.full((200, 240, 3), (60, 90, 160), np.uint8)
    ys, xs = np.mgrid[:200, :240]
    rgb[(ys - 90) ** 2 + (xs - 130) ** 2 < 45**2] = (205, 150, 125)
    rgb = np.clip(rgb + np.random.default_rng(0).normal(0, 3, rgb.shape), 0, 255).astype(np.uint8)
    with pytest.raises(Unsuitable, match="no object"):
        processing.recolour(Photo(rgb, "4" * 64, "a.jpg"), [], np.random.default_rng(0))


def test_a_blurred_background_has_no_halo_of_its_object():
    rgb = np.full((200, 240, 3), 60, np.uint8)
    ys, xs = np.mgrid[:200, :240]
    ball = (ys - 90) ** 2 + (xs - 130) ** 2 < 45**2
    noise = np.random.default_rng(0).normal(0, 6, rgb.shape)
    rgb[ball] = (60, 190, 60)
    rgb = np.clip(rgb + noise, 0, 255).astype(np.uint8)
    host = Photo(rgb, "5" * 64, "a.jpg")
    forgeries = [processing.blur(host, [], np.random.default_rng(seed)) for seed in range(12)]
    behind = [f for f in forgeries if f.parameters["region"] == "background"]
    assert behind
    for forged in behind:
        assert forged.says == "all but an object was blurred"
        ring = ((ys - 90) ** 2 + (xs - 130) ** 2 < 56**2) & ~ball & (forged.mask == 1)
        assert forged.rgb[ring][:, 1].mean() < 75
        assert forged.mask[90, 130] == 0


def test_clipped_highlights_stay_white():
    rgb = synthetic_photo(160, 160)
    rgb[60:100, 40:120] = 255
    for seed in range(10):
        forged = processing.tone(Photo(rgb, "6" * 64, "a.jpg"), [], np.random.default_rng(seed))
        assert (forged.rgb[60:100, 40:120] == 255).all()
