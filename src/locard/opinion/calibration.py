"""Calibration: from a method's raw score to a likelihood ratio, by data and not by code.

A calibrator is a monotone, piecewise linear map from score to log10 LR. It is fitted by the
pool-adjacent-violators algorithm (isotonic regression, Zadrozny and Elkan 2002; Brümmer and du
Preez 2006), with Jeffreys counts in every pool so that no finite sample gives an infinite LR.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from locard.methods import Finding, Question

LN10 = float(np.log(10.0))


class FittedOn(BaseModel):
    """What a calibrator was fitted on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    data: str = Field(description="name and origin of the data")
    proposition: int = Field(ge=0, description="exhibits for which the proposition holds")
    alternative: int = Field(ge=0, description="exhibits for which it does not hold")
    command: str = Field(description="command that fits it again")


class Calibrator(BaseModel):
    """Map from the raw score of one method to log10 LR for one question.

    Attributes:
        basis: "fitted" on data, or "stated": set by reasoning, for evidence that no data set
            measures (a signature that verifies); the reason is then in ``why``.
        scores: knots, strictly increasing.
        log10_lr: at each knot; constant beyond the first and last.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    method: str
    question: Question
    basis: Literal["fitted", "stated"]
    scores: tuple[float, ...]
    log10_lr: tuple[float, ...]
    why: str = ""
    fitted_on: FittedOn | None = None
    figures: dict[str, float] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _consistent(self) -> Calibrator:
        if len(self.scores) != len(self.log10_lr) or not self.scores:
            raise ValueError("scores and log10_lr must have the same length, at least one")
        if any(b <= a for a, b in zip(self.scores, self.scores[1:], strict=False)):
            raise ValueError("scores must increase strictly")
        if self.basis == "fitted" and self.fitted_on is None:
            raise ValueError("a fitted calibrator names its data")
        return self

    def __call__(self, score: float) -> float:
        """Return log10 LR of a raw score."""
        return float(np.interp(score, self.scores, self.log10_lr))

    @property
    def neutral(self) -> float:
        """The highest score that does not speak for the proposition; -inf when every one does."""
        silent = [i for i, lr in enumerate(self.log10_lr) if lr <= 0]
        if not silent:
            return -np.inf
        i = silent[-1]
        if i + 1 == len(self.scores):
            return np.inf
        ends = self.log10_lr[i : i + 2]
        return float(np.interp(0.0, ends, self.scores[i : i + 2]))


def fit_knots(scores: ArrayLike, labels: ArrayLike) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Fit a monotone score-to-log10-LR map.

    Within each pool of the isotonic fit,
    LR = ((k1 + 1/2) / (n1 + 1)) / ((k0 + 1/2) / (n0 + 1)),
    with k of the n exhibits of each class in the pool.

    Args:
        scores: n raw scores.
        labels: n booleans, True where the proposition holds; both classes must occur.

    Returns: knots (scores, log10 LR), both increasing (LR weakly).
    """
    # Loaded here: fitting alone needs it, and reading a saved report is half as long without.
    from scipy.optimize import isotonic_regression

    order = np.argsort(np.asarray(scores, dtype=np.float64), kind="stable")
    x = np.asarray(scores, dtype=np.float64)[order]
    y = np.asarray(labels, dtype=bool)[order]
    n1, n0 = int(y.sum()), int((~y).sum())
    if not n1 or not n0:
        raise ValueError("calibration needs exhibits of both classes")
    # Equal scores are one observation: otherwise their order would decide the pools.
    values, inverse, count = np.unique(x, return_inverse=True, return_counts=True)
    positive = np.bincount(inverse, weights=y.astype(np.float64))
    fit = isotonic_regression(positive / count, weights=count)
    pools = np.searchsorted(fit.blocks, np.arange(values.size), side="right") - 1
    knots_x: list[float] = []
    knots_y: list[float] = []
    for pool in range(pools[-1] + 1):
        inside = pools == pool
        k1 = float(positive[inside].sum())
        k0 = float(count[inside].sum()) - k1
        lr = ((k1 + 0.5) / (n1 + 1)) / ((k0 + 0.5) / (n0 + 1))
        # Both ends of a pool are knots, so that the map is flat inside and slopes between.
        for edge in (values[inside][0], values[inside][-1]):
            # Of ends of two pools that are equal once rounded, the lower pool's stays.
            if not knots_x or round(float(edge), 6) > knots_x[-1]:
                knots_x.append(round(float(edge), 6))
                knots_y.append(float(np.log10(lr)))
    lrs = np.maximum.accumulate(np.asarray(knots_y))
    return tuple(knots_x), tuple(round(float(v), 4) for v in lrs)


class Fusion(BaseModel):
    """Weights that fuse the methods' log10 LRs for one question.

    log10 LR = Σ wᵢ · log10 LRᵢ. Weights between 0 and 1, fitted by logistic regression on the
    calibrated LRs of the same exhibits, discount dependent methods: two methods that read the
    same trace share its weight instead of counting it twice. A method that is not applicable
    adds nothing. Methods that are not in the data (those of stated calibrators, and those whose
    traces no other reads) have weight 1.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    question: Question
    weights: dict[str, float]
    fitted_on: FittedOn
    figures: dict[str, float] = Field(default_factory=dict)

    def __call__(self, findings: Iterable[Finding]) -> float:
        """Return the fused log10 LR of calibrated findings of this question."""
        return sum(
            self.weights.get(f.method, 1.0) * f.log10_lr
            for f in findings
            if f.question == self.question and f.log10_lr is not None
        )


def fit_weights(
    log10_lrs: NDArray[np.float64], labels: NDArray[np.bool_], *, ridge: float = 1.0
) -> NDArray[np.float64]:
    """Fit fusion weights by class-balanced logistic regression without intercept.

    Args:
        log10_lrs: n × methods, 0 where a method is not applicable.
        labels: n booleans.
        ridge: strength of the pull towards 0.5, in exhibits.

    Returns: methods weights, each from 0 to 1.
    """
    from scipy.optimize import minimize

    design = log10_lrs * LN10
    sign = np.where(labels, 1.0, -1.0)
    balance = np.where(labels, 0.5 / labels.mean(), 0.5 / (~labels).mean())

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margin = sign * (design @ weights)
        value = float((balance * np.logaddexp(0, -margin)).sum())
        slope = -(balance * sign / (1 + np.exp(np.clip(margin, -500, 500)))) @ design
        pull = weights - 0.5
        return value + ridge * float(pull @ pull), slope + 2 * ridge * pull

    start = np.full(design.shape[1], 0.5)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0.0, 1.0)] * start.size)
    return np.asarray(found.x, dtype=np.float64)


@cache
def load_calibrators() -> dict[tuple[str, Question], Calibrator]:
    """Load the shipped calibrators, by method and question."""
    found = {}
    for file in sorted(files("locard.assets").joinpath("calibrators").iterdir(), key=str):
        if file.name.endswith(".json") and not file.name.startswith("fusion."):
            calibrator = Calibrator.model_validate_json(file.read_text("utf-8"))
            found[calibrator.method, calibrator.question] = calibrator
    return found


@cache
def load_fusion(question: Question) -> Fusion | None:
    """Load the shipped fusion weights of a question, or None when there are none."""
    file = files("locard.assets").joinpath("calibrators", f"fusion.{question}.json")
    return Fusion.model_validate_json(file.read_text("utf-8")) if file.is_file() else None
