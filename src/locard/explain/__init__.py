"""Explanation: sentences that cite the findings they rest on, checks of claims, answers."""

from locard.explain.case import NEUTRAL, Case, Item, case_of, item_of
from locard.explain.claims import CheckedClaim, CheckVerdict, Claim, ClaimKind
from locard.explain.language import Language, list_languages, load_language
from locard.explain.operations import Operation
from locard.explain.text import Explanation, cite, explain, name_support, sentence

__all__ = [
    "NEUTRAL",
    "Case",
    "CheckVerdict",
    "CheckedClaim",
    "Claim",
    "ClaimKind",
    "Explanation",
    "Item",
    "Language",
    "Operation",
    "case_of",
    "cite",
    "explain",
    "item_of",
    "list_languages",
    "load_language",
    "name_support",
    "sentence",
]
