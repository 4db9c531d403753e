"""Recipes: what is shipped, how it is drawn, and what a user's file may hold."""

import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from conftest import synthetic_photo
from locard.degrade import MissingExtra, degrade, find_perturbation, load_recipes
from locard.degrade.recipes import Uniform

OWN = """
histories:
  none: {weight: 1}
deliveries:
  jpeg:
    weight: 3
    steps:
      - name: jpeg
        params: {quality: {uniform: [60, 90]}, tables: {choice: [libjpeg, libjpeg, flat]}}
      - name: resize
        params: {scale: {log_uniform: [0.25, 1.0]}}
        probability: 0.25
  png: {weight: 1, steps: [{name: png}]}
  never: {weight: 0, steps: [{name: invert}]}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "own.yaml"
    path.write_text(text, "utf-8")
    return path


def test_shipped_recipes_run_and_end_in_a_file() -> None:
    recipes = load_recipes()
    photo = synthetic_photo(96, 128)
    for group in (recipes.histories, recipes.deliveries):
        for name, recipe in group.items():
            assert recipe.name == name
            assert recipe.about
            for seed in range(3):
                made = degrade(photo, recipe.draw(np.random.default_rng(seed)), seed=seed)
                assert min(made.rgb.shape[:2]) >= 32
                assert group is recipes.histories or made.data is not None


def test_the_same_seed_draws_the_same_chain() -> None:
    recipes = load_recipes()
    draws = [
        [recipes.draw_history(rng) + recipes.draw_delivery(rng) for _ in range(20)]
        for rng in (np.random.default_rng(4), np.random.default_rng(4))
    ]
    assert draws[0] == draws[1]
    assert len(set(map(repr, draws[0]))) > 10


def test_weights_ranges_choices_and_probabilities(tmp_path: Path) -> None:
    recipes = load_recipes(written(tmp_path, OWN))
    rng = np.random.default_rng(0)
    chains = [recipes.draw_delivery(rng) for _ in range(1200)]
    names = Counter(chain[0].name for chain in chains)
    assert names.keys() == {"jpeg", "png"}
    assert 0.70 < names["jpeg"] / 1200 < 0.80
    saved = [chain[0].params for chain in chains if chain[0].name == "jpeg"]
    qualities = Counter(params["quality"] for params in saved)
    assert (min(qualities), max(qualities)) == (60, 90)  # both ends are drawn
    assert all(type(quality) is int for quality in qualities)
    flat = sum(params["tables"] == "flat" for params in saved)
    assert 0.27 < flat / len(saved) < 0.40
    scales = [float(chain[1].params["scale"]) for chain in chains if len(chain) == 2]
    assert 0.20 < len(scales) / len(saved) < 0.30
    assert 0.25 <= min(scales) <= max(scales) <= 1
    assert 0.4 < np.median(scales) < 0.6  # the middle of the logarithms is 0.5
    assert recipes.draw_history(rng) == ()


def test_a_range_of_real_numbers_is_no_range_of_whole_ones() -> None:
    rng = np.random.default_rng(0)
    drawn = [Uniform(uniform=(1.0, 3.0)).draw(rng) for _ in range(50)]
    assert len(set(drawn)) > 40
    whole = Uniform.model_validate({"uniform": [1, 3]})
    assert {whole.draw(rng) for _ in range(50)} == {1, 2, 3}


def test_a_file_can_extend_the_shipped_recipes(tmp_path: Path) -> None:
    text = """
extends: default
deliveries:
  png: {weight: 0}
  fax: {weight: 1000, steps: [{name: grey}, {name: jpeg, severity: 5}]}
"""
    recipes = load_recipes(written(tmp_path, text))
    shipped = load_recipes()
    assert recipes.histories == shipped.histories
    assert recipes.deliveries.keys() == shipped.deliveries.keys() | {"fax"}
    rng = np.random.default_rng(0)
    drawn = Counter(recipes.draw_delivery(rng)[0].name for _ in range(50))
    assert drawn["grey"] > 45


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("- a list", "holds no histories"),
        ("{", "is not YAML"),
        ("histories: !!python/object:os.system {}", "is not YAML"),
        ("extends: other", "only 'default'"),
        ("histories: {a: {}}", "deliveries: Field required"),
        ("histories: {a: {weight: 0}}\ndeliveries: {a: {}}", "no history has a weight"),
        (OWN.replace("name: jpeg", "name: jpg"), "did you mean jpeg"),
        (OWN.replace("quality:", "qualty:"), "did you mean quality"),
        (OWN.replace("[60, 90]", "[60, 190]"), "between 1 and 100"),
        (OWN.replace("[60, 90]", "[90, 60]"), "."),
        (OWN.replace("libjpeg, flat", "flatter"), "must be one of"),
        (OWN.replace("0.25\n", "1.5\n"), "less than or equal to 1"),
        (OWN.replace("weight: 3", "weight: .nan"), "finite"),
        (OWN.replace("weight: 3", "wait: 3"), "not permitted"),
        (OWN.replace("name: png", "name: png, severity: 6"), "."),
        (OWN.replace("name: png", "name: png, severity: {uniform: [0, 3]}"), "."),
    ],
)
def test_what_is_wrong_in_a_file_is_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence) as raised:
        load_recipes(written(tmp_path, text))
    assert str(raised.value).startswith("own.yaml")
    assert "\n" not in str(raised.value)


def test_what_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        load_recipes(tmp_path / "none.yaml")
    with pytest.raises(ValueError, match="larger than a megabyte"):
        load_recipes(written(tmp_path, "#" * (2**20 + 1)))
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(MissingExtra, match=r"pip install 'locard\[forge\]'"):
        load_recipes()


def test_deliveries_need_no_library_but_yaml() -> None:
    recipes = load_recipes()
    steps = {step.name for r in recipes.deliveries.values() for step in r.steps}
    assert all(find_perturbation(name).extra is None for name in steps)
