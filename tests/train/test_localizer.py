"""Training the localizer: crops by number, exact resume, that it learns, and its export."""

import csv
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra train")

from typer.testing import CliRunner  # noqa: E402

from locard.cli import app  # noqa: E402
from locard.methods.learned.backbone import BackboneError  # noqa: E402
from locard.nets.localizer import HISTORY, Localizer, LocalizerConfig, Output  # noqa: E402
from locard.train import localizer  # noqa: E402
from locard.train.config import (  # noqa: E402
    ConfigError,
    LossConfig,
    OptimizerConfig,
    PhaseConfig,
    SamplingConfig,
    SetConfig,
    TrainConfig,
    ValidationConfig,
    read_config,
)
from locard.train.crops import (  # noqa: E402
    Batch,
    CropSampler,
    batches,
    choose_validation,
    held_out,
    list_items,
    mirror_edges,
    read,
)
from locard.train.localizer import (  # noqa: E402
    CHECKPOINT,
    VALIDATION,
    load_checkpoint,
    new_state,
    rate_at,
    train,
)
from locard.train.losses import boundary, losses, soft_dice  # noqa: E402

TINY = LocalizerConfig(
    stem=8, widths=(8, 8, 16, 16), depths=(0, 1, 1, 1), compression=8, comparisons=1, heads=2,
    decoder=8,
)  # fmt: skip


SEEING = TINY.model_copy(update={"appearance": (8, 8, 16, 16), "appearance_depths": (0, 1, 1)})


