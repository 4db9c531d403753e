"""The checker of claims, on reports of forgeries of the engine with planted false claims.

    locard forge PHOTOS --out SET --count 1000 --no-authentic
    locard examine SET/pictures/* --out REPORTS --json --no-stability > reports.jsonl
    python benchmarks/claims.py SET=REPORTS [SET=REPORTS ...] [--seed 0]

Every report gets three false claims: a wrong place (where neither the cited finding nor the true
mask has anything), a wrong operation (neither what was done nor what leaves the cited trace) and
an invented finding; and as many true ones as it supports, in words of their own: place, operation,
strength, what found nothing, what was not examined, the verdict. Half of them carry their fields,
half are bare sentences. Struck is what is not "supported". Prints shares with exact binomial
intervals, one claim of a kind per report.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterator

import numpy as np

from explained import Explained, parse_pairs, read_explained, share
from locard.content.places import PlaceName, draw_marks, inside, name_place
from locard.explain import NEUTRAL, CheckVerdict, Claim, ClaimKind, Operation, load_language
from locard.explain.check import check_claim
from locard.explain.operations import left_by
from locard.explain.text import name_support
from locard.methods import Finding, Question

CELLS = [name_place(x / 6, y / 6) for y in (1, 3, 5) for x in (1, 3, 5)]
PLACES = (
    "The picture was altered {place} [{id}].",
    "There is a suspicious area {place}, which {id} marks; it was manipulated.",
    "{id} shows editing {place}.",
)
OPERATIONS = (
    "The trace speaks of {operation} [{id}].",
    "{id} shows that this happened: {operation}.",
    "What was done is {operation}, as {id} shows.",
)


def marks(item: Explained, finding: Finding) -> np.ndarray | None:
    """Where a finding marks an edit, as it is shown."""
    shown = item.case.item
    if finding.heatmap is None or finding.id not in item.case.places:
        return None
    return draw_marks(finding.heatmap, shown.width, shown.height, shown.orientation) >= 0.5


def bare(claim: Claim, rng: np.random.Generator) -> Claim:
    """Keep the fields of half of the claims."""
    return claim if rng.random() < 0.5 else Claim(text=claim.text)


def place_claim(finding: str, place: PlaceName, rng: np.random.Generator) -> Claim:
    text = PLACES[rng.integers(len(PLACES))].format(place=place.value, id=finding)
    return bare(Claim(text=text, findings=(finding,), kind=ClaimKind.PLACE, place=place), rng)


def operation_claim(finding: str, operation: Operation, rng: np.random.Generator) -> Claim:
    named = load_language("en")(f"operation-{operation}")
    text = OPERATIONS[rng.integers(len(OPERATIONS))].format(operation=named, id=finding)
    made = Claim(text=text, findings=(finding,), kind=ClaimKind.OPERATION, operation=operation)
    return bare(made, rng)


def false_claims(item: Explained, rng: np.random.Generator) -> Iterator[tuple[str, Claim]]:
    case = item.case
    edited = [f for f in case.weighed if f.question is Question.EDITED]
    if not edited:
        return
    telling = [f for f in edited if (f.log10_lr or 0) >= NEUTRAL] or edited
    placed = [f for f in telling if f.id in case.places] or telling
    finding = placed[rng.integers(len(placed))]
    marked = marks(item, finding)
    empty = [
        c for c in CELLS
        if inside(c, item.truth) < 0.02 and (marked is None or inside(c, marked) < 0.02)
    ]  # fmt: skip
    if empty:
        yield "wrong place", place_claim(finding.id, empty[rng.integers(len(empty))], rng)
    finding = telling[rng.integers(len(telling))]
    wrong = [o for o in Operation if o is not item.operation and o not in left_by(finding)]
    yield "wrong operation", operation_claim(finding.id, wrong[rng.integers(len(wrong))], rng)
    invented = f"F{len(case.findings) + int(rng.integers(1, 30))}"
    if rng.random() < 0.5:
        yield "invented finding", operation_claim(invented, item.operation, rng)
    else:
        x, y = (int(v.mean()) for v in np.nonzero(item.truth.T))
        place = name_place(x / item.truth.shape[1], y / item.truth.shape[0])
        yield "invented finding", place_claim(invented, place, rng)


def true_claims(item: Explained, rng: np.random.Generator) -> Iterator[tuple[str, Claim]]:
    case = item.case
    weighed = case.weighed
    telling = [f for f in weighed if f.question is Question.EDITED and (f.log10_lr or 0) >= NEUTRAL]
    placed = [(f, m) for f in telling if (m := marks(item, f)) is not None]
    if placed:
        finding, marked = placed[rng.integers(len(placed))]
        # The cell that holds most of the mark, found by counting and not by the naming rules.
        place = max(CELLS, key=lambda c: inside(c, marked))
        if inside(place, marked) >= 0.6:
            yield "place", place_claim(finding.id, place, rng)
    known = [f for f in telling if left_by(f)]
    if known:
        finding = known[rng.integers(len(known))]
        options = left_by(finding)
        operation = item.operation if item.operation in options else options[0]
        yield "operation", operation_claim(finding.id, operation, rng)
    if weighed:
        finding = weighed[rng.integers(len(weighed))]
        text = f"{finding.id} gives {name_support(finding.log10_lr or 0.0)}."
        yield "strength", Claim(text=text, findings=(finding.id,), kind=ClaimKind.SUPPORT)
    quiet = [f.id for f in weighed if abs(f.log10_lr or 0) < NEUTRAL]
    if quiet:
        text = "These methods found nothing in either direction."
        yield "neutral", Claim(text=text, findings=tuple(quiet[:3]), kind=ClaimKind.NEUTRAL)
    if case.left_out:
        out = case.left_out[rng.integers(len(case.left_out))]
        text = f"{out.id} could not be examined here."
        yield "not examined", Claim(text=text, findings=(out.id,), kind=ClaimKind.NOT_EXAMINED)
    words = {"edited": "The picture was edited.", "generated": "The picture was generated.",
             "authentic": "The picture appears authentic.",
             "inconclusive": "The examination is inconclusive."}  # fmt: skip
    text = words[case.opinion.verdict.value]
    yield "verdict", Claim(text=text, kind=ClaimKind.VERDICT)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("sets", nargs="+", metavar="SET=REPORTS")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", type=int, default=0, help="errors to print")
    args = parser.parse_args()
    rng = np.random.default_rng(args.seed)
    struck: Counter[tuple[str, str]] = Counter()
    made: Counter[tuple[str, str]] = Counter()
    reports, clean, spent, shown = 0, 0, 0.0, args.show
    before = None
    for item in read_explained(parse_pairs(args.sets)):
        reports += 1
        before = item.case.opinion
        false_left = 0
        for truth, claims in (("false", false_claims), ("true", true_claims)):
            for kind, claim in claims(item, rng):
                start = time.perf_counter()
                checked = check_claim(claim, item.case)
                spent += time.perf_counter() - start
                out = checked.verdict is not CheckVerdict.SUPPORTED
                made[truth, kind] += 1
                struck[truth, kind] += out
                if out is (truth == "true"):
                    false_left += truth == "false"
                    if shown > 0:
                        shown -= 1
                        print(truth, kind, claim.text, "|", checked.verdict, checked.reason)
        clean += false_left == 0
        if item.case.opinion is not before:
            raise SystemExit("a check changed the opinion")
    print(f"{reports} reports, {sum(made.values())} claims, "
          f"{1000 * spent / max(1, sum(made.values())):.1f} ms per check")  # fmt: skip
    for truth in ("false", "true"):
        print(f"{truth} claims struck:")
        for (which, kind), count in made.items():
            if which == truth:
                print(f"  {kind:17s} {share(struck[which, kind], count)}")
        hits = sum(n for (which, _), n in struck.items() if which == truth)
        total = sum(n for (which, _), n in made.items() if which == truth)
        print(f"  {'all':17s} {share(hits, total)}")
    print(f"reports without a false claim left: {share(clean, reports)}")


if __name__ == "__main__":
    main()
