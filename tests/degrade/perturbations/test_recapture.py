"""Recapture leaves the traces that it is there for."""

import numpy as np
import pytest

from conftest import synthetic_photo
from locard.degrade import Step, degrade

PHOTO = synthetic_photo(160, 208, seed=4)


def recaptured(rgb: np.ndarray, name: str, severity: int, **params: float) -> np.ndarray:
    return degrade(rgb, (Step(name=name, severity=severity, params=params),), seed=1).rgb


@pytest.mark.parametrize(
    ("name", "still"),
    [
        ("print-scan", {"degrees": 0.0, "tilt": 0.0}),
        (
            "screen-recapture",
            {"degrees": 0.0, "tilt": 0.0, "zoom": 1.0, "warmth": 0.0, "glare": 0.0},
        ),
    ],
)
def test_each_severity_is_further_where_pixels_stay(name: str, still: dict[str, float]) -> None:
    errors = [
        # Without the mean: exposure is the same at all severities.
        np.std(recaptured(PHOTO, name, severity, **still).astype(float) - PHOTO, axis=(0, 1)).mean()
        for severity in range(1, 6)
    ]
    assert errors == sorted(errors)
    assert errors[-1] > 1.3 * errors[0]


def peak(grey: np.ndarray, frequency: float) -> float:
    """Energy near a frequency in cycles a pixel, against the median of the spectrum."""
    spectrum = np.abs(np.fft.fft2(grey - grey.mean()))
    fy = np.fft.fftfreq(grey.shape[0])[:, None]
    fx = np.fft.fftfreq(grey.shape[1])[None, :]
    radius = np.hypot(fy, fx)
    return float(spectrum[np.abs(radius - frequency) < 0.02].max() / np.median(spectrum))


@pytest.mark.parametrize("zoom", [1.7, 3.0])
def test_the_mask_lies_on_what_was_filmed(zoom: float) -> None:
    rgb, mask = np.zeros((160, 208, 3), np.uint8), np.zeros((160, 208), np.float32)
    rgb[60:100, 80:120], mask[60:100, 80:120] = 255, 1.0
    still = {"degrees": 0.0, "tilt": 0.0, "noise": 0.0, "glare": 0.0, "warmth": 0.0, "zoom": zoom}
    step = Step(name="screen-recapture", severity=1, params=still)
    seen = degrade(rgb, (step,), seed=1, mask=mask)
    assert seen.mask is not None
    centres = []
    for light in (seen.rgb.astype(float).mean(axis=2), seen.mask):
        ys, xs = np.indices(light.shape)
        weight = light - light.min()
        centres.append(((ys * weight).sum() / weight.sum(), (xs * weight).sum() / weight.sum()))
    # The rows of sub-pixels are lit unevenly, which is a third of a pixel.
    assert np.allclose(centres[0], centres[1], atol=0.4)


def test_a_print_has_halftone_dots_of_the_given_period() -> None:
    flat = np.full((192, 192, 3), 120, np.uint8)
    still = {"degrees": 0.0, "tilt": 0.0, "texture": 0.0, "noise": 0.0, "cell": 5.0}
    printed = recaptured(flat, "print-scan", 3, **still).mean(axis=2)
    assert peak(printed, 1 / 5) > 10 * peak(printed, 1 / 3.1)


def test_a_screen_gives_moire_that_fades_with_blur() -> None:
    flat = np.full((160, 160, 3), 150, np.uint8)
    given = {"noise": 0.0, "glare": 0.0}
    sharp = recaptured(flat, "screen-recapture", 5, blur=0.9, **given).astype(float)
    soft = recaptured(flat, "screen-recapture", 5, blur=2.5, **given).astype(float)
    assert sharp.std(axis=(0, 1)).min() > 3 * soft.std(axis=(0, 1)).max()
    assert abs(sharp.mean() - 150 * 0.8 ** (1 / 2.2)) < 12


def test_a_screenshot_has_the_width_of_the_screen_and_bars_around() -> None:
    wide = synthetic_photo(300, 400)
    plain = degrade(
        wide, (Step(name="screenshot", params={"chrome": False, "screen": 390}),), seed=0
    )
    framed = degrade(
        wide, (Step(name="screenshot", params={"chrome": True, "screen": 390}),), seed=0
    )
    assert plain.rgb.shape == (292, 390, 3)
    assert framed.rgb.shape == (292 + 104 + 128, 390, 3)
    assert np.array_equal(framed.rgb[104 : 104 + 292], plain.rgb)
    assert framed.format == "PNG"
    assert recaptured(wide, "screenshot", 1, chrome=False).shape[1] == 800  # twice at most
