"""Faithfulness of the explanation, on forgeries of the engine, whose records say what was done.

    locard forge PHOTOS --out SET --count 1000 --no-authentic
    locard examine SET/pictures/* --out REPORTS --json --no-stability > reports.jsonl
    python benchmarks/faithfulness.py SET=REPORTS [SET=REPORTS ...]

Prints, with exact binomial intervals:

- claim precision: of the claims about the picture that the record can decide, the share that it
  confirms. A place is right when at least half of a connected part of the true mask (the source of
  a copy included) lies in what the words cover; an operation when it is among those named; a
  verdict when it says "edited". "Any change of a part" counts as the operation where that is one;
  whole-picture operations have no place and are left out there. Places that the text itself calls
  hints are counted apart; --weak lists all by strength.
- region naming: the same for the words of the first region in cases where the mask reaches IoU 0.5
  with the truth, and how often they are the very words that the true mask would get.
- recall of the true operation, by operation: some claim names it; and among reports in which any
  finding speaks for editing.
- processor time of the text.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter, defaultdict

import cv2
import numpy as np

from explained import Explained, parse_pairs, read_explained, share
from locard.content.places import PlaceName, inside, name_part
from locard.explain import NEUTRAL, ClaimKind, Operation, explain
from locard.explain.operations import candidates
from locard.methods import Question
from locard.opinion import Verdict


def parts(mask: np.ndarray) -> list[np.ndarray]:
    """Connected parts with at least a tenth of the largest one's size."""
    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    sizes = np.bincount(labels.ravel(), minlength=count)[1:]
    return [labels == i for i, size in enumerate(sizes, 1) if size >= 0.1 * sizes.max()]


def right(place: PlaceName, item: Explained) -> bool:
    return any(inside(place, part) >= 0.5 for part in parts(item.truth))


def claimed(told: Counter[str]) -> int:
    return sum(count for kind, count in told.items() if kind not in ("naming", "hints"))


def named_by(item: Explained, named: frozenset[Operation]) -> bool:
    """Whether the operation, or any change of a part where it is one, is named."""
    local = item.truth.mean() <= 0.98 and Operation.LOCAL in named
    return item.operation in named or local


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("sets", nargs="+", metavar="SET=REPORTS")
    parser.add_argument("--weak", action="store_true", help="places by strength of the finding")
    parser.add_argument("--show", type=int, default=0, help="wrong places to print, hints aside")
    args = parser.parse_args()
    told: Counter[str] = Counter()
    true: Counter[str] = Counter()
    strength: dict[str, list[bool]] = defaultdict(list)
    recall: dict[str, list[bool]] = defaultdict(list)
    spoken: dict[str, list[bool]] = defaultdict(list)
    exact: list[bool] = []
    seconds: list[float] = []
    reports = sentences = uncited = claiming = 0
    for item in read_explained(parse_pairs(args.sets)):
        case, reports = item.case, reports + 1
        before = claimed(told)
        start = time.process_time()
        explanation = explain(case)
        seconds.append(time.process_time() - start)
        claims = (*explanation.lay, *explanation.claims)
        sentences += len(claims)
        uncited += sum(not claim.findings for claim in claims)
        whole = item.truth.mean() > 0.98
        for claim in claims:
            if claim.place is not None and not whole:
                kind = "places of regions" if claim.region else "places of findings"
                if claim.kind is ClaimKind.HINT:
                    kind = "hints"
                good = right(claim.place, item)
                if claim.region == 1 and item.iou > 0.5:
                    told["naming"] += 1
                    true["naming"] += good
                    exact.append(claim.place in [name_part(part) for part in parts(item.truth)])
                told[kind] += 1
                true[kind] += good
                finding = case.find(claim.findings[0])
                level = max(
                    (case.effect(f) for n in claim.findings if (f := case.find(n))), default=0
                )
                strength[f"{kind}, log10 LR of {min(3, int(2 * level) / 2):.1f} or more"].append(
                    good
                )
                if not good and kind != "hints" and args.show > 0 and finding is not None:
                    args.show -= 1
                    print(item.record.picture, item.record.says, "|", claim.text, finding.method)
            if claim.kind is ClaimKind.OPERATION:
                finding = case.find(claim.findings[0])
                if finding is not None and finding.question is Question.EDITED:
                    told["operations"] += 1
                    true["operations"] += named_by(item, candidates([finding]))
        verdict = case.opinion.verdict
        if verdict in (Verdict.EDITED, Verdict.GENERATED):
            told["verdicts"] += 1
            true["verdicts"] += verdict is Verdict.EDITED
        claiming += claimed(told) > before
        signs = [f for f in case.side(Question.EDITED, 1) if abs(f.log10_lr or 0) >= NEUTRAL]
        named = named_by(item, candidates(signs))
        recall[item.record.operation].append(named)
        if signs:
            spoken[item.record.operation].append(named)
    print(f"{reports} reports, {sentences} sentences, {uncited} without a citation; text in "
          f"{1000 * np.median(seconds):.1f} ms (median), {1000 * seconds[0]:.0f} ms the first"
    )  # fmt: skip
    kinds = [k for k in told if k not in ("naming", "hints")]
    print(f"{claiming} reports make claims that the record decides; claim precision:")
    for kind in sorted(kinds):
        print(f"  {kind:20s} {share(true[kind], told[kind])}")
    print(f"  {'all':20s} {share(sum(true[k] for k in kinds), sum(told[k] for k in kinds))}")
    print(f"places that weak findings hint at: {share(true['hints'], told['hints'])}")
    print(f"region naming where IoU > 0.5: {share(true['naming'], told['naming'])}")
    print(f"  the very words of the truth:  {share(sum(exact), len(exact))}")
    if args.weak:
        for level in sorted(strength):
            print(f"  {level:55s} {share(sum(strength[level]), len(strength[level]))}")
    print("recall of the true operation (all reports; reports with a sign of editing):")
    for operation in sorted(recall):
        all_, some = recall[operation], spoken[operation]
        print(f"  {operation:18s} {share(sum(all_), len(all_))}; {share(sum(some), len(some))}")
    for language in ("de", "es"):
        times = []
        for _ in range(2):
            start = time.process_time()
            explain(case, language)
            times.append(1000 * (time.process_time() - start))
        print(f"text in {language}: {times[0]:.0f} ms first, {times[1]:.1f} ms again")


if __name__ == "__main__":
    main()
