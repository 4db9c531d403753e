"""The mosaic of a camera in the whole picture: a trace that generators do not leave."""

from __future__ import annotations

from locard.exhibit import Exhibit
from locard.methods.contract import Cost, Finding, Need, Question, Status, method, not_applicable
from locard.methods.provenance.watermark import declared, read_watermark
from locard.methods.sensor.demosaicing import find_trace


@method(
    name="camera-mosaic",
    title="Mosaic of a camera sensor",
    question=Question.GENERATED,
    about="Looks for the demosaicing pattern that a camera leaves and a generator does not.",
    source="Popescu and Farid, Exposing digital forgeries in color filter array interpolated "
    "images, IEEE TSP 53(10), 2005; votes as in the method cfa",
    needs=(Need.COLOUR, Need.MIN_SIDE_128),
    cost=Cost.NORMAL,
)
def camera_mosaic(exhibit: Exhibit) -> Finding:
    """Score: minus the agreement of the blocks' votes, -1 (perfect) to 0 (no trace)."""
    trace = find_trace(exhibit)
    # The watermark of Stable Diffusion's scripts is written with 2 × 2 Haar wavelets, which makes
    # a pattern of the same period: 69 of 197 marked pictures looked like a sensor's mosaic.
    if trace.present and declared(read_watermark(exhibit)):
        return not_applicable("a watermark with the period of a mosaic hides whether there is one")
    score = -trace.agreement if trace.present else 0.0
    says = (
        f"The picture shows the demosaicing pattern of a camera sensor "
        f"({trace.agreement:.0%} agreement of {trace.votes} blocks)."
        if trace.present
        else "The picture shows no demosaicing pattern, as after any resizing or compression."
    )
    return Finding(
        Status.DERIVED,
        score=score,
        says=says,
        facts={"lattice_agreement": round(trace.agreement, 3), "voting_blocks": trace.votes},
        limitations=(
            "a pattern can be simulated; a generated part inside a photo does not remove it",
            "its absence says nothing, since resizing and compression remove it",
        ),
    )
