"""Intervals cover what they say, keep sources together, and comparisons see real differences."""

import numpy as np
import pytest
from scipy import stats

from locard.bench import metrics
from locard.bench.metrics import resampling


def sample(seed: int, n: int = 300, gap: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 2 == 0
    return rng.normal(0, 1, n) + gap * labels, labels


def naive(scores: np.ndarray, labels: np.ndarray, n: int = 400) -> tuple[float, float]:
    rng = np.random.default_rng(1)
    draws = rng.integers(0, len(scores), (n, len(scores)))
    found = [metrics.auc(scores[d], labels[d]) for d in draws]
    low, high = np.quantile(found, [0.025, 0.975])
    return float(low), float(high)


def test_interval_is_that_of_resampling_one_by_one() -> None:
    scores, labels = sample(0)
    interval = metrics.bootstrap(scores, labels)
    low, high = naive(scores, labels)
    assert interval.value == metrics.auc(scores, labels)
    assert interval.low == pytest.approx(low, abs=0.01)
    assert interval.high == pytest.approx(high, abs=0.01)


@pytest.mark.parametrize("sources", [None, 37])
def test_every_figure_is_that_of_the_items_drawn(sources: int | None) -> None:
    """The same draws written out as items, one resample after the other."""
    scores, labels = sample(11, 90)
    groups = (
        np.arange(90) if sources is None else np.random.default_rng(0).permutation(90) % sources
    )
    chosen = (*metrics.image_metrics(0.3), *metrics.CALIBRATION_METRICS)
    found = metrics.bootstrap_all(scores, labels, chosen, groups, n=80, seed=5)
    items = [np.flatnonzero(groups == g) for g in range(groups.max() + 1)]
    drawn = [
        np.concatenate([items[g] for g in row])
        for chunk in resampling._draws(groups, 80, 5)
        for row in chunk
    ]
    for metric in chosen:
        values = [metric.point(scores[d], labels[d]) for d in drawn]
        low, high = np.quantile(values, [0.025, 0.975])
        if metric.biased:
            value = metric.point(scores, labels)
            low, high = 2 * value - high, 2 * value - low
            low, high = min(value, max(0.0, low)), max(value, high)
        assert found[metric.name].low == pytest.approx(low), metric.name
        assert found[metric.name].high == pytest.approx(high), metric.name


def test_interval_agrees_with_scipy_for_a_mean() -> None:
    values = np.random.default_rng(0).exponential(1, 120)
    interval = metrics.bootstrap_mean(values, n=4000)
    low, high = stats.bootstrap(
        (values,), np.mean, method="percentile", n_resamples=4000, rng=np.random.default_rng(1)
    ).confidence_interval
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=0.02)


def test_the_same_seed_gives_the_same_interval() -> None:
    scores, labels = sample(0)
    assert metrics.bootstrap(scores, labels, seed=4) == metrics.bootstrap(scores, labels, seed=4)
    assert metrics.bootstrap(scores, labels, seed=4) != metrics.bootstrap(scores, labels, seed=5)


def test_copies_of_an_item_do_not_narrow_the_interval_of_their_source() -> None:
    scores, labels = sample(1, 60)
    once = metrics.bootstrap(scores, labels)
    copied = np.repeat(scores, 10), np.repeat(labels, 10)
    sources = np.repeat([f"photo {i}" for i in range(60)], 10)
    clustered = metrics.bootstrap(*copied, groups=sources)
    unclustered = metrics.bootstrap(*copied)
    assert clustered.high - clustered.low == pytest.approx(once.high - once.low, rel=0.1)
    assert unclustered.high - unclustered.low < 0.5 * (once.high - once.low)
    mean = metrics.bootstrap_mean(copied[0], groups=sources)
    assert mean.high - mean.low > 2 * (
        metrics.bootstrap_mean(copied[0]).high - metrics.bootstrap_mean(copied[0]).low
    )


def test_pooling_of_many_scores_moves_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    scores, labels = sample(2, 2000)
    chosen = (*metrics.image_metrics(0.37), *metrics.CALIBRATION_METRICS)
    exact = metrics.bootstrap_all(scores, labels, chosen, n=128)
    monkeypatch.setattr(resampling, "_LEVELS", 500)
    pooled = metrics.bootstrap_all(scores, labels, chosen, n=128)
    for name, interval in exact.items():
        assert pooled[name].value == interval.value
        assert pooled[name].low == pytest.approx(interval.low, abs=0.01), name
        assert pooled[name].high == pytest.approx(interval.high, abs=0.01), name
    assert pooled["accuracy@0.37"].low == exact["accuracy@0.37"].low


