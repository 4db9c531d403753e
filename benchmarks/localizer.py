"""Speed of the localizer that is shipped: training, run time, memory. Weights do not matter.

Where the frozen backbone is installed, that of the second look with it too.

    python benchmarks/localizer.py [--threads N] [--without-appearance]

Needs `pip install 'locard[train]'`.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
import torch

from locard.methods.learned import content_localizer as content
from locard.methods.learned.backbone import find_backbone, open_tokens
from locard.methods.learned.localizer import Network, Seen, look, open_network
from locard.nets.localizer import HISTORY, HISTORY_STRIDE, Localizer, LocalizerConfig
from locard.train.config import PhaseConfig, SetConfig, TrainConfig
from locard.train.crops import Batch
from locard.train.export import write_onnx
from locard.train.localizer import new_state, train_step
from locard.train.quantisation import quantise_localizer


def training(config: LocalizerConfig, threads: int, size: int, batch: int) -> float:
    """Crops per second, the best of eight steps."""
    torch.set_num_threads(threads)
    phase = PhaseConfig(crops=10**6, size=size, batch=batch)
    sets = (SetConfig(path="none"),)
    settings = TrainConfig(sets=sets, out=Path("none"), phases=(phase,), network=config)
    state = new_state(settings)
    rng = np.random.default_rng(0)
    cells = (batch, 1, size // 4, size // 4)
    crops = Batch(
        rng.integers(0, 256, (batch, size, size, 3), dtype=np.uint8),
        (rng.random(cells) < 0.2).astype(np.float32),
        np.ones(cells, np.float32),
        np.ones(batch, np.float32),
        np.ones(batch, bool),
        np.zeros((batch, HISTORY, size // HISTORY_STRIDE, size // HISTORY_STRIDE), np.float32),
    )
    seconds = []
    for _ in range(8):
        start = time.perf_counter()
        train_step(settings, state, crops, phase)
        seconds.append(time.perf_counter() - start)
    return batch / min(seconds)


def timed(rgb: np.ndarray, network: Network, channels: int) -> float:
    """Seconds for a picture; of 1 megapixel the best of three."""
    seconds = []
    for _ in range(3 if rgb.shape[0] == 1000 else 1):
        start = time.perf_counter()
        look(rgb, network, channels)
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def again(rgb: np.ndarray, backbone: Path, before: Seen) -> float:
    """Seconds of the second look, on as many threads as there are processors."""
    read = open_tokens(backbone, content.BLOCKS)
    with as_file(files("locard.assets") / "content-net.onnx") as file:
        head = content.open_head(file)
    start = time.perf_counter()
    content.look(rgb, before, read, *head)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--without-appearance", action="store_true", help="the traces alone")
    args = parser.parse_args()
    threads = args.threads
    card = (files("locard.assets") / "trace-net.json").read_text("utf-8")
    config = LocalizerConfig.model_validate(json.loads(card)["network"])
    if args.without_appearance:
        config = config.model_copy(update={"appearance": None})
    # First what runs in ONNX Runtime: the peak of memory should be its own.
    rng = np.random.default_rng(0)
    crops = [rng.integers(0, 256, (256, 256, 3), dtype=np.uint8) for _ in range(4)]
    with tempfile.TemporaryDirectory() as folder:
        exact, file = Path(folder) / "exact.onnx", Path(folder) / "net.onnx"
        net = Localizer(config).eval()
        worst = write_onnx(net, exact)
        count = quantise_localizer(exact, net, crops, file)
        print(
            f"file: {file.stat().st_size / 1e6:.1f} MB with {count} convolutions in 8 bits; before "
            f"{exact.stat().st_size / 1e6:.1f} MB, differs from PyTorch by {worst:.0e}"
        )
        (network, channels), (slow, _) = (open_network(f, threads) for f in (file, exact))
    backbone = find_backbone()
    for height, width in ((1000, 1000), (3000, 4000), (6000, 8000)):
        rgb = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
        seconds = timed(rgb, network, channels)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
        print(
            f"{height * width / 1e6:.0f} megapixels, {threads} threads: {seconds:.2f} s; "
            f"peak memory of this process so far {peak:.0f} MiB"
        )
        if backbone is not None:
            more = again(rgb, backbone, look(rgb, network, channels))
            print(f"    with the backbone {more:.2f} s more")
    rgb = rng.integers(0, 256, (1000, 1000, 3), dtype=np.uint8)
    share = timed(rgb, network, channels) / timed(rgb, slow, channels)
    print(f"1 megapixel in 8 bits takes {share:.2f} of the time before")
    for size, batch in ((256, 16), (512, 4)):
        rate = training(config, threads, size, batch)
        print(f"training, crops of {size}, {threads} threads: {rate:.1f} crops/s")


if __name__ == "__main__":
    main()
