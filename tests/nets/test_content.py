"""The head on the frozen backbone: what it begins with, and what it compares."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra train")

from locard.methods.learned.content_localizer import median as median_of_patches  # noqa: E402
from locard.nets.content import ContentNet, Head, Projection, median  # noqa: E402


def test_it_begins_with_the_localizers_answer() -> None:
    torch.manual_seed(0)
    net = Head().eval()
    heat, trust = torch.randn(2, 56, 56), torch.randn(2, 56, 56)
    found = net(torch.randn(2, 196, 480), torch.randn(2, 480), heat, trust)
    assert torch.allclose(found.logits, heat, atol=1e-5)
    assert torch.allclose(found.confidence, trust, atol=1e-5)


def test_heads_are_weighed_alike() -> None:
    torch.manual_seed(0)
    projection, heads = Projection(), [Head().eval(), Head().eval()]
    for head, bias in zip(heads, (1.0, 4.0), strict=True):
        torch.nn.init.constant_(head.out.bias, bias)
    given = (
        torch.randn(1, 196, 3 * 768),
        torch.randn(1, 480),
        torch.zeros(1, 56, 56),
        torch.zeros(1, 56, 56),
    )
    heat, trust, projected = ContentNet(projection, heads)(*given)
    assert projected.shape == (1, 196, 480)
    assert torch.allclose(heat, torch.sigmoid(torch.tensor(2.5)))
    assert torch.allclose(trust, heat)


def test_the_projection_whitens_each_block() -> None:
    torch.manual_seed(0)
    mixed = torch.randn(4000, 3 * 768) @ torch.diag(torch.rand(3 * 768) + 0.2)
    projection = Projection()
    projection.fit(mixed + 3.0)
    found = projection((mixed + 3.0).reshape(20, 200, -1)).flatten(0, 1)
    assert found.shape == (4000, 480)
    assert found.mean(0).abs().max() < 1e-3
    first = found[:, :160]
    assert torch.allclose(first.T @ first / 3999, torch.eye(160), atol=1e-2)


def test_both_medians_are_the_same() -> None:
    tokens = np.random.default_rng(0).normal(size=(196, 7)).astype(np.float32)
    assert np.array_equal(median(torch.from_numpy(tokens)[None])[0].numpy(),
                          median_of_patches(tokens))  # fmt: skip
