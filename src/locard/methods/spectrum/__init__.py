"""Traces in the frequency spectrum of the whole picture."""
