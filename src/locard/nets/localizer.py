"""The forgery localizer: where does a picture differ from the rest of itself?

What goes in is a crop of 8-bit RGB whose origin lies on a multiple of 8 of the stored pixel grid;
everything else is in the graph, so that training, export and run time cannot differ.

Two views of the pixels meet at stride 8. The *trace* view is colour beside clipped high-pass
residuals, fixed (Fridrich and Kodovský, TIFS 2012) and constrained (Bayar and Stamm, TIFS 2018).
The *compression* view is the block DCT of luma on the grid of the crop, read through cosines whose
periods are quantisation steps: averaged over blocks they are the characteristic function of the
coefficients, which peaks at the steps that the picture was once quantised with. It needs no file
(after CAT-Net, Kwon et al., IJCV 2022, which needs it). A third, the *appearance* view, joins them
at stride 16: colour alone, for what is drawn how, where traces are worn out.

An edit is an anomaly relative to the same picture, so at stride 16 every place is compared with
tokens of the whole picture: with their mean and spread, and by attention with those most like it
(after NFA-ViT and TruFor). Tokens of other crops of the picture are a second input, `context`:
in training a second crop, at run time windows spread over a picture that is examined in tiles.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn
from torch.nn import functional

from locard.exhibit.exhibit import dct_basis
from locard.methods.learned.content_localizer import BLOCKS
from locard.nets.content import KEPT

# Sides of a crop are multiples of this; maps come at stride 4, tokens at stride 32.
MULTIPLE = 32
MAP_STRIDE = 4
# In training the network is also asked, at stride 8, for what a place went through.
HISTORY = 6
HISTORY_STRIDE = 8

# Residuals beyond this many grey levels are content, not traces.
_CLIP = 6.0
# Quantisation steps whose period the compression view listens to. Below 2, the rounding of pixels
# drowns it.
_STEPS = (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 18, 20, 22, 25, 30, 36)
# Frequencies (row, column) of the block DCT that survive compression often enough to be read.
# (Diagonals 1 to 5 of the block, and the middle of the sixth.)
_FREQUENCIES = tuple(
    (u, v) for s in range(1, 7) for u in range(s + 1) for v in (s - u,) if s < 6 or u in (2, 3, 4)
)


class LocalizerConfig(BaseModel):
    """Sizes of the network.

    Attributes:
        stem: channels at full resolution.
        widths: channels at strides 2, 4, 8 and 16.
        depths: residual blocks at strides 2, 4, 8 and 16, the last after the comparison.
        compression: channels of the compression view; 0 leaves it out.
        appearance: channels of the appearance view at strides 2, 4, 8 and 16; None leaves it out.
        appearance_depths: its residual blocks at strides 4, 8 and 16.
        comparisons: layers that compare a place with the picture; 0 leaves them out.
        heads: of attention.
        decoder: channels at stride 4; twice as many at stride 8.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    stem: int = Field(default=16, ge=4)
    widths: tuple[int, int, int, int] = (32, 48, 96, 128)
    depths: tuple[int, int, int, int] = (1, 2, 3, 2)
    compression: int = Field(default=64, ge=0)
    appearance: tuple[int, int, int, int] | None = None
    appearance_depths: tuple[int, int, int] = (2, 3, 4)
    comparisons: int = Field(default=2, ge=0)
    heads: int = Field(default=4, ge=1)
    decoder: int = Field(default=48, ge=8)


class Output(NamedTuple):
    """What the network says about N crops.

    Attributes:
        logits: N × 1 × H/4 × W/4, log odds that a pixel was edited.
        confidence: same shape, log odds that `logits` is right there.
        integrity: N, log odds that the crop holds something edited.
        tokens: N × T × C, what other crops of the same picture take as `context`.
        edges: same shape as `logits`, log odds of an edge of the mask; only in training.
        history: N × HISTORY × H/8 × W/8, what each place went through; only in training.
        taught: N × H/16 · W/16 × 480, what the backbone's projected tokens (`nets.content`) of the
            places are guessed to be; only in training, and with an appearance view.
    """

    logits: Tensor
    confidence: Tensor
    integrity: Tensor
    tokens: Tensor
    edges: Tensor | None = None
    history: Tensor | None = None
    taught: Tensor | None = None


class Encoded(NamedTuple):
    """Features of N crops.

    Attributes:
        s4, s8, s16: N × C × H/s × W/s at strides 4, 8 and 16.
        tokens: N × T × C.
        appearance: N × C × H/16 × W/16, or None without that view.
    """

    s4: Tensor
    s8: Tensor
    s16: Tensor
    tokens: Tensor
    appearance: Tensor | None


def _conv(channels: int, out: int, kernel: int = 3, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels, out, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(out),
        nn.ReLU(inplace=True),
    )