@pytest.fixture(scope="module")
def noisy_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures with little noise, forged where there is much; with twins."""
    root = tmp_path_factory.mktemp("noisy")
    rng = np.random.default_rng(0)
    with (root / "index.csv").open("w", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["path", "label", "mask", "source", "operation"])
        for i in range(24):
            ys, xs = np.mgrid[0:128, 0:160]
            base = 128 + 60 * np.sin(xs / rng.uniform(15, 40) + ys / rng.uniform(15, 40))
            photo = base[..., None] + rng.normal(0, 2, (128, 160, 3))
            mask = np.zeros((128, 160), np.uint8)
            top, left = rng.integers(0, 70), rng.integers(0, 100)
            mask[top : top + 50, left : left + 56] = 255
            forged = photo + (mask[..., None] > 0) * rng.normal(0, 12, photo.shape)
            for name, pixels in (("a", photo), ("f", forged)):
                cv2.imwrite(str(root / f"{i}{name}.png"), np.clip(pixels, 0, 255).astype(np.uint8))
            cv2.imwrite(str(root / f"{i}m.png"), mask)
            rows.writerow([f"{i}a.png", 0, "", f"s{i}", ""])
            rows.writerow([f"{i}f.png", 1, f"{i}m.png", f"s{i}", "noise"])
    return root


def config(root: Path, out: Path, steps: int = 4, **changes: object) -> TrainConfig:
    settings: dict[str, object] = {
        "sets": (SetConfig(path=str(root)),),
        "out": out,
        "network": TINY,
        "phases": (PhaseConfig(crops=8 * steps, size=64, batch=8),),
        "sampling": SamplingConfig(resize=0, compress=0),
        "optimizer": OptimizerConfig(rate=5e-3, warmup=5, average=0.9),
        "validation": ValidationConfig(share=0.3, items=20, every_minutes=1000),
        "threads": 1,
        "loaders": 1,
        **changes,
    }
    return TrainConfig.model_validate(settings)


def test_sources_are_split_and_never_shared(noisy_set: Path) -> None:
    training, validation = list_items([SetConfig(path=str(noisy_set))], 0.3)
    ours = {x.item.source for x in training}
    theirs = {x.item.source for x in validation}
    assert ours
    assert theirs
    assert not ours & theirs
    assert len(training) + len(validation) == 48
    assert held_out("x", 1.0)
    assert not held_out("x", 0.0)


def test_crops_depend_on_their_number_alone(noisy_set: Path) -> None:
    training, _ = list_items([SetConfig(path=str(noisy_set))], 0.3)
    sampling = SamplingConfig(resize=0.5, compress=0.5)

    def sampler() -> CropSampler:
        return CropSampler(training, sampling, 64, 2, 7)

    again = sampler()
    again.draw(5)
    for number in (3, 11):
        a, b = sampler().draw(number), again.draw(number)
        assert np.array_equal(a.rgb, b.rgb)
        assert np.array_equal(a.mask, b.mask)
    stream = batches(sampler().draw, 2, 3, 2)
    first, second = next(stream), next(stream)
    stream.close()
    later = batches(sampler().draw, 2, 5, 1)
    assert np.array_equal(next(later).rgb, second.rgb)
    later.close()
    assert not np.array_equal(first.rgb, second.rgb)


def test_crops_lie_on_the_block_grid_with_their_mask(noisy_set: Path) -> None:
    training, _ = list_items([SetConfig(path=str(noisy_set))], 0.3)
    sampling = SamplingConfig(authentic=0, resize=0, compress=0, flip=False)
    sampler = CropSampler(training, sampling, 64, 2, 0)
    pictures = {x.item.path: read(x.item) for x in training if x.item.label}
    edited = 0
    for number in range(12):
        batch = sampler.draw(number)
        places = [
            (mask[y : y + 64, x : x + 64], crop)
            for rgb, mask, _ in pictures.values()
            for y in range(0, 65, 8)
            for x in range(0, 97, 8)
            for crop in range(2)
            if np.array_equal(rgb[y : y + 64, x : x + 64], batch.rgb[crop])
        ]
        assert {crop for _, crop in places} == {0, 1}
        for mask, crop in places:
            share = mask.reshape(16, 4, 16, 4).mean((1, 3)) / 255
            assert np.allclose(share, batch.mask[crop, 0], atol=0.01)
        edited += int(batch.edited[0] == 1)
    assert edited >= 8


def test_reserved_and_useless_sets_are_refused(tmp_path: Path, noisy_set: Path) -> None:
    folder = tmp_path / "columbia"
    folder.mkdir()
    (folder / "index.csv").write_text("path,label\na.png,0\n")
    with pytest.raises(ValueError, match="reserved for evaluation"):
        list_items([SetConfig(path=str(folder))], 0.1)
    (tmp_path / "index.csv").write_text("path,label\na.png,0\n")
    with pytest.raises(ValueError, match="no edited picture"):
        list_items([SetConfig(path=str(tmp_path))], 0.1)
    (tmp_path / "index.csv").write_text("path,label,mask,source\na.png,1,a.png,one\n")
    training, _ = list_items([SetConfig(path=str(tmp_path))], 0.001)
    sampler = CropSampler(training, SamplingConfig(), 64, 2, 0)
    with pytest.raises(ValueError, match=r"a\.png: there is no such file"):
        sampler.draw(0)


def test_skipped_operations_and_sets_are_left_out(noisy_set: Path) -> None:
    with pytest.raises(ValueError, match="no edited picture"):
        list_items([SetConfig(path=str(noisy_set))], 0.3, ["noise"])
    training, validation = list_items([SetConfig(path=str(noisy_set))], 0.3, ["splice"])
    assert len(training) + len(validation) == 48


def test_validation_takes_operations_in_turn(noisy_set: Path) -> None:
    training, _ = list_items([SetConfig(path=str(noisy_set))], 0.01)
    chosen = choose_validation(training, 8)
    assert [item.label for item in chosen] == [0, 0] + [1] * 6
    assert chosen == choose_validation(training[::-1], 8)


def test_losses_are_small_for_the_truth_and_large_for_its_opposite() -> None:
    mask = torch.zeros(2, 1, 16, 16)
    mask[0, :, 4:10, 4:10] = 1
    sure = torch.ones_like(mask)
    edited = torch.tensor([1.0, 0.0])

    def total(sign: float) -> dict[str, float]:
        logits = sign * 20 * (mask - 0.5)
        edges = sign * 20 * (boundary(mask) - 0.5)
        trust = torch.full_like(mask, sign * 20)
        right = Output(logits, trust, sign * 20 * (edited - 0.5), torch.zeros(2, 1, 1), edges)
        found = losses(right, mask, sure, edited, LossConfig())
        return {name: float(value) for name, value in found.items()}

    good, bad = total(1), total(-1)
    assert all(value < 0.02 for value in good.values()), good
    assert all(bad[name] > 0.5 for name in ("pixels", "dice", "edge", "integrity"))
    # Certain of the wrong map's being wrong is right as well.
    assert bad["confidence"] < 0.02


def test_unsure_pixels_and_unsure_crops_do_not_count() -> None:
    mask, sure = torch.zeros(1, 1, 8, 8), torch.ones(1, 1, 8, 8)
    logits = torch.full((1, 1, 8, 8), -9.0)
    logits[..., 0] = 9.0
    sure[..., 0] = 0
    zero = torch.zeros(1, 1, 8, 8)
    output = Output(logits, zero, torch.tensor([9.0]), torch.zeros(1, 1, 1))
    found = losses(output, mask, sure, torch.tensor([float("nan")]), LossConfig())
    assert float(found["pixels"]) < 1e-3
    assert float(found["integrity"]) == 0
    mask[..., 1] = 1
    assert float(soft_dice(20 * (mask - 0.5), mask, sure)) < 1e-3


def test_no_edge_is_asked_for_where_nothing_is_sure() -> None:
    mask = torch.zeros(1, 1, 16, 16)
    mask[..., 8:, :] = 1
    sure = torch.ones_like(mask)
    sure[..., 4:, :] = 0
    output = Output(
        *(torch.zeros_like(mask) for _ in range(2)), torch.zeros(1), torch.zeros(1, 1, 1)
    )
    found = []
    for there in (-9.0, 9.0):
        edges = torch.full_like(mask, -9.0)
        edges[..., 6:10, :] = there
        told = output._replace(edges=edges)
        found.append(float(losses(told, mask, sure, torch.ones(1), LossConfig())["edge"]))
    assert found[0] == found[1] < 1e-3


def test_an_edit_that_was_mirrored_over_is_no_label() -> None:
    edited = np.zeros((16, 16), np.float32)
    edited[:, 15:] = 1
    seen = set()
    for seed in range(60):
        batch = Batch(
            np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3), np.uint8),
            np.stack([edited[None], np.zeros((1, 16, 16), np.float32)]),
            np.ones((2, 1, 16, 16), np.float32),
            np.array([1, 0], np.float32),
            np.ones(2, bool),
            np.zeros((2, HISTORY, 8, 8), np.float32),
        )
        mirror_edges(batch, np.random.default_rng(seed))
        left = bool((batch.mask * batch.sure)[0].any())
        assert batch.edited[0] == 1 if left else np.isnan(batch.edited[0])
        assert batch.edited[1] == 0
        seen.add(left)
    assert seen == {True, False}


def test_what_has_a_piece_of_a_held_out_photo_is_not_trained_on(
    noisy_set: Path, tmp_path: Path
) -> None:
    names = [str(i) for i in range(200)]
    kept, aside = ([n for n in names if held_out(n, 0.3) is out][:2] for out in (False, True))
    rows = [
        (label, host, donor)
        for host in (kept[0], aside[0])
        for label, donor in ((0, ""), (1, kept[1]), (1, aside[1]), (1, f"{kept[1]} {aside[1]}"))
    ]
    with (tmp_path / "index.csv").open("w", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["path", "label", "mask", "source", "donors", "operation"])
        for i, (label, host, donor) in enumerate(rows):
            table.writerow([f"{i}.png", label, "mask.png" if label else "", host, donor, "splice"])
    (tmp_path / "mask.png").write_bytes(b"")
    training, validation = list_items([SetConfig(path=str(tmp_path))], 0.3)
    assert [(x.item.source, x.item.donors) for x in training] == [
        (kept[0], ()),
        (kept[0], (kept[1],)),
    ]
    assert {x.item.source for x in validation} == {aside[0]}
    assert len(validation) == 4


def test_rate_rises_and_falls() -> None:
    plan = OptimizerConfig(rate=1.0, warmup=9, decay=0.5)
    rates = [rate_at(step, 100, plan) for step in range(101)]
    assert rates[0] == pytest.approx(0.1)
    assert rates[9] == rates[50] == 1
    assert rates[75] == pytest.approx(0.505)
    assert rates[100] == pytest.approx(0.01)


def test_a_resumed_training_is_the_uninterrupted_one(noisy_set: Path, tmp_path: Path) -> None:
    phases = (PhaseConfig(crops=16, size=64, batch=8), PhaseConfig(crops=16, size=96, batch=8))
    whole = config(noisy_set, tmp_path / "whole", phases=phases)
    assert train(whole)
    parts = config(noisy_set, tmp_path / "parts", phases=phases)
    rounds = 0
    while not _one_step(parts):
        rounds += 1
    assert rounds == 3
    a, b = (load_checkpoint(c.out / CHECKPOINT) for c in (whole, parts))
    assert a["step"] == b["step"] == 4
    assert a["drawn"] == b["drawn"] == 16
    for part in ("net", "average"):
        assert all(torch.equal(a[part][name], b[part][name]) for name in a[part])


def test_a_deeper_network_starts_as_the_shallower_one(noisy_set: Path, tmp_path: Path) -> None:
    torch.manual_seed(1)
    shallow = Localizer(TINY).eval()
    # Blocks that do nothing would hide one that is lost.
    for name, value in shallow.state_dict().items():
        if name.endswith("norm.weight"):
            value.uniform_(0.5, 1.5)
    file = tmp_path / "shallow.pt"
    torch.save({"average": shallow.state_dict()}, file)
    started = config(noisy_set, tmp_path / "run", init=file)
    deeper = TINY.model_copy(update={"depths": (1, 2, 3, 2)})
    net = new_state(started.model_copy(update={"network": deeper})).net.eval()
    assert sum(p.numel() for p in net.parameters()) > sum(p.numel() for p in shallow.parameters())
    rgb = torch.randint(0, 256, (2, 64, 96, 3), dtype=torch.uint8)
    with torch.inference_mode():
        for a, b in zip(net(rgb, rgb.new_zeros(2, 0, 16).float()),
                        shallow(rgb, rgb.new_zeros(2, 0, 16).float()), strict=True):  # fmt: skip
            assert (a is None and b is None) or torch.allclose(a, b, atol=1e-5)
    for other in ({"widths": (8, 8, 24, 16)}, {"depths": (0, 1, 0, 1)}, {"comparisons": 2}):
        network = TINY.model_copy(update=other)
        with pytest.raises(ConfigError, match="another network"):
            new_state(started.model_copy(update={"network": network}))
    torch.save({"weights": shallow.state_dict()}, file)
    with pytest.raises(ConfigError, match="no averaged weights"):
        new_state(started)


def test_an_appearance_view_says_nothing_until_it_is_taught(
    noisy_set: Path, tmp_path: Path
) -> None:
    first = config(noisy_set, tmp_path / "first")
    assert train(first)
    then = config(
        noisy_set, tmp_path / "then", network=SEEING, init=tmp_path / "first" / CHECKPOINT
    )
    given = load_checkpoint(tmp_path / "first" / CHECKPOINT)["average"]
    plain = Localizer(TINY).eval()
    plain.load_state_dict(given)
    net = new_state(then).net.eval()
    rgb = torch.randint(0, 256, (1, 64, 96, 3), dtype=torch.uint8)
    none = torch.zeros(1, 0, 16)
    with torch.inference_mode():
        assert torch.allclose(net(rgb, none).logits, plain(rgb, none).logits, atol=1e-3)
        assert net(rgb, none).taught is None
        assert net.train()(rgb, none).taught.shape == (1, 4 * 6, 480)


def test_a_taught_phase_learns_what_the_backbone_says(
    large_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, texture: Any
) -> None:
    monkeypatch.setattr("locard.train.localizer.open_tokens", lambda file, blocks: texture)
    monkeypatch.setattr("locard.train.localizer.FITTED", 6)
    phase = PhaseConfig(crops=400, size=224, batch=8, taught=0.7)
    settings = config(large_set, tmp_path / "one", network=SEEING, phases=(phase,))
    assert train(settings, limit_minutes=0) is False
    fitted = load_checkpoint(tmp_path / "one" / CHECKPOINT)["projection"]
    assert train(settings)
    done = load_checkpoint(tmp_path / "one" / CHECKPOINT)["projection"]
    with (tmp_path / "one" / "log.csv").open() as stream:
        errors = [float(row["taught"]) for row in csv.DictReader(stream)]
    # Two of 160 whitened components of each block can be told from the picture, the rest is noise.
    assert errors[-1] < errors[0]
    # Neither a training that goes on nor one that starts from it fits another projection.
    start = tmp_path / "one" / CHECKPOINT
    more = config(large_set, tmp_path / "two", network=SEEING, phases=(phase,), init=start, seed=1)
    assert train(more, limit_minutes=0) is False
    then = load_checkpoint(tmp_path / "two" / CHECKPOINT)["projection"]
    assert all(torch.equal(fitted[k], other[k]) for k in fitted for other in (done, then))


def test_what_cannot_be_taught_is_refused(noisy_set: Path, tmp_path: Path) -> None:
    phase = PhaseConfig(crops=8, size=224, batch=8, taught=0.5)
    with pytest.raises(ConfigError, match=r"set network\.appearance"):
        train(config(noisy_set, tmp_path / "a", phases=(phase,)))
    wrong = phase.model_copy(update={"size": 256})
    with pytest.raises(ConfigError, match="crops of 256; windows of the backbone are 224"):
        train(config(noisy_set, tmp_path / "b", phases=(wrong,), network=SEEING))
    with pytest.raises(BackboneError, match="not installed"):
        train(config(noisy_set, tmp_path / "c", phases=(phase,), network=SEEING))


def test_a_frozen_view_stays_while_the_rest_learns(noisy_set: Path, tmp_path: Path) -> None:
    phases = (
        PhaseConfig(crops=16, size=64, batch=8, frozen=True),
        PhaseConfig(crops=8, size=64, batch=8),
    )
    changed = []
    for count in (1, 2):
        out = tmp_path / str(count)
        settings = config(noisy_set, out, network=SEEING, phases=phases[:count])
        first = new_state(settings).net.state_dict()
        assert train(settings)
        then = load_checkpoint(out / CHECKPOINT)["net"]
        moved = (name for name, value in first.items() if not torch.equal(then[name], value))
        changed.append({name.split(".")[0] for name in moved})
    assert {"stem", "join16"} <= changed[0]
    assert "appearance" not in changed[0]
    # The next phase does not find it frozen.
    assert "appearance" in changed[1]


def test_a_view_may_learn_more_slowly_than_the_rest(noisy_set: Path, tmp_path: Path) -> None:
    # Two steps: what joins the view begins with nothing, so that the first does not reach it.
    phases = (PhaseConfig(crops=16, size=64, batch=8),)
    moved = {}
    for share in (1.0, 0.1):
        out = tmp_path / str(share)
        optimizer = OptimizerConfig(rate=1e-3, view=share, warmup=0, weight_decay=0.0)
        settings = config(noisy_set, out, network=SEEING, phases=phases, optimizer=optimizer)
        first = dict(new_state(settings).net.named_parameters())
        assert train(settings)
        then = load_checkpoint(out / CHECKPOINT)["net"]
        far = {k: float((then[k] - value.detach()).abs().max()) for k, value in first.items()}
        view = max(v for k, v in far.items() if k.startswith("appearance."))
        moved[share] = view, max(v for k, v in far.items() if not k.startswith("appearance."))
    assert moved[1.0][0] > 0
    assert moved[0.1][0] == pytest.approx(0.1 * moved[1.0][0], rel=0.01)
    assert moved[0.1][1] == pytest.approx(moved[1.0][1], rel=0.01)


def test_what_cannot_be_frozen_is_refused(noisy_set: Path, tmp_path: Path) -> None:
    frozen = PhaseConfig(crops=8, size=64, batch=8, frozen=True)
    with pytest.raises(ValueError, match=r"set network\.appearance"):
        config(noisy_set, tmp_path, phases=(frozen,))
    with pytest.raises(ValueError, match="not both"):
        PhaseConfig(crops=8, size=224, batch=8, frozen=True, taught=0.5)


def _one_step(settings: TrainConfig) -> bool:
    """Train for one step by a signal that comes at its log line."""
    import signal

    step = localizer.train_step

    def then_stop(*arguments: object) -> None:
        step(*arguments)  # type: ignore[arg-type]
        signal.raise_signal(signal.SIGTERM)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(localizer, "train_step", then_stop)
        return train(settings)


def test_what_it_started_from_counts_its_crops_or_has_none(noisy_set: Path, tmp_path: Path) -> None:
    settings = config(noisy_set, tmp_path / "run", 40)
    state = localizer.new_state(settings)
    assert state.crops_before == 0
    found = {"average": state.average.state}
    for held, expected in (
        ({}, 0),
        ({"crops": 320}, 320),
        ({"crops": 80, "crops_before": 320}, 400),
    ):
        torch.save({**found, **held}, tmp_path / "weights.pt")
        init = settings.model_copy(update={"init": tmp_path / "weights.pt"})
        started = localizer.new_state(init)
        assert started.crops_before == expected
        (tmp_path / "run").mkdir(exist_ok=True)
        localizer.save(init, started)
        assert load_checkpoint(tmp_path / "run" / CHECKPOINT)["crops_before"] == expected


def test_a_resumed_training_decays_as_its_configuration_says(
    noisy_set: Path, tmp_path: Path
) -> None:
    settings = config(noisy_set, tmp_path / "run", 40)

    def of(view: float, decay: float) -> TrainConfig:
        changed = settings.optimizer.model_copy(update={"view": view, "weight_decay": decay})
        return settings.model_copy(update={"optimizer": changed})

    (tmp_path / "run").mkdir()
    localizer.save(of(0.1, 0.5), localizer.new_state(of(0.1, 0.5)))
    state = localizer.new_state(of(0.4, 0.02))
    localizer._resume(of(0.4, 0.02), state)
    groups = state.optimizer.param_groups
    assert {group["weight_decay"] for group in groups} == {0.0, 0.02}
    assert {group["share"] for group in groups} <= {0.4, 1.0}


def test_it_learns_and_what_is_exported_is_what_was_trained(
    noisy_set: Path, tmp_path: Path
) -> None:
    pytest.importorskip("onnxscript", reason="needs the extra train")
    from locard.methods.learned.localizer import look, open_network
    from locard.train.export import export

    out = tmp_path / "run"
    settings = config(noisy_set, out, 40)
    assert train(settings)
    with (out / VALIDATION).open() as stream:
        rows = {row["operation"]: row for row in csv.DictReader(stream)}
    assert float(rows["noise"]["auc"]) > 0.9
    assert float(rows["all"]["image auc"]) > 0.8
    file = export(settings)
    card = json.loads(file.with_suffix(".json").read_text())
    assert card["parity"] <= 1e-3
    assert card["training"]["crops"] == 320
    assert card["training"]["crops_before"] == 0
    assert card["training"]["share"] == 1
    assert card["quantised"]["convolutions"] > 5
    assert card["quantised"]["heatmap_differs"]["mean"] < 0.02
    exact = file.with_name(file.stem + "-float.onnx")
    assert file.stat().st_size < exact.stat().st_size
    auc, low, high = card["metrics"]["by_operation"]["noise"]["auc"]
    assert 0.9 < auc <= 1
    assert low <= auc <= high
    rgb, mask, _ = read(next(x.item for x in list_items(settings.sets, 0.3)[1] if x.item.label))
    seen = look(rgb, *open_network(file))
    inside = mask[2::4, 2::4] >= 128
    assert seen.heat[inside].mean() > seen.heat[~inside].mean() + 0.2
    # Another training may begin with what it wrote.
    after = settings.model_copy(update={"init": file.with_suffix(".pt")})
    begun = new_state(after)
    assert begun.crops_before == 320
    trained = load_checkpoint(out / CHECKPOINT)["average"]
    for name, value in begun.net.state_dict().items():
        assert torch.allclose(value.float(), trained[name].float(), rtol=1e-3, atol=1e-6), name


def test_a_share_of_what_was_trained_is_between_before_and_after(
    noisy_set: Path, tmp_path: Path
) -> None:
    pytest.importorskip("onnxscript", reason="needs the extra train")
    from locard.train.export import _weights, mixed

    before = {"w": torch.tensor([0.0, 2.0]).half(), "n": torch.tensor(3)}
    after = {"w": torch.tensor([1.0, 4.0]), "n": torch.tensor(8)}
    found = mixed(before, after, 0.25)
    assert found["w"].tolist() == [0.25, 2.5]
    assert found["n"] == 8
    with pytest.raises(ConfigError, match="another network"):
        mixed({"w": torch.zeros(3), "n": after["n"]}, after, 0.5)
    settings = config(noisy_set, tmp_path / "run", 40)
    with pytest.raises(ConfigError, match="began with other weights"):
        _weights(settings, {"average": after}, 0.5)
    assert _weights(settings, {"average": after}, 1.0) is after
    torch.save({"average": before}, tmp_path / "a.pt")
    begun = settings.model_copy(update={"init": tmp_path / "a.pt"})
    assert _weights(begun, {"average": after}, 0.5)["w"].tolist() == [0.5, 3.0]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("sets: []", "sets: Tuple should have at least 1 item"),
        ("sets: [{path: a}]\nout: b\nphases: [{crops: 8, size: 100}]", "phases.0.size: "),
        ("sets: [", "is not YAML"),
    ],
)
def test_a_bad_configuration_is_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    file = tmp_path / "c.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=sentence):
        read_config(file)
    done = CliRunner().invoke(app, ["train", "localizer", "--config", str(file)])
    assert done.exit_code == 2
    assert len(done.stderr.strip().splitlines()) == 1


def test_mosaics_are_trained_on_and_need_photos(noisy_set: Path, tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    rng = np.random.default_rng(0)
    for i in range(3):
        pixels = rng.integers(0, 256, (200, 200, 3), dtype=np.uint8)
        cv2.imwrite(str(photos / f"{i}.png"), cv2.GaussianBlur(pixels, (0, 0), 2))
    phases = (PhaseConfig(crops=16, size=64, batch=8, mosaics=1.0),)
    assert train(config(noisy_set, tmp_path / "out", phases=phases, photos=(photos,)))
    with pytest.raises(ConfigError, match="name folders of authentic photos"):
        train(config(noisy_set, tmp_path / "none", phases=phases))
