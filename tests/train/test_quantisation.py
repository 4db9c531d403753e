"""Quantisation: ranges that one crop in fifty does not decide."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra train")

from locard.inference import open_session  # noqa: E402
from locard.train.export import to_onnx  # noqa: E402
from locard.train.quantisation import chosen_convolutions, quantise  # noqa: E402


def test_one_wild_input_in_fifty_leaves_the_others_readable(tmp_path: Path) -> None:
    torch.manual_seed(0)
    net = torch.nn.Conv2d(8, 8, 3)
    exact, rounded = tmp_path / "exact.onnx", tmp_path / "rounded.onnx"
    to_onnx(net, [torch.zeros(1, 8, 16, 16)], exact, ["x"], ["y"])
    rng = np.random.default_rng(0)
    inputs = [{"x": rng.normal(size=(1, 8, 16, 16)).astype(np.float32)} for _ in range(50)]
    inputs[7]["x"] *= 500
    names = chosen_convolutions(exact)
    assert len(names) == 1
    quantise(exact, names, inputs, rounded)
    before, after = (
        np.concatenate([open_session(file).run(["y"], given)[0] for given in inputs[20:]])
        for file in (exact, rounded)
    )
    # By the extremes of all, an eighth bit would be worth five times an ordinary value.
    assert np.abs(after - before).mean() < 0.2 * before.std()
    assert chosen_convolutions(exact, left={(8, 8, 3, 3)}) == []
