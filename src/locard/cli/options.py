"""Options that several commands have, and how they are read."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Annotated

import typer


class ProfileName(StrEnum):
    """Names of `locard.Profile`, known without loading it."""

    QUICK = "quick"
    STANDARD = "standard"
    THOROUGH = "thorough"


MethodsOption = Annotated[
    str | None, typer.Option(help="Only these methods, with commas; see locard methods.")
]
ProfileOption = Annotated[ProfileName, typer.Option(help="How much to run.")]
PriorOption = Annotated[
    float, typer.Option(help="Probability of each proposition before the examination.")
]
JobsOption = Annotated[
    int | None, typer.Option(min=1, help="Pictures at once; one per processor by default.")
]
StabilityOption = Annotated[
    bool, typer.Option(help="Form each opinion again over re-delivered versions.")
]
MaxBytesOption = Annotated[int, typer.Option(min=1, help="Largest file, in bytes.")]
MaxPixelsOption = Annotated[int, typer.Option(min=256, help="Most pixels.")]
# A day, in seconds: the longest that anything may be waited for.
LONGEST_S = 86_400.0


def check_number(value: float | None) -> float | None:
    """Refuse "nan", which Typer's ranges let pass in older versions."""
    if value is not None and math.isnan(value):
        raise typer.BadParameter("nan is not a number")
    return value


TimeLimitOption = Annotated[
    float,
    typer.Option(min=1.0, max=LONGEST_S, callback=check_number, help="Seconds for one picture."),
]
# Of `locard.Limits`, known without loading it.
MAX_BYTES = 256 * 2**20
MAX_PIXELS = 150_000_000
TIME_LIMIT_S = 180.0


def parse_names(text: str | None) -> tuple[str, ...]:
    """Read names with commas between them, as often as they are given."""
    return tuple(name.strip() for name in (text or "").split(",") if name.strip())


def choose_methods(
    methods: str | None, profile: ProfileName, prior: float
) -> tuple[str, ...] | None:
    """Check what is to be run; returns the names of the methods, None for those of the profile.

    Says on the error stream what the profile lacks on this machine.

    Raises: typer.BadParameter for a prior that is none, or a method that there is not.
    """
    from locard.examination import Profile, select_methods

    if not 0.0 < prior < 1.0:
        raise typer.BadParameter("must lie between 0 and 1, exclusive", param_hint="--prior")
    names = parse_names(methods) if methods is not None else None
    if names == ():
        raise typer.BadParameter("names no method", param_hint="--methods")
    try:
        select_methods(names, Profile(profile.value))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--methods") from None
    if names is None and profile is ProfileName.THOROUGH:
        from locard.methods.learned.backbone import MISSING, find_backbone

        if find_backbone() is None:
            typer.echo(f"the profile thorough sees less: {MISSING}", err=True)
    return names
