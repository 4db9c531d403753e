"""Fine-tune an image-text model to narrate reports: LoRA on records of the engine, then GRPO.

The examples are what the model will see: forgeries of ``locard forge`` and their authentic twins
are examined, and the prompt is `locard.explain.models.prompts.judge_request` of the report. The
record of each forgery gives the answer to imitate (Hu et al. 2022, low-rank adaptation), and then
the rewards of group-relative policy optimisation (Shao et al. 2024) as So-Fake-R1 (Huang et al.
2025) and AvatarShield (Xu et al. 2025) set them: format, detection, IoU, and here the checked
claims.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from locard.exhibit import ExhibitError
from locard.explain.case import Case
from locard.explain.check import check_claim
from locard.explain.claims import CheckVerdict, ClaimKind
from locard.explain.models.answers import (
    Domain,
    Judgement,
    Statement,
    box_iou,
    parse_judgement,
)
from locard.explain.models.contract import ModelError, Request
from locard.explain.models.local import LocalModel, conversation, load
from locard.explain.models.narrate import to_claim
from locard.explain.models.pictures import pictures_to_send, to_shown
from locard.explain.models.prompts import judge_request
from locard.explain.operations import Operation
from locard.forge.record import Record
from locard.opinion import Verdict
from locard.report import Report

# What the operations of the engine are called in claims, and where a person would see them.
_DONE: dict[str, tuple[Operation, str | None]] = {
    "colour-transfer": (Operation.STYLE, "colour"),
    "copy-move": (Operation.COPY, "repetition"),
    "copy-move-free": (Operation.COPY, "repetition"),
    "liquify": (Operation.WARP, "physics"),
    "local-blur": (Operation.SMOOTH, "sharpness"),
    "local-denoise": (Operation.SMOOTH, "smear"),
    "local-median": (Operation.SMOOTH, "smear"),
    "local-noise": (Operation.NOISE, None),
    "local-recompress": (Operation.RECOMPRESS, None),
    "local-resample": (Operation.RESAMPLE, "sharpness"),
    "local-sharpen": (Operation.SHARPEN, "sharpness"),
    "local-tone": (Operation.TONE, "lighting"),
    "painted": (Operation.STYLE, "smear"),
    "print-scan": (Operation.RECAPTURE, None),
    "recolour": (Operation.TONE, "colour"),
    "regenerate-region": (Operation.REGENERATE, "smear"),
    "regenerate-whole": (Operation.REGENERATE, "smear"),
    "removal": (Operation.REMOVE, "smear"),
    "removal-diffusion": (Operation.REMOVE, "smear"),
    "removal-network": (Operation.REMOVE, "smear"),
    "screen-recapture": (Operation.RECAPTURE, None),
    "self-blended-face": (Operation.FACE, "anatomy"),
    "splice": (Operation.INSERT, "outline"),
    "splice-free": (Operation.INSERT, "outline"),
    "text-delete": (Operation.TEXT, "lettering"),
    "text-insert": (Operation.TEXT, "lettering"),
    "text-replace": (Operation.TEXT, "lettering"),
}
_MAX_BOXES = 3


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One picture of a set: what is asked, what is right.

    Attributes:
        target: the answer to imitate.
        case: of the report, without its pixels; claims are checked against it.
        source: hash of the host photo; examples are split by it.
    """

    request: Request
    target: Judgement
    case: Case
    operation: Operation | None
    source: str

    @property
    def boxes(self) -> list[list[int]]:
        """True boxes in thousandths of the picture; none for an authentic one."""
        return [claim.box for claim in self.target.claims if claim.box]


def make_examples(folder: Path, say: Callable[[str], None]) -> Iterator[Example]:
    """Examine every forgery of a set and its twin.

    Args:
        folder: the output of ``locard forge``.
        say: is told what was left out, a sentence at a time.
    """
    from locard.forge.engine import records

    for record in records(folder):
        made = [(record.picture, True)] + ([(record.authentic, False)] if record.authentic else [])
        for path, forged in made:
            try:
                yield _example(folder / path, record, forged)
            except ExhibitError as error:
                say(f"{path} was left out: {error}")


def _example(path: Path, record: Record, forged: bool) -> Example:
    from locard.examination import examine

    report = examine(path, stability=False)
    request = judge_request(report.case, pictures_to_send(report.exhibit, report.case.regions), ())
    operation, cue = _DONE[record.operation]
    return Example(
        request=request,
        target=_target(record, report, operation, cue) if forged else _AUTHENTIC,
        case=replace(report.case, rgb=None),
        operation=operation if forged else None,
        source=record.sources[0].sha256,
    )


_AUTHENTIC = Judgement(domain=Domain.UNTOUCHED, claims=[])


