"""Weather, light and dirt on the lens."""

from __future__ import annotations

from locard.degrade.augmentation import augmentation
from locard.degrade.contract import by_severity, drawn_from

augmentation(
    "fog",
    "weather",
    "RandomFog",
    "Lay fog over the picture.",
    lambda density: {"fog_coef_range": (density, density), "alpha_coef": 0.08},
    lossy=True,
    density=by_severity(0.1, 0.25, 0.45, 0.7, 1.0, low=0.0, high=1.0),
)
augmentation(
    "rain",
    "weather",
    "RandomRain",
    "Let it rain, darker and blurred.",
    lambda blur, darkness, kind: {
        "blur_value": blur,
        "brightness_coefficient": 1 - darkness,
        "rain_type": kind,
    },
    lossy=True,
    blur=by_severity(3, 3, 3, 3, 5, low=1, high=31),
    darkness=by_severity(0.05, 0.1, 0.2, 0.3, 0.45, low=0.0, high=1.0),
    kind=by_severity(
        "drizzle",
        "drizzle",
        "default",
        "heavy",
        "torrential",
        choices=("default", "drizzle", "heavy", "torrential"),
    ),
)
augmentation(
    "snow",
    "weather",
    "RandomSnow",
    "Bleach bright areas as snow does, or lay snow over the picture.",
    lambda amount, kind: {
        "snow_point_range": (amount, amount),
        "brightness_coeff": 2.0,
        "method": kind,
    },
    amount=by_severity(0.03, 0.08, 0.15, 0.25, 0.4, low=0.0, high=1.0),
    kind=drawn_from("bleach", "texture"),
)
augmentation(
    "sun-flare",
    "weather",
    "RandomSunFlare",
    "Put the sun and its reflections into the upper half.",
    lambda radius, circles: {
        "src_radius": radius,
        "num_flare_circles_range": (circles, circles),
    },
    radius=by_severity(30, 60, 110, 180, 280, low=2, high=2000),
    circles=by_severity(2, 4, 6, 8, 10, low=1, high=50),
)
augmentation(
    "shadow",
    "weather",
    "RandomShadow",
    "Cast shadows of this darkness.",
    lambda darkness, count: {
        "shadow_intensity_range": (darkness, darkness),
        "num_shadows_limit": (count, count),
        "shadow_roi": (0.0, 0.0, 1.0, 1.0),
    },
    darkness=by_severity(0.15, 0.25, 0.4, 0.55, 0.75, low=0.0, high=1.0),
    count=by_severity(1, 1, 2, 2, 3, low=1, high=20),
)
augmentation(
    "spatter",
    "weather",
    "Spatter",
    "Splash rain or mud on the lens.",
    lambda cover, kind: {
        "mode": kind,
        "cutout_threshold": (1 - cover, 1 - cover),
        "intensity": (0.6, 0.6),
    },
    cover=by_severity(0.2, 0.26, 0.32, 0.38, 0.45, low=0.0, high=1.0),
    kind=drawn_from("rain", "mud"),
)
augmentation(
    "chromatic-aberration",
    "weather",
    "ChromaticAberration",
    "Spread the colours towards the corners, as a simple lens does.",
    lambda amount: {
        "primary_distortion_limit": (amount, amount),
        "secondary_distortion_limit": (amount, amount),
        "mode": "red_blue",
    },
    lossy=True,
    amount=by_severity(0.005, 0.012, 0.025, 0.045, 0.08, low=0.0, high=0.5),
)
