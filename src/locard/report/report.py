"""The report: everything that one examination gave."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from locard.content.things import Thing
from locard.exhibit import Exhibit
from locard.explain import Case, Explanation, case_of
from locard.explain.counterfactual import Trial
from locard.methods import Finding
from locard.opinion import Localization, Opinion, Verdict

if TYPE_CHECKING:
    from locard.explain.models.narration import Narration
    from locard.report.letterhead import Letterhead


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds: in all, and by method (processor time is shared between methods that overlap)."""

    total_s: float
    methods: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Report:
    """Exhibit, findings, opinion, localization and explanation of one examination."""

    exhibit: Exhibit
    findings: tuple[Finding, ...]
    opinion: Opinion
    localization: Localization
    explanation: Explanation
    timing: Timing
    profile: str = "standard"
    counterfactuals: tuple[Trial, ...] = ()
    narration: Narration | None = None
    things: tuple[Thing, ...] = ()

    @cached_property
    def case(self) -> Case:
        """What texts, checks and answers are made from."""
        return case_of(self.exhibit, self.findings, self.opinion, self.localization, self.things)

    @property
    def verdict(self) -> Verdict:
        """The verdict of the opinion."""
        return self.opinion.verdict

    def finding(self, method: str) -> Finding:
        """Return the first finding of a method.

        Raises: KeyError when the method did not run.
        """
        for found in self.findings:
            if found.method == method:
                return found
        raise KeyError(method)

    def to_json(self, *, indent: int | None = None) -> str:
        """Return the report as JSON, schema ``locard.report/1``; see `locard.report.schema`."""
        from locard.report.schema import to_model

        return json.dumps(
            to_model(self).model_dump(mode="json", by_alias=True), indent=indent, ensure_ascii=False
        )

    def to_html(self, letterhead: Letterhead | None = None) -> str:
        """Return the report as one self-contained HTML page."""
        from locard.report.html import render

        return render(self, letterhead=letterhead)

    def save(
        self,
        folder: str | Path,
        *,
        html: bool = True,
        pdf: bool = False,
        letterhead: Letterhead | None = None,
    ) -> Path:
        """Write ``report.json``, ``maps/*.png``, ``report.html`` and ``report.pdf`` into a folder.

        With a narration also ``model.jsonl``: what was asked and answered, to be replayed.

        Returns: the folder, made when it does not exist; files in it are replaced.

        Raises: MissingExtra when the PDF is asked for and its extra is not installed.
        """
        from locard.report.drawing import save_maps

        folder = Path(folder)
        (folder / "maps").mkdir(parents=True, exist_ok=True)
        save_maps(self, folder / "maps")
        (folder / "report.json").write_text(self.to_json(indent=2), "utf-8")
        if self.narration is not None:
            from locard.explain.models.replay import to_lines

            lines = to_lines(self.narration.exchanges)
            (folder / "model.jsonl").write_text(lines, "utf-8")
        if html:
            (folder / "report.html").write_text(self.to_html(letterhead), "utf-8")
        if pdf:
            from locard.report.pdf import to_pdf

            (folder / "report.pdf").write_bytes(to_pdf(self, letterhead))
        return folder
