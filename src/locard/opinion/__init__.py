"""Opinion: calibration, fusion, localization, stability, verdict."""

from locard.opinion.calibration import Calibrator, FittedOn, Fusion
from locard.opinion.localization import Localization, Region, localize
from locard.opinion.opinion import Answer, Opinion, Verdict, answer, calibrate, decide, posterior

__all__ = [
    "Answer",
    "Calibrator",
    "FittedOn",
    "Fusion",
    "Localization",
    "Opinion",
    "Region",
    "Verdict",
    "answer",
    "calibrate",
    "decide",
    "localize",
    "posterior",
]
