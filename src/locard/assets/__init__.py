"""Shipped data: calibrators, fingerprints, weights and their model cards."""