class _Block(nn.Module):
    """Residual block of two 3 × 3 convolutions (He et al., 2016)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = _conv(channels, channels)
        self.second = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(channels)
        # Starts as the identity: deep stacks then train from the first step.
        nn.init.zeros_(self.norm.weight)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(x + self.norm(self.second(self.first(x))))


def _stage(channels: int, out: int, depth: int) -> nn.Sequential:
    return nn.Sequential(_conv(channels, out, 3, 2), *(_Block(out) for _ in range(depth)))


def fixed_filters() -> Tensor:
    """High-pass kernels of the rich models, 3 × 5 × 5: second order, square 3 × 3 and 5 × 5."""
    line = torch.zeros(5, 5)
    line[2, 1:4] = torch.tensor([1.0, -2.0, 1.0]) / 2
    small = torch.zeros(5, 5)
    small[1:4, 1:4] = torch.tensor([[-1.0, 2, -1], [2, -4, 2], [-1, 2, -1]]) / 4
    large = torch.tensor(
        [
            [-1.0, 2, -2, 2, -1],
            [2, -6, 8, -6, 2],
            [-2, 8, -12, 8, -2],
            [2, -6, 8, -6, 2],
            [-1, 2, -2, 2, -1],
        ]
    )
    return torch.stack([line + line.T, small, large / 12])


class Residuals(nn.Module):
    """Clipped high-pass residuals: 9 by fixed filters, `learnt` by constrained ones.

    A constrained filter (Bayar and Stamm) predicts a pixel from its neighbours: its centre is -1
    and the rest sums to 1, so it can only learn prediction errors.

    Input: N × 3 × H × W, 0 to 255. Output: N × (9 + learnt) × H × W, -1 to 1.
    """

    fixed: Tensor
    centre: Tensor

    def __init__(self, learnt: int) -> None:
        super().__init__()
        # One colour each, as kernels over all three: one convolution makes all residuals.
        fixed = torch.zeros(3, 3, 3, 5, 5)
        for colour in range(3):
            fixed[colour, :, colour] = fixed_filters()
        self.register_buffer("fixed", fixed.flatten(0, 1), False)
        centre = torch.zeros(1, 1, 5, 5)
        centre[..., 2, 2] = 1
        self.register_buffer("centre", centre, False)
        self.weight = nn.Parameter(torch.rand(learnt, 3, 5, 5) / 75)

    def constrained(self) -> Tensor:
        """Kernels with the constraint: learnt × 3 × 5 × 5."""
        around = self.weight * (1 - self.centre)
        total = around.sum((1, 2, 3), keepdim=True)
        # A sum near 0 would blow the kernel up; its sign is kept.
        total = torch.where(total.abs() < 0.05, torch.where(total < 0, -0.05, 0.05), total)
        return around / total - self.centre / 3

    def forward(self, x: Tensor) -> Tensor:
        """Filter and clip."""
        kernels = torch.cat([self.fixed, self.constrained()]) / _CLIP
        fixed, learnt = functional.conv2d(x, kernels, padding=2).tensor_split([9], 1)
        return torch.cat([fixed.clamp(-1, 1), torch.tanh(learnt)], 1)


class Compression(nn.Module):
    """The block DCT of luma, read through cosines with the periods of quantisation steps.

    For every frequency f and step q: cos(2π D_f / q), beside log(1 + |D_f|). Steps larger than
    twice the spread of natural coefficients say nothing and cost little. No gradient is needed
    below the first learnt layer.

    Input: N × 3 × H × W, 0 to 255. Output: N × out × H/8 × W/8.
    """

    luma: Tensor
    basis: Tensor
    rates: Tensor

    def __init__(self, out: int) -> None:
        super().__init__()
        dct = torch.from_numpy(dct_basis()).double()
        kernels = torch.stack([torch.outer(dct[u], dct[v]) for u, v in _FREQUENCIES])
        weights = torch.tensor([0.299, 0.587, 0.114], dtype=torch.float64)
        basis = kernels[:, None] * weights[None, :, None, None]
        self.register_buffer("basis", basis.float(), False)
        rates = 2 * math.pi / torch.tensor(_STEPS, dtype=torch.float32)
        self.register_buffer("rates", rates[None, :, None, None], False)
        found = len(_FREQUENCIES) * (len(_STEPS) + 1)
        self.mix = _conv(found, out, 1)
        self.around = nn.Sequential(_conv(out, out), _Block(out))

    def read(self, x: Tensor) -> Tensor:
        """The fixed part: N × (frequencies · (steps + 1)) × H/8 × W/8."""
        d = functional.conv2d(x, self.basis, stride=8)
        n, f, rows, cols = d.shape
        waves = torch.cos(d.reshape(n * f, 1, rows, cols) * self.rates)
        waves = waves.reshape(n, f * len(_STEPS), rows, cols)
        return torch.cat([waves, torch.log1p(d.abs()) / 3], 1)

    def forward(self, x: Tensor) -> Tensor:
        """Read and mix."""
        # Phases of large coefficients need all the digits.
        with torch.no_grad(), torch.autocast(x.device.type, enabled=False):
            found = self.read(x.float())
        mixed: Tensor = self.around(self.mix(found))
        return mixed


class Appearance(nn.Module):
    """What is drawn how: plain convolutions on colour.

    From labels it would learn little that the trace view does not say; it is to be taught what a
    large frozen network sees (distillation, after Romero et al., FitNets, ICLR 2015).

    Input: N × 3 × H × W, 0 to 255. Output: N × widths[3] × H/16 × W/16.
    """

    def __init__(self, widths: tuple[int, int, int, int], depths: tuple[int, int, int]) -> None:
        super().__init__()
        w2, w4, w8, w16 = widths
        d4, d8, d16 = depths
        self.stem = _conv(3, w2, 3, 2)
        self.stages = nn.Sequential(_stage(w2, w4, d4), _stage(w4, w8, d8), _stage(w8, w16, d16))
        # Beside what a place shows, how that differs from the rest of the crop.
        self.taught = nn.Conv2d(2 * w16, len(BLOCKS) * KEPT, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Look."""
        seen: Tensor = self.stages(self.stem((x - 128) / 64))
        return seen

    def guess(self, seen: Tensor) -> Tensor:
        """The backbone's tokens as guessed from features: N × H/16 · W/16 × 480."""
        apart = torch.cat([seen, seen - seen.mean((2, 3), keepdim=True)], 1)
        guessed: Tensor = self.taught(apart).flatten(2).transpose(1, 2)
        return guessed


