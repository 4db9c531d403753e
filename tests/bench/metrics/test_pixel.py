"""Figures of localization against scikit-learn, and the protocols kept apart."""

import numpy as np
import pytest
from sklearn import metrics as sk

from locard.bench.metrics import ALL_PROTOCOLS, PixelMeter
from locard.bench.metrics.pixel import histogram


def case(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    mask = np.zeros((40, 50), bool)
    mask[5:20, 10:30] = True
    noise = np.clip(0.35 + 0.25 * mask + rng.normal(0, 0.15, mask.shape), 0, 1)
    # On the grid of 4,096 levels the histogram loses nothing.
    return (np.floor(noise * 4095) / 4096).astype(np.float32), mask


@pytest.mark.parametrize("seed", range(3))
def test_figures_agree_with_scikit_learn(seed: int) -> None:
    heatmap, mask = case(seed)
    found = PixelMeter().add(heatmap, mask)
    called, truth = (heatmap >= 0.5).ravel(), mask.ravel()
    assert found["f1@0.5"] == pytest.approx(sk.f1_score(truth, called))
    assert found["iou@0.5"] == pytest.approx(sk.jaccard_score(truth, called))
    assert found["mcc@0.5"] == pytest.approx(sk.matthews_corrcoef(truth, called))
    assert found["auc"] == pytest.approx(sk.roc_auc_score(truth, heatmap.ravel()))
    precision, recall, _ = sk.precision_recall_curve(truth, heatmap.ravel())
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-9)
    assert found["f1@best"] == pytest.approx(f1.max())
    assert found["iou@best"] == pytest.approx((f1 / (2 - f1)).max())
    assert found["fpr@0.5"] == pytest.approx(called[~truth].mean())
    assert set(found) == set(ALL_PROTOCOLS)


def test_the_inverted_protocol_is_the_better_of_both_maps() -> None:
    heatmap, mask = case(0)
    straight, turned = PixelMeter().add(heatmap, mask), PixelMeter().add(1 - heatmap, mask)
    for name in ("f1@0.5", "f1@best", "iou@best", "mcc@0.5", "auc"):
        assert straight[name + "+inverted"] == pytest.approx(max(straight[name], turned[name]))
        assert turned[name + "+inverted"] == pytest.approx(straight[name], abs=2e-3)
        assert turned[name] < straight[name]


def test_pooled_figures_are_those_of_all_pixels() -> None:
    meter = PixelMeter()
    cases = [case(seed) for seed in range(3)]
    rows = [meter.add(heatmap, mask) for heatmap, mask in cases]
    together = PixelMeter().add(
        np.concatenate([h for h, _ in cases]), np.concatenate([m for _, m in cases])
    )
    assert meter.pooled() == {name + "+pooled": value for name, value in together.items()}
    # One threshold for all cannot beat the best of each.
    assert together["f1@best"] <= max(row["f1@best"] for row in rows)


def test_pixels_that_do_not_count() -> None:
    heatmap, mask = case(1)
    valid = np.ones_like(mask)
    valid[:, 25:] = False
    assert PixelMeter().add(heatmap, mask, valid) == PixelMeter().add(heatmap[:, :25], mask[:, :25])


def test_authentic_and_wholly_edited_pictures() -> None:
    heatmap, mask = case(2)
    clean = PixelMeter().add(heatmap, np.zeros_like(mask))
    assert np.isnan([clean["f1@best"], clean["auc"], clean["mcc@0.5+inverted"]]).all()
    assert clean["fpr@0.5"] == pytest.approx((heatmap >= 0.5).mean())
    whole = PixelMeter().add(heatmap, np.ones_like(mask))
    assert whole["f1@best"] == 1.0
    assert whole["mcc@0.5"] == 0.0
    assert np.isnan(whole["auc"])
    assert np.isnan(whole["fpr@0.5"])


def test_maps_at_the_ends_of_the_range() -> None:
    mask = np.array([[True, False]])
    assert PixelMeter().add(np.array([[1.0, 0.0]], np.float32), mask)["f1@0.5"] == 1.0
    assert PixelMeter().add(np.array([[0.5, 0.49999]], np.float32), mask)["iou@0.5"] == 1.0


@pytest.mark.parametrize(
    ("heatmap", "message"),
    [
        (np.zeros((2, 3)), "the map is"),
        (np.full((2, 2), 1.5), "from 0 to 1"),
        (np.full((2, 2), np.nan), "from 0 to 1"),
    ],
)
def test_wrong_maps_are_refused(heatmap: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        histogram(heatmap, np.zeros((2, 2), bool))
