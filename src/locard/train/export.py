"""Export of the trained localizer: ONNX file, parity check, figures and model card."""

from __future__ import annotations

import hashlib
import json
import logging
import math
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.export import Dim

from locard.bench.metrics.resampling import Interval
from locard.inference import open_session
from locard.methods.learned.backbone import SHA256
from locard.methods.learned.localizer import look, open_network
from locard.nets.localizer import (
    MAP_STRIDE,
    MULTIPLE,
    Appearance,
    Localizer,
    LocalizerConfig,
    PooledAppearance,
)
from locard.train.checkpoint import load_checkpoint, write_whole
from locard.train.config import ConfigError, TrainConfig
from locard.train.crops import choose_validation
from locard.train.localizer import CHECKPOINT, list_pictures, sampler_of
from locard.train.quantisation import (
    chosen_convolutions,
    difference,
    quantise,
    quantise_localizer,
)
from locard.train.validation import examine_items, summarise

SCHEMA = "locard.model/1"
OPSET = 18
# Largest difference between PyTorch and ONNX Runtime that an export may have.
PARITY = 1e-3
# Crops on which the ranges of the activations are measured, and others to compare on.
_MEASURED, _COMPARED = 64, 32
_OUTPUTS = ("heatmap", "reliability", "integrity", "tokens")


