"""The case: what text, checks and answers are made from.

Built from an examination just made, or from a saved report (`locard.report.saved`); it holds what
both know.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from locard.content.places import Place, draw_marks, name_map, name_region
from locard.content.things import Thing
from locard.exhibit import Exhibit
from locard.methods import Finding, GridMap, Question, list_methods
from locard.opinion import Localization, Opinion, Region
from locard.opinion.opinion import weight

# Weighed findings below this |log10 LR|, a ratio of 2, support nothing (ENFSI, 2015).
NEUTRAL = 0.30103


@dataclass(frozen=True, slots=True)
class Item:
    """The exhibit, as far as words need it; see `locard.exhibit.Exhibit`."""

    name: str
    sha256: str
    format: str
    width: int
    height: int
    orientation: int = 1
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One examination.

    Attributes:
        findings: all, in the order of their identifiers.
        weights: of the weighed findings in the fusion, 0 to 1, by identifier. A finding without
            an entry was shown and not weighed, or did not apply.
        titles: of the methods.
        mapped: identifiers of the findings that have a map, at hand or not.
        places: where the map of a finding marks something, by identifier.
        region_places: of the regions, in their order.
        reliable: share of the picture whose reliability is one half or more.
        mask: the reported regions, or None when no maps are at hand.
        rgb: uint8, the picture on its stored grid, or None when it is not at hand.
    """

    item: Item
    findings: tuple[Finding, ...]
    opinion: Opinion
    regions: tuple[Region, ...]
    weights: Mapping[str, float]
    titles: Mapping[str, str]
    mapped: frozenset[str]
    places: Mapping[str, Place]
    region_places: tuple[Place, ...]
    reliable: float
    mask: GridMap | None = None
    rgb: NDArray[np.uint8] | None = field(default=None, repr=False)

    @property
    def weighed(self) -> tuple[Finding, ...]:
        """Findings that were weighed as evidence, strongest first."""
        found = [f for f in self.findings if f.id in self.weights]
        return tuple(sorted(found, key=lambda f: (-abs(self.effect(f)), int_id(f))))

    @property
    def left_out(self) -> tuple[Finding, ...]:
        """Findings of methods that could not be applied."""
        return tuple(f for f in self.findings if not f.applicable)

    def effect(self, finding: Finding) -> float:
        """log10 LR of a finding after its weight in the fusion."""
        return self.weights.get(finding.id, 0.0) * (finding.log10_lr or 0.0)

    def side(self, question: Question, sign: int) -> list[Finding]:
        """Findings that support a question's proposition (sign 1) or its opposite (−1)."""
        return [
            f for f in self.weighed if f.question is question and self.effect(f) * sign >= NEUTRAL
        ]

    def find(self, identifier: str) -> Finding | None:
        """Return the finding of an identifier, or None."""
        return next((f for f in self.findings if f.id == identifier), None)


def item_of(exhibit: Exhibit) -> Item:
    """Return an exhibit as far as words need it."""
    size = exhibit.width, exhibit.height, exhibit.metadata.orientation
    return Item(exhibit.name, exhibit.sha256, exhibit.format, *size, tuple(exhibit.notes))


def int_id(finding: Finding) -> int:
    """Number of a finding's identifier, to sort by."""
    return int(finding.id[1:]) if finding.id[1:].isdecimal() else 0


def case_of(
    exhibit: Exhibit,
    findings: Sequence[Finding],
    opinion: Opinion,
    localization: Localization,
    things: Sequence[Thing] = (),
) -> Case:
    """Build the case of an examination.

    Args: things: what was found in the picture that a place may be named by.
    """
    methods = {m.name: m for m in list_methods()}
    size = exhibit.width, exhibit.height, exhibit.metadata.orientation
    weights = {
        f.id: weight(f)
        for f in findings
        if f.applicable
        and f.log10_lr is not None
        and (f.method not in methods or methods[f.method].counted)
    }
    places = {}
    for finding in findings:
        # A map that is not weighed, or speaks against an edit, marks no place of one.
        weighty = finding.id in weights and (finding.log10_lr or 0.0) >= NEUTRAL
        if finding.heatmap is None or not weighty or finding.question is not Question.EDITED:
            continue
        place = name_map(finding.heatmap, *size, things)
        if place is not None:
            places[finding.id] = place
    marked = draw_marks(localization.marked, *size) if localization.regions else None
    return Case(
        item=item_of(exhibit),
        findings=tuple(findings),
        opinion=opinion,
        regions=localization.regions,
        weights=weights,
        titles={name: m.title for name, m in methods.items()},
        mapped=frozenset(f.id for f in findings if f.heatmap is not None),
        places=places,
        region_places=()
        if marked is None
        else tuple(name_region(marked, r.box, *size, things) for r in localization.regions),
        reliable=float(np.mean(localization.trust.values >= 0.5)),
        mask=localization.marked,
        rgb=exhibit.rgb,
    )
