"""Re-delivery: what happens to a picture on its way from hand to hand."""

from locard.degrade.chain import Chain, Delivered, Step, degrade, parse_chain
from locard.degrade.contract import (
    MissingExtra,
    Perturbation,
    find_perturbation,
    list_perturbations,
)
from locard.degrade.delivery import crop, recompress, resize
from locard.degrade.recipes import Recipe, Recipes, load_recipes

__all__ = [
    "Chain",
    "Delivered",
    "MissingExtra",
    "Perturbation",
    "Recipe",
    "Recipes",
    "Step",
    "crop",
    "degrade",
    "find_perturbation",
    "list_perturbations",
    "load_recipes",
    "parse_chain",
    "recompress",
    "resize",
]