class _Exported(nn.Module):
    """The network with probabilities for maps."""

    def __init__(self, net: Localizer) -> None:
        super().__init__()
        self.net = net

    def forward(self, rgb: Tensor, context: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Arguments as of `Localizer.forward`."""
        found = self.net(rgb, context)
        return (
            torch.sigmoid(found.logits),
            torch.sigmoid(found.confidence),
            found.integrity,
            found.tokens,
        )


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the exporter's remarks on packages that nothing here uses."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def to_onnx(
    net: nn.Module,
    given: Sequence[Tensor],
    file: Path,
    inputs: Sequence[str],
    outputs: Sequence[str],
    dynamic_shapes: Any = None,
) -> None:
    """Write a network as one ONNX file; sizes are those of ``given`` where none may vary."""
    with _quiet():
        torch.onnx.export(
            net,
            tuple(given),
            str(file),
            input_names=inputs,
            output_names=outputs,
            dynamic_shapes=dynamic_shapes,
            opset_version=OPSET,
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    _strip(file)


def write_card(card: Mapping[str, Any], network: Path) -> None:
    """Write the model card beside a network's file."""
    text = json.dumps(card, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    network.with_suffix(".json").write_text(text, encoding="utf-8")


def write_onnx(net: Localizer, file: Path) -> float:
    """Write a network as one ONNX file and compare both; any picture size, any context.

    Returns: the largest difference of any output on pictures of several sizes.
    """
    exported = _Exported(net).eval()
    channels = net.config.widths[3]
    rgb = torch.zeros(1, 2 * MULTIPLE, 3 * MULTIPLE, 3, dtype=torch.uint8)
    rows, cols, tokens = Dim("rows", min=1, max=2048), Dim("cols", min=1, max=2048), Dim("tokens")
    to_onnx(
        exported,
        [rgb, torch.zeros(1, 5, channels)],
        file,
        ["rgb", "context"],
        list(_OUTPUTS),
        ({1: MULTIPLE * rows, 2: MULTIPLE * cols}, {1: tokens}),
    )
    return parity(exported, file)


def write_view(
    view: Appearance,
    crops: Sequence[NDArray[np.uint8]],
    file: Path,
    training: Mapping[str, Any],
    licence: str,
) -> str:
    """Write the appearance view as heads read it, in 8 bits, with a card beside it.

    Args:
        view: taught, in evaluation mode.
        crops: uint8, side × side × 3, two or more; two thirds to measure ranges on, the rest to
            compare on.
        training: what the card says of it.

    Returns: what became of it, one sentence.

    Raises: ConfigError when the file differs from the network.
    """
    pooled = PooledAppearance(view).eval()
    compared = crops[-max(1, len(crops) // 3) :]
    measured = crops[: -len(compared)]
    exact = file.with_name(f"{file.stem}-float.onnx")
    to_onnx(pooled, [torch.from_numpy(crops[0][None])], exact, ["rgb"], ["pooled"])

    def run(network: Path) -> NDArray[np.float32]:
        session = open_session(network)
        found = [session.run(["pooled"], {"rgb": crop[None]})[0] for crop in compared]
        return np.concatenate(found)

    plain = run(exact)
    with torch.inference_mode():
        own = np.concatenate([pooled(torch.from_numpy(crop[None])).numpy() for crop in compared])
    worst = float(np.abs(own - plain).max())
    if not worst <= PARITY:
        raise ConfigError(f"{exact.name} differs from the network by {worst:.1e}, over {PARITY}")
    names = chosen_convolutions(exact)
    quantise(exact, names, ({"rgb": crop[None]} for crop in measured), file)
    rounded = run(file)
    # In parts of what each number differs by from picture to picture.
    apart = np.abs(rounded - plain).mean(0) / np.maximum(plain.std(0), 1e-6)
    differs = float(np.median(apart))
    card = {
        "schema": SCHEMA,
        "name": file.stem,
        "task": "what is drawn how: features for heads, taught the tokens of a frozen network",
        "licence": licence,
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        # The head that the view is taught with is not in the file.
        "parameters": sum(p.numel() for p in [*view.stem.parameters(), *view.stages.parameters()]),
        "input": {"rgb": f"uint8, 1 × {len(crops[0])} × {len(crops[0])} × 3, RGB, not resized"},
        "output": {"pooled": f"float32, 1 × {plain.shape[1]}: means, then standard deviations"},
        "training": training,
        "parity": worst,
        "quantised": {
            "convolutions": len(names),
            "bits": 8,
            "ranges": f"of {len(measured)} crops of the training",
            "differs": {"crops": len(compared), "median": differs},
        },
    }
    write_card(card, file)
    return (
        f"{file}: {file.stat().st_size / 1e6:.1f} MB, {len(names)} convolutions in 8 bits; its "
        f"numbers differ by {differs:.3f} of their spread"
    )


def _strip(file: Path) -> None:
    """Take out of an exported file where in whose source each node comes from."""
    model = onnx.load(file)
    graphs = [model.graph, *model.functions]
    for part in (model, *graphs, *(node for graph in graphs for node in graph.node)):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    for value in (*model.graph.value_info, *model.graph.input, *model.graph.output):
        value.ClearField("metadata_props")
    for tensor in model.graph.initializer:
        tensor.ClearField("metadata_props")
    onnx.save(model, file)


@torch.inference_mode()
def parity(exported: nn.Module, file: Path) -> float:
    """Largest difference between the network and its file over outputs and picture sizes."""
    network, channels = open_network(file)
    rng = np.random.default_rng(0)
    worst = 0.0
    for height, width, tokens in ((128, 160, 0), (256, 224, 70), (544, 320, 512)):
        # Smooth with noise, as photos are; white noise alone would clip every residual.
        ramp = np.linspace(20, 220, height)[:, None, None] + np.zeros((1, width, 3))
        noisy = ramp + rng.normal(0, 4, (height, width, 3))
        rgb = np.clip(noisy, 0, 255).astype(np.uint8)[None]
        context = rng.normal(size=(1, tokens, channels)).astype(np.float32)
        ours = exported(torch.from_numpy(rgb), torch.from_numpy(context))
        theirs = network(rgb, context)
        for a, b in zip(ours, theirs, strict=True):
            worst = max(worst, float(np.abs(a.numpy() - b).max()))
    return worst


def figures_of(table: Mapping[str, Mapping[str, Interval]]) -> dict[str, Any]:
    """Figures by operation as a card has them: [value, low, high], null where there is none."""
    return {
        operation: {
            name: int(value.value)
            if name == "n"
            else [
                None if math.isnan(v) else round(v, 4) for v in (value.value, value.low, value.high)
            ]
            for name, value in figures.items()
        }
        for operation, figures in table.items()
    }


def mixed(
    before: Mapping[str, Tensor], after: Mapping[str, Tensor], share: float
) -> dict[str, Tensor]:
    """Weights on the line from those before a training to those after it.

    (1 - share) · before + share · after: a short training forgets something of what it began
    with, and the mean of both is often better than either. What is counted is that of ``after``.

    Raises: ConfigError for weights of different networks.

    Source: Wortsman et al., Robust fine-tuning of zero-shot models (WiSE-FT), CVPR 2022.
    """
    if {k: v.shape for k, v in before.items()} != {k: v.shape for k, v in after.items()}:
        raise ConfigError("the training began with weights of another network; leave out the share")
    return {
        name: torch.lerp(before[name].float(), value.float(), share)
        if value.is_floating_point()
        else value
        for name, value in after.items()
    }


def _weights(config: TrainConfig, loaded: Mapping[str, Any], share: float) -> dict[str, Tensor]:
    after: dict[str, Tensor] = loaded["average"]
    if share == 1:
        return after
    if config.init is None:
        raise ConfigError("a share needs a training that began with other weights (init)")
    return mixed(load_checkpoint(config.init)["average"], after, share)


def save_weights(net: Localizer, loaded: Mapping[str, Any], file: Path) -> None:
    """Write weights that another training may begin with: kernels in half precision."""
    average = {
        name: value.half() if value.ndim > 1 else value for name, value in net.state_dict().items()
    }
    held = {
        "network": loaded["network"],
        "average": average,
        "projection": loaded.get("projection"),
        "crops": loaded["crops"] + loaded.get("crops_before", 0),
    }
    write_whole(file, lambda fresh: torch.save(held, fresh))


def export(
    config: TrainConfig,
    say: Callable[[str], None] = lambda sentence: None,
    share: float = 1.0,
) -> Path:
    """Export the averaged weights of a training with a model card beside them.

    The figures of the card are those of the ONNX file, as the method runs it, on whole held-out
    pictures.

    Args: share: of the trained weights; the rest is of those that it began with, see `mixed`.

    Returns: the ONNX file, ``NAME.onnx`` in the training's folder; beside it ``NAME-float.onnx``,
        which is what it was before its convolutions were quantised, and ``NAME.pt``, the weights
        for another training to begin with.

    Raises: ConfigError, DatasetError, one sentence each.
    """
    if not (config.out / CHECKPOINT).exists():
        raise ConfigError(f"{config.out} holds no training; run locard train localizer first")
    loaded = load_checkpoint(config.out / CHECKPOINT)
    net = Localizer(LocalizerConfig.model_validate(loaded["network"]))
    net.load_state_dict(_weights(config, loaded, share))
    save_weights(net, loaded, config.out / f"{config.card.name}.pt")
    file = config.out / f"{config.card.name}.onnx"
    exact = file.with_name(f"{config.card.name}-float.onnx")
    worst = write_onnx(net.eval(), exact)
    say(f"{exact}: {exact.stat().st_size / 1e6:.1f} MB, differs by at most {worst:.1e}")
    if not worst <= PARITY:
        raise ConfigError(f"{exact.name} differs from the network by {worst:.1e}, over {PARITY}")
    pictures = list_pictures(config)
    draw = sampler_of(config, config.phases[0], pictures)
    # Numbers from the end of the training on: crops that it has not seen.
    drawn = [draw(loaded["drawn"] + i).rgb[0] for i in range(_MEASURED + _COMPARED)]
    count = quantise_localizer(exact, net, drawn[:_MEASURED], file)
    apart = difference(exact, file, drawn[_MEASURED:])
    say(
        f"{file}: {file.stat().st_size / 1e6:.1f} MB, {count} convolutions in 8 bits; the "
        f"heat map differs by {apart[0]:.1e} on average, {apart[1]:.1e} at most"
    )
    network, channels = open_network(file)

    def predict(rgb: Any) -> tuple[Any, float]:
        seen = look(rgb, network, channels)
        return seen.heat, seen.score

    chosen = choose_validation(pictures.held, config.validation.items)
    table = summarise(examine_items(chosen, predict, None))
    sources = {listed.item.source for listed in pictures.training}
    card = {
        "schema": SCHEMA,
        "name": config.card.name,
        "task": "where a photo was edited, and whether",
        "licence": config.card.licence,
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "parameters": sum(p.numel() for p in net.parameters()),
        "network": loaded["network"],
        "input": {
            "rgb": f"uint8, 1 × H × W × 3, RGB, sides multiples of {MULTIPLE}; its origin lies on "
            "a multiple of 8 of the stored pixel grid; not resized",
            "context": "float32, 1 × T × channels: tokens of other parts of the picture, T may "
            "be 0",
        },
        "output": {
            "heatmap": f"float32, 1 × 1 × H/{MAP_STRIDE} × W/{MAP_STRIDE}, probability of an edit",
            "reliability": "same shape, probability that the map is right",
            "integrity": "float32, 1: log odds that something was edited",
            "tokens": "float32, 1 × T × channels",
        },
        "training": {
            "crops": loaded["crops"],
            "crops_before": loaded.get("crops_before", 0),
            "steps": loaded["step"],
            "share": share,
            "pictures": len(pictures.training),
            "sources": len(sources),
            "mosaics": {
                "photos": len(set(pictures.photos)),
                "versions": len(pictures.versions),
                "about": config.card.photos,
            },
            "sets": [s.model_dump(mode="json", exclude={"path", "root"}) for s in config.sets],
            "phases": [phase.model_dump(mode="json") for phase in config.phases],
            # The backbone whose tokens it has learnt to repeat.
            "taught_by": SHA256 if loaded.get("projection") else None,
            "sampling": config.sampling.model_dump(mode="json"),
        },
        "parity": worst,
        "quantised": {
            "convolutions": count,
            "bits": 8,
            "ranges": f"of {_MEASURED} crops of the training",
            "heatmap_differs": {"crops": _COMPARED, "mean": apart[0], "most": apart[1]},
        },
        "metrics": {
            "data": "held-out sources of the training sets, whole pictures, delivered as the sets "
            "are; means over pictures, 95 % bootstrap intervals over sources",
            "by_operation": figures_of(table),
        },
        "known_failures": list(config.card.known_failures),
    }
    write_card(card, file)
    for operation, figures in table.items():
        shown = ", ".join(f"{k} {v.value:.3g}" for k, v in figures.items())
        say(f"{operation}: {shown}")
    return file
