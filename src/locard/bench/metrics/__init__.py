"""Metrics of the bench: pure functions of scores and labels, numpy in and floats out."""

from locard.bench.metrics.calibration import (
    ReliabilityCurve,
    brier,
    cllr,
    ece,
    min_cllr,
    posterior,
    reliability_curve,
)
from locard.bench.metrics.image import (
    accuracy_at,
    auc,
    average_precision,
    balanced_accuracy_at,
    eer,
    tpr_at_fpr,
)
from locard.bench.metrics.pixel import ALL_PROTOCOLS, PixelMeter
from locard.bench.metrics.resampling import (
    AUC,
    CALIBRATION_METRICS,
    Difference,
    Interval,
    Metric,
    bootstrap,
    bootstrap_all,
    bootstrap_mean,
    delong,
    image_metrics,
    paired_bootstrap,
    paired_bootstrap_mean,
)

__all__ = [
    "ALL_PROTOCOLS",
    "AUC",
    "CALIBRATION_METRICS",
    "Difference",
    "Interval",
    "Metric",
    "PixelMeter",
    "ReliabilityCurve",
    "accuracy_at",
    "auc",
    "average_precision",
    "balanced_accuracy_at",
    "bootstrap",
    "bootstrap_all",
    "bootstrap_mean",
    "brier",
    "cllr",
    "delong",
    "ece",
    "eer",
    "image_metrics",
    "min_cllr",
    "paired_bootstrap",
    "paired_bootstrap_mean",
    "posterior",
    "reliability_curve",
    "tpr_at_fpr",
]
