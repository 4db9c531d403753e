"""The perturbations: one file per group."""