def _target(
    record: Record, report: Report, operation: Operation | None, cue: str | None
) -> Judgement:
    """Write the right answer from the record: a claim for each of the largest true regions."""
    domain = Domain.REGENERATED if record.group == "generative" else Domain.EDITED
    claims = []
    for region in record.regions[:_MAX_BOXES]:
        cited = [
            name
            for marked in report.localization.regions
            if _overlap(marked.box, region.box)
            for name in marked.findings
        ]
        claims.append(
            Statement(
                text=record.says[0].upper() + record.says[1:].rstrip(".") + ".",
                kind=ClaimKind.OPERATION,
                operation=operation,
                value=None,
                cue=cue,
                findings=list(dict.fromkeys(cited)),
                box=to_shown(region.box, report.case.item),
            )
        )
    return Judgement(domain=domain, claims=claims)


def _overlap(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    """Whether the boxes share a quarter of the smaller one."""
    wide = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    high = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return wide > 0 and high > 0 and 4 * wide * high >= min(one[2] * one[3], other[2] * other[3])


@dataclass(frozen=True, slots=True)
class Rewards:
    """What an answer earns, each 0 to 1.

    Attributes:
        format: the answer follows the schema in every claim.
        detection: the domain means the true verdict.
        iou: of the claimed and the true boxes; an authentic picture earns it without boxes.
        claims: mean over the claims of one half for a claim that the check supports and one half
            for the true operation at a true place; an authentic picture earns it without claims
            of an operation.
    """

    format: float = 0.0
    detection: float = 0.0
    iou: float = 0.0
    claims: float = 0.0

    @property
    def total(self) -> float:
        """Sum, 0 to 4."""
        return self.format + self.detection + self.iou + self.claims


def reward(text: str, example: Example) -> Rewards:
    """Reward a model's answer; an answer that cannot be read earns nothing."""
    try:
        judgement, malformed = parse_judgement(text)
    except ModelError:
        return Rewards()
    truth = Verdict.EDITED if example.target.claims else Verdict.AUTHENTIC
    boxes = [claim.box for claim in judgement.claims if claim.box]
    return Rewards(
        format=float(not malformed),
        detection=float(judgement.domain.verdict is truth),
        iou=box_iou(boxes, example.boxes),
        claims=_claim_reward(judgement, example),
    )


def _claim_reward(judgement: Judgement, example: Example) -> float:
    if not example.target.claims:
        return float(all(claim.operation is None for claim in judgement.claims))
    if not judgement.claims:
        return 0.0
    earned = 0.0
    for statement in judgement.claims:
        checked = check_claim(to_claim(statement, example.case.item), example.case)
        earned += 0.5 * (checked.verdict is CheckVerdict.SUPPORTED)
        placed = statement.box is not None and box_iou([statement.box], example.boxes) > 0
        earned += 0.5 * (statement.operation is example.operation and placed)
    return earned / len(judgement.claims)


@dataclass(frozen=True, slots=True)
class Plan:
    """How to train.

    Attributes:
        model: folder of the image-text model, or the name of one on this machine.
        imitate: steps of LoRA on the records.
        reinforce: steps of GRPO.
        batch: examples per step; generations: answers per example in GRPO.
        rank: of the adapters.
        answer: most tokens of an answer.
    """

    model: str
    out: Path
    imitate: int = 500
    reinforce: int = 200
    batch: int = 4
    generations: int = 4
    rate: float = 2e-4
    reinforce_rate: float = 1e-5
    rank: int = 16
    answer: int = 512
    seed: int = 0


@dataclass(slots=True)
class Curve:
    """What was logged: one row per step, by name."""

    imitate: list[dict[str, float]] = field(default_factory=list)
    reinforce: list[dict[str, float]] = field(default_factory=list)


def train(examples: Sequence[Example], plan: Plan) -> Curve:
    """Train adapters and save the merged model with its processor, ready for ``--explain-with``.

    Raises: ValueError, one sentence, for missing packages, a missing model or no examples.
    """
    needed = ("torch", "transformers", "accelerate", "datasets", "peft", "trl")
    missing = [name for name in needed if find_spec(name) is None]
    if missing:
        raise ValueError(f"training needs {', '.join(missing)}: pip install 'locard[train-vlm]'")
    if not examples:
        raise ValueError("there is no example to train on; make some with locard forge")
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import PrinterCallback
    from trl import GRPOConfig, GRPOTrainer, SFTConfig, SFTTrainer

    processor, model = load(plan.model)
    rows = Dataset.from_list([_row(i, example) for i, example in enumerate(examples)])
    common: dict[str, Any] = {
        "output_dir": str(plan.out / "work"),
        "per_device_train_batch_size": plan.batch,
        "logging_steps": 1,
        "save_strategy": "no",
        "report_to": "none",
        "disable_tqdm": True,
        "bf16": False,
        "seed": plan.seed,
    }
    adapters = LoraConfig(
        r=plan.rank, lora_alpha=2 * plan.rank, target_modules="all-linear", task_type="CAUSAL_LM"
    )
    curve = Curve()
    imitation = SFTTrainer(
        model=model,
        args=SFTConfig(**common, max_steps=plan.imitate, learning_rate=plan.rate, max_length=None),
        train_dataset=rows,
        processing_class=processor,
        peft_config=adapters,
    )
    imitation.remove_callback(PrinterCallback)
    imitation.train()
    curve.imitate = _logged(imitation.state.log_history)
    tuned = imitation.model
    if plan.reinforce:
        functions = [_reward_function(name, examples) for name in Rewards.__slots__]
        reinforcement = GRPOTrainer(
            model=tuned,
            reward_funcs=functions,
            args=GRPOConfig(
                **(common | {"per_device_train_batch_size": plan.batch * plan.generations}),
                max_steps=plan.reinforce,
                learning_rate=plan.reinforce_rate,
                num_generations=plan.generations,
                max_completion_length=plan.answer,
            ),
            train_dataset=rows.remove_columns("completion"),
            processing_class=processor,
        )
        reinforcement.remove_callback(PrinterCallback)
        reinforcement.train()
        curve.reinforce = _logged(reinforcement.state.log_history)
        tuned = reinforcement.model
    tuned.merge_and_unload().save_pretrained(plan.out)
    processor.save_pretrained(plan.out)
    return curve


def _row(number: int, example: Example) -> dict[str, Any]:
    from PIL import Image

    return {
        "example": number,
        "prompt": conversation(example.request),
        "completion": [
            {
                "role": "assistant",
                "content": [{"type": "text", "text": example.target.model_dump_json()}],
            }
        ],
        "images": [Image.open(io.BytesIO(p.jpeg)) for p in example.request.pictures],
    }


def _reward_function(name: str, examples: Sequence[Example]) -> Any:
    """Return one reward as the trainer calls it; its name becomes a column of the log."""

    def function(completions: list[Any], example: list[int], **_: Any) -> list[float]:
        texts = [_said(completion) for completion in completions]
        return [
            getattr(reward(text, examples[number]), name)
            for text, number in zip(texts, example, strict=True)
        ]

    function.__name__ = name
    return function


def _said(completion: Any) -> str:
    content = completion if isinstance(completion, str) else completion[-1]["content"]
    if isinstance(content, list):
        content = "".join(part.get("text", "") for part in content)
    return str(content)


def _logged(history: Sequence[dict[str, Any]]) -> list[dict[str, float]]:
    """Keep the rows of single steps, and of them the loss and the rewards."""
    kept = []
    for row in history:
        if "loss" not in row:
            continue
        names = {"step": "step", "loss": "loss", "reward": "reward"}
        names |= {f"rewards/{name}/mean": name for name in Rewards.__slots__}
        kept.append({short: float(row[name]) for name, short in names.items() if name in row})
    return kept


def split(examples: Sequence[Example], share: float) -> tuple[list[Example], list[Example]]:
    """Return examples to train on and examples held out, split by their host photo.

    Args: share: of the photos to hold out, 0 to 1; drawn by their hash.
    """
    train_on: list[Example] = []
    held_out: list[Example] = []
    for example in examples:
        aside = int(example.source[:8], 16) < share * 2**32
        (held_out if aside else train_on).append(example)
    return train_on, held_out


def evaluate(model: str, examples: Sequence[Example], answer: int) -> Rewards:
    """Return the mean rewards of a model's greedy answers.

    Args:
        model: folder or name, see `locard.explain.models.local.LocalModel`.
        answer: most tokens of an answer.
    """
    backend = LocalModel(model, max_tokens=answer)
    earned = [reward(backend.ask(example.request), example) for example in examples]
    means = {n: sum(getattr(r, n) for r in earned) / len(earned) for n in Rewards.__slots__}
    return Rewards(**means)


def format_curve(curve: Curve, rows: int = 20) -> str:
    """Return both curves as tables, thinned to about this many rows each."""
    lines = []
    for title, logged in (("imitation", curve.imitate), ("reinforcement", curve.reinforce)):
        if not logged:
            continue
        lines.append(f"{title:<14}" + "".join(f"{name:>10}" for name in logged[0]))
        every = max(1, len(logged) // rows)
        for row in [*logged[:-1:every], logged[-1]]:
            shown = (f"{v:.0f}" if name == "step" else f"{v:.3f}" for name, v in row.items())
            lines.append(" " * 14 + "".join(f"{text:>10}" for text in shown))
    return "\n".join(lines)
