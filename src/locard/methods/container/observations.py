"""Weighing of what the file around the pixels says.

Every observation has a weight by tier: a hint (0.3) is common in untouched files, mild (1) is what
any re-save leaves, strong (2) names an editor or shows an edit, decisive (3) cannot come about
without one. The score is the heaviest weight plus a quarter of the others, at most 4.
"""

from __future__ import annotations

from dataclasses import dataclass, field

HINT, MILD, STRONG, DECISIVE = 0.3, 1.0, 2.0, 3.0
_SHARE_OF_OTHERS = 0.25
_MAX_SCORE = 4.0


@dataclass(slots=True)
class Observations:
    """Observations with their weights, and explanations that are innocent."""

    seen: list[tuple[float, str]] = field(default_factory=list)
    innocent: list[str] = field(default_factory=list)

    def add(self, weight: float, text: str, innocent: str | None = None) -> None:
        """Record one observation."""
        self.seen.append((weight, text))
        if innocent and innocent not in self.innocent:
            self.innocent.append(innocent)

    @property
    def score(self) -> float:
        """The heaviest weight plus a quarter of the others, 0 to 4."""
        weights = sorted((w for w, _ in self.seen), reverse=True)
        if not weights:
            return 0.0
        return min(_MAX_SCORE, weights[0] + _SHARE_OF_OTHERS * sum(weights[1:]))