class PooledAppearance(nn.Module):
    """The appearance view over a whole window, for heads: mean and spread of each channel.

    Input: uint8, N × H × W × 3. Output: N × 2 · widths[3], the means, then standard deviations.
    """

    def __init__(self, view: Appearance) -> None:
        super().__init__()
        self.view = view

    def forward(self, rgb: Tensor) -> Tensor:
        """Look and pool."""
        seen = self.view(rgb.permute(0, 3, 1, 2).float())
        mean = seen.mean((2, 3), keepdim=True)
        spread = ((seen - mean) ** 2).mean((2, 3)).sqrt()
        return torch.cat([mean.flatten(1), spread], 1)


class _Comparison(nn.Module):
    """One place against tokens of the picture: attention, and what is left after it.

    What attention returns is how the most similar other places look; the difference says how far
    this place is from even those.
    """

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.before = nn.LayerNorm(channels)
        self.query = nn.Linear(channels, channels)
        self.key = nn.Linear(channels, channels)
        self.value = nn.Linear(channels, channels)
        self.out = nn.Linear(2 * channels, channels)
        self.after = nn.LayerNorm(channels)
        self.widen = nn.Linear(channels, 2 * channels)
        self.narrow = nn.Linear(2 * channels, channels)

    def forward(self, x: Tensor, tokens: Tensor) -> Tensor:
        """x: N × P × C places, tokens: N × T × C; returns N × P × C."""
        y = self.before(x)
        n, _, c = y.shape

        def split(z: Tensor) -> Tensor:
            return z.reshape(n, -1, self.heads, c // self.heads).transpose(1, 2)

        weight = split(self.query(y)) @ split(self.key(tokens)).transpose(2, 3)
        weight = torch.softmax(weight * (c // self.heads) ** -0.5, -1)
        seen = (weight @ split(self.value(tokens))).transpose(1, 2).reshape(n, -1, c)
        x = x + self.out(torch.cat([seen, self.value(y) - seen], -1))
        changed: Tensor = self.narrow(functional.relu(self.widen(self.after(x))))
        return x + changed


class Localizer(nn.Module):
    """The network; `forward` is what is exported."""

    def __init__(self, config: LocalizerConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or LocalizerConfig()
        w2, w4, w8, w16 = config.widths
        d2, d4, d8, d16 = config.depths
        # 16 channels in all: ONNX Runtime's fast convolutions take multiples of 8.
        learnt = 4
        self.residuals = Residuals(learnt)
        self.stem = _conv(3 + 9 + learnt, config.stem)
        self.stage2 = _stage(config.stem, w2, d2)
        self.stage4 = _stage(w2, w4, d4)
        self.compression = Compression(config.compression) if config.compression else None
        self.down8 = _conv(w4, w8, 3, 2)
        self.join = _conv(w8 + config.compression, w8, 1)
        self.stage8 = nn.Sequential(*(_Block(w8) for _ in range(d8)))
        self.down16 = _conv(w8, w16, 3, 2)
        self.appearance = None
        if config.appearance is not None:
            self.appearance = Appearance(config.appearance, config.appearance_depths)
            self.join16 = nn.Conv2d(config.appearance[3], w16, 1)
            # Nothing at first: a network that starts from one without this view says the same.
            nn.init.zeros_(self.join16.weight)
            nn.init.zeros_(self.join16.bias)  # type: ignore[arg-type]
        self.normal = nn.LayerNorm(w16)
        self.spread = nn.Linear(w16, w16) if config.comparisons else None
        self.comparisons = nn.ModuleList(
            _Comparison(w16, config.heads) for _ in range(config.comparisons)
        )
        self.stage16 = nn.Sequential(*(_Block(w16) for _ in range(d16)))
        d = config.decoder
        self.lateral16 = _conv(w16, 2 * d, 1)
        self.lateral8 = _conv(w8, 2 * d, 1)
        self.fuse8 = _conv(2 * d, 2 * d)
        self.narrow8 = _conv(2 * d, d, 1)
        self.lateral4 = _conv(w4, d, 1)
        self.fuse4 = nn.Sequential(_conv(d, d), _conv(d, d))
        self.map = nn.Conv2d(d, 1, 1)
        self.edge = nn.Conv2d(d, 1, 1)
        self.history = nn.Conv2d(w8, HISTORY, 1)
        self.trust = nn.Sequential(_conv(d, 24), nn.Conv2d(24, 1, 1))
        self.evidence = nn.Sequential(_conv(2 * d + 1, 48, 1), nn.Conv2d(48, 1, 1))
        # Most pixels are authentic, and so is a crop of a few hundred places: start there.
        nn.init.constant_(self.map.bias, -2.0)  # type: ignore[arg-type]
        nn.init.constant_(self.evidence[-1].bias, -6.0)  # type: ignore[arg-type]

    def encode(self, rgb: Tensor) -> Encoded:
        """Read crops: uint8, N × H × W × 3, sides multiples of 32."""
        x = rgb.permute(0, 3, 1, 2).float()
        y = torch.cat([(x - 128) / 64, self.residuals(x)], 1)
        s4 = self.stage4(self.stage2(self.stem(y)))
        s8 = self.down8(s4)
        if self.compression is not None:
            s8 = torch.cat([s8, self.compression(x)], 1)
        s8 = self.stage8(self.join(s8))
        s16 = self.down16(s8)
        appearance = None
        if self.appearance is not None:
            appearance = self.appearance(x)
            s16 = s16 + self.join16(appearance)
        tokens = functional.avg_pool2d(s16, 2).flatten(2).transpose(1, 2)
        return Encoded(s4, s8, s16, self.normal(tokens), appearance)

    def decode(self, encoded: Encoded, context: Tensor) -> Output:
        """Compare with the picture and draw the maps."""
        s4, s8, s16, tokens, appearance = encoded
        if self.spread is not None:
            n, c, rows, cols = s16.shape
            places = s16.flatten(2).transpose(1, 2)
            picture = torch.cat([tokens, context.to(tokens.dtype)], 1)
            mean = picture.mean(1, keepdim=True)
            deviation = ((picture - mean) ** 2).mean(1, keepdim=True)
            score = (self.normal(places) - mean) * torch.rsqrt(deviation + 0.01)
            places = places + self.spread(score)
            for comparison in self.comparisons:
                places = comparison(places, picture)
            s16 = places.transpose(1, 2).reshape(n, c, rows, cols)
        history = self.history(s8) if self.training else None
        s16 = self.lateral16(self.stage16(s16))
        s8 = self.fuse8(self.lateral8(s8) + _twice(s16))
        fine = self.fuse4(self.lateral4(s4) + _twice(self.narrow8(s8)))
        logits = self.map(fine)
        coarse = functional.max_pool2d(logits, 4)
        evidence = self.evidence(torch.cat([s16, coarse], 1)).float().flatten(1)
        # Soft maximum: one place is enough to speak against a crop.
        integrity = torch.logsumexp(evidence, 1)
        edges = self.edge(fine) if self.training else None
        taught = None
        if self.training and self.appearance is not None and appearance is not None:
            taught = self.appearance.guess(appearance)
        # The judge of the map must not bend it.
        trust = self.trust(fine.detach())
        return Output(logits, trust, integrity, tokens, edges, history, taught)

    def forward(self, rgb: Tensor, context: Tensor) -> Output:
        """Examine crops.

        Args:
            rgb: uint8, N × H × W × 3, sides multiples of 32, origin on a multiple of 8.
            context: float, N × T × C: tokens of other crops of the same picture; T may be 0.
        """
        return self.decode(self.encode(rgb), context)


def _twice(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