def test_a_hundred_thousand_items_in_groups() -> None:
    scores, labels = sample(3, 100_000)
    interval = metrics.bootstrap(scores, labels, groups=np.arange(100_000) // 4, n=200)
    assert 0.003 < interval.high - interval.low < 0.01


def test_unscored_is_left_out_of_a_mean_and_refused_as_a_score() -> None:
    values = [0.2, float("nan"), 0.4]
    assert metrics.bootstrap_mean(values, groups=["a", "b", "c"]).value == pytest.approx(0.3)
    with pytest.raises(ValueError, match="leave out"):
        metrics.bootstrap(values, [True, False, True])
    with pytest.raises(ValueError, match="shapes"):
        metrics.bootstrap([0.1], [True, False])
    with pytest.raises(ValueError, match="2 groups for 3"):
        metrics.bootstrap([0.1, 0.2, 0.3], [True, False, True], groups=["a", "b"])


def test_one_class_and_nothing_have_no_interval() -> None:
    assert np.isnan(metrics.bootstrap([0.1, 0.2], [True, True]).low)
    assert np.isnan(metrics.bootstrap([], []).value)
    assert np.isnan(metrics.bootstrap_mean([float("nan")]).value)


def test_resamples_of_one_class_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two cameras and two generators: one resample in eight draws one class alone."""
    monkeypatch.setattr(resampling, "FEWEST", 2)
    rng = np.random.default_rng(0)
    groups = np.repeat(["camera 1", "camera 2", "generator 1", "generator 2"], 50)
    labels = np.repeat([False, False, True, True], 50)
    scores = rng.normal(0, 1, 200) + labels
    figures = (*resampling.image_metrics(0.0), *resampling.CALIBRATION_METRICS)
    found = metrics.bootstrap_all(scores, labels, figures, groups)
    assert found["brier"].low > 0.1
    assert found["ece"].low > 0.01
    assert found["ap"].high < 0.95
    assert found["accuracy@0"].low > 0.5
    other = np.where(labels, scores + 0.6, scores)
    difference = metrics.paired_bootstrap(other, scores, labels, resampling.BRIER, groups)
    assert difference.p_value < 0.02


def test_intervals_cover_the_truth() -> None:
    truth = stats.norm.cdf(1 / np.sqrt(2))
    covered = 0
    for seed in range(60):
        interval = metrics.bootstrap(*sample(100 + seed, 120), n=200)
        covered += interval.low <= truth <= interval.high
    assert 51 <= covered <= 60


def test_delong_agrees_with_the_paired_bootstrap() -> None:
    rng = np.random.default_rng(6)
    first, labels = sample(6, 400)
    second = first + rng.normal(0, 1, 400)
    exact, drawn = (
        metrics.delong(first, second, labels),
        metrics.paired_bootstrap(first, second, labels),
    )
    assert exact.value == drawn.value == metrics.auc(first, labels) - metrics.auc(second, labels)
    assert (exact.low, exact.high) == pytest.approx((drawn.low, drawn.high), abs=0.012)
    assert exact.p_value < 0.01
    assert drawn.p_value < 0.01


def test_delong_variance_by_the_definition() -> None:
    """Structural components by all pairs, as in DeLong's paper, instead of mid-ranks."""
    rng = np.random.default_rng(7)
    labels = np.arange(40) % 2 == 0
    pair = [np.round(rng.normal(0, 1, 40) + labels, 1) for _ in range(2)]
    wins = [
        np.heaviside(s[labels][:, None] - s[~labels][None, :], 0.5) for s in pair
    ]  # 20 × 20 pairs
    s10 = np.cov([w.mean(axis=1) for w in wins])
    s01 = np.cov([w.mean(axis=0) for w in wins])
    contrast = np.array([1, -1])
    spread = np.sqrt(contrast @ (s10 + s01) @ contrast / 20)
    found = metrics.delong(*pair, labels)
    assert found.high - found.value == pytest.approx(1.959964 * spread, rel=1e-5)


def test_no_difference_is_not_significant() -> None:
    scores, labels = sample(8)
    same = metrics.delong(scores, 2 * scores + 1, labels)
    assert (same.value, same.p_value) == (0.0, 1.0)
    assert metrics.paired_bootstrap(scores, 2 * scores, labels).p_value == 1.0
    rng = np.random.default_rng(9)
    found = [
        metrics.delong(rng.normal(0, 1, 80), rng.normal(0, 1, 80), np.arange(80) < 40).p_value
        for _ in range(200)
    ]
    # Under the null hypothesis p-values are uniform.
    assert 0.01 <= np.mean(np.array(found) < 0.05) <= 0.11
    assert stats.kstest(found, "uniform").pvalue > 0.001


def test_paired_means() -> None:
    rng = np.random.default_rng(10)
    hard = rng.uniform(0, 1, 100)
    first, second = hard + 0.05 + rng.normal(0, 0.02, 100), hard
    found = metrics.paired_bootstrap_mean(first, second)
    assert found.low > 0.04
    assert found.p_value == pytest.approx(2 / 1001)
    assert np.isnan(metrics.paired_bootstrap_mean([float("nan")], [1.0]).value)


def test_there_is_no_interval_of_a_few_sources() -> None:
    scores, labels = np.arange(40.0), np.arange(40) >= 20
    few = metrics.bootstrap(scores, labels, groups=np.where(labels, 7, np.arange(40)))
    assert few.value == 1.0
    assert np.isnan([few.low, few.high]).all()
    assert np.isnan(metrics.bootstrap_mean([0.3, 0.5, 0.4, 0.2]).low)
    pair = metrics.paired_bootstrap(scores, -scores, labels, groups=np.zeros(40, int))
    assert pair.value == 1.0
    assert np.isnan([pair.low, pair.p_value]).all()
    assert np.isnan(metrics.paired_bootstrap_mean([1.0], [0.0]).p_value)
    enough = metrics.bootstrap(scores, labels, groups=np.arange(40) % 5)
    assert enough.low == enough.high == 1.0
    assert metrics.bootstrap_mean([0.3, 0.5, 0.4, 0.2, 0.6]).low > 0.2


def test_the_interval_of_a_biased_figure_covers_the_truth() -> None:
    """A sample is calibrated on itself: resamples of it look better still."""
    truth = metrics.min_cllr(*sample(7, 200_000))
    covered = 0
    for seed in range(40):
        interval = metrics.bootstrap(*sample(100 + seed, 400), resampling.MIN_CLLR, n=200)
        assert 0 <= interval.low <= interval.value <= interval.high
        covered += interval.low <= truth <= interval.high
    assert covered >= 32
