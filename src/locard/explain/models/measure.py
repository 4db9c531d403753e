"""Measure what a model is good at, on forgeries of the engine and their authentic twins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from locard.exhibit import Exhibit, ExhibitError, open_exhibit
from locard.explain.case import item_of
from locard.explain.models.answers import Observation, box_iou, parse_observations
from locard.explain.models.capability import Capability, FeatureCounts
from locard.explain.models.contract import Backend, ModelError
from locard.explain.models.pictures import to_shown, whole_picture
from locard.explain.models.prompts import FEATURES, observe_request
from locard.forge.record import Record

_LOCATED = 0.1


def measure(
    folder: Path,
    backend: Backend,
    *,
    limit: int | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Capability:
    """Ask a model about every feature on a set of ``locard forge``.

    A pair counts when the model answered on both the forgery and its twin; an observation that
    an answer lacks counts as "nothing odd".

    Args:
        limit: pairs to ask about, spread over the set; all by default.
        say: is told what went wrong, a sentence at a time.

    Raises: ValueError, one sentence, when no pair could be asked about.
    """
    from locard.forge.engine import records

    twins = [record for record in records(folder) if record.authentic is not None]
    if not twins:
        raise ValueError(f"{folder} has no forgeries with authentic twins; make them with "
                         "locard forge")  # fmt: skip
    step = max(1, len(twins) // limit) if limit else 1
    odd_forged: Counter[str] = Counter()
    odd_authentic: Counter[str] = Counter()
    located: Counter[str] = Counter()
    pairs = 0
    for forged, authentic, boxes in _answers(folder, twins[::step][:limit], backend, say):
        pairs += 1
        odd_forged.update(list(forged))
        odd_authentic.update(list(authentic))
        for name, seen in forged.items():
            located[name] += bool(seen.box and box_iou([seen.box], boxes) >= _LOCATED)
    if not pairs:
        raise ValueError("the model answered on no pair of pictures")
    return Capability(
        model=backend.model,
        data=f"{pairs} forgeries and their twins in {folder.name}",
        command=f"locard bench capability {folder.name} --model {backend.model}",
        features={
            name: FeatureCounts(
                odd_forged=odd_forged[name],
                forged=pairs,
                odd_authentic=odd_authentic[name],
                authentic=pairs,
                located=located[name],
            )
            for name in FEATURES
        },
    )


def _answers(
    folder: Path, twins: list[Record], backend: Backend, say: Callable[[str], None]
) -> Iterator[tuple[dict[str, Observation], dict[str, Observation], list[list[int]]]]:
    """Yield per pair what is called odd in the forgery and in its twin, and the true boxes."""
    for record in twins:
        try:
            pictures = [open_exhibit(folder / str(p)) for p in (record.picture, record.authentic)]
            forged, authentic = (_odd(exhibit, backend) for exhibit in pictures)
        except (ExhibitError, ModelError) as error:
            say(f"item {record.item} was left out: {error}")
            continue
        yield forged, authentic, [to_shown(r.box, item_of(pictures[0])) for r in record.regions]


def _odd(exhibit: Exhibit, backend: Backend) -> dict[str, Observation]:
    request = observe_request([whole_picture(exhibit)], tuple(FEATURES))
    observations, _ = parse_observations(backend.ask(request))
    return {o.feature: o for o in observations if o.odd and o.feature in FEATURES}
