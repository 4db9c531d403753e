"""Explanation: sentences that cite the findings they rest on."""

from locard.explain.text import (
    Claim,
    Explanation,
    explain,
    format_ratio,
    format_share,
    name_support,
)

__all__ = ["Claim", "Explanation", "explain", "format_ratio", "format_share", "name_support"]
