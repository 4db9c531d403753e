"""Explanation: sentences that cite the findings they rest on."""

from locard.explain.text import Claim, Explanation, explain

__all__ = ["Claim", "Explanation", "explain"]
