"""What a training of the localizer is made of, read from YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from locard.nets.localizer import MULTIPLE, LocalizerConfig

_CONFIG = ConfigDict(extra="forbid", frozen=True)


class ConfigError(ValueError):
    """A configuration that cannot be used; the message is one sentence."""


class SetConfig(BaseModel):
    """A labelled set, as ``locard bench`` opens it: a folder with index.csv, or a known layout.

    Attributes:
        path: folder or table.
        root: folder of the copy, where ``path`` is the name of a known set.
        about: what it is and where from, for the model card.
        licence: of its pictures, for the model card.
        share: how often its pictures are drawn, relative to those of other sets.
    """

    model_config = _CONFIG

    path: str
    root: Path | None = None
    about: str = ""
    licence: str = "not stated"
    share: float = Field(default=1.0, gt=0)


class PhaseConfig(BaseModel):
    """A stretch of the training with crops of one size.

    Attributes:
        crops: how many.
        size: their side in pixels.
        batch: crops per step, a multiple of ``group``.
        group: crops of one picture, which see each other's tokens.
        mosaics: part of the pictures that are mosaics of `photos` rather than from the sets.
        wide: part of the mosaics that are larger than their crops, so that an edit may fill a crop;
            the others of its group, better several, show what it differs from.
        taught: part of the pictures whose crops the frozen backbone reads too, for the appearance
            view to repeat; ``size`` is that of its windows then.
        frozen: whether the appearance view stays as it is, weights and normalisations, while the
            rest learns to read it.
    """

    model_config = _CONFIG

    crops: int = Field(gt=0)
    size: int = Field(default=256, ge=MULTIPLE, multiple_of=MULTIPLE)
    batch: int = Field(default=16, gt=0)
    group: int = Field(default=2, gt=0)
    mosaics: float = Field(default=0.0, ge=0, le=1)
    wide: float = Field(default=0.0, ge=0, le=1)
    taught: float = Field(default=0.0, ge=0, le=1)
    frozen: bool = False

    @model_validator(mode="after")
    def _taught_or_frozen(self) -> Self:
        if self.frozen and self.taught:
            raise ValueError("a frozen view learns nothing: set frozen or taught, not both")
        return self

    @model_validator(mode="after")
    def _wide_groups(self) -> Self:
        if self.wide and (self.group < 2 or not self.mosaics):
            raise ValueError("wide needs mosaics, and a group of 2 crops or more to compare")
        return self

    @property
    def steps(self) -> int:
        """Optimizer steps in this phase."""
        return max(1, self.crops // (self.pictures * self.group))

    @property
    def pictures(self) -> int:
        """Pictures per step."""
        return max(1, self.batch // self.group)


# Of phases: what neither crops nor what the backbone says of them depend on.
WITHOUT_CROPS = {"phases": {"__all__": {"taught", "frozen"}}}


class SamplingConfig(BaseModel):
    """How crops are drawn, and what happens to them on the way.

    Attributes:
        authentic: part of the pictures that are authentic ones.
        forged: part of the first crops of forged pictures that are placed on the edit.
        alone: part of the steps' pictures whose crops do not see each other's tokens, as in a
            picture that is examined in one piece.
        skip: operations that are left out; by default those on the whole picture, which have no
            "where".
        weights: how often an operation is drawn relative to how often it occurs, 1 if not named.
        flip: whether crops are flipped; sides are multiples of 8, so the block grid stays.
        resize: part of the pictures that are resized after the edit, by 0.5 to 1.5.
        compress: part of the others that are compressed once more.
        quality: lowest and highest quality of that JPEG.
    """

    model_config = _CONFIG

    authentic: float = Field(default=0.25, ge=0, le=1)
    forged: float = Field(default=0.8, ge=0, le=1)
    alone: float = Field(default=0.3, ge=0, le=1)
    skip: tuple[str, ...] = (
        "colour-transfer",
        "painted",
        "print-scan",
        "regenerate-whole",
        "screen-recapture",
    )
    weights: dict[str, float] = Field(default_factory=dict)
    flip: bool = True
    resize: float = Field(default=0.15, ge=0, le=1)
    compress: float = Field(default=0.35, ge=0, le=1)
    quality: tuple[int, int] = (50, 100)


class LossConfig(BaseModel):
    """Weights of the parts of the loss; the per-pixel cross-entropy has 1."""

    model_config = _CONFIG

    dice: float = Field(default=0.5, ge=0)
    edge: float = Field(default=0.2, ge=0)
    integrity: float = Field(default=0.3, ge=0)
    confidence: float = Field(default=0.2, ge=0)
    history: float = Field(default=1.0, ge=0)
    taught: float = Field(default=1.0, ge=0)


class OptimizerConfig(BaseModel):
    """AdamW (Loshchilov and Hutter, 2019) with warm-up, and a cosine over the end of the run.

    Attributes:
        rate: highest learning rate.
        view: that of the localizer's appearance view, relative to it: a view that was taught by
            itself is let loose a little.
        warmup: steps of its linear rise.
        decay: part of the run, at its end, over which it falls to a hundredth along a cosine; 1
            is a cosine all along.
        weight_decay: of matrices and kernels, not of biases and norms.
        clip: largest norm of the gradient.
        average: of the exponential moving average of the weights, which is what is exported.
    """

    model_config = _CONFIG

    rate: float = Field(default=1e-3, gt=0)
    view: float = Field(default=1.0, gt=0, le=1)
    warmup: int = Field(default=300, ge=0)
    decay: float = Field(default=1.0, gt=0, le=1)
    weight_decay: float = Field(default=0.02, ge=0)
    clip: float = Field(default=1.0, gt=0)
    average: float = Field(default=0.999, ge=0, lt=1)


class ValidationConfig(BaseModel):
    """Held-out pictures; whole sources, chosen by hash.

    Attributes:
        share: part of the sources that is held out.
        items: pictures that are examined, spread evenly over operations; authentic ones beside.
        size: larger pictures are cut to this side.
        every_minutes: between two validations.
    """

    model_config = _CONFIG

    share: float = Field(default=0.08, gt=0, lt=1)
    items: int = Field(default=200, gt=0)
    size: int = Field(default=640, ge=MULTIPLE, multiple_of=MULTIPLE)
    every_minutes: float = Field(default=30.0, gt=0)


class CardConfig(BaseModel):
    """What the model card says beyond what is measured.

    Attributes:
        photos: what the photos of the mosaics are and where from.
    """

    model_config = _CONFIG

    name: str = "trace-net"
    photos: str = ""
    licence: str = "not stated"
    known_failures: tuple[str, ...] = ()


class TrainConfig(BaseModel):
    """A training of the localizer.

    Attributes:
        sets: labelled sets; training and validation sources are told apart by hash.
        out: folder of checkpoints, logs and the exported network.
        photos: folders of authentic photos, for mosaics.
        versions: folders of folders with a photo and what networks made of it, for mosaics too;
            see `locard.train.mosaics.list_versions`.
        phases: one after the other.
        init: checkpoint whose averaged weights it starts from, or None; the network may have more
            residual blocks than they do, and an appearance view.
        device: "cpu" or "cuda".
        threads: of PyTorch; 0 takes all processors.
        loaders: threads that read pictures ahead.
        checkpoint_minutes: between two checkpoints.
    """

    model_config = _CONFIG

    sets: tuple[SetConfig, ...] = Field(min_length=1)
    out: Path
    photos: tuple[Path, ...] = ()
    versions: tuple[Path, ...] = ()
    phases: tuple[PhaseConfig, ...] = Field(min_length=1)
    seed: int = 0
    init: Path | None = None
    network: LocalizerConfig = LocalizerConfig()
    sampling: SamplingConfig = SamplingConfig()
    losses: LossConfig = LossConfig()
    optimizer: OptimizerConfig = OptimizerConfig()
    validation: ValidationConfig = ValidationConfig()
    card: CardConfig = CardConfig()
    device: Literal["cpu", "cuda"] = "cpu"
    threads: int = Field(default=0, ge=0)
    loaders: int = Field(default=2, ge=1)
    checkpoint_minutes: float = Field(default=5.0, gt=0)

    @model_validator(mode="after")
    def _something_to_freeze(self) -> Self:
        if self.network.appearance is None and any(phase.frozen for phase in self.phases):
            raise ValueError("there is no view to be frozen; set network.appearance")
        return self

    @property
    def steps(self) -> int:
        """Optimizer steps in all phases."""
        return sum(phase.steps for phase in self.phases)


def read_config(file: Path) -> TrainConfig:
    """Read a YAML file; relative paths are relative to the working directory.

    Raises: ConfigError, one sentence.
    """
    try:
        loaded = yaml.safe_load(file.read_text(encoding="utf-8"))
        return TrainConfig.model_validate(loaded)
    except OSError as error:
        raise ConfigError(f"{file.name} cannot be read ({error.strerror})") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise ConfigError(f"{file.name} is not YAML: {reason}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ConfigError(f"{file.name}: {where}: {first['msg']}") from None
