"""``locard train``: train the networks that locard ships, on data of your own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(no_args_is_help=True, help="Train locard's networks on data of your own.")

Config = Annotated[Path, typer.Option("--config", help="YAML; see docs/models/localizer.md.")]
Backbone = Annotated[
    Path | None,
    typer.Option(help="The frozen backbone; otherwise LOCARD_CLIP, or where it is installed."),
]


@contextmanager
def _one_sentence() -> Iterator[None]:
    """Turn what a user can get wrong into one sentence and exit code 2."""
    from importlib.util import find_spec

    from rich.console import Console

    errors = Console(stderr=True, highlight=False)
    needed = ("torch", "yaml", "pyarrow", "sklearn", "onnx", "onnxscript", "onnxruntime")
    if any(find_spec(name) is None for name in needed):
        errors.print("training needs more packages: pip install 'locard[train]'", markup=False)
        raise typer.Exit(2)
    from locard.bench.datasets import DatasetError
    from locard.methods.learned.backbone import BackboneError
    from locard.train.config import ConfigError

    try:
        yield
    except (BackboneError, ConfigError, DatasetError) as error:
        errors.print(str(error), markup=False, soft_wrap=True)
        raise typer.Exit(2) from None
    except OSError as error:
        errors.print(f"cannot read or write: {error}", markup=False, soft_wrap=True)
        raise typer.Exit(2) from None


@app.command()
def localizer(
    config: Config,
    backbone: Backbone = None,
    limit_minutes: Annotated[
        float | None, typer.Option(min=0.0, help="Stop after this time; go on another day.")
    ] = None,
) -> None:
    """Train the forgery localizer; an interrupted training goes on where it stopped.

    The backbone is read by phases that are taught. Ctrl-C and SIGTERM end it between two steps,
    with a checkpoint. Exit codes: 0 complete or stopped on purpose, 2 wrong usage.
    """
    with _one_sentence():
        from locard.methods.learned.backbone import find_backbone
        from locard.train.config import read_config
        from locard.train.localizer import train

        train(
            read_config(config),
            backbone=backbone or find_backbone(),
            limit_minutes=limit_minutes,
            say=lambda s: print(s, flush=True),
        )


@app.command()
def appearance(
    config: Config,
    backbone: Backbone = None,
    epochs: Annotated[int, typer.Option(min=1, help="Times that every crop is seen.")] = 4,
    limit_minutes: Annotated[
        float | None, typer.Option(min=0.0, help="Stop after this time; go on another day.")
    ] = None,
) -> None:
    """Teach the localizer's appearance view by itself what the frozen backbone sees.

    The configuration is that of the localizer; its first phase counts, with crops of 224 pixels.
    What comes out, view.pt, is for init of `locard train localizer`; appearance-net.onnx is the
    view alone, for heads. An interrupted run goes on where it stopped. Exit codes: 0 complete or
    stopped on purpose, 2 wrong usage.
    """
    with _one_sentence():
        from locard.methods.learned.backbone import find_backbone
        from locard.train.appearance import train
        from locard.train.config import read_config

        train(
            read_config(config),
            backbone or find_backbone(),
            epochs=epochs,
            limit_minutes=limit_minutes,
            say=lambda s: print(s, flush=True),
        )


@app.command()
def export(
    config: Config,
    share: Annotated[
        float,
        typer.Option(
            min=0, max=1, help="Part of the trained weights; the rest is of those it began with."
        ),
    ] = 1.0,
) -> None:
    """Write the trained localizer as ONNX, checked against PyTorch, with a model card beside it.

    It lands in the training's folder, with the weights for another training to begin with. Exit
    codes: 0 done, 2 wrong usage.
    """
    with _one_sentence():
        from locard.train.config import read_config
        from locard.train.export import export as write

        write(read_config(config), say=lambda s: print(s, flush=True), share=share)


@app.command()
def content(
    config: Config,
    backbone: Backbone = None,
    epochs: Annotated[int, typer.Option(min=1, help="Times that every crop is seen.")] = 6,
) -> None:
    """Train the head of content-net on the frozen backbone, and export it with its card.

    The configuration is that of the localizer; its first phase counts, with crops of 224 pixels. An
    interrupted run goes on where it stopped. Exit codes: 0 done, 2 wrong usage.
    """
    with _one_sentence():
        from locard.methods.learned.backbone import find_backbone
        from locard.train.config import read_config
        from locard.train.content import train

        file = backbone or find_backbone()
        train(read_config(config), file, epochs=epochs, say=lambda s: print(s, flush=True))


@app.command()
def synthesis(
    pictures: Annotated[
        str,
        typer.Argument(metavar="SET", help="Labelled set: CSV, or folder with index.csv."),
    ],
    out: Annotated[Path, typer.Option(help="The model, JSON.")],
    twins: Annotated[
        Path | None, typer.Option(help="Autoencoder (ONNX) that rewrites photos for training.")
    ] = None,
    twins_each: Annotated[int, typer.Option(min=1, help="Photos of each source for twins.")] = 60,
    licence: Annotated[str, typer.Option(help="Of the model, for its card.")] = "not stated",
) -> None:
    """Fit the heads of synthesis-traces: generated pictures against photos, sources alike.

    Needs no PyTorch. Exit codes: 0 done, 2 wrong usage.
    """
    from rich.console import Console

    from locard.bench.datasets import DatasetError, open_dataset, refuse_reserved
    from locard.train.synthesis import train

    errors = Console(stderr=True, highlight=False)
    try:
        rewrite = None
        if twins is not None:
            from locard.forge.networks import rewrite as through

            if not twins.is_file():
                raise DatasetError(f"there is no file {twins}")

            def rewrite(rgb: Any) -> Any:
                return through(rgb, str(twins))[0]

        dataset = open_dataset(pictures)
        refuse_reserved(dataset)
        train(
            dataset.items(), out, rewrite=rewrite, twins_each=twins_each, licence=licence, say=print
        )
    except (ValueError, OSError) as error:
        errors.print(str(error), markup=False, soft_wrap=True)
        raise typer.Exit(2) from None
    print(f"{out}: copy it to src/locard/assets/synthesis.json to ship it")


@app.command()
def narrator(
    folder: Annotated[
        Path, typer.Argument(metavar="SET", help="Output of locard forge.", show_default=False)
    ],
    model: Annotated[str, typer.Option(help="Image-text model: a folder, or a name on disk.")],
    out: Annotated[Path, typer.Option(help="Folder for the trained model.")],
    imitate: Annotated[int, typer.Option(min=1, help="Steps of LoRA on the records.")] = 500,
    reinforce: Annotated[int, typer.Option(min=0, help="Steps of GRPO on rewards.")] = 200,
    batch: Annotated[int, typer.Option(min=1, help="Pictures per step.")] = 4,
    generations: Annotated[int, typer.Option(min=2, help="Answers per picture in GRPO.")] = 4,
    rate: Annotated[float, typer.Option(help="Learning rate of LoRA.")] = 2e-4,
    reinforce_rate: Annotated[float, typer.Option(help="Learning rate of GRPO.")] = 1e-5,
    rank: Annotated[int, typer.Option(min=1, help="Rank of the adapters.")] = 16,
    answer: Annotated[int, typer.Option(min=16, help="Most tokens of an answer.")] = 512,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    held_out: Annotated[
        float, typer.Option(min=0.0, max=0.9, help="Share of the host photos kept for a test.")
    ] = 0.1,
) -> None:
    """Fine-tune an image-text model to explain reports, with LoRA and then GRPO.

    Prints the loss and the rewards, and the rewards on photos held out, before and after. Exit
    codes: 0 done, 2 wrong usage.
    """
    from rich.console import Console

    from locard.train.narrator import Plan, evaluate, format_curve, make_examples, split, train

    errors = Console(stderr=True, highlight=False)
    try:
        if not (folder / "records").is_dir():
            raise ValueError(f"{folder} is not a set made by locard forge")
        plan = Plan(
            model, out, imitate, reinforce, batch, generations, rate, reinforce_rate, rank, answer,
            seed,
        )  # fmt: skip
        examples = list(
            make_examples(folder, lambda s: errors.print(s, markup=False, soft_wrap=True))
        )
        examples, held = split(examples, held_out)
        print(format_curve(train(examples, plan)))
        for title, name in (("before", model), ("after", str(out))) if held else ():
            found = evaluate(name, held, answer)
            print(f"{len(held)} pictures held out, {title}: " + "  ".join(
                f"{n} {getattr(found, n):.3f}" for n in found.__slots__
            ))  # fmt: skip
    except (ValueError, OSError) as error:
        errors.print(str(error), markup=False, soft_wrap=True)
        raise typer.Exit(2) from None
    print(f"locard examine PHOTO --explain-with {out}")
