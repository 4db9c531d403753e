"""Prove the fine-tuning of an image-text model on one that is tiny and random.

The model has a few hundred thousand random weights and sees 28 × 28 pixels: it cannot learn to
see, only to answer. What is shown is that the loss falls, that answers begin to follow the schema,
and that the rewards of GRPO reach the model.

    python -m benchmarks.narrator PHOTOS
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from tests.explain.models.tiny_llava import save_tiny_llava
from typer.testing import CliRunner

from locard.cli import app
from locard.train.narrator import Plan, evaluate, format_curve, make_examples, train


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path, help="folder of real photos to forge")
    parser.add_argument("--count", type=int, default=6, help="forgeries, each with its twin")
    parser.add_argument("--imitate", type=int, default=100)
    parser.add_argument("--reinforce", type=int, default=16)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = folder / "set"
        forge = ["forge", str(options.photos), "--out", str(made), "--count", str(options.count)]
        done = CliRunner().invoke(app, [*forge, "--size", "0.2", "--jobs", "1"])
        assert done.exit_code == 0, done.output
        examples = list(make_examples(made, print))
        words = [e.request.text for e in examples]
        words += 5 * [e.target.model_dump_json() for e in examples]
        tiny = save_tiny_llava(folder / "tiny", words, vocabulary=2000, hidden=64, layers=2)
        plan = Plan(
            str(tiny), folder / "out", options.imitate, options.reinforce,
            batch=2, generations=4, rate=4e-3, reinforce_rate=1e-4, rank=32, answer=120,
        )  # fmt: skip
        start = time.perf_counter()
        curve = train(examples, plan)
        minutes = (time.perf_counter() - start) / 60
        print(f"{len(examples)} examples, {minutes:.1f} minutes")
        print(format_curve(curve, rows=12))
        for title, model in (("random", tiny), ("trained", folder / "out")):
            found = evaluate(str(model), examples, plan.answer)
            print(
                f"{title:8} " + "  ".join(f"{n} {getattr(found, n):.3f}" for n in found.__slots__)
            )


if __name__ == "__main__":
    main()
