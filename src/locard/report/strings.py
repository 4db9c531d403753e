"""Strings that the file controls, made safe to show."""

from __future__ import annotations


def printable(text: str, limit: int = 400, *, lines: bool = False) -> str:
    """Replace what does not print, and cut.

    Control characters, escape sequences, bidirectional overrides and lone surrogates become
    "\\N{REPLACEMENT CHARACTER}": they would let a file rewrite the terminal or reverse its name.

    Args: lines: keep line breaks instead of making them spaces.
    """
    kept = "".join(
        c
        if c.isprintable() or c == "\N{NO-BREAK SPACE}"  # "50 %" in most languages
        else ("\n" if lines else " ")
        if c in "\n\r\t"
        else "\N{REPLACEMENT CHARACTER}"
        for c in text[: limit + 1]
    )
    return kept if len(kept) <= limit else kept[: limit - 1] + "…"
