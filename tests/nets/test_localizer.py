"""The localizer's network: what its fixed parts compute, and that any size and context work."""

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra train")

from locard.nets.localizer import (  # noqa: E402
    Compression,
    Localizer,
    LocalizerConfig,
    Residuals,
    fixed_filters,
)

TINY = LocalizerConfig(
    stem=8, widths=(8, 8, 16, 16), depths=(0, 1, 1, 1), compression=8, comparisons=1, heads=2,
    decoder=8,
)  # fmt: skip


SEEING = TINY.model_copy(update={"appearance": (8, 8, 16, 16), "appearance_depths": (0, 1, 1)})


@pytest.fixture(params=[TINY, SEEING], ids=["traces", "appearance"])
def net(request: pytest.FixtureRequest) -> Localizer:
    torch.manual_seed(0)
    return Localizer(request.param).eval()


def picture(height: int = 96, width: int = 128, seed: int = 0) -> "torch.Tensor":
    rng = np.random.default_rng(seed)
    return torch.from_numpy(rng.integers(0, 256, (1, height, width, 3), dtype=np.uint8))


def test_fixed_filters_are_blind_to_flat_areas_and_ramps() -> None:
    ramp = torch.arange(5.0)[None, :].expand(5, 5)
    for kernel in fixed_filters():
        assert abs(float(kernel.sum())) < 1e-5
        assert abs(float((kernel * ramp).sum())) < 1e-5
        assert float(kernel.abs().max()) == pytest.approx(2 if kernel[2, 2] == -2 else 1)


def test_constrained_filters_stay_prediction_errors_after_training_steps() -> None:
    residuals = Residuals(3)
    optimizer = torch.optim.SGD(residuals.parameters(), lr=10.0)
    for seed in range(3):
        residuals(
            torch.rand(1, 3, 16, 16, generator=torch.manual_seed(seed)) * 255
        ).sum().backward()
        optimizer.step()
        kernels = residuals.constrained().detach()
        centre = kernels[:, :, 2, 2]
        assert torch.allclose(centre.sum(1), torch.full((3,), -1.0), atol=1e-5)
        around = kernels.sum((1, 2, 3)) - centre.sum(1)
        assert torch.all((around - 1).abs() < 1e-4)


def test_compression_hears_the_step_of_a_quantised_picture() -> None:
    from locard.nets.localizer import _FREQUENCIES, _STEPS

    rng = np.random.default_rng(0)
    from locard.exhibit.exhibit import dct_basis

    basis = dct_basis().astype(np.float64)
    step, blocks = 9, []
    for _ in range(64):
        coefficients = np.rint(rng.laplace(0, 20, (8, 8)) / step) * step
        coefficients[0, 0] = 8 * 128
        blocks.append(basis.T @ coefficients @ basis)
    rows = [np.hstack(blocks[i * 8 : i * 8 + 8]) for i in range(8)]
    grey = np.vstack(rows)
    x = torch.from_numpy(np.repeat(grey[None, None], 3, 1)).float()
    found = Compression(4).read(x)[0]
    waves = found[: len(_FREQUENCIES) * len(_STEPS)].reshape(len(_FREQUENCIES), len(_STEPS), -1)
    means = waves.mean((0, 2))
    assert float(means[_STEPS.index(9)]) > 0.99
    assert float(means[_STEPS.index(7)]) < 0.6
    assert float(means[_STEPS.index(10)]) < 0.6


@pytest.mark.parametrize(("height", "width"), [(96, 128), (128, 96), (32, 32), (160, 64)])
def test_maps_are_at_stride_4_for_any_size(net: Localizer, height: int, width: int) -> None:
    with torch.inference_mode():
        found = net(picture(height, width), torch.zeros(1, 0, 16))
    assert found.logits.shape == found.confidence.shape == (1, 1, height // 4, width // 4)
    assert found.integrity.shape == (1,)
    assert found.tokens.shape == (1, (height // 32) * (width // 32), 16)
    assert found.edges is None


def test_own_tokens_as_context_change_nothing_and_others_do(net: Localizer) -> None:
    for comparison in net.comparisons:
        torch.nn.init.normal_(comparison.out.weight)
    torch.nn.init.normal_(net.map.weight)
    with torch.inference_mode():
        alone = net(picture(), torch.zeros(1, 0, 16))
        own = net(picture(), alone.tokens.repeat(1, 3, 1))
        other = net(picture(), 3 * torch.randn(1, 40, 16))
    assert torch.allclose(alone.logits, own.logits, atol=1e-4)
    assert float((alone.logits - other.logits).abs().max()) > 1e-3


def test_confidence_does_not_reach_the_map(net: Localizer) -> None:
    net.train()
    found = net(picture(), torch.zeros(1, 0, 16))
    found.confidence.sum().backward()
    assert net.map.weight.grad is None
    assert net.stem[0].weight.grad is None
    assert net.trust[0][0].weight.grad is not None


def test_every_weight_learns_from_the_other_parts(net: Localizer) -> None:
    net.train()
    found = net(picture(), torch.zeros(1, 0, 16))
    parts = (found.logits, found.integrity, found.edges, found.history, found.taught)
    sum(part.sum() for part in parts if part is not None).backward()
    still = [n for n, p in net.named_parameters() if p.grad is None]
    assert all(name.startswith("trust") for name in still)
    assert math.isfinite(
        sum(float(p.grad.abs().sum()) for p in net.parameters() if p.grad is not None)
    )
